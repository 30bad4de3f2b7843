"""What is installed, and which stages it is for: an upgrade runs what imports the package, and `why` names it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.cli import Repo, new_repo
from tests.support.project import add_distribution, bare_python, remove_distribution

CONFIG = """\
project: packages
python: {python}
stages:
  with-x:
    cmd: python with_x.py ${{outs.made}}
    outs: {{made: outputs/x.txt}}
  plain:
    cmd: python plain.py ${{outs.made}}
    outs: {{made: outputs/plain.txt}}
  by-name:
    cmd: python by_name.py json ${{outs.made}}
    outs: {{made: outputs/name.txt}}
"""
FILES = {
    "with_x.py": "import sys\nimport x\nopen(sys.argv[1], 'w').write(x.version)\n",
    "plain.py": "import sys\nopen(sys.argv[1], 'w').write('plain')\n",
    "by_name.py": "import sys\nfrom importlib import import_module\n"
    "open(sys.argv[2], 'w').write(import_module(sys.argv[1]).__name__)\n",
    ".gitignore": "outputs\n.seatrial\n__pycache__\n",
}


@pytest.fixture
def python(tmp_path: Path) -> str:
    python = str(bare_python(tmp_path / "bare"))
    add_distribution(python, "dist-x", "1.26", imports=("x",))
    add_distribution(python, "other", "1.0", imports=("other",))
    return python


@pytest.fixture
def repo(tmp_path: Path, python: str) -> Repo:
    repo = new_repo(tmp_path, {"seatrial.yaml": CONFIG.format(python=python), **FILES})
    repo.run()
    repo.run()
    return repo


def upgrade(python: str, name: str, version: str, module: str) -> None:
    remove_distribution(python, name)
    add_distribution(python, name, version, imports=(module,))


def test_an_upgrade_runs_what_imports_the_package(repo: Repo, python: str) -> None:
    """And what loads by names that are computed; the rest is reused."""
    upgrade(python, "dist-x", "2.0", "x")
    planned = repo.seatrial("plan").out
    why = repo.seatrial("why", "with-x").out
    did = repo.did(repo.run())

    assert "dist-x 1.26 -> 2.0" in planned
    assert "environment.dist-x: 1.26 -> 2.0" in why
    assert did == {"with-x": "ran", "plain": "reused", "by-name": "ran"}
    assert (repo.root / "outputs" / "x.txt").read_text() == "2.0"
    assert repo.did(repo.run()) == {"with-x": "reused", "plain": "reused", "by-name": "reused"}


def test_a_package_that_nobody_imports_runs_what_loads_by_name(repo: Repo, python: str) -> None:
    """It may be the one that is meant. A run after a run with nothing to do sees it too."""
    upgrade(python, "other", "2.0", "other")
    did = repo.did(repo.run())

    assert did == {"with-x": "reused", "plain": "reused", "by-name": "ran"}
    assert "environment.other: 1.0 -> 2.0" in repo.seatrial("why", "by-name").out


def test_why_tells_a_package_that_came_and_one_that_went(repo: Repo, python: str) -> None:
    """By name."""
    remove_distribution(python, "other")
    add_distribution(python, "fresh", "3.1", imports=("fresh",))

    said = repo.seatrial("why", "by-name").out

    assert "environment.fresh: (none) -> 3.1" in said
    assert "environment.other: 1.0" in said
    assert "fresh is new" in said
