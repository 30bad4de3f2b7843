"""What one may ask about a stage that judges data: what it comes to, why it runs or not, whether it is repeatable.

Stages in the middle of others too: data that a stage makes is judged before another reads it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support.cli import Repo, copy_of, new_repo, template
from tests.support.people import CONTRACT, FILES, checked, parquet, people, repo

__all__ = ["repo"]

MADE = """\
project: tiny
tiers: {pr: {}, nightly: {}}
datasets:
  people: {path: data/people.csv, contract: contract.yaml}
stages:
  make:
    cmd: python steps/copy.py ${deps.raw} ${outs.people}
    deps: {raw: data/raw.csv}
    outs: {people: data/people.csv}
  check: {uses: data, with: {dataset: people}, tiers: [nightly]}
  train:
    cmd: python steps/count.py ${deps.data} ${outs.model}
    deps: {data: datasets.people}
    needs: [check]
    outs: {model: outputs/model.txt}
    tiers: [nightly]
  beside:
    cmd: python steps/count.py ${deps.data} ${outs.count}
    deps: {data: make.people}
    outs: {count: outputs/count.txt}
"""
COPY = "import shutil, sys\n\nshutil.copy(sys.argv[1], sys.argv[2])\n"


def build(folder: Path) -> Repo:
    return new_repo(
        folder,
        {
            **FILES,
            "seatrial.yaml": MADE,
            "data/raw.csv": people(),
            "steps/copy.py": COPY,
            ".gitignore": "/outputs/\n/reports/\n/data/people.csv\n__pycache__/\n",
        },
    )


@pytest.fixture
def made(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> Repo:
    """A project whose data a stage makes; its check belongs to the nightly tier."""
    return copy_of(template(tmp_path_factory, "check-made", build), tmp_path)


def values(repo: Repo) -> dict[str, dict[str, Any]]:
    return {each["key"]: each for each in repo.seatrial("config", "--show", "--json").json["values"]}


def test_configuration_shows_what_a_stage_uses_and_by_what_its_data_is_judged(repo: Repo) -> None:
    """Its command is written nowhere: it comes from `uses:`."""
    shown = values(repo)

    assert shown["datasets.people.contract"] == {
        "key": "datasets.people.contract", "value": "contract.yaml", "where": "seatrial.yaml:3:35"
    }  # fmt: skip
    assert (shown["stages.check.uses"]["value"], shown["stages.check.uses"]["where"]) == ("data", "seatrial.yaml:5:11")
    assert shown["stages.check.with"]["value"] == {"dataset": "people"}
    assert shown["stages.check.cmd"]["where"] == "seatrial.yaml:5:11"
    assert "datasets.people.reference" not in shown


def test_why_names_the_data_and_the_contract_that_changed(repo: Repo) -> None:
    repo.run()
    repo.write("data/people.csv", people(age=99))
    assert "deps.data: " in repo.seatrial("why", "check").out
    repo.write("data/people.csv", people())
    repo.edit("contract.yaml", ("max: 120", "max: 121"))

    text = repo.seatrial("why", "check").out

    assert "run: deps.contract changed" in text
    assert "deps.data: " not in text
    assert "contract.yaml changed, and is its dep contract" in text


def test_why_of_a_refused_check_tells_what_it_found(repo: Repo) -> None:
    repo.write("data/people.csv", people(age=999))
    repo.run(code=1)

    check, train = (repo.seatrial("why", stage).out for stage in ("check", "train"))

    assert "because: FAIL: `age`: 1 of 400 values" in check
    assert "because: check failed" in train


def test_why_it_would_not_run_speaks_of_no_code_of_the_project(repo: Repo) -> None:
    """Nothing of the project is loaded to judge data, so nothing of it can have been overlooked."""
    repo.run()
    repo.write("steps/other.py", "x = 1\n")

    [cell] = repo.seatrial("why", "--skip", "check", "--json").json["cells"]
    text = repo.seatrial("why", "--skip", "check").out

    assert (cell["skipped"], cell["built_in"]) == (True, True)
    assert cell["watched"] == {"tracer": None, "incomplete": None, "reads": 0}
    assert {path["path"]: path["reason"] for path in cell["paths"]} == {"steps/other.py": "no dep of it"}
    assert "no code of this project: it is a built-in stage" in " ".join(text.split())
    assert "watched" not in text


def test_change_of_data_reaches_the_check_and_a_change_of_code_does_not(repo: Repo) -> None:
    repo.run()
    repo.edit("steps/count.py", ("len(file.readlines())", "len(file.readlines()) - 1"))
    assert repo.actions("--base", "HEAD")["check"] in ("skip", "reuse")
    repo.write("data/people.csv", people(age=99))

    rows = {row["name"]: row for row in repo.seatrial("plan", "--base", "HEAD", "--json").json["stages"]}
    document = repo.run("--base", "HEAD")

    assert rows["check"]["action"] == "run"
    assert repo.did(document)["check"] == "ran"
    assert checked(document)["verdict"] == "PASS"


def test_two_runs_of_a_check_leave_the_same_bytes(repo: Repo) -> None:
    [cell] = repo.seatrial("run", "--twice", "check", "--json").json["cells"]

    assert cell["sameness"] == "equal"
    assert {file["path"] for file in cell["files"]} == {"reports/check.check.json", "reports/check.profile.json"}


def test_check_of_another_tier_is_neither_made_nor_told(made: Repo) -> None:
    quick = made.run("--tier", "pr")
    nightly = made.run("--tier", "nightly")

    assert (made.did(quick), quick["checks"]) == ({"make": "ran", "beside": "ran"}, [])
    assert made.did(nightly) == {"make": "reused", "check": "ran", "train": "ran", "beside": "reused"}
    assert checked(nightly)["verdict"] == "PASS"


def test_check_between_stages_holds_back_only_what_needs_it(made: Repo) -> None:
    """What reads the same data and does not need the check goes on; a contract that allows the data lets all go on,
    and what made the data is not done again."""
    made.write("data/raw.csv", people(age=999))

    refused = made.run("--tier", "nightly", code=1)
    made.write("contract.yaml", CONTRACT.replace("max: 120", "max: 1000"))
    allowed = made.run("--tier", "nightly")

    assert made.did(refused) == {"make": "ran", "check": "failed", "train": "blocked", "beside": "ran"}
    assert made.did(allowed) == {"make": "reused", "check": "ran", "train": "ran", "beside": "reused"}


@pytest.mark.parametrize(
    ("setting", "code", "decision", "train"),
    [("block", 3, "block", "blocked"), ("hold", 3, "hold", "ran"), ("warn", 0, "warn", "ran")],
)
def test_what_is_inconclusive_does_what_the_contract_says(
    repo: Repo, setting: str, code: int, decision: str, train: str
) -> None:
    repo.write("contract.yaml", f"on_inconclusive: {setting}\n")
    repo.edit(
        "seatrial.yaml",
        ("people.csv, contract: contract.yaml", "new.parquet, contract: contract.yaml, reference: old.parquet"),
    )
    parquet(repo.root / "old.parquet", 5000)
    parquet(repo.root / "data/new.parquet", 12, seed=5)

    document = repo.run(code=code)

    assert (checked(document)["verdict"], checked(document)["decision"]) == ("INCONCLUSIVE", decision)
    assert repo.did(document)["train"] == train
