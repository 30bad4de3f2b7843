"""A model behind a function of the user, in an interpreter that has nothing installed."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from seatrial.errors import StageError
from seatrial.replacing import replace
from seatrial.serving.asking import UnansweredError, Why
from seatrial.serving.running import serve
from tests.support.interpreters import interpreters
from tests.support.serving import QUICK, function, ground


def write(folder: Path, body: str, before: str = "") -> None:
    """A package with `load`; `body` are the lines of what it returns, with `inputs` at hand."""
    lines = "".join(f"        {line}\n" for line in body.splitlines())
    text = f"{before}\ndef load(path):\n    def predict(inputs):\n{lines}    return predict\n"
    (folder / "model.py").write_text(text)


def test_it_is_loaded_with_the_models_path_and_asked_for_many(tmp_path: Path) -> None:
    write(tmp_path, "print('heard', inputs)\nreturn [f'{path}: {2 * one}' for one in inputs]")

    with serve(function("model:load"), ground(tmp_path), model="here/m.bin") as model:
        assert model.ask([1, 2]).answers == ("here/m.bin: 2", "here/m.bin: 4")
        assert model.ask([3]).answers == ("here/m.bin: 6",)
        assert (model.peak_memory() or 0) > 1 << 20

    assert "heard [1, 2]" in (tmp_path / "the-model.log").read_text()


@pytest.mark.parametrize("python", interpreters())
def test_it_is_asked_in_every_python_from_3_8(tmp_path: Path, python: str) -> None:
    write(tmp_path, "import sys\nreturn [[sys.version_info[1], 2 * one] for one in inputs]")
    theirs = replace(ground(tmp_path), python=Path(python))

    with serve(function("model:load"), theirs, model="m") as model:
        answers = model.ask([1, 2]).answers

    minors, doubled = zip(*answers, strict=True)
    assert doubled == (2, 4)
    assert minors[0] >= 8


def test_arrays_of_whatever_library_become_plain_values(tmp_path: Path) -> None:
    """What has `tolist` or `item` is taken at that: an array, a tensor, a number of numpy."""
    before = (
        "class Array:\n    def __init__(self, rows): self.rows = rows\n"
        "    def tolist(self): return self.rows\n"
        "class Number:\n    def item(self): return 0.5\n"
    )
    write(tmp_path, "return Array([{'p': Number(), 'v': (1, 2)} for one in inputs])", before)

    with serve(function("model:load"), ground(tmp_path), model="m") as model:
        assert model.ask(["a", "b"]).answers == ({"p": 0.5, "v": [1, 2]},) * 2


def test_questions_and_answers_larger_than_a_pipe_come_through(tmp_path: Path) -> None:
    write(tmp_path, "return inputs")
    large = "ä" * 3_000_000

    with serve(function("model:load", timeouts=replace(QUICK, request=20.0)), ground(tmp_path), model="m") as model:
        assert model.ask([large]).answers == (large,)


@pytest.mark.parametrize(
    ("body", "why", "said"),
    [
        ("raise ValueError('no such column')", Why.RAISED, "raised ValueError: no such column"),
        ("import sys; sys.exit(0)", Why.RAISED, "raised SystemExit: 0"),
        ("return [1]", Why.WRONG_SHAPE, "2 inputs were given, one answer each is wanted, and 1 came back"),
        ("return 3", Why.WRONG_SHAPE, "no list came back"),
        ("return None", Why.WRONG_SHAPE, "no list came back"),
        ("return [object(), 1]", Why.NOT_JSON, "an object of type object is none"),
        ("import os; os._exit(5)", Why.DIED, "its process ended with exit code 5"),
        ("import time; time.sleep(60)", Why.TIMEOUT, "no answer came within 1 s"),
    ],
)
def test_each_way_of_not_answering_is_told_apart(tmp_path: Path, body: str, why: Why, said: str) -> None:
    write(tmp_path, body)
    server = function("model:load", timeouts=replace(QUICK, request=1.0))

    with serve(server, ground(tmp_path), model="m") as model, pytest.raises(UnansweredError) as caught:
        model.ask([1, 2])

    assert caught.value.why is why
    assert said in str(caught.value)


def test_one_that_raised_answers_the_next(tmp_path: Path) -> None:
    write(tmp_path, "return [1 / one for one in inputs]")

    with serve(function("model:load"), ground(tmp_path), model="m") as model:
        with pytest.raises(UnansweredError, match="ZeroDivisionError"):
            model.ask([0])
        assert model.ask([4]).answers == (0.25,)


def test_one_that_cannot_be_read_alike_is_no_answer_and_the_next_is(tmp_path: Path) -> None:
    """As JSON both keys are the text `1`, and one of the values would win silently; the other is too deep."""
    before = "deep = 3\nfor _ in range(100): deep = [deep]"
    write(tmp_path, 'return [{0: {1: "a", "1": "b"}, 1: deep}.get(one, one) for one in inputs]', before)

    with serve(function("model:load"), ground(tmp_path), model="m") as model:
        with pytest.raises(UnansweredError, match="two keys of one dict are the same text"):
            model.ask([0])
        with pytest.raises(UnansweredError, match="is nested more than 64 levels deep"):
            model.ask([1])
        assert model.ask([4]).answers == (4,)


def test_a_late_answer_is_never_taken_for_that_of_the_next(tmp_path: Path) -> None:
    write(tmp_path, "import time\ntime.sleep(1.0 if inputs == [1] else 0)\nreturn inputs")

    with serve(function("model:load", timeouts=replace(QUICK, request=0.3)), ground(tmp_path), model="m") as model:
        with pytest.raises(UnansweredError, match="no answer came"):
            model.ask([1])
        time.sleep(1.0)
        with pytest.raises(UnansweredError, match="an earlier request was never answered"):
            model.ask([2])


@pytest.mark.parametrize(
    ("target", "source", "said"),
    [
        ("modle:load", "", "there is no module modle"),
        ("model:lode", "def load(path): pass", "model has no `lode`"),
        ("model:load", "load = 3", "cannot be called"),
        ("model:load", "def load(path): return 3", "returned an object of type int, which cannot be called"),
        ("model:load", "def load(path): open(path)", "raised FileNotFoundError"),
        ("model:load", "1 / 0", "importing model raised ZeroDivisionError"),
        ("model:load", "import os; os._exit(9)", "its process ended with exit code 9"),
    ],
)
def test_a_model_that_cannot_be_loaded_is_told_with_why(tmp_path: Path, target: str, source: str, said: str) -> None:
    (tmp_path / "model.py").write_text(source + "\n")

    with pytest.raises(StageError) as caught, serve(function(target), ground(tmp_path), model="nowhere"):
        pass

    assert said in str(caught.value)


def test_loading_that_takes_for_ever_is_given_up(tmp_path: Path) -> None:
    (tmp_path / "model.py").write_text("import time\n\ndef load(path):\n    time.sleep(60)\n")
    server = function("model:load", timeouts=replace(QUICK, ready=0.5, stop=0.3))

    with pytest.raises(StageError, match="the model is still being loaded"), serve(server, ground(tmp_path), model="m"):
        pass
