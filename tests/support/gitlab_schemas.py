"""What GitLab takes and gives, as schemas written by hand after its documentation (REST interface, version 4).

Strict about what is sent: a field that is not documented is refused. Of what is given, the fields that anybody may
count on are required.
"""

from __future__ import annotations

from typing import Any

SHA = {"type": "string", "pattern": r"\A[0-9a-f]{40}\Z"}
_TEXT = {"type": "string"}
_MAYBE_TEXT = {"type": ["string", "null"]}
_NUMBER = {"type": "integer", "minimum": 1}
_INSTANT = {"type": "string", "pattern": r"\A\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z\Z"}
_STATUS = {
    "type": "string",
    "enum": ["created", "pending", "running", "success", "failed", "canceled", "skipped", "manual"],
}

USER = {
    "type": "object",
    "required": ["id", "username", "name", "state", "web_url"],
    "properties": {"id": _NUMBER, "username": _TEXT, "name": _TEXT, "state": _TEXT, "web_url": _TEXT},
}
NOTE = {
    "type": "object",
    "required": ["id", "body", "author", "created_at", "updated_at", "system", "noteable_iid", "noteable_type"],
    "properties": {
        "id": _NUMBER,
        "body": {"type": "string", "maxLength": 1_000_000},
        "author": USER,
        "created_at": _INSTANT,
        "updated_at": _INSTANT,
        "system": {"type": "boolean"},
        "noteable_iid": _NUMBER,
        "noteable_type": {"type": "string", "enum": ["MergeRequest"]},
    },
}
MERGE_REQUEST = {
    "type": "object",
    "required": [
        "id",
        "iid",
        "state",
        "source_branch",
        "target_branch",
        "source_project_id",
        "author",
        "sha",
        "web_url",
    ],
    "properties": {
        "id": _NUMBER,
        "iid": _NUMBER,
        "project_id": _NUMBER,
        "state": {"type": "string", "enum": ["opened", "closed", "merged", "locked"]},
        "source_branch": _TEXT,
        "target_branch": _TEXT,
        "source_project_id": {"type": ["integer", "null"]},
        "author": USER,
        "sha": {"type": ["string", "null"]},
        "web_url": _TEXT,
        "diff_refs": {
            "type": ["object", "null"],
            "required": ["base_sha", "head_sha", "start_sha"],
            "properties": {"base_sha": SHA, "head_sha": SHA, "start_sha": SHA},
        },
    },
}
COMMIT_STATUS = {
    "type": "object",
    "required": ["id", "sha", "ref", "status", "name", "target_url", "description", "created_at", "author"],
    "properties": {
        "id": _NUMBER,
        "sha": SHA,
        "ref": _TEXT,
        "status": _STATUS,
        "name": _TEXT,
        "target_url": _MAYBE_TEXT,
        "description": _MAYBE_TEXT,
        "created_at": _INSTANT,
        "author": USER,
    },
}
DEPLOYMENT = {
    "type": "object",
    "required": ["id", "iid", "ref", "sha", "created_at", "status", "user", "environment", "deployable"],
    "properties": {
        "id": _NUMBER,
        "iid": _NUMBER,
        "ref": _TEXT,
        "sha": SHA,
        "created_at": _INSTANT,
        "status": {"type": "string", "enum": ["created", "running", "success", "failed", "canceled", "blocked"]},
        "user": USER,
        "environment": {
            "type": "object",
            "required": ["id", "name", "external_url"],
            "properties": {"id": _NUMBER, "name": _TEXT, "external_url": _MAYBE_TEXT},
        },
        "deployable": {"type": ["object", "null"]},
        "approvals": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["user", "status", "created_at", "comment"],
                "properties": {
                    "user": USER,
                    "status": {"type": "string", "enum": ["approved", "rejected"]},
                    "created_at": _INSTANT,
                    "comment": _MAYBE_TEXT,
                },
            },
        },
    },
}
MEMBER = {
    "type": "object",
    "required": ["id", "username", "state", "access_level"],
    "properties": {
        "id": _NUMBER,
        "username": _TEXT,
        "state": {"type": "string", "enum": ["active", "awaiting", "blocked"]},
        "access_level": {"type": "integer", "enum": [0, 5, 10, 15, 20, 30, 40, 50]},
    },
}
PROJECT = {
    "type": "object",
    "required": ["id", "path_with_namespace", "default_branch", "web_url"],
    "properties": {"id": _NUMBER, "path_with_namespace": _TEXT, "default_branch": _MAYBE_TEXT, "web_url": _TEXT},
}


def _sent(required: tuple[str, ...], **properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "required": list(required),
        "additionalProperties": False,
        "properties": properties,
    }


SEND_NOTE = _sent(("body",), body={"type": "string", "minLength": 1, "maxLength": 1_000_000}, created_at=_INSTANT)
CHANGE_NOTE = _sent(("body",), body={"type": "string", "minLength": 1, "maxLength": 1_000_000})
SEND_STATUS = _sent(
    ("state",),
    state={"type": "string", "enum": ["pending", "running", "success", "failed", "canceled", "skipped"]},
    name={"type": "string", "maxLength": 255},
    context={"type": "string", "maxLength": 255},
    ref=_TEXT,
    target_url={"type": "string", "maxLength": 255, "pattern": r"\Ahttps?://"},
    description={"type": "string", "maxLength": 255},
    pipeline_id=_NUMBER,
    coverage={"type": "number"},
)
SEND_DEPLOYMENT = _sent(
    ("environment", "sha", "ref", "tag", "status"),
    environment={"type": "string", "minLength": 1, "maxLength": 255},
    sha=SHA,
    ref={"type": "string", "minLength": 1},
    tag={"type": "boolean"},
    status={"type": "string", "enum": ["running", "success", "failed", "canceled"]},
)
CHANGE_DEPLOYMENT = _sent(("status",), status={"type": "string", "enum": ["running", "success", "failed", "canceled"]})

QUERIES = {
    "notes": {"sort", "order_by", "page", "per_page"},
    "merge_requests": {"state", "source_branch", "page", "per_page"},
    "of_commit": {"state", "page", "per_page"},
    "statuses": {"ref", "stage", "name", "all", "page", "per_page"},
    "deployments": {"environment", "status", "order_by", "sort", "updated_after", "updated_before", "page", "per_page"},
    "users": {"username", "page", "per_page"},
}
"""What may be asked of each list."""
