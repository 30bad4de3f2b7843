"""How often groups that are alike are shown to be so: `--power` of the fairness gate.

A disparity and a ratio are planned with what the gate itself plans with (`gates/fairness/plan.py`), so that the rows
named here are those that its verdict names. An increase is not planned, and said to be so.
"""

from __future__ import annotations

from collections.abc import Iterator

from seatrial.gates import wording
from seatrial.gates.codes import Kind
from seatrial.gates.fairness.plan import alike, chance, never, rows_needed, smallest
from seatrial.gates.fairness.questions import Question, questions
from seatrial.gates.fairness.records import Limit
from seatrial.gates.looking import Looking, Trouble, figures
from seatrial.gates.policy import GateSet
from seatrial.gates.power.outlook import Outlook, of_production, often, untold
from seatrial.metrics.figures import Figure
from seatrial.metrics.measure import JOINT

_UNKNOWN = "that is neither a fairness criterion nor a metric that Seatrial computes from rows"
_NO_RATIO = "a ratio is bounded for shares of rows only, and rows in clusters are not counted as such"
_INCREASE = "how a new model moves the groups apart is not known before it is trained"


def fairness(gate_set: GateSet, looking: Looking) -> Iterator[Outlook]:
    """A line for each attribute, metric and limit, as the gate has findings. `looking` is at production alone."""
    rule = gate_set.fairness
    if rule is None:
        return
    named = (("difference", rule.max_disparity), ("ratio", rule.min_ratio), ("increase", rule.max_increase))
    limits = [Limit(what=what, value=value) for what, value in named if value is not None]
    for grouping in rule.protected:
        key = JOINT.join(grouping)
        for question in questions(rule, looking):
            for limit in limits:
                yield _outlook(looking, question, key, limit, rule.power)


def _outlook(looking: Looking, question: Question, key: str, limit: Limit, power: float) -> Outlook:
    suffix = "" if limit.what == "difference" else f".{limit.what}"
    title = f"{Kind.FAIRNESS}.{question.asked}.{key}{suffix}"
    if question.metric is None:
        return untold(title, Kind.FAIRNESS, limit.value, _UNKNOWN)
    known = figures(looking.alone(), question.metric, key)
    if isinstance(known, Trouble):
        return untold(title, Kind.FAIRNESS, limit.value, of_production(known))
    n = sum(figure.n for figure in known)
    never = _never(known, key, limit.what)
    if never is not None:
        return untold(title, Kind.FAIRNESS, limit.value, never, n=n, can_pass=False)
    if limit.what == "increase":
        return untold(title, Kind.FAIRNESS, limit.value, _INCREASE, n=n)
    return _planned(title, question, known, limit, power)


def _never(known: tuple[Figure, ...], key: str, what: str) -> str | None:
    """Why the gate cannot pass whatever the limit is, if so."""
    if len(known) < 2:
        return f"all rows have the same {key}, so there are no groups to compare"
    lacking = [figure for figure in known if figure.undefined is not None]
    if lacking:
        return f"it has no value in {len(lacking)} of {len(known)} groups, so that no limit can be shown to be kept"
    if what == "ratio" and any(figure.share is None for figure in known):
        return _NO_RATIO
    if what == "ratio" and not any(figure.share is not None and figure.share[0] for figure in known):
        return "it is 0 in every group, and a ratio of nothing to nothing has no value"
    return None


def _planned(title: str, question: Question, known: tuple[Figure, ...], limit: Limit, power: float) -> Outlook:
    n, alpha = sum(figure.n for figure in known), question.alpha
    plan = alike(known)
    if plan is None:
        why = "in some group too few rows carry its spread"
        return untold(title, Kind.FAIRNESS, limit.value, why, n=n)
    passing = chance(plan, limit, alpha)
    tightest = smallest(plan, limit.what, alpha, power)
    least = min(figure.n if figure.share is None else figure.share[1] for figure in known)
    groups = f"{len(known)} equal groups"
    lost = never(plan, limit, alpha)
    if lost:
        said = f"{groups} are never shown to be alike with these rows"
    elif passing > 0.0:
        said = f"{groups} pass {often(passing)}"
    else:
        said = f"how often {groups} pass cannot be told, as so few rows are in the smallest"
    said += f"; of {wording.rows(n)} the smallest has {least:,}, and "
    if tightest is None:
        said += "no limit can be shown to be kept by all"
    else:
        word = "largest" if limit.what == "ratio" else "smallest"
        said += f"{tightest:.3g} is the {word} limit that all can be shown to keep"
    return Outlook(
        name=title,
        kind=Kind.FAIRNESS,
        n=n,
        limit=limit.value,
        can_pass=not lost,
        message=said if question.note is None else f"{said}; {question.note}",
        chance=passing if lost or passing > 0.0 else None,
        smallest=tightest,
        n_needed=rows_needed(plan, limit, alpha, power),
    )
