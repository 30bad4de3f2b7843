"""The behavioral gate on models that sample: cases that are asked several times, and are never retried until green."""

from __future__ import annotations

import pytest
from scipy import stats

from seatrial.errors import Place
from seatrial.evidence.case_records import Answer, Answers, Case, Cases, Expectation, Pair, Relation
from seatrial.evidence.records import Source
from seatrial.gates.behavioral.given import Given
from seatrial.gates.behavioral.judge import judge
from seatrial.gates.behavioral.policy import Behavioral, fewest_repeats
from seatrial.gates.behavioral.standing import Standing, stand
from seatrial.gates.behavioral.tally import Tally
from seatrial.gates.codes import Reason
from seatrial.gates.evidence import LeftOut
from seatrial.verdict import Finding, Verdict

PLACE = Place(file="c.csv", line=2)


def cases(n: int, *, critical: bool = False) -> Cases:
    expected = (Expectation(matcher="exact", arguments={"expected": "yes"}, place=PLACE),)
    listed = (Case(id=f"c{at}", place=PLACE, expectations=expected, critical=critical) for at in range(n))
    return Cases(sources=(Source(path="c.csv", digest="b3:c"),), cases=tuple(listed))


def passing(*counts: int, of: int) -> Given:
    """A model whose case number i passes that many of its answers."""
    by_case = {
        f"c{at}": tuple(Answer(text="yes" if one < count else "no") for one in range(of))
        for at, count in enumerate(counts)
    }
    source = Source(path="a.jsonl", digest="b3:a")
    return Given(label="m", answers=Answers(source=source, by_case=by_case, repeats=of))


def rate(rule: Behavioral, *counts: int, of: int) -> Finding:
    return judge(rule, cases(len(counts)), passing(*counts, of=of), LeftOut())[0]


@pytest.mark.parametrize(
    ("passed", "of", "verdict"),
    [
        (5, 5, Verdict.PASS),
        (4, 5, Verdict.INCONCLUSIVE),
        (0, 5, Verdict.FAIL),
        (9, 10, Verdict.PASS),
        (8, 10, Verdict.INCONCLUSIVE),
        (2, 10, Verdict.INCONCLUSIVE),
        (1, 10, Verdict.FAIL),
    ],
)
def test_a_case_passes_where_the_exact_bound_of_its_share_does(passed: int, of: int, verdict: Verdict) -> None:
    """The bounds, from scipy, lie on both sides of one half where the case is open."""
    bounds = stats.binomtest(passed, of).proportion_ci(0.9, method="exact")
    expected = Verdict.PASS if bounds.low > 0.5 else Verdict.FAIL if bounds.high < 0.5 else Verdict.INCONCLUSIVE
    finding = rate(Behavioral(test_cases=(), repeats=of), passed, of=of)

    assert finding.verdict is verdict is expected
    assert f"{passed} of {of} answers pass, all repeats counted" in finding.message


@pytest.mark.parametrize(
    ("case_pass_rate", "repeats", "shares"),
    [
        (0.5, 5, (1, 0, 0)),
        (0.5, 10, (80, 43, 0)),
        (0.5, 20, (100, 100, 94)),
        (0.8, 30, (91, 51, 0)),
        (0.8, 50, (100, 100, 0)),
        (0.9, 100, (97, 50, 0)),
    ],
)
def test_the_table_of_the_reference_is_counted(
    case_pass_rate: float, repeats: int, shares: tuple[int, int, int]
) -> None:
    """How often 200 cases pass whose answers pass with 0.995, 0.99 and 0.95, by scipy's binomial."""
    rule = Behavioral(test_cases=(), repeats=repeats, case_pass_rate=case_pass_rate)
    case = Case(id="c", place=PLACE)
    least = next(
        passed
        for passed in range(repeats + 1)
        if stand(Tally(case=case, passed=passed, asked=repeats), rule) is Standing.PASSES
    )
    all_pass = [100 * stats.binom.sf(least - 1, repeats, share) ** 200 for share in (0.995, 0.99, 0.95)]

    assert [round(share) for share in all_pass] == list(shares)


@pytest.mark.parametrize("case_pass_rate", [0.3, 0.5, 0.9, 0.99])
def test_fewest_repeats_are_those_at_which_a_flawless_case_passes(case_pass_rate: float) -> None:
    """One less and nothing could pass; scipy's bound agrees."""
    k = fewest_repeats(case_pass_rate, 0.05)

    assert stats.binomtest(k, k).proportion_ci(0.9, method="exact").low > case_pass_rate
    assert stats.binomtest(k - 1, k - 1).proportion_ci(0.9, method="exact").low <= case_pass_rate


def test_open_cases_are_no_passes_and_no_failures() -> None:
    """Where they could turn the verdict either way, it is INCONCLUSIVE and says how many repeats would settle them."""
    rule = Behavioral(test_cases=(), repeats=10, min_pass_rate=0.75)
    settled = rate(rule, 10, 10, 10, 6, of=10)
    failed = rate(rule, 10, 10, 0, 0, of=10)
    undecided = rate(rule, 10, 10, 6, 6, of=10)

    assert (settled.verdict, failed.verdict) == (Verdict.PASS, Verdict.FAIL)
    assert (undecided.verdict, undecided.reason) == (Verdict.INCONCLUSIVE, Reason.TOO_FEW_ROWS)
    assert undecided.n_needed is None
    assert "repeats of each case would settle the open ones if they stay as seen" in undecided.message
    assert "'c2' (6 of 10 answers pass, open): expected 'yes', got 'no'" in undecided.message


def test_a_case_on_its_limit_names_no_number_of_repeats() -> None:
    """Half of the answers pass and half of them must: more repeats would not tell."""
    finding = rate(Behavioral(test_cases=(), repeats=10), 5, of=10)

    assert (finding.verdict, finding.reason) == (Verdict.INCONCLUSIVE, Reason.NEAR_THE_LIMIT)


def test_confidence_is_about_cases_not_about_answers() -> None:
    """Two hundred answers to twenty cases are twenty units: they cannot certify 95 %."""
    rule = Behavioral(test_cases=(), repeats=10, min_pass_rate=0.95, confidence=0.95)
    few, enough = rate(rule, *[10] * 20, of=10), rate(rule, *[10] * 59, of=10)

    assert (few.verdict, few.n, few.n_needed) == (Verdict.INCONCLUSIVE, 20, 59)
    assert enough.verdict is Verdict.PASS


def test_with_confidence_open_cases_may_still_pass() -> None:
    """Ten open cases of thirty could lift the rate to where it must be; that it is too low is not shown."""
    rule = Behavioral(test_cases=(), repeats=10, min_pass_rate=0.9, confidence=0.95)
    undecided = rate(rule, *[10] * 20, *[6] * 10, of=10)
    failed = rate(rule, *[10] * 20, *[0] * 10, of=10)

    assert (undecided.verdict, failed.verdict) == (Verdict.INCONCLUSIVE, Verdict.FAIL)


def test_critical_cases_stand_by_their_bounds_too() -> None:
    """Open is not passing, and not failing."""
    rule = Behavioral(test_cases=(), repeats=10, min_pass_rate=0.1)
    listed = cases(2, critical=True)
    found = [judge(rule, listed, passing(10, count, of=10), LeftOut())[1] for count in (10, 7, 0)]

    assert [finding.verdict for finding in found] == [Verdict.PASS, Verdict.INCONCLUSIVE, Verdict.FAIL]


@pytest.mark.parametrize(("declared", "there"), [(1, 5), (5, 1), (5, 4)])
def test_other_repeats_than_declared_are_an_error(declared: int, there: int) -> None:
    """Who asks again until it is green changes the number of repeats, and the gate says so."""
    finding = rate(Behavioral(test_cases=(), repeats=declared), there, of=there)

    assert (finding.verdict, finding.reason) == (Verdict.ERROR, Reason.REPEATS_DIFFER)
    assert f"the gate says `repeats: {declared}`" in finding.message


def test_pairs_are_held_repeat_by_repeat() -> None:
    """The first answer beside the first, the second beside the second."""
    place = PLACE
    pair = Case(id="b", place=place, pair=Pair(of="a", relation=Relation.SAME))
    listed = Cases(sources=(Source(path="c", digest="b3:c"),), cases=(Case(id="a", place=place), pair))
    texts = {"a": ["1", "2", "3", "4", "5"], "b": ["1", "2", "3", "4", "9"]}
    by_case = {name: tuple(Answer(text=text) for text in found) for name, found in texts.items()}
    answers = Answers(source=Source(path="a", digest="b3:a"), by_case=by_case, repeats=5)
    finding = judge(Behavioral(test_cases=(), repeats=5), listed, Given(label="m", answers=answers), LeftOut())[0]

    assert "4 of 5 answers pass" in finding.message


def test_the_baseline_is_compared_by_the_mean_of_case_shares() -> None:
    """The unit is the case; its value is the difference of two shares."""
    rule = Behavioral(test_cases=(), repeats=5, min_pass_rate=0.1, max_degradation=0.1)
    ours, theirs = [5, 4, 5, 3] * 20, [5, 5, 4, 3] * 20
    equal = judge(rule, cases(80), passing(*ours, of=5), passing(*theirs, of=5))[-1]
    worse = judge(rule, cases(80), passing(*[2, 3, 1, 2] * 20, of=5), passing(*theirs, of=5))[-1]

    assert (equal.verdict, equal.reason, equal.n) == (Verdict.PASS, Reason.NOT_WORSE, 80)
    assert equal.estimate == pytest.approx(0, abs=1e-12)
    assert equal.method == "Student's interval with Hall's correction for skewness"
    assert (worse.verdict, worse.reason) == (Verdict.FAIL, Reason.WORSE)
    assert worse.estimate == pytest.approx((2 - 17 / 4) / 5)


def test_a_handful_of_differences_is_bounded_exactly() -> None:
    """The smallest difference of two shares is one answer of five; scipy's bounds, each at alpha / 2."""
    rule = Behavioral(test_cases=(), repeats=5, min_pass_rate=0.1, max_degradation=0.1)
    ours, theirs = [5] * 57 + [4, 4, 5], [5] * 59 + [4]
    finding = judge(rule, cases(60), passing(*ours, of=5), passing(*theirs, of=5))[-1]
    lost = stats.binomtest(2, 60).proportion_ci(0.95, method="exact")
    won = stats.binomtest(1, 60).proportion_ci(0.95, method="exact")

    assert finding.method == "exact bounds on the shares of losses and wins"
    assert finding.interval == pytest.approx((won.low / 5 - lost.high, won.high - lost.low / 5), abs=1e-9)
