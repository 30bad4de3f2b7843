"""Data that DVC keeps: what it counts as, there or not, and how it is fetched before a command reads it.

The md5 values, and the text of the `.dvc` files, are those that DVC 3.67.1 wrote for the same data:
`dvc add a.csv data "we ird/12: é.bin"`. What stands in for `dvc pull` is a script.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest

from seatrial.errors import ConfigError
from tests.support.project import Project, new_project, stage

FILE = "outs:\n- md5: 344fd2323dd33d5c058b7cf27de029e8\n  size: 8\n  hash: md5\n  path: a.csv\n"
FOLDER = "outs:\n- md5: f8d0b8eb32abb98eea85752bd8b80d74.dir\n  size: 18\n  nfiles: 5\n  hash: md5\n  path: data\n"
ODD = "outs:\n- md5: c3be117041a113540deb0ff532b19543\n  size: 2\n  hash: md5\n  path: '12: é.bin'\n"
DATA = {
    "a.csv": "x,y\n1,2\n",
    "data/b.txt": "one\n",
    "data/sub dir/a.txt": "two\n",
    "data/z é.txt": "three\n",
    "data/empty": "",
    "we ird/12: é.bin": "q\n",
}
DEPS = ("a.csv", "data", "we ird/12: é.bin")


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A project in which only DVC's files lie, and a `dvc` that brings the data from `kept`."""
    project = new_project(
        tmp_path,
        {
            ".gitignore": "out\n/a.csv\n/data\n*.bin\n",
            "a.csv.dvc": FILE,
            "data.dvc": FOLDER,
            "we ird/12: é.bin.dvc": ODD,
            "count.py": "import sys; open('out', 'w').write(open(sys.argv[1]).read())",
        },
    )
    pull(project, f'test "$2" = --quiet && cp -R {tmp_path / "kept"}/. {project.root}')
    return project


def pull(project: Project, does: str) -> None:
    """Put a `dvc` beside the project's interpreter."""
    tool = Path(project.python).with_name("dvc")
    tool.write_text(f"#!/bin/sh\n{does}\n")
    tool.chmod(0o755)


def bring(root: Path) -> None:
    """Write the data that the `.dvc` files stand for."""
    for path, text in DATA.items():
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
    link = root / "data" / "link.txt"
    if not link.is_symlink():
        link.symlink_to("b.txt")


def part(project: Project, dep: str) -> Mapping[str, object]:
    """What a dep counts as."""
    project.declare(stage("s", "python count.py a.csv", deps=[dep], outs=["out"]))
    value = project.plan()["s"].inputs.parts[f"deps.{dep}"]
    assert isinstance(value, dict)
    return value


@pytest.mark.parametrize("dep", DEPS)
def test_data_counts_by_its_pointer_there_or_not(project: Project, dep: str) -> None:
    """A machine without the data has the same key as one with it."""
    absent = part(project, dep)
    bring(project.root)

    assert str(absent["digest"]).startswith("dvc:md5:")
    assert part(project, dep) == absent


@pytest.mark.parametrize(
    ("dep", "changed"), [("a.csv", "a.csv"), ("data", "data/sub dir/a.txt"), ("data", "data/new.txt")]
)
def test_data_that_was_changed_locally_counts_by_its_bytes(project: Project, dep: str, changed: str) -> None:
    """DVC's file no longer says what lies there."""
    pointer = part(project, dep)
    bring(project.root)
    project.write(changed, "changed\n")
    first = part(project, dep)
    project.write(changed, "changed again\n")

    assert str(first["digest"]).startswith("b3:")
    assert pointer != first != part(project, dep) != pointer


def test_a_file_where_a_folder_is_promised_counts_by_its_bytes(project: Project) -> None:
    """And the other way round."""
    project.write("data", "no folder")
    (project.root / "a.csv").mkdir()

    assert part(project, "data")["kind"] == "file"
    assert part(project, "a.csv")["kind"] == "dir"


def test_a_dvc_file_that_is_named_itself_is_an_ordinary_file(project: Project) -> None:
    """It counts by its bytes and fetches nothing."""
    project.declare(stage("s", "python count.py a.csv.dvc", deps=["a.csv.dvc"], outs=["out"]))
    ran = project.run()

    assert project.read("out") == FILE
    assert not ran.named("data_fetching")


@pytest.mark.parametrize("text", [FILE.replace("  hash: md5\n", ""), "outs: [", "outs: &a [*a]\n", "\x00", "- a"])
def test_a_dvc_file_that_says_nothing_usable_leaves_the_data_to_itself(project: Project, text: str) -> None:
    """There it counts by its bytes; where it is missing the next step is to fetch it."""
    project.write("a.csv.dvc", text)

    with pytest.raises(ConfigError, match=r"dep a\.csv does not exist") as caught:
        part(project, "a.csv")
    assert caught.value.next_step == "dvc pull a.csv"
    bring(project.root)
    assert str(part(project, "a.csv")["digest"]).startswith("b3:")


def test_a_missing_file_in_a_folder_of_dvc_says_what_to_fetch(project: Project) -> None:
    """The folder's pointer does not tell the parts."""
    with pytest.raises(ConfigError, match=r"dep data/b\.txt does not exist") as caught:
        part(project, "data/b.txt")

    assert caught.value.next_step == "dvc pull data"


def test_missing_data_without_a_pointer_is_an_error_as_ever(project: Project) -> None:
    """Nobody says where it would come from."""
    with pytest.raises(ConfigError, match=r"dep other\.csv does not exist") as caught:
        part(project, "other.csv")

    assert caught.value.next_step == "create it (e.g. fetch the data), or correct the path"


# -- fetching -------------------------------------------------------------------------


@pytest.mark.parametrize(("dep", "reads"), [("a.csv", "a.csv"), ("data", "data/b.txt"), (DEPS[2], DEPS[2])])
def test_the_data_is_fetched_before_the_command_starts(project: Project, tmp_path: Path, dep: str, reads: str) -> None:
    """The result is stored under the key that the pointer gave, and found again with the data there."""
    bring(tmp_path / "kept")
    project.declare(stage("s", f"python count.py '{reads}'", deps=[dep], outs=["out"]))
    ran = project.run()

    assert ran.did == {"s": "ran"}, ran["s"].reason
    assert project.read("out") == DATA[reads]
    assert [event["command"] for event in ran.named("data_fetching")] == [f"dvc pull {shell(dep)}"]
    assert project.run().did == {"s": "reused"}


def shell(path: str) -> str:
    return f"'{path}'" if " " in path else path


def test_a_reused_stage_fetches_nothing(project: Project, tmp_path: Path) -> None:
    """Without the data, as on a fresh machine with a shared cache."""
    bring(tmp_path / "kept")
    project.declare(stage("s", "python count.py a.csv", deps=["a.csv"], outs=["out"]))
    project.run()
    (project.root / "a.csv").unlink()
    pull(project, "exit 1")

    assert project.run().did == {"s": "reused"}
    assert not (project.root / "a.csv").exists()


def test_two_stages_that_need_the_same_data_fetch_it_once(project: Project, tmp_path: Path) -> None:
    """The second waits for the first one's."""
    bring(tmp_path / "kept")
    project.declare(
        *(stage(name, "python count.py a.csv", deps=["a.csv"], outs=[f"out/{name}"]) for name in "st"),
        stage("u", "python -c \"open('free', 'w')\"", deps=[], outs=["free"]),
    )
    project.write("count.py", "import os, sys; open('out/' + os.environ['SEATRIAL_STAGE'], 'w')")
    ran = project.run()

    assert ran.did == {"s": "ran", "t": "ran", "u": "ran"}
    assert len(ran.named("data_fetching")) == 1


@pytest.mark.parametrize(
    ("does", "why"),
    [
        ("echo 'ERROR: no remote'; exit 255", "ERROR: no remote"),
        ("exit 3", "exit code 3"),
        ("kill -9 $$", "it was killed"),
        ("exit 0", "it ended well and brought nothing"),
    ],
)
def test_a_fetch_that_fails_fails_the_stage_with_the_command_to_type(project: Project, does: str, why: str) -> None:
    """The stage is not started without its data, and the fetch is not tried for ever."""
    pull(project, does)
    project.declare(stage("s", "python count.py a.csv", deps=["a.csv"], outs=["out"]))
    ran = project.run()

    assert ran.did == {"s": "failed"}
    assert ran["s"].reason == f"a.csv cannot be fetched: {why}. Type `dvc pull a.csv` to see more"
    assert not ran.named("stage_started")
    assert len(ran.named("data_fetching")) == 1


def test_a_tool_that_is_missing_is_named(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """With what to type once it is installed."""
    Path(project.python).with_name("dvc").unlink()
    monkeypatch.setenv("PATH", str(Path(shutil.which("git") or "").parent))
    project.declare(stage("s", "python count.py a.csv", deps=["a.csv"], outs=["out"]))

    reason = project.run()["s"].reason
    assert reason.startswith("a.csv cannot be fetched: dvc cannot be started (No such file or directory)")
    assert "type `dvc pull a.csv`" in reason


def test_data_that_is_not_what_its_pointer_said_is_not_used(project: Project, tmp_path: Path) -> None:
    """The key promises other bytes."""
    bring(tmp_path / "kept")
    (tmp_path / "kept" / "a.csv").write_text("x,y\n9,9\n")
    project.declare(stage("s", "python count.py a.csv", deps=["a.csv"], outs=["out"]))
    ran = project.run()

    assert ran.did == {"s": "failed"}
    assert "a.csv was fetched, and is not what its pointer said" in ran["s"].reason
    assert not ran.named("stage_started")


def test_a_stop_of_the_run_ends_the_fetch(project: Project, tmp_path: Path) -> None:
    """Ctrl-C while data comes in leaves nothing behind that still writes."""
    mark = tmp_path / "pid"
    pull(project, f"echo $$ > {mark}; exec sleep 600")
    project.declare(stage("s", "python count.py a.csv", deps=["a.csv"], outs=["out"]))

    def stop(event: Mapping[str, object]) -> None:
        if event["event"] == "stage_waiting":
            while not mark.exists() or not mark.read_text():
                pass
            raise KeyboardInterrupt

    project.on_event = stop
    with pytest.raises(KeyboardInterrupt):
        project.run()

    assert not Path("/proc", mark.read_text().strip()).exists()


def test_the_data_is_not_copied_into_the_cache(project: Project, tmp_path: Path) -> None:
    """Only what stages make is."""
    bring(tmp_path / "kept")
    project.write("count.py", "open('out', 'w')")
    project.declare(stage("s", "python count.py", deps=["a.csv", "data"], outs=["out"]))
    project.run()
    blobs = [file.read_text() for file in (project.root / ".seatrial" / "cas").rglob("*") if file.is_file()]

    assert blobs
    assert not set(blobs) & {text for text in DATA.values() if text}
