"""Does the steps of the story: edits files, types commands, and asks what came of it.

Called by `cli/demo.py`. What a step came to is asked of the same commands, never written down
beforehand. The play stops at the first thing that goes differently from the story and says what:
then either the story or Seatrial is wrong, and nobody should have to guess from the output.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from seatrial.clock import Clock
from seatrial.demo.answers import read_ledger, read_production, read_report, read_run
from seatrial.demo.example import copy_example
from seatrial.demo.outcome import Played, Told
from seatrial.demo.prompt import Prompt, demo_environment
from seatrial.demo.show import Teller
from seatrial.demo.story import ALIAS, MODEL, STORY, Command, Edit, Step
from seatrial.errors import SeatrialError
from seatrial.verdict import Verdict

_LAST_LINES = 15


class OffScriptError(Exception):
    """Something went differently from the story; the message says what."""


def play(folder: Path, *, teller: Teller, clock: Clock, environ: Mapping[str, str]) -> Played:
    """Copy the example into `folder` (empty or absent) and play the story there.

    Raises UsageError for a folder that holds something, OutsideError when the example is not packed.
    What goes differently from the story is no error here but `Played.difference`.
    """
    started = clock.monotonic()
    copy_example(folder, sys.executable)
    prompt = Prompt(folder=folder, environ=demo_environment(environ), quiet=teller.quiet)
    teller.opening(folder)
    told: list[Told] = []
    difference = None
    for step in STORY:
        try:
            told.append(_play_step(step, prompt, teller))
            _compare(step, told[-1])
        except (OffScriptError, SeatrialError) as error:
            difference = f"step ({step.letter}) {step.title}: {error}"
            break
    seconds = clock.monotonic() - started
    try:
        ledger, report = read_ledger(prompt), read_report(prompt)
    except SeatrialError as error:
        ledger, report = (), None
        difference = difference or str(error)  # what went wrong first is what matters
    return Played(folder=folder, seconds=seconds, told=tuple(told), ledger=ledger, report=report, difference=difference)


def apply_edit(edit: Edit, folder: Path) -> None:
    """Make an edit. Raises OffScriptError unless its old text stands exactly once in the file."""
    path = folder / edit.file
    text = path.read_text(encoding="utf-8")
    if text.count(edit.old) != 1:
        raise OffScriptError(f"{edit.file} has not exactly one place that reads {edit.old!r}")
    path.write_text(text.replace(edit.old, edit.new), encoding="utf-8")


def _play_step(step: Step, prompt: Prompt, teller: Teller) -> Told:
    teller.step(step)
    codes = [(command, _type(command, prompt, teller)) for command in step.before]
    teller.edits(step.edits)
    for edit in step.edits:
        apply_edit(edit, prompt.folder)
    codes += [(command, _type(command, prompt, teller)) for command in step.commands]
    teller.note(step.after)
    return Told(
        letter=step.letter,
        title=step.title,
        commit=prompt.commit(),
        exit_code=_telling(codes),
        production=read_production(prompt),
        run=read_run(prompt) if any(command.is_run for command in step.commands) else None,
    )


def _telling(codes: Sequence[tuple[Command, int]]) -> int:
    """The exit code a step is remembered by: that of its run, else of its last command."""
    return next((code for command, code in codes if command.is_run), codes[-1][1])


def _type(command: Command, prompt: Prompt, teller: Teller) -> int:
    teller.command(command)
    ended = prompt.type(command.words, keep_errors=command.is_run and not teller.live)
    teller.ended(ended.exit_code)
    if ended.exit_code != command.exit_code:
        last = "\n".join(ended.output.splitlines()[-_LAST_LINES:])
        raise OffScriptError(
            f"`{command.typed}` ended with exit code {ended.exit_code}, and {command.exit_code} was expected"
            + (f"; it said:\n{last}" if last else "")
        )
    return ended.exit_code


def _compare(step: Step, told: Told) -> None:
    """Raises OffScriptError where a step came to something else than the plot."""
    if told.verdict is not step.verdict:
        raise OffScriptError(f"the verdict is {told.verdict}, and {step.verdict} was expected")
    if told.production != step.production:
        raise OffScriptError(f"{ALIAS} is {MODEL}@{told.production}, and {MODEL}@{step.production} was expected")
    actions = {stage.name: stage.action for stage in told.run.stages} if told.run else {}
    for name, action in step.stages.items():
        if actions.get(name) != action:
            raise OffScriptError(f"stage {name} was {actions.get(name, 'not there')}, and {action} was expected")
    if step.rescored and not told.rescored:
        raise OffScriptError("production was not scored again on the new test set")
    if step.verdict is Verdict.INCONCLUSIVE and told.rows_needed is None:
        raise OffScriptError("nobody said how many rows would decide")
