"""`plan --what-if`: what a change would reach that nobody has made."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support.cli import CONFIG, Repo, copy_of, new_repo, template

LINT = "  lint:\n    cmd: python tools/lint.py\n    deps: ['notes/*.txt']\n"
HEAVY = CONFIG.replace("models:\n", LINT + "models:\n")


def _ran(folder: Path) -> Repo:
    soft = "try:\n    import numpy\nexcept ImportError:\n    pass\n"
    files = {"seatrial.yaml": HEAVY, "tools/lint.py": soft, "notes/a.txt": "a", "blob.bin": "x", "README.md": "read"}
    repo = new_repo(folder, files)
    repo.run(code=2)
    return repo


@pytest.fixture
def repo(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> Repo:
    """A repository of which every stage has a result and a time."""
    return copy_of(template(tmp_path_factory, "what-if", _ran), tmp_path)


def ask(repo: Repo, *words: str) -> Any:
    return repo.seatrial("plan", "--json", *words).json


def stages(document: Any) -> dict[str, tuple[str, str | None]]:
    return {row["name"]: (row["action"], row["grade"]) for row in document["stages"]}


def test_a_module_reaches_those_that_import_it(repo: Repo) -> None:
    """Nothing has changed, and everything is stored; so the answer is about the supposed change alone."""
    document = ask(repo, "--what-if", "steps/common_rows.py")
    (row,) = document["stages"]

    assert stages(document) == {"evaluate": ("run", "module")}
    assert row["now"] == "reuse"
    assert [f"{hop['path']}:{hop['line']}" for hop in row["chain"]] == [
        "steps/evaluate.py:4",
        "steps/common_rows.py:None",
    ]
    assert document["run"]["seconds"] == row["estimate"] > 0
    assert document["head"] is None
    assert document["anyway"] == []


def test_what_reads_what_is_made_may_run_too(repo: Repo) -> None:
    """Its time is told apart."""
    document = ask(repo, "--what-if", "steps/train.py")
    said = repo.seatrial("plan", "--what-if", "steps/train.py").out

    assert stages(document) == {"train": ("run", "module"), "evaluate": ("run_if_changed", None)}
    assert document["run_if_changed"]["seconds"] > 0
    assert "one stage after the other" in said
    assert "more if what depends on them runs too" in said


def test_parameters_outs_and_declarations_reach_their_users(repo: Repo) -> None:
    """The line of a parameter is told; the configuration may change any stage."""
    parameters = ask(repo, "--what-if", "params.yaml")
    (train,) = (row for row in parameters["stages"] if row["name"] == "train")

    assert stages(parameters) == {
        "data": ("run", "file"),
        "train": ("run", "file"),
        "evaluate": ("run_if_changed", None),
    }
    assert train["chain"][-1] == {"path": "params.yaml", "line": 4, "name": "train.skill"}
    assert stages(ask(repo, "--what-if", "outputs/model.txt")) == {"evaluate": ("run", "file")}
    assert set(stages(ask(repo, "--what-if", "seatrial.yaml"))) == {"data", "train", "evaluate", "lint"}


def test_a_file_to_be_added_is_found_by_globs_and_imports(repo: Repo) -> None:
    """`steps/zlib.py` would be what `import zlib` of a script beside it means."""
    document = ask(repo, "--what-if", "notes/b.txt", "--what-if", "steps/zlib.py")
    said = repo.seatrial("plan", "--what-if", "notes/b.txt").out

    assert stages(document) == {"evaluate": ("run", "module"), "lint": ("run", "file")}
    assert {row["path"]: row["in_tree"] for row in document["changed"]} == {
        "notes/b.txt": False,
        "steps/zlib.py": False,
    }
    assert "notes/b.txt is not in the tree: it is taken as a file that is added\n" in said


def test_a_folder_means_the_files_in_it(repo: Repo) -> None:
    """Also from a folder of the tree; outs that lie there are among them."""
    document = ask(repo, "--what-if", "data")
    inside = repo.seatrial("plan", "--json", "--what-if", ".", folder="notes").json

    assert {row["path"] for row in document["changed"]} == {"data/train.csv", "data/test.csv"}
    assert stages(document) == {"train": ("run", "file"), "evaluate": ("run", "file")}
    assert [row["path"] for row in inside["changed"]] == ["notes/a.txt"]
    assert stages(inside) == {"lint": ("run", "file")}


def test_the_recipe_of_an_image_reaches_all(repo: Repo) -> None:
    """And a lock file those that need a pin of it."""
    repo.write("requirements.txt", "numpy==1.26.4\n")
    recipe = ask(repo, "--what-if", "Dockerfile", "evaluate")
    lock = ask(repo, "--what-if", "requirements.txt")

    assert set(stages(recipe).values()) == {("run", "environment")}
    assert set(stages(lock)) == {"lint"}


def test_what_nobody_reads_is_told(repo: Repo) -> None:
    """A text reaches nothing; a file of which nothing is known reaches all."""
    nothing = repo.seatrial("plan", "--what-if", "README.md").out
    unknown = ask(repo, "--what-if", "blob.bin")

    assert "no stage would run because of that\n" in nothing
    assert "irrelevant: README.md: a text for people" in nothing
    assert set(stages(unknown).values()) == {("run", "unknown")}
    assert len(unknown["stages"]) == 4


def test_what_runs_in_any_case_is_no_answer(repo: Repo) -> None:
    """It is told below."""
    repo.edit("params.yaml", ("  rows: 1200", "  rows: 1300"))
    document = ask(repo, "--what-if", "notes/a.txt")

    assert stages(document) == {"lint": ("run", "file")}
    assert document["anyway"] == ["data", "train", "evaluate"]


def test_a_commit_is_asked_without_work_tree_and_base(repo: Repo, tmp_path: Path) -> None:
    """In a bare repository, and with a configuration from elsewhere."""
    bare = tmp_path / "bare.git"
    repo.git("clone", "-q", "--bare", str(repo.root), str(bare))
    config = tmp_path / "other.yaml"
    config.write_text("project: p\nstages:\n  look: {cmd: python steps/evaluate.py, deps: []}\n")
    words = ("--repo", str(bare), "--what-if", "steps/common_rows.py")

    assert stages(ask(repo, *words))["evaluate"] == ("run", "module")
    assert ask(repo, *words)["head"] == repo.git("rev-parse", "HEAD")
    assert stages(ask(repo, *words, "--config", str(config))) == {"look": ("run", "module")}
    assert stages(ask(repo, "--head", "HEAD", "--what-if", "notes/new.txt")) == {"lint": ("run", "file")}


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--what-if", "../x"), "../x does not lie in the repository"),
        (("--what-if", ""), "an empty path does not lie in the repository"),
        (("--what-if", "x", "--base", "HEAD"), "`--what-if` and `--base` cannot be told together"),
        (("--what-if", "x", "-S", "data.rows=1"), "`--what-if` and `--set-param` cannot be told together"),
        (("--what-if", "x", "--repo", ".", "--config", "no.yaml"), "there is no configuration no.yaml"),
    ],
)
def test_what_cannot_be_meant_is_refused(repo: Repo, words: tuple[str, ...], message: str) -> None:
    """With exit code 2."""
    assert message in repo.seatrial("plan", *words, code=2).err


def test_several_paths_may_follow_one_word(repo: Repo) -> None:
    """As a pattern of the shell gives them; a word that is no path names a stage."""
    both = ask(repo, "--what-if", "steps/data.py", "steps/evaluate.py")
    one = ask(repo, "--what-if", "steps/data.py", "steps/evaluate.py", "data")

    assert both["what_if"] == ["steps/data.py", "steps/evaluate.py"]
    assert both["stages"] == ask(repo, "--what-if", "steps/data.py", "--what-if", "steps/evaluate.py")["stages"]
    assert "evaluate" in stages(both)
    assert "evaluate" not in stages(one)


@pytest.mark.parametrize("asked", [("--what-if", "steps/data.py"), ("--lint",)])
def test_an_empty_head_is_refused_and_not_taken_for_head(repo: Repo, asked: tuple[str, ...]) -> None:
    """A variable that nobody has set in a workflow must not plan another commit in silence."""
    said = repo.seatrial("plan", *asked, "--head", "", code=2)

    assert "has no commit ''" in said.err or "empty" in said.err
