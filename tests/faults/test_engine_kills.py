"""`kill -9` of Seatrial anywhere: the next run finishes, and what it leaves equals a cold run."""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from seatrial.pipeline.policy import OutSpec
from seatrial.replacing import replace
from seatrial.store.atomic import is_temporary
from tests.support.driving import Driver
from tests.support.project import Project, made, new_project, stage

KILLS = 40

TRAIN = """
import sys
out, seed = sys.argv[1:]
with open(out, "w") as file:
    file.write("seed " + seed + "\\n" + "w" * 5000)
"""
FOLD = """
import os, sys
*models, out = sys.argv[1:]
os.makedirs(out + "/parts/empty")
for number, model in enumerate(models):
    with open(model) as file, open(f"{out}/parts/{number}", "w") as copy:
        copy.write(file.read())
os.symlink("parts/0", out + "/first")
"""
HANG = """
import os, sys, time
with open(sys.argv[1], "w") as file:
    file.write("half")
with open(sys.argv[2], "w") as file:
    file.write(str(os.getpid()))
time.sleep(float(sys.argv[3]))
with open(sys.argv[1], "w") as file:
    file.write("whole")
"""


def chain(folder: Path) -> Project:
    """Two cells, a folder made of both, and a stage that reads one file of that folder."""
    project = new_project(folder, {"train.py": TRAIN, "fold.py": FOLD})
    project.declare(
        stage(
            "train",
            "python train.py ${outs.model} ${matrix.seed}",
            matrix={"seed": (0, 1)},
            outs={"model": "out/${matrix.seed}/model"},
            deps=[],
        ),
        stage(
            "fold",
            "python fold.py ${deps.models} ${outs.folder}",
            deps={"models": made("train", "model", every=True)},
            outs={"folder": "out/folder"},
        ),
        stage("pick", "cp out/folder/parts/1 ${outs.one}", deps=["out/folder/parts/1"], outs={"one": "out/one"}),
    )
    return project


def snapshot(folder: Path) -> dict[str, str]:
    """Everything below a folder: bytes, links and empty folders, by path."""
    found = {}
    for path in sorted(folder.rglob("*")):
        name = str(path.relative_to(folder))
        if path.is_symlink():
            found[name] = f"-> {path.readlink()}"
        else:
            found[name] = path.read_text() if path.is_file() else "folder"
    return found


def test_any_kill_point_is_survived(tmp_path: Path) -> None:
    """Killed at random calls, once or twice in a row, cold or warm: the end is that of a cold run."""
    project = chain(tmp_path)
    project.run()
    cold = snapshot(project.root / "out")
    chance = random.Random(os.environ.get("SEATRIAL_TEST_SEED", "kill -9"))
    deadline = time.monotonic() + 25
    shutil.rmtree(project.root / ".seatrial")
    with Driver(project) as driver:
        total = int(driver.run().split()[1])
        survived = 0
        for _ in range(KILLS):
            if chance.random() < 0.7:
                shutil.rmtree(project.root / ".seatrial")
            if chance.random() < 0.5:
                shutil.rmtree(project.root / "out")
            points = [chance.randint(1, total) for _ in range(chance.randint(1, 2))]
            for point in points:
                driver.run(die_at=point)
            ran = project.run()
            again = project.run()

            assert not ran.failed, (points, ran.outcome)
            assert snapshot(project.root / "out") == cold, points
            assert set(again.did.values()) == {"reused"}, (points, again.outcome)
            survived += 1
            if time.monotonic() > deadline:
                break
    assert survived > 5


def special(folder: Path) -> Project:
    """A shell with a secret, an out that is not kept, one that stays, and a stage that always runs."""
    project = new_project(folder)
    token = replace(stage("token", "", deps=[], outs={"n": "out/n"}), secrets=("TOKEN",))
    data = stage("data", "sh -c 'cat out/n out/n > out/d'", deps={"n": made("token", "n")})
    grow = stage("grow", "sh -c 'test -e out/g || cp out/d out/g'", deps={"d": made("data", "d")})
    project.declare(
        replace(token, shell='echo "$TOKEN"; echo "${#TOKEN}" > "$SEATRIAL_OUTS_N"'),
        replace(data, outs=(OutSpec(name="d", named=True, path="out/d", cache=False),)),
        replace(grow, outs=(OutSpec(name="g", named=True, path="out/g", persist=True),)),
        replace(stage("audit", "sh -c 'wc -l < out/g > out/a'", deps=["out/g"], outs=["out/a"]), always=True),
    )
    return project


def test_any_kill_point_of_special_stages_is_survived(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also in the thread that carries output. No secret is left anywhere, least of all after a kill."""
    monkeypatch.setenv("TOKEN", "hunter2-hunter2")
    project = special(tmp_path)
    project.run()
    cold = snapshot(project.root / "out")
    chance = random.Random(os.environ.get("SEATRIAL_TEST_SEED", "special"))
    deadline = time.monotonic() + 15
    survived = 0
    with Driver(project) as driver:
        total = int(driver.run().split()[1])
        for _ in range(KILLS):
            for folder in (".seatrial", "out"):
                if chance.random() < 0.6:
                    shutil.rmtree(project.root / folder)
            driver.run(die_at=(point := chance.randint(1, total)))
            written = [path for path in (project.root / ".seatrial").rglob("*") if path.is_file()]
            leaking = [path for path in written if b"hunter2-hunter2" in path.read_bytes()]
            ran = project.run()
            again = project.run()

            assert leaking == [], point
            assert not ran.failed, (point, ran.outcome)
            assert snapshot(project.root / "out") == cold, point
            assert again.did == dict.fromkeys(("token", "data", "grow"), "reused") | {"audit": "ran"}, point
            survived += 1
            if time.monotonic() > deadline:
                break
    assert survived > 5


@pytest.mark.parametrize("event", ["stage_started", "stage_ended"])
def test_a_kill_after_each_event_is_survived(tmp_path: Path, event: str) -> None:
    """Between the log's line and what follows it nothing is lost."""
    project = chain(tmp_path)
    with Driver(project) as driver:
        ended = driver.run(die_on=event)
        ran = project.run()

    assert ended == "killed"
    assert not ran.failed
    assert project.read("out/one") == project.read("out/1/model")


def test_no_temporary_file_of_a_killed_restore_counts_as_a_source(tmp_path: Path) -> None:
    """What a kill left beside an out that git does not ignore is never listed as a file of the tree."""
    project = new_project(tmp_path, {"a.txt": "a"})
    project.declare(stage("all", "sh -c 'ls -A > out/list'", outs=["out/list"]))
    project.run()
    project.write(".tmp-1-abcdef/part", "half a restored out")
    project.write(".tmp-2-abcdef", "another")

    assert is_temporary(".tmp-2-abcdef")
    assert project.run().did == {"all": "reused"}


def hanging(folder: Path, seconds: float) -> Project:
    """One stage that sleeps, and the file in which its command writes its process number."""
    project = new_project(folder, {"hang.py": HANG})
    declare_hanging(project, seconds)
    return project


def declare_hanging(project: Project, seconds: float, *, extra: str = "") -> None:
    mark = project.root.parent / "pid"
    project.declare(
        stage("slow", f"python hang.py ${{outs.o}} {mark} {seconds} {extra}", deps=[], outs={"o": "out/slow"})
    )


def when_written(path: Path, seconds: float = 10) -> str:
    """The text of a file that another process is about to write."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        with contextlib.suppress(FileNotFoundError):
            if text := path.read_text():
                return text
        time.sleep(0.01)
    raise AssertionError(f"{path} was never written")


def alive(pid: int) -> bool:
    """Whether a process runs (a zombie does not)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@contextlib.contextmanager
def ended_at_last(*marks: Path) -> Iterator[None]:
    """No command of a test outlives it."""
    try:
        yield
    finally:
        for mark in marks:
            with contextlib.suppress(OSError, ValueError):
                os.kill(int(mark.read_text()), signal.SIGKILL)


def kill_driver_child(driver: Driver) -> None:
    """SIGKILL to the process that runs the engine."""
    os.kill(driver.child(), signal.SIGKILL)
    assert driver.wait() == "killed"


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="orphans are told by /proc")
def test_the_orphaned_command_of_a_killed_run_is_ended(tmp_path: Path) -> None:
    """The next run ends it, says so, and makes the out anew."""
    project = hanging(tmp_path, 60)
    mark = tmp_path / "pid"
    with ended_at_last(mark), Driver(project) as driver:
        driver.start()
        orphan = int(when_written(mark))
        kill_driver_child(driver)
        assert alive(orphan)
        declare_hanging(project, 0)
        ran = project.run()

        assert ran.did == {"slow": "ran"}
        assert not alive(orphan)
        assert project.read("out/slow") == "whole"
        assert "left behind" in str(ran.named("stage_waiting")[0]["holder"])


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="orphans are told by /proc")
def test_an_orphan_that_only_reads_a_path_is_ended_too(tmp_path: Path) -> None:
    """A killed run's consumer holds the model it reads; the producer of the next run must not wait for it."""
    project = new_project(tmp_path, {"hang.py": HANG, "train.py": TRAIN})
    mark = tmp_path / "pid"

    def declare(seed: int, seconds: int) -> None:
        project.declare(
            stage("train", f"python train.py ${{outs.m}} {seed}", deps=[], outs={"m": "out/m"}),
            stage(
                "evaluate",
                f"python hang.py ${{outs.o}} {mark} {seconds} ${{deps.m}}",
                deps={"m": made("train", "m")},
                outs={"o": "out/o"},
            ),
        )

    declare(0, 60)
    with ended_at_last(mark), Driver(project) as driver:
        driver.start()
        orphan = int(when_written(mark))
        kill_driver_child(driver)
        declare(1, 0)
        ran = project.run()

        assert ran.did == {"train": "ran", "evaluate": "ran"}
        assert not alive(orphan)
        assert "left behind" in str(ran.named("stage_waiting")[0]["holder"]), "it was ended, not waited for"


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="orphans are told by /proc")
def test_an_orphan_nobody_noted_is_ended_too(tmp_path: Path) -> None:
    """Killed between starting the command and noting it, Seatrial still finds what holds the lock."""
    project = hanging(tmp_path, 60)
    mark = tmp_path / "pid"
    with ended_at_last(mark), Driver(project) as driver:
        driver.start()
        orphan = int(when_written(mark))
        kill_driver_child(driver)
        for note in (project.root / ".seatrial" / "locks").iterdir():
            note.write_text("{}")
        declare_hanging(project, 0)
        ran = project.run()

        assert ran.did == {"slow": "ran"}
        assert not alive(orphan)


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="orphans are told by /proc")
def test_a_child_that_outlives_its_leader_is_ended_too(tmp_path: Path) -> None:
    """The leader of the orphaned group is gone, a child of it still holds the lock."""
    project = new_project(tmp_path)
    mark = tmp_path / "pid"

    def declare(seconds: int) -> None:
        command = f"sh -c 'sleep {seconds} & echo $! > {mark}; wait; echo done > out/o'"
        project.declare(stage("slow", command, deps=[], outs=["out/o"]))

    declare(60)
    with ended_at_last(mark), Driver(project) as driver:
        driver.start()
        orphan = int(when_written(mark))
        kill_driver_child(driver)
        os.kill(os.getpgid(orphan), signal.SIGKILL)
        declare(0)
        ran = project.run()

        assert ran.did == {"slow": "ran"}
        assert not alive(orphan)
