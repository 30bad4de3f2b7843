"""`seatrial plan`: what a run would do, and why, without running anything.

What is shown of a work tree is in `plan_tree.py`, of a change in `plan_change.py`: each loads what the other has no use
for.
"""

from __future__ import annotations

import click

from seatrial.cli.options import json_option, set_param_option, tier_option
from seatrial.errors import UsageError

GITLAB = "gitlab"
MATRICES = ("github", GITLAB)
"""Forges that cells can be laid out for."""


@click.command()
@click.argument("stages", nargs=-1, metavar="[STAGE]...")
@tier_option
@set_param_option
@click.option("--base", metavar="REV", help="Plan what differs from this revision (from where the two parted).")
@click.option("--head", metavar="REV", help="Plan this revision instead of the work tree.")
@click.option("--repo", metavar="DIR", help="Look at the objects of this git repository, bare or not.")
@click.option("--config", metavar="FILE", help="Take the stages from this file, wherever it is.")
@click.option(
    "--what-if", multiple=True, metavar="PATH", help="Plan as if this file or folder had changed; may be repeated."
)
@click.option("--lint", is_flag=True, help="Look for declared globs, deps and roots that are dead, redundant, missing.")
@click.option("--map", "maps", multiple=True, metavar="FILE", help="With `--lint`: a hand-written map to hold up too.")
@click.option("--strict", is_flag=True, help="With `--lint`: exit with 2 when anything is found.")
@click.option(
    "--matrix", type=click.Choice(MATRICES), help="Say which cells are to be done, for a forge's matrix of jobs."
)
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
    what_if: tuple[str, ...],
    lint: bool,
    maps: tuple[str, ...],
    strict: bool,
    matrix: str | None,
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
    if matrix is not None:
        _alone("--matrix", head=head, repo=repo, config=config, what_if=what_if, lint=lint, set_param=set_param)
        if stages:
            raise UsageError("`--matrix` is of a whole tier", next_step="leave out the names of stages")
        if matrix == GITLAB:
            from seatrial.cli.plan_child import show_child

            show_child(tier, base, as_json=as_json)
            return
        from seatrial.cli.plan_matrix import show_matrix

        show_matrix(matrix, tier, base, as_json=as_json)
        return
    if (maps or strict) and not lint:
        raise UsageError("`--map` and `--strict` belong to `--lint`", next_step="add `--lint`")
    if lint:
        _alone("--lint", base=base, set_param=set_param, what_if=what_if)
        from seatrial.cli.plan_lint import show_lint

        code = show_lint(maps, head, repo, config, tier, stages, strict=strict, as_json=as_json)
        click.get_current_context().exit(code)
    if what_if:
        _alone("--what-if", base=base, set_param=set_param)
        from seatrial.cli.plan_what_if import show_what_if

        more = tuple(
            word for word in stages if _is_path(word)
        )  # `--what-if a.py b.py`, as a shell's pattern gives them
        named = tuple(word for word in stages if word not in more)
        show_what_if((*what_if, *more), head, repo, config, tier, named, as_json=as_json)
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


def _alone(option: str, **others: object) -> None:
    """Raises UsageError when an option is given with one that cannot be told beside it."""
    for name, value in others.items():
        if value:
            other = f"--{name.replace('_', '-')}"
            raise UsageError(f"`{option}` and `{other}` cannot be told together", next_step=f"leave out `{other}`")


def _is_path(word: str) -> bool:
    """Whether a word behind `--what-if PATH` is one more path, and no stage."""
    name = word.partition("[")[0]
    return "/" in name or "." in name
