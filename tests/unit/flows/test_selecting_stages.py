"""Which stages a run is about, and with which parameters."""

from __future__ import annotations

import pytest

from seatrial.errors import UsageError
from seatrial.flows.policy import ModelPolicy, ProjectPolicy, TierPolicy
from seatrial.flows.selection import find_tier, judged_models, overlay, select_stages
from seatrial.pipeline.policy import OutSource, PipelinePolicy
from tests.support.project import made, stage

PIPELINE = PipelinePolicy(
    stages={
        spec.name: spec
        for spec in (
            stage("lint", "true", tiers=("pr",)),
            stage("data", "true", outs=["data/all.csv", "data/parts"]),
            stage("train", "true", deps={"data": "data/all.csv"}, outs={"model": "out/model"}),
            stage("parts", "true", deps=["data/parts/one.csv"]),
            stage("evaluate", "true", deps={"model": made("train", "model")}, outs={"rows": "out/rows.csv"}),
            stage("last", "true", needs=("lint",), deps=[]),
        )
    },
    params={"train": {"lr": 0.1, "epochs": 3}, "seed": 0},
)
PR = TierPolicy(name="pr", params={"train.epochs": 1})
MODEL = ModelPolicy(
    name="m",
    artifact=OutSource(stage="train", out="model"),
    predictions=OutSource(stage="evaluate", out="rows"),
)
POLICY = ProjectPolicy(project="p", pipeline=PIPELINE, tiers={"pr": PR, "nightly": TierPolicy(name="nightly")})


@pytest.mark.parametrize(
    ("tier", "names", "expected"),
    [
        (None, (), ["data", "train", "parts", "evaluate", "last"]),
        (PR, (), ["lint", "data", "train", "parts", "evaluate", "last"]),
        (None, ("evaluate",), ["data", "train", "evaluate"]),
        (None, ("parts",), ["data", "parts"]),
        (None, ("last",), ["lint", "last"]),
        (None, ("train[seed=0]",), ["data", "train"]),
    ],
    ids=["no tier", "tier", "by reference", "inside an out", "by needs", "one cell"],
)
def test_stages_come_with_what_feeds_them(tier: TierPolicy | None, names: tuple[str, ...], expected: list[str]) -> None:
    """Those of the tier, or those that are named with all their producers, in the order of declaration."""
    stages, _ = select_stages(PIPELINE, tier, names)

    assert list(stages) == expected


def test_overlay_changes_a_copy() -> None:
    """A tier's parameters hold for its runs; the declared ones stay."""
    _, overlaid = select_stages(PIPELINE, PR, ())

    assert overlaid.params == {"train": {"lr": 0.1, "epochs": 1}, "seed": 0}
    assert PIPELINE.params == {"train": {"lr": 0.1, "epochs": 3}, "seed": 0}


def test_overlay_makes_branches_where_there_are_none() -> None:
    """A dotted path names a nested value."""
    assert overlay({"a": 1}, {"b.c.d": 2, "a": 3}) == {"a": 3, "b": {"c": {"d": 2}}}


@pytest.mark.parametrize(
    ("name", "step"), [("nighly", "did you mean `--tier nightly`?"), ("zzz", "seatrial config --show")]
)
def test_unknown_tier_names_what_there_is(name: str, step: str) -> None:
    """And the nearest, where one is near."""
    with pytest.raises(UsageError, match="tiers: pr, nightly") as refused:
        find_tier(POLICY, name)

    assert refused.value.next_step == step


def test_unknown_stage_names_what_there_is() -> None:
    """And the nearest, where one is near."""
    with pytest.raises(UsageError, match="there is no stage trian") as refused:
        select_stages(PIPELINE, None, ("trian",))

    assert refused.value.next_step == "did you mean `train`?"


@pytest.mark.parametrize(("selected", "judged"), [(["train", "evaluate"], ["m"]), (["train"], []), (["evaluate"], [])])
def test_model_is_judged_when_all_its_stages_run(selected: list[str], judged: list[str]) -> None:
    """Half a model has no verdict."""
    policy = ProjectPolicy(project="p", pipeline=PIPELINE, models={"m": MODEL})

    assert [model.name for model in judged_models(policy, selected)] == judged
