"""The record of a measurement: machine, callers and memory of a served model, one JSON object beside its timings.

    {
      "schema_version": 1,
      "timings": "b3:...",          digest of the timings file it belongs to; left out where there is none
      "concurrency": 4,             callers who each wait for their answer before they ask again
      "warm_up": 50,                requests sent to each model before those that count
      "candidate": {
        "artifact": "b3:...",       digest of the model that was started
        "machine": {"cpu": "AMD EPYC 7B13", "cores": 2, "memory_bytes": 8589934592, "gpu": null},
        "peak_rss_bytes": [412876800, 413925376]      peak resident memory, one value for each start
      },
      "baseline": {...}
    }

Only `schema_version` and `candidate` are required; what was not measured is left out, never 0. Written by `serving/`
or by a stage, read for the gates `latency` and `memory`. Every mistake of a file is told at once, with its key.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from seatrial import digest
from seatrial.evidence import reading, strict_json
from seatrial.evidence.json_value import Value
from seatrial.evidence.mistakes import Mistakes
from seatrial.evidence.timing_records import Machine, Measurement, ServedModel

SCHEMA_VERSION: Final = 1
MAX_BYTES: Final = reading.MIB

_LEAVE_OUT: Final = "Leave it out if it was not measured."


def read_measurement(
    path: Path, *, shown: str | None = None, action: str | None = None, stage: str | None = None
) -> Measurement:
    """The record in a JSON file. Raises EvidenceError for anything but such an object, with all its mistakes."""
    file = reading.shown_as(path, shown)
    data = reading.read_bytes(path, file=file, limit=MAX_BYTES)
    value = strict_json.loads(data, file=file, max_bytes=MAX_BYTES)
    mistakes = Mistakes()
    top = Value(value, mistakes.of(file, next_step=_LEAVE_OUT)).keys(sparse=True)
    _check_version(top["schema_version"])
    read = Measurement(
        source=reading.source_of(data, file=file, action=action, stage=stage),
        timings=top["timings"].maybe(lambda value: _digest(value, "a file")),
        concurrency=top["concurrency"].maybe(_one_or_more),
        warm_up=top["warm_up"].maybe(lambda value: value.whole(least=0)),
        candidate=_model(top["candidate"]) if "candidate" in top else ServedModel(),
        baseline=_model(top["baseline"]) if "baseline" in top else None,
    )
    if "candidate" not in top:
        top["candidate"].refuse("`candidate` is missing", "Write what was measured of the candidate under it.")
    top.done()
    mistakes.raise_all()
    return read


def _check_version(version: Value) -> None:
    found = version.json
    if found == SCHEMA_VERSION and not isinstance(found, bool):
        return
    if isinstance(found, int) and found > SCHEMA_VERSION:
        version.refuse(f"version {found} of this record is not known here", "Upgrade Seatrial.")
    else:
        version.refuse("the version of this record is missing", f'Write "schema_version": {SCHEMA_VERSION}.')


def _model(value: Value) -> ServedModel:
    keys = value.keys(sparse=True)
    model = ServedModel(
        artifact=keys["artifact"].maybe(lambda artifact: _digest(artifact, "a model")),
        machine=keys["machine"].maybe(_machine),
        peak_rss_bytes=keys["peak_rss_bytes"].maybe(_peaks) or (),
    )
    keys.done()
    return model


def _machine(value: Value) -> Machine:
    keys = value.keys(sparse=True)
    for name in ("cpu", "cores", "memory_bytes"):
        if keys[name].json is None:
            keys[name].refuse(f"`{name}` is missing", "Times are only comparable on a machine of a known class.")
    machine = Machine(
        cpu=keys["cpu"].maybe(_one_line) or "",
        cores=keys["cores"].maybe(_one_or_more) or 0,
        memory_bytes=keys["memory_bytes"].maybe(_one_or_more) or 0,
        gpu=keys["gpu"].maybe(_one_line),
    )
    keys.done()
    return machine


def _peaks(value: Value) -> tuple[int, ...]:
    if not isinstance(value.json, list | tuple):
        value.refuse("this must be a list, one number of bytes for each start", "Write e.g. [412876800].")
        return ()
    if None in value.json:
        value.refuse("a start has no value here", "Leave out starts whose memory was not measured.")
    return tuple(_one_or_more(peak) for peak in value.items() if peak.json is not None)


def _one_or_more(value: Value) -> int:
    return value.whole(least=1)


def _digest(value: Value, of: str) -> str | None:
    if isinstance(value.json, str) and digest.is_digest(value.json):
        return value.json
    value.refuse(f"this is not the digest of {of}", "Write b3: and 64 digits, or leave it out.")
    return None


def _one_line(value: Value) -> str:
    """Text that is not empty, each run of spaces as one."""
    if isinstance(value.json, str) and value.json.strip() and value.json.isprintable():
        return " ".join(value.json.split())
    value.refuse("this must be a text of one line", "Write the name that the system gives.")
    return ""
