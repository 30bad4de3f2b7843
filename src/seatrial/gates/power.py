"""What the gates of a set can say with the rows at hand, before any training: `seatrial gate --power`.

Called with the rows of the model in production, and of an older model beside it if there is one. For each gate it
says whether a model as good as production could pass at all, how often it would, and the smallest limit that these
rows can enforce. A gate that can never pass holds every promotion, and one finds out after a night of training.

How much a new model will differ from production is not known before it exists. With two models at hand it is taken from
them; with one it is assumed (`disagreement`), and said. Nothing here is a verdict.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from msgspec import Struct

from seatrial.gates import wording
from seatrial.gates.codes import Kind
from seatrial.gates.comparison import figures_for
from seatrial.gates.fairness.criteria import CALIBRATION, find
from seatrial.gates.looking import Looking, Trouble, figures
from seatrial.gates.policy import Comparing, GateSet
from seatrial.gates.regression import covered, margin_for
from seatrial.metrics.catalog import Family, Metric
from seatrial.metrics.figures import Figure
from seatrial.metrics.measure import CALIBRATION_GAP, JOINT, Measuring
from seatrial.stats import power as planning
from seatrial.stats.rows import fewest_rows

DISAGREEMENT = 0.05
"""The share of rows that a new model answers differently, where nothing better is known."""
_ALIKE = 0.9
"""How far two models' losses (or scores) go together, where nothing better is known: their correlation."""


class Outlook(Struct, frozen=True, kw_only=True):
    """What to expect of one gate. `can_pass` is False where no model could, None where it cannot be told; `chance` is
    that of a model as good as production; `smallest` is the tightest limit that these rows enforce with the power
    asked for; `n` counts the rows it rests on, `n_needed` those that give that power at the limit as it is."""

    name: str
    kind: str
    n: int
    limit: float | None
    can_pass: bool | None
    message: str
    chance: float | None = None
    smallest: float | None = None
    n_needed: int | None = None


def outlooks(gate_set: GateSet, looking: Looking, *, disagreement: float | None = None) -> tuple[Outlook, ...]:
    """One for each gate and metric; of slices and groups that with the fewest rows."""
    found = list(_limits(gate_set, looking))
    regression, slices = gate_set.regression, gate_set.slices
    if regression is not None:
        names = covered(gate_set, regression.comparing, looking)
        found += [_compared(looking, regression.comparing, name, (), disagreement) for name in names]
    if slices is not None:
        names = covered(gate_set, slices.comparing, looking)
        found += [_compared(looking, slices.comparing, name, by, disagreement) for name in names for by in slices.by]
    found += _fairness(gate_set, looking)
    return tuple(found)


def _limits(gate_set: GateSet, looking: Looking) -> Iterator[Outlook]:
    for name, bound in gate_set.performance.items():
        if bound.confidence is None:
            continue
        metric = looking.metric(name)
        known = None if metric is None else figures(looking.alone(), metric)
        for key, limit in (("min", bound.min), ("max", bound.max)):
            if limit is None:
                continue
            title = f"{Kind.PERFORMANCE}.{name}.{key}"
            if known is None or isinstance(known, Trouble):
                yield _untold(
                    title, Kind.PERFORMANCE, limit, "it is not computed from rows" if known is None else known.message
                )
                continue
            yield _limit(title, known[0], limit, 1 - bound.confidence, least=key == "min")


def _limit(title: str, figure: Figure, limit: float, alpha: float, *, least: bool) -> Outlook:
    """For a model with production's own value."""
    value, n = figure.candidate, figure.n if figure.share is None else figure.share[1]
    slack = value - limit if least else limit - value
    said = f"production has {value:.4g}"
    if slack <= 0:
        return _untold(title, Kind.PERFORMANCE, limit, f"{said}, which is not within the limit", n=n)
    if figure.share is not None:
        share, level = (value, limit) if least else (1 - value, 1 - limit)
        can = planning.all_pass_rate(n, alpha=alpha) >= level
        bounded = 0 < level < 1
        chance = planning.share_power(n, share, limit=level, alpha=alpha) if bounded else None
        needed = planning.share_rows(share, limit=level, alpha=alpha, power=0.8) if bounded else None
        text = f"{said}; a model like it passes {_often(chance)}"
        if not can:
            text = f"not even a flawless model could show it with {wording.rows(n)}"
        return Outlook(
            name=title,
            kind=Kind.PERFORMANCE,
            n=n,
            limit=limit,
            can_pass=can,
            message=text,
            chance=chance,
            n_needed=needed,
        )
    if figure.own is None:
        return _untold(title, Kind.PERFORMANCE, limit, f"{said}; its spread cannot be seen", n=n)
    variance = figure.own.standard_error**2 * figure.own.n
    chance = planning.mean_power(figure.own.n, variance, margin=slack, alpha=alpha)
    needed = planning.mean_rows(variance, margin=slack, alpha=alpha, power=0.8)
    text = f"{said}; a model like it passes {_often(chance)}"
    return Outlook(
        name=title, kind=Kind.PERFORMANCE, n=n, limit=limit, can_pass=True, message=text, chance=chance, n_needed=needed
    )


def _compared(looking: Looking, rule: Comparing, name: str, by: tuple[str, ...], disagreement: float | None) -> Outlook:
    kind = Kind.SLICES if by else Kind.REGRESSION
    key = JOINT.join(by)
    title = f"{kind}.{name}" + (f".{key}" if by else "")
    metric, margin = looking.metric(name), margin_for(rule, name)
    if metric is None:
        return _untold(title, kind, margin.value, "it is not computed from rows")
    other = looking.paired()
    both = isinstance(other, Measuring) and disagreement is None
    rows = other if both else looking.alone()
    known = figures_for(rows, metric, margin, key or None)
    if isinstance(known, Trouble) or isinstance(rows, Trouble):
        trouble = known if isinstance(known, Trouble) else rows
        return _untold(title, kind, margin.value, trouble.message if isinstance(trouble, Trouble) else "")
    groups = rows.groups(key) if by else None
    names = ("",) if groups is None else groups.names
    each = [
        _one(
            title,
            kind,
            metric,
            figure,
            margin.value * (abs(figure.candidate) if margin.relative else 1.0),
            rule,
            label,
            disagreement,
        )
        for label, figure in zip(names, known, strict=True)
    ]
    return min(each, key=lambda one: (one.can_pass is not False, one.chance if one.chance is not None else -1.0))


def _one(
    title: str,
    kind: Kind,
    metric: Metric,
    figure: Figure,
    margin: float,
    rule: Comparing,
    label: str,
    disagreement: float | None,
) -> Outlook:
    if figure.undefined is not None:
        return _untold(title, kind, margin, f"{_in(label)}{figure.undefined}", n=figure.n)
    n = figure.n if figure.share is None else figure.share[1]
    if figure.share is not None:
        pairs = figure.paired
        differs = disagreement or DISAGREEMENT if pairs is None else pairs.disagreements / pairs.n
        units, least, variance = n, fewest_rows(margin, rule.alpha), differs
        assumed = f"models that disagree on {100 * differs:.3g} % of rows"
        smallest = planning.smallest_paired_margin(units, differs, alpha=rule.alpha, power=rule.power)
    else:
        spread, assumed = _variance(metric, figure, disagreement)
        if spread is None or figure.own is None:
            return _untold(title, kind, margin, f"{_in(label)}its spread cannot be seen with {wording.rows(n)}", n=n)
        units, variance = figure.own.n, spread
        least = math.ceil(figure.least / _telling(metric, figure, disagreement))
        smallest = planning.smallest_margin(units, variance, alpha=rule.alpha, power=rule.power)
    chance = planning.mean_power(units, variance, margin=margin, alpha=rule.alpha)
    needed = max(planning.mean_rows(variance, margin=margin, alpha=rule.alpha, power=rule.power), least)
    can = units >= least
    text = f"{_in(label)}{assumed} pass {_often(chance)}; the smallest margin these rows enforce is {smallest:.3g}"
    if not can:
        text = (
            f"{_in(label)}no model can pass: {wording.rows(units)} are there, "
            f"and {least:,} are needed even without a disagreement"
        )
        chance = 0.0
    return Outlook(
        name=title,
        kind=kind,
        n=units,
        limit=margin,
        can_pass=can,
        message=text,
        chance=chance,
        smallest=smallest,
        n_needed=needed,
    )


def _telling(metric: Metric, figure: Figure, disagreement: float | None) -> float:
    """The share of units that carry the spread of a difference, of which a verdict needs `least`."""
    if figure.apart is not None:
        return max(figure.apart.effective_units / figure.apart.n, 1e-6)
    if metric.family is Family.COUNTS:
        return disagreement or DISAGREEMENT
    return 1 / 3  # of values that are spread like normal ones


def _variance(metric: Metric, figure: Figure, disagreement: float | None) -> tuple[float | None, str]:
    """Of what a unit adds to the difference of two models."""
    if figure.apart is not None:
        return figure.apart.standard_error**2 * figure.apart.n, "models that differ as these two do"
    if figure.own is None or figure.own.squares == 0:
        return None, ""
    own = figure.own.standard_error**2 * figure.own.n
    if metric.family is Family.COUNTS:
        differs = disagreement or DISAGREEMENT
        return min(2 * own, differs * figure.reach**2 / 2), f"models that disagree on {100 * differs:.3g} % of rows"
    return 2 * own * (1 - _ALIKE), f"models whose values go together by {_ALIKE:g}"


def _fairness(gate_set: GateSet, looking: Looking) -> Iterator[Outlook]:
    rule = gate_set.fairness
    if rule is None or rule.max_disparity is None:
        return
    for by in rule.protected:
        for name in rule.metrics or ("equalized_odds",):
            criterion = find(name)
            metrics = (name,) if criterion is None else criterion.metrics
            for each in metrics:
                key = JOINT.join(by)
                title = f"{Kind.FAIRNESS}.{name if len(metrics) == 1 else f'{name}.{each}'}.{key}"
                metric = CALIBRATION_GAP if each == CALIBRATION else looking.metric(each)
                known = None if metric is None else figures(looking.alone(), metric, key)
                if known is None or isinstance(known, Trouble):
                    yield _untold(title, Kind.FAIRNESS, rule.max_disparity, "" if known is None else known.message)
                    continue
                yield _groups(title, known, rule.max_disparity, rule.alpha / len(metrics), rule.power)


def _groups(title: str, known: tuple[Figure, ...], limit: float, alpha: float, power: float) -> Outlook:
    there = [figure for figure in known if figure.undefined is None and figure.own is not None]
    if len(there) < max(2, len(known)):
        return _untold(title, Kind.FAIRNESS, limit, "in some group it has no value", can_pass=False)
    sizes = [figure.n if figure.share is None else figure.share[1] for figure in there]
    n = min(sizes)
    spread = max(figure.own.standard_error * math.sqrt(figure.own.n) for figure in there if figure.own is not None)
    if any(figure.share is not None for figure in there):  # of a share, per row of its denominator
        shares = [figure.candidate for figure in there]
        spread = max(math.sqrt(share * (1 - share)) for share in shares) or 0.5 / math.sqrt(n)
    chance = planning.range_power(n, len(there), spread, limit=limit, alpha=alpha)
    smallest = planning.smallest_range_limit(n, len(there), spread, alpha=alpha, power=power)
    needed = planning.range_rows(len(there), spread, limit=limit, alpha=alpha, power=power)
    return Outlook(
        name=title,
        kind=Kind.FAIRNESS,
        n=n,
        limit=limit,
        can_pass=chance > 0,
        message=f"{len(there)} equal groups pass {_often(chance)}; the smallest has {wording.rows(n)}, "
        f"and {smallest:.3g} is the smallest limit that all can be shown to keep",
        chance=chance,
        smallest=smallest,
        n_needed=needed,
    )


def _often(chance: float | None) -> str:
    return "as often as cannot be told" if chance is None else f"in {100 * chance:.3g} % of cases"


def _in(label: str) -> str:
    return f"in {label}, " if label else ""


def _untold(
    title: str, kind: Kind, limit: float | None, why: str, *, n: int = 0, can_pass: bool | None = None
) -> Outlook:
    return Outlook(name=title, kind=kind, n=n, limit=limit, can_pass=can_pass, message=why or "it cannot be told")
