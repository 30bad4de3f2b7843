"""A profile's file: small, the same for the same profile, and refused when it is not what was written."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl
import pytest

from seatrial.data.profile import packing, serial
from seatrial.data.profile.serial import read_profile, write_profile
from seatrial.errors import EvidenceError
from tests.support.profiled import profile_of

Edit = Callable[[dict[str, Any]], object]


@pytest.fixture(scope="module")
def written() -> bytes:
    draw = np.random.default_rng(0)
    frame = pl.DataFrame(
        {
            "x": draw.normal(size=300),
            "word": ["a", "b", "c"] * 100,
            "flag": [True, False] * 150,
            "note": [f"what was written in row {row} of this table" for row in range(300)],
            "when": pl.datetime_range(pl.datetime(2026, 1, 1), pl.datetime(2026, 1, 1, 4, 59), "1m", eager=True),
        }
    )
    return write_profile(profile_of(frame, label="flag", prediction="flag", cluster="word"))


def refusal(data: bytes) -> str:
    """Why a file is refused; the message has its place and a next step."""
    with pytest.raises(EvidenceError) as caught:
        read_profile(data, file="reference.json")
    problem = caught.value.problems[0]
    assert problem.place is not None
    assert problem.place.file == "reference.json"
    assert problem.next_step
    return problem.message


def edited(data: bytes, edit: Edit) -> bytes:
    value = json.loads(data)
    edit(value)
    return json.dumps(value).encode()


def test_the_outline_has_a_line_for_each_column(written: bytes) -> None:
    """So that people, and line-wise tools, see which column is which."""
    lines = written.decode().splitlines()

    assert [line.split(":")[0] for line in lines if line.startswith('"x"')] == ['"x"']
    assert lines[0] == '{"kind": "dataset profile",'


def test_the_same_content_in_another_layout_is_read(written: bytes) -> None:
    """What is refused below is refused for its content."""
    assert read_profile(edited(written, lambda value: None), file="p") == read_profile(written, file="p")


@pytest.mark.parametrize(
    ("edit", "why"),
    [
        (lambda value: value.update(kind="something"), "something else"),
        (lambda value: value.update(schema=1), "version 1"),
        (lambda value: value.update(schema=2), "version 2"),
        (lambda value: value.update(rows=301), "300 values in 301 rows"),
        (lambda value: value.update(rows="many"), "rows"),
        (lambda value: value.pop("columns"), "columns"),
        (lambda value: value["columns"]["x"].update(nulls=1), "counted 300 times in 299"),
        (lambda value: value["columns"]["word"]["texts"]["bins"].append(0), "bins instead of"),
        (lambda value: value["columns"]["x"]["numbers"].update(bins=value["columns"]["x"]["distinct"]), ""),
        (lambda value: value["columns"]["note"]["items"]["counts"].pop("names"), "other fields"),
        (lambda value: value["columns"]["note"]["items"]["counts"].update(names="AAAA"), ""),
        (lambda value: value["columns"]["x"]["numbers"].update(mean="1"), "mean"),
        (lambda value: value["columns"]["x"]["numbers"].update(least=9e9), "range is empty"),
        (lambda value: value["columns"]["x"]["numbers"].update(looked_at=5), "decimals do not add up"),
        (lambda value: value["columns"]["x"].pop("numbers"), "other figures"),
        (lambda value: value["columns"].update(y=value["columns"].pop("x")), "calls itself `x`"),
        (lambda value: value["columns"]["word"]["items"]["counts"].pop(), "counted 200 times in 300"),
        (lambda value: value["columns"]["word"]["texts"]["marks"].update(mojibake=301), "more texts have a mark"),
        (lambda value: value["columns"]["word"]["texts"]["bins"].__setitem__(0, -1), "less than nothing"),
        (lambda value: value["columns"]["when"]["times"]["hours"].__setitem__(0, 0), "hours add up"),
        (lambda value: value["columns"]["when"]["times"].update(steps=1), "gaps add up"),
        (lambda value: value["columns"]["note"]["near"].update(count=299), "near-equal values do not add up"),
        (lambda value: value["columns"]["note"]["near"].update(count=301), "near-equal values do not add up"),
        (lambda value: value["columns"]["note"].pop("near"), "near-equal values are missing"),
        (lambda value: value["columns"]["word"].update(near=value["columns"]["note"]["near"]), "were not asked for"),
        (lambda value: value["columns"]["note"]["near"].update(keys="AAAA"), ""),
        (lambda value: value["columns"]["note"]["near"].update(more=1), "`more`"),
        (lambda value: value["columns"]["word"].update(distinct="AAAA"), ""),
        (lambda value: value["columns"]["word"].update(groups=value["columns"]["x"]["distinct"]), ""),
        (lambda value: value["binning"]["columns"]["word"]["words"].reverse(), "not those that their digest names"),
        (lambda value: value["binning"]["columns"].pop("x"), "not those"),
        (lambda value: value["sample"].update(codes=value["sample"]["hashes"]), ""),
        (lambda value: value["sample"].update(columns=["x"]), ""),
        (lambda value: value["pairs"]["columns"].pop(), "sums of pairs"),
        (lambda value: value["parts"].append(["b", 1]), "rows of its files"),
        (lambda value: value.update(agreement=[300, 301]), "agree in more rows"),
        (lambda value: value.update(extra=1), "`extra`"),
        (lambda value: value["columns"]["x"]["numbers"].update(median=1), "`median`"),
    ],
)
def test_an_edited_file_is_refused(written: bytes, edit: Edit, why: str) -> None:
    """Counts that do not add up, other types, missing and unknown fields, other bins."""
    assert why in refusal(edited(written, edit))


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.999])
def test_a_file_that_was_cut_off_is_refused(written: bytes, share: float) -> None:
    """Wherever it was cut."""
    refusal(written[: int(share * len(written))])


@pytest.mark.parametrize("data", [b"", b"[]", b"null", b"PAR1", b"\xff\xfe", b"{" * 10_000, b'{"kind": 1}'])
def test_another_file_is_refused(data: bytes) -> None:
    """Whatever it is."""
    refusal(data)


def test_a_small_file_cannot_unpack_to_a_large_one(written: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """Packed figures end at a limit, before memory does."""
    monkeypatch.setattr(packing, "_MOST_UNPACKED", 64)

    assert "cut off or too many" in refusal(written)


def test_a_file_above_the_limit_is_refused(written: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before it is parsed."""
    monkeypatch.setattr(serial, "MOST_BYTES", len(written) - 1)

    assert "more than" in refusal(written)
