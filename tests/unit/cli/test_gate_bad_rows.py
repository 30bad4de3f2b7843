"""`seatrial gate` on rows that are not as they should be: the exit code, and what to mend and where."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from seatrial.cli.main import run_app

Cell = Callable[[int], object]
_PLAIN = "regression: {max_degradation: 0.05}\n"


class _Ran:
    """What a run of the command came to."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code = code
        self.out = " ".join(out.split())
        self.err = " ".join(err.split())


class _Command:
    """Files in a folder, and the command on them."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self.capsys = capsys

    def __call__(
        self, candidate: str, production: str | None, gates: str = _PLAIN, options: Sequence[str] = ()
    ) -> _Ran:
        Path("new.csv").write_text(candidate, encoding="utf-8")
        Path("gates.yaml").write_text(gates, encoding="utf-8")
        arguments = ["gate", "--candidate", "new.csv", "--gates", "gates.yaml", *options]
        if production is not None:
            Path("old.csv").write_text(production, encoding="utf-8")
            arguments += ["--production", "old.csv"]
        code = run_app(arguments)
        said = self.capsys.readouterr()
        assert "defect in Seatrial" not in said.err
        assert "Traceback" not in said.err
        return _Ran(code, said.out, said.err)


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> _Command:
    monkeypatch.chdir(tmp_path)
    return _Command(capsys)


def table(n: int = 100, **columns: Cell) -> str:
    """CSV with an id, a label `y`, an answer `p` (right unless said otherwise), and further columns."""
    made: dict[str, Cell] = {"id": lambda row: f"r{row}", "y": lambda row: row % 2}
    made |= columns
    made.setdefault("p", made["y"])
    lines = [",".join(str(cell(row)) for cell in made.values()) for row in range(n)]
    return "\n".join((",".join(made), *lines)) + "\n"


def test_rows_that_one_file_lacks(command: _Command) -> None:
    """An ERROR of the gate that compares, with the ids, the file and what to do."""
    found = command(table(100), table(90))

    assert found.code == 2
    assert "regression.accuracy (unmatched_rows)" in found.out
    assert "10 of 100 ids are not in old.csv: 'r90', 'r91', 'r92', 'r93', 'r94', ..." in found.out
    assert "Evaluate both models on the same test set" in found.out


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("r3,1,1", "new.csv:102 id: 1 id appears more than once in `id`: 'r3' in lines 5, 102"),
        (",1,1", "new.csv:102 id: `id` is empty in line 102"),
        ("x,,1", "new.csv:102 y: `y` is empty in line 102"),
        ("x,1,", "new.csv:102 p: `p` is empty in line 102"),
        ("x,nan,1", "new.csv:102 y: `y` is NaN or infinite in line 102"),
    ],
)
def test_a_row_that_cannot_be_judged(command: _Command, line: str, expected: str) -> None:
    """Nothing is dropped in silence: the file is refused at its line and column."""
    found = command(table(100) + line + "\n", table(100))

    assert (found.code, found.out) == (2, "")
    assert f"error: {expected}" in found.err
    assert "next:" in found.err


def test_labels_that_differ_between_the_files(command: _Command) -> None:
    """One id, two truths."""
    found = command(table(50, y=lambda row: "ab"[row % 2]), table(50))

    assert found.code == 2
    assert (
        "(label_mismatch) the label differs from old.csv for 50 of 50 ids: 'r0' is 'a' here and '0' there" in found.out
    )


def test_a_class_that_only_one_model_answers(command: _Command) -> None:
    """It is a class of both: a wrong answer of one, with precision 0 in its average."""
    words: Cell = lambda row: "ab"[row % 2]  # noqa: E731
    found = command(
        table(300, y=words),
        table(300, y=words, p=lambda row: "abc"[row % 3]),
        "regression: {max_degradation: 0.05, metrics: [accuracy, f1]}\n",
    )

    assert found.code == 0
    assert "PASS regression.f1 (not_worse)" in found.out


def test_one_class_alone(command: _Command) -> None:
    """What has a value is judged; what has none says why, and blocks."""
    found = command(
        table(100, y=lambda _: 1, s=lambda _: 0.5),
        None,
        "performance: {accuracy: {min: 0.5}, recall: {min: 0.5}, mcc: {min: 0.1}, auc: {min: 0.5}}\n",
        ["--score", "s"],
    )

    assert found.code == 2
    assert "PASS performance.accuracy.min" in found.out
    assert "PASS performance.recall.min" in found.out
    assert (
        "ERROR performance.mcc.min (undefined) mcc has no value on these rows: labels or answers are all" in found.out
    )
    assert "ERROR performance.auc.min (undefined) auc has no value on these rows: all of 100 rows are '1'" in found.out


@pytest.mark.parametrize(
    ("score", "expected"),
    [
        ("nan", "new.csv:9 s: `s` is NaN or infinite in line 9"),
        ("inf", "new.csv:9 s: `s` is NaN or infinite in line 9"),
        ("-Infinity", "new.csv:9 s: `s` is NaN or infinite in line 9"),
        ("", "new.csv:9 s: `s` is empty in line 9"),
        ("high", "new.csv:9 s: `s` is not a number in line 9"),
    ],
)
def test_a_score_that_is_no_number(command: _Command, score: str, expected: str) -> None:
    """Refused at its line."""
    found = command(
        table(100, s=lambda row: score if row == 7 else 0.5), None, "performance: {auc: {min: 0.5}}\n", ["--score", "s"]
    )

    assert found.code == 2
    assert f"error: {expected}" in found.err


def test_scores_outside_of_zero_to_one(command: _Command) -> None:
    """Ranks take them; losses and calibration say how many they are, and what to do."""
    found = command(
        table(100, s=lambda row: row - 50),
        None,
        "performance: {auc: {min: 0.1}, log_loss: {max: 9}}\ncalibration: {max_error: 0.1}\n",
        ["--score", "s"],
    )

    assert found.code == 2
    assert "PASS performance.auc.min" in found.out
    assert "log_loss: 98 scores lie outside 0 to 1, so they are no probabilities (new.csv, first at id" in found.out
    assert "ERROR calibration.max_error (score_out_of_range)" in found.out


def test_scores_that_are_all_equal(command: _Command) -> None:
    """A tie counts half for AUC; no interval is made up from a spread of 0."""
    found = command(
        table(100, s=lambda _: 0.5), None, "performance: {auc: {min: 0.5, confidence: 0.95}}\n", ["--score", "s"]
    )

    assert found.code == 3
    assert "auc 0.500 (no interval, 100 rows): too few rows carry its spread" in found.out


_SLICES = "slices: {by: [region], max_degradation: 0.1, metrics: [accuracy, recall]}\n"


def test_a_group_of_one_row(command: _Command) -> None:
    """INCONCLUSIVE, named, with the rows that would decide."""
    lone = table(100, region=lambda row: "lone" if row == 0 else "rest")

    found = command(lone, lone, _SLICES)

    assert found.code == 3
    assert "1 of 2 slices by region is undecided (lone)" in found.out
    assert "rows of the slice would decide; " in found.out
    assert "rows in all for every slice" in found.out


def test_a_group_without_positives(command: _Command) -> None:
    """No recall there; each limit of fairness says so, and none passes."""
    rows = table(400, region=lambda row: "mixed" if row < 300 else "none", y=lambda row: row % 2 if row < 300 else 0)

    found = command(
        rows,
        rows,
        _SLICES + "fairness: {protected_attributes: [region], max_disparity: 0.2, metrics: [equal_opportunity]}\n",
    )

    assert found.code == 3
    assert "recall by region: no value in none (no row has the positive class as label)" in found.out
    assert "INCONCLUSIVE fairness.equal_opportunity.region (undefined)" in found.out


@pytest.mark.parametrize(("ours", "theirs", "file"), [(True, False, "old.csv"), (False, True, "new.csv")])
def test_a_group_column_that_one_file_lacks(command: _Command, ours: bool, theirs: bool, file: str) -> None:
    """The file and the column are named, and where it was asked for."""
    with_it, without = table(100, region=lambda _: "a"), table(100)

    found = command(with_it if ours else without, with_it if theirs else without, _SLICES)

    assert found.code == 2
    assert f"error: {file}:1 region: there is no column `region`" in found.err
    assert "if a gate set named it, correct it there" in found.err


def test_a_group_that_is_empty(command: _Command) -> None:
    """A row of no group would be in no slice."""
    found = command(table(100, region=lambda row: "" if row == 3 else "a"), None, _SLICES)

    assert found.code == 2
    assert "new.csv:5 region: `region` is empty in line 5" in found.err


@pytest.mark.parametrize(
    ("labels", "answers"),
    [
        (lambda row: f"{row % 2}.0", lambda row: row % 2),
        (lambda row: ["false", "true"][row % 2], lambda row: ["False", "TRUE"][row % 2]),
        (lambda row: ["1", "true", "yes"][row % 3], lambda row: ["1.0", "True", "yes"][row % 3]),
    ],
)
def test_spellings_that_mean_one_value_are_one(command: _Command, labels: Cell, answers: Cell) -> None:
    """Whole floats and the words of booleans; int, bool and text side by side are three classes."""
    found = command(table(99, y=labels, p=answers), None, "performance: {accuracy: {min: 1}, f1: {min: 1}}\n")

    assert found.code == 0


def test_booleans_as_labels_and_numbers_as_answers(command: _Command) -> None:
    """No answer could be right, of either model: an error, where two such models would be "not worse"."""
    rows = table(3_000, y=lambda row: ["false", "true"][row % 2], p=lambda row: row % 2)

    found = command(rows, rows)

    assert found.code == 2
    assert "(classes_differ) accuracy: no answer of the model is one of the labels" in found.out
    assert "labels are 'false', 'true', answers '0', '1'; write both in one spelling" in found.out


def test_a_positive_class_that_nobody_named(command: _Command) -> None:
    """Both classes, and the option that names one; with it the gate is judged."""
    rows, gates = table(100, y=lambda row: ["cat", "dog"][row % 2]), "performance: {f1: {min: 0.5}}\n"

    unknown, misspelt = command(rows, None, gates), command(rows, None, gates, ["--positive", "dgo"])

    assert (unknown.code, misspelt.code) == (2, 2)
    assert "which of the classes 'cat' and 'dog' is the positive one was not said; name it: `positive:`" in unknown.out
    assert "--positive" in unknown.out
    assert "the positive class 'dgo' is no label or answer of any row" in misspelt.out
    assert command(rows, None, gates, ["--positive", "dog"]).code == 0


_SCORED = ("--score", "s", "--positive", "1", "--threshold")


def test_a_threshold_makes_answers(command: _Command) -> None:
    """0.5 and more is the positive class."""
    rows = "id,y,s\n" + "".join(f"r{row},{int(row >= 50)},{row / 100}\n" for row in range(100))
    gates = "performance: {accuracy: {min: 1}}\n"

    assert command(rows, None, gates, [*_SCORED, "0.5"]).code == 0
    assert command(rows, None, gates, [*_SCORED, "0.51"]).code == 1


@pytest.mark.parametrize(
    ("rows", "threshold", "expected"),
    [
        ("id,y,s\nr0,,0.1\nr1,1,0.2\n", "0.5", "new.csv:2 y: `y` is empty in line 2"),
        ("id,y,s\nr0,0,0.1\nr1,1,0.2\nr2,2,0.3\n", "0.5", "labels besides '1' are '0', '2'"),
        ("id,y,s\nr0,0,0.1\nr1,1,0.2\n", "nan", "nan is no threshold"),
        ("id,y,s\nr0,0,0.1\nr1,1,0.2\n", "inf", "inf is no threshold"),
    ],
)
def test_a_threshold_that_makes_none(command: _Command, rows: str, threshold: str, expected: str) -> None:
    """The mistake of the row first, then that of the threshold."""
    found = command(rows, None, "performance: {accuracy: {min: 1}}\n", [*_SCORED, threshold])

    assert found.code == 2
    assert expected in found.err


def test_a_threshold_on_rows_without_labels(command: _Command) -> None:
    """A column of numbers can be judged; what needs labels says so."""
    rows = "id,v,s\n" + "".join(f"r{row},{row},{row / 100}\n" for row in range(100))

    found = command(rows, None, "performance: {v: {min: 1}, accuracy: {min: 1}}\n", [*_SCORED, "0.5", "--value", "v"])

    assert found.code == 2
    assert "PASS performance.v.min" in found.out
    assert "(labels_missing) accuracy: these rows have no labels; name the column with the truth" in found.out


def test_a_column_of_numbers_that_is_misspelt_in_the_gate_set(command: _Command) -> None:
    """`lower_is_better: [csot]` would leave `cost` the wrong way round: the file is asked for it."""
    rows = "id,cost\n" + "".join(f"r{row},{row}\n" for row in range(10))

    found = command(rows, None, "performance: {cost: {max: 99}}\nlower_is_better: [csot]\n", ["--value", "cost"])

    assert found.code == 2
    assert "there is no column `csot` (declared as `values`); the nearest one is `cost`" in found.err


@pytest.mark.parametrize("power", [100, 200, 300])
def test_numbers_at_the_end_of_the_range_are_no_crash(command: _Command, power: int) -> None:
    """Their squares are no numbers: a point can be compared, and nothing that needs a spread."""
    rows = "id,cost\n" + "".join(f"r{row},{row}e{power}\n" for row in range(60))

    found = command(
        rows,
        rows,
        "performance: {cost: {min: 1, confidence: 0.9}}\nregression: {max_degradation: 0.1}\n",
        ["--value", "cost"],
    )

    assert found.code == 3
    assert "INCONCLUSIVE regression.cost" in found.out
    assert f"e+{power + 1}" in found.out


def test_an_anchor_that_was_not_named(command: _Command) -> None:
    """ERROR with the option; the other comparison is judged."""
    rows = table(3_000)

    found = command(rows, rows, "regression: {max_degradation: 0.1, anchor: {max_degradation: 0.2}}\n")

    assert found.code == 2
    assert "name the anchor's predictions with --anchor" in found.out
    assert "PASS regression.accuracy" in found.out


@pytest.mark.parametrize(
    ("gates", "expected"),
    [
        ("performance: {'ndcg@10': {min: 0.1}}", "`query:` of the out, or --query"),
        ("performance: {'v:pass@2': {min: 0.1}}", "`values:` of the out, or --value"),
        ("performance: {auc: {min: 0.1}}", "`score:` or `scores:` of the out, or --score"),
    ],
)
def test_a_column_that_a_metric_needs_is_named_with_its_option(command: _Command, gates: str, expected: str) -> None:
    """Every reason has its next step."""
    found = command(table(10), None, gates + "\n")

    assert found.code == 2
    assert expected in found.out


def test_mistakes_of_the_gates_file_come_with_their_places(command: _Command) -> None:
    """All of them, each with file, line, column and key."""
    found = command(table(10), None, "performance: {accuracy: {min: 9}}\nslices: {max_degradation: 0.1}\nmode: no\n")

    assert found.code == 2
    for place in ("gates.yaml:1:31 performance.accuracy.min", "gates.yaml:2:1 slices", "gates.yaml:3:7 mode"):
        assert place in found.err


def test_a_cluster_column_that_is_not_there(command: _Command) -> None:
    """Named in the gate set alone."""
    found = command(table(10), None, "performance: {accuracy: {min: 0.5}}\ncluster: user\n")

    assert found.code == 2
    assert "new.csv:1 user: there is no column `user` (declared as `cluster`)" in found.err


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["--class-score", "a"], "--class-score a names no column"),
        (["--score", "s", "--class-score", "a=s"], "--score is for two classes, and --class-score for more"),
        (["--threshold", "0.5"], "a threshold needs a score and the positive class"),
        (["--prediction", "y"], "must be three different columns"),
    ],
)
def test_options_that_cannot_be_meant(command: _Command, options: list[str], expected: str) -> None:
    """Said before any file is opened."""
    found = command(table(10), None, "performance: {accuracy: {min: 0.5}}\n", options)

    assert found.code == 2
    assert expected in found.err
    assert "next:" in found.err


def test_a_set_that_observes_never_stops_but_says_what_it_saw(command: _Command) -> None:
    """Exit code 0 over a FAIL and an ERROR, both of which are shown."""
    rows = table(500, p=lambda row: 0)

    found = command(rows, None, "performance: {accuracy: {min: 0.99}, auc: {min: 0.5}}\nmode: observe\n")

    assert "FAIL performance.accuracy.min" in found.out
    assert "ERROR performance.auc.min" in found.out
    assert "decision warn" in found.out
    assert found.code == 0
