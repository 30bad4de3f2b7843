"""Commands that fail, hang, die, write nothing or write elsewhere: a clear outcome, nothing stored, nothing lost."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from seatrial.errors import ConfigError
from seatrial.process.group import start_time
from tests.support.cli import wait_for
from tests.support.project import Project, made, new_project, stage

SHELL = "sh -c '{}'"


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """An empty repository."""
    return new_project(tmp_path)


def fail(project: Project, script: str, *, timeout: float | None = None) -> str:
    """The reason why a stage that runs a shell script has failed."""
    project.declare(
        stage("bad", SHELL.format(script), deps=[], outs={"o": "out/o"}, timeout=timeout),
        stage("after", "cp ${deps.o} ${outs.p}", deps={"o": made("bad", "o")}, outs={"p": "out/p"}),
        stage("beside", "touch ${outs.q}", deps=[], outs={"q": "out/q"}),
    )
    ran = project.run()

    assert ran.did == {"bad": "failed", "after": "blocked", "beside": "ran"}
    assert ran["after"].reason == "bad failed"
    assert project.run().did["bad"] == "failed", "a failure must never be reused"
    return ran["bad"].reason


def test_an_exit_code_fails_the_stage_and_blocks_what_needs_it(project: Project) -> None:
    """Independent stages go on, consumers are blocked, the reason gives the code."""
    assert fail(project, "touch out/o; exit 3") == "exit code 3"


def test_a_command_that_kills_itself_is_named_by_its_signal(project: Project) -> None:
    """A signal is not an exit code."""
    assert fail(project, "touch out/o; kill -SEGV $$") == "killed by SIGSEGV"


def test_a_missing_out_fails_a_command_that_ended_well(project: Project) -> None:
    """Exit code 0 without the out is a failure that names the path."""
    assert fail(project, "true") == "the command ended well but did not write out/o"


def test_a_command_that_does_not_exist_is_a_failed_stage(project: Project) -> None:
    """Not being able to start is an outcome of that stage and no end of the run."""
    project.declare(
        stage("bad", "no-such-program --at-all", deps=[], outs=["out/o"]),
        stage("beside", "touch out/q", deps=[], outs=["out/q"]),
    )
    ran = project.run()

    assert ran.did == {"bad": "failed", "beside": "ran"}
    assert "no-such-program cannot be started" in ran["bad"].reason


def test_a_nul_in_an_argument_is_a_failed_stage(project: Project) -> None:
    """No operating system can pass it on; that is said, not thrown."""
    project.set_params(text="a\0b")
    project.declare(stage("bad", "echo ${params.text}", deps=[]))

    assert "cannot be started" in project.run()["bad"].reason


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="processes are told by /proc")
def test_a_timeout_ends_the_whole_group(project: Project, tmp_path: Path) -> None:
    """The grandchild that would go on is ended too."""
    pid = tmp_path / "pid"
    reason = fail(project, f"sleep 60 & echo $! > {pid}; sleep 60", timeout=1.0)
    grandchild = int(pid.read_text())
    wait_for(lambda: start_time(grandchild) is None, "the grandchild ends")

    assert reason == "stopped after its timeout of 1 s"
    assert start_time(grandchild) is None


def test_the_old_out_is_gone_before_a_command_starts(project: Project) -> None:
    """A command that appends, or leaves its out alone, cannot live off an earlier run."""
    project.declare(stage("one", SHELL.format("echo one > out/o"), deps=[], outs=["out/o"]))
    project.run()
    project.declare(stage("one", SHELL.format("echo two >> out/o"), deps=[], outs=["out/o"]))
    project.run()

    assert project.read("out/o") == "two\n"


def test_a_failed_rerun_keeps_the_old_result_in_the_store(project: Project) -> None:
    """Going back to the code that worked restores its out without running it."""
    project.write("a.py", "open('out/o', 'w').write('good')")
    project.declare(stage("one", "python a.py", outs=["out/o"], deps=[]))
    project.run()
    project.write("a.py", "raise SystemExit(1)")
    failed = project.run()
    project.write("a.py", "open('out/o', 'w').write('good')")
    back = project.run()

    assert failed.did == {"one": "failed"}
    assert back.did == {"one": "reused"}
    assert project.read("out/o") == "good"


@pytest.mark.parametrize("script", ["ln -s {outside}/file out/o", "mkdir out/o; ln -s {outside} out/o/link"])
def test_an_out_that_is_or_holds_a_link_to_the_outside_is_refused(
    project: Project, tmp_path: Path, script: str
) -> None:
    """Neither is stored: another machine would not have what it points at."""
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "file").write_text("mine")

    assert "link" in fail(project, script.format(outside=outside))
    assert (outside / "file").read_text() == "mine"


def test_an_old_out_that_is_a_link_is_replaced_and_its_target_is_kept(project: Project, tmp_path: Path) -> None:
    """Removing the old out removes the link, never what it leads to."""
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "file").write_text("precious")
    project.declare(stage("one", SHELL.format("mkdir out/o; echo new > out/o/file"), deps=[], outs=["out/o"]))
    (project.root / "out").mkdir()
    (project.root / "out" / "o").symlink_to(mine)
    ran = project.run()

    assert ran.did == {"one": "ran"}
    assert (mine / "file").read_text() == "precious"
    assert not (project.root / "out" / "o").is_symlink()


def test_a_folder_of_outs_that_leads_outside_is_refused_and_left_alone(project: Project, tmp_path: Path) -> None:
    """Neither running nor restoring writes through the link."""
    outside = tmp_path / "outside"
    outside.mkdir()
    project.declare(stage("one", "touch out/o", deps=[], outs=["out/o"]))
    project.run()
    (project.root / "out" / "o").unlink()
    (project.root / "out").rmdir()
    (project.root / "out").symlink_to(outside)
    restored = project.run()
    project.declare(stage("one", SHELL.format("echo 2 > out/o"), deps=[], outs=["out/o"]))
    (outside / "o").write_text("mine")
    again = project.run()

    assert restored.did == again.did == {"one": "failed"}
    assert "outside of the repository" in again["one"].reason
    assert (outside / "o").read_text() == "mine"


def test_an_out_replaced_by_a_link_while_the_command_runs_is_refused(project: Project, tmp_path: Path) -> None:
    """The folder of the out is looked at again before anything is stored."""
    outside = tmp_path / "outside"
    outside.mkdir()
    reason = fail(project, f"rm -rf out/d; mkdir -p out; ln -s {outside} out/d; touch out/d/x; ln -s d out/o")

    assert "link" in reason


def test_a_file_where_the_folder_of_an_out_should_be_is_said(project: Project) -> None:
    """A clear failure of the stage, and the file is still there."""
    project.write("out", "I am a file")
    project.declare(stage("one", "touch out/o", deps=[], outs=["out/o"]))
    ran = project.run()

    assert ran.did == {"one": "failed"}
    assert "out/o cannot be cleared" in ran["one"].reason
    assert project.read("out") == "I am a file"


@pytest.mark.parametrize("script", ["mkfifo out/o", "mkdir out/o; mkfifo out/o/pipe"])
def test_a_pipe_as_out_is_refused_and_does_not_hang(project: Project, script: str) -> None:
    """It is neither a file nor a folder; the next run removes it."""
    fail(project, script)


def test_a_stage_that_changes_its_own_input_is_used_and_not_stored(project: Project) -> None:
    """Its outs would be stored under a key that they do not belong to."""
    project.write("data.txt", "1")
    project.declare(
        stage("one", SHELL.format("cp data.txt out/o; echo 2 > data.txt"), deps=["data.txt"], outs={"o": "out/o"}),
        stage("two", "cp ${deps.o} ${outs.p}", deps={"o": made("one", "o")}, outs={"p": "out/p"}),
    )
    first = project.run()
    project.write("data.txt", "1")
    second = project.run()

    assert first.did == {"one": "used", "two": "ran"}
    assert "data.txt changed while it ran" in first["one"].reason
    assert second.did == {"one": "used", "two": "reused"}


def test_a_stage_that_changes_what_another_made_is_used_and_not_stored(project: Project) -> None:
    """The out of a producer is an input like any other, and the next run puts it back."""
    project.declare(
        stage("one", SHELL.format("echo 1 > out/o"), deps=[], outs={"o": "out/o"}),
        stage("two", SHELL.format("cp out/o out/p; echo 2 > out/o"), deps={"o": made("one", "o")}, outs={"p": "out/p"}),
    )
    ran = project.run()
    again = project.run()

    assert ran.did == {"one": "ran", "two": "used"}
    assert again.did == {"one": "reused", "two": "used"}
    assert project.read("out/p") == "1\n"


def test_an_out_that_git_tracks_is_refused_before_anything_is_removed(project: Project) -> None:
    """Clearing it would lose a versioned file."""
    project.write("model.txt", "versioned")
    project.commit()
    project.declare(stage("one", "touch model.txt", deps=[], outs=["model.txt"]))

    with pytest.raises(ConfigError, match="which git tracks"):
        project.run()
    assert project.read("model.txt") == "versioned"


def test_a_part_of_an_out_that_was_not_made_fails_its_reader(project: Project) -> None:
    """The reader's failure names who should have made it."""
    project.declare(
        stage("one", "mkdir out/d", deps=[], outs={"d": "out/d"}),
        stage("two", "touch out/p", deps=["out/d/part"], outs=["out/p"]),
    )
    ran = project.run()

    assert ran.did == {"one": "ran", "two": "failed"}
    assert ran["two"].reason == "one made out/d without part"


def test_output_of_a_command_is_in_its_log(project: Project) -> None:
    """Standard output and standard error, in the order in which they were written."""
    project.declare(stage("talk", SHELL.format("echo one; echo two >&2; exit 1"), deps=[]))
    ran = project.run()

    assert ran.log("talk") == "one\ntwo\n"
    assert ran.named("stage_ended")[0]["code"] == 1


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="processes are told by /proc")
def test_ctrl_c_stops_every_command_and_stores_nothing(project: Project, tmp_path: Path) -> None:
    """The interrupt goes on after all groups have been stopped; the next run starts anew."""
    pid, go = tmp_path / "pid", tmp_path / "go"

    def interrupt(event: object) -> None:
        if isinstance(event, dict) and event["event"] == "stage_started" and event["cell"] == "quick":
            wait_for(pid.exists, "the slow stage runs")
            raise KeyboardInterrupt

    script = f"touch out/o; echo $$ > {pid}.new; mv {pid}.new {pid}; while [ ! -e {go} ]; do sleep 0.02; done"
    project.declare(
        stage("slow", SHELL.format(script), deps=[], outs=["out/o"]),
        stage("quick", "touch out/p", deps=[], outs=["out/p"]),
    )
    project.on_event = interrupt
    with pytest.raises(KeyboardInterrupt):
        project.run()
    project.on_event = None
    stopped = start_time(int(pid.read_text())) is None
    go.touch()

    assert stopped
    assert project.run().did == {"slow": "ran", "quick": "ran"}


def test_signals_are_named_as_the_kernel_names_them() -> None:
    """`SIGSEGV` is what `kill -l` calls it, which is what a user will search for."""
    assert signal.Signals(11).name == "SIGSEGV"


def test_an_input_that_was_changed_and_put_back_meanwhile_is_used_and_not_stored(project: Project) -> None:
    """A branch switched to and back during a training leaves the same bytes, and a model of others."""
    project.write("data.txt", "right")
    script = "echo wrong > data.txt; cp data.txt out/o; printf right > data.txt"
    project.declare(stage("s", SHELL.format(script), deps=["data.txt"], outs={"o": "out/o"}))
    first = project.run()

    assert first.did == {"s": "used"}
    assert "data.txt changed while it ran" in first["s"].reason
    assert project.run().did == {"s": "used"}, "nothing may have been stored under the right key"


def test_a_file_that_appears_among_those_of_a_glob_is_noticed(project: Project) -> None:
    """What the command saw is not what the key lists."""
    project.write("data/a.txt", "a")
    script = "touch data/b.txt; ls data > out/o"
    project.declare(stage("s", SHELL.format(script), deps=["data/*.txt"], outs={"o": "out/o"}))

    assert project.run().did == {"s": "used"}
    (project.root / "data/b.txt").unlink()
    assert project.run().did == {"s": "used"}


def test_files_of_the_user_at_the_path_of_an_out_are_moved_and_not_lost(project: Project) -> None:
    """A folder declared as an out may hold notes; what a stage made may be removed, what it did not may not."""
    project.write("out/r/notes.md", "mine")
    project.declare(stage("s", SHELL.format("mkdir out/r; echo 1 > out/r/made"), deps=[], outs={"r": "out/r"}))
    ran = project.run()
    (event,) = ran.named("set_aside")

    assert ran.did == {"s": "ran"}
    assert (Path(str(event["path"])) / "notes.md").read_text() == "mine"
    assert sorted(path.name for path in (project.root / "out/r").iterdir()) == ["made"]


def test_what_a_stage_made_is_replaced_without_being_kept(project: Project) -> None:
    """The store has it."""
    project.declare(stage("s", SHELL.format("echo 1 > out/o"), deps=[], outs={"o": "out/o"}))
    project.run()
    project.declare(stage("s", SHELL.format("echo 2 > out/o"), deps=[], outs={"o": "out/o"}))

    assert project.run().named("set_aside") == []
    assert project.read("out/o") == "2\n"


def test_what_a_failed_command_left_is_not_kept(project: Project) -> None:
    """Nobody needs half a checkpoint of every failure."""
    project.declare(stage("s", SHELL.format("echo half > out/o; exit 1"), deps=[], outs={"o": "out/o"}))
    project.run()

    assert project.run().named("set_aside") == []


def test_a_hand_edited_out_is_moved_before_it_is_restored(project: Project) -> None:
    """The edit is the user's, even at a path that a stage writes."""
    project.declare(stage("s", SHELL.format("echo 1 > out/o"), deps=[], outs={"o": "out/o"}))
    project.run()
    project.write("out/o", "edited by hand")
    ran = project.run()
    (event,) = ran.named("set_aside")

    assert ran.did == {"s": "reused"}
    assert Path(str(event["path"])).read_text() == "edited by hand"
    assert project.read("out/o") == "1\n"
