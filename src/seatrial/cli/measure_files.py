"""What `seatrial measure` does with what it was given: start the models, write the files, and say what was seen.

Called by `measure` alone, and loaded by it only when it runs.
"""

from __future__ import annotations

import json
import math
import os
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median

import click
from msgspec import Struct

from seatrial.cli.check_files import told_of
from seatrial.config.serving_document import load_serving
from seatrial.config.yaml_source import parse_yaml
from seatrial.digest import Json
from seatrial.environment.interpreter import find_python
from seatrial.errors import Place, UsageError
from seatrial.evidence.cases import read_cases
from seatrial.evidence.requests import read_requests
from seatrial.flows.policy import ServingPolicy
from seatrial.flows.serving_ground import Served, ground_of
from seatrial.gates.behavioral.matchers.table import faults
from seatrial.pipeline.command import Host
from seatrial.pipeline.policy import PipelinePolicy
from seatrial.replacing import replace
from seatrial.report.escape import plain
from seatrial.serving import making
from seatrial.serving.campaign import Contender, Measured
from seatrial.serving.making import Input
from seatrial.serving.measure import Heat, Say, Who, silent
from seatrial.serving.policy import Timing, Url
from seatrial.stats.order_quantile import sample_quantile
from seatrial.store.fingerprint import fingerprint

SCHEMA_VERSION = 1
_LOGS = "logs"
_ANSWERS = {Who.CANDIDATE: making.ANSWERS, Who.BASELINE: making.BASELINE_ANSWERS}
_TELL_EVERY = 2.0  # seconds
_SHARES = {"p50_ms": 0.5, "p95_ms": 0.95, "p99_ms": 0.99}


class Asked(Struct, frozen=True, kw_only=True):
    """One command line."""

    model: Path | None
    baseline: Path | None
    serving: Path
    requests: Path | None
    cases: tuple[Path, ...]
    repeats: int
    contract: bool
    score: str | None
    starts: int | None
    count: int | None
    warm_up: int | None
    concurrency: int | None
    out: Path


def measure_files(asked: Asked, *, as_json: bool) -> None:
    """Do it, and print the files and a summary. Raises ConfigError, UsageError, EvidenceError, StageError or
    OutsideError: what was written until then stays."""
    serving = _serving(asked)
    _refuse(asked, serving)
    cases = _cases(asked)
    inputs = _inputs(asked, serving, cases)
    contenders = _contenders(asked, serving)
    writes = _writes(asked)
    with told_of(asked.out):
        (asked.out / _LOGS).mkdir(parents=True, exist_ok=True)
        for name in writes:  # else what fails would leave the figures of an earlier call
            (asked.out / name).unlink(missing_ok=True)
    served = _ground(asked, serving)
    timing = Timing(
        requests=asked.count,
        warm_up=serving.server.warm_up,
        concurrency=serving.server.concurrency,
        starts=serving.starts,
    )
    say = silent if as_json else _telling()
    done = making.make_timings(asked.out, contenders, inputs, timing, served.ground, say=say)
    alone = {who: replace(each, server=replace(each.server, concurrency=1)) for who, each in contenders.items()}
    if cases:
        for who, each in alone.items():
            file = asked.out / _ANSWERS[who]
            making.make_answers(file, each, cases, asked.repeats, served.ground, name=f"the {who}")
    if asked.contract:
        file = asked.out / making.CONTRACT
        making.make_contract(file, alone[Who.CANDIDATE], inputs, served.ground, score=asked.score)
    for name in writes:
        served.refuse_leaks(asked.out / name)
    summary = {who.value: _summary(done, who) for who in contenders}
    click.echo(_json(asked, writes, summary) if as_json else "\n".join(_lines(asked, writes, summary)))


def _writes(asked: Asked) -> list[str]:
    """The names of the files that this call writes."""
    answers = [making.ANSWERS, *([making.BASELINE_ANSWERS] if asked.baseline is not None else [])]
    return [
        making.TIMINGS,
        making.MEASUREMENT,
        *(answers if asked.cases else []),
        *([making.CONTRACT] if asked.contract else []),
    ]


def _telling() -> Say:
    """Says now and then how far it is."""
    last = [time.monotonic()]

    def say(done: int, of: int) -> None:
        if (now := time.monotonic()) - last[0] >= _TELL_EVERY:
            last[0] = now
            click.echo(f"  measure {done:,} of {of:,} requests", err=True)

    return say


def _serving(asked: Asked) -> ServingPolicy:
    try:
        data = asked.serving.read_bytes()
    except OSError as error:
        raise UsageError(
            f"the file of --serving cannot be read: {error.strerror or error}",
            place=Place(file=str(asked.serving)),
            next_step="name a file that holds what stands under `serving:` of a model",
        ) from error
    found = load_serving(data, str(asked.serving))
    server = found.server
    if asked.warm_up is not None:
        server = replace(server, warm_up=asked.warm_up)
    if asked.concurrency is not None:
        server = replace(server, concurrency=asked.concurrency)
    return replace(found, server=server, starts=found.starts if asked.starts is None else asked.starts)


def _refuse(asked: Asked, serving: ServingPolicy) -> None:
    """What means nothing, or cannot be, before anything starts. Raises UsageError."""
    if isinstance(serving.server.behind, Url):
        if asked.model or asked.baseline or asked.starts:
            raise UsageError(
                "a server behind `url:` runs already: nobody knows which model it is, and nothing is started",
                next_step="leave out --model, --baseline and --starts, or write `cmd:` in the file of --serving",
            )
    elif asked.model is None:
        raise UsageError("there is no model to start", next_step="name a file or folder with --model")
    for option, path in (("--model", asked.model), ("--baseline", asked.baseline)):
        if path is not None and not path.exists():
            raise UsageError(f"{option}: there is no {path}", next_step="name a file or folder that is there")
    if asked.score is not None and not asked.contract:
        raise UsageError("--score means nothing without --contract", next_step="add --contract, or remove it")
    if asked.repeats > 1 and not asked.cases:
        raise UsageError("--repeats means nothing without --cases", next_step="name the test cases, or remove it")
    if asked.out.exists() and not asked.out.is_dir():
        raise UsageError(
            f"--out: {asked.out} is no folder", next_step="name a folder; it is made where it is not there"
        )


def _cases(asked: Asked) -> tuple[Input, ...]:
    if not asked.cases:
        return ()
    found = making.inputs_of(read_cases(asked.cases, check=faults, yaml=parse_yaml))
    if not found:
        raise UsageError("no test case has an input to ask the model with", next_step="give them an `input`")
    return found


def _inputs(asked: Asked, serving: ServingPolicy, cases: Sequence[Input]) -> Sequence[Input]:
    file = asked.requests or (None if serving.requests is None else Path(serving.requests))
    if file is not None:
        return read_requests(file, shown=str(file))
    if not cases:
        raise UsageError(
            "there is nothing to ask the model",
            next_step="name a file of inputs with --requests, or cases with --cases",
        )
    return cases


def _ground(asked: Asked, serving: ServingPolicy) -> Served:
    """Started from here, in the interpreter of the virtual environment that is active, else the one on PATH."""
    environ, folder = dict(os.environ), Path.cwd()
    host = Host(
        root=folder,
        python=find_python(None, folder, environ),
        environ=environ,
        policy=PipelinePolicy(stages={}),
    )
    return ground_of(host, serving, asked.out.absolute() / _LOGS)


def _contenders(asked: Asked, serving: ServingPolicy) -> Mapping[Who, Contender]:
    if asked.model is None:
        return {Who.CANDIDATE: Contender(server=serving.server)}
    paths = {Who.CANDIDATE: asked.model} | ({} if asked.baseline is None else {Who.BASELINE: asked.baseline})
    return {
        who: Contender(server=serving.server, model=str(path.absolute()), artifact=fingerprint(path).digest)
        for who, path in paths.items()
    }


def _summary(done: Measured, who: Who) -> dict[str, Json]:
    """The figures of one model; None for what is without end, because so many requests failed, or not known."""
    warm = [row for row in done.rows if row.model is who and row.kind is Heat.WARM]
    cold = [row.ms for row in done.rows if row.model is who and row.kind is Heat.COLD]
    waits = sorted(row.ms if row.ok else math.inf for row in warm)
    figures = {name: sample_quantile(waits, share) for name, share in _SHARES.items()}
    peaks = done.served[who].peaks
    return {
        "requests": len(warm),
        "failed": sum(not row.ok for row in warm),
        **{name: round(value, 6) if math.isfinite(value) else None for name, value in figures.items()},
        "cold_start_ms": round(median(cold), 6) if cold else None,
        "peak_rss_bytes": max(peaks) if peaks else None,
    }


def _json(asked: Asked, written: Sequence[str], summary: Mapping[str, Mapping[str, Json]]) -> str:
    document = {
        "schema_version": SCHEMA_VERSION,
        "files": [str(asked.out / name) for name in written],
        "logs": str(asked.out / _LOGS),
        "models": summary,
    }
    return json.dumps(document, indent=2, allow_nan=False)


def _lines(asked: Asked, written: Sequence[str], summary: Mapping[str, Mapping[str, Json]]) -> list[str]:
    lines = []
    for who, seen in summary.items():
        figures = [f"{name.removesuffix('_ms')} {_ms(seen[name])}" for name in _SHARES]
        lines.append(f"{who}: {seen['requests']:,} requests, {seen['failed']:,} failed; {', '.join(figures)}")
        if seen["cold_start_ms"] is not None:
            lines[-1] += f"; first answer after {_ms(seen['cold_start_ms'])}"
        peak = seen["peak_rss_bytes"]
        if isinstance(peak, int):
            lines[-1] += f"; {peak / 2**20:,.0f} MiB at most"
    lines += [f"wrote {plain(str(asked.out / name))}" for name in written]
    return lines


def _ms(value: Json) -> str:
    return (
        f"{value:.3g} ms"
        if isinstance(value, float) and value < 1000
        else "without end"
        if value is None
        else f"{value:,.0f} ms"
    )
