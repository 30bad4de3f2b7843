"""The imports that are read, resolved naively, against the graph of `ruff analyze graph`: every edge of it is found.

Where the two differ, on purpose, and so only one direction is checked: importing `a.b` executes `a/__init__.py`,
which ruff leaves out; `from a import name` may mean the module `a/name.py`, which both count; an import under
TYPE_CHECKING is in ruff's graph and marked as never executed in ours.
"""

from __future__ import annotations

import json
import posixpath
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from seatrial.change.extract.sources import extract
from seatrial.change.facts import Import, When

RUFF = Path(sys.executable).with_name("ruff")
ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.skipif(not RUFF.exists(), reason="ruff is in the environment of `make check`")

REPOSITORY = {
    "src/pkg/__init__.py": "from pkg.reexported import Thing",
    "src/pkg/reexported.py": "from . import a, sub\nfrom .sub import c as d\nfrom ..pkg import e",
    "src/pkg/a.py": "try:\n    import pkg.fast as f\nexcept ImportError:\n    from pkg import slow as f",
    "src/pkg/fast.py": "def g():\n    from pkg.sub.c import x\n    import helper",
    "src/pkg/slow.py": "import typing\nif typing.TYPE_CHECKING:\n    from pkg.a import f",
    "src/pkg/e.py": "class A:\n    from pkg.sub import *",
    "src/pkg/sub/__init__.py": "",
    "src/pkg/sub/c.py": "match 1:\n    case 1:\n        from ... import pkg\n        from ..a import f\nx = lambda: 1",
    "src/pkg/space/inner.py": "import pkg.space.other, pkg.sub.c as c",
    "src/pkg/space/other.py": "with open('x') as y:\n    from pkg.space import inner",
    "src/helper.py": "import pkg; import pkg.a",
    "scripts/run.py": "import beside\nimport pkg.e",
    "scripts/beside.py": "while True:\n    import pkg.slow",
}


def meant(one: Import, path: str, paths: frozenset[str]) -> Iterator[str]:
    """The files that an import can mean."""
    above = path.split("/")[:-1]
    folders = ["src", posixpath.dirname(path)] if not one.level else ["/".join(above[: len(above) - one.level + 1])]
    parts = one.module.split(".") if one.module else []
    stems = ["/".join(parts)] + ["/".join([*parts, name]) for name in one.names]
    for folder in folders:
        for stem in stems:
            base = posixpath.join(folder, stem).rstrip("/")
            yield from (found for found in (f"{base}.py", f"{base}/__init__.py") if found in paths)


def ours(root: Path, path: str, paths: frozenset[str]) -> dict[str, When]:
    facts = extract("python", (root / path).read_bytes())
    return {found: one.when for one in facts.links.imports for found in meant(one, path, paths)}


def by_ruff(root: Path, *below: str) -> dict[str, list[str]]:
    command = [str(RUFF), "analyze", "graph", "--isolated", "--config", 'src = ["src"]', *below]
    graph = json.loads(subprocess.run(command, cwd=root, capture_output=True, check=True).stdout)
    return {path: list(found) for path, found in graph.items()}


def missing(root: Path, *below: str) -> tuple[int, list[tuple[str, str]]]:
    """How many edges ruff finds, and those that ours are without."""
    graph = by_ruff(root, *below)
    paths = frozenset(path.relative_to(root).as_posix() for one in below for path in (root / one).rglob("*.py"))
    lost = [(path, found) for path, each in graph.items() for found in set(each) - set(ours(root, path, paths))]
    return sum(map(len, graph.values())), lost


def test_every_edge_of_a_small_repository_is_found(tmp_path: Path) -> None:
    """One construct in each file."""
    for name, text in REPOSITORY.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    count, lost = missing(tmp_path, "src", "scripts")

    assert count >= 15
    assert lost == []
    assert ours(tmp_path, "src/pkg/slow.py", frozenset(REPOSITORY))["src/pkg/a.py"] is When.TYPING
    assert "src/pkg/a.py" in by_ruff(tmp_path, "src", "scripts")["src/pkg/slow.py"]


def test_every_edge_of_our_own_source_is_found() -> None:
    """Hundreds of files that nobody wrote for this test."""
    count, lost = missing(ROOT, "src")

    assert count > 500
    assert lost == []
