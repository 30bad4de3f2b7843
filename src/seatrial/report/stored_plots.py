"""The pictures of a run from the JSON of a report, key by key, and no more of them than a report can hold.

Called by `stored_facts.py`. A report may come from an artifact that a stranger's pull request made, so its bounds are
looked at as strictly as its types: a page is made of this.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TypeVar

from seatrial.evidence.json_value import Keys, Value
from seatrial.evidence.records import MOST_SHARE
from seatrial.report import plot_facts
from seatrial.report.plot_facts import AxisFact, BarsFact, LinesFact, MatrixFact, PlotFact, SeriesFact

T = TypeVar("T")


def plots_of(value: Value) -> tuple[PlotFact, ...]:
    """The value of the key `plots`."""
    return _few(value, plot_facts.MOST_PLOTS, "pictures", lambda each: each.record(_plot))


def _plot(keys: Keys) -> PlotFact:
    made = PlotFact(
        kind=_word(keys["kind"], plot_facts.KINDS),
        of=keys["of"].text(),
        title=keys["title"].text(),
        note=keys["note"].text(),
        lines=keys["lines"].maybe(lambda value: value.record(_lines)),
        matrix=keys["matrix"].maybe(lambda value: value.record(_matrix)),
        bars=keys["bars"].maybe(lambda value: value.record(_bars)),
    )
    if sum(form is not None for form in (made.lines, made.matrix, made.bars)) > 1:
        keys["lines"].refuse("a picture has one form: `lines`, `matrix` or `bars`")
    return made


def _lines(keys: Keys) -> LinesFact:
    return LinesFact(
        x=keys["x"].record(_axis),
        y=keys["y"].record(_axis),
        series=_few(keys["series"], plot_facts.MOST_SERIES, "series", lambda each: each.record(_series)),
        joined=keys["joined"].flag(),
        diagonal=keys["diagonal"].flag(),
    )


def _axis(keys: Keys) -> AxisFact:
    return AxisFact(
        title=keys["title"].text(),
        low=keys["low"].maybe(Value.number),
        high=keys["high"].maybe(Value.number),
        log=keys["log"].flag(),
    )


def _series(keys: Keys) -> SeriesFact:
    most = plot_facts.MOST_POINTS
    made = SeriesFact(
        name=keys["name"].text(),
        role=_word(keys["role"], plot_facts.ROLES),
        x=_few(keys["x"], most, "points", Value.number),
        y=_few(keys["y"], most, "points", _number_or_nan),
        low=_few(keys["low"], most, "points", _number_or_nan),
        high=_few(keys["high"], most, "points", _number_or_nan),
        n=_few(keys["n"], most, "points", Value.whole),
    )
    _alike(keys["y"], len(made.x), made.y)
    for name, values in (("low", made.low), ("high", made.high), ("n", made.n)):
        if values:
            _alike(keys[name], len(made.x), values)
    if bool(made.low) != bool(made.high):
        keys["high"].refuse("`low` and `high` are there both, or neither")
    return made


def _matrix(keys: Keys) -> MatrixFact:
    names = _few(keys["names"], plot_facts.MOST_CLASSES, "classes", Value.text)
    cells = keys["cells"].each(lambda row: tuple(each.whole() for each in row.items(of=len(names))))
    _alike(keys["cells"], len(names), cells)
    return MatrixFact(names=names, cells=cells, signed=keys["signed"].flag())


def _bars(keys: Keys) -> BarsFact:
    most = plot_facts.MOST_BARS
    first, second = keys["sides"].items(of=2)
    made = BarsFact(
        sides=(first.text(), second.text()),
        current=_few(keys["current"], most, "bars", _share),
        reference=_few(keys["reference"], most, "bars", _share),
        labels=_few(keys["labels"], most, "bars", Value.text),
        low=keys["low"].number(),
        high=keys["high"].number(),
        below=keys["below"].flag(),
        above=keys["above"].flag(),
        time=keys["time"].flag(),
    )
    if not made.current:
        keys["current"].refuse("there must be at least one bar")
    for name, values in (("reference", made.reference), ("labels", made.labels)):
        if values:
            _alike(keys[name], len(made.current), values)
    if not made.labels and not made.low < made.high:
        keys["high"].refuse("`high` must be above `low`")
    return made


def _share(value: Value) -> float:
    share = value.number(least=0.0)
    if share > MOST_SHARE:
        value.refuse("a share is at most 1")
    return share


def _number_or_nan(value: Value) -> float:
    """A number; null stands for NaN."""
    return math.nan if value.json is None else value.number()


def _word(value: Value, words: Sequence[str]) -> str:
    text = value.text()
    if text not in words:
        value.refuse(f"this must be one of {', '.join(words)}")
    return text


def _few(value: Value, most: int, noun: str, read: Callable[[Value], T]) -> tuple[T, ...]:
    items = value.items()
    if len(items) > most:
        value.refuse(f"there are {len(items):,} {noun}, and at most {most} can be shown")
    return tuple(map(read, items[:most]))


def _alike(value: Value, length: int, values: Sequence[object]) -> None:
    if len(values) != length:
        value.refuse(f"this must be a list of {length}")
