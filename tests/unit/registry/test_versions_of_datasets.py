"""The history of a dataset: versions by identity, what changed between them, and records that are refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from seatrial.digest import Json
from seatrial.errors import StateError
from seatrial.registry.datasets import DatasetVersion, Seen, change, fold, stream_of, to_body
from seatrial.replacing import replace
from seatrial.store.blobs import Artifact
from seatrial.verdict import Decision, Verdict
from tests.support.instants import ISO
from tests.support.memory_state import MemoryState

ONE = Seen(
    dataset="people",
    identity="b3:1",
    rows=10,
    verdict=Verdict.PASS,
    decision=Decision.ALLOW,
    at=ISO,
    run="run-1",
    columns={"id": "Int64", "age": "Int64", "zip": "String"},
    against={"contract": "b3:c"},
)
TWO = replace(ONE, identity="b3:2", rows=7, columns={"id": "Int64", "age": "String", "city": "String"})


def folded(folder: Path, *records: Seen) -> tuple[DatasetVersion, ...]:
    state = MemoryState(folder / "blobs")
    for number, record in enumerate(records):
        state.append(stream_of("people"), to_body(record), expected=number)
    return fold(state.read(stream_of("people")))


def test_bytes_that_come_back_are_the_version_that_they_were(tmp_path: Path) -> None:
    failed = replace(ONE, verdict=Verdict.FAIL, decision=Decision.BLOCK, run="run-3")

    one, two = folded(tmp_path, ONE, TWO, failed)

    assert (one.number, one.looks, one.first, one.last) == (1, 2, ONE, failed)
    assert (two.number, two.looks) == (2, 1)


def test_what_the_data_is_now_is_the_version_of_the_last_look(tmp_path: Path) -> None:
    """Which need not be the newest version: data is put back."""
    assert [version.current for version in folded(tmp_path / "a", ONE, TWO)] == [False, True]
    assert [version.current for version in folded(tmp_path / "b", ONE, TWO, ONE)] == [True, False]


def test_look_that_repeats_nothing_has_columns_and_profile_of_the_one_that_does(tmp_path: Path) -> None:
    profile = Artifact(digest="b3:" + "0" * 64, kind="file", size=1)
    bare = replace(ONE, columns={}, verdict=Verdict.FAIL)

    one, _ = folded(tmp_path, replace(ONE, profile=profile), TWO, bare)

    assert (one.last.columns, one.last.profile, one.last.verdict) == (ONE.columns, profile, Verdict.FAIL)


def test_first_profile_of_known_data_is_worth_a_record() -> None:
    profile = Artifact(digest="b3:" + "0" * 64, kind="file", size=1)

    assert not replace(ONE, profile=profile).says_the_same_as(ONE)
    assert ONE.says_the_same_as(replace(ONE, profile=profile))


def test_change_names_rows_and_columns(tmp_path: Path) -> None:
    one, two = folded(tmp_path, ONE, TWO)

    found = change(one, two)

    assert found.rows == -3
    assert (found.added, found.removed) == ({"city": "String"}, {"zip": "String"})
    assert found.retyped == {"age": ("Int64", "String")}


@pytest.mark.parametrize(
    ("changed", "same"),
    [
        ({"run": "other", "at": "later", "commit": "c"}, True),
        ({"identity": "b3:2"}, False),
        ({"verdict": Verdict.FAIL}, False),
        ({"decision": Decision.WARN}, False),
        ({"against": {}}, False),
        ({"pointer": "dvc:md5:1"}, False),
    ],
)
def test_look_that_says_the_same_adds_nothing(changed: dict[str, Any], same: bool) -> None:
    assert ONE.says_the_same_as(replace(ONE, **changed)) is same


BODIES: list[dict[str, Json]] = [
    {"kind": "dataset", "schema": 2, "data": {}},
    {"kind": "dataset", "schema": 1, "data": {"rows": 1}},
]


@pytest.mark.parametrize("body", BODIES)
def test_record_that_is_not_understood_is_refused(tmp_path: Path, body: dict[str, Json]) -> None:
    state = MemoryState(tmp_path / "blobs")
    state.append(stream_of("people"), body, expected=0)

    with pytest.raises(StateError):
        fold(state.read(stream_of("people")))
