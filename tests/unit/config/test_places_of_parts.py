"""Where the parts of a declaration and the values of parameters stand."""

from __future__ import annotations

from seatrial.flows.selection import find_tier, select_stages
from tests.unit.config.conftest import LoadFiles

TEXT = """\
project: p
params: params.yaml
tiers:
  small: {params: {train.size: 1}}
stages:
  train:
    cmd: python a.py ${params.train.size} ${matrix.seed}
    matrix:
      seed: [0, 1]
    deps:
      rows: data/a.csv
    roots:
      - tests
      - more
    env: {A: "1"}
  plain:
    cmd: python b.py
    deps:
      - x.csv
      - y/*.csv
"""
PARAMS = "other: 1\ntrain:\n  lr: 0.1\n  size: 5\n"


def test_each_part_of_a_stage_has_its_line(load_files: LoadFiles) -> None:
    """By the names that parts have in a key."""
    stages = load_files(TEXT, params_yaml=PARAMS).policy.pipeline.stages
    train, plain = stages["train"].lines, stages["plain"].lines

    assert {name: train[name] for name in ("cmd", "matrix.seed", "deps.rows", "roots.more", "env.A")} == {
        "cmd": 7,
        "matrix.seed": 9,
        "deps.rows": 11,
        "roots.more": 14,
        "env.A": 15,
    }
    assert (plain["deps.x.csv"], plain["deps.y/*.csv"]) == (19, 20)


def test_each_parameter_has_its_place(load_files: LoadFiles) -> None:
    """Subtrees too; what is set on the command line stands nowhere."""
    loaded = load_files(TEXT, set_params={"train.lr": "0.2"}, params_yaml=PARAMS)
    places = loaded.policy.pipeline.param_places

    assert {name: (at.file, at.line) for name, at in places.items()} == {
        "other": ("params.yaml", 1),
        "train": ("params.yaml", 2),
        "train.size": ("params.yaml", 4),
    }


def test_an_overlay_is_where_its_tier_stands(load_files: LoadFiles) -> None:
    """A value that a tier gives does not come from the parameters file."""
    policy = load_files(TEXT, params_yaml=PARAMS).policy
    _, pipeline = select_stages(policy.pipeline, find_tier(policy, "small"), ())
    place = pipeline.param_places["train.size"]

    assert (place.file, place.line) == ("seatrial.yaml", 4)
    assert pipeline.param_places["train.lr"].file == "params.yaml"
