"""The behavioral gate: does the model do what the test cases ask?

Called with the cases, and with what is known of candidate and baseline. Findings:

- `behavioral.pass_rate`: the share of cases that pass, against `min_pass_rate`;
- `behavioral.critical`: every case marked critical passes, where there are any;
- `behavioral.regression`: the candidate passes no fewer cases than the baseline by `max_degradation` or more, if asked.

Whatever keeps a case from being judged is an ERROR of the whole: a rate over the cases that happened to be answered
would be a rate over cases that nobody chose.
"""

from __future__ import annotations

from collections.abc import Sequence

from seatrial.errors import some_of
from seatrial.evidence.case_records import Cases
from seatrial.gates.behavioral import wording
from seatrial.gates.behavioral.given import Given, Unusable, answers_to, digests_of
from seatrial.gates.behavioral.policy import KIND, Behavioral
from seatrial.gates.behavioral.regression import judge_against
from seatrial.gates.behavioral.standing import SetStanding, Standing, stand, stand_together
from seatrial.gates.behavioral.tally import Tallies, Tally, tally
from seatrial.gates.codes import Reason
from seatrial.gates.evidence import Absent, LeftOut
from seatrial.gates.figures import kept, kept_interval
from seatrial.gates.quoting import shown
from seatrial.verdict import Finding, Verdict

PASS_RATE = "pass_rate"
CRITICAL = "critical"


def judge(rule: Behavioral, cases: Cases, candidate: Given, baseline: Given | Absent | LeftOut) -> tuple[Finding, ...]:
    """The findings of the gate. Never raises for evidence that does not fit: that is a finding."""
    digests = digests_of(cases, (("candidate", candidate),))
    answers = answers_to(cases, candidate, repeats=rule.repeats)
    if isinstance(answers, Unusable):
        return (_error(rule, answers.reason, answers.message, digests),)
    tallies = tally(cases, answers)
    if tallies.untold:
        return (_error(rule, Reason.NOT_JUDGED, _untold(tallies), digests),)
    if not tallies.cases:
        return (_error(rule, Reason.NOT_JUDGED, "there is no case of which anything is expected", digests),)
    findings = [_pass_rate(rule, tallies.cases, digests)]
    critical = [one for one in tallies.cases if one.case.critical]
    if critical:
        findings.append(_critical(rule, critical, digests))
    return (*findings, *judge_against(rule, cases, tallies, candidate, baseline))


def _pass_rate(rule: Behavioral, tallies: Sequence[Tally], digests: dict[str, str]) -> Finding:
    standings = [stand(one, rule) for one in tallies]
    together = stand_together(tallies, standings, rule, least=rule.min_pass_rate, confidence=rule.confidence)
    method = "share of cases, Wilson interval" if rule.confidence is None else "Clopper-Pearson bound on cases"
    return Finding(
        name=f"{KIND}.{PASS_RATE}",
        kind=KIND,
        metric=PASS_RATE,
        verdict=together.verdict,
        reason=_reason(together, Reason.BELOW_MIN),
        message=wording.set_message(together, tallies, standings, rule),
        estimate=kept(together.share),
        interval=kept_interval(together.interval),
        threshold=rule.min_pass_rate,
        n=together.n,
        n_needed=together.cases_needed,
        method=method if rule.repeats == 1 else f"{method}; exact bounds on each case's {rule.repeats} answers",
        candidate=kept(together.share),
        digests=digests,
        parts=wording.parts(tallies, standings),
    )


def _critical(rule: Behavioral, tallies: Sequence[Tally], digests: dict[str, str]) -> Finding:
    standings: list[Standing] = [stand(one, rule) for one in tallies]
    together = stand_together(tallies, standings, rule, least=1.0, confidence=None)
    return Finding(
        name=f"{KIND}.{CRITICAL}",
        kind=KIND,
        metric=CRITICAL,
        verdict=together.verdict,
        reason=_reason(together, Reason.CRITICAL_CASE_FAILS),
        message=wording.critical_message(together, tallies, standings),
        estimate=kept(together.share),
        threshold=1.0,
        n=together.n,
        method="every critical case",
        candidate=kept(together.share),
        digests=digests,
    )


def _reason(together: SetStanding, failed: Reason) -> Reason:
    if together.verdict is Verdict.PASS:
        return Reason.WITHIN_LIMIT
    if together.verdict is Verdict.FAIL:
        return failed
    named = together.repeats_needed if together.open else together.cases_needed
    return Reason.NEAR_THE_LIMIT if named is None else Reason.TOO_FEW_ROWS


def _untold(tallies: Tallies) -> str:
    cases = [f"'{shown(name, 40)}' ({why})" for name, why in tallies.untold]
    return f"{len(cases)} of {len(cases) + len(tallies.cases)} cases cannot be judged: {some_of(cases)}"


def _error(rule: Behavioral, reason: Reason, message: str, digests: dict[str, str]) -> Finding:
    return Finding(
        name=f"{KIND}.{PASS_RATE}",
        kind=KIND,
        metric=PASS_RATE,
        verdict=Verdict.ERROR,
        reason=reason,
        message=message,
        threshold=rule.min_pass_rate,
        digests=digests,
    )
