"""While results come from or go to the shared cache, however slowly, everything else goes on."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from seatrial.flows.engine import execute
from seatrial.pipeline.deferral import Bounds
from seatrial.pipeline.events import Event, EventLog
from seatrial.pipeline.outcome import CellOutcome
from seatrial.pipeline.policy import StageSpec
from seatrial.replacing import replace
from seatrial.wiring import open_workspace
from tests.support.buckets import client, needs_obstore, small_bucket
from tests.support.fault_proxy import FaultProxy
from tests.support.project import Project, Ran, made, new_project, stage
from tests.support.sharing import PULL, TRUSTED, Fleet, Machine, new_fleet
from tests.support.small_s3 import SmallS3

pytestmark = needs_obstore
THREAD = "beside the loop"
WRITE = "import sys\nfor name in sys.argv[1:]:\n    open(name, 'w').write(name)\n"


class House:
    """A bucket behind a proxy, and machines that know it."""

    def __init__(self, fleet: Fleet, proxy: FaultProxy, server: SmallS3) -> None:
        self.fleet = fleet
        self.proxy = proxy
        self.server = server

    def machine(self, name: str, *more: StageSpec, request: float = 60.0) -> Machine:
        """A clone with two stages, and more of them. A request that is held is held longer than any test."""
        machine = self.fleet.machine(name, client(self.proxy.environ, "cache", request=request, attempts=1))
        machine.project.write("write.py", WRITE)
        machine.project.policy = replace(
            machine.project.policy, stages={**machine.project.policy.stages, **{one.name: one for one in more}}
        )
        return machine

    def first_result(self) -> list[str]:
        """What a run of the first stage alone leaves there."""
        probe = self.machine("probe")
        probe.project.declare(probe.project.policy.stages["make"])
        probe.run()
        return self.results()

    def results(self) -> list[str]:
        """The keys of results in the bucket."""
        return sorted(key for key in self.server.objects if "/ac/" in key)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with small_bucket() as (proxy, server):
        yield House(new_fleet(tmp_path), proxy, server)


def writing(name: str, *, after: str | None = None) -> StageSpec:
    """A quick stage."""
    deps = {"o": made(after, "o")} if after else []
    return stage(name, f"python write.py out/{name}", deps=deps, outs={"o": f"out/{name}"})  # type: ignore[arg-type]


def position(ran: Ran, event: str, cell: str) -> int:
    """When something happened, as a place among the events."""
    return next(n for n, one in enumerate(ran.events) if (one["event"], one.get("cell")) == (event, cell))


def test_a_timeout_is_noticed_and_others_go_on_while_an_upload_hangs(house: House) -> None:
    """Only those that read what is being shared wait for it, and they get it."""
    sleeper = stage("sleeper", "sleep 300", deps=[], outs={"o": "out/sleeper"}, timeout=0.5)
    machine = house.machine("a", writing("first"), writing("second", after="first"), sleeper)
    [key] = house.first_result()
    del house.server.objects[key]
    house.proxy.fail("hold", method="PUT", part=key.removeprefix("cache/"))
    over: set[object] = set()

    def listen(event: Event) -> None:
        if event["event"] == "stage_ended":
            over.add(event["cell"])
        if {"sleeper", "second"} <= over:
            house.proxy.let_go()

    machine.project.on_event = listen
    ran = machine.run()

    assert "stopped after its timeout" in ran["sleeper"].reason
    assert ran.did == {"make": "ran", "use": "ran", "first": "ran", "second": "ran", "sleeper": "failed"}
    for cell in ("sleeper", "second"):
        assert position(ran, "stage_ended", cell) < position(ran, "stage_started", "use")
    assert machine.warnings == ()
    assert len(house.results()) == 4


def test_whoever_reads_what_is_on_its_way_waits_for_it(house: House) -> None:
    """Its key depends on which result counts. What takes long is told, and counts as waited."""
    machine = house.machine("a")
    house.proxy.fail("hold", method="PUT", part="/ac/", times=1)

    def listen(event: Event) -> None:
        if event["event"] == "stage_beside":
            house.proxy.let_go()

    machine.project.on_event = listen
    ran = machine.run()

    [told] = ran.named("stage_beside")
    assert (told["cell"], told["what"]) == ("make", "sharing its result")
    assert position(ran, "stage_ended", "make") < position(ran, "stage_beside", "make")
    assert position(ran, "stage_beside_ended", "make") < position(ran, "stage_started", "use")
    assert ran["make"].waited > 0
    assert ran["make"].waited_for == "sharing its result"


def test_others_go_on_while_a_result_is_fetched(house: House) -> None:
    """A cell that may be had from elsewhere holds no place while it is looked for."""
    house.machine("a").run()
    keys = house.results()
    second = house.machine("b", writing("first"), writing("second", after="first"))
    for key in keys:
        house.proxy.fail("hold", method="GET", part=key.removeprefix("cache/"))

    def listen(event: Event) -> None:
        if (event["event"], event.get("cell")) == ("stage_ended", "second"):
            house.proxy.let_go()

    second.project.on_event = listen
    ran = second.run()

    assert ran.did == {"make": "reused", "use": "reused", "first": "ran", "second": "ran"}
    assert position(ran, "stage_ended", "second") < position(ran, "stage_reused", "make")
    assert second.warnings == ()


def test_cells_that_are_ready_are_asked_for_together(house: House) -> None:
    """Four questions are under way at once, or the first would wait for the others in vain."""
    many = [writing(f"w{n}") for n in range(4)]
    machine = house.machine("a", *many)
    machine.project.declare(*many)
    plain, together = house.proxy.backend, threading.Barrier(4)
    met: list[int] = []

    def asked_together(asked: object) -> object:
        if "/ac/" in getattr(asked, "key", "") and getattr(asked, "method", "") == "GET" and len(met) < 4:
            met.append(together.wait(30))
        return plain(asked)  # type: ignore[arg-type]  # handed through

    house.proxy.backend = asked_together  # type: ignore[assignment]  # as above
    ran = machine.run()

    assert set(ran.did.values()) == {"ran"}
    assert len(met) >= 4
    assert machine.warnings == ()


def test_what_did_not_get_there_is_offered_by_the_next_run(house: House) -> None:
    """A note says so until it is there; the run that only reuses it brings it there, and removes the note."""
    first = house.machine("a")
    house.proxy.fail("unavailable", method="PUT")
    assert first.did() == {"make": "ran", "use": "ran"}
    notes = first.project.root / ".seatrial" / "ac" / "unshared"
    assert len(list(notes.glob("*"))) == 2
    assert house.results() == []
    house.proxy.heal()

    assert first.did() == {"make": "reused", "use": "reused"}
    assert first.warnings == ()
    assert len(house.results()) == 2
    assert list(notes.glob("*")) == []
    assert house.machine("b").did() == {"make": "reused", "use": "reused"}


def test_what_a_pull_request_left_behind_is_not_offered_as_trusted(house: House) -> None:
    """A trusted run in the same work tree reuses it, as before, and lends it no trust."""
    machine = house.machine("a")
    machine.domain = PULL
    house.proxy.fail("unavailable", method="PUT")
    machine.run()
    house.proxy.heal()
    machine.domain = TRUSTED

    assert machine.did() == {"make": "reused", "use": "reused"}
    assert house.results() == []
    machine.domain = PULL
    machine.run()
    assert len(house.results()) == 2
    assert all("/pr-17/" in key for key in house.results())


def test_a_run_whose_time_is_over_waits_for_no_transfer(house: House) -> None:
    """What it made is stored and told, what reads it is called off, and the next run shares it."""
    machine = house.machine("a")
    house.proxy.fail("hold", method="PUT", part="/ac/")
    project = machine.project
    with open_workspace(project.root, listener=lambda _event: None, jobs=2) as workspace:
        workspace.cache.share_by(lambda: machine.open(workspace.cache))
        folder = workspace.cache.runs / "r"
        log = EventLog(folder / "events.jsonl", workspace.clock, workspace.listener)
        outcome = execute(
            workspace, project.prepared(), run="r", folder=folder, events=log, bounds=Bounds(end_after=1.5)
        )
        log.close()
    assert {name: cell.did.value for name, cell in outcome.cells.items()} == {"make": "ran", "use": "failed"}
    assert house.results() == []
    house.proxy.heal()

    assert machine.did() == {"make": "reused", "use": "ran"}
    assert len(house.results()) == 2


def test_another_machine_was_first_while_it_could_not_be_shared(house: House) -> None:
    """The result that others have counts from the next run on, and that is said."""
    first, second = house.machine("a"), house.machine("b")
    house.proxy.fail("unavailable", method="PUT")
    first.run()
    house.proxy.heal()
    house.fleet.luck.write_text("two")
    second.run()

    assert first.did() == {"make": "reused", "use": "reused"}
    assert first.read("out/model") == "rows one used"
    assert any("the next run takes that one" in warning for warning in first.warnings)
    assert first.did() == {"make": "reused", "use": "reused"}
    assert first.read("out/model") == "rows two used"


def test_threads_are_started_only_where_something_is_shared(house: House) -> None:
    """And end with the run."""
    names: set[str] = set()
    before = set(threading.enumerate())  # others may end while we look

    def listen(_event: Event) -> None:
        names.update(thread.name for thread in threading.enumerate() if thread not in before)

    alone, sharing = house.machine("a").project, house.machine("b")
    alone.on_event = sharing.project.on_event = listen
    alone.run()
    assert THREAD not in names
    assert set(threading.enumerate()) <= before

    sharing.run()
    assert THREAD in names


def test_records_of_a_run_across_machines_are_written_beside_the_loop(tmp_path: Path) -> None:
    """A record that hangs keeps its readers waiting, and nobody else; what it comes back with counts."""
    project: Project = new_project(tmp_path, {"write.py": WRITE})
    project.declare(writing("slow"), writing("reader", after="slow"), writing("other"))
    going = threading.Event()
    events: list[Event] = []

    def listen(event: Event) -> None:
        events.append(event)
        if (event["event"], event.get("cell")) == ("stage_ended", "other"):
            going.set()

    def recording(outcome: CellOutcome) -> object:
        waited = outcome.cell != "slow" or going.wait(60)
        return lambda: replace(outcome, reason=f"recorded {waited}")

    with open_workspace(project.root, listener=listen, jobs=1) as workspace:
        prepared = project.prepared()
        folder = workspace.cache.runs / "r"
        log = EventLog(folder / "events.jsonl", workspace.clock, workspace.listener)
        outcome = execute(
            workspace,
            prepared,
            run="r",
            folder=folder,
            events=log,
            recording=recording,  # type: ignore[arg-type]  # written short
        )
        log.close()

    assert {cell.reason for cell in outcome.cells.values()} == {"recorded True"}
    ended = [event["cell"] for event in events if event["event"] == "stage_ended"]
    assert ended.index("other") < ended.index("reader")
