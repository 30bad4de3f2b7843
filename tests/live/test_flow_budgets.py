"""How long a tier takes is told before and after, and a budget is kept the way the tier says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.cli import CONFIG, TRAIN, Repo, new_repo

SLOW = TRAIN.replace("import sys\n", "import sys\nimport time\n\ntime.sleep(0.3)\n", 1)
ENDLESS = TRAIN.replace("import sys\n", "import sys\nimport time\n\ntime.sleep(3600)\n", 1)
BUDGET = "  overlay: {params: {train.skill: 0.93}}\n"


def _tier(budget: str) -> str:
    if CONFIG.count(BUDGET) != 1:
        raise ValueError("the configuration of the tests has changed")
    return CONFIG.replace(BUDGET, f"{BUDGET}  quick: {{gates: smoke, budget: {budget}}}\n")


def _with_history(folder: Path, budget: str) -> Repo:
    """A repository whose tier `quick` has run three times, and has something to do again."""
    repo = new_repo(folder, {"seatrial.yaml": _tier("10m"), "steps/train.py": SLOW})
    for salt in "bcd":
        repo.edit("params.yaml", (f"  salt: {chr(ord(salt) - 1)}\n", f"  salt: {salt}\n"))
        repo.run("--tier", "quick", code=None)
    repo.write("seatrial.yaml", _tier(budget))
    repo.edit("params.yaml", ("  salt: d\n", "  salt: e\n"))
    return repo


def _runs(repo: Repo) -> list[Path]:
    return sorted((repo.root / ".seatrial" / "runs").glob("*"))


def test_without_history_nothing_is_made_up_and_nothing_refused(tmp_path: Path) -> None:
    """Not even where the budget says stop."""
    repo = new_repo(tmp_path, {"seatrial.yaml": _tier("{time: 10m, over: stop}")})

    plan = repo.seatrial("plan", "--tier", "quick", "--json").json["forecast"]
    said = repo.seatrial("run", "--tier", "quick", code=2)  # no model in production yet

    assert (plan["cells"], plan["unknown"]) == (3, ["data", "train", "evaluate"])
    assert plan["fit"] == "unknown"
    assert "expect  no history yet of data, train, evaluate" in said.err
    assert "How long it would take was not known (no history yet)" in " ".join(said.out.split())


def test_plan_tells_time_and_critical_path(tmp_path: Path) -> None:
    """Of what has to run: the data are there already."""
    repo = _with_history(tmp_path, "10m")

    document = repo.seatrial("plan", "--tier", "quick", "--json").json
    said = repo.seatrial("plan", "--tier", "quick")

    forecast = document["forecast"]
    seconds = {stage["name"]: stage["expected"] for stage in document["stages"]}
    assert seconds["data"] is None
    assert seconds["train"] >= 0.3
    assert forecast["p50"] == pytest.approx(seconds["train"] + seconds["evaluate"])
    assert forecast["p90"] >= forecast["p50"]
    assert [step["stage"] for step in forecast["path"]] == ["train", "evaluate"]
    assert forecast["fit"] == "fits"
    assert "time: about " in said.out
    assert "time: fits the budget of 10 m 00 s" in said.out


def test_a_run_says_it_first_keeps_it_and_compares_it_at_the_end(tmp_path: Path) -> None:
    """On standard error, in the log, in the report."""
    repo = _with_history(tmp_path, "10m")

    said = repo.seatrial("run", "--tier", "quick", code=None)
    report = repo.seatrial("report", "--json").json

    events = [json.loads(line) for line in (_runs(repo)[-1] / "events.jsonl").read_text().splitlines()]
    (event,) = [event for event in events if event["event"] == "forecast"]
    assert f"  expect  {event['text']}" in said.err
    assert event["fit"] == "fits"
    assert report["forecast"]["p50"] == event["p50"]
    assert report["forecast"]["took"] > 0.3
    assert "Expected were " in " ".join(said.out.split())


def test_over_budget_is_reported_with_who_is_to_blame(tmp_path: Path) -> None:
    """`over: report` changes no exit code."""
    repo = _with_history(tmp_path, "{time: 0.1, over: report}")

    plan = repo.seatrial("plan", "--tier", "quick", "--json").json["forecast"]
    document = repo.run("--tier", "quick", code=None)

    assert (plan["fit"], plan["blame"], plan["alone"]) == ("will_not", "train", True)
    assert document["exit_code"] == 2  # there is no model in production, with or without a budget
    (warning,) = [warning for warning in document["warnings"] if "budget" in warning]
    assert "over the budget of 0.1 s; train alone takes longer than that" in warning


def test_a_budget_that_will_not_do_starts_nothing_where_the_tier_says_stop(tmp_path: Path) -> None:
    """With the stage to shorten and the ways out."""
    repo = _with_history(tmp_path, "{time: 0.1, over: stop}")
    before = _runs(repo)

    document: Any = repo.seatrial("run", "--tier", "quick", "--json", code=2).json

    (problem,) = document["error"]["problems"]
    assert "tier quick will not fit the budget of 0.1 s" in problem["message"]
    assert "nothing was started" in problem["message"]
    assert problem["next_step"].startswith("make train shorter")
    assert _runs(repo) == before


def test_time_that_is_used_up_ends_what_runs_and_is_a_failure(tmp_path: Path) -> None:
    """Nothing is judged of what is there by then; the reason has a code."""
    files = {"seatrial.yaml": _tier("{time: 2s, over: stop}"), "steps/train.py": ENDLESS}
    repo = new_repo(tmp_path, files)

    document = repo.run("--tier", "quick", code=4)

    stages = {stage["name"]: stage for stage in document["stages"]}
    assert stages["data"]["action"] == "ran"
    assert stages["train"]["action"] == "failed"
    assert stages["train"]["reason"].startswith("over_budget: ")
    assert "what was done is reused" in document["next_step"]
    assert stages["evaluate"]["action"] == "blocked"
    assert document["models"] == []
