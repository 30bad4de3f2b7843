"""Stages that need a device, on a machine without one: put off, said, and owed until they ran somewhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.cli import Repo, copy_of, template, with_candidate
from tests.support.devices import on_machine

CANDIDATE = "tiny@2"
ON_GPU = ("  train:\n    cmd: >-\n", "  train:\n    resources: {gpus: 1}\n    cmd: >-\n")


@pytest.fixture
def laptop(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> Repo:
    """A machine without devices; a better model is registered as CANDIDATE, and training now wants a device."""
    repo = copy_of(template(tmp_path_factory, "candidate", with_candidate), tmp_path)
    repo.edit("seatrial.yaml", ON_GPU)
    repo.commit("train on a device")
    return on_machine(repo, tmp_path, gpus=0)


@pytest.fixture
def server(laptop: Repo, tmp_path: Path) -> Repo:
    """Another work tree of the same repository, on a machine with a device."""
    return on_machine(laptop.worktree("server"), tmp_path, gpus=1)


def _owed(repo: Repo) -> list[str]:
    return [debt["cell"] for debt in repo.seatrial("models", "list", "--json").json["debt"]]


def test_what_cannot_run_here_is_put_off_and_said(laptop: Repo) -> None:
    """The run goes on: exit code 0, the count in the headline, no verdict that nobody reached, nothing to register."""
    said = laptop.seatrial("run")
    report = laptop.seatrial("report", "--json").json

    line = " ".join(said.out.partition("Decision:")[0].split())
    assert line == (
        "INCONCLUSIVE · DEFERRED 2 (train, evaluate: under 0.01 GPU-h): train, evaluate were deferred "
        "(it needs 1 GPU, this machine has none), so there is nothing to judge yet"
    )
    assert "0.00 s  it needs" not in said.out
    assert "Decision: warn" in said.out
    assert {stage["name"]: stage["action"] for stage in report["stages"]} == {
        "data": "reused", "train": "deferred", "evaluate": "deferred",
    }  # fmt: skip
    assert [finding["reason"] for finding in report["models"][0]["findings"]] == ["deferred"]
    assert "settle what was deferred: `seatrial run`" in report["next_step"]
    assert laptop.seatrial("models", "register", "--run", report["run"], code=2).err


def test_plan_says_beforehand_what_will_be_put_off(laptop: Repo) -> None:
    """And does not count its time."""
    document = laptop.seatrial("plan", "--json").json

    assert [stage["action"] for stage in document["stages"]] == ["reuse", "defer", "defer"]
    assert "it needs 1 GPU" in document["stages"][1]["reason"]
    assert document["forecast"]["cells"] == 0


def test_why_says_that_it_was_put_off_and_is_owed(laptop: Repo) -> None:
    """With what settles it."""
    laptop.run()

    (cell,) = laptop.seatrial("why", "train", "--json").json["cells"]

    assert cell["past"]["did"] == "deferred"
    assert (cell["action"], cell["reason"].partition(";")[0]) == ("defer", "it needs 1 GPU")
    assert "run `seatrial run` at commit" in cell["debt"]


def test_open_debt_holds_every_promotion_until_the_work_was_done_somewhere(laptop: Repo, server: Repo) -> None:
    """Also of a version that was made before: what is owed may be what would have stopped it."""
    laptop.run()
    held = laptop.promote(CANDIDATE, code=3)
    assert _owed(laptop) == ["train", "evaluate"]

    assert server.did(server.run(code=None))["train"] == "ran"

    assert held["moved"] is False
    assert held["reasons"][0].startswith("debt: train was deferred in run ")
    assert "on a machine that has what train, evaluate need, or pass it in your own name" in held["next_step"]
    assert _owed(laptop) == []
    assert laptop.promote(CANDIDATE)["moved"] is True


def test_a_named_person_may_pass_debt(laptop: Repo) -> None:
    """As any hold: with a reason, and the ledger says so."""
    laptop.run()

    document = laptop.promote(CANDIDATE, "--override", "--reason", "the device is broken")

    assert document["move"]["how"] == "override"


def test_deferring_the_same_again_owes_nothing_more(laptop: Repo) -> None:
    """A branch that is pushed to ten times owes once; other code owes again."""
    laptop.run()
    laptop.run()
    assert len(_owed(laptop)) == 2
    laptop.edit("params.yaml", ("skill: 0.95", "skill: 0.96"))
    laptop.commit()

    laptop.run()

    assert len(_owed(laptop)) == 4


def test_debt_of_uncommitted_files_is_shown_and_holds_nothing(laptop: Repo) -> None:
    """Nobody else could settle it, and nothing made of such files is ever promoted."""
    laptop.edit("params.yaml", ("skill: 0.95", "skill: 0.96"))
    laptop.run()

    assert len(_owed(laptop)) == 2
    laptop.git("checkout", "-q", "--", "params.yaml")  # nothing moves by rules that are not committed
    assert laptop.promote(CANDIDATE)["moved"] is True


def test_a_tier_that_was_to_promote_is_held(laptop: Repo) -> None:
    """It has not done what it says."""
    document = laptop.run("--tier", "release", code=3)

    assert "tiny was not promoted to staging: train, evaluate were deferred" in " ".join(document["warnings"])


def test_a_damaged_book_is_never_no_debt(laptop: Repo) -> None:
    """Promotion stops with an error of the state."""
    laptop.run()
    record = laptop.state / "records" / "debt" / "00000001.json"
    record.write_bytes(record.read_bytes().replace(b"train", b"trails"))

    laptop.seatrial("models", "promote", CANDIDATE, "--to", "production", code=5)

    record.write_bytes(record.read_bytes().replace(b"trails", b"train"))
    assert laptop.aliases() == {"production": 1}


def test_a_stage_that_was_named_is_put_off_too(laptop: Repo) -> None:
    """Nothing is judged then, and nothing is called done."""
    document = laptop.run("train")

    assert document["models"] == []
    assert laptop.seatrial("report").out.startswith("DEFERRED 1 (train: under 0.01 GPU-h): ")
    assert document["exit_code"] == 0
