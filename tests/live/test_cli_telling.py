"""Who is named is told of a run, of its recovery, and of a version that waits, by the commands themselves."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.cli import BETTER, WORSE, Repo, copy_of, template, with_production
from tests.support.receiver import Receiver, receiving

SECRET = "hunter2-canary-of-a-hook"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as running:
        yield running


@pytest.fixture
def repo(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path, receiver: Receiver) -> Repo:
    repo = copy_of(template(tmp_path_factory, "production", with_production), tmp_path / "repo")
    channel = (
        "notify:\n  team: {kind: webhook, url_from: HOOK_URL, secret_from: HOOK_SECRET, allow_private: true,\n"
        "         quiet: 1s, on: [failure, recovery, approval]}\n"
    )
    repo.write("seatrial.yaml", repo.read("seatrial.yaml") + channel)
    repo.commit()
    repo.environ.update(HOOK_URL=receiver.url(), HOOK_SECRET=SECRET)
    return repo


def told(receiver: Receiver) -> list[str]:
    return [message["event"] for message in receiver.bodies]


def test_a_failure_is_told_once_and_its_recovery_too(repo: Repo, receiver: Receiver) -> None:
    repo.set_params(WORSE)
    repo.seatrial("run", code=1)
    repo.seatrial("run", code=1)
    repo.set_params(BETTER)
    repo.seatrial("run")
    repo.seatrial("run")

    assert told(receiver) == ["failure", "recovery"]


def test_json_says_who_was_told(repo: Repo, receiver: Receiver) -> None:
    repo.set_params(WORSE)

    (one,) = repo.run(code=1)["told"]

    assert (one["channel"], one["event"], one["delivered"], one["why"]) == ("team", "failure", True, None)


def test_a_receiver_that_is_gone_changes_no_exit_code_and_is_said(repo: Repo) -> None:
    repo.environ["HOOK_URL"] = "http://127.0.0.1:9/hook"
    repo.set_params(WORSE)

    said = repo.seatrial("run", code=1)

    assert "team was not told" in said.err


def test_those_who_may_approve_are_told_when_a_promotion_waits_for_them(repo: Repo, receiver: Receiver) -> None:
    repo.edit(
        "seatrial.yaml",
        (
            "    gates: gates.yaml\n",
            "    gates: gates.yaml\n    approvals: {production: {from: [[ben, ben@example.invalid]]}}\n",
        ),
    )
    repo.commit()
    repo.set_params(BETTER)
    repo.run()
    ref = repo.register()

    repo.promote(ref, code=3)
    repo.promote(ref, code=3)

    assert told(receiver) == ["approval"]
    assert "ben" in receiver.taken[0].body.decode()


def test_code_of_strangers_tells_nobody(repo: Repo, receiver: Receiver) -> None:
    repo.set_params(WORSE)
    repo.environ["SEATRIAL_UNTRUSTED"] = "1"

    repo.seatrial("run", code=None)

    assert receiver.taken == []
