"""What Seatrial itself costs: starting, a cold run, and a run in which nothing has changed.

Called by `make bench`, or as `python -m benchmarks.engine [--runs N] [--json]` from the root. Three
repositories: the example, and a hundred and a thousand stages of one tiny program each; the
hundred commands are also run by a plain shell script, so that the difference is Seatrial's own work.
"""

from __future__ import annotations

import json
import subprocess
from collections import Counter
from functools import partial
from pathlib import Path

from benchmarks import showing
from benchmarks.measuring import Case, UnexpectedError, measure
from benchmarks.repositories import chains, digits, environment, forget, scratch, seatrial

NO_MODEL_YET = 2
"""A first run cannot say whether the model is worse than production: ERROR `no_baseline`."""


def starting(folder: Path) -> list[Case]:
    """What every command costs before it does anything."""
    here = partial(Case, folder=folder, environment=environment())
    return [
        here(name="`seatrial --version`", command=seatrial("--version"), budget_cpu_ms=80),
        here(name="`seatrial --help`", command=seatrial("--help")),
    ]


def example(folder: Path) -> list[Case]:
    """The example, from nothing, then unchanged, then unchanged with its model in production."""
    here = partial(Case, folder=folder, environment=environment())
    run = seatrial("run")
    unchanged = partial(_expect, folder, stage_reused=5)
    return [
        here(
            name="example, cold `run`",
            command=run,
            exits=NO_MODEL_YET,
            prepare=partial(forget, folder),
            check=partial(_expect, folder, stage_ended=5),
        ),
        here(
            name="example, nothing changed",
            command=run,
            exits=NO_MODEL_YET,
            budget_cpu_ms=400,
            check=unchanged,
        ),
        here(
            name="example, nothing changed, in production",
            command=run,
            budget_cpu_ms=400,
            prepare=partial(_promote_first, folder),
            check=unchanged,
        ),
        here(name="example, `plan`", command=seatrial("plan")),
    ]


def thousand(folder: Path) -> list[Case]:
    """A thousand stages: what grows with their number."""
    here = partial(Case, folder=folder, environment=environment())
    return [
        here(
            name="1,000 stages, cold `run`",
            command=seatrial("run"),
            prepare=partial(forget, folder),
            check=partial(_expect, folder, stage_ended=1000),
        ),
        here(
            name="1,000 stages, nothing changed, first",
            command=seatrial("run"),
            check=partial(_expect, folder, stage_reused=1000),
        ),
        here(
            name="1,000 stages, nothing changed",
            command=seatrial("run"),
            check=partial(_expect, folder, stage_reused=1000),
        ),
    ]


def hundred(folder: Path) -> list[Case]:
    """A hundred stages, from nothing and unchanged, beside their commands alone."""
    here = partial(Case, folder=folder, environment=environment())
    return [
        here(
            name="100 stages, cold `run`",
            command=seatrial("run"),
            prepare=partial(forget, folder),
            check=partial(_expect, folder, stage_ended=100),
        ),
        here(
            name="100 stages, nothing changed, first",
            command=seatrial("run"),
            check=partial(_expect, folder, stage_reused=100),
        ),
        here(
            name="100 stages, nothing changed",
            command=seatrial("run"),
            check=partial(_expect, folder, stage_reused=100),
        ),
        here(name="their 100 commands in a shell script", command=("sh", "plain.sh")),
    ]


def _promote_first(folder: Path) -> None:
    """Register what the run made, put it into production, and judge against it once."""
    for arguments in (
        ("models", "register"),
        ("models", "promote", "digits@1", "--to", "production", "--first"),
        ("run",),
    ):
        command = seatrial(*arguments)
        subprocess.run(command, cwd=folder, env=environment(), check=True, capture_output=True)


def _expect(folder: Path, **wanted: int) -> None:
    """Make sure that the newest run had so many events of a kind, and none of the other.

    Raises UnexpectedError otherwise.
    """
    newest = max((folder / ".seatrial" / "runs").iterdir()) / "events.jsonl"
    events = [json.loads(line) for line in newest.read_text().splitlines()]
    seen = Counter(event["event"] for event in events)
    seen["stage_reused"] += sum(len(event["cells"]) for event in events if event["event"] == "stages_reused")
    found = {kind: seen[kind] for kind in ("stage_ended", "stage_reused") if seen[kind]}
    if found != wanted:
        raise UnexpectedError(f"the run in {folder.name} had {found}, expected {wanted}")


def main() -> None:
    """Measure and print."""
    runs, as_json = showing.arguments("What Seatrial itself costs.")
    with scratch() as made:
        example_folder, hundred_folder = made / "digits", made / "hundred"
        thousand_folder = made / "thousand"
        digits(example_folder)
        chains(hundred_folder, number=10)
        chains(thousand_folder, number=100)
        cases = [
            *starting(example_folder),
            *example(example_folder),
            *hundred(hundred_folder),
            *thousand(thousand_folder),
        ]
        results = measure(cases, runs=runs)
    showing.show(results, command="python -m benchmarks.engine", runs=runs, as_json=as_json)


if __name__ == "__main__":
    main()
