"""Which cells this machine will have to defer, as far as that is known before anything runs.

Called by `forecasting`, for the plan and the time it takes, and by `explaining`. The scheduler decides
for itself when it comes to a cell; this asks the same account of the machine. A cell that runs only if
something changed is not foretold, because it may be reused after all. Devices are looked for only where a
cell that is to run asks for one.
"""

from __future__ import annotations

from collections.abc import Mapping

from seatrial.flows.engine import Prepared, allotter_of
from seatrial.flows.workspace import Workspace
from seatrial.pipeline.calling_off import behind_deferred
from seatrial.pipeline.select import Action


def foresee(workspace: Workspace, prepared: Prepared) -> Mapping[str, str]:
    """Why cells will be deferred, by cell, in the scheduler's own words."""
    asking = [one for one in prepared.plan.cells if one.action is Action.RUN and one.cell.spec.resources.gpus]
    if not asking:
        return {}
    allotter = allotter_of(workspace, prepared.host.policy, run="")
    found: dict[str, str] = {}
    for planned in prepared.plan.cells:
        name, cell = planned.cell.name, planned.cell
        behind = [other for other in cell.before if other in found]
        if planned.action is Action.REUSE:
            continue
        if behind:
            found[name] = behind_deferred(behind)
        elif planned.action is Action.RUN and cell.spec.resources.gpus:
            lacking = allotter.impossible(cell.spec.resources)
            if lacking is not None and lacking.deferred:
                found[name] = lacking.reason
    return found
