"""A run as JUnit: every CI system reads it, and nothing that is not plainly a pass becomes one."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seatrial.evidence.junit import read_junit
from seatrial.replacing import replace
from seatrial.report import facts as fact
from seatrial.report.junit_xml import render_junit
from seatrial.verdict import Decision, OnInconclusive, Verdict, combine, decide
from tests.support import report_samples as samples

OUTCOMES = ("failure", "error", "skipped")
ATTRIBUTES = {
    "testsuites": {"name", "tests", "failures", "errors", "skipped", "time"},
    "testsuite": {"name", "tests", "failures", "errors", "skipped", "time", "timestamp"},
    "testcase": {"classname", "name", "file", "line", "time"},
    "failure": {"message", "type"},
    "error": {"message", "type"},
    "skipped": {"message"},
    "system-out": set(),
}
CHILDREN = {"testsuites": {"testsuite"}, "testsuite": {"testcase"}, "testcase": {*OUTCOMES, "system-out"}}


def parsed(facts: fact.RunFacts) -> ET.Element:
    """The file as the parsers of GitLab and Jenkins read it: elements, attributes and counts as the schema has them."""
    root = ET.fromstring(render_junit(facts).encode())
    assert root.tag == "testsuites"
    for element in root.iter():
        assert set(element.attrib) <= ATTRIBUTES[element.tag]
        assert {child.tag for child in element} <= CHILDREN.get(element.tag, set())
        if element.tag in ("testsuites", "testsuite"):
            cases = list(element.iter("testcase"))
            assert int(element.attrib["tests"]) == len(cases)
            for outcome, key in zip(OUTCOMES, ("failures", "errors", "skipped"), strict=True):
                assert int(element.attrib[key]) == sum(case.find(outcome) is not None for case in cases)
            assert float(element.attrib["time"]) >= 0
        if element.tag == "testcase":
            assert len(element) == 1
            assert element.attrib["name"]
            assert element.attrib["classname"]
    return root


def outcomes(facts: fact.RunFacts) -> dict[str, str]:
    """What became of each case: `classname name` to an outcome."""
    return {
        f"{case.attrib['classname']} {case.attrib['name']}": case[0].tag.replace("system-out", "passed")
        for case in parsed(facts).iter("testcase")
    }


def undecided(decision: Decision) -> fact.RunFacts:
    finding = samples.regression(Verdict.INCONCLUSIVE)
    return samples.run(models=(samples.model(finding, verdict=Verdict.INCONCLUSIVE, decision=decision),))


@pytest.mark.parametrize("sample", samples.SAMPLES)
def test_our_own_reader_counts_what_the_file_says(sample: str, tmp_path: Path) -> None:
    facts = samples.SAMPLES[sample]()
    root = parsed(facts)
    (tmp_path / "junit.xml").write_bytes(render_junit(facts).encode())

    tests = read_junit(tmp_path / "junit.xml")

    counted = (tests.failed, tests.errors, tests.skipped)
    assert counted == tuple(int(root.attrib[key]) for key in ("failures", "errors", "skipped"))
    assert tests.passed + sum(counted) == int(root.attrib["tests"])


def test_a_model_that_passed_is_all_passed() -> None:
    assert set(outcomes(samples.passed()).values()) == {"passed"}


def test_gates_say_what_they_found_at_their_rule() -> None:
    facts = samples.failed()
    place = fact.PlaceFact(finding="performance.accuracy.min", file="gates.yaml", line=4)
    facts = replace(facts, models=(replace(facts.models[0], places=(place,)),))
    [case] = [case for case in parsed(facts).iter("testcase") if case.attrib["name"] == "performance.accuracy.min"]
    [failure] = case

    assert case.attrib["classname"] == "gates.digits"
    assert (case.attrib["file"], case.attrib["line"]) == ("gates.yaml", "4")
    assert failure.tag == "failure"
    assert failure.attrib["message"].startswith("accuracy 0.871 is not at least 0.900")
    assert failure.attrib["type"] == "FAIL below_min"
    assert (failure.text or "").endswith("gates.yaml:4")


@pytest.mark.parametrize("decision", [Decision.HOLD, Decision.BLOCK])
def test_undecided_that_stands_in_the_way_is_a_failure(decision: Decision) -> None:
    """Never skipped: that would be read as fine."""
    assert outcomes(undecided(decision)) == {
        "gates.digits regression.accuracy": "failure",
        "gates.digits decision": "failure",
    }


def test_undecided_that_is_let_through_has_neither_passed_nor_failed() -> None:
    facts = undecided(Decision.WARN)

    assert outcomes(facts) == {"gates.digits regression.accuracy": "skipped", "gates.digits decision": "skipped"}
    message = next(parsed(facts).iter("skipped")).attrib["message"]
    assert message.startswith("INCONCLUSIVE, which is let through with a warning: accuracy 0.931")


def test_what_could_not_be_judged_is_an_error() -> None:
    said = outcomes(samples.no_baseline())

    assert said["gates.digits regression.accuracy"] == "error"
    assert said["gates.digits performance.accuracy.min"] == "passed"


def test_a_model_that_is_held_by_nothing_of_its_own_is_still_no_pass() -> None:
    """The gates of the base hold it, and each of its own has passed."""
    model = samples.model(
        samples.regression(),
        decision=Decision.HOLD,
        under_base=fact.UnderBaseFact(
            label="main at 1a2b3c4",
            gate_set="promote",
            verdict=Verdict.FAIL,
            decision=Decision.BLOCK,
            findings=(samples.regression(Verdict.FAIL),),
        ),
    )
    facts = samples.run(models=(model,))

    assert outcomes(facts)["gates.digits decision"] == "failure"
    assert "Under those of main at 1a2b3c4 it is FAIL" in next(parsed(facts).iter("failure")).text  # type: ignore[operator]


def test_a_rule_that_only_warns_is_skipped_with_its_verdict() -> None:
    broken = samples.a_check()
    warns = replace(broken.details[0], severity="warning")
    facts = samples.run(checks=(replace(broken, details=(warns, broken.details[1])),))
    said = outcomes(facts)

    assert said["data.check contract.range age"] == "skipped"
    assert said["data.check drift.nulls city"] == "failure"
    assert next(parsed(facts).iter("skipped")).attrib["message"].startswith("FAIL, which is let through")


def test_stages_are_told_by_what_became_of_them() -> None:
    actions = ("ran", "reused", "failed", "blocked", "deferred", "missing", "used", "something new")
    stages = tuple(fact.StageFact(name=action, action=action, reason="why", wall=2.0) for action in actions)

    assert outcomes(samples.run(stages=stages)) == {
        "stages ran": "passed",
        "stages reused": "passed",
        "stages failed": "error",
        "stages blocked": "skipped",
        "stages deferred": "skipped",
        "stages missing": "error",
        "stages used": "skipped",
        "stages something new": "error",
    }


def test_a_stage_that_failed_because_its_data_did_is_told_once() -> None:
    said = outcomes(samples.data())

    assert "stages check" not in said
    assert said["data.check decision"] == "failure"
    assert said["stages train"] == "skipped"


def test_debt_that_holds_a_run_is_a_failure() -> None:
    assert outcomes(samples.owed())["stages debt"] == "failure"


def test_a_promotion_that_did_not_come_is_a_failure_beside_gates_that_all_passed() -> None:
    refused = (
        fact.UnpromotedFact(kind="held", reason="production asks for 1 approval and has none", model="digits"),
        fact.UnpromotedFact(kind="conflict", reason="somebody was faster"),  # as older reports have it
    )
    passing = samples.passed()
    found = outcomes(replace(passing, unpromoted=refused))
    assert found == outcomes(passing) | {"promotions digits": "failure", "promotions promotion": "failure"}


def test_a_run_with_nothing_to_do_has_a_case_all_the_same() -> None:
    """A file without any is refused by some readers, and read as a pass by others."""
    assert outcomes(samples.run()) == {f"run {samples.run().run}": "skipped"}


def test_tests_that_all_were_skipped_have_not_passed() -> None:
    tests = fact.TestsFact(name="unit", passed=0, failed=0, errors=0, skipped=3)

    assert outcomes(samples.run(tests=(tests,))) == {"tests unit": "skipped"}


def test_no_attachment_is_planted_by_a_message() -> None:
    """GitLab offers the file that a text names so."""
    finding = samples.performance(message="[[ATTACHMENT|/etc/passwd]]")

    assert "[[ATTACHMENT" not in render_junit(samples.run(models=(samples.model(finding),)))


@settings(max_examples=60)
@given(st.text() | st.text(st.sampled_from("]>&<\"'\x00\x1b\ud800\ufffe\u202e\n\r\t[")))
def test_any_text_gives_a_file_that_parses(text: str) -> None:
    """Controls, surrogates and the end of a CDATA section included."""
    finding = samples.performance(Verdict.FAIL, name=text, message=text)
    model = samples.model(finding, name=text, verdict=Verdict.FAIL, decision=Decision.BLOCK)
    stage = fact.StageFact(name=text, action="failed", reason=text, log=text)
    place = fact.PlaceFact(finding=finding.name, file=text, line=3)

    root = parsed(samples.run(project=text, started=text, models=(replace(model, places=(place,)),), stages=(stage,)))

    assert [case[0].tag for case in root.iter("testcase")] == ["failure", "failure", "error"]


@given(st.lists(st.sampled_from(list(Verdict)), min_size=1, max_size=4), st.sampled_from(list(OnInconclusive)))
def test_all_passed_is_said_only_of_what_goes_through(verdicts: list[Verdict], policy: OnInconclusive) -> None:
    findings = tuple(samples.performance(each, name=f"g{at}") for at, each in enumerate(verdicts))
    verdict = combine(verdicts)
    decision = decide(verdict, policy)
    facts = samples.run(models=(samples.model(*findings, verdict=verdict, decision=decision),))

    said = set(outcomes(facts).values())

    assert (said == {"passed"}) == (decision is Decision.ALLOW)
    assert bool(said & {"failure", "error"}) == (decision in (Decision.HOLD, Decision.BLOCK))
