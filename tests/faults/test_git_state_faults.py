"""A remote that refuses, fails, lies, loses replies or records: an error of the state, never an empty answer."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from seatrial.errors import ConflictError, OutsideError, StateError, UsageError
from seatrial.store import git_state
from seatrial.store.blobs import BlobStore
from seatrial.store.git_access import Access
from seatrial.store.git_remote import Patience
from seatrial.store.git_state import GitState
from seatrial.store.objects import DeniedError, ObjectError
from tests.support.git_server import Answer, GitServer, needs_git_server, run, serving
from tests.support.git_state import STATE, new_clone, new_remote, objects_in, state_in

STREAM = "models/digits"
HASTY = Patience(request=0.6, bulk=5.0, attempts=2, delay=0.01)
REPOSITORY = Path(__file__).parents[2]


def filled(folder: Path, url: str | Path, name: str = "a") -> GitState:
    """A clone that wrote two records."""
    state = state_in(new_clone(url, folder / name))
    for number in range(2):
        state.append(STREAM, {"number": number}, expected=number)
    return state


@pytest.fixture
def served(tmp_path: Path) -> Iterator[GitServer]:
    """A server with the repository of a team."""
    with serving(new_remote(tmp_path).parent) as server:
        yield server


def url_of(server: GitServer) -> str:
    return f"{server.url}/team.git"


@needs_git_server
@pytest.mark.parametrize("known", [True, False], ids=["who knows it", "a new clone"])
@pytest.mark.parametrize("answer", ["deny", "unauthorized", "unavailable", "garbage", "empty", "hang"])
def test_a_remote_that_fails_is_never_an_empty_stream(
    served: GitServer, tmp_path: Path, answer: Answer, known: bool
) -> None:
    """Neither for whoever knows the state nor for a runner that was just made; and nobody is asked for a password."""
    filled(tmp_path, url_of(served))
    clone = tmp_path / "a" if known else new_clone(url_of(served), tmp_path / "new")
    served.decide = lambda _asked: answer
    state = state_in(clone, patience=HASTY)

    for ask in (lambda: state.read(STREAM), lambda: state.streams(), lambda: state.append(STREAM, {}, expected=2)):
        with pytest.raises(StateError, match="the state cannot be used: git:origin") as refused:
            ask()
        assert refused.value.next_step


@needs_git_server
@pytest.mark.parametrize("answer", ["unavailable", "hang"])
def test_a_short_trouble_is_waited_for(served: GitServer, tmp_path: Path, answer: Answer) -> None:
    """Reading tries again, and so does writing."""
    filled(tmp_path, url_of(served))
    patience = Patience(request=3.0, bulk=5.0, delay=0.01)
    state = state_in(tmp_path / "a", patience=patience)
    failed: list[str] = []

    def fail_first(asked: str, kind: str) -> Answer:
        if failed or kind not in asked:
            return "serve"
        failed.append(asked)
        return answer

    served.decide = lambda asked: fail_first(asked, "upload-pack")
    assert len(state.read(STREAM)) == 2
    assert failed
    del failed[:]
    served.decide = lambda asked: fail_first(asked, "POST /team.git/git-receive-pack")
    assert state.append(STREAM, {"number": 2}, expected=2).number == 3
    assert failed


@needs_git_server
def test_a_lost_reply_to_a_push_is_found_out(served: GitServer, tmp_path: Path) -> None:
    """The record is there and it is ours: that is a success, and there is no second one."""
    state = filled(tmp_path, url_of(served))
    lost: list[str] = []

    def lose_first(asked: str) -> Answer:
        if lost or not asked.startswith("POST") or "receive-pack" not in asked:
            return "serve"
        lost.append(asked)
        return "lose"

    served.decide = lose_first
    entry = state.append(STREAM, {"mine": True}, expected=2)

    assert lost
    assert entry.number == 3
    assert state_in(new_clone(url_of(served), tmp_path / "new")).read(STREAM)[-1] == entry
    # The first, three records, and each with its head: no commit was made twice.
    assert run("rev-list", "--count", STATE, at=tmp_path / "team.git") == "4"


@needs_git_server
def test_after_a_lost_push_a_rival_may_have_won(served: GitServer, tmp_path: Path) -> None:
    """A push that did not arrive, then a rival's record in its place: that is a conflict, and not a success."""
    state = filled(tmp_path, url_of(served))
    rival = state_in(new_clone(tmp_path / "team.git", tmp_path / "rival"))
    met: list[str] = []

    def refuse_first(asked: str) -> Answer:
        if met or not asked.startswith("POST") or "receive-pack" not in asked:
            return "serve"
        met.append(asked)
        rival.append(STREAM, {"rival": True}, expected=2)
        return "unavailable"

    served.decide = refuse_first
    with pytest.raises(ConflictError):
        state.append(STREAM, {"mine": True}, expected=2)

    assert [entry.body for entry in state.read(STREAM)][2:] == [{"rival": True}]


@needs_git_server
def test_a_write_whose_end_stays_unknown_is_an_error(served: GitServer, tmp_path: Path) -> None:
    """Nobody answers any more: then it is neither a success nor a conflict."""
    state = filled(tmp_path, url_of(served))
    after: list[str] = []

    def lose_then_fail(asked: str) -> Answer:
        if after:
            return "unavailable"
        if asked.startswith("POST") and "receive-pack" in asked:
            after.append(asked)
            return "lose"
        return "serve"

    served.decide = lose_then_fail
    with pytest.raises(StateError):
        state.append(STREAM, {"mine": True}, expected=2)

    served.decide = lambda _asked: "serve"
    assert len(state.read(STREAM)) == 3


@needs_git_server
def test_a_lost_reply_to_a_pushed_blob_is_found_out(served: GitServer, tmp_path: Path) -> None:
    """Equal bytes make an equal commit, so the ref says whose they are."""
    objects = objects_in(new_clone(url_of(served), tmp_path / "a"))
    lost: list[str] = []

    def lose_first(asked: str) -> Answer:
        return "lose" if "receive-pack" in asked and asked.startswith("POST") and not _seen(lost) else "serve"

    served.decide = lose_first
    assert objects.put_if_absent("blobs/cas/ab/cd", b"bytes")
    served.decide = lambda _asked: "serve"
    assert lost
    assert not objects.put_if_absent("blobs/cas/ab/cd", b"bytes")
    assert objects_in(new_clone(url_of(served), tmp_path / "b")).get("blobs/cas/ab/cd") == b"bytes"


def _seen(memory: list[str]) -> bool:
    """Whether this was called before with the same list."""
    memory.append("called")
    return len(memory) > 1


@needs_git_server
def test_a_token_goes_to_its_own_server_alone_and_is_never_told(served: GitServer, tmp_path: Path) -> None:
    """Another server gets none, whatever is asked; and no message has it, in either form."""
    clone = new_clone(url_of(served), tmp_path / "a")
    ours = Access(server=f"{served.url}/", user="x-access-token", token="s3cr3t-t0ken")
    other = Access(server="https://forge.invalid/", user="x-access-token", token="s3cr3t-t0ken")

    objects_in(clone, access=other).head("records/a")
    assert not [one for one in served.headers if "authorization" in one]
    objects_in(clone, access=ours).head("records/a")
    told = [one["authorization"] for one in served.headers if "authorization" in one]
    assert told
    assert {one.partition(" ")[0] for one in told} == {"Basic"}

    served.decide = lambda _asked: "deny"
    with pytest.raises(ObjectError) as refused:
        objects_in(clone, access=ours, patience=HASTY).head("records/a")
    coded = told[0].partition(" ")[2]
    assert "s3cr3t-t0ken" not in f"{refused.value!r} {refused.value} {ours!r}"
    assert coded not in str(refused.value)
    for file in clone.rglob("*"):
        assert not (file.is_file() and (b"s3cr3t" in file.read_bytes() or coded.encode() in file.read_bytes()))


@needs_git_server
def test_a_token_that_a_checkout_left_is_not_sent_beside_ours(served: GitServer, tmp_path: Path) -> None:
    """Forges refuse two."""
    clone = new_clone(url_of(served), tmp_path / "a")
    run("config", f"http.{served.url}/.extraheader", "AUTHORIZATION: basic b2xk", at=clone)
    ours = Access(server=f"{served.url}/", user="u", token="new")

    objects_in(clone, access=ours).head("records/a")

    assert {one.get("authorization") for one in served.headers[-2:]} == {"Basic dTpuZXc="}


def test_a_secret_within_an_address_is_not_told(tmp_path: Path) -> None:
    """GitLab's runner writes its token into the remote's address."""
    clone = new_clone(new_remote(tmp_path), tmp_path / "a")
    run("remote", "set-url", "origin", "http://gitlab-ci-token:gl-s3cr3t@127.0.0.1:9/team.git", at=clone)

    with pytest.raises(ObjectError) as refused:
        objects_in(clone, patience=HASTY).head("records/a")

    assert "127.0.0.1" in str(refused.value)
    assert "gl-s3cr3t" not in str(refused.value)


def test_a_hook_of_the_remote_that_refuses_is_told_with_its_words(tmp_path: Path) -> None:
    """As a forge does with protected refs."""
    bare = new_remote(tmp_path)
    state = filled(tmp_path, bare)
    hook = bare / "hooks" / "update"
    hook.write_text("#!/bin/sh\necho protected by rule 7 >&2\nexit 1\n")
    hook.chmod(0o755)

    with pytest.raises(StateError, match=r"git:origin refuses the push: hook declined|pre-receive|update hook"):
        state.append(STREAM, {}, expected=2)

    hook.unlink()
    assert len(state.read(STREAM)) == 2


def test_no_remote_is_an_error_with_a_next_step(tmp_path: Path) -> None:
    """Also where it has another name, or its repository is gone."""
    bare = new_remote(tmp_path)
    clone = new_clone(bare, tmp_path / "a")
    with pytest.raises(DeniedError, match="git:elsewhere refuses"):
        objects_in(clone, remote="elsewhere").head("records/a")

    bare.rename(tmp_path / "gone")
    with pytest.raises(DeniedError, match="does not appear to be a git repository"):
        objects_in(clone).head("records/a")
    run("remote", "remove", "origin", at=clone)
    with pytest.raises(DeniedError):
        objects_in(clone).head("records/a")


def test_an_empty_repository_is_not_taken_for_one_without_a_state(tmp_path: Path) -> None:
    """It could be any server that answers with nothing. With a branch it is one, also if HEAD leads nowhere."""
    bare = new_remote(tmp_path)
    clone = new_clone(bare, tmp_path / "a")
    run("symbolic-ref", "HEAD", "refs/heads/other", at=bare)
    assert objects_in(clone).head("records/a") is None

    run("update-ref", "-d", "refs/heads/main", at=bare)
    with pytest.raises(ObjectError, match="shows no branch at all"):
        objects_in(clone).head("records/a")


@pytest.mark.parametrize("how", ["deleted", "forced back", "another history"])
def test_a_ref_that_was_moved_back_is_noticed(tmp_path: Path, how: str) -> None:
    """By whoever saw the records, and where a head is ahead of them by anybody."""
    bare = new_remote(tmp_path)
    state = filled(tmp_path, bare)
    tip = run("rev-parse", STATE, at=bare)
    if how == "deleted":
        run("update-ref", "-d", STATE, at=bare)
    else:
        run("update-ref", STATE, f"{tip}~1", at=bare)
    if how == "another history":
        state_in(new_clone(bare, tmp_path / "other")).append(STREAM, {"forged": True}, expected=1)

    for again in (state, state_in(tmp_path / "a")):
        with pytest.raises(StateError):
            again.read(STREAM)
        with pytest.raises(StateError):
            again.append(STREAM, {}, expected=1)
        if how != "another history":  # a listing sees how far streams reach, reading sees every record
            with pytest.raises(StateError):
                again.streams()

    run("update-ref", STATE, tip, at=bare)
    assert len(state_in(tmp_path / "a").read(STREAM)) == 2


def test_a_record_that_a_commit_removed_is_noticed_by_a_new_clone(tmp_path: Path) -> None:
    """The head of the stream is in the same tree and says how far it reached."""
    bare = new_remote(tmp_path)
    filled(tmp_path, bare)
    objects_in(tmp_path / "a").delete(f"records/{STREAM}/00000002.json")

    with pytest.raises(StateError, match="records of models/digits were lost"):
        state_in(new_clone(bare, tmp_path / "new")).read(STREAM)


def test_a_blob_whose_ref_was_removed_or_replaced_is_found_out(tmp_path: Path) -> None:
    """What arrives is compared with its digest."""
    bare = new_remote(tmp_path)
    (tmp_path / "weights").write_bytes(b"weights" * 100)
    cas = BlobStore(tmp_path / "cas")
    artifact = cas.put_path(tmp_path / "weights")
    state_in(new_clone(bare, tmp_path / "a")).keep(artifact, cas)
    [ref] = run("for-each-ref", "--format=%(refname)", "refs/seatrial/blobs", at=bare).split()
    new = state_in(new_clone(bare, tmp_path / "new"))
    run("update-ref", ref, "main", at=bare)
    with pytest.raises(OutsideError):
        new.blobs.read_bytes(artifact.digest)

    run("update-ref", "-d", ref, at=bare)
    assert new.blobs.verify(artifact) == (artifact.digest,)
    state_in(tmp_path / "a").keep(artifact, cas)  # registered again, it is back
    assert state_in(tmp_path / "new").blobs.read_bytes(artifact.digest) == b"weights" * 100


def test_what_is_too_large_for_a_repository_is_refused_before_anything_is_sent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By its bytes or by its files."""
    bare = new_remote(tmp_path)
    state = state_in(new_clone(bare, tmp_path / "a"))
    (tmp_path / "model").mkdir()
    for number in range(4):
        (tmp_path / "model" / str(number)).write_bytes(b"%d" % number * 10)
    cas = BlobStore(tmp_path / "cas")
    artifact = cas.put_path(tmp_path / "model")

    for name, most in (("MOST_FILES", 3), ("MOST_BYTES", 39)):
        with monkeypatch.context() as patch:
            patch.setattr(git_state, name, most)
            with pytest.raises(UsageError, match="git:origin takes at most") as refused:
                state.keep(artifact, cas)
            assert "s3://" in str(refused.value.next_step)
    assert "refs/seatrial" not in run("for-each-ref", at=bare)

    state.keep(artifact, cas)
    assert state.blobs.verify(artifact) == ()


KILLED = """\
import os, sys
from pathlib import Path
from seatrial.store.git_remote import GitRemote
from tests.support.git_state import state_in

plain = GitRemote.push

def push(self, *arguments, **named):
    if sys.argv[2] == "after":
        plain(self, *arguments, **named)
    os.kill(os.getpid(), 9)

state = state_in(Path(sys.argv[1]))
GitRemote.push = push
state.append("models/digits", {"killed": True}, expected=2)
"""


@pytest.mark.parametrize(("when", "there"), [("before", 2), ("after", 3)])
def test_a_kill_between_commit_and_push_leaves_a_record_or_none(tmp_path: Path, when: str, there: int) -> None:
    """And no ref, index or lock that is in the way of the next one."""
    bare = new_remote(tmp_path)
    filled(tmp_path, bare)
    path = {"PYTHONPATH": f"{REPOSITORY / 'src'}:{REPOSITORY}", "PATH": os.environ["PATH"]}
    command = [sys.executable, "-c", KILLED, str(tmp_path / "a"), when]
    done = subprocess.run(command, env=path, cwd=REPOSITORY, capture_output=True, check=False, timeout=60)

    assert done.returncode == -9, done.stderr
    state = state_in(tmp_path / "a")
    assert len(state.read(STREAM)) == there
    assert state.append(STREAM, {"next": True}, expected=there).number == there + 1
    refs = run("for-each-ref", "--format=%(refname)", at=tmp_path / "a").split()
    assert sorted(refs) == [
        "refs/heads/main", "refs/remotes/origin/HEAD", "refs/remotes/origin/main", "refs/seatrial-seen/origin/state",
    ]  # fmt: skip
    assert run("status", "--porcelain", "--untracked-files=no", at=tmp_path / "a") == ""


def test_of_clones_that_race_each_number_has_one_winner(tmp_path: Path) -> None:
    """Each through a clone of its own, so that only the remote can decide."""
    bare = new_remote(tmp_path)
    won: list[tuple[int, str]] = []

    def race(me: str) -> None:
        state = state_in(new_clone(bare, tmp_path / me))
        mine = 0
        while mine < 6:
            try:
                won.append((state.append("s", {"who": me}, expected=len(state.read("s"))).number, me))
            except ConflictError:
                continue
            mine += 1

    threads = [threading.Thread(target=race, args=(name,)) for name in "abc"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    entries = state_in(tmp_path / "a").read("s")
    assert sorted(won) == [(entry.number, entry.body["who"]) for entry in entries]
    assert len(entries) == 18
