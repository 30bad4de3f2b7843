"""`why` with the way to what changed, and `why --skip`: told through the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.cli import BETTER, FILES, Repo, copy_of, new_repo, template

CONSTANT = {"steps/common_rows.py": 'SEPARATOR = ","\n\n\n' + FILES["steps/common_rows.py"].replace('","', "SEPARATOR")}
SEMICOLON = ('SEPARATOR = ","', 'SEPARATOR = ", "')
"""Its value differs, and so does what `read` does."""


def _ran(folder: Path) -> Repo:
    repo = new_repo(folder, CONSTANT)
    repo.run(code=2)  # nothing to compare with yet
    return repo


@pytest.fixture
def repo(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> Repo:
    """A repository of which every stage has a result."""
    return copy_of(template(tmp_path_factory, "constant", _ran), tmp_path)


def cell(repo: Repo, *words: str) -> dict[str, object]:
    (found,) = repo.seatrial("why", "--json", *words).json["cells"]
    assert isinstance(found, dict)
    return found


def places(row: dict[str, object]) -> list[str]:
    chain = row["chain"]
    assert isinstance(chain, list)
    return [f"{hop['path']}:{hop['line']} {hop['name']}" for hop in chain]


def evidence(found: dict[str, object]) -> list[dict[str, object]]:
    rows = found["evidence"]
    assert isinstance(rows, list)
    return rows


def test_the_way_since_the_last_result_ends_at_the_definition(repo: Repo) -> None:
    """No base is needed: what the file defined is known by its digest."""
    repo.edit("steps/common_rows.py", SEMICOLON)

    (found,) = evidence(cell(repo, "evaluate"))
    said = repo.seatrial("why", "evaluate").out

    assert (found["path"], found["grade"]) == ("steps/common_rows.py", "symbol")
    assert found["reason"] == "steps/common_rows.py:1 SEPARATOR changed"
    assert places(found) == [
        "steps/evaluate.py:4 steps.common_rows",
        "steps/common_rows.py:4 read",
        "steps/common_rows.py:1 SEPARATOR",
    ]
    assert "  way       steps/common_rows.py:1 SEPARATOR changed (symbol)\n" in said
    assert "steps/common_rows.py:1  SEPARATOR\n" in said
    assert max(map(len, said.splitlines())) <= 80


def test_what_a_result_was_made_of_is_found_in_its_commit(repo: Repo) -> None:
    """A memory that was lost, or never had the definitions, costs nothing but a look into git."""
    for name in ("facts.db", "facts.db-wal", "facts.db-shm"):
        (repo.root / ".seatrial" / name).unlink(missing_ok=True)
    repo.edit("steps/common_rows.py", SEMICOLON)

    assert evidence(cell(repo, "evaluate"))[0]["grade"] == "symbol"


def test_bytes_of_another_state_are_not_believed(repo: Repo) -> None:
    """The last result was made of what was never committed: what it defined is forgotten, and that is no guess."""
    repo.edit("steps/common_rows.py", (SEMICOLON[0], f"{SEMICOLON[0]}\nUNUSED = 1"))
    repo.run(code=2)
    for name in ("facts.db", "facts.db-wal", "facts.db-shm"):
        (repo.root / ".seatrial" / name).unlink(missing_ok=True)
    repo.edit("steps/common_rows.py", SEMICOLON)
    (found,) = evidence(cell(repo, "evaluate"))

    assert (found["grade"], found["reason"]) == ("module", "steps/common_rows.py changed")


def test_a_comment_is_weak(repo: Repo) -> None:
    """It runs the stage, since bytes differ; that nothing uses it is said."""
    repo.edit("steps/common_rows.py", ("def read", "# a table\ndef read"))
    (found,) = evidence(cell(repo, "evaluate"))

    assert (found["grade"], found["weak"]) == ("file", True)
    assert found["reason"] == "steps/common_rows.py differs in comments, layout or docstrings only"


def test_a_parameter_has_the_line_where_it_stands(repo: Repo) -> None:
    """The stage, then its parameters file; a changed command the line of its key."""
    repo.edit("params.yaml", BETTER)
    repo.edit("seatrial.yaml", ("python steps/data.py", "python -u steps/data.py"))

    (parameter,) = evidence(cell(repo, "train"))
    (command,) = evidence(cell(repo, "data"))

    assert parameter["reason"] == "params.yaml:4 train.skill 0.9 -> 0.95"
    assert places(parameter) == ["seatrial.yaml:17 train", "params.yaml:4 train.skill"]
    assert str(command["reason"]).startswith("seatrial.yaml:15 cmd ")


def test_a_stage_that_is_reused_has_no_evidence(repo: Repo) -> None:
    """Nothing differs from its last result."""
    assert evidence(cell(repo, "evaluate")) == []
    assert "way " not in repo.seatrial("why", "evaluate").out


def test_a_file_that_is_gone_is_told(repo: Repo) -> None:
    """It has no place in the tree any more, and is evidence all the same."""
    (repo.root / "steps/__init__.py").unlink()
    found = evidence(cell(repo, "evaluate"))

    assert {row["path"]: row["reason"] for row in found}["steps/__init__.py"] == "steps/__init__.py is gone"


def test_with_a_base_what_differs_from_it_is_told(repo: Repo) -> None:
    """Also of a stage that a run would reuse, since the result is there already."""
    base = repo.git("rev-parse", "HEAD")
    repo.edit("steps/common_rows.py", SEMICOLON)
    repo.commit()
    document = repo.seatrial("why", "evaluate", "--base", "HEAD~1", "--json").json
    (found,) = document["cells"]
    said = repo.seatrial("why", "evaluate", "--base", "HEAD~1").out

    assert document["base"] == base
    assert found["change"] == {"base": base, "action": "run", "reason": "steps/common_rows.py:1 SEPARATOR changed"}
    assert found["evidence"][0]["grade"] == "symbol"
    assert f"  change    since {base[:12]}: run: steps/common_rows.py:1 SEPARATOR changed\n" in said
    assert cell(repo, "train", "--base", "HEAD~1")["evidence"] == []


def test_a_base_that_does_not_exist_is_refused(repo: Repo) -> None:
    """As `plan --base` does."""
    assert "has no commit 'nowhere'" in repo.seatrial("why", "train", "--base", "nowhere", code=2).err


# -- why --skip -----------------------------------------------------------------------


def test_why_a_stage_is_skipped_is_told_path_by_path(repo: Repo) -> None:
    """By default since HEAD left the main branch."""
    base = repo.git("rev-parse", "HEAD")
    repo.git("checkout", "-q", "-b", "topic")
    repo.write("README.md", "read me\n")
    repo.write("tools/unused.py", "x = 1\n")
    repo.edit("steps/common_rows.py", SEMICOLON)
    repo.edit("params.yaml", ("  rows: 1200", "  rows: 1200 # many"))
    repo.commit()
    found = cell(repo, "--skip", "train")
    said = repo.seatrial("why", "--skip", "train").out
    paths = found["paths"]

    assert (found["skipped"], found["action"], found["base"]) == (True, "reuse", base)
    assert isinstance(paths, list)
    assert not any(path["reaches"] for path in paths)
    reasons = {path["path"]: path["reason"] for path in paths}
    assert reasons["README.md"] == "a text for people, which no stage names"
    assert reasons["params.yaml"] == "no value that these stages use differs"
    assert reasons["tools/unused.py"].startswith("none of the ")
    assert reasons["steps/common_rows.py"].startswith("of all stages only evaluate is seen to depend on it")
    assert "skipped   it is reused\n" in said
    assert f"changed   4 changed paths since {base[:12]}, none of which reaches it\n" in said
    assert "nothing computed decides what they load or start" in said
    assert "result    that of run " in said
    assert max(map(len, said.splitlines())) <= 80


def test_a_stage_that_would_run_is_told_as_such(repo: Repo) -> None:
    """The exit code is 0 all the same; without a topic branch the base is HEAD."""
    repo.edit("params.yaml", BETTER)
    found = cell(repo, "--skip", "train")

    assert (found["skipped"], found["action"]) == (False, "run")
    assert found["paths"] == [
        {"path": "params.yaml", "reaches": True, "reason": "params.yaml:4 train.skill 0.9 -> 0.95"}
    ]
    assert "runs      it would run: params.yaml:4 train.skill" in repo.seatrial("why", "--skip", "train").out
    assert cell(repo, "--skip", "evaluate")["action"] == "run_if_changed"
    assert "runs      it may have to run: " in repo.seatrial("why", "--skip", "evaluate").out


def test_what_is_computed_is_told(tmp_path: Path) -> None:
    """A skip that rests on a computed import rests on less; one without a result has none to stand for it."""
    computed = "import importlib, sys\nimportlib.import_module(sys.argv[1])\n" + FILES["steps/train.py"]
    repo = new_repo(tmp_path, {"steps/train.py": computed})
    found = cell(repo, "--skip", "train", "--base", "HEAD")
    said = " ".join(repo.seatrial("why", "--skip", "train").out.split())

    assert found["action"] == "skip"
    assert found["stored"] is None
    assert found["watched"] is None
    assert found["ground"] == found["ground"] | {"computed": ["steps/train.py:2"], "whole_tree": False}  # type: ignore[operator]
    assert "what is loaded at steps/train.py:2 is computed" in said
    assert "none is stored: what needs it makes it run" in said


def test_what_was_seen_to_be_read_is_evidence_and_counted(tmp_path: Path) -> None:
    """With the tracer that saw it, and whether it saw all."""
    code = (
        "import os\nwhere = os.environ.get('ELSEWHERE', 'conf')\n"
        "for name in os.listdir(where):\n    open(os.path.join(where, name)).read()\n"
    )
    config = "project: p\nmain: main\nstages:\n  read: {cmd: python read.py, deps: []}\n"
    repo = new_repo(tmp_path, {"seatrial.yaml": config, "read.py": code, "conf/a.yaml": "a: 1\n"})
    repo.run("read")
    watched = cell(repo, "--skip", "read")["watched"]
    repo.write("conf/a.yaml", "a: 2\n")
    repo.write("conf/b.yaml", "b: 1\n")
    found = evidence(cell(repo, "read"))

    assert isinstance(watched, dict)
    assert (watched["tracer"], watched["incomplete"]) == ("audit", None)
    assert watched["reads"] == 2
    assert {(row["path"], row["grade"]) for row in found} == {("conf", "trace"), ("conf/a.yaml", "trace")}
