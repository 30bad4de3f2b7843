"""What data was refused for, as GitHub shows it: at the contract's line, ten of a level, and the rest counted."""

from __future__ import annotations

from seatrial.replacing import replace
from seatrial.report.facts import CheckFact, DetailFact
from seatrial.report.github import MOST, check_lines
from seatrial.verdict import Decision, Finding, Verdict

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


def test_finding_stands_at_its_line_with_dataset_and_figures() -> None:
    [line] = check_lines([fact((BROKEN, AT))])

    head, _, text = line.rpartition("::")
    assert head == "::error file=contract.yaml,line=12,title=FAIL%3A contract.range age in people"
    assert text == "3 values lie outside%0A5,000 rows"


def test_finding_without_a_place_has_a_title_and_no_empty_line() -> None:
    """A difference from the reference stands in no file."""
    bare = DetailFact(severity="error", figures="", file=None, line=None)

    assert check_lines([fact((BROKEN, bare))]) == [
        "::error title=FAIL%3A contract.range age in people::3 values lie outside"
    ]


def test_only_what_blocks_is_an_error() -> None:
    unsure = replace(BROKEN, verdict=Verdict.INCONCLUSIVE)
    unknown = replace(BROKEN, verdict=Verdict.ERROR)
    slight = replace(AT, severity="warning")

    lines = check_lines([fact((BROKEN, AT), (unknown, AT), (unsure, AT), (BROKEN, slight))])

    assert [line.split(" ")[0] for line in lines] == ["::error", "::error", "::warning", "::warning"]


def test_data_that_holds_is_not_spoken_of() -> None:
    assert check_lines([]) == check_lines([fact()]) == []


def test_ten_of_a_level_are_shown_whole_and_of_more_the_last_counts_the_rest() -> None:
    """Over all datasets of the run: GitHub counts those of a step."""
    half = [(BROKEN, AT)] * (MOST // 2)

    whole = check_lines([fact(*half), fact(*half, dataset="pets")])
    more = check_lines([fact(*half), fact(*half, (BROKEN, AT), dataset="pets")])

    assert len(whole) == len(more) == MOST
    assert "pets" in whole[-1]
    assert more[-1] == "::error title=data::2 more findings: see the report of the run"


def test_what_a_check_left_out_of_its_facts_is_counted_too() -> None:
    """They are no graver than the last that is told."""
    slight = (BROKEN, replace(AT, severity="warning"))

    lines = check_lines([fact((BROKEN, AT), slight, left_out=30)])

    assert lines[-1] == "::warning title=data::30 more findings: see the report of the run"
    assert len([line for line in lines if line.startswith("::error")]) == 1


def test_no_text_of_data_begins_a_command_of_its_own() -> None:
    """Nor ends the properties of this one."""
    named = replace(BROKEN, name="contract.range a,b:c\n::error::x", message="50 %\n::stop::")

    [line] = check_lines([fact((named, AT), dataset="x\n::error::y")])

    assert "\n" not in line
    assert line.count("::") - line.partition("::error ")[2].partition("::")[2].count("::") == 2
    assert "50 %25" in line
