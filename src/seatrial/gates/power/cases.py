"""What test cases can decide before a model has answered them: `--power` of the behavioral gate.

How many of them a model will pass is not known before it is trained. That no model at all can be shown to pass enough
of them is: with `confidence`, of 100 cases that all pass no more than 97 % is shown. A comparison with the baseline is
planned like one of shares of rows, with cases for rows, unless cases are asked several times: then answers to one
case vary, and how much is not known.
"""

from __future__ import annotations

from collections.abc import Iterator

from seatrial.evidence.case_records import Cases
from seatrial.gates import wording
from seatrial.gates.behavioral.judge import PASS_RATE
from seatrial.gates.behavioral.policy import Behavioral
from seatrial.gates.behavioral.regression import REGRESSION
from seatrial.gates.codes import Kind
from seatrial.gates.power.laws import DISAGREEMENT, fewest_times, smallest_wider
from seatrial.gates.power.outlook import Outlook, often, untold
from seatrial.stats import power as planning
from seatrial.stats.paired_power import paired_power
from seatrial.stats.rows import fewest_deciding

_AS_IS = "without `confidence` the share of these cases that pass is compared as it is, whatever their number"
_UNREAD = "its test cases are not at hand"
_REPEATED = "how much its answers to one case vary is not known before it has answered"
_CASES = "cases"
_WIDEST = 0.999


def behavioral(rule: Behavioral | None, cases: Cases | None, disagreement: float | None) -> Iterator[Outlook]:
    """A line for each limit."""
    if rule is None:
        return
    n = None if cases is None else sum(case.judged for case in cases.cases)
    yield _pass_rate(rule, n)
    if rule.max_degradation is not None:
        yield _regression(rule, rule.max_degradation, n, DISAGREEMENT if disagreement is None else disagreement)


def _pass_rate(rule: Behavioral, n: int | None) -> Outlook:
    title, kind, least = f"{Kind.BEHAVIORAL}.{PASS_RATE}", Kind.BEHAVIORAL, rule.min_pass_rate
    if rule.confidence is None:
        return untold(title, kind, least, _AS_IS, n=n or 0, counted=_CASES)
    if not n:
        return untold(title, kind, least, _UNREAD, counted=_CASES)
    alpha = 1 - rule.confidence
    most = planning.all_pass_rate(n, alpha=alpha)
    shown = f"{n:,} cases that all pass show" if n > 1 else "1 case that passes shows"
    shown += f" a rate of {most:.4g}"
    text = f"{shown}; how many a model passes is not known before it is trained"
    if most < least:
        text = f"not even a flawless model could show it: {shown}"
    return Outlook(
        name=title,
        kind=kind,
        n=n,
        limit=least,
        can_pass=most >= least,
        message=text,
        n_needed=planning.all_pass_rows(least, alpha=alpha),
        counted=_CASES,
    )


def _regression(rule: Behavioral, margin: float, n: int | None, differ: float) -> Outlook:
    title, kind = f"{Kind.BEHAVIORAL}.{REGRESSION}", Kind.BEHAVIORAL
    if rule.repeats > 1 or not n:
        return untold(title, kind, margin, _REPEATED if n else _UNREAD, n=n or 0, counted=_CASES)
    least = fewest_deciding(margin, rule.alpha)

    def chance(times: float, wider: float) -> float:
        cases, width = int(n * times), min(margin * wider, _WIDEST)
        return paired_power(cases, differ, margin=width, alpha=rule.alpha) if cases else 0.0

    wider = smallest_wider(lambda wider: chance(1.0, wider), rule.power)
    times = fewest_times(lambda times: chance(times, 1.0), rule.power, n)
    smallest = None if wider is None else margin * wider
    text = f"models that differ on {100 * differ:.3g} % of cases pass {often(chance(1.0, 1.0))}"
    if smallest is not None and smallest < 1:
        text += f"; the smallest margin these cases enforce is {smallest:.3g}"
    if n < least:
        text = (
            f"no model as good can pass: {wording.units(n, 'case')}, and {least:,} are needed even where none differs"
        )
    return Outlook(
        name=title,
        kind=kind,
        n=n,
        limit=margin,
        can_pass=n >= least,
        message=text,
        chance=chance(1.0, 1.0) if n >= least else 0.0,
        smallest=smallest,
        n_needed=None if times is None else max(least, -int(-n * times // 1)),
        counted=_CASES,
    )
