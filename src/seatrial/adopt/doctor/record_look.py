"""The records, as the values that probes ask about: reports of runs in the work tree, runs and models of the state.

Called by `examine.py`. Bounded: the last runs only, and of a report only what is asked about is decoded. Nothing is
written. A record that cannot be read is told and proves nothing.
"""

from __future__ import annotations

import contextlib
import json
import os
from pathlib import Path

import msgspec
from msgspec import Struct

from seatrial.adopt.doctor.facts import CheckSeen, FindingSeen, Records, RunSeen, StageSeen, TwiceSeen
from seatrial.adopt.doctor.reading import Reader
from seatrial.errors import OutsideError, UserError
from seatrial.evidence.sameness import Sameness
from seatrial.flows.facts import REPORT_JSON
from seatrial.flows.history import PREFIX
from seatrial.registry.history import History
from seatrial.registry.registry import Registry
from seatrial.report.facts import DATA
from seatrial.store.state import StateStore
from seatrial.store.ulid import is_ulid

RUNS = 200
"""How many of the last runs are looked at, in the work tree and in the state."""
_REPORT_BYTES = 8 << 20
_EVENTS = "events.jsonl"
_COMPARED = b'"twice_compared"'


class _Finding(Struct):
    kind: str = ""
    name: str = ""
    reason: str = ""
    verdict: str = ""


class _Model(Struct):
    name: str = ""
    findings: list[_Finding] = []


class _Check(Struct):
    name: str = ""
    dataset: str = ""
    verdict: str = ""
    judges: str = DATA
    findings: list[_Finding] = []


class _Stage(Struct):
    name: str = ""
    action: str = ""
    reason: str = ""


class _Curve(Struct):
    name: str = ""
    diverged_at: float | None = None


class _Report(Struct):
    """The part of `report.json` that is asked about; other keys are passed over."""

    run: str = ""
    started: str = ""
    tier: str | None = None
    models: list[_Model] = []
    checks: list[_Check] = []
    stages: list[_Stage] = []
    curves: list[_Curve] = []


def look_at_runs(runs: Path) -> tuple[tuple[RunSeen, ...], tuple[TwiceSeen, ...], tuple[str, ...]]:
    """The last runs of a work tree, oldest first; stages that were run twice; and what could not be read."""
    reader = Reader(runs)
    names: list[str] = []
    with contextlib.suppress(OSError):
        names = sorted(name for name in os.listdir(runs) if is_ulid(name))[-RUNS:]
    found: list[RunSeen] = []
    twice: list[TwiceSeen] = []
    unseen: list[str] = []
    for name in names:
        data = reader.read(f"{name}/{REPORT_JSON}", _REPORT_BYTES)
        if data is None:
            twice += _twice(name, reader.read(f"{name}/{_EVENTS}", _REPORT_BYTES) or b"")
            continue
        try:
            found.append(_run(msgspec.json.decode(data, type=_Report)))
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            unseen.append(f"the report of run {name}: it is no report that can be read")
    unseen += [f"run {path}: {why}" for path, why in sorted(reader.missed.items())]
    return tuple(found), tuple(twice), tuple(unseen)


def _run(report: _Report) -> RunSeen:
    return RunSeen(
        run=report.run,
        at=report.started,
        tier=report.tier,
        stages=tuple(StageSeen(name=one.name, action=one.action, reason=one.reason) for one in report.stages),
        checks=tuple(
            CheckSeen(
                stage=one.name,
                dataset=one.dataset,
                judges=one.judges,
                verdict=one.verdict,
                findings=tuple(_finding(finding, one.name) for finding in one.findings),
            )
            for one in report.checks
        ),
        findings=tuple(_finding(finding, one.name) for one in report.models for finding in one.findings),
        diverged=tuple(one.name for one in report.curves if one.diverged_at is not None),
    )


def _finding(one: _Finding, subject: str) -> FindingSeen:
    return FindingSeen(kind=one.kind, name=one.name, reason=one.reason, verdict=one.verdict, subject=subject)


def _twice(run: str, events: bytes) -> list[TwiceSeen]:
    if _COMPARED not in events:
        return []
    found: list[TwiceSeen] = []
    for line in events.split(b"\n"):
        if _COMPARED not in line:
            continue
        with contextlib.suppress(ValueError, RecursionError):
            event = json.loads(line)
            if isinstance(event, dict) and event.get("event") == "twice_compared":
                same = event.get("sameness") != Sameness.DIFFERENT
                found.append(TwiceSeen(run=run, at=str(event.get("at")), stage=str(event.get("cell")), same=same))
    return found


def look_at_state(state: StateStore, known: frozenset[str]) -> tuple[Records, int, tuple[str, ...]]:
    """The last runs of the state that are not `known` from the work tree, and every model; how many streams of records
    there are; and what of them could not be read. Raises StateError where the state as a whole cannot be."""
    unseen: list[str] = []
    streams = state.streams()
    runs: list[RunSeen] = []
    for stream in [stream for stream in streams if stream.startswith(PREFIX)][-RUNS:]:
        if stream.removeprefix(PREFIX) in known:
            continue
        try:
            runs += [run for entry in state.read(stream) if (run := _recorded(entry.body)) is not None]
        except OutsideError as error:
            unseen.append(str(error))
    registry = Registry(state)
    models: list[History] = []
    for name in [stream.partition("/")[2] for stream in streams if stream.startswith("models/")]:
        try:
            models.append(registry.history(name))
        except (OutsideError, UserError) as error:
            unseen.append(f"the records of {name}: {error}")
    return Records(runs=tuple(runs), models=tuple(models)), len(streams), tuple(unseen)


class _Recorded(Struct):
    kind: str = ""
    run: str = ""
    started: str = ""
    tier: str | None = None
    stages: list[_Stage] = []


def _recorded(body: object) -> RunSeen | None:
    try:
        record = msgspec.convert(body, _Recorded)
    except msgspec.ValidationError:
        return None
    if record.kind != "run":
        return None
    stages = tuple(StageSeen(name=one.name, action=one.action, reason=one.reason) for one in record.stages)
    return RunSeen(run=record.run, at=record.started, tier=record.tier, stages=stages)
