"""What every `Forge` must do: run on each adapter, over what stands in for its forge.

An adapter joins by a `Ground` of its own in `_grounds`: an open pull request, and what people do there by hand.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from seatrial.forge.failures import ForbiddenError, GoneError
from seatrial.forge.gitlab.adapter import GitLab
from seatrial.forge.http import Http
from seatrial.forge.local import Local
from seatrial.forge.marker import MOST_BYTES
from seatrial.forge.port import (
    Annotation,
    Check,
    Deployed,
    Deployment,
    Forge,
    Level,
    Role,
    State,
    Status,
)
from seatrial.replacing import replace
from seatrial.report.budget import LEAST
from tests.support import gitlab_state as gitlab
from tests.support.fake_github.clients import client
from tests.support.fake_github.server import fake_github
from tests.support.fake_gitlab import TOKEN
from tests.support.fake_gitlab import serving as fake_gitlab
from tests.support.sticky_comment import post, said, stands, text_of


@dataclass(frozen=True, kw_only=True)
class Ground:
    """A forge to stand on. `client` makes one more adapter, which remembers nothing of the others."""

    client: Callable[[], Forge]
    number: int
    """An open pull request, whose head is `sha`, on the branch `ref` of `repo`."""
    sha: str
    repo: str
    ref: str
    comment_by_hand: Callable[[str], object]
    """Somebody else writes a comment."""
    delete_by_hand: Callable[[str], None]
    """Somebody deletes the comment of that id."""
    owner: str
    """Somebody who may do everything."""
    deployments: Callable[[], int]
    """How many deployments the forge has."""
    has_checks: bool = True


@contextmanager
def _github() -> Iterator[Ground]:
    with fake_github() as fake:
        fake.page_size = 2

        def comment(body: str) -> None:
            fake.world.comment(7, "somebody", body)

        def delete(key: str) -> None:
            del fake.world.comments[int(key)]

        yield Ground(
            client=lambda: client(fake),
            number=7,
            sha="a" * 40,
            repo="octo/models",
            ref="topic",
            comment_by_hand=comment,
            delete_by_hand=delete,
            owner="octo",
            deployments=lambda: len(fake.world.deployments),
        )


@contextmanager
def _gitlab() -> Iterator[Ground]:
    with fake_gitlab() as fake:

        def delete(key: str) -> None:
            fake.notes[3] = [note for note in fake.notes[3] if str(note["id"]) != key]

        yield Ground(
            client=lambda: GitLab(Http(), api=fake.url, project=gitlab.PROJECT, token=TOKEN),
            number=3,
            sha=gitlab.HEAD,
            repo=gitlab.PROJECT,
            ref="better-model",
            comment_by_hand=lambda body: fake.add_note(3, body),
            delete_by_hand=delete,
            owner="bobby",
            deployments=lambda: len(fake.deployments),
            has_checks=False,
        )


@contextmanager
def _local(folder: Path) -> Iterator[Ground]:
    folder.mkdir()
    (folder / "roles.json").write_text('{"ada": "admin"}')
    yield Ground(
        client=lambda: Local(folder, sha="a" * 40, branch="topic"),
        number=1,
        sha="a" * 40,
        repo="local/local",
        ref="topic",
        comment_by_hand=lambda body: (folder / "by-bob.md").write_text(body),
        delete_by_hand=lambda key: (folder / key).unlink(),
        owner="ada",
        deployments=lambda: len(Local(folder).deployments()),
    )


_grounds: dict[str, Callable[[Path], AbstractContextManager[Ground]]] = {
    "github": lambda _folder: _github(),
    "gitlab": lambda _folder: _gitlab(),
    "local": _local,
}


@pytest.fixture(params=sorted(_grounds))
def ground(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Ground]:
    """An empty forge with one pull request."""
    with _grounds[request.param](tmp_path / "forge") as made:
        yield made


def test_an_adapter_says_what_it_is(ground: Ground) -> None:
    """And how much a comment holds: a report has a least size that it can be kept within."""
    forge = ground.client()

    assert forge.kind in ("github", "gitlab", "local")
    assert forge.comment_limit >= LEAST + MOST_BYTES


def test_a_pull_request_is_found_by_its_head(ground: Ground) -> None:
    """And is the one that is open on that commit now."""
    forge = ground.client()
    pull = forge.pull(ground.number)

    assert (pull.number, pull.head_sha, pull.head_ref, pull.is_open) == (ground.number, ground.sha, ground.ref, True)
    assert forge.pull_of(ground.sha, head_repo=ground.repo, head_ref=ground.ref) == ground.number
    assert forge.pull_of("0" * 40, head_repo=ground.repo, head_ref=ground.ref) is None


def test_comments_come_back_oldest_first_with_whose_they_are(ground: Ground) -> None:
    forge = ground.client()
    assert forge.comments(ground.number) == ()
    first = forge.add_comment(ground.number, "first")
    ground.comment_by_hand("by somebody")
    forge.add_comment(ground.number, "third\n\n| a | b |\n")

    found = ground.client().comments(ground.number)
    assert [(one.body.rstrip(), one.ours) for one in found] == [  # GitLab keeps no white space at the end
        ("first", True),
        ("by somebody", False),
        ("third\n\n| a | b |", True),
    ]
    assert found[0].id == first.id
    assert first.ours


def test_a_comment_is_changed_and_removed_by_its_id_alone(ground: Ground) -> None:
    """By another client as well: nothing is remembered between two runs."""
    added = ground.client().add_comment(ground.number, "before")
    ground.client().change_comment(ground.number, added.id, "after")
    assert [one.body for one in ground.client().comments(ground.number)] == ["after"]

    ground.client().remove_comment(ground.number, added.id)
    ground.client().remove_comment(ground.number, added.id)
    assert ground.client().comments(ground.number) == ()


def test_a_comment_that_is_gone_cannot_be_changed(ground: Ground) -> None:
    """So that whoever posts looks again."""
    forge = ground.client()
    added = forge.add_comment(ground.number, "before")
    ground.delete_by_hand(added.id)

    with pytest.raises(GoneError):
        forge.change_comment(ground.number, added.id, "after")


def test_a_comment_may_have_as_many_bytes_as_the_forge_says(ground: Ground) -> None:
    """Of characters that take four each, or one each."""
    forge = ground.client()
    for letter in ("\U0001f680", "x"):
        body = letter * (forge.comment_limit // len(letter.encode()))
        forge.add_comment(ground.number, body)
    assert len(forge.comments(ground.number)[-1].body) == forge.comment_limit


@pytest.mark.parametrize("text", ["<script>", "\u202e", "\x1b[31m", "@everyone", "\r\n", "`|", '"\\', "\U0001f680"])
def test_hostile_text_is_kept_as_text(ground: Ground, text: str) -> None:
    """Making it harmless is the renderer's; losing or changing it would be a fault of its own."""
    forge = ground.client()
    forge.add_comment(ground.number, f"a{text}b")

    assert [one.body.replace("\r\n", "\n") for one in forge.comments(ground.number)] == [
        f"a{text}b".replace("\r\n", "\n")
    ]


def test_runs_in_any_order_keep_one_comment_the_newest(ground: Ground) -> None:
    ground.comment_by_hand("by somebody")
    for run in ("02", "01", "03", "02"):
        post(ground.client(), ground.number, said(run))

    [standing] = stands(ground.client().comments(ground.number))
    assert standing.rstrip() == text_of(said("03")).rstrip()  # GitLab keeps no white space at the end
    assert ground.client().comments(ground.number)[0].body == "by somebody"


def test_a_status_is_the_newest_of_its_context(ground: Ground) -> None:
    forge = ground.client()
    status = Status(context="seatrial/gate", sha=ground.sha, state=State.RUNNING, description="running")
    forge.put_status(status)
    for state in (State.FAILURE, State.SUCCESS, State.FAILURE):
        forge.put_status(replace(status, state=state, description=f"now {state}"))
    forge.put_status(replace(status, context="other", state=State.SUCCESS))

    found = {one.context: one for one in ground.client().statuses(ground.sha)}
    assert (found["seatrial/gate"].state, found["seatrial/gate"].description) == (State.FAILURE, "now failure")
    assert found["other"].state is State.SUCCESS


def test_a_long_description_is_shortened_and_not_refused(ground: Ground) -> None:
    ground.client().put_status(
        Status(context="c", sha=ground.sha, state=State.SUCCESS, description="\U0001f680 headline " * 99)
    )
    assert len(ground.client().statuses(ground.sha)) == 1


def test_a_check_is_written_and_written_over_or_refused_where_there_are_none(ground: Ground) -> None:
    check = Check(
        name="seatrial/gate",
        sha=ground.sha,
        run="01RUN",
        state=State.FAILURE,
        title="FAIL",
        summary="# Report",
        annotations=tuple(
            Annotation(path="a.csv", line=number, level=Level.FAILURE, title="t", message="m")
            for number in range(1, 70)
        ),
    )
    if not ground.has_checks:
        with pytest.raises(ForbiddenError):
            ground.client().put_check(check)
        return
    ground.client().put_check(replace(check, state=State.RUNNING, annotations=()))
    ground.client().put_check(check)
    ground.client().put_check(check)


def test_a_move_is_one_deployment_whatever_its_state(ground: Ground) -> None:
    """Telling it again is no error."""
    move = Deployment(
        sha=ground.sha, environment="production", key="digits@17", state=Deployed.IN_PROGRESS, description="version 17"
    )
    before = ground.deployments()
    for state in (*Deployed, Deployed.SUCCESS):
        ground.client().deploy(replace(move, state=state))

    assert ground.deployments() == before + 1


def test_what_somebody_may_do_is_known_and_a_stranger_may_do_nothing(ground: Ground) -> None:
    forge = ground.client()
    for name in ("nobody-of-that-name", "", "../x"):
        assert forge.role(name) is Role.NONE
    assert forge.role(ground.owner) is Role.ADMIN


def test_a_pull_request_that_is_not_there_is_gone(ground: Ground) -> None:
    """And is never taken for one without comments."""
    forge = ground.client()
    for asks in (forge.pull, forge.comments, lambda number: forge.add_comment(number, "x")):
        with pytest.raises(GoneError):
            asks(ground.number + 1)
