"""Which cells an audit draws, what their runs say, and which of the changed paths is to blame."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatrial.pipeline.audit import AuditOutcome, Compared, Made, draw, judge, narrowed

CELLS = [f"train[seed={number}]" for number in range(400)]
SAME, OTHER, FAILED = Made(outs={"model": "b3:1"}), Made(outs={"model": "b3:2"}), Made(outs=None)
NOWHERE = Made(trouble="this machine has no GPU")


# -- drawing --------------------------------------------------------------------------


def test_a_draw_is_the_same_each_time_and_another_with_another_seed() -> None:
    """Whoever repeats an audit must get the same cells."""
    assert draw(CELLS, share=0.1, seed=7) == draw(CELLS, share=0.1, seed=7)
    assert draw(CELLS, share=0.1, seed=7) != draw(CELLS, share=0.1, seed=8)


def test_about_the_share_is_drawn() -> None:
    """Each cell by itself, so that none is favoured."""
    counts = [len(draw(CELLS, share=0.1, seed=seed)) for seed in range(100)]

    assert 38 < sum(counts) / 100 < 42
    assert set().union(*(draw(CELLS, share=0.1, seed=seed) for seed in range(100))) == set(CELLS)


def test_at_least_one_is_drawn_where_there_is_one() -> None:
    """An audit that looks at nothing says nothing."""
    assert len(draw(CELLS, share=0.0, seed=1)) == 1
    assert draw(["train"], share=0.0, seed=1) == ("train",)
    assert draw([], share=1.0, seed=1) == ()


@given(st.lists(st.text(), unique=True, max_size=30), st.floats(0, 1), st.floats(0, 1), st.integers(0, 2**60))
def test_a_larger_share_has_all_of_a_smaller_one(cells: list[str], one: float, other: float, seed: int) -> None:
    """And neither the order of the cells nor those around it decide whether a cell is drawn."""
    small, large = (draw(cells, share=share, seed=seed) for share in sorted((one, other)))

    assert set(small) <= set(large)
    assert set(draw(cells, share=1.0, seed=seed)) == set(cells)
    assert set(draw(cells[::-1], share=one, seed=seed)) == set(draw(cells, share=one, seed=seed))


# -- judging --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("base", "head", "outcome", "compared"),
    [
        ([SAME], [SAME], AuditOutcome.AGREED, Compared.OUTS),
        ([SAME, SAME], [OTHER, OTHER], AuditOutcome.MISSED, Compared.OUTS),
        ([SAME, SAME], [FAILED, FAILED], AuditOutcome.MISSED, Compared.END),
        # By chance: it makes something else each time, or does not always fail.
        ([SAME, OTHER], [SAME, SAME], AuditOutcome.AGREED, Compared.END),
        ([SAME, SAME], [SAME, OTHER], AuditOutcome.AGREED, Compared.END),
        ([SAME, SAME], [FAILED, SAME], AuditOutcome.NOT_JUDGED, None),
        # Nothing can be said where the base fails, or one of the two was not run.
        ([FAILED], [FAILED], AuditOutcome.NOT_JUDGED, None),
        ([SAME, FAILED], [FAILED, FAILED], AuditOutcome.NOT_JUDGED, None),
        ([NOWHERE], [FAILED], AuditOutcome.NOT_JUDGED, None),
        ([SAME], [NOWHERE], AuditOutcome.NOT_JUDGED, None),
        # Without outs only the end can be compared.
        ([Made(outs={})], [Made(outs={})], AuditOutcome.AGREED, Compared.END),
    ],
)
def test_what_runs_in_both_trees_say(
    base: list[Made], head: list[Made], outcome: AuditOutcome, compared: Compared | None
) -> None:
    """A miss is what differs each time between the trees and never within one."""
    found = judge(base, head)

    assert (found.outcome, found.compared) == (outcome, compared)
    assert found.reason


def test_the_outs_that_differ_are_named() -> None:
    """So that one knows where to look."""
    base = Made(outs={"model": "b3:1", "log": "b3:1"})

    assert "log differs" in judge([base], [Made(outs={"model": "b3:1", "log": "b3:2"})]).reason


# -- narrowing ------------------------------------------------------------------------


@given(st.integers(1, 300).flatmap(lambda count: st.tuples(st.just(count), st.integers(0, count - 1))))
def test_the_one_path_that_matters_is_found_in_few_tries(case: tuple[int, int]) -> None:
    """By halves: at most two tries for each."""
    count, guilty = case
    paths, tries = [str(number) for number in range(count)], 0

    def matters(some: tuple[str, ...]) -> bool:
        nonlocal tries
        tries += 1
        return str(guilty) in some

    assert narrowed(paths, matters, most=100) == (str(guilty),)
    assert tries <= 2 * count.bit_length()


def test_paths_that_matter_only_together_are_named_together() -> None:
    """Neither half makes the difference by itself."""
    assert narrowed("abcdefgh", lambda some: {"b", "g"} <= set(some)) == tuple("abcdefgh")
    assert narrowed("abcdefgh", lambda some: {"a", "b"} <= set(some)) == ("a", "b")


def test_tries_are_bounded() -> None:
    """A stage may be dear: what is left then is named as a whole."""
    left = narrowed([str(number) for number in range(64)], lambda some: "63" in some, most=2)

    assert left == tuple(str(number) for number in range(32, 64))
