"""Four ways to select stages for a change, asked about the same faults.

- path list: each stage lists path prefixes by hand, as CI files do (`stage_list` says which).
- file graph: the import graph of `ruff analyze graph`; a stage is selected when a file that its command starts
  from, or one that those import in turn, changed, or a file or glob that it names.
- symbol graph: Seatrial's evidence by names alone, that is without stages that have only `file` evidence.
- ours: what `seatrial plan` does.

The first two are given what they cannot know: a stage that reads what a selected stage makes is selected too.
"""

from __future__ import annotations

import fnmatch
import json
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from benchmarks.change.asking import Choice
from benchmarks.change.stages import Stage, dep_path

NAMES = ("path list", "file graph", "symbol graph", "ours")


def by_path_list(stages: Sequence[Stage], changed: str) -> set[str]:
    """The stages with a prefix of the changed path, and what reads their outs."""
    return _onward(stages, (stage.name for stage in stages if changed.startswith(stage.by_hand)))


def by_symbols(choices: Mapping[str, Choice]) -> set[str]:
    """Selected, and by more than a file that is loaded or named."""
    return {name for name, choice in choices.items() if choice.selected and choice.grade != "file"}


def by_plan(choices: Mapping[str, Choice]) -> set[str]:
    """Selected; what is put off and owed is counted apart by the campaign."""
    return {name for name, choice in choices.items() if choice.selected}


class FileGraph:
    """The static import graph of one tree, and from where each stage starts in it."""

    def __init__(self, folder: Path, stages: Sequence[Stage]) -> None:
        self._stages = stages
        graph = _graph(folder)
        by_name = {stage.name: stage for stage in stages}
        self._closures = {stage.name: _closure(graph, stage.entry) for stage in stages}
        self._named = {
            stage.name: (*stage.watches, *(dep_path(dep, by_name) for dep in stage.deps.values())) for stage in stages
        }

    def selected(self, changed: str) -> set[str]:
        """The stages that import the changed file, or name it, and what reads their outs."""
        return _onward(
            self._stages,
            (
                stage.name
                for stage in self._stages
                if changed in self._closures[stage.name]
                or any(fnmatch.fnmatch(changed, pattern.replace("**/", "*")) for pattern in self._named[stage.name])
            ),
        )


def _graph(folder: Path) -> Mapping[str, Sequence[str]]:
    ruff = Path(sys.prefix) / "bin" / "ruff"
    options = ("analyze", "graph", "--isolated", "--config", 'src=["src", "tools", "."]')
    told = subprocess.run([str(ruff), *options, "."], cwd=folder, check=True, capture_output=True).stdout
    graph: Mapping[str, Sequence[str]] = json.loads(told)
    return graph


def _closure(graph: Mapping[str, Sequence[str]], entry: Iterable[str]) -> frozenset[str]:
    prefixes = tuple(path for path in entry if path.endswith("/"))
    pending = [path for path in entry if not path.endswith("/")]
    pending += [path for path in graph if prefixes and path.startswith(prefixes)]
    found = set(pending)
    while pending:
        new = [path for path in graph.get(pending.pop(), ()) if path not in found]
        found.update(new)
        pending += new
    return frozenset(found)


def _onward(stages: Sequence[Stage], selected: Iterable[str]) -> set[str]:
    found = set(selected)
    by_name = {stage.name: stage for stage in stages}
    for stage in stages:  # producers come first
        if found.intersection(stage.producers(by_name)):
            found.add(stage.name)
    return found
