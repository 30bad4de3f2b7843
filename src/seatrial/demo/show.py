"""How the story looks: what is said before each step, the prompt, the edits, and the table at the end.

Called by `play.py` while it plays and by `cli/demo.py` afterwards. Eighty columns of plain text;
`--json` uses `as_json` instead.
"""

from __future__ import annotations

import shlex
import textwrap
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path

from msgspec import Struct

from seatrial.demo.outcome import Move, Played, Told
from seatrial.demo.story import ALIAS, MODEL, STORY, Command, Edit, Step
from seatrial.digest import Json
from seatrial.report.headline import headline
from seatrial.report.numbers import UNKNOWN, duration
from seatrial.report.table import table

_WIDTH = 80
_BOLD, _PLAIN = "\x1b[1m", "\x1b[0m"


class Teller(Struct, frozen=True, kw_only=True):
    """Says what happens, while it happens. With `quiet` it says nothing.

    `live` is for a person at a terminal, who wants to see a run's progress while it lasts. Elsewhere it is
    left out, because it says what the run's own table says again.
    """

    quiet: bool = False
    color: bool = False
    live: bool = False

    def say(self, text: str = "") -> None:
        """One paragraph."""
        if not self.quiet:
            print(textwrap.fill(text, _WIDTH, break_long_words=False, break_on_hyphens=False), flush=True)

    def opening(self, folder: Path) -> None:
        """What is going to happen, and where."""
        self._line(f"A story in {len(STORY)} steps, with real models and real commits, in\n  {folder}")
        self.say(
            "What stands after `$` is what you would type, and what follows it is what it prints"
            + ("." if self.live else ", only without the progress of the runs.")
        )

    def step(self, step: Step) -> None:
        """The title of a step and its text."""
        self.heading(f"({step.letter}) {step.title}")
        self.say(step.text)

    def heading(self, title: str) -> None:
        """A title with a line under it."""
        self._line(f"\n{self._bold(title)}\n{'-' * len(title)}")

    def edits(self, edits: Sequence[Edit]) -> None:
        """Edits by file, as the lines that go and the lines that come."""
        for file, those in groupby(edits, key=lambda edit: edit.file):
            self._line("\n".join(["", f"  edit {file}", *(line for edit in those for line in _changed(edit))]))

    def command(self, command: Command) -> None:
        """The prompt with what is typed; a command's output follows by itself."""
        self.note(command.note)
        self._line(f"\n{self._bold(f'$ {command.typed}')}")

    def note(self, text: str) -> None:
        """A paragraph between commands; nothing for no text."""
        if text:
            self._line()
            self.say(text)

    def ended(self, exit_code: int) -> None:
        """A command's exit code, where it is not zero."""
        if exit_code:
            self._line(f"(exit code {exit_code})")

    def _line(self, text: str = "") -> None:
        if not self.quiet:
            print(text, flush=True)

    def _bold(self, text: str) -> str:
        return f"{_BOLD}{text}{_PLAIN}" if self.color else text


def _changed(edit: Edit) -> list[str]:
    gone = [f"  - {line}" for line in edit.old.splitlines() if line not in edit.new.splitlines()]
    come = [f"  + {line}" for line in edit.new.splitlines() if line not in edit.old.splitlines()]
    return gone + come


def summary(played: Played, program: str = "seatrial") -> str:
    """What happened, as text: a table of the steps, what each run said, the ledger, where to look.

    `program` is how `seatrial` is typed in the caller's shell.
    """
    parts = [
        f"What happened, in {duration(played.seconds)}:",
        table(
            [_step_row(told) for told in played.told],
            ("step", "commit", "verdict", "exit code", "production"),
            align="lllrl",
        ),
        "What each run said:",
        _sayings(played.told),
        f"The ledger of {MODEL}, who moved which alias and how:",
        table([_move_row(move) for move in played.ledger], ("UTC", "alias", "from", "to", "how", "by")),
        _where(played, program),
    ]
    return "\n\n".join(part for part in parts if part)


def as_json(played: Played) -> Json:
    """What happened, for programs."""
    return {
        "schema_version": 1,
        "folder": str(played.folder),
        "report": str(played.report) if played.report else None,
        "seconds": round(played.seconds, 3),
        "as_told": played.difference is None,
        "difference": played.difference,
        "steps": [_step_json(told) for told in played.told],
        "ledger": [
            {
                "at": move.at,
                "alias": move.alias,
                "previous": move.previous,
                "version": move.version,
                "how": move.how,
                "actor": move.actor,
            }
            for move in played.ledger
        ],
    }


def _step_row(told: Told) -> tuple[str, ...]:
    return (
        f"({told.letter}) {told.title}",
        told.commit,
        told.verdict.value if told.verdict else UNKNOWN,
        str(told.exit_code),
        _version(told.production),
    )


def _sayings(told: Sequence[Told]) -> str:
    rows = [(f"({one.letter})", headline(one.run).why) for one in told if one.run is not None]
    lines = [
        textwrap.fill(why, _WIDTH, initial_indent=f"{letter} ", subsequent_indent=" " * 4, break_on_hyphens=False)
        for letter, why in rows
    ]
    return "\n".join(lines)


def _move_row(move: Move) -> tuple[str, ...]:
    when, who = move.at[5:16].replace("T", " "), move.actor.partition(" <")[0]
    return (when, move.alias, _version(move.previous), _version(move.version), move.how, who)


def _version(number: int | None) -> str:
    return UNKNOWN if number is None else f"{MODEL}@{number}"


def _where(played: Played, program: str) -> str:
    lines = [f"The last report: {played.report}"] if played.report else []
    lines += ["The project is kept; look around in it:", f"  cd {shlex.quote(str(played.folder))}"]
    if versions := sorted({move.version for move in played.ledger}):
        lines.append(f"  {program} models show {MODEL}@{ALIAS}")
        lines += [f"  {program} diff {MODEL}@{versions[0]} {MODEL}@{other}" for other in versions[1:]]
    return "\n".join(lines)


def _step_json(told: Told) -> Json:
    return {
        "step": told.letter,
        "title": told.title,
        "commit": told.commit,
        "run": told.run.run if told.run else None,
        "verdict": told.verdict.value if told.verdict else None,
        "decision": told.decision.value if told.decision else None,
        "rows_needed": told.rows_needed,
        "exit_code": told.exit_code,
        "production": told.production,
        "stages": {stage.name: stage.action for stage in told.run.stages} if told.run else {},
        "rescored": told.rescored,
    }
