"""The evidence of a change between two sets of files, for a stage that runs `main.py`.

Called by the tests of evidence and of its chains. No repository is needed: what decides is pure.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from seatrial.change.closure import Closure, closure
from seatrial.change.extract.sources import extract, kind_of
from seatrial.change.facts import EMPTY, Facts
from seatrial.change.graph import Graph
from seatrial.change.symbols import affected, changed_names
from seatrial.config.load import load
from seatrial.pipeline.evidence_of_change import Changed, Evidence, View, arrange, evidence, strongest
from seatrial.pipeline.expand import Cell, expand


def cells(stages: str) -> tuple[Cell, ...]:
    """The cells of some stages, written as they stand below `stages:`."""
    text = f"project: small\nstages:\n{stages}".encode()
    return expand(load(lambda path: text if path == "seatrial.yaml" else None).policy.pipeline.stages)


MAIN = cells("  main:\n    cmd: python main.py\n")[0]


def closure_of(files: Mapping[str, str], *roots: str) -> tuple[Closure, Graph]:
    """The closure of some roots (`main.py`), and the graph that it is taken from."""
    facts = {path: _facts(path, text) for path, text in files.items()}
    graph = Graph(frozenset(files), (), lambda path: facts[path].links)
    return closure(roots or ("main.py",), graph), graph


def evidence_between(old: Mapping[str, str], new: Mapping[str, str]) -> tuple[Evidence, ...]:
    """The evidence for a stage that runs `main.py`, the strongest first."""
    head, graph = closure_of(new)
    facts = {path: _facts(path, text) for path, text in new.items()}
    before = {path: _facts(path, text) for path, text in old.items()}
    changed = []
    for path in sorted({*old, *new}):
        if old.get(path) == new.get(path):
            continue
        was, now = before.get(path, Facts()), facts.get(path, Facts())
        names = None if was.symbols is None or now.symbols is None else changed_names(was.symbols, now.symbols)
        changed.append(
            Changed(
                path=path,
                was=path in old,
                there=path in new,
                names=names,
                broken=now.links.broken,
                code=kind_of(path) in ("python", "notebook"),
            )
        )
    names_of = {one.path: one.names for one in changed if one.names}
    uses = arrange(affected(graph, names_of, lambda path: facts[path].symbols))
    base = closure_of(old)[0] if set(old) - set(new) else None
    return strongest(evidence(View(cell=MAIN, head=head, base=base), changed, uses))


def printed(files: Mapping[str, str]) -> str:
    """What `main.py` prints. Raises AssertionError when it fails."""
    with tempfile.TemporaryDirectory() as folder:
        for path, text in files.items():
            target = Path(folder, path)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text)
        done = subprocess.run(
            [sys.executable, "-S", "-B", "main.py"], cwd=folder, capture_output=True, text=True, check=False
        )
    if done.returncode:
        raise AssertionError(done.stderr)
    return done.stdout


def _facts(path: str, text: str) -> Facts:
    kind = kind_of(path)
    return Facts(EMPTY) if kind is None else extract(kind, text.encode())
