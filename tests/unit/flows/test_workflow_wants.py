"""What workflows must do follows from the policy and the files at the root, and what they could not keep is refused."""

from __future__ import annotations

import pytest
import yaml

from seatrial.errors import ConfigError
from seatrial.flows.workflow_install import PYTHONS
from seatrial.forge.workflows.github import render
from seatrial.forge.workflows.wanted import OWN_VARIABLES, Installer, Reach, Role, Wanted, waves_of
from tests.support.workflow_samples import GATES, HASHED, LARGE, SAMPLES, Files, wanted, wanted_of_files


def of(*changes: tuple[str, str], **files: str) -> Wanted:
    config = LARGE
    for old, new in changes:
        assert old in config, old
        config = config.replace(old, new, 1)
    return wanted_of_files({"seatrial.yaml": config, "gates.yaml": GATES, **files})


def refused(*changes: tuple[str, str], **files: str) -> list[str]:
    with pytest.raises(ConfigError) as error:
        of(*changes, **files)
    return [f"{problem} -> {problem.next_step}" for problem in error.value.problems]


LOCAL = ("state: s3://models/vision", "state: local")
NO_PROMOTION = ("on_pass: {promote: production}", "baseline: main")


def test_tiers_go_by_their_names_and_a_project_may_say_otherwise() -> None:
    assert {role: tier.name for role, tier in wanted("large").tiers.items()} == {
        Role.FAST: "pr", Role.SLOW: "slow", Role.MERGE: "merge", Role.NIGHTLY: "nightly", Role.RELEASE: "release",
    }  # fmt: skip
    other = of(("workflows:\n", "workflows:\n  tiers: {fast: slow, release: false}\n"))
    assert {role: tier.name for role, tier in other.tiers.items()} == {
        Role.FAST: "slow", Role.MERGE: "merge", Role.NIGHTLY: "nightly",
    }  # fmt: skip


def test_without_a_tier_there_is_nothing_to_render() -> None:
    with pytest.raises(ConfigError, match="no tier has a workflow"):
        wanted_of_files({"seatrial.yaml": "project: x\ntiers: {mine: {}}\nstages: {a: {cmd: x}}\n"})


def test_a_tier_that_promotes_is_refused_where_its_records_die() -> None:
    (said,) = refused(LOCAL)

    assert "tier release promotes to production" in said
    assert "`state: git`" in said
    assert "seatrial.yaml:" in said


@pytest.mark.parametrize(
    ("state", "runners", "reach"),
    [
        ("s3://models/vision", "{gpu: [g]}", Reach.EVERY_JOB),
        ("file:///mnt/x", "{default: [self-hosted, linux], gpu: [g]}", Reach.FOLDER),
        ("file:///mnt/x", "{gpu: [g]}", Reach.JOB),
        ("file:///mnt/x", "{default: ubuntu-24.04, gpu: [g]}", Reach.JOB),
        ("local", "{gpu: [g]}", Reach.JOB),
    ],
)
def test_a_folder_reaches_only_machines_of_ones_own(state: str, runners: str, reach: Reach) -> None:
    made = of(("state: s3://models/vision", f"state: {state}"), ("{gpu: [self-hosted, gpu]}", runners), NO_PROMOTION)

    assert made.reach is reach
    assert made.tiers[Role.SLOW].apart is (reach is not Reach.JOB)
    assert bool(made.tiers[Role.SLOW].together) is (reach is Reach.JOB)


def test_every_stage_that_no_machine_can_run_is_named() -> None:
    said = refused(("runners: {gpu: [self-hosted, gpu]}", "runners: {default: ubuntu-latest}"))

    assert len(said) == 1
    assert "stage train asks for a GPU" in said[0]
    assert "runners: {gpu:" in said[0]


def test_the_fast_tier_puts_such_stages_off_and_is_rendered() -> None:
    made = wanted("one-tier")

    assert made.tiers[Role.FAST].gpus
    assert of(
        *((f"  {tier}", f"  x{tier}") for tier in ("slow", "merge", "nightly", "release")),
        ("  runners: {gpu: [self-hosted, gpu]}\n", ""),
    ).tiers.keys() == {Role.FAST}


def test_cells_stay_together_where_what_one_makes_is_kept_nowhere() -> None:
    made = of(
        ("lint: {cmd: ruff check src}", "lint: {cmd: 'x ${outs.t}', outs: {t: {path: out/t, cache: false}}}"),
        ('deps: {model: "train[seed=0].model"}', 'deps: {model: "train[seed=0].model", t: lint.t}'),
    )

    assert not made.tiers[Role.SLOW].apart
    assert made.tiers[Role.SLOW].together == "evaluate reads out/t, which has `cache: false`"


def test_a_job_ends_some_time_after_its_budget() -> None:
    tiers = wanted("large").tiers

    assert tiers[Role.FAST].minutes == 25
    assert tiers[Role.NIGHTLY].minutes == 255
    assert tiers[Role.SLOW].minutes == 360
    assert wanted("digits").tiers[Role.FAST].minutes == 30


def test_waves_follow_the_graph_of_stages() -> None:
    waves = [[stage.name for stage in wave.stages] for wave in wanted("large").tiers[Role.SLOW].waves]

    assert waves == [["lint", "unit"], ["train"], ["evaluate"]]
    assert waves_of({}) == ()
    assert waves_of({"c": frozenset({"a", "b"}), "b": frozenset({"a"}), "a": frozenset(), "d": frozenset()}) == (
        ("a", "d"), ("b",), ("c",),
    )  # fmt: skip


def test_secrets_are_those_of_stages_records_and_people() -> None:
    made = wanted("large")

    assert made.secrets == ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "SLACK_WEBHOOK_URL")
    assert made.tiers[Role.SLOW].secrets == ("HF_TOKEN",)
    assert of(LOCAL, NO_PROMOTION).secrets == ("SLACK_WEBHOOK_URL",)
    assert of(("workflows:\n", "workflows:\n  secrets: []\n  variables: [X]\n")).secrets == ("SLACK_WEBHOOK_URL",)
    assert of(("workflows:\n", "workflows:\n  variables: [X]\n")).variables == ("X",)


def test_a_variable_that_a_step_has_for_itself_is_refused_wherever_it_is_named() -> None:
    """The step's own value would reach the stage in its place."""
    with pytest.raises(ConfigError) as caught:
        of(("secrets: [HF_TOKEN]", "secrets: [RUN]"), ("  runners:", "  variables: [BASE, FINE]\n  runners:"))

    assert [problem.message.partition(" ")[0] for problem in caught.value.problems] == ["BASE", "RUN"]
    assert all(problem.place for problem in caught.value.problems)


def test_no_step_that_runs_stages_has_a_variable_that_a_project_may_take() -> None:
    """So the list of names is whole."""
    for name in SAMPLES:
        given = wanted(name)
        theirs = {*given.secrets, *given.variables, *(one for tier in given.tiers.values() for one in tier.secrets)}
        for text in render(given).values():
            for job in (yaml.safe_load(text).get("jobs") or {}).values():
                for step in job["steps"]:
                    if "seatrial run" in step.get("run", "") and "--dear-for" not in step["run"]:
                        assert set(step.get("env", {})) <= {*theirs, *OWN_VARIABLES, "GITHUB_TOKEN"}


def test_tests_are_the_stages_that_write_results_of_tests() -> None:
    made = wanted("large").tests

    assert made is not None
    assert made.stages == ("unit",)
    assert "writes the results of tests" in refused(("as: junit", "as: metrics"), ("unit.xml", "unit.json"))[0]
    assert "there is none" in refused(("  pr: {", "  other: {"))[0]


@pytest.mark.parametrize(
    ("files", "installer", "lines"),
    [
        ({"uv.lock": "", "requirements.txt": ""}, Installer.UV, "uv sync --locked"),
        ({"requirements.txt": HASHED}, Installer.PIP, "pip install --require-hashes -r requirements.txt"),
        ({"requirements.txt": "numpy\n"}, Installer.PIP, "pip install -r requirements.txt"),
        ({"requirements/base.txt": "numpy\n"}, Installer.PIP, "pip install -r requirements/base.txt"),
        ({"pyproject.toml": "[project]\nname = 'x'\n"}, Installer.PIP, "pip install -e ."),
        (
            {"pyproject.toml": "[project]\nname = 'x'\n[project.optional-dependencies]\ndev = []\ngpu = []\n"},
            Installer.PIP,
            "pip install -e '.[dev]'",
        ),
        ({"setup.py": "x"}, Installer.PIP, "pip install -e ."),
        ({"pyproject.toml": "no [toml"}, Installer.PIP, "pip install -e ."),
        ({}, Installer.NONE, ""),
    ],
)
def test_what_lies_at_the_root_says_how_to_install(files: Files, installer: Installer, lines: str) -> None:
    made = of(**dict(files)).install

    assert made.installer is installer
    assert lines in "\n".join(made.lines)
    assert made.hashed is ("--require-hashes" in lines or installer is Installer.UV)


@pytest.mark.parametrize("lock", ["poetry.lock", "pdm.lock", "environment.yml", "pixi.lock"])
def test_what_differs_from_project_to_project_is_asked_and_not_guessed(lock: str) -> None:
    assert "workflows: {install:" in refused(**{lock: ""})[0]
    assert of(("workflows:\n", "workflows:\n  install: make deps\n"), **{lock: ""}).install.lines == ("make deps",)


def test_an_interpreter_that_no_job_can_make_is_asked_for() -> None:
    assert (
        "no interpreter that a job could make" in refused(("python: .venv/bin/python", "python: /opt/py/bin/python"))[0]
    )
    assert of(("python: .venv/bin/python", "python: env/bin/python3")).install.environment == "env"


@pytest.mark.parametrize(
    ("files", "version"),
    [
        ({}, "3.12"),
        ({".python-version": "3.11.4\n"}, "3.11"),
        ({".python-version": "pypy3.9\n"}, "3.12"),
        ({"pyproject.toml": '[project]\nrequires-python = ">=3.13"\n'}, "3.13"),
        ({"pyproject.toml": '[project]\nrequires-python = ">=3.9, <3.11"\n'}, "3.10"),
        ({"pyproject.toml": '[project]\nrequires-python = "==3.9.*"\n'}, "3.9"),
        ({"pyproject.toml": '[project]\nrequires-python = "~=3.11.2"\n'}, "3.11"),
        ({"pyproject.toml": '[project]\nrequires-python = "~=3.10"\n'}, "3.12"),
        ({"pyproject.toml": '[project]\nrequires-python = ">3.12"\n'}, "3.13"),
        ({"pyproject.toml": '[project]\nrequires-python = "!=3.12.*"\n'}, "3.13"),
        ({"pyproject.toml": "[project]\nrequires-python = 3\n"}, "3.12"),
        ({"pyproject.toml": '[project]\nrequires-python = "whatever"\n'}, "3.12"),
    ],
)
def test_the_python_is_one_that_the_project_allows(files: Files, version: str) -> None:
    assert version in PYTHONS
    assert of(**dict(files)).python == version


def test_a_bucket_needs_the_part_of_seatrial_that_reaches_it() -> None:
    plain = of(("  seatrial: seatrial[cloud] @ git+https://git.example.org/seatrial@1a2b3c4d\n", ""))

    assert plain.install.seatrial == "seatrial[cloud]==1.2.3"
    assert not plain.install.chosen
    assert wanted("digits").install.seatrial == "seatrial==1.2.3"
