"""What is told of a cell whose command runs."""

from __future__ import annotations

from rich.pretty import pretty_repr

from seatrial.pipeline.grant import Grant
from seatrial.pipeline.starting import Running
from tests.support.scripted_cells import BEGUN, Passing, Scripted, Stage, planned_of

TOKEN = "hunter2"


def _running() -> Running:
    script = Scripted(name="train")
    begun = Stage(Passing(BEGUN), {"train": script}).begin(planned_of(script), {}, grant=Grant())
    assert isinstance(begun, Running)
    begun.secrets = {"TOKEN": TOKEN}
    return begun


def test_a_running_cell_says_all_of_itself_but_its_secrets() -> None:
    """Whatever prints it (a failed assertion, a log at need) must not write a secret down."""
    said = repr(_running())

    assert said.startswith("Running(planned=PlannedCell(")
    assert "attempt=1, replaces=False, pressed=False, ended=None)" in said
    assert "secrets={" not in said
    assert TOKEN not in said


def test_a_running_cell_keeps_its_secrets_from_pretty_printing_too() -> None:
    """rich asks a record for its fields without asking for its text."""
    said = pretty_repr(_running())

    assert "attempt=1" in said
    assert TOKEN not in said
