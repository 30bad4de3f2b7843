"""Data, pointers to data, and files of metrics in a repository: sizes always, rows where counting is cheap.

Called by `finding`. A file is never read as a whole: lines are counted in pieces up to a bound, and beyond it the user
is told that they were not.
"""

from __future__ import annotations

import json
import math
import posixpath
from collections.abc import Collection, Mapping
from pathlib import Path

from seatrial.adopt.found import DataFile, Metrics, Tree
from seatrial.adopt.tree import MOST_COUNTED, first_line, lines_in, read_text

_TABLES = (".csv", ".tsv", ".jsonl", ".ndjson", ".parquet")
_METRICS = (
    "metrics.json",
    "scores.json",
    "eval_results.json",
    "results.json",
    "test_metrics.json",
    "eval_metrics.json",
)
_LFS = "version https://git-lfs.github.com/spec/"
_LARGE = 50 << 20
_MOST_TABLES = 40


def data_files(root: Path, tree: Tree, read: Collection[str]) -> Mapping[str, DataFile]:
    """Tables, first those that a script reads; a folder that a script reads counts as one."""
    tables = [path for path in tree.files if path.lower().endswith(_TABLES) and "/tests/" not in f"/{path}"]
    chosen = sorted(tables, key=lambda path: (path not in read, path.count("/"), path))[:_MOST_TABLES]
    found = {path: _data_file(root, path, tree.files[path]) for path in sorted(chosen)}
    for path in sorted(read):
        if path in found:
            continue
        if path in tree.files:
            found[path] = DataFile(path=path, size=tree.files[path], why="no table of lines")
        elif inside := [size for name, size in tree.files.items() if name.startswith(f"{path}/")]:
            found[path] = DataFile(path=path, size=sum(inside), why=f"a folder of {len(inside):,} files")
    return found


def _data_file(root: Path, path: str, size: int) -> DataFile:
    if size < 1024 and first_line(root, path).startswith(_LFS):
        return DataFile(path=path, size=size, why="a pointer of Git LFS: `git lfs pull` brings the data", pointer="lfs")
    if path.lower().endswith(".parquet"):
        return DataFile(path=path, size=size, why="Parquet is not counted here")
    lines = lines_in(root, path, size)
    if lines is None:
        return DataFile(path=path, size=size, why=f"larger than {MOST_COUNTED >> 20} MiB, so not read")
    headed = path.lower().endswith((".csv", ".tsv"))
    return DataFile(path=path, size=size, rows=max(lines - headed, 0))


def large_files(tree: Tree) -> tuple[DataFile, ...]:
    """Large files that git tracks, or that anything else but data would be: told, never read."""
    return tuple(
        DataFile(path=path, size=size, why="tracked by git" if path in tree.tracked else "not tracked by git")
        for path, size in tree.files.items()
        if size > _LARGE
    )


def metrics_files(root: Path, tree: Tree) -> tuple[Metrics, ...]:
    """Files of metrics that are there: numbers by dotted name."""
    return tuple(
        Metrics(path=path, values=values, tracked=path in tree.tracked)
        for path in tree.files
        if posixpath.basename(path).lower() in _METRICS and (values := _numbers(read_text(root, path)))
    )


def _numbers(text: str | None) -> Mapping[str, float]:
    """The numbers of a JSON object by dotted name; empty where anything in it is no finite number."""
    try:
        value = json.loads(text or "")
    except (ValueError, RecursionError):
        return {}
    found: dict[str, float] = {}
    pending = [("", value)]
    while pending:
        name, one = pending.pop()
        if isinstance(one, dict):
            pending += [(f"{name}.{key}" if name else str(key), inner) for key, inner in one.items()]
        elif isinstance(one, int | float) and not isinstance(one, bool) and math.isfinite(one) and name:
            found[name] = float(one)
        else:
            return {}
    return dict(sorted(found.items()))
