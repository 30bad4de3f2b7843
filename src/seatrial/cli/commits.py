"""Commits as they are named on the command line: what every plan over commits is asked for, read one way."""

from __future__ import annotations

from pathlib import Path

from seatrial.errors import UsageError
from seatrial.flows.change_plan import ChangeRequest


def request_of(
    head: str | None, config: str | None, tier: str | None, stages: tuple[str, ...], *, base: str = ""
) -> ChangeRequest:
    """What is asked of commits; without `head` of `HEAD`. Raises UsageError for a configuration that is not there."""
    place = None if config is None else Path(config)
    if place is not None and not place.is_file():
        raise UsageError(f"there is no configuration {config}", next_step="name a seatrial.yaml with `--config`")
    return ChangeRequest(base=base, head="HEAD" if head is None else head, config=place, tier=tier, stages=stages)
