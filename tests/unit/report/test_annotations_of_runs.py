"""What a run was refused for, as remarks and as GitHub shows them: at the line that asked, ten of a level, and the
rest counted."""

from __future__ import annotations

import pytest

from seatrial.replacing import replace
from seatrial.report.annotations import Grade, remarks, untold
from seatrial.report.facts import CheckFact, DetailFact, PlaceFact, RunFacts, UnderBaseFact
from seatrial.report.github import MOST, log_lines
from seatrial.verdict import Decision, Finding, Verdict
from tests.support import report_samples as samples

BROKEN = Finding(
    name="contract.range age",
    kind="data",
    metric="age",
    verdict=Verdict.FAIL,
    reason="broken",
    message="3 values lie outside",
)
AT = DetailFact(severity="error", figures="5,000 rows", file="contract.yaml", line=12)


def fact(*told: tuple[Finding, DetailFact], left_out: int = 0, dataset: str = "people") -> CheckFact:
    return CheckFact(
        name="check",
        dataset=dataset,
        identity="b3:1",
        rows=5000,
        verdict=Verdict.FAIL,
        decision=Decision.BLOCK,
        findings=tuple(finding for finding, _ in told),
        details=tuple(detail for _, detail in told),
        passed=0,
        left_out=left_out,
    )


def lines_of(*checks: CheckFact) -> list[str]:
    return log_lines(samples.run(checks=checks))


def judged(verdict: Verdict, decision: Decision, *verdicts: Verdict) -> RunFacts:
    """A model with a finding of each of these verdicts."""
    findings = tuple(samples.performance(each, name=f"performance.m{at}.min") for at, each in enumerate(verdicts))
    return samples.run(models=(samples.model(*findings, verdict=verdict, decision=decision),))


def test_finding_stands_at_its_line_with_dataset_and_figures() -> None:
    [line] = lines_of(fact((BROKEN, AT)))

    head, _, text = line.rpartition("::")
    assert head == "::error file=contract.yaml,line=12,title=FAIL%3A contract.range age in people"
    assert text == "3 values lie outside%0A5,000 rows"


def test_gate_of_a_model_stands_at_its_rule() -> None:
    finding = samples.performance(Verdict.FAIL, message="accuracy 0.871 is below 0.9")
    model = samples.model(
        finding,
        verdict=Verdict.FAIL,
        decision=Decision.BLOCK,
        places=(PlaceFact(finding=finding.name, file="gates.yaml", line=4),),
    )

    assert log_lines(samples.run(models=(model,))) == [
        "::error file=gates.yaml,line=4,title=FAIL%3A performance.accuracy.min in digits::accuracy 0.871 is below 0.9"
    ]


def test_finding_without_a_place_has_a_title_and_no_empty_line() -> None:
    """A difference from the reference stands in no file."""
    bare = DetailFact(severity="error", figures="", file=None, line=None)

    assert lines_of(fact((BROKEN, bare))) == [
        "::error title=FAIL%3A contract.range age in people::3 values lie outside"
    ]


def test_only_what_blocks_is_an_error() -> None:
    unsure = replace(BROKEN, verdict=Verdict.INCONCLUSIVE)
    unknown = replace(BROKEN, verdict=Verdict.ERROR)
    slight = replace(AT, severity="warning")

    lines = lines_of(fact((BROKEN, AT), (unknown, AT), (unsure, AT), (BROKEN, slight)))

    assert [line.split(" ")[0] for line in lines] == ["::error", "::error", "::warning", "::warning"]


@pytest.mark.parametrize(
    ("decision", "grade"),
    [
        (Decision.BLOCK, Grade.FAILURE),
        (Decision.HOLD, Grade.FAILURE),
        (Decision.WARN, Grade.WARNING),
    ],
)
def test_a_model_that_is_undecided_is_as_grave_as_what_policy_makes_of_it(decision: Decision, grade: Grade) -> None:
    """What cannot be decided and stands in the way is a failure, never less."""
    facts = judged(Verdict.INCONCLUSIVE, decision, Verdict.INCONCLUSIVE, Verdict.PASS)

    assert [remark.grade for remark in remarks(facts)] == [grade]


def test_what_an_observing_gate_set_would_have_stopped_is_a_warning() -> None:
    facts = judged(Verdict.FAIL, Decision.WARN, Verdict.FAIL)

    assert [remark.grade for remark in remarks(facts)] == [Grade.WARNING]


def test_what_only_the_gates_of_the_base_say_no_to_is_told() -> None:
    """Else a model that is held would have no remark at all; what both say is told once."""
    own, theirs = samples.performance(Verdict.FAIL), samples.regression(Verdict.INCONCLUSIVE)
    base = UnderBaseFact(
        label="main at 1a2b3c4",
        gate_set="promote",
        verdict=Verdict.FAIL,
        decision=Decision.BLOCK,
        findings=(own, theirs, samples.regression(Verdict.FAIL, name="regression.f1")),
    )
    held = samples.model(samples.regression(), decision=Decision.HOLD, under_base=base)
    failed = samples.model(own, verdict=Verdict.FAIL, decision=Decision.BLOCK, under_base=base)

    told = [remarks(samples.run(models=(model,))) for model in (held, failed)]

    assert [[(remark.of, remark.name, remark.grade.value) for remark in each] for each in told] == [
        [
            ("base", "performance.accuracy.min", "failure"),
            ("base", "regression.f1", "failure"),
            ("base", "regression.accuracy", "warning"),
        ],
        [
            ("model", "performance.accuracy.min", "failure"),
            ("base", "regression.f1", "failure"),
            ("base", "regression.accuracy", "warning"),
        ],
    ]
    assert told[0][0].title == "FAIL: performance.accuracy.min in digits under the gates of main at 1a2b3c4"


def test_what_the_gates_of_the_base_cannot_decide_and_hold_for_is_a_failure() -> None:
    """The model has passed its own, so nothing else says why it is held."""
    base = UnderBaseFact(
        label="main at 1a2b3c4",
        gate_set="promote",
        verdict=Verdict.INCONCLUSIVE,
        decision=Decision.HOLD,
        findings=(samples.regression(Verdict.INCONCLUSIVE),),
    )
    held = samples.model(samples.regression(), decision=Decision.HOLD, under_base=base)

    assert [remark.grade for remark in remarks(samples.run(models=(held,)))] == [Grade.FAILURE]


def test_the_gravest_come_first_and_models_before_data() -> None:
    slight = replace(AT, severity="warning")
    model = judged(Verdict.FAIL, Decision.BLOCK, Verdict.INCONCLUSIVE, Verdict.FAIL).models[0]
    facts = samples.run(models=(model,), checks=(fact((BROKEN, slight), (BROKEN, AT)),))

    assert [(remark.of, remark.grade) for remark in remarks(facts)] == [
        ("model", Grade.FAILURE),
        ("data", Grade.FAILURE),
        ("model", Grade.WARNING),
        ("data", Grade.WARNING),
    ]


@pytest.mark.parametrize("path", ["/etc/passwd", "../other/contract.yaml", "a/../../b", "..", "a\nb", "x" * 5000])
def test_a_path_outside_of_the_repository_is_no_place(path: str) -> None:
    [remark] = remarks(samples.run(checks=(fact((BROKEN, replace(AT, file=path))),)))

    assert remark.path is None


def test_a_path_is_written_as_git_writes_it() -> None:
    [remark] = remarks(samples.run(checks=(fact((BROKEN, replace(AT, file="./data//contract.yaml"))),)))

    assert remark.path == "data/contract.yaml"


def test_what_holds_is_not_spoken_of() -> None:
    assert lines_of() == lines_of(fact()) == log_lines(samples.passed()) == []


def test_ten_of_a_level_are_shown_whole_and_of_more_the_last_counts_the_rest() -> None:
    """Over all models and datasets of the run: GitHub counts those of a step."""
    half = [(BROKEN, AT)] * (MOST // 2)

    whole = lines_of(fact(*half), fact(*half, dataset="pets"))
    more = lines_of(fact(*half), fact(*half, (BROKEN, AT), dataset="pets"))

    assert len(whole) == len(more) == MOST
    assert "pets" in whole[-1]
    assert more[-1] == "::error title=seatrial::2 more findings: see the report of the run"


def test_what_a_check_left_out_of_its_facts_is_counted_too() -> None:
    """They are no graver than the last that is told."""
    slight = (BROKEN, replace(AT, severity="warning"))
    check = fact((BROKEN, AT), slight, left_out=30)

    lines = lines_of(check)

    assert lines[-1] == "::warning title=seatrial::30 more findings: see the report of the run"
    assert len([line for line in lines if line.startswith("::error")]) == 1
    assert untold(samples.run(checks=(check,))) == {Grade.WARNING: 30}


def test_no_text_of_data_begins_a_command_of_its_own() -> None:
    """Nor ends the properties of this one."""
    named = replace(BROKEN, name="contract.range a,b:c\n::error::x", message="50 %\n::stop::")

    [line] = lines_of(fact((named, AT), dataset="x\n::error::y"))

    assert "\n" not in line
    assert line.count("::") - line.partition("::error ")[2].partition("::")[2].count("::") == 2
    assert "50 %25" in line
