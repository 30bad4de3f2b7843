"""What each way of selecting is credited with: read from a plan's answer, from prefixes, from what was affected."""

from __future__ import annotations

import pytest

from benchmarks.change.asking import Choice, read
from benchmarks.change.campaign import Counted, Tally
from benchmarks.change.methods import by_path_list, by_plan, by_symbols
from benchmarks.change.stages import Stage, configuration
from benchmarks.change.tables import aligned, bars_of_faults, of_faults
from benchmarks.measuring import UnexpectedError

ANSWER = {
    "stages": [
        {"name": "unit", "action": "run", "grade": "file", "reason": "a.py is loaded", "chain": []},
        {"name": "train[seed=0]", "action": "skip", "grade": None, "reason": "no changed path reaches it"},
        {"name": "train[seed=1]", "action": "run", "grade": "symbol", "reason": "b.py"},
        {"name": "evaluate", "action": "run_if_changed", "grade": None, "reason": "train may"},
        {"name": "publish", "action": "defer", "grade": "environment", "reason": "no GPU here"},
        {"name": "lint", "action": "reuse", "grade": None, "reason": "the same inputs passed"},
    ]
}


def test_the_cell_with_the_most_to_do_counts_for_its_stage() -> None:
    """A fault is looked for in every cell."""
    choices = read(ANSWER)

    assert choices["train"] == Choice(action="run", grade="symbol", reason="b.py")
    assert by_plan(choices) == {"unit", "train", "evaluate", "publish"}
    assert by_symbols(choices) == {"train", "evaluate", "publish"}


@pytest.mark.parametrize("answer", [{}, {"stages": []}, {"stages": [{"name": "a", "action": "maybe"}]}])
def test_an_answer_that_cannot_be_read_is_no_answer(answer: dict[str, object]) -> None:
    """It must not pass for a plan in which nothing runs, or everything."""
    with pytest.raises(UnexpectedError):
        read(answer)


def _stages() -> tuple[Stage, ...]:
    return (
        Stage(name="a", command="true ${outs.x}", entry=("a.py",), outs={"x": "out/x"}, by_hand=("src/a/",)),
        Stage(name="b", command="true ${deps.x}", entry=("b.py",), deps={"x": "a.x"}, by_hand=("src/b/",)),
    )


def test_a_path_list_selects_by_prefix_and_what_reads_the_outs() -> None:
    """The hand-written lists are credited with knowing who reads whose outs."""
    assert by_path_list(_stages(), "src/a/one.py") == {"a", "b"}
    assert by_path_list(_stages(), "src/b/one.py") == {"b"}
    assert by_path_list(_stages(), "src/c/one.py") == set()


def test_a_stage_is_told_to_seatrial_as_it_is_run_by_hand() -> None:
    """One record for both."""
    stages = {stage.name: stage for stage in _stages()}

    assert stages["b"].words(stages) == ["true", "out/x"]
    assert '    deps: {"x": "a.x"}' in configuration("p", list(stages.values()))


def test_bars_are_missed_by_one_miss_by_little_saved_and_by_a_campaign_that_harmed_nothing() -> None:
    """What cannot fail is no bar."""

    def met(**ours: int) -> list[bool]:
        counted = Counted(project="p", faults=10)
        counted.tallies["ours"] = Tally(launches=40, dear=10, **ours)
        return [bar.met for bar in bars_of_faults([counted], generated="p")]

    assert met(affected=5, dear_selected=5) == [True, True]
    assert met(affected=5, missed=1, dear_selected=5) == [False, True]
    assert met(affected=5, dear_selected=6) == [True, False]
    assert met(affected=0, dear_selected=0) == [False, True]


def test_tables_are_aligned() -> None:
    """Every row is as wide as the head, and the widest fits a terminal."""
    lines = aligned([("a", "b"), ("long", "1"), ("x", "1,000")]).splitlines()

    assert len({len(line) for line in lines}) == 1
    counted = Counted(project="generated, 5,000 files", faults=300)
    counted.tallies["ours"] = Tally(
        affected=1_234, missed=123, selected=9, right=3, launches=9, dear=9, dear_selected=0
    )
    assert max(len(line) for line in of_faults([counted]).splitlines()) <= 80
