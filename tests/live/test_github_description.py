"""What is asked of GitHub is what GitHub publishes: the fake that the other tests talk to is held to its description.

Needs `make live`, which fetches the description with npm, and jsonschema. Without them the fake answers all the same,
and these tests are left out by name.
"""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from typing import Any

import pytest

from requirements.openapi import OPERATIONS
from seatrial import __version__
from seatrial.forge.port import Annotation, Check, Deployed, Deployment, Level, State, Status
from seatrial.replacing import replace
from tests.support.fake_github.clients import client
from tests.support.fake_github.description import description, needs_description
from tests.support.fake_github.server import FakeGitHub, fake_github
from tests.support.fake_github.world import REPO

pytestmark = [pytest.mark.live, needs_description]

SHA = "a" * 40
HEADERS = {
    "Accept": "application/vnd.github+json",
    "X-GitHub-Api-Version": "2022-11-28",
    "User-Agent": f"seatrial/{__version__}",
    "Authorization": "Bearer ghs_of-actions",
    "Content-Type": "application/json; charset=utf-8",
}
CHECK = {"name": "gate", "head_sha": SHA, "status": "completed", "conclusion": "success"}


@pytest.fixture
def fake() -> Iterator[FakeGitHub]:
    with fake_github() as running:
        yield running


def _send(fake: FakeGitHub, method: str, path: str, body: Any = None, **headers: str) -> int:
    connection = http.client.HTTPConnection(fake.api.removeprefix("http://"), timeout=10)
    data = None if body is None else json.dumps(body)
    connection.request(method, path, body=data, headers={**HEADERS, **headers})
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer.status


def test_everything_that_is_asked_for_is_described_and_everything_described_is_asked_for(fake: FakeGitHub) -> None:
    """So that nothing is left out of the description's sight, and nothing is fetched that nobody needs."""
    fake.world.reviews[5] = [{"state": "approved", "comment": "", "login": "octo", "environments": ["production"]}]
    fake.world.account("kim", role="maintain")
    fake.world.pull(8, "d" * 40, repo="stranger/models")
    github = client(fake)
    annotations = tuple(Annotation(path="a", line=1, level=Level.NOTICE, title="", message="m") for _ in range(60))
    check = Check(
        name="gate",
        sha=SHA,
        run="1",
        state=State.RUNNING,
        title="t",
        summary="s",
        url="https://ci.invalid",
        annotations=(),
    )
    for state in State:
        github.put_check(replace(check, state=state, annotations=annotations))
        github.put_status(Status(context="gate", sha=SHA, state=state, description="d", url="https://ci.invalid"))
    github.statuses(SHA)
    added = github.add_comment(7, "x")
    github.change_comment(7, added.id, "y")
    github.comments(7)
    client(fake, "ghp_of-a-person").comments(7)
    github.remove_comment(7, added.id)
    move = Deployment(sha=SHA, environment="production", key="k", state=Deployed.SUCCESS, description="d")
    for deployed in Deployed:
        github.deploy(replace(move, state=deployed, url="https://ci.invalid"))
    github.role("kim")
    github.reviews("5")
    github.pull(7)
    github.pull_of("d" * 40, head_repo="stranger/models", head_ref="topic")
    known = description()

    assert known is not None
    asked = [known.operation(one.method, one.path) for one in fake.asked]
    assert None not in asked
    assert {(one.method.lower(), one.template) for one in asked if one is not None} == set(OPERATIONS)


@pytest.mark.parametrize(
    ("method", "path", "body", "fault"),
    [
        ("POST", "issues/7/comments", {}, "'body' is a required property"),
        ("POST", "issues/7/comments", {"body": 1}, "1 is not of type 'string'"),
        ("POST", "issues/7/comments", {"body": "x", "more": 1}, "body.more is not described"),
        ("POST", "issues/x/comments", {"body": "x"}, "'x' is not of type 'integer'"),
        ("GET", "issues/7/comments?pages=1", None, "query pages is not described"),
        ("GET", "issues/7/comments?per_page=1&per_page=2", None, "query per_page is given twice"),
        ("GET", "issues/7", None, "is not described"),
        ("POST", "check-runs", {**CHECK, "conclusion": "good"}, "'good' is not one of"),
        ("POST", "check-runs", {**CHECK, "output": {"title": "t"}}, "'summary' is a required property"),
        ("POST", "check-runs", {**CHECK, "started_at": "today"}, "'today' is not a 'date-time'"),
        (
            "POST",
            "check-runs",
            {**CHECK, "output": {"title": "t", "summary": "s", "annotations": [{"path": "a", "line": 1}]}},
            "body.output.annotations[].line is not described",
        ),
        ("POST", f"statuses/{SHA}", {"state": "running"}, "'running' is not one of"),
        ("POST", "deployments", {"ref": SHA, "required_contexts": "none"}, "'none' is not of type 'array'"),
    ],
)
def test_a_request_that_is_not_as_described_is_noticed(
    fake: FakeGitHub, method: str, path: str, body: Any, fault: str
) -> None:
    """Each of these the real one would refuse, or pass over in silence."""
    status = _send(fake, method, f"/repos/{REPO}/{path}", body)
    told = "\n".join(fake.invalid)
    fake.invalid.clear()

    assert status == 422
    assert fault in told


@pytest.mark.parametrize("header", ["Accept", "X-GitHub-Api-Version", "User-Agent", "Content-Type"])
def test_a_header_that_is_missing_is_noticed(fake: FakeGitHub, header: str) -> None:
    _send(fake, "POST", f"/repos/{REPO}/issues/7/comments", {"body": "x"}, **{header: "other"})
    told = "\n".join(fake.invalid)
    fake.invalid.clear()

    assert header.lower() in told


def test_an_answer_of_the_fake_that_is_not_as_described_is_noticed(fake: FakeGitHub) -> None:
    """Else it might be a GitHub that there is not."""
    fake.world.statuses.append({"id": "1", "sha": SHA, "context": "c", "state": "success", "creator": "octo"})
    client(fake).statuses(SHA)
    told = "\n".join(fake.invalid)
    fake.invalid.clear()

    assert "answer[0].id: '1' is not of type 'integer'" in told
