"""What it costs to show a run: with 50 metrics and 200 slices, without pictures and with a dozen of them.

Called by `make bench`, or as `python -m benchmarks.report [--runs N] [--json]` from the root. The goal is 0.3 s of CPU
without pictures, process start included, and 2 s for pictures. Those are made of two models' scores of 100,000 rows,
with the time that numerics and tables take to load, which a run that judges has paid already.
"""

from __future__ import annotations

import subprocess
import sys
from functools import partial
from pathlib import Path

import numpy as np
import polars as pl

from benchmarks import showing
from benchmarks.measuring import Case, UnexpectedError, measure
from benchmarks.reports.runs import a_run, curves, drift
from benchmarks.repositories import ROOT, environment, scratch
from seatrial.flows.settled import LAST, last_run
from seatrial.replacing import replace
from seatrial.report.facts import RunFacts
from seatrial.report.serial import to_text

ROWS = 100_000
_WITHOUT, _WITH = 300, 2_000


def cases(folder: Path) -> list[Case]:
    """A stored run shown in each form, and pictures from the evidence to the page."""
    bare, rich = _project(folder / "bare", a_run()), _project(folder / "rich", a_run((*curves(), *drift())))
    mine, theirs = _predictions(folder / "mine.parquet", 1), _predictions(folder / "theirs.parquet", 2)
    page = folder / "page.html"
    own = {**environment(), "PYTHONPATH": f"{ROOT}:{ROOT / 'src'}"}
    seatrial = (sys.executable, "-m", "seatrial", "report")

    def check() -> None:
        if page.read_text().count("<svg") < 10:
            raise UnexpectedError("there are fewer pictures than were to be measured")

    return [
        Case(
            name="`report --markdown`, no pictures",
            command=(*seatrial, "--markdown"),
            folder=bare,
            environment=own,
            budget_cpu_ms=_WITHOUT,
        ),
        Case(
            name="`report --html`, no pictures",
            command=(*seatrial, "--html", "/dev/null"),
            folder=bare,
            environment=own,
            budget_cpu_ms=_WITHOUT,
        ),
        Case(
            name="`report --html`, 6 stored pictures",
            command=(*seatrial, "--html", "/dev/null"),
            folder=rich,
            environment=own,
        ),
        *(
            Case(
                name=f"`report --post --forge local`, {what}",
                command=(*seatrial, "--post", "--forge", "local"),
                folder=folder,
                environment=own,
                budget_cpu_ms=budget,
                exits=1,  # the run fails
                check=partial(_posted, folder),
            )
            for folder, what, budget in ((bare, "no pictures", _WITHOUT), (rich, "6 stored pictures", None))
        ),
        Case(
            name=f"12 pictures of {ROWS:,} rows, and the page",
            command=(sys.executable, "-m", "benchmarks.reports.work", str(mine), str(theirs), str(page)),
            folder=folder,
            environment=own,
            budget_cpu_ms=_WITH,
            check=check,
        ),
        Case(
            name="the same program, nothing but loaded",
            command=(sys.executable, "-c", "import benchmarks.reports.work"),
            folder=folder,
            environment=own,
        ),
    ]


def _project(folder: Path, facts: RunFacts) -> Path:
    """A work tree whose cache has one run, of the commit that is checked out."""
    subprocess.run(("git", "init", "-q", "-b", "main", str(folder)), check=True)
    (folder / "seatrial.yaml").write_text("project: digits\nstages: {train: {cmd: 'true', deps: []}}\n")
    named = ("-c", "user.name=bench", "-c", "user.email=bench@example.invalid")
    subprocess.run(("git", "-C", str(folder), "add", "seatrial.yaml"), check=True)
    subprocess.run(("git", "-C", str(folder), *named, "commit", "-q", "-m", "first"), check=True)
    head = subprocess.run(("git", "-C", str(folder), "rev-parse", "HEAD"), check=True, capture_output=True, text=True)
    facts = replace(facts, commit=head.stdout.strip())
    run = folder / ".seatrial" / "runs" / facts.run
    run.mkdir(parents=True)
    report = to_text(facts).encode()
    (run / "report.json").write_bytes(report)
    (folder / ".seatrial" / LAST).write_bytes(last_run(facts.run, report))
    return folder


def _posted(folder: Path) -> None:
    """A comment is there; it goes, so that the next time writes one again."""
    for comment in (folder / ".seatrial" / "forge").glob("comment-*.md"):
        comment.unlink()
        return
    raise UnexpectedError("nothing was posted")


def _predictions(file: Path, seed: int) -> Path:
    """One model's answers to rows that both have."""
    truth = np.random.default_rng(7).random(ROWS) < 0.35
    score = 1 / (1 + np.exp(-(1.6 * (2 * truth - 1) + np.random.default_rng(seed).normal(size=ROWS))))
    words = np.array(["no", "yes"])
    pl.DataFrame(
        {
            "id": np.arange(ROWS),
            "label": words[truth.astype(int)],
            "prediction": words[(score > 0.5).astype(int)],
            "score": score,
        }
    ).write_parquet(file)
    return file


def main() -> None:
    """Measure and print."""
    runs, as_json = showing.arguments("What it costs to show a run.")
    with scratch() as folder:
        results = measure(cases(folder), runs=runs)
    showing.show(results, command="python -m benchmarks.report", runs=runs, as_json=as_json)


if __name__ == "__main__":
    main()
