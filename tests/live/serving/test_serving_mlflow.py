"""A scikit-learn model that MLflow itself serves: started, asked, measured, stopped, and nothing left behind."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from seatrial.digest import Json
from seatrial.errors import StageError
from seatrial.evidence.contract_records import Form
from seatrial.evidence.contract_report import read_contract_report
from seatrial.gates.contract.judge import judge
from seatrial.gates.contract.policy import ContractRule, Output, Score
from seatrial.replacing import replace
from seatrial.serving.campaign import Contender, run_campaign
from seatrial.serving.contract import hold_to_contract, write_contract
from seatrial.serving.launch import Ground
from seatrial.serving.measure import Heat, Who, requests_of
from seatrial.serving.policy import Command, Preset, Server, Timeouts
from seatrial.serving.running import serve
from seatrial.verdict import Verdict
from tests.support.of_mlflow import PYTHON, SAVE, SERVE, needed

SERVER = Server(
    behind=Command(cmd=SERVE),
    preset=Preset.MLFLOW,
    warm_up=2,
    timeouts=Timeouts(ready=90.0, request=30.0, stop=10.0),
)
FLOWERS = [
    ("setosa", {"a": 5.1, "b": 3.5, "c": 1.4, "d": 0.2}),
    ("versicolor", {"a": 7.0, "b": 3.2, "c": 4.7, "d": 1.4}),
    ("virginica", {"a": 6.3, "b": 3.3, "c": 6.0, "d": 2.5}),
]

pytestmark = [pytest.mark.live, needed]


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Ground:
    folder = tmp_path_factory.mktemp("mlflow")
    environment = {
        "PATH": f"{PYTHON.parent}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(folder),
        "MLFLOW_DISABLE_TELEMETRY": "true",
    }
    made = Ground(folder=folder, python=PYTHON, environment=environment, logs=folder)
    subprocess.run(
        [str(PYTHON), "-c", SAVE, "iris"],
        cwd=folder,
        env=dict(environment),
        check=True,
        timeout=120,
        capture_output=True,
    )
    return made


def test_it_is_served_asked_and_measured(ground: Ground) -> None:
    """Three flowers that any model tells apart, as one request and as three."""
    with serve(SERVER, ground, model="iris") as model:
        assert model.ask([row for _, row in FLOWERS]).answers == (0, 1, 2)
        assert [model.ask([row]).answers[0] for _, row in FLOWERS] == [0, 1, 2]
        assert (model.peak_memory() or 0) > 50 << 20

    contenders = {Who.CANDIDATE: Contender(server=SERVER, model="iris")}
    done = run_campaign(contenders, (requests_of(FLOWERS),), ground)

    assert [row.kind for row in done.rows] == [Heat.COLD, Heat.WARM, Heat.WARM, Heat.WARM]
    assert all(row.ok and row.ms > 0 for row in done.rows)
    assert done.rows[0].ms > max(row.ms for row in done.rows[1:])


def test_it_keeps_its_contract(ground: Ground, tmp_path: Path) -> None:
    """Alone, together, again and after a restart: a linear model says the same to the last digit."""
    inputs: list[tuple[str, Json]] = [(name, {**row}) for name, row in FLOWERS]
    write_contract(tmp_path / "contract.json", hold_to_contract(SERVER, ground, inputs, model="iris", score=""))

    rule = ContractRule(output=Output(form=Form.NUMBER), score=Score(min=0, max=2), max_seconds=90.0)
    found = judge(rule, read_contract_report(tmp_path / "contract.json"))

    assert len(found) == 7
    assert [(one.name, one.message) for one in found if one.verdict is not Verdict.PASS] == []


def test_a_row_without_a_column_is_told_with_what_mlflow_says(ground: Ground) -> None:
    with serve(SERVER, ground, model="iris") as model, pytest.raises(StageError) as caught:
        model.ask([{"a": 5.1}])

    assert "POST /invocations answers 400" in str(caught.value)


def test_a_model_that_is_not_there_ends_before_it_is_ready(ground: Ground) -> None:
    with pytest.raises(StageError) as caught, serve(SERVER, ground, model="nowhere"):
        pass

    assert "never became ready: its process ended with exit code" in str(caught.value)
    assert "nowhere" in str(caught.value)


def test_waiting_for_it_has_an_end(ground: Ground) -> None:
    """Loading MLflow takes longer than a tenth of a second on any machine."""
    server = replace(SERVER, timeouts=replace(SERVER.timeouts, ready=0.1))
    with pytest.raises(StageError, match=r"never became ready within 0\.1 s"), serve(server, ground, model="iris"):
        pass
