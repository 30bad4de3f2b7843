"""A training on one batch with PyTorch: losses are tensors that know their gradients.

`TORCH_PYTHON` names an interpreter that has PyTorch; else that of `make torch` or the one that runs the tests is asked.
PyTorch is no package that Seatrial needs, and a large one: where there is none, these tests are left out.
"""

from __future__ import annotations

import os
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from tests.support.cli import Repo, new_repo

TRAINING = """\
import csv

import torch


def one_batch(data, rate={rate}):
    torch.manual_seed(0)
    with open(data["batch"]) as file:
        rows = [[float(cell) for cell in row] for row in csv.reader(file)]
    table = torch.tensor(rows)
    x, y = table[:, :-1], table[:, -1].long()
    model = torch.nn.Sequential(torch.nn.Linear(x.shape[1], 16), torch.nn.ReLU(), torch.nn.Linear(16, 2))
    optimiser = torch.optim.SGD(model.parameters(), lr=rate)
    while True:
        loss = torch.nn.functional.cross_entropy(model(x), y)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        yield loss
"""
CONFIG = """\
project: tiny
stages:
  overfit:
    uses: overfit-one-batch
    with: {target: "toy.train:one_batch", max_loss: 0.05, steps: 200}
    deps: {batch: batch.csv}
    env: {OMP_NUM_THREADS: "1"}
"""
BATCH = "0,0,0\n0,1,1\n1,0,1\n1,1,0\n"  # exclusive or: nothing linear learns it


@cache
def torch_python() -> str | None:
    """An interpreter with PyTorch, None where there is none."""
    for python in (os.environ.get("TORCH_PYTHON"), f"{sys.prefix}/torch/bin/python", sys.executable):
        if python and Path(python).exists():
            asked = [python, "-c", "import importlib.util as u, sys; sys.exit(u.find_spec('torch') is None)"]
            if subprocess.run(asked, check=False, timeout=60).returncode == 0:
                return python
    return None


pytestmark = [
    pytest.mark.live,
    pytest.mark.skipif(torch_python() is None, reason="no interpreter with torch (make torch, or TORCH_PYTHON)"),
]


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    files = {
        "seatrial.yaml": CONFIG.replace("project: tiny", f"project: tiny\npython: {torch_python()}"),
        "toy/__init__.py": "",
        "toy/train.py": TRAINING.format(rate=0.5),
        "batch.csv": BATCH,
        ".gitignore": "/reports/\n__pycache__/\n",
    }
    return new_repo(tmp_path, files)


def test_a_network_learns_its_batch_by_heart(repo: Repo) -> None:
    """And says nothing on the way: asking a tensor with a gradient for its number must not warn."""
    document = repo.run()

    [check] = document["checks"]
    assert check["verdict"] == "PASS"
    assert 1 < check["rows"] <= 200
    log = repo.read(f".seatrial/runs/{document['run']}/logs/overfit.log")
    assert "Warning" not in log


def test_a_network_without_its_hidden_layer_does_not(repo: Repo) -> None:
    hidden = "torch.nn.Sequential(torch.nn.Linear(x.shape[1], 16), torch.nn.ReLU(), torch.nn.Linear(16, 2))"
    repo.edit("toy/train.py", (hidden, "torch.nn.Linear(x.shape[1], 2)"))

    [check] = repo.run(code=1)["checks"]

    [finding] = check["findings"]
    assert finding["reason"] == "not_below"
    assert 0.6 < finding["estimate"] < 0.75  # the best that a line can do here is log 2


def test_a_rate_that_is_far_too_high_is_told_as_diverged(repo: Repo) -> None:
    repo.write("toy/train.py", TRAINING.format(rate=1e30))

    [check] = repo.run(code=1)["checks"]

    assert [finding["reason"] for finding in check["findings"]] == ["diverged"]


def test_a_loss_for_each_row_is_no_loss(repo: Repo) -> None:
    repo.edit("toy/train.py", ("        yield loss", "        yield model(x)[:, 0].detach()"))

    [check] = repo.run(code=2)["checks"]

    assert [finding["reason"] for finding in check["findings"]] == ["not_a_number"]
