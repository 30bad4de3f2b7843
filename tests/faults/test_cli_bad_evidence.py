"""Evidence that cannot be believed: metrics and predictions as broken as stages can write them.

One project writes each kind, chosen by its `salt`, so that only data differs between the cases.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support.cli import EVALUATE, TRAIN, Repo, all_is_well, copy_of, template, with_production

METRICS = """
BROKEN = {
    "nan": '{"loss": NaN}',
    "huge": '{\\n  "loss": 1e999}',
    "twice": '{"loss": 1,\\n "loss": 2}',
    "text": '{"loss": "low"}',
    "list": '[1]',
    "cut": '{"loss": 1',
    "void": '',
}
if salt in BROKEN:
    with open(metrics, "w") as file:
        file.write(BROKEN[salt])
"""
ROWS = """
with open(out) as file:
    lines = file.readlines()
change = {
    "column": lambda: ["id,y,q\\n", *lines[1:]],
    "double": lambda: [*lines, "7,7,7\\n"],
    "strange": lambda: ["id,y,p\\n", *("x" + line for line in lines[1:])],
    "relabel": lambda: [line if line[:2] != "7," else "7,3,3\\n" for line in lines],
    "empty": lambda: lines[:1],
    "single": lambda: lines[:2],
    "ragged": lambda: [*lines, "1,2,3,4,5\\n"],
    "nothing": lambda: [],
    "binary": lambda: [chr(0) * 20],
}.get(salt)
if change:
    lines = change()
    with open(out, "w") as file:
        file.writelines(lines)
"""


def _project(folder: Path) -> Repo:
    return with_production(folder, {"steps/train.py": TRAIN + METRICS, "steps/evaluate.py": EVALUATE + ROWS})


@pytest.fixture
def repo(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> Repo:
    """A model in production, and a project that can write every kind of broken evidence."""
    return copy_of(template(tmp_path_factory, "bad-evidence", _project), tmp_path)


def _finding(repo: Repo, salt: str, code: int) -> Any:
    repo.set_params(("  salt: a\n", f"  salt: {salt}\n"))
    (model,) = repo.run(code=code)["models"]
    assert model["verdict"] != "PASS"
    return next(one for one in model["findings"] if one["verdict"] != "PASS")


@pytest.mark.parametrize(
    ("salt", "place", "message"),
    [
        ("nan", "outputs/metrics.json:1:10 loss", "NaN is not a JSON number"),
        ("huge", "outputs/metrics.json:2:11 loss", "1e999 is too large"),
        ("twice", "outputs/metrics.json:2:2 loss", "this key appears twice"),
        ("text", "outputs/metrics.json:1:10 loss", "the text 'low', not a number"),
        ("list", "outputs/metrics.json", ""),
        ("cut", "outputs/metrics.json:1", ""),
        ("void", "outputs/metrics.json", ""),
        ("column", "outputs/rows.csv:1 p", "there is no column `p`"),
        ("double", "outputs/rows.csv:1202 id", "'7' in lines 9, 1202"),
        ("empty", "outputs/rows.csv", "no rows"),
        ("ragged", "outputs/rows.csv:1202", ""),
        ("nothing", "outputs/rows.csv", ""),
        ("binary", "outputs/rows.csv", ""),
    ],
)
def test_evidence_that_cannot_be_read_is_an_error_with_its_place(
    repo: Repo, salt: str, place: str, message: str
) -> None:
    """ERROR and exit code 2, with file and line; no draft is left that could be registered."""
    finding = _finding(repo, salt, 2)

    assert (finding["verdict"], finding["reason"]) == ("ERROR", "evidence_unreadable")
    assert finding["message"].startswith(place)
    assert message in finding["message"]
    newest = max((repo.root / ".seatrial" / "runs").iterdir())
    assert not (newest / "drafts").exists()


@pytest.mark.parametrize(
    ("salt", "message"),
    [("strange", "1200 of 1200 ids"), ("relabel", "'7'")],
    ids=["unmatched ids", "label differs for one id"],
)
def test_rows_that_do_not_fit_the_baselines_are_never_judged(repo: Repo, salt: str, message: str) -> None:
    """Both sides were read well and cannot be compared: an ERROR, exit code 2, no intersection."""
    finding = _finding(repo, salt, 2)

    assert finding["kind"] == "regression"
    assert finding["verdict"] == "ERROR"
    assert message in finding["message"]
    assert finding["estimate"] is None


def test_one_row_decides_nothing(repo: Repo) -> None:
    """A single right answer is not a pass: INCONCLUSIVE, with the rows it would take."""
    repo.set_params(("  salt: a\n", "  salt: b\n"), ("  rows: 1200\n", "  rows: 1\n"))

    (model,) = repo.run(code=3)["models"]

    regression = next(one for one in model["findings"] if one["kind"] == "regression")
    assert (regression["verdict"], regression["n"]) == ("INCONCLUSIVE", 1)
    assert regression["n_needed"] > 100


def test_headline_is_a_whole_sentence_and_the_next_step_is_told(repo: Repo) -> None:
    """What a person reads first: place and mistake, then what to do about it."""
    repo.set_params(("  salt: a\n", "  salt: nan\n"))

    said = repo.seatrial("run", code=2)

    assert said.out.startswith("ERROR: outputs/metrics.json:1:10 loss: NaN is not a JSON number\n")
    assert "write only finite" in said.out


def test_nothing_is_lost_by_broken_evidence(repo: Repo) -> None:
    """Production, cache and work tree are as they were once the mistake is taken back."""
    before = repo.git("rev-parse", "HEAD")
    for salt in ("nan", "double"):
        repo.set_params(("  salt: a\n", f"  salt: {salt}\n"))
        repo.run(code=2)
    repo.git("reset", "-q", "--hard", before)

    all_is_well(repo)
