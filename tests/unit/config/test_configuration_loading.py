"""What a sound configuration becomes."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from seatrial.config.load import Loaded, load
from seatrial.config.names import seconds
from seatrial.evidence.policy import Columns, OutKind
from seatrial.flows.policy import InputRef, OnPass
from seatrial.pipeline.policy import OutSource, PathSource

LoadFiles = Callable[..., Loaded]

PROJECT = """\
project: digits
python: .venv/bin/python
sources: [src, .]
params: params.yaml
main: trunk
state: local
tiers:
  pr:      {params: {train.subset: 0.1}, gates: smoke, baseline: main}
  nightly: {on_pass: register}
  release: {gates: promote, baseline: staging, on_pass: {promote: staging}}
  plain:
datasets:
  train: {path: data/train.csv}
  test:  {path: data/test.csv, role: test}
stages:
  lint: {cmd: ruff check src, deps: ["src/**"], tiers: [pr], pass_env: [HOME]}
  train:
    cmd: python -m t --data ${deps.data} -n ${params.train.subset} --seed ${matrix.seed} ${outs.model} ${outs.metrics}
    needs: [lint]
    matrix: {seed: [0, 1], rate: [0.1, 1e-3]}
    deps: {data: datasets.train}
    outs:
      model: o/${matrix.seed}/${matrix.rate}/model
      metrics: {path: "o/${matrix.seed}/${matrix.rate}/m.json", as: metrics}
    env: {THREADS: 1, EMPTY: "", SEED: "${matrix.seed}"}
    timeout: 10m
  evaluate:
    cmd: python -m e --model ${deps.model} --data ${deps.test} --out ${outs.rows}
    deps: {model: "train[rate=1e-3,seed=0].model", test: datasets.test, all: "train[*].metrics"}
    outs: {rows: {path: o/rows.csv, as: predictions, id: n, label: l, prediction: q, score: s, groups: [size]}}
    roots: [tests]
    params: [train]
  free: {cmd: x, deps: []}
models:
  digits:
    artifact: train[seed=0,rate=0.001].model
    predictions: evaluate.rows
    input: evaluate.deps.model
    gates: gates.yaml
"""
PARAMS = "train:\n  subset: 1.0\n  epochs: 5\n"
GATES = "smoke: {performance: {accuracy: {min: 0.8}}}\npromote: {regression: {max_degradation: 0.01}}\n"


@pytest.fixture
def loaded(load_files: LoadFiles) -> Loaded:
    return load_files(PROJECT, params_yaml=PARAMS, gates_yaml=GATES)


def where(loaded: Loaded) -> dict[str, tuple[object, str]]:
    return {origin.key: (origin.value, origin.where) for origin in loaded.origins()}


def test_the_project_is_read_whole(loaded: Loaded) -> None:
    policy = loaded.policy

    assert (policy.project, policy.main, policy.state, policy.params_file) == (
        "digits",
        "trunk",
        "local",
        "params.yaml",
    )
    assert (policy.pipeline.python, policy.pipeline.sources) == (".venv/bin/python", ("src", "."))
    assert policy.pipeline.params == {"train": {"subset": 1.0, "epochs": 5}}
    assert policy.datasets["test"].role == "test"
    assert list(policy.pipeline.stages) == ["lint", "train", "evaluate", "free"]


def test_tiers_keep_overlay_gates_baseline_and_what_follows_a_pass(loaded: Loaded) -> None:
    tiers = loaded.policy.tiers

    assert (tiers["pr"].params, tiers["pr"].gates, tiers["pr"].baseline) == ({"train.subset": 0.1}, "smoke", "main")
    assert (tiers["nightly"].gates, tiers["nightly"].baseline) == (None, "production")
    assert tiers["nightly"].on_pass == OnPass(register=True)
    assert tiers["release"].on_pass == OnPass(register=True, promote="staging")
    assert tiers["plain"].on_pass == OnPass()


def test_a_dep_is_a_dataset_an_out_of_a_cell_all_cells_or_a_path(loaded: Loaded) -> None:
    stages = loaded.policy.pipeline.stages
    deps = {dep.name: dep.source for dep in stages["evaluate"].deps or ()}

    assert deps["test"] == PathSource(path="data/test.csv")
    assert deps["model"] == OutSource(stage="train", out="model", cell={"seed": "0", "rate": "0.001"})
    assert deps["all"] == OutSource(stage="train", out="metrics", every=True)
    assert [(dep.name, dep.named, dep.source) for dep in stages["lint"].deps or ()] == [
        ("src/**", False, PathSource(path="src/**"))
    ]


def test_no_deps_and_an_empty_list_of_deps_are_told_apart(load_files: LoadFiles) -> None:
    policy = load_files("project: p\nstages: {a: {cmd: x}, b: {cmd: x, deps: []}}\n").policy

    assert policy.pipeline.stages["a"].deps is None
    assert policy.pipeline.stages["b"].deps == ()
    assert policy.pipeline.sources == (".",)


def test_outs_know_their_kind_and_columns(loaded: Loaded) -> None:
    stages = loaded.policy.pipeline.stages
    (rows,) = stages["evaluate"].outs
    model, metrics = stages["train"].outs

    assert (rows.path, rows.kind) == ("o/rows.csv", OutKind.PREDICTIONS)
    assert rows.columns == Columns(id="n", label="l", prediction="q", score="s", groups=("size",))
    assert (model.kind, metrics.kind, metrics.columns) == (None, OutKind.METRICS, None)
    assert (model.place and (model.place.line, model.place.column)) == (23, 14)


def test_a_list_of_outs_is_sugar_for_outs_without_names(load_files: LoadFiles) -> None:
    text = (
        "project: p\nstages: {a: {cmd: x, outs: [m.pkl, {path: m.json, as: metrics}]}, b: {cmd: x, deps: [a.m.pkl]}}\n"
    )

    stages = load_files(text).policy.pipeline.stages

    assert [(out.name, out.named, out.kind) for out in stages["a"].outs] == [
        ("m.pkl", False, None),
        ("m.json", False, OutKind.METRICS),
    ]
    assert [dep.source for dep in stages["b"].deps or ()] == [OutSource(stage="a", out="m.pkl")]


def test_environment_values_are_text_and_whole_numbers_need_no_quotes(loaded: Loaded) -> None:
    train = loaded.policy.pipeline.stages["train"]

    assert train.env == {"THREADS": "1", "EMPTY": "", "SEED": "${matrix.seed}"}
    assert (train.timeout, train.needs, train.matrix) == (600.0, ("lint",), {"seed": (0, 1), "rate": (0.1, 0.001)})


def test_a_model_names_its_artifact_rows_and_how_to_score_it_again(loaded: Loaded) -> None:
    model = loaded.policy.models["digits"]

    assert str(model.artifact) == "train[seed=0,rate=0.001].model"
    assert str(model.predictions) == "evaluate.rows"
    assert model.input == InputRef(stage="evaluate", dep="model")
    assert list(model.gates) == ["smoke", "promote"]
    assert model.gates_file == "gates.yaml"


def test_a_path_that_looks_like_a_reference_is_written_with_a_dot_and_a_slash(load_files: LoadFiles) -> None:
    text = "project: p\nstages: {train: {cmd: x, deps: [./train.py, lib.train, 'data[0-9].csv']}}\n"

    deps = load_files(text).policy.pipeline.stages["train"].deps or ()

    assert [dep.source for dep in deps] == [
        PathSource(path="./train.py"),
        PathSource(path="lib.train"),
        PathSource(path="data[0-9].csv"),
    ]


def test_a_literal_dollar_brace_and_a_quoted_pipe_are_plain_text(load_files: LoadFiles) -> None:
    text = "project: p\nstages: {a: {cmd: \"x $${HOME} '|' 'a && b'\"}}\n"

    assert load_files(text).policy.pipeline.stages["a"].cmd == "x $${HOME} '|' 'a && b'"


def test_a_matrix_value_that_is_text_is_selected_as_it_is_written(load_files: LoadFiles) -> None:
    text = "project: p\nstages:\n  a: {cmd: x, matrix: {k: ['1e-3', '01']}, outs: {o: 'o/${matrix.k}'}}\n"
    text += "  b: {cmd: x, deps: ['a[k=1e-3].o', 'a[k=01].o']}\n"

    deps = load_files(text).policy.pipeline.stages["b"].deps or ()

    assert [str(dep.source) for dep in deps] == ["a[k=1e-3].o", "a[k=01].o"]


def test_every_value_says_where_it_came_from(loaded: Loaded) -> None:
    origins = where(loaded)

    assert origins["project"] == ("digits", "seatrial.yaml:1:1")
    assert origins["params.train.subset"] == (1.0, "params.yaml:2:3")
    assert origins["tiers.pr.params.train.subset"] == (0.1, "seatrial.yaml:8:22")
    assert origins["tiers.nightly.baseline"] == ("production", "default")
    assert origins["stages.train.timeout"] == (600.0, "seatrial.yaml:26:5")
    assert origins["models.digits.gates.promote.regression.max_degradation"] == (0.01, "gates.yaml:2:24")
    assert origins["models.digits.gates.promote.regression.alpha"] == (0.05, "default")


def test_the_command_line_wins_over_the_file_and_over_every_tier(load_files: LoadFiles) -> None:
    loaded = load_files(PROJECT, params_yaml=PARAMS, gates_yaml=GATES, set_params={"train.subset": "5e-1"})

    assert loaded.policy.pipeline.params == {"train": {"subset": 0.5, "epochs": 5}}
    assert loaded.policy.tiers["pr"].params == {"train.subset": 0.5}
    assert where(loaded)["params.train.subset"] == (0.5, "--set-param")
    assert where(loaded)["tiers.pr.params.train.subset"] == (0.5, "--set-param")


def test_a_quoted_value_on_the_command_line_is_text(load_files: LoadFiles) -> None:
    text = "project: p\nparams: p.yaml\nstages: {a: {cmd: x}}\n"

    loaded = load_files(text, p_yaml="name: a\nother: b\n", set_params={"name": '"3.10"', "other": "0.1; touch x"})

    assert loaded.policy.pipeline.params == {"name": "3.10", "other": "0.1; touch x"}


def test_parameters_can_come_from_json(load_files: LoadFiles) -> None:
    loaded = load_files("project: p\nparams: p.json\nstages: {a: {cmd: x}}\n", p_json='{"a": {"b":\n 1e-3}}')

    assert loaded.policy.pipeline.params == {"a": {"b": 0.001}}
    assert where(loaded)["params.a.b"] == (0.001, "p.json:2:2")


def test_the_digest_covers_every_file_and_the_command_line(load_files: LoadFiles) -> None:
    def digest(text: str = PROJECT, params: str = PARAMS, gates: str = GATES, **given: str) -> str:
        return load_files(text, params_yaml=params, gates_yaml=gates, set_params=given).policy.digest

    digests = {
        digest(),
        digest(PROJECT + "# a remark\n"),
        digest(params=PARAMS + "\n"),
        digest(gates=GATES + "\n"),
        digest(**{"train.epochs": "5"}),
    }

    assert len(digests) == 5
    assert digest() in digests


def test_two_models_may_share_a_gates_file_which_is_read_once() -> None:
    asked: list[str] = []
    text = "project: p\nstages: {a: {cmd: x, outs: {o: o, q: q}}}\nmodels:\n"
    text += "  m: {artifact: a.o, gates: g.yaml}\n  n: {artifact: a.q, gates: g.yaml}\n"
    files = {"seatrial.yaml": text.encode(), "g.yaml": b"performance: {loss: {max: 1}}\n"}

    def read(path: str) -> bytes | None:
        asked.append(path)
        return files.get(path)

    policy = load(read).policy

    assert asked == ["seatrial.yaml", "g.yaml"]
    assert policy.models["m"].gates == policy.models["n"].gates


@pytest.mark.parametrize(
    ("written", "expected"),
    [(90, 90), (0.5, 0.5), ("90", 90), ("90s", 90), ("10m", 600), ("2h", 7200), ("1d", 86400), ("1.5h", 5400)],
)
def test_a_duration_is_seconds_or_a_number_with_a_unit(written: object, expected: float) -> None:
    assert seconds(written) == expected


@pytest.mark.parametrize("written", [0, -1, True, None, "", "h", "1w", "-1s", "1 h", "1e3", "0s", [], float("inf")])
def test_anything_else_is_no_duration(written: object) -> None:
    assert seconds(written) is None


def test_a_reference_with_dots_in_its_names_is_read_as_the_out_that_exists(load_files: LoadFiles) -> None:
    text = "project: p\nstages:\n  a: {cmd: x, outs: {b.c: o}}\n  a.b: {cmd: x, outs: {d: q}}\n"
    text += "  e: {cmd: x, deps: [a.b.c, a.b.d]}\n"

    deps = load_files(text).policy.pipeline.stages["e"].deps or ()

    assert [dep.source for dep in deps] == [OutSource(stage="a", out="b.c"), OutSource(stage="a.b", out="d")]
