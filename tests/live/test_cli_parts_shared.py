"""Clones that share nothing but a state, in a folder, a bucket or a git ref: one run of several, judged by one."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.support.buckets import needs_obstore, small_bucket
from tests.support.cli import BETTER, CONFIG, PATIENCE, Repo, new_repo
from tests.support.git_state import share_by_git

STAGES = ("data", "train", "evaluate")


@pytest.fixture(params=["folder", "git", pytest.param("bucket", marks=needs_obstore)])
def clones(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[list[Repo]]:
    """Five clones of one repository with one shared state and a first model in production."""
    environ: dict[str, str] = {}
    with ExitStack() as open_servers:
        if request.param == "bucket":
            proxy, _ = open_servers.enter_context(small_bucket())
            environ.update(proxy.environ)
            state = "s3://bucket/team/state"
        elif request.param == "git":
            state = "git"
        else:
            (tmp_path / "share").mkdir()
            state = f"file://{tmp_path}/share"
        first = new_repo(tmp_path, {"seatrial.yaml": f"{CONFIG}state: {state}\n"})
        first.environ.update(environ)
        share_by_git(first)
        first.run(code=2)
        first.promote(first.register(), "--first")
        first.set_params(BETTER)
        yield [first, *(_clone(first, tmp_path / f"clone-{number}") for number in range(4))]


def _clone(repo: Repo, place: Path) -> Repo:
    """The same commit somewhere else: no cache, no outs, no memory of any state."""
    shutil.copytree(repo.root, place, ignore=shutil.ignore_patterns(".seatrial", "data", "outputs"))
    return Repo(root=place, python=repo.python, environ=dict(repo.environ))


def test_each_clone_does_a_stage_and_another_judges(clones: list[Repo]) -> None:
    """Models and data reach the next machine through the state alone; the version can be promoted from anywhere."""
    judge, *machines = clones[1:]
    did = [
        machine.did(machine.run("--id", "7", "--stage", stage, "--tier", "nightly"))
        for machine, stage in zip(machines, STAGES, strict=True)
    ]

    document = judge.run("--collect", "7", "--tier", "nightly")

    assert did == [{"data": "ran"}, {"train": "ran"}, {"evaluate": "ran"}]
    assert document["models"][0]["verdict"] == "PASS"
    assert document["models"][0]["registered"] == 2
    clones[0].promote("tiny@2")
    assert machines[0].aliases() == {"production": 2}


def test_clone_that_is_gone_is_resumed_by_another(clones: list[Repo]) -> None:
    """The first machine did what it recorded; the second does the rest, and nothing twice."""
    gone, other, judge = clones[1:4]
    gone.run("--id", "7", "--stage", "data")
    shutil.rmtree(gone.root)

    again = other.run("--id", "7", "--stage", "data")
    rest = other.run("--id", "7", "--stage", "train", "--stage", "evaluate")

    assert other.did(again) == {"data": "reused"}
    assert other.did(rest) == {"train": "ran", "evaluate": "ran"}
    assert judge.run("--collect", "7")["models"][0]["verdict"] == "PASS"


def test_two_clones_at_once_do_one_cell_and_end_with_one_record(clones: list[Repo]) -> None:
    """A conditional write decides; the later one adopts."""
    one, two, judge = clones[1:4]
    one.run("--id", "7", "--stage", "data")
    children = [clone.start("run", "--id", "7", "--stage", "train", "--json") for clone in (one, two)]
    said = [child.communicate(timeout=PATIENCE) for child in children]

    one.run("--id", "7", "--stage", "evaluate")
    document = judge.run("--collect", "7")

    assert [child.returncode for child in children] == [0, 0], said
    assert judge.did(document)["train"] in ("ran", "reused")
    assert document["models"][0]["verdict"] == "PASS"


def test_two_clones_collecting_at_once_register_one_version(clones: list[Repo]) -> None:
    """Same run, same version."""
    worker, *judges = clones[1:4]
    for stage in STAGES:
        worker.run("--id", "7", "--stage", stage, "--tier", "nightly")
    children = [clone.start("run", "--collect", "7", "--tier", "nightly", "--json") for clone in judges]
    said = [child.communicate(timeout=PATIENCE) for child in children]

    assert [child.returncode for child in children] == [0, 0], said
    assert len(worker.seatrial("models", "list", "--json").json["models"][0]["versions"]) == 2
