"""A stage that tries a training on one batch, from outside, in an interpreter that has nothing installed."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest

from tests.support.cli import Repo, copy_of, new_repo, template

CONFIG = """\
project: tiny
params: params.yaml
sources: [src]
stages:
  overfit:
    uses: overfit-one-batch
    with: {target: "toy.train:one_batch", max_loss: 0.05, steps: 50}
  train:
    cmd: python -c "print('trained')"
    needs: [overfit]
    deps: []
"""
HALVING = """\
from toy.rate import RATE


def one_batch():
    loss = 1.0
    while True:
        loss *= RATE
        yield loss
"""
FILES = {
    "seatrial.yaml": CONFIG,
    "params.yaml": "rate: 0.5\nother: 1\n",
    "src/toy/__init__.py": "",
    "src/toy/rate.py": "RATE = 0.5\n",
    "src/toy/train.py": HALVING,
    "src/toy/apart.py": "",
    "batch.csv": "a,b\n1,2\n",
    ".gitignore": "/reports/\n__pycache__/\n",
}


@pytest.fixture
def repo(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> Repo:
    return copy_of(template(tmp_path_factory, "overfit", lambda folder: new_repo(folder, FILES)), tmp_path)


def judged(document: Any) -> dict[str, Any]:
    """The one thing that a run judged."""
    [check] = document["checks"]
    found: dict[str, Any] = check
    return found


def body(repo: Repo, lines: str, before: str = "") -> None:
    """Another training: the lines of its function."""
    indented = "".join(f"    {line}\n" for line in lines.splitlines())
    repo.write("src/toy/train.py", f"{before}\ndef one_batch():\n{indented}")


def test_a_loss_that_falls_below_the_limit_passes_and_leaves_its_curve(repo: Repo) -> None:
    """Halving from 1 is below 0.05 after five steps; nothing is taken after that."""
    document = repo.run()

    check = judged(document)
    assert (check["verdict"], check["decision"], check["judges"]) == ("PASS", "allow", "overfit-one-batch")
    assert (check["dataset"], check["rows"]) == ("toy.train:one_batch", 5)
    assert repo.did(document) == {"overfit": "ran", "train": "ran"}
    assert document["warnings"] == []
    rows = list(csv.reader(repo.read("reports/overfit.curve.csv").splitlines()))
    assert rows == [["step", "loss"], *([str(step), repr(0.5**step)] for step in range(1, 6))]
    [curve] = document["curves"]
    assert (curve["name"], curve["values"]) == ("overfit loss", [0.5**step for step in range(1, 6)])


def test_the_verdict_stands_in_text_and_report(repo: Repo) -> None:
    text = repo.seatrial("run").out

    assert "toy.train:one_batch learns one batch in 5 steps" in text
    report = repo.read(text.split("report: ")[1].strip())
    assert "## Training `toy.train:one_batch`: PASS, allow" in report
    assert "5 steps on one batch" in report


def test_a_training_that_does_not_learn_its_batch_fails(repo: Repo) -> None:
    """Exit 1: what needs it does not run, and the curve is shown though a stage that fails stores nothing."""
    body(repo, "yield 0.4\nyield float('nan')\nyield 0.01")

    document = repo.run(code=1)

    [finding] = judged(document)["findings"]
    assert (finding["verdict"], finding["reason"], finding["threshold"]) == ("FAIL", "diverged", 0.05)
    assert "NaN at step 2: the training diverged" in finding["message"]
    assert repo.did(document) == {"overfit": "failed", "train": "blocked"}
    [curve] = document["curves"]
    assert (curve["name"], curve["values"], curve["diverged_at"]) == ("overfit loss", [0.4, None], 2)
    assert "Training toy.train:one_batch: FAIL, block" in repo.seatrial("run", code=1).out


def test_what_yields_no_losses_cannot_be_judged(repo: Repo) -> None:
    """Exit 2: an ERROR that says what came instead, never a pass."""
    body(repo, "yield 0.3\nyield 'low'")

    document = repo.run(code=2)

    [finding] = judged(document)["findings"]
    assert (finding["verdict"], finding["reason"]) == ("ERROR", "not_a_number")
    assert "yielded 'low' at step 2, which is no number" in finding["message"]
    assert judged(document)["next_step"]


def test_a_target_that_does_not_exist_cannot_be_judged(repo: Repo) -> None:
    repo.edit("seatrial.yaml", ("toy.train:one_batch", "toy.trane:one_batch"))

    [finding] = judged(repo.run(code=2))["findings"]

    assert (finding["verdict"], finding["reason"]) == ("ERROR", "no_module")
    assert "there is no module toy.trane" in finding["message"]


def test_code_that_raises_is_a_stage_that_failed(repo: Repo) -> None:
    """Exit 4, as for any command, with what it raised in the reason and its own traceback in the log."""
    body(repo, "yield 0.4\nraise ValueError('bad shape')")

    document = repo.run(code=4)

    failed = document["stages"][0]
    assert failed["reason"] == "toy.train:one_batch, at step 2, raised ValueError: bad shape"
    assert document["checks"] == []
    log = repo.read(f".seatrial/runs/{document['run']}/{failed['log']}")
    assert "train.py" in log
    assert "guest.py" not in log


def test_a_training_that_ends_the_process_has_judged_nothing(repo: Repo) -> None:
    """Whatever code it ends with."""
    for code in (0, 1, 2):
        body(repo, f"yield 0.001 if False else 0.4\nimport os\nos._exit({code})")

        document = repo.run(code=4)

        assert document["checks"] == []
        assert repo.did(document)["overfit"] == "failed"


def test_code_that_raised_has_judged_nothing_whatever_the_process_ends_with(repo: Repo) -> None:
    """A record that says so is there; an exit code that means a verdict makes none of it."""
    body(repo, "raise ValueError('bad shape')", "import atexit, os\natexit.register(os._exit, 1)")

    document = repo.run(code=4)

    assert document["checks"] == []
    assert document["stages"][0]["reason"] == "exit code 1"


def test_a_training_that_never_yields_ends_at_the_timeout(repo: Repo) -> None:
    """The log says how far it had come."""
    body(repo, "yield 0.4\nimport time\ntime.sleep(300)")
    repo.edit("seatrial.yaml", ("steps: 50}\n", "steps: 50}\n    timeout: 1s\n"))

    document = repo.run(code=4)

    failed = document["stages"][0]
    assert "timeout of 1 s" in failed["reason"]
    log = repo.read(f".seatrial/runs/{document['run']}/{failed['log']}")
    assert "stopped: toy.train:one_batch had yielded 1 of 50 losses" in log
    assert repo.read("reports/overfit.curve.csv") == "step,loss\n1,0.4\n"


def test_data_is_handed_over_to_a_function_that_asks_for_it(repo: Repo) -> None:
    """One path as text, what a glob finds as a list; parameters are in their file, as for every stage."""
    repo.write("more/a.csv", "x\n")
    repo.edit(
        "seatrial.yaml",
        ("steps: 50}\n", "steps: 50}\n    deps: {batch: batch.csv, rest: 'more/*.csv'}\n    params: [rate]\n"),
    )
    repo.write(
        "src/toy/train.py",
        "import json, os\n\ndef one_batch(data, verbose=False):\n"
        "    assert data == {'batch': 'batch.csv', 'rest': ['more/a.csv']}, data\n"
        "    with open(os.environ['SEATRIAL_PARAMS']) as file:\n"
        "        assert json.load(file) == {'rate': 0.5}\n"
        "    with open(data['batch']) as file:\n        assert len(file.readlines()) == 2\n"
        "    return [0.3, 0.01]\n",
    )

    assert judged(repo.run())["verdict"] == "PASS"


def test_what_the_module_imports_runs_it_again_and_nothing_else_does(repo: Repo) -> None:
    repo.run()
    assert repo.actions()["overfit"] == "reuse"
    repo.write("src/toy/apart.py", "CHANGED = 1\n")
    repo.edit("params.yaml", ("other: 1", "other: 2"))
    assert repo.actions()["overfit"] == "reuse"

    repo.write("src/toy/rate.py", "RATE = 0.25\n")

    assert repo.actions()["overfit"] == "run"
    document = repo.run()
    assert judged(document)["rows"] == 3
    assert "src/toy/rate.py" in repo.seatrial("why", "overfit").out


def test_data_and_limits_are_in_its_key(repo: Repo) -> None:
    repo.edit("seatrial.yaml", ("steps: 50}\n", "steps: 50}\n    deps: {batch: batch.csv}\n"))
    repo.run()
    assert repo.actions()["overfit"] == "reuse"
    repo.write("batch.csv", "a,b\n3,4\n")
    assert repo.actions()["overfit"] == "run"
    repo.run()
    repo.edit("seatrial.yaml", ("max_loss: 0.05", "max_loss: 0.04"))
    assert repo.actions()["overfit"] == "run"
    assert "with.max_loss: 0.05 -> 0.04" in repo.seatrial("why", "overfit").out


def test_a_reused_pass_is_told_again(repo: Repo) -> None:
    repo.run()

    document = repo.run()

    assert repo.did(document)["overfit"] == "reused"
    assert judged(document)["verdict"] == "PASS"


def test_modules_beside_our_program_do_not_reach_the_training(repo: Repo) -> None:
    """`import masking` finds the user's module or none, never one that lies where our program does."""
    body(repo, "yield 0.01", "try:\n    import masking\nexcept ImportError:\n    pass\nelse:\n    raise ValueError")

    assert judged(repo.run())["verdict"] == "PASS"
