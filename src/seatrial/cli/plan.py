"""`seatrial plan`: what a run would do, and why, without running anything.

What is shown of a work tree is in `plan_tree.py`, of a change in `plan_change.py`: each loads what the other has no use
for.
"""

from __future__ import annotations

import click

from seatrial.cli.options import json_option, set_param_option, tier_option
from seatrial.errors import UsageError


@click.command()
@click.argument("stages", nargs=-1, metavar="[STAGE]...")
@tier_option
@set_param_option
@click.option("--base", metavar="REV", help="Plan what differs from this revision (from where the two parted).")
@click.option("--head", metavar="REV", help="Plan this revision instead of the work tree.")
@click.option("--repo", metavar="DIR", help="Look at the objects of this git repository, bare or not.")
@click.option("--config", metavar="FILE", help="Take the stages from this file, wherever it is.")
@click.option("--queue", is_flag=True, help="Show who holds the devices and tokens of this machine instead.")
@json_option
def plan(
    stages: tuple[str, ...],
    tier: str | None,
    set_param: tuple[str, ...],
    base: str | None,
    head: str | None,
    repo: str | None,
    config: str | None,
    queue: bool,
    as_json: bool,
) -> None:
    """Show what a run would do, and why.

    \b
    run             something the stage depends on differs, or nothing is stored
    run_if_changed  only what other stages make may differ; known once they ran
    reuse           a stored result has the same inputs
    skip            nothing that differs from the base reaches it
    defer           it should run, and this machine lacks what it needs

    With `--base` the plan is that of a change, with the way from each stage to what changed.
    """
    if queue:
        from seatrial.cli.leases import show_queue  # of the four things this command shows, each loads its own

        show_queue(as_json=as_json)
        return
    if base is None and (head or repo or config):
        raise UsageError("`--head`, `--repo` and `--config` plan a change", next_step="say from where: `--base REV`")
    if base is not None:
        if set_param:
            raise UsageError(
                "`--set-param` cannot be told with `--base`", next_step="commit the parameter, or leave it out"
            )
        from seatrial.cli.plan_change import show_change

        show_change(base, head, repo, config, tier, stages, as_json=as_json)
        return
    from seatrial.cli.plan_tree import show_plan

    show_plan(stages, tier, set_param, as_json=as_json)
