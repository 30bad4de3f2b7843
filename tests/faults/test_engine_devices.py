"""GPU stages with a made-up driver: leased between runs, deferred without one, found by their capability."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from pathlib import Path

import pytest

from seatrial.errors import OutsideError
from seatrial.pipeline.policy import MachineLimits, Resources, StageSpec
from seatrial.process import group
from seatrial.replacing import replace
from seatrial.store.leases import Leases, Pool, Taken
from tests.support.driving import Driver
from tests.support.fake_gpus import FakeGpus, fake_gpus, uuid
from tests.support.project import Project, made, new_project, stage


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeGpus:
    """Two idle devices."""
    return fake_gpus(tmp_path, monkeypatch)


@pytest.fixture
def project(tmp_path: Path, fake: FakeGpus) -> Project:
    """An empty repository on a machine with devices."""
    return new_project(tmp_path)


def on_gpus(count: int, spec: StageSpec) -> StageSpec:
    return replace(spec, resources=Resources(gpus=count))


def seen(count: int, name: str = "train") -> StageSpec:
    """A stage that writes down what it was given."""
    script = 'echo "$CUDA_VISIBLE_DEVICES $SEATRIAL_GPUS" > out/seen'
    return on_gpus(count, stage(name, f"sh -c '{script}'", deps=[], outs={"seen": "out/seen"}))


def test_a_command_sees_the_devices_it_was_leased_and_no_others(project: Project) -> None:
    """By the numbers that the driver gives them."""
    project.declare(seen(1))
    assert project.run().did == {"train": "ran"}
    assert project.read("out/seen") == "0 1\n"


@pytest.mark.parametrize(("given", "expected"), [("1", "1 1\n"), (uuid(1), f"{uuid(1)} 1\n"), ("1,0", "1 1\n")])
def test_a_given_set_of_devices_is_kept_to_in_its_own_words(
    project: Project, monkeypatch: pytest.MonkeyPatch, given: str, expected: str
) -> None:
    """Numbers, UUIDs and order are the caller's."""
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", given)
    project.declare(seen(1))
    project.run()

    assert project.read("out/seen") == expected


def test_stages_without_devices_see_none_where_others_have_some(project: Project) -> None:
    """Else they would work on a device that is leased to somebody."""
    script = 'echo "[$CUDA_VISIBLE_DEVICES]" > out/cpu'
    project.declare(seen(1), stage("cpu", f"sh -c '{script}'", deps=[], outs={"cpu": "out/cpu"}))
    project.run()

    assert project.read("out/cpu") == "[]\n"


def test_a_planted_note_ends_nobody(project: Project, fake: FakeGpus) -> None:
    """Everybody may write into the folder of leases: a note that calls some process a killed run's is not obeyed."""
    victim = subprocess.Popen(["sleep", "60"], start_new_session=True)
    leases = Leases(fake.leases)
    leases.prepare()
    note = {
        "user": "mallory",
        "run": "r0",
        "pid": 2**22 + 1,
        "pid_start": "1",
        "group": victim.pid,
        "group_start": group.start_time(victim.pid),
    }
    taken = leases.take([Pool(names=(f"gpu {uuid(0)}", f"gpu {uuid(1)}"), count=2)], note)
    assert isinstance(taken, Taken)
    threading.Timer(1.0, taken.release).start()
    try:
        project.declare(seen(1))

        assert project.run().did == {"train": "ran"}
        assert victim.poll() is None
    finally:
        victim.kill()
        victim.wait()


def test_the_driver_is_asked_only_where_a_stage_wants_devices(project: Project, fake: FakeGpus) -> None:
    """It costs a process, which everybody else would pay for."""
    project.declare(stage("cpu", "touch out/x", deps=[], outs={"x": "out/x"}))
    project.run()
    project.plan()

    assert fake.asked == 0


def test_a_device_that_somebody_uses_without_a_lease_is_left_alone(project: Project, fake: FakeGpus) -> None:
    """Its memory tells; the other one is given."""
    fake.show(2, used={0: 20_000})
    project.declare(seen(1))
    project.run()

    assert project.read("out/seen") == "1 1\n"


def test_when_all_devices_are_used_by_others_the_run_waits_and_says_so(project: Project, fake: FakeGpus) -> None:
    """Until the memory is free again."""
    fake.show(1, used={0: 20_000})
    project.declare(seen(1))

    def free_it(event: object) -> None:
        if isinstance(event, dict) and event["event"] == "lease_waiting":
            fake.show(1)

    project.on_event = free_it
    ran = project.run()

    assert ran.did == {"train": "ran"}
    assert [event["said"] for event in ran.named("lease_waiting")] == [
        "gpu 0: 19.5 GiB of its memory is used by somebody without a lease"
    ]


# -- no such device -----------------------------------------------------------------------


def test_without_devices_a_stage_is_deferred_and_what_reads_it_too(project: Project, fake: FakeGpus) -> None:
    """Nothing is stored for it, and the rest runs."""
    fake.print("NVIDIA-SMI has failed\n", code=9)
    project.declare(
        seen(1),
        stage("evaluate", "cp ${deps.seen} ${outs.e}", deps={"seen": made("train", "seen")}, outs={"e": "out/e"}),
        stage("lint", "true", deps=[]),
    )
    ran = project.run()

    assert ran.did == {"train": "deferred", "evaluate": "deferred", "lint": "ran"}
    assert ran["train"].reason == "it needs 1 GPU; this machine shows none (nvidia-smi: NVIDIA-SMI has failed)"
    assert ran["evaluate"].reason == "waits for train, which is deferred"
    assert project.run().did == {"train": "deferred", "evaluate": "deferred", "lint": "reused"}


def test_a_result_of_the_same_capability_is_reused_and_of_another_is_not(project: Project, fake: FakeGpus) -> None:
    """What one kind of device computed is not what another would have."""
    project.declare(seen(1))
    assert project.run().did == {"train": "ran"}
    assert project.run().did == {"train": "reused"}
    fake.show(2, capability="8.0")
    assert project.run().did == {"train": "ran"}
    fake.show(2)
    assert project.run().did == {"train": "reused"}


def test_hidden_devices_still_say_whose_results_may_be_reused(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stored result needs no device; a missing one is deferred."""
    project.declare(seen(1))
    project.run()
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")

    assert project.run().did == {"train": "reused"}
    project.declare(seen(2))
    ran = project.run()
    assert ran.did == {"train": "deferred"}
    assert "CUDA_VISIBLE_DEVICES shows none" in ran["train"].reason


def test_results_of_another_machines_devices_are_reused_only_where_somebody_says_so(
    project: Project, fake: FakeGpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A machine without devices has no capability of its own, and guesses none."""
    project.declare(seen(1))
    project.run()
    fake.print("", code=1)

    assert project.run().did == {"train": "deferred"}
    monkeypatch.setenv("SEATRIAL_GPU", "sm_90")
    assert project.run().did == {"train": "reused"}
    monkeypatch.setenv("SEATRIAL_GPU", "sm_80")
    assert project.run().did == {"train": "deferred"}


def test_another_number_of_devices_is_another_result(project: Project) -> None:
    """Batches are shared out over them."""
    project.declare(seen(1))
    project.run()
    project.declare(seen(2))

    assert project.run().did == {"train": "ran"}
    assert project.read("out/seen") == "0,1 2\n"


# -- several runs ---------------------------------------------------------------------------


def _alone(name: str, folder: Path) -> StageSpec:
    """A stage on one device that fails when anybody else is on it at the same time."""
    script = (
        f"mkdir {folder}/on-$CUDA_VISIBLE_DEVICES || exit 7; sleep 0.1; "
        f"rmdir {folder}/on-$CUDA_VISIBLE_DEVICES; touch out/{name}"
    )
    return on_gpus(1, stage(name, f"sh -c '{script}'", deps=[], outs={"o": f"out/{name}"}))


@pytest.mark.parametrize(("runs", "devices"), [(2, 1), (8, 2)])
def test_runs_of_several_clones_never_share_a_device(tmp_path: Path, fake: FakeGpus, runs: int, devices: int) -> None:
    """And all of them end."""
    fake.show(devices)
    projects = [new_project(tmp_path / f"clone{number}") for number in range(runs)]
    outcomes: list[dict[str, str]] = []
    for project in projects:
        project.declare(*(_alone(f"s{number}", tmp_path) for number in range(2)))

    def go(project: Project) -> None:
        outcomes.append(project.run().did)

    threads = [threading.Thread(target=go, args=(project,)) for project in projects]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert outcomes == [{"s0": "ran", "s1": "ran"}] * runs


def test_a_token_is_shared_between_clones(tmp_path: Path, fake: FakeGpus) -> None:
    """Its count is of the machine, not of a run."""
    first, second = (new_project(tmp_path / name) for name in ("one", "two"))
    hold = Leases(fake.leases)
    hold.prepare()
    taken = hold.take([Pool(names=("token rig 0",), count=1)], {"user": "bert", "cell": "probe"})
    assert isinstance(taken, Taken)

    def give_back(event: object) -> None:
        if isinstance(event, dict) and event["event"] == "lease_waiting":
            taken.release()

    for project in (first, second):
        spec = stage("t", "touch out/t", deps=[], outs={"t": "out/t"})
        project.declare(replace(spec, resources=Resources(tokens={"rig": 1})))
        project.policy = replace(project.policy, machine=MachineLimits(tokens={"rig": 1}))
    first.on_event = give_back
    ran = first.run()

    assert [event["said"] for event in ran.named("lease_waiting")] == ["token rig held by bert, probe"]
    assert ran.did == second.run().did == {"t": "ran"}


def test_a_killed_run_does_not_free_a_device_that_its_command_uses(
    project: Project, fake: FakeGpus, tmp_path: Path
) -> None:
    """The lease lives as long as the command; the next run that needs it ends what nobody waits for."""
    fake.show(1)
    mark = tmp_path / "mark"
    script = f"echo $$ > {mark}.new; mv {mark}.new {mark}; sleep 60"
    project.declare(on_gpus(1, stage("train", f"sh -c '{script}'", deps=[], outs={"o": "out/o"})))
    with Driver(project) as driver:
        driver.start()
        child = driver.child()
        until = time.monotonic() + 20
        while not mark.exists():
            assert time.monotonic() < until
            time.sleep(0.01)
        os.kill(child, signal.SIGKILL)
        assert driver.wait() == "killed"

    assert [one.name for one in Leases(fake.leases).look()] == [f"gpu {uuid(0)}"]
    os.kill(int(mark.read_text()), 0)

    other = new_project(tmp_path / "other")
    other.declare(seen(1))
    ran = other.run()
    assert ran.did == {"train": "ran"}
    assert len(ran.named("lease_waiting")) == 1


def test_a_lease_folder_in_the_way_stops_only_runs_that_need_it(project: Project, fake: FakeGpus) -> None:
    """Without it two runs would use one device."""
    fake.leases.write_text("in the way")
    project.declare(stage("cpu", "touch out/x", deps=[], outs={"x": "out/x"}))
    assert project.run().did == {"cpu": "ran"}

    project.declare(seen(1))
    with pytest.raises(OutsideError, match="cannot be leased"):
        project.run()
