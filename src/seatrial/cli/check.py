"""`seatrial check`: judge a dataset by its contract, and by what it was like before, without a project or git.

The headless face of `data.checking`. Everything heavier than click is imported inside the command, because this
module is loaded by every `seatrial` command that lists its siblings.
"""

from __future__ import annotations

import gc
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from seatrial.cli.check_files import DataPath, told_of, write_file, write_reports
from seatrial.cli.check_options import refuse_beside_infer, refuse_other_options
from seatrial.cli.check_outputs import cache_warning, refuse_outputs
from seatrial.cli.options import json_option

if TYPE_CHECKING:
    from seatrial.clock import Clock
    from seatrial.data.asked import Asked
    from seatrial.data.policy import Contract
    from seatrial.data.result import Check


_FILE = DataPath(path_type=Path)
_SCHEMA_VERSION = 1


@click.command("check")
@click.argument("data", metavar="FILE|FOLDER", required=False, type=_FILE)
@click.option(
    "--reference",
    type=_FILE,
    metavar="FILE",
    help="What the data was like before: a profile, data, or a version of a dataset (NAME@VERSION).",
)
@click.option("--contract", type=_FILE, metavar="FILE", help="What is demanded of the data: contract.yaml.")
@click.option("--infer", is_flag=True, help="Write a contract that this data keeps, instead of checking it.")
@click.option("--output", type=_FILE, metavar="FILE", help="With --infer: where to write it. An existing file stays.")
@click.option("--save-profile", type=_FILE, metavar="FILE", help="Write the data's profile, the reference of later.")
@click.option("--label", metavar="COLUMN", help="The column with the truth, which others must not give away.")
@click.option("--prediction", metavar="COLUMN", help="The column with a model's answer, to find wrong labels.")
@click.option("--cluster", metavar="COLUMN", help="Rows with the same value here depend on each other.")
@click.option("--id", "ids", metavar="COLUMN", multiple=True, help="A column that names a row; may be repeated.")
@click.option("--examples", metavar="N", type=click.IntRange(0, 20), default=5, show_default=True, help="Example rows.")
@click.option(
    "--report", "reports", type=_FILE, metavar="FILE", multiple=True, help="Write a report: FILE.html, .md or .json."
)
@click.option("--annotations", type=click.Choice(["github"]), help="Print findings as a CI system's annotations.")
@click.option("--cache", type=_FILE, metavar="DIR", help="Remember profiles of files here, so that only new ones cost.")
@click.option("--history", is_flag=True, help="Show the versions of the project's datasets, or of the one named.")
@click.option("--jobs", "-j", type=click.IntRange(1), metavar="N", help="Files that are read at once.")
@json_option
@click.pass_context
def check(
    context: click.Context,
    data: Path | None,
    reference: Path | None,
    contract: Path | None,
    infer: bool,
    output: Path | None,
    save_profile: Path | None,
    label: str | None,
    prediction: str | None,
    cluster: str | None,
    ids: tuple[str, ...],
    examples: int,
    reports: tuple[Path, ...],
    annotations: str | None,
    cache: Path | None,
    history: bool,
    jobs: int | None,
    as_json: bool,
) -> None:
    """Check a dataset: its contract, and what changed since a reference.

    Says PASS, FAIL, INCONCLUSIVE or ERROR for every rule and every comparison. Parquet, CSV, JSON Lines and Arrow are
    read, one file or a folder of them. The exit code is that of the decision: 0 allowed, 1 blocked, 2 something to fix,
    3 held.
    """
    if history or _is_of_project(data, infer=infer):
        from seatrial.cli.check_datasets import check_project, show_history  # and with it the whole project

        name = None if data is None else str(data)
        version = None if history else _version(reference)
        _refuse_nameless(name, version)
        refuse_other_options(context, name, history=history, version=version is not None)
        context.exit(
            show_history(name, as_json=as_json)
            if history
            else check_project(name, examples=examples, jobs=jobs, as_json=as_json, reference=version)
        )
    if infer:
        refuse_beside_infer(context)
    _refuse(data, infer=infer, output=output, reports=reports)
    _refuse_annotations(annotations, as_json=as_json)
    _leave_cores_to_files()
    gc.set_threshold(1_000_000, 20, 100)  # modules, profiles and claims stay: looks for garbage find none
    read = (data, reference, contract)
    refuse_outputs(save_profile=save_profile, reports=reports, output=output, cache=cache, read=read)
    from seatrial.clock import SystemClock  # heavy, as all below: other commands must not pay for it
    from seatrial.data.asked import Asked
    from seatrial.report.escape import plain

    path = _existing(data, infer=infer)
    if warning := cache_warning(cache):
        click.echo(f"warning: {plain(warning)}", err=True)
    asked = Asked(
        path=path,
        reference=reference,
        contract=_contract(contract, label=label, prediction=prediction, cluster=cluster, ids=ids),
        save_profile=save_profile,
        examples=examples,
        cache=cache,
        jobs=jobs,
        pictures=bool(reports),
    )
    if infer:
        _infer(asked, output, as_json=as_json)
        return
    with _with_reference(asked) as asked:
        found = _checked(asked, SystemClock(), reports, as_json=as_json)
    write_reports(found, reports)
    context.exit(_show(found, annotations=annotations, as_json=as_json, save_profile=save_profile))


def _is_of_project(data: Path | None, *, infer: bool) -> bool:
    """Whether the datasets of a project are meant: no file is named, or a plain name that is none here."""
    if infer:
        return False
    return data is None or (len(data.parts) == 1 and not data.suffix and not data.exists())


def _version(reference: Path | None) -> str | None:
    """The version of a dataset that `--reference` names; None for a file, also where one is called like a version."""
    if reference is None or "@" not in str(reference) or reference.exists():
        return None
    from seatrial.flows.dataset_references import is_version

    return str(reference) if is_version(str(reference)) else None


def _refuse_nameless(name: str | None, version: str | None) -> None:
    from seatrial.errors import UsageError

    if name is None and version is not None:
        dataset = version.partition("@")[0]
        raise UsageError(
            f"which data is to be compared with {version}?",
            next_step=f"seatrial check {dataset} --reference {version}, or name a file",
        )


@contextmanager
def _with_reference(asked: Asked) -> Iterator[Asked]:
    """The same with a file as its reference, where that is a version that the project around here has a record of."""
    version = _version(asked.reference)
    if version is None:
        yield asked
        return
    from seatrial.cli.check_datasets import recorded_reference  # and with it the whole project
    from seatrial.replacing import replace

    with recorded_reference(version) as found:
        yield replace(asked, reference=found.profile, reference_shown=found.shown)


def _leave_cores_to_files() -> None:
    """One thread for numpy's products, which must be said before it is imported: files are what is read side by side,
    and threads of a small product that wait for each other take four times the CPU time on a busy machine."""
    for name in ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"):
        os.environ.setdefault(name, "1")
    # Nor is each of polars' threads to keep what it has freed for itself, nor to give it back and take it anew for each
    # batch, which costs a tenth of a check; said before polars is loaded, too.
    os.environ.setdefault("_RJEM_MALLOC_CONF", "narenas:1,dirty_decay_ms:-1")


def _refuse(
    data: Path | None,
    *,
    infer: bool,
    output: Path | None,
    reports: tuple[Path, ...],
) -> None:
    """Options that cannot be meant together, before anything is read."""
    from seatrial.errors import UsageError

    if data is None:
        raise UsageError("name the data to check", next_step="seatrial check data.parquet --reference profile.json")
    if output is not None and not infer:
        raise UsageError("--output says where --infer writes", next_step="add --infer, or leave --output out")
    if output is not None and output.exists():
        raise UsageError(
            f"{output} exists and is not overwritten", next_step="name a new file with --output, or remove the old one"
        )
    for report in reports:
        if report.suffix not in (".html", ".md", ".json"):
            raise UsageError(
                f"{report} is neither .html nor .md nor .json",
                next_step="name the report FILE.html, FILE.md or FILE.json",
            )


def _refuse_annotations(annotations: str | None, *, as_json: bool) -> None:
    from seatrial.errors import UsageError

    if annotations and as_json:
        raise UsageError(
            "annotations and JSON are both printed on standard output", next_step="leave one of the two options out"
        )


def _existing(data: Path | None, *, infer: bool) -> Path:
    from seatrial.errors import UsageError

    if data is not None and data.exists():
        return data
    from seatrial.cli.check_names import path_of_dataset
    from seatrial.data.reading.identity import refuse_absent

    step = "name a file or a folder that does"
    if data is not None:
        refuse_absent(data, str(data))
        if infer and (path := path_of_dataset(str(data))) is not None:
            step = f"{data} is a dataset of this project, so name its data: seatrial check {path} --infer"
    raise UsageError(f"{data} does not exist", next_step=step)


def _contract(
    file: Path | None, *, label: str | None, prediction: str | None, cluster: str | None, ids: tuple[str, ...]
) -> Contract:
    """The contract of the file, or an empty one, with what the command line says in its stead."""
    from seatrial.config.contract import load_contract, refuse_other_files
    from seatrial.config.yaml_source import MAX_BYTES
    from seatrial.data.mistaken import HEAD
    from seatrial.data.policy import Contract
    from seatrial.data.reading.plain import first_bytes, read_plain
    from seatrial.errors import Place, UsageError
    from seatrial.replacing import replace

    contract = Contract()
    if file is not None:
        name = str(file).encode(errors="backslashreplace").decode()
        try:
            refuse_other_files(first_bytes(file, HEAD), name)
            contract = load_contract(read_plain(file, MAX_BYTES), name, label=label)
        except OSError as error:
            raise UsageError(
                f"the contract cannot be read: {error.strerror or error}",
                place=Place(file=str(file)),
                next_step="name an existing file with --contract, or write one with --infer",
            ) from error
    return replace(
        contract,
        label=label or contract.label,
        prediction=prediction or contract.prediction,
        cluster=cluster or contract.cluster,
        id=ids or contract.id,
    )


def _infer(asked: Asked, output: Path | None, *, as_json: bool) -> None:
    from seatrial.cli.panics import without_panics
    from seatrial.cli.progress import Line
    from seatrial.data.comparing import inferred
    from seatrial.errors import UsageError
    from seatrial.report.escape import plain
    from seatrial.store.atomic import put_if_absent

    with without_panics(), Line(sys.stderr, quiet=as_json) as line:
        text = inferred(asked, line.say)
    with told_of(output):
        written = output is None or put_if_absent(output, text.encode(), mode=0o644)
    if not written:
        raise UsageError(f"{output} exists and is not overwritten", next_step="name a new file with --output")
    if as_json:
        name = None if output is None else str(output)
        document = {"schema_version": _SCHEMA_VERSION, "dataset": str(asked.path), "output": name, "contract": text}
        click.echo(json.dumps(document, indent=2))
    elif output is None:
        click.echo(text, nl=False)
    else:
        path, contract = plain(str(asked.path)), plain(str(output))
        click.echo(f"{contract} is written: read it, then\nnext:  seatrial check {path} --contract {contract}")


def _checked(asked: Asked, clock: Clock, reports: tuple[Path, ...], *, as_json: bool) -> Check:
    """The check. One that cannot be made leaves its records all the same: whoever reads them must not miss it."""
    from seatrial.cli.panics import without_panics
    from seatrial.cli.progress import Line
    from seatrial.data.checking import check as check_data
    from seatrial.errors import UserError

    try:
        with without_panics(), Line(sys.stderr, quiet=as_json) as line:
            return check_data(asked, now=clock.now(), say=line.say)
    except UserError as error:
        from seatrial.report.data_record import unreadable

        for path in reports:
            if path.suffix == ".json":
                write_file(path, json.dumps(unreadable(str(asked.path), error), indent=2))
        raise


def _show(found: Check, *, annotations: str | None, as_json: bool, save_profile: Path | None) -> int:
    """Print the check; its exit code."""
    from seatrial.cli.exits import exit_code
    from seatrial.data.serial import check_json

    code = exit_code(found.decision, found.grave)
    if as_json:
        click.echo(json.dumps({**check_json(found), "exit_code": code}, indent=2, allow_nan=False))
        return code
    from seatrial.cli.check_text import check_text, profile_line
    from seatrial.cli.terminal import wants_color
    from seatrial.report.data_annotations import github_lines

    click.echo(check_text(found, color=wants_color(sys.stdout)))
    if save_profile is not None:
        click.echo(f"\n{profile_line(save_profile, written=bool(found.rows))}")
    if annotations == "github":
        click.echo("\n".join(github_lines(found)))
    return code
