"""Devices and tokens from the command line: declared, leased, shown, waited for, deferred, retried."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from seatrial.store.leases import Leases, Pool, Taken
from tests.support.cli import PATIENCE, Repo, new_repo
from tests.support.fake_gpus import FakeGpus, fake_gpus, uuid

CONFIG = """\
project: tiny
resources: {tokens: {rig: 1}}
stages:
  train:
    cmd: sh train.sh ${outs.seen}
    deps: [./train.sh]
    outs: {seen: outputs/seen}
    resources: {gpus: 1}
  probe:
    cmd: touch ${outs.probe}
    deps: []
    outs: {probe: outputs/probe}
    resources: {tokens: {rig: 1}}
    retries: {count: 2, delay: 0.01}
"""


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeGpus:
    return fake_gpus(tmp_path, monkeypatch, count=1)


@pytest.fixture
def repo(tmp_path: Path, fake: FakeGpus) -> Repo:
    """A repository with one stage on a device and one that takes a token."""
    repo = new_repo(tmp_path)
    repo.environ.update({name: os.environ[name] for name in ("PATH", "SEATRIAL_LEASES")})
    repo.write("seatrial.yaml", CONFIG)
    repo.write("train.sh", 'echo "$CUDA_VISIBLE_DEVICES" > "$1"\n')
    repo.write(".gitignore", "/outputs/\n")
    repo.commit("devices")
    return repo


def _hold(fake: FakeGpus, name: str) -> Taken:
    leases = Leases(fake.leases)
    leases.prepare()
    note = {
        "user": "bert",
        "repository": "x",
        "cell": "train[seed=1]",
        "run": "r",
        "pid": 1,
        "since": "2026-01-01T00:00:00Z",
    }
    taken = leases.take([Pool(names=(name,), count=1)], note)
    assert isinstance(taken, Taken)
    return taken


def test_a_run_says_what_it_waited_for(repo: Repo, fake: FakeGpus) -> None:
    """On standard error while it waits, and in the document afterwards."""
    taken = _hold(fake, f"gpu {uuid(0)}")
    with repo.start("run") as running:
        assert running.stderr is not None
        waits = next((line for line in running.stderr if line.startswith("  wait    train: gpu")), "")
        taken.release()
        running.communicate(timeout=PATIENCE)

    assert waits.startswith("  wait    train: gpu 0 held by bert, train[seed=1] of x, for ")
    assert running.returncode == 0
    assert repo.read("outputs/seen") == "0\n"


def test_the_queue_shows_who_holds_what(repo: Repo, fake: FakeGpus) -> None:
    """Whatever the configuration says, and without changing anything."""
    assert repo.seatrial("plan", "--queue").out == "nothing is leased on this machine\n"
    taken = _hold(fake, f"gpu {uuid(0)}")
    turn = Leases(fake.leases).stand_in_line([f"gpu {uuid(0)}"], {"user": "carl\x1b[31m", "cell": "big"})
    shown = repo.seatrial("plan", "--queue")
    rows = [line.split() for line in shown.out.splitlines()]

    assert rows[0] == ["lease", "state", "user", "repository", "cell", "for"]
    assert rows[1][:6] == ["gpu", "0", "held", "bert", "x", "train[seed=1]"]
    assert rows[2][:4] == ["gpu", "0", "waits", "carl"]
    assert "\x1b" not in shown.out
    document = repo.seatrial("plan", "--queue", "--json").json
    assert [(one["label"], one["name"], one["state"], one["user"]) for one in document["leases"]] == [
        ("gpu 0", f"gpu {uuid(0)}", "held", "bert"),
        ("gpu 0", f"gpu {uuid(0)}", "waits", "carl\x1b[31m"),
    ]
    turn.leave()
    taken.release()


def test_more_devices_than_a_machine_has_are_deferred(repo: Repo, fake: FakeGpus) -> None:
    """The rest runs, and the document says why."""
    fake.print("", code=9)
    document = repo.run(code=None)
    stages = {stage["name"]: (stage["action"], stage["reason"]) for stage in document["stages"]}

    assert stages["train"][0] == "deferred"
    assert "this machine shows none (nvidia-smi: exit code 9)" in stages["train"][1]
    assert stages["probe"][0] == "ran"


def test_a_pass_on_a_retry_is_reported_as_flaky_and_counted(repo: Repo) -> None:
    """In the warnings, over the runs that are recorded."""
    script = "if mkdir ../once-$N 2> /dev/null; then exit 1; fi; rmdir ../once-$N; echo $N > $1\n"
    for number, expected in enumerate(["it needed a retry", "2 of its last 2 runs needed a retry"]):
        repo.write("probe.sh", script.replace("$N", str(number)))
        repo.write(
            "seatrial.yaml",
            CONFIG.replace("touch ${outs.probe}", "sh probe.sh ${outs.probe}").replace(
                "deps: []", "deps: [./probe.sh]"
            ),
        )
        document = repo.seatrial("run", "probe", "--json").json
        (probe,) = document["stages"]

        assert (probe["action"], probe["attempts"]) == ("ran", 2)
        assert probe["reason"].endswith(", attempt 2")
        assert f"probe is flaky: {expected}" in document["warnings"]
    assert "retry   probe" not in repo.seatrial("run", "probe").err
