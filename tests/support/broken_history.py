"""A history in which a stage of the tiny project begins to fail: a dozen commits after a recorded pass.

Called by the tests of `suspects` and `bisect`. A third of them reach the training; the one that breaks it only does so
through code that `steps/train.py` imports.
"""

from __future__ import annotations

from pathlib import Path

from tests.support.cli import FILES, Repo, new_repo

BEFORE, AFTER = 6, 5
"""How many commits stand before the bad one, and after it."""

SHAPE = "def shape(size):\n    return size\n"
WORDS = "def words():\n    return 'trained on'\n"


def started(folder: Path) -> Repo:
    """The project with code that its training imports, after a run that passed."""
    train = FILES["steps/train.py"].replace("import sys\n", "import sys\n\nfrom steps import shaping, wording\n")
    train = train.replace('print("trained on", size, "rows")', "print(wording.words(), shaping.shape(size))")
    repo = new_repo(folder, {"steps/train.py": train, "steps/shaping.py": SHAPE, "steps/wording.py": WORDS})
    repo.run("train")
    return repo


def broken(folder: Path) -> tuple[Repo, str, str]:
    """The project, the commit at which the training passed, and the one that breaks it."""
    repo = started(folder)
    good = repo.git("rev-parse", "HEAD")
    for number in range(BEFORE):
        harmless(repo, number)
    repo.write("steps/shaping.py", SHAPE.replace("return size", "raise SystemExit('no shape fits')"))
    bad = repo.commit("shape it anew")
    for number in range(BEFORE, BEFORE + AFTER):
        harmless(repo, number)
    return repo, good, bad


def harmless(repo: Repo, number: int) -> str:
    """A commit that reaches the training every third time, and does it no harm."""
    if number % 3 == 0:
        repo.write("steps/wording.py", WORDS.replace("trained on", f"trained {number} on"))
    elif number % 3 == 1:
        repo.write("README.md", f"Edition {number}.\n")
    else:
        repo.write("steps/evaluate.py", FILES["steps/evaluate.py"] + f"# {number}\n")
    return repo.commit(f"harmless {number}")
