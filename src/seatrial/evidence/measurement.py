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

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from msgspec import Struct, field

from seatrial import digest
from seatrial.digest import Json
from seatrial.errors import EvidenceError, Place, Problem
from seatrial.evidence import reading, strict_json
from seatrial.evidence.timing_records import Machine, Measurement, ServedModel
from seatrial.nearest import nearest

SCHEMA_VERSION: Final = 1
MAX_BYTES: Final = reading.MIB

_MOST = 2**60
_KEYS = ("schema_version", "timings", "concurrency", "warm_up", "candidate", "baseline")
_MODEL_KEYS = ("artifact", "machine", "peak_rss_bytes")
_MACHINE_KEYS = ("cpu", "cores", "memory_bytes", "gpu")


def read_measurement(
    path: Path, *, shown: str | None = None, action: str | None = None, stage: str | None = None
) -> Measurement:
    """The record in a JSON file. Raises EvidenceError for anything but such an object, with all its mistakes."""
    file = reading.shown_as(path, shown)
    data = reading.read_bytes(path, file=file, limit=MAX_BYTES)
    value = strict_json.loads(data, file=file, max_bytes=MAX_BYTES)
    found = _Mistakes(file)
    top = found.mapping(value, "", _KEYS)
    _check_version(top.get("schema_version"), found)
    read = Measurement(
        source=reading.source_of(data, file=file, action=action, stage=stage),
        timings=found.digest(top.get("timings"), "timings", "a file"),
        concurrency=found.whole(top.get("concurrency"), "concurrency", least=1),
        warm_up=found.whole(top.get("warm_up"), "warm_up", least=0),
        candidate=_model(top.get("candidate", {}), "candidate", found),
        baseline=_model(top["baseline"], "baseline", found) if "baseline" in top else None,
    )
    if "candidate" not in top and isinstance(value, Mapping):
        found.note("candidate", "`candidate` is missing", "Write what was measured of the candidate under it.")
    found.raise_all()
    return read


class _Mistakes(Struct):
    """The mistakes of one file, by key."""

    file: str
    problems: list[Problem] = field(default_factory=list)

    def note(self, key: str, message: str, next_step: str) -> None:
        place = Place(file=self.file, key=key or None)
        self.problems.append(Problem(message=message, place=place, next_step=next_step))

    def raise_all(self) -> None:
        if self.problems:
            raise EvidenceError(self.problems[0].message, problems=tuple(self.problems))

    def mapping(self, value: Json, key: str, known: tuple[str, ...]) -> Mapping[str, Json]:
        """The members of an object; unknown ones are noted."""
        if not isinstance(value, Mapping):
            self.note(key, "an object was expected here", f"Write an object with the keys {', '.join(known)}.")
            return {}
        for name in value:
            if name not in known:
                close = nearest(name.lower(), known)
                step = f"Did you mean `{close}`?" if close else f"The keys are {', '.join(known)}."
                self.note(f"{key}.{name}" if key else name, f"unknown key `{name}`", step)
        return value

    def whole(self, value: Json, key: str, *, least: int) -> int | None:
        """A whole number, None where there is none."""
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= _MOST:
            self.note(key, f"this must be a whole number from {least} on", "Leave it out if it was not measured.")
            return None
        return value

    def digest(self, value: Json, key: str, of: str) -> str | None:
        """The digest of something, None where there is none."""
        if value is None or (isinstance(value, str) and digest.is_digest(value)):
            return value
        self.note(key, f"this is not the digest of {of}", "Write b3: and 64 digits, or leave it out.")
        return None

    def text(self, value: Json, key: str) -> str | None:
        """Text that is not empty, None where there is none."""
        if value is None:
            return None
        if not isinstance(value, str) or not value.strip() or not value.isprintable():
            self.note(key, "this must be a text of one line", "Write the name that the system gives.")
            return None
        return " ".join(value.split())


def _check_version(value: Json, found: _Mistakes) -> None:
    if value == SCHEMA_VERSION and not isinstance(value, bool):
        return
    if isinstance(value, int) and value > SCHEMA_VERSION:
        found.note("schema_version", f"version {value} of this record is not known here", "Upgrade Seatrial.")
    else:
        found.note(
            "schema_version", "the version of this record is missing", f'Write "schema_version": {SCHEMA_VERSION}.'
        )


def _model(value: Json, key: str, found: _Mistakes) -> ServedModel:
    members = found.mapping(value, key, _MODEL_KEYS)
    machine = members.get("machine")
    return ServedModel(
        artifact=found.digest(members.get("artifact"), f"{key}.artifact", "a model"),
        machine=None if machine is None else _machine(machine, f"{key}.machine", found),
        peak_rss_bytes=_peaks(members.get("peak_rss_bytes"), f"{key}.peak_rss_bytes", found),
    )


def _machine(value: Json, key: str, found: _Mistakes) -> Machine | None:
    members = found.mapping(value, key, _MACHINE_KEYS)
    for name in _MACHINE_KEYS[:3]:
        if isinstance(value, Mapping) and members.get(name) is None:
            found.note(
                f"{key}.{name}", f"`{name}` is missing", "Times are only comparable on a machine of a known class."
            )
    cpu = found.text(members.get("cpu"), f"{key}.cpu")
    cores = found.whole(members.get("cores"), f"{key}.cores", least=1)
    memory = found.whole(members.get("memory_bytes"), f"{key}.memory_bytes", least=1)
    gpu = found.text(members.get("gpu"), f"{key}.gpu")
    if cpu is None or cores is None or memory is None:
        return None
    return Machine(cpu=cpu, cores=cores, memory_bytes=memory, gpu=gpu)


def _peaks(value: Json, key: str, found: _Mistakes) -> tuple[int, ...]:
    if value is None:
        return ()
    if isinstance(value, str) or not isinstance(value, Sequence):
        found.note(key, "this must be a list, one number of bytes for each start", "Write e.g. [412876800].")
        return ()
    peaks = [found.whole(peak, f"{key}[{index}]", least=1) for index, peak in enumerate(value)]
    if None in value:
        found.note(key, "a start has no value here", "Leave out starts whose memory was not measured.")
    return tuple(peak for peak in peaks if peak is not None)
