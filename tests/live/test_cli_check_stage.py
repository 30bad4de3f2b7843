"""A stage that judges data, from outside: its verdict is the run's, and nothing unknown is a pass."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from tests.support.cli import Repo, copy_of, new_repo, template

CONFIG = """\
project: tiny
datasets:
  people: {path: data/people.csv, contract: contract.yaml}
stages:
  check: {uses: data, with: {dataset: people}}
  train:
    cmd: python steps/count.py ${deps.data} ${outs.model}
    deps: {data: datasets.people}
    needs: [check]
    outs: {model: outputs/model.txt}
"""
CONTRACT = """\
rows: {min: 10}
columns:
  id: {type: int, unique: true}
  age:
    min: 0
    max: 120
  name: {sensitive: true, nullable: false}
"""
COUNT = """\
import sys

with open(sys.argv[1], "rb") as file, open(sys.argv[2], "w") as out:
    out.write(str(len(file.readlines())))
"""
DRIFT = CONFIG.replace("contract: contract.yaml", "reference: data/old.parquet")
FILES = {"contract.yaml": CONTRACT, "steps/count.py": COUNT, ".gitignore": "/outputs/\n/reports/\n__pycache__/\n"}


def people(rows: int = 400, *, age: int | None = None, seed: int = 0) -> str:
    """A CSV of people; `age` is that of the person in row 7."""
    chance = np.random.default_rng(seed)
    ages = chance.integers(18, 90, rows)
    if age is not None:
        ages[7] = age
    return "id,age,name\n" + "".join(f"{number},{old},n{number}\n" for number, old in enumerate(ages))


def parquet(folder: Path, rows: int, *, shift: float = 0.0, seed: int = 1) -> None:
    """Two columns of a normal distribution, with a shift of the second."""
    chance = np.random.default_rng(seed)
    table = {"x": chance.normal(size=rows), "y": chance.normal(size=rows) + shift}
    folder.parent.mkdir(parents=True, exist_ok=True)
    pl.DataFrame(table).write_parquet(folder)


def build(folder: Path) -> Repo:
    return new_repo(folder, {**FILES, "seatrial.yaml": CONFIG, "data/people.csv": people()})


@pytest.fixture
def repo(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> Repo:
    """A project whose data keeps its contract, in which nothing has been run."""
    return copy_of(template(tmp_path_factory, "check-stage", build), tmp_path)


@pytest.fixture
def drifting(repo: Repo) -> Repo:
    """The same project, judging its data by what it was like; there is no data yet."""
    repo.write("seatrial.yaml", DRIFT.replace("people.csv", "people.parquet"))
    parquet(repo.root / "data/old.parquet", 5000)
    return repo


def checked(document: Any) -> dict[str, Any]:
    """The one check of a run's document."""
    [check] = document["checks"]
    found: dict[str, Any] = check
    return found


def test_data_that_keeps_its_contract_passes(repo: Repo) -> None:
    document = repo.run()

    assert repo.did(document) == {"check": "ran", "train": "ran"}
    assert (checked(document)["verdict"], checked(document)["rows"]) == ("PASS", 400)


def test_data_that_breaks_it_blocks_and_what_needs_it_does_not_run(repo: Repo) -> None:
    """Exit 1 with the broken rule, its line and the row; no stage that would train on it is started."""
    repo.write("data/people.csv", people(age=999))

    document = repo.run(code=1)

    assert repo.did(document) == {"check": "failed", "train": "blocked"}
    assert checked(document)["verdict"] == "FAIL"
    assert not (repo.root / "outputs/model.txt").exists()


def test_nothing_changed_so_the_check_is_reused_and_counts(repo: Repo) -> None:
    repo.run()

    document = repo.run()

    assert repo.did(document) == {"check": "reused", "train": "reused"}
    assert checked(document)["verdict"] == "PASS"


def test_too_few_rows_hold_the_run_and_still_hold_when_reused(drifting: Repo) -> None:
    """What needs the data runs all the same, so that somebody can look at it."""
    parquet(drifting.root / "data/people.parquet", 12, seed=5)

    first, second = drifting.run(code=3), drifting.run(code=3)

    assert drifting.did(first) == {"check": "ran", "train": "ran"}
    assert checked(first)["verdict"] == checked(second)["verdict"] == "INCONCLUSIVE"
    assert drifting.did(second)["check"] == "reused"


def test_data_that_cannot_be_read_is_an_error(repo: Repo) -> None:
    """Exit 2, and the reason in the report; never a pass."""
    repo.write("data/people.csv", b"id,age\n1,2,3,4\n")

    document = repo.run(code=2)

    assert checked(document)["verdict"] == "ERROR"
    assert repo.did(document) == {"check": "failed", "train": "blocked"}
