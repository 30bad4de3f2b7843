"""`seatrial run`: run stages, judge the models, write the report."""

from __future__ import annotations

import json
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
from msgspec import Struct

from seatrial.cli import exits
from seatrial.cli.loading import load_project
from seatrial.cli.log_end import show_log
from seatrial.cli.options import json_option, set_param_option, tier_option
from seatrial.cli.progress import Progress
from seatrial.cli.run_code import code_of_run, judged_code
from seatrial.cli.terminal import wants_color
from seatrial.digest import Json
from seatrial.errors import UsageError
from seatrial.flows.candidate import run_candidate
from seatrial.flows.policy import ProjectPolicy
from seatrial.flows.request import Candidate, Request
from seatrial.flows.workspace import Workspace
from seatrial.forge.whose import VARIABLE as UNTRUSTED
from seatrial.report.serial import to_json
from seatrial.report.terminal import WIDTH, render_terminal
from seatrial.wiring import open_workspace

if TYPE_CHECKING:
    from seatrial.flows.telling import Told  # with what few runs tell


@click.command()
@click.argument("stages", nargs=-1, metavar="[STAGE]...")
@tier_option
@set_param_option
@click.option("--jobs", "-j", type=click.IntRange(min=1), help="How many commands run at once; default: all cores.")
@click.option("--id", "part_of", metavar="RUN", help="Do a part of a run that several machines share; with --stage.")
@click.option("--stage", "parts", multiple=True, metavar="STAGE", help="What this machine does: a stage or a cell.")
@click.option("--collect", metavar="RUN", help="Judge a run whose cells other machines did.")
@click.option("--twice", metavar="STAGE", help="Run a stage twice without cache, and compare what it makes.")
@click.option("--frozen", is_flag=True, help="Refuse, before anything runs, whatever is not pinned.")
@click.option("--paranoid", is_flag=True, help="Read every input and every stored byte anew; believe no memory.")
@click.option("--dear-for", metavar="COMMIT", help="A maintainer allowed dear stages for this commit of a fork.")
@click.option("--base", metavar="REV", help="Run what differs from this revision reaches, and skip the rest.")
@json_option
def run(
    stages: tuple[str, ...],
    tier: str | None,
    set_param: tuple[str, ...],
    jobs: int | None,
    part_of: str | None,
    parts: tuple[str, ...],
    collect: str | None,
    twice: str | None,
    frozen: bool,
    paranoid: bool,
    base: str | None,
    dear_for: str | None,
    as_json: bool,
) -> int:
    """Run stages, judge the models, write the report.

    \b
    seatrial run                 every stage that names no tier, then the gates
    seatrial run --tier nightly  a tier's stages, parameters, gates and baseline
    seatrial run --base main     what differs from a commit, and nothing else
    seatrial run train           one stage and what feeds it; nothing is judged
    seatrial run --id 7 --stage train   one machine's part of run 7
    seatrial run --collect 7     judge run 7 when all its parts are done
    seatrial run --twice train   is the same made from the same?
    """
    asked = _Asked(
        part_of=part_of, parts=parts, collect=collect, twice=twice, frozen=frozen, paranoid=paranoid, base=base
    )
    asked.check(stages)
    progress = Progress(sys.stderr, quiet=as_json)
    with open_workspace(Path.cwd(), listener=progress.event, jobs=jobs) as workspace:
        if paranoid:
            workspace.cache.distrust()
        if dear_for is not None and not workspace.stranger:
            raise UsageError(
                "--dear-for is for code from a fork, and nothing says that this is any",
                next_step=f"set {UNTRUSTED}=1 in the environment, so that it gets no secrets",
            )
        loaded = load_project(workspace, set_param)
        request = Request(
            command=_typed(stages, tier, set_param, asked),
            tier=tier,
            stages=parts or stages,
            overridden=loaded.overridden,
            collect=collect,
            frozen=frozen,
            base=base,
            dear_for=dear_for,
        )
        if twice is not None:
            from seatrial.cli.twice import compare_twice  # with readers of evidence that no other run needs

            return compare_twice(workspace, loaded.policy, request, twice, progress, as_json=as_json)
        with progress:
            if part_of is not None:
                from seatrial.flows.part_run import run_part  # and with it what only runs of several machines need

                candidate = run_part(workspace, loaded.policy, request, run=part_of)
            else:
                candidate = run_candidate(workspace, loaded.policy, request)
        code = _part_code(candidate) if part_of is not None else code_of_run(candidate.facts)
        told = _tell(workspace, loaded.policy, candidate, whole=not stages and base is None, part=part_of is not None)
        if as_json:
            _print_json(candidate, told, shared_run=part_of or collect, code=code)
        else:
            _print_text(candidate, workspace.git.root)
            _show_told(told)
        if workspace.environ.get("GITHUB_ACTIONS") == "true":
            _annotate(candidate)
    return code


def _annotate(candidate: Candidate) -> None:
    """What models and data were refused for, at the lines of gates and contracts. GitHub reads standard error too, and
    standard output stays what it is elsewhere."""
    from seatrial.report.github import log_lines

    for line in log_lines(candidate.facts):
        click.echo(line, err=True)


def _tell(
    workspace: Workspace, policy: ProjectPolicy, candidate: Candidate, *, whole: bool, part: bool
) -> tuple[Told, ...] | None:
    """Tell whom the project names; None where it names nobody, or where a run has nothing to tell: one machine's part,
    and code of strangers, who would write to our channels."""
    if not policy.notify or part or workspace.stranger:
        return None
    from seatrial.cli.telling import after_run  # with a client of webhooks

    return after_run(workspace, policy, candidate, whole=whole)


def _show_told(told: tuple[Told, ...] | None) -> None:
    if told:
        from seatrial.cli.telling import show

        show(told)


def _told_json(told: tuple[Told, ...] | None) -> dict[str, Json]:
    if told is None:
        return {}
    from seatrial.cli.telling import as_json

    return {"told": as_json(told)}


def _print_json(candidate: Candidate, told: tuple[Told, ...] | None, *, shared_run: str | None, code: int) -> None:
    shared = {"id": shared_run} if shared_run else {}
    document = {**to_json(candidate.facts), **shared, **_told_json(told), "exit_code": code}
    report = str(candidate.folder / "report.md")
    click.echo(json.dumps({**document, "report": report}, indent=2, allow_nan=False))


def _print_text(candidate: Candidate, root: Path) -> None:
    click.echo(render_terminal(candidate.facts, width=WIDTH, color=wants_color(sys.stdout)), nl=False)
    for stage in candidate.facts.stages:
        if stage.action == "failed" and stage.log:
            show_log(stage.name, candidate.folder / stage.log, candidate.python)
    click.echo(f"report: {candidate.folder.relative_to(root) / 'report.md'}")


class _Asked(Struct, frozen=True, kw_only=True):
    """The options that say which kind of run is meant; each rules out the others."""

    part_of: str | None
    parts: tuple[str, ...]
    collect: str | None
    twice: str | None
    frozen: bool
    paranoid: bool
    base: str | None

    def check(self, stages: tuple[str, ...]) -> None:
        """Raise UsageError for words that do not go together."""
        if self.part_of is not None and not self.parts and self.collect is None and self.twice is None:
            raise UsageError(
                "--id says which run, not what to do", next_step=f"add --stage STAGE to --id {self.part_of}"
            )
        if self.parts and self.part_of is None:
            raise UsageError(
                "--stage is one machine's part of a shared run, so it needs the run's name",
                next_step=f"add --id RUN, or type seatrial run {shlex.join(self.parts)}",
            )
        options = {"--id": self.part_of, "--collect": self.collect, "--twice": self.twice}
        given = [name for name, value in options.items() if value is not None]
        if self.base is not None and self.twice is not None:
            raise UsageError("--base cannot stand beside --twice", next_step="leave one of them out")
        if len(given) > 1:
            raise UsageError(f"{' and '.join(given)} are different kinds of run", next_step="use one of them")
        if stages and given:
            raise UsageError(
                f"{shlex.join(stages)} cannot stand beside {given[0]}",
                next_step={
                    "--id": "name stages with --stage",
                    "--collect": "a run is collected as a whole",
                    "--twice": f"seatrial run --twice {stages[0]}, one stage at a time",
                }[given[0]],
            )

    def words(self) -> list[str]:
        """The options as they were typed."""
        words = ["--id", self.part_of] if self.part_of else []
        for part in self.parts:
            words += ["--stage", part]
        words += ["--collect", self.collect] if self.collect else []
        words += ["--twice", self.twice] if self.twice else []
        words += ["--paranoid"] if self.paranoid else []
        words += ["--base", self.base] if self.base else []
        return [*words, *(["--frozen"] if self.frozen else [])]


def _part_code(candidate: Candidate) -> int:
    """The code of one machine's part: it judges nothing, and what it puts off is owed when the run is judged."""
    return exits.STAGE if candidate.facts.broken else _refused_code(candidate)


def _refused_code(candidate: Candidate) -> int:
    """The code of data that was refused by the stage that judges it."""
    return judged_code(candidate.facts) if candidate.failed else exits.OK


def _typed(stages: tuple[str, ...], tier: str | None, set_param: tuple[str, ...], asked: _Asked) -> str:
    words = ["seatrial", "run", *asked.words()]
    if tier:
        words += ["--tier", tier]
    for one in set_param:
        words += ["--set-param", one]
    return shlex.join([*words, *stages])
