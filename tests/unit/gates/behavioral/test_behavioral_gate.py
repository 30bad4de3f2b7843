"""The behavioral gate on models that are asked once: what is judged, what is not, and how it is said."""

from __future__ import annotations

import polars as pl
import pytest

from seatrial.digest import Json
from seatrial.errors import Place
from seatrial.evidence.case_records import Answer, Answers, Case, Cases, Compared, Expectation, Pair, Relation
from seatrial.evidence.records import Predictions, Source
from seatrial.gates.behavioral.given import Given
from seatrial.gates.behavioral.judge import judge
from seatrial.gates.behavioral.policy import Behavioral
from seatrial.gates.codes import Reason
from seatrial.gates.evidence import Absent, AbsentReason, LeftOut
from seatrial.verdict import Finding, Verdict

RULE = Behavioral(test_cases=("c.csv",))
PLACE = Place(file="c.csv", line=2)
SOURCE = Source(path="answers.jsonl", digest="b3:answers")


def expecting(matcher: str = "exact", **arguments: Json) -> tuple[Expectation, ...]:
    return (Expectation(matcher=matcher, arguments=arguments or {"expected": "yes"}, place=PLACE),)


def case(name: str, *, tags: tuple[str, ...] = (), critical: bool = False) -> Case:
    return Case(id=name, place=PLACE, expectations=expecting(), tags=tags, critical=critical)


def cases(*listed: Case) -> Cases:
    return Cases(sources=(Source(path="c.csv", digest="b3:cases"),), cases=listed)


def many(n: int) -> Cases:
    return cases(*(case(f"c{at}") for at in range(n)))


def given(answers: dict[str, str | Answer], *, label: str = "the candidate", artifact: str | None = None) -> Given:
    by_case = {name: (one if isinstance(one, Answer) else Answer(text=one),) for name, one in answers.items()}
    return Given(label=label, answers=Answers(source=SOURCE, by_case=by_case), artifact=artifact)


def answering(n: int, wrong: int) -> Given:
    return given({f"c{at}": "no" if at < wrong else "yes" for at in range(n)})


def only(found: tuple[Finding, ...]) -> Finding:
    (finding,) = found
    return finding


def test_all_cases_pass() -> None:
    """The finding names evidence and figures; the default asks for all of them."""
    finding = only(judge(RULE, many(3), answering(3, 0), LeftOut()))

    assert (finding.name, finding.kind, finding.metric) == ("behavioral.pass_rate", "behavioral", "pass_rate")
    assert (finding.verdict, finding.reason, finding.estimate, finding.threshold, finding.n) == (
        Verdict.PASS, Reason.WITHIN_LIMIT, 1.0, 1.0, 3,
    )  # fmt: skip
    assert finding.digests == {"test_cases": "b3:cases", "candidate_answers": "b3:answers"}
    assert finding.message == "3 of 3 cases pass, 1.000 (95 % interval 0.439 to 1.000); that is at least 1.000"


@pytest.mark.parametrize(
    ("n", "wrong", "least", "verdict"),
    [
        (100, 5, 0.95, Verdict.PASS),
        (100, 6, 0.95, Verdict.FAIL),
        (200, 14, 0.93, Verdict.PASS),
        (1, 1, 1, Verdict.FAIL),
    ],
)
def test_without_confidence_the_rate_itself_is_compared(n: int, wrong: int, least: float, verdict: Verdict) -> None:
    """A statement on these cases, with two verdicts; on the limit is within it."""
    rule = Behavioral(test_cases=(), min_pass_rate=least)

    assert only(judge(rule, many(n), answering(n, wrong), LeftOut())).verdict is verdict


@pytest.mark.parametrize(
    ("n", "least", "verdict"),
    [
        (58, 0.95, Verdict.INCONCLUSIVE),
        (59, 0.95, Verdict.PASS),
        (298, 0.99, Verdict.INCONCLUSIVE),
        (299, 0.99, Verdict.PASS),
        (2994, 0.999, Verdict.INCONCLUSIVE),
        (2995, 0.999, Verdict.PASS),
    ],
)
def test_with_confidence_flawless_cases_certify_at_the_published_counts(n: int, least: float, verdict: Verdict) -> None:
    """59, 299 and 2,995 cases, all passing, show 95, 99 and 99.9 % at 95 % confidence; one less says how many."""
    rule = Behavioral(test_cases=(), min_pass_rate=least, confidence=0.95)
    finding = only(judge(rule, many(n), answering(n, 0), LeftOut()))

    assert finding.verdict is verdict
    assert finding.n_needed == (n + 1 if verdict is Verdict.INCONCLUSIVE else None)


def test_with_confidence_a_rate_that_is_too_low_fails() -> None:
    """The upper bound lies below the limit."""
    rule = Behavioral(test_cases=(), min_pass_rate=0.9, confidence=0.95)
    finding = only(judge(rule, many(100), answering(100, 30), LeftOut()))

    assert (finding.verdict, finding.reason) == (Verdict.FAIL, Reason.BELOW_MIN)


def test_the_message_names_the_cases_that_fail_critical_ones_first() -> None:
    """The first five, with what was wanted and what came; then how many more; tags, the worst first."""
    listed = [case(f"c{at}", tags=("tone",) if at % 2 else ("facts", "tone")) for at in range(8)]
    listed[6] = case("c6", critical=True, tags=("facts",))
    found = judge(RULE, cases(*listed), answering(8, 7), LeftOut())
    rate, critical = found

    assert (
        "not passing: 'c6' (critical): expected 'yes', got 'no'; 'c0': expected 'yes', got 'no'; 'c1'" in rate.message
    )
    assert "'c3': expected 'yes', got 'no'; and 2 more; by tag: facts 0 of 4, tone 1 of 7" in rate.message
    assert "'c4'" not in rate.message
    assert (critical.name, critical.verdict, critical.reason) == (
        "behavioral.critical", Verdict.FAIL, Reason.CRITICAL_CASE_FAILS,
    )  # fmt: skip
    assert critical.message == (
        "0 of 1 critical case passes, and every one must; not passing: 'c6' (critical): expected 'yes', got 'no'"
    )


def test_parts_list_tags_and_cases_that_do_not_pass() -> None:
    """For a report: every tag with its share, the worst first, then each case with what was wanted and what came."""
    listed = cases(case("c0", tags=("tone",)), case("c1", tags=("tone", "facts")))
    finding = only(judge(RULE, listed, answering(2, 1), LeftOut()))

    assert [(part.name, part.n, part.estimate, part.verdict, part.note) for part in finding.parts] == [
        ("tag tone", 2, 0.5, None, None),
        ("tag facts", 1, 1.0, None, None),
        ("case c0", 1, 0.0, Verdict.FAIL, "'c0': expected 'yes', got 'no'"),
    ]
    assert len(only(judge(RULE, many(150), answering(150, 150), LeftOut())).parts) == 100


def test_a_critical_case_blocks_whatever_the_rate_is() -> None:
    """That is what critical means."""
    listed = cases(*(case(f"c{at}", critical=at == 0) for at in range(100)))
    rate, critical = judge(Behavioral(test_cases=(), min_pass_rate=0.5), listed, answering(100, 1), LeftOut())

    assert (rate.verdict, critical.verdict) == (Verdict.PASS, Verdict.FAIL)


def test_what_a_terminal_obeys_does_not_reach_it() -> None:
    """Answers and ids are cut and made printable."""
    listed = cases(case("c0"))
    answer = "\x1b[31mred\u202e\r\n" + "x" * 1_000_000
    finding = only(judge(RULE, listed, given({"c0": answer}), LeftOut()))

    assert finding.message.isprintable()
    assert r"got '\x1b[31mred\u202e\r\nxxx" in finding.message
    assert len(finding.message) < 400


def test_every_matcher_of_a_case_must_hold() -> None:
    """The message names the one that did not."""
    both = (*expecting("contains", any=["a"]), *expecting("length", max_words=1))
    finding = only(judge(RULE, cases(Case(id="c", place=PLACE, expectations=both)), given({"c": "a b"}), LeftOut()))

    assert "expected text of at most 1 words, got 'a b'" in finding.message


@pytest.mark.parametrize(
    ("pair", "mine", "theirs", "passes"),
    [
        (Pair(of="a", relation=Relation.SAME), "cat", "cat", True),
        (Pair(of="a", relation=Relation.SAME), "1.0", "1", True),
        (Pair(of="a", relation=Relation.SAME), "cat", "dog", False),
        (Pair(of="a", relation=Relation.HIGHER), "2", "1", True),
        (Pair(of="a", relation=Relation.HIGHER), "1", "1", False),
        (Pair(of="a", relation=Relation.HIGHER, by=2), "2", "1", False),
        (Pair(of="a", relation=Relation.LOWER), "1", "2", True),
        (Pair(of="a", relation=Relation.LOWER, by=1), "1", "2", True),
        (Pair(of="a", relation=Relation.WITHIN, by=1), "1", "2", True),
        (Pair(of="a", relation=Relation.WITHIN, by=0.5), "1", "2", False),
        (Pair(of="a", relation=Relation.HIGHER), "two", "1", False),
    ],
)
def test_pairs_compare_two_answers_of_one_model(pair: Pair, mine: str, theirs: str, passes: bool) -> None:
    """Invariance and direction (CheckList); an answer that is no number is neither higher nor lower."""
    listed = cases(Case(id="a", place=PLACE), Case(id="b", place=PLACE, pair=pair))
    finding = only(judge(RULE, listed, given({"a": theirs, "b": mine}), LeftOut()))

    assert (finding.verdict is Verdict.PASS) is passes
    assert finding.n == 1


def test_pairs_may_compare_scores() -> None:
    """A score that nobody wrote is an ERROR, not a failure of the model."""
    pair = Pair(of="a", relation=Relation.LOWER, by=0.1, on=Compared.SCORE)
    listed = cases(Case(id="a", place=PLACE), Case(id="b", place=PLACE, pair=pair))
    scored = only(
        judge(RULE, listed, given({"a": Answer(text="x", score=0.5), "b": Answer(text="x", score=0.4)}), LeftOut())
    )
    lacking = only(judge(RULE, listed, given({"a": Answer(text="x", score=0.5), "b": "x"}), LeftOut()))

    assert scored.verdict is Verdict.PASS
    assert (lacking.verdict, lacking.reason) == (Verdict.ERROR, Reason.NOT_JUDGED)
    assert "1 of 1 cases cannot be judged: 'b' (there is no score to compare)" in lacking.message


def test_what_nobody_judged_is_an_error_of_the_whole() -> None:
    """A rate over the cases that happen to be judged would be one over cases nobody chose."""
    listed = cases(case("c0"), Case(id="c1", place=PLACE, expectations=expecting("custom", min_score=1)))
    finding = only(judge(RULE, listed, given({"c0": "yes", "c1": "yes"}), LeftOut()))

    assert (finding.verdict, finding.reason) == (Verdict.ERROR, Reason.NOT_JUDGED)
    assert "'c1' (a score of at least 1 cannot be told of it)" in finding.message


@pytest.mark.parametrize(
    ("answers", "reason", "message"),
    [
        ({"c0": "yes"}, Reason.CASES_UNANSWERED, "answers.jsonl has no answers for 1 of 2 cases: 'c1'"),
        ({f"c{at}": "yes" for at in range(3)}, Reason.UNKNOWN_CASES, "1 cases that no file of test cases has: 'c2'"),
        ({}, Reason.CASES_UNANSWERED, "has no answers for 2 of 2 cases: 'c0', 'c1'"),
    ],
)  # fmt: skip
def test_answers_that_are_not_those_of_the_cases_are_an_error(
    answers: dict[str, str | Answer], reason: Reason, message: str
) -> None:
    """Neither a case without an answer nor an answer without a case is passed over."""
    finding = only(judge(RULE, many(2), given(answers), LeftOut()))

    assert (finding.verdict, finding.reason) == (Verdict.ERROR, reason)
    assert message in finding.message


def test_nothing_to_judge_by_is_an_error() -> None:
    """No answers and no predictions."""
    finding = only(judge(RULE, many(2), Given(label="the candidate"), LeftOut()))

    assert (finding.verdict, finding.reason) == (Verdict.ERROR, Reason.CASES_UNANSWERED)
    assert finding.message == "the candidate has neither answers nor predictions, so no case can be judged"


def test_cases_may_name_rows_of_the_predictions() -> None:
    """`id,expected` needs no answers file; other rows are none of its business, ids that are not there are."""
    table = pl.DataFrame({"id": ["c0", "c1", "x"], "label": ["no"] * 3, "prediction": ["yes"] * 3})
    predictions = Predictions(source=Source(path="p.csv", digest="b3:p"), table=table)
    model = Given(label="the candidate", predictions=predictions)
    fine, lacking = only(judge(RULE, many(2), model, LeftOut())), only(judge(RULE, many(3), model, LeftOut()))

    assert fine.verdict is Verdict.PASS
    assert fine.digests["candidate_predictions"] == "b3:p"
    assert (lacking.verdict, lacking.reason) == (Verdict.ERROR, Reason.CASES_UNANSWERED)
    assert "p.csv has no rows for 1 of 3 cases: 'c2'" in lacking.message


def test_predictions_without_a_prediction_are_no_answers() -> None:
    """A table that was read for other columns only."""
    table = pl.DataFrame({"id": ["c0"], "value:loss": [0.5]})
    model = Given(label="c", predictions=Predictions(source=Source(path="p.csv", digest="b3:p"), table=table))
    finding = only(judge(RULE, many(1), model, LeftOut()))

    assert (finding.verdict, finding.reason) == (Verdict.ERROR, Reason.CASES_UNANSWERED)


_AGAINST = Behavioral(test_cases=(), min_pass_rate=0.5, max_degradation=0.05)


@pytest.mark.parametrize(
    ("ours", "theirs", "verdict", "reason"),
    [
        (20, 20, Verdict.PASS, Reason.NOT_WORSE),
        (150, 20, Verdict.FAIL, Reason.WORSE),
    ],
)
def test_the_baseline_answers_the_same_cases(ours: int, theirs: int, verdict: Verdict, reason: Reason) -> None:
    """Paired by case, as accuracy is paired by row."""
    _, finding = judge(_AGAINST, many(600), answering(600, ours), answering(600, theirs))

    assert (finding.name, finding.verdict, finding.reason) == ("behavioral.regression", verdict, reason)
    assert finding.threshold == -0.05
    assert finding.estimate == pytest.approx((theirs - ours) / 600)
    assert set(finding.digests) == {"test_cases", "candidate_answers", "baseline_answers"}


def test_few_cases_cannot_show_that_nothing_got_worse() -> None:
    """And the finding says how many would."""
    _, finding = judge(_AGAINST, many(20), answering(20, 0), answering(20, 0))

    assert (finding.verdict, finding.reason) == (Verdict.INCONCLUSIVE, Reason.TOO_FEW_ROWS)
    assert finding.n_needed is not None
    assert f"about {finding.n_needed:,} cases would decide" in finding.message


@pytest.mark.parametrize(
    ("why", "verdict", "reason"),
    [
        (AbsentReason.NO_BASELINE, Verdict.ERROR, Reason.NO_BASELINE),
        (AbsentReason.BASELINE_ABSENT, Verdict.INCONCLUSIVE, Reason.BASELINE_ABSENT),
        (AbsentReason.NOT_RESCORED, Verdict.ERROR, Reason.NOT_RESCORED),
    ],
)
def test_a_baseline_that_is_not_there_is_no_agreement(why: AbsentReason, verdict: Verdict, reason: Reason) -> None:
    """Each way of not being there has its word; a first model is not compared."""
    _, finding = judge(_AGAINST, many(2), answering(2, 0), Absent(reason=why, next_step="do this"))

    assert (finding.verdict, finding.reason) == (verdict, reason)
    assert finding.message.endswith("; do this")
    assert "; " in judge(_AGAINST, many(2), answering(2, 0), Absent(reason=why))[1].message
    assert len(judge(_AGAINST, many(2), answering(2, 0), LeftOut())) == 1


def test_the_same_artifact_cannot_be_worse() -> None:
    """Its answers are not even looked at."""
    mine = given({"c0": "yes"}, artifact="b3:same")
    _, finding = judge(_AGAINST, many(1), mine, Given(label="digits@3", artifact="b3:same"))

    assert (finding.verdict, finding.reason) == (Verdict.PASS, Reason.SAME_ARTIFACT)


def test_a_baseline_without_answers_is_an_error() -> None:
    """Never a comparison of what is left."""
    _, finding = judge(_AGAINST, many(2), answering(2, 0), given({"c0": "yes"}, label="digits@3"))

    assert (finding.verdict, finding.reason) == (Verdict.ERROR, Reason.CASES_UNANSWERED)
    assert finding.message.startswith("digits@3: ")


def test_the_same_evidence_gives_the_same_findings() -> None:
    """Byte for byte; nothing is drawn."""
    first, second = (judge(_AGAINST, many(300), answering(300, 9), answering(300, 5)) for _ in range(2))

    assert first == second


def test_ten_thousand_cases_are_judged() -> None:
    """The patterns of all of them are compiled once each; a case costs less than a millisecond of that."""
    listed = cases(
        *(
            Case(id=f"c{at}", place=PLACE, expectations=expecting("regex", pattern=f"^answer {at}$"))
            for at in range(10_000)
        )
    )
    finding = only(judge(RULE, listed, given({f"c{at}": f"answer {at}" for at in range(10_000)}), LeftOut()))

    assert (finding.verdict, finding.n) == (Verdict.PASS, 10_000)
