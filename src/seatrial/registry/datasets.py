"""The versions of a dataset: what was seen under one name, and how it was judged. Pure.

Called by `flows/dataset_records.py`, which appends them. A version is an identity (the digest of its files), so the
same bytes that come back are the same version. A record is added when the data is another than the last time, or is
judged otherwise: the last record says what the data is now.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct, field

from seatrial.digest import Json
from seatrial.errors import not_understood
from seatrial.registry.serial import decode, encode
from seatrial.replacing import replace
from seatrial.store.blobs import Artifact
from seatrial.store.state import Entry
from seatrial.verdict import Decision, Verdict

SCHEMA = 1
KIND = "dataset"


class Seen(Struct, frozen=True, kw_only=True):
    """One look at a dataset. `columns` are names and storage types; `against` are digests of what it was judged by
    (`contract`, `reference`); `profile` lies in the state's own blobs. `pointer` is what DVC's pointer says of the
    data, `dvc:md5:...`, where there is one. `why` names the first findings that made the verdict. Columns and profile
    may be left out of a look at bytes that were seen before: they are those of the look that has them."""

    dataset: str
    identity: str
    rows: int
    verdict: Verdict
    decision: Decision
    at: str
    run: str
    columns: Mapping[str, str] = field(default_factory=dict)
    against: Mapping[str, str] = field(default_factory=dict)
    profile: Artifact | None = None
    commit: str | None = None
    pointer: str | None = None
    why: tuple[str, ...] = ()

    def says_the_same_as(self, other: Seen) -> bool:
        """Whether a record of this one would add nothing to the other."""
        if self.profile is not None and other.profile is None:
            return False
        return (self.identity, self.verdict, self.decision, self.against, self.pointer) == (
            other.identity,
            other.verdict,
            other.decision,
            other.against,
            other.pointer,
        )


class DatasetVersion(Struct, frozen=True, kw_only=True):
    """One identity. `number` counts from 1 in the order of first sight; `last` is the newest look at it. `current`:
    the newest look at the dataset was at this one."""

    number: int
    first: Seen
    last: Seen
    looks: int
    current: bool = False


class Change(Struct, frozen=True, kw_only=True):
    """What became of a dataset from one version to the next. `retyped` gives each column's types, before and after."""

    rows: int
    added: Mapping[str, str]
    removed: Mapping[str, str]
    retyped: Mapping[str, tuple[str, str]]


def change(before: DatasetVersion, after: DatasetVersion) -> Change:
    """From one version to another, by what was seen of them last."""
    old, new = before.last.columns, after.last.columns
    return Change(
        rows=after.last.rows - before.last.rows,
        added={name: kind for name, kind in new.items() if name not in old},
        removed={name: kind for name, kind in old.items() if name not in new},
        retyped={name: (old[name], kind) for name, kind in new.items() if old.get(name, kind) != kind},
    )


def stream_of(dataset: str) -> str:
    """The stream of records of a dataset."""
    return f"datasets/{dataset}"


def to_body(record: Seen) -> dict[str, Json]:
    """The body of the state entry for a record."""
    return {"kind": KIND, "schema": SCHEMA, "data": encode(record)}


def fold(entries: Sequence[Entry]) -> tuple[DatasetVersion, ...]:
    """All versions of one dataset, oldest first. Raises StateError for a record that this Seatrial cannot read."""
    versions: dict[str, DatasetVersion] = {}
    newest = ""
    for entry in entries:
        record = _record(entry)
        newest = record.identity
        known = versions.get(newest)
        if known is None:
            versions[newest] = DatasetVersion(number=len(versions) + 1, first=record, last=record, looks=1)
        else:
            versions[newest] = replace(known, last=_completed(record, known.last), looks=known.looks + 1)
    return tuple(replace(each, current=each.first.identity == newest) for each in versions.values())


def _completed(record: Seen, before: Seen) -> Seen:
    """A look with what an earlier one at the same bytes found out, and this one does not repeat."""
    return replace(record, columns=record.columns or before.columns, profile=record.profile or before.profile)


def _record(entry: Entry) -> Seen:
    shown = f"record {entry.number} of {entry.stream}"
    kind, schema = entry.body.get("kind"), entry.body.get("schema")
    if schema != SCHEMA or kind != KIND or entry.body.keys() != {"kind", "schema", "data"}:
        raise not_understood(shown, f"it is a {kind!r} of schema {schema!r}")
    try:
        return decode(Seen, entry.body["data"])
    except ValueError as error:
        raise not_understood(shown, str(error)) from None
