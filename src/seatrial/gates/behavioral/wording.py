"""What the behavioral gate says: how many cases pass, which ones do not, what was wanted of them and what came.

The message names the first few; `parts` list every tag, and cases that do not pass up to a hundred. Answers are a
model's text: they are cut, and nothing that a terminal obeys gets through.
"""

from __future__ import annotations

from collections.abc import Sequence

from seatrial.gates import wording
from seatrial.gates.behavioral.policy import Behavioral
from seatrial.gates.behavioral.standing import SetStanding, Standing
from seatrial.gates.behavioral.tally import Tally, by_tag
from seatrial.gates.figures import kept
from seatrial.gates.quoting import shown
from seatrial.verdict import Part, Verdict

_MOST_CASES = 5
_MOST_PARTS = 100
_MOST_TAGS = 8


def set_message(
    standing: SetStanding, tallies: Sequence[Tally], standings: Sequence[Standing], rule: Behavioral
) -> str:
    """The finding on the pass rate."""
    said = [_seen(standing, rule), _conclusion(standing, rule)]
    if rule.repeats > 1:
        answers = sum(tally.passed for tally in tallies), sum(tally.asked for tally in tallies)
        said.append(f"{answers[0]:,} of {answers[1]:,} answers pass, all repeats counted")
    said += [failing(tallies, standings), tags(tallies, standings)]
    return "; ".join(part for part in said if part)


def critical_message(standing: SetStanding, tallies: Sequence[Tally], standings: Sequence[Standing]) -> str:
    """The finding on critical cases."""
    if standing.verdict is Verdict.PASS:
        return f"{'the' if standing.n == 1 else 'all'} {_cases(standing.n, 'critical')} {_pass(standing.n)}"
    seen = f"{standing.passing:,} of {_cases(standing.n, 'critical')} {_pass(standing.n)}, and every one must"
    more = _more_repeats(standing) if standing.verdict is Verdict.INCONCLUSIVE else ""
    return "; ".join(part for part in (seen, more, failing(tallies, standings)) if part)


def failing(tallies: Sequence[Tally], standings: Sequence[Standing]) -> str:
    """The first cases that do not pass, critical ones first, those that fail before those that are open."""
    missed = _not_passing(tallies, standings)
    if not missed:
        return ""
    named = [_missed(tally, standing) for tally, standing in missed[:_MOST_CASES]]
    more = len(missed) - _MOST_CASES
    return "not passing: " + "; ".join(named) + (f"; and {more:,} more" if more > 0 else "")


def tags(tallies: Sequence[Tally], standings: Sequence[Standing]) -> str:
    """How many cases of each tag pass, the worst first."""
    found = by_tag((t.case, s is Standing.PASSES) for t, s in zip(tallies, standings, strict=True))
    if not found:
        return ""
    named = ", ".join(f"{shown(one.tag, 30)} {one.passed:,} of {one.n:,}" for one in found[:_MOST_TAGS])
    return f"by tag: {named}" + (f" and {len(found) - _MOST_TAGS} more" if len(found) > _MOST_TAGS else "")


def parts(tallies: Sequence[Tally], standings: Sequence[Standing]) -> tuple[Part, ...]:
    """Every tag with the share of its cases that pass, and the first hundred cases that do not pass."""
    tagged = by_tag((t.case, s is Standing.PASSES) for t, s in zip(tallies, standings, strict=True))
    listed = [Part(name=f"tag {shown(one.tag)}", n=one.n, estimate=kept(one.passed / one.n)) for one in tagged]
    for tally, standing in _not_passing(tallies, standings)[:_MOST_PARTS]:
        listed.append(
            Part(
                name=f"case {shown(tally.case.id)}",
                verdict=Verdict.INCONCLUSIVE if standing is Standing.OPEN else Verdict.FAIL,
                n=tally.asked,
                estimate=kept(tally.share),
                note=_missed(tally, standing),
            )
        )
    return tuple(listed)


def _not_passing(tallies: Sequence[Tally], standings: Sequence[Standing]) -> list[tuple[Tally, Standing]]:
    """Critical ones first, those that fail before those that are open, else in the order of the files."""
    missed = [(t, s) for t, s in zip(tallies, standings, strict=True) if s is not Standing.PASSES]
    return sorted(missed, key=lambda pair: (not pair[0].case.critical, pair[1] is Standing.OPEN))


def _missed(tally: Tally, standing: Standing) -> str:
    marks = ["critical"] if tally.case.critical else []
    if tally.asked > 1:
        marks.append(f"{tally.passed} of {tally.asked} answers pass")
    if standing is Standing.OPEN:
        marks.append("open")
    marked = f" ({', '.join(marks)})" if marks else ""
    wanted = f": expected {tally.wanted}, got {tally.got}" if tally.wanted else ""
    return f"'{shown(tally.case.id, 40)}'{marked}{wanted}"


def _seen(standing: SetStanding, rule: Behavioral) -> str:
    places = wording.decimals_for(standing.n)
    share = wording.apart(standing.share, rule.min_pass_rate, places)
    interval = wording.between(standing.interval, standing.alpha, places, limit=rule.min_pass_rate)
    still = f", {standing.open:,} are open" if standing.open else ""
    return f"{standing.passing:,} of {_cases(standing.n)} {_pass(standing.n)}{still}, {share} ({interval})"


def _conclusion(standing: SetStanding, rule: Behavioral) -> str:
    claim = f"at least {wording.exactly(rule.min_pass_rate, 3)}"
    sure = "" if rule.confidence is None else f" with {wording.percent(rule.confidence)} confidence"
    match standing.verdict:
        case Verdict.PASS:
            return f"that is {claim}{sure}"
        case Verdict.FAIL:
            return f"that is not {claim}{sure}"
        case _:
            return f"that it is {claim} can be neither shown nor ruled out{sure}; {_more(standing)}"


def _more(standing: SetStanding) -> str:
    if standing.open:
        return _more_repeats(standing)
    if standing.cases_needed is None:
        return "the share lies on the limit, and no number of cases can be named"
    return f"about {_cases(standing.cases_needed)} would decide if the share stays as seen"


def _more_repeats(standing: SetStanding) -> str:
    if standing.repeats_needed is None:
        return "an open case lies on its limit, and no number of repeats can be named"
    return f"about {standing.repeats_needed:,} repeats of each case would settle the open ones if they stay as seen"


def _cases(n: int, kind: str = "") -> str:
    return wording.units(n, f"{kind} case".strip())


def _pass(n: int) -> str:
    return "passes" if n == 1 else "pass"
