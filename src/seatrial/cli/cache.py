"""`seatrial cache`: what the cache holds, whether it is sound, and what may go."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from seatrial.cli import cache_text, exits
from seatrial.cli.loading import load_project
from seatrial.cli.options import json_option
from seatrial.config.amounts import in_bytes
from seatrial.config.names import seconds
from seatrial.digest import Json, is_digest
from seatrial.errors import UsageError
from seatrial.flows import caching
from seatrial.wiring import open_workspace

SCHEMA_VERSION = 1


@click.group()
def cache() -> None:
    """Look into the cache, verify it, remove what is no longer needed.

    The cache is `.seatrial/` in the work tree. It holds what stages made and what runs wrote down;
    registered models lie elsewhere, with the records.
    """


@cache.command(short_help="Show what is there, by kind.")
@json_option
def status(as_json: bool) -> None:
    """Show what is in the cache, how old it is, and how much `cache gc` would free."""
    with open_workspace(Path.cwd(), listener=lambda _event: None) as workspace:
        found = caching.look(workspace, load_project(workspace).policy.cache)
        if as_json:
            _print(folder=str(workspace.cache.root), **cache_text.status_json(found))
        else:
            click.echo(cache_text.status(found, workspace.clock.now()))


@cache.command(short_help="Read every stored byte and compare it with its digest.")
@json_option
def verify(as_json: bool) -> int:
    """Read every stored byte and compare it with its digest.

    A damaged blob is set aside, and results that need it are dropped, so that their stages run again.
    """
    progress = cache_text.Counting(sys.stderr, quiet=as_json)
    with open_workspace(Path.cwd(), listener=lambda _event: None) as workspace:
        found = caching.verify(workspace, progress.show)
    code = exits.OK if found.sound else exits.OUTSIDE
    if as_json:
        _print(**cache_text.verified_json(found), exit_code=code)
    else:
        click.echo(cache_text.verified(found))
    return code


@cache.command(short_help="Remove what is no longer needed.")
@click.option("--older-than", metavar="TIME", help="Also what was last used longer ago, e.g. 30d; default: cache.keep.")
@click.option("--max-size", metavar="SIZE", help="Keep at most this much, e.g. 20GiB; default: cache.size.")
@click.option("--dry-run", is_flag=True, help="Say what would be removed, and remove nothing.")
@json_option
def gc(older_than: str | None, max_size: str | None, dry_run: bool, as_json: bool) -> None:
    """Remove what is no longer needed.

    Without a limit, here or in `cache:` of seatrial.yaml, that is only what nothing names. What a
    registered version, its evidence or its report needs always stays.
    """
    age = None if older_than is None else _seconds(older_than)
    most = None if max_size is None else _bytes(max_size)
    with open_workspace(Path.cwd(), listener=lambda _event: None) as workspace:
        policy = load_project(workspace).policy.cache
        done = caching.clean(
            workspace,
            older_than=policy.keep if age is None else age,
            most=policy.size if most is None else most,
            dry_run=dry_run,
        )
    if as_json:
        _print(dry_run=dry_run, **cache_text.collected_json(done))
    else:
        click.echo(cache_text.collected(done, dry_run=dry_run))


@cache.command(short_help="Drop results, so that their stages run again.")
@click.argument("stage", required=False)
@click.option("--key", metavar="KEY", help="The result under one key, as `cache gc` and `why` show it.")
@click.option("--run", "run_id", metavar="RUN", help="What one run made.")
@json_option
def forget(stage: str | None, key: str | None, run_id: str | None, as_json: bool) -> None:
    """Drop results, so that their stages run again.

    STAGE is a stage, or one cell of a matrix: `train[seed=0]`. A shared cache does not bring a forgotten
    result back.
    """
    if stage is key is run_id is None:
        raise UsageError("nothing says what to forget", next_step="seatrial cache forget STAGE, or --key, or --run")
    if key is not None and not is_digest(key):
        raise UsageError(
            f"{key} is not a key", next_step="give all of it: b3: and 64 digits, as `seatrial why` shows it"
        )
    with open_workspace(Path.cwd(), listener=lambda _event: None) as workspace:
        policy = load_project(workspace).policy.cache
        done = caching.forget(workspace, policy, stage=stage, key=key, run=run_id)
    if as_json:
        _print(forgotten=[dict(one) for one in done.results], warning=done.warning)
    else:
        click.echo(cache_text.forgotten(done))


def _seconds(text: str) -> float:
    found = seconds(text)
    if found is None:
        raise UsageError(f"--older-than takes a time, not {text!r}", next_step="e.g. --older-than 30d")
    return found


def _bytes(text: str) -> int:
    found = in_bytes(int(text)) if text.isascii() and text.isdigit() and len(text) < 20 else in_bytes(text)
    if found is None:
        raise UsageError(f"--max-size takes a size, not {text!r}", next_step="e.g. --max-size 20GiB")
    return found


def _print(**fields: Json) -> None:
    click.echo(json.dumps({"schema_version": SCHEMA_VERSION, **fields}, indent=2))
