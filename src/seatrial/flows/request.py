"""What a user asks of a run, and what it came to: the two ends of the candidate flow."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct, field

from seatrial.errors import SeatrialError
from seatrial.pipeline.outcome import Did
from seatrial.report.facts import RunFacts
from seatrial.verdict import Decision, Verdict

if TYPE_CHECKING:
    from seatrial.registry.promotion import Refused  # the registry is for runs that have a model


class Request(Struct, frozen=True, kw_only=True):
    """What the user asked for. `overridden` are parameters set on the command line; `command` is what
    they typed, shown as the way to repeat it; `collect` names a run whose cells other machines did; `frozen` asks
    that everything be pinned; `base` is the revision from which a change is run, None for everything."""

    command: str
    tier: str | None = None
    stages: tuple[str, ...] = ()
    overridden: Mapping[str, object] = field(default_factory=dict)
    collect: str | None = None
    frozen: bool = False
    base: str | None = None


class Candidate(Struct, frozen=True, kw_only=True):
    """What a run came to.

    `python` is the interpreter its stages ran in. `unpromoted` says why a promotion that the tier asks for did not take
    place.
    """

    facts: RunFacts
    folder: Path
    failed: bool
    python: str
    unpromoted: tuple[Refused | SeatrialError, ...] = ()

    @property
    def verdicts(self) -> tuple[Verdict, ...]:
        models = (finding.verdict for model in self.facts.models for finding in model.findings)
        return (*models, *(verdict for check in self.facts.checks for verdict in check.grave))

    @property
    def broken(self) -> bool:
        """Whether the command of a stage failed, and not just what a stage judges."""
        return bool(self.facts.broken)

    @property
    def missing(self) -> tuple[str, ...]:
        """The cells that no machine did, in a run put together from parts."""
        return tuple(stage.name for stage in self.facts.stages if stage.action == Did.MISSING)

    @property
    def held_by_debt(self) -> bool:
        """Whether the tier lets nothing be merged that has something put off, and something was."""
        return self.facts.debt is not None and self.facts.debt.held

    @property
    def decision(self) -> Decision | None:
        """The strictest decision over all judged models and data, None when nothing was judged."""
        order = (Decision.ALLOW, Decision.WARN, Decision.HOLD, Decision.BLOCK)
        return max((one.decision for one in self.facts.judged), key=order.index, default=None)
