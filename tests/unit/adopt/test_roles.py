"""Which part a script plays: by its name, by what it does, and which of two candidates is taken."""

from __future__ import annotations

import pytest

from seatrial.adopt.found import Kind, Script, Write
from seatrial.adopt.roles import Role, chosen, folders_of, may_play, role_of


def script(path: str, *kinds: Kind, guard: int | None = 9, plain: bool = False) -> Script:
    writes = tuple(Write(path=f"out/{kind}", line=1, kind=kind) for kind in kinds)
    return Script(path=path, guard=guard, plain=plain, writes=writes)


@pytest.mark.parametrize(
    ("path", "role"),
    [
        ("train.py", Role.TRAIN),
        ("src/churn/Train_Model.py", Role.TRAIN),
        ("run_glue.py", Role.TRAIN),
        ("evaluate.py", Role.EVALUATE),
        ("model_eval_all.py", Role.EVALUATE),
        ("batch-inference.py", Role.PREDICT),
        ("featurize.py", Role.PREPARE),
        ("constraint.py", None),
        ("retrain_not.py", None),
        ("evaluator.py", None),
    ],
)
def test_a_name_tells_the_part_by_whole_words(path: str, role: Role | None) -> None:
    assert role_of(script(path)) is role
    assert may_play(path) is (role is not None)


def test_a_whole_name_of_one_part_goes_before_a_word_of_another() -> None:
    assert role_of(script("prepare_train.py")) is Role.TRAIN
    assert role_of(script("test_model.py")) is Role.EVALUATE
    assert role_of(script("train_data_features.py")) is Role.TRAIN


def test_without_a_telling_name_who_writes_a_model_trains() -> None:
    assert role_of(script("main.py", Kind.MODEL)) is Role.TRAIN
    assert role_of(script("main.py", Kind.METRICS)) is None


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        (script("deep/down/train.py"), script("train_big.py", Kind.MODEL)),
        (script("z/train.py", guard=3), script("train.py", Kind.MODEL, guard=None, plain=True)),
        (script("deep/train.py", Kind.MODEL), script("train.py")),
        (script("training.py", Kind.MODEL), script("a/fit.py", Kind.MODEL)),
        (script("fit.py", Kind.MODEL), script("train.py", Kind.MODEL)),
    ],
    ids=["whole name", "can be run", "writes a model", "shallower", "shorter"],
)
def test_of_two_the_better_is_taken_whatever_their_order(better: Script, worse: Script) -> None:
    assert chosen([worse, better], Role.TRAIN) == (better, (worse,))
    assert chosen([better, worse], Role.TRAIN) == (better, (worse,))


def test_a_module_that_is_only_imported_plays_no_part() -> None:
    assert chosen([script("train.py", Kind.MODEL, guard=None)], Role.TRAIN) == (None, ())


def test_what_prepares_or_predicts_must_write_something_that_can_be_told() -> None:
    assert chosen([script("prepare.py")], Role.PREPARE) == (None, ())
    assert chosen([script("predict.py")], Role.PREDICT) == (None, ())
    writes = script("prepare.py", Kind.TABLE)
    assert chosen([writes], Role.PREPARE) == (writes, ())


def test_folders_that_train_a_model_each_are_several_models_and_packages_are_not() -> None:
    scripts = [script("b/train.py"), script("a/train.py"), script("pkg/train.py"), script("c/train_big.py")]

    assert folders_of(scripts, frozenset({"pkg"})) == ("a", "b")
    assert folders_of(scripts[:1], frozenset()) == ()
    assert folders_of([script("train.py"), script("a/train.py")], frozenset()) == ()
