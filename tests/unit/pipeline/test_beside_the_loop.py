"""Threads beside the loop: how many, what wakes the loop, and what becomes of work that fails or hangs."""

from __future__ import annotations

import select
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest

from seatrial.clock import FixedClock
from seatrial.pipeline.beside import Beside, Job
from seatrial.pipeline.cache import Cache
from seatrial.pipeline.errands import Errand, Errands
from seatrial.pipeline.events import EventLog
from seatrial.pipeline.outcome import CellOutcome, Did


def wait_for(beside: Beside, job: Job[object]) -> None:
    """Sleep as the loop does, until a job is done."""
    while not job.done:
        assert beside.descriptor is not None
        assert select.select([beside.descriptor], [], [], 30)[0]
        beside.heard()


def test_nothing_is_there_before_it_is_needed() -> None:
    """No thread, and no descriptor."""
    before = threading.active_count()
    beside = Beside(lambda *_: None)
    beside.lane(8)

    assert beside.descriptor is None
    assert threading.active_count() == before
    beside.close()


def test_so_many_at_once_and_no_more() -> None:
    """Two of three are begun; the third when one has ended. Each end wakes the loop."""
    beside = Beside(lambda *_: None)
    lane, going = beside.lane(2), threading.Event()
    begun = threading.Semaphore(0)

    def work() -> bool:
        begun.release()
        return going.wait(30)

    jobs = [lane.ask(work) for _ in range(3)]
    assert begun.acquire(timeout=30)
    assert begun.acquire(timeout=30)
    assert not begun.acquire(timeout=0.05)
    going.set()
    for job in jobs:
        wait_for(beside, job)  # type: ignore[arg-type]  # what it gives is of no interest

    assert [job.result() for job in jobs] == [True, True, True]
    assert lane.idle(30)
    beside.close()


def test_what_goes_wrong_is_raised_where_the_result_is_asked_for() -> None:
    """And the lane goes on."""
    beside = Beside(lambda *_: None)
    lane = beside.lane(1)
    wrong, right = lane.ask(lambda: 1 // 0), lane.ask(lambda: 1)
    wait_for(beside, right)  # type: ignore[arg-type]  # as above

    with pytest.raises(ZeroDivisionError):
        wrong.result()
    assert right.result() == 1
    beside.close()


def test_events_are_written_by_the_loop() -> None:
    """A job only asks for it."""
    told: list[tuple[str, object, int]] = []
    beside = Beside(lambda event, **fields: told.append((event, fields["n"], threading.get_ident())))
    job = beside.lane(1).ask(lambda: beside.say("transfer", n=1))
    wait_for(beside, job)  # type: ignore[arg-type]  # as above
    beside.flush()

    assert told == [("transfer", 1, threading.get_ident())]
    beside.close()


def test_a_job_that_hangs_is_left_and_the_next_is_not_begun() -> None:
    """Closing waits for nobody."""
    beside = Beside(lambda *_: None)
    lane, going, begun = beside.lane(1), threading.Event(), threading.Event()

    def hang() -> bool:
        begun.set()
        return going.wait(30)

    hanging = lane.ask(hang)
    queued = lane.ask(lambda: None)
    assert begun.wait(30)

    beside.close()
    assert not lane.idle(0.0)
    going.set()
    for thread in [one for one in threading.enumerate() if one.name == "beside the loop"]:
        thread.join(30)

    assert hanging.done
    assert not queued.done


def test_only_what_is_not_needed_is_given_up(tmp_path: Path) -> None:
    """When a run's time is over, a record is still written."""
    clock = FixedClock(datetime(2026, 11, 21, tzinfo=UTC))
    log = EventLog(tmp_path / "events.jsonl", clock, lambda _event: None)
    errands, beside, going = Errands(log, clock), Beside(log.add), threading.Event()
    job = beside.lane(1).ask(lambda: going.wait(30))
    came: list[str] = []

    def after(outcome: CellOutcome) -> None:
        came.append(outcome.cell)

    for cell, needed in (("record", True), ("share", False)):
        outcome = CellOutcome(cell=cell, did=Did.RAN, reason="")
        errands.send(cell, Errand(text="x", job=job, then=lambda one=outcome: one, needed=needed), after)  # type: ignore[misc]  # each its own

    assert [back.cell for back in errands.give_up()] == ["share"]
    assert len(errands) == 1
    going.set()
    wait_for(beside, job)  # type: ignore[arg-type]  # as above
    assert [back.cell for back in errands.come_back()] == ["record"]
    beside.close()
    log.close()


def test_notes_of_results_that_are_gone_go_with_them(tmp_path: Path) -> None:
    """`cache gc` removes them; so does forgetting."""
    cache = Cache(tmp_path / ".seatrial")
    keys = [f"b3:{n:064x}" for n in range(2)]
    for key in keys:
        cache.results.unshared.add(key)
    assert cache.results.unshared.keys() == frozenset(keys)

    cache.results.forget(keys[0], "2026-11-21T00:00:00.000Z")
    assert cache.results.unshared.keys() == {keys[1]}
    cache.results.drop_pointers()
    assert cache.results.unshared.keys() == frozenset()
    cache.close()
