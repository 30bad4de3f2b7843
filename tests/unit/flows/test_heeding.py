"""Who may allow dear stages, and for which commit."""

from __future__ import annotations

from typing import cast

import pytest

from seatrial.flows.heeding import ALLOWED, heed
from seatrial.flows.policy import ProjectPolicy
from seatrial.flows.workspace import Workspace
from seatrial.forge.policy import ForgePolicy
from seatrial.forge.port import Role, State
from seatrial.forge.spoken import Spoken
from seatrial.pipeline.policy import PipelinePolicy
from tests.support.memory_forge import HEAD, MemoryForge

NOT_USED = cast("Workspace", None)  # allowing dear stages looks at no records


def policy(**forge: object) -> ProjectPolicy:
    return ProjectPolicy(
        project="digits",
        pipeline=PipelinePolicy(stages={}),
        forge=ForgePolicy(**forge),  # type: ignore[arg-type]
    )


def said(body: str, author: str = "ann") -> Spoken:
    return Spoken(number=7, author=author, body=body, url="https://forge/7#1")


@pytest.fixture
def forge() -> MemoryForge:
    made = MemoryForge()
    made.roles = {"ann": Role.WRITE, "ben": Role.READ, "cem": Role.ADMIN}
    return made


def test_a_maintainer_allows_dear_stages_for_the_head_and_the_commit_says_so(forge: MemoryForge) -> None:
    heeded = heed(NOT_USED, policy(), forge, said(f"/seatrial run {HEAD}"))

    assert heeded.commit == HEAD
    (status,) = forge.all_statuses
    assert (status.sha, status.state, status.context) == (HEAD, State.SUCCESS, f"seatrial/digits {ALLOWED}")
    assert "says ann" in next(iter(forge.written.values())).body


def test_a_push_after_the_look_revokes_what_was_meant(forge: MemoryForge) -> None:
    forge.head = "c" * 40

    heeded = heed(NOT_USED, policy(), forge, said(f"/seatrial run {HEAD}"))

    assert heeded.commit is None
    assert forge.all_statuses == []
    assert "the head is cccccccccccc by now" in heeded.said
    assert f"/seatrial run {'c' * 40}" in heeded.said


@pytest.mark.parametrize("commit", ["", HEAD[:7], HEAD[:12], HEAD[:39]])
def test_without_a_whole_commit_the_answer_is_the_line_to_copy(forge: MemoryForge, commit: str) -> None:
    """A commit with the same first digits as the one that was looked at can be made."""
    heeded = heed(NOT_USED, policy(), forge, said(f"/seatrial run {commit}"))

    assert heeded.commit is None
    assert forge.all_statuses == []
    assert f"/seatrial run {HEAD}`" in next(iter(forge.written.values())).body


@pytest.mark.parametrize("author", ["ben", "mallory"])
def test_whoever_may_not_write_allows_nothing_and_gets_no_answer(forge: MemoryForge, author: str) -> None:
    """An answer to everybody would let strangers have us write comments."""
    heeded = heed(NOT_USED, policy(), forge, said(f"/seatrial run {HEAD}", author))

    assert (heeded.commit, heeded.answered) == (None, False)
    assert (forge.all_statuses, forge.written) == ([], {})


def test_a_list_in_the_configuration_decides_alone(forge: MemoryForge) -> None:
    listed = policy(maintainers=("Ben",))

    assert heed(NOT_USED, listed, forge, said(f"/seatrial run {HEAD}", "ben")).commit == HEAD
    assert heed(NOT_USED, listed, forge, said(f"/seatrial run {HEAD}", "cem")).commit is None


def test_nobody_is_listed_means_nobody(forge: MemoryForge) -> None:
    assert heed(NOT_USED, policy(maintainers=()), forge, said(f"/seatrial run {HEAD}", "cem")).commit is None


def test_conversation_is_left_alone(forge: MemoryForge) -> None:
    heeded = heed(NOT_USED, policy(), forge, said("what does `/seatrial run` do?"))

    assert heeded.done
    assert forge.calls == []


def test_a_maintainers_typing_mistake_is_answered(forge: MemoryForge) -> None:
    heeded = heed(NOT_USED, policy(), forge, said("/seatrial rnu"))

    assert heeded.answered
    assert not heeded.done
