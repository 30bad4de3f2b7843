"""What a branch asks of data is held against what its base asks: the same data, both contracts, one decision."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.cli import Repo
from tests.support.people import CONFIG, CONTRACT, parquet, people, repo

__all__ = ["repo"]

LOWERED = CONTRACT.replace("max: 120", "max: 2000")


@pytest.fixture
def branch(repo: Repo) -> Repo:
    """A branch with data that the contract of main refuses."""
    repo.write("seatrial.yaml", CONFIG.replace("project: tiny\n", "project: tiny\nmain: main\n"))
    repo.commit("main")
    repo.git("checkout", "-q", "-b", "better")
    repo.write("data/people.csv", people(age=999))
    return repo


def of_base(document: Any) -> Any:
    """What the base says."""
    (fact,) = [check for check in document["checks"] if " under main at " in check["name"]]
    return fact


def test_a_lowered_contract_is_judged_beside_that_of_main_and_held(branch: Repo) -> None:
    """By its own contract the data passes; a person decides, and sees what main's says."""
    branch.write("contract.yaml", LOWERED)
    branch.commit("lower")
    document = branch.run(code=3)
    again = branch.run(code=3)

    (own,) = [check for check in document["checks"] if check["name"] == "check"]
    assert (own["verdict"], own["decision"]) == ("PASS", "allow")
    fact = of_base(document)
    assert (fact["verdict"], fact["decision"]) == ("INCONCLUSIVE", "hold")
    assert fact["findings"][0]["reason"] == "not_under_base"
    assert "it is FAIL (FAIL contract.range" in fact["findings"][0]["message"]
    assert of_base(again)["findings"] == fact["findings"]
    assert list((branch.root / ".seatrial/tmp").glob("*")) == []


def test_an_edit_that_is_not_committed_is_held_as_well(branch: Repo) -> None:
    branch.write("contract.yaml", LOWERED)

    assert of_base(branch.run(code=3))["decision"] == "hold"


def test_another_contract_that_both_pass_is_told_and_holds_nothing(branch: Repo) -> None:
    branch.write("data/people.csv", people())
    branch.write("contract.yaml", LOWERED)
    branch.commit("lower")

    fact = of_base(branch.run())
    assert (fact["verdict"], fact["decision"], fact["rows"]) == ("PASS", "allow", 400)


@pytest.mark.parametrize(
    "change",
    [
        ("contract: contract.yaml", "contract: lower.yaml"),
        ("  check: {uses: data, with: {dataset: people}}\n", "  check: {uses: data, with: {dataset: other}}\n"),
    ],
    ids=["another file", "another dataset"],
)
def test_data_that_is_judged_by_something_else_is_judged_as_main_does(branch: Repo, change: tuple[str, str]) -> None:
    """Another file of rules, or another name for the same data."""
    branch.write("lower.yaml", LOWERED)
    branch.edit("seatrial.yaml", change)
    other = "  other: {path: data/people.csv, contract: lower.yaml}\nstages:\n"
    branch.edit("seatrial.yaml", ("stages:\n", other))
    branch.commit("something else")

    assert of_base(branch.run(code=3))["findings"][0]["reason"] == "not_under_base"


@pytest.mark.parametrize("way", ["removed", "another tier", "other data"])
def test_what_is_not_judged_any_more_is_held(branch: Repo, way: str) -> None:
    """The stage is gone, or belongs to no run of this tier, or looks at data that nobody trains on."""
    stage = "  check: {uses: data, with: {dataset: people}}\n"
    if way == "removed":
        branch.edit("seatrial.yaml", (stage, ""), ("    needs: [check]\n", ""))
    elif way == "another tier":
        later = stage.replace("data, ", "data, tiers: [later], ")
        branch.edit(
            "seatrial.yaml", (stage, later), ("    needs: [check]\n", ""), ("stages:", "tiers: {later: {}}\nstages:")
        )
    else:
        branch.write("data/good.csv", people())
        other = "  good: {path: data/good.csv, contract: contract.yaml}\nstages:\n"
        branch.edit("seatrial.yaml", ("stages:\n", other), ("dataset: people}", "dataset: good}"))
    branch.commit(way)

    fact = of_base(branch.run(code=3))
    assert (fact["dataset"], fact["decision"]) == ("people", "hold")
    assert fact["findings"][0]["reason"] == "check_removed"
    assert (
        "no stage of this tier judges data/people.csv any more, as check of main at" in fact["findings"][0]["message"]
    )


def test_another_reference_is_no_way_round_either(repo: Repo) -> None:
    """What data was like before is a rule too."""
    old = CONFIG.replace("contract: contract.yaml", "reference: data/old.parquet").replace(
        "people.csv", "people.parquet"
    )
    repo.write("seatrial.yaml", old.replace("project: tiny\n", "project: tiny\nmain: main\n"))
    repo.write(".gitignore", "/outputs/\n/reports/\n")
    parquet(repo.root / "data/old.parquet", 5000)
    parquet(repo.root / "data/people.parquet", 3000, seed=5)
    repo.commit("main")
    repo.run()
    repo.git("checkout", "-q", "-b", "better")
    parquet(repo.root / "data/old.parquet", 5000, shift=2.0)
    parquet(repo.root / "data/people.parquet", 3000, shift=2.0, seed=5)
    repo.commit("both moved")

    fact = of_base(repo.run(code=3))
    assert (fact["decision"], fact["findings"][0]["reason"]) == ("hold", "not_under_base")


def test_what_is_stricter_or_on_main_is_judged_by_itself(branch: Repo) -> None:
    """A contract of the change that refuses decides; on main nothing else is asked."""
    branch.write("contract.yaml", CONTRACT.replace("max: 120", "max: 95"))
    branch.commit("stricter")
    assert "check" in {check["name"] for check in branch.run(code=1)["checks"] if check["decision"] == "block"}

    branch.git("checkout", "-q", "main")
    branch.write("data/people.csv", people())
    branch.write("contract.yaml", LOWERED)
    branch.commit("lower, on main")
    assert {check["name"] for check in branch.run()["checks"]} == {"check"}


@pytest.mark.parametrize(("after", "held"), [("max_loss: 0.9", True), ("max_loss: 0.01", False), (None, True)])
def test_a_trial_on_one_batch_that_asks_less_or_is_gone_is_held(repo: Repo, after: str | None, held: bool) -> None:
    """One that asks more is not."""
    trial = '  fit: {uses: overfit-one-batch, with: {target: "steps.fit:fit", max_loss: 0.05}}\n'
    repo.write("steps/fit.py", "def fit():\n    yield 0.001\n")
    repo.write("seatrial.yaml", CONFIG.replace("project: tiny\n", "project: tiny\nmain: main\n") + trial)
    repo.commit("main")
    repo.git("checkout", "-q", "-b", "better")
    repo.edit("seatrial.yaml", (trial, "" if after is None else trial.replace("max_loss: 0.05", after)))
    repo.commit("another trial")
    document = repo.run(code=3 if held else 0)

    assert [check["findings"][0]["reason"] for check in document["checks"] if check["decision"] == "hold"] == (
        ["check_removed"] if held else []
    )
