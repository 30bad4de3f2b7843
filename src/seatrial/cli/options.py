"""Options that several commands share, so that they read the same everywhere."""

from __future__ import annotations

import click

json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON document instead of text.")
tier_option = click.option("--tier", "-t", metavar="TIER", help="A tier of seatrial.yaml.")
set_param_option = click.option(
    "--set-param",
    "-S",
    "set_param",
    multiple=True,
    metavar="NAME=VALUE",
    help="Override a parameter for this run; such a version can be registered, not promoted.",
)
