"""`seatrial demo`: play the story of the example project and say what happened."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from pathlib import Path

import click

from seatrial.cli import exits
from seatrial.cli.options import json_option
from seatrial.cli.terminal import wants_color
from seatrial.clock import SystemClock
from seatrial.demo.example import check_requirements
from seatrial.demo.play import play
from seatrial.demo.prompt import typed_program
from seatrial.demo.show import Teller, summary
from seatrial.demo.show import as_json as summary_json


@click.command("demo")
@click.option(
    "--into",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Play in this folder, which must be empty or absent. By default a new temporary one.",
)
@json_option
def demo(into: Path | None, as_json: bool) -> int:
    """Play the whole story on real models, in a temporary repository.

    A project that reads handwritten digits gets its first model, a better one, a worse one and one
    that cannot be judged, through the commands you would type. Needs scikit-learn (pip install
    'seatrial[demo]') and git. The folder is kept, so that you can look around in it.
    """
    check_requirements()
    folder = into.absolute() if into else Path(tempfile.mkdtemp(prefix="seatrial-demo-")) / "digits"
    teller = Teller(quiet=as_json, color=wants_color(sys.stdout), live=sys.stderr.isatty())
    played = play(folder, teller=teller, clock=SystemClock(), environ=os.environ)
    if as_json:
        click.echo(json.dumps(summary_json(played), indent=2, allow_nan=False))
    else:
        teller.heading("The end")
        click.echo(summary(played, typed_program()))
    if played.difference is None:
        return exits.OK
    click.echo(f"\nerror: the story went differently. {played.difference}", err=True)
    return exits.DEFECT
