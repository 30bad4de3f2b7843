"""`seatrial init` typed in repositories of other people's shape, and what it wrote then run."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.live.test_overfit_with_torch import torch_python
from tests.support import foreign
from tests.support.cli import SOURCE

TORCH = torch_python()


def typed(root: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    """One command, in the environment of the tests as the active one."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    environ = {**kept, "PYTHONPATH": str(SOURCE), "VIRTUAL_ENV": sys.prefix, **more}
    return subprocess.run(
        [sys.executable, "-m", "seatrial", *arguments],
        cwd=root, env=environ, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


def told(root: Path, *arguments: str) -> dict[str, Any]:
    """What `--json` says."""
    done = typed(root, *arguments, "--json")
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def adopted(root: Path, shape: str | foreign.Files) -> subprocess.CompletedProcess[str]:
    """Make the repository, type init, commit, and run the tier for pull requests: the three commands of a newcomer."""
    foreign.repository(root, shape)
    made = typed(root, "init")
    assert made.returncode == 0, made.stdout + made.stderr
    assert foreign.git(root, "status", "--porcelain").split() == [
        word
        for path in sorted(p.name for p in root.glob("*.yaml") if p.name.startswith(("gates", "seatrial")))
        for word in ("??", path)
    ]
    foreign.commit_all(root, "adopt")
    return typed(root, "run", "--tier", "pr")


@pytest.mark.parametrize("shape", ["flat", "package", "fine-tuning", "mlproject", "monorepo"])
def test_three_commands_lead_to_the_first_pass(shape: str, tmp_path: Path) -> None:
    pytest.importorskip("sklearn")

    ran = adopted(tmp_path / shape, shape)

    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert ran.stdout.startswith("PASS")


def test_a_model_that_falls_below_the_proposed_limit_does_not_pass(tmp_path: Path) -> None:
    pytest.importorskip("sklearn")
    root = tmp_path / "package"
    adopted(root, "package")
    source = root / "src/churn/evaluate.py"
    source.write_text(
        source.read_text().replace(
            "guesses = model.predict(X)", "guesses = [str(1 - int(g)) for g in model.predict(X)]"
        )
    )
    foreign.commit_all(root, "worse")

    ran = typed(root, "run", "--tier", "pr")

    assert ran.returncode == 1
    assert ran.stdout.startswith("FAIL")


def test_the_slow_tier_compares_with_main_by_the_margin_that_the_rows_can_show(tmp_path: Path) -> None:
    pytest.importorskip("sklearn")
    root = tmp_path / "package"
    adopted(root, "package")
    foreign.git(root, "checkout", "-q", "-b", "change")
    (root / "params.yaml").write_text("train:\n  C: 0.9\n  seed: 3\nevaluate:\n  limit: 400\n")
    foreign.commit_all(root, "change")

    ran = typed(root, "run", "--tier", "slow")

    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "regression.accuracy" in ran.stdout
    assert "0.05" in (root / "gates.yaml").read_text()


@pytest.mark.parametrize("shape", ["torch", "hydra"])
def test_what_cannot_run_here_is_proposed_all_the_same_and_read_by_our_loader(shape: str, tmp_path: Path) -> None:
    root = foreign.repository(tmp_path / shape, shape)

    made = typed(root, "init")
    checked = typed(root, "config")

    assert made.returncode == 0, made.stderr
    assert checked.returncode == 0, checked.stderr


@pytest.mark.skipif(TORCH is None, reason="no interpreter with torch (make torch, or TORCH_PYTHON)")
def test_a_pytorch_repository_passes_in_an_environment_that_has_it(tmp_path: Path) -> None:
    root = foreign.repository(tmp_path / "torch", "torch")
    environment = str(Path(TORCH or "").parents[1])
    typed(root, "init", VIRTUAL_ENV=environment)
    foreign.commit_all(root, "adopt")

    ran = typed(root, "run", "--tier", "pr", VIRTUAL_ENV=environment)

    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert ran.stdout.startswith("PASS")


def test_trackers_are_kept_and_told_not_to_need_a_network(tmp_path: Path) -> None:
    files = {**foreign.FLAT, "train.py": "import mlflow\nimport wandb\n" + foreign.FLAT["train.py"]}
    root = foreign.repository(tmp_path / "flat", files)

    shown = told(root, "init")["files"]["seatrial.yaml"]

    assert "env: {WANDB_MODE: offline}" in shown
    assert "pass_env: [MLFLOW_TRACKING_URI]" in shown
    assert (root / "train.py").read_text() == files["train.py"]


def test_hostile_names_of_files_are_quoted_and_run(tmp_path: Path) -> None:
    pytest.importorskip("sklearn")
    odd = "data/a ${x} 'b' #c: test.csv"
    text = foreign.FLAT["train.py"].replace('"data/train.csv"', repr(odd))
    files = {**foreign.FLAT, odd: foreign.rows(300), "my code/train it.py": text, "my code/tables.py": foreign.READ}
    files = {path: body for path, body in files.items() if path not in ("train.py", "evaluate.py")}

    ran = adopted(tmp_path / "odd", files)

    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert [line.split()[:2] for line in ran.stdout.splitlines() if line.startswith("train ")] == [["train", "ran"]]


def test_json_says_the_same_as_the_text_and_nothing_is_written_in_a_dry_run(tmp_path: Path) -> None:
    root = foreign.repository(tmp_path / "flat", "flat")

    found = told(root, "init", "--dry-run")

    assert found["wrote"] == []
    assert found["stages"] == ["unit", "train"]
    assert found["models"] == ["flat"]
    assert found["next"] == ["seatrial init"]
    assert foreign.git(root, "status", "--porcelain") == ""
    assert told(root, "init")["files"] == found["files"]
    assert (root / "seatrial.yaml").read_text() == found["files"]["seatrial.yaml"]


def test_an_existing_configuration_is_never_replaced(tmp_path: Path) -> None:
    root = foreign.repository(tmp_path / "flat", "flat")
    (root / "seatrial.yaml").write_text("mine\n")

    done = typed(root, "init")

    assert done.returncode == 2
    assert "init replaces nothing" in done.stderr
    assert "next:" in done.stderr
    assert (root / "seatrial.yaml").read_text() == "mine\n"


def test_gates_that_are_there_are_left_alone(tmp_path: Path) -> None:
    root = foreign.repository(tmp_path / "flat", {**foreign.FLAT, "gates.yaml": "mine\n"})

    done = typed(root, "init")

    assert done.returncode == 0, done.stderr
    assert (root / "gates.yaml").read_text() == "mine\n"
    assert "gates: seatrial-gates.yaml" in (root / "seatrial.yaml").read_text()


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({".gitignore": "x\n"}, "nothing was found that could be a stage"),
        (foreign.NOTEBOOKS, "only notebooks were found"),
        (foreign.NO_PYTHON, "nothing was found that could be a stage"),
        ({"train.py": "def broken(:\n"}, "train.py:1: it does not parse"),
    ],
    ids=["empty", "notebooks", "no python", "broken"],
)
def test_where_nothing_can_run_nothing_is_made_up(files: foreign.Files, said: str, tmp_path: Path) -> None:
    root = foreign.repository(tmp_path / "r", files)

    done = typed(root, "init")

    assert done.returncode == 2
    assert said in done.stderr
    assert "next:" in done.stderr
    assert not (root / "seatrial.yaml").exists()


def test_without_git_nothing_is_written(tmp_path: Path) -> None:
    foreign.put(tmp_path, foreign.FLAT)

    done = typed(tmp_path, "init", GIT_CEILING_DIRECTORIES=str(tmp_path.parent))

    assert done.returncode == 2
    assert "git init" in done.stderr
    assert not (tmp_path / "seatrial.yaml").exists()


def test_before_the_first_commit_everything_is_to_be_committed(tmp_path: Path) -> None:
    root = foreign.repository(tmp_path / "flat", "flat", commit=False)

    found = told(root, "init")

    assert any(step.startswith("git add -A && git commit") for step in found["next"])


def test_windows_line_ends_and_links_in_a_circle_do_no_harm(tmp_path: Path) -> None:
    pytest.importorskip("sklearn")
    root = tmp_path / "flat"
    foreign.repository(
        root,
        {path: text.replace("\n", "\r\n") if path.endswith(".py") else text for path, text in foreign.FLAT.items()},
    )
    (root / "loop").symlink_to(root)
    (root / "data" / "up").symlink_to("..")
    foreign.commit_all(root, "links")

    made = typed(root, "init")

    assert made.returncode == 0, made.stderr
    assert "model: model.joblib" in (root / "seatrial.yaml").read_text()
    assert b"\r" not in (root / "seatrial.yaml").read_bytes()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_read_only_checkout_is_told(tmp_path: Path) -> None:
    root = foreign.repository(tmp_path / "flat", "flat")
    root.chmod(stat.S_IRUSR | stat.S_IXUSR)
    try:
        done = typed(root, "init")
    finally:
        root.chmod(stat.S_IRWXU)

    assert done.returncode == 5
    assert "may not be read or written" in done.stderr


@pytest.mark.parametrize("tracked", [False, True])
def test_five_gigabytes_of_data_are_told_and_not_read(tmp_path: Path, tracked: bool) -> None:
    root = foreign.repository(tmp_path / "flat", "flat")
    with (root / "data" / "train.csv").open("ab") as file:
        file.truncate(5 << 30)
    if not tracked:
        (root / ".gitignore").write_text("*.joblib\nmetrics.json\ndata/train.csv\n")
        foreign.git(root, "rm", "-q", "--cached", "data/train.csv")

    found = told(root, "init")

    shown = found["files"]["seatrial.yaml"]
    assert "5.4 GB; larger than 64 MiB, so not read" in shown
    assert any(one["what"] == "data/train.csv" for one in found["left_out"]) == tracked


def test_of_two_candidates_one_is_taken_by_a_rule_and_the_other_is_told(tmp_path: Path) -> None:
    files = {**foreign.FLAT, "old/train_model.py": foreign.FLAT["train.py"], "train_big.py": foreign.FLAT["train.py"]}
    root = foreign.repository(tmp_path / "flat", files)

    found = told(root, "init")

    shown = found["files"]["seatrial.yaml"]
    assert "python train.py" in shown
    assert "a stage for train_big.py: train.py was taken" in " ".join(shown.replace("#", " ").split())
    assert {one["what"] for one in found["left_out"]} >= {"a stage for train_big.py", "a stage for old/train_model.py"}


def test_an_out_that_git_tracks_is_left_out_with_the_command_that_frees_it(tmp_path: Path) -> None:
    root = foreign.repository(
        tmp_path / "flat", {**foreign.FLAT, ".gitignore": "__pycache__/\n", "metrics.json": '{"accuracy": 0.8}'}
    )

    found = told(root, "init")

    assert any("git rm -r --cached metrics.json" in one["why"] for one in found["left_out"])
    assert "/model.joblib" in found["ignore"]


def test_a_model_in_git_is_told_once_and_its_training_leaves_the_work_tree_of_a_pull_request_clean(
    tmp_path: Path,
) -> None:
    pytest.importorskip("sklearn")
    files = {**foreign.FLAT, ".gitignore": "metrics.json\nreports/\n__pycache__/\n", "model.joblib": "old"}
    del files["evaluate.py"]
    root = foreign.repository(tmp_path / "flat", files)

    found = told(root, "init")

    of_model = [one for one in found["left_out"] if "model" in one["what"] and "gates" not in one["what"]]
    assert [one["what"] for one in of_model] == ["the model model.joblib"]
    assert "git rm -r --cached model.joblib" in of_model[0]["why"]
    foreign.commit_all(root, "adopt")
    ran = typed(root, "run", "--tier", "pr")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert foreign.git(root, "status", "--porcelain") == ""


def test_a_tiny_model_is_asked_whether_it_is_tiny_and_held_to_no_figure(tmp_path: Path) -> None:
    pytest.importorskip("sklearn")
    root = tmp_path / "fine-tuning"
    adopted(root, "fine-tuning")
    assert "smoke:\n  size: {max: 50MB}\n" in (root / "gates.yaml").read_text()
    script = root / "finetune.py"
    script.write_text(
        script.read_text().replace(
            "joblib.dump(model, ", 'joblib.dump(bytes(60_000_000) if args.tiny == "true" else 0, '
        )
    )
    foreign.commit_all(root, "the switch has no effect any more")

    ran = typed(root, "run", "--tier", "pr")

    assert ran.returncode == 1, ran.stdout + ran.stderr
    assert ran.stdout.startswith("FAIL: the artifact's size")


def test_where_dvc_knows_how_to_train_nothing_is_guessed(tmp_path: Path) -> None:
    root = foreign.repository(tmp_path / "dvc", "dvc")

    done = typed(root, "init")

    assert done.returncode == 2
    assert done.stderr.endswith("next:  seatrial init --from dvc\n")
    assert foreign.git(root, "status", "--porcelain") == ""


def test_a_dvc_yaml_without_stages_says_nothing_of_what_to_run(tmp_path: Path) -> None:
    root = foreign.repository(tmp_path / "flat", {**foreign.FLAT, "dvc.yaml": "plots:\n- dvclive/plots\n"})

    assert told(root, "init")["models"] == ["flat"]


def test_from_a_folder_inside_the_first_thing_to_type_leads_to_the_files(tmp_path: Path) -> None:
    root = foreign.repository(tmp_path / "flat", "flat")

    found = told(root / "data", "init")

    assert found["next"][0] == "cd .."
    assert (root / "seatrial.yaml").exists()


def test_packages_that_the_python_of_the_stages_lacks_are_told_and_not_written(tmp_path: Path) -> None:
    root = foreign.repository(tmp_path / "flat", "flat")
    site = root / ".venv/lib/python3.11/site-packages"
    (site / "joblib").mkdir(parents=True)
    (root / ".venv/pyvenv.cfg").write_text("home = /usr/bin\n")
    (root / ".venv/bin").mkdir()
    (root / ".venv/bin/python").write_text("")

    first = told(root, "init")["left_out"][0]

    assert first["what"] == "packages that the scripts import (sklearn)"
    assert "not installed in .venv" in first["why"]
    assert "packages that the scripts import" not in (root / "seatrial.yaml").read_text()


def test_a_junit_file_of_ci_is_taken_and_the_line_is_named(tmp_path: Path) -> None:
    root = foreign.repository(tmp_path / "package", "package")

    shown = told(root, "init")["files"]["seatrial.yaml"]

    assert "taken_from: junit.xml" in shown
    assert "[.github/workflows/ci.yml:8]" in shown


def test_every_model_of_a_monorepo_has_its_stage_model_and_gates(tmp_path: Path) -> None:
    root = foreign.repository(tmp_path / "monorepo", "monorepo")

    found = told(root, "init")

    assert found["models"] == ["churn", "fraud", "spam"]
    assert found["stages"] == ["churn-train", "fraud-train", "spam-train"]
    assert found["wrote"] == ["seatrial.yaml", "gates-churn.yaml", "gates-fraud.yaml", "gates-spam.yaml"]


def test_lines_fit_eighty_columns_but_for_what_is_copied(tmp_path: Path) -> None:
    root = foreign.repository(tmp_path / "flat", "flat")

    done = typed(root, "init")

    copied = [line for line in done.stdout.splitlines() if line.startswith("    ") and "rows" in line]
    assert all(len(line) <= 80 for line in done.stdout.splitlines() if line not in copied)
    assert "rows.writerows(zip(range(len(y_test)), y_test, y_pred))" in done.stdout


def test_what_our_own_loader_would_refuse_is_left_out_and_told(tmp_path: Path) -> None:
    writes = "\nfor n in range(2):\n    joblib.dump(n, f'reports/{n}.joblib')\n"
    writes += "joblib.dump(1, '.git/x.joblib')\njoblib.dump(1, 'params.yaml')\n"
    files = {
        **foreign.FLAT,
        "train.py": foreign.FLAT["train.py"] + writes + "open('params.yaml').read()\n",
        "params.yaml": "a.b: 1\n",
    }
    root = foreign.repository(tmp_path / "flat", files)

    found = told(root, "init")

    left = {one["what"]: one["why"] for one in found["left_out"]}
    assert "reports/unit.xml" in left["an out reports"]
    assert "lies in .git" in left["an out .git/x.joblib"]
    assert "cannot name a parameter" in left["params.yaml"]
    assert "params:" not in found["files"]["seatrial.yaml"]
    assert typed(root, "config").returncode == 0
