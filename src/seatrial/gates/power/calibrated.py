"""How often a calibrated model with production's scores is shown to be so: `--power` of the calibration gate.

Planned with what the gate itself plans with (`gates/calibration/plan.py`). A new model has scores of its own, which
nobody knows before it is trained; production's, where there are any, are the nearest guess, and the line says so.
"""

from __future__ import annotations

from collections.abc import Iterator

from seatrial.gates import wording
from seatrial.gates.calibration.plan import can_be_planned, chance, rows_needed, smallest
from seatrial.gates.calibration.seen import Seen, errors, gaps
from seatrial.gates.codes import Kind, Reason
from seatrial.gates.looking import Looking, Trouble
from seatrial.gates.policy import Calibration, GateSet
from seatrial.gates.power.outlook import Outlook, of_production, often, untold
from seatrial.metrics.measure import JOINT

_NO_SCORES = (
    "how far scores lie from what comes true hangs on the scores, and these rows have none; --score names their column"
)


def calibration(gate_set: GateSet, looking: Looking) -> Iterator[Outlook]:
    """A line for each limit and grouping, as the gate has findings. `looking` is at production alone."""
    rule = gate_set.calibration
    if rule is None:
        return
    for grouping in ((), *rule.by):
        key = JOINT.join(grouping) or None
        for what, limit, measure in (("max_error", rule.max_error, errors), ("max_gap", rule.max_gap, gaps)):
            if limit is not None:
                name = ".".join((Kind.CALIBRATION, what, *((key,) if key else ())))
                yield _outlook(name, rule, limit, measure(looking, rule, key))


def _outlook(name: str, rule: Calibration, limit: float, seen: list[Seen] | Trouble) -> Outlook:
    kind = Kind.CALIBRATION
    if isinstance(seen, Trouble):
        return untold(name, kind, limit, _NO_SCORES if seen.reason is Reason.SCORE_MISSING else of_production(seen))
    n = sum(each.n for each in seen)
    if not can_be_planned(seen):
        silent = [each for each in seen if each.noise is None]
        where = "" if len(seen) == 1 else f"in {silent[0].name} "
        why = f"{where}{silent[0].note}, so that a model like it cannot be shown to be within any limit"
        return untold(name, kind, limit, why, n=n, can_pass=False)
    passing = chance(seen, limit, rule.alpha)
    tightest = smallest(seen, rule.alpha, rule.power)
    said = f"a calibrated model with production's scores passes {often(passing)}, approximately"
    if passing <= 0.0:
        said = f"no calibrated model with production's scores could be shown to be within with {wording.rows(n)}"
    least = f"the smallest of {len(seen)} groups has {min(each.n for each in seen):,} rows, and "
    said += "; " + ("" if len(seen) == 1 else least)
    said += "no limit can be shown" if tightest is None else f"{tightest:.3g} is the smallest limit it is shown to keep"
    return Outlook(
        name=name,
        kind=kind,
        n=n,
        limit=limit,
        can_pass=passing > 0.0,
        message=said,
        chance=passing,
        smallest=tightest,
        n_needed=rows_needed(seen, limit, rule.alpha, rule.power),
    )
