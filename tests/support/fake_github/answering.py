"""What the fake of GitHub answers: one function for each operation, with the laws that GitHub holds.

Some are in its description (`description.py`) and some only in what it does: a right that is missing is 403 and a thing
that is not there 404; only an app writes checks, and only its own; a summary is bounded in bytes; the description of a
status takes 140 characters, none beyond the basic plane; annotations are added to those that are there.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tests.support.fake_github import shapes
from tests.support.fake_github.world import REPO, Account, Token, World


class RefusedError(Exception):
    """An answer that is no success."""

    def __init__(self, status: int, message: str, *, field: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.body: dict[str, Any] = {"message": message, "documentation_url": "https://docs.github.com/rest"}
        if status == 422:
            error = {"resource": "It", "code": "custom", "field": field, "message": message}
            self.body |= {"message": "Validation Failed", "errors": [error]} if field else {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request, understood. `at` are the parts of its path."""

    world: World
    token: Token
    at: tuple[str, ...]
    query: Mapping[str, str]
    body: Any

    @property
    def me(self) -> Account:
        return self.world.accounts[self.token.login]


Answer = tuple[int, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """An operation: the right that it takes, and what it does. `paged`: its answer comes in pages."""

    method: str
    path: re.Pattern[str]
    right: str
    level: str
    does: Callable[[Call], Answer]
    paged: bool = False


def _me(call: Call) -> Answer:
    if call.token.app is not None:
        raise RefusedError(403, "Resource not accessible by integration")
    return 200, shapes.myself(call.me)


def _pull(call: Call) -> Answer:
    found = call.world.pulls.get(int(call.at[0]))
    if found is None:
        raise RefusedError(404, "Not Found")
    return 200, shapes.pull(found, call.world.accounts[found.author], listed=False)


def _pulls(call: Call) -> Answer:
    wanted = call.query.get("head")
    found = [
        pull
        for pull in call.world.pulls.values()
        if call.query.get("state", "open") in (pull.state, "all")
        and (wanted is None or f"{(pull.head_repo or '').partition('/')[0]}:{pull.head_ref}" == wanted)
    ]
    return 200, [shapes.pull(pull, call.world.accounts[pull.author], listed=True) for pull in found]


def _pulls_of_commit(call: Call) -> Answer:
    sha = _commit(call)
    found = [pull for pull in call.world.pulls.values() if pull.head_sha == sha and sha in call.world.shas]
    return 200, [shapes.pull(pull, call.world.accounts[pull.author], listed=True) for pull in found]


def _comments(call: Call) -> Answer:
    number = _open_issue(call)
    found = [one for one in call.world.comments.values() if one["number"] == number]
    return 200, [shapes.comment(one, call.world.accounts[one["login"]]) for one in found]


def _add_comment(call: Call) -> Answer:
    number = _open_issue(call)
    if call.world.pulls[number].locked:
        raise RefusedError(403, "Unable to create comment because issue is locked.")
    _check_body(call.body["body"])
    key = call.world.comment(number, call.me.login, call.body["body"])
    return 201, shapes.comment(call.world.comments[key], call.me)


def _change_comment(call: Call) -> Answer:
    kept = _comment(call)
    _check_body(call.body["body"])
    kept["body"] = call.body["body"]
    return 200, shapes.comment(kept, call.world.accounts[kept["login"]])


def _remove_comment(call: Call) -> Answer:
    del call.world.comments[_comment(call)["id"]]
    return 204, None


def _add_check(call: Call) -> Answer:
    if call.token.app is None:
        raise RefusedError(403, "You must authenticate via a GitHub App.")
    if call.body["head_sha"] not in _shas(call.world):
        raise RefusedError(422, f"No commit found for SHA: {call.body['head_sha']}")
    key = call.world.number()
    call.world.checks[key] = {"id": key, "app": call.token.app, "annotations": [], "status": "queued"}
    _say(call.world.checks[key], call.body)
    return 201, shapes.check(call.world.checks[key])


def _change_check(call: Call) -> Answer:
    kept = _check(call)
    if kept["app"] != call.token.app:
        raise RefusedError(403, f"Invalid app_id `{call.token.app}` - check run can only be modified by its app.")
    _say(kept, call.body)
    return 200, shapes.check(kept)


def _say(kept: dict[str, Any], body: dict[str, Any]) -> None:
    output = body.get("output", {})
    if len(output.get("summary", "").encode()) > 65_535:
        raise RefusedError(422, "summary exceeds a maximum bytesize of 65535", field="summary")
    for annotation in output.get("annotations", []):
        if annotation["start_line"] < 1 or not annotation["message"] or len(annotation.get("title", "")) > 255:
            raise RefusedError(422, "annotation is not valid", field="annotations")
    if body.get("status") == "in_progress":
        kept["conclusion"] = None
    kept |= {name: value for name, value in body.items() if name != "output"}
    kept["output"] = kept.get("output", {}) | {name: output[name] for name in ("title", "summary") if name in output}
    kept["annotations"] += output.get("annotations", [])


def _annotations(call: Call) -> Answer:
    blob = f"https://github.com/{REPO}/blob/{'c' * 40}/"
    return 200, [shapes.annotation({**one, "blob_href": blob}) for one in _check(call)["annotations"]]


def _checks(call: Call) -> Answer:
    sha = _commit(call)
    found = [one for one in call.world.checks.values() if one["head_sha"] == sha]
    if "check_name" in call.query:
        found = [one for one in found if one["name"] == call.query["check_name"]]
    if call.query.get("filter", "latest") == "latest":
        found = list({(one["app"], one["name"]): one for one in found}.values())
    return 200, [shapes.check(one) for one in found]


def _add_status(call: Call) -> Answer:
    sha = _commit(call)
    _check_line(call.body.get("description") or "")
    if not re.match(r"https?://", call.body.get("target_url") or "https://"):
        raise RefusedError(422, "target_url must use http(s) scheme", field="target_url")
    kept = {"id": call.world.number(), "sha": sha, "creator": call.me.login, "context": "default", **call.body}
    call.world.statuses.append(kept)
    return 201, shapes.status(kept, call.me)


def _statuses(call: Call) -> Answer:
    sha = _commit(call)
    found = [one for one in reversed(call.world.statuses) if one["sha"] == sha]
    return 200, [shapes.status(one, call.world.accounts[one["creator"]]) for one in found]


def _deployments(call: Call) -> Answer:
    names = [name for name in ("sha", "ref", "task", "environment") if name in call.query]
    found = [
        one for one in reversed(call.world.deployments.values()) if all(one[name] == call.query[name] for name in names)
    ]
    return 200, [shapes.deployment(one, call.world.accounts[one["creator"]]) for one in found]


def _add_deployment(call: Call) -> Answer:
    if call.body["ref"] not in _shas(call.world):
        raise RefusedError(422, f"No ref found for: {call.body['ref']}")
    if call.body.get("required_contexts") != []:
        raise RefusedError(409, "Conflict: Commit status checks failed for the ref.")
    if call.body.get("auto_merge", True):
        raise RefusedError(409, "Conflict merging main into the ref.")
    _check_line(call.body.get("description") or "")
    key = call.world.number()
    defaults = {"task": "deploy", "payload": "", "environment": "production", "description": ""}
    kept = {"id": key, "sha": call.body["ref"], "creator": call.me.login, **defaults, **call.body}
    call.world.deployments[key] = kept
    return 201, shapes.deployment(kept, call.me)


def _deployment_statuses(call: Call) -> Answer:
    key = _deployment(call)["id"]
    found = [one for one in reversed(call.world.deployment_statuses) if one["deployment"] == key]
    return 200, [shapes.deployment_status(one, call.world.accounts[one["creator"]]) for one in found]


def _add_deployment_status(call: Call) -> Answer:
    deployment = _deployment(call)
    _check_line(call.body.get("description") or "")
    defaults = {"description": "", "log_url": "", "environment": deployment["environment"]}
    kept = {
        "id": call.world.number(),
        "deployment": deployment["id"],
        "creator": call.me.login,
        **defaults,
        **call.body,
    }
    call.world.deployment_statuses.append(kept)
    return 201, shapes.deployment_status(kept, call.me)


def _permission(call: Call) -> Answer:
    account = call.world.accounts.get(call.at[0])
    if account is None:
        raise RefusedError(404, f"{call.at[0]} is not a user")
    return 200, shapes.permission(account)


def _reviews(call: Call) -> Answer:
    found = call.world.reviews.get(int(call.at[0]))
    if found is None:
        raise RefusedError(404, "Not Found")
    return 200, [shapes.review(one, call.world.accounts[one["login"]]) for one in found]


def _shas(world: World) -> set[str]:
    """Commits that can be named: a fork's too, by their whole name."""
    return world.shas | {pull.head_sha for pull in world.pulls.values()}


def _commit(call: Call) -> str:
    sha = call.at[0]
    if sha not in _shas(call.world):
        raise RefusedError(422, f"No commit found for SHA: {sha}")
    return sha


def _open_issue(call: Call) -> int:
    number = int(call.at[0])
    if number not in call.world.pulls:
        raise RefusedError(404, "Not Found")
    return number


def _comment(call: Call) -> dict[str, Any]:
    found = call.world.comments.get(int(call.at[0]))
    if found is None:
        raise RefusedError(404, "Not Found")
    return found


def _check(call: Call) -> dict[str, Any]:
    found = call.world.checks.get(int(call.at[0]))
    if found is None:
        raise RefusedError(404, "Not Found")
    return found


def _deployment(call: Call) -> dict[str, Any]:
    found = call.world.deployments.get(int(call.at[0]))
    if found is None:
        raise RefusedError(404, "Not Found")
    return found


def _check_body(body: str) -> None:
    if not body.strip():
        raise RefusedError(422, "body can't be blank", field="body")
    if len(body) > 65_536:
        raise RefusedError(422, "body is too long (maximum is 65536 characters)", field="body")


def _check_line(text: str) -> None:
    if len(text) > 140:
        raise RefusedError(422, "description is too long (maximum is 140 characters)", field="description")
    if any(character > "\uffff" for character in text):
        raise RefusedError(422, "description doesn't accept 4-byte Unicode", field="description")


def _route(
    method: str, path: str, right: str, level: str, does: Callable[[Call], Answer], *, paged: bool = False
) -> Route:
    whole = path if path.startswith("/") else f"/repos/{re.escape(REPO)}/{path}"
    pattern = re.compile(re.sub(r"\{(\w+)\}", lambda m: r"(\d+)" if m[1] == "n" else "([^/]+)", whole))
    return Route(method=method, path=pattern, right=right, level=level, does=does, paged=paged)


ROUTES = (
    _route("GET", "/user", "metadata", "read", _me),
    _route("GET", "pulls", "pull-requests", "read", _pulls, paged=True),
    _route("GET", "pulls/{n}", "pull-requests", "read", _pull),
    _route("GET", "commits/{sha}/pulls", "pull-requests", "read", _pulls_of_commit, paged=True),
    _route("GET", "issues/{n}/comments", "pull-requests", "read", _comments, paged=True),
    _route("POST", "issues/{n}/comments", "pull-requests", "write", _add_comment),
    _route("PATCH", "issues/comments/{n}", "pull-requests", "write", _change_comment),
    _route("DELETE", "issues/comments/{n}", "pull-requests", "write", _remove_comment),
    _route("POST", "check-runs", "checks", "write", _add_check),
    _route("PATCH", "check-runs/{n}", "checks", "write", _change_check),
    _route("GET", "check-runs/{n}/annotations", "checks", "read", _annotations, paged=True),
    _route("GET", "commits/{sha}/check-runs", "checks", "read", _checks, paged=True),
    _route("POST", "statuses/{sha}", "statuses", "write", _add_status),
    _route("GET", "commits/{sha}/statuses", "statuses", "read", _statuses, paged=True),
    _route("GET", "deployments", "deployments", "read", _deployments, paged=True),
    _route("POST", "deployments", "deployments", "write", _add_deployment),
    _route("GET", "deployments/{n}/statuses", "deployments", "read", _deployment_statuses, paged=True),
    _route("POST", "deployments/{n}/statuses", "deployments", "write", _add_deployment_status),
    _route("GET", "collaborators/{user}/permission", "metadata", "read", _permission),
    _route("GET", "actions/runs/{n}/approvals", "actions", "read", _reviews),
)
_LEVELS = ("none", "read", "write")


def allowed(token: Token, route: Route) -> None:
    """Raises where the token may not do this."""
    has = token.rights.get(route.right, "none")
    if _LEVELS.index(has) < _LEVELS.index(route.level):
        kind = "integration" if token.app is not None else "personal access token"
        raise RefusedError(403, f"Resource not accessible by {kind}")


def text_of(body: Any) -> bytes:
    """An answer as it goes out."""
    return b"" if body is None else json.dumps(body).encode()
