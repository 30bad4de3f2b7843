"""Stages that are never reused, outs that are not kept or not removed, and commands that are tried again."""

from __future__ import annotations

from pathlib import Path

import pytest

from seatrial.pipeline.events import EventLog
from seatrial.pipeline.execute import Executor
from seatrial.pipeline.grant import Grant
from seatrial.pipeline.outcome import CellOutcome
from seatrial.pipeline.policy import OutSpec, StageSpec
from seatrial.pipeline.results import StageResult
from seatrial.pipeline.select import Action
from seatrial.pipeline.session import Session
from seatrial.pipeline.starting import Running
from seatrial.process import group
from seatrial.replacing import replace
from seatrial.wiring import open_workspace
from tests.support.project import Project, made, new_project, stage

COUNT = "sh -c 'echo x >> count; cat {} > out/o'"


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A repository with one source file; `count` grows by a line with every start."""
    return new_project(tmp_path, {"source.txt": "1\n", ".gitignore": "out\ncount\n"})


def starts(project: Project) -> int:
    return len(project.read("count").splitlines())


def counting(**declared: object) -> StageSpec:
    spec = stage("s", COUNT.format("source.txt"), deps=["source.txt"], outs={"o": "out/o"})
    return replace(spec, **declared)  # type: ignore[arg-type]  # fields of any type


def reader() -> StageSpec:
    return stage("r", "cp ${deps.o} ${outs.p}", deps={"o": made("s", "o")}, outs={"p": "out/p"})


@pytest.mark.parametrize(("key", "why"), [("always", "`always: true`"), ("effects", "`effects: true`")])
def test_a_stage_that_is_never_reused_runs_each_time(project: Project, key: str, why: str) -> None:
    """The plan says so beforehand. What reads its out is reused while the bytes stay the same."""
    project.declare(counting(**{key: True}), reader())
    project.run()
    planned = project.plan()
    again = project.run()
    project.write("source.txt", "2\n")
    changed = project.run()

    assert (planned["s"].action, planned["r"].action) == (Action.RUN, Action.RUN_IF_CHANGED)
    assert why in planned["s"].reason
    assert why in again["s"].reason
    assert again.did == {"s": "ran", "r": "reused"}
    assert changed.did == {"s": "ran", "r": "ran"}
    assert starts(project) == 3


def test_what_an_always_stage_made_last_is_what_is_stored(project: Project) -> None:
    """Its bytes may differ under one key; its readers, and `why`, go by the last ones."""
    project.declare(counting(always=True, cmd=COUNT.format("count")), reader())
    project.run()
    second = project.run()
    with open_workspace(project.root, listener=lambda _event: None) as workspace:
        last = workspace.cache.results.last_of("s")

    assert second.did == {"s": "ran", "r": "ran"}
    assert project.read("out/p") == "x\nx\n"
    assert last is not None
    assert second["s"].result is not None
    assert last.outs == second["s"].result.outs


def test_a_damaged_out_of_an_effects_stage_is_not_restored(project: Project) -> None:
    """It acts on the world outside: only running it again is honest."""
    project.declare(counting(effects=True))
    project.run()
    (project.root / "out/o").unlink()

    assert project.run().did == {"s": "ran"}


# -- cache: false ---------------------------------------------------------------------


def unkept(**declared: object) -> StageSpec:
    return counting(outs=(OutSpec(name="o", named=True, path="out/o", cache=False),), **declared)


def blobs_with(project: Project, text: str) -> list[Path]:
    files = (path for path in (project.root / ".seatrial/cas").rglob("*") if path.is_file())
    return [path for path in files if path.read_text() == text]


def test_an_out_that_is_not_kept_counts_while_it_lies_there(project: Project) -> None:
    """Its bytes are never in the store, also not after a hit; its reader is reused with it."""
    project.write("source.txt", "not to be stored\n")
    project.declare(unkept(), stage("r", "wc ${deps.o}", deps={"o": made("s", "o")}))
    project.run()
    again = project.run()

    assert again.did == {"s": "reused", "r": "reused"}
    assert starts(project) == 1
    assert blobs_with(project, "not to be stored\n") == []


@pytest.mark.parametrize("left", [None, "edited by hand"])
def test_an_out_that_is_not_kept_and_gone_is_made_again(project: Project, left: str | None) -> None:
    """Also when its reader alone has to run. The plan knows, and says why; an edited one is moved, not lost."""
    project.declare(unkept(), reader())
    project.run()
    (project.root / "out/o").unlink()
    if left is not None:
        project.write("out/o", left)
    project.declare(unkept(), replace(reader(), cmd="sh -c 'cat out/o out/o > out/p'"))
    planned = project.plan()
    ran = project.run()

    assert planned["s"].action is Action.RUN
    assert "is not kept in the cache, and is no longer there" in planned["s"].reason == ran["s"].reason
    assert ran.did == {"s": "ran", "r": "ran"}
    assert project.read("out/p") == "1\n1\n"
    assert [Path(str(event["path"])).read_text() for event in ran.named("set_aside")] == ([left] if left else [])
    assert project.run().did == {"s": "reused", "r": "reused"}


def test_other_bytes_of_an_out_that_is_not_kept_replace_the_result(project: Project) -> None:
    """A stage that is not deterministic would otherwise run for ever."""
    project.declare(unkept(cmd=COUNT.format("count")), reader())
    project.run()
    (project.root / "out/o").unlink()
    second = project.run()

    assert second.did == {"s": "ran", "r": "ran"}
    assert project.run().did == {"s": "reused", "r": "reused"}


def test_an_old_out_that_is_not_kept_is_removed_and_not_moved(project: Project) -> None:
    """Its stage made it; ten gigabytes a run would fill the disk."""
    project.declare(unkept())
    project.run()
    project.write("source.txt", "2\n")
    ran = project.run()

    assert ran.did == {"s": "ran"}
    assert ran.named("set_aside") == []
    assert project.read("out/o") == "2\n"


# -- persist: true --------------------------------------------------------------------


def growing(source: str = "source.txt", *, then: str = "true", persist: bool = True) -> StageSpec:
    spec = stage("s", f"sh -c 'cat {source} >> out/o; {then}'", deps=[source])
    return replace(spec, outs=(OutSpec(name="o", named=True, path="out/o", persist=persist),))


def test_a_persisted_out_is_there_when_its_stage_starts(project: Project) -> None:
    """What lay there before is no part of the key."""
    project.declare(growing())
    project.run()
    hit = project.run()
    project.write("source.txt", "2\n")
    ran = project.run()

    assert hit.did == {"s": "reused"}
    assert ran.did == {"s": "ran"}
    assert project.read("out/o") == "1\n2\n"


def test_a_persisted_out_of_a_failed_command_stays(project: Project) -> None:
    """A checkpoint is worth most when its training was cut off."""
    project.declare(growing(then="exit 1"))
    project.run()
    project.declare(growing())
    ran = project.run()

    assert ran.named("set_aside") == []
    assert project.read("out/o") == "1\n1\n"


def test_a_persisted_out_is_restored_and_what_lay_there_is_moved(project: Project) -> None:
    """A hit is a hit; a checkpoint that nobody stored is never destroyed."""
    project.declare(growing())
    project.run()
    project.write("source.txt", "2\n")
    project.declare(growing(then="exit 1"))
    project.run()
    project.write("source.txt", "1\n")
    project.declare(growing())
    ran = project.run()
    (event,) = ran.named("set_aside")

    assert ran.did == {"s": "reused"}
    assert project.read("out/o") == "1\n"
    assert Path(str(event["path"])).read_text() == "1\n2\n"


def test_persisting_counts_in_the_key(project: Project) -> None:
    """A command that finds its old out is not the one that does not."""
    project.declare(growing())
    project.run()
    project.declare(growing(persist=False))
    ran = project.run()

    assert ran.did == {"s": "ran"}
    assert "outs.o" in [row.part for row in ran["s"].changed] or "o " in ran["s"].reason
    assert project.read("out/o") == "1\n"


def test_a_persisted_out_that_is_a_link_is_not_written_through(project: Project, tmp_path: Path) -> None:
    """What it leads to is not the stage's."""
    (tmp_path / "mine").write_text("mine\n")
    (project.root / "out").mkdir()
    (project.root / "out/o").symlink_to(tmp_path / "mine")
    project.declare(growing())
    ran = project.run()

    assert ran.did == {"s": "ran"}
    assert (tmp_path / "mine").read_text() == "mine\n"


# -- attempts -------------------------------------------------------------------------


def attempt(project: Project, number: int) -> tuple[CellOutcome, str]:
    """One attempt at the only stage, as a scheduler that counts retries makes it."""
    with open_workspace(project.root, listener=lambda _event: None) as workspace:
        prepared = project._prepare(workspace, ())
        folder = workspace.cache.runs / "run"
        events = EventLog(folder / "events.jsonl", workspace.clock, workspace.listener)
        session = Session(
            run="run",
            folder=folder,
            machine=workspace.machine,
            host=prepared.host,
            cache=workspace.cache,
            survey=prepared.survey,
            events=events,
            clock=workspace.clock,
            bound={},
            layouts={},
            in_work_tree=True,
        )
        executor = Executor(session)
        grant = Grant(environment={"DEVICE": "7"})
        running = executor.begin(prepared.plan["s"], {}, grant=grant, attempt=number)
        assert isinstance(running, Running)
        while (ended := running.child.poll()) is None:
            group.wait_any([running.child], 10)
        outcome = executor.end(running, ended)
        assert isinstance(outcome, CellOutcome)
        events.close()
    return outcome, (folder / (outcome.log or "")).read_text()


def test_attempts_share_a_log_and_are_counted(project: Project) -> None:
    """One file, a line between; the outcome and the result say how many starts it took, and grants reach it."""
    again = project.root.parent / "again"
    script = f"echo device $DEVICE; test -e {again} && echo 1 > out/o; touch {again}"
    spec = replace(stage("s", "", deps=[], outs={"o": "out/o"}), shell=f"{script}; test -e out/o")
    project.declare(spec)
    first, _ = attempt(project, 1)
    second, log = attempt(project, 2)

    assert (first.did.value, first.attempts) == ("failed", 1)
    assert (second.did.value, second.attempts) == ("ran", 2)
    assert log == "device 7\n[seatrial: attempt 2]\ndevice 7\n"
    assert second.result is not None
    assert second.result.attempts == 2


def test_a_result_from_before_attempts_were_counted_is_still_read(project: Project) -> None:
    """It took one."""
    project.declare(counting())
    project.run()
    (file,) = (project.root / ".seatrial/ac").glob("*.json")
    text = file.read_text()
    file.chmod(0o644)
    file.write_text(text.replace('"attempts":1,', ""))
    again = project.run()

    assert '"attempts":1,' in text
    assert again.did == {"s": "reused"}
    assert isinstance(again["s"].result, StageResult)
    assert again["s"].result.attempts == 1
