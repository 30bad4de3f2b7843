"""What goes over the wire: JSON that is signed, and Slack's form in which nothing of a stranger's is obeyed."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatrial.forge.channels import Event
from seatrial.forge.webhook_text import (
    MOST_TEXT,
    MOST_TITLE,
    Message,
    escaped,
    safe_link,
    signature,
    signed_headers,
    slack_body,
    webhook_body,
)
from seatrial.replacing import replace

PAGE = Path(__file__).parents[3] / "docs/reference/telling.md"
MESSAGE = Message(
    id="0f" * 16,
    event=Event.FAILURE,
    project="digits",
    kind="model",
    name="digits",
    headline="FAIL: digits (tier nightly, main)",
    reason="accuracy 0.871, 0.041 below digits@2 (production)",
    at="2026-11-21T06:30:00.123Z",
    reasons=("regression.accuracy",),
    verdict="FAIL",
    decision="block",
    tier="nightly",
    branch="main",
    run="01jd7v8c3m9qk4x2w6r5t0yzab",
    commit="1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d",
    command="seatrial report",
    link="https://ci.example/runs/7",
)
HOSTILE = (
    "<!channel> <@U012AB3CD> <https://evil.example|click> & *bold* _it_ ~no~ `x` > quote\n"
    "\x1b[31mred\u202egnp.exe @here #general"
)


def _texts(value: Any) -> list[dict[str, Any]]:
    """Every text object of Slack's form."""
    if isinstance(value, list):
        return [found for item in value for found in _texts(item)]
    if not isinstance(value, dict):
        return []
    own = [value] if value.get("type") in ("plain_text", "mrkdwn") else []
    return own + [found for item in value.values() for found in _texts(item)]


def test_the_signature_is_that_of_the_openssl_command_line() -> None:
    """`printf '1763706600.{"a":1}' | openssl dgst -sha256 -hmac s3cret` printed this."""
    expected = "b9168d365def8bd84d9418cfd97080f5407175900411cc6c2f824027045b5a35"

    assert signature("s3cret", 1763706600, b'{"a":1}') == expected


def test_a_message_without_a_key_is_not_signed_and_says_all_the_same_which_delivery_it_is() -> None:
    """An empty signature could pass for one."""
    assert signed_headers(MESSAGE, b"x", None, 7) == {"Seatrial-Timestamp": "7", "Seatrial-Delivery": "0f" * 16}


def test_the_document_has_every_key_and_repeats_no_escape_codes() -> None:
    """Its keys are a promise to those who read it."""
    document = json.loads(webhook_body(replace(MESSAGE, branch=HOSTILE)))

    assert list(document) == [
        "schema_version", "id", "event", "project", "about", "model", "version", "alias", "headline", "reason",
        "reasons", "verdict", "decision", "tier", "branch", "pull_request", "run", "commit", "command", "link", "at",
    ]  # fmt: skip
    assert (document["schema_version"], document["event"], document["model"]) == (1, "failure", "digits")
    assert document["about"] == {"kind": "model", "name": "digits"}
    assert "\x1b" not in document["branch"]
    assert "\u202e" not in document["branch"]


@pytest.mark.parametrize(("kind", "name", "model"), [("version", "digits@production", "digits"), ("stages", "x", None)])
def test_the_model_of_a_message_is_named_where_it_is_about_one(kind: str, name: str, model: str | None) -> None:
    """A receiver sorts by it."""
    assert json.loads(webhook_body(replace(MESSAGE, kind=kind, name=name)))["model"] == model


def test_nothing_of_a_stranger_is_obeyed_by_slack() -> None:
    """No mention, no link, no bold type: plain text alone, with the three characters escaped that Slack asks for."""
    fields = ("project", "name", "headline", "reason", "tier", "branch", "command", "alias")
    hostile: dict[str, Any] = dict.fromkeys(fields, HOSTILE)
    body = slack_body(replace(MESSAGE, **hostile))
    document = json.loads(body)

    marked = [text for text in _texts(document) if text["type"] == "mrkdwn"]
    assert [text["text"] for text in marked] == ["<https://ci.example/runs/7|Report>"]
    for text in [*(one["text"] for one in _texts(document) if one["type"] == "plain_text"), document["text"]]:
        assert not re.search(r"[<>]|&(?!amp;|lt;|gt;)|[\x00-\x1f\u202e]", text)
    assert (document["mrkdwn"], document["parse"], document["link_names"]) == (False, "none", False)


@given(st.text(max_size=6000), st.text(max_size=400))
def test_slack_takes_a_message_of_any_length(reason: str, headline: str) -> None:
    """Its limits are in characters, and hold after escaping; an empty text is refused by Slack."""
    document = json.loads(slack_body(replace(MESSAGE, reason=reason * 3, headline=headline, command="&" * 9000)))

    for block in document["blocks"]:
        bound = MOST_TITLE if block["type"] == "header" else MOST_TEXT
        assert all(0 < len(text["text"]) <= bound for text in _texts(block))
    assert len(document["text"]) <= MOST_TEXT
    assert len(document["blocks"]) <= 50
    assert len(document["blocks"][-1]["elements"]) <= 10


@pytest.mark.parametrize("text", ["&" * 9000, "<" * 601, "a&" * 4000, "a" * 9000, "a" * 3000])
def test_a_long_text_fills_the_room_that_there_is(text: str) -> None:
    """Cut to what fits after escaping, and no shorter than that by much."""
    found = escaped(text, MOST_TEXT)

    assert min(MOST_TEXT, len(text.replace("&", "&amp;").replace("<", "&lt;"))) - 100 <= len(found) <= MOST_TEXT


@given(st.text(max_size=200))
def test_no_entity_is_cut_in_two(text: str) -> None:
    """`&am` would show as it stands."""
    document = json.loads(slack_body(replace(MESSAGE, headline="&<>" * 60 + text)))

    assert not re.search(r"&(?!amp;|lt;|gt;)", document["blocks"][0]["text"]["text"])


@pytest.mark.parametrize(
    "link",
    [
        "javascript:alert(1)",
        "https://user@ci.example/",
        "https://ci.example/\n<!channel>",
        "https://" + "a" * 2000,
        "https://[::1",
        "ci.example",
        "",
    ],
)
def test_a_link_that_is_no_page_of_the_web_is_left_out(link: str) -> None:
    """No link is better than one that does something else."""
    assert safe_link(link) is None
    assert "mrkdwn" not in [text["type"] for text in _texts(json.loads(slack_body(replace(MESSAGE, link=link))))]


def test_a_link_cannot_end_itself() -> None:
    """In Slack's form `|` begins the text of a link, and `>` ends it."""
    assert safe_link("https://ci.example/a|b>c<d") == "https://ci.example/a%7Cb%3Ec%3Cd"


def _receiver() -> dict[str, Any]:
    """The example of the reference, executed."""
    blocks = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), flags=re.DOTALL)
    place: dict[str, Any] = {}
    exec(compile(next(one for one in blocks if "def verified" in one), str(PAGE), "exec"), place)
    return place


@pytest.mark.parametrize(
    ("change", "now", "taken"),
    [
        ({}, 1000, True),
        ({}, 1299, True),
        ({}, 1301, False),
        ({"Seatrial-Timestamp": "1001"}, 1000, False),
        ({"Seatrial-Timestamp": "soon"}, 1000, False),
        ({"Seatrial-Signature": "v1=" + "0" * 64}, 1000, False),
        ({"Seatrial-Signature": ""}, 1000, False),
    ],
)
def test_the_receiver_of_the_reference_takes_what_is_signed_and_nothing_else(
    change: dict[str, str], now: int, taken: bool
) -> None:
    """People copy it, so it is run here: an altered time, an old message and a forged signature are refused."""
    body = webhook_body(MESSAGE)
    headers = signed_headers(MESSAGE, body, "s3cret", 1000) | change

    assert _receiver()["verified"]("s3cret", headers, body, now=now) is taken


def test_the_receiver_of_the_reference_refuses_an_altered_body() -> None:
    """One byte is enough."""
    body = webhook_body(MESSAGE)

    assert not _receiver()["verified"]("s3cret", signed_headers(MESSAGE, body, "s3cret", 1000), body + b" ", now=1000)
