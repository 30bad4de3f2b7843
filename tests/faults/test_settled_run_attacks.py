"""A run that is answered from the memo says what an ordinary run would say, whatever was changed before it.

One repository is settled, changed in one way, planned the ordinary way, and run. What the run did must
be what the plan says; and where the change matters, it must not have been answered from the memo.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.calm import CONFIG, memos, new_calm_repo, settle, was_settled
from tests.support.cli import Repo
from tests.support.project import bare_python


@pytest.fixture(scope="module")
def repo(tmp_path_factory: pytest.TempPathFactory) -> Repo:
    """The project; every test finds it in the state that the one before left, which is a working one."""
    return new_calm_repo(tmp_path_factory.mktemp("calm"))


def _append(path: str, text: str) -> Callable[[Repo], None]:
    def change(repo: Repo) -> None:
        repo.write(path, repo.read(path) + text)

    return change


def _same_size(path: str) -> Callable[[Repo], None]:
    """Another letter, in place, with the modification time put back."""

    def change(repo: Repo) -> None:
        file = repo.root / path
        before, text = file.stat(), file.read_bytes()
        with file.open("r+b") as opened:
            opened.write(bytes([text[0] ^ 1]))
        os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))

    return change


def _replaced(path: str) -> Callable[[Repo], None]:
    """Other bytes of the same length by renaming, as editors do."""

    def change(repo: Repo) -> None:
        file = repo.root / path
        other = file.with_name("other")
        other.write_bytes(file.read_bytes().swapcase())
        other.replace(file)

    return change


def _executable(repo: Repo) -> None:
    file = repo.root / "steps/join.py"
    file.chmod(file.stat().st_mode ^ 0o100)


def _without(pattern: str) -> Callable[[Repo], None]:
    def change(repo: Repo) -> None:
        for path in repo.root.glob(pattern):
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()

    return change


def _damage_blobs(repo: Repo) -> None:
    """The out and its blob: only together do they have to be made again."""
    for path in (repo.root / ".seatrial/cas").glob("??/*"):
        path.chmod(0o644)
        path.write_bytes(b"damaged")
    shutil.rmtree(repo.root / "made")


def _install(repo: Repo) -> None:
    number = len(list(repo.python.parents[1].rglob("*.dist-info")))
    (packages,) = repo.python.parents[1].glob("lib/python3*/site-packages")
    info = packages / f"thing{number}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: thing{number}\nVersion: 1.0\n")


def _link_elsewhere(repo: Repo) -> None:
    notes = repo.root / "notes/b.txt"
    target = repo.root.parent / "outside.txt"
    target.write_text("outside\n")
    notes.unlink()
    notes.symlink_to(target)


CHANGES: dict[str, Callable[[Repo], object]] = {
    "a stage of the configuration": _append("seatrial.yaml", "  more: {cmd: python -V, deps: []}\n"),
    "a comment in the configuration": _append("seatrial.yaml", "# a remark\n"),
    "a parameter": lambda repo: repo.write("params.yaml", "words:\n  count: 4\n"),
    "a parameter back": lambda repo: repo.write("params.yaml", "words:\n  count: 2\n"),
    "a source of the same size, in place": _same_size("data/text.txt"),
    "a source of the same size, by rename": _replaced("data/text.txt"),
    "a file of a glob, in place": _same_size("notes/a.txt"),
    "code": _append("steps/words.py", "# a remark\n"),
    "the executable bit": _executable,
    "a new file that a glob matches": lambda repo: repo.write("notes/d.txt", "d\n"),
    "a file that a glob matched is gone": _without("notes/c.txt"),
    "a file of a glob becomes a link": _link_elsewhere,
    "an ignored file that is imported": _append("steps/local_settings.py", "# a remark\n"),
    "an ignored file that is imported, in place": _same_size("steps/local_settings.py"),
    "an ignored file that could be imported appears": lambda repo: repo.write(
        "steps/optional_settings.py", "MORE = 1\n"
    ),
    "an ignored file that could be imported goes": _without("steps/optional_settings.py"),
    "a file in an ignored folder": _append("raw/x.bin", "more"),
    "a new file in an ignored folder": lambda repo: repo.write("raw/deep/new.bin", b"\2"),
    "a file deep in an ignored folder is gone": _without("raw/deep/z.bin"),
    "an out, in place": _same_size("made/words.txt"),
    "a file in an out": _append("made/names/list.txt", "more"),
    "a new file in an out": lambda repo: repo.write("made/names/stray.txt", "stray"),
    "an out is gone": _without("made/notes.txt"),
    "all outs are gone": _without("made"),
    "the blobs are gone": _without(".seatrial/cas"),
    "a result is gone": _without(".seatrial/ac/[0-9a-f]*"),
    "outs and blobs are damaged": _damage_blobs,
    "a package is installed": _install,
    "the whole cache is gone": _without(".seatrial"),
}
"""What a plan rests on, and a way to change it."""


BEFORE: dict[str, tuple[str, str]] = {
    "a parameter back": ("params.yaml", "words:\n  count: 1\n"),
    "a file that a glob matched is gone": ("notes/c.txt", "c\n"),
    "an ignored file that could be imported goes": ("steps/optional_settings.py", "MORE = 1\n"),
    "a file deep in an ignored folder is gone": ("raw/deep/z.bin", "z"),
}
"""What must be there first, for some of them: tests may come in any order."""


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_of_what_the_plan_rests_on_is_seen(repo: Repo, name: str) -> None:
    """The memo is not believed, and the run does what the plan made without it says."""
    if name in BEFORE:
        repo.write(*BEFORE[name])
    settle(repo)
    CHANGES[name](repo)
    planned = repo.actions()
    document = repo.run()
    did = repo.did(document)

    assert not was_settled(repo)
    assert did.keys() == planned.keys()
    assert set(did.values()) <= {"ran", "reused"}
    made = " ".join(repo.read("data/text.txt").split()[: int(repo.read("params.yaml").split()[-1])])
    assert repo.read("made/words.txt") == f"{made}."
    assert repo.read("made/notes.txt") == "".join(file.read_text() for file in sorted(repo.root.glob("notes/*.txt")))
    assert repo.read("made/names/list.txt") == f"{made}." + ",".join(sorted(os.listdir(repo.root / "raw")))
    assert os.listdir(repo.root / "made/names") == ["list.txt"]


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda repo: repo.git("commit", "-q", "--allow-empty", "-m", "same tree"), id="the commit moves"),
        pytest.param(_append("README.md", "more\n"), id="a tracked file that no stage reads"),
        pytest.param(lambda repo: repo.write("new.txt", "new"), id="a file that git does not know"),
        pytest.param(lambda repo: repo.commit(), id="all of it is committed"),
        pytest.param(lambda repo: repo.git("rm", "-q", "--cached", "README.md"), id="a file is no longer tracked"),
    ],
)
def test_commit_and_uncommitted_changes_are_told_as_they_are(repo: Repo, change: Callable[[Repo], object]) -> None:
    """Nothing runs, and the report names the commit and whether it holds everything."""
    settle(repo)
    change(repo)
    document = repo.run()
    settled = was_settled(repo)
    for memo in memos(repo):
        memo.unlink()
    ordinary = repo.run()

    assert not settled
    assert set(repo.did(document).values()) == {"reused"}
    assert document["commit"] == ordinary["commit"] == repo.git("rev-parse", "HEAD")
    assert document["dirty"] == ordinary["dirty"]


def test_another_interpreter_is_seen(repo: Repo, tmp_path: Path) -> None:
    """`VIRTUAL_ENV` names one with other packages: everything runs, with it and then without."""
    settle(repo)
    other = Repo(root=repo.root, python=bare_python(tmp_path))
    (packages,) = other.python.parents[1].glob("lib/python3*/site-packages")
    (packages / "extra-1.dist-info").mkdir()
    (packages / "extra-1.dist-info" / "METADATA").write_text("Name: extra\nVersion: 1\n")
    settle(other)
    planned = repo.actions()
    did = repo.did(repo.run())

    assert "reuse" not in {planned["words"], planned["notes"]} or set(did.values()) == {"reused"}
    assert not was_settled(repo)


def test_a_program_that_comes_first_in_the_path_is_seen(repo: Repo, tmp_path: Path) -> None:
    """Without an active environment `python3` is looked for in the folders of PATH, in their order."""
    early = tmp_path / "early"
    early.mkdir()
    path = f"{early}:{repo.python.parent}:{os.environ['PATH']}"
    plain = Repo(root=repo.root, python=repo.python, environ={"VIRTUAL_ENV": "", "PATH": path})
    settle(plain)
    (early / "python3").symlink_to(bare_python(tmp_path))
    plain.run()

    assert not was_settled(plain)


def test_a_variable_that_is_only_passed_on_changes_nothing(repo: Repo) -> None:
    """`pass_env` is not part of a key, so the answer from the memo stays right."""
    settle(repo)
    other = Repo(root=repo.root, python=repo.python, environ={"FLAVOUR": "sour"})
    planned = other.actions()
    other.run()

    assert set(planned.values()) == {"reuse"}
    assert was_settled(other)


def test_each_request_has_a_memo_of_its_own(tmp_path: Path) -> None:
    """A tier's parameters change the plan; the memo of one request says nothing about another."""
    repo = new_calm_repo(tmp_path)
    settle(repo)
    did = repo.did(repo.run("--tier", "many"))
    after_tier = repo.read("made/words.txt")
    back = repo.did(repo.run())

    assert did["words"] in ("ran", "reused")
    assert after_tier != repo.read("made/words.txt")
    assert set(back.values()) == {"reused"}
    settle(repo, "--tier", "many")
    settle(repo, "words")
    settle(repo, "--set-param", "words.count=1")


@pytest.mark.parametrize("spoil", ["cut", "empty", "flip", "folder", "old", "elsewhere", "unreadable"])
def test_a_memo_that_cannot_be_believed_is_not(repo: Repo, spoil: str, tmp_path: Path) -> None:
    """Cut off, damaged, written by another version, or for another place: the ordinary way is taken."""
    settle(repo)
    (memo,) = [file for file in memos(repo) if b'"stages": ' in file.read_bytes() and _is_plain(repo, file)]
    data = memo.read_bytes()
    memo.unlink()
    match spoil:
        case "cut":
            memo.write_bytes(data[: len(data) // 2])
        case "empty":
            memo.touch()
        case "flip":
            memo.write_bytes(data[:-1000] + bytes([data[-1000] ^ 1]) + data[-999:])
        case "folder":
            memo.mkdir()
        case "old":
            memo.write_bytes(_sealed(data, {"version": "0.0.1"}))
        case "elsewhere":
            memo.write_bytes(_sealed(data, {"root": str(tmp_path)}))
        case _:
            memo.write_bytes(b"\xff\xfe\n\xff\n")
    did = repo.did(repo.run())

    assert not was_settled(repo)
    assert set(did.values()) == {"reused"}
    if memo.is_dir():
        memo.rmdir()


def _is_plain(repo: Repo, file: Path) -> bool:
    """Whether a memo is that of `seatrial run` without anything."""
    from seatrial.flows import settled

    return str(file) == settled.memo_file(str(repo.root), ("seatrial", "run"))


def _sealed(data: bytes, changes: dict[str, str]) -> bytes:
    """A memo with other facts, sealed as if it were genuine."""
    from seatrial import digest

    line, _, rest = data.split(b"\n", 1)[1].partition(b"\n")
    body = json.dumps({**json.loads(line), **changes}).encode() + b"\n" + rest
    return digest.of_bytes(body).encode() + b"\n" + body


def test_a_repository_that_tracks_the_cache_folder_has_no_memo(tmp_path: Path) -> None:
    """Somebody else's memo must not arrive with a clone."""
    repo = new_calm_repo(tmp_path)
    repo.run()
    repo.git("add", "-f", ".seatrial/.gitignore")
    repo.git("commit", "-q", "-m", "careless")
    repo.run()
    repo.run()

    assert not was_settled(repo)
    assert not memos(repo)


def test_a_stage_that_is_never_reused_is_never_settled(tmp_path: Path) -> None:
    """`always: true` means it."""
    repo = new_calm_repo(tmp_path)
    repo.write("seatrial.yaml", CONFIG + "  audit: {cmd: python -V, deps: [], always: true}\n")
    for _ in range(3):
        repo.run(code=None)

        assert not was_settled(repo)
