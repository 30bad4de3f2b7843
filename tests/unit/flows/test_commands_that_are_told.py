"""What is told as a command can be typed; what is none is told as words alone."""

from __future__ import annotations

import json

import pytest

from seatrial.flows.telling_rule import Situation, Standing
from seatrial.flows.telling_text import Occasion, message_of
from seatrial.flows.told import Claim, Subject
from seatrial.forge.channels import Event
from seatrial.forge.webhook_text import slack_body, webhook_body

SUBJECT = Subject(project="digits", kind="data", name="people", tier=None, branch="main")


@pytest.mark.parametrize(
    ("step", "command"),
    [
        ("seatrial run --tier pr train", "seatrial run --tier pr train"),
        ("seatrial run train; which merges may have broken it: seatrial suspects train", "seatrial run train"),
        ("Correct these rows, or what makes them", None),
        ("settle what was deferred: `seatrial run`", None),
        (None, None),
    ],
)
def test_a_receiver_gets_a_command_or_null_and_people_get_the_sentence(step: str | None, command: str | None) -> None:
    situation = Situation(subject=SUBJECT, standing=Standing.FAILING, said="said", reasons=("x",), command=step)
    claim = Claim(
        delivery="d", subject=SUBJECT, event=Event.FAILURE, reasons=("x",), at="2026-11-21T06:30:00.000Z", run="r"
    )
    message = message_of(claim, situation, Occasion(project="digits"), str)

    assert json.loads(webhook_body(message))["command"] == command
    assert (f"Next: {step}" in slack_body(message).decode()) is (step is not None)


def test_a_secret_in_a_command_is_masked() -> None:
    situation = Situation(
        subject=SUBJECT, standing=Standing.FAILING, said="said", command="seatrial run --set-param key=hunter2"
    )
    claim = Claim(
        delivery="d", subject=SUBJECT, event=Event.FAILURE, reasons=(), at="2026-11-21T06:30:00.000Z", run="r"
    )
    message = message_of(claim, situation, Occasion(project="digits"), lambda text: text.replace("hunter2", "***"))

    assert b"hunter2" not in webhook_body(message) + slack_body(message)
