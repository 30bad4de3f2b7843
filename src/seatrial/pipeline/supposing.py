"""What a change to some paths would reach that nobody has made: evidence at its worst, and what would run.

Pure. Called by `flows/what_if.py`. Of a file that is only supposed to change every definition may, of a parameters
file every value, of an out its bytes; so the answer is the most that such a change can come to.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct

from seatrial.errors import some_of
from seatrial.pipeline.evidence_of_change import Evidence, Grade, Hop, View, place_of
from seatrial.pipeline.expand import Cell
from seatrial.pipeline.parameters import used_parameters
from seatrial.pipeline.plan import PlannedCell
from seatrial.pipeline.reach import Class, Classified
from seatrial.pipeline.select import Action
from seatrial.replacing import replace


class Supposed(Struct, frozen=True, kw_only=True):
    """One cell that would run. `estimate` is in seconds, None without history; `now` is what it would do without the
    supposed change."""

    cell: Cell
    action: Action
    reason: str
    now: Action
    evidence: tuple[Evidence, ...] = ()
    estimate: float | None = None

    @property
    def gpu_seconds(self) -> float:
        """The time of devices it would take, as far as its own time is known."""
        return (self.estimate or 0.0) * self.cell.spec.resources.gpus


def beyond_files(view: View, paths: Iterable[str], config_file: str) -> Iterator[Evidence]:
    """What changed paths reach that lies in no closure and is no dep of the tree: values of parameters, the declaration
    itself, and what other stages make."""
    wanted = frozenset(paths)
    if view.params_file in wanted and view.params_file is not None:
        named = used_parameters(view.cell)
        if named:
            reason = f"{view.params_file} changed, and it uses {some_of([f'params.{name}' for name in named])}"
            chain = (view.declared_at, place_of(view, f"params.{named[0]}"))
            yield Evidence(path=view.params_file, grade=Grade.FILE, reason=reason, chain=chain)
    if config_file in wanted:
        reason = f"{config_file} changed, and it is declared there"
        yield Evidence(path=config_file, grade=Grade.FILE, reason=reason, chain=(view.declared_at,))
    for dep in view.cell.deps or ():
        for made in dep.produced:
            for path in sorted(wanted):
                if path == made.path or path.startswith(f"{made.path}/"):
                    reason = f"{path} changed, and is its dep {dep.name}"
                    yield Evidence(
                        path=path, grade=Grade.FILE, reason=reason, chain=(view.declared_at, Hop(path, None, dep.name))
                    )


def of_outs(classified: Iterable[Classified], makers: Mapping[str, str]) -> tuple[Classified, ...]:
    """Changed paths, those that a stage makes told as what they are. `makers` gives the cell by path."""
    return tuple(
        replace(
            one,
            classification=Class.IRRELEVANT,
            reason=f"{makers[one.path]} makes it anew, and no stage here reads it",
            stages=(),
        )
        if one.path in makers and one.classification is Class.UNKNOWN
        else one
        for one in classified
    )


def would_run(
    planned: Iterable[PlannedCell], evidence: Mapping[str, tuple[Evidence, ...]], seconds: Mapping[str, float]
) -> tuple[Supposed, ...]:
    """The cells that would run because of the change, producers first: those it reaches, and those that read what
    these make."""
    found: dict[str, Supposed] = {}
    for one in planned:
        name = one.cell.name
        some = evidence.get(name, ())
        acting = tuple(maker for maker in one.cell.producers if maker in found)
        if some:
            action, reason = Action.RUN, some[0].reason
        elif acting:
            action, reason = Action.RUN_IF_CHANGED, f"runs if {' or '.join(acting)} makes something new"
        else:
            continue
        found[name] = Supposed(
            cell=one.cell, action=action, reason=reason, now=one.action, evidence=some, estimate=seconds.get(name)
        )
    return tuple(found.values())


class Cost(Struct, frozen=True, kw_only=True):
    """Seconds that some cells take, one after the other; `gpu` counts each device. `unknown` are cells without
    history, which are not in the sums."""

    seconds: float
    gpu: float
    unknown: tuple[str, ...] = ()


def cost(cells: Iterable[Supposed], action: Action) -> Cost:
    """What the cells with an action cost together."""
    chosen = [one for one in cells if one.action is action]
    return Cost(
        seconds=sum(one.estimate or 0.0 for one in chosen),
        gpu=sum(one.gpu_seconds for one in chosen),
        unknown=tuple(one.cell.name for one in chosen if one.estimate is None),
    )
