"""What holds of every workflow that is rendered, and of those for a project of each shape."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
import yaml

from seatrial.forge.workflows.actions import PINS
from seatrial.forge.workflows.github import MARKER, render
from seatrial.forge.workflows.github_steps import ACTION
from tests.support.workflow_samples import LARGE, SAMPLES, wanted, wanted_of_files

FOLDER = ".github/workflows/"
EXPRESSION = "${{"


def read(text: str) -> Any:
    """A workflow as values; `on` stays a text."""
    found = yaml.safe_load(text)
    if True in found:
        found["on"] = found.pop(True)
    return found


def rendered(sample: str) -> dict[str, Any]:
    """Every workflow of a sample by its name, without the action."""
    files = render(wanted(sample))
    return {path.removeprefix(FOLDER): read(text) for path, text in files.items() if path.startswith(FOLDER)}


def action(sample: str) -> Any:
    return read(render(wanted(sample))[f"{ACTION}/action.yml"])


def jobs(sample: str) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    for file, workflow in rendered(sample).items():
        for name, job in workflow["jobs"].items():
            yield file, name, job


def steps(sample: str) -> Iterator[Mapping[str, Any]]:
    yield from (step for _, _, job in jobs(sample) for step in job["steps"])
    yield from action(sample)["runs"]["steps"]


@pytest.mark.parametrize("sample", SAMPLES)
def test_nothing_is_filled_into_a_script(sample: str) -> None:
    """What GitHub would put there could hold anything: a title, a branch, a comment."""
    assert [step["run"] for step in steps(sample) if EXPRESSION in step.get("run", "")] == []


@pytest.mark.parametrize("sample", SAMPLES)
def test_every_action_is_pinned_or_lies_beside(sample: str) -> None:
    pinned = {f"{pin.action}@{pin.commit}" for pin in PINS.values()}
    used = {step["uses"] for step in steps(sample) if "uses" in step}

    assert used - pinned == {f"./{ACTION}"}


@pytest.mark.parametrize("sample", SAMPLES)
def test_no_token_is_left_in_a_clone(sample: str) -> None:
    checkouts = [step for step in steps(sample) if step.get("uses", "").startswith("actions/checkout@")]

    assert checkouts
    assert all(step["with"]["persist-credentials"] is False for step in checkouts)


@pytest.mark.parametrize("sample", SAMPLES)
def test_every_job_has_rights_of_its_own_an_end_and_machines(sample: str) -> None:
    for file, workflow in rendered(sample).items():
        assert workflow["permissions"] == {}, file
        assert workflow["defaults"] == {"run": {"shell": "bash"}}
        assert "group" in workflow["concurrency"]
    for _, _, job in jobs(sample):
        assert {"timeout-minutes", "runs-on", "permissions", "name"} <= set(job)
        assert job["permissions"]["contents"] in ("read", "write")


@pytest.mark.parametrize("sample", SAMPLES)
def test_what_a_job_needs_is_there_and_what_it_asks_of_it_too(sample: str) -> None:
    for workflow in rendered(sample).values():
        for job in workflow["jobs"].values():
            needs = job.get("needs", [])
            assert set(needs) <= set(workflow["jobs"])
            for needed, output in re.findall(r"needs\.([\w-]+)\.outputs\.([\w-]+)", str(job)):
                assert needed in needs
                assert output in workflow["jobs"][needed]["outputs"]


@pytest.mark.parametrize("sample", SAMPLES)
def test_secrets_are_in_the_environment_of_a_step_and_nowhere_else(sample: str) -> None:
    for _, _, job in jobs(sample):
        assert "secrets." not in str({key: value for key, value in job.items() if key != "steps"})
        for step in job["steps"]:
            assert "secrets." not in str({key: value for key, value in step.items() if key != "env"})


@pytest.mark.parametrize("sample", [name for name in SAMPLES if name != "only-nightly"])
def test_the_check_of_a_pull_request_always_reports(sample: str) -> None:
    """A workflow that paths filter, or a job with a condition, would leave a required check pending for ever."""
    workflow = rendered(sample)["seatrial-pull-request.yml"]

    assert workflow["on"]["pull_request"] is None
    assert "merge_group" in workflow["on"]
    assert "if" not in workflow["jobs"]["fast"]


@pytest.mark.parametrize("sample", SAMPLES)
def test_only_a_pull_request_is_ended_by_a_newer_one(sample: str) -> None:
    for file, workflow in rendered(sample).items():
        ends = workflow["concurrency"]["cancel-in-progress"]
        assert ends == ("${{ github.event_name == 'pull_request' }}" if "pull-request" in file else False)


@pytest.mark.parametrize("sample", [name for name in SAMPLES if name != "only-nightly"])
def test_code_of_forks_gets_no_machine_of_ones_own_and_no_secret(sample: str) -> None:
    workflow = rendered(sample)["seatrial-pull-request.yml"]
    for name, job in workflow["jobs"].items():
        condition = str(job.get("if", ""))
        owned = "self-hosted" in str(job["runs-on"]) or "matrix.runner" in str(job["runs-on"])
        barred = "!(github.event_name == 'pull_request' && " in condition or "plan" in job.get("needs", [])
        elsewhere = "&& '[\"ubuntu-latest\"]' ||" in str(job["runs-on"])
        assert not owned or barred or elsewhere or condition == "github.event_name == 'merge_group'", name
    dear = rendered(sample)["seatrial-comments.yml"]["jobs"]["dear"]

    assert "secrets." not in str(dear)
    assert "GITHUB_TOKEN" not in str(dear)
    assert dear["permissions"] == {"contents": "read"}
    assert dear["env"] == {"SEATRIAL_UNTRUSTED": "1"}
    assert [step["with"].get("cache") for step in dear["steps"] if step.get("uses") == f"./{ACTION}"] == [False]


@pytest.mark.parametrize(
    ("label", "rented"),
    [
        ("ubuntu-latest", True), ("ubuntu-24.04-arm", True), ("ubuntu-slim", True), ("windows-2025", True),
        ("macos-15-xlarge", True), ("ubuntu-gpu", False), ("ubuntu-24.04-office", False), ("macos-mini", False),
        ("windows-2025x", False), ("my-ubuntu-latest", False),
    ],
)  # fmt: skip
def test_a_label_that_only_looks_like_githubs_gets_no_code_of_forks(label: str, rented: bool) -> None:
    files = {**SAMPLES["large"], "seatrial.yaml": LARGE.replace("{gpu: ", f"{{default: {label}, gpu: ")}
    text = render(wanted_of_files(files))[".github/workflows/seatrial-pull-request.yml"]
    fast, tests = (yaml.safe_load(text)["jobs"][name]["runs-on"] for name in ("fast", "tests"))

    assert fast == tests
    assert (fast == label) is rented
    assert rented or "head.repo.full_name != github.repository && '[\"ubuntu-latest\"]' ||" in fast


@pytest.mark.parametrize("sample", [name for name in SAMPLES if name != "only-nightly"])
def test_what_posts_for_a_fork_never_has_its_code(sample: str) -> None:
    files = rendered(sample)
    posting = [files["seatrial-forks.yml"]["jobs"]["post"], files["seatrial-comments.yml"]["jobs"]["post"],
               files["seatrial-comments.yml"]["jobs"]["heed"]]  # fmt: skip
    for job in posting:
        assert all("ref" not in step.get("with", {}) for step in job["steps"])
        assert all(step.get("uses") != f"./{ACTION}" for step in job["steps"])
        assert "pip install -" not in str(job)


def test_a_project_without_tiers_for_them_has_fewer_files() -> None:
    assert set(rendered("digits")) == {
        "seatrial-pull-request.yml", "seatrial-forks.yml", "seatrial-comments.yml", "seatrial-nightly.yml",
    }  # fmt: skip
    assert set(rendered("only-nightly")) == {"seatrial-nightly.yml"}
    assert set(rendered("large")) >= {"seatrial-release.yml"}


def test_a_slow_tier_is_planned_done_in_waves_and_judged() -> None:
    made = rendered("large")["seatrial-pull-request.yml"]["jobs"]

    assert list(made) == ["fast", "tests", "plan", "experiments-1", "experiments-2", "experiments-3", "judge", "merge"]
    assert made["plan"]["outputs"].keys() == {"wave-1", "wave-2", "wave-3", "nothing"}
    assert made["experiments-2"]["runs-on"] == "${{ matrix.runner }}"
    assert made["judge"]["runs-on"] == ["self-hosted", "gpu"], "the baseline may have to be trained"


def test_records_that_reach_no_other_job_make_one_job_of_it() -> None:
    made = rendered("local-state")["seatrial-pull-request.yml"]["jobs"]

    assert "slow" in made
    assert "plan" not in made
    assert made["slow"]["runs-on"] == ["self-hosted", "gpu"]
    assert "One job for the whole tier" in render(wanted("local-state"))[f"{FOLDER}seatrial-pull-request.yml"]


def test_promotion_waits_for_its_environment_and_may_say_so() -> None:
    judge = rendered("large")["seatrial-release.yml"]["jobs"]["judge"]

    assert judge["environment"] == "prod"
    assert judge["permissions"]["deployments"] == "write"
    assert [name for _, name, job in jobs("large") if "environment" in job] == ["judge"]


def test_a_release_reads_no_cache() -> None:
    made = rendered("large")["seatrial-release.yml"]["jobs"]

    assert "actions/cache" not in str(made)
    ready = [step for job in made.values() for step in job["steps"] if step.get("uses") == f"./{ACTION}"]
    assert {step["with"]["cache"] for step in ready} == {False}


def test_each_python_with_each_framework_and_none_ends_the_others() -> None:
    tests = rendered("large")["seatrial-pull-request.yml"]["jobs"]["tests"]

    assert tests["strategy"]["fail-fast"] is False
    assert tests["strategy"]["matrix"]["python"] == ["3.11", "3.12"]
    assert [one["packages"] for one in tests["strategy"]["matrix"]["framework"]] == [
        "torch==2.4.*", "torch==2.5.* numpy<2",
    ]  # fmt: skip
    assert tests["steps"][-1]["run"] == "seatrial run --tier pr unit"


def test_hashes_are_checked_where_there_are_any() -> None:
    def installs(sample: str) -> str:
        found = {step.get("name"): step.get("run") for step in action(sample)["runs"]["steps"]}
        return str(found["Install what the project needs"])

    assert "--require-hashes -r requirements.txt" in installs("large")
    assert "--require-hashes" not in installs("digits")
    assert "uv sync --locked" in installs("folder")
    assert "make deps\npip install 'x: y' # z" in installs("own-install")


def test_an_old_python_gets_a_newer_one_for_seatrial() -> None:
    made = action("old-python")["runs"]["steps"]

    assert made[0]["with"]["python-version"].splitlines() == ["${{ inputs.python }}", "3.12"]
    assert "python3.12 -m venv" in next(step["run"] for step in made if "SEATRIAL" in step.get("env", {}))


def test_a_cache_never_has_one_key_for_two_locks() -> None:
    keys = [step["with"]["key"] for step in steps("large") if step.get("uses", "").startswith("actions/cache@")]

    assert keys
    assert all("hashFiles(" in key or "github.sha" in key for key in keys)


def test_records_in_the_repository_take_a_token_that_may_write_them() -> None:
    """Each job that records something has it, in the step that does; one that only posts has not."""
    recording = {"plan", "experiments-1", "experiments-2", "experiments-3", "judge", "fast", "merge", "nightly", "heed"}
    for _, name, job in jobs("git-state"):
        assert job["permissions"]["contents"] == ("write" if name in recording else "read"), name
        for step in job["steps"]:
            runs = "seatrial run" in step.get("run", "") or "seatrial plan" in step.get("run", "")
            if runs and name in recording:
                assert step["env"]["GITHUB_TOKEN"] == "${{ github.token }}"

    assert {job["permissions"]["contents"] for _, _, job in jobs("large")} == {"read"}


@pytest.mark.parametrize("branch", ["feature/+x", "no", "a!b", "release-1.0", "3.10"])
def test_a_branch_of_any_name_is_that_branch(branch: str) -> None:
    files = {**SAMPLES["large"], "seatrial.yaml": LARGE.replace("main: trunk\n", "")}
    made = read(render(wanted_of_files(files, branch))[f"{FOLDER}seatrial-pull-request.yml"])

    assert made["on"]["push"]["branches"] == [re.sub(r"([*?+\[\]!])", r"\\\1", branch)]


def test_every_file_says_first_where_it_comes_from() -> None:
    assert all(text.startswith(MARKER) for text in render(wanted("large")).values())


def test_pins_are_commits_with_their_tags() -> None:
    """Whether they are the commits of those tags only the forge knows; here stands their form."""
    for pin in PINS.values():
        assert re.fullmatch(r"[\w-]+/[\w-]+", pin.action)
        assert re.fullmatch(r"[0-9a-f]{40}", pin.commit), pin.action
        assert re.fullmatch(r"v\d+\.\d+\.\d+", pin.tag)
