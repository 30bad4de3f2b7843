"""What the scheduler does with cells that fail, flake, wait, or can never run here; in a time of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from seatrial.environment.gpus import Gpu, Gpus
from seatrial.errors import ConfigError, OutsideError
from seatrial.pipeline.holders import Waiting
from seatrial.pipeline.policy import MachineLimits, Resources, Retries
from seatrial.replacing import replace
from seatrial.store.leases import Holding, Leases, Pool, Taken
from tests.support.scripted_cells import BEGUN, Passing, Scripted, machine, play

GPU = Resources(gpus=1)
GIB = 1 << 30


def test_the_longest_chain_starts_first(tmp_path: Path) -> None:
    """With one place, what most of the run waits for; history outweighs depth."""
    cells = (
        Scripted(name="short"),
        Scripted(name="first"),
        Scripted(name="second", after=("first",)),
    )

    assert play(tmp_path, *cells, jobs=1).stage.started == ["first", "short", "second"]
    history = {"short": 90.0, "first": 1.0, "second": 1.0}
    assert play(tmp_path, *cells, jobs=1, expected=history).stage.started == ["short", "first", "second"]


def test_cores_are_shared_out(tmp_path: Path) -> None:
    """Two halves run beside one whole core; a third one waits."""
    halves = [Scripted(name=f"h{n}", needs=Resources(cpus=0.5)) for n in range(3)]
    played = play(tmp_path, Scripted(name="one"), *halves, jobs=4, here=machine(tmp_path), limits=MachineLimits(cpus=2))

    assert max(map(len, played.stage.moments)) == 3


def test_more_commands_than_cores_may_be_asked_for(tmp_path: Path) -> None:
    """`--jobs 4` on two cores means four."""
    played = play(tmp_path, *(Scripted(name=f"c{n}") for n in range(6)), jobs=4, here=machine(tmp_path, cores=2))

    assert max(map(len, played.stage.moments)) == 4


def test_a_cell_that_asks_for_too_many_cores_runs_alone(tmp_path: Path) -> None:
    """With a word about it."""
    played = play(tmp_path, Scripted(name="big", needs=Resources(cpus=64)), Scripted(name="small"), jobs=2)

    assert set(played.did.values()) == {"ran"}
    assert all(moment in ({"big"}, {"small"}) for moment in played.stage.moments)
    assert [event["message"] for event in played.named("machine_warning")] == [
        "it asks for 64 cores; 2 can be used here, so it runs alone"
    ]


def test_memory_that_no_machine_part_has_is_refused_before_anything_runs(tmp_path: Path) -> None:
    """All such stages at once, with their places."""
    wanting = [Scripted(name=f"m{n}", needs=Resources(memory=64 * GIB)) for n in range(2)]
    with pytest.raises(ConfigError) as caught:
        play(tmp_path, Scripted(name="small"), *wanting, here=machine(tmp_path, memory=16 * GIB))

    assert [str(problem) for problem in caught.value.problems] == [
        f"seatrial.yaml stages.m{n}.resources: stage m{n} can never run here: it needs 64.0 GiB of memory; "
        "at most 16.0 GiB can be used here"
        for n in range(2)
    ]


def test_declared_memory_is_never_overcommitted(tmp_path: Path) -> None:
    """Two of three cells fit together."""
    cells = [Scripted(name=f"m{n}", needs=Resources(memory=7 * GIB)) for n in range(3)]
    played = play(tmp_path, *cells, jobs=8, here=machine(tmp_path, cores=8, memory=16 * GIB))

    assert max(map(len, played.stage.moments)) == 2


def test_memory_that_others_use_is_waited_for_while_something_runs_and_never_for_ever(tmp_path: Path) -> None:
    """The second cell starts when nothing of this run is left that could give memory back, and says so."""
    cells = [Scripted(name=f"m{n}", needs=Resources(memory=7 * GIB), seconds=30) for n in range(2)]
    here = machine(tmp_path, cores=8, memory=16 * GIB, left=3 * GIB)
    played = play(tmp_path, *cells, jobs=8, here=here)

    assert set(played.did.values()) == {"ran"}
    assert max(map(len, played.stage.moments)) == 1
    assert played.outcome.cells["m1"].waited == 30
    assert "7.0 GiB are needed and 3.0 GiB of memory are left by others" in played.outcome.cells["m1"].waited_for
    assert [event["cell"] for event in played.named("machine_warning")] == ["m0", "m1"]


def test_tokens_bound_what_runs_together(tmp_path: Path) -> None:
    """Two licences for four cells."""
    cells = [Scripted(name=f"t{n}", needs=Resources(tokens={"licence": 1})) for n in range(4)]
    limits = MachineLimits(tokens={"licence": 2})
    played = play(tmp_path, *cells, jobs=8, here=machine(tmp_path, cores=8), limits=limits)

    assert set(played.did.values()) == {"ran"}
    assert max(map(len, played.stage.moments)) == 2


def test_more_tokens_than_a_machine_has_are_refused(tmp_path: Path) -> None:
    """They would be waited for in vain."""
    with pytest.raises(ConfigError, match="it needs 3 of the token licence; a machine has 2"):
        play(
            tmp_path,
            Scripted(name="t", needs=Resources(tokens={"licence": 3})),
            limits=MachineLimits(tokens={"licence": 2}),
        )


# -- devices ----------------------------------------------------------------------------


def test_devices_are_given_by_number_and_never_twice(tmp_path: Path) -> None:
    """Each command sees its own, by the driver's numbers, and is told how many."""
    cells = [Scripted(name=f"g{n}", needs=GPU) for n in range(2)]
    played = play(tmp_path, *cells, jobs=4, here=machine(tmp_path, gpus=2))

    given = [dict(played.stage.grants[f"g{n}"].environment) for n in range(2)]
    assert given == [
        {"CUDA_VISIBLE_DEVICES": str(n), "CUDA_DEVICE_ORDER": "PCI_BUS_ID", "SEATRIAL_GPUS": "1"} for n in range(2)
    ]
    assert all(len(played.stage.grants[f"g{n}"].descriptors) == 1 for n in range(2))


def test_all_devices_are_given_to_who_asks_for_all(tmp_path: Path) -> None:
    """For `torchrun --nproc_per_node 8`."""
    played = play(tmp_path, Scripted(name="all", needs=Resources(gpus=8)), here=machine(tmp_path, gpus=8))

    assert played.stage.grants["all"].environment["CUDA_VISIBLE_DEVICES"] == "0,1,2,3,4,5,6,7"
    assert played.stage.grants["all"].environment["SEATRIAL_GPUS"] == "8"


@pytest.mark.parametrize(
    ("hides", "expected"), [(True, {"CUDA_VISIBLE_DEVICES": "", "SEATRIAL_GPUS": "0"}), (False, {})]
)
def test_who_asks_for_no_device_sees_none_where_others_ask(tmp_path: Path, hides: bool, expected: object) -> None:
    """In a project without any such stage nothing is changed."""
    played = play(tmp_path, Scripted(name="cpu"), hides_gpus=hides)

    assert played.stage.grants["cpu"].environment == expected


def test_what_no_device_here_can_run_is_deferred_with_all_that_reads_it(tmp_path: Path) -> None:
    """Everything else runs; a failure stays a failure."""
    played = play(
        tmp_path,
        Scripted(name="train", needs=Resources(gpus=2)),
        Scripted(name="evaluate", after=("train",)),
        Scripted(name="report", after=("evaluate", "bad")),
        Scripted(name="bad", codes=(1,)),
        Scripted(name="lint"),
        here=machine(tmp_path, gpus=1),
    )

    assert played.did == {
        "train": "deferred",
        "evaluate": "deferred",
        "report": "blocked",
        "bad": "failed",
        "lint": "ran",
    }
    assert played.outcome.cells["train"].reason == "it needs 2 GPUs; this machine has 1"
    assert played.outcome.cells["evaluate"].reason == "waits for train, which is deferred"
    assert [event["cell"] for event in played.named("stage_not_run")] == ["train", "evaluate", "report"]


def test_a_stored_result_needs_no_device(tmp_path: Path) -> None:
    """Nor does what reads it."""
    played = play(
        tmp_path,
        Scripted(name="train", needs=Resources(gpus=2), stored=True),
        Scripted(name="evaluate", after=("train",)),
        here=machine(tmp_path, gpus=0),
    )

    assert played.did == {"train": "reused", "evaluate": "ran"}


def test_limits_of_a_project_bound_its_devices(tmp_path: Path) -> None:
    """They are what is deferred against."""
    played = play(
        tmp_path,
        Scripted(name="train", needs=Resources(gpus=2)),
        here=machine(tmp_path, gpus=8),
        limits=MachineLimits(gpus=1),
    )

    assert played.did == {"train": "deferred"}
    assert "allow 1 of this machine's 8" in played.outcome.cells["train"].reason


def test_a_device_that_another_run_holds_is_waited_for_and_said(tmp_path: Path) -> None:
    """Once at the beginning, by name; the wait is part of the outcome, and the start follows within a second."""
    clock = Passing(BEGUN)
    other = _hold(
        tmp_path,
        "gpu GPU-0",
        {"user": "bert", "repository": "x", "cell": "train[seed=1]", "since": "2026-11-21T07:48:00Z"},
    )

    def give_back(event: object) -> None:
        if isinstance(event, dict) and event["event"] == "lease_waiting":
            clock.pass_by(5)
            other.release()

    played = play(
        tmp_path, Scripted(name="mine", needs=GPU), here=machine(tmp_path, gpus=1), clock=clock, listener=give_back
    )

    (told,) = played.named("lease_waiting")
    assert told["said"] == "gpu 0 held by bert, train[seed=1] of x, for 12 min"
    assert played.did == {"mine": "ran"}
    assert 5 <= played.outcome.cells["mine"].waited <= 6.1
    assert played.outcome.cells["mine"].waited_for == told["said"]


def test_who_needs_many_devices_gets_them_before_those_of_other_runs_who_came_later(tmp_path: Path) -> None:
    """After a while it stands in line; till then, and for what it does not want, others may pass."""
    held = _hold(tmp_path, "gpu GPU-0", {"user": "bert"})
    leases = Leases(tmp_path / "leases")
    passed: list[bool] = []

    def try_the_other() -> None:
        taken = leases.take([Pool(names=("gpu GPU-1",), count=1)], {"user": "carl"})
        passed.append(isinstance(taken, Taken))
        if isinstance(taken, Taken):
            taken.release()

    clock = Passing(BEGUN, alarms=[(5, try_the_other), (15, try_the_other), (20, held.release)])
    played = play(tmp_path, Scripted(name="both", needs=Resources(gpus=2)), here=machine(tmp_path, gpus=2), clock=clock)

    assert passed == [True, False]
    assert played.did == {"both": "ran"}
    assert leases.look() == ()


def test_nobody_is_kept_waiting_for_who_waits_in_vain(tmp_path: Path) -> None:
    """While somebody without a lease uses a device, leases that come back do not help: so it does not stand in line."""
    used = [1 << 34]

    def gpus() -> Gpus:
        return Gpus(
            devices=(
                Gpu(index=0, uuid="GPU-0", handle="0", used=used[0]),
                Gpu(index=1, uuid="GPU-1", handle="1", used=0),
            )
        )

    seen: list[tuple[Holding, ...]] = []
    look = (15, lambda: seen.append(Leases(tmp_path / "leases").look()))
    clock = Passing(BEGUN, alarms=[look, (20, lambda: used.insert(0, 0))])
    here = replace(machine(tmp_path), gpus=gpus)
    played = play(tmp_path, Scripted(name="both", needs=Resources(gpus=2)), here=here, clock=clock)

    assert seen == [()]
    assert played.did == {"both": "ran"}
    assert (
        played.outcome.cells["both"].waited_for == "gpu 0: 16.0 GiB of its memory is used by somebody without a lease"
    )


def test_work_without_devices_goes_on_while_one_is_waited_for(tmp_path: Path) -> None:
    """Also with a single place."""
    other = _hold(tmp_path, "gpu GPU-0", {})
    clock = Passing(BEGUN, alarms=[(20, other.release)])

    played = play(
        tmp_path,
        Scripted(name="mine", needs=GPU),
        *(Scripted(name=f"cpu{n}", seconds=10) for n in range(4)),
        here=machine(tmp_path, gpus=1),
        jobs=1,
        clock=clock,
    )

    assert set(played.did.values()) == {"ran"}
    assert played.stage.started_at["cpu1"] < 20 <= played.stage.started_at["mine"]


def test_a_lease_folder_that_cannot_be_used_stops_the_run_before_anything_starts(tmp_path: Path) -> None:
    """Two runs would use one device."""
    (tmp_path / "leases").write_text("in the way")
    with pytest.raises(OutsideError, match="it is not a folder") as caught:
        play(tmp_path, Scripted(name="lint"), Scripted(name="g", needs=GPU), here=machine(tmp_path, gpus=1))

    assert "SEATRIAL_LEASES" in (caught.value.next_step or "")


# -- failures ---------------------------------------------------------------------------


def test_a_failed_command_is_tried_again_after_a_delay_that_grows(tmp_path: Path) -> None:
    """A pass on a later attempt is a pass, and flaky."""
    flaky = Scripted(name="flaky", codes=(1, None, 0), retries=Retries(count=3, delay=10, factor=3))
    played = play(tmp_path, flaky)

    assert played.did == {"flaky": "ran"}
    assert played.outcome.cells["flaky"].attempts == 3
    assert [(event["attempt"], event["attempts"], event["delay"]) for event in played.named("stage_retried")] == [
        (2, 4, 10),
        (3, 4, 30),
    ]
    assert played.stage.started_at["flaky"] == 1 + 10 + 1 + 30


def test_the_last_attempt_decides(tmp_path: Path) -> None:
    """Then it failed, and what needs it is blocked."""
    cells = (Scripted(name="bad", codes=(1,), retries=Retries(count=2)), Scripted(name="after", after=("bad",)))
    played = play(tmp_path, *cells)

    assert played.did == {"bad": "failed", "after": "blocked"}
    assert played.outcome.cells["bad"].attempts == 3


def test_each_attempt_has_its_own_timeout(tmp_path: Path) -> None:
    """A command that hangs is a failure of the command."""
    played = play(tmp_path, Scripted(name="slow", seconds=99, timeout=5, retries=Retries(count=1, delay=1)))

    assert played.did == {"slow": "failed"}
    assert played.outcome.cells["slow"].attempts == 2


def test_others_go_on_while_a_retry_is_awaited(tmp_path: Path) -> None:
    """The place of a command that waits to be tried again is free."""
    flaky = Scripted(name="flaky", codes=(1, 0), retries=Retries(count=1, delay=100))
    played = play(tmp_path, flaky, *(Scripted(name=f"c{n}") for n in range(3)), jobs=1)

    assert set(played.did.values()) == {"ran"}
    assert max(played.stage.started_at[f"c{n}"] for n in range(3)) < 100


def test_one_failed_cell_of_a_matrix_does_not_stop_the_others(tmp_path: Path) -> None:
    """Unless told."""
    cells = [Scripted(name=f"t[s={n}]", codes=(1,) if n == 0 else (0,)) for n in range(3)]

    assert list(play(tmp_path, *cells, jobs=1).did.values()) == ["failed", "ran", "ran"]


def test_fail_fast_stops_the_cells_that_run_and_those_that_wait(tmp_path: Path) -> None:
    """Other stages go on; a deaf command is killed; what had just ended well is kept."""
    cells = [
        Scripted(name="t[s=0]", codes=(1,), fail_fast=True, seconds=3),
        Scripted(name="t[s=1]", fail_fast=True, seconds=3),
        Scripted(name="t[s=2]", fail_fast=True, seconds=50),
        Scripted(name="t[s=3]", fail_fast=True, seconds=50, deaf=True),
        Scripted(name="t[s=4]", fail_fast=True, codes=(1,), seconds=2, retries=Retries(count=9, delay=60)),
        Scripted(name="t[s=5]", fail_fast=True),
        Scripted(name="other", seconds=20),
        Scripted(name="t[s=6]", fail_fast=True, after=("other",)),
    ]
    played = play(tmp_path, *cells, jobs=6, here=machine(tmp_path, cores=6), expected={"t[s=5]": 0.1})

    assert played.did["t[s=0]"] == "failed"
    assert played.did["t[s=1]"] == "ran"
    assert played.did["other"] == "ran"
    assert {played.did[f"t[s={n}]"] for n in (2, 3, 4, 6)} == {"blocked"}
    assert played.outcome.cells["t[s=2]"].reason == "t[s=0] failed, and `fail_fast` stops the stage's other cells"
    assert played.stage.abandoned == ["t[s=2]", "t[s=3]"]
    assert played.clock.seconds < 50


def test_a_command_that_was_asked_to_end_has_not_done_its_work_however_it_ends(tmp_path: Path) -> None:
    """Many save what they have and end with 0; that must never be taken for the whole."""
    called_off = play(
        tmp_path,
        Scripted(name="t[s=0]", codes=(1,), fail_fast=True),
        Scripted(name="t[s=1]", fail_fast=True, seconds=50, graceful=True),
    )

    assert called_off.did == {"t[s=0]": "failed", "t[s=1]": "blocked"}
    assert called_off.stage.abandoned == ["t[s=1]"]


def test_a_path_that_another_run_holds_is_looked_at_again(tmp_path: Path) -> None:
    """Each wait is told once, and the cell has its device only when it can use it."""
    clock = Passing(BEGUN)

    def busy(_cell: str) -> Waiting | None:
        return Waiting(path="out/m", holder="run x") if clock.seconds < 2 else None

    played = play(tmp_path, Scripted(name="g", needs=GPU), here=machine(tmp_path, gpus=1), clock=clock, busy=busy)

    assert played.did == {"g": "ran"}
    assert len(played.named("stage_waiting")) == 1
    assert played.outcome.cells["g"].waited_for == "out/m, held by run x"


def test_an_error_stops_every_command_and_gives_every_lease_back(tmp_path: Path) -> None:
    """Also one that does not listen."""

    def fail(event: object) -> None:
        if isinstance(event, dict) and event["event"] == "stage_retried":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        play(
            tmp_path,
            Scripted(name="g", needs=GPU, seconds=99, deaf=True),
            Scripted(name="flaky", codes=(1,), retries=Retries(count=1)),
            here=machine(tmp_path, gpus=1),
            listener=fail,
        )

    leases = Leases(tmp_path / "leases")
    assert leases.look() == ()


def test_a_long_run_says_now_and_then_what_runs(tmp_path: Path) -> None:
    """Less often the longer it takes."""
    played = play(
        tmp_path, Scripted(name="long", seconds=1000), *(Scripted(name=f"c{n}", seconds=50) for n in range(3)), jobs=1
    )

    said = played.named("still_running")
    assert [event["running"] for event in said] == [{"long": 60.0}, {"long": 180.0}, {"long": 420.0}, {"long": 900.0}]
    assert {event["queued"] for event in said} == {3}


def test_a_thousand_cells_are_begun_about_once(tmp_path: Path) -> None:
    """The work for each cell does not grow with their number."""
    cells = [Scripted(name=f"c{n}", seconds=0.01) for n in range(1000)]
    played = play(tmp_path, *cells, jobs=2)

    assert len(played.outcome.cells) == 1000
    assert played.stage.begins <= 2 * 1000


def test_a_timeout_asks_first_and_then_kills(tmp_path: Path) -> None:
    """A command that does not listen is given a little time."""
    played = play(tmp_path, Scripted(name="deaf", seconds=999, timeout=10, deaf=True))

    assert played.did == {"deaf": "failed"}
    assert played.clock.seconds == 15


def _hold(folder: Path, name: str, note: dict[str, object]) -> Taken:
    leases = Leases(folder / "leases")
    leases.prepare()
    taken = leases.take([Pool(names=(name,), count=1)], note)
    assert isinstance(taken, Taken)
    return taken
