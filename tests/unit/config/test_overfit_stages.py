"""`uses: overfit-one-batch` becomes an ordinary stage whose root is its target, and mistakes are refused where they
stand."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from seatrial.config.load import Loaded
from seatrial.config.show import as_text
from seatrial.evidence.policy import TRIAL_REVISION, OutKind
from seatrial.pipeline.policy import BuiltIn, StageSpec, Trial

LoadFiles = Callable[..., Loaded]
Mistakes = Callable[..., list[str]]

PROJECT = """\
project: p
params: params.yaml
datasets:
  train: {path: data/train.csv}
stages:
  make: {cmd: make, deps: [], matrix: {seed: [0, 1]}, outs: {rows: "o/${matrix.seed}"}}
  overfit: {uses: overfit-one-batch, with: {target: "digits.train:one_batch", max_loss: 0.05}%s}
"""


def stage(load_files: LoadFiles, more: str = "") -> StageSpec:
    loaded = load_files(PROJECT % more, **{"params.yaml": "rate: 0.5\n"})
    return loaded.policy.pipeline.stages["overfit"]


def test_it_tries_200_steps_and_leaves_a_record_and_a_curve(load_files: LoadFiles) -> None:
    spec = stage(load_files)

    trial = Trial(target="digits.train:one_batch", max_loss=0.05, steps=200)
    assert spec.uses == BuiltIn(kind="overfit-one-batch", trial=trial, revision=TRIAL_REVISION)
    assert not spec.apart
    assert spec.deps == ()
    assert [(out.name, out.path, out.kind) for out in spec.outs] == [
        ("check", "reports/overfit.check.json", OutKind.CHECK),
        ("curve", "reports/overfit.curve.csv", OutKind.CURVE),
    ]
    assert spec.cmd == (
        "overfit --target digits.train:one_batch --max-loss=0.05 --steps 200 "
        "--record ${outs.check} --curve ${outs.curve}"
    )


def test_deps_with_names_are_handed_over_as_one_path_or_as_many(load_files: LoadFiles) -> None:
    """Which of the two is told by how they are declared, not by what is found."""
    spec = stage(load_files, ', deps: {one: datasets.train, some: "data/*.csv", all: "make[*].rows"}')

    assert "--dep one ${deps.one} --deps some ${deps.some} --deps all ${deps.all}" in spec.cmd


def test_deps_without_names_count_and_are_not_handed_over(load_files: LoadFiles) -> None:
    spec = stage(load_files, ", deps: [data/train.csv]")

    assert "--dep" not in spec.cmd
    assert [dep.name for dep in spec.deps or ()] == ["data/train.csv"]


def test_it_has_what_other_stages_have(load_files: LoadFiles) -> None:
    spec = stage(load_files, ", params: [rate], env: {A: b}, pass_env: [C], roots: [src], timeout: 5m, always: true")

    assert (spec.params, spec.env, spec.pass_env, spec.roots) == (("rate",), {"A": "b"}, ("C",), ("src",))
    assert (spec.timeout, spec.always) == (300, True)


@pytest.mark.parametrize("key", ["cmd: x", "shell: x", "outs: [a]", "secrets: [TOKEN]", "matrix: {s: [1]}"])
def test_it_has_no_command_outs_or_secrets_of_its_own(mistakes: Mistakes, key: str) -> None:
    found = mistakes(PROJECT % f", {key}", **{"params.yaml": "rate: 0.5\n"})

    name = key.split(":")[0]
    assert any(line.endswith(f"a stage with `uses:` has no `{name}:`") for line in found)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("", "`uses: overfit-one-batch` needs to know what to try"),
        (", with: {max_loss: 0.05}", "`target` is missing"),
        (', with: {target: "a:b"}', "`max_loss` is missing"),
        (", with: {target: a.b, max_loss: 0.05}", "`a.b` does not name something in a module"),
        (', with: {target: "a/b.py:c", max_loss: 0.05}', "`a/b.py:c` does not name something in a module"),
        (', with: {target: "a:b c", max_loss: 0.05}', "does not name something in a module"),
        (', with: {target: "a:b", max_loss: low}', "max_loss must be a number"),
        (', with: {target: "a:b", max_loss: .nan}', ".nan is not a finite number"),
        (', with: {target: "a:b", max_loss: true}', "max_loss must be a number"),
        (', with: {target: "a:b", max_loss: 1, steps: 0}', "steps must be a whole number from 1 to 1,000,000"),
        (', with: {target: "a:b", max_loss: 1, steps: 2.5}', "steps must be a whole number"),
        (', with: {target: "a:b", max_los: 1}', "unknown key `max_los`"),
    ],
)
def test_what_cannot_be_meant_is_refused_where_it_stands(mistakes: Mistakes, given: str, expected: str) -> None:
    project = (PROJECT % "").replace(', with: {target: "digits.train:one_batch", max_loss: 0.05}', given)

    [found] = mistakes(project, **{"params.yaml": "rate: 0.5\n"})

    assert found.startswith("seatrial.yaml:7:")
    assert expected in found


def test_its_keys_are_shown_with_where_they_were_written(load_files: LoadFiles) -> None:
    loaded = load_files(PROJECT % "", **{"params.yaml": "rate: 0.5\n"})

    text = as_text(loaded.origins())

    assert "stages.overfit.with" in text
    assert "digits.train:one_batch" in text
