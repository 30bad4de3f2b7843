"""`seatrial demo`: play the story of the example project and say what happened."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from pathlib import Path

import click


@click.command("demo")
@click.option(
    "--into",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Play in this folder, which must be empty or absent. By default a new temporary one.",
)
@click.option("--json", "as_json", is_flag=True, help="Say nothing meanwhile, and print the summary as JSON.")
@click.pass_context
def demo(context: click.Context, into: Path | None, as_json: bool) -> None:
    """Play the whole story on real models, in a temporary repository.

    A project that reads handwritten digits gets its first model, a better one, a worse one and one
    that cannot be judged, through the commands you would type. Needs scikit-learn (pip install
    'seatrial[demo]') and git. The folder is kept, so that you can look around in it.
    """
    # Loaded here, because the list of all commands must not cost what the demo needs.
    from seatrial.cli import exits
    from seatrial.clock import SystemClock
    from seatrial.demo.example import check_requirements
    from seatrial.demo.play import play
    from seatrial.demo.show import Teller, summary
    from seatrial.demo.show import as_json as summary_json

    check_requirements()
    folder = into.absolute() if into else Path(tempfile.mkdtemp(prefix="seatrial-demo-")) / "digits"
    color = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    played = play(folder, teller=Teller(quiet=as_json, color=color), clock=SystemClock(), environ=os.environ)
    if as_json:
        click.echo(json.dumps(summary_json(played), indent=2, allow_nan=False))
    else:
        click.echo(f"\n{summary(played)}")
    if played.difference is not None:
        click.echo(f"\nerror: the story went differently. {played.difference}", err=True)
        context.exit(exits.DEFECT)
