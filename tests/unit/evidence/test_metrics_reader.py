"""Metrics files: flattened when they are right, refused with every mistake when they are not."""

from __future__ import annotations

from pathlib import Path

import pytest

from seatrial import digest
from seatrial.errors import EvidenceError
from seatrial.evidence.metrics import read_metrics
from seatrial.evidence.records import Source


def refusal(tmp_path: Path, data: str | bytes) -> EvidenceError:
    """The error that reading this metrics file gives; every problem names the file and a next step."""
    path = tmp_path / "metrics.json"
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    with pytest.raises(EvidenceError) as caught:
        read_metrics(path, shown="out/metrics.json")
    for problem in caught.value.problems:
        assert str(problem).startswith("out/metrics.json")
        assert problem.next_step
    return caught.value


def test_nested_metrics_are_flattened_in_file_order(tmp_path: Path) -> None:
    """Keys are joined by dots, whole numbers become floats."""
    path = tmp_path / "metrics.json"
    path.write_text('{"val": {"loss": 0.5, "n": 3}, "accuracy": 1}')
    metrics = read_metrics(path, shown="m.json", action="b3:aa", stage="train")

    assert list(metrics.values.items()) == [("val.loss", 0.5), ("val.n", 3.0), ("accuracy", 1.0)]
    assert metrics.source == Source(path="m.json", digest=digest.of_file(path), action="b3:aa", stage="train")
    assert all(type(value) is float for value in metrics.values.values())


@pytest.mark.parametrize(
    ("data", "where", "message"),
    [
        ('{\n "acc": NaN}', ":2:9 acc", "NaN is not a JSON number"),
        ('{"a": {"loss": -Infinity}}', ":1:16 a.loss", "-Infinity"),
        ('{"loss": 1e999}', ":1:10 loss", "1e999 is too large"),
        ('{"a": 1,\n "a": 2}', ":2:2 a", "appears twice"),
        ('{"acc": "0.9"}', ":1:9 acc", "the text '0.9'"),
        ('{"acc": true}', ":1:9 acc", "true, not a number"),
        ('{"acc": null}', ":1:9 acc", "null"),
        ('{"acc": [1]}', ":1:9 acc", "a list"),
        ('{"acc": {}}', ":1:9 acc", "holds no metric"),
        ('{"": 1}', ":1:6", "name is empty"),
        ('{"a.b": 1, "a": {"b": 2}}', ":1:23 a.b", "two keys give the metric `a.b`"),
        ('{"acc": 1' + "0" * 400 + "}", ":1:9 acc", "401 digits"),
        ('{"acc": 9' + "0" * 308 + "}", ":1:9 acc", "too large for a metric"),
        ("{}", ":1:1", "holds no metric"),
        ("[1]", ":1:1", "not a list"),
        ("", ":1", "empty"),
        ('{"a": 1', ":1:8", "cut off"),
        ('{"a": 1}}', ":1:9", "more text"),
        (b'{"a": 1,\n "\xff": 2}', ":2:3", "not UTF-8"),
        ('{"a":' * 100, ":1:321 a.a.a", "deeper than 64"),
        ('{"a": "\\ud800"}', ":1:7 a", "surrogate"),
        ('\ufeff{"a": 1}', ":1:1", "byte order mark"),
    ],
)
def test_bad_metrics_are_refused_with_place(tmp_path: Path, data: str | bytes, where: str, message: str) -> None:
    """Each kind of bad metrics file is refused with line, column, key and what is wrong."""
    problem = str(refusal(tmp_path, data).problems[0])

    assert problem.startswith(f"out/metrics.json{where}: ")
    assert message in problem


def test_all_mistakes_of_a_file_are_told_at_once(tmp_path: Path) -> None:
    """NaN, text, null and a duplicate key come in one error, in the order of the file."""
    error = refusal(tmp_path, '{"a": NaN, "b": "x",\n "c": {"d": null}, "a": 1}')

    assert [(problem.place.line, problem.place.key) for problem in error.problems if problem.place] == [
        (1, "a"),
        (1, "b"),
        (2, "c.d"),
        (2, "a"),
    ]


def test_a_file_of_only_mistakes_is_cut_to_twenty(tmp_path: Path) -> None:
    """A thousand NaNs do not make a thousand lines."""
    many = ", ".join(f'"m{at}": NaN' for at in range(1000))

    assert len(refusal(tmp_path, f"{{{many}}}").problems) == 20


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """A metrics file that nobody wrote is an error of the user's, with the next step."""
    with pytest.raises(EvidenceError, match="no such file") as caught:
        read_metrics(tmp_path / "none.json", shown="none.json")

    assert str(caught.value.problems[0]).startswith("none.json: ")
    assert caught.value.next_step


@pytest.mark.parametrize("name", ["/dev/zero", "."])
def test_what_is_no_plain_file_is_not_opened(name: str) -> None:
    """A device that never ends and a folder are refused."""
    with pytest.raises(EvidenceError, match="not a plain file") as caught:
        read_metrics(Path(name))

    assert caught.value.next_step


def test_a_large_file_of_mistakes_is_refused_quickly(tmp_path: Path) -> None:
    """A hundred thousand texts are placed by line without counting lines for each of them."""
    many = ",\n".join(f'"m{at}": "x"' for at in range(100_000))
    error = refusal(tmp_path, f"{{{many}}}")

    assert len(error.problems) == 20
    assert str(error.problems[19]).startswith("out/metrics.json:20:")


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs a file that is longer than it says")
def test_a_file_of_another_length_than_announced_is_not_trusted() -> None:
    """What grows between looking and reading (here: a file that claims to be empty) is refused."""
    with pytest.raises(EvidenceError, match="changed while it was read") as caught:
        read_metrics(Path("/proc/self/status"))

    assert caught.value.next_step
