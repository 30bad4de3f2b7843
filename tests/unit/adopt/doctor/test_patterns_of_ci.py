"""Each trap that the documents set in CI files is found, with its line, and its mended twin is not."""

from __future__ import annotations

import pytest

from seatrial.adopt.doctor.ci_files import is_ci_file
from seatrial.adopt.doctor.facts import Facts, Tree, Workflow
from seatrial.adopt.doctor.outcome import Pattern
from tests.support.visited import CONFIG, found, job, patterns, project, workflow

SHA = "0123456789abcdef0123456789abcdef01234567"
CHECKOUT = f"actions/checkout@{SHA}"


def _steps(*steps: str, on: str = "pull_request", extra: str = "") -> Workflow:
    body = "".join(f"      - {step}\n" for step in steps)
    more = "".join(f"    {line}\n" for line in extra.split("\n") if line)
    return workflow(f"on: [{on}]\njobs:\n  one:\n    runs-on: ubuntu-latest\n{more}    steps:\n{body}")


PLANTED: list[tuple[Pattern, int, Workflow, Workflow]] = [
    (
        Pattern.EVERYTHING_ON_EVERY_PULL_REQUEST,
        8,
        job("pip install .\npython train.py"),
        job("pip install .\npython train.py --subset 0.1"),
    ),
    (
        Pattern.EVERYTHING_ON_EVERY_PULL_REQUEST,
        7,
        job("dvc repro"),
        job("dvc repro", on="[push, schedule]"),
    ),
    (
        Pattern.EVERYTHING_ON_EVERY_PULL_REQUEST,
        8,
        job("python train.py", extra="if: github.event_name == 'pull_request'"),
        job("python train.py", extra="if: github.event_name == 'push'"),
    ),
    (
        Pattern.PULL_REQUEST_TARGET,
        8,
        _steps(f"uses: {CHECKOUT}\n        with:\n          ref: ${{{{ github.event.pull_request.head.sha }}}}",
               on="pull_request_target"),
        _steps(f"uses: {CHECKOUT}", on="pull_request_target"),
    ),
    (
        Pattern.PULL_REQUEST_TARGET,
        6,
        _steps("run: gh pr checkout 7", on="pull_request_target"),
        _steps("run: gh pr checkout 7", on="pull_request"),
    ),
    (
        Pattern.UNPINNED_ACTION,
        6,
        _steps("uses: actions/checkout@v4"),
        _steps(f"uses: {CHECKOUT}", "uses: ./.github/actions/mine"),
    ),
    (
        Pattern.CACHE_BY_WRONG_KEY,
        8,
        _steps(f"uses: actions/cache@{SHA}\n        with:\n          path: ~/.cache/pip\n"
               "          key: pip-${{ hashFiles('requirements.txt') }}", "run: uv pip install -r requirements.txt"),
        _steps(f"uses: actions/cache@{SHA}\n        with:\n          path: ~/.cache/pip\n"
               "          key: pip-${{ hashFiles('requirements.txt') }}", "run: pip install -r requirements.txt"),
    ),
    (
        Pattern.CACHE_BY_WRONG_KEY,
        9,
        _steps(f"uses: actions/cache@{SHA}\n        with:\n          path: ~/.cache/uv\n"
               "          key: uv-${{ hashFiles('uv.lock') }}", "run: uv pip install -r requirements.txt"),
        _steps(f"uses: actions/cache@{SHA}\n        with:\n          path: ~/.cache/uv\n"
               "          key: uv-${{ hashFiles('uv.lock') }}", "run: uv sync"),
    ),
    (
        Pattern.CACHE_BY_WRONG_KEY,
        9,
        _steps(f"uses: actions/cache@{SHA}\n        with:\n          path: .venv\n          key: venv-1"),
        _steps(f"uses: actions/cache@{SHA}\n        with:\n          path: .venv\n"
               "          key: venv-${{ hashFiles('**/uv.lock') }}"),
    ),
    (
        Pattern.CACHE_BY_WRONG_KEY,
        9,
        _steps(f"uses: actions/cache@{SHA}\n        with:\n          path: ~/.cache/huggingface\n"
               "          key: models-${{ hashFiles('gone.yaml') }}"),
        _steps(f"uses: actions/cache@{SHA}\n        with:\n          path: ~/.cache/huggingface\n"
               "          key: models-${{ hashFiles('model-config.yaml') }}"),
    ),
    (
        Pattern.CACHE_BY_WRONG_KEY,
        8,
        _steps(f"uses: actions/setup-python@{SHA}\n        with:\n          cache: pip", "run: uv sync"),
        _steps(f"uses: actions/setup-python@{SHA}\n        with:\n          cache: pip", "run: pip install ."),
    ),
    (
        Pattern.GPU_RUNNER_FOR_CPU_WORK,
        4,
        job("pip install .\nruff check .\npytest -q", on="push", runs_on="[self-hosted, gpu]"),
        job("nvidia-smi\npytest -q -m gpu", on="push", runs_on="[self-hosted, gpu]"),
    ),
    (
        Pattern.JOB_THAT_NEVER_RUNS,
        4,
        job("pytest", extra="if: contains(github.event.head_commit.modified, 'models/')"),
        job("pytest", extra="if: contains(github.event.head_commit.message, 'gpu')"),
    ),
    (
        Pattern.SLEEP_THEN_PROMOTE,
        7,
        job("sleep 5m\npython check.py\nkubectl argo rollouts promote x", on="push"),
        job("kubectl argo rollouts status x\nkubectl argo rollouts promote x", on="push"),
    ),
    (
        Pattern.SECRET_IN_CLEAR,
        5,
        job("pytest", extra="env: {HF_TOKEN: abcdef0123456789abcdef}"),
        job("pytest", extra="env: {HF_TOKEN: '${{ secrets.HF_TOKEN }}', POSTGRES_PASSWORD: postgres}"),
    ),
    (
        Pattern.SECRET_IN_CLEAR,
        7,
        job("curl -H 'Authorization: token ghp_" + "a1" * 18 + "' x", on="push"),
        job("curl -H \"Authorization: token $TOKEN\" x", on="push"),
    ),
    (
        Pattern.STRANGERS_ON_OWN_RUNNER,
        4,
        job("nvidia-smi", runs_on="[self-hosted, gpu]"),
        job("nvidia-smi", runs_on="[self-hosted, gpu]",
            extra="if: github.event.pull_request.head.repo.full_name == github.repository"),
    ),
    (
        Pattern.MODEL_BEHIND_THE_GATE,
        8,
        job("python train.py\ndvc push", on="push"),
        job("seatrial run --tier release\ndvc push", on="push"),
    ),
    (
        Pattern.NO_ROLLBACK,
        7,
        job("aws s3 cp model.pt s3://b/prod/model.pt", on="push"),
        job("aws s3 cp model.pt s3://b/$GITHUB_SHA/model.pt", on="push"),
    ),
]  # fmt: skip
TREE = Tree(paths=frozenset({"requirements.txt", "uv.lock", "model-config.yaml"}))


@pytest.mark.parametrize(
    ("pattern", "line", "bad", "good"), PLANTED, ids=[f"{one[0]}-{at}" for at, one in enumerate(PLANTED)]
)
def test_a_planted_trap_is_found_and_its_mended_twin_is_not(
    pattern: Pattern, line: int, bad: Workflow, good: Workflow
) -> None:
    """Found on its line; the twin has none of that pattern."""
    told = found(Facts(tree=TREE, workflows=(bad,)), pattern)

    assert [one.line for one in told] == [line]
    assert told[0].mend
    assert pattern not in patterns(good, tree=TREE)


@pytest.mark.parametrize(
    "condition",
    ["github.event.pull_request.head.repo.full_name == github.repository", "github.actor == 'ann'"],
)
def test_a_job_that_waits_for_one_that_asks_who_it_is_has_asked(condition: str) -> None:
    """It is skipped with the job that it needs; a need without a condition asks nobody."""

    def flow(condition: str) -> Workflow:
        return workflow(
            f"on: pull_request\njobs:\n  ask:\n    runs-on: x\n    if: {condition}\n    steps: [{{run: 'true'}}]\n"
            "  work:\n    runs-on: self-hosted\n    needs: ask\n    steps: [{run: nvidia-smi}]\n"
        )

    assert Pattern.STRANGERS_ON_OWN_RUNNER not in patterns(flow(condition))
    assert Pattern.STRANGERS_ON_OWN_RUNNER in patterns(flow("always()"))


@pytest.mark.parametrize("value", ["change-me-please", "github-actions-bot", "123456789012"])
def test_words_and_numbers_under_a_telling_name_are_no_secret(value: str) -> None:
    """What was made at random has letters and digits."""
    assert Pattern.SECRET_IN_CLEAR not in patterns(job("pytest", extra=f"env: {{API_TOKEN: '{value}'}}"))


def test_a_short_wait_before_a_promotion_is_none() -> None:
    """For a moment until something is there, not to see whether it is good."""
    promotes = "python check.py\nkubectl argo rollouts promote x"

    assert Pattern.SLEEP_THEN_PROMOTE not in patterns(job(f"sleep 59\n{promotes}", on="push"))
    assert Pattern.SLEEP_THEN_PROMOTE in patterns(job(f"sleep 60\n{promotes}", on="push"))


def test_every_pattern_of_ci_files_is_planted_here() -> None:
    """A new one gets its pair; those of files and data have tests of their own."""
    elsewhere = {
        Pattern.MODEL_IN_GIT,
        Pattern.LARGE_FILE_IN_GIT,
        Pattern.UNPINNED_DEPENDENCY,
        Pattern.UNPINNED_IMAGE,
        Pattern.EVALUATION_ON_TRAINING_DATA,
    }
    assert {one[0] for one in PLANTED} | elsewhere == set(Pattern)


def test_a_secret_is_named_and_never_repeated() -> None:
    """A finding is shown in logs."""
    secret = "abcdef0123456789abcdef"
    (one,) = found(Facts(tree=Tree(), workflows=(job("x", extra=f"env: {{HF_TOKEN: {secret}}}"),)))

    assert "HF_TOKEN" in one.message
    assert secret not in repr(one)


def test_a_push_after_a_job_that_judges_is_no_push_behind_its_back() -> None:
    """Jobs that need one which judges start only if it let through, however far away it is."""
    text = """
    on: push
    jobs:
      judge: {runs-on: x, steps: [{run: seatrial run}]}
      between: {runs-on: x, needs: judge, steps: [{run: ls}]}
      push: {runs-on: x, needs: [between], steps: [{run: dvc push}]}
      beside: {runs-on: x, steps: [{run: dvc push}]}
    """
    told = found(Facts(tree=Tree(), workflows=(workflow(text),)), Pattern.MODEL_BEHIND_THE_GATE)

    assert [one.line for one in told] == [7]


def test_a_whole_run_for_every_pull_request_is_told_where_there_are_tiers() -> None:
    """`seatrial run` without one is everything; with one it is what the tier says."""
    whole, tier = job("seatrial run"), job("seatrial run --tier=pr")

    assert Pattern.EVERYTHING_ON_EVERY_PULL_REQUEST in patterns(whole, project=project())
    assert Pattern.EVERYTHING_ON_EVERY_PULL_REQUEST not in patterns(whole)
    assert Pattern.EVERYTHING_ON_EVERY_PULL_REQUEST not in patterns(tier, project=project())


def test_state_that_ends_with_its_runner_is_no_way_back() -> None:
    """A hosted runner that registers into a local state; a shared one, or a tier that only judges, is none."""
    shared = project("state: file:///mnt/state\n" + CONFIG)
    nightly, judging = job("seatrial run -t nightly", on="schedule"), job("seatrial run -t pr", on="schedule")
    own = job("seatrial run -t nightly", on="schedule", runs_on="[self-hosted]")

    assert Pattern.NO_ROLLBACK in patterns(nightly, project=project())
    assert Pattern.NO_ROLLBACK not in patterns(nightly, project=shared)
    assert Pattern.NO_ROLLBACK not in patterns(judging, project=project())
    assert Pattern.NO_ROLLBACK not in patterns(own, project=project())


def test_an_own_runner_that_no_pull_request_reaches_is_nobodys_risk() -> None:
    """What starts on pushes runs the code of those who may push."""
    assert patterns(job("nvidia-smi", on="push", runs_on="[self-hosted, gpu]")) == []


@pytest.mark.parametrize(
    ("body", "name", "told"),
    [
        ("pytest -q", "one", False),
        ("pytest -q tests/unit", "one", True),
        ("pytest -q", "unit", True),
        ("pytest -q tests/unit", "gpu-tests", False),
        ("ruff check .", "one", True),
        ("python x.py\nruff check .", "one", False),
    ],
)
def test_tests_on_a_gpu_are_told_only_where_they_say_that_they_need_none(body: str, name: str, told: bool) -> None:
    """Plain tests may be those that need the device."""
    lines = "".join(f"          {line}\n" for line in body.split("\n"))
    text = f"on: push\njobs:\n  {name}:\n    runs-on: [self-hosted, gpu]\n    steps:\n      - run: |\n{lines}"
    assert (patterns(workflow(text)) == [Pattern.GPU_RUNNER_FOR_CPU_WORK]) is told


def test_a_wait_before_a_line_of_a_log_promotes_nothing() -> None:
    """`echo` only says the word."""
    assert patterns(job("sleep 300\necho promote it by hand", on="push")) == []


def test_a_cache_of_pip_is_right_where_pip_installs_besides_uv() -> None:
    """Both may be used."""
    cache = f"uses: actions/setup-python@{SHA}\n        with:\n          cache: pip"
    assert patterns(_steps(cache, "run: uv sync", "run: pip install .")) == []


GITLAB = """
default: {image: python:3.11}
.setup: &setup
  before_script: [pip install .]
train:
  <<: *setup
  tags: [gpu]
  script:
    - - python train.py
      - dvc push
nightly:
  extends: .setup
  rules: [{if: '$CI_PIPELINE_SOURCE == "schedule"'}]
  script: python train.py
lint:
  tags: [gpu]
  script: [ruff check .]
"""


def test_gitlab_is_read_in_the_same_words() -> None:
    """Anchors, `extends`, nested scripts and rules."""
    read = workflow(GITLAB, ".gitlab-ci.yml")
    jobs = {one.name: one for one in read.jobs}
    told = [(one.pattern, one.line) for one in found(Facts(tree=Tree(), workflows=(read,)))]

    assert set(jobs) == {"train", "nightly", "lint"}
    assert jobs["nightly"].triggers == {"schedule"}
    assert [one.words for one in jobs["nightly"].commands] == [("pip", "install", "."), ("python", "train.py")]
    assert told == [
        (Pattern.MODEL_BEHIND_THE_GATE, 10),
        (Pattern.EVERYTHING_ON_EVERY_PULL_REQUEST, 9),
        (Pattern.GPU_RUNNER_FOR_CPU_WORK, 16),
    ]


ACTION = """
name: set up
runs:
  using: composite
  steps:
    - uses: actions/setup-python@v5
    - run: pip install .
      shell: bash
"""


def test_actions_of_the_repositorys_own_are_looked_at() -> None:
    """They run within jobs, with the rights of these."""
    read = workflow(ACTION, ".github/actions/setup/action.yml")

    assert [(one.pattern, one.line) for one in found(Facts(tree=Tree(), workflows=(read,)))] == [
        (Pattern.UNPINNED_ACTION, 6)
    ]
    assert [is_ci_file(f".github/{one}") for one in ("actions/a/action.yml", "workflows/x.yaml")] == [True, True]
    assert [is_ci_file(f".github/{one}") for one in ("actions/a/data.yml", "workflows/old/x.yml", "x.yml")] == [
        False
    ] * 3


DOCUMENTS = """
name: ML CI/CD
on:
  push:
    branches: [main]
  pull_request:
    branches: [main]
jobs:
  test:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - run: pip install -r requirements.txt
      - run: pytest tests/ -v
  train:
    needs: test
    runs-on: self-hosted # GPU runner
    if: github.event_name == 'pull_request'
    steps:
      - uses: actions/checkout@v4
      - run: dvc pull
      - run: python train.py --subset 0.1
"""


def test_the_workflow_of_the_document_has_its_own_traps_and_no_others() -> None:
    """A subset on pull requests is what it recommends; tags, and strangers on an own machine, are its traps."""
    told = [(one.pattern, one.line) for one in found(Facts(tree=TREE, workflows=(workflow(DOCUMENTS),)))]

    assert told == [
        (Pattern.STRANGERS_ON_OWN_RUNNER, 16),
        (Pattern.UNPINNED_ACTION, 12),
        (Pattern.UNPINNED_ACTION, 20),
    ]
