"""How large a generated tree is, and what it is divided into.

Called by the generator. Two shapes with the same proportions: `LARGE` is planned over and never run;
every stage of `RUNNABLE` ends in some tenths of a second, so that faults can be injected by the hundred.

The sizes of files are drawn from a log-normal distribution, as those of real trees are: of `LARGE`
half are below 4 KB, the mean is twice that, and a few have 100 KB and more. Packages, in shares of
all Python files, follow machine-learning trees that were looked at (docs/design/change.md): a fifth
are tests, a third are projects that share the rest, some 300 of 5,000 are models.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """One size of tree. `median` and `largest` are bytes of a Python file, `spread` the sigma of its logarithm."""

    name: str
    python_files: int
    median: int
    spread: float
    largest: int
    projects: int
    families: int
    """How many kinds of model are trained, each by a dear stage."""
    tests_apart: int
    """How many packages have a stage for their own unit tests."""

    def files_of(self, package: str) -> int:
        """How many Python files a package has."""
        return max(3, round(self.python_files * SHARES[package]))


SHARES = {
    "core": 0.04,
    "data": 0.08,
    "layers": 0.06,
    "losses": 0.02,
    "models": 0.06,
    "trainers": 0.03,
    "evals": 0.04,
    "serving": 0.07,
    "plugins": 0.01,
    "projects": 0.32,
    "tools": 0.05,
    "tests": 0.22,
}

LARGE = Shape(
    name="5,000 files",
    python_files=5_000,
    median=4_000,
    spread=1.2,
    largest=160_000,
    projects=8,
    families=6,
    tests_apart=8,
)
RUNNABLE = Shape(
    name="runnable",
    python_files=500,
    median=1_800,
    spread=0.7,
    largest=12_000,
    projects=6,
    families=6,
    tests_apart=5,
)
