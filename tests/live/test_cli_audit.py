"""`seatrial audit selection` from outside: a hidden read is found, and told from chance."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path
from typing import Any

import pytest

from seatrial.process.trace.strace import refusal
from tests.support.calm import new_calm_repo, settle, was_settled
from tests.support.cli import FILES, Repo, copy_of, new_repo, template

HIDDEN = '"".join(reversed("dm.SETON"))'
"""`NOTES.md`, as no reader of code can know it. Texts for people are what the selection counts as irrelevant."""

READS = f"""\
import subprocess
notes = subprocess.run(["cat", {HIDDEN}], stdout=subprocess.PIPE, text=True, check=True).stdout
if "stop" in notes:
    raise SystemExit("the notes say so")
with open(metrics, "w") as file:
    file.write('{{"notes": %d}}' % len(notes))
"""
"""The hook in the interpreter does not see what another program opens."""

needs_strace = pytest.mark.skipif(
    refusal(Path(os.devnull)) is not None, reason="strace is not installed, or may not watch programs here"
)


def hidden(folder: Path) -> Repo:
    """The tiny project, whose training also reads `NOTES.md`; run once, and then changed in what reaches nobody."""
    repo = new_repo(folder, {"steps/train.py": FILES["steps/train.py"] + READS, "NOTES.md": "one\n"})
    repo.run(code=None)
    repo.write("README.md", "Read me.\n")
    repo.write("CHANGELOG.md", "Changes.\n")
    repo.commit("documents")
    return repo


@pytest.fixture
def repo(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> Repo:
    return copy_of(template(tmp_path_factory, "hidden-read", hidden), tmp_path)


def audit(repo: Repo, *words: str, share: str = "1", code: int = 0) -> Any:
    """The document of an audit of all that was left out."""
    return repo.seatrial("audit", "selection", "--share", share, "--json", *words, code=code).json


def outcomes(document: Any) -> dict[str, str]:
    return {one["cell"]: one["outcome"] for one in document["cells"]}


def test_what_was_left_out_rightly_agrees_and_is_counted(repo: Repo) -> None:
    """Each was run at the head, without its stored result, and made the same."""
    found = audit(repo)

    assert outcomes(found) == {"data": "agreed", "train": "agreed", "evaluate": "agreed"}
    assert {one["compared"] for one in found["cells"]} == {"outs"}
    assert (found["audited"], found["misses"], found["recall"]) == (3, 0, 1.0)
    assert found["misses_below"] == pytest.approx(1 - 0.05 ** (1 / 3))


def test_a_hidden_read_is_a_miss_and_its_edge_is_found(repo: Repo) -> None:
    """Exit code 1; what to declare is said, and the next plan knows of it."""
    repo.write("NOTES.md", "one and two\n")
    repo.commit("notes")
    assert repo.actions("--base", "HEAD^")["train"] == "reuse"

    found = audit(repo, "--base", "HEAD~2", code=1)

    (miss,) = (one for one in found["cells"] if one["outcome"] == "missed")
    assert miss["cell"] == "train"
    assert miss["reason"] == "metrics differs from what it makes at the base"
    assert [edge["path"] for edge in miss["edges"]] == ["NOTES.md"]
    assert repo.actions("--base", "HEAD^")["train"] == "run"
    assert repo.did(repo.run(code=None))["train"] == "ran"


def test_a_miss_is_shown_with_what_to_declare(repo: Repo) -> None:
    repo.write("NOTES.md", "one and two\n")
    repo.commit("notes")

    said = repo.seatrial("audit", "selection", "--share", "1", code=1).out

    assert "missing edge: train -> NOTES.md" in said
    assert "`deps: [NOTES.md]` of stage train" in said
    assert "selection: 1 miss in 3 audited skips" in said


def test_a_stage_that_fails_because_of_a_hidden_read_is_a_miss_too(repo: Repo) -> None:
    """It left no result to compare, and nothing that it was seen to read: the changed paths are tried."""
    repo.write("NOTES.md", "stop\n")
    repo.write("README.md", "Read me again.\n")
    repo.commit("notes")

    found = audit(repo, code=1)

    (miss,) = (one for one in found["cells"] if one["outcome"] == "missed")
    assert (miss["cell"], miss["compared"]) == ("train", "end")
    assert [edge["path"] for edge in miss["edges"]] == ["NOTES.md"]


@needs_strace
def test_what_any_program_reads_is_seen_by_strace(repo: Repo) -> None:
    """Then nothing has to be tried."""
    repo.write("NOTES.md", "one and two\n")
    repo.write("README.md", "Read me again.\n")
    repo.commit("notes")

    (miss,) = (one for one in audit(repo, code=1)["cells"] if one["outcome"] == "missed")

    assert miss["edges"] == [{"path": "NOTES.md", "found_by": "read"}]


def test_without_strace_the_changed_paths_are_tried(repo: Repo, tmp_path: Path) -> None:
    """Put into the base by halves, until one is left."""
    programs = tmp_path / "programs"
    programs.mkdir()
    for name in ("git", "cat", "sh"):
        (programs / name).symlink_to(str(shutil.which(name)))
    repo.environ["PATH"] = str(programs)
    repo.write("NOTES.md", "one and two\n")
    for name in ("README.md", "HISTORY.md", "AUTHORS.md"):
        repo.write(name, "anew\n")
    repo.commit("notes")

    (miss,) = (one for one in audit(repo, code=1)["cells"] if one["outcome"] == "missed")

    assert miss["edges"] == [{"path": "NOTES.md", "found_by": "tried"}]


def test_a_file_that_is_gone_is_found_as_well(repo: Repo) -> None:
    """What is tried is the base without it."""
    repo.git("rm", "-q", "NOTES.md")
    repo.write("README.md", "Read me again.\n")
    repo.commit("gone")

    found = audit(repo, code=1)

    assert [edge["path"] for one in found["cells"] for edge in one["edges"]] == ["NOTES.md"]


def test_uncommitted_files_are_audited_as_they_lie_there(repo: Repo) -> None:
    """The work tree and its index stay as they are."""
    repo.write("NOTES.md", "uncommitted\n")
    repo.write("new.md", "not known to git\n")
    before = repo.git("status", "--porcelain")

    found = audit(repo, code=1)

    assert found["uncommitted"] is True
    assert outcomes(found)["train"] == "missed"
    assert repo.git("status", "--porcelain") == before
    assert repo.read("NOTES.md") == "uncommitted\n"


def test_a_stage_that_never_makes_the_same_is_judged_by_its_end(repo: Repo) -> None:
    """Chance is no miss."""
    repo.write("steps/train.py", repo.read("steps/train.py").replace("% len(notes)", "% __import__('os').getpid()"))
    repo.commit("by chance")
    repo.write("README.md", "Read me twice.\n")
    repo.commit("documents")

    found = audit(repo)

    (train,) = (one for one in found["cells"] if one["cell"] == "train")
    assert (train["outcome"], train["compared"]) == ("agreed", "end")


def test_a_stage_that_writes_down_the_second_is_judged_by_its_end(repo: Repo) -> None:
    """Two runs within one second would make the same, and pass for what never differs."""
    text = repo.read("steps/train.py").replace("% len(notes)", "% __import__('time').time()")
    repo.write("steps/train.py", text)
    repo.commit("time")
    repo.run(code=None)
    repo.write("README.md", "Read me twice.\n")
    repo.commit("documents")
    time.sleep(1)  # else the audit's first look may be in the second of that run

    (train,) = (one for one in audit(repo)["cells"] if one["cell"] == "train")

    assert (train["outcome"], train["compared"]) == ("agreed", "end")


def test_what_is_reused_although_the_change_reaches_it_is_not_audited(repo: Repo) -> None:
    """A revert: its result is that of the commit before, and differs from the base as it should."""
    text = repo.read("steps/train.py")
    repo.write("steps/train.py", text.replace('"notes": %d', '"words": %d'))
    repo.commit("other key")
    repo.run(code=None)
    repo.write("steps/train.py", text)
    repo.commit("revert")

    assert repo.actions("--base", "HEAD^")["train"] == "reuse"
    assert outcomes(audit(repo)) == {"data": "agreed"}


def test_what_fails_at_the_base_too_is_not_judged(repo: Repo) -> None:
    """Nothing is known then: neither a pass nor a miss, and exit code 3."""
    repo.write("NOTES.md", "stop\n")
    repo.commit("broken before")
    repo.write("README.md", "Read me twice.\n")
    repo.commit("documents")
    repo.seatrial("cache", "forget", "train")

    found = audit(repo)

    assert outcomes(found) == {"data": "agreed", "train": "not_judged", "evaluate": "not_judged"}
    assert (found["audited"], found["not_judged"]) == (1, 2)


def test_a_small_share_draws_at_least_one_and_always_the_same(repo: Repo) -> None:
    """The seed is that of the tree unless one is named."""
    first, second = audit(repo, share="0.01"), audit(repo, share="0.01")
    seeds = {tuple(outcomes(audit(repo, "--seed", str(seed), share="0"))) for seed in range(4)}

    assert outcomes(first) == outcomes(second)
    assert len(first["cells"]) == 1
    assert first["seed"] == second["seed"]
    assert len(seeds) > 1


def test_nothing_is_audited_where_nothing_was_left_out(repo: Repo) -> None:
    """A change that reaches everything leaves nothing to check."""
    repo.edit("steps/data.py", ("range(10)", "range(12)"))
    repo.write("unknown.bin", "x")
    repo.commit("everything")

    found = audit(repo)

    assert (found["left_out"], found["cells"], found["recall"]) == (0, [], None)
    assert "nothing was left out" in repo.seatrial("audit", "selection").out


def test_without_a_change_there_is_nothing_to_audit(repo: Repo) -> None:
    """Exit code 2: nothing was decided."""
    (problem,) = repo.seatrial("audit", "selection", "--base", "HEAD", "--json", code=2).problems

    assert "nothing differs" in problem["message"]
    assert "--base REV" in problem["next_step"]


def test_another_revision_is_audited_against_the_one_before(repo: Repo) -> None:
    """`--head` names what was decided about."""
    repo.write("NOTES.md", "one and two\n")
    notes = repo.commit("notes")
    repo.write("README.md", "Read me again.\n")
    repo.commit("documents")

    found = audit(repo, "--head", notes, code=1)

    assert (found["head"], found["base"]) == (notes, repo.git("rev-parse", "HEAD~2"))
    assert outcomes(found)["train"] == "missed"


def test_every_report_says_how_far_the_selection_can_be_trusted(repo: Repo) -> None:
    """From the first audit on; before it, nothing is said."""
    assert repo.run(code=None)["selection"] is None
    audit(repo)

    document = repo.run(code=None)
    said = repo.seatrial("run", code=None).out

    assert (document["selection"]["audited"], document["selection"]["misses"]) == (3, 0)
    assert "selection: 0 misses in 3 audited skips (miss rate below 63.2 % with 95 %" in said
    newest = max((repo.root / ".seatrial" / "runs").iterdir())
    assert "selection: 0 misses in 3 audited skips" in (newest / "report.md").read_text()


def test_what_is_declared_irrelevant_can_be_a_miss(tmp_path: Path) -> None:
    """Whoever declared it was wrong: that is what audits are for."""
    train = FILES["steps/train.py"] + READS.replace("dm.SETON", "txt.eton/setON")
    config = FILES["seatrial.yaml"] + 'selection: {irrelevant: {"NOtes/**": "pictures"}}\n'
    repo = new_repo(tmp_path, {"steps/train.py": train, "NOtes/note.txt": "one\n", "seatrial.yaml": config})
    repo.run(code=None)
    repo.write("NOtes/note.txt", "one and two\n")
    repo.commit("notes")

    found = audit(repo, code=1)

    assert outcomes(found)["train"] == "missed"
    assert [edge["path"] for one in found["cells"] for edge in one["edges"]] == ["NOtes/note.txt"]


def test_what_an_audit_found_makes_a_suspect(repo: Repo) -> None:
    """The edge is known from then on, wherever it is asked what a change reaches."""
    repo.write("NOTES.md", "one and two\n")
    repo.commit("notes")
    before = repo.seatrial("suspects", "train", "--good", "HEAD^", "--json").json["suspects"]
    audit(repo, code=1)

    (one,) = repo.seatrial("suspects", "train", "--good", "HEAD^", "--json").json["suspects"]

    assert before == []
    assert (one["subject"], one["grade"], one["path"]) == ("notes", "trace", "NOTES.md")


def test_a_plan_over_objects_knows_what_audits_found(repo: Repo) -> None:
    """The records lie in the git folder, which a plan of two commits can read too."""
    repo.write("NOTES.md", "one and two\n")
    repo.commit("notes")
    audit(repo, code=1)

    assert repo.actions("--base", "HEAD^", "--head", "HEAD")["train"] == "run"


def test_runs_are_answered_from_the_memo_after_an_audit_too(tmp_path: Path) -> None:
    """Such a run decided nothing, and its report does not say how decisions went."""
    repo = new_calm_repo(tmp_path)
    settle(repo)
    repo.write("README.md", "calmer\n")
    repo.commit("documents")
    audit(repo, "--base", "HEAD^")

    settle(repo)

    assert repo.run()["selection"] is None
    assert was_settled(repo)
