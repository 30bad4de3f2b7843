"""The distributions that a check of data has drawn, as pictures of a run.

Called by the flows with the record of a check; pure. What the contract calls sensitive is not in that record.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from seatrial.data.columns import Kind
from seatrial.report.data_shapes import Shape
from seatrial.report.plot_facts import DRIFT, BarsFact, PlotFact

if TYPE_CHECKING:
    from seatrial.evidence.records import Bars

SIDES = ("current", "reference")


def drift_plots(check: str, shapes: Iterable[Bars]) -> tuple[PlotFact, ...]:
    """A picture for each column that was drawn, of what was checked over its reference."""
    return tuple(
        PlotFact(
            kind=DRIFT,
            of=check,
            title=f"distribution of {one.column}",
            bars=BarsFact(
                sides=SIDES,
                current=one.current,
                reference=one.reference,
                labels=one.labels,
                low=one.low,
                high=one.high,
                below=one.below,
                above=one.above,
                time=one.kind == Kind.TIME,
            ),
        )
        for one in shapes
    )


def shape_of(bars: BarsFact) -> Shape:
    """Bars as the page of a check draws them."""
    return Shape(
        kind=Kind.TIME if bars.time else Kind.NUMBER,
        current=bars.current,
        reference=bars.reference,
        labels=bars.labels,
        low=bars.low,
        high=bars.high,
        below=bars.below,
        above=bars.above,
    )
