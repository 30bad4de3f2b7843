"""Which cells jobs have to do: each exactly once, wave after wave, and none that nobody has to."""

from __future__ import annotations

import json

import pytest

from seatrial.cli.plan_matrix import outputs
from seatrial.errors import ConfigError
from seatrial.flows.matrix import MOST_JOBS, Matrix, matrix_of
from seatrial.forge.workflows.wanted import Runners
from seatrial.pipeline.expand import Cell, expand
from seatrial.pipeline.plan import PlannedCell
from seatrial.pipeline.policy import Resources, StageSpec
from seatrial.pipeline.select import Action
from seatrial.replacing import replace
from tests.support.project import made, stage

GPUS = Runners(default=None, gpu=("self-hosted", "gpu"))


def chain(seeds: int = 2) -> tuple[StageSpec, ...]:
    train = stage(
        "train",
        "x ${deps.d} ${outs.m}",
        deps={"d": made("data", "d")},
        outs={"m": "m/${matrix.seed}"},
        matrix={"seed": tuple(range(seeds))},
    )
    return (
        stage("data", "x ${outs.d}", outs={"d": "d"}),
        replace(train, resources=Resources(gpus=1), timeout=600.0),
        stage("evaluate", "x ${deps.m}", deps={"m": made("train", "m", seed="0")}),
    )


def planned(specs: tuple[StageSpec, ...], reused: tuple[str, ...] = ()) -> tuple[PlannedCell, ...]:
    cells = expand({spec.name: spec for spec in specs})
    return tuple(of(cell, Action.REUSE if cell.name in reused else Action.RUN) for cell in cells)


class _Planned:
    """A planned cell as far as it is looked at."""

    def __init__(self, cell: Cell, action: Action) -> None:
        self.cell, self.action = cell, action


def of(cell: Cell, action: Action) -> PlannedCell:
    return _Planned(cell, action)  # type: ignore[return-value]


def cells(matrix: Matrix) -> list[list[str]]:
    return [[name for part in wave for name in part.cells] for wave in matrix.waves]


def test_each_cell_is_in_the_wave_behind_all_that_it_needs() -> None:
    found = matrix_of(planned(chain()), frozenset(), GPUS)

    assert cells(found) == [["data"], ["train[seed=0]", "train[seed=1]"], ["evaluate"]]
    assert found.reuse == ()
    assert [part.labels for part in found.waves[1]] == [("self-hosted", "gpu")] * 2
    assert found.waves[0][0].labels is None


def test_waves_are_the_same_whatever_is_to_do() -> None:
    """A workflow has the waves that it was rendered with; cells that are left out make none of them go."""
    found = matrix_of(planned(chain()), frozenset({"data", "train[seed=1]"}), GPUS)

    assert cells(found) == [[], ["train[seed=0]"], ["evaluate"]]
    assert not found.nothing


def test_what_this_machine_has_it_records_itself_producers_first() -> None:
    found = matrix_of(planned(chain(), ("data", "train[seed=0]")), frozenset(), GPUS)

    assert found.reuse == ("data", "train[seed=0]")
    assert cells(found) == [[], ["train[seed=1]"], ["evaluate"]]


def test_a_result_whose_producer_must_be_done_first_is_left_to_a_job() -> None:
    """This machine could not record it: what it reads would not be done yet."""
    found = matrix_of(planned(chain(), ("train[seed=0]",)), frozenset(), GPUS)

    assert found.reuse == ()
    assert cells(found)[1] == ["train[seed=0]", "train[seed=1]"]


def test_a_producer_that_nobody_has_to_do_holds_nothing_up() -> None:
    assert matrix_of(planned(chain(), ("train[seed=0]",)), frozenset({"data"}), GPUS).reuse == ("train[seed=0]",)


def test_nothing_is_said_when_there_is_nothing_at_all() -> None:
    every = frozenset({"data", "train[seed=0]", "train[seed=1]", "evaluate"})

    assert matrix_of(planned(chain()), every, GPUS).nothing
    assert not matrix_of(planned(chain(), ("data",)), every - {"data"}, GPUS).nothing


def test_more_cells_than_a_forge_makes_jobs_of_share_them() -> None:
    found = matrix_of(planned(chain(1000)), frozenset(), GPUS)

    assert len(found.waves[1]) <= MOST_JOBS
    assert sorted(cells(found)[1]) == sorted(f"train[seed={seed}]" for seed in range(1000))
    assert found.waves[1][0].minutes == 55
    assert found.waves[1][0].name == "train[seed=0] and 3 more"


def test_a_machine_without_gpus_is_not_asked_for_one() -> None:
    with pytest.raises(ConfigError, match="stage train asks for a GPU"):
        matrix_of(planned(chain()), frozenset(), Runners())
    assert cells(matrix_of(planned(chain()), frozenset({"train[seed=0]", "train[seed=1]"}), Runners()))[1] == []


def test_outputs_of_the_step_are_what_the_workflow_reads() -> None:
    found = outputs(matrix_of(planned(chain(), ("data",)), frozenset(), GPUS))

    assert found["reuse"] == "data"
    assert found["nothing"] == "false"
    assert found["wave-1"] == "[]"
    assert json.loads(found["wave-2"])[0] == {
        "name": "train[seed=0]", "cells": "train[seed=0]", "runner": ["self-hosted", "gpu"], "minutes": 25,
    }  # fmt: skip
    assert json.loads(found["wave-3"])[0]["runner"] == ["ubuntu-latest"]
