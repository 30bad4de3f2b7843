"""JUnit files: counted case by case, and refused when hostile, broken or without tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from seatrial import digest
from seatrial.errors import EvidenceError
from seatrial.evidence import records
from seatrial.evidence.junit import LONGEST_MESSAGE, read_junit


def counted(tmp_path: Path, data: str | bytes) -> records.Tests:
    path = tmp_path / "unit.xml"
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return read_junit(path, shown="out/unit.xml", action="b3:aa", stage="unit")


def cases(inner: str) -> str:
    suite = f'<testsuite name="s" failures="7"><testsuite>{inner}</testsuite></testsuite>'
    return f'<testsuites tests="99">{suite}</testsuites>'


def test_cases_are_counted_not_attributes(tmp_path: Path) -> None:
    """Nested suites are walked; the counts that attributes claim are not believed."""
    tests = counted(
        tmp_path,
        cases(
            '<testcase classname="m" name="a" time="1,000.5"/><testcase name="b" time=""><skipped/></testcase>'
            '<testcase name="c" time="0.5"><failure message="no">trace</failure></testcase>'
            '<testcase name="d"><system-out>x</system-out><error>boom\nline</error></testcase>'
        ),
    )

    assert (tests.passed, tests.failed, tests.errors, tests.skipped) == (1, 1, 1, 1)
    assert tests.seconds == 1001.0
    assert tests.troubles == (
        records.TestCase(name="c", outcome="failure", message="no"),
        records.TestCase(name="d", outcome="error", message="boom\nline"),
    )
    assert tests.source == records.Source(
        path="out/unit.xml", digest=digest.of_file(tmp_path / "unit.xml"), action="b3:aa", stage="unit"
    )


def test_a_suite_that_broke_outside_its_cases_is_an_error(tmp_path: Path) -> None:
    """A crash while collecting is not a pass of the rest."""
    tests = counted(tmp_path, cases('<testcase name="a"/><error message="collection"/>'))

    assert (tests.passed, tests.errors) == (1, 1)


@pytest.mark.parametrize("attribute", ['status="notrun"', 'result="suppressed"', 'status="disabled"'])
def test_a_case_that_was_not_run_did_not_pass(tmp_path: Path, attribute: str) -> None:
    """Some runners say it in an attribute only."""
    tests = counted(tmp_path, cases(f'<testcase name="a" {attribute}/>'))

    assert (tests.passed, tests.skipped) == (0, 1)


def test_failure_and_error_in_one_case_count_once(tmp_path: Path) -> None:
    """The failure is told; a case has one outcome."""
    tests = counted(
        tmp_path,
        cases('<testcase name="a"><error message="e"/><failure message="f"/><failure message="g"/></testcase>'),
    )

    assert (tests.failed, tests.errors, tests.passed) == (1, 0, 0)
    assert [trouble.message for trouble in tests.troubles] == ["f"]


def test_messages_are_cut(tmp_path: Path) -> None:
    """A traceback of a megabyte stays out of the report."""
    tests = counted(tmp_path, cases(f'<testcase name="a"><failure>{"x" * 10**6}</failure></testcase>'))

    assert len(tests.troubles[0].message) == LONGEST_MESSAGE


LAUGHS = '<!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]><testsuite><testcase name="&b;"/></testsuite>'


@pytest.mark.parametrize(
    ("data", "where", "message"),
    [
        (LAUGHS, ":1:", "document type"),
        (LAUGHS.encode("utf-16"), ":1:", "document type"),
        ('<!DOCTYPE x SYSTEM "file:///etc/passwd"><testsuite/>', ":1:", "document type"),
        ("<testsuite>&undefined;</testsuite>", ":1:", "undefined entity"),
        ('<testsuite tests="4"/>', ": ", "nothing was checked"),
        ("<testsuites></testsuites>", ": ", "nothing was checked"),
        ("<html/>", ":1:1: ", "outermost element is `html`"),
        ('<testsuite>\n<testcase name="a">', ":2:", "not valid XML"),
        ("", ": ", "empty"),
        ("<testsuite>" * 65, ":1:", "deeper than 64"),
        ('<testsuite>\n<testcase name="a" time="nan"/></testsuite>', ":2:1: ", "'nan'"),
        ('<testsuite><testcase name="a"><testcase name="b"/></testcase></testsuite>', ":1:", "inside another"),
        ('<?xml version="1.0" encoding="klingon"?><testsuite/>', ":1: ", "encoding"),
    ],
)
def test_bad_junit_is_refused_with_its_place(tmp_path: Path, data: str | bytes, where: str, message: str) -> None:
    """Each kind of bad JUnit file names its line where there is one, and what to do."""
    with pytest.raises(EvidenceError) as caught:
        counted(tmp_path, data)

    assert str(caught.value.problems[0]).startswith(f"out/unit.xml{where}")
    assert message in str(caught.value.problems[0])
    assert caught.value.next_step
