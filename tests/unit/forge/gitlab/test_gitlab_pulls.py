"""Merge requests as pull requests, and who may do what in a project of GitLab."""

from __future__ import annotations

import pytest

from seatrial.forge.failures import GoneError, UnreachableError
from seatrial.forge.gitlab.adapter import GitLab
from seatrial.forge.port import Pull, Role
from tests.support.fake_gitlab import FakeGitLab
from tests.support.gitlab_state import BASE, FORK, FORK_NUMBER, HEAD, PROJECT
from tests.unit.forge.gitlab.conftest import Connect


def test_a_merge_request_is_read(forge: GitLab) -> None:
    """`base_sha` is the head of the target branch, and not where the two parted."""
    assert forge.pull(3) == Pull(
        number=3,
        head_sha=HEAD,
        head_ref="better-model",
        head_repo=PROJECT,
        base_ref="main",
        base_sha=BASE,
        author="ada",
        is_open=True,
        url="https://gitlab.example/group/digits/-/merge_requests/3",
    )


def test_a_project_may_be_named_by_its_number(connect: Connect) -> None:
    assert connect(project="7").pull(3).head_repo == PROJECT


def test_a_fork_is_named_and_one_that_is_gone_or_hidden_is_not(forge: GitLab, fake: FakeGitLab) -> None:
    fake.add_merge_request(4, source_project_id=FORK_NUMBER)
    fake.add_merge_request(5, source_project_id=None)
    before = forge.pull(4).head_repo
    fake.hidden.add(FORK_NUMBER)

    assert (before, forge.pull(4).head_repo, forge.pull(5).head_repo) == (FORK, None, None)


@pytest.mark.parametrize("state", ["closed", "merged", "locked"])
def test_what_is_closed_is_not_open(forge: GitLab, fake: FakeGitLab, state: str) -> None:
    fake.add_merge_request(3, state=state)

    assert not forge.pull(3).is_open


@pytest.mark.parametrize("missing", ["diff_refs", "sha"])
def test_one_that_is_still_being_prepared_is_asked_for_again_later(
    forge: GitLab, fake: FakeGitLab, missing: str
) -> None:
    fake.add_merge_request(3, **{missing: None})

    with pytest.raises(UnreachableError, match="still preparing"):
        forge.pull(3)


def test_one_that_is_not_there_is_gone(forge: GitLab) -> None:
    with pytest.raises(GoneError):
        forge.pull(99)


@pytest.mark.parametrize("job", [False, True])
def test_the_merge_request_of_a_commit_is_found(connect: Connect, job: bool) -> None:
    forge = connect(job=job)

    assert forge.pull_of(HEAD, head_repo=None, head_ref=None) == 3
    assert forge.pull_of(HEAD, head_repo=None, head_ref="better-model") == 3
    assert forge.pull_of(HEAD, head_repo=None, head_ref="other") is None
    assert forge.pull_of("e" * 40, head_repo=None, head_ref=None) is None


def test_the_merge_request_of_a_fork_is_its_own(forge: GitLab, fake: FakeGitLab) -> None:
    """Whose branch has the name of one of ours, and the commit too."""
    fake.add_merge_request(4, source_project_id=FORK_NUMBER)

    assert forge.pull_of(HEAD, head_repo=FORK, head_ref="better-model") == 4
    assert forge.pull_of(HEAD, head_repo=PROJECT.upper(), head_ref="better-model") == 3
    assert forge.pull_of(HEAD, head_repo=None, head_ref="better-model") is None


def test_a_merge_request_that_has_moved_on_or_was_closed_is_not_that_of_the_commit(
    forge: GitLab, fake: FakeGitLab
) -> None:
    fake.add_merge_request(3, state="merged")
    fake.add_merge_request(4, sha=BASE)

    assert forge.pull_of(HEAD, head_repo=None, head_ref=None) is None
    assert forge.pull_of(HEAD, head_repo=None, head_ref="better-model") is None


@pytest.mark.parametrize(
    ("level", "role"),
    [
        (0, Role.NONE),
        (5, Role.NONE),
        (10, Role.READ),
        (15, Role.READ),
        (20, Role.READ),
        (30, Role.WRITE),
        (40, Role.MAINTAIN),
        (50, Role.ADMIN),
    ],
)
def test_each_level_of_access_is_a_role(forge: GitLab, fake: FakeGitLab, level: int, role: Role) -> None:
    fake.levels[2] = (level, "active")

    assert forge.role("ada") is role


def test_names_are_compared_whole_and_in_any_case(forge: GitLab) -> None:
    """`bobby` is an owner, and `bob` nobody."""
    assert [forge.role(name) for name in ("bob", "bobby", "ADA", "nobody", "")] == [
        Role.NONE,
        Role.ADMIN,
        Role.MAINTAIN,
        Role.NONE,
        Role.NONE,
    ]


def test_somebody_who_is_blocked_may_do_nothing(forge: GitLab) -> None:
    assert forge.role("mallory") is Role.NONE


@pytest.mark.parametrize("name", ["ada&username=bobby", "../../user", "ada\n", "a" * 10_000])
def test_a_planted_name_is_nobody(forge: GitLab, name: str) -> None:
    assert forge.role(name) is Role.NONE
