"""A result that rests on files of no key is found while these are what they were, and not otherwise."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from seatrial.pipeline import key
from seatrial.pipeline.outcome import Did
from seatrial.pipeline.reads import UNREADABLE, ReadsNow, ReadsOfCommit, differing, holds
from seatrial.pipeline.results import Read, ResultStore, StageResult, parse_result
from seatrial.pipeline.select import describe
from seatrial.pipeline.trace import Trace, trace_from
from seatrial.pipeline.tracing import Observed, without_secrets
from seatrial.process.trace import strace
from seatrial.replacing import replace
from seatrial.store.stat_cache import StatCache
from tests.support.project import Project, new_project, stage

PARTS: dict[str, object] = {"cmd": ["true"]}
LABELS = "import sys; open(sys.argv[1], 'w').write(open('txt.slebal'[::-1]).read())"


@pytest.fixture
def now(tmp_path: Path) -> ReadsNow:
    for path in ("a.txt", "d/x", "d/out/made", "d/.hidden", "d/__pycache__/x.pyc", "d/e/f"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(path)
    return ReadsNow(str(tmp_path), ("d/out/made", "outs/deep/x"), StatCache(tmp_path / "facts.db"))


def result(*reads: Read, run: str = "01", finished: str = "2026-01-01") -> StageResult:
    parts = {"cmd": ["true"]}
    return StageResult(
        action_key=key.action_key(parts),
        input_digest="b3:" + "1" * 64,
        cell="s",
        parts=parts,
        outs={},
        run=run,
        finished=finished,
        wall=1.0,
        cpu=1.0,
        peak_memory=1,
        machine="m",
        reads=reads,
    )


def test_what_a_path_counts_as(now: ReadsNow, tmp_path: Path) -> None:
    """Content for a file, names for a folder, nothing for nothing."""
    content, names = now("a.txt"), now("d/")
    (tmp_path / "d/x").write_text("other content")
    (tmp_path / "d/.more").write_text("")
    (tmp_path / "d/y.pyc").write_text("")
    (tmp_path / "d/out/more").write_text("")
    same = now("d/")
    (tmp_path / "d/new").write_text("")

    assert content is not None
    assert content.startswith("b3:")
    assert names == same != now("d/")
    assert now("gone.txt") is None
    assert now("gone/") is None
    assert now("a.txt/below") is None
    assert now("d") == UNREADABLE


def test_folders_that_only_lead_to_outs_are_no_names(now: ReadsNow, tmp_path: Path) -> None:
    """They appear with the first run, and are missing in a fresh clone."""
    before = now("./")
    (tmp_path / "outs/deep").mkdir(parents=True)

    assert now("./") == before


def test_differences_are_told_by_name(now: ReadsNow, tmp_path: Path) -> None:
    """One part each, with the old value and the new."""
    stored = result(
        Read(path="a.txt", digest=now("a.txt")),
        Read(path="b.txt", digest=None),
        Read(path="d/", digest=now("d/")),
        Read(path="d/x", digest=now("d/x")),
    )
    before = holds(stored, now)
    (tmp_path / "a.txt").write_text("other")
    (tmp_path / "b.txt").write_text("new")
    (tmp_path / "d/x").unlink()

    found = differing(stored, now)

    assert before
    assert not holds(stored, now)
    assert [change.part for change in found] == ["reads.a.txt", "reads.b.txt", "reads.d/", "reads.d/x"]
    assert describe(found, most=9) == (
        "a.txt changed (seen to be read by the last run), b.txt is new (seen to be looked for by the last run), "
        "the names in d/ changed (seen to be listed by the last run), d/x is gone (seen to be read by the last run)"
    )


def test_several_results_of_one_key_are_told_apart_by_their_reads(tmp_path: Path) -> None:
    """The one that holds is found; of several that do, the one that was made last."""
    store = ResultStore(tmp_path)
    old = result(Read(path="a", digest="b3:old"), run="old", finished="2026-01-02")
    new = result(Read(path="a", digest="b3:new"), run="new", finished="2026-01-03")
    bare = result(run="bare", finished="2026-01-01")
    for each in (old, new):
        store.put(each)
    key_ = old.action_key

    def found(value: str) -> str | None:
        one = store.find(key_, lambda each: holds(each, lambda path: value))
        return one.run if one else None

    assert (found("b3:old"), found("b3:new"), found("b3:other")) == ("old", "new", None)
    store.put(bare)
    assert (found("b3:old"), found("b3:other")) == ("old", "bare")
    store.note(key_, input_digest=old.input_digest, cell="s")
    assert store.by_input(old.input_digest, lambda each: each.run == "old") == old
    assert store.last_of("s") == new


def test_a_trace_is_kept_with_its_result() -> None:
    """Older results have none, and are read all the same."""
    trace = Trace(tracer="audit", incomplete="it started cp", pinned=("hf:a@b",), unpinned=("/x",), unpinned_in_all=7)
    with_trace = replace(result(), trace=trace)
    value = with_trace.to_json()

    assert StageResult.from_json(value) == with_trace
    assert value["trace"] == {
        "tracer": "audit", "complete": False, "incomplete": "it started cp", "pinned": ["hf:a@b"], "unpinned": ["/x"],
        "unpinned_in_all": 7,
    }  # fmt: skip
    del value["trace"]
    assert StageResult.from_json(value).trace is None


@pytest.mark.parametrize(
    "value",
    [1, [], {"tracer": 1}, {"tracer": "a"}, {"tracer": "a", "pinned": [], "unpinned": [], "unpinned_in_all": -1}],
)
def test_what_is_no_trace_damages_a_result(value: object) -> None:
    """A damaged result is a miss."""
    with pytest.raises((TypeError, ValueError)):
        trace_from(value)  # type: ignore[arg-type]  # as it may stand in a file
    data = json.dumps({**result().to_json(), "trace": value}).encode()
    assert parse_result(data) is None


def test_each_content_has_its_result(tmp_path: Path) -> None:
    """Back and forth between two versions of a file that no key knows, nothing runs twice."""
    project = labelled(tmp_path)
    done = []
    for text in ("one", "two", "one", "two"):
        project.write("labels.txt", text)
        done.append(project.run()["s"].did)
        assert project.read("out/o") == text

    assert done == [Did.RAN, Did.RAN, Did.REUSED, Did.REUSED]


def test_a_stage_behind_one_runs_only_if_its_bytes_differ(tmp_path: Path) -> None:
    """What is undeclared upstream reaches downstream by what was made of it."""
    project = labelled(tmp_path)
    project.declare(
        *project.policy.stages.values(),
        stage("next", "python copy.py out/o ${outs.n}", deps=["out/o"], outs={"n": "out/n"}),
    )
    project.write("copy.py", "import sys; open(sys.argv[2], 'w').write(open(sys.argv[1]).read().strip())")
    project.run()
    project.write("labels.txt", "labels ")

    planned = project.plan()
    ran = project.run()

    assert [cell.action.value for cell in planned.cells] == ["run", "run_if_changed"]
    assert ran.did == {"s": "ran", "next": "ran"}
    assert "labels.txt changed" in ran["s"].reason


def labelled(folder: Path) -> Project:
    """A stage that reads a file without saying so."""
    project = new_project(folder, {"work.py": LABELS, "labels.txt": "labels"})
    project.declare(stage("s", "python work.py ${outs.o}", deps=[], outs={"o": "out/o"}))
    return project


def test_a_commit_answers_like_the_work_tree_it_was_made_of(tmp_path: Path) -> None:
    """So that a plan over commits finds the results of work trees. What is ignored is in no commit."""
    files = {"a.txt": "a", "d/x": "x", "d/e/f": "f", ".hidden": "", "labels.txt": ""}
    project = new_project(tmp_path, files)
    prepared = project.prepared()
    here = prepared.survey.reads
    there = ReadsOfCommit(prepared.tree.files, (), prepared.survey.sight)

    for path in ("a.txt", "d/", "./", "d/x", "d/e/", "gone.txt", "gone/", "d"):
        assert (path, here(path) == there(path)) == (path, path != "d")
    assert there("gone.txt") is None
    assert there("gone/") is None


def test_programs_of_any_kind_are_watched_by_strace_where_it_is_asked_for(tmp_path: Path) -> None:
    """Its reads count as those of the audit hook do."""
    if (why := strace.refusal(tmp_path / "log")) is not None:
        pytest.skip(why)
    project = new_project(tmp_path, {"labels.txt": "labels", "run.sh": "cat l*.txt > out/o; ls d"})
    project.write("d/x", "")
    project.declare(stage("s", "bash run.sh", deps=["d"], outs={"o": "out/o"}))

    project.tracer = "strace"

    with_strace = project.run()["s"].result

    assert with_strace is not None
    assert with_strace.trace is not None
    assert (with_strace.trace.tracer, with_strace.trace.incomplete) == ("strace", None)
    assert "labels.txt" in [read.path for read in with_strace.reads]
    assert not any("out" in read.path or "run.sh" in read.path for read in with_strace.reads)


def test_a_secret_in_a_name_is_neither_stored_nor_told() -> None:
    """Results go to shared caches, and unpinned paths into reports."""
    observed = Observed(
        reads=(Read(path="a-geheim.txt", digest=None), Read(path="b", digest=None)),
        trace=Trace(tracer="audit", unpinned=("/x/geheim/y",), unpinned_in_all=1),
    )

    found = without_secrets(observed, {"TOKEN": "geheim"})

    assert [read.path for read in found.reads] == ["b"]
    assert found.trace is not None
    assert found.trace.incomplete == "it read files whose names hold a secret"
    assert found.trace.unpinned == ("/x/***/y",)


def test_a_folder_in_which_nothing_counts_is_no_name_of_the_one_above(tmp_path: Path) -> None:
    """Git knows no empty folders, and leaves compiled code where a package was."""
    (tmp_path / "src/pkg").mkdir(parents=True)
    (tmp_path / "src/pkg/a.py").write_text("")
    now = ReadsNow(str(tmp_path), (), None)
    before = now("src/")
    (tmp_path / "src/old/inner/__pycache__").mkdir(parents=True)
    (tmp_path / "src/old/inner/__pycache__/a.pyc").write_text("")
    left = now("src/")
    (tmp_path / "src/old/inner/b.py").write_text("")

    assert before == left
    assert now("src/") != before
