"""What it costs to look at a repository: `init --dry-run` in small ones and in one of 5,000 files.

Called by `make bench`, or as `python -m benchmarks.init [--runs N] [--json]` from the root. The goal is 2 s of CPU for
5,000 files, process start included. Half of the large one are Python modules of a hundred lines, every tenth of them
saves something, a thousand are tests; the rest are data and texts. A file of 5 GB without content lies beside them:
whoever read it would take longer than the goal allows.
"""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path

from benchmarks import showing
from benchmarks.measuring import Case, UnexpectedError, measure
from benchmarks.repositories import commit, environment, scratch

_BUDGET = 2_000
_TRAIN = """\
import joblib
from sklearn.linear_model import LogisticRegression

if __name__ == "__main__":
    joblib.dump(LogisticRegression(), "model.joblib")
"""
_BODY = "".join(
    f"def step_{number}(values, factor={number}):\n    total = sum(values) * factor\n    return total + {number}\n\n\n"
    for number in range(20)
)
_SAVES = '\nif __name__ == "__main__":\n    import json\n    json.dump({}, open("out.json", "w"))\n'
_TESTS = "".join(f"def test_{number}():\n    assert {number} + 1 > {number}\n\n\n" for number in range(20))
_TABLE = "id,a,b\n" + "".join(f"{number},1,2\n" for number in range(200))


def cases(folder: Path) -> list[Case]:
    """One small repository, one of 5,000 files."""
    small, large = folder / "small", folder / "large"
    _write(small, 10)
    _write(large, 5_000)
    with (large / "data" / "huge.csv").open("wb") as file:
        file.truncate(5 << 30)
    own = environment()
    return [
        Case(
            name=f"`init --dry-run`, {what}",
            command=(sys.executable, "-m", "seatrial", "init", "--dry-run", "--json"),
            folder=place,
            environment=own,
            budget_cpu_ms=_BUDGET,
            check=partial(_nothing_written, place),
        )
        for what, place in (("10 files", small), ("5,000 files", large))
    ]


def _write(folder: Path, files: int) -> None:
    """So many files, committed: modules, tests, tables and texts in folders of a hundred."""
    (folder / "data").mkdir(parents=True)
    (folder / "train.py").write_text(_TRAIN)
    (folder / ".gitignore").write_text("model.joblib\ndata/huge.csv\n")
    kinds = ("src/m{0}.py", "src/m{0}.py", "tests/test_{0}.py", "data/t{0}.csv", "docs/d{0}.md")
    for number in range(files - 2):
        path = folder / f"part{number // 100}" / kinds[number % len(kinds)].format(number)
        path.parent.mkdir(parents=True, exist_ok=True)
        text = {"src": _BODY, "tests": _TESTS, "data": _TABLE, "docs": "# Words\n"}[path.parent.name]
        path.write_text(text + (_SAVES if text is _BODY and number % 10 == 0 else ""))
    commit(folder)


def _nothing_written(folder: Path) -> None:
    if (folder / "seatrial.yaml").exists():
        raise UnexpectedError("a dry run wrote something")


def main() -> None:
    """Measure and show."""
    runs, as_json = showing.arguments(__doc__ or "")
    with scratch() as folder:
        results = measure(cases(folder), runs=runs)
    showing.show(results, command="python -m benchmarks.init", runs=runs, as_json=as_json)


if __name__ == "__main__":
    main()
