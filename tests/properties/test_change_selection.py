"""Selection against keys: whatever changes what a stage counts by is evidence for it, in any tree and for any edit."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from seatrial.flows.change_plan import ChangePlan
from seatrial.pipeline.select import Action
from tests.support.revisions import Put, Tree, executable, link, new_repository, plan_between, write_history

CONFIG = """\
project: drawn
params: params.yaml
sources: [src]
stages:
  train:
    cmd: python run/train.py ${params.lr}
    deps: {rows: data/in.csv}
    outs: {model: out/model.txt}
  score:
    cmd: python -m pkg.score ${deps.model} ${deps.all}
    deps: {model: train.model, all: data/kept}
  shown:
    shell: 'cat data/*.csv | head'
    deps: [data/*.csv]
"""
OTHER = CONFIG.replace("python run/train.py", "python -O run/train.py").replace("[src]", "[src, lib]")
POINTER = "version https://git-lfs.github.com/spec/v1\noid sha256:{}\nsize 3\n"
DVC = "outs:\n- md5: {}\n  size: 3\n  hash: md5\n  path: {}\n"

PATHS = {
    "seatrial.yaml": [CONFIG, OTHER],
    "params.yaml": ["lr: 1\n", "lr: 2\nother: 3\n"],
    "run/train.py": ["import helper\nfrom pkg import a\nprint(a.f())\n", "import pkg.b\nopen('data/x.json')\n"],
    "run/helper.py": ["", "import pkg.b\n"],
    "helper.py": ["x = 1\n", "import flat\n"],
    "flat.py": ["", "x = 2\n"],
    "src/pkg/__init__.py": ["", "from pkg.b import *\n"],
    "src/pkg/a.py": ["def f():\n    return 1\n", "from pkg import b\ndef f():\n    return b.g()\n", "def f(:\n"],
    "src/pkg/b.py": ["def g():\n    return 1\n", "def g():\n    return 2\n", "# said\ndef g():\n    return 1\n"],
    "src/pkg/score.py": [
        "import importlib\nimportlib.import_module(f'pkg.{x}')\n",
        "from . import a\n",
        "import lnk.b\n",
    ],
    "lib/pkg/a.py": ["x = 1\n"],
    "src/other/b.py": ["x = 1\n", "import pkg.a\n"],
    "data/in.csv": ["1\n", "2\n", POINTER.format("a" * 64), POINTER.format("b" * 64)],
    "data/in.csv.dvc": [DVC.format("c" * 32, "in.csv"), DVC.format("d" * 32, "in.csv")],
    "data/real.csv": ["1\n", "2\n"],
    "data/x.json": ["{}", "[1]"],
    "data/kept/one.csv": ["1\n", "2\n", POINTER.format("a" * 64)],
    "data/kept/sub/two.csv": ["1\n", "2\n"],
    "data/kept.dvc": [DVC.format("e" * 32 + ".dir", "kept")],
    "conftest.py": ["", "x = 1\n"],
    "notes.txt": ["a\n", "b\n"],
}
LINKS = {
    "data/in.csv": ["real.csv", "../notes.txt", "nowhere", "/etc/hostname"],
    "data/kept/one.csv": ["../real.csv", "sub/two.csv"],
    "src/lnk": ["pkg", "other", "nowhere"],
    "data/kept/sub": ["../../src/other"],
    "src/pkg/b.py": ["../other/b.py", "a.py"],
    "run/helper.py": ["../flat.py"],
}
DRAWN = (Phase.explicit, Phase.reuse, Phase.generate)
"""An example asks git a dozen times: making one smaller would take minutes."""

NEEDED = ("seatrial.yaml", "params.yaml")


@st.composite
def entries(draw: st.DrawFn, path: str) -> str | Put:
    """Something to lie at a path."""
    if path in LINKS and (path not in PATHS or draw(st.integers(0, 3)) == 0):
        return link(draw(st.sampled_from(LINKS[path])))
    text = draw(st.sampled_from(PATHS[path]))
    return executable(text) if draw(st.integers(0, 5)) == 0 else text


@st.composite
def edited(draw: st.DrawFn) -> tuple[Tree, Tree]:
    """A tree, and the same after some edits."""
    every = sorted({*PATHS, *LINKS})
    some = draw(st.sets(st.sampled_from(every), min_size=len(every) // 2))
    base = {path: draw(entries(path)) for path in sorted({*some, *NEEDED})}
    head = dict(base)
    for path in draw(st.lists(st.sampled_from(every), min_size=1, max_size=3)):
        if path in head and path not in NEEDED and draw(st.booleans()):
            moved = head.pop(path)
            if draw(st.booleans()):
                head.setdefault(draw(st.sampled_from(every)), moved)
        else:
            head[path] = draw(entries(path))
    return _without_clashes(base), _without_clashes(head)


def _without_clashes(tree: dict[str, str | Put]) -> Tree:
    """What is a file cannot be a folder too."""
    return {path: one for path, one in tree.items() if not any(path.startswith(f"{other}/") for other in tree)}


@settings(max_examples=40, phases=DRAWN, suppress_health_check=[HealthCheck.too_slow])
@given(edited())
def test_a_stage_that_counts_otherwise_has_evidence(trees: tuple[Tree, Tree]) -> None:
    """Whatever changes the input digest of a stage, planned alone, is evidence for it or for one that it reads from;
    so a stage that is skipped has the digest it had."""
    with tempfile.TemporaryDirectory() as folder:
        repository = new_repository(Path(folder))
        base, head = write_history(repository, trees)
        before, after = plan_between(repository, base, base), plan_between(repository, base, head)

    assert after.everything is None or "cannot be parsed" in after.everything
    reached = _reached(after)
    for cell in after.cells:
        name = cell.planned.cell.name
        was = next(old.planned.input_digest for old in before.cells if old.planned.cell.name == name)
        if cell.planned.input_digest != was:
            assert name in reached, name
        if name not in reached:
            assert cell.action is Action.SKIP
    assert {one.path for one in after.changed} >= {
        path for path in {*trees[0], *trees[1]} if trees[0].get(path) != trees[1].get(path)
    }


def _reached(plan: ChangePlan) -> set[str]:
    found: set[str] = set()
    for cell in plan.cells:
        if cell.evidence or not found.isdisjoint(cell.planned.cell.producers):
            found.add(cell.planned.cell.name)
    return found
