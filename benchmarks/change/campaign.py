"""Faults by the hundred: inject one, run everything, ask every method, put it back.

Called by `python -m benchmarks.change --faults`. A stage is *affected* when its outcome is another than without the
fault; a *miss* is an affected stage that a method would not have run. What a plan defers is counted apart: it is owed,
not forgotten. The tree without faults is run again at the end, and whatever came out otherwise voids the campaign.
"""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.change import asking, methods
from benchmarks.change.faults import LOCK, Fault, draw
from benchmarks.change.projects import Project, git
from benchmarks.change.running import Outcome
from benchmarks.measuring import UnexpectedError


@dataclass(slots=True, kw_only=True)
class Tally:
    """What one method did over all faults of one project, in pairs of a fault and a stage."""

    affected: int = 0
    missed: int = 0
    selected: int = 0
    right: int = 0
    launches: int = 0
    dear: int = 0
    dear_selected: int = 0

    def add(self, project: Project, affected: AbstractSet[str], selected: AbstractSet[str]) -> None:
        """Count one fault."""
        stages = project.place.stages
        dear = {stage.name for stage in stages if stage.dear}
        self.affected += len(affected)
        self.missed += len(affected - selected)
        self.right += len(affected & selected)
        self.selected += len(selected)
        self.launches += len(stages)
        self.dear += len(dear)
        self.dear_selected += len(dear & selected)


@dataclass(slots=True, kw_only=True)
class Counted:
    """Everything that a campaign found out about one project."""

    project: str
    faults: int = 0
    harmful: int = 0
    """Faults that affect at least one stage."""
    put_off: int = 0
    """Affected stages that the plan defers."""
    unneeded: int = 0
    """Dear stages selected only because of what they read, whose producers then made the same."""
    seconds: float = 0.0
    planning: float = 0.0
    tallies: dict[str, Tally] = field(default_factory=lambda: {name: Tally() for name in methods.NAMES})
    misses: list[str] = field(default_factory=list)
    """Each miss of ours, for people."""
    each: list[str] = field(default_factory=list)
    """One line for each fault, for people."""


Ask = Callable[[str, str], Mapping[str, asking.Choice]]
"""What would be selected between two revisions."""


def seatrial_plan(project: Project, home: Path) -> Ask:
    """Ask Seatrial about a project."""
    variables = asking.surroundings(project.venv, home)
    folder, settings = project.place.folder, project.configuration
    return lambda base, head: asking.ask(asking.command(folder, settings, base, head, project.tier), variables)


def inject(project: Project, number: int, seed: int, ask: Ask) -> Counted:
    """Inject so many faults into a project, one after another."""
    begun = time.perf_counter()
    chance = random.Random(f"{seed} {project.name}")
    counted = Counted(project=project.name)
    before = _healthy(project)
    graph = methods.FileGraph(project.place.folder, project.place.stages)
    base = git(project.place.folder, "rev-parse", "HEAD")
    for done in range(number):
        fault = draw(project.files, chance, project.kinds)
        head = _apply(project, fault)
        try:
            outcomes = project.place.run()
            asked = time.perf_counter()
            choices = ask(base, head)
            counted.planning += time.perf_counter() - asked
        finally:
            _put_back(project, fault, base)
        _count(counted, project, fault, _differing(before, outcomes), graph, choices)
        _progress(project, done + 1, number)
    changed = _differing(before, project.place.run())
    if changed:
        raise UnexpectedError(f"without any fault these came out otherwise than before: {sorted(changed)}")
    counted.seconds = time.perf_counter() - begun
    return counted


def _healthy(project: Project) -> Mapping[str, Outcome]:
    """What comes of every stage without a fault: each must pass, and come out the same twice."""
    first = project.place.run()
    failed = {name: outcome.said for name, outcome in first.items() if outcome.code != 0}
    if failed:
        raise UnexpectedError(f"stages fail without any fault: {failed}")
    unstable = _differing(first, project.place.run())
    if unstable:
        raise UnexpectedError(f"stages come out otherwise each time: {sorted(unstable)}")
    return first


def _apply(project: Project, fault: Fault) -> str:
    folder = project.place.folder
    (folder / fault.path).write_text(fault.text)
    git(folder, "commit", "--quiet", "--all", "--message", f"{fault.kind.value}: {fault.path}")
    project.install()
    return git(folder, "rev-parse", "HEAD")


def _put_back(project: Project, fault: Fault, base: str) -> None:
    git(project.place.folder, "reset", "--quiet", "--hard", base)
    if fault.path in (LOCK, "pyproject.toml"):
        project.install()


def _differing(before: Mapping[str, Outcome], after: Mapping[str, Outcome]) -> set[str]:
    return {name for name, outcome in after.items() if outcome.differs(before[name])}


def _count(
    counted: Counted,
    project: Project,
    fault: Fault,
    affected: AbstractSet[str],
    graph: methods.FileGraph,
    planned: Mapping[str, asking.Choice],
) -> None:
    stages = project.place.stages
    unplanned = {stage.known_as for stage in stages} - planned.keys()
    if unplanned:
        raise UnexpectedError(f"the plan says nothing of {sorted(unplanned)}")
    choices = {stage.name: planned[stage.known_as] for stage in stages}
    selections = {
        "path list": methods.by_path_list(stages, fault.path),
        "file graph": graph.selected(fault.path),
        "symbol graph": methods.by_symbols(choices),
        "ours": methods.by_plan(choices),
    }
    for name, selected in selections.items():
        counted.tallies[name].add(project, affected, selected)
    counted.faults += 1
    counted.harmful += bool(affected)
    counted.put_off += sum(choices[name].action == "defer" for name in affected)
    by_name = {stage.name: stage for stage in stages}
    counted.unneeded += sum(
        stage.dear and choices[stage.name].action == "run_if_changed" and not affected & {*stage.producers(by_name)}
        for stage in stages
    )
    what = f"{fault.kind.value} in {fault.path}:{fault.line} ({fault.what})"
    counted.each.append(f"{what}: affects {len(affected)}; " + _sizes(project, selections))
    for name in sorted(affected - selections["ours"]):
        counted.misses.append(f"{project.name}: {name} after {what}: {choices[name].action}, {choices[name].reason}")


def _sizes(project: Project, selections: Mapping[str, AbstractSet[str]]) -> str:
    dear = {stage.name for stage in project.place.stages if stage.dear}
    return ", ".join(f"{name} {len(found)} ({len(found & dear)} dear)" for name, found in selections.items())


def _progress(project: Project, done: int, number: int) -> None:
    if done % 20 == 0 or done == number:
        print(f"{project.name}: {done} of {number} faults", file=sys.stderr, flush=True)
