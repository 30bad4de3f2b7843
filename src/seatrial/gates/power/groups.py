"""How often groups that are equal are shown to be alike: `--power` of the fairness gate.

A disparity is planned for by the law of the studentised range, with the size of the smallest group for all. A ratio
and an increase are not planned, and said to be so.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from seatrial.gates import wording
from seatrial.gates.codes import Kind
from seatrial.gates.fairness.questions import Question, questions
from seatrial.gates.looking import Looking, Trouble, figures
from seatrial.gates.policy import GateSet
from seatrial.gates.power.outlook import Outlook, often, untold
from seatrial.metrics.figures import Figure
from seatrial.metrics.measure import JOINT
from seatrial.stats import power as planning

_RATIO = (
    "how often equal groups keep a ratio hangs on how large a model's shares are, and is not planned; "
    "`max_disparity` is"
)
_INCREASE = "how a new model moves the groups apart is not known before it is trained"


def fairness(gate_set: GateSet, looking: Looking) -> Iterator[Outlook]:
    """A line for each attribute, metric and limit, as the gate has findings. `looking` is at production alone."""
    rule = gate_set.fairness
    if rule is None:
        return
    for grouping in rule.protected:
        key = JOINT.join(grouping)
        for question in questions(rule, looking):
            title = f"{Kind.FAIRNESS}.{question.asked}.{key}"
            if rule.max_disparity is not None:
                yield _disparity(title, looking, question, key, rule.max_disparity, rule.power)
            if rule.min_ratio is not None:
                yield untold(f"{title}.ratio", Kind.FAIRNESS, rule.min_ratio, _RATIO)
            if rule.max_increase is not None:
                yield untold(f"{title}.increase", Kind.FAIRNESS, rule.max_increase, _INCREASE)


def _disparity(title: str, looking: Looking, question: Question, key: str, limit: float, power: float) -> Outlook:
    if question.metric is None:
        why = "that is neither a fairness criterion nor a metric that Seatrial computes from rows"
        return untold(title, Kind.FAIRNESS, limit, why)
    known = figures(looking.alone(), question.metric, key)
    if isinstance(known, Trouble):
        return untold(title, Kind.FAIRNESS, limit, known.message)
    if len(known) < 2:
        return untold(title, Kind.FAIRNESS, limit, f"all rows have the same {key}", n=known[0].n if known else 0)
    n = min(figure.n if figure.share is None else figure.share[1] for figure in known)
    if any(figure.undefined is not None for figure in known):
        return untold(title, Kind.FAIRNESS, limit, "in some group it has no value", n=n, can_pass=False)
    spread = _spread(known, n)
    if spread is None:
        return untold(title, Kind.FAIRNESS, limit, "in some group too few rows carry its spread", n=n)
    return _planned(title, len(known), n, spread, limit, question.alpha, power)


def _spread(groups: tuple[Figure, ...], n: int) -> float | None:
    """The deviation of what a row adds, that of the group with the largest; None where one is not to be
    believed, as the gate has it."""
    if all(figure.share is not None for figure in groups):  # of a share, per row of its denominator
        return max(math.sqrt(each.candidate * (1 - each.candidate)) for each in groups) or 0.5 / math.sqrt(n)
    seen = [each.own for each in groups if each.own is not None and each.own.effective_units >= each.least]
    if len(seen) < len(groups):
        return None
    return max(own.standard_error * math.sqrt(each.n) for own, each in zip(seen, groups, strict=True))


def _planned(title: str, groups: int, n: int, spread: float, limit: float, alpha: float, power: float) -> Outlook:
    chance = planning.range_power(n, groups, spread, limit=limit, alpha=alpha)
    smallest = planning.smallest_range_limit(n, groups, spread, alpha=alpha, power=power)
    needed = planning.range_rows(groups, spread, limit=limit, alpha=alpha, power=power)
    return Outlook(
        name=title,
        kind=Kind.FAIRNESS,
        n=n,
        limit=limit,
        can_pass=chance > 0,
        message=f"{groups} equal groups pass {often(chance)}; the smallest has {wording.rows(n)}, "
        f"and {smallest:.3g} is the smallest limit that all can be shown to keep",
        chance=chance,
        smallest=smallest,
        n_needed=needed,
    )
