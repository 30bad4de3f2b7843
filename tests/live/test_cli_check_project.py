"""`seatrial check` in a project: no file is called by its absolute path, wherever the command is typed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.cli import Repo, copy_of, new_repo, template
from tests.support.people import FILES, people

CONFIG = """\
project: tiny
datasets:
  people: {path: data/people.csv, contract: rules/people.yaml, reference: data/old.csv}
stages:
  check: {uses: data, with: {dataset: people}}
"""
RULES = "columns: {age: {max: 120}}\ndisjoint: {with: ../data/test.csv, on: id}\n"


def build(folder: Path) -> Repo:
    files = {"rules/people.yaml": RULES, "data/test.csv": "id,age,name\n7,3,x\n", "sub/.keep": ""}
    data = {"data/people.csv": people(age=130), "data/old.csv": people(seed=1)}
    return new_repo(folder, {**FILES, "seatrial.yaml": CONFIG, **files, **data})


@pytest.fixture
def repo(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> Repo:
    """A project whose data breaks two rules of a contract that lies in a folder."""
    return copy_of(template(tmp_path_factory, "check-project", build), tmp_path)


@pytest.mark.parametrize(("folder", "rules"), [(".", "rules/people.yaml"), ("sub", "../rules/people.yaml")])
def test_paths_are_those_of_the_configuration_and_the_contract_can_be_opened(
    repo: Repo, folder: str, rules: str
) -> None:
    document = repo.seatrial("check", "--json", code=1, folder=folder)
    text = repo.seatrial("check", "people", code=1, folder=folder).out
    [found] = document.json["datasets"]

    broken = {finding["check"]: finding for finding in found["findings"] if finding["check"].startswith("contract.")}
    assert (found["dataset"], found["contract"], found["reference"]) == (
        "data/people.csv",
        rules,
        "data/old.csv",
    )
    assert broken["contract.range"]["place"]["file"] == rules
    assert broken["contract.disjoint"]["verdict"] == "FAIL"
    assert f"{rules}:1:" in text
    assert str(repo.root) not in document.out + text


def test_a_reference_that_cannot_be_used_is_called_as_in_the_configuration(repo: Repo) -> None:
    repo.write("data/old.csv", "id,age,name\n")

    answer = repo.seatrial("check", code=2, folder="sub")

    assert "data/old.csv" in answer.err
    assert str(repo.root) not in answer.err


def test_a_profile_as_the_contract_of_a_dataset_is_one_error(repo: Repo) -> None:
    repo.seatrial("check", "data/old.csv", "--save-profile", "rules/profile.json")
    repo.edit("seatrial.yaml", ("rules/people.yaml", "rules/profile.json"))

    answer = repo.seatrial("check", code=2)

    assert answer.err.count("error:") == 1
    assert "rules/profile.json:1:1: this is the profile of a dataset, no contract" in answer.err
