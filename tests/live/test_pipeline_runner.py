"""The runner of GitLab's pipelines itself; those that Seatrial writes are tried in `test_pipeline_steps`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.cli import BETTER, Repo, new_repo
from tests.support.git_server import needs_git_server
from tests.support.pipelines.hub import GitLabHub, gitlab_hub
from tests.support.pipelines.pipeline_text import PipelineError, read_pipeline
from tests.support.pipelines.rules import RuleError, holds
from tests.support.steps.workflow_text import WorkflowError

pytestmark = needs_git_server

OWN = """\
include: [{local: more.yml}]
variables: {COLOUR: "red $SHADE"}
default: {before_script: [echo of everybody]}
"""
MORE = """\
.all:
  image: python:3.12
  inherit: {default: false}
  variables: {GIT_DEPTH: "1", SHADE: dark}
  before_script: [export SAID=hello]
  rules:
    - if: $CI_MERGE_REQUEST_IID == null
      when: never
    - if: $CI_PIPELINE_SOURCE == "merge_request_event"
plan:
  extends: .all
  variables: {WHAT: {value: "$SHADE $(id)", expand: false}}
  script:
    - echo "$SAID $WHAT, $COLOUR"
    - |
      mkdir -p out && cat > out/child.yml <<'END'
      cell:a:
        script: [echo $PASSED by $CI_PIPELINE_SOURCE]
      END
    - 'false | true || echo pipes fail'
  after_script: ['echo "after $CI_JOB_STATUS [$SAID]"', "false"]
  artifacts: {paths: [out]}
start:
  extends: .all
  needs: [plan]
  before_script: null
  variables: {PASSED: "of $CI_PIPELINE_ID"}
  trigger: {include: [{artifact: out/child.yml, job: plan}], strategy: depend}
broken:
  extends: .all
  needs: [plan]
  script: [test -f out/child.yml, "false", echo never]
  artifacts: {when: always, paths: [out], reports: {junit: out/child.yml}}
judge:
  extends: .all
  needs: [{job: plan, artifacts: false}, broken, start]
  rules: [{when: always}]
  script: ["! test -f other", echo judged]
person:
  extends: .all
  needs: []
  rules: [{when: manual, allow_failure: false}]
  script: ["true"]
"""


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    return new_repo(tmp_path / "repo", {".gitlab-ci.yml": OWN, "more.yml": MORE})


@pytest.fixture
def forge(tmp_path: Path, repo: Repo) -> Iterator[GitLabHub]:
    with gitlab_hub(tmp_path / "hub", repo) as made:
        yield made


def test_a_merge_request_runs_jobs_by_their_needs_and_a_child(forge: GitLabHub, repo: Repo) -> None:
    repo.git("checkout", "-q", "-b", "better")
    repo.set_params(BETTER)

    pipeline = forge.merge_request(3, repo, "better")

    assert pipeline is not None
    assert pipeline.results == {
        "plan": "success",
        "start": "success",
        "broken": "failed",
        "judge": "success",
        "person": "manual",
    }
    assert pipeline["plan"].log == "hello $SHADE $(id), red dark\npipes fail\n"
    assert pipeline["plan"].after_log == "after success []\n"
    assert pipeline["start"].child is not None
    assert pipeline["start"].child.log.startswith(f"# cell:a success\nof {pipeline.id} by parent_pipeline\n")
    assert "never" not in pipeline["broken"].log
    assert set(pipeline["broken"].reports) == {"junit"}


def test_a_protected_variable_is_there_on_main_alone_and_no_job_is_no_pipeline(forge: GitLabHub, repo: Repo) -> None:
    text = "said: {script: ['echo [$KEY]'], rules: [{if: $CI_COMMIT_BRANCH}], variables: {GIT_STRATEGY: none}}\n"
    repo.write(".gitlab-ci.yml", f"default: {{before_script: [echo first]}}\n{text}")
    repo.commit()
    forge.protected["KEY"] = "hidden"
    here, there = forge.push(repo), forge.push(repo, "better")

    assert here is not None
    assert there is not None
    assert (here["said"].log, there["said"].log) == ("first\n[hidden]\n", "first\n[]\n")
    assert forge.tag("v1") is None


@pytest.mark.parametrize(
    ("condition", "value"),
    [
        ('$CI_PIPELINE_SOURCE == "push" && $CI_COMMIT_TAG =~ /^v[0-9]/', True),
        ("$CI_COMMIT_TAG", True),
        ("$CI_COMMIT_BRANCH", False),
        ("$CI_COMMIT_BRANCH == null", True),
        ("$CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH", False),
        ('($CI_COMMIT_TAG !~ /^V/i || $CI_COMMIT_BRANCH) && "a" == "a"', False),
        ("$CI_COMMIT_BRANCH != $CI_COMMIT_TAG", True),
    ],
)
def test_conditions_hold_as_on_gitlab(condition: str, value: bool) -> None:
    known = {"CI_PIPELINE_SOURCE": "push", "CI_COMMIT_TAG": "v1", "CI_DEFAULT_BRANCH": "main"}
    assert holds(condition, known) is value


@pytest.mark.parametrize("condition", ["$CI_PIPELINE_SUORCE", "$CI_COMMIT_TAG =~ v1", "($CI_COMMIT_TAG", "a == b", ""])
def test_a_condition_that_nobody_can_read_is_an_error(condition: str) -> None:
    with pytest.raises(RuleError):
        holds(condition, {"CI_COMMIT_TAG": "v1"})


@pytest.mark.parametrize(
    "change",
    [
        ("  extends: .all\n  needs: []", "  extends: .al\n  needs: []"),
        ('  script: ["true"]', '  scripts: ["true"]'),
        ("person:\n", "person:\n  stage: verify\n"),
        ("person:\n", "judge:\n"),
    ],
)
def test_a_file_that_gitlab_would_not_take_is_an_error(change: tuple[str, str]) -> None:
    assert MORE.count(change[0]) == 1
    with pytest.raises((PipelineError, WorkflowError)):
        read_pipeline(MORE.replace(*change), lambda path: "")


def test_needs_of_what_is_not_there_are_an_error(forge: GitLabHub, repo: Repo) -> None:
    repo.edit("more.yml", ("  needs: [plan]\n  script", "  needs: [plam]\n  script"))
    repo.commit()
    repo.git("checkout", "-q", "-b", "better")

    with pytest.raises(PipelineError, match="plam"):
        forge.merge_request(3, repo, "better")
