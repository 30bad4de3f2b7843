"""How often a model like production is shown to be within a limit on one figure: `--power` of the performance gate."""

from __future__ import annotations

import math
from collections.abc import Iterator

from seatrial.gates import wording
from seatrial.gates.codes import Kind
from seatrial.gates.looking import Looking, Trouble, figures
from seatrial.gates.policy import GateSet
from seatrial.gates.power.outlook import Outlook, of_production, often, untold
from seatrial.gates.regression import without_rows
from seatrial.metrics.figures import Figure
from seatrial.stats import power as planning

_POWER = 0.8  # what `n_needed` plans for; the gate has no key for it


def performance(gate_set: GateSet, looking: Looking) -> Iterator[Outlook]:
    """A line for each limit. `looking` is at production alone."""
    kind = Kind.PERFORMANCE
    for name, bound in gate_set.performance.items():
        if bound.min is None and bound.max is None:
            yield untold(f"{kind}.{name}", kind, None, "it has neither a min nor a max")
        for key, limit in (("min", bound.min), ("max", bound.max)):
            if limit is None:
                continue
            title = f"{kind}.{name}.{key}"
            if bound.confidence is None:
                why = "without `confidence` the value is compared as it is, whatever the number of rows"
                yield untold(title, kind, limit, why)
                continue
            metric = looking.metric(name)
            known = without_rows(looking, name) if metric is None else figures(looking.alone(), metric)
            if isinstance(known, Trouble):
                yield untold(title, kind, limit, known.message if metric is None else of_production(known))
                continue
            yield _limit(title, known[0], limit, 1 - bound.confidence, least=key == "min")


def _limit(title: str, figure: Figure, limit: float, alpha: float, *, least: bool) -> Outlook:
    """For a model with production's own value."""
    kind = Kind.PERFORMANCE
    if figure.undefined is not None:
        return untold(title, kind, limit, f"production has no value: {figure.undefined}", n=figure.n)
    slack = figure.candidate - limit if least else limit - figure.candidate
    said = f"production has {figure.candidate:.4g}"
    n = figure.n if figure.share is None else figure.share[1]
    if slack <= 0:
        return untold(title, kind, limit, f"{said}, which is not within the limit", n=n)
    if figure.share is not None:
        return _of_share(title, figure, n, limit, alpha, said, least=least)
    if figure.own is None or figure.own.squares == 0.0:
        return untold(title, kind, limit, f"{said}; its spread cannot be seen", n=n)
    units, telling = figure.own.n, figure.own.effective_units
    variance = figure.own.standard_error**2 * units
    chance = planning.mean_power(units, variance, margin=slack, alpha=alpha)
    needed = planning.mean_rows(variance, margin=slack, alpha=alpha, power=_POWER)
    text = f"{said}; a model like it passes {often(chance)}"
    if telling < figure.least:
        chance, needed = 0.0, max(needed, math.ceil(units * figure.least / telling))
        text = f"{said}; too few of {wording.rows(figure.n)} carry its spread, so a model like it stays undecided"
    return Outlook(name=title, kind=kind, n=n, limit=limit, can_pass=True, message=text, chance=chance, n_needed=needed)


def _of_share(title: str, figure: Figure, n: int, limit: float, alpha: float, said: str, *, least: bool) -> Outlook:
    """By the exact bound. Another model may answer a class more often, and so have a larger denominator than this one's
    where labels do not fix it: what no model can show is then known of all rows alone."""
    share, level = (figure.candidate, limit) if least else (1 - figure.candidate, 1 - limit)
    most = n if figure.fixed else figure.n
    bounded = 0 < level < 1
    chance = planning.share_power(n, share, limit=level, alpha=alpha) if bounded else None
    needed = planning.share_rows(share, limit=level, alpha=alpha, power=_POWER) if bounded else None
    text = f"{said}; a model like it passes {often(chance)}"
    can = planning.all_pass_rate(most, alpha=alpha) >= level
    if not can:
        text = f"not even a flawless model could show it with {wording.rows(most)}"
    return Outlook(
        name=title,
        kind=Kind.PERFORMANCE,
        n=n,
        limit=limit,
        can_pass=can,
        message=text,
        chance=chance,
        n_needed=needed,
        counted="rows" if n == figure.n else "rows that it is about",
    )
