"""When a stage passed last, by the records of runs."""

from __future__ import annotations

from seatrial.flows.history import Row
from seatrial.flows.last_pass import last_failure, nearest_pass, runs_of
from seatrial.replacing import replace


def row(
    run: int, commit: str | None, did: str = "ran", cell: str = "train", *, tier: str | None = None, dirty: bool = False
) -> Row:
    known = Row(run=f"run-{run}", at=f"at-{run}", machine="", tier=tier, cell=cell, did=did, wall=1.0)
    return replace(known, commit=commit, dirty=dirty)


def commits(*rows: Row, cells: tuple[str, ...] = ("train",), tier: str | None = None) -> list[tuple[str, bool]]:
    return [(one.commit, one.passed) for one in runs_of(rows, cells, tier=tier)]


def test_runs_of_a_stage_passed_or_failed_at_a_commit() -> None:
    """Reused is passed; what was deferred, blocked or not stored says nothing."""
    rows = [
        row(n, "abcdef"[n], did) for n, did in enumerate(("ran", "failed", "reused", "blocked", "deferred", "used"))
    ]

    assert commits(*rows) == [("a", True), ("b", False), ("c", True)]


def test_a_run_with_uncommitted_files_says_nothing_about_its_commit() -> None:
    """Nor does one before the first commit."""
    assert commits(row(1, "a", dirty=True), row(2, None)) == []


def test_a_stage_passes_when_all_its_cells_do() -> None:
    """And fails when any does; a cell alone may have passed."""
    rows = (row(1, "a", "ran", "train[seed=0]"), row(1, "a", "failed", "train[seed=1]"))

    assert commits(*rows) == [("a", False)]
    assert commits(*rows, cells=("train[seed=0]",)) == [("a", True)]


def test_only_runs_of_the_tier_count_where_one_is_named() -> None:
    """Other parameters are other work."""
    rows = (row(1, "a", tier="pr"), row(2, "b", "failed", tier="nightly"))

    assert commits(*rows, tier="nightly") == [("b", False)]


def test_the_last_failure_is_one_that_no_pass_followed() -> None:
    """A stage that works again has nothing to be searched for."""
    failed = runs_of([row(1, "a"), row(2, "b", "failed")], ["train"])
    mended = runs_of([row(1, "a", "failed"), row(2, "b")], ["train"])

    assert last_failure(failed) == failed[1]
    assert last_failure(mended) is None
    assert last_failure(()) is None


def test_a_pass_under_another_tier_does_not_mend_a_failure() -> None:
    """A pull request's short run passes; the nightly one is what failed."""
    runs = runs_of(
        [row(1, "a", tier="nightly"), row(2, "b", "failed", tier="nightly"), row(3, "c", tier="pr")], ["train"]
    )
    since = (*runs, *runs_of([row(4, "d", tier="nightly")], ["train"]))

    assert last_failure(runs) == runs[1]
    assert last_failure(since) is None


def test_the_nearest_pass_on_the_line_counts_not_the_newest_run() -> None:
    """Somebody may have run an old commit again yesterday."""
    runs = runs_of([row(1, "near"), row(2, "near"), row(3, "far"), row(4, "elsewhere")], ["train"])

    found = nearest_pass(runs, {"near": 3, "far": 9})

    assert found is not None
    assert (found.commit, found.run) == ("near", "run-2")
    assert nearest_pass(runs, {"other": 1}) is None
