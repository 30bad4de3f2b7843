"""The record of a measurement: what is read, and every mistake of a file at once."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from seatrial import digest
from seatrial.errors import EvidenceError
from seatrial.evidence.measurement import read_measurement
from seatrial.evidence.timing_records import Machine, ServedModel

_MACHINE = {"cpu": "AMD EPYC", "cores": 2, "memory_bytes": 8 * 2**30, "gpu": None}
_DIGEST = digest.of_bytes(b"timings")


def written(tmp_path: Path, value: object) -> Path:
    path = tmp_path / "m.json"
    path.write_text(value if isinstance(value, str) else json.dumps(value))
    return path


def refusals(path: Path) -> list[str]:
    with pytest.raises(EvidenceError) as caught:
        read_measurement(path, shown="m.json")
    assert all(problem.next_step for problem in caught.value.problems)
    return [str(problem) for problem in caught.value.problems]


def test_a_whole_record_is_read(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        {
            "schema_version": 1,
            "timings": _DIGEST,
            "concurrency": 4,
            "warm_up": 50,
            "candidate": {"artifact": _DIGEST, "machine": _MACHINE, "peak_rss_bytes": [10, 20]},
            "baseline": {"machine": {**_MACHINE, "gpu": "NVIDIA  H200"}},
        },
    )
    read = read_measurement(path, shown="m.json", action="b3:aa", stage="serve")

    assert (read.timings, read.concurrency, read.warm_up) == (_DIGEST, 4, 50)
    assert (read.candidate.artifact, read.candidate.peak_rss_bytes) == (_DIGEST, (10, 20))
    assert str(read.candidate.machine) == "AMD EPYC, 2 cores, 8 GiB, no GPU"
    assert read.baseline is not None
    assert str(read.baseline.machine) == "AMD EPYC, 2 cores, 8 GiB, NVIDIA H200"
    assert (read.source.path, read.source.digest, read.source.stage) == ("m.json", digest.of_file(path), "serve")


def test_what_was_not_measured_is_left_out(tmp_path: Path) -> None:
    read = read_measurement(written(tmp_path, {"schema_version": 1, "candidate": {}}))

    assert read.candidate == ServedModel()
    assert (read.baseline, read.timings, read.concurrency, read.warm_up) == (None, None, None, None)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ([], ["m.json: this must be an object"]),
        ({"candidate": {}}, ["m.json schema_version: the version of this record is missing"]),
        ({"schema_version": True, "candidate": {}}, ["m.json schema_version: the version of this record is missing"]),
        ({"schema_version": 2, "candidate": {}}, ["m.json schema_version: version 2 of this record is not known here"]),
        ({"schema_version": 1}, ["m.json candidate: `candidate` is missing"]),
        ({"schema_version": 1, "candidate": 3}, ["m.json candidate: this must be an object"]),
        ({"schema_version": 1, "candidate": {"peaks": []}}, ["m.json candidate.peaks: unknown key `peaks`"]),
        ({"schema_version": 1, "candidate": {}, "timings": "x"}, ["m.json timings: this is not the digest of a file"]),
        (
            {"schema_version": 1, "candidate": {"artifact": 7}},
            ["m.json candidate.artifact: this is not the digest of a model"],
        ),
        (
            {"schema_version": 1, "candidate": {}, "concurrency": 0, "warm_up": -1, "baselin": {}},
            [
                "m.json concurrency: this must be a whole number from 1 on",
                "m.json warm_up: this must be a whole number from 0 on",
                "m.json baselin: unknown key `baselin`",
            ],
        ),
        (
            {"schema_version": 1, "candidate": {"peak_rss_bytes": [5, 0, 2.5, True]}},
            [f"m.json candidate.peak_rss_bytes[{at}]: this must be a whole number from 1 on" for at in (1, 2, 3)],
        ),
        (
            {"schema_version": 1, "candidate": {"peak_rss_bytes": [None]}},
            ["m.json candidate.peak_rss_bytes: a start has no value here"],
        ),
        (
            {"schema_version": 1, "candidate": {"peak_rss_bytes": 7}},
            ["m.json candidate.peak_rss_bytes: this must be a list, one number of bytes for each start"],
        ),
        (
            {"schema_version": 1, "candidate": {"machine": {"cpu": " ", "cores": 2}}},
            [
                "m.json candidate.machine.memory_bytes: `memory_bytes` is missing",
                "m.json candidate.machine.cpu: this must be a text of one line",
            ],
        ),
    ],
)
def test_every_mistake_is_named_with_its_key(tmp_path: Path, value: object, expected: list[str]) -> None:
    assert refusals(written(tmp_path, value)) == expected


def test_json_is_read_strictly(tmp_path: Path) -> None:
    (found,) = refusals(written(tmp_path, '{"schema_version": 1, "schema_version": 1}'))

    assert "schema_version" in found


@pytest.mark.parametrize(
    ("changed", "same"),
    [
        ({}, True),
        ({"memory_bytes": 8 * 2**30 - 2**26}, True),
        ({"memory_bytes": 16 * 2**30}, False),
        ({"cores": 4}, False),
        ({"cpu": "Intel Xeon"}, False),
        ({"gpu": "NVIDIA H200"}, False),
    ],
)
def test_machines_of_one_class_are_alike_but_for_some_reserved_memory(changed: dict[str, object], same: bool) -> None:
    """Times of 16 GiB are not compared with those of 8; 64 MiB that the system keeps for itself do not matter."""
    one = Machine(**_MACHINE)  # type: ignore[arg-type]  # a table of mixed types
    other = Machine(**{**_MACHINE, **changed})  # type: ignore[arg-type]

    assert one.same_class(other) is same
    assert other.same_class(one) is same
