"""What a `seatrial run` of CI reaches and judges, and what is claimed of it: no more than the configuration says."""

from __future__ import annotations

import click
import pytest

from seatrial.adopt.doctor.facts import Facts, Tree
from seatrial.adopt.doctor.levels import level_of
from seatrial.adopt.doctor.outcome import Pattern, Strength
from seatrial.adopt.doctor.points import points_of
from seatrial.adopt.doctor.probes import evidence_of
from seatrial.adopt.doctor.seatrial_words import VALUED, judges, reached, run_of
from seatrial.cli.run import run
from tests.support.visited import CONFIG, SINCE, job, patterns, point, project

LINTED = CONFIG.replace(
    "stages:\n", "stages:\n  lint: {cmd: ruff check ., roots: [lint.py], tiers: [fast]}\n"
).replace("tiers:\n", "tiers:\n  fast: {}\n").replace(
    "  train:\n    cmd", "  train:\n    tiers: [pr, nightly]\n    cmd"
).replace("  evaluate:\n    cmd", "  evaluate:\n    tiers: [pr, nightly]\n    cmd")  # fmt: skip


def test_the_options_that_take_a_value_are_those_of_the_command() -> None:
    """A value that is taken for a stage would make a whole run a part of one."""
    valued = {
        name
        for one in run.params
        if isinstance(one, click.Option) and not one.is_flag
        for name in (*one.opts, *one.secondary_opts)
    }

    assert valued == VALUED


@pytest.mark.parametrize(
    ("command", "stages", "whole"),
    [
        ("seatrial run", set(), True),
        ("seatrial run --tier fast", {"lint"}, True),
        ("uv run seatrial run -t nightly --jobs 2", {"train", "evaluate"}, True),
        ("seatrial run --tier=nightly --base main", {"train", "evaluate"}, True),
        ("seatrial run --tier unheard_of", set(), True),
        ("seatrial run --tier nightly lint", {"lint"}, False),
        ("seatrial run evaluate", {"train", "evaluate"}, False),
        ("seatrial run --id 7 --tier nightly --stage train", {"train"}, False),
        ("seatrial run --id 7 --tier nightly --stage $CELL", {"train", "evaluate"}, False),
        ("seatrial run --id 7 --tier nightly ${cells[@]/#/--stage=}", {"train", "evaluate"}, False),
        ("seatrial run --tier nightly ${PARANOID:+--paranoid}", {"train", "evaluate"}, True),
        ("seatrial run --collect 7 --tier nightly", {"train", "evaluate"}, True),
        ("seatrial run --twice train", {"train"}, False),
    ],
)
def test_a_run_reaches_what_it_names_and_judges_only_a_whole_tier(command: str, stages: set[str], whole: bool) -> None:
    """As `seatrial run --help` has it."""
    found = run_of(command.split())

    assert found is not None
    assert reached(found, project(LINTED).policy) == stages
    assert judges(command.split()) is found.judges is whole


def _facts(command: str, on: str = "push") -> Facts:
    return Facts(tree=Tree(), project=project(LINTED), workflows=(job(command, on=on),), since=SINCE)


def _met(facts: Facts) -> set[str]:
    return {need.title for need in level_of(facts, points_of(evidence_of(facts))).needs if need.met}


def test_a_run_that_only_lints_neither_trains_nor_tests() -> None:
    """It is a `seatrial run` in CI all the same."""
    trains = "CI trains, without anybody's hands"

    assert trains not in _met(_facts("seatrial run --tier fast"))
    assert trains in _met(_facts("seatrial run --tier nightly"))
    assert "code is tested on every commit" not in _met(_facts("seatrial run --tier nightly"))
    assert point(_facts("seatrial run --tier fast", "schedule"), "model_age").strength is Strength.DECLARED
    assert point(_facts("seatrial run --tier nightly", "schedule"), "model_age").strength is Strength.PRESENT


@pytest.mark.parametrize(
    ("command", "on", "strength"),
    [
        ("seatrial run --tier nightly", "push", Strength.PRESENT),
        ("seatrial run --tier nightly", "issue_comment", Strength.DECLARED),
        ("seatrial run --tier fast", "push", Strength.DECLARED),
        ("seatrial run --tier nightly train", "push", Strength.DECLARED),
    ],
)
def test_the_whole_pipeline_is_trained_and_evaluated_by_itself(command: str, on: str, strength: Strength) -> None:
    """Part of it, or all of it when somebody asks for it, is no test of the whole."""
    assert point(_facts(command, on), "integration_test").strength is strength


def test_a_baseline_that_no_gate_compares_with_is_no_comparison() -> None:
    """Every tier has a baseline, were it only the usual one."""
    gates = {
        "gates.yaml": "smoke: {performance: {accuracy: {min: 0.5}}}\npromote: {performance: {accuracy: {min: 0.6}}}\n"
    }
    facts = Facts(tree=Tree(), project=project(files=gates), since=SINCE)

    assert point(_facts("seatrial run --tier nightly", "schedule"), "staleness_effect").strength is Strength.PRESENT
    assert point(facts, "staleness_effect").strength is Strength.NOTHING


def test_a_part_of_a_run_lets_no_model_through() -> None:
    """`seatrial run train` judges nothing, so what is pushed after it was not judged."""
    push = "aws s3 cp model.pt s3://models/$VERSION/model.pt"

    assert Pattern.MODEL_BEHIND_THE_GATE in patterns(job(f"seatrial run train\n{push}", on="push"))
    assert Pattern.MODEL_BEHIND_THE_GATE not in patterns(job(f"seatrial run --tier nightly\n{push}", on="push"))


def test_one_stage_on_a_pull_request_is_not_everything() -> None:
    """A run without a tier is whole only where it names no stage."""
    whole = Pattern.EVERYTHING_ON_EVERY_PULL_REQUEST

    assert whole in patterns(job("seatrial run"), project=project(LINTED))
    assert whole not in patterns(job("seatrial run lint"), project=project(LINTED))
