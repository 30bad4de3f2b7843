"""What the speed of checks is measured beside: a peer that fails is told and left out; Seatrial must not fail."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from benchmarks.data.speed import Names, _bars, in_turns
from benchmarks.measuring import Case, Cost, Result, UnexpectedError


def _case(folder: Path, name: str, *command: str) -> Case:
    return Case(name=name, command=command, folder=folder, environment={"PATH": os.environ["PATH"]})


def test_a_peer_that_fails_is_told_and_left_out_of_later_rounds(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A missing row without a word would look as if nobody had asked; another peer's rounds go on."""
    failing = _case(tmp_path, "drift, large", "bash", "-c", "echo >> tries; echo MemoryError: no room; exit 1")

    results = in_turns([_case(tmp_path, "own", "true")], [failing, _case(tmp_path, "small", "true")], runs=3)

    assert [(result.name, len(result.costs)) for result in results] == [("own", 3), ("small", 3)]
    assert "drift, large: not measured: exit code 1, expected 0: MemoryError: no room\n" in capsys.readouterr().out
    assert (tmp_path / "tries").read_text() == "\n"


def test_a_peer_that_dies_without_a_word_is_told_by_its_exit_code(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As one does that the kernel stops for its memory."""
    in_turns([], [_case(tmp_path, "drift, large", "bash", "-c", "kill -9 $$")], runs=1)

    assert "drift, large: not measured: exit code -9, expected 0\n" in capsys.readouterr().out


def test_a_peer_that_fails_in_a_later_round_has_no_figure(tmp_path: Path) -> None:
    """Its first rounds alone would be another median than that of the others."""
    once = _case(tmp_path, "drift, moody", "bash", "-c", "test ! -e there && touch there")

    assert [result.name for result in in_turns([_case(tmp_path, "own", "true")], [once], runs=2)] == ["own"]


def test_seatrial_that_fails_stops_the_run(tmp_path: Path) -> None:
    """What is promised of it cannot be left out."""
    with pytest.raises(UnexpectedError):
        in_turns([_case(tmp_path, "own", "false")], [], runs=1)


def test_a_ratio_is_promised_only_beside_peers_that_were_measured() -> None:
    """And it is that of CPU seconds: 2 of 20 is a tenth."""
    names = Names(rows=10, columns=3)
    seconds = {
        "one decode, polars": 1, "rules, polars by hand": 2, "rules, Seatrial": 2, "rules and drift, Seatrial": 4,
        "rules and drift, stored reference, Seatrial": 2, "rules, great_expectations": 20, "drift, scipy": 8,
    }  # fmt: skip
    results = tuple(
        Result(name=f"{names.title}: {name}", costs=(Cost(cpu=cpu, wall=1, peak=1),), budget_cpu_ms=None)
        for name, cpu in seconds.items()
    )

    made = {bar.name.partition(": ")[2]: (bar.measured, bar.met) for bar in _bars(names, results, 1)}

    assert made["rules: Seatrial / great_expectations"] == ("0.10", True)
    assert made["drift: Seatrial / scipy"] == ("0.50", False)
    assert "drift: Seatrial / nannyml" not in made
