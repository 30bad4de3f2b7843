"""How long a run was expected to take, and took, in sentences. Pure.

Called by both faces of a report, by `seatrial plan` and by the line that a run prints before it
starts, so that all of them say the same. Nothing is escaped here; names are bounded.
"""

from __future__ import annotations

from seatrial.report.escape import NAME_BOUND, plain
from seatrial.report.facts import ForecastFact
from seatrial.report.numbers import duration, plural

_MOST_NAMED = 3


def expected(fact: ForecastFact) -> str:
    """What was expected before: `about 2 m 10 s, nine times in ten at most 2 m 40 s; longest way: train 80 %`."""
    if not fact.cells:
        return "nothing will run"
    if len(fact.unknown) == fact.cells:
        return f"no history yet of {_names(fact.unknown)}, so how long this takes is not known"
    text = f"about {duration(fact.p50)}, nine times in ten at most {duration(fact.p90)}"
    if fact.unknown:
        text += (
            f", and whatever {_names(fact.unknown)} {'takes' if len(fact.unknown) == 1 else 'take'} (no history yet)"
        )
    if fact.path:
        steps = [f"{_name(one.stage)} {one.share:.0%}".replace("%", " %") for one in fact.path[:_MOST_NAMED]]
        text += f"; longest way: {', '.join(steps)}"
    if fact.bases:
        text += f"; {', '.join(f'{_name(stage)} as in {basis}' for stage, basis in fact.bases[:_MOST_NAMED])}"
    return text


def budgeted(fact: ForecastFact) -> str | None:
    """Whether that fits the tier's budget, and whose fault it is where it does not; None without a budget."""
    if fact.budget is None:
        return None
    budget = f"the budget of {duration(fact.budget)}"
    match fact.fit:
        case "fits":
            return f"fits {budget}"
        case "unknown":
            return f"what is known fits {budget}" if len(fact.unknown) < fact.cells else f"{budget} may or may not do"
        case "may_not":
            return f"may not fit {budget}: one time in ten it is over by {duration(fact.over_by)} or more{_blame(fact)}"
        case _:
            return f"will not fit {budget}: over by {duration(fact.over_by)}{_blame(fact)}"


def compared(fact: ForecastFact) -> str | None:
    """What was expected beside what it took; None before the run has ended, or when there is nothing to say."""
    if fact.took is None or not fact.cells:
        return None
    took = f"the stages took {duration(fact.took)}"
    if len(fact.unknown) == fact.cells:
        return f"How long it would take was not known (no history yet); {took}."
    judged = _beside(fact, fact.took)
    without = f", without {_names(fact.unknown)} (no history yet)" if fact.unknown else ""
    least, most = duration(fact.p50), duration(fact.p90)
    expected = least if least == most else f"{least} to {most}"
    return f"Expected were {expected}{without}; {took}{f': {judged}' if judged else ''}."


def _beside(fact: ForecastFact, took: float) -> str:
    """`40.0 s over`; nothing where some of what ran was not part of what was expected: the two are unlike."""
    if not fact.complete and (took <= fact.p90 or fact.unknown):
        return "not all of it ran"
    if fact.unknown:
        return ""
    if took > fact.p90:
        return f"{duration(took - fact.p90)} over"
    return f"{duration(fact.p50 - took)} under" if took < fact.p50 else "as expected"


def overrun(fact: ForecastFact) -> str | None:
    """The warning of a run that took longer than its budget."""
    if fact.budget is None or fact.took is None or fact.took <= fact.budget:
        return None
    return (
        f"the stages took {duration(fact.took)}, {duration(fact.took - fact.budget)} over the budget of "
        f"{duration(fact.budget)}{_blame(fact)}"
    )


def _blame(fact: ForecastFact) -> str:
    if fact.blame is None:
        return ""
    if fact.alone:
        return f"; {_name(fact.blame)} alone takes longer than that"
    return f"; without {_name(fact.blame)} it would be {duration(fact.gain)} shorter"


def _names(names: tuple[str, ...]) -> str:
    more = len(names) - _MOST_NAMED
    shown = ", ".join(_name(name) for name in names[:_MOST_NAMED])
    return f"{shown} and {plural(more, 'more cell')}" if more > 0 else shown


def _name(name: str) -> str:
    return plain(name, bound=NAME_BOUND)
