"""What Seatrial renders for GitHub, done step by step in bash: each event of a project's life, from a branch's pull
request to a promotion that somebody approved.

The forge is `tests/support/steps`: a bare repository behind git's own server, the fake of GitHub's API, and a runner of
workflow files. Every job begins on an empty machine; what jobs share are records on a git ref (`state: git`).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.cli import BETTER, CONFIG, WORSE, Repo, new_repo
from tests.support.git_server import needs_git_server
from tests.support.steps.hub import Hub, hub
from tests.support.steps.ran import Run

pytestmark = [pytest.mark.live, needs_git_server]

PULLS = "Seatrial pull request"
TIERS = """\
tiers:
  pr: {gates: smoke, baseline: main, budget: 5m}
  slow: {gates: smoke, baseline: main}
  nightly: {gates: promote, on_pass: register}
  release: {gates: promote, on_pass: {promote: production}}
state: git
"""
START = CONFIG.index("tiers:"), CONFIG.index("datasets:")
OWN = CONFIG[: START[0]] + TIERS + CONFIG[START[1] :]


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    made = new_repo(tmp_path / "repo", {"seatrial.yaml": OWN, "notes.md": "tiny\n"})
    made.seatrial("workflows", "render")
    made.commit("workflows")
    return made


@pytest.fixture
def forge(tmp_path: Path, repo: Repo) -> Iterator[Hub]:
    with hub(tmp_path / "hub", repo) as made:
        yield made


def _branch(repo: Repo, name: str, *change: tuple[str, str]) -> str:
    repo.git("checkout", "-q", "-B", name, "main")
    return repo.set_params(*change)


def _named(runs: list[Run], name: str) -> Run:
    (found,) = [run for run in runs if run.workflow.name == name]
    return found


def _checks(forge: Hub, sha: str) -> dict[str, str]:
    """The conclusion of each check of a commit."""
    return {
        check["name"]: check["conclusion"] for check in forge.fake.world.checks.values() if check["head_sha"] == sha
    }


def _in_production(forge: Hub, repo: Repo) -> None:
    """Somebody has promoted a first model from a clone of their own."""
    repo.git("remote", "add", "origin", str(forge.bare))
    repo.run(code=2)
    repo.promote(repo.register(), "--first")


def _alias(repo: Repo, name: str) -> int | None:
    """The version that has an alias, as a clone sees it."""
    (model,) = repo.seatrial("models", "list", "--json").json["models"]
    found: int | None = model["aliases"].get(name)
    return found


def test_a_pull_request_is_judged_fast_and_slow_on_machines_of_their_own(forge: Hub, repo: Repo) -> None:
    """Three waves, each cell on an empty machine; then one that judges. Both checks stand on the head."""
    head = _branch(repo, "better", BETTER)
    forge.open_pull(7, repo, "better")

    run = _named(forge.pull_request(7), PULLS)

    assert run.conclusion == "success", run.log
    assert [job.matrix["cells"] for job in run.jobs if job.matrix] == ["data", "train", "evaluate"]
    assert _checks(forge, head) == {"seatrial/tiny/pr": "success", "seatrial/tiny/slow": "success"}
    assert "PASS" in run["judge"].summary


def test_a_worse_model_makes_jobs_and_checks_red(forge: Hub, repo: Repo) -> None:
    """The exit code of the run is that of the job, and the report is posted all the same."""
    head = _branch(repo, "worse", WORSE)
    forge.open_pull(7, repo, "worse")

    run = _named(forge.pull_request(7), PULLS)

    assert run.results["fast"] == run.results["judge"] == "failure"
    assert _checks(forge, head) == {"seatrial/tiny/pr": "failure", "seatrial/tiny/slow": "failure"}
    assert "FAIL" in run["judge"].summary


def test_a_change_that_reaches_nothing_is_green_and_says_so(forge: Hub, repo: Repo) -> None:
    """No cell gets a machine; the required checks report, since the workflow starts whatever has changed."""
    repo.git("checkout", "-q", "-B", "words", "main")
    repo.write("notes.md", "tiny, and told\n")
    head = repo.commit()
    forge.open_pull(7, repo, "words")

    run = _named(forge.pull_request(7), PULLS)

    assert run.conclusion == "success", run.log
    assert not [job for job in run.jobs if job.matrix]
    assert _checks(forge, head) == {"seatrial/tiny/pr": "success", "seatrial/tiny/slow": "success"}
    assert "NOTHING AFFECTED" in run["fast"].summary


def test_a_fork_is_run_without_rights_and_told_of_by_a_job_that_has_none_of_its_code(forge: Hub, repo: Repo) -> None:
    """The run packs, the other judges by the base's rules and posts; nothing runs on machines of one's own."""
    forge.secrets["KEY"] = "hidden"
    head = _branch(repo, "better", BETTER)
    forge.open_pull(8, repo, "better", fork="mallory/models", author="mallory")

    runs = forge.pull_request(8)
    first, second = _named(runs, PULLS), _named(runs, "Seatrial forks")

    assert first.results["fast"] == "success", first.log
    assert first.results["plan"] == first.results["judge"] == "skipped"
    assert "hidden" not in first.log
    assert not forge.may_push(first["fast"].token)
    assert second.conclusion == "success", second.log
    assert second["post"].checked_out == [forge.main]
    assert head not in second["post"].checked_out
    assert _checks(forge, head)["seatrial/tiny/pr"] == "success"
    assert ["PASS" in body for body in forge.fake.world.bodies(8)] == [True]


def test_the_merge_queue_asks_for_the_same_checks(forge: Hub, repo: Repo) -> None:
    """On the commit that would become main."""
    _branch(repo, "better", BETTER)
    forge.open_pull(7, repo, "better")

    run = _named(forge.merge_group(7), PULLS)

    assert run.conclusion == "success", run.log
    assert _checks(forge, run.event.sha) == {"seatrial/tiny/pr": "success", "seatrial/tiny/slow": "success"}


def test_every_night_a_model_is_registered(forge: Hub, repo: Repo) -> None:
    """In records that outlive the machine."""
    _in_production(forge, repo)
    _branch(repo, "main", BETTER)
    forge.push(repo)

    run = _named(forge.schedule("0 6 * * *"), "Seatrial nightly")

    assert run.conclusion == "success", run.log
    (model,) = repo.seatrial("models", "list", "--json").json["models"]
    assert [version["number"] for version in model["versions"]] == [1, 2]


def test_a_release_is_promoted_once_somebody_has_approved(forge: Hub, repo: Repo) -> None:
    """The cells are done, and the job that promotes waits for the environment."""
    _in_production(forge, repo)
    forge.guarded.add("production")
    _branch(repo, "main", BETTER)
    forge.push(repo)

    run = _named(forge.push(repo, "refs/tags/v1"), "Seatrial release")
    waits, before = run.results["judge"], _alias(repo, "production")
    forge.approve(run, "production")

    assert (waits, before) == ("waiting", 1), run.log
    assert run.conclusion == "success", run.log
    assert run["judge"].environment == "production"
    assert _alias(repo, "production") == 2
    assert not [each for each in forge.caches.kept if "release" in each.key], "a release reads and writes no cache"


def test_a_maintainers_word_lets_a_fork_have_the_slow_tier(forge: Hub, repo: Repo) -> None:
    """For exactly that commit, and still without secrets; a stranger's word starts nothing."""
    forge.fake.world.account("ada", role="maintain")
    head = _branch(repo, "better", BETTER)
    forge.open_pull(8, repo, "better", fork="mallory/models", author="mallory")
    forge.pull_request(8)

    ignored = _named(forge.comment(8, "mallory", f"/seatrial run {head}"), "Seatrial comments")
    heeded = _named(forge.comment(8, "ada", f"/seatrial run {head}"), "Seatrial comments")

    assert ignored.results["dear"] == "skipped"
    assert heeded.conclusion == "success", heeded.log
    assert heeded.results["dear"] == "success"
    assert heeded["dear"].checked_out[-1] == head
    assert not forge.may_push(heeded["dear"].token)


def test_a_fork_that_lowers_its_gates_is_judged_by_those_of_main(forge: Hub, repo: Repo) -> None:
    """Its own run may say what it likes, and so may its workflows; what is posted is the other job's verdict."""
    _branch(repo, "worse", WORSE)
    repo.write("gates.yaml", repo.read("gates.yaml").replace("0.03", "0.9"))
    head = repo.commit()
    forge.open_pull(8, repo, "worse", fork="mallory/models", author="mallory")

    runs = forge.pull_request(8)

    assert _named(runs, "Seatrial forks").results == {"post": "failure"}
    assert _checks(forge, head) == {"seatrial/tiny/pr": "failure"}


def test_a_new_push_needs_a_new_word(forge: Hub, repo: Repo) -> None:
    """What a maintainer has seen is one commit."""
    forge.fake.world.account("ada", role="maintain")
    seen = _branch(repo, "better", BETTER)
    forge.open_pull(8, repo, "better", fork="mallory/models", author="mallory")
    _branch(repo, "better", WORSE)
    forge.open_pull(8, repo, "better", fork="mallory/models", author="mallory")

    (run,) = forge.comment(8, "ada", f"/seatrial run {seen}")

    assert run.results["dear"] == "skipped", run.log
    assert not [job for job in run.jobs if seen in job.checked_out]


def test_pull_requests_take_what_main_made_and_leave_main_nothing(forge: Hub, repo: Repo) -> None:
    """The caches of a forge: results are found by their inputs, and a pull request writes where only it reads."""
    (main,) = [run for run in forge.push(repo) if run.event.name == "push"]
    kept = forge.caches.keys()
    _branch(repo, "better", BETTER)
    forge.open_pull(7, repo, "better")

    run = _named(forge.pull_request(7), PULLS)

    assert main.results["fast"] == "success", main.log
    assert "data      reused" in run["fast"].log
    assert forge.caches.keys() == kept
    assert forge.caches.keys("refs/pull/7/merge")


def test_a_configuration_that_cannot_be_read_is_an_error_on_its_commit(forge: Hub, repo: Repo) -> None:
    """And no check says for ever that it is running."""
    repo.git("checkout", "-q", "-B", "broken", "main")
    repo.edit("seatrial.yaml", ("stages:\n", "stagse:\n"))
    head = repo.commit()
    forge.open_pull(7, repo, "broken")

    run = _named(forge.pull_request(7), PULLS)

    assert run.conclusion == "failure", run.log
    assert _checks(forge, head)["seatrial/tiny/pr"] == "failure"
