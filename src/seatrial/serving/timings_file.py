"""Writes what `measure` found: a CSV of requests, and beside it the record of what has no row.

The formats are those that the readers of `evidence/` take. What was not measured is left out, never written as 0. Both
files are written whole or not at all.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

from msgspec import Struct

from seatrial import digest
from seatrial.digest import Json
from seatrial.evidence.measurement import SCHEMA_VERSION
from seatrial.evidence.timing_records import Machine
from seatrial.serving.measure import Timed, Who
from seatrial.store import atomic

COLUMNS = ("order", "model", "request", "kind", "ok", "ms")


class Served(Struct, frozen=True, kw_only=True):
    """What was seen of one model besides its answers: the content digest of what was started, its machine, and its peak
    memory at each start. A server that ran already tells none of them."""

    artifact: str | None = None
    machine: Machine | None = None
    peaks: tuple[int, ...] = ()


def write_timings(path: Path, rows: Iterable[Timed]) -> str:
    """The table, in the order of asking; its digest."""
    lines = [",".join(COLUMNS)]
    lines += [
        ",".join((str(row.order), row.model, _field(row.request), row.kind, "true" if row.ok else "false", _ms(row.ms)))
        for row in rows
    ]
    data = ("\n".join(lines) + "\n").encode()
    path.parent.mkdir(parents=True, exist_ok=True)
    atomic.write_atomic(path, data)
    return digest.of_bytes(data)


def write_measurement(
    path: Path, served: Mapping[Who, Served], *, timings: str, warm_up: int, concurrency: int
) -> None:
    """The record beside the table whose digest is `timings`."""
    document: dict[str, Json] = {
        "schema_version": SCHEMA_VERSION,
        "timings": timings,
        "concurrency": concurrency,
        "warm_up": warm_up,
        **{who.value: _told(seen) for who, seen in served.items()},
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    atomic.write_atomic(path, (json.dumps(document, indent=2) + "\n").encode())


def _told(seen: Served) -> Json:
    told: dict[str, Json] = {} if seen.artifact is None else {"artifact": seen.artifact}
    machine = seen.machine
    if machine is not None:
        told["machine"] = {
            "cpu": machine.cpu,
            "cores": machine.cores,
            "memory_bytes": machine.memory_bytes,
            "gpu": machine.gpu,
        }
    if seen.peaks:
        told["peak_rss_bytes"] = [*seen.peaks]
    return told


def _ms(value: float) -> str:
    """To the nanosecond: more digits than any clock has."""
    return f"{value:.6f}"


def _field(text: str) -> str:
    """A name as CSV has it."""
    return '"' + text.replace('"', '""') + '"' if any(letter in text for letter in ',"\r\n') else text
