"""The figures of a benchmark as a Markdown table, ready for `docs/benchmarks.md`, or as JSON."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from benchmarks.measuring import Result

SCHEMA_VERSION = 1
COLUMNS = ("what", "CPU ms", "from .. to", "wall ms", "peak MiB", "budget, CPU ms")


def arguments(about: str) -> tuple[int, bool]:
    """The options that every benchmark has: how many runs, and whether to print JSON."""
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("--runs", type=int, default=7, help="how often each is measured; the median is shown")
    parser.add_argument("--json", action="store_true", help="print one JSON document, with every single figure")
    given = parser.parse_args()
    if given.runs < 1:
        parser.error("--runs must be 1 or more")
    return given.runs, given.json


def machine() -> str:
    """Processor, cores, system and Python: what a figure depends on."""
    cores = os.cpu_count() or 1
    return (
        f"{_processor()}, {cores} cores, {platform.system()} {platform.machine()}, Python {platform.python_version()}"
    )


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.processor() or "unknown processor")


def show(results: Sequence[Result], *, command: str, runs: int, as_json: bool) -> None:
    """Print the figures on standard output, with the command that repeats them."""
    command = f"{command} --runs {runs}"
    today = time.strftime("%Y-%m-%d")
    if as_json:
        rows = [{**asdict(result), "median": asdict(result.median)} for result in results]
        about = {"schema_version": SCHEMA_VERSION, "command": command, "machine": machine(), "date": today}
        print(json.dumps({**about, "runs": runs, "results": rows}, indent=2))
        return
    print(f"`{command}`, median of {runs}, {today}: {machine()}\n")
    print(table(results))
    late = [result.name for result in results if _over(result)]
    if late:
        print(f"\nover budget: {', '.join(late)}", file=sys.stderr)


def keep(document: object, path: Path) -> None:
    """Write a JSON document to a file; `-` is what standard output was when the program began."""
    text = json.dumps(document, indent=1) + "\n"
    if str(path) == "-":
        assert sys.__stdout__ is not None
        sys.__stdout__.write(text)
    else:
        path.write_text(text)


def table(results: Sequence[Result]) -> str:
    """One row for each result; budgets are a column where there are any."""
    rows = [COLUMNS, *(_row(result) for result in results)]
    if all(result.budget_cpu_ms is None for result in results):
        rows = [row[:-1] for row in rows]
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    lines = [
        "| " + " | ".join(_cell(text, width, right=place > 0) for place, (text, width) in enumerate(pairs)) + " |"
        for pairs in (tuple(zip(row, widths, strict=True)) for row in rows)
    ]
    rule = "|" + "|".join("-" * (width + 1) + (":" if place else "-") for place, width in enumerate(widths)) + "|"
    return "\n".join([lines[0], rule, *lines[1:]])


def _row(result: Result) -> tuple[str, ...]:
    middle, cpu = result.median, [cost.cpu for cost in result.costs]
    budget = "" if result.budget_cpu_ms is None else f"{result.budget_cpu_ms}"
    spread = f"{_ms(min(cpu))} .. {_ms(max(cpu))}"
    return result.name, _ms(middle.cpu), spread, _ms(middle.wall), f"{middle.peak:.0f}", budget


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:,.0f}"


def _cell(text: str, width: int, *, right: bool) -> str:
    return text.rjust(width) if right else text.ljust(width)


def _over(result: Result) -> bool:
    return result.budget_cpu_ms is not None and result.median.cpu * 1000 > result.budget_cpu_ms
