"""What a user asks of a run, and what it came to: the two ends of the candidate flow."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct, field

from seatrial.report.facts import RunFacts

if TYPE_CHECKING:
    from seatrial.flows.telling_rule import ApprovalWanted  # with what few runs tell of


class Request(Struct, frozen=True, kw_only=True):
    """What the user asked for. `overridden` are parameters set on the command line; `command` is what
    they typed, shown as the way to repeat it; `collect` names a run whose cells other machines did; `frozen` asks
    that everything be pinned; `base` is the revision from which a change is run, None for everything. `dear_for` is the
    commit for which somebody has allowed a stranger's code what is dear, None for none."""

    command: str
    tier: str | None = None
    stages: tuple[str, ...] = ()
    overridden: Mapping[str, object] = field(default_factory=dict)
    collect: str | None = None
    frozen: bool = False
    base: str | None = None
    dear_for: str | None = None


class Candidate(Struct, frozen=True, kw_only=True):
    """What a run came to.

    `python` is the interpreter its stages ran in. `waiting` are versions that wait for somebody's approval.
    """

    facts: RunFacts
    folder: Path
    failed: bool
    python: str
    waiting: tuple[ApprovalWanted, ...] = ()
