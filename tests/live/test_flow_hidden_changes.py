"""Changes that git does not show: ignored code and configuration, parts of a matrix's outs, files that move."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.cli import BETTER, TRAIN, WORSE, Repo, new_repo

MATRIX = """\
project: tiny
params: params.yaml
stages:
  make:
    cmd: python make.py ${outs.d} ${params.a}
    matrix: {seed: [1, 2]}
    outs: {d: "o/${matrix.seed}/d"}
  part:
    cmd: cp ${deps.x} ${outs.y}
    deps: {x: o/1/d/f}
    outs: {y: y.txt}
"""
MAKE = "import os, sys\nos.makedirs(sys.argv[1])\nopen(sys.argv[1] + '/f', 'w').write(sys.argv[2])\n"


def test_a_named_stage_brings_the_producer_of_a_part_of_a_matrix_out(tmp_path: Path) -> None:
    """The path names a cell's out, and the cell is run like any other producer."""
    files = {"seatrial.yaml": MATRIX, "params.yaml": "a: x\n", "make.py": MAKE, ".gitignore": "/o/\n/y.txt\n"}
    repo = new_repo(tmp_path, files)
    repo.seatrial("run")
    repo.write("params.yaml", "a: z\n")
    repo.seatrial("run", "part")

    assert repo.read("y.txt") == "z"


def test_a_module_that_git_ignores_counts_like_any_other(tmp_path: Path) -> None:
    """Generated code is imported too."""
    generated = TRAIN.replace("import sys\n", "import sys\n\nfrom steps import gen_bonus\n", 1)
    ignore = "/data/\n/outputs/\n__pycache__/\ngen_*\n"
    repo = new_repo(tmp_path, {"steps/train.py": generated, ".gitignore": ignore, "steps/gen_bonus.py": "B = 1\n"})
    repo.seatrial("run", "train")
    repo.write("steps/gen_bonus.py", "B = 2\n")

    assert repo.actions()["train"] == "run"


@pytest.mark.parametrize("hidden", ["ignored", "assumed unchanged"])
def test_configuration_that_the_commit_does_not_hold_makes_a_version_dirty(tmp_path: Path, hidden: str) -> None:
    """Git calls the tree clean; the version could not be made again all the same."""
    repo = new_repo(tmp_path)
    if hidden == "ignored":
        repo.git("rm", "-q", "--cached", "params.yaml")
        repo.write(".gitignore", repo.read(".gitignore") + "/params.yaml\n")
        repo.commit()
    else:
        repo.git("update-index", "--assume-unchanged", "params.yaml")
        repo.edit("params.yaml", ("  skill: 0.9\n", "  skill: 0.95\n"))
    repo.seatrial("run", "--json", code=2)
    said = repo.seatrial("models", "promote", repo.register(), "--to", "production", "--first", code=2)

    assert "uncommitted changes" in said.out + said.err
    assert repo.aliases() == {}


def test_a_run_during_which_files_moved_is_an_error_and_no_pass(tmp_path: Path) -> None:
    """What was measured belongs to no state of the tree."""
    touching = TRAIN + "with open('steps/evaluate.py', 'a') as file:\n    file.write('# moved\\n')\n"
    repo: Repo = new_repo(tmp_path)
    repo.seatrial("run", "--json", code=2)
    repo.promote(repo.register(), "--first")
    repo.write("steps/train.py", touching)
    repo.set_params(BETTER)
    (model,) = repo.seatrial("run", "--json", code=2).json["models"]

    assert model["decision"] == "block"
    assert "inputs_changed" in {finding["reason"] for finding in model["findings"]}


def test_a_forged_memory_of_verdicts_moves_nothing(tmp_path: Path) -> None:
    """The cache may come from anywhere; promotion judges the stored rows and not what was remembered of them."""
    repo = new_repo(tmp_path)
    repo.seatrial("run", "--json", code=2)
    repo.promote(repo.register(), "--first")
    repo.set_params(WORSE)
    repo.seatrial("run", "--json", code=1)
    worse = repo.register()
    repo.seatrial("models", "promote", worse, "--to", "production", code=1)
    memory = list((repo.root / ".seatrial" / "verdicts").glob("*.json"))
    for place in memory:
        place.chmod(0o644)
        place.write_text(place.read_text().replace('"FAIL"', '"PASS"'))

    assert memory
    repo.seatrial("models", "promote", worse, "--to", "production", code=1)
    assert repo.aliases() == {"production": 1}
