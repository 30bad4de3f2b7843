"""A shell's text is checked when the file is read: what bash would take for empty is a mistake here."""

from __future__ import annotations

import pytest

from seatrial.config.load import load
from seatrial.errors import ConfigError

PARAMS = "train: {lr: 0.1, sizes: [1, 2]}\ntrain_lr: 3\nempty: {}\n"


def read(stage: str) -> None:
    files = {"seatrial.yaml": f"project: p\nparams: params.yaml\nstages: {{a: {{{stage}}}}}\n", "params.yaml": PARAMS}
    load(lambda path: files[path].encode() if path in files else None)


@pytest.mark.parametrize(
    "stage",
    [
        'shell: "echo $SEATRIAL_PARAMS_TRAIN_LR $SEATRIAL_PARAMS_TRAIN_SIZES", params: [train]',
        'shell: "echo $SEATRIAL_PARAMS_TRAIN_LR", params: [train_lr]',
        'shell: "echo $SEATRIAL_PARAMS_EMPTY $SEATRIAL_PARAMS $OTHER ${x.y}", params: [empty]',
        'shell: "echo $SEATRIAL_PARAMS_TRAIN_LR", env: {LR: "${params.train.lr}"}',
        'shell: "x $SEATRIAL_DEPS_D $SEATRIAL_OUTS_B$SEATRIAL_MATRIX_N", deps: {d: d}, outs: {b: b}, matrix: {n: [1]}',
    ],
)
def test_variables_that_the_stage_has_are_no_mistake(stage: str) -> None:
    read(stage)


@pytest.mark.parametrize(
    ("stage", "message", "step"),
    [
        (
            'shell: "echo $SEATRIAL_PARAMS_TRAIN_LR"',
            "$SEATRIAL_PARAMS_TRAIN_LR is set by nothing",
            "name the parameter in `params:` of this stage",
        ),
        (
            'shell: "rm -r $SEATRIAL_OUTS_MODLE/x", outs: {model: m}',
            "$SEATRIAL_OUTS_MODLE is set by nothing",
            "this stage has $SEATRIAL_OUTS_MODEL",
        ),
        (
            'shell: "true", params: [train.lr, train_lr]',
            "params.train_lr and params.train.lr are both $SEATRIAL_PARAMS_TRAIN_LR to the shell",
            "rename one of them; they may differ in more than case and punctuation",
        ),
    ],
)
def test_what_bash_would_take_for_empty_is_refused_at_its_place(stage: str, message: str, step: str) -> None:
    with pytest.raises(ConfigError) as refused:
        read(stage)
    (problem,) = refused.value.problems

    assert problem.message == message
    assert problem.next_step == step
    assert problem.place is not None
    assert problem.place.key == "stages.a.shell"
