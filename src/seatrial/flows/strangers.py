"""What a run of a stranger's code goes without, and what is therefore put off.

Called by `vouching` where the run is of a pull request from a fork (`forge/whose.py` says so). Such a run gets no
secret, asks for no device and begins nothing dear; what needs them is deferred, which is owed and holds promotion, and
is no failure of the stranger's.

Subtle: this is courtesy and bookkeeping. Whoever can change the workflow of a pull request can call Seatrial as they
like; what keeps them out is what CI gives their run (docs/reference/reviewing.md).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from msgspec import Struct

from seatrial.pipeline.deferral import Cause, Deferral
from seatrial.pipeline.plan import PlannedCell
from seatrial.pipeline.policy import SelectionPolicy
from seatrial.pipeline.select import Action
from seatrial.report.numbers import duration, plural


class Given(Struct, frozen=True, kw_only=True):
    """What a run of a stranger's code is given. `commit` is the one it runs, `dear`: somebody who may has allowed
    dear stages for it."""

    commit: str | None
    dear: bool = False


def put_off(
    cells: Iterable[PlannedCell], selection: SelectionPolicy, seconds: Mapping[str, float], given: Given
) -> dict[str, Deferral]:
    """The cells that are put off, each with why. `seconds` are what cells usually take, where that is known. What is
    reused needs nothing, so it stays."""
    found: dict[str, Deferral] = {}
    for planned in cells:
        reason = None if planned.action is Action.REUSE else _reason(planned, selection, seconds, given)
        if reason is not None:
            found[planned.cell.name] = Deferral(reason=reason, cause=Cause.TRUST)
    return found


def _reason(planned: PlannedCell, selection: SelectionPolicy, seconds: Mapping[str, float], given: Given) -> str | None:
    cell = planned.cell
    if cell.spec.secrets:
        return f"it needs the secret {cell.spec.secrets[0]}, which code from a fork is not given"
    out_of_reach = [url for url, standing in planned.inputs.addresses.items() if standing.out_of_reach]
    if out_of_reach:
        return f"it reads {out_of_reach[0]}, for which code from a fork has no credentials"
    if given.dear or not selection.is_dear(cell.spec.resources, seconds.get(cell.name)):
        return None
    gpus = cell.spec.resources.gpus
    dear = f"asks for {plural(gpus, 'GPU')}" if gpus else f"usually takes {duration(seconds[cell.name])}"
    named = f" {given.commit}" if given.commit else ""
    return f"it {dear}, and code from a fork may not, until a maintainer comments `/seatrial run{named}`"
