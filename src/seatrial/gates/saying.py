"""The words of a comparison: what was compared, by how much, how sure, and what would change it.

A reviewer without statistics must be able to act on the sentence alone, in a log without a table.
"""

from __future__ import annotations

from typing import assert_never

from msgspec import Struct

from seatrial.gates import wording
from seatrial.gates.comparison import Compared
from seatrial.stats.noninferiority import Method
from seatrial.stats.rows import Assuming
from seatrial.verdict import Verdict


class Within(Struct, frozen=True, kw_only=True):
    """A comparison that is one of many slices: `where region is north`, and what all of them need in rows, None where
    no number can be named for all."""

    where: str
    all_need: int | None = None


def sentence(name: str, compared: Compared, label: str, alpha: float, *, within: Within | None = None) -> str:
    """One comparison as a sentence."""
    where = "" if within is None else f" {within.where}"
    return f"{seen(name, compared, label, alpha, where=where)}; {conclusion(compared, within)}"


def seen(name: str, compared: Compared, label: str, alpha: float, *, where: str = "") -> str:
    """`accuracy 0.953, 0.011 below production (90 % interval -0.031 to 0.008)`."""
    figure = compared.figure
    difference = figure.difference or 0.0
    places = decimals(compared)
    size = wording.apart(abs(difference), compared.margin, places)
    side = "above" if difference > 0 else "below"
    apart = f"{size} {side} {label}" if difference else f"the same as {label}"
    interval = wording.between(compared.interval, alpha, places, limit=compared.threshold)
    return f"{name} {wording.number(figure.candidate, places)}{where}, {apart} ({interval})"


def conclusion(compared: Compared, within: Within | None = None) -> str:
    """What the comparison shows, and what would change it. The rows of a slice are called those of the slice."""
    margin, there = wording.margin(compared.margin), counted(compared)
    if within is not None:
        there = f"the slice's {there}"
    if compared.verdict is Verdict.PASS:
        if compared.result.method is Method.UNSEEN:
            return f"too few tell the models apart to make it worse by {margin} or more ({there})"
        return f"not worse by {margin} or more, shown with {there}"
    if compared.verdict is Verdict.FAIL:
        how = f"worse by more than {margin}" if compared.result.verdict is Verdict.FAIL else "worse, by however little"
        return f"{how}, shown with {there}; only a better model would change that"
    return _undecided(compared, within, f"that it is not worse by {margin} or more cannot be shown with {there}")


def _undecided(compared: Compared, within: Within | None, cannot: str) -> str:
    """What stands in the way, and which rows would clear it."""
    if compared.result.verdict is Verdict.INCONCLUSIVE and compared.result.interval.upper < -compared.margin:
        cannot += ", nor that it is, since equal models look so far apart in more than 1 of 50 samples"
    if compared.result.method is Method.EXACT and compared.figure.paired is not None:
        cannot += f", of which only {compared.figure.paired.disagreements} tell the models apart"
    if compared.result.method is Method.FEW:
        moments = compared.figure.apart
        few = 0 if moments is None else int(moments.effective_units)
        least = f"{compared.figure.least:.0f} that tell the models apart"
        cannot += f": the difference rests on {few} of them, and a verdict needs {least}"
    rows = compared.result.rows
    if compared.n_needed is None or rows is None:
        if compared.result.verdict is Verdict.FAIL:
            return f"{cannot}: it is worse by itself, and not among all that were compared"
        lies = "" if compared.result.method is Method.FEW else ": the difference lies on the limit"
        return f"{cannot}{lies}, and no number of {wording.plural(compared.figure.unit)} can be named"
    unit = compared.figure.unit
    if within is not None and within.all_need is None:  # what decides this slice and no other is no number to act on
        return f"{cannot}, and no number of {wording.plural(unit)} can be named that would decide every slice"
    needed, every = wording.units(compared.n_needed, unit), ""
    if within is not None and within.all_need is not None:
        needed, every = f"{needed} of the slice", f"; {wording.units(within.all_need, unit)} in all for every slice"
    match rows.assuming:
        case Assuming.EQUAL:
            return f"{cannot}; about {needed} would decide{every}"
        case Assuming.AS_SEEN:
            return (
                f"{cannot}: enough for equal models, but the difference is close to the limit; "
                f"about {needed} would decide if it stays as seen{every}"
            )
        case _:
            assert_never(rows.assuming)


def counted(compared: Compared) -> str:
    """`450 rows`, `1 cluster`; for a recall `450 rows, 52 of which it is about`."""
    figure = compared.figure
    if figure.paired is None and figure.unit == "row" and figure.apart is not None and figure.apart.n < figure.n:
        return f"{wording.rows(figure.n)} in {wording.units(figure.apart.n, 'cluster')}"
    text = wording.units(figure.n, figure.unit)
    if figure.paired is not None and figure.paired.n != figure.n:
        text += f", {figure.paired.n:,} of which it is about"
    return text


def decimals(compared: Compared) -> int:
    """Decimals at which a unit, and the margin, shows."""
    figure = compared.figure
    places = wording.decimals_for(figure.n if figure.paired is None else figure.paired.n)
    if compared.metric.high == 1.0:
        return places
    return min(places, wording.decimals_of(figure.candidate))
