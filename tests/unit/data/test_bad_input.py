"""Bad and extreme input, each typed as a command: a documented exit code, a message with a place and a next step, and
nothing on standard error that a vendor wrote.

Everything runs in one process, with descriptors captured, because a panic of native code goes past `sys.stderr`.
Warnings are errors here (pyproject.toml), so an overflow that reaches numpy's warnings fails the test.
"""

from __future__ import annotations

import datetime as dt
import json
import math
import os
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from tests.support.checking import here, table, typed

__all__ = ["here"]

ENDS = {bits: (2 ** (bits - 1) - 1, -(2 ** (bits - 1))) for bits in (32, 64, 128)}


# -- values at the ends of their types -------------------------------------------------

LIMITS: dict[str, Any] = {
    "floats": {
        "a": [1e308, -1e308, 5e-324, -0.0, 0.0] * 40,
        "b": [1.7e308] * 200,
        "c": [5e-324] * 199 + [1.7e308],
        "d": [math.inf, -math.inf] * 100,
        "e": [math.nan] * 200,
        "f": [1e300, -1e300] * 100,
    },
    "whole numbers": {
        "a": pl.Series([2**64 - 1, 0] * 100, dtype=pl.UInt64),
        "b": pl.Series(ENDS[64] * 100, dtype=pl.Int64),
        "c": pl.Series(ENDS[128] * 100, dtype=pl.Int128),
    },
    "decimals": {
        "a": pl.Series([Decimal("0." + "9" * 38), Decimal("-0." + "9" * 38)] * 100, dtype=pl.Decimal(38, 38)),
        "b": pl.Series([Decimal("9" * 38), Decimal("-" + "9" * 38)] * 100, dtype=pl.Decimal(38, 0)),
    },
    "times": {
        "date": pl.Series(ENDS[32] * 100, dtype=pl.Int32).cast(pl.Date),
        "ms": pl.Series(ENDS[64] * 100, dtype=pl.Int64).cast(pl.Datetime("ms")),
        "us": pl.Series(ENDS[64] * 100, dtype=pl.Int64).cast(pl.Datetime("us")),
        "ns": pl.Series(ENDS[64] * 100, dtype=pl.Int64).cast(pl.Datetime("ns")),
        "zone": pl.Series(ENDS[64] * 100, dtype=pl.Int64).cast(pl.Datetime("ms", "Europe/Berlin")),
        "long": pl.Series(ENDS[64] * 100, dtype=pl.Int64).cast(pl.Duration("ms")),
        "clock": [dt.time(23, 59, 59), dt.time(0)] * 100,
    },
    "vectors": {
        "nan": pl.Series([[1.0, math.nan], [math.inf, 2.0]] * 100, dtype=pl.Array(pl.Float64, 2)),
        "far": pl.Series([[1e308, 1e308], [-1e308, 2.0]] * 100, dtype=pl.Array(pl.Float64, 2)),
        "none": pl.Series([None, [1.0, 2.0]] * 100, dtype=pl.Array(pl.Float64, 2)),
        "narrow": pl.Series([[]] * 200, dtype=pl.Array(pl.Float64, 0)),
        "square": pl.Series([[[1, 2], [3, 4]]] * 200, dtype=pl.Array(pl.Int64, (2, 2))),
        "texts": pl.Series([["a", "b"]] * 200, dtype=pl.Array(pl.String, 2)),
    },
    "nested": {
        "a": [[{"x": [1, 2], "y": None}], [], None, [None]] * 50,
        "b": [[[{"k": 1}]], [[]], [None], None] * 50,
        "c": [{"p": {"q": None}}] * 200,
        "d": pl.Series([None] * 200),
        "e": [b"\xff\x00", b""] * 100,
        "f": pl.Series(["a", "b"] * 100, dtype=pl.Enum(["a", "b", "c"])),
        "g": pl.Series(["a", "b"] * 100, dtype=pl.Categorical),
    },
}


@pytest.mark.parametrize("kind", LIMITS)
def test_values_at_the_ends_of_their_types_are_judged(here: Path, capfd: pytest.CaptureFixture[str], kind: str) -> None:
    """As data, as reference, and against tables of other columns; every report can be written of them."""
    frame = pl.DataFrame(LIMITS[kind])
    frame.write_parquet("limits.parquet")
    frame.head(150).write_parquet("before.parquet")
    reports = [word for end in ("html", "md", "json") for word in ("--report", f"report.{end}")]

    found = typed(capfd, "limits.parquet", "--reference", "before.parquet", *reports, "--save-profile", "limits.json")
    assert found.code in (0, 1, 3)
    json.loads(Path("report.json").read_text(), parse_constant=lambda word: pytest.fail(f"{word} is no JSON"))
    assert typed(capfd, "limits.parquet", "--reference", "limits.json").code == 0
    assert typed(capfd, "limits.parquet", "--reference", "reference.parquet").code == 1
    assert typed(capfd, "data.parquet", "--reference", "limits.parquet").code == 1
    assert typed(capfd, "limits.parquet", "--infer").code == 0


def test_numbers_beside_far_greater_ones_are_compared(here: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """The factor between 1e-310 and 1e308 is beyond all floats, and a spread of 1e308 has no square."""
    draw = np.random.default_rng(0)
    near = pl.DataFrame({"a": draw.normal(size=200), "b": draw.normal(size=200) * 1e-310})
    far = pl.DataFrame({"a": draw.uniform(-1, 1, 200) * 1.7e308, "b": draw.uniform(-1, 1, 200) * 1e308})
    near.write_parquet("near.parquet")
    far.write_parquet("far.parquet")

    assert typed(capfd, "far.parquet", "--reference", "near.parquet").code == 1
    assert typed(capfd, "near.parquet", "--reference", "far.parquet").code == 1


def test_whole_numbers_at_their_ends_are_told_with_all_digits(here: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """A float would show -9.223372037e+18, which stands for two thousand different numbers."""
    pl.DataFrame({"a": pl.Series(ENDS[64] * 100, dtype=pl.Int64)}).write_parquet("ends.parquet")
    Path("contract.yaml").write_text("columns: {a: {min: 0}}\n")

    answer = typed(capfd, "ends.parquet", "--contract", "contract.yaml")

    assert "-9,223,372,036,854,775,808" in answer.out


def test_a_reference_that_cannot_be_compared_is_named(here: Path, capfd: pytest.CaptureFixture[str]) -> None:
    profile = json.loads(Path("reference.json").read_text())
    profile["sample"]["hashing"] = "another version"
    Path("other.json").write_text(json.dumps(profile))

    typed(capfd, "data.parquet", "--reference", "other.json").refused("other.json", "hash texts differently")


def test_a_profile_without_a_field_says_which(here: Path, capfd: pytest.CaptureFixture[str]) -> None:
    profile = json.loads(Path("reference.json").read_text())
    del profile["pairs"]
    Path("less.json").write_text(json.dumps(profile))

    typed(capfd, "data.parquet", "--reference", "less.json").refused("less.json", "it has no field `pairs`")


@pytest.mark.parametrize("distance", ["kl", "js", "psi", "ks", "wasserstein", "chi_square"])
def test_a_limit_on_a_distance_can_be_shown_when_it_holds(
    here: Path, capfd: pytest.CaptureFixture[str], distance: str
) -> None:
    """Its measure is its own, unlike that of all other comparisons; every face has to know."""
    Path("contract.yaml").write_text(f"drift: {{max: {{{distance}: 1000}}}}\n")
    words = ("data.parquet", "--reference", "reference.json", "--contract", "contract.yaml")

    for more in ((), ("--report", "r.html", "--report", "r.md"), ("--annotations", "github")):
        assert typed(capfd, *words, *more).code in (0, 3)
    found = json.loads(typed(capfd, *words, "--json").out)["findings"]
    assert [each for each in found if each["check"] == "drift.distance" and each["verdict"] == "PASS"]


def test_a_panic_over_values_is_told_as_an_error(here: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """A rule on dates makes polars compare them in its calendar, which ends before the dates of the type do."""
    pl.DataFrame({"d": pl.Series(ENDS[32] * 100, dtype=pl.Int32).cast(pl.Date)}).write_parquet("far.parquet")
    Path("contract.yaml").write_text("columns:\n  d: {max: 9999-12-31}\n")

    typed(capfd, "far.parquet", "--contract", "contract.yaml").refused("far.parquet", "out-of-range date")


# -- files that are no table ------------------------------------------------------------


def _nested(levels: int) -> bytes:
    return b'{"a":' * levels + b"1" + b"}" * levels + b"\n"


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.csv", b"", ("a.csv", "empty")),
        ("a.csv", b"\n\n\n", ("a.csv", "empty")),
        ("a.parquet", b"", ("a.parquet", "empty")),
        ("a.jsonl", b"", ("a.jsonl", "empty")),
        ("a.arrow", b"", ("a.arrow", "empty")),
        ("a.csv", b"a,a\n1,2\n", ("a.csv:1", "`a`")),
        ("a.csv", b"a,b\n1,2,3\n1\n", ("a.csv:2", "a.csv:3")),
        ("a.csv", b'a,b\n1,2\n"1,2\n', ("a.csv:3", "quote")),
        ("a.csv", "a,b\n1,2\n".encode("utf-16"), ("a.csv:1", "UTF-16")),
        ("a.csv", b"a,b\n\0\0,1\n", ("a.csv:2", "NUL")),
        ("a.csv", "a,b\n\xe9,1\n".encode("latin-1"), ("a.csv:2:1", "UTF-8")),
        ("a.jsonl", b'{"a":1}\n{"a":1,"b"', ("a.jsonl:2", "JSON")),
        ("a.jsonl", b'{"a":1}\n[1]\n', ("a.jsonl:2", "a list")),
        ("a.jsonl", b'{"a":1}\n{"a":[1]}\n', ("a.jsonl:2", "`a`")),
        ("a.jsonl", b'{"a":1,"a":2}\n', ("a.jsonl:1", "twice")),
        ("a.jsonl", b"{}\n{}\n", ("a.jsonl", "no columns")),
        ("a.jsonl", _nested(500), ("a.jsonl", "`a`", "levels")),
        ("a.jsonl", _nested(100_000), ("a.jsonl:1", "JSON")),
        ("a.parquet", b"PAR1" + b"\0" * 40 + b"PAR1", ("a.parquet", "Parquet")),
        ("a.parquet", b"PAR1", ("a.parquet", "Parquet")),
        ("a.csv.gz", b"a,b\n1,2\n", ("a.csv.gz", "gzip")),
        ("a.txt", b"a,b\n1,2\n", ("a.txt", "not clear how to read")),
    ],
)
def test_a_file_that_is_no_table_is_refused_with_its_place(
    here: Path, capfd: pytest.CaptureFixture[str], name: str, content: bytes, words: tuple[str, ...]
) -> None:
    """As data, as reference and when a contract is inferred; as JSON the same problem is one document."""
    Path(name).write_bytes(content)

    typed(capfd, name, "--reference", "reference.parquet").refused(*words)
    typed(capfd, "data.parquet", "--reference", name).refused(*words)
    typed(capfd, name, "--infer").refused(*words)
    said = typed(capfd, name, "--reference", "reference.json", "--json")
    assert said.code == 2
    assert json.loads(said.out)["error"]["problems"][0]["file"].startswith(name)


def test_damaged_parquet_is_told_without_the_words_of_the_runtime(
    here: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Bytes are turned one after another; whatever polars says to that, panics too, becomes one of our errors."""
    whole = bytearray(Path("data.parquet").read_bytes())
    draw = np.random.default_rng(5)
    refused = 0
    for place in draw.integers(len(whole) * 3 // 4, len(whole) - 8, 60).tolist():
        damaged = whole.copy()
        damaged[place] ^= 0xFF
        Path("damaged.parquet").write_bytes(damaged)
        said = typed(capfd, "damaged.parquet", "--reference", "reference.json")
        if said.code == 2 and said.err:
            said.refused("damaged.parquet")
            refused += 1
    assert refused > 10


def test_what_is_no_file_is_refused(here: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Pipes, devices, links that lead nowhere or to themselves: nothing waits, nothing is read without an end."""
    os.mkfifo("pipe.csv")
    Path("nowhere.csv").symlink_to("not there")
    Path("self.csv").symlink_to("self.csv")
    Path("folder").mkdir()
    Path("folder/inner").symlink_to("inner")
    for name in ("pipe.csv", "/dev/zero", "nowhere.csv", "self.csv", "folder"):
        typed(capfd, name).refused(name)
        typed(capfd, "data.parquet", "--reference", name).refused(name)


# -- names of columns that are not there -------------------------------------------------


@pytest.mark.parametrize("role", ["label", "prediction", "cluster", "id"])
def test_a_role_of_a_column_that_is_not_there_is_no_pass(
    here: Path, capfd: pytest.CaptureFixture[str], role: str
) -> None:
    """What needs the column cannot be looked at, so the check is an ERROR, not one that is quietly smaller."""
    words = ("data.parquet", "--reference", "reference.json", "--json")
    assert typed(capfd, *words).code in (0, 3)

    said = typed(capfd, *words, f"--{role}", "absent")
    assert said.code == 2
    (finding,) = [each for each in json.loads(said.out)["findings"] if each["verdict"] == "ERROR"]
    assert (finding["check"], finding["column"]) == ("contract.missing_column", "absent")
    assert role in finding["message"]


# -- nothing that is read is written over -----------------------------------------------


@pytest.mark.parametrize(
    "words",
    [
        ("data.parquet", "--save-profile", "data.parquet"),
        ("data.parquet", "--save-profile", "link.parquet"),
        ("data.parquet", "--reference", "reference.json", "--save-profile", "reference.json"),
        ("data.parquet", "--reference", "reference.json", "--report", "reference.json"),
        ("data.parquet", "--contract", "contract.json", "--report", "contract.json"),
        ("folder", "--save-profile", "folder/part.parquet"),
        ("data.parquet", "--reference", "reference.json", "--report", "folder.html"),
        ("data.parquet", "--report", "new.json", "--save-profile", "new.json"),
    ],
)
def test_nothing_that_is_read_is_written_over(
    here: Path, capfd: pytest.CaptureFixture[str], words: tuple[str, ...]
) -> None:
    """A slip in the command line must not cost a dataset, a reference or a contract."""
    Path("contract.json").write_text('{"columns": {"a": {}}}')
    Path("link.parquet").symlink_to("data.parquet")
    Path("folder").mkdir()
    Path("folder.html").mkdir()
    table(20, 3).write_parquet("folder/part.parquet")
    before = {path: path.read_bytes() for path in here.rglob("*") if path.is_file()}

    typed(capfd, *words).refused(words[-1])

    assert {path: path.read_bytes() for path in here.rglob("*") if path.is_file()} == before
