"""`seatrial check` in a project, below its face: each dataset judged by what is declared; a bad one stops no other."""

from __future__ import annotations

from pathlib import Path

import pytest

from seatrial.config.contract import load_contract
from seatrial.data.result import Check
from seatrial.errors import ConfigError, EvidenceError, UsageError, UserError
from seatrial.flows.checking_datasets import asked_for, check_datasets, decision_of, grave
from seatrial.flows.dataset_records import history, known_datasets
from seatrial.flows.dataset_references import Recorded
from seatrial.flows.policy import DatasetPolicy, ProjectPolicy
from seatrial.flows.workspace import Workspace
from seatrial.pipeline.policy import PipelinePolicy
from seatrial.verdict import Decision, Verdict
from tests.support.cli import Repo
from tests.support.data_checks import BROKEN, GOOD, UNSURE, a_check
from tests.support.people import people
from tests.support.workspaces import judged, opened

__all__ = ["judged"]

PEOPLE = DatasetPolicy(name="people", path="data/people.csv", contract="contract.yaml")
OLD = DatasetPolicy(name="old", path="data/people.csv", reference="data/old.csv")
BARE = DatasetPolicy(name="bare", path="data/people.csv")
BROKEN_FILE = DatasetPolicy(name="broken", path="data/broken.csv", contract="contract.yaml")


def policy(*datasets: DatasetPolicy) -> ProjectPolicy:
    return ProjectPolicy(
        project="tiny", pipeline=PipelinePolicy(stages={}), datasets={each.name: each for each in datasets}
    )


def checked(
    workspace: Workspace, *datasets: DatasetPolicy, against: Recorded | None = None
) -> list[tuple[str, Check | UserError, tuple[str, ...]]]:
    found = check_datasets(
        workspace,
        datasets,
        contract_of=lambda path: load_contract(path.read_bytes(), path.name),
        examples=2,
        jobs=1,
        pictures=False,
        say=lambda _: None,
        against=against,
    )
    return [(dataset.name, check, warnings) for dataset, check, warnings in found]


def one(found: list[tuple[str, Check | UserError, tuple[str, ...]]]) -> Check:
    [(_, check, warnings)] = found
    assert isinstance(check, Check)
    assert warnings == ()
    return check


# -- which are asked for ----------------------------------------------------------------


def test_all_that_can_be_judged_are_asked_for_and_the_others_left_out() -> None:
    assert asked_for(policy(PEOPLE, BARE, OLD), None) == (PEOPLE, OLD)
    assert asked_for(policy(PEOPLE, OLD), "old") == (OLD,)


def test_name_that_is_none_is_told_with_the_nearest_or_with_all() -> None:
    for name, step in (("poeple", "did you mean people?"), ("zzz", "one of the datasets: people, old")):
        with pytest.raises(UsageError, match=f"{name} is neither a file nor a dataset of tiny") as raised:
            asked_for(policy(PEOPLE, OLD), name)
        assert step in str(raised.value.next_step)


def test_nothing_to_judge_by_is_no_pass_unless_a_reference_is_given_besides() -> None:
    with pytest.raises(ConfigError, match="dataset bare has neither a contract nor a reference"):
        asked_for(policy(BARE), "bare")
    with pytest.raises(ConfigError, match="no dataset has either"):
        asked_for(policy(BARE), None)

    assert asked_for(policy(BARE), "bare", against=True) == (BARE,)


# -- what becomes of them ---------------------------------------------------------------


def test_dataset_is_judged_by_its_contract_and_recorded_with_its_profile(judged: Repo) -> None:
    judged.write("data/people.csv", people(age=999))
    with opened(judged) as (workspace, _):
        check = one(checked(workspace, PEOPLE))
        [version] = history(workspace, "people")

    assert (check.verdict, check.dataset, check.contract) == (Verdict.FAIL, "data/people.csv", "contract.yaml")
    assert [row.row for row in check.examples[0].rows] == [7]
    assert (version.last.verdict, version.last.why, version.last.run) == (
        Verdict.FAIL, ("contract.range age",), "check"
    )  # fmt: skip
    assert version.last.identity == check.identity
    assert version.last.profile is not None
    assert set(version.last.against) == {"contract"}


def test_files_that_were_seen_are_remembered_in_the_cache(judged: Repo) -> None:
    with opened(judged) as (workspace, _):
        checked(workspace, PEOPLE)
        assert any((workspace.cache.root / "profiles").rglob("*"))


def test_reference_is_called_by_the_name_that_was_declared(judged: Repo) -> None:
    """Not by where the work tree happens to lie."""
    judged.write("data/old.csv", people(500, seed=3))
    with opened(judged) as (workspace, _):
        check = one(checked(workspace, OLD))

    assert check.reference == "data/old.csv"


def test_one_that_cannot_be_read_stops_no_other_and_is_no_version(judged: Repo) -> None:
    judged.write("data/broken.csv", b"id,age\n1,2,3\n")
    with opened(judged) as (workspace, _):
        (_, error, _), (_, check, _) = checked(workspace, BROKEN_FILE, PEOPLE)
        known = known_datasets(workspace)

    assert isinstance(error, EvidenceError)
    assert isinstance(check, Check)
    assert check.verdict is Verdict.PASS
    assert known == ("people",)


def test_question_after_an_old_version_takes_its_profile_and_leaves_no_record(judged: Repo, tmp_path: Path) -> None:
    judged.write("data/old.csv", people(500, seed=3))
    with opened(judged) as (workspace, _):
        checked(workspace, OLD)
        profile = history(workspace, "old")[0].last.profile
        assert profile is not None
        workspace.cache.blobs.checkout(profile, tmp_path / "profile.json")
        against = Recorded(shown="old@1", profile=tmp_path / "profile.json")

        check = one(checked(workspace, PEOPLE, against=against))
        known = known_datasets(workspace)

    assert (check.reference, check.contract) == ("old@1", "contract.yaml")
    assert known == ("old",)


# -- what they come to together ---------------------------------------------------------


def test_the_strictest_decision_is_that_of_all_and_an_error_blocks() -> None:
    error = EvidenceError("it cannot be read")

    assert decision_of([a_check(GOOD), a_check(UNSURE)]) is Decision.HOLD
    assert decision_of([a_check(UNSURE), a_check(BROKEN), a_check(GOOD)]) is Decision.BLOCK
    assert decision_of([a_check(GOOD), error]) is Decision.BLOCK
    assert decision_of([a_check(GOOD)]) is Decision.ALLOW
    assert set(grave([a_check(GOOD), error])) == {Verdict.PASS, Verdict.ERROR}
