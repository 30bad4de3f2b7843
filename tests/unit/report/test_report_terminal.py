"""The terminal summary: order, width, colour."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from seatrial.replacing import replace
from seatrial.report.facts import StageFact
from seatrial.report.facts import TestsFact as JUnitFact
from seatrial.report.fit import columns
from seatrial.report.terminal import render_terminal
from seatrial.verdict import Verdict
from tests.support.report_samples import (
    EVIL,
    SAMPLES,
    failed,
    inconclusive,
    model,
    no_baseline,
    passed,
    regression,
    run,
)

ROOT = Path(__file__).parents[3]
COLOUR = re.compile(r"\x1b\[\d+m")


def test_a_stage_says_for_whom_it_waited_and_only_when_that_was_long() -> None:
    """Else a run that stood in line looks slow for no reason."""
    waited = StageFact(name="train", action="ran", reason="new", wall=2.0, waited=17.2, waited_for="gpu 0 held by anna")
    told = render_terminal(run(stages=(waited,)), width=120, color=False)
    brief = render_terminal(run(stages=(replace(waited, waited=0.2),)), width=120, color=False)

    assert "new; waited 17.2 s: gpu 0 held by anna" in told
    assert "waited" not in brief


def test_a_stage_that_never_began_shows_no_time() -> None:
    """A missing secret is found before the command is started."""
    refused = StageFact(name="fetch", action="failed", reason="the secret T is not set", wall=0.0)

    assert "0.00 s" not in render_terminal(run(stages=(refused,)), width=80, color=False)


@pytest.mark.parametrize("width", [20, 40, 80, 200])
@pytest.mark.parametrize("sample", SAMPLES)
def test_every_line_fits_the_terminal(sample: str, width: int) -> None:
    """A terminal narrower than forty columns gets lines of forty."""
    for line in render_terminal(SAMPLES[sample](), width=width, color=False).splitlines():
        assert columns(line) <= max(width, 40)
        assert line == line.rstrip()


@pytest.mark.parametrize("sample", SAMPLES)
def test_without_colour_nothing_but_printable_lines_comes_out(sample: str) -> None:
    assert render_terminal(SAMPLES[sample](), color=False).replace("\n", "").isprintable()


@pytest.mark.parametrize("sample", SAMPLES)
def test_colour_adds_nothing_but_colour(sample: str) -> None:
    """Words carry the meaning: with the colours taken out, both texts are the same."""
    coloured = render_terminal(SAMPLES[sample](), color=True)

    assert coloured != render_terminal(SAMPLES[sample](), color=False)
    assert COLOUR.sub("", coloured) == render_terminal(SAMPLES[sample](), color=False)


def test_verdict_and_decision_come_first_and_the_next_step_last() -> None:
    lines = render_terminal(failed(), color=False).splitlines()

    assert lines[0].startswith("FAIL: accuracy dropped 0.041 [0.026, 0.057] to 0.871, against digits@2")
    assert lines[2] == "Decision: block (it must not go on)"
    assert lines[-1] == "Next: seatrial diff digits@2 digits@4"


def test_what_says_no_stands_above_what_passed() -> None:
    text = render_terminal(no_baseline(), color=False)

    assert text.index("ERROR regression.accuracy") < text.index("PASS performance.accuracy.min")


def test_the_rows_that_would_decide_are_named() -> None:
    assert "about 1,713 rows would decide" in render_terminal(inconclusive(), color=False)


def test_several_models_are_named_one_by_one() -> None:
    text = render_terminal(
        run(models=(model(regression(), name="a"), model(regression(Verdict.FAIL), name="b", verdict=Verdict.FAIL))),
        color=False,
    )

    assert text.startswith("FAIL 1 model · PASS 1 model: b: ")
    assert "\nModel a: PASS, allow. Gate set promote," in text
    assert "\nModel b: FAIL, allow. Gate set promote," in text


def test_a_long_command_is_continued_as_a_shell_understands_it() -> None:
    step = "seatrial models promote digits@17 --to production --override --reason 'the old one must go'"
    text = render_terminal(run(next_step=step), color=False)
    command = text[text.index("Next: ") + len("Next: ") :]

    assert command.replace("\\\n", " ").split() == step.split()
    assert " \\\n  " in command


def test_failing_tests_are_listed_up_to_ten() -> None:
    troubles = tuple(f"test_{number}: no" for number in range(12))
    text = render_terminal(
        run(tests=(JUnitFact(name="unit", passed=0, failed=12, errors=0, skipped=0, troubles=troubles),)), color=False
    )

    assert "  test_9: no\n  and 2 more, in the report\n" in text


def test_a_name_cannot_pretend_to_be_a_colour_or_a_verdict_line() -> None:
    text = render_terminal(run(stages=(StageFact(name=EVIL["ansi"], action="ran", reason="\nPASS: all"),)), color=True)

    assert set(COLOUR.findall(text)) <= {"\x1b[1m", "\x1b[0m"}
    assert not any(line.startswith("PASS") for line in text.splitlines())


def test_rendering_loads_neither_rich_nor_anything_numeric() -> None:
    """A run with nothing to do prints its summary within its start-up budget."""
    code = (
        "import sys; from tests.support.report_samples import passed;"
        "from seatrial.report.terminal import render_terminal; from seatrial.report.markdown import render_markdown;"
        "from seatrial.report.serial import to_text; facts = passed();"
        "render_terminal(facts, color=True), render_markdown(facts), to_text(facts);"
        "print(sorted({'rich', 'numpy', 'scipy', 'polars', 'pydantic'} & set(sys.modules)))"
    )
    surroundings = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(
        [sys.executable, "-c", code], env=surroundings, cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert done.stdout.strip() == "[]"


def test_a_passing_run_is_short_enough_to_read_at_a_glance() -> None:
    assert len(render_terminal(passed(), color=False).splitlines()) <= 34
