"""Which columns of a check are drawn: those with findings, the worst first, then those that differ most.

Called by `data_markdown.py` and `data_page.py`; pure. A column that the contract calls sensitive is never
drawn, because its words and the ends of its axis are values.
"""

from __future__ import annotations

from seatrial.data.profile.records import ColumnBinning
from seatrial.data.result import Check, weight
from seatrial.report.data_shapes import Shape, shape
from seatrial.report.data_words import notable

MOST = 12
"""Columns that are drawn."""
_QUIET = 4  # columns drawn of a check in which nothing is wrong


def pictured(check: Check) -> list[tuple[str, Shape]]:
    """Names and shapes, at most `MOST`; none without a profile."""
    profile, reference = check.profile, check.reference_profile
    if profile is None:
        return []
    bad = [finding.column for finding in sorted(notable(check), key=weight)]
    others = [finding.column for finding in sorted(check.judged, key=weight) if finding.estimate and finding.interval]
    most = MOST if bad else _QUIET
    drawn: list[tuple[str, Shape]] = []
    for name in dict.fromkeys([*bad, *others[:_QUIET]]):
        if name is None or name not in profile.columns or name in check.sensitive:
            continue
        before = None if reference is None else reference.columns.get(name)
        bars = shape(profile.columns[name], before, profile.binning.columns.get(name, ColumnBinning()))
        if bars is not None:
            drawn.append((name, bars))
        if len(drawn) == most:
            break
    return drawn
