"""A model's stream, folded into what is true now. Pure.

Called by `registry.py` after each verified read. Subtle: the records are checked against each
other once more (numbers in order, an alias move that starts where the last one ended), because
a record can be undamaged and still be wrong, and a promotion is decided from the fold.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import assert_never

from msgspec import Struct, field

from seatrial.errors import Place, StateError
from seatrial.registry.approval import Given
from seatrial.registry.records import AliasMove, Approval, Linked, Revoked, Tagged, Version
from seatrial.registry.serial import from_body
from seatrial.replacing import replace
from seatrial.store.state import Entry


class History(Struct, frozen=True, kw_only=True):
    """All versions by number (tags and links as they are now), the ledger in order, who holds which alias, and every
    approval that was ever given."""

    model: str
    versions: Mapping[int, Version] = field(default_factory=dict)
    ledger: tuple[AliasMove, ...] = ()
    aliases: Mapping[str, int] = field(default_factory=dict)
    approvals: tuple[Given, ...] = ()
    length: int = 0

    def approvals_of(self, version: int, alias: str) -> tuple[Given, ...]:
        """The approvals of one version for one alias, void ones too."""
        return tuple(one for one in self.approvals if (one.approval.version, one.approval.alias) == (version, alias))


def fold(model: str, entries: Sequence[Entry]) -> History:
    """The history that a model's records tell. Raises StateError for records that contradict each other."""
    versions: dict[int, Version] = {}
    ledger: list[AliasMove] = []
    aliases: dict[str, int] = {}
    approvals: list[Given] = []
    for entry in entries:
        shown = f"record {entry.number} of {entry.stream}"
        record = from_body(entry.body, shown=shown)
        match record:
            case Version():
                _require(record.number == len(versions) + 1 and record.model == model, shown)
                versions[record.number] = record
            case AliasMove():
                _require(record.model == model and record.version in versions, shown)
                _require(record.previous == aliases.get(record.alias), shown)
                aliases[record.alias] = record.version
                ledger.append(record)
            case Tagged():
                _require(record.version in versions, shown)
                versions[record.version] = _tagged(versions[record.version], record)
            case Linked():
                _require(record.version in versions, shown)
                version = versions[record.version]
                versions[record.version] = replace(version, links=(*version.links, record.url))
            case Approval():
                _require(record.version in versions, shown)
                approvals.append(Given(approval=record))
            case Revoked():
                _require(record.version in versions, shown)
                approvals = [_revoked(one, record) for one in approvals]
            case _:
                assert_never(record)
    return History(
        model=model,
        versions=versions,
        ledger=tuple(ledger),
        aliases=aliases,
        approvals=tuple(approvals),
        length=len(entries),
    )


def _revoked(one: Given, record: Revoked) -> Given:
    mine = (one.approval.version, one.approval.alias, one.approval.actor) == (record.version, record.alias, record.of)
    return replace(one, revoked=record) if mine and one.revoked is None else one


def _tagged(version: Version, record: Tagged) -> Version:
    tags = {key: value for key, value in version.tags.items() if key != record.key}
    if record.value is not None:
        tags[record.key] = record.value
    return replace(version, tags=tags)


def _require(consistent: bool, shown: str) -> None:
    if not consistent:
        raise StateError(
            f"{shown} contradicts the records before it",
            place=Place(file=shown),
            next_step="restore the state from a backup (docs/reference/registry.md, 'Backup')",
        )
