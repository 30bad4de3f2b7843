"""`seatrial plan --queue`: who holds the devices and tokens of this machine, and who stands in line for them."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import click

from seatrial.pipeline.queue_text import duration, lease_label
from seatrial.report.table import table
from seatrial.store.leases import Holding
from seatrial.wiring import open_workspace

SCHEMA_VERSION = 1
_NOTED = ("user", "repository", "run", "cell", "pid", "since")


def show_queue(*, as_json: bool) -> None:
    """Print every lease that is held now, and every run that waits for one, whoever's they are."""
    with open_workspace(Path.cwd(), listener=lambda _event: None) as workspace:
        holdings = workspace.hardware.leases.look()
        # The driver is asked only where a device has to be named.
        devices = workspace.hardware.gpus().devices if any(one.name.startswith("gpu ") for one in holdings) else ()
        now = workspace.clock.now()
    handles = {device.uuid: device.handle for device in devices}
    if as_json:
        rows = [_document(one, handles) for one in holdings]
        click.echo(json.dumps({"schema_version": SCHEMA_VERSION, "leases": rows}, indent=2))
    elif holdings:
        rows_shown = [_row(one, handles, now) for one in holdings]
        click.echo(table(rows_shown, ("lease", "state", "user", "repository", "cell", "for")))
    else:
        click.echo("nothing is leased on this machine")


def _state(holding: Holding) -> str:
    return "waits" if holding.waits else "held"


def _label(holding: Holding, handles: dict[str, str]) -> str:
    return ", ".join(lease_label(name, handles) for name in holding.name.split(", "))


def _row(holding: Holding, handles: dict[str, str], now: datetime) -> tuple[str, ...]:
    note = holding.note
    who = tuple(str(note.get(name) or "?") for name in ("user", "repository", "cell"))
    return (_label(holding, handles), _state(holding), *who, duration(note.get("since"), now))


def _document(holding: Holding, handles: dict[str, str]) -> dict[str, object]:
    known = {name: value for name in _NOTED if isinstance(value := holding.note.get(name), str | int)}
    return {
        "name": holding.name,
        "label": _label(holding, handles),
        "state": _state(holding),
        **{name: known.get(name) for name in _NOTED},
    }
