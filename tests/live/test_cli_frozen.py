"""`run --frozen` from outside: everything that is not pinned is named before anything runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.cli import CONFIG, Repo, copy_of, new_repo, template

FLOATING = CONFIG.replace("deps: {data: datasets.train}", "deps: {data: datasets.train, base: 'hf://org/name'}")


@pytest.fixture
def repo(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> Repo:
    """A repository in which nothing has been run and nothing is pinned."""
    return copy_of(template(tmp_path_factory, "fresh", new_repo), tmp_path)


def pin(repo: Repo) -> None:
    """Name an interpreter and commit a lock."""
    repo.write(
        "seatrial.yaml", repo.read("seatrial.yaml").replace("main: main\n", f"main: main\npython: {repo.python}\n")
    )
    repo.write("requirements.txt", "nothing==1.0 \\\n    --hash=sha256:00\n")
    repo.commit()


def test_everything_that_is_not_pinned_is_named_at_once(repo: Repo) -> None:
    """Exit 2, nothing has run."""
    repo.write("notes.txt", "not committed")

    said = repo.seatrial("run", "--frozen", "-S", "train.skill=0.8", code=2)

    for part in ("notes.txt changed or untracked", "train.skill was set", "`python:` is not set", "no lock file"):
        assert part in said.err
    assert not (repo.root / "data").exists()


def test_pinned_project_runs(repo: Repo) -> None:
    """Commit, interpreter and lock are there: the run is as any other."""
    pin(repo)

    assert repo.did(repo.run("--frozen", code=2)) == {"data": "ran", "train": "ran", "evaluate": "ran"}


def test_tier_that_says_frozen_asks_for_the_same(repo: Repo) -> None:
    """`frozen: true` is `--frozen` for everybody who runs the tier."""
    repo.edit("seatrial.yaml", ("nightly: {", "nightly: {frozen: true, "))
    repo.commit()

    assert "no lock file is committed" in repo.seatrial("run", "--tier", "nightly", code=2).err


@pytest.mark.parametrize(
    "words", [("--tier", "release"), ("--frozen",), ("--id", "7", "--stage", "data", "--tier", "release")]
)
def test_floating_revision_is_refused(tmp_path: Path, words: tuple[str, ...]) -> None:
    """The release tier refuses it by itself, on every machine; the next step is the pinned form."""
    repo = new_repo(tmp_path, {"seatrial.yaml": FLOATING})
    pin(repo)

    said = repo.seatrial("run", *words, code=2)

    assert "stage train reads hf://org/name, which is not pinned" in said.err
    assert "hf://org/name@COMMIT" in said.err
    assert not (repo.root / "data").exists()


def test_floating_revision_is_allowed_elsewhere(tmp_path: Path) -> None:
    """To plan and try things out nothing must be pinned."""
    repo = new_repo(tmp_path, {"seatrial.yaml": FLOATING})

    assert repo.did(repo.run("data")) == {"data": "ran"}


def test_changed_submodule_is_refused_whatever_git_was_told_to_ignore(repo: Repo, tmp_path: Path) -> None:
    """A submodule at another commit is code that the commit does not name."""
    (tmp_path / "lib").mkdir()
    other = new_repo(tmp_path / "lib")
    repo.git("-c", "protocol.file.allow=always", "submodule", "add", "-q", str(other.root), "lib")
    repo.git("config", "submodule.lib.ignore", "all")
    pin(repo)
    repo.write("lib/steps/train.py", "changed")

    assert "lib changed or untracked" in repo.seatrial("run", "--frozen", code=2).err
