"""`seatrial doctor`: how mature a project is, what it could do next, what is dangerous in it, and whether this machine
can work."""

from __future__ import annotations

import json
import os
from pathlib import Path

import click

from seatrial.adopt.doctor.badge import badge
from seatrial.adopt.doctor.examine import examine
from seatrial.adopt.doctor.outcome import Health, Visit
from seatrial.cli import exits
from seatrial.cli.doctor_json import visit_json
from seatrial.cli.doctor_text import visit_lines
from seatrial.cli.options import json_option
from seatrial.clock import SystemClock
from seatrial.errors import OutsideError, Place
from seatrial.store import atomic
from seatrial.wiring import state_for_a_look


@click.command()
@click.option("--strict", is_flag=True, help="End with 1 where anything dangerous was found.")
@click.option("--badge", "picture", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
              help="Write level and score as an SVG picture.")  # fmt: skip
@json_option
def doctor(strict: bool, picture: Path | None, as_json: bool) -> int:
    """Score how a project is tested and delivered, and check this machine.

    Looks at files, CI, records and the machine; changes nothing and asks no network but the state's own. Advice never
    fails: the code is 0 unless seatrial.yaml is broken (2) or this machine cannot work (2 or 5).
    """
    visit = examine(Path.cwd(), state_for_a_look, now=SystemClock().now(), environ=os.environ)
    code = exit_code(visit, strict=strict)
    if picture is not None:
        _write(picture, badge(visit.level, visit.score))
    click.echo(json.dumps(visit_json(visit, code), indent=2) if as_json else "\n".join(visit_lines(visit)))
    return code


def exit_code(visit: Visit, *, strict: bool) -> int:
    """2 for what the user must mend in the project, before 5 for the machine; then what `--strict` asks for."""
    codes = {look.code for look in visit.machine if look.health is Health.TROUBLE}
    if visit.problems or exits.USER in codes:
        return exits.USER
    if codes:
        return max(codes)
    return exits.BLOCKED if strict and visit.alarms else exits.OK


def _write(file: Path, picture: str) -> None:
    try:
        atomic.write_atomic(file, picture.encode(), durable=False)
    except OSError as error:
        raise OutsideError(
            f"the badge cannot be written: {error.strerror}", place=Place(file=str(file)), next_step="name another file"
        ) from error
