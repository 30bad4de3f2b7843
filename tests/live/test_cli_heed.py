"""What people say on a forge, done: dear stages for one commit, approvals by a comment and by reviewers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.cli import BETTER, UNSURE, Repo, copy_of, template, with_production
from tests.support.fake_github.server import FakeGitHub, fake_github
from tests.support.workflows import PULL, comment_event, in_step, outputs_of

APPROVALS = (
    "    gates: gates.yaml\n",
    "    gates: gates.yaml\n    approvals: {production: {from: [[ann, ann@example.invalid]]}}\n",
)


@pytest.fixture
def fake() -> Iterator[FakeGitHub]:
    with fake_github() as running:
        running.world.account("ann", role="write")
        running.world.account("ben", role="read")
        yield running


@pytest.fixture
def repo(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> Repo:
    return copy_of(template(tmp_path_factory, "production", with_production), tmp_path / "repo")


def said(repo: Repo, fake: FakeGitHub, folder: Path, body: str, author: str) -> Repo:
    """The step that a comment has started."""
    head = repo.git("rev-parse", "HEAD")
    return in_step(repo, fake, folder / "step", name="issue_comment", event=comment_event(body, author), sha=head)


def test_a_maintainer_allows_dear_stages_for_the_head_of_a_pull_request(
    repo: Repo, fake: FakeGitHub, tmp_path: Path
) -> None:
    head = fake.world.pulls[PULL].head_sha
    step = said(repo, fake, tmp_path, f"/seatrial run {head}", "ann")

    step.seatrial("heed")

    assert outputs_of(step) == {"allowed": "true", "commit": head, "number": str(PULL)}
    assert [status["sha"] for status in fake.world.statuses] == [head]
    assert "says ann" in fake.world.bodies(PULL)[-1]


@pytest.mark.parametrize("author", ["ben", "stranger"])
def test_others_allow_nothing_and_are_not_answered(repo: Repo, fake: FakeGitHub, tmp_path: Path, author: str) -> None:
    fake.world.account("stranger")
    step = said(repo, fake, tmp_path, f"/seatrial run {'a' * 40}", author)

    step.seatrial("heed")

    assert outputs_of(step)["allowed"] == "false"
    assert (fake.world.statuses, fake.world.bodies(PULL)) == ([], [])


def review(login: str, environment: str) -> dict[str, Any]:
    """What somebody said when a workflow run waited for them."""
    return {"state": "approved", "comment": "fine", "login": login, "environments": [environment]}


def waiting(repo: Repo) -> str:
    """A better version that waits for an approval before it may be production."""
    repo.edit("seatrial.yaml", APPROVALS)
    repo.commit()
    repo.set_params(BETTER)
    repo.run()
    ref = repo.register()
    repo.promote(ref, code=3)
    return ref


def test_a_listed_person_approves_by_a_comment_and_the_version_may_go(
    repo: Repo, fake: FakeGitHub, tmp_path: Path
) -> None:
    ref = waiting(repo)
    step = said(repo, fake, tmp_path, f"/seatrial approve {ref} production seen it", "ann")

    step.seatrial("heed")

    moved = repo.promote(ref)
    (approval,) = moved["move"]["approvals"]
    assert (approval["actor"]["name"], approval["actor"]["identified_by"]) == ("ann", "github comment")


def test_an_approval_by_somebody_else_counts_for_nothing(repo: Repo, fake: FakeGitHub, tmp_path: Path) -> None:
    ref = waiting(repo)
    step = said(repo, fake, tmp_path, f"/seatrial approve {ref} production", "ben")

    step.seatrial("heed")

    repo.promote(ref, code=3)


@pytest.fixture
def unsure(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> Repo:
    """No rule, and tiny@2, which its gates hold; the job that made it was started by ada."""
    return copy_of(template(tmp_path_factory, "unsure-in-ci", _unsure), tmp_path / "unsure")


def _unsure(folder: Path) -> Repo:
    repo = with_production(folder)
    repo.set_params(*UNSURE)
    repo.git("commit", "-q", "--amend", "--no-edit", "--author", "Ada <1+ada@users.noreply.github.com>")
    repo.environ.update({"GITHUB_ACTIONS": "true", "GITHUB_ACTOR": "ada"})
    repo.seatrial("run", code=3)  # which annotates
    repo.seatrial("models", "register")
    repo.environ.clear()
    return repo


@pytest.mark.parametrize("author", ["ben", "stranger"])
def test_without_a_rule_whoever_may_not_write_lifts_no_hold(
    unsure: Repo, fake: FakeGitHub, tmp_path: Path, author: str
) -> None:
    """Anybody may comment. Nothing is recorded, and nothing answered."""
    fake.world.account("stranger")
    before = sorted((unsure.state / "records/models/tiny").iterdir())
    step = said(unsure, fake, tmp_path, "/seatrial approve tiny@2 production", author)

    document = step.seatrial("heed", "--json").json

    assert (document["done"], document["answered"], fake.world.bodies(PULL)) == (False, False, [])
    assert sorted((unsure.state / "records/models/tiny").iterdir()) == before
    assert unsure.promote("tiny@2", code=3)["moved"] is False


def test_without_a_rule_somebody_who_may_write_lifts_a_hold(unsure: Repo, fake: FakeGitHub, tmp_path: Path) -> None:
    step = said(unsure, fake, tmp_path, "/seatrial approve tiny@2 production", "ann")

    step.seatrial("heed")

    assert "tiny@2 is approved for production by ann (write)." in fake.world.bodies(PULL)[-1]
    assert unsure.promote("tiny@2")["moved"] is True


def test_an_authors_own_word_is_recorded_and_said_to_lift_nothing(
    unsure: Repo, fake: FakeGitHub, tmp_path: Path
) -> None:
    fake.world.account("ada", role="admin")
    step = said(unsure, fake, tmp_path, "/seatrial approve tiny@2 production", "ada")

    step.seatrial("heed")

    assert "It lifts no hold: ada registered tiny@2" in fake.world.bodies(PULL)[-1]
    (void,) = unsure.promote("tiny@2", code=3)["approvals"]["void"]
    assert void["reason"] == "author"


@pytest.mark.parametrize(("author", "role", "answers"), [("cem", "admin", 1), ("ben", "read", 0)])
def test_a_rule_lists_who_may_and_only_who_may_write_is_told(
    repo: Repo, fake: FakeGitHub, tmp_path: Path, author: str, role: str, answers: int
) -> None:
    """Whatever else they may do in the repository."""
    fake.world.account(author, role=role)
    ref = waiting(repo)
    before = sorted((repo.state / "records/models/tiny").iterdir())
    step = said(repo, fake, tmp_path, f"/seatrial approve {ref} production", author)

    step.seatrial("heed")

    assert len(fake.world.bodies(PULL)) == answers
    assert all("its rule lists ann" in body for body in fake.world.bodies(PULL))
    assert sorted((repo.state / "records/models/tiny").iterdir()) == before


def test_somebody_listed_who_only_reads_counts_and_the_role_is_shown(
    repo: Repo, fake: FakeGitHub, tmp_path: Path
) -> None:
    """The rule was reviewed; what somebody may write is another matter."""
    fake.world.account("ann", role="read")
    ref = waiting(repo)
    step = said(repo, fake, tmp_path, f"/seatrial approve {ref} production", "ann")

    step.seatrial("heed")

    assert f"{ref} is approved for production by ann (read)." in fake.world.bodies(PULL)[-1]
    assert repo.promote(ref)["moved"] is True


def test_reviewers_of_the_environment_that_a_job_waited_for_have_approved(
    repo: Repo, fake: FakeGitHub, tmp_path: Path
) -> None:
    ref = waiting(repo)
    fake.world.reviews[42] = [review("ann", "production"), review("ben", "production")]
    head = repo.git("rev-parse", "HEAD")
    step = in_step(repo, fake, tmp_path / "step", name="push", event={"ref": "refs/heads/main"}, sha=head)

    reviews = step.seatrial("models", "approve", ref, "--to", "production", "--from-reviews", "--json").json["reviews"]

    assert {one["user"]: one["counts"] for one in reviews} == {"ann": True, "ben": False}
    (approval,) = repo.promote(ref)["move"]["approvals"]
    assert approval["actor"]["identified_by"] == "github review"


def test_a_review_of_another_environment_approves_nothing_here(repo: Repo, fake: FakeGitHub, tmp_path: Path) -> None:
    ref = waiting(repo)
    fake.world.reviews[42] = [review("ann", "staging")]
    head = repo.git("rev-parse", "HEAD")
    step = in_step(repo, fake, tmp_path / "step", name="push", event={"ref": "refs/heads/main"}, sha=head)

    refused = step.seatrial("models", "approve", ref, "--to", "production", "--from-reviews", code=2)

    assert "nobody has approved the environment production" in refused.err
    repo.promote(ref, code=3)
