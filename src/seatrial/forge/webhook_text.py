"""What a message says, and its two written forms: Slack's, and JSON of our own with a signature. Pure.

`flows/telling.py` makes a `Message`, `webhook.py` sends what is made of it here. Every text in one may come from a
pull request. In Slack's form it therefore stands in `plain_text` elements alone, which know no links, mentions or
bold type, with `&`, `<` and `>` escaped, as Slack asks; the fallback beside them has its markup switched off. The
only link is the report's, and it is checked.

Subtle: `id` stays the same when the same news is sent again, because a message that nobody answered for may have
arrived. A receiver that keeps the ids it has seen is told everything exactly once.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from urllib.parse import quote, urlsplit

from msgspec import Struct

from seatrial.digest import Json
from seatrial.forge.channels import Event
from seatrial.report.escape import plain

SCHEMA_VERSION = 1
TIMESTAMP, SIGNATURE, DELIVERY = "Seatrial-Timestamp", "Seatrial-Signature", "Seatrial-Delivery"

MOST_TITLE = 150
"""Characters of a header that Slack takes."""
MOST_TEXT = 3000
"""Characters of any other text that Slack takes."""
_MOST_NOTE = 300
_MOST_REASONS = 50
_MOST_LINK = 1000
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_LABELS = {Event.FAILURE: "Fails", Event.RECOVERY: "Passes again", Event.APPROVAL: "Waits", Event.TEST: "Test"}


class Message(Struct, frozen=True, kw_only=True):
    """One piece of news.

    `kind` and `name` say what it is about: a `model`, `data` that was checked, the `stages` of a run, or a `version`
    that waits for an alias. `headline` is one line, `reason` a sentence, `reasons` the names of the gates or stages
    that say no. `next_step` is what to do now, a sentence perhaps; `command` is what of it can be typed, and `link` a
    page with the report.
    """

    id: str
    event: Event
    project: str
    kind: str
    name: str
    headline: str
    reason: str
    at: str
    reasons: tuple[str, ...] = ()
    version: int | None = None
    alias: str | None = None
    verdict: str | None = None
    decision: str | None = None
    tier: str | None = None
    branch: str | None = None
    pull: int | None = None
    run: str | None = None
    commit: str | None = None
    command: str | None = None
    next_step: str | None = None
    link: str | None = None

    @property
    def model(self) -> str | None:
        """The model it is about, None for data and stages."""
        return {"model": self.name, "version": self.name.partition("@")[0]}.get(self.kind)


def webhook_body(message: Message) -> bytes:
    """The signed form: one JSON document. Keys are only ever added while `schema_version` stays."""
    value: dict[str, Json] = {
        "schema_version": SCHEMA_VERSION,
        "id": message.id,
        "event": message.event.value,
        "project": _line(message.project),
        "about": {"kind": message.kind, "name": _line(message.name)},
        "model": _maybe(message.model),
        "version": message.version,
        "alias": _maybe(message.alias),
        "headline": _line(message.headline),
        "reason": plain(message.reason, bound=MOST_TEXT),
        "reasons": [_line(reason) for reason in message.reasons[:_MOST_REASONS]],
        "verdict": message.verdict,
        "decision": message.decision,
        "tier": _maybe(message.tier),
        "branch": _maybe(message.branch),
        "pull_request": message.pull,
        "run": _maybe(message.run),
        "commit": _maybe(message.commit),
        "command": None if message.command is None else plain(message.command, bound=MOST_TEXT),
        "link": safe_link(message.link),
        "at": message.at,
    }
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "replace")


def signed_headers(message: Message, body: bytes, key: str | None, timestamp: int) -> dict[str, str]:
    """What goes with a body: when it was sent, its delivery, and where there is a key, its signature."""
    headers = {TIMESTAMP: str(timestamp), DELIVERY: message.id}
    if key is not None:
        headers[SIGNATURE] = f"v1={signature(key, timestamp, body)}"
    return headers


def signature(key: str, timestamp: int, body: bytes) -> str:
    """HMAC-SHA256 over `timestamp.body`, in hexadecimal."""
    signed = f"{timestamp}.".encode() + body
    return hmac.new(key.encode("utf-8", "surrogateescape"), signed, hashlib.sha256).hexdigest()


def slack_body(message: Message) -> bytes:
    """Slack's form: a header, the reason, what to type, where it comes from, and a link to the report."""
    blocks: list[Json] = [
        {"type": "header", "text": _slack(message.headline, MOST_TITLE)},
        {"type": "section", "text": _slack(message.reason, MOST_TEXT)},
    ]
    step = message.next_step or message.command
    if step is not None:
        blocks.append({"type": "section", "text": _slack(f"Next: {step}", MOST_TEXT)})
    link = safe_link(message.link)
    if link is not None:
        shown: Json = {"type": "mrkdwn", "text": f"<{escaped(link, MOST_TEXT)}|Report>", "verbatim": True}
        blocks.append({"type": "section", "text": shown})
    blocks.append({"type": "context", "elements": [_slack(note, _MOST_NOTE) for note in _notes(message)]})
    value: dict[str, Json] = {
        "text": escaped(f"{message.headline}: {message.reason}", MOST_TEXT),
        "mrkdwn": False,
        "parse": "none",
        "link_names": False,
        "unfurl_links": False,
        "unfurl_media": False,
        "blocks": blocks,
    }
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "replace")


def escaped(text: str, bound: int) -> str:
    """Plain text as Slack takes it, at most `bound` characters after escaping."""
    room = bound
    while True:
        found = "".join(_ENTITIES.get(character, character) for character in plain(text, bound=room))
        if len(found) <= bound:
            return found
        room -= max(1, (len(found) - bound) // 5)  # an entity is at most five characters for one


def safe_link(link: str | None) -> str | None:
    """A link that says where it leads and nothing else, None where it is no page of the web."""
    if link is None or len(link) > _MOST_LINK or not link.isprintable():
        return None
    try:
        parts = urlsplit(link)
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc:
        return None
    return quote(link, safe=":/?#[]@!$&'()*+,;=%-._~")


def _slack(text: str, bound: int) -> Json:
    return {"type": "plain_text", "text": escaped(text, bound) or "-", "emoji": False}


def _notes(message: Message) -> list[str]:
    """Where it comes from, for the small print."""
    notes = [f"{_LABELS[message.event]} · {message.project}"]
    notes += [f"tier {message.tier}"] if message.tier else []
    notes += [f"branch {message.branch}"] if message.branch else []
    notes += [f"pull request {message.pull}"] if message.pull is not None else []
    notes += [f"commit {message.commit[:10]}"] if message.commit else []
    notes += [f"run {message.run}"] if message.run else []
    return [*notes, message.at]


def _line(text: str) -> str:
    return plain(text, bound=_MOST_NOTE)


def _maybe(text: str | None) -> str | None:
    return None if text is None else _line(text)
