"""`seatrial suspects` from outside: which commits since the last pass reach a stage, and by which way."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.broken_history import broken, started
from tests.support.cli import FILES, Repo, copy_of, new_repo, template


@pytest.fixture
def history(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> Repo:
    """A dozen commits after a pass."""
    return copy_of(template(tmp_path_factory, "broken", lambda folder: broken(folder)[0]), tmp_path)


@pytest.fixture
def passed(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> Repo:
    """One commit, at which the training passed."""
    return copy_of(template(tmp_path_factory, "started", started), tmp_path)


def test_commits_that_reach_the_stage_are_suspects_and_the_others_are_counted(history: Repo) -> None:
    """From the commit of the last pass to HEAD; documents and other stages' code are cleared."""
    found = history.seatrial("suspects", "train", "--json").json

    assert found["commits"] == 12
    assert found["cleared"] == 12 - len(found["suspects"])
    assert {one["subject"] for one in found["suspects"]} == {
        "shape it anew", "harmless 0", "harmless 3", "harmless 6", "harmless 9"
    }  # fmt: skip
    assert found["good"] == history.git("rev-parse", "HEAD~12")
    assert found["bad"] == history.git("rev-parse", "HEAD")


def test_each_suspect_has_its_way_from_the_stage_to_what_it_changed(history: Repo) -> None:
    """With the line and the definition that changed."""
    found = history.seatrial("suspects", "train", "--json").json["suspects"]
    (bad,) = (one for one in found if one["subject"] == "shape it anew")

    assert (bad["grade"], bad["path"], bad["author"]) == ("symbol", "steps/shaping.py", "A. Tester")
    assert [hop["path"] for hop in bad["chain"]] == ["steps/train.py", "steps/shaping.py"]
    assert bad["chain"][-1] == {"path": "steps/shaping.py", "line": 1, "name": "shape"}
    assert "steps/shaping.py:1  shape" in history.seatrial("suspects", "train").out


def test_a_change_of_what_feeds_the_stage_reaches_it_through_that(passed: Repo) -> None:
    """The chain begins at the stage that was asked about."""
    passed.edit("steps/data.py", ("range(10)", "range(11)"))
    passed.commit("more rows")

    (one,) = passed.seatrial("suspects", "train", "--json").json["suspects"]

    assert one["through"] == ["train"]
    assert [hop["name"] for hop in one["chain"][:2]] == ["train", "data"]


def test_what_lies_behind_a_link_reaches_who_reads_the_link(tmp_path: Path) -> None:
    """A commit that changes the file a link leads to is a suspect, though it does not touch the link."""
    config = "project: small\nstages:\n  a: {cmd: python a.py, deps: {rows: now.md}}\n"
    files = {"seatrial.yaml": config, "a.py": "open('now.md').read()\n", "kept/one.md": "1\n"}
    repo = new_repo(tmp_path / "linked", files, commit=False)
    (repo.root / "now.md").symlink_to("kept/one.md")
    repo.commit("first")
    repo.run()
    repo.write("kept/one.md", "2\n")
    repo.commit("other rows")

    found = repo.seatrial("suspects", "a", "--json").json["suspects"]

    assert [(one["subject"], one["path"]) for one in found] == [("other rows", "kept/one.md")]


def test_merges_are_looked_at_as_a_whole(passed: Repo) -> None:
    """What was merged is one suspect, with all its commits brought: the first-parent line is what main went through."""
    passed.git("checkout", "-q", "-b", "topic")
    passed.edit("steps/wording.py", ("trained on", "trained for"))
    passed.commit("topic one")
    passed.write("README.md", "x\n")
    passed.commit("topic two")
    passed.git("checkout", "-q", "main")
    passed.git("merge", "-q", "--no-ff", "-m", "merge topic", "topic")

    found = passed.seatrial("suspects", "train", "--json").json

    assert [(one["subject"], one["merge"], one["paths"]) for one in found["suspects"]] == [("merge topic", True, 2)]
    assert found["commits"] == 1


def test_the_last_recorded_failure_is_the_other_end(history: Repo) -> None:
    """Commits after it did not make it fail."""
    history.git("checkout", "-q", "HEAD~3")
    history.run("train", code=4)
    failed = history.git("rev-parse", "HEAD")
    history.git("checkout", "-q", "main")

    found = history.seatrial("suspects", "train", "--json").json

    assert found["bad"] == failed
    assert found["bad_run"] is not None
    assert found["commits"] == 9


def test_a_run_of_uncommitted_files_is_no_pass_of_its_commit(history: Repo) -> None:
    """What was mended by hand says nothing about HEAD."""
    history.git("checkout", "-q", "HEAD~2")
    history.write("steps/shaping.py", "def shape(size):\n    return size\n")
    history.run("train")
    history.git("checkout", "-q", "main")

    found = history.seatrial("suspects", "train", "--json").json

    assert found["commits"] == 12
    assert found["uncommitted"] == 1
    assert "1 file of the work tree differ" in history.seatrial("suspects", "train").out


def test_ends_may_be_named(history: Repo) -> None:
    """The records may know less than the user."""
    found = history.seatrial("suspects", "train", "--good", "HEAD~7", "--bad", "HEAD~4", "--json").json

    assert found["commits"] == 3


@pytest.mark.parametrize(
    ("words", "said", "step"),
    [
        (("evaluate",), "no record says that evaluate ever passed", "--good REV"),
        (("nothing",), "there is no stage nothing", ""),
        (("train[seed=0]",), "there is no cell train[seed=0]", ""),
        (("train", "--good", "HEAD"), "HEAD is the bad commit itself", "--good"),
        (("train", "--good", "no-such"), "has no commit 'no-such'", ""),
        (("train", "--good", "other"), "other is no ancestor of", "--good"),
    ],
)
def test_ends_that_cannot_be_meant_are_refused_with_what_to_do(
    history: Repo, words: tuple[str, ...], said: str, step: str
) -> None:
    """Exit code 2."""
    history.git("branch", "other", "HEAD~3")
    history.git("checkout", "-q", "other")
    history.write("README.md", "other\n")
    history.commit("elsewhere")
    history.git("checkout", "-q", "main")

    (problem,) = history.seatrial("suspects", *words, "--json", code=2).problems

    assert said in problem["message"]
    assert step in (problem["next_step"] or "")


def test_a_pass_that_a_rewritten_history_lost_is_told(passed: Repo) -> None:
    """The record names a commit that no branch has any more."""
    passed.write("README.md", "x\n")
    passed.git("add", "-A")
    passed.git("commit", "-q", "--amend", "-m", "other first")

    (problem,) = passed.seatrial("suspects", "train", "--json", code=2).problems

    assert "a history that was rewritten" in problem["message"]


def test_a_shallow_clone_is_told_to_fetch_more(history: Repo, tmp_path: Path) -> None:
    """The good commit is not here."""
    history.git("clone", "-q", "--depth", "3", f"file://{history.root}", str(tmp_path / "shallow"))
    shallow = Repo(root=tmp_path / "shallow", python=history.python)
    good = history.git("rev-parse", "HEAD~12")

    (problem,) = shallow.seatrial("suspects", "train", "--good", good, "--json", code=2).problems

    assert "unshallow" in problem["next_step"]


def test_a_commit_whose_configuration_cannot_be_read_is_a_suspect(passed: Repo) -> None:
    """Nobody can say what it reaches; the one that mends it makes its stages anew."""
    config = passed.read("seatrial.yaml")
    passed.write("seatrial.yaml", "stages: [\n")
    passed.commit("broken")
    passed.write("seatrial.yaml", config)
    passed.commit("mended")

    found = passed.seatrial("suspects", "train", "--json").json["suspects"]

    assert {(one["subject"], one["grade"]) for one in found} == {("broken", "unknown"), ("mended", "file")}


def test_one_cell_of_a_matrix_has_suspects_of_its_own(tmp_path: Path) -> None:
    """The values that other cells get do not matter to it."""
    config = (
        "project: tiny\nstages:\n  train:\n    cmd: python steps/${matrix.kind}.py ${outs.made}\n"
        "    matrix: {kind: [one, two]}\n    outs: {made: 'made/${matrix.kind}'}\n"
    )
    step = "import sys\nopen(sys.argv[1], 'w').write('x')\n"
    repo = new_repo(
        tmp_path, {"seatrial.yaml": config, "steps/one.py": step, "steps/two.py": step, ".gitignore": "/made/\n"}
    )
    repo.run("train")
    repo.write("steps/one.py", step + "print(1)\n")
    repo.commit("one")
    repo.write("steps/two.py", step + "print(2)\n")
    repo.commit("two")

    def subjects(stage: str) -> set[str]:
        return {one["subject"] for one in repo.seatrial("suspects", stage, "--json").json["suspects"]}

    assert subjects("train[kind=one]") == {"one"}
    assert subjects("train") == {"one", "two"}


def test_data_that_no_commit_holds_makes_no_commit_a_suspect(tmp_path: Path) -> None:
    """It may have changed, and not with any of them."""
    config = (
        "project: tiny\nstages:\n  train:\n    cmd: python steps/train.py ${deps.raw} ${outs.made}\n"
        "    deps: {raw: raw/data.csv}\n    outs: {made: made/model}\n"
    )
    step = "import sys\nopen(sys.argv[2], 'w').write(open(sys.argv[1]).read())\n"
    files = {"seatrial.yaml": config, "steps/train.py": step, ".gitignore": "/made/\n/raw/\n"}
    repo = new_repo(tmp_path, files)
    repo.write("raw/data.csv", "1\n")
    repo.run("train")
    repo.write("README.md", "x\n")
    repo.commit("documents")

    assert repo.seatrial("suspects", "train", "--json").json["suspects"] == []


def test_a_pin_that_the_stage_does_not_need_makes_no_suspect(passed: Repo) -> None:
    """Lock files are read pin by pin, as for a plan."""
    passed.write("requirements.txt", "numpy==1.0\n")
    passed.commit("pin")
    passed.write("requirements.txt", "numpy==2.0\n")
    passed.commit("another pin")

    assert passed.seatrial("suspects", "train", "--json").json["suspects"] == []


def test_paths_that_are_declared_irrelevant_make_no_suspect(passed: Repo) -> None:
    """While one that nobody knows is one, for every stage, or those of the fallback set."""
    config = passed.read("seatrial.yaml")
    passed.write("seatrial.yaml", config + 'selection: {irrelevant: {"*.bin": "pictures"}, fallback: [evaluate]}\n')
    passed.commit("declare")
    passed.write("a.bin", "x")
    passed.commit("irrelevant")
    passed.write("b.dat", "x")
    passed.commit("unknown")

    def subjects(stage: str) -> list[str]:
        found = passed.seatrial("suspects", stage, "--good", "HEAD~2", "--json").json["suspects"]
        return [one["subject"] for one in found]

    assert subjects("evaluate") == ["unknown"]
    assert subjects("train") == []


def test_what_only_another_stage_reads_makes_no_suspect(tmp_path: Path) -> None:
    """That nothing leads to it from this stage is known only because it is known who reads it."""
    config = FILES["seatrial.yaml"].replace(
        "test: datasets.test}\n    outs: {rows", "test: datasets.test, names: names.dat}\n    outs: {rows"
    )
    repo = new_repo(tmp_path, {"seatrial.yaml": config, "names.dat": "a\n"})
    repo.run("train")
    repo.write("names.dat", "b\n")
    repo.commit("names")

    assert repo.seatrial("suspects", "train", "--json").json["suspects"] == []


def test_the_tier_of_the_newest_run_is_the_one_that_is_looked_at(passed: Repo) -> None:
    """Nobody has to repeat what the nightly job typed."""
    passed.write("README.md", "x\n")
    passed.commit("documents")
    passed.run("--tier", "overlay", "train")
    passed.edit("steps/wording.py", ("trained on", "trained for"))
    passed.commit("words")

    found = passed.seatrial("suspects", "train", "--json").json

    assert (found["tier"], found["good"]) == ("overlay", passed.git("rev-parse", "HEAD^"))


def test_a_failed_run_of_a_commit_leads_to_the_suspects(tmp_path: Path) -> None:
    """Where the stage passed before, and nothing uncommitted can be to blame."""
    repo = new_repo(tmp_path)
    repo.run(code=2)
    repo.write("steps/train.py", "raise SystemExit(7)\n")
    uncommitted = repo.run(code=4)["next_step"]
    repo.commit("broken")
    committed = repo.run(code=4)["next_step"]

    assert "suspects" not in uncommitted
    assert committed.endswith("; which merges may have broken it: seatrial suspects train")
