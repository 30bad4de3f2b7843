"""Packages that are imported and not there: told only where it is sure."""

from __future__ import annotations

from seatrial.adopt.found import Found, Group, Interpreter, Script, Tree
from seatrial.adopt.missing_packages import missing_packages
from seatrial.adopt.proposal import Proposal, ProposedStage


def told(*site: str, imports: str = "", cmd: str = "python train.py", path: str = "train.py") -> str | None:
    found = Found(
        name="x",
        tree=Tree(files={"train.py": 1, "lib/tables.py": 1}),
        groups=(Group(folder="", scripts=(Script(path=path, imports=frozenset(imports.split())),)),),
        interpreter=Interpreter(site=frozenset(site), home=".venv"),
    )
    left = missing_packages(found, Proposal(project="x", stages=(ProposedStage(name="t", cmd=cmd),)))
    return None if left is None else left.what


def test_what_is_imported_and_not_there_is_named() -> None:
    assert told("joblib", imports="joblib sklearn PIL") == "packages that the scripts import (PIL, sklearn)"


def test_the_standard_library_and_modules_of_the_repository_are_there() -> None:
    assert told("joblib", imports="json joblib tables lib train") is None


def test_names_are_compared_as_they_are_listed_in_small_letters() -> None:
    assert told("pil", imports="PIL") is None


def test_where_the_environment_leads_elsewhere_or_cannot_be_seen_nothing_is_said() -> None:
    assert told("", imports="sklearn") is None
    found = Found(name="x", tree=Tree(files={}))
    assert missing_packages(found, Proposal(project="x", stages=())) is None


def test_only_scripts_that_a_stage_runs_count() -> None:
    assert told("x", imports="sklearn", cmd="python -m pytest") is None
    assert told("x", imports="sklearn", cmd="python -m churn.train", path="src/churn/train.py") is not None
