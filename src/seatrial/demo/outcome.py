"""What came of the story, as records: filled in by `play.py`, told by `show.py`.

Every value here was answered by a command; nothing is written down beforehand.
"""

from __future__ import annotations

from pathlib import Path

from msgspec import Struct

from seatrial.report.facts import ModelFact, RunFacts
from seatrial.verdict import Decision, Verdict


class Told(Struct, frozen=True, kw_only=True):
    """One step, as it went.

    `exit_code` is that of the step's `seatrial run`, or of its last command when nothing ran. `run` is None
    for a step without a run. `production` is the version that holds the alias afterwards.
    """

    letter: str
    title: str
    commit: str
    exit_code: int
    production: int | None
    run: RunFacts | None = None

    @property
    def model(self) -> ModelFact | None:
        """The judged model, None when nothing was judged."""
        return self.run.models[0] if self.run and self.run.models else None

    @property
    def verdict(self) -> Verdict | None:
        """The model's verdict, None when nothing was judged."""
        return self.model.verdict if self.model else None

    @property
    def decision(self) -> Decision | None:
        """The model's decision, None when nothing was judged."""
        return self.model.decision if self.model else None

    @property
    def rescored(self) -> str | None:
        """Why production's rows were made again, None when the stored ones fitted."""
        return self.model.rescored if self.model else None

    @property
    def rows_needed(self) -> int | None:
        """How many rows would decide, where a gate could not say."""
        findings = self.model.findings if self.model else ()
        return max((finding.n_needed for finding in findings if finding.n_needed is not None), default=None)


class Move(Struct, frozen=True, kw_only=True):
    """One row of the ledger: how `alias` came to point at `version`."""

    at: str
    alias: str
    version: int
    previous: int | None
    how: str
    actor: str


class Played(Struct, frozen=True, kw_only=True):
    """The whole story. `difference` says where it left the plot, None when it did not."""

    folder: Path
    seconds: float
    told: tuple[Told, ...]
    ledger: tuple[Move, ...] = ()
    report: Path | None = None
    difference: str | None = None
