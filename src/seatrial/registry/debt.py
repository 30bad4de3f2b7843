"""What should have run and was deferred: the records of it, and what of it is still open. Pure.

Called by `flows/debts.py`, which reads and appends the records, and by `promotion.py`, which lets
nothing through while any is open. A debt is opened where a cell was deferred and settled by a later
run, on whatever machine, that has the cell's result.

Subtle: the two machines differ on purpose, so a cell's input digest, which counts the platform and
the installed packages, may never be met again where the device is. `work` is the digest of the same
parts without those two, and either settles. A debt from uncommitted files is kept and shown, but
holds nothing: what is made from such files is never promoted, and nobody else can settle it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import assert_never

from msgspec import Struct

from seatrial.digest import Json, short
from seatrial.errors import not_understood
from seatrial.pipeline.deferral import Cause
from seatrial.pipeline.device_hours import hours_of
from seatrial.registry.records import DeferredCell, Version
from seatrial.registry.serial import decode, encode
from seatrial.store.state import Entry

SCHEMA = 1
_MOST_NAMED = 3


class Debt(Struct, frozen=True, kw_only=True):
    """A cell that should have run. `reason` says why it did not, `platform` on what machine that was. `command` at
    `commit` settles it: where the machine was the `cause`, it is what was typed there, and another one is needed.
    `gpus` and `expected` seconds say how dear it is, as far as that was known."""

    cell: str
    input_digest: str
    work: str
    reason: str
    run: str
    at: str
    platform: str
    command: str
    tier: str | None = None
    commit: str | None = None
    dirty: bool = False
    cause: Cause = Cause.MACHINE
    gpus: int | None = None
    expected: float | None = None

    def __str__(self) -> str:
        hours = str(hours_of(((self.gpus or 0, self.expected),)))
        said = f"{self.cell} was deferred in run {self.run} (input {short(self.input_digest)}): {self.reason}"
        return f"{said}; expected {hours}" if hours else said


class Settled(Struct, frozen=True, kw_only=True):
    """A run that has the result of a deferred cell. The digests are those of the debt."""

    cell: str
    input_digest: str
    work: str
    run: str
    at: str
    platform: str
    commit: str | None = None


_KINDS: dict[str, type[Debt | Settled]] = {"debt": Debt, "debt_settled": Settled}
_NAMES = {kind: name for name, kind in _KINDS.items()}


class Book(Struct, frozen=True, kw_only=True):
    """All that is owed and was, folded from the records. `length` is the number of records."""

    open: tuple[Debt, ...] = ()
    settled: frozenset[tuple[str, str]] = frozenset()
    length: int = 0

    @property
    def holding(self) -> tuple[Debt, ...]:
        """The open debts that hold promotions."""
        return tuple(debt for debt in self.open if not debt.dirty)

    def owed_by(self, version: Version) -> tuple[Debt, ...]:
        """All that keeps a version from being promoted: every open debt, and what its own run deferred, should
        the record of that be missing."""
        known = {(debt.cell, debt.work) for debt in self.holding} | self.settled
        own = tuple(_of_version(version, one) for one in version.deferred if (one.cell, one.work) not in known)
        return (*self.holding, *own)


def settling(debts: Iterable[Debt]) -> str:
    """What settles debts: a command for each run that they come from, as sentences that quote it."""
    cells: dict[tuple[str, bool], list[str]] = {}
    for debt in debts:
        where = f" at commit {debt.commit[:10]}" if debt.commit else ""
        how = (f"run `{debt.command}`{where}", debt.cause is Cause.MACHINE)
        cells.setdefault(how, []).append(debt.cell)
    said = [f"{how}{_elsewhere(names) if elsewhere else ''}" for (how, elsewhere), names in cells.items()]
    more = f"; and {len(said) - _MOST_NAMED} more commands (seatrial models list)" if len(said) > _MOST_NAMED else ""
    return "; ".join(said[:_MOST_NAMED]) + more


def _elsewhere(names: Sequence[str]) -> str:
    need = " and others need" if len(names) > _MOST_NAMED else " needs" if len(names) == 1 else " need"
    return f" on a machine that has what {', '.join(names[:_MOST_NAMED])}{need}"


def to_body(record: Debt | Settled) -> dict[str, Json]:
    """The body of the state entry for a record."""
    return {"kind": _NAMES[type(record)], "schema": SCHEMA, "data": encode(record)}


def fold(entries: Sequence[Entry]) -> Book:
    """What the records say. Raises StateError for one that this version does not understand."""
    open_: dict[tuple[str, str], Debt] = {}
    settled: set[tuple[str, str]] = set()
    for entry in entries:
        record = _record(entry)
        name = (record.cell, record.work)
        match record:
            case Debt():
                open_[name] = record
                settled.discard(name)
            case Settled():
                open_.pop(name, None)
                settled.add(name)
            case _:
                assert_never(record)
    return Book(open=tuple(open_.values()), settled=frozenset(settled), length=len(entries))


def new_records(book: Book, deferred: Iterable[Debt], ended: Iterable[Settled]) -> tuple[Debt | Settled, ...]:
    """What is to be written after a run: its debts that are not open yet, and the open ones that it settles.

    A debt that so far came from uncommitted files is written again once the same work is committed. What was settled
    is not owed again: the same work was done, and where its result lies is another question.
    """
    known = {(debt.cell, debt.work): debt for debt in book.open}
    by_input = {(debt.cell, debt.input_digest): debt for debt in book.open}
    opened: dict[tuple[str, str], Debt] = {}
    for debt in deferred:
        before = known.get((debt.cell, debt.work))
        if (debt.cell, debt.work) in book.settled:
            continue
        if before is None or (before.dirty and not debt.dirty):
            opened[debt.cell, debt.work] = debt
    closed: dict[tuple[str, str], Settled] = {}
    for one in ended:
        paid = known.get((one.cell, one.work)) or by_input.get((one.cell, one.input_digest))
        if paid is not None:
            closed[paid.cell, paid.work] = Settled(
                cell=paid.cell,
                input_digest=paid.input_digest,
                work=paid.work,
                run=one.run,
                at=one.at,
                platform=one.platform,
                commit=one.commit,
            )
    return (*opened.values(), *closed.values())


def _of_version(version: Version, one: DeferredCell) -> Debt:
    return Debt(
        cell=one.cell,
        input_digest=one.input_digest,
        work=one.work,
        reason=f"{version.ref} was made in that run",
        run=version.run,
        at=version.created_at,
        platform="",
        command="seatrial run" + (f" --tier {version.tier}" if version.tier else ""),
        tier=version.tier,
        commit=version.commit,
    )


def _record(entry: Entry) -> Debt | Settled:
    shown = f"record {entry.number} of {entry.stream}"
    kind, schema = entry.body.get("kind"), entry.body.get("schema")
    if schema != SCHEMA or kind not in _KINDS or entry.body.keys() != {"kind", "schema", "data"}:
        raise not_understood(shown, f"it is a {kind!r} of schema {schema!r}")
    try:
        return decode(_KINDS[str(kind)], entry.body["data"])
    except ValueError as error:
        raise not_understood(shown, str(error)) from None
