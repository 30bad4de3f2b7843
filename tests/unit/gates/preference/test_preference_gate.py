"""The preference gate: what is counted, what is refused, and how it is said."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from seatrial.evidence.preference_records import Preference, Preferences, Winner
from seatrial.evidence.records import Source
from seatrial.gates.codes import Reason
from seatrial.gates.preference.judge import judge
from seatrial.gates.preference.policy import Orders, PreferenceRule
from seatrial.verdict import Finding, Verdict

C, B, T = Winner.CANDIDATE, Winner.BASELINE, Winner.TIE
RULE = PreferenceRule(margin=0.05)


def preferences(
    *pairs: tuple[Winner | None, Winner | None],
    human: dict[int, Winner] | None = None,
    clusters: list[str] | None = None,
    name: str = "judge@1",
) -> Preferences:
    """One id for each pair of winners, candidate first and baseline first."""
    people = human or {}
    by_id = tuple(
        Preference(
            id=f"i{at}",
            candidate_first=first,
            baseline_first=second,
            human=people.get(at),
            cluster=clusters[at] if clusters else None,
        )
        for at, (first, second) in enumerate(pairs)
    )
    rows = sum(len(one.winners) for one in by_id)
    source = Source(path="p.csv", digest="b3:p")
    return Preferences(source=source, judge=name, by_id=by_id, rows=rows, clustered=clusters is not None)


def rate(rule: PreferenceRule, *pairs: tuple[Winner | None, Winner | None]) -> Finding:
    (finding,) = judge(rule, preferences(*pairs), label="digits@3")
    return finding


def test_the_win_rate_is_the_mean_over_ids_of_both_orders_ties_half() -> None:
    """The interval is Student's on ids, from scipy, where nothing is skewed."""
    pairs = [(C, C), (C, T), (T, T), (C, B), (T, B), (B, B)] * 40
    finding = rate(RULE, *pairs)
    values = [1, 0.75, 0.5, 0.5, 0.25, 0] * 40
    low, high = stats.t.interval(0.9, 239, loc=0.5, scale=stats.sem(values))

    assert (finding.name, finding.kind, finding.metric) == ("preference.win_rate", "preference", "win_rate")
    assert (finding.estimate, finding.threshold, finding.n) == (0.5, 0.45, 240)
    assert finding.interval == pytest.approx((low, high), abs=1e-9)
    assert (finding.candidate, finding.baseline) == (0.5, 0.5)
    assert finding.digests == {"preferences": "b3:p"}


@pytest.mark.parametrize(
    ("pairs", "verdict", "reason"),
    [
        ([(C, C), (B, B)] * 600, Verdict.PASS, Reason.NOT_WORSE),
        ([(C, C), (B, B), (B, B)] * 200, Verdict.FAIL, Reason.WORSE),
        ([(C, C), (B, B)] * 20, Verdict.INCONCLUSIVE, Reason.TOO_FEW_ROWS),
        ([(C, C)] * 45 + [(B, B)] * 55 + [(T, T)] * 2_000, Verdict.PASS, Reason.NOT_WORSE),
        ([(C, C)] * 9_000 + [(B, B)] * 11_000, Verdict.INCONCLUSIVE, Reason.NEAR_THE_LIMIT),
        ([(B, B)] * 30, Verdict.FAIL, Reason.WORSE),
        ([(T, T)] * 36, Verdict.PASS, Reason.NOT_WORSE),
        ([(T, T)] * 35, Verdict.INCONCLUSIVE, Reason.TOO_FEW_ROWS),
        ([(C, B)] * 35, Verdict.INCONCLUSIVE, Reason.TOO_FEW_ROWS),
    ],
)
def test_three_verdicts(pairs: list[tuple[Winner, Winner]], verdict: Verdict, reason: Reason) -> None:
    """Not worse by the margin is shown, ruled out, or neither; few ids decide nothing, whatever they say."""
    finding = rate(RULE, *pairs)

    assert (finding.verdict, finding.reason) == (verdict, reason)


def test_the_message_says_what_how_much_how_sure_and_what_would_change_it() -> None:
    """A reviewer without statistics can act on the sentence."""
    finding = rate(RULE, *[(C, C), (B, B)] * 20)

    assert finding.n_needed is not None
    assert finding.message == (
        "the candidate wins 0.500 against digits@3, ties half (90 % interval 0.365 to 0.635; judge 'judge@1'); "
        "that it lies above 0.450 can be neither shown nor ruled out with 40 ids; "
        f"about {finding.n_needed:,} ids would decide if both are equally good; "
        "what was shown first won 0.500 of 80 decided rows (95 % interval 0.393 to 0.607), "
        "and turning the order changed 0 of 40 ids"
    )


def test_a_judge_that_goes_by_position_is_found_out() -> None:
    """Both orders cancel the bias in the rate; the message shows it."""
    finding = rate(RULE, *[(C, B)] * 50)

    assert finding.estimate == 0.5
    assert "what was shown first won 1.000 of 100 decided rows" in finding.message
    assert "turning the order changed 50 of 50 ids" in finding.message


def test_parts_are_the_figures_of_the_judge() -> None:
    """Position and agreement, each with its interval where it has one."""
    (finding,) = judge(RULE, preferences((C, B), (C, C), (T, T), human={0: T, 1: B}), label="digits@3")

    assert [(part.name, part.n, part.estimate) for part in finding.parts] == [
        ("first shown wins", 4, 0.75),
        ("another winner in the other order", 3, pytest.approx(1 / 3)),
        ("agrees with people", 2, 0.5),
        ("kappa with people", 2, pytest.approx(1 / 3)),
    ]
    assert all(part.interval is not None for part in finding.parts if part.name != finding.parts[1].name)


def test_an_id_in_one_order_only_is_an_error() -> None:
    """The ids are named with the order that is missing."""
    finding = rate(RULE, (C, C), (None, B), (T, None))

    assert (finding.verdict, finding.reason) == (Verdict.ERROR, Reason.ORDER_MISSING)
    assert "2 of 3 ids were shown in one order only; missing: 'i1' (candidate_first), 'i2' (baseline_first)" in (
        finding.message
    )


def test_one_order_is_enough_where_the_rule_says_so() -> None:
    """And the message says how many there are."""
    rule = PreferenceRule(margin=0.05, orders=Orders.ANY)
    finding = rate(rule, *[(C, None), (None, B)] * 20)

    assert (finding.verdict, finding.estimate) == (Verdict.INCONCLUSIVE, 0.5)
    assert ", 40 ids were shown in one order only" in finding.message


def test_the_judge_that_was_pinned_must_have_judged() -> None:
    """Another judge, or another version of it, has judged something else."""
    rule = PreferenceRule(margin=0.05, judge="judge@2")
    (finding,) = judge(rule, preferences((C, C)), label="digits@3")

    assert (finding.verdict, finding.reason) == (Verdict.ERROR, Reason.JUDGE_DIFFERS)
    assert finding.message == "the judge is 'judge@1', and the gate names 'judge@2'"
    assert judge(rule, preferences(*[(T, T)] * 40, name="judge@2"), label="x")[0].verdict is Verdict.PASS


def test_no_preferences_are_no_agreement() -> None:
    """A missing file is an ERROR."""
    (finding,) = judge(RULE, None, label="digits@3")

    assert (finding.verdict, finding.reason) == (Verdict.ERROR, Reason.PREFERENCES_MISSING)


def test_copies_within_a_cluster_are_no_evidence() -> None:
    """The same ids decide alone and do not decide as three conversations."""
    pairs = [(C, C), (B, B), (T, T)] * 400
    alone = rate(RULE, *pairs)
    names = [("x", "y", "z")[at % 3] for at in range(1_200)]
    (together,) = judge(RULE, preferences(*pairs, clusters=names), label="digits@3")

    assert alone.verdict is Verdict.PASS
    assert (together.verdict, together.n) == (Verdict.INCONCLUSIVE, 3)
    assert together.reason is Reason.TOO_FEW_INFORMATIVE_ROWS
    assert together.interval is None
    assert "too few for an interval" in together.message


def test_many_clusters_decide_as_units() -> None:
    """With their own spread; the message counts clusters."""
    generator = np.random.default_rng(3)
    values = generator.integers(0, 3, size=600)
    pairs = [[(C, C), (B, B), (T, T)][value] for value in values]
    names = [f"k{at // 2}" for at in range(600)]
    (finding,) = judge(PreferenceRule(margin=0.1), preferences(*pairs, clusters=names), label="digits@3")

    assert (finding.verdict, finding.n) == (Verdict.PASS, 300)
    assert "shown with 300 clusters" in finding.message


def _people(agreed: int, other: int) -> Preferences:
    pairs = [(C, C) if at % 2 else (B, B) for at in range(agreed + other)]
    said = {at: (C if at % 2 else B) if at < agreed else T for at in range(agreed + other)}
    return preferences(*pairs, human=said)


@pytest.mark.parametrize(
    ("agreed", "other", "verdict", "reason"),
    [
        (95, 5, Verdict.PASS, Reason.WITHIN_LIMIT),
        (60, 40, Verdict.FAIL, Reason.BELOW_MIN),
        (18, 2, Verdict.INCONCLUSIVE, Reason.TOO_FEW_ROWS),
        (80, 20, Verdict.INCONCLUSIVE, Reason.NEAR_THE_LIMIT),
    ],
)
def test_agreement_with_people_is_shown_or_ruled_out(agreed: int, other: int, verdict: Verdict, reason: Reason) -> None:
    """By the exact bound on the share of ids; a few ids that happen to agree show nothing."""
    rule = PreferenceRule(margin=0.05, min_agreement=0.8)
    _, finding = judge(rule, _people(agreed, other), label="digits@3")

    assert (finding.name, finding.verdict, finding.reason) == ("preference.agreement", verdict, reason)
    assert (finding.estimate, finding.threshold, finding.n) == (agreed / (agreed + other), 0.8, agreed + other)
    assert f"the judge agrees with people on {agreed} of {agreed + other} ids, kappa" in finding.message


def test_agreement_without_people_is_an_error() -> None:
    """It was asked for, and nobody can tell."""
    rule = PreferenceRule(margin=0.05, min_agreement=0.8)
    _, finding = judge(rule, preferences((C, C)), label="digits@3")

    assert (finding.verdict, finding.reason) == (Verdict.ERROR, Reason.HUMAN_LABELS_MISSING)


def test_what_people_said_is_told_even_without_a_limit() -> None:
    """Opposite words in the two orders count as a tie of the judge."""
    (finding,) = judge(RULE, preferences((C, B), (C, T), human={0: T, 1: C}), label="digits@3")

    assert "the judge agrees with people on 2 of 2 ids, kappa 1.000" in finding.message


def test_names_from_files_are_made_printable() -> None:
    """A judge's name cannot move the cursor of a terminal."""
    (finding,) = judge(
        PreferenceRule(margin=0.05, judge="x"), preferences((C, C), name="\x1b[2J" + "y" * 500), label="digits@3"
    )

    assert finding.message.isprintable()
    assert len(finding.message) < 200
