"""Two engines at once in one work tree: they wait for each other's paths, reuse, and never mix their bytes."""

from __future__ import annotations

import contextlib
import sqlite3
import threading
import time
from pathlib import Path

import pytest

from seatrial.pipeline.policy import StageSpec
from tests.support.driving import Driver
from tests.support.project import Project, Ran, made, new_project, stage


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """An empty repository."""
    return new_project(tmp_path)


def when_there(path: Path, seconds: float = 10) -> None:
    """Wait for a file that another run makes."""
    until = time.monotonic() + seconds
    while not path.exists():
        assert time.monotonic() < until, f"{path} was never made"
        time.sleep(0.01)


def slow(mark: Path, go: Path) -> StageSpec:
    """A stage that says that it runs and goes on when it is told."""
    script = f"touch {mark}; while [ ! -e {go} ]; do sleep 0.02; done; echo $$ > out/o"
    return stage("slow", f"sh -c '{script}'", deps=[], outs={"o": "out/o"})


def test_the_second_run_waits_and_then_reuses(project: Project, tmp_path: Path) -> None:
    """One command is started, both runs have its out, and the one that waited said for whom."""
    mark, go = tmp_path / "mark", tmp_path / "go"
    project.declare(slow(mark, go))

    def let_go(event: object) -> None:
        if isinstance(event, dict) and event["event"] == "stage_waiting":
            go.touch()

    project.on_event = let_go
    with Driver(project) as driver:
        driver.start()
        when_there(mark)
        ran = project.run()
        other = driver.wait()

    assert other.startswith("ended")
    assert ran.did == {"slow": "reused"}
    waiting = ran.named("stage_waiting")
    assert [event["cell"] for event in waiting] == ["slow"]
    assert str(waiting[0]["holder"]).startswith("run 0")


def test_a_long_run_does_not_lock_the_fact_database(project: Project, tmp_path: Path) -> None:
    """What a run learns is written at its end; another one can learn and write meanwhile."""
    mark, go = tmp_path / "mark", tmp_path / "go"
    project.write("a.py", "import os")
    project.declare(slow(mark, go))
    with Driver(project) as driver:
        driver.start()
        when_there(mark)
        before = _facts(project)
        project.declare(stage("other", "python a.py", deps=["a.py"]))
        ran = project.run()
        learned = _facts(project) - before
        go.touch()
        driver.wait()

    assert ran.did == {"other": "ran"}
    assert learned > 0, "it could not write while the other one ran"


def _facts(project: Project) -> int:
    """How many facts runs have written down so far."""
    with contextlib.closing(sqlite3.connect(project.root / ".seatrial/facts.db")) as database:
        return int(database.execute("SELECT count(*) FROM fact").fetchone()[0])


def test_a_database_locked_by_a_stranger_is_neither_waited_for_nor_thrown_away(project: Project) -> None:
    """A run goes on without what it could have remembered."""
    project.write("a.py", "import os")
    project.declare(stage("one", "python a.py", deps=["a.py"]))
    project.run()
    database = project.root / ".seatrial/facts.db"
    before = database.stat().st_ino
    with contextlib.closing(sqlite3.connect(database)) as stranger:
        stranger.execute("BEGIN IMMEDIATE")
        project.write("a.py", "import sys")
        ran = project.run()

    assert ran.did == {"one": "ran"}
    assert database.stat().st_ino == before


def pipeline(seed: int) -> tuple[StageSpec, StageSpec]:
    """A model and what was measured on it; both runs write the same two paths."""
    return (
        stage("train", f"sh -c 'echo model {seed} > out/m'", deps=[], outs={"m": "out/m"}),
        stage("evaluate", "sh -c 'cat out/m > out/e'", deps={"m": made("train", "m")}, outs={"e": "out/e"}),
    )


def overwrite_between(project: Project, content: str) -> Ran:
    """A run in which something else writes the model after it was made and before it is read."""

    def overwrite(event: object) -> None:
        if isinstance(event, dict) and event["event"] in ("stage_ended", "stage_reused") and event["cell"] == "train":
            project.write("out/m", content)

    project.on_event = overwrite
    ran = project.run()
    project.on_event = None
    return ran


def test_a_dep_overwritten_after_it_was_made_is_put_back_before_it_is_read(project: Project) -> None:
    """What is stored under the key of the right bytes was made of the right bytes."""
    project.declare(*pipeline(0))
    ran = overwrite_between(project, "model of somebody else\n")
    again = project.run()

    assert ran.did == {"train": "ran", "evaluate": "ran"}
    assert project.read("out/e") == "model 0\n"
    assert again.did == {"train": "reused", "evaluate": "reused"}


def test_a_part_of_an_out_overwritten_after_it_was_made_is_put_back_too(project: Project) -> None:
    """The key of a cell that reads inside an out is taken from the right bytes."""
    project.declare(
        stage("train", "sh -c 'mkdir out/m; echo 0 > out/m/weights'", deps=[], outs={"m": "out/m"}),
        stage("evaluate", "cp out/m/weights out/e", deps=["out/m/weights"], outs={"e": "out/e"}),
    )
    project.run()
    (project.root / "out/e").unlink()

    def overwrite(event: object) -> None:
        if isinstance(event, dict) and event["event"] == "stage_reused" and event["cell"] == "train":
            project.write("out/m/weights", "1")

    project.on_event = overwrite
    ran = project.run()

    assert ran.did == {"train": "reused", "evaluate": "reused"}
    assert project.read("out/e") == "0\n"


def test_two_runs_with_different_code_never_mix(project: Project) -> None:
    """Each evaluates its own model although both write the same path, round after round."""
    results: dict[int, Ran] = {}
    with contextlib.ExitStack() as stack:
        projects = [Project(root=project.root, python=project.python, policy=project.policy) for _ in range(2)]
        for seed, one in enumerate(projects):
            one.declare(*pipeline(seed))
        drivers = [stack.enter_context(Driver(one)) for one in projects]
        for _ in range(8):
            for path in (project.root / ".seatrial").glob("ac"):
                path.rename(project.root.parent / f"ac-{time.monotonic_ns()}")
            for driver in drivers:
                driver.start()
            assert all(driver.wait().startswith("ended") for driver in drivers)
            for seed, one in enumerate(projects):
                results[seed] = one.run()

                assert not results[seed].failed
                assert project.read("out/e") == f"model {seed}\n"


def test_a_result_made_while_the_locks_were_awaited_is_reused(project: Project) -> None:
    """The store is asked again once the locks are held."""
    project.declare(stage("one", "sh -c 'echo $$ > out/o'", deps=[], outs=["out/o"]))
    outcomes: list[dict[str, str]] = []
    barrier = threading.Barrier(3)

    def go() -> None:
        barrier.wait()
        outcomes.append(Project(root=project.root, python=project.python, policy=project.policy).run().did)

    threads = [threading.Thread(target=go) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(did["one"] for did in outcomes) == ["ran", "reused", "reused"]


@pytest.mark.parametrize("attempt", range(5))
def test_several_first_runs_set_the_cache_up_together(project: Project, attempt: int) -> None:
    """Whoever comes second finds the database half made and waits."""
    project.declare(stage("one", "touch out/o", deps=[], outs=["out/o"]))
    failures: list[BaseException] = []
    barrier = threading.Barrier(4)

    def go() -> None:
        barrier.wait()
        try:
            Project(root=project.root, python=project.python, policy=project.policy).run()
        except BaseException as error:  # noqa: BLE001 - whatever it is, the test shall name it
            failures.append(error)

    threads = [threading.Thread(target=go) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failures == []
