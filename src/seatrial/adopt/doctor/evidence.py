"""Where claims come from: a line of the configuration, a file, a run, a record of the registry. Pure.

Called by the probes. The rule of all of them stands here: a check that ran since `Facts.since` and has said no in any
record that is still there is proven; one that ran and never said no is present, because nobody knows yet whether it
can.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator

from msgspec import Struct

from seatrial.adopt.doctor.facts import Facts, FindingSeen, RunSeen
from seatrial.adopt.doctor.outcome import Evidence, Strength
from seatrial.errors import Place
from seatrial.registry.records import Version
from seatrial.verdict import Verdict

_LOOKED = (Verdict.PASS.value, Verdict.FAIL.value, Verdict.INCONCLUSIVE.value)


class Occasion(Struct, frozen=True, kw_only=True):
    """One time at which a check ran: when, whether it said no, and what shows it."""

    at: str
    said_no: bool
    run: str | None = None
    record: str | None = None


def declared(message: str, place: Place | None = None, *, file: str | None = None, line: int | None = None) -> Evidence:
    """Something that is only written."""
    return _written(Strength.DECLARED, message, place, file, line)


def present(message: str, place: Place | None = None, *, file: str | None = None, line: int | None = None) -> Evidence:
    """Something that is there and would be done."""
    return _written(Strength.PRESENT, message, place, file, line)


def _written(strength: Strength, message: str, place: Place | None, file: str | None, line: int | None) -> Evidence:
    if place is not None:
        file, line = place.file, place.line
    return Evidence(message=message, strength=strength, file=file, line=line)


def by_records(what: str, occasions: Iterable[Occasion], since: str) -> Iterator[Evidence]:
    """What records show of a check. Nothing where it has not run since."""
    every = sorted(occasions, key=lambda one: one.at)
    late = [one for one in every if one.at >= since]
    if not late:
        return
    no = next((one for one in reversed(every) if one.said_no), None)
    if no is None:
        last = late[-1]
        message = f"{what} ran {_times(len(late))} in 90 days, and has never said no"
        yield Evidence(message=message, strength=Strength.PRESENT, run=last.run, record=last.record)
        return
    message = f"{what} ran {_times(len(late))} in 90 days, and said no on {no.at[:10]}"
    yield Evidence(message=message, strength=Strength.PROVEN, run=no.run, record=no.record)


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count:,} times"


def findings(facts: Facts, wanted: Callable[[FindingSeen], bool]) -> Iterator[Occasion]:
    """Each run, version and move in which a gate that is wanted looked at something."""
    for run in facts.records.runs:
        yield from _occasion([one for one in run.findings if wanted(one)], run.at, run=run.run)
    for history in facts.records.models:
        for version in history.versions.values():
            found = [one for one in seen_in(version) if wanted(one)]
            yield from _occasion(found, version.created_at, record=f"version {version.ref}")
        for number, move in enumerate(history.ledger, 1):
            found = [_seen(one, history.model) for one in move.findings]
            record = f"ledger of {history.model}, move {number}"
            yield from _occasion([one for one in found if wanted(one)], move.at, record=record)


def _occasion(
    found: list[FindingSeen], at: str, *, run: str | None = None, record: str | None = None
) -> Iterator[Occasion]:
    looked = [one for one in found if one.verdict in _LOOKED]
    if looked:
        yield Occasion(at=at, said_no=any(one.said_no for one in looked), run=run, record=record)


def seen_in(version: Version) -> tuple[FindingSeen, ...]:
    """What was found of a version when it was registered."""
    return tuple(_seen(one, version.model) for one in version.findings)


def _seen(one: object, subject: str) -> FindingSeen:
    read = {name: str(getattr(one, name)) for name in ("kind", "name", "reason", "verdict")}
    return FindingSeen(subject=subject, **read)


def stages(facts: Facts, names: frozenset[str], *, no: Collection[str]) -> Iterator[Occasion]:
    """Each run in which one of some stages was really run. A command that failed has said no, if it failed for one of
    the reasons in `no` and passed in some run before: what has never passed may lack all that it needs."""
    passed = set[str]()
    for run in facts.records.runs:
        did = [one for one in run.stages if one.stage in names and one.action in ("ran", "used", "failed")]
        failed = [one for one in did if one.action == "failed"]
        if did:
            said_no = any(one.reason in no and one.name in passed for one in failed)
            yield Occasion(at=run.at, said_no=said_no, run=run.run)
        passed |= {one.name for one in run.stages if one.action in ("ran", "used", "reused")}


def checks(facts: Facts, judges: str, wanted: Callable[[FindingSeen], bool] | None = None) -> Iterator[Occasion]:
    """Each run in which data (or a training on one batch) was judged; with `wanted`, only such findings say no."""
    for run in facts.records.runs:
        looked = [one for one in run.checks if one.judges == judges and one.verdict in _LOOKED]
        if looked:
            yield Occasion(at=run.at, said_no=_no(run, judges, wanted), run=run.run)


def _no(run: RunSeen, judges: str, wanted: Callable[[FindingSeen], bool] | None) -> bool:
    mine = [one for one in run.checks if one.judges == judges]
    if wanted is None:
        return any(one.verdict == Verdict.FAIL for one in mine)
    return any(finding.said_no and wanted(finding) for one in mine for finding in one.findings)
