"""A run asks the model that it judges: test cases, a contract, a function, a model of MLflow, and one with a secret."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.support import of_mlflow
from tests.support.cli import CONFIG, Repo, new_repo
from tests.support.served_project import (
    ALIKE,
    CASES,
    LATENCY,
    SERVING,
    SHOWN,
    SMOKE,
    found_in,
    gates,
    model_of,
)

OF_MLFLOW = {
    "seatrial.yaml": f"""\
project: flowers
main: main
stages:
  train: {{cmd: "python train.py ${{outs.model}}", outs: {{model: outputs/model}}}}
models:
  iris:
    artifact: train.model
    gates: gates.yaml
    serving:
      cmd: {of_mlflow.SERVE}
      preset: mlflow
      requests: requests.jsonl
      starts: 1
      env: {{MLFLOW_DISABLE_TELEMETRY: "true"}}
""",
    "gates.yaml": """\
promote:
  latency: {p50_ms: 20000, requests: 20, warm_up: 2}
  memory: 16GiB
  contract: {output: {type: number}, score: {min: 0, max: 2}}
""",
    "requests.jsonl": """\
{"a": 5.1, "b": 3.5, "c": 1.4, "d": 0.2}
{"a": 7.0, "b": 3.2, "c": 4.7, "d": 1.4}
{"a": 6.3, "b": 3.3, "c": 6.0, "d": 2.5}
""",
    "train.py": of_mlflow.SAVE,
}


def test_it_is_held_to_its_contract(repo: Repo) -> None:
    gates(
        repo,
        SMOKE + "promote:\n  contract: {output: {type: text}, batch: false}\n",
    )
    good = found_in(repo.run())
    repo.set_params(("  salt: a\n", "  salt: dies\n"))
    bad = found_in(repo.run(code=1))

    assert {verdict for verdict, _ in good.values()} == {"PASS"}
    assert {"contract.loads", "contract.answers", "contract.output", "contract.deterministic.restart"} <= set(good)
    assert bad["contract.loads"] == ("FAIL", "does_not_load")


def test_an_answer_that_hangs_on_the_order_of_a_set_is_found(repo: Repo) -> None:
    """One process says the same twice and the next one something else: no seed of hashes is fixed."""
    repo.write("seatrial.yaml", CONFIG + '    serving: {target: "steps.answer:load", requests: requests.jsonl}\n')
    repo.write("steps/answer.py", "def load(path):\n    return lambda inputs: [hash(f'{one}') for one in inputs]\n")
    gates(repo, SMOKE + "promote:\n  contract: {}\n")
    found = found_in(repo.run(code=1))

    assert found["contract.deterministic.repeat"] == ("PASS", "as_promised")
    assert found["contract.deterministic.restart"] == ("FAIL", "differs")


def test_it_is_asked_the_test_cases_and_so_is_production(repo: Repo) -> None:
    """Inputs of the cases are what is asked where no file of requests is named."""
    repo.write("seatrial.yaml", CONFIG + SERVING.replace("      requests: requests.jsonl\n", ""))
    repo.write("cases.jsonl", CASES)
    gates(
        repo,
        SMOKE
        + "promote:\n  behavioral: {test_cases: cases.jsonl, max_degradation: 0.5}\n"
        + "  latency: {p50_ms: 500, requests: 60, warm_up: 2}\n",
    )
    repo.set_params(ALIKE)
    document = repo.run(code=None)

    found = found_in(document)
    assert found["behavioral.pass_rate"][0] == "PASS"
    assert "behavioral.regression" in found
    assert found["behavioral.regression"][0] != "ERROR"
    assert found["latency.p50_ms.max"][0] in SHOWN
    folder = repo.root / ".seatrial/runs" / document["run"] / "serving/tiny"
    assert {path.name for path in (folder / "answers").iterdir()} >= {"answers.jsonl", "baseline-answers.jsonl"}
    rows = (folder / "times/timings.csv").read_text().splitlines()[1:]
    assert {row.split(",")[2] for row in rows} == {"one", "two"}


def test_a_case_that_is_answered_wrongly_fails(repo: Repo) -> None:
    repo.write("cases.jsonl", CASES.replace("odd", "prime"))
    gates(repo, SMOKE + "promote:\n  behavioral: {test_cases: cases.jsonl}\n")

    assert found_in(repo.run(code=1))["behavioral.pass_rate"] == ("FAIL", "below_min")


def test_answers_of_production_are_kept_for_the_promotion(repo: Repo) -> None:
    """Production was registered before anybody asked it these cases; the promotion asks nobody."""
    repo.write("cases.jsonl", CASES)
    gates(repo, SMOKE + "promote:\n  behavioral: {test_cases: cases.jsonl, max_degradation: 0.5}\n")
    repo.set_params(ALIKE)
    document = repo.run(code=None)
    ref = repo.register()
    before = set(repo.root.glob(".seatrial/runs/*"))
    shutil.rmtree(repo.root / ".seatrial/cas")
    promoted = repo.promote(ref, "--override", "--reason", "two cases are few")

    assert found_in(document)["behavioral.regression"][0] == "INCONCLUSIVE"
    found = {one["name"]: one["verdict"] for one in promoted["gates"]}
    assert found == {name: verdict for name, (verdict, _) in found_in(document).items()}
    assert set(repo.root.glob(".seatrial/runs/*")) == before


def test_a_function_of_the_project_is_served_as_well(repo: Repo) -> None:
    repo.write(
        "seatrial.yaml",
        CONFIG + '    serving: {target: "steps.answer:load", requests: requests.jsonl, starts: 1}\n',
    )
    repo.write(
        "steps/answer.py", "def load(path):\n    open(path).close()\n    return lambda inputs: [1] * len(inputs)\n"
    )
    gates(repo, LATENCY + "  contract: {output: {type: number}}\n")
    found = found_in(repo.run(code=None))

    assert found["latency.failed.max"][0] == "PASS"
    assert found["contract.batch"][0] == "PASS"


def test_a_secret_reaches_the_model_and_neither_its_log_nor_its_answers(repo: Repo) -> None:
    """A model that prints it is masked; one that answers with it leaves no file."""
    repo.write(
        "seatrial.yaml",
        CONFIG + '    serving: {target: "steps.answer:load", starts: 1, secrets: [TOKEN]}\n',
    )
    repo.write(
        "steps/answer.py",
        "import os\n\n\ndef load(path):\n    print(os.environ['TOKEN'], flush=True)\n"
        "    return lambda inputs: [os.environ['TOKEN'] for _ in inputs]\n",
    )
    repo.write("cases.jsonl", CASES)
    gates(repo, SMOKE + "promote:\n  behavioral: {test_cases: cases.jsonl}\n")
    repo.environ["TOKEN"] = "correct horse battery"
    document = repo.run(code=2)

    (finding,) = model_of(document)["findings"]
    assert "holds the value of the secret TOKEN" in finding["message"]
    folder = repo.root / ".seatrial/runs" / document["run"]
    assert not [path for path in folder.rglob("*") if path.is_file() and b"correct horse" in path.read_bytes()]
    assert b"***" in (folder / "serving/tiny/answers/the-candidate.log").read_bytes()


@pytest.mark.live
@of_mlflow.needed
def test_a_model_of_mlflow_is_served_by_mlflow(tmp_path: Path) -> None:
    """Trained by one stage, served from the folder that this leaves, and nothing written for Seatrial."""
    repo = new_repo(tmp_path, OF_MLFLOW)
    repo.python = of_mlflow.PYTHON
    repo.environ |= {"HOME": str(tmp_path), "MLFLOW_DISABLE_TELEMETRY": "true"}
    child = repo.start("run", "--json")
    out, err = child.communicate(timeout=400)

    found = found_in(json.loads(out))
    assert found["latency.failed.max"] == ("PASS", "within_limit"), err
    assert found["memory.max"] == ("PASS", "within_limit")
    promises = {name: verdict for name, (verdict, _) in found.items() if name.startswith("contract.")}
    assert len(promises) == 7
    assert set(promises.values()) == {"PASS"}
