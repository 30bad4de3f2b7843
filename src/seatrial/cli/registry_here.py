"""What every `models` command does: open the workspace here, and print one JSON document."""

from __future__ import annotations

import json
from contextlib import AbstractContextManager
from pathlib import Path

import click

from seatrial.flows.workspace import Workspace
from seatrial.wiring import open_workspace

SCHEMA_VERSION = 1


def workspace_here() -> AbstractContextManager[Workspace]:
    """The workspace of the folder this was typed in; events are nobody's business here."""
    return open_workspace(Path.cwd(), listener=lambda _event: None)


def print_document(**fields: object) -> None:
    """Print the one JSON document of a command."""
    click.echo(json.dumps({"schema_version": SCHEMA_VERSION, **fields}, indent=2))
