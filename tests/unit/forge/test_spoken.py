"""What comments ask for."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatrial.forge.spoken import Approve, NotUnderstood, RunDear, command_in, spoken

SHA, LONG = "1a2b3c4d" * 5, "1a2b3c4d" * 8


def event(**changed: Any) -> dict[str, Any]:
    comment = {
        "body": "/seatrial run 1234567",
        "user": {"login": "ann", "type": "User"},
        "html_url": "https://forge/7#1",
    }
    issue = {"number": 7, "pull_request": {"url": "https://forge/7"}}
    return {"action": "created", "comment": comment, "issue": issue} | changed


@pytest.mark.parametrize(
    ("body", "command"),
    [
        (f"/seatrial run {SHA.upper()}", RunDear(commit=SHA)),
        (f"/seatrial run {LONG}", RunDear(commit=LONG)),
        (f"looks fine\r\n  /seatrial run {SHA}\r\nthanks", RunDear(commit=SHA)),
        (f"looks fine\r/seatrial run {SHA}", RunDear(commit=SHA)),
        ("/seatrial run", RunDear(commit=None)),
        ("/seatrial run 1a2b", RunDear(commit=None)),
        (f"/seatrial run {SHA[:39]}", RunDear(commit=None)),
        (f"/seatrial run {SHA}0", RunDear(commit=None)),
        ("/seatrial approve digits@17 production", Approve(ref="digits@17", alias="production", note=None)),
        (
            "/seatrial approve digits@17 production seen it all",
            Approve(ref="digits@17", alias="production", note="seen it all"),
        ),
    ],
)
def test_a_line_that_begins_with_the_word_is_a_command(body: str, command: object) -> None:
    assert command_in(body) == command


@pytest.mark.parametrize(
    "body",
    [
        "/seatrial",
        "/seatrial run everything",
        f"/seatrial run {LONG}0",
        f"/seatrial run {SHA} --force",
        "/seatrial approve digits production",
        "/seatrial approve ../x@1 production",
        "/seatrial promote digits@17",
    ],
)
def test_what_only_begins_like_a_command_is_told_so(body: str) -> None:
    assert isinstance(command_in(body), NotUnderstood)


@pytest.mark.parametrize(
    "body", ["", "please /seatrial run 1234567", "`/seatrial run 1234567`", "> /seatrial run 1234567", "/seatrials run"]
)
def test_conversation_and_quotations_are_no_commands(body: str) -> None:
    assert command_in(body) is None


@pytest.mark.parametrize(
    "body",
    [
        "```\nRUN\n```",
        "```sh\rRUN\r```",
        "look:\n~~~~\n~~~\nRUN\n~~~~",
        "````\n```\nRUN\n````",
        "- ```\n  RUN\n  ```",
        "> ```\n> x\n> ```\n```\nRUN",
        "    RUN",
        "\tRUN",
        " \tRUN",
        "<!--\nRUN\n-->",
        "seen <!-- and\n\nRUN",
        "<!-- a --> b <!-- c\nRUN\n-->",
    ],
)
def test_code_and_what_is_hidden_are_no_commands(body: str) -> None:
    """Somebody may have pasted it without having read it."""
    assert command_in(body.replace("RUN", f"/seatrial run {SHA}")) is None


@pytest.mark.parametrize(
    "above", ["```\nx\n```", "> ~~~\n> x\n> ~~~", "<!-- x -->", "<!--\nx\n-->", '<a title="', "<pre>", "<details>"]
)
def test_below_a_block_nothing_is_heeded_and_that_is_said(above: str) -> None:
    """Where a block ends is not certain: a list or a quotation may end it, or HTML that it is no block at all."""
    command = f"/seatrial run {SHA}"

    assert isinstance(command_in(f"{above}\n{command}"), NotUnderstood)
    assert command_in(f"{command}\n{above}") == RunDear(commit=SHA)


@given(st.text())
def test_any_text_can_be_looked_at(body: str) -> None:
    command_in(body)
    command_in(f"/seatrial {body}")


def test_a_new_comment_of_a_person_on_a_pull_request_is_heeded() -> None:
    heard = spoken(event())

    assert heard is not None
    assert (heard.number, heard.author, heard.url) == (7, "ann", "https://forge/7#1")


@pytest.mark.parametrize(
    "changed",
    [
        {"action": "edited"},
        {"action": "deleted"},
        {"issue": {"number": 7}},
        {"issue": {"number": "7", "pull_request": {}}},
        {"issue": {"number": True, "pull_request": {}}},
        {"comment": {"body": "/seatrial run 1234567", "user": {"login": "bot", "type": "Bot"}}},
        {"comment": {"body": 5, "user": {"login": "ann", "type": "User"}}},
        {"comment": None},
    ],
)
def test_edited_comments_issues_bots_and_nonsense_are_not(changed: dict[str, Any]) -> None:
    assert spoken(event(**changed)) is None


def test_an_event_that_is_none_is_not_heeded() -> None:
    assert spoken(None) is None
    assert spoken([1]) is None
