"""A run starts the model that it judges: served well or badly, beside its baseline, held to its contract, promoted.

The model is a few lines of http.server in the tiny project. What it does is its own `salt`, so that two models of one
project differ: `a` answers at once, `slow` takes a while, and the others misbehave.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.cli import CONFIG, Repo, copy_of, new_repo, wait_for
from tests.support.processes import marked

SERVE = """\
import json
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

path, port = sys.argv[1:]
with open(path) as file:
    skill, salt = file.read().split()
if salt == "dies":
    sys.exit("no such weights")
asked = 0


class Model(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1

    def do_GET(self):
        self.answer(503 if salt == "never" else 200, {"still": "loading"})

    def do_POST(self):
        global asked
        asked += 1
        given = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if salt == "hangs":
            time.sleep(60)
        if salt == "runs-out" and asked > 20:
            print("out of memory", flush=True)
            sys.stdout.flush()
            __import__("os")._exit(9)
        time.sleep(0.004 if salt == "slow" else 0.001)
        if salt == "500":
            self.answer(500, {"error": "no such column"})
        elif salt == "shape":
            self.answer(200, {"other": given})
        else:
            self.answer(200, {"label": "odd" if given % 2 else "even", "score": 0.5})

    def answer(self, status, document):
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


ThreadingHTTPServer(("127.0.0.1", int(port)), Model).serve_forever()
"""
SERVING = """\
    serving:
      cmd: python steps/serve.py ${model} ${port}
      answer: label
      ready: /health
      requests: requests.jsonl
      timeouts: {ready: 3s, request: 1s, stop: 2s}
      warm_up: 2
      starts: 1
"""
SMOKE = "smoke:\n  performance: {accuracy: {min: 0.5}}\n"
LATENCY = SMOKE + "promote:\n  latency: {p50_ms: 500, requests: 60, warm_up: 2}\n"
COMPARED = SMOKE + "promote:\n  latency: {max_increase: {p50: 100%}, requests: 120, warm_up: 2}\n"
CASES = """\
{"id": "one", "input": 1, "expected": "odd"}
{"id": "two", "input": 2, "expected": "even"}
"""
FILES = {
    "seatrial.yaml": CONFIG + SERVING,
    "gates.yaml": LATENCY,
    "steps/serve.py": SERVE,
    "requests.jsonl": "".join(f"{number}\n" for number in range(20)),
}
SHOWN = ("PASS", "INCONCLUSIVE")
"""Of a limit far above any wait: whether few requests show it depends on how their waits hang together."""
SLOW = ("  salt: a\n", "  salt: slow\n")
ALIKE = ("  skill: 0.9\n", "  skill: 0.91\n")


@pytest.fixture(autouse=True)
def _nothing_is_left(tmp_path: Path) -> Iterator[None]:
    """After every test, however it ended."""
    yield
    assert marked("SEATRIAL_SERVING", str(tmp_path)) == []


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Repo:
    """A project whose first model is in production, judged by how fast it answers."""
    repo = new_repo(tmp_path_factory.mktemp("served"), FILES)
    repo.run(code=None)
    repo.promote(repo.register(), "--first", "--override", "--reason", "few requests")
    return repo


@pytest.fixture
def repo(served: Repo, tmp_path: Path) -> Repo:
    return copy_of(served, tmp_path)


def _model(document: Any) -> Any:
    (model,) = document["models"]
    return model


def _found(document: Any) -> dict[str, tuple[str, str]]:
    """Verdict and reason by the name of a gate."""
    return {one["name"]: (one["verdict"], one["reason"]) for one in _model(document)["findings"]}


def gates(repo: Repo, text: str) -> None:
    repo.write("gates.yaml", text)
    repo.commit("gates")


def test_a_run_measures_the_model_and_keeps_what_it_measured(repo: Repo) -> None:
    """The files lie in the run's folder with the log, and are evidence of the draft."""
    repo.set_params(ALIKE)
    said = repo.seatrial("run", code=None)
    (folder,) = list((repo.root / ".seatrial/runs").glob("*/serving/tiny/times"))[-1:]

    document = repo.seatrial("report", "--json").json
    assert _found(document)["latency.p50_ms.max"][0] in SHOWN
    assert _found(document)["latency.failed.max"][0] == "PASS"
    assert {path.name for path in folder.iterdir()} == {"timings.csv", "measurement.json", "the-candidate.log"}
    rows = (folder / "timings.csv").read_text().splitlines()[1:]
    assert len([row for row in rows if ",warm," in row]) == 60
    assert {row.split(",")[2] for row in rows} == {f"line {number}" for number in range(1, 21)}
    assert "measure tiny: times and memory" in said.err
    draft = json.loads((folder.parents[2] / "drafts/tiny.json").read_text())
    assert set(draft["others"]) == {"timings", "measurement"}
    record = json.loads((folder / "measurement.json").read_text())
    assert record["candidate"]["artifact"] == draft["artifact"]["digest"]


HEADLESS = """\
cmd: python steps/serve.py ${model} ${port}
answer: label
timeouts: {ready: 3s, request: 1s, stop: 2s}
starts: 1
warm_up: 2
"""


def test_without_a_project_the_same_files_are_written_and_judged(repo: Repo) -> None:
    """`measure` makes what `gate` takes, of two models and of all four gates."""
    repo.write("serving.yaml", HEADLESS)
    repo.write("old.txt", "0.9 a\n")
    repo.write("new.txt", "0.9 slow\n")
    repo.write("cases.jsonl", CASES)
    repo.write(
        "some.yaml",
        "latency: {max_increase: {p50: 100%}}\nmemory: 4GiB\ncontract: {batch: false}\n"
        "behavioral: {test_cases: cases.jsonl, max_degradation: 0.5}\n",
    )
    models = ("--model", "new.txt", "--baseline", "old.txt", "--serving", "serving.yaml")
    asked = ("--requests", "requests.jsonl", "--count", "120", "--cases", "cases.jsonl", "--contract", "--out", "out")
    done = repo.seatrial("measure", *models, *asked, "--json").json
    names = ["timings.csv", "measurement.json", "answers.jsonl", "baseline-answers.jsonl", "contract.json"]
    assert done["files"] == [f"out/{name}" for name in names]
    new, old = done["models"]["candidate"], done["models"]["baseline"]
    assert (new["requests"], new["failed"], old["requests"]) == (120, 0, 120)
    assert 4 < new["p50_ms"] <= new["p95_ms"] <= new["p99_ms"]
    assert old["p50_ms"] < new["p50_ms"]
    assert new["cold_start_ms"] > 0
    assert new["peak_rss_bytes"] > 1 << 20

    files = ("--timings", "out/timings.csv", "--measurement", "out/measurement.json", "--contract", "out/contract.json")
    answers = ("--answers", "out/answers.jsonl", "--production-answers", "out/baseline-answers.jsonl")
    said = repo.seatrial("gate", *files, *answers, "--gates", "some.yaml", "--json", code=1).json
    found = {one["name"]: (one["verdict"], one["reason"]) for one in said["gates"]}
    assert found["latency.p50_ms.max_increase"] == ("FAIL", "worse")
    assert found["memory.max"] == ("PASS", "within_limit")
    assert found["behavioral.pass_rate"][0] == "PASS"
    assert found["contract.deterministic.restart"] == ("PASS", "as_promised")


@pytest.mark.parametrize(
    ("more", "code", "said"),
    [
        ((), 2, "there is no model to start"),
        (("--model", "nowhere"), 2, "--model: there is no nowhere"),
        (("--model", "params.yaml", "--score", "a"), 2, "--score means nothing without --contract"),
        (("--model", "params.yaml", "--repeats", "3"), 2, "--repeats means nothing without --cases"),
        (("--model", "params.yaml", "--requests", "none.jsonl"), 2, "none.jsonl: there is no such file"),
        (("--model", "params.yaml"), 2, "there is nothing to ask the model"),
        (("--model", "dying.txt", "--requests", "requests.jsonl"), 4, "the candidate never became ready: its process"),
    ],
)
def test_measuring_what_cannot_be_measured_is_refused(repo: Repo, more: tuple[str, ...], code: int, said: str) -> None:
    repo.write("serving.yaml", HEADLESS)
    repo.write("dying.txt", "0.9 dies\n")

    done = repo.seatrial("measure", "--serving", "serving.yaml", "--out", "out", *more, code=code)

    assert said in done.err
    assert "next:" in done.err
    assert not (repo.root / "out/timings.csv").exists()


def test_a_measurement_that_fails_leaves_no_figures_of_an_earlier_one(repo: Repo) -> None:
    """Nor does one that is refused take them away."""
    repo.write("serving.yaml", HEADLESS)
    repo.write("new.txt", "0.9 a\n")
    words = ("measure", "--model", "new.txt", "--serving", "serving.yaml", "--out", "out")
    repo.seatrial(*words, "--requests", "requests.jsonl")
    repo.seatrial(*words, "--requests", "none.jsonl", code=2)
    assert (repo.root / "out/timings.csv").exists()

    repo.write("new.txt", "0.9 dies\n")
    repo.seatrial(*words, "--requests", "requests.jsonl", code=4)

    assert [path.name for path in (repo.root / "out").iterdir()] == ["logs"]


def test_a_server_that_runs_already_is_measured_and_never_compared(repo: Repo) -> None:
    """Nobody knows which model it runs: limits are judged, and the record names no model."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    server = subprocess.Popen(
        [sys.executable, repo.root / "steps/serve.py", repo.root / "outputs/model.txt", str(port)]
    )
    try:
        repo.write(
            "seatrial.yaml", CONFIG + f"    serving: {{url: http://127.0.0.1:{port}, requests: requests.jsonl}}\n"
        )
        gates(repo, LATENCY.replace("p50_ms: 500", "p50_ms: 500, max_increase: {p50: 50%}"))
        repo.set_params(ALIKE)
        document = repo.run(code=2)
    finally:
        server.kill()
        server.wait()

    found = _found(document)
    assert found["latency.failed.max"] == ("PASS", "within_limit")
    assert found["latency.p50_ms.max_increase"] == ("ERROR", "timings_missing")
    (record,) = repo.root.glob(f".seatrial/runs/{document['run']}/serving/tiny/times/measurement.json")
    assert json.loads(record.read_text())["candidate"] == {}


def test_mistakes_in_a_file_of_serving_are_told_with_their_lines(repo: Repo) -> None:
    repo.write("serving.yaml", HEADLESS + "start: 3\nready: health\n")

    done = repo.seatrial("measure", "--serving", "serving.yaml", "--out", "out", code=2)

    assert "serving.yaml:6:1 start: unknown key" in done.err
    assert "serving.yaml:7:8 ready: ready `health` is no path" in done.err


@pytest.mark.parametrize(
    ("change", "verdict", "reason"), [(SLOW, "FAIL", "worse"), (ALIKE, "PASS", "not_worse")], ids=["slow", "alike"]
)
def test_a_model_is_timed_beside_the_one_in_production(
    repo: Repo, change: tuple[str, str], verdict: str, reason: str
) -> None:
    """Four times as slow is more than twice; the same code on a model of the same speed is not."""
    gates(repo, COMPARED)
    repo.set_params(change)
    document = repo.run(code=None)

    assert _found(document)["latency.p50_ms.max_increase"] == (verdict, reason)


def test_the_same_artifact_is_not_timed_beside_itself(repo: Repo) -> None:
    """What is the very same cannot be slower, so one model is started and not two."""
    gates(repo, COMPARED)
    document = repo.run()

    assert _found(document)["latency.p50_ms.max_increase"] == ("PASS", "same_artifact")
    (log,) = repo.root.glob(f".seatrial/runs/{document['run']}/serving/tiny/times/*.log")
    assert log.name == "the-candidate.log"


@pytest.mark.parametrize(
    ("salt", "said"),
    [
        ("dies", "the candidate never became ready: its process ended with exit code 1"),
        ("never", "the candidate never became ready within 3 s: GET /health answers 503"),
        ("500", "its first request (line 1) was not answered: POST /predict answers 500"),
        ("shape", "the answer has no `label`"),
        ("hangs", "POST /predict was not answered within 1 s"),
        ("runs-out", "the candidate died at request line 1"),
    ],
)
def test_a_model_that_cannot_be_measured_is_an_error_of_the_gates_that_needed_it(
    repo: Repo, salt: str, said: str
) -> None:
    """The message says what happened and where the log lies; what rests on rows is judged all the same."""
    gates(repo, LATENCY + "  memory: 2GiB\n  performance: {accuracy: {min: 0.1}}\n")
    repo.set_params(("  salt: a\n", f"  salt: '{salt}'\n"))
    document = repo.run(code=2)

    found = {one["kind"]: one for one in _model(document)["findings"]}
    assert [(kind, one["verdict"], one["reason"]) for kind, one in found.items()] == [
        ("performance", "PASS", "within_limit"),
        ("latency", "ERROR", "not_served"),
        ("memory", "ERROR", "not_served"),
    ]
    assert said in found["latency"]["message"]
    folder = f"runs/{document['run']}/serving/tiny/times"
    assert f"look at .seatrial/{folder}/the-candidate.log" in found["latency"]["message"]
    assert ("out of memory" in found["latency"]["message"]) is (salt == "runs-out")
    assert not list((repo.root / ".seatrial" / folder).glob("*.csv"))


def test_a_model_whose_baseline_cannot_be_started_is_not_compared(repo: Repo) -> None:
    """Production was put there when nobody asked it anything."""
    gates(repo, SMOKE + "promote:\n  performance: {accuracy: {min: 0.1}}\n")
    repo.set_params(("  salt: a\n", "  salt: dies\n"))
    repo.run()
    repo.promote(repo.register())
    gates(repo, COMPARED)
    repo.set_params(ALIKE)
    document = repo.run(code=2)

    (finding,) = _model(document)["findings"]
    assert finding["reason"] == "not_served"
    assert "the baseline never became ready" in finding["message"]
    assert "no such weights" in finding["message"]


def test_it_is_held_to_its_contract(repo: Repo) -> None:
    gates(
        repo,
        SMOKE + "promote:\n  contract: {output: {type: text}, batch: false}\n",
    )
    good = _found(repo.run())
    repo.set_params(("  salt: a\n", "  salt: dies\n"))
    bad = _found(repo.run(code=1))

    assert {verdict for verdict, _ in good.values()} == {"PASS"}
    assert {"contract.loads", "contract.answers", "contract.output", "contract.deterministic.restart"} <= set(good)
    assert bad["contract.loads"] == ("FAIL", "does_not_load")


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

    found = _found(document)
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

    assert _found(repo.run(code=1))["behavioral.pass_rate"] == ("FAIL", "below_min")


def test_nothing_to_ask_is_said_with_what_to_write(repo: Repo) -> None:
    repo.write("seatrial.yaml", CONFIG + SERVING.replace("      requests: requests.jsonl\n", ""))
    repo.commit()
    document = repo.run(code=2)

    (finding,) = _model(document)["findings"]
    assert "there is nothing to ask the model" in finding["message"]
    assert "name it under `requests:`" in finding["message"]


def test_a_broken_file_of_requests_is_told_with_its_lines(repo: Repo) -> None:
    repo.write("requests.jsonl", "1\n[2,\n3\n{4}\n")
    repo.commit()
    document = repo.run(code=2)

    (finding,) = _model(document)["findings"]
    assert "requests.jsonl:2" in finding["message"]
    assert "requests.jsonl:4" in finding["message"]


def test_a_function_of_the_project_is_served_as_well(repo: Repo) -> None:
    repo.write(
        "seatrial.yaml",
        CONFIG + '    serving: {target: "steps.answer:load", requests: requests.jsonl, starts: 1}\n',
    )
    repo.write(
        "steps/answer.py", "def load(path):\n    open(path).close()\n    return lambda inputs: [1] * len(inputs)\n"
    )
    gates(repo, LATENCY + "  contract: {output: {type: number}}\n")
    found = _found(repo.run(code=None))

    assert found["latency.failed.max"][0] == "PASS"
    assert found["contract.batch"][0] == "PASS"


def test_an_answer_that_hangs_on_the_order_of_a_set_is_found(repo: Repo) -> None:
    """One process says the same twice and the next one something else: no seed of hashes is fixed."""
    repo.write("seatrial.yaml", CONFIG + '    serving: {target: "steps.answer:load", requests: requests.jsonl}\n')
    repo.write("steps/answer.py", "def load(path):\n    return lambda inputs: [hash(f'{one}') for one in inputs]\n")
    gates(repo, SMOKE + "promote:\n  contract: {}\n")
    found = _found(repo.run(code=1))

    assert found["contract.deterministic.repeat"] == ("PASS", "as_promised")
    assert found["contract.deterministic.restart"] == ("FAIL", "differs")


def test_the_gates_of_the_base_get_evidence_of_their_own(repo: Repo) -> None:
    """A branch that takes more callers is measured with them, and once more as main has it."""
    repo.git("checkout", "-q", "-b", "more")
    gates(repo, LATENCY.replace("requests: 60", "requests: 60, concurrency: 2"))
    document = repo.run(code=None)

    mine, theirs = _model(document)["findings"], _model(document)["under_base"]["findings"]
    assert "2 callers" in mine[0]["message"]
    assert "1 caller" in theirs[0]["message"]
    assert {mine[0]["verdict"], theirs[0]["verdict"]} == {"PASS"}
    found = sorted(path.name for path in (repo.root / ".seatrial/runs" / document["run"] / "serving/tiny").iterdir())
    assert found == ["times", "times+2"]


def test_a_promotion_knows_that_production_has_changed_since_it_was_measured(repo: Repo) -> None:
    """Two versions were each compared with the first. Once one of them holds the alias, the other has to be measured
    beside it."""
    gates(repo, COMPARED)
    refs = []
    for number in (1, 2):
        repo.set_params(("  skill: 0.9\n", f"  skill: 0.9{number}\n"))
        repo.run(code=None)
        refs.append(repo.register())
    repo.promote(refs[0])
    refused = repo.promote(refs[1], code=2)

    assert "other_baseline" in str(refused)
    assert "seatrial run" in str(refused)
    assert repo.aliases() == {"production": 2}


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

    assert _found(document)["behavioral.regression"][0] == "INCONCLUSIVE"
    found = {one["name"]: one["verdict"] for one in promoted["gates"]}
    assert found == {name: verdict for name, (verdict, _) in _found(document).items()}
    assert set(repo.root.glob(".seatrial/runs/*")) == before


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

    (finding,) = _model(document)["findings"]
    assert "holds the value of the secret TOKEN" in finding["message"]
    folder = repo.root / ".seatrial/runs" / document["run"]
    assert not [path for path in folder.rglob("*") if path.is_file() and b"correct horse" in path.read_bytes()]
    assert b"***" in (folder / "serving/tiny/answers/the-candidate.log").read_bytes()


MLFLOW = Path(os.environ.get("MLFLOW_PYTHON") or f"{sys.prefix}/served/bin/python")
OF_MLFLOW = {
    "seatrial.yaml": """\
project: flowers
main: main
stages:
  train: {cmd: "python train.py ${outs.model}", outs: {model: outputs/model}}
models:
  iris:
    artifact: train.model
    gates: gates.yaml
    serving:
      cmd: mlflow models serve -m ${model} -h ${host} -p ${port} --env-manager local
      preset: mlflow
      requests: requests.jsonl
      starts: 1
      env: {MLFLOW_DISABLE_TELEMETRY: "true"}
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
    "train.py": """\
import sys

import mlflow.sklearn
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression

rows, labels = load_iris(return_X_y=True, as_frame=True)
rows.columns = ["a", "b", "c", "d"]
mlflow.sklearn.save_model(LogisticRegression(max_iter=500).fit(rows, labels), sys.argv[1])
""",
}


@pytest.mark.live
@pytest.mark.skipif(
    not MLFLOW.with_name("mlflow").exists(), reason="no interpreter with MLflow (make live, or MLFLOW_PYTHON)"
)
def test_a_model_of_mlflow_is_served_by_mlflow(tmp_path: Path) -> None:
    """Trained by one stage, served from the folder that this leaves, and nothing written for Seatrial."""
    repo = new_repo(tmp_path, OF_MLFLOW)
    repo.python = MLFLOW
    repo.environ |= {"HOME": str(tmp_path), "MLFLOW_DISABLE_TELEMETRY": "true"}
    child = repo.start("run", "--json")
    out, err = child.communicate(timeout=400)

    found = _found(json.loads(out))
    assert found["latency.failed.max"] == ("PASS", "within_limit"), err
    assert found["memory.max"] == ("PASS", "within_limit")
    promises = {name: verdict for name, (verdict, _) in found.items() if name.startswith("contract.")}
    assert len(promises) == 7
    assert set(promises.values()) == {"PASS"}


@pytest.mark.parametrize("word", ["SIGTERM", "SIGINT"])
def test_a_run_that_is_stopped_while_it_asks_stops_its_models(repo: Repo, word: str) -> None:
    """The model hangs, and nobody waits for it."""
    repo.edit("seatrial.yaml", ("request: 1s", "request: 50s"))
    repo.set_params(("  salt: a\n", "  salt: hangs\n"))
    child = repo.start("run")
    runs = repo.root / ".seatrial/runs"
    wait_for(lambda: bool(marked("SEATRIAL_SERVING", str(repo.root))), f"a model of {runs}")
    os.kill(child.pid, getattr(signal, word))
    child.communicate(timeout=30)

    assert child.returncode == (143 if word == "SIGTERM" else 130)
    assert marked("SEATRIAL_SERVING", str(repo.root)) == []
