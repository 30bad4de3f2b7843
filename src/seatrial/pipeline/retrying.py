"""When a failed command is started again, and after how long. Pure.

Called by the scheduler. There is no chance in the delay: what waits is one machine's own stages, not
a crowd that would come back all at once.
"""

from __future__ import annotations

from seatrial.pipeline.policy import Retries


def delay_after(retries: Retries, attempt: int) -> float | None:
    """Seconds until the next start after `attempt` (counted from 1) failed; None when that was the last."""
    if attempt > retries.count:
        return None
    try:
        delay = retries.delay * retries.factor ** (attempt - 1)
    except OverflowError:
        delay = retries.longest
    return max(0.0, min(delay, retries.longest))
