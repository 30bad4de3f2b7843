"""The demo's own text fits eighty columns and says what the run said."""

from __future__ import annotations

from pathlib import Path

import pytest

from seatrial.demo.outcome import Move, Played, Told
from seatrial.demo.show import Teller, as_json, summary
from seatrial.demo.story import STORY, Command, Edit
from seatrial.replacing import replace
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
    teller.opening(Path("/tmp/seatrial-demo-12345678/digits"))
    for step in STORY:
        teller.step(step)
        teller.edits(step.edits)
        for command in (*step.before, *step.commands):
            teller.command(command)
        teller.note(step.after)

    lines = capsys.readouterr().out.splitlines()

    assert max(len(line) for line in lines) <= 80
    assert "$ seatrial run" in lines


def test_edit_is_shown_as_the_lines_that_change(capsys: pytest.CaptureFixture[str]) -> None:
    """A line that stays is not shown."""
    Teller().edits([Edit(file="params.yaml", old="keep\nold: 1\n", new="keep\nnew: 2\n")])

    assert capsys.readouterr().out.splitlines() == ["", "  edit params.yaml", "  - old: 1", "  + new: 2"]


def test_edits_of_one_file_stand_under_its_name_once(capsys: pytest.CaptureFixture[str]) -> None:
    """Two edits of a file read like one change; another file begins anew."""
    Teller().edits(
        [
            Edit(file="params.yaml", old="a: 1\n", new="a: 2\n"),
            Edit(file="params.yaml", old="b: 1\n", new="b: 2\n"),
            Edit(file="gates.yaml", old="c: 1\n", new=""),
        ]
    )

    lines = capsys.readouterr().out.splitlines()

    assert [line for line in lines if "edit" in line] == ["  edit params.yaml", "  edit gates.yaml"]
    assert [line[2:] for line in lines if line.startswith(("  -", "  +"))] == [
        "- a: 1",
        "+ a: 2",
        "- b: 1",
        "+ b: 2",
        "- c: 1",
    ]


def test_story_without_a_terminal_says_that_progress_is_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    """What is shown is what the commands print; where something is missing, that is said."""
    Teller(live=True).opening(Path("/tmp/digits"))
    at_a_terminal = capsys.readouterr().out
    Teller().opening(Path("/tmp/digits"))
    elsewhere = capsys.readouterr().out

    assert "/tmp/digits" in at_a_terminal
    assert "without the progress" not in at_a_terminal
    assert "without the progress" in elsewhere


def test_suggested_commands_name_only_versions_that_exist() -> None:
    """A story that stopped early must not send anybody to a version that was never registered."""
    played = _played()
    stopped = replace(played, ledger=(), report=None)

    assert "  /opt/bin/seatrial models show digits@production" in summary(played, "/opt/bin/seatrial").splitlines()
    assert "models show" not in summary(stopped)
    assert "report" not in summary(stopped)
    assert f"  cd {played.folder}" in summary(stopped).splitlines()


def test_quiet_teller_says_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    """With --json, standard output belongs to the JSON."""
    teller = Teller(quiet=True)
    teller.say("text")
    teller.opening(Path("/tmp/digits"))
    teller.step(STORY[0])
    teller.edits(STORY[1].edits)
    teller.note("a note")
    teller.heading("a title")
    teller.command(Command(words=("git", "status"), note="a note"))
    teller.ended(3)

    assert capsys.readouterr().out == ""
