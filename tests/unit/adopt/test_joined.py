"""Training and evaluating as one stage: nothing of either is lost, and what one makes for the other is no dep."""

from __future__ import annotations

from seatrial.adopt.found import Kind, Script, Write
from seatrial.adopt.joined import joined
from seatrial.adopt.proposal import LeftOut, ProposedDep, ProposedOut, ProposedStage
from seatrial.adopt.script_stage import ScriptStage

MODEL = Write(path="out/model.bin", line=3, kind=Kind.MODEL)
FIGURES = Write(path="metrics.json", line=5, kind=Kind.METRICS)


def made(stage: ProposedStage, path: str, kind: Kind, write: Write, *, tracked: tuple[Write, ...] = ()) -> ScriptStage:
    return ScriptStage(
        stage=stage,
        script=Script(path=path),
        outs={kind: stage.outs},
        writes={stage.outs[0].name or "": write},
        filled=frozenset({"model"}),
        left_out=(LeftOut(what=path, why="told"),),
        tracked=tracked,
    )


def train(cmd: str = "python train.py --data ${deps.data} --c ${params.train.c} --out ${outs.model}") -> ScriptStage:
    stage = ProposedStage(
        name="train",
        cmd=cmd,
        deps=(ProposedDep(name="data", source="datasets.train"),),
        outs=(ProposedOut(name="model", path=MODEL.path),),
        env={"A": "first"},
        pass_env=("P",),
    )
    return made(stage, "train.py", Kind.MODEL, MODEL, tracked=(MODEL,))


def judge(out: str = "metrics", dep: str = "datasets.test") -> ScriptStage:
    stage = ProposedStage(
        name="evaluate",
        cmd=f"python evaluate.py --model ${{deps.model}} --data ${{deps.data}} --out ${{outs.{out}}}",
        deps=(ProposedDep(name="model", source="train.model"), ProposedDep(name="data", source=dep)),
        outs=(ProposedOut(name=out, path=FIGURES.path),),
        env={"A": "second", "B": "2"},
        pass_env=("P", "Q"),
        params=("evaluate",),
    )
    return made(stage, "evaluate.py", Kind.METRICS, FIGURES, tracked=(FIGURES,))


def test_both_commands_run_in_order_with_values_as_variables() -> None:
    stage = joined(train(), judge()).stage

    assert stage.cmd == ""
    assert stage.shell.splitlines() == [
        'python train.py --data "$SEATRIAL_DEPS_DATA" --c "$SEATRIAL_PARAMS_TRAIN_C" --out "$SEATRIAL_OUTS_MODEL"',
        'python evaluate.py --model out/model.bin --data "$SEATRIAL_DEPS_DATA_2" --out "$SEATRIAL_OUTS_METRICS"',
    ]
    assert stage.params == ("evaluate", "train.c")
    assert stage.roots == ("train.py", "evaluate.py")


def test_what_the_first_makes_for_the_second_is_no_dep_and_the_same_source_is_one() -> None:
    apart = joined(train(), judge()).stage.deps or ()
    shared = joined(train(), judge(dep="datasets.train")).stage

    assert [(dep.name, dep.source) for dep in apart] == [("data", "datasets.train"), ("data-2", "datasets.test")]
    assert [dep.name for dep in shared.deps or ()] == ["data"]
    assert shared.shell.count('"$SEATRIAL_DEPS_DATA"') == 2


def test_outs_of_the_same_name_are_kept_apart_in_the_command_and_in_what_they_are() -> None:
    both = joined(train(), judge(out="model"))

    assert [(out.name, out.path) for out in both.stage.outs] == [("model", MODEL.path), ("model-2", FIGURES.path)]
    assert both.stage.shell.endswith('--out "$SEATRIAL_OUTS_MODEL_2"\n')
    assert [out.name for out in both.outs[Kind.METRICS]] == ["model-2"]
    assert both.writes == {"model": MODEL, "model-2": FIGURES}


def test_everything_else_is_of_both_and_the_first_has_the_word() -> None:
    both = joined(train(), judge())

    assert both.stage.env == {"A": "first", "B": "2"}
    assert both.stage.pass_env == ("P", "Q")
    assert [one.what for one in both.left_out] == ["train.py", "evaluate.py"]
    assert both.tracked == (MODEL, FIGURES)
    assert both.filled == frozenset()


def test_an_escaped_dollar_of_a_command_is_a_plain_one_in_a_shell() -> None:
    assert "'a${b}.csv'" in joined(train("python train.py 'a$${b}.csv'"), judge()).stage.shell
