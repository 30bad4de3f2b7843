"""Exit codes: the only place that knows them.

0   allow or warn                       4   a stage's command failed
1   blocked by a FAIL                   5   an outside system or the state store failed
2   the user must fix something         6   the state changed under us
3   held: INCONCLUSIVE or debt          70  a defect of Seatrial
130 stopped by Ctrl-C                   143 asked to end (SIGTERM)
"""

from __future__ import annotations

from collections.abc import Iterable

from seatrial.errors import ConflictError, OutsideError, SeatrialError, StageError
from seatrial.verdict import Decision, Verdict

OK = 0
BLOCKED = 1
USER = 2
HELD = 3
STAGE = 4
OUTSIDE = 5
CONFLICT = 6
DEFECT = 70
INTERRUPTED = 130
TERMINATED = 143


class Terminated(KeyboardInterrupt):
    """The process was asked to end (SIGTERM)."""


def exit_code(decision: Decision, verdicts: Iterable[Verdict]) -> int:
    """The code of a decision. FAIL beats ERROR; a block by INCONCLUSIVE is a hold to the shell."""
    if decision.lets_through:
        return OK
    seen = set(verdicts)
    if Verdict.FAIL in seen:
        return BLOCKED
    if Verdict.ERROR in seen or not seen:
        return USER
    return HELD


def code_of(error: SeatrialError) -> int:
    """The code of an error that ended a command."""
    match error:
        case ConflictError():
            return CONFLICT
        case OutsideError():
            return OUTSIDE
        case StageError():
            return STAGE
        case _:
            return USER
