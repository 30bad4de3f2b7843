"""Steps of GitHub Actions, as far as Seatrial sees them: variables, an event, and the files that a step writes.

The forge is the fake of GitHub (`fake_github`); the repository is a real one.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from tests.support.cli import Repo
from tests.support.fake_github.server import FakeGitHub
from tests.support.fake_github.world import REPO

TOKEN = "ghs_of-actions"
PULL = 7


def in_step(
    repo: Repo, fake: FakeGitHub, folder: Path, *, name: str, event: dict[str, Any], sha: str, token: str = TOKEN
) -> Repo:
    """The same work tree in a step that an event has started. `sha` is the commit that is checked out."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "event.json"
    file.write_text(json.dumps(event))
    environ = {
        "CI": "true",
        "GITHUB_ACTIONS": "true",
        "GITHUB_ACTOR": "octo",
        "GITHUB_API_URL": fake.api,
        "GITHUB_EVENT_NAME": name,
        "GITHUB_EVENT_PATH": str(file),
        "GITHUB_REPOSITORY": REPO,
        "GITHUB_RUN_ID": "42",
        "GITHUB_SHA": sha,
        "GITHUB_STEP_SUMMARY": str(folder / "summary.md"),
        "GITHUB_OUTPUT": str(folder / "output.txt"),
        "GITHUB_TOKEN": token,
    }
    return replace(repo, environ={**repo.environ, **environ})


def pull_event(head: str, *, repo: str | None = REPO) -> dict[str, Any]:
    """`pull_request`: its head lies in `repo`."""
    of = None if repo is None else {"full_name": repo}
    return {
        "action": "synchronize",
        "number": PULL,
        "pull_request": {
            "number": PULL,
            "head": {"sha": head, "ref": "better", "repo": of},
            "base": {"ref": "main", "repo": {"full_name": REPO}},
        },
    }


def after_event(head: str, *, repo: str) -> dict[str, Any]:
    """`workflow_run`, after one that a pull request from another repository has started: it names no number."""
    run = {
        "event": "pull_request",
        "head_sha": head,
        "head_branch": "better",
        "head_repository": {"full_name": repo},
        "pull_requests": [],
    }
    return {"action": "completed", "workflow_run": run}


def comment_event(body: str, author: str) -> dict[str, Any]:
    """`issue_comment` on the pull request."""
    return {
        "action": "created",
        "issue": {"number": PULL, "pull_request": {"url": "https://forge.invalid/7"}},
        "comment": {
            "body": body,
            "user": {"login": author, "type": "User"},
            "html_url": f"https://github.com/{REPO}/pull/7#issuecomment-1",
        },
    }


def summary_of(repo: Repo) -> str:
    """What the step has written into its summary."""
    file = Path(repo.environ["GITHUB_STEP_SUMMARY"])
    return file.read_text() if file.exists() else ""


def outputs_of(repo: Repo) -> dict[str, str]:
    """The outputs of the step; of one that was written twice the last counts."""
    lines = iter(Path(repo.environ["GITHUB_OUTPUT"]).read_text().splitlines())
    found: dict[str, str] = {}
    for line in lines:
        name, _, end = line.partition("<<")
        found[name] = "\n".join(iter(lambda end=end: next(lines), end))  # type: ignore[misc]
    return found
