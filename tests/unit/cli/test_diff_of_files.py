"""`seatrial diff` of two files: what cannot be compared or has no value is said, and each side's figures are shown."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

from seatrial.cli.main import run_app

Cell = Callable[[int], object]


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def _file(name: str, cells: Mapping[str, Cell] = MappingProxyType({}), *, rows: range = range(200)) -> None:
    """A tenth of the answers of `a.csv` are wrong, and a fifth of any other file's."""
    wrong = 10 if name == "a.csv" else 5
    made: dict[str, Cell] = {
        "id": lambda at: at,
        "y": lambda at: at % 2,
        "p": lambda at: (at + (at % wrong == 0)) % 2,
        "s": lambda at: 0.9 if at % 2 else 0.1,
        "g": lambda at: "north" if at < 100 else "south",
    }
    made.update(cells)
    lines = [",".join(made), *(",".join(str(cell(at)) for cell in made.values()) for at in rows)]
    Path(name).write_text("\n".join(lines) + "\n", encoding="utf-8")


class _Seen:
    """A comparison as text, with single spaces, and as JSON."""

    def __init__(self, capsys: pytest.CaptureFixture[str], *options: str) -> None:
        assert run_app(["diff", "a.csv", "b.csv", *options]) == 0
        self.lines = capsys.readouterr().out.splitlines()
        self.text = " ".join(" ".join(self.lines).split())
        assert run_app(["diff", "a.csv", "b.csv", *options, "--json"]) == 0
        self.json: dict[str, Any] = json.loads(capsys.readouterr().out)

    def metric(self, name: str, group: str | None = None) -> dict[str, Any]:
        (one,) = (each for each in self.json["metrics"] if (each["name"], each["group"]) == (name, group))
        return dict(one)


@pytest.mark.parametrize(
    ("cells", "options", "why"),
    [
        (
            {"y": lambda at: at % 2 == 0, "p": lambda at: at % 3 == 0},
            (),
            "b.csv: the label differs from a.csv for 200 of 200 ids: '0' is 'true' here",
        ),
        ({"g": lambda at: "solo" if at == 3 else "north"}, ("--group", "g"), "the group g differs from a.csv for 101"),
        ({"g": lambda at: "one"}, ("--cluster", "g"), "b.csv: the cluster differs from a.csv for 200 of 200 ids"),
    ],
)
def test_rows_that_say_other_things_of_one_id_are_not_compared(
    capsys: pytest.CaptureFixture[str], cells: dict[str, Cell], options: tuple[str, ...], why: str
) -> None:
    """Nor told as matched: the reason stands where the count would, and both models' own figures above it."""
    _file("a.csv")
    _file("b.csv", cells)

    seen = _Seen(capsys, *options)

    assert why in seen.json["unmatched"]
    assert f"rows cannot be compared: {seen.json['unmatched'][:60]}" in seen.text
    assert "matched by id" not in seen.text
    assert (seen.json["rows"], seen.json["disagreements"]) == (None, None)
    accuracy = seen.metric("accuracy")
    assert accuracy["baseline"] == 0.9
    assert accuracy["candidate"] is not None
    assert (accuracy["difference"], accuracy["interval"]) == (None, None)


def test_an_interval_has_its_level_and_a_metric_the_way_in_which_it_is_better(
    capsys: pytest.CaptureFixture[str],
) -> None:
    _file("a.csv")
    _file("b.csv")

    accuracy = _Seen(capsys).metric("accuracy")

    assert accuracy["interval"] is not None
    assert (accuracy["level"], accuracy["better"]) == (0.9, "higher")


def test_ids_on_either_side_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    """Not of the first side alone, and each side's accuracy is of its own rows."""
    _file("a.csv")
    _file("b.csv", rows=range(5, 207))

    seen = _Seen(capsys)

    assert "b.csv: 7 of 202 ids are not in a.csv: '200', '201'" in seen.text
    assert "a.csv: 5 of 200 ids are not in b.csv: '0', '1', '2', '3', '4'" in seen.text
    assert seen.metric("accuracy")["baseline"] == 0.9


def test_a_group_of_one_side_has_no_figure_on_the_other(capsys: pytest.CaptureFixture[str]) -> None:
    """And is not left out."""
    _file("a.csv")
    _file("b.csv", {"g": lambda _: "west"})

    seen = _Seen(capsys, "--group", "g")

    assert seen.metric("accuracy", "g west") | {"n": 0} == {
        "name": "accuracy", "group": "g west", "candidate": 0.8, "baseline": None, "difference": None, "interval": None,
        "level": None, "better": "higher", "n": 0,
    }  # fmt: skip
    assert seen.metric("accuracy", "g north")["candidate"] is None
    assert seen.metric("accuracy", "g north")["baseline"] == 0.9


def test_metrics_without_a_value_are_named_with_the_reason(capsys: pytest.CaptureFixture[str]) -> None:
    """A positive class that no row has took precision, recall, F1 and AUC away without a word."""
    _file("a.csv")
    _file("b.csv")

    seen = _Seen(capsys, "--positive", "7", "--score", "s")

    (untold,) = seen.json["untold"]
    assert {"precision", "recall", "f1", "roc_auc"} <= set(untold["metrics"])
    assert "the positive class '7' is no label or answer of any row" in untold["why"]
    assert "no precision, recall, f1, roc_auc, " in seen.text
    assert "the positive class '7' is no label" in seen.text
    assert "200 rows matched by id" in seen.text
    assert seen.metric("accuracy")["difference"] is not None


def test_a_metric_that_is_not_defined_on_these_rows_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    """A precision of a model that never answers with the positive class."""
    _file("a.csv")
    _file("b.csv", {"p": lambda _: 0})

    seen = _Seen(capsys)

    whys = {name: each["why"] for each in seen.json["untold"] for name in each["metrics"]}
    assert "never answered" in whys["precision"]


@pytest.mark.parametrize(
    ("never", "had", "lacking"), [("b.csv", "baseline", "candidate"), ("a.csv", "candidate", "baseline")]
)
def test_a_metric_of_one_side_alone_keeps_its_figure_and_says_whose_is_missing(
    capsys: pytest.CaptureFixture[str], never: str, had: str, lacking: str
) -> None:
    """In its place among the others; no model that has a precision loses it because the other has none."""
    for name in ("a.csv", "b.csv"):
        _file(name, {"p": lambda _: 0} if name == never else {"p": lambda at: 1 if at % 4 == 0 else at % 2})

    seen = _Seen(capsys)

    precision = seen.metric("precision")
    assert (precision[had], precision[lacking]) == (pytest.approx(2 / 3), None)
    assert (precision["difference"], precision["interval"]) == (None, None)
    assert seen.metric("accuracy")["difference"] is not None
    assert [each["name"] for each in seen.json["metrics"]] == [
        "accuracy", "balanced_accuracy", "precision", "recall", "f1", "mcc",
    ]  # fmt: skip
    assert {(name, each["side"], *each["groups"]) for each in seen.json["untold"] for name in each["metrics"]} == {
        ("precision", never),
        ("mcc", never),
    }
    assert f"no precision of {never}: the positive class is never answered" in seen.text
    assert f"precision {'0.667 - -' if had == 'baseline' else '- 0.667 -'}" in seen.text


def test_a_metric_that_neither_side_has_is_no_sides_alone(capsys: pytest.CaptureFixture[str]) -> None:
    """One reason for both is told once."""
    _file("a.csv", {"p": lambda _: 0})
    _file("b.csv", {"p": lambda _: 0})

    seen = _Seen(capsys)

    assert [(each["metrics"], each["side"]) for each in seen.json["untold"]] == [(["precision"], None), (["mcc"], None)]
    assert "no precision: the positive class is never answered" in seen.text
    assert "precision" not in {each["name"] for each in seen.json["metrics"]}


def test_two_sides_without_a_value_for_two_reasons_are_told_apart(capsys: pytest.CaptureFixture[str]) -> None:
    """Each with its own."""
    _file("a.csv", {"p": lambda at: f" {at % 2}" if at % 3 else at % 2})
    _file("b.csv", {"p": lambda _: 0})

    seen = _Seen(capsys)

    told = {(name, each["side"]): each["why"] for each in seen.json["untold"] for name in each["metrics"]}
    assert "in spelling alone" in told["precision", "a.csv"]
    assert "never answered" in told["precision", "b.csv"]
    assert "baseline" not in seen.text


def test_a_group_in_which_one_side_alone_has_a_value_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    """Where all rows have one of both; what neither has in a group is left out as ever."""
    _file("a.csv")
    _file("b.csv", {"p": lambda at: 0 if at < 100 else at % 2})

    seen = _Seen(capsys, "--group", "g")

    assert seen.metric("precision")["difference"] is not None
    north = seen.metric("precision", "g north")
    assert (north["baseline"], north["candidate"], north["difference"]) == (pytest.approx(50 / 60), None, None)
    assert seen.metric("precision", "g south")["difference"] is not None
    assert {(name, each["side"], *each["groups"]) for each in seen.json["untold"] for name in each["metrics"]} == {
        ("precision", "b.csv", "g north"),
        ("mcc", "b.csv", "g north"),
    }
    assert "no precision of b.csv in g north: the positive class is never answered" in seen.text


def test_scores_of_one_side_that_are_no_probabilities_leave_the_other_its_losses(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The ranks of both are compared all the same."""
    _file("a.csv")
    _file("b.csv", {"s": lambda at: 1.5 if at % 2 else 0.1})

    seen = _Seen(capsys, "--score", "s")

    assert seen.metric("brier")["baseline"] == pytest.approx(0.01)
    assert seen.metric("brier")["candidate"] is None
    assert seen.metric("roc_auc")["difference"] == 0
    (untold,) = seen.json["untold"]
    assert (untold["metrics"], untold["side"]) == (["log_loss", "brier"], "b.csv")


@pytest.mark.parametrize("options", [(), ("--value", "s")])
def test_where_one_side_is_spelt_otherwise_the_other_keeps_its_figures(
    capsys: pytest.CaptureFixture[str], options: tuple[str, ...]
) -> None:
    """And whose answers they are is said; a column that both have takes nothing away."""
    _file("a.csv")
    _file("b.csv", {"p": lambda at: f" {at % 2}" if at % 3 else at % 2})

    seen = _Seen(capsys, *options)

    assert (seen.metric("accuracy")["baseline"], seen.metric("accuracy")["candidate"]) == (0.9, None)
    assert {each["side"] for each in seen.json["untold"]} == {"b.csv"}
    assert "of b.csv: " in seen.text
    assert "in spelling alone" in seen.text
