"""The chance that all slices of a grouping pass: that is what the gate asks, and one slice alone says little of it.

Called by `compared`. "No slice is worse" is shown only if it is shown in each, at the level of the gate and without a
correction. Slices of one grouping have no row in common, so their verdicts are taken to be independent and the chances
multiply: eight slices that pass in 39 % of cases each pass together in fewer than one of a thousand. Models that are
better here and worse there, and rows of one cluster in two slices, go beyond that assumption, which is said.

With `block_on: decline` a slice of an equal model may be called worse. That is corrected over the whole gate, so it
costs alpha once and not for each slice; `laws` gives each slice its part of it.

Rows to add are planned with each slice's share of the rows at hand, and the smallest margin is one for all slices.
"""

from __future__ import annotations

import math

from msgspec import Struct

from seatrial.gates import slice_words, wording
from seatrial.gates.codes import Kind
from seatrial.gates.margin import Margin
from seatrial.gates.power.laws import Law, Unplanned, fewest_times, smallest_wider
from seatrial.gates.power.outlook import Outlook, often, untold


class Slice(Struct, frozen=True, kw_only=True):
    """One slice: its rows, and its chance to pass by itself."""

    name: str
    n: int
    unit: str
    law: Law | Unplanned


def whole(title: str, kind: Kind, by: tuple[str, ...], slices: list[Slice], margin: Margin, power: float) -> Outlook:
    """The line of one metric in one grouping."""
    total = sum(each.n for each in slices)
    counted = f"{wording.plural(slices[0].unit)} in all" if slices else None
    lacking = [(each, each.law) for each in slices if isinstance(each.law, Unplanned)]
    lacking.sort(key=lambda pair: not pair[1].never)
    planned = sorted(
        ((each, each.law) for each in slices if isinstance(each.law, Law)),
        key=lambda pair: (pair[1].can_pass, pair[1].at()),
    )
    stuck = bool(planned) and not planned[0][1].can_pass
    if lacking and (lacking[0][1].never or not stuck):
        each, law = lacking[0]
        can, none = (False, 0.0) if law.never else (None, None)
        text = f"{slice_words.where(by, each.name)}, {law.why}"
        share = margin.relative
        return untold(
            title, kind, margin.value, text, n=total, can_pass=can, chance=none, counted=counted, relative=share
        )
    if not planned:
        return untold(title, kind, margin.value, "there are no slices", relative=margin.relative)
    laws = [law for _, law in planned]
    times = None if lacking else fewest_times(lambda times: _together(laws, power, times=times), power, total)
    wider = None if lacking else smallest_wider(lambda times: _together(laws, power, wider=times), power)
    smallest = None if wider is None else margin.value * wider
    finest = None if smallest is None else f"{100 * smallest:.3g} %" if margin.relative else f"{smallest:.3g}"
    chance = 0.0 if stuck else _together(laws, 0.0)
    return Outlook(
        name=title,
        kind=kind,
        n=total,
        limit=margin.value,
        can_pass=not stuck,
        message=_never(by, *planned[0]) if stuck else _text(by, planned, chance, finest),
        chance=chance,
        smallest=smallest,
        n_needed=None if times is None else math.ceil(total * times),
        relative=margin.relative,
        counted=counted,
    )


def _together(laws: list[Law], least: float, *, times: float = 1.0, wider: float = 1.0) -> float:
    """The product of the chances, those that hold most first. What falls below `least` is not followed to its end."""
    chance = 1.0
    for law in laws:
        chance *= law.at(times=times, wider=wider)
        if chance < least or chance == 0.0:
            break
    return chance


def _never(by: tuple[str, ...], slice_: Slice, law: Law) -> str:
    there = f"{law.units:,} {law.counted}" if law.units != 1 else wording.rows(1)
    verb = "is" if law.units == 1 else "are"
    return f"{slice_words.where(by, slice_.name)} no model as good can pass: {there} {verb} there, and {law.lacks}"


def _text(by: tuple[str, ...], planned: list[tuple[Slice, Law]], chance: float, finest: str | None) -> str:
    hungriest, law = planned[0]
    many, where = len(planned), slice_words.where(by, hungriest.name)
    alone = often(law.at())
    if many == 1:
        text = f"{law.assumed} pass {alone}, in the only slice, {where}"
    else:
        together = f"models as good pass in all {many} slices {often(chance)}, the slices taken to be independent"
        text = f"{together}; {where}, the slice that holds most, {law.assumed} pass {alone}"
    return text if finest is None else f"{text}; the smallest margin these rows enforce in every slice is {finest}"
