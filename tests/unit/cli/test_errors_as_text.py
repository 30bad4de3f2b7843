"""Errors as people and scripts see them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from seatrial.cli import failures
from seatrial.cli.main import COMMANDS, app, run_app
from seatrial.cli.pairs import parse_pairs
from seatrial.errors import ConfigError, Place, Problem, UsageError

PLACE = Place(file="seatrial.yaml", line=3, column=5, key="stages.train")


def test_every_problem_is_a_line_and_every_step_once(capsys: pytest.CaptureFixture[str]) -> None:
    """Many problems often have one remedy."""
    problems = tuple(
        Problem(message=text, place=PLACE, next_step="seatrial config --show") for text in ("one", "two", "two")
    )

    code = failures.show(ConfigError("two things", problems=problems), as_json=False)

    assert code == 2
    assert capsys.readouterr().err == (
        "error: seatrial.yaml:3:5 stages.train: one\n"
        "error: seatrial.yaml:3:5 stages.train: two\n"
        "next:  seatrial config --show\n"
    )


def test_who_stopped_a_command_is_told_how_to_go_on(capsys: pytest.CaptureFixture[str]) -> None:
    """In words, or as a document on standard output like any other end."""
    assert failures.show_stopped(130, as_json=False) == 130
    assert capsys.readouterr().err == "stopped\nnext:  type the same again: what was done is kept\n"

    assert failures.show_stopped(143, as_json=True) == 143
    said = capsys.readouterr()
    assert (json.loads(said.out)["error"]["exit_code"], said.err) == (143, "")


def test_control_characters_are_shown_and_not_sent(capsys: pytest.CaptureFixture[str]) -> None:
    """A message quotes names that somebody else may have chosen."""
    failures.show(UsageError("no stage \x1b[31mred\x07\nerror: forged", next_step="x\x1b]0;y"), as_json=False)

    assert capsys.readouterr().err == "error: no stage red\\x07\\nerror: forged\nnext:  x\\x1b]0;y\n"


def test_long_list_of_names_is_whole_and_a_megabyte_is_not(capsys: pytest.CaptureFixture[str]) -> None:
    """What there is instead is worth several lines; no message floods a terminal."""
    names = ", ".join(f"stage-{number}" for number in range(100))
    failures.show(UsageError(names), as_json=False)
    assert names in capsys.readouterr().err

    failures.show(UsageError("x" * 1_000_000), as_json=False)
    assert len(capsys.readouterr().err) < 3000


def test_json_error_has_place_and_step_as_fields(capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is to be parsed out of a sentence."""
    failures.show(ConfigError("bad", place=PLACE, next_step="mend it"), as_json=True)

    document = json.loads(capsys.readouterr().out)
    assert document["error"]["problems"] == [
        {
            "message": "bad",
            "file": "seatrial.yaml",
            "line": 3,
            "column": 5,
            "key": "stages.train",
            "next_step": "mend it",
        }
    ]


def test_defect_of_ours_keeps_the_traceback_in_a_file(capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 70, the path of the report, and no traceback in anybody's face."""
    code = failures.show_defect(ZeroDivisionError("by nought"), as_json=False)

    err = capsys.readouterr().err
    assert code == 70
    assert "a defect in Seatrial: ZeroDivisionError: by nought" in err
    path = err.rpartition("please report it with ")[2].strip()
    try:
        assert "ZeroDivisionError" in Path(path).read_text()
    finally:
        shutil.rmtree(Path(path).parent)


@pytest.mark.parametrize("text", ["", "=", "=x", "name"])
def test_pair_without_a_key_or_a_sign_is_refused(text: str) -> None:
    """The option is named, with an example."""
    with pytest.raises(UsageError, match="--tag takes KEY=VALUE") as refused:
        parse_pairs([text], "--tag")

    assert refused.value.next_step == "e.g. --tag name=value"


def test_pair_keeps_every_sign_but_the_first() -> None:
    """Values may hold `=`; an empty value is a value."""
    assert parse_pairs(["a=b=c", "d="], "--tag") == {"a": "b=c", "d": ""}


def test_table_of_commands_agrees_with_the_commands() -> None:
    """Names are known without loading the modules; what they load has that name."""
    import click

    for name in COMMANDS:
        command = app.get_command(click.Context(app), name)
        assert command is not None
        assert command.name == name


def test_unknown_command_names_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    """A typo costs one look."""
    assert run_app(["repotr"]) == 2

    assert "next:  seatrial report" in capsys.readouterr().err
