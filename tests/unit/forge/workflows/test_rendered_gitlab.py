"""What holds of the file that is rendered for GitLab, for a project of each shape."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from seatrial.forge.workflows.gitlab import MARKER, notes, render
from seatrial.forge.workflows.gitlab_child import FILE
from tests.support.pipelines.pipeline_text import PipelineText, read_pipeline
from tests.support.pipelines.rules import holds
from tests.support.steps.workflow_text import read_yaml
from tests.support.workflow_samples import LARGE, SAMPLES, wanted, wanted_of_files

MERGE_REQUEST = {
    "CI_PIPELINE_SOURCE": "merge_request_event",
    "CI_MERGE_REQUEST_EVENT_TYPE": "detached",
    "CI_MERGE_REQUEST_PROJECT_ID": "7",
    "CI_MERGE_REQUEST_SOURCE_PROJECT_ID": "7",
    "CI_DEFAULT_BRANCH": "main",
}
MAIN = {"CI_PIPELINE_SOURCE": "push", "CI_COMMIT_BRANCH": "main", "CI_DEFAULT_BRANCH": "main"}
TAG = {"CI_PIPELINE_SOURCE": "push", "CI_COMMIT_TAG": "v1.2", "CI_DEFAULT_BRANCH": "main"}
NIGHT = {**MAIN, "CI_PIPELINE_SOURCE": "schedule", "SEATRIAL": "nightly"}
BY_HAND = {**MAIN, "CI_PIPELINE_SOURCE": "web", "SEATRIAL": "release"}
FORK = {**MERGE_REQUEST, "CI_MERGE_REQUEST_SOURCE_PROJECT_ID": "8"}
TRAIN = {**MERGE_REQUEST, "CI_MERGE_REQUEST_EVENT_TYPE": "merge_train"}


def text(sample: str) -> str:
    return render(wanted(sample))[FILE]


def pipeline(sample: str) -> PipelineText:
    return read_pipeline(text(sample), lambda path: "")


def started(jobs: Mapping[str, Mapping[str, Any]], known: Mapping[str, str]) -> dict[str, Mapping[str, Any]]:
    """The jobs that a pipeline has, each with the rule that let it in."""
    found: dict[str, Mapping[str, Any]] = {}
    for name, job in jobs.items():
        rule = next((rule for rule in job["rules"] if holds(rule["if"], known)), {"when": "never"})
        if rule.get("when") != "never":
            found[name] = rule
    return found


@pytest.mark.parametrize("sample", SAMPLES)
def test_nothing_holds_for_jobs_of_the_user(sample: str) -> None:
    """No key that GitLab takes for all of a pipeline, no name that a project could have."""
    names = set(read_yaml(text(sample)))

    assert all(name.startswith(("seatrial-", ".seatrial")) for name in names)
    assert read_yaml(text(sample))[".seatrial"]["inherit"] == {"default": False}
    assert text(sample).startswith(MARKER)


@pytest.mark.parametrize("sample", SAMPLES)
@pytest.mark.parametrize("known", [MERGE_REQUEST, FORK, TRAIN, MAIN, TAG, NIGHT, BY_HAND])
def test_no_job_of_the_file_is_in_a_child_pipeline(sample: str, known: Mapping[str, str]) -> None:
    """It includes the file for its machines, and has all variables of its parent."""
    assert started(pipeline(sample).jobs, {**known, "CI_PIPELINE_SOURCE": "parent_pipeline"}) == {}


@pytest.mark.parametrize(
    ("known", "names"),
    [
        (
            MERGE_REQUEST,
            {"seatrial-fast", "seatrial-tests", "seatrial-slow", "seatrial-slow-plan", "seatrial-slow-judge"},
        ),
        (FORK, {"seatrial-fast", "seatrial-tests"}),
        (MAIN, {"seatrial-fast", "seatrial-tests"}),
        ({**MAIN, "CI_COMMIT_BRANCH": "other"}, set()),
        (NIGHT, {"seatrial-nightly", "seatrial-nightly-plan", "seatrial-nightly-judge"}),
        ({**NIGHT, "SEATRIAL": "other"}, set()),
        ({**NIGHT, "CI_COMMIT_BRANCH": "other"}, set()),
        (TAG, {"seatrial-release", "seatrial-release-plan", "seatrial-release-judge"}),
        ({**TAG, "CI_COMMIT_TAG": "version"}, set()),
        (BY_HAND, {"seatrial-release", "seatrial-release-plan", "seatrial-release-judge"}),
        ({**BY_HAND, "CI_COMMIT_BRANCH": "other"}, set()),
    ],
)
def test_each_occasion_has_its_jobs(known: Mapping[str, str], names: set[str]) -> None:
    assert set(started(pipeline("large").jobs, known)) == names


def test_a_merge_train_has_its_own_tier_beside_the_others() -> None:
    more = set(started(pipeline("large").jobs, TRAIN)) - set(started(pipeline("large").jobs, MERGE_REQUEST))

    assert {name.removesuffix("-plan").removesuffix("-judge") for name in more} == {"seatrial-merge"}


@pytest.mark.parametrize("sample", SAMPLES)
def test_every_job_ends_in_time_and_what_waits_for_it_is_there(sample: str) -> None:
    jobs = pipeline(sample).jobs
    for name, job in jobs.items():
        assert job["stage"] == "test"
        assert "trigger" in job or job["timeout"].endswith(" minutes"), name
        assert {need["job"] for need in job["needs"]} <= set(jobs), name


@pytest.mark.parametrize("sample", SAMPLES)
def test_nothing_outside_of_the_repository_is_kept(sample: str) -> None:
    for cache in read_yaml(text(sample))[".seatrial"]["cache"]:
        assert cache["unprotect"] is False
        assert not [path for path in cache["paths"] if path.startswith(("/", "~", "$"))]
        assert isinstance(cache["key"], str) or 0 < len(cache["key"]["files"]) <= 2


@pytest.mark.parametrize("sample", SAMPLES)
def test_what_promotes_waits_for_a_person_and_for_its_turn(sample: str) -> None:
    """And no other job does, nor any that says beforehand that it has begun."""
    tiers = {tier.environment: tier.name for tier in wanted(sample).promoting}
    jobs = pipeline(sample).jobs
    guarded = {name: job for name, job in jobs.items() if "environment" in job}

    assert {job["environment"]["name"] for job in guarded.values()} == set(tiers)
    for name, job in jobs.items():
        manual = [rule.get("when") == "manual" for rule in job["rules"]]
        assert set(manual) == {name in guarded}
    for job in guarded.values():
        assert all(rule["allow_failure"] is False for rule in job["rules"])
        assert (job["interruptible"], bool(job["resource_group"])) == (False, True)
    begun = " ".join(line for job in jobs.values() for line in job.get("script", []) if "--begin" in line)
    assert not [tier for tier in tiers.values() if f"--tier {tier} " in begun]


@pytest.mark.parametrize("sample", SAMPLES)
def test_a_job_that_cannot_be_told_of_is_done_all_the_same(sample: str) -> None:
    """A merge request may have no token: what is protected is not there."""
    for job in pipeline(sample).jobs.values():
        assert [
            line for line in job.get("script", []) if "--begin" in line and not line.endswith("|| test $? = 5")
        ] == []


def test_variables_that_jobs_read_are_named_and_machines_have_their_tags() -> None:
    head = text("large").partition("\n\n")[0]
    machines = read_yaml(text("large"))

    assert all(f"# - {name}" in head for name in ("GITLAB_TOKEN", "HF_TOKEN", "AWS_REGION", "SLACK_WEBHOOK_URL"))
    assert "write_repository" in text("git-state")
    assert "write_repository" not in text("large")
    assert machines[".seatrial-cell-gpu"]["tags"] == ["self-hosted", "gpu"]
    assert "tags" not in machines[".seatrial"]
    assert read_yaml(text("folder"))[".seatrial"]["tags"] == ["self-hosted", "linux"]


def test_a_python_that_is_too_old_for_seatrial_has_another_one_beside_it() -> None:
    lines = read_yaml(text("old-python"))[".seatrial"]["before_script"]

    assert read_yaml(text("old-python"))[".seatrial"]["image"] == "python:3.9"
    assert [line for line in lines if "uv venv" in line and "3.12" in line]
    assert not [line for line in read_yaml(text("large"))[".seatrial"]["before_script"] if "uv" in line]


def test_a_token_of_another_name_is_the_one_that_is_asked_for() -> None:
    config = LARGE.replace("forge: {", "forge: {token_from: BOT, ")
    assert "# - BOT: " in render(wanted_of_files({**SAMPLES["large"], "seatrial.yaml": config}))[FILE]


@pytest.mark.parametrize(
    ("own", "lacks"),
    [
        (None, ["include"]),
        ("job: {script: [true]}\n", ["include"]),
        ("# include: [{local: .gitlab/seatrial.yml}]\n", ["include"]),
        ("include:\n  - local: .gitlab/seatrial.yml\n", []),
        ("include: '/.gitlab/seatrial.yml'\n", []),
        ("include: [{local: '.gitlab/*.yml'}]\n", []),
        ("include: [{local: .gitlab/seatrial.yml}]\nstages: [build, deploy]\n", ["stage"]),
        ("include: [{local: .gitlab/seatrial.yml}]\nstages: [build, test]\n", []),
        ("stages:\n  - build\n\n  - test\ninclude: .gitlab/seatrial.yml\n", []),
        ("stages:\n- build\n- testing\ntest: {script: x}\ninclude: .gitlab/seatrial.yml\n", ["stage"]),
    ],
)
def test_what_the_users_own_file_lacks_is_said(own: str | None, lacks: list[str]) -> None:
    said = notes(own)

    assert len(said) == len(lacks)
    assert all(word in sentence for word, sentence in zip(lacks, said, strict=True))
