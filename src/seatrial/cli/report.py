"""`seatrial report`: an earlier run's report, rendered again from its facts; and brought to where people review."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from seatrial.cli import exits
from seatrial.cli.check_files import DataPath, write_file
from seatrial.cli.check_outputs import refuse_place
from seatrial.cli.options import json_option
from seatrial.cli.terminal import wants_color
from seatrial.errors import UsageError
from seatrial.flows.facts import REPORT_JSON
from seatrial.flows.last_report import last_report
from seatrial.flows.workspace import Workspace
from seatrial.forge.policy import Kind
from seatrial.report.facts import RunFacts
from seatrial.report.markdown import render_markdown
from seatrial.report.page import is_page, render_page
from seatrial.report.serial import from_text, to_text
from seatrial.report.terminal import render_terminal
from seatrial.store.ulid import is_ulid
from seatrial.wiring import open_workspace

_FORGES = [kind.value for kind in Kind if kind is not Kind.AUTO]


@click.command()
@click.option("--run", "run_id", metavar="RUN", help="The run; default: the newest.")
@click.option("--markdown", is_flag=True, help="Print Markdown instead of terminal text.")
@click.option("--html", type=DataPath(path_type=Path), metavar="FILE", help="Write the page with its pictures.")
@click.option("--files", metavar="FOLDER", help="Write the page, and the files that CI systems read.")
@click.option("--post", is_flag=True, help="Write it to the forge: comment, check, status, summary.")
@click.option("--begin", is_flag=True, help="With --post: say that a run of this commit has begun.")
@click.option("--forge", type=click.Choice(_FORGES), help="Which forge; default: the one whose CI this runs in.")
@click.option("--report-url", metavar="URL", help="With --post: where the whole report can be read.")
@click.option("--pack", metavar="FOLDER", help="Hand the run over to a job that may post it.")
@click.option("--from", "source", metavar="FOLDER", help="With --post: judge and post what another job has packed.")
@click.option("--tier", "-t", metavar="TIER", help="With --post: the tier that is told of.")
@json_option
def report(
    run_id: str | None,
    markdown: bool,
    html: Path | None,
    files: str | None,
    post: bool,
    begin: bool,
    forge: str | None,
    report_url: str | None,
    pack: str | None,
    source: str | None,
    tier: str | None,
    as_json: bool,
) -> int:
    """Show the report of a run again, or bring it to where people review.

    \b
    seatrial report                        the newest run, as in the terminal
    seatrial report --html report.html     one page with pictures, for a browser
    seatrial report --post --forge local   what would be posted, as files
    seatrial report --post                 comment, check and status, in CI
    seatrial report --pack handover        in a pull request from a fork
    seatrial report --post --from handover and in the job that may post
    """
    _refuse_what_needs_another(
        post=post,
        given={"--begin": begin, "--forge": forge, "--report-url": report_url, "--from": source},
        run_id=run_id,
        tier=tier,
    )
    if html is not None:
        refuse_place(html, "--html", holds=is_page, what="report of a run")
    if post:
        from seatrial.cli.report_post import Posting, post_report  # with a client of forges

        asked = Posting(
            kind=None if forge is None else Kind(forge), begin=begin, source=source, tier=tier, url=report_url
        )
        with open_workspace(Path.cwd(), listener=lambda _event: None) as workspace:
            found = None if begin or source is not None else newest(workspace, run_id)
            if found is not None:
                _write(found, html, files)
            return post_report(workspace, asked, found, as_json=as_json)
    with open_workspace(Path.cwd(), listener=lambda _event: None) as workspace:
        facts = _facts(_find(workspace, run_id))
        if run_id is None and (files is not None or pack is not None):
            _refuse_another_commit(workspace, facts)
        _write(facts, html, files)
        if pack is not None:
            from seatrial.cli.report_post import pack_run

            return pack_run(workspace, facts, Path(pack), as_json=as_json)
    if html is None and files is None:
        _show(facts, markdown=markdown, as_json=as_json)
    return exits.OK


def _refuse_another_commit(workspace: Workspace, facts: RunFacts) -> None:
    """What CI keeps must be of what CI looks at: an older report would show tests that passed yesterday."""
    head = workspace.git.commit()
    if facts.commit is not None and head is not None and facts.commit != head:
        raise UsageError(
            f"the newest report is of commit {facts.commit[:12]}, and {head[:12]} is checked out",
            next_step=f"seatrial run, or name the run: --run {facts.run}",
        )


def newest(workspace: Workspace, run_id: str | None) -> RunFacts | None:
    """The facts of a run; None where no run is named and none has left a report."""
    if run_id is None and last_report(workspace.cache) is None:
        return None
    return _facts(_find(workspace, run_id))


def _refuse_what_needs_another(*, post: bool, given: dict[str, object], run_id: str | None, tier: str | None) -> None:
    """Raise UsageError for words that do not go together."""
    alone = [name for name, value in given.items() if value and not post]
    if alone:
        raise UsageError(f"{alone[0]} says how to post, and nothing is posted", next_step=f"add --post to {alone[0]}")
    if given["--begin"] and given["--from"]:
        raise UsageError("--begin and --from are different things to post", next_step="use one of them")
    if run_id is not None and (given["--begin"] or given["--from"]):
        raise UsageError("--run names a run of this work tree, and another is posted", next_step="leave --run out")
    if tier is not None and not post:
        raise UsageError("--tier says of which tier something is posted", next_step="add --post, or leave it out")


def _write(facts: RunFacts, html: Path | None, files: str | None) -> None:
    if html is not None:
        write_file(html, render_page(facts))
    if files is not None:
        from seatrial.cli.report_files import write_files  # with renderers that few ask for

        write_files(facts, Path(files))


def _show(facts: RunFacts, *, markdown: bool, as_json: bool) -> None:
    if as_json:
        click.echo(to_text(facts))
    elif markdown:
        click.echo(render_markdown(facts), nl=False)
    else:
        click.echo(render_terminal(facts, width=80, color=wants_color(sys.stdout)), nl=False)


def _facts(path: Path) -> RunFacts:
    return from_text(path.read_bytes(), file=str(path))


def _find(workspace: Workspace, run_id: str | None) -> Path:
    if run_id is not None:
        path = workspace.cache.runs / run_id / REPORT_JSON
        if is_ulid(run_id) and path.exists():
            return path
        raise UsageError(f"there is no report of run {run_id} in this work tree's cache", next_step="seatrial report")
    last = last_report(workspace.cache)
    if last is None:
        raise UsageError("no run in this work tree's cache has a report", next_step="seatrial run")
    return last
