"""What it costs a stage to be traced: the same programs with the audit hook and without it.

Called by `make bench`, or as `python -m benchmarks.traces [--runs N] [--json]` from the root. The programs are
started as Seatrial starts them, but by hand, so that nothing else of it is in the figures. The goal is 2 % of a
training stage; the other programs show where more has to be paid.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks import showing
from benchmarks.measuring import Case, Result, UnexpectedError, measure
from benchmarks.repositories import ROOT, environment, scratch
from seatrial.process.trace.folder import TraceFolder

OPENS = 20_000
EPOCHS = 1500
PROGRAMS = {
    "Python starts": ("-c", "pass"),
    f"training, {EPOCHS} epochs": (
        *("-m", "digits.train", "--data", "data/train.csv", "--hidden-units", "32", "--epochs", str(EPOCHS)),
        *("--learning-rate", "0.002", "--seed", "0", "--model", "m.npz", "--metrics", "m.json", "--curve", "c.csv"),
    ),
    f"{OPENS:,} files opened once": ("-c", f"for name in range({OPENS}): open(f'many/{{name}}').close()"),
    f"100 files opened {OPENS // 100} times": (
        "-c",
        f"for name in range({OPENS}): open(f'many/{{name % 100}}').close()",
    ),
    "objects copied (calls of `id`)": ("-c", "import copy; copy.deepcopy([{i: [i]} for i in range(60000)])"),
}


def cases(folder: Path) -> list[Case]:
    """Each program twice, one after the other."""
    plain = _plain()
    traces = TraceFolder(str(folder / "traces"))
    traces.make()
    traced = {**plain, **traces.variables("stage", plain)}

    def forget() -> None:
        for path in (folder / "traces").iterdir():
            path.unlink()

    def check() -> None:
        if not any((folder / "traces").iterdir()):
            raise UnexpectedError("nothing was traced")

    found: list[Case] = []
    for name, arguments in PROGRAMS.items():
        command = (sys.executable, *arguments)
        found.append(Case(name=name, command=command, folder=folder, environment=plain))
        found.append(
            Case(
                name=f"{name}, traced", command=command, folder=folder, environment=traced, prepare=forget, check=check
            )
        )
    return found


def _plain() -> dict[str, str]:
    """The variables of the example's stages, which use one thread each."""
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    return {**environment(), **threads, "PYTHONPATH": str(ROOT / "examples" / "digits" / "src")}


def ratios(results: Sequence[Result]) -> str:
    """What tracing adds to each program, as a share of its CPU time."""
    lines = []
    for plain, traced in zip(results[::2], results[1::2], strict=True):
        added = sorted(after.cpu / before.cpu - 1 for before, after in zip(plain.costs, traced.costs, strict=True))
        median = traced.median.cpu / plain.median.cpu - 1
        lines.append(f"- {plain.name}: {median:+.1%} of the median ({added[0]:+.1%} .. {added[-1]:+.1%} by round)")
    return "\n".join(lines)


def main() -> None:
    """Measure and print."""
    runs, as_json = showing.arguments("What it costs a stage to be traced.")
    with scratch() as folder:
        (folder / "many").mkdir()
        for name in range(OPENS):
            (folder / "many" / str(name)).touch()
        (folder / "data").mkdir()
        make = ("-m", "digits.data", "--train", "data/train.csv", "--test", "data/test.csv", "--test-rows", "400")
        subprocess.run((sys.executable, *make), cwd=folder, env=_plain(), check=True)
        results = measure(cases(folder), runs=runs)
    showing.show(results, command="python -m benchmarks.traces", runs=runs, as_json=as_json)
    if not as_json:
        print(f"\n{ratios(results)}")


if __name__ == "__main__":
    main()
