"""Everything that is known of one registered version, as one record: what an auditor asks for.

Filled in by `flows/version_dossier.py`, rendered by `dossier_page.py`, and printed as JSON. Facts only; what could not
be found out is named in `missing`, never left blank.
"""

from __future__ import annotations

from msgspec import Struct

from seatrial.registry.datasets import Seen
from seatrial.registry.debt import Debt
from seatrial.registry.records import AliasMove, Approval, Version

SCHEMA = 1


class CommitFact(Struct, frozen=True, kw_only=True):
    """A commit that the version has and the one before it has not. `reviewers` are named in its message."""

    id: str
    authors: tuple[str, ...]
    at: str
    subject: str
    reviewers: tuple[str, ...] = ()


class FileFact(Struct, frozen=True, kw_only=True):
    """A file that the change touched: lines added and deleted, None for one that is not text."""

    path: str
    added: int | None = None
    deleted: int | None = None


class ChangeFact(Struct, frozen=True, kw_only=True):
    """What is in the version and was not in the one `before` it (None: there was none)."""

    before: str | None = None
    before_commit: str | None = None
    commits: tuple[CommitFact, ...] = ()
    files: tuple[FileFact, ...] = ()
    missing: tuple[str, ...] = ()


class DataFact(Struct, frozen=True, kw_only=True):
    """One dataset as the version saw it, and what a check of the very same bytes has found."""

    name: str
    digest: str
    look: Seen | None = None


class ApprovalFact(Struct, frozen=True, kw_only=True):
    """An approval, and what became of it: `counted` names the moves that rested on it, `void` why it counts no more."""

    approval: Approval
    counted: tuple[str, ...] = ()
    void: str | None = None


class ReignFact(Struct, frozen=True, kw_only=True):
    """A time during which the version held an alias; `until` is None while it lasts."""

    alias: str
    since: str
    until: str | None
    seconds: float


class DossierFacts(Struct, frozen=True, kw_only=True):
    """One version, whole. `as_of` is when it was written down; `moves` are those that gave the version an alias or took
    one from it; `installed` is what its environment held, empty where that was not kept. `debts` are open now."""

    version: Version
    as_of: str
    change: ChangeFact
    data: tuple[DataFact, ...] = ()
    installed: tuple[tuple[str, str], ...] = ()
    approvals: tuple[ApprovalFact, ...] = ()
    moves: tuple[AliasMove, ...] = ()
    reigns: tuple[ReignFact, ...] = ()
    debts: tuple[Debt, ...] = ()
    missing: tuple[str, ...] = ()
    schema: int = SCHEMA

    def in_all(self, alias: str) -> float:
        """How many seconds the version has held an alias, so far."""
        return sum(reign.seconds for reign in self.reigns if reign.alias == alias)
