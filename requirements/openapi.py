"""Fetch GitHub's published description of its API, and keep the part of it that our own requests are held to.

Called by `make live` as `.venv/bin/python -m requirements.openapi`, so it knows the standard library only. The user's
own npm fetches one package of one version from whatever registry it is set to; its digest decides whether it is
accepted, and nothing of it is run. What is kept, in `.venv/openapi/github.json`, are the operations that
`src/seatrial/forge/github` asks for: the fake of the tests validates each request and each answer by them.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from requirements.npm_package import members

PACKAGE, VERSION = "@octokit/openapi", "23.0.2"
INTEGRITY = "pV8M7L9GY23AybNvTmo2nyjmpmnt6+2sRE/tqr0ZLQcPS4lnw7u5eZGNmwRNkBC3D7gZXbFx5AHzLUVRBXGDhg=="
"""The SHA-512 of the package, as registries and lock files write it."""
MEMBER = "generated/api.github.com.json"
KEPT = Path(sys.prefix, "openapi", "github.json")
_REPO = "/repos/{owner}/{repo}"
OPERATIONS = (
    ("get", "/user"),
    ("get", f"{_REPO}/pulls"),
    ("get", f"{_REPO}/pulls/{{pull_number}}"),
    ("get", f"{_REPO}/commits/{{commit_sha}}/pulls"),
    ("get", f"{_REPO}/issues/{{issue_number}}/comments"),
    ("post", f"{_REPO}/issues/{{issue_number}}/comments"),
    ("patch", f"{_REPO}/issues/comments/{{comment_id}}"),
    ("delete", f"{_REPO}/issues/comments/{{comment_id}}"),
    ("post", f"{_REPO}/check-runs"),
    ("patch", f"{_REPO}/check-runs/{{check_run_id}}"),
    ("get", f"{_REPO}/check-runs/{{check_run_id}}/annotations"),
    ("get", f"{_REPO}/commits/{{ref}}/check-runs"),
    ("post", f"{_REPO}/statuses/{{sha}}"),
    ("get", f"{_REPO}/commits/{{ref}}/statuses"),
    ("get", f"{_REPO}/deployments"),
    ("post", f"{_REPO}/deployments"),
    ("get", f"{_REPO}/deployments/{{deployment_id}}/statuses"),
    ("post", f"{_REPO}/deployments/{{deployment_id}}/statuses"),
    ("get", f"{_REPO}/collaborators/{{username}}/permission"),
    ("get", f"{_REPO}/actions/runs/{{run_id}}/approvals"),
)


def cut(whole: dict[str, Any]) -> dict[str, Any]:
    """The operations above, with every part of the description that they refer to."""
    paths: dict[str, Any] = {}
    for method, path in OPERATIONS:
        paths.setdefault(path, {})[method] = whole["paths"][path][method]
    components: dict[str, Any] = {}
    waiting = list(_references(paths))
    while waiting:
        kind, _, name = waiting.pop().removeprefix("#/components/").partition("/")
        if name not in components.setdefault(kind, {}):
            components[kind][name] = whole["components"][kind][name]
            waiting += _references(components[kind][name])
    # An error that an operation does not declare has this form all the same.
    components.setdefault("schemas", {}).setdefault("basic-error", whole["components"]["schemas"]["basic-error"])
    return {"openapi": whole["openapi"], "info": whole["info"], "paths": paths, "components": components}


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for each in value.values():
            yield from _references(each)
    elif isinstance(value, list):
        for each in value:
            yield from _references(each)


def main() -> int:
    """Fetch and cut; 0 when the description is there."""
    files = members(
        PACKAGE, VERSION, INTEGRITY, (MEMBER,), else_what="requests to GitHub are not held to its description"
    )
    if files is None:
        return 1
    whole = json.loads(files[0])
    KEPT.parent.mkdir(parents=True, exist_ok=True)
    part = KEPT.with_suffix(".part")
    part.write_text(json.dumps(cut(whole)), encoding="utf-8")
    part.replace(KEPT)
    return 0


if __name__ == "__main__":
    sys.exit(main())
