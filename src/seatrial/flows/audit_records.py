"""The stream of audits, for those who only look whether there is anything in it.

Called by every run and every plan of a change. Most projects have audited nothing yet: they pay for one look into an
empty stream, and load nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from seatrial.errors import OutsideError
from seatrial.store.state import Entry, StateStore

if TYPE_CHECKING:
    from seatrial.registry.audits import Audits
    from seatrial.report.facts import SelectionFact

STREAM = "audit"
"""The stream of records that `registry/audits.py` folds."""


def audits_there(state: StateStore) -> tuple[Entry, ...]:
    """All audits, for showing; empty where they cannot be read."""
    try:
        return tuple(entry for entry in state.browse(STREAM) if entry.stream == STREAM)
    except OutsideError:
        return ()


def selection_fact(state: StateStore) -> SelectionFact | None:
    """What audits say of the selection so far, None where there are none."""
    entries = audits_there(state)
    if not entries:
        return None
    from seatrial.registry.audits import fold  # with numerics, for projects that have audited something

    try:
        return fact_of(fold(entries))
    except OutsideError:
        return None


def fact_of(audits: Audits) -> SelectionFact | None:
    """What some audits say, None where none of them could be judged."""
    from seatrial.registry.audits import recall  # see above
    from seatrial.report.facts import SelectionFact

    measured = recall(audits.misses, audits.judged)
    if measured is None:
        return None
    return SelectionFact(
        audited=audits.judged,
        misses=audits.misses,
        misses_below=measured.misses_below,
        recall=measured.estimate,
        interval=(measured.interval.lower, measured.interval.upper),
        not_judged=audits.not_judged,
    )


def missed_edges(state: StateStore) -> Mapping[str, frozenset[str]]:
    """The paths that audits found a stage to depend on, by stage."""
    entries = audits_there(state)
    if not entries:
        return {}
    from seatrial.registry.audits import fold  # see above

    try:
        return fold(entries).edges
    except OutsideError:
        return {}
