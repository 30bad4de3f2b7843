"""A project of two stages in two commits, the second of which reaches one of them; for plans over commits."""

from __future__ import annotations

from tests.support.revisions import Tree

CONFIG = """\
project: tiny
sources: [src]
stages:
  train:
    cmd: python run/train.py
    deps: {rows: data/in.csv}
  other:
    cmd: python -m pkg.other
"""
TREE: Tree = {
    "seatrial.yaml": CONFIG,
    "run/train.py": "from pkg import model\nprint(model.fit())\n",
    "src/pkg/__init__.py": "",
    "src/pkg/model.py": "def fit():\n    return 1\n",
    "src/pkg/other.py": "print(1)\n",
    "data/in.csv": "1\n",
}
CHANGED: Tree = {**TREE, "src/pkg/model.py": "def fit():\n    return 2\n"}
ONE = {"train": "run", "other": "skip"}
ALL = {"train": "run", "other": "run"}
