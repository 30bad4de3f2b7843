"""Lines that are shown to be added: they run as they stand, with the names of the code, and write what is read."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from seatrial.adopt import snippets
from seatrial.adopt.found import Script


def written(script: Script, known: Mapping[str, object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The file that the lines write when they are run after the code that knows these names."""
    monkeypatch.chdir(tmp_path)
    exec("\n".join(snippets.predictions_snippet(script).lines), dict(known))
    with (tmp_path / "predictions.csv").open(newline="") as file:
        return [",".join(row) for row in csv.reader(file)]


def test_scikit_learn_with_the_names_of_the_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = Script(path="e.py", names={"truth": "gold", "model": "clf", "test_x": "features"})
    clf = SimpleNamespace(predict=lambda rows: [row * 10 for row in rows])

    rows = written(script, {"gold": [10, 21], "clf": clf, "features": [1, 2]}, tmp_path, monkeypatch)

    assert rows == ["id,y,p", "0,10,10", "1,21,20"]


def test_answers_that_the_code_has_are_not_asked_for_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = Script(path="e.py", names={"truth": "gold", "answers": "guessed"})

    assert written(script, {"gold": ["a"], "guessed": ["b"]}, tmp_path, monkeypatch) == ["id,y,p", "0,a,b"]


def test_the_trainer_of_transformers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = Script(path="e.py", imports=frozenset({"transformers", "torch"}), names={"trainer": "coach"})
    answer = SimpleNamespace(predictions=np.array([[0.1, 0.9], [0.8, 0.2]]), label_ids=np.array([1, 1]))
    coach = SimpleNamespace(eval_dataset="held", predict=lambda rows: answer if rows == "held" else None)

    assert written(script, {"coach": coach}, tmp_path, monkeypatch) == ["id,y,p", "0,1,1", "1,1,0"]


def test_torch_counts_on_over_the_batches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from contextlib import nullcontext

    class Net:
        quiet = False

        def eval(self) -> None:
            self.quiet = True

        def __call__(self, rows: np.ndarray) -> np.ndarray:
            assert self.quiet
            return rows

    script = Script(path="e.py", imports=frozenset({"torch"}), names={"loader": "batches", "model": "net"})
    batches = [(np.eye(2), np.array([0, 1])), (np.array([[0, 5]]), np.array([0]))]
    known = {"net": Net(), "batches": batches, "torch": SimpleNamespace(no_grad=nullcontext)}

    assert written(script, known, tmp_path, monkeypatch) == ["id,y,p", "0,0,0", "1,1,1", "2,0,1"]


def test_the_lines_for_a_tiny_model_and_for_the_parameters_are_code() -> None:
    script = Script(path="finetune.py")

    for one in (snippets.tiny_snippet(script), snippets.params_snippet(script, "params.yaml")):
        compile("\n".join(one.lines), one.file, "exec")


def test_parameters_of_the_run_are_opened_where_there_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = "\n".join(snippets.params_snippet(Script(path="t.py"), "params.yaml").lines)
    for given, expected in ((None, "params.yaml"), ("/run/values.json", "/run/values.json")):
        monkeypatch.delenv("SEATRIAL_PARAMS", raising=False)
        if given is not None:
            monkeypatch.setenv("SEATRIAL_PARAMS", given)
        known: dict[str, object] = {}
        exec(lines, known)
        assert known["path"] == expected
