"""A stage that changes its own inputs while it runs: its outs are used, and stored under no key."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from seatrial.replacing import replace
from tests.support.driving import Driver
from tests.support.project import Project, made, new_project, stage

SCRIPT = """
import lib, os, sys
exec(sys.argv[1])
open("out/o", "w").write("made")
"""
FILES = {
    "step.py": SCRIPT,
    "lib.py": "x = 1\n",
    "data/a.txt": "a",
    "data/deep/b.txt": "b",
    "requirements.lock": "numpy==1\n",
    "params.yaml": "lr: 1\n",
    "pyproject.toml": "[project]\nname = 'x'\n",
}


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A repository with a program that does to its inputs what it is told."""
    return new_project(tmp_path, FILES)


def write(path: str, text: str = "other") -> str:
    return f"open({path!r}, {'w'!r}).write({text!r})"


def put_back(path: str) -> str:
    return f"old = open({path!r}).read(); {write(path)}; open({path!r}, {'w'!r}).write(old)"


@pytest.mark.parametrize(
    ("deps", "change", "named"),
    [
        (["data"], write("data/deep/b.txt"), "data"),
        (["data"], write("data/deep/new.txt"), "data"),
        (["data"], "os.unlink('data/a.txt')", "data"),
        (["data"], put_back("data/deep/b.txt"), "data"),
        (["data"], "os.rename('data/deep', 'aside'); os.rename('aside', 'data/deep')", "data"),
        (["data/**"], write("data/deep/b.txt"), "data/deep/b.txt"),
        (["data/**"], put_back("data/a.txt"), "data/a.txt"),
        (["data/**"], write("data/deep/new.txt"), "data/deep/new.txt"),
        (["data/**"], "os.unlink('data/a.txt')", "data/a.txt"),
        (["requirements.lock"], write("requirements.lock"), "requirements.lock"),
        (["params.yaml"], write("params.yaml"), "params.yaml"),
        ([], write("pyproject.toml"), "pyproject.toml"),
        ([], write("step.py", "print()"), "step.py"),
        ([], put_back("step.py"), "step.py"),
        ([], write("lib.py"), "lib.py"),
        ([], "os.chmod('lib.py', 0o755)", "lib.py"),
        (None, write("lib.py"), "lib.py"),
    ],
)  # fmt: skip
def test_what_it_changed_is_named_and_nothing_is_stored(
    project: Project, deps: Sequence[str] | None, change: str, named: str
) -> None:
    """Also where the bytes were put back: who knows what it read in between."""
    project.declare(stage("s", f'python step.py "{change}"', deps=deps, outs={"o": "out/o"}))
    ran = project.run()
    stored = list((project.root / ".seatrial/ac").glob("*.json"))

    assert ran.did == {"s": "used"}, ran.outcome
    assert ran["s"].reason == f"{named} changed while it ran: its outs are used, not stored"
    assert project.read("out/o") == "made"
    assert stored == []


def test_the_script_of_a_shell_is_watched_too(project: Project) -> None:
    """And a file its text names."""
    project.declare(replace(stage("s", "", deps=[], outs={"o": "out/o"}), shell="echo x >> lib.py; cat lib.py > out/o"))

    assert project.run().did == {"s": "used"}


def test_an_out_of_another_stage_that_it_changes_is_noticed(project: Project) -> None:
    """The next run puts it back and says the same again."""
    project.declare(
        stage("m", "sh -c 'echo model > out/m'", deps=[], outs={"m": "out/m"}),
        stage("s", "sh -c 'echo spoilt > out/m; touch out/o'", deps={"m": made("m", "m")}, outs={"o": "out/o"}),
    )
    first = project.run()
    again = project.run()

    assert first.did == {"m": "ran", "s": "used"}
    assert again.did == {"m": "reused", "s": "used"}


def test_its_reader_stores_what_it_makes_of_used_bytes(project: Project) -> None:
    """The reader's key is over the bytes it read, wherever they came from."""
    project.declare(
        stage("s", f'python step.py "{write("lib.py")}"', deps=[], outs={"o": "out/o"}),
        stage("r", "cp ${deps.o} ${outs.p}", deps={"o": made("s", "o")}, outs={"p": "out/p"}),
    )
    first = project.run()
    project.write("lib.py", "x = 1\n")
    again = project.run()

    assert first.did == {"s": "used", "r": "ran"}
    assert again.did == {"s": "used", "r": "reused"}


def test_a_stage_that_installs_something_changes_what_the_run_was_planned_with(project: Project) -> None:
    """What runs after it in the same run is used as well; the next run knows what is there, and stores."""
    site = next((project.root.parent / "venv").glob("lib/*/site-packages"))
    info = site / "tool-1.0.dist-info"
    script = (
        f"mkdir -p {info}; printf 'Metadata-Version: 2.1\nName: tool\nVersion: 1.0\n' > {info}/METADATA; touch out/i"
    )
    project.declare(
        replace(stage("install", "", deps=[], outs={"i": "out/i"}), shell=script),
        stage("s", "python step.py pass", deps=["out/i"], outs={"o": "out/o"}),
    )
    first = project.run()
    second = project.run()
    third = project.run()

    assert first.did == {"install": "used", "s": "used"}
    assert "what is installed in its environment changed while it ran" in first["s"].reason
    assert second.did == {"install": "ran", "s": "ran"}
    assert third.did == {"install": "reused", "s": "reused"}


def test_two_tiers_that_write_one_out_each_have_their_own_result(project: Project) -> None:
    """One after the other, and at once: the out is what the run that was asked last has made."""
    fast = stage("train", "sh -c 'echo fast > out/m'", deps=[], outs={"m": "out/m"})
    slow = stage("train-long", "sh -c 'echo slow > out/m'", deps=[], outs={"m": "out/m"})
    project.declare(fast)
    other = Project(root=project.root, python=project.python, policy=project.policy)
    other.declare(slow)
    seen = []
    for _ in range(2):
        seen.append((project.run().did, project.read("out/m")))
        seen.append((other.run().did, project.read("out/m")))
    with Driver(project) as first, Driver(other) as second:
        for driver in (first, second):
            driver.start()
        ended = [driver.wait() for driver in (first, second)]

    assert seen == [
        ({"train": "ran"}, "fast\n"),
        ({"train-long": "ran"}, "slow\n"),
        ({"train": "reused"}, "fast\n"),
        ({"train-long": "reused"}, "slow\n"),
    ]
    assert all(how.startswith("ended") for how in ended)
    assert project.read("out/m") in ("fast\n", "slow\n")


def test_two_runs_at_once_start_one_command(project: Project, tmp_path: Path) -> None:
    """What one run is making the other one waits for, with retries and secrets as without."""
    project.declare(stage("s", f"sh -c 'echo x >> {tmp_path}/starts; sleep 0.3; touch out/o'", deps=[], outs=["out/o"]))
    with Driver(project) as first, Driver(project) as second:
        for driver in (first, second):
            driver.start()
        ended = [driver.wait() for driver in (first, second)]

    assert all(how.startswith("ended") for how in ended)
    assert (tmp_path / "starts").read_text() == "x\n"


def test_what_reads_a_drifted_out_is_not_found_by_the_plan_that_knew_nothing_of_it(project: Project) -> None:
    """However far behind it stands: its result is right for what it read, and for nothing that a plan can know."""
    project.write("step.py", "import sys\nopen('out/o', 'w').write(open('data/a.txt').read())\nexec(sys.argv[1])\n")
    copy = 'python -c "import shutil,sys; shutil.copy(sys.argv[1], sys.argv[2])" ${deps.d} ${outs.o}'
    project.declare(
        stage("s", f'python step.py "{write("data/a.txt")}"', deps={"d": "data/a.txt"}, outs={"o": "out/o"}),
        stage("near", copy, deps={"d": made("s", "o")}, outs={"o": "out/near"}),
        stage("far", copy, deps={"d": made("near", "o")}, outs={"o": "out/far"}),
    )
    first = project.run()
    project.write("data/a.txt", "a")

    assert first.did == {"s": "used", "near": "ran", "far": "ran"}
    assert "reuse" not in {planned.action.value for planned in project.plan().cells}
