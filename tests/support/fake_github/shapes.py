"""Answers as GitHub shapes them: its own published examples, with what the fake keeps put in.

An example brings the dozens of fields that nobody here looks at and that the description demands. Without the
description (`description.py`) an answer holds only what the fake keeps.
"""

from __future__ import annotations

from typing import Any

from tests.support.fake_github.description import description
from tests.support.fake_github.world import REPO, Account, PullState


def user(account: Account) -> dict[str, Any]:
    """An account as others see it."""
    at = f"https://api.github.com/users/{account.login}"
    parts = {"followers": "", "following": "{/other_user}", "gists": "{/gist_id}", "starred": "{/owner}{/repo}"}
    parts |= {"subscriptions": "", "organizations": "", "repos": "", "events": "{/privacy}", "received_events": ""}
    return {
        "login": account.login,
        "id": account.id,
        "node_id": f"U_{account.id}",
        "avatar_url": "https://github.com/images/error/octocat_happy.gif",
        "gravatar_id": "",
        "url": at,
        "html_url": f"https://github.com/{account.login}",
        **{f"{name}_url": f"{at}/{name}{more}" for name, more in parts.items()},
        "type": account.kind,
        "site_admin": False,
    }


def myself(account: Account) -> dict[str, Any]:
    """An account as it sees itself."""
    return _from("private-user-response-with-public-profile-information", user(account))


def app(slug: str) -> dict[str, Any]:
    """An app."""
    known = _from("check-run", {}).get("app") or {}
    return _merged(known, {"slug": slug, "name": slug})


def comment(kept: dict[str, Any], author: Account) -> dict[str, Any]:
    """A comment."""
    address = f"https://github.com/{REPO}/pull/{kept['number']}#issuecomment-{kept['id']}"
    times = {"created_at": kept["at"], "updated_at": kept["at"]}
    mine = {"id": kept["id"], "body": kept["body"], "html_url": address, "user": user(author), **times}
    return _from("issue-comment", mine)


def pull(kept: PullState, author: Account, *, listed: bool) -> dict[str, Any]:
    """A pull request, alone or as one of a list."""
    head = {"sha": kept.head_sha, "ref": kept.head_ref, "repo": None}
    if kept.head_repo is not None:
        head["repo"] = {"full_name": kept.head_repo}  # type: ignore[assignment]  # an object where there is one
    mine = {
        "number": kept.number,
        "state": kept.state,
        "user": user(author),
        "html_url": f"https://github.com/{REPO}/pull/{kept.number}",
        "requested_teams": [],  # the published example is not what the description says
        "head": head,
        "base": {"sha": kept.base_sha, "ref": kept.base_ref, "repo": {"full_name": REPO}},
    }
    return _from("pull-request-simple-items" if listed else "pull-request", mine)


def check(kept: dict[str, Any]) -> dict[str, Any]:
    """A check run."""
    output = kept.get("output", {})
    return _from(
        "check-run",
        {
            "id": kept["id"],
            "name": kept["name"],
            "head_sha": kept["head_sha"],
            "external_id": kept.get("external_id"),
            "status": kept["status"],
            "conclusion": kept.get("conclusion"),
            "details_url": kept.get("details_url"),
            "output": {
                "title": output.get("title"),
                "summary": output.get("summary"),
                "text": None,
                "annotations_count": len(kept["annotations"]),
            },
            "app": app(kept["app"]),
        },
    )


def annotation(kept: dict[str, Any]) -> dict[str, Any]:
    """An annotation of a check."""
    columns = {"start_column": None, "end_column": None, "raw_details": None, "title": kept.get("title")}
    return _from("check-annotation-items", {**columns, **kept})


def status(kept: dict[str, Any], creator: Account) -> dict[str, Any]:
    """The status of a commit."""
    names = ("id", "state", "context", "description", "target_url")
    return _from("status", {**{name: kept.get(name) for name in names}, "creator": user(creator)})


def deployment(kept: dict[str, Any], creator: Account) -> dict[str, Any]:
    """A deployment."""
    names = ("id", "sha", "ref", "task", "payload", "environment", "description", "production_environment")
    mine = {name: kept[name] for name in names}
    return {
        **_from("deployment-simple-example", {}),
        **mine,
        "creator": user(creator),
    }  # a payload is whole, and not merged into one


def deployment_status(kept: dict[str, Any], creator: Account) -> dict[str, Any]:
    """How far a deployment is."""
    names = ("id", "state", "description", "log_url", "environment")
    return _from("deployment-status", {**{name: kept[name] for name in names}, "creator": user(creator)})


def permission(account: Account) -> dict[str, Any]:
    """What somebody may do."""
    known = {"maintain": "write", "triage": "read"}
    amounts = account.base or known.get(account.role, account.role)
    example = "repository-collaborator-permission-response-if-user-has-admin-permissions"
    return _from(
        example,
        {"permission": amounts, "role_name": account.role, "user": {**user(account), "role_name": account.role}},
    )


def review(kept: dict[str, Any], author: Account) -> dict[str, Any]:
    """What somebody said to waiting environments."""
    environments = [{"id": number, "name": name} for number, name in enumerate(kept["environments"], 1)]
    return {"state": kept["state"], "comment": kept["comment"], "user": user(author), "environments": environments}


def _from(example: str, mine: dict[str, Any]) -> dict[str, Any]:
    found = description()
    published = {} if found is None else found.example(example)
    return _merged(published[0] if isinstance(published, list) else published, mine)


def _merged(published: Any, mine: dict[str, Any]) -> dict[str, Any]:
    merged = dict(published)
    for name, value in mine.items():
        known = merged.get(name)
        merged[name] = _merged(known, value) if isinstance(known, dict) and isinstance(value, dict) else value
    return merged
