"""What a state on a git ref asks of git: how often, and what it leaves behind."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

import pytest

from seatrial.errors import UsageError
from seatrial.store.blobs import BlobStore
from seatrial.store.git_access import Access
from seatrial.store.git_command import OF_A_REPOSITORY, GitCommand, SlowError, printable
from seatrial.store.git_making import check_key
from tests.support.git_server import run
from tests.support.git_state import STATE, new_clone, new_remote, objects_in, state_in

STREAM = "models/digits"


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    return new_remote(tmp_path)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The git commands that are run."""
    names: list[str] = []
    plain = GitCommand.run

    def noted(self: GitCommand, *arguments: str, **named: object) -> object:
        words = [word for number, word in enumerate(arguments) if not _is_setting(arguments, number)]
        names.append(words[0])
        return plain(self, *arguments, **named)  # type: ignore[arg-type]  # handed through

    monkeypatch.setattr(GitCommand, "run", noted)
    return names


def _is_setting(arguments: tuple[str, ...], number: int) -> bool:
    return arguments[number] == "-c" or (number > 0 and arguments[number - 1] == "-c")


def test_a_read_with_nothing_new_is_one_question_to_the_remote(bare: Path, tmp_path: Path, asked: list[str]) -> None:
    """A new process lists the commit and reads three folders of it, a running one does not even that."""
    state_in(new_clone(bare, tmp_path / "a")).append(STREAM, {}, expected=0)

    del asked[:]
    state = state_in(tmp_path / "a")
    assert len(state.read(STREAM)) == 1
    assert asked == ["ls-remote", "ls-tree", "cat-file", "cat-file", "cat-file"]
    del asked[:]
    assert len(state.read(STREAM)) == 1
    assert asked == ["ls-remote"]


def test_an_append_is_one_look_and_one_push_with_its_head(bare: Path, tmp_path: Path, asked: list[str]) -> None:
    """A record and how far its stream reaches are one commit."""
    state = state_in(new_clone(bare, tmp_path / "a"))
    state.append(STREAM, {}, expected=0)

    del asked[:]
    state.append(STREAM, {}, expected=1)

    assert asked == ["ls-remote", "fast-import", "push"]
    changed = run("diff", "--name-only", f"{STATE}~1", STATE, at=bare).split()
    assert changed == ["heads/models+digits.json", "records/models/digits/00000002.json"]
    assert run("log", "-1", "--format=%s", STATE, at=bare) == "records/models/digits/00000002.json and 1 more"


def test_what_another_clone_wrote_is_fetched_once(bare: Path, tmp_path: Path, asked: list[str]) -> None:
    """And only what is new."""
    ours, theirs = state_in(new_clone(bare, tmp_path / "a")), state_in(new_clone(bare, tmp_path / "b"))
    theirs.append(STREAM, {}, expected=0)
    ours.read(STREAM)
    theirs.append(STREAM, {}, expected=1)

    del asked[:]
    assert len(ours.read(STREAM)) == 2
    assert asked.count("fetch") == 1
    del asked[:]
    ours.read(STREAM)
    assert state_in(tmp_path / "a").browse() == ours.browse()
    assert "fetch" not in asked


def test_records_of_many_streams_take_few_processes(bare: Path, tmp_path: Path, asked: list[str]) -> None:
    """One for all records of a stream, however many."""
    objects = objects_in(new_clone(bare, tmp_path / "a"))
    for number in range(30):
        objects.put_if_absent(f"records/s/{number:08d}.json", b"%d" % number)

    new = objects_in(new_clone(bare, tmp_path / "b"))
    del asked[:]
    listed = list(new.list("records/"))
    assert [new.get(meta.key) for meta in listed] == [b"%d" % number for number in range(30)]
    assert asked.count("cat-file") == 1
    assert asked.count("ls-remote") == 1


def test_blobs_stay_out_of_the_repository_that_they_pass_through(bare: Path, tmp_path: Path) -> None:
    """Going there and coming here: only the records' few objects are added to it."""
    (tmp_path / "weights").write_bytes(os.urandom(300_000))
    cas = BlobStore(tmp_path / "cas")
    artifact = cas.put_path(tmp_path / "weights")
    one, other = new_clone(bare, tmp_path / "a"), new_clone(bare, tmp_path / "b")
    state_in(one).keep(artifact, cas)
    state_in(other).blobs.checkout(artifact, tmp_path / "again")

    assert (tmp_path / "again").read_bytes() == (tmp_path / "weights").read_bytes()
    for name in ("a", "b"):
        folder = tmp_path / name / ".git"
        assert sum(file.stat().st_size for file in (folder / "objects").rglob("*") if file.is_file()) < 50_000
        assert list((folder / "seatrial" / "scratch").iterdir()) == []


def test_the_commit_of_a_blob_is_the_same_wherever_it_is_made(bare: Path, tmp_path: Path) -> None:
    """So two machines that share the same bytes agree."""
    other = new_remote(tmp_path, "other.git")
    for remote, name in ((bare, "a"), (other, "b")):
        objects_in(new_clone(remote, tmp_path / name)).put("blobs/cas/ab/cd", b"bytes")

    shown = [run("for-each-ref", "refs/seatrial/blobs", at=remote) for remote in (bare, other)]
    assert shown[0] == shown[1]
    assert shown[0].endswith("refs/seatrial/blobs/cas/ab/cd=5")


def test_neither_index_nor_work_tree_nor_hooks_take_part(bare: Path, tmp_path: Path) -> None:
    """What is staged stays staged, and a hook that would refuse is not asked."""
    clone = new_clone(bare, tmp_path / "a")
    (clone / "staged.txt").write_text("mine")
    run("add", "staged.txt", at=clone)
    for name in ("pre-push", "reference-transaction", "pre-commit"):
        hook = clone / ".git" / "hooks" / name
        hook.write_text("#!/bin/sh\nexit 1\n")
        hook.chmod(0o755)
    before = run("status", "--porcelain", at=clone)

    state_in(clone, home=tmp_path / "home").append(STREAM, {}, expected=0)

    assert run("status", "--porcelain", at=clone) == before == "A  staged.txt"


def test_settings_for_pushes_of_ones_own_do_not_hold(bare: Path, tmp_path: Path) -> None:
    """Tags do not follow, a mirror is not made, nothing is signed."""
    clone = new_clone(bare, tmp_path / "a")
    for key, value in (("push.followTags", "true"), ("remote.origin.mirror", "true"), ("push.gpgSign", "true")):
        run("config", key, value, at=clone)
    run("-c", "user.name=a", "-c", "user.email=a@b", "tag", "-m", "t", "v1", at=clone)
    run("branch", "private", at=clone)

    state_in(clone, home=tmp_path / "home").append(STREAM, {}, expected=0)

    refs = run("for-each-ref", "--format=%(refname)", at=bare).split()
    assert refs == ["refs/heads/main", STATE]


def test_a_hook_that_calls_us_does_not_lead_to_another_repository(bare: Path, tmp_path: Path) -> None:
    """Whatever git sets for a hook of its own is left out; git itself says what that is."""
    clone = new_clone(bare, tmp_path / "a")
    environ = {**os.environ, "GIT_DIR": str(tmp_path / "nowhere"), "GIT_INDEX_FILE": "nothing"}
    assert objects_in(clone, environ=environ).put_if_absent("records/a", b"1")

    said = subprocess.run(["git", "rev-parse", "--local-env-vars"], capture_output=True, text=True, check=True)
    handed_on = {"GIT_CONFIG_PARAMETERS", "GIT_CONFIG_COUNT"}
    assert set(said.stdout.split()) - handed_on <= set(OF_A_REPOSITORY)


@pytest.mark.parametrize(
    "key",
    ["", "a//b", "/a", "a/", "../a", "a/..", "a b", 'a"b', "a\nb", ".a", "a.lock", "a..b", "a:b"],
)
def test_a_key_that_git_would_misread_is_refused(key: str) -> None:
    """It becomes a path in a tree and a part of a ref."""
    with pytest.raises(UsageError):
        check_key(key)


@pytest.mark.parametrize("key", ["records/+format.json", "heads/models+digits.json", "blobs/cas/ab/cd.parts"])
def test_the_keys_of_a_state_are_taken(key: str) -> None:
    """As they are."""
    assert check_key(key) == key


def test_what_the_other_side_says_cannot_command_a_terminal() -> None:
    """Escapes and carriage returns lose their effect."""
    assert printable(b"remote: \x1b[31mred\x07\rfatal: no\n") == "remote: [31mred\nfatal: no\n"


def test_a_write_on_a_tip_that_was_moved_back_does_not_bring_the_rest_back(bare: Path, tmp_path: Path) -> None:
    """A push that only goes forward would be taken; the lease has it refused, and what is there now is looked at."""
    objects = objects_in(new_clone(bare, tmp_path / "a"))
    objects.put_if_absent("records/a", b"1")
    objects.put_if_absent("records/removed", b"2")
    run("update-ref", STATE, f"{STATE}~1", at=bare)

    assert objects.put_if_absent("records/b", b"3")

    assert run("ls-tree", "-r", "--name-only", STATE, at=bare).split() == ["records/a", "records/b"]


def test_of_two_clones_with_other_bytes_for_one_blob_the_first_has_it(bare: Path, tmp_path: Path) -> None:
    """Although the second one looked before that."""
    one, two = (objects_in(new_clone(bare, tmp_path / name)) for name in "ab")
    assert two.head("blobs/cas/ab/cd") is None

    assert one.put_if_absent("blobs/cas/ab/cd", b"mine!")
    assert not two.put_if_absent("blobs/cas/ab/cd", b"yours")
    assert two.get("blobs/cas/ab/cd") == b"mine!"


def test_a_blob_that_was_removed_meanwhile_is_written_again(bare: Path, tmp_path: Path) -> None:
    """What memory says is there, need not be."""
    objects = objects_in(new_clone(bare, tmp_path / "a"))
    objects.put_if_absent("blobs/cas/ab/cd", b"bytes")
    run("update-ref", "-d", "refs/seatrial/blobs/cas/ab/cd=5", at=bare)

    assert objects.put_if_absent("blobs/cas/ab/cd", b"bytes")
    assert "refs/seatrial/blobs/cas/ab/cd=5" in run("for-each-ref", at=bare)


def test_a_token_that_git_repeats_is_hidden(tmp_path: Path) -> None:
    """In clear, and as it goes into a header."""
    access = Access(server="https://forge.example/", user="u", token="s3cr3t")
    command = GitCommand(str(tmp_path), os.environ, access)

    for secret in ("s3cr3t", "dTpzM2NyM3Q="):
        said = command.run(secret, seconds=10.0)
        assert "is not a git command" in said.err
        assert secret not in said.err


def test_what_a_slow_git_started_is_ended_with_it(tmp_path: Path) -> None:
    """It is those that speak with other machines that hang."""
    noted = tmp_path / "pid"
    slow = f"alias.slow=!echo $$ > {noted}; sleep 60; true"

    with pytest.raises(SlowError):
        GitCommand(str(tmp_path), os.environ).run("-c", slow, "slow", seconds=1.0)

    process = int(noted.read_text())
    end = time.monotonic() + 10  # a process that was killed ends a moment later, and 60 s before it would have
    while _runs(process) and time.monotonic() < end:
        time.sleep(0.01)
    assert not _runs(process)


def _runs(process: int) -> bool:
    """Whether a process is there and not only waited for."""
    try:
        return "\nState:\tZ" not in Path("/proc", str(process), "status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
