"""A run brought to a merge request on a GitLab that keeps what is written and carries out what a comment commands."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.cli import BETTER, UNSURE, WORSE, Repo, copy_of, template, with_production
from tests.support.fake_gitlab import JOB_TOKEN, TOKEN, FakeGitLab, serving
from tests.support.gitlab_state import NUMBER, PROJECT

NAME = "seatrial/tiny"
IID = 3


@pytest.fixture
def fake() -> Iterator[FakeGitLab]:
    with serving() as running:
        yield running


@pytest.fixture
def repo(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> Repo:
    return copy_of(template(tmp_path_factory, "production", with_production), tmp_path / "repo")


def pushed(repo: Repo, fake: FakeGitLab, *changes: tuple[str, str]) -> str:
    """A commit on the branch of the merge request, and a job of GitLab that has checked it out."""
    if repo.git("branch", "--show-current") != "better":
        repo.git("checkout", "-q", "-b", "better")
    base = repo.git("rev-parse", "main")
    head = repo.set_params(*changes)
    fake.commits |= {base, head}
    fake.add_merge_request(
        IID, source_branch="better", sha=head, diff_refs={"base_sha": base, "head_sha": head, "start_sha": base}
    )
    repo.environ |= {
        "CI": "true",
        "GITLAB_CI": "true",
        "CI_API_V4_URL": fake.url,
        "CI_PROJECT_ID": str(NUMBER),
        "CI_PROJECT_PATH": PROJECT,
        "CI_PIPELINE_SOURCE": "merge_request_event",
        "CI_COMMIT_SHA": head,
        "CI_MERGE_REQUEST_IID": str(IID),
        "CI_MERGE_REQUEST_PROJECT_ID": str(NUMBER),
        "CI_MERGE_REQUEST_PROJECT_PATH": PROJECT,
        "CI_MERGE_REQUEST_SOURCE_PROJECT_PATH": PROJECT,
        "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME": "better",
        "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "main",
        "CI_JOB_URL": f"https://gitlab.example/{PROJECT}/-/jobs/1",
        "CI_JOB_TOKEN": JOB_TOKEN,
        "GITLAB_TOKEN": TOKEN,
    }
    return head


def bodies(fake: FakeGitLab) -> list[str]:
    return [note["body"] for note in fake.notes.get(IID, [])]


def states(fake: FakeGitLab) -> list[tuple[str, str, str]]:
    return [(each["sha"], each["name"], each["status"]) for each in fake.statuses]


def test_a_run_is_a_status_and_a_comment_and_the_next_one_writes_into_it(repo: Repo, fake: FakeGitLab) -> None:
    first = pushed(repo, fake, WORSE)
    repo.seatrial("run", code=1)
    repo.seatrial("report", "--post", code=1)
    [refused] = bodies(fake)
    later = pushed(repo, fake, BETTER)
    repo.run()
    repo.seatrial("report", "--post")
    repo.seatrial("report", "--post")

    assert "# FAIL" in refused
    [body] = bodies(fake)
    assert "# PASS" in body
    assert first[:12] in body
    assert {(sha, name): state for sha, name, state in states(fake)} == {
        (first, NAME): "failed",
        (later, NAME): "success",
    }


def test_what_cannot_be_decided_and_holds_has_failed(repo: Repo, fake: FakeGitLab) -> None:
    head = pushed(repo, fake, *UNSURE)
    repo.seatrial("run", code=3)
    repo.seatrial("report", "--post", code=3)

    assert states(fake) == [(head, NAME, "failed")]
    assert "INCONCLUSIVE" in bodies(fake)[0]


def test_a_status_that_says_running_is_ended_by_the_verdict(repo: Repo, fake: FakeGitLab) -> None:
    head = pushed(repo, fake, BETTER)
    for _ in range(2):
        repo.seatrial("report", "--post", "--begin")
    before = states(fake)
    repo.run()
    repo.seatrial("report", "--post")

    assert before == [(head, NAME, "running")]
    assert states(fake) == [(head, NAME, "success")]


def test_a_job_token_is_told_what_it_lacks_and_the_verdict_stands(repo: Repo, fake: FakeGitLab) -> None:
    """In the exit code, and nothing else is there."""
    pushed(repo, fake, WORSE)
    del repo.environ["GITLAB_TOKEN"]
    repo.seatrial("run", code=1)

    said = repo.seatrial("report", "--post", code=None)

    assert said.code != 0
    assert "project access token" in f"{said.out}{said.err}"
    assert JOB_TOKEN not in f"{said.out}{said.err}"
    assert (bodies(fake), states(fake)) == ([], [])


def test_nothing_that_a_repository_names_is_carried_out(repo: Repo, fake: FakeGitLab) -> None:
    """A branch, a seed and a message of a commit are the author's own."""
    pushed(repo, fake, WORSE)
    repo.edit("gates.yaml", ("promote:", 'promote:\n  cluster: "/merge"'))
    head = repo.commit("/merge\n\n/close")
    fake.commits.add(head)
    fake.merge_requests[IID]["sha"] = repo.environ["CI_COMMIT_SHA"] = head
    repo.seatrial("run", code=None)
    repo.seatrial("report", "--post", code=None)

    assert len(bodies(fake)) == 1
    assert "/merge" in bodies(fake)[0]
    assert fake.commands == []
