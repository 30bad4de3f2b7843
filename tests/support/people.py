"""A small project whose stage `check` judges a table of people before `train` reads it, for tests of such stages.

Called by `tests/live/test_cli_check_*` and by the unit tests of the flows. Nothing here was measured.
"""

from __future__ import annotations

import hashlib
import shutil
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


def checked(document: Any) -> dict[str, Any]:
    """The one check of a run's document."""
    [check] = document["checks"]
    found: dict[str, Any] = check
    return found


def clone(repo: Repo, place: Path) -> Repo:
    """The same commit on another machine: no cache, no outs, no memory of any state."""
    shutil.copytree(repo.root, place, ignore=shutil.ignore_patterns(".seatrial", "outputs", "reports"))
    return Repo(root=place, python=repo.python, environ=dict(repo.environ))


def keep_with_dvc(repo: Repo, table: str) -> str:
    """Let DVC keep the data, as `dvc add` leaves it, and commit; the md5 of its pointer."""
    data = table.encode()
    md5 = hashlib.md5(data, usedforsecurity=False).hexdigest()
    repo.write("data/people.csv", data)
    repo.write("data/people.csv.dvc", f"outs:\n- md5: {md5}\n  size: {len(data)}\n  hash: md5\n  path: people.csv\n")
    if not (repo.root / "data/.gitignore").exists():
        repo.write("data/.gitignore", "/people.csv\n")
        repo.git("rm", "-q", "--cached", "data/people.csv")
    repo.commit()
    return md5
