"""The demo's own text fits eighty columns and says what the run said."""

from __future__ import annotations

from pathlib import Path

import pytest

from seatrial.demo.outcome import Move, Played, Told
from seatrial.demo.show import Teller, as_json, summary
from seatrial.demo.story import STORY, Command, Edit
from seatrial.report.facts import ModelFact, RunFacts, StageFact
from seatrial.verdict import Decision, Finding, Verdict


def _told() -> Told:
    finding = Finding(
        name="regression.accuracy",
        kind="regression",
        metric="accuracy",
        verdict=Verdict.INCONCLUSIVE,
        reason="too_few_rows",
        message="it cannot be told from so few rows whether the new model is worse",
        n=40,
        n_needed=1234,
    )
    model = ModelFact(
        name="digits",
        gate_set="promote",
        verdict=Verdict.INCONCLUSIVE,
        decision=Decision.HOLD,
        findings=(finding,),
        baseline="digits@7 (production)",
        rescored="the test set changed",
    )
    run = RunFacts(
        project="digits",
        run="01TESTRUN",
        started="2026-11-21T06:30:00.000Z",
        seconds=1.5,
        repeat="seatrial run",
        models=(model,),
        stages=(StageFact(name="evaluate", action="ran", reason="its model changed"),),
    )
    return Told(letter="e", title="Too few test rows", commit="1a2b3c4", exit_code=3, production=7, run=run)


def _played(folder: str = "/tmp/digits") -> Played:
    move = Move(
        at="2026-11-21T06:30:00.000Z",
        alias="production",
        version=7,
        previous=6,
        how="promote",
        actor="Somebody <somebody@example.invalid>",
    )
    rollback = Told(letter="f", title="Rollback", commit="1a2b3c4", exit_code=0, production=6)
    return Played(
        folder=Path(folder),
        seconds=12.34,
        told=(_told(), rollback),
        ledger=(move,),
        report=Path(folder) / ".seatrial" / "report.md",
    )


def test_summary_tells_each_step_the_ledger_and_where_the_report_lies() -> None:
    """What happened, who moved the alias, and where to look, in one page."""
    text = summary(_played())

    assert "(e) Too few test rows  1a2b3c4  INCONCLUSIVE" in text
    assert "digits@7" in text
    assert "promote" in text
    assert "1,234" in text
    assert "/tmp/digits/.seatrial/report.md" in text


def test_every_line_but_a_path_fits_eighty_columns() -> None:
    """A terminal of the usual width shows it without breaking lines."""
    lines = summary(_played()).splitlines()

    assert max(len(line) for line in lines) <= 80


def test_json_carries_what_a_script_needs() -> None:
    """Verdict, decision, rows needed, exit code and production of each step, and the ledger."""
    answer = as_json(_played())

    assert isinstance(answer, dict)
    assert answer["as_told"] is True
    assert answer["steps"] == [
        {
            "step": "e",
            "title": "Too few test rows",
            "commit": "1a2b3c4",
            "run": "01TESTRUN",
            "verdict": "INCONCLUSIVE",
            "decision": "hold",
            "rows_needed": 1234,
            "rescored": "the test set changed",
            "stages": {"evaluate": "ran"},
            "exit_code": 3,
            "production": 7,
        },
        {
            "step": "f",
            "title": "Rollback",
            "commit": "1a2b3c4",
            "run": None,
            "verdict": None,
            "decision": None,
            "rows_needed": None,
            "rescored": None,
            "stages": {},
            "exit_code": 0,
            "production": 6,
        },
    ]


def test_everything_said_before_a_command_fits_eighty_columns(capsys: pytest.CaptureFixture[str]) -> None:
    """Titles, texts, edits and prompts of the whole story, as they are shown."""
    teller = Teller()
    for step in STORY:
        teller.step(step)
        for edit in step.edits:
            teller.edit(edit)
        for command in (*step.before, *step.commands):
            teller.command(command)

    lines = capsys.readouterr().out.splitlines()

    assert max(len(line) for line in lines) <= 80
    assert "$ seatrial run" in lines


def test_edit_is_shown_as_the_lines_that_change(capsys: pytest.CaptureFixture[str]) -> None:
    """A line that stays is not shown."""
    Teller().edit(Edit(file="params.yaml", old="keep\nold: 1\n", new="keep\nnew: 2\n"))

    assert capsys.readouterr().out.splitlines() == ["", "  edit params.yaml", "  - old: 1", "  + new: 2"]


def test_quiet_teller_says_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    """With --json, standard output belongs to the JSON."""
    teller = Teller(quiet=True)
    teller.say("text")
    teller.step(STORY[0])
    teller.command(Command(words=("git", "status"), note="a note"))
    teller.ended(3)

    assert capsys.readouterr().out == ""
