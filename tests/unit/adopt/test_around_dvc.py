"""Around the stages of a dvc.yaml: checks that are not there yet, tiers, gates by the figures of the model."""

from __future__ import annotations

from seatrial.adopt.around_dvc import with_surroundings
from seatrial.adopt.found import Found, Metrics, Tests, Tree
from seatrial.adopt.proposal import Proposal, ProposedModel, ProposedOut, ProposedStage, ProposedTier
from seatrial.evidence.policy import OutKind

FIGURES = ProposedOut(name="metrics", path="m.json", kind=OutKind.METRICS)
MODEL = ProposedOut(name="model", path="model.bin")


def around(*stages: ProposedStage, files: tuple[str, ...] = ()) -> Proposal:
    found = Found(
        name="x",
        tree=Tree(files=dict.fromkeys(files, 1), main="trunk"),
        tests=Tests(paths=("tests",), count=1, files=1),
        metrics=(Metrics(path="m.json", values={"accuracy": 0.9}, tracked=False),),
    )
    models = (ProposedModel(name="m", artifact="train.model"),)
    proposal = Proposal(project="x", stages=stages, models=models, tiers=(ProposedTier(name="pr", budget="5m"),))
    return with_surroundings(found, proposal)


def test_a_model_is_judged_by_the_figures_of_the_stage_that_makes_it() -> None:
    made = around(ProposedStage(name="train", cmd="python t.py", outs=(MODEL, FIGURES)))

    assert made.models[0].gates == "gates.yaml"
    assert made.gates["gates.yaml"][0].rules == {"performance": {"accuracy": {"min": 0.85}}}
    assert [(tier.name, tier.gates) for tier in made.tiers] == [
        ("pr", "smoke"),
        ("nightly", "promote"),
        ("release", "promote"),
    ]
    assert made.main == "trunk"


def test_figures_of_another_stage_judge_nothing_and_that_is_said() -> None:
    made = around(
        ProposedStage(name="train", cmd="python t.py", outs=(MODEL,)),
        ProposedStage(name="evaluate", cmd="python e.py", outs=(FIGURES,)),
    )

    assert made.gates == {}
    assert [(tier.gates, tier.on_pass) for tier in made.tiers] == [(None, None)] * 3
    assert made.left_out[0].what == "gates for the model m"
    assert "`evaluate`" in made.left_out[0].why


def test_gates_that_are_there_are_left_alone() -> None:
    made = around(ProposedStage(name="train", cmd="python t.py", outs=(MODEL, FIGURES)), files=("gates.yaml",))

    assert list(made.gates) == ["seatrial-gates.yaml"]
    assert made.models[0].gates == "seatrial-gates.yaml"


def test_tests_become_a_stage_unless_a_stage_has_its_name_its_out_or_its_tool() -> None:
    train = ProposedStage(name="train", cmd="python t.py", outs=(MODEL,))

    assert [stage.name for stage in around(train).stages] == ["unit", "train"]
    for other in (
        ProposedStage(name="unit", cmd="make test"),
        ProposedStage(name="report", cmd="make", outs=(ProposedOut(name="r", path="reports"),)),
        ProposedStage(name="check", cmd="python -m pytest -x"),
    ):
        assert [stage.name for stage in around(train, other).stages] == ["train", other.name]
