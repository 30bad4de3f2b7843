"""What a plan asks of a machine and can never get there, refused before anything starts.

Called by the scheduler.
"""

from __future__ import annotations

from seatrial.errors import ConfigError, Place, Problem
from seatrial.pipeline.allotment import Allotter
from seatrial.pipeline.events import EventLog
from seatrial.pipeline.plan import Plan
from seatrial.pipeline.select import Action


def refuse_impossible(plan: Plan, allotter: Allotter, events: EventLog) -> None:
    """Raise ConfigError, with all of them, when the plan has cells that must run and never can; warn of those that
    will run alone."""
    problems = []
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
            place = spec.place or Place(file="seatrial.yaml", key=f"stages.{spec.name}.resources")
            problems.append(
                Problem(
                    message=f"stage {planned.cell.name} can never run here: {found.reason}",
                    place=place,
                    next_step="correct `resources:`, or run it on a machine that has them",
                )
            )
    if problems:
        raise ConfigError(problems[0].message, problems=tuple(problems))
    if leased:
        allotter.prepare()
