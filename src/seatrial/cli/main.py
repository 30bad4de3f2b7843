"""The face: `seatrial COMMAND`. Loads a command's module only when that command is typed.

Starting must stay cheap, so the table below names each command's module and its one-line help
as text; a test asserts that both agree with the module itself. Everything that ends a command
early is turned into text and an exit code here and nowhere else.
"""

from __future__ import annotations

import errno
import importlib
import os
import sys
from collections.abc import Sequence
from typing import Any

import click

from seatrial import __version__
from seatrial.cli import exits, failures
from seatrial.errors import EXHAUSTED, OutsideError, SeatrialError

COMMANDS: dict[str, tuple[str, str]] = {
    "demo": ("seatrial.cli.demo:demo", "Play the whole story on real models, in a temporary repository."),
    "init": ("seatrial.cli.init:init", "Look at this repository and write a first seatrial.yaml."),
    "plan": ("seatrial.cli.plan:plan", "Show what a run would do, and why."),
    "run": ("seatrial.cli.run:run", "Run stages, judge the models, write the report."),
    "check": ("seatrial.cli.check:check", "Check a dataset: its contract, and what changed since a reference."),
    "gate": ("seatrial.cli.gate:gate", "Judge predictions files against gates, without a project."),
    "measure": ("seatrial.cli.measure:measure", "Start a model, ask it, and write what gates read, without a project."),
    "diff": ("seatrial.cli.diff:diff", "Compare two models: metrics with intervals, parameters."),
    "report": ("seatrial.cli.report:report", "Show the report of a run again, or bring it to where people review."),
    "heed": ("seatrial.cli.heed:heed_comment", "Do what a comment on a pull request asks for."),
    "why": ("seatrial.cli.why:why", "Explain why a stage ran, or was reused, and what would happen now."),
    "suspects": ("seatrial.cli.suspects:suspects", "Tell which merges since a stage's last pass reach it."),
    "bisect": ("seatrial.cli.bisect:bisect", "Find the commit since which a stage fails."),
    "audit": ("seatrial.cli.audit:audit", "Check Seatrial's own decisions by doing what it left out."),
    "models": ("seatrial.cli.models:models", "List, register, promote and roll back versions."),
    "notify": ("seatrial.cli.notify:notify", "Show who is told what, or try whether messages arrive."),
    "cache": ("seatrial.cli.cache:cache", "Look into the cache, verify it, remove what is no longer needed."),
    "workflows": ("seatrial.cli.workflows:workflows", "Write the files of a forge's CI, and keep your edits in them."),
    "doctor": ("seatrial.cli.doctor:doctor", "Score how a project is tested and delivered, and check this machine."),
    "config": ("seatrial.cli.config:config", "Check seatrial.yaml, or show every setting and where it comes from."),
}


class _Lazy(click.Group):
    """A group whose commands are imported when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[cmd_name][0].partition(":")
        command = getattr(importlib.import_module(module), attribute)
        assert isinstance(command, click.Command)  # noqa: S101 - for the type checker; the table is ours
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            failures.unknown_command(args[0], list(COMMANDS))
        return super().resolve_command(ctx, args)


@click.group(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="seatrial", message="%(prog)s %(version)s")
def app() -> None:
    """From a commit to a judged, registered and promoted model.

    Start with `seatrial demo`. Every command takes --json and ends an error with what to type next.
    """


def run_app(arguments: Sequence[str], **context: Any) -> int:
    """Run one command and give its exit code; errors become text on standard error."""
    as_json = "--json" in arguments
    try:
        code = app.main(list(arguments), prog_name="seatrial", standalone_mode=False, **context)
        return code if isinstance(code, int) else exits.OK
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except click.ClickException as error:
        return failures.show_usage(error, as_json=as_json)
    except (KeyboardInterrupt, click.Abort) as stop:
        asked = exits.Terminated in (type(stop), type(stop.__cause__))  # click wraps what interrupts it
        return failures.show_stopped(exits.TERMINATED if asked else exits.INTERRUPTED, as_json=as_json)
    except SeatrialError as error:
        return failures.show(error, as_json=as_json)
    except BrokenPipeError:
        # The reader of our output has gone; Python must not try to flush into the pipe again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return exits.OK
    except PermissionError as error:
        message = f"{error.filename or 'a file'} may not be read or written by you: {error.strerror}"
        step = "change its permissions, and type the command again; nothing that was finished is lost"
        return failures.show(OutsideError(message, next_step=step), as_json=as_json)
    except OSError as error:
        if error.errno not in EXHAUSTED:
            return failures.show_defect(error, as_json=as_json)
        return failures.show(_exhausted(error), as_json=as_json)
    except Exception as error:  # noqa: BLE001 - the last resort: our own defect, told as one
        return failures.show_defect(error, as_json=as_json)


def _exhausted(error: OSError) -> OutsideError:
    """The disk or the machine has no more to give, wherever that was met."""
    what, step = "the disk refused", "make room, or make it writable"
    if error.errno in (errno.EMFILE, errno.ENFILE):
        what, step = "the system refused", "raise the limit of open files (ulimit -n)"
    elif error.errno == errno.EIO:
        step = "check the disk"
    elif error.errno == errno.ENOMEM:
        what, step = "the system refused", "make room in memory"
    where = f" ({error.filename})" if error.filename else ""
    return OutsideError(
        f"{what}: {error.strerror}{where}",
        next_step=f"{step}, and type the command again; nothing that was finished is lost",
    )
