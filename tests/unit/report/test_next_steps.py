"""A next step is told as what it is: a command to type, or a sentence with commands in it."""

from __future__ import annotations

import html
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatrial.report.comment import render_comment
from seatrial.report.next_steps import command_of, is_command, marked, pieces
from seatrial.report.page import render_page
from seatrial.report.terminal import render_terminal
from tests.support.report_samples import run

SENTENCES = {
    "seatrial run train; which merges may have broken it: seatrial suspects train": (
        "`seatrial run train`; which merges may have broken it: `seatrial suspects train`"
    ),
    'settle what is said above, or pass it in your own name: seatrial models promote m@2 --override --reason "WHY"': (
        "settle what is said above, or pass it in your own name: "
        '`seatrial models promote m@2 --override --reason "WHY"`'
    ),
    "seatrial models approve m@2 --to production, and then seatrial models promote m@2 --to production": (
        "`seatrial models approve m@2 --to production`, and then `seatrial models promote m@2 --to production`"
    ),
    "seatrial run --tier pr: what was done is reused; or give the tier a longer `budget:`": (
        "`seatrial run --tier pr`: what was done is reused; or give the tier a longer `budget:`"
    ),
    "ask the author's reviewers; or `seatrial run`.": "ask the author's reviewers; or `seatrial run`.",
    "seatrial run && seatrial models register, then promote the new version": (
        "`seatrial run && seatrial models register`, then promote the new version"
    ),
    "somebody else has to approve it": "somebody else has to approve it",
}
COMMANDS = (
    "seatrial run",
    "seatrial diff digits@3 run:01jd",
    "seatrial run --set-param 'train.note=this; or that'",
    """seatrial models promote m@2 --to x --reason "a, or b: c" """.strip(),
    """seatrial run 'it'"'"'s; mine'""",
    "git fetch origin main",
)


@pytest.mark.parametrize("step", SENTENCES)
def test_in_a_sentence_only_commands_are_code(step: str) -> None:
    assert marked(step) == SENTENCES[step]
    assert not is_command(step)
    assert f"`{step}`" not in render_comment(run(next_step=step), None)
    on_page = html.unescape(render_page(run(next_step=step)))
    shown = re.sub("`(.+?)`", "<code>\\1</code>", SENTENCES[step])
    assert f"<p>Next: {shown}</p>" in on_page


@pytest.mark.parametrize("step", COMMANDS)
def test_a_command_is_one_whatever_it_quotes(step: str) -> None:
    assert is_command(step)
    assert f"Next: `{step}`\n" in render_comment(run(next_step=step), None)


def test_a_sentence_that_begins_with_a_command_is_not_continued_as_one_in_a_terminal() -> None:
    """A shell would take the words behind it for arguments."""
    step = "seatrial run --tier nightly train; which merges may have broken it: seatrial suspects train"

    assert "\\" not in render_terminal(run(next_step=step), width=60, color=False).split("Next:")[1]


def test_what_can_be_typed_first_is_the_command_of_a_step() -> None:
    assert command_of("seatrial run train; which merges may have broken it: seatrial suspects train") == (
        "seatrial run train"
    )
    assert command_of("settle what was deferred: seatrial run") is None
    assert command_of("commit the file, and run again") is None
    assert command_of("`seatrial run`") is None
    assert command_of("") is None
    assert command_of(None) is None


@given(st.text(st.sampled_from("ab '\"`;,:.=\n") | st.characters(), max_size=80) | st.sampled_from(COMMANDS))
def test_nothing_of_a_step_is_lost(step: str) -> None:
    assert "".join(text for text, _ in pieces(step)) == step
