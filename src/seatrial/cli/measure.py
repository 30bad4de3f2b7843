"""`seatrial measure`: start a model, or two of them in turn, and write what gates read of it, without a project.

The headless face of `serving/`, as `gate` is that of `gates/`: `gate --timings ... --measurement ...` takes what is
written here. What it does is in `measure_files.py`, which is loaded only when it runs.
"""

from __future__ import annotations

from pathlib import Path

import click

from seatrial.cli.options import json_option

_FILE = click.Path(path_type=Path)
_COUNT = click.IntRange(min=1)


@click.command("measure")
@click.option("--model", type=_FILE, help="The candidate: a file or folder that the command of --serving takes.")
@click.option("--baseline", type=_FILE, help="The model to measure it beside.")
@click.option("--serving", type=_FILE, required=True, help="How a model is served: what stands under `serving:`.")
@click.option("--requests", type=_FILE, help="Inputs to send, one JSON value a line.")
@click.option("--cases", type=_FILE, multiple=True, help="Test cases to ask; may be repeated.")
@click.option("--repeats", type=_COUNT, default=1, show_default=True, help="How often to ask each test case.")
@click.option("--contract", is_flag=True, help="Hold the model to its contract too.")
@click.option("--score", metavar="PATH", help="With --contract: the dotted path of numbers with a range.")
@click.option("--starts", type=_COUNT, help="Starts of each model; by default as --serving says.")
@click.option("--count", type=_COUNT, help="Requests to each model; by default each input once after every start.")
@click.option("--warm-up", type=click.IntRange(min=0), help="Requests before those that count.")
@click.option("--concurrency", type=_COUNT, help="Callers at a time.")
@click.option("--out", type=_FILE, required=True, help="The folder to write to.")
@json_option
def measure(
    model: Path | None,
    baseline: Path | None,
    serving: Path,
    requests: Path | None,
    cases: tuple[Path, ...],
    repeats: int,
    contract: bool,
    score: str | None,
    starts: int | None,
    count: int | None,
    warm_up: int | None,
    concurrency: int | None,
    out: Path,
    as_json: bool,
) -> None:
    """Start a model, ask it, and write what gates read, without a project.

    Writes timings.csv and measurement.json; answers.jsonl with `--cases`, contract.json with `--contract`. Nothing is
    judged: `seatrial gate` takes these files.
    """
    from seatrial.cli.measure_files import Asked, measure_files

    measure_files(
        Asked(
            model=model,
            baseline=baseline,
            serving=serving,
            requests=requests,
            cases=cases,
            repeats=repeats,
            contract=contract,
            score=score,
            starts=starts,
            count=count,
            warm_up=warm_up,
            concurrency=concurrency,
            out=out,
        ),
        as_json=as_json,
    )
