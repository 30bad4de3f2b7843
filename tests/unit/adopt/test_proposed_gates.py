"""Limits and margins: from figures that are there, from rows that can be counted, and none that cannot be missed."""

from __future__ import annotations

from collections.abc import Mapping

from seatrial.adopt.found import DataFile, Found, Kind, Metrics, Read, Script, Tree, Write
from seatrial.adopt.margins import lowest, paired_margin
from seatrial.adopt.proposal import ProposedGates, ProposedOut, ProposedStage
from seatrial.adopt.proposed_gates import gate_sets, sets_of_known
from seatrial.adopt.proposed_gates import test_rows as rows_of
from seatrial.adopt.script_stage import ScriptStage
from seatrial.adopt.tiny_overlay import Overlay

NOTHING = Found(name="x", tree=Tree(files={}))
TINY = Overlay(params={"train.tiny": True})
SHORT = Overlay(params={"train.epochs": 1})


def stage(*names: str, script: Script | None = None, predictions: str = "") -> ScriptStage:
    out = ProposedOut(name="metrics", path="metrics.json")
    write = Write(path="metrics.json", line=7, kind=Kind.METRICS, names=names)
    outs: dict[Kind, tuple[ProposedOut, ...]] = {Kind.METRICS: (out,)}
    if predictions:
        outs[Kind.PREDICTIONS] = (ProposedOut(name="rows", path=predictions),)
    return ScriptStage(
        stage=ProposedStage(name="train", outs=(out,)),
        script=script or Script(path="train.py", writes=(write,)),
        outs=outs,
        writes={"metrics": write},
    )


def found(metrics: Mapping[str, float] | None = None, **rows: int) -> Found:
    data = {f"{name}.csv": DataFile(path=f"{name}.csv", size=1, rows=count) for name, count in rows.items()}
    known = () if metrics is None else (Metrics(path="metrics.json", values=metrics, tracked=False),)
    return Found(name="x", tree=Tree(files={}), data=data, metrics=known)


def rules(sets: tuple[ProposedGates, ...], name: str) -> Mapping[str, object]:
    return next(one.rules for one in sets if one.name == name)


def said(sets: tuple[ProposedGates, ...]) -> str:
    return "\n".join(note.text for one in sets for note in one.notes)


def test_a_figure_that_is_there_less_what_its_rows_leave_open_is_the_limit() -> None:
    sets = gate_sets(
        found({"accuracy": 0.9}, test=400), [stage("accuracy")], predictions=False, compared=False, overlay=Overlay()
    )

    assert rules(sets, "smoke") == rules(sets, "promote") == {"performance": {"accuracy": {"min": lowest(0.9, 400)}}}
    assert [one.on_inconclusive for one in sets] == ["warn", "hold"]
    assert "accuracy is 0.9 there" in said(sets)


def test_where_no_figure_is_there_chance_is_the_limit_and_called_a_guess() -> None:
    sets = gate_sets(NOTHING, [stage("loss", "roc_auc", "r2")], predictions=False, compared=False, overlay=Overlay())

    assert rules(sets, "promote") == {"performance": {"roc_auc": {"min": 0.5}, "r2": {"min": 0.0}}}
    assert "a guess, write yours" in said(sets)
    assert "what the mean of all labels shows" in said(sets)


def test_nothing_is_made_up_for_a_metric_whose_size_nobody_can_guess() -> None:
    assert gate_sets(NOTHING, [stage("loss")], predictions=False, compared=False, overlay=Overlay()) == ()
    assert sets_of_known(Metrics(path="m.json", values={"loss": 0.1, "rmse": 2.0}, tracked=False)) == ()


def test_two_limits_are_enough_to_begin_with() -> None:
    sets = gate_sets(
        NOTHING, [stage("accuracy", "f1", "roc_auc")], predictions=False, compared=False, overlay=Overlay()
    )
    known = Metrics(path="m.json", values={"accuracy": 0.9, "f1": 0.8, "roc_auc": 0.7}, tracked=False)

    assert rules(sets_of_known(known), "smoke") == {"performance": {"accuracy": {"min": 0.85}, "f1": {"min": 0.75}}}
    assert rules(sets, "smoke") == {"performance": {"accuracy": {"min": 0.5}, "f1": {"min": 0.5}}}


def test_a_comparison_has_the_margin_that_the_rows_can_show_and_is_left_to_promote() -> None:
    margin = paired_margin(400)
    assert margin is not None

    sets = gate_sets(found(test=400), [stage()], predictions=True, compared=True, overlay=Overlay())

    assert rules(sets, "promote")["regression"] == {"max_degradation": margin.value}
    assert "regression" not in rules(sets, "smoke")
    assert f"add `regression: {{max_degradation: {margin.value}}}` to smoke" in said(sets)


def test_too_few_rows_and_unknown_rows_are_said_to_be_that() -> None:
    few = gate_sets(found(test=5), [stage()], predictions=True, compared=True, overlay=Overlay())
    unknown = gate_sets(NOTHING, [stage()], predictions=True, compared=True, overlay=Overlay())

    assert "INCONCLUSIVE until there are more" in said(few)
    assert rules(unknown, "promote")["regression"] == {"max_degradation": 0.05}
    assert "0.05 is a guess" in said(unknown)


def test_a_tiny_model_is_held_to_its_size_and_to_no_figure() -> None:
    sets = gate_sets(NOTHING, [stage("accuracy")], predictions=True, compared=True, overlay=TINY)

    assert rules(sets, "smoke") == {"size": {"max": "50MB"}}
    assert next(one.mode for one in sets if one.name == "smoke") is None
    assert rules(sets, "promote")["performance"] == {"accuracy": {"min": 0.5}}
    assert "add `regression" not in said(sets)


def test_a_training_cut_short_is_observed() -> None:
    sets = gate_sets(NOTHING, [stage("accuracy")], predictions=False, compared=False, overlay=SHORT)

    assert [(one.name, one.mode) for one in sets] == [("smoke", "observe"), ("promote", None)]
    assert rules(sets, "smoke") == rules(sets, "promote")


def test_rows_are_those_of_predictions_then_of_a_test_file_then_of_a_split() -> None:
    split = Script(path="train.py", split=(0.25, 4), reads=(Read(path="all.csv", line=2),))
    one = stage(script=split, predictions="rows.csv")

    assert rows_of(found(rows=9, test=8, all=101), [one]).rows == 9
    assert rows_of(found(test=8, all=101), [one]).rows == 8
    held = rows_of(found(all=101), [one])
    assert (held.rows, held.seen) == (26, "train.py:4")
    assert rows_of(NOTHING, [one]).rows is None


def test_a_split_is_a_share_or_a_number_of_rows_of_a_known_data_set() -> None:
    share = stage(script=Script(path="t.py", split=(0.2, 3), toy=("load_iris", 1)))
    number = stage(script=Script(path="t.py", split=(40, 3), toy=("load_iris", 1)))

    assert rows_of(NOTHING, [share]).rows == 30
    assert rows_of(NOTHING, [number]).rows == 40
