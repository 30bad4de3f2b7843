"""Which columns of the rows a gate set asks for, beyond those that were declared.

Called by whoever reads predictions for a set: `slices: {by: [region]}` names a column as well as `groups:` does,
and `lower_is_better: [cost]` one of numbers. A column that is misspelt there would otherwise be judged the wrong way
round in silence; so the file is asked for it.
"""

from __future__ import annotations

from seatrial.evidence.policy import Columns
from seatrial.gates.policy import GateSet
from seatrial.replacing import replace


def columns_for(gate_set: GateSet, declared: Columns) -> Columns:
    """The declared columns with those that the set's gates name."""
    groups = dict.fromkeys((*declared.groups, *(name for grouping in groupings_of(gate_set) for name in grouping)))
    values = dict.fromkeys((*declared.values, *gate_set.lower_is_better))
    return replace(declared, groups=tuple(groups), values=tuple(values), cluster=declared.cluster or gate_set.cluster)


def groupings_of(gate_set: GateSet) -> tuple[tuple[str, ...], ...]:
    """The groupings, single columns and intersections, that gates of the set look at."""
    groupings: list[tuple[str, ...]] = []
    if gate_set.slices is not None:
        groupings += gate_set.slices.by
    if gate_set.fairness is not None:
        groupings += gate_set.fairness.protected
    if gate_set.calibration is not None:
        groupings += gate_set.calibration.by
    return tuple(dict.fromkeys(groupings))
