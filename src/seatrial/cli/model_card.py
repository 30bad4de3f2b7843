"""`seatrial models card`: a version as a model card, in Markdown."""

from __future__ import annotations

import click

from seatrial.cli.options import json_option
from seatrial.cli.registry_here import print_document, workspace_here
from seatrial.errors import UsageError
from seatrial.flows.model_card import card_of, report_of
from seatrial.registry.registry import Registry
from seatrial.report.model_card import render_card, unknown


@click.command("card", short_help="Write a version's model card.")
@click.argument("ref")
@json_option
def card(ref: str, as_json: bool) -> None:
    """Write the model card of a version (NAME@17, NAME@ALIAS), in Markdown.

    What it is, what it was made of, how good it is and in which slices, the gates as applied, what is not known,
    and how to make it again. A section that nothing is recorded for says so. To keep it: `> MODEL_CARD.md`.
    """
    if "@" not in ref:
        raise UsageError(
            f"a model card is of one version, and {ref} names a model",
            next_step=f"seatrial models card {ref}@production",
        )
    with workspace_here() as workspace:
        registry = Registry(workspace.state)
        version = registry.resolve(ref)
        facts = card_of(version, registry.history(version.model), report_of(workspace, version))
    text = render_card(facts)
    if as_json:
        print_document(ref=facts.ref, unknown=list(unknown(facts)), markdown=text)
    else:
        click.echo(text, nl=False)
