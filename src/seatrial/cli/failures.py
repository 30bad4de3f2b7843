"""Errors as people see them: what is wrong, where, and what to type next; or the same as JSON."""

from __future__ import annotations

import json
import sys
from typing import NoReturn

import click

from seatrial import __version__
from seatrial.cli import exits
from seatrial.errors import Problem, SeatrialError, UsageError
from seatrial.nearest import nearest
from seatrial.report.escape import plain

SCHEMA_VERSION = 1
_LONGEST = 2000  # characters of a message: a list of names may be long, a name may be hostile


def show(error: SeatrialError, *, as_json: bool) -> int:
    """Print an error and give its exit code."""
    code = exits.code_of(error)
    if as_json:
        _print_json(type(error).__name__, code, error.problems)
        return code
    for line in dict.fromkeys(f"error: {_line(str(problem))}" for problem in error.problems):
        print(line, file=sys.stderr)
    steps = dict.fromkeys(problem.next_step for problem in error.problems if problem.next_step)
    for step in steps:
        print(f"next:  {_line(step)}", file=sys.stderr)
    return code


def show_usage(error: click.ClickException, *, as_json: bool) -> int:
    """Print a mistake on the command line; to somebody who typed no command at all, the help."""
    command = error.ctx.command_path if isinstance(error, click.UsageError) and error.ctx else "seatrial"
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        if not as_json:
            print(error.format_message(), file=sys.stderr)
            return exits.USER
        error = click.UsageError(f"`{command}` needs a command", error.ctx)
    problem = Problem(message=error.format_message(), next_step=f"{command} --help")
    return show(UsageError(problem.message, problems=(problem,)), as_json=as_json)


def show_stopped(code: int, *, as_json: bool) -> int:
    """Say that a command was stopped from outside, by Ctrl-C or SIGTERM."""
    problem = Problem(message="stopped", next_step="type the same again: what was done is kept")
    if as_json:
        _print_json("Stopped", code, (problem,))
    else:
        print(f"{problem}\nnext:  {problem.next_step}", file=sys.stderr)
    return code


def show_defect(error: Exception, *, as_json: bool) -> int:
    """Print a defect of ours and keep the traceback in a file."""
    import platform  # only when something is broken: none of these is wanted on the way to a command
    import tempfile
    import traceback
    from pathlib import Path

    report = Path(tempfile.mkdtemp(prefix="seatrial-defect-")) / "report.txt"
    about = f"seatrial {__version__}, Python {platform.python_version()}, {platform.platform()}\n\n"
    report.write_text(about + "".join(traceback.format_exception(error)))
    problem = Problem(
        message=f"a defect in Seatrial: {type(error).__name__}: {error}",
        next_step=f"please report it with {report}",
    )
    if as_json:
        _print_json("Defect", exits.DEFECT, (problem,))
    else:
        print(f"error: {_line(str(problem))}\nnext:  {problem.next_step}", file=sys.stderr)
    return exits.DEFECT


def unknown_command(name: str, known: list[str]) -> NoReturn:
    """Refuse a command that does not exist, naming the nearest that does."""
    close = nearest(name, known)
    raise UsageError(
        f"there is no command `{name}`; commands: {', '.join(known)}",
        next_step=f"seatrial {close}" if close else "seatrial --help",
    )


def _line(text: str) -> str:
    """One line that a terminal prints as it reads: messages quote names and paths that users chose."""
    return plain(text, bound=_LONGEST)


def _print_json(kind: str, code: int, problems: tuple[Problem, ...]) -> None:
    rows = []
    for problem in problems:
        place = problem.place
        rows.append(
            {
                "message": problem.message,
                "file": place.file if place else None,
                "line": place.line if place else None,
                "column": place.column if place else None,
                "key": place.key if place else None,
                "next_step": problem.next_step,
            }
        )
    document = {"schema_version": SCHEMA_VERSION, "error": {"kind": kind, "exit_code": code, "problems": rows}}
    text = json.dumps(document, indent=2)
    try:
        print(text, flush=True)
    except OSError:  # it may be the output itself that has no room
        print(text, file=sys.stderr)
