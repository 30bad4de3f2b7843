"""How often a model as good as production is shown to be no worse: `--power` of regression and slices.

One line for each metric of a regression, and for each metric and grouping of slices, where it is the chance of the
whole gate. How one figure is planned is in `laws`, how slices go together in `whole`.

Subtle: a comparison that can never pass is told as never wherever that is certain: no label of the positive class in
the rows, fewer rows than an answer needs, a share of 0 as a margin. What only another model's answers would show
(`untold`) is not a promise that it can pass.
"""

from __future__ import annotations

from seatrial.gates import wording
from seatrial.gates.codes import Kind
from seatrial.gates.comparison import figures_for
from seatrial.gates.looking import Looking, Trouble
from seatrial.gates.margin import Margin
from seatrial.gates.policy import Comparing
from seatrial.gates.power.laws import Law, Unplanned, fewest_times, law_of, smallest_wider
from seatrial.gates.power.outlook import Outlook, of_production, often, untold
from seatrial.gates.power.whole import Slice, whole
from seatrial.gates.regression import margin_for, without_rows
from seatrial.metrics.catalog import Metric
from seatrial.metrics.figures import Figure
from seatrial.metrics.measure import JOINT, Measuring


def compared(
    both: Looking,
    alone: Looking,
    rule: Comparing,
    name: str,
    by: tuple[str, ...],
    disagreement: float | None,
    *,
    kind: Kind,
    prefix: str,
    family: int,
) -> Outlook:
    """The line of one metric, in all rows or in all slices `by` columns. `alone` is at production, `family` counts the
    comparisons of the gate."""
    key = JOINT.join(by)
    title = f"{prefix}.{name}" + (f".{key}" if by else "")
    metric, margin = alone.metric(name), margin_for(rule, name)
    if metric is None:
        return untold(title, kind, margin.value, without_rows(alone, name).message, relative=margin.relative)
    rows = both.paired() if disagreement is None else alone.alone()
    if isinstance(rows, Trouble) and rows.left_out:  # there is no second model; one that does not fit is told
        rows = alone.alone()
    known = figures_for(rows, metric, margin, key or None)
    if isinstance(known, Trouble):
        why = _whose(rows, figures_for(alone.alone(), metric, margin, key or None), known)
        return untold(title, kind, margin.value, why, relative=margin.relative)
    figures = _of_production_at_least(known, alone, metric, margin, key or None)
    laws = [law_of(metric, figure, margin, rule, disagreement, family=family) for figure in figures]
    if not by:
        return _all_rows(title, kind, figures[0], margin, laws[0], rule)
    groups = rows.groups(key) if isinstance(rows, Measuring) else None
    names = () if groups is None else groups.names
    slices = [
        Slice(name=label, n=figure.n, unit=figure.unit, law=law)
        for label, figure, law in zip(names, figures, laws, strict=True)
    ]
    return whole(title, kind, by, slices, margin, rule.power)


def _whose(rows: Measuring | Trouble, own: tuple[Figure, ...] | Trouble, known: Trouble) -> str:
    """Why there is no figure, with the model whose rows have none. Rows that do not pair are both models' matter."""
    if isinstance(own, Trouble):
        return of_production(own)
    return known.message if isinstance(rows, Trouble) else f"of the candidate, {known.message}"


def _of_production_at_least(
    known: tuple[Figure, ...], alone: Looking, metric: Metric, margin: Margin, key: str | None
) -> tuple[Figure, ...]:
    """Where the other model's answers have no value, production's own: the next model's may have one."""
    if all(figure.undefined is None for figure in known):
        return known
    own = figures_for(alone.alone(), metric, margin, key)
    if isinstance(own, Trouble) or len(own) != len(known):
        return known
    return tuple(mine if figure.undefined is not None else figure for figure, mine in zip(known, own, strict=True))


def _all_rows(title: str, kind: Kind, figure: Figure, margin: Margin, law: Law | Unplanned, rule: Comparing) -> Outlook:
    if isinstance(law, Unplanned):
        can, chance = (False, 0.0) if law.never else (None, None)
        return untold(
            title,
            kind,
            margin.value,
            law.why,
            n=figure.n,
            can_pass=can,
            chance=chance,
            counted=wording.plural(figure.unit),
            relative=margin.relative,
        )
    wider = smallest_wider(lambda times: law.at(wider=times), rule.power)
    times = fewest_times(lambda times: law.at(times=times), rule.power, law.units)
    smallest = None if wider is None else law.limit * wider
    text = f"{law.assumed} pass {often(law.at())}"
    if smallest is not None:
        text += f"; the smallest margin these rows enforce is {smallest:.3g}"
    if not law.can_pass:
        text = f"no model as good can pass: {law.units:,} {law.counted} are there, and {law.lacks}"
    return Outlook(
        name=title,
        kind=kind,
        n=law.units,
        limit=law.limit,
        can_pass=law.can_pass,
        message=text,
        chance=law.at() if law.can_pass else 0.0,
        smallest=smallest,
        n_needed=None if times is None else max(law.least, _whole(law.units * times)),
        counted=law.counted,
    )


def _whole(units: float) -> int:
    return int(-(-units // 1))
