"""Every tool is asked alike: here is a reference, here are files, what is wrong with each?

`Seatrial` answers in this process, through the function that `seatrial check` calls; a peer through a worker in its own
environment, which is told paths and roles on standard input and writes a line of JSON for each file.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Protocol

import polars as pl

from benchmarks.data.cases import Sample, digest_of
from benchmarks.data.keeping import answer_of
from benchmarks.data.peer_tools import QUIET
from benchmarks.data.roles import Table
from benchmarks.data.scoring import Answer
from benchmarks.peers import ENVIRONMENTS, Tool

WORKERS = Path(__file__).parent / "workers"
AT_ONCE = 40
ROWS_AT_ONCE = 2_000_000
"""Files that lie on disk at the same time, and rows in all of them."""


class Asked(Protocol):
    """A tool in one configuration."""

    @property
    def name(self) -> str: ...

    @property
    def flat(self) -> bool:
        """Whether nested columns have to be laid flat for it."""

    def answers(self, table: Table, reference: Path, files: Sequence[Path]) -> Iterator[Answer]: ...

    def made_with(self) -> str:
        """What its answers depend on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """A tool of others, and its worker. It may take `seconds` for each file, and as long to begin."""

    tool: Tool
    name: str
    worker: str
    flat: bool = True
    seconds: float = 120.0
    options: tuple[str, ...] = ()

    def made_with(self) -> str:
        read = digest_of([WORKERS / self.worker, WORKERS / "reading_job.py"])
        return " ".join([*self.tool.requirements, read, *self.options])

    def answers(self, table: Table, reference: Path, files: Sequence[Path]) -> Iterator[Answer]:
        """One answer for each file; where the worker dies, those that are left are errors."""
        roles = {**asdict(table.roles), "known": dict(table.known)}
        given = {"reference": str(reference), "currents": [str(file) for file in files], "roles": roles}
        python = ENVIRONMENTS / self.tool.name / "bin" / "python"
        limit = self.seconds * (len(files) + 2)
        try:
            done = subprocess.run(
                [str(python), "-W", "ignore", str(WORKERS / self.worker), *self.options],
                input=json.dumps(given), capture_output=True, text=True, timeout=limit, check=False,
                env={**self.tool.environment, **QUIET},
            )  # fmt: skip
            said, ended = done.stdout, done.stderr[-300:]
        except subprocess.TimeoutExpired as stopped:
            said, ended = os.fsdecode(stopped.stdout or b""), f"not done in {limit:.0f} s"
        lines = [line for line in said.splitlines() if line.startswith('{"alarms"')]
        for place in range(len(files)):
            yield answer_of(json.loads(lines[place])) if place < len(lines) else Answer(error=ended or "no answer")


def flattened(frame: pl.DataFrame) -> pl.DataFrame:
    """For tools that know no nested columns: fields and vectors as columns, lists as their length and their text; and
    dates as times, since pandas knows no dates."""
    columns: list[pl.Expr] = []
    for name, dtype in frame.schema.items():
        column = pl.col(name)
        if isinstance(dtype, pl.Struct):
            columns += [column.struct.field(field.name).alias(f"{name}.{field.name}") for field in dtype.fields]
        elif isinstance(dtype, pl.List):
            columns += [column.list.len().cast(pl.Int64).alias(f"{name}.length"), column.list.join("|")]
        elif isinstance(dtype, pl.Array):
            columns += [column.arr.get(place).alias(f"{name}.{place}") for place in range(dtype.size)]
        else:
            columns.append(column.cast(pl.Datetime("us")) if dtype == pl.Date else column)
    return frame.select(columns)


def ask(tool: Asked, table: Table, n: int, samples: Sequence[Sample]) -> Iterator[tuple[Sample, Answer]]:
    """The answers about samples of one source. Files are made beside each other and removed at once."""
    with tempfile.TemporaryDirectory(prefix="seatrial-data-") as made:
        folder = Path(made)
        references: dict[int, Path] = {}
        at_once = max(1, min(AT_ONCE, ROWS_AT_ONCE // n))
        for first in range(0, len(samples), at_once):
            some = samples[first : first + at_once]
            files = []
            for place, sample in enumerate(some):
                beside, frame = _frames(table, n, sample)
                part = sample.part if table.changing else 0
                if part not in references:
                    references[part] = _written(tool, beside, folder / f"reference-{part}")
                files.append((references[part], _written(tool, frame, folder / f"current-{place}")))
            yield from zip(some, _answered(tool, table, files), strict=True)
            for _, file in files:
                file.unlink()


def _answered(tool: Asked, table: Table, files: Sequence[tuple[Path, Path]]) -> Iterator[Answer]:
    """In runs of files with the same reference."""
    first = 0
    while first < len(files):
        reference = files[first][0]
        run = [file for beside, file in files[first:] if beside == reference]
        yield from tool.answers(table, reference, run)
        first += len(run)


def _frames(table: Table, n: int, sample: Sample) -> tuple[pl.DataFrame, pl.DataFrame]:
    reference, frame = table.pair(n, sample.source, sample.part)
    if sample.case is None:
        return reference, frame
    return reference, sample.case.kind.damaged(table, frame, reference, sample.case.magnitude, sample.part)


def _written(tool: Asked, frame: pl.DataFrame, stem: Path) -> Path:
    path = stem.with_suffix(".parquet")
    (flattened(frame) if tool.flat else frame).write_parquet(path)
    return path


def timed(begun: float) -> float:
    """CPU seconds of this process since."""
    return time.process_time() - begun


def progress(text: str) -> None:
    """Told on standard error, where nobody parses."""
    print(text, file=sys.stderr, flush=True)
