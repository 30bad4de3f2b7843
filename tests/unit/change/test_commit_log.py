"""Who wrote what a commit brought, and what differs between two."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from seatrial.change.commit_log import MOST_COMMITS, Change, between, brought_by, changes, since
from seatrial.change.git import Git

ANN, BEN = "Ann <ann@x.org>", "Ben <ben@x.org>"


@pytest.fixture
def git(tmp_path: Path) -> Git:
    root = tmp_path / "tree"
    root.mkdir()
    _run(root, "init", "-q", "-b", "main")
    _run(root, "config", "user.name", "Committer")
    _run(root, "config", "user.email", "committer@x.org")
    _commit(root, "first", ANN)
    return Git.find(root)


def _run(root: Path, *words: str) -> str:
    return subprocess.run(["git", "-C", str(root), *words], check=True, capture_output=True, text=True).stdout.strip()


def _commit(root: Path, message: str, author: str, content: str | bytes = "x\n", name: str | None = None) -> str:
    path = root / (name or message.split("\n")[0])
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    _run(root, "add", "-A")
    _run(root, "commit", "-q", "-m", message, "--author", author)
    return _run(root, "rev-parse", "HEAD")


def test_a_commit_has_its_author_and_those_it_names(git: Git) -> None:
    """Co-authors are authors, reviewers are not; a subject that looks like a trailer is a subject."""
    message = f"Reviewed-by: Nobody\n\nWhy.\n\nCo-authored-by: {BEN}\nReviewed-by: Cleo <c@x.org>"
    commit = _commit(git.root, message, ANN, name="second")

    log = brought_by(git, commit)

    assert [(one.id, one.authors, one.subject, one.reviewers) for one in log.commits] == [
        (commit, (ANN, BEN), "Reviewed-by: Nobody", ("Cleo <c@x.org>",))
    ]
    assert log.missing is None


def test_a_merge_brings_the_authors_of_all_it_merged(git: Git) -> None:
    """Whoever pressed the button wrote the least of it; what the main branch had before is not brought."""
    _run(git.root, "checkout", "-q", "-b", "work")
    _commit(git.root, "second", BEN)
    _run(git.root, "checkout", "-q", "main")
    _commit(git.root, "third", "Dora <d@x.org>")
    _run(git.root, "merge", "-q", "--no-ff", "-m", "merge", "work")
    _run(git.root, "commit", "-q", "--amend", "--no-edit", "--author", "Eve <e@x.org>")

    log = brought_by(git, "HEAD")

    assert {name for one in log.commits for name in one.authors} == {BEN, "Eve <e@x.org>"}


def test_an_author_hides_behind_no_mailmap(git: Git) -> None:
    """The name in the commit counts as well as the one that the file gives."""
    commit = _commit(git.root, "Somebody Else <else@x.org> <ann@x.org>\n", ANN, name=".mailmap")
    (git.root / ".mailmap").write_text("Somebody Else <else@x.org> <ann@x.org>\n")

    assert brought_by(git, commit).commits[0].authors == (ANN, "Somebody Else <else@x.org>")


def test_what_a_shallow_clone_lacks_is_said(git: Git, tmp_path: Path) -> None:
    """A merge whose second parent is not here may have been written by anybody."""
    _run(git.root, "checkout", "-q", "-b", "work")
    _commit(git.root, "second", BEN)
    _run(git.root, "checkout", "-q", "main")
    _run(git.root, "merge", "-q", "--no-ff", "-m", "merge", "work")
    subprocess.run(["git", "clone", "-q", "--depth", "1", f"file://{git.root}", str(tmp_path / "shallow")], check=True)
    shallow = Git.find(tmp_path / "shallow")

    assert "this clone is shallow" in str(brought_by(shallow, "HEAD").missing)
    assert brought_by(git, "HEAD").missing is None


def _authors(git: Git, before: str | None, commit: str = "HEAD") -> set[str]:
    return {name.partition(" ")[0] for one in since(git, before, commit).commits for name in one.authors}


def test_all_since_an_earlier_commit_are_told_and_merges_are_looked_into(git: Git) -> None:
    """Not the last one alone; and without an earlier one all there are."""
    first = _run(git.root, "rev-parse", "HEAD")
    _run(git.root, "checkout", "-q", "-b", "work")
    _commit(git.root, "second", BEN)
    _run(git.root, "checkout", "-q", "main")
    third = _commit(git.root, "third", "Dora <d@x.org>")
    _run(git.root, "merge", "-q", "--no-ff", "-m", "merge", "work")
    _run(git.root, "commit", "-q", "--amend", "--no-edit", "--author", "Eve <e@x.org>")
    last = _commit(git.root, "fourth", "Finn <f@x.org>")

    assert _authors(git, first) == {"Ben", "Dora", "Eve", "Finn"}
    assert _authors(git, third) == {"Ben", "Eve", "Finn"}
    assert _authors(git, None) == {"Ann", "Ben", "Dora", "Eve", "Finn"}
    assert _authors(git, last, third) == {"Dora"}  # an older commit again: what it brought
    assert _authors(git, last, last) == {"Finn"}
    assert since(git, first, "HEAD").missing is None


def test_history_that_is_not_here_is_said(git: Git, tmp_path: Path) -> None:
    """A shallow clone ends somewhere, and looks complete to whoever asks for a log."""
    first = _run(git.root, "rev-parse", "HEAD")
    second = _commit(git.root, "second", BEN)
    _commit(git.root, "third", ANN)
    _commit(git.root, "fourth", ANN)
    subprocess.run(["git", "clone", "-q", "--depth", "3", f"file://{git.root}", str(tmp_path / "shallow")], check=True)
    shallow = Git.find(tmp_path / "shallow")

    assert "is not in this repository" in str(since(shallow, first, "HEAD").missing)
    assert f"what came before {second[:10]} is not here" in str(since(shallow, None, "HEAD").missing)
    assert since(shallow, second, "HEAD").missing is None
    assert since(git, None, "HEAD").missing is None


def test_more_commits_than_are_looked_at_are_said(git: Git) -> None:
    """To the very number."""
    first = _run(git.root, "rev-parse", "HEAD")
    rows = "".join(
        f"commit refs/heads/many\ncommitter C <c@x.org> {number} +0000\ndata 1\nx\n"
        + (f"from {first}\n" if number == 0 else "")
        for number in range(MOST_COMMITS + 1)
    )
    subprocess.run(["git", "-C", str(git.root), "fast-import", "--quiet"], input=rows.encode(), check=True)

    assert since(git, first, "many~1").missing is None
    assert "only the newest 1,000 commits" in str(since(git, first, "many").missing)
    assert len(since(git, first, "many").commits) == MOST_COMMITS


def test_a_commit_that_is_not_here_is_said(git: Git) -> None:
    """It is not "written by nobody"."""
    gone = "f" * 40

    assert "is not in this repository" in str(brought_by(git, gone).missing)
    assert "is not in this repository" in str(between(git, gone, "HEAD").missing)
    assert changes(git, gone, "HEAD") is None


def test_files_that_differ_are_counted_by_lines_and_no_name_confuses(git: Git) -> None:
    """Tabs and line ends in a name, and files that are no text."""
    before = _run(git.root, "rev-parse", "HEAD")
    _commit(git.root, "second", ANN, "a\nb\n", name="odd\tna\nme")
    after = _commit(git.root, "third", BEN, b"\0\1\2", name="blob.bin")

    assert changes(git, before, after) == (
        Change(path="blob.bin", added=None, deleted=None),
        Change(path="odd\tna\nme", added=2, deleted=0),
    )
    assert [one.subject for one in between(git, before, after).commits] == ["third", "second"]


def test_a_revision_is_never_taken_for_an_option(git: Git) -> None:
    """A record that was tampered with starts no other command of git."""
    assert brought_by(git, "--output=/tmp/x").missing is not None
    assert changes(git, "--output=/tmp/x", "HEAD") is None
