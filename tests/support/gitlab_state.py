"""What a GitLab knows of one project and its fork, and the rules by which it takes and gives things.

`fake_gitlab.py` puts it on a port; `gitlab_routes.py` says what each request does to it. Every request and answer is
held against the schemas of `gitlab_schemas.py`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from tests.support import gitlab_schemas as schemas
from tests.support.json_schema import problems

PROJECT, NUMBER = "group/digits", 7
FORK, FORK_NUMBER = "stranger/digits", 8
HEAD, BASE, MERGE_BASE = "a" * 40, "b" * 40, "c" * 40
INSTANT = "2026-11-21T06:30:00.123Z"
_QUICK_ACTION = re.compile(r"(?im)^/(close|reopen|merge|approve|label|assign)(?: [^\n]*)?(?:\s*\n|$)")


class RefusedError(Exception):
    """An answer that is no success."""

    def __init__(self, status: int, message: Any) -> None:
        super().__init__(message)
        self.status, self.message = status, message


class GitLabState:
    """One project with a fork. Everything it knows may be looked at and changed by a test."""

    def __init__(self) -> None:
        self.users = {
            1: _user(1, "project_7_bot"),
            2: _user(2, "ada"),
            3: _user(3, "bob"),
            4: _user(4, "bobby"),
            5: _user(5, "mallory"),
        }
        self.me = 1
        self.projects = {NUMBER: _project(NUMBER, PROJECT), FORK_NUMBER: _project(FORK_NUMBER, FORK)}
        self.hidden: set[int] = set()
        self.levels: dict[int, tuple[int, str]] = {2: (40, "active"), 4: (50, "active"), 5: (30, "blocked")}
        self.commits = {HEAD, BASE, MERGE_BASE}
        self.merge_requests: dict[int, dict[str, Any]] = {}
        self.notes: dict[int, list[dict[str, Any]]] = {}
        self.statuses: list[dict[str, Any]] = []
        self.deployments: list[dict[str, Any]] = []
        self.commands: list[str] = []
        self.faults: list[str] = []
        self.by_link = False  # pages are told by links alone, as lists without an end do
        self.url = ""
        self._next = 100
        self.add_merge_request(3)

    def add_merge_request(self, number: int, **changed: Any) -> dict[str, Any]:
        """An open one from a branch of the project itself."""
        made = {
            "id": 1000 + number,
            "iid": number,
            "project_id": NUMBER,
            "state": "opened",
            "source_branch": "better-model",
            "target_branch": "main",
            "source_project_id": NUMBER,
            "author": self.users[2],
            "sha": HEAD,
            "web_url": f"https://gitlab.example/{PROJECT}/-/merge_requests/{number}",
            "diff_refs": {"base_sha": MERGE_BASE, "head_sha": HEAD, "start_sha": BASE},
        }
        self.merge_requests[number] = {**made, **changed}
        return self.merge_requests[number]

    def add_note(self, number: int, body: str, *, by: int = 2, system: bool = False) -> dict[str, Any]:
        """A note of somebody."""
        note = {
            "id": self.fresh(),
            "body": body,
            "author": self.users[by],
            "created_at": INSTANT,
            "updated_at": INSTANT,
            "system": system,
            "noteable_iid": number,
            "noteable_type": "MergeRequest",
        }
        self.notes.setdefault(number, []).append(note)
        return note

    def add_deployment(self, **changed: Any) -> dict[str, Any]:
        """One that a program told of, unless it has a `deployable`."""
        number = self.fresh()
        made = {
            "id": number,
            "iid": len(self.deployments) + 1,
            "ref": "main",
            "sha": HEAD,
            "created_at": INSTANT,
            "status": "success",
            "user": self.users[1],
            "environment": {"id": 9, "name": "production", "external_url": None},
            "deployable": None,
        }
        self.deployments.append({**made, **changed})
        return self.deployments[-1]

    def fresh(self) -> int:
        self._next += 1
        return self._next

    def hold(self, value: Any, schema: Mapping[str, Any], what: str) -> Any:
        """Note what does not fit, and give the value on."""
        self.faults += [f"{what}: {problem}" for problem in problems(value, schema)]
        return value

    def taken(self, value: Any, schema: Mapping[str, Any], what: str) -> Any:
        """What was sent, which must fit."""
        found = list(problems(value, schema))
        if found:
            self.faults += [f"{what}: {problem}" for problem in found]
            raise RefusedError(400, {"error": found})
        return value

    def page(
        self, entries: list[Any], query: Mapping[str, str], allowed: str, schema: Mapping[str, Any], target: str
    ) -> tuple[int, dict[str, str], Any]:
        """One page of a list, and where the next one is."""
        if set(query) - schemas.QUERIES[allowed]:
            self.faults.append(f"{allowed} takes no {sorted(set(query) - schemas.QUERIES[allowed])}")
        for each in entries:
            self.hold(each, schema, allowed)
        size = min(int(query.get("per_page", "20")), 100)
        number = int(query.get("page", "1"))
        shown = entries[(number - 1) * size : number * size]
        more = number * size < len(entries)
        headers = {"X-Page": str(number), "X-Per-Page": str(size), "X-Next-Page": str(number + 1) if more else ""}
        if self.by_link:
            asked = "&".join(f"{name}={value}" for name, value in query.items() if name != "page")
            following = f"{self.url}{target}?{asked}&page={number + 1}"
            headers = {"Link": f'<{self.url}{target}?{asked}>; rel="first", <{following}>; rel="next"'} if more else {}
        return 200, headers, shown

    def known_project(self, at: str) -> dict[str, Any]:
        for number, project in self.projects.items():
            if at in (str(number), project["path_with_namespace"]) and number not in self.hidden:
                return project
        raise RefusedError(404, "404 Project Not Found")

    def the_project(self, at: str) -> dict[str, Any]:
        project = self.known_project(at)
        if project["id"] != NUMBER:
            raise RefusedError(404, "404 Not Found")
        return project

    def merge_request(self, groups: Mapping[str, str]) -> int:
        self.the_project(groups["project"])
        number = int(groups["iid"])
        if number not in self.merge_requests:
            raise RefusedError(404, "404 Not found")
        return number

    def note(self, groups: Mapping[str, str]) -> tuple[list[dict[str, Any]], dict[str, Any]]:
        notes = self.notes.get(self.merge_request(groups), [])
        for note in notes:
            if str(note["id"]) == groups["note"]:
                return notes, note
        raise RefusedError(404, "404 Note Not Found")

    def carried_out(self, body: str) -> str:
        """What is left of a text when GitLab has done what its lines command."""
        plain = body.replace("\r", "")
        self.commands += [found[0].strip() for found in _QUICK_ACTION.finditer(plain)]
        return _QUICK_ACTION.sub("", plain).rstrip()


def _user(number: int, name: str) -> dict[str, Any]:
    return {
        "id": number,
        "username": name,
        "name": name.title(),
        "state": "active",
        "web_url": f"https://gitlab.example/{name}",
    }


def _project(number: int, path: str) -> dict[str, Any]:
    return {
        "id": number,
        "path_with_namespace": path,
        "default_branch": "main",
        "web_url": f"https://gitlab.example/{path}",
    }
