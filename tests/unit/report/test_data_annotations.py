"""Findings as workflow commands: they point at the contract's line, and no value of the data begins another one."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from seatrial.data.claims import Severity
from seatrial.errors import Place
from seatrial.replacing import replace
from seatrial.report.data_annotations import github_lines
from seatrial.report.github import MOST
from tests.support.data_checks import BROKEN, DRIFTED, GOOD, UNSURE, a_check


def test_a_broken_rule_points_at_its_line_in_the_contract() -> None:
    """The line in the pull request is where the rule stands."""
    (line,) = github_lines(a_check(BROKEN))

    assert line.startswith(
        "::error file=contract.yaml,line=12,col=5,title=FAIL%3A contract.range age in people.parquet::"
    )
    assert line.endswith("3 of 5,000 values lie outside of 0 to 120%0A5,000 rows")


def test_levels_follow_what_a_finding_does() -> None:
    """Only what blocks is an error; what is unsure or warns is a warning, a note a notice, and a PASS nothing."""
    findings = (
        DRIFTED,
        UNSURE,
        replace(DRIFTED, severity=Severity.WARNING),
        replace(DRIFTED, severity=Severity.INFO),
        GOOD,
    )

    assert [line.split(" ")[0] for line in github_lines(a_check(*findings))] == [
        "::error", "::warning", "::warning", "::notice",
    ]  # fmt: skip


def test_what_github_would_not_show_is_counted() -> None:
    """Ten of a level are shown by GitHub; the last says what is not among them."""
    many = [replace(DRIFTED, column=f"c{number:02}", estimate=1.0 - number / 100) for number in range(25)]
    lines = github_lines(a_check(*many))

    assert len(lines) == MOST
    assert "c00" in lines[0]
    assert lines[-1].partition("::error ")[2].partition("::")[2].startswith("16 more: c09, c10, ")


@given(st.text(), st.text(), st.text())
def test_no_text_ends_a_command_or_begins_another(message: str, column: str, file: str) -> None:
    """Whatever stands in the data, one finding is one line, and its properties have as many commas as were meant."""
    place = Place(file=file, line=3)
    lines = github_lines(a_check(replace(BROKEN, message=message, column=column, place=place), dataset=message))

    assert len(lines) == 1
    assert lines[0].isprintable()
    assert len(lines[0].splitlines()) == 1
    properties = lines[0].removeprefix("::error ").partition("::")[0]
    assert [part.partition("=")[0] for part in properties.split(",")] == ["file", "line", "title"]
