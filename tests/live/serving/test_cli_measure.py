"""`seatrial measure`: the files that gates read, made without a project, or why they cannot be."""

from __future__ import annotations

import pytest

from tests.support.cli import Repo
from tests.support.served_project import (
    CASES,
)

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


def test_mistakes_in_a_file_of_serving_are_told_with_their_lines(repo: Repo) -> None:
    repo.write("serving.yaml", HEADLESS + "start: 3\nready: health\n")

    done = repo.seatrial("measure", "--serving", "serving.yaml", "--out", "out", code=2)

    assert "serving.yaml:6:1 start: unknown key" in done.err
    assert "serving.yaml:7:8 ready: ready `health` is no path" in done.err
