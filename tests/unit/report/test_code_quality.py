"""The code quality report as GitLab's documentation describes it, with fingerprints that last."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from seatrial.replacing import replace
from seatrial.report import facts as fact
from seatrial.report.code_quality import render_code_quality
from seatrial.verdict import Decision, Verdict
from tests.support import report_samples as samples
from tests.support.json_schema import problems

ISSUE = {
    "type": "object",
    "required": ["description", "check_name", "fingerprint", "severity", "location"],
    "additionalProperties": False,
    "properties": {
        "description": {"type": "string", "minLength": 1, "pattern": r"\A[^\n]+\Z"},
        "check_name": {"type": "string", "minLength": 1},
        "fingerprint": {"type": "string", "pattern": r"\A[0-9a-f]{64}\Z"},
        "severity": {"type": "string", "enum": ["info", "minor", "major", "critical", "blocker"]},
        "location": {
            "type": "object",
            "required": ["path", "lines"],
            "additionalProperties": False,
            "properties": {
                # Relative, and without `./` in front of it.
                "path": {"type": "string", "pattern": r"\A(?!\./|/|\.\./)[^\n]+\Z"},
                "lines": {
                    "type": "object",
                    "required": ["begin"],
                    "additionalProperties": False,
                    "properties": {"begin": {"type": "integer", "minimum": 1}},
                },
            },
        },
    },
}


def issues(facts: fact.RunFacts) -> list[dict[str, Any]]:
    found = json.loads(render_code_quality(facts))
    assert list(problems(found, {"type": "array", "items": ISSUE})) == []
    prints = [issue["fingerprint"] for issue in found]
    assert len(set(prints)) == len(prints)
    return list(found)


@pytest.mark.parametrize("sample", samples.SAMPLES)
def test_every_run_gives_a_report_that_gitlab_reads(sample: str) -> None:
    issues(samples.SAMPLES[sample]())


def test_what_holds_gives_an_empty_list() -> None:
    """A missing file would be told as a broken job."""
    assert render_code_quality(samples.passed()) == "[]\n"


def test_data_stands_at_its_contract_and_the_rest_at_the_configuration() -> None:
    broken, undecided = issues(samples.data())

    assert broken["location"] == {"path": "contract.yaml", "lines": {"begin": 5}}
    assert broken["severity"] == "blocker"
    assert broken["description"].startswith("FAIL: contract.range age in people: `age`: 1 of 400 values")
    assert undecided["location"] == {"path": "seatrial.yaml", "lines": {"begin": 1}}
    assert undecided["severity"] == "minor"


def test_gates_stand_at_their_rule() -> None:
    facts = samples.failed()
    place = fact.PlaceFact(finding="regression.accuracy", file="gates.yaml", line=7)
    facts = replace(facts, models=(replace(facts.models[0], places=(place,)),))

    assert {"path": "gates.yaml", "lines": {"begin": 7}} in [issue["location"] for issue in issues(facts)]


@pytest.mark.parametrize(
    ("verdict", "decision", "severity"),
    [
        (Verdict.FAIL, Decision.BLOCK, "blocker"),
        (Verdict.ERROR, Decision.BLOCK, "blocker"),
        (Verdict.INCONCLUSIVE, Decision.HOLD, "critical"),
        (Verdict.INCONCLUSIVE, Decision.WARN, "minor"),
        (Verdict.FAIL, Decision.WARN, "major"),
    ],
)
def test_severity_is_what_was_made_of_it(verdict: Verdict, decision: Decision, severity: str) -> None:
    model = samples.model(samples.performance(verdict), verdict=verdict, decision=decision)

    assert [issue["severity"] for issue in issues(samples.run(models=(model,)))] == [severity]


def test_the_same_finding_of_another_commit_has_the_same_fingerprint() -> None:
    """Figures, messages, lines and files may have moved."""
    first = samples.failed()
    moved = tuple(
        replace(finding, message=f"{finding.message}!", estimate=0.1, n=7) for finding in first.models[0].findings
    )
    place = fact.PlaceFact(finding=moved[0].name, file="other.yaml", line=70)
    later = replace(
        first, run="another", commit="f" * 40, models=(replace(first.models[0], findings=moved, places=(place,)),)
    )

    assert [each["fingerprint"] for each in issues(first)] == [each["fingerprint"] for each in issues(later)]
    assert render_code_quality(first) != render_code_quality(later)


def test_findings_of_other_models_and_projects_are_others() -> None:
    first = samples.failed()
    renamed = replace(first, models=(replace(first.models[0], name="other"),))
    elsewhere = replace(first, project="other")
    prints = [{issue["fingerprint"] for issue in issues(facts)} for facts in (first, renamed, elsewhere)]

    assert len(set.union(*prints)) == sum(map(len, prints))


def test_two_findings_of_one_name_are_told_apart() -> None:
    check = samples.a_check()
    twice = replace(check, findings=check.findings[:1] * 2, details=check.details[:1] * 2)

    assert len(issues(samples.run(checks=(twice,)))) == 2


@settings(max_examples=60)
@given(st.text() | st.text(st.characters(categories=["Cs", "Ll"])))
@example("\ud800")
@example("\udcff")
def test_any_text_gives_a_report_that_gitlab_reads(text: str) -> None:
    finding = samples.performance(Verdict.FAIL, name=text, message=text)
    place = fact.PlaceFact(finding=text, file=text, line=3)
    model = samples.model(finding, name=text, verdict=Verdict.FAIL, decision=Decision.BLOCK, places=(place,))

    assert len(issues(samples.run(project=text, models=(model,)))) == 1
