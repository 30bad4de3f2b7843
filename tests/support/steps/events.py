"""What starts workflows: events of GitHub with their payloads, as far as a workflow can see them.

Made by the hub (`hub.py`), which knows the repository. `workflow` is the commit whose workflow files count: for a pull
request the merge of it, and for what is said or follows another run the default branch.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.support.fake_github.world import REPO

QUEUE = "gh-readonly-queue"


@dataclass(frozen=True, kw_only=True)
class Event:
    """One event. `sha` and `ref` are GITHUB_SHA and GITHUB_REF."""

    name: str
    payload: Mapping[str, Any]
    sha: str
    ref: str
    workflow: str
    head_ref: str = ""
    base_ref: str = ""
    actor: str = "octo"
    only: str | None = None
    """The one workflow file that was started by hand."""

    @property
    def from_fork(self) -> bool:
        """Whether the code is another repository's: such a run has a token that reads, and no secrets."""
        pull = self.payload.get("pull_request")
        return pull is not None and pull["head"]["repo"]["full_name"] != REPO

    @property
    def action(self) -> str | None:
        """What has happened, for events that have kinds."""
        found: str | None = self.payload.get("action")
        return found

    @property
    def branch(self) -> str:
        """The branch that `branches:` speaks of."""
        if self.name == "workflow_run":
            return str(self.payload["workflow_run"]["head_branch"])
        return self.base_ref.removeprefix("refs/heads/") or self.ref.removeprefix("refs/heads/")

    @property
    def ref_name(self) -> str:
        """GITHUB_REF_NAME."""
        return self.ref.removeprefix("refs/heads/").removeprefix("refs/tags/").removeprefix("refs/pull/")


def pull_request(
    number: int, *, head: str, merge: str, base: str, ref: str, repo: str, action: str = "synchronize", author: str
) -> Event:
    """A pull request was opened, or pushed to."""
    pull = {
        "number": number,
        "head": {"sha": head, "ref": ref, "repo": {"full_name": repo, "fork": repo != REPO}},
        "base": {"sha": base, "ref": "main", "repo": {"full_name": REPO}},
        "user": {"login": author},
        "draft": False,
    }
    payload = {"action": action, "number": number, "pull_request": pull, **_repository()}
    return Event(
        name="pull_request",
        payload=payload,
        sha=merge,
        ref=f"refs/pull/{number}/merge",
        workflow=merge,
        head_ref=ref,
        base_ref="main",
        actor=author,
    )


def merge_group(number: int, *, head: str, base: str) -> Event:
    """The queue wants a group of changes tried."""
    ref = f"refs/heads/{QUEUE}/main/pr-{number}-{base}"
    group = {"head_sha": head, "head_ref": ref, "base_sha": base, "base_ref": "refs/heads/main"}
    payload = {"action": "checks_requested", "merge_group": group, **_repository()}
    return Event(name="merge_group", payload=payload, sha=head, ref=ref, workflow=head, base_ref="refs/heads/main")


def push(ref: str, *, before: str, after: str) -> Event:
    """A branch or a tag was pushed."""
    payload = {"ref": ref, "before": before, "after": after, "deleted": False, **_repository()}
    return Event(name="push", payload=payload, sha=after, ref=ref, workflow=after)


def schedule(cron: str, *, main: str) -> Event:
    """The time has come."""
    return Event(name="schedule", payload={"schedule": cron, **_repository()}, sha=main, ref=_MAIN, workflow=main)


def dispatch(file: str, inputs: Mapping[str, str], *, ref: str, sha: str) -> Event:
    """Somebody starts one workflow by hand."""
    payload = {"inputs": dict(inputs), "ref": ref, "workflow": file, **_repository()}
    return Event(name="workflow_dispatch", payload=payload, sha=sha, ref=ref, workflow=sha, only=file)


def comment(number: int, body: str, author: str, *, main: str, key: int) -> Event:
    """Somebody writes below a pull request."""
    payload = {
        "action": "created",
        "issue": {"number": number, "state": "open", "pull_request": {"url": f"https://forge.invalid/{number}"}},
        "comment": {
            "id": key,
            "body": body,
            "user": {"login": author, "type": "User"},
            "author_association": "NONE",
            "html_url": f"https://github.com/{REPO}/pull/{number}#issuecomment-{key}",
        },
        **_repository(),
    }
    return Event(name="issue_comment", payload=payload, sha=main, ref=_MAIN, workflow=main, actor=author)


def after(event: Event, *, run: int, name: str, path: str, conclusion: str, main: str) -> Event:
    """A run has ended. Of a fork's, no number of a pull request is told."""
    pull = event.payload.get("pull_request")
    head: dict[str, Any] = (
        pull["head"] if pull else {"sha": event.sha, "ref": event.ref_name, "repo": {"full_name": REPO}}
    )
    ended = {
        "id": run,
        "name": name,
        "path": path,
        "event": event.name,
        "conclusion": conclusion,
        "head_sha": head["sha"],
        "head_branch": head["ref"],
        "head_repository": {"full_name": head["repo"]["full_name"]},
        "pull_requests": [{"number": pull["number"]}] if pull and not event.from_fork else [],
    }
    payload = {"action": "completed", "workflow_run": ended, "workflow": {"name": name, "path": path}, **_repository()}
    return Event(name="workflow_run", payload=payload, sha=main, ref=_MAIN, workflow=main, actor=event.actor)


_MAIN = "refs/heads/main"


def _repository() -> dict[str, Any]:
    owner, name = REPO.split("/")
    return {
        "repository": {
            "full_name": REPO,
            "name": name,
            "owner": {"login": owner},
            "default_branch": "main",
            "fork": False,
        },
        "sender": {"login": owner},
    }
