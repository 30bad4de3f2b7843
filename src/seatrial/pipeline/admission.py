"""What of a plan can never run on this machine, found before anything of it starts.

Called by the scheduler. A cell that another machine could run is deferred when its turn comes; one that
needs more than any start could give it here is a mistake, and told at once with all its like. Where devices or
tokens will be leased, their folder is made now: that it cannot be is no news for the third hour of a run.
"""

from __future__ import annotations

from seatrial.errors import ConfigError, Place, Problem
from seatrial.pipeline.allotment import Allotter
from seatrial.pipeline.events import EventLog
from seatrial.pipeline.plan import Plan
from seatrial.pipeline.select import Action


def admit(plan: Plan, allotter: Allotter, events: EventLog) -> None:
    """Raise ConfigError, naming all of them, for cells that must run and never can; OutsideError where nothing
    can be leased. A cell that asks for more cores than there are is warned of."""
    problems: list[Problem] = []
    leased = False
    for planned in plan.cells:
        spec = planned.cell.spec
        if planned.action is Action.REUSE:
            continue
        found = allotter.impossible(spec.resources)
        if found is None:
            leased = leased or bool(spec.resources.gpus or spec.resources.tokens)
            if warning := allotter.shortened(spec.resources):
                events.add("machine_warning", cell=planned.cell.name, message=warning)
        elif not found.deferred and planned.action is Action.RUN:
            problems.append(
                Problem(
                    message=f"stage {planned.cell.name} can never run here: {found.reason}",
                    place=spec.place or Place(file="seatrial.yaml", key=f"stages.{spec.name}.resources"),
                    next_step="correct `resources:`, or run it on a machine that has them",
                )
            )
    if problems:
        raise ConfigError(problems[0].message, problems=tuple(problems))
    if leased:
        allotter.prepare()
