"""What a run tells of the data that its stages judged: from the stored record, gravest first, and never silence."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from seatrial.data.claims import Severity
from seatrial.data.findings import DataFinding
from seatrial.data.result import Check, Example, Examples
from seatrial.flows.data_checks import DataChecks, read_checks, record_looks
from seatrial.flows.dataset_records import history
from seatrial.flows.workspace import Workspace
from seatrial.pipeline.outcome import CellOutcome, Did, RunOutcome
from seatrial.pipeline.results import StageResult
from seatrial.replacing import replace
from seatrial.report.data_record import record
from seatrial.report.facts import MOST_FINDINGS
from seatrial.store.blobs import Artifact
from seatrial.verdict import Decision, Verdict
from tests.support.cli import Repo
from tests.support.data_checks import BROKEN, DRIFTED, GOOD, UNSURE, a_check
from tests.support.instants import ISO
from tests.support.workspaces import judged, opened, planned

__all__ = ["judged"]

WARNED = replace(DRIFTED, severity=Severity.WARNING, column="zip")
REMARK = replace(DRIFTED, severity=Severity.INFO, column="note")
ROWS = Examples(check="contract.range", column="age", columns=("age",), rows=(Example(row=7, cells=("999",)),))


def stored(workspace: Workspace, folder: Path, document: Any) -> Artifact:
    """The blob of a record."""
    file = folder / "record.json"
    file.write_text(json.dumps(document))
    return workspace.cache.blobs.put_path(file)


def refused(artifact: Artifact | None, verdict: Verdict | None = Verdict.FAIL) -> RunOutcome:
    """A run whose check has failed."""
    outcome = CellOutcome(cell="check", did=Did.FAILED, reason="FAIL", verdict=verdict, record=artifact)
    return RunOutcome(cells={"check": outcome})


def passed(check: Artifact, profile: Artifact) -> RunOutcome:
    """A run whose check has a result."""
    result = StageResult(
        action_key="b3:k",
        input_digest="b3:i",
        cell="check",
        parts={},
        outs={"check": check, "profile": profile},
        run="run-1",
        finished=ISO,
        wall=1.0,
        cpu=1.0,
        peak_memory=1,
        machine="here",
    )
    return RunOutcome(cells={"check": CellOutcome(cell="check", did=Did.RAN, reason="", result=result)})


def told(judged: Repo, folder: Path, *findings: DataFinding, examples: tuple[Examples, ...] = ()) -> DataChecks:
    """What a run tells of a refused check."""
    with opened(judged) as (workspace, policy):
        artifact = stored(workspace, folder, record(a_check(*findings, examples=examples)))
        return read_checks(workspace, planned(workspace, policy), refused(artifact))


def test_record_of_a_refused_check_is_told_under_the_names_of_stage_and_dataset(judged: Repo, tmp_path: Path) -> None:
    """Not under the path of the data, which is what the record itself knows."""
    [check] = told(judged, tmp_path, BROKEN, GOOD, examples=(ROWS,)).checks

    assert (check.name, check.dataset) == ("check", "people")
    assert (check.verdict, check.decision, check.rows, check.passed) == (Verdict.FAIL, Decision.BLOCK, 5000, 1)
    assert [finding.name for finding in check.findings] == ["contract.range age"]
    assert (check.details[0].file, check.details[0].line) == ("contract.yaml", 12)
    assert [(each.columns, [row.cells for row in each.rows]) for each in check.examples] == [(("age",), [("999",)])]


def test_an_older_record_in_the_work_tree_is_not_what_was_found(judged: Repo, tmp_path: Path) -> None:
    """It may be that of a run before, when the data was good, or of nobody."""
    judged.write("reports/check.check.json", json.dumps(record(a_check(GOOD))))

    [check] = told(judged, tmp_path, BROKEN).checks

    assert (check.verdict, check.decision) == (Verdict.FAIL, Decision.BLOCK)


def test_gravest_come_first_and_what_counts_for_nothing_is_left_out(judged: Repo, tmp_path: Path) -> None:
    [check] = told(judged, tmp_path, UNSURE, WARNED, REMARK, GOOD, BROKEN).checks

    assert [finding.name for finding in check.findings] == [
        "contract.range age", "drift.location zip", "drift.missing city"
    ]  # fmt: skip
    assert [detail.severity for detail in check.details] == ["error", "warning", "error"]


def test_of_very_many_findings_the_first_are_told_and_the_others_counted(judged: Repo, tmp_path: Path) -> None:
    many = [replace(DRIFTED, column=f"c{number:03d}") for number in range(MOST_FINDINGS + 7)]

    [check] = told(judged, tmp_path, *many).checks

    assert (len(check.findings), len(check.details), check.left_out) == (MOST_FINDINGS, MOST_FINDINGS, 7)


def test_check_that_passed_is_read_from_the_store_with_its_profile(judged: Repo, tmp_path: Path) -> None:
    with opened(judged) as (workspace, policy):
        profile = workspace.cache.blobs.put_path(judged.write("profile.json", "a profile"))
        found = read_checks(
            workspace,
            planned(workspace, policy),
            passed(stored(workspace, tmp_path, record(a_check(GOOD))), profile),
        )
        warnings = record_looks(workspace, found, run="run-1", commit="c1")
        [version] = history(workspace, "people")

    assert [check.verdict for check in found.checks] == [Verdict.PASS]
    assert warnings == ()
    assert (version.last.profile, version.last.run, version.last.commit) == (profile, "run-1", "c1")
    assert (version.last.verdict, version.last.why) == (Verdict.PASS, ())


def test_history_names_what_made_a_verdict_and_nothing_less_grave(judged: Repo, tmp_path: Path) -> None:
    found = told(judged, tmp_path, UNSURE, BROKEN)
    with opened(judged) as (workspace, _):
        record_looks(workspace, found, run="run-1", commit=None)
        [version] = history(workspace, "people")

    assert (version.last.why, version.last.profile) == (("contract.range age",), None)


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ({"schema_version": 9}, "this is not the record of a data check"),
        ({"schema_version": 1}, "this is not the record of a data check: `dataset` is missing"),
    ],
)
def test_record_that_cannot_be_read_is_an_error_that_blocks(
    judged: Repo, tmp_path: Path, document: Any, expected: str
) -> None:
    """A result of the store whose stage passed: nobody knows what it said, which is no pass, and no version."""
    with opened(judged) as (workspace, policy):
        broken = stored(workspace, tmp_path, document)
        found = read_checks(workspace, planned(workspace, policy), passed(broken, broken))
        record_looks(workspace, found, run="run-1", commit=None)
        known = history(workspace, "people")

    [check] = found.checks
    assert (check.verdict, check.decision, check.dataset) == (Verdict.ERROR, Decision.BLOCK, "people")
    assert expected in check.findings[0].message
    assert check.next_step == "seatrial cache forget check, and run again"
    assert known == ()


def test_record_whose_bytes_are_gone_is_an_error_too(judged: Repo, tmp_path: Path) -> None:
    with opened(judged) as (workspace, policy):
        artifact = stored(workspace, tmp_path, record(a_check(GOOD)))
        lost = replace(artifact, digest="b3:" + "0" * 64)
        [check] = read_checks(workspace, planned(workspace, policy), passed(lost, lost)).checks

    assert (check.verdict, check.decision) == (Verdict.ERROR, Decision.BLOCK)
    assert check.findings[0].message.startswith("reports/check.check.json: ")


@pytest.mark.parametrize("outcome", [refused(None, None), RunOutcome(cells={})])
def test_stage_that_judged_nothing_has_no_check(judged: Repo, outcome: RunOutcome) -> None:
    """It was killed, or is not part of this run; an older record beside it says nothing."""
    judged.write("reports/check.check.json", json.dumps(record(a_check(GOOD))))
    with opened(judged) as (workspace, policy):
        assert read_checks(workspace, planned(workspace, policy), outcome) == DataChecks()


def test_pictures_and_statistics_reach_the_report_as_they_were_written(judged: Repo, tmp_path: Path) -> None:
    check: Check = a_check(BROKEN)
    document = record(check) | {
        "distributions": [["age", "a", "b", "0 to 9"]],
        "statistics": [["age", "Int64", "0", "72", "18", "55", "89", "37"]],
        "next_step": "look at it",
    }
    with opened(judged) as (workspace, policy):
        artifact = stored(workspace, tmp_path, document)
        [fact] = read_checks(workspace, planned(workspace, policy), refused(artifact)).checks

    assert fact.distributions == (("age", "a", "b", "0 to 9"),)
    assert fact.statistics == (("age", "Int64", "0", "72", "18", "55", "89", "37"),)
    assert fact.next_step == "look at it"
