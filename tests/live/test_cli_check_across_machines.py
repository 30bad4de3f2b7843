"""A stage that judges data on several machines: what one of them found, every other one reports, and no older file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support.cli import Repo, new_repo
from tests.support.people import CONFIG, DRIFT, FILES, checked, clone, parquet, people

SHARED = "state: file://{0}/state\ncache: {{remote: file://{0}/cache}}\n"


@pytest.fixture
def machines(tmp_path: Path) -> list[Repo]:
    """Three clones of one commit that share a state and a cache, and nothing else."""
    for name in ("state", "cache"):
        (tmp_path / "share" / name).mkdir(parents=True)
    config = CONFIG + SHARED.format(tmp_path / "share")
    first = new_repo(tmp_path, {**FILES, "seatrial.yaml": config, "data/people.csv": people()})
    return [first, *(clone(first, tmp_path / f"clone-{number}") for number in range(2))]


def broken(machines: list[Repo]) -> None:
    """The same data on all of them, in which one person is too old."""
    machines[0].write("data/people.csv", people(age=999))
    commit_for_all(machines)


def commit_for_all(machines: list[Repo]) -> None:
    """One commit of what the first has changed, on every machine."""
    machines[0].commit()
    for machine in machines[1:]:
        machine.git("pull", "-q", "--ff-only", str(machines[0].root), "main")


def said(document: Any) -> tuple[str, str, list[str]]:
    """The verdict of the one check, its decision and its findings."""
    check = checked(document)
    return check["verdict"], check["decision"], [finding["name"] for finding in check["findings"]]


def test_what_passed_on_one_machine_passes_on_the_next_without_reading(machines: list[Repo]) -> None:
    one, other, _ = machines
    one.run()

    document = other.run()

    assert other.did(document) == {"check": "reused", "train": "reused"}
    assert (checked(document)["verdict"], checked(document)["rows"]) == ("PASS", 400)


def test_what_failed_on_one_machine_fails_on_the_next_with_its_findings(machines: list[Repo]) -> None:
    """No result of a refused check is stored, so that none can ever stand for a pass."""
    broken(machines)

    found = [machine.run(code=1) for machine in machines[:2]]

    assert [said(document) for document in found] == [("FAIL", "block", ["contract.range age"])] * 2
    assert [machines[0].did(document)["train"] for document in found] == ["blocked"] * 2


def test_collected_run_tells_what_another_machine_found(machines: list[Repo]) -> None:
    """By the record of that check: this machine has none, or that of an older run, which passed."""
    worker, with_old_record, without = machines
    with_old_record.run()
    broken(machines)
    worker.run("--id", "7", "--stage", "check", code=1)

    collected = [machine.run("--collect", "7", code=1) for machine in (with_old_record, without)]

    assert [said(document) for document in collected] == [("FAIL", "block", ["contract.range age"])] * 2
    [version] = [
        each
        for each in without.seatrial("check", "--history", "--json").json["datasets"]["people"]
        if each["verdict"] == "FAIL"
    ]
    assert version["looks"] == 1  # three machines told the same


def test_what_holds_on_one_machine_holds_on_the_next_and_when_collected(machines: list[Repo]) -> None:
    """Too few rows: stored, because nothing was refused, and never a pass. A part holds nobody up, the run does."""
    worker, other, judge = machines
    shared = worker.read("seatrial.yaml").partition("state:")
    worker.write("seatrial.yaml", DRIFT.replace("people.csv", "people.parquet") + "".join(shared[1:]))
    parquet(worker.root / "data/old.parquet", 5000)
    parquet(worker.root / "data/people.parquet", 12, seed=5)
    commit_for_all(machines)

    first, second = worker.run(code=3), other.run(code=3)
    worker.seatrial("run", "--id", "8", "--stage", "check", "--stage", "train")
    collected = judge.run("--collect", "8", code=3)

    assert other.did(second)["check"] == "reused"
    assert said(first) == said(second) == said(collected)
    assert said(collected)[:2] == ("INCONCLUSIVE", "hold")
