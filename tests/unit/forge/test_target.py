"""Where a run belongs, by the variables and the event of CI."""

from __future__ import annotations

import pytest

from seatrial.digest import Json
from seatrial.errors import UsageError
from seatrial.forge.policy import Kind
from seatrial.forge.target import github, gitlab, target_of

HEAD, MERGE = "a" * 40, "c" * 40
ACTIONS = {
    "GITHUB_REPOSITORY": "octo/models",
    "GITHUB_SHA": MERGE,
    "GITHUB_RUN_ID": "5",
    "GITHUB_API_URL": "https://forge.invalid/api/v3/",
    "GITHUB_SERVER_URL": "https://forge.invalid",
}


def _pull(repo: Json = "octo/models", sha: Json = HEAD, number: Json = 7) -> Json:
    source = None if repo is None else {"full_name": repo}
    head = {"sha": sha, "ref": "topic", "repo": source}
    return {"pull_request": {"number": number, "head": head, "base": {"ref": "main"}}}


def test_a_pull_request_is_judged_at_the_head_of_its_branch() -> None:
    """What was checked out is a merge commit that nobody sees."""
    target = github({**ACTIONS, "GITHUB_EVENT_NAME": "pull_request"}, _pull())

    assert (target.sha, target.number, target.base_ref, target.from_fork) == (HEAD, 7, "main", False)
    assert target.about_a_pull
    assert (target.api, target.details) == (
        "https://forge.invalid/api/v3",
        "https://forge.invalid/octo/models/actions/runs/5",
    )


def test_code_of_another_repository_is_a_forks_and_so_is_code_of_nobodys() -> None:
    """A fork that was deleted since is not our own repository."""
    for repo, fork in (("other/models", True), (None, True), ("OCTO/Models", False)):
        assert github({**ACTIONS, "GITHUB_EVENT_NAME": "pull_request"}, _pull(repo)).from_fork is fork


def test_a_push_is_judged_at_its_commit() -> None:
    target = github({**ACTIONS, "GITHUB_EVENT_NAME": "push"}, {"ref": "refs/heads/main"})

    assert (target.sha, target.number, target.about_a_pull) == (MERGE, None, False)


def test_a_comment_names_the_pull_request_and_no_commit() -> None:
    """The head may have moved since: it is asked for. A comment on an issue is about no pull request."""
    environ = {**ACTIONS, "GITHUB_EVENT_NAME": "issue_comment"}
    on_pull = github(environ, {"issue": {"number": 7, "pull_request": {"url": "x"}}})
    on_issue = github(environ, {"issue": {"number": 8}})

    assert (on_pull.number, on_pull.sha) == (7, None)
    assert (on_issue.number, on_issue.sha) == (None, MERGE)


def test_a_run_that_follows_another_belongs_where_that_one_did() -> None:
    """For a fork's pull request there is no number, and the branch says what to look for."""
    environ = {**ACTIONS, "GITHUB_EVENT_NAME": "workflow_run"}
    run: dict[str, Json] = {
        "event": "pull_request",
        "head_sha": HEAD,
        "head_branch": "topic",
        "head_repository": {"full_name": "other/models"},
        "pull_requests": [],
    }
    of_fork = github(environ, {"workflow_run": run})
    own = {**run, "head_repository": {"full_name": "octo/models"}}
    of_own = github(environ, {"workflow_run": {**own, "pull_requests": [{"number": 7, "base": {"ref": "main"}}]}})
    of_push = github(environ, {"workflow_run": {**own, "event": "push"}})

    assert (of_fork.sha, of_fork.number, of_fork.head_ref, of_fork.from_fork) == (HEAD, None, "topic", True)
    assert of_fork.about_a_pull
    assert (of_own.number, of_own.base_ref, of_own.from_fork) == (7, "main", False)
    assert (of_push.number, of_push.about_a_pull) == (None, False)


def test_an_event_of_another_form_names_nothing() -> None:
    """Neither a forged number nor a forged commit is taken, and nothing breaks."""
    environ = {**ACTIONS, "GITHUB_EVENT_NAME": "pull_request"}
    for number in ("7", True, 0, -7, 7.0, None):
        assert github(environ, _pull(number=number)).number is None
    for sha in ("a" * 39, "A" * 40, HEAD + "\n", "../" + HEAD, 7, None):
        assert github(environ, _pull(sha=sha)).sha is None
    events: tuple[Json, ...] = (None, [], "x", {"pull_request": []}, {"pull_request": {"head": 3}})
    for event in events:
        assert github(environ, event).number is None
    assert github({}, None).repo == ""


def test_a_merge_request_is_judged_at_the_head_of_its_branch() -> None:
    """In a pipeline of merged results the commit is one that nobody sees."""
    environ = {
        "CI_API_V4_URL": "https://forge.invalid/api/v4",
        "CI_PROJECT_ID": "3",
        "CI_COMMIT_SHA": MERGE,
        "CI_PROJECT_PATH": "octo/models",
        "CI_MERGE_REQUEST_IID": "7",
        "CI_MERGE_REQUEST_PROJECT_PATH": "octo/models",
        "CI_MERGE_REQUEST_SOURCE_PROJECT_PATH": "octo/models",
        "CI_MERGE_REQUEST_SOURCE_BRANCH_SHA": HEAD,
    }
    own = gitlab(environ)
    fork = gitlab({**environ, "CI_MERGE_REQUEST_SOURCE_PROJECT_PATH": "other/models"})

    assert (own.sha, own.number, own.repo, own.from_fork) == (HEAD, 7, "3", False)
    assert fork.from_fork
    assert gitlab({"CI_COMMIT_SHA": MERGE}).sha == MERGE


def test_the_forge_is_the_one_that_the_surroundings_name_unless_it_is_said() -> None:
    """Outside of CI it is a folder, and the commit is the one that is checked out."""
    actions = {**ACTIONS, "GITHUB_ACTIONS": "true", "GITHUB_EVENT_NAME": "push"}
    lab = {"GITLAB_CI": "true", "CI_PROJECT_ID": "3", "CI_COMMIT_SHA": MERGE}

    def found(kind: Kind, environ: dict[str, str]) -> tuple[str, str | None]:
        target = target_of(kind, environ, None, project="digits", head=HEAD)
        return str(target.kind), target.sha

    assert found(Kind.AUTO, actions) == ("github", MERGE)
    assert found(Kind.AUTO, lab) == ("gitlab", MERGE)
    assert found(Kind.AUTO, {}) == ("local", HEAD)
    assert found(Kind.LOCAL, actions) == ("local", HEAD)
    assert found(Kind.GITHUB, {"GITHUB_REPOSITORY": "octo/models"}) == ("github", HEAD)
    for kind in (Kind.GITHUB, Kind.GITLAB):
        with pytest.raises(UsageError, match="nothing says"):
            found(kind, {})


def test_a_number_that_is_none_is_no_merge_request() -> None:
    for number in ("", "x", "7x", "-7", "\u0667", "9" * 5_000):
        assert gitlab({"CI_MERGE_REQUEST_IID": number}).number is None
