"""What Seatrial renders for GitLab, done job by job in bash: merge requests, forks, nights, and a release that a person
starts.

The forge is `tests/support/pipelines`; every job begins on an empty machine, and what jobs share are records on a git
ref (`state: git`).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.cli import BETTER, CONFIG, WORSE, Repo, new_repo
from tests.support.fake_gitlab import TOKEN
from tests.support.git_server import needs_git_server
from tests.support.pipelines.hub import GitLabHub, gitlab_hub
from tests.support.pipelines.runner import Pipeline

pytestmark = [pytest.mark.live, needs_git_server]

TIERS = """\
tiers:
  pr: {gates: smoke, baseline: main, budget: 5m, params: {data.rows: 1100}}
  slow: {gates: smoke, baseline: main}
  nightly: {gates: promote, on_pass: register}
  release: {gates: promote, on_pass: {promote: production}}
state: git
"""
OWN = CONFIG[: CONFIG.index("tiers:")] + TIERS + CONFIG[CONFIG.index("datasets:") :]


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    files = {
        "seatrial.yaml": OWN,
        "notes.md": "tiny\n",
        ".gitlab-ci.yml": "include:\n  - local: .gitlab/seatrial.yml\n",
    }
    made = new_repo(tmp_path / "repo", files)
    made.seatrial("workflows", "render", "--forge", "gitlab")
    made.commit("workflows")
    return made


@pytest.fixture
def forge(tmp_path: Path, repo: Repo) -> Iterator[GitLabHub]:
    with gitlab_hub(tmp_path / "hub", repo) as made:
        made.variables["GITLAB_TOKEN"] = TOKEN
        yield made


def _branch(repo: Repo, name: str, *change: tuple[str, str]) -> None:
    repo.git("checkout", "-q", "-B", name, "main")
    repo.set_params(*change)


def _in_production(forge: GitLabHub, repo: Repo) -> None:
    """Somebody has promoted a first model from a clone of their own."""
    repo.git("remote", "add", "origin", str(forge.bare))
    repo.run(code=2)
    repo.promote(repo.register(), "--first")


def _there(pipeline: Pipeline | None) -> Pipeline:
    assert pipeline is not None
    return pipeline


def test_a_merge_request_is_judged_fast_and_slow_by_a_child_pipeline(forge: GitLabHub, repo: Repo) -> None:
    """A job for each cell, on an empty machine; then one that judges and leaves its report files."""
    _branch(repo, "better", BETTER)

    pipeline = _there(forge.merge_request(3, repo, "better"))

    assert pipeline.status == "success", pipeline.log
    child = _there(pipeline["seatrial-slow"].child)
    assert child.results == {"cell:data": "success", "cell:train": "success", "cell:evaluate": "success"}
    assert set(pipeline["seatrial-slow-judge"].reports) == {"junit", "codequality", "metrics"}


def test_a_worse_model_makes_the_jobs_that_judge_red(forge: GitLabHub, repo: Repo) -> None:
    """The cells themselves went well."""
    _branch(repo, "worse", WORSE)

    pipeline = _there(forge.merge_request(3, repo, "worse"))

    assert pipeline.results["seatrial-fast"] == pipeline.results["seatrial-slow-judge"] == "failed"
    assert pipeline.results["seatrial-slow"] == "success"


def test_a_change_that_reaches_nothing_is_green(forge: GitLabHub, repo: Repo) -> None:
    """The child pipeline has one job, which says that no machine has anything to do."""
    repo.git("checkout", "-q", "-B", "words", "main")
    repo.write("notes.md", "tiny, and told\n")
    repo.commit()

    pipeline = _there(forge.merge_request(3, repo, "words"))

    assert pipeline.status == "success", pipeline.log
    assert list(_there(pipeline["seatrial-slow"].child).results) == ["cell:nothing to do"]
    assert "NOTHING AFFECTED" in pipeline["seatrial-fast"].log


def test_a_fork_does_the_fast_tier_alone_and_has_no_token(forge: GitLabHub, repo: Repo) -> None:
    """Its pipeline runs in the fork; reviewers see its report files."""
    _branch(repo, "better", BETTER)

    pipeline = _there(forge.merge_request(4, repo, "better", fork=True))

    assert list(pipeline.results) == ["seatrial-fast"]
    assert set(pipeline["seatrial-fast"].reports) == {"junit", "codequality", "metrics"}
    assert TOKEN not in pipeline.log


def test_a_schedule_registers_and_a_person_starts_what_promotes(forge: GitLabHub, repo: Repo) -> None:
    """The job that judges a release waits, in the environment of the alias, one at a time."""
    _in_production(forge, repo)
    _branch(repo, "main", BETTER)
    forge.take(repo)

    night = _there(forge.schedule(SEATRIAL="nightly"))
    waits = _there(forge.by_hand(SEATRIAL="release"))
    forge.pressed.add("seatrial-release-judge")
    goes = _there(forge.by_hand(SEATRIAL="release"))

    assert night.status == "success", night.log
    assert waits.results["seatrial-release-judge"] == "manual"
    assert goes.status == "success", goes.log
    (model,) = repo.seatrial("models", "list", "--json").json["models"]
    assert [version["number"] for version in model["versions"]] == [1, 2, 3], "the night's, and the release's"
    assert model["aliases"] == {"production": 3}


def _states(forge: GitLabHub) -> dict[tuple[str, str], str]:
    """What stands on each commit under each name."""
    return {(each["sha"], each["name"]): each["status"] for each in forge.fake.statuses}


@pytest.mark.parametrize("kind", ["merged_result", "merge_train"])
def test_what_is_tried_as_merged_is_compared_with_the_main_branch_as_it_is_now(
    forge: GitLabHub, repo: Repo, kind: str
) -> None:
    """Not with where the branch once began; and the status stands on the commit that people see."""
    _branch(repo, "better", BETTER)
    repo.git("checkout", "-q", "main")
    repo.write("notes.md", "main went on\n")
    repo.commit()
    main = forge.take(repo)
    repo.git("checkout", "-q", "better")

    pipeline = _there(forge.merge_request(3, repo, "better", kind=kind))

    assert pipeline.status == "success", pipeline.log
    assert f"against main at {main[:10]}" in pipeline["seatrial-slow-judge"].log
    cells = _there(pipeline["seatrial-slow"].child).text.jobs
    assert cells["cell:train"]["variables"]["SEATRIAL_BASE"]["value"] == main
    head = repo.git("rev-parse", "better")
    assert _states(forge) == {(head, "seatrial/tiny/pr"): "success", (head, "seatrial/tiny/slow"): "success"}


def test_a_token_that_is_protected_is_not_there_and_the_change_is_judged_all_the_same(
    forge: GitLabHub, repo: Repo
) -> None:
    """Its report files tell what nobody could be told by a comment."""
    del forge.variables["GITLAB_TOKEN"]
    _branch(repo, "better", BETTER)

    pipeline = _there(forge.merge_request(3, repo, "better"))

    assert pipeline.results["seatrial-fast"] == "success", pipeline.log
    assert set(pipeline["seatrial-fast"].reports) == {"junit", "codequality", "metrics"}
    assert "project access token" in pipeline["seatrial-fast"].log
    assert _states(forge) == {}


def test_a_configuration_that_cannot_be_read_is_an_error_on_its_commit(forge: GitLabHub, repo: Repo) -> None:
    """There is no report then, and a status that says running would block for ever."""
    repo.git("checkout", "-q", "-B", "broken", "main")
    repo.edit("seatrial.yaml", ("stages:\n", "stagse:\n"))
    head = repo.commit()

    pipeline = _there(forge.merge_request(3, repo, "broken"))

    assert pipeline.results["seatrial-fast"] == "failed"
    assert _states(forge)[head, "seatrial/tiny/pr"] == "failed"


def test_a_machine_that_could_not_be_made_ready_is_an_error_on_its_commit(forge: GitLabHub, repo: Repo) -> None:
    """No run has left a report, so there are no report files; that is said."""
    repo.git("checkout", "-q", "-B", "broken", "main")
    repo.edit(".gitlab/seatrial.yml", ("\n.seatrial-cell:\n", "    - exit 7\n\n.seatrial-cell:\n"))
    head = repo.commit()

    pipeline = _there(forge.merge_request(3, repo, "broken"))

    assert pipeline.results["seatrial-fast"] == "failed"
    assert _states(forge)[head, "seatrial/tiny/pr"] == "failed", pipeline.log


def test_a_release_with_a_cell_that_failed_is_nobodys_to_promote(forge: GitLabHub, repo: Repo) -> None:
    _in_production(forge, repo)
    repo.write("steps/train.py", "raise SystemExit(3)\n")
    repo.commit()
    forge.take(repo)
    forge.pressed.add("seatrial-release-judge")

    release = _there(forge.tag("v1"))

    assert release.results == {
        "seatrial-release-plan": "success",
        "seatrial-release": "failed",
        "seatrial-release-judge": "skipped",
    }
    assert _there(release["seatrial-release"].child).results["cell:evaluate"] == "skipped"
    assert _states(forge) == {}


def test_cells_of_any_name_are_done(forge: GitLabHub, repo: Repo) -> None:
    """What a shell, YAML or GitLab would read something into stays a name; the second time they are taken from the
    cache."""
    value = """$(touch stolen) ${HOME} 'a': "b" # `c` \\\\ *"""
    matrix = f"{{v: [{json.dumps(value)}]}}"
    odd = f"  odd: {{cmd: 'python -m this ${{matrix.v}}', deps: [], tiers: [slow], matrix: {matrix}}}\n"
    repo.git("checkout", "-q", "-B", "odd", "main")
    repo.edit("seatrial.yaml", ("models:\n", f"{odd}models:\n"))
    repo.commit()

    pipeline = _there(forge.merge_request(3, repo, "odd"))
    again = _there(forge.merge_request(3, repo, "odd"))

    child = _there(pipeline["seatrial-slow"].child)
    assert child.results == {f"cell:odd[v={value}]": "success"}, pipeline.log
    assert "1 ran" in child.log
    assert list(_there(again["seatrial-slow"].child).results) == ["cell:all is stored"]
    assert "1 reused" in again["seatrial-slow-judge"].log
    assert not list(forge.folder.rglob("stolen"))
