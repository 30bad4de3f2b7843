"""Our program in the user's interpreter: what it makes of every kind of training. Run as a stage runs it, without
any installed package (`-S`)."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

import seatrial.process.guest as guest
from seatrial.evidence.trial_record import read_trial
from seatrial.evidence.trials import TrialOutcome, TrialRecord
from seatrial.verdict import Verdict
from tests.support.interpreters import interpreters


class Tried:
    """One program run: its exit code, its record, and what it printed."""

    def __init__(self, folder: Path, source: str, target: str, *more: str, python: str = sys.executable) -> None:
        package = folder / "src/toy"
        package.mkdir(parents=True)
        package.joinpath("__init__.py").touch()
        package.joinpath("train.py").write_text(source)
        words = ["overfit", "--target", target, "--max-loss=0.05", "--steps", "50", *more]
        done = subprocess.run(
            [python, "-S", guest.__file__, *words, "--record", "r.json", "--curve", "c.csv"],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(folder / "src")},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        self.code = done.returncode
        self.said = done.stderr
        self._folder = folder

    @property
    def record(self) -> TrialRecord:
        return read_trial(self._folder / "r.json")

    @property
    def curve(self) -> list[str]:
        return (self._folder / "c.csv").read_text().splitlines()


def tried(folder: Path, lines: str, before: str = "", target: str = "toy.train:one_batch") -> Tried:
    indented = "".join(f"    {line}\n" for line in lines.splitlines())
    return Tried(folder, f"{before}\ndef one_batch():\n{indented}", target)


@pytest.mark.parametrize(
    ("lines", "outcome", "said"),
    [
        ("while True:\n    yield 0.3", TrialOutcome.NOT_BELOW, "no loss of 50 steps is below 0.05; the lowest is 0.3"),
        ("yield 0.4\nyield float('nan')\nyield 0.01", TrialOutcome.DIVERGED, "NaN at step 2: the training diverged"),
        ("yield 2.0\nyield float('inf')", TrialOutcome.DIVERGED, "infinite at step 2"),
        ("yield float('-inf')", TrialOutcome.DIVERGED, "infinite at step 1"),
        ("yield 0.4\nyield 0.3", TrialOutcome.ENDED, "ended after 2 of 50 steps with no loss below 0.05"),
        ("while True:\n    yield 0.05", TrialOutcome.NOT_BELOW, "no loss of 50 steps is below 0.05"),
    ],
)
def test_a_training_that_does_not_learn_fails(tmp_path: Path, lines: str, outcome: TrialOutcome, said: str) -> None:
    """Exit 1. A limit that is met exactly is not fallen below, and minus infinity is no loss that was learned."""
    done = tried(tmp_path, lines)

    assert (done.code, done.record.outcome, done.record.verdict) == (1, outcome, Verdict.FAIL)
    assert said in done.record.message


@pytest.mark.parametrize(
    ("lines", "outcome", "said"),
    [
        ("return iter(())", TrialOutcome.NOTHING, "yielded no loss"),
        ("return None", TrialOutcome.NOT_ITERABLE, "returned nothing, and it must yield losses"),
        ("return 0.01", TrialOutcome.NOT_ITERABLE, "returned an object of type float"),
        ("async def late():\n    yield 0.1\nreturn late()", TrialOutcome.NOT_ITERABLE, "async_generator"),
        ("yield 0.3\nyield 'low'", TrialOutcome.NOT_A_NUMBER, "yielded 'low' at step 2, which is no number"),
        ("yield '0.01'", TrialOutcome.NOT_A_NUMBER, "yielded '0.01' at step 1"),
        ("yield True", TrialOutcome.NOT_A_NUMBER, "yielded True"),
        ("yield None", TrialOutcome.NOT_A_NUMBER, "yielded None"),
        ("yield [0.1, 0.2]", TrialOutcome.NOT_A_NUMBER, "yielded [0.1, 0.2]"),
        ("yield 10 ** 400", TrialOutcome.NOT_A_NUMBER, "at step 1, which is no number"),
        ("yield complex(0.01, 0)", TrialOutcome.NOT_A_NUMBER, "yielded (0.01+0j)"),
    ],
)
def test_what_yields_no_losses_cannot_be_judged(tmp_path: Path, lines: str, outcome: TrialOutcome, said: str) -> None:
    """Exit 2: an ERROR that says what came instead, never a pass."""
    done = tried(tmp_path, lines)

    assert (done.code, done.record.outcome, done.record.verdict) == (2, outcome, Verdict.ERROR)
    assert said in done.record.message
    assert done.record.next_step


@pytest.mark.parametrize(
    ("target", "outcome", "said"),
    [
        ("toy.trane:one_batch", TrialOutcome.NO_MODULE, "there is no module toy.trane"),
        ("nowhere.train:one_batch", TrialOutcome.NO_MODULE, "there is no module nowhere.train"),
        ("toy.train.deeper:one_batch", TrialOutcome.NO_MODULE, "there is no module toy.train.deeper"),
        ("toy.train:two_batches", TrialOutcome.NO_ATTRIBUTE, "toy.train has no `two_batches`"),
        ("toy.train:RATE", TrialOutcome.NOT_CALLABLE, "toy.train:RATE is an object of type float"),
        ("toy:train", TrialOutcome.NO_ATTRIBUTE, "toy has no `train`"),
    ],
)
def test_a_target_that_is_not_there_cannot_be_judged(
    tmp_path: Path, target: str, outcome: TrialOutcome, said: str
) -> None:
    done = tried(tmp_path, "yield 0.01", "RATE = 0.5", target)

    assert (done.code, done.record.outcome) == (2, outcome)
    assert said in done.record.message


@pytest.mark.parametrize(
    ("lines", "before", "said"),
    [
        (
            "yield 0.4\nraise ValueError('bad shape')",
            "",
            "toy.train:one_batch, at step 2, raised ValueError: bad shape",
        ),
        ("raise OSError('no disk')", "", "toy.train:one_batch raised OSError: no disk"),
        ("yield 0.4", "import not_installed", "importing toy.train raised ModuleNotFoundError"),
        ("yield 0.4", "1 / 0", "importing toy.train raised ZeroDivisionError"),
        ("yield 0.4", "def broken(:", "importing toy.train raised SyntaxError"),
        ("yield 0.4\nimport sys; sys.exit(0)", "", "at step 2, raised SystemExit: 0"),
    ],
)
def test_code_that_raises_has_judged_nothing(tmp_path: Path, lines: str, before: str, said: str) -> None:
    """Exit 4, with what it raised, and a traceback that begins in the user's own code."""
    done = tried(tmp_path, lines, before)

    assert (done.code, done.record.outcome, done.record.verdict) == (4, TrialOutcome.RAISED, None)
    assert said in done.record.message
    assert "train.py" in done.said
    assert "guest.py" not in done.said


@pytest.mark.parametrize(
    ("signature", "outcome"),
    [
        ("()", TrialOutcome.BELOW),
        ("(seed=0, *more, verbose=False)", TrialOutcome.BELOW),
        ("(data)", TrialOutcome.BELOW),
        ("(data, seed=0)", TrialOutcome.BELOW),
        ("(data, rate)", TrialOutcome.ARGUMENTS),
        ("(*, rate)", TrialOutcome.ARGUMENTS),
    ],
)
def test_it_is_called_with_nothing_or_with_the_paths_of_its_data(
    tmp_path: Path, signature: str, outcome: TrialOutcome
) -> None:
    """What has a default is left alone: nobody's `seed=0` becomes a mapping of paths."""
    source = (
        f"def one_batch{signature}:\n    given = locals()\n"
        "    assert given.get('data', {'a': 'x y.csv', 'b': ['1', '2']}) == {'a': 'x y.csv', 'b': ['1', '2']}, given\n"
        "    assert given.get('seed', 0) == 0\n    return [0.01]\n"
    )

    done = Tried(tmp_path, source, "toy.train:one_batch", "--dep", "a", "x y.csv", "--deps", "b", "1", "2")

    assert done.record.outcome is outcome, done.said


@pytest.mark.parametrize("text", ["0.01", "Decimal('0.01')", "Fraction(1, 100)", "Scalar()", "0"])
def test_whatever_is_a_number_is_a_loss(tmp_path: Path, text: str) -> None:
    """A tensor without dimensions gives its number by `item()`, and warns when it is asked by float()."""
    before = (
        "from decimal import Decimal\nfrom fractions import Fraction\n"
        "class Scalar:\n    def item(self):\n        return 0.01\n    def __float__(self):\n        raise TypeError\n"
    )

    assert tried(tmp_path, f"yield {text}", before).record.verdict is Verdict.PASS


def test_no_loss_is_taken_after_the_first_that_is_low_enough(tmp_path: Path) -> None:
    done = tried(tmp_path, "yield 0.5\nyield 0.049\nraise ValueError('asked for a third')")

    assert (done.code, done.record.taken, done.record.losses) == (0, 2, ((1, 0.5), (2, 0.049)))
    assert done.curve == ["step,loss", "1,0.5", "2,0.049"]
    assert done.record.message == "the loss fell from 0.5 to 0.049 in 2 steps, below 0.05"


def test_a_long_curve_is_whole_in_its_file_and_thinned_in_the_record(tmp_path: Path) -> None:
    """With its first and its last step, and the lowest loss of all."""
    done = Tried(
        tmp_path,
        "def one_batch():\n    for step in range(5000):\n        yield 0.06 if step == 1234 else 0.5\n",
        "toy.train:one_batch",
        "--steps",
        "5000",
    )

    record = done.record
    assert len(done.curve) == 5001
    assert (record.taken, len(record.losses), record.losses[0][0], record.losses[-1][0]) == (5000, 2000, 1, 5000)
    assert record.lowest == (1235, 0.06)
    assert "the lowest is 0.06, at step 1,235" in record.message


@pytest.mark.parametrize("python", interpreters())
def test_it_runs_in_every_python_from_3_8(tmp_path: Path, python: str) -> None:
    """A pass, with data handed over; and what a module raises that is not there."""
    source = "def one_batch(data):\n    assert data == {'a': 'b.csv'}\n    yield 0.5\n    yield 0.01\n"
    done = Tried(tmp_path / "one", source, "toy.train:one_batch", "--dep", "a", "b.csv", python=python)
    assert (done.code, done.record.outcome, done.curve) == (0, TrialOutcome.BELOW, ["step,loss", "1,0.5", "2,0.01"])

    done = Tried(tmp_path / "two", "import not_installed\n", "toy.train:one_batch", python=python)
    assert (done.code, done.record.outcome) == (4, TrialOutcome.RAISED)
    assert "train.py" in done.said


def test_our_program_in_the_users_interpreter_is_python_3_8() -> None:
    """Its oldest grammar, and nothing of ours or of others among its imports."""
    tree = ast.parse(Path(guest.__file__).read_text(), feature_version=(3, 8))
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert names <= {
        "__future__", "collections.abc", "importlib", "inspect", "json", "math", "os", "pathlib", "signal", "sys",
        "traceback", "typing",
    }  # fmt: skip
