"""The story fits the example it edits and the commands it types."""

from __future__ import annotations

from pathlib import Path

import pytest

from seatrial.cli.main import COMMANDS
from seatrial.demo.example import copy_example
from seatrial.demo.play import OffScriptError, apply_edit
from seatrial.demo.story import STORY, Edit
from seatrial.verdict import Verdict


def test_every_edit_of_the_story_finds_its_text_in_the_example(tmp_path: Path) -> None:
    """The edits can be made one after another, a reverted one being taken back first."""
    folder = tmp_path / "digits"
    copy_example(folder, "python3")
    earlier: dict[str, str] = {}

    for step in STORY:
        if any(command.typed.startswith("git revert") for command in step.before):
            for file, text in earlier.items():
                (folder / file).write_text(text)
        earlier = {edit.file: (folder / edit.file).read_text() for edit in step.edits}
        for edit in step.edits:
            apply_edit(edit, folder)

    assert "hidden_units: 40" in (folder / "params.yaml").read_text()
    assert "epochs: 20" in (folder / "params.yaml").read_text()


def test_story_types_only_commands_that_exist() -> None:
    """What the demo shows is what a user can type."""
    typed = [command for step in STORY for command in (*step.before, *step.commands)]

    assert {command.words[0] for command in typed} == {"git", "seatrial"}
    assert {command.words[1] for command in typed if command.words[0] == "seatrial"} <= set(COMMANDS)


def test_story_shows_every_verdict_and_its_exit_code() -> None:
    """ERROR 2, PASS 0, FAIL 1 and INCONCLUSIVE 3 all take place."""
    shown = {(step.verdict, command.exit_code) for step in STORY for command in step.commands if command.is_run}

    assert shown == {
        (Verdict.ERROR, 2),
        (Verdict.PASS, 0),
        (Verdict.FAIL, 1),
        (Verdict.INCONCLUSIVE, 3),
    }


@pytest.mark.parametrize("text", ["epochs: 20\n", "epochs: 2\nepochs: 2\n"])
def test_edit_whose_text_is_not_there_exactly_once_changes_nothing(tmp_path: Path, text: str) -> None:
    """An edit that could mean nothing, or two places, stops the play and leaves the file alone."""
    (tmp_path / "params.yaml").write_text(text)

    with pytest.raises(OffScriptError, match="exactly one place"):
        apply_edit(Edit(file="params.yaml", old="epochs: 2\n", new="epochs: 3\n"), tmp_path)

    assert text == (tmp_path / "params.yaml").read_text()
