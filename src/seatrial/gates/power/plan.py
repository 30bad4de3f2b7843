"""What the gates of a set can say with the rows at hand, before any training: `seatrial gate --power`.

Called with the rows of the model in production, and of an older model beside it if there is one. For each gate it
says whether a model as good as production could pass at all, how often it would, and the smallest limit that these
rows can enforce. A gate that can never pass holds every promotion, and one finds out after a night of training.

Nothing of the set is passed over: a gate of which no chance can be told has a line that says why. Nothing here is a
verdict.
"""

from __future__ import annotations

from seatrial.gates.codes import Kind
from seatrial.gates.evidence import Case, LeftOut, Present
from seatrial.gates.looking import Looking, Trouble
from seatrial.gates.policy import Comparing, GateSet
from seatrial.gates.power.calibrated import calibration
from seatrial.gates.power.cases import behavioral
from seatrial.gates.power.compared import compared
from seatrial.gates.power.groups import fairness
from seatrial.gates.power.limits import performance
from seatrial.gates.power.outlook import Outlook
from seatrial.gates.power.unplanned import unplanned
from seatrial.gates.regression import covered
from seatrial.metrics.measure import JOINT
from seatrial.metrics.trouble import MetricError


def outlooks(gate_set: GateSet, looking: Looking, *, disagreement: float | None = None) -> tuple[Outlook, ...]:
    """At least one for each gate of the set, in the set's order: of slices the chance that all of them pass, of
    groups that of the smallest.

    The candidate of `looking` is production where it stands alone; else it is any other model, and the baseline is
    production. Its `cases` are the test cases of the set.
    """
    production = _of_production(gate_set, looking)
    found = list(performance(gate_set, production))
    regression, slices = gate_set.regression, gate_set.slices
    sides = (looking, production, disagreement)
    if regression is not None:
        found += _all(gate_set, regression.comparing, sides, Kind.REGRESSION, Kind.REGRESSION)
        if regression.anchor is not None:  # how the two models at hand differ says nothing of an older one
            alone = (production, production, disagreement)
            found += _all(gate_set, regression.anchor, alone, Kind.REGRESSION, f"{Kind.REGRESSION}.anchor")
    if slices is not None:
        found += _all(gate_set, slices.comparing, sides, Kind.SLICES, Kind.SLICES, slices.by)
    found += fairness(gate_set, production)
    found += calibration(gate_set, production)
    found += behavioral(gate_set.behavioral, looking.case.cases, disagreement)
    found += unplanned(gate_set)
    return tuple(found)


def _of_production(gate_set: GateSet, looking: Looking) -> Looking:
    baseline = looking.case.baseline
    if not isinstance(baseline, Present):
        return looking
    return Looking(gate_set, Case(candidate=baseline.evidence, baseline=LeftOut()))


def _all(
    gate_set: GateSet,
    rule: Comparing,
    sides: tuple[Looking, Looking, float | None],
    kind: Kind,
    prefix: str,
    groupings: tuple[tuple[str, ...], ...] = ((),),
) -> list[Outlook]:
    both, alone, disagreement = sides
    names = covered(gate_set, rule, alone)
    family = sum(alone.metric(name) is not None for name in names) * sum(_parts(alone, by) for by in groupings)
    return [
        compared(both, alone, rule, name, by, disagreement, kind=kind, prefix=prefix, family=family)
        for name in names
        for by in groupings
    ]


def _parts(alone: Looking, by: tuple[str, ...]) -> int:
    """How many slices a grouping has, each with an answer of its own. Rows that cannot be grouped are told later."""
    rows = alone.alone()
    if not by or isinstance(rows, Trouble):
        return 1
    if any(column not in rows.sample.groups for column in by):
        return 0
    try:
        groups = rows.groups(JOINT.join(by))
    except MetricError:  # of more combinations than can be counted
        return 0
    return 0 if groups is None else len(groups.names)
