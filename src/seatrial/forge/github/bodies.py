"""What is sent to GitHub, made from the records of the port, within GitHub's limits. Pure.

Called by `adapter.py`. The limits are not all where the description of the API says: a summary is bounded in bytes
although it says characters (github/docs#35252), and the description of a status takes no character beyond the basic
plane ("doesn't accept 4-byte Unicode"), so an emoji in a headline would lose the status.
"""

from __future__ import annotations

from collections.abc import Sequence

from seatrial.digest import Json
from seatrial.forge.port import Annotation, Check, Deployed, Deployment, State, Status
from seatrial.report.escape import shorten

MOST_SUMMARY = 65_535
"""Bytes of the summary of a check."""
BATCH = 50
"""Annotations that one request may hold."""
MOST_ANNOTATIONS = 1_000
"""Of one check, in twenty requests; the summary says how many were left out."""
KEY = "seatrial"
"""The member of a deployment's payload that says which move it tells of."""
_TITLE = 255
_NAME = 255
_PATH = 1_000
_MESSAGE = 16_000  # characters, of which each may take four of the 64 KB
_DESCRIPTION = 140
_CUT = "\n\n… (cut here: a check holds no more)\n"
_STATUSES = {State.RUNNING: "pending", State.SUCCESS: "success", State.FAILURE: "failure"}
_CONCLUSIONS = {State.SUCCESS: "success", State.FAILURE: "failure"}
_PRODUCTION = "production"


def check(record: Check) -> dict[str, Json]:
    """A check without its annotations, which `output` brings in batches."""
    conclusion = _CONCLUSIONS.get(record.state)
    return {
        "name": shorten(record.name, _NAME),
        "external_id": record.run,
        "status": "in_progress" if conclusion is None else "completed",
        **({} if conclusion is None else {"conclusion": conclusion}),
        **link("details_url", record.url),
        "output": output(record, ()),
    }


def output(record: Check, annotations: Sequence[Annotation]) -> dict[str, Json]:
    """The title and the summary, which every request repeats, and some annotations."""
    left_out = len(record.annotations) - MOST_ANNOTATIONS
    note = f"\n\n{left_out:,} more annotations are not shown here.\n" if left_out > 0 else ""
    fitted: dict[str, Json] = {
        "title": shorten(record.title, _TITLE) or record.name,
        "summary": within(record.summary, MOST_SUMMARY - len(note)) + note,
    }
    return {**fitted, "annotations": [_annotation(one) for one in annotations]} if annotations else fitted


def fitted(annotations: Sequence[Annotation]) -> tuple[Annotation, ...]:
    """Annotations as they will stand there."""
    return tuple(
        Annotation(
            path=whole(one.path)[:_PATH],
            line=max(1, one.line),
            level=one.level,
            title=shorten(whole(one.title), _TITLE),
            message=shorten(whole(one.message), _MESSAGE) or shorten(whole(one.title), _TITLE) or "see the report",
        )
        for one in annotations[:MOST_ANNOTATIONS]
    )


def status(record: Status) -> dict[str, Json]:
    """The status of a commit."""
    return {
        "state": _STATUSES[record.state],
        "context": record.context,
        "description": _one_line(record.description),
        **link("target_url", record.url),
    }


def deployment(record: Deployment) -> dict[str, Json]:
    """A deployment of exactly that commit: nothing is merged into it, and no status holds it back."""
    return {
        "ref": record.sha,
        "task": "deploy",
        "auto_merge": False,
        "required_contexts": [],
        "payload": {KEY: record.key},
        "environment": record.environment,
        "description": _one_line(record.description),
        "transient_environment": False,
        "production_environment": record.environment == _PRODUCTION,
    }


def deployment_status(record: Deployment) -> dict[str, Json]:
    """How far it is. A success makes the ones before it inactive."""
    return {
        "state": str(record.state),
        "description": _one_line(record.description),
        "auto_inactive": record.state is Deployed.SUCCESS,
        **link("log_url", record.url),
    }


def link(name: str, url: str | None) -> dict[str, Json]:
    """A member that holds an address; GitHub refuses a whole request for one that is no web page."""
    return {name: url} if url is not None and url.startswith(("https://", "http://")) else {}


def within(text: str, most: int) -> str:
    """At most so many bytes of UTF-8, cut between two characters, and said."""
    data = whole(text).encode()
    if len(data) <= most:
        return data.decode()
    return data[: most - len(_CUT.encode())].decode(errors="ignore") + _CUT


def _annotation(one: Annotation) -> dict[str, Json]:
    return {
        "path": one.path,
        "start_line": one.line,
        "end_line": one.line,
        "annotation_level": str(one.level),
        "message": one.message,
        **({"title": one.title} if one.title else {}),
    }


def _one_line(text: str) -> str:
    plain = "".join(each if each <= "\uffff" else "\ufffd" for each in whole(text))
    return shorten(plain, _DESCRIPTION)


def whole(text: str) -> str:
    """Text that UTF-8 can hold: a lone surrogate is shown as `?`."""
    return text.encode("utf-8", "replace").decode()
