"""A run starts the model that it judges and times it beside its baseline; one that misbehaves is an ERROR."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys

import pytest

from tests.support.cli import CONFIG, Repo, wait_for
from tests.support.processes import marked
from tests.support.served_project import (
    ALIKE,
    COMPARED,
    LATENCY,
    SERVING,
    SHOWN,
    SLOW,
    SMOKE,
    found_in,
    gates,
    model_of,
)


def test_a_run_measures_the_model_and_keeps_what_it_measured(repo: Repo) -> None:
    """The files lie in the run's folder with the log, and are evidence of the draft."""
    repo.set_params(ALIKE)
    said = repo.seatrial("run", code=None)
    (folder,) = list((repo.root / ".seatrial/runs").glob("*/serving/tiny/times"))[-1:]

    document = repo.seatrial("report", "--json").json
    assert found_in(document)["latency.p50_ms.max"][0] in SHOWN
    assert found_in(document)["latency.failed.max"][0] == "PASS"
    assert {path.name for path in folder.iterdir()} == {"timings.csv", "measurement.json", "the-candidate.log"}
    rows = (folder / "timings.csv").read_text().splitlines()[1:]
    assert len([row for row in rows if ",warm," in row]) == 60
    assert {row.split(",")[2] for row in rows} == {f"line {number}" for number in range(1, 21)}
    assert "measure tiny: times and memory" in said.err
    draft = json.loads((folder.parents[2] / "drafts/tiny.json").read_text())
    assert set(draft["others"]) == {"timings", "measurement"}
    record = json.loads((folder / "measurement.json").read_text())
    assert record["candidate"]["artifact"] == draft["artifact"]["digest"]


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

    found = found_in(document)
    assert found["latency.failed.max"] == ("PASS", "within_limit")
    assert found["latency.p50_ms.max_increase"] == ("ERROR", "timings_missing")
    (record,) = repo.root.glob(f".seatrial/runs/{document['run']}/serving/tiny/times/measurement.json")
    assert json.loads(record.read_text())["candidate"] == {}


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

    assert found_in(document)["latency.p50_ms.max_increase"] == (verdict, reason)


def test_the_same_artifact_is_not_timed_beside_itself(repo: Repo) -> None:
    """What is the very same cannot be slower, so one model is started and not two."""
    gates(repo, COMPARED)
    document = repo.run()

    assert found_in(document)["latency.p50_ms.max_increase"] == ("PASS", "same_artifact")
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

    found = {one["kind"]: one for one in model_of(document)["findings"]}
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

    (finding,) = model_of(document)["findings"]
    assert finding["reason"] == "not_served"
    assert "the baseline never became ready" in finding["message"]
    assert "no such weights" in finding["message"]


def test_nothing_to_ask_is_said_with_what_to_write(repo: Repo) -> None:
    repo.write("seatrial.yaml", CONFIG + SERVING.replace("      requests: requests.jsonl\n", ""))
    repo.commit()
    document = repo.run(code=2)

    (finding,) = model_of(document)["findings"]
    assert "there is nothing to ask the model" in finding["message"]
    assert "name it under `requests:`" in finding["message"]


def test_a_broken_file_of_requests_is_told_with_its_lines(repo: Repo) -> None:
    repo.write("requests.jsonl", "1\n[2,\n3\n{4}\n")
    repo.commit()
    document = repo.run(code=2)

    (finding,) = model_of(document)["findings"]
    assert "requests.jsonl:2" in finding["message"]
    assert "requests.jsonl:4" in finding["message"]


def test_the_gates_of_the_base_get_evidence_of_their_own(repo: Repo) -> None:
    """A branch that takes more callers is measured with them, and once more as main has it."""
    repo.git("checkout", "-q", "-b", "more")
    gates(repo, LATENCY.replace("requests: 60", "requests: 60, concurrency: 2"))
    document = repo.run(code=None)

    mine, theirs = model_of(document)["findings"], model_of(document)["under_base"]["findings"]
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
