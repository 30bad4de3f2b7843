"""How far the selection can be trusted, by the records of its audits."""

from __future__ import annotations

from pathlib import Path

import pytest
from scipy.special import betaincinv

from seatrial.errors import StateError
from seatrial.flows.audit_records import STREAM, fact_of, missed_edges, selection_fact
from seatrial.pipeline.audit import AuditOutcome, Compared
from seatrial.registry.audits import Audited, Audits, fold, recall, to_body
from seatrial.replacing import replace
from tests.support.instants import ISO
from tests.support.memory_state import MemoryState

ONE = Audited(
    cell="train[seed=0]", outcome=AuditOutcome.AGREED, reason="it makes the same in both", base="b" * 40, tree="t" * 40,
    seed=7, run="run-1", at=ISO, commit="c" * 40, compared=Compared.OUTS,
)  # fmt: skip
MISS = replace(ONE, cell="evaluate", outcome=AuditOutcome.MISSED, reason="rows differs", edges=("notes/labels.txt",))
UNKNOWN = replace(ONE, cell="lint", outcome=AuditOutcome.NOT_JUDGED, reason="no GPU", compared=None)


def written(folder: Path, *records: Audited) -> MemoryState:
    state = MemoryState(folder / "blobs")
    for number, record in enumerate(records):
        state.append(STREAM, to_body(record), expected=number)
    return state


def folded(folder: Path, *records: Audited) -> Audits:
    return fold(written(folder, *records).read(STREAM))


def test_audits_are_counted_and_what_could_not_be_judged_apart(tmp_path: Path) -> None:
    """It is evidence of nothing."""
    found = folded(tmp_path, ONE, MISS, UNKNOWN)

    assert (found.judged, found.misses, found.not_judged, found.length) == (2, 1, 1, 3)
    assert found.missed == (MISS,)


def test_the_same_audit_again_is_no_new_evidence(tmp_path: Path) -> None:
    """The same cell between the same two trees counts once, as it was judged last."""
    found = folded(tmp_path, UNKNOWN, replace(UNKNOWN, outcome=AuditOutcome.AGREED, seed=9, run="run-2"), ONE, ONE)

    assert (found.judged, found.not_judged) == (2, 0)


@pytest.mark.parametrize(
    "other",
    [replace(ONE, tree="u" * 40), replace(ONE, base="a" * 40), replace(ONE, tier="nightly"), replace(ONE, cell="data")],
)
def test_another_cell_change_or_tier_is_new_evidence(tmp_path: Path, other: Audited) -> None:
    """The selection decided anew."""
    assert folded(tmp_path, ONE, other).judged == 2


def test_missed_paths_are_known_by_stage(tmp_path: Path) -> None:
    """What one cell of a matrix reads, the others read too; a later audit does not take that back."""
    miss = replace(MISS, cell="train[seed=1]")
    state = written(tmp_path, MISS, miss, replace(miss, outcome=AuditOutcome.AGREED, edges=()))

    assert missed_edges(state) == {"evaluate": {"notes/labels.txt"}, "train": {"notes/labels.txt"}}


def test_no_miss_bounds_the_share_of_misses_by_the_rule_of_three() -> None:
    """1 - 0.05^(1/n), close to 3/n: 120 audits show less than 2.5 %."""
    found = recall(0, 120)

    assert found is not None
    assert found.estimate == 1.0
    assert found.misses_below == pytest.approx(1 - 0.05 ** (1 / 120), abs=1e-12)
    assert found.misses_below < 0.025 < 3 / 119
    assert found.interval.upper == 1.0


def test_misses_widen_the_interval_on_both_sides() -> None:
    """Clopper and Pearson's interval is two quantiles of the beta distribution; scipy has them."""
    found = recall(2, 40)

    assert found is not None
    assert found.estimate == 0.95
    assert found.interval.lower == pytest.approx(betaincinv(38, 3, 0.05), abs=1e-9)
    assert found.interval.upper == pytest.approx(betaincinv(39, 2, 0.95), abs=1e-9)
    assert found.misses_below == 1 - found.interval.lower


def test_nothing_is_known_before_the_first_audit(tmp_path: Path) -> None:
    """And one that judged nothing is like none."""
    assert recall(0, 0) is None
    assert selection_fact(written(tmp_path)) is None
    assert fact_of(Audits(not_judged=3)) is None


def test_a_report_gets_the_figures(tmp_path: Path) -> None:
    fact = selection_fact(written(tmp_path, ONE, MISS, UNKNOWN))

    assert fact is not None
    assert (fact.audited, fact.misses, fact.not_judged, fact.recall) == (2, 1, 1, 0.5)


def test_a_record_of_a_newer_release_is_not_half_understood(tmp_path: Path) -> None:
    """Decisions read it strictly; a report that only shows the figure goes without."""
    state = MemoryState(tmp_path / "blobs")
    state.append(STREAM, {**to_body(ONE), "schema": 2}, expected=0)

    with pytest.raises(StateError, match="newer Seatrial"):
        fold(state.read(STREAM))
    assert selection_fact(state) is None
    assert missed_edges(state) == {}


def test_the_form_of_a_record_is_pinned() -> None:
    """Records are read for years: a changed field must not slip in."""
    assert to_body(MISS) == {
        "kind": "audited",
        "schema": 1,
        "data": {
            "cell": "evaluate", "outcome": "missed", "reason": "rows differs", "base": "b" * 40, "tree": "t" * 40,
            "seed": 7, "run": "run-1", "at": ISO, "commit": "c" * 40, "tier": None, "compared": "outs",
            "edges": ["notes/labels.txt"],
        },
    }  # fmt: skip
