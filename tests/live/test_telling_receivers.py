"""Messages to a real server on loopback: what it is sent, what happens when it fails, and what nobody may see."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from seatrial.cli.loading import load_project
from seatrial.clock import FixedClock
from seatrial.errors import StateError
from seatrial.flows.policy import ProjectPolicy
from seatrial.flows.telling import MOST_MESSAGES, Delivered, NotDelivered, Told, ground, tell_run, tell_waiting
from seatrial.flows.telling_rule import ApprovalWanted, Ground
from seatrial.flows.told import stream_of
from seatrial.flows.workspace import Workspace
from seatrial.forge.channels import Channel, Event, Wire
from seatrial.forge.patience import Patience
from seatrial.forge.webhook import Sent, open_line
from seatrial.forge.webhook_text import Message
from seatrial.pipeline.policy import PipelinePolicy, StageSpec
from seatrial.replacing import replace
from seatrial.report.facts import ModelFact, RunFacts, StageFact
from seatrial.report.serial import from_text
from seatrial.store.state import Entry
from seatrial.verdict import Decision, Verdict
from seatrial.wiring import open_workspace
from tests.support.cli import Repo, new_repo
from tests.support.memory_state import MemoryState
from tests.support.receiver import Answer, Receiver, chatty, dripping, hang, receiving, with_headers
from tests.support.report_samples import regression, run

KEY = "a-key-nobody-may-see"
PATH = "/services/T0SECRET1/B0SECRET2/x0SECRET3"
ON_MAIN = Ground(branch="main", main=True)
HASTY = Patience(connect=1.0, request=0.3, whole=2.0, attempts=3, delay=0.01, longest_wait=1.0)
NOW = datetime(2026, 11, 21, 6, 30, tzinfo=UTC)
MESSAGE = Message(
    id="0f" * 16, event=Event.TEST, project="p", kind="channel", name="t", headline="h", reason="r", at="now"
)


def _model(verdict: Verdict = Verdict.FAIL, name: str = "digits") -> ModelFact:
    decision = Decision.ALLOW if verdict is Verdict.PASS else Decision.BLOCK
    findings = (regression(verdict),)
    return ModelFact(name=name, gate_set="promote", verdict=verdict, decision=decision, findings=findings)


FAILING, WELL = run(models=(_model(),), tier="nightly"), run(models=(_model(Verdict.PASS),), tier="nightly")


class Teller:
    """A project that tells, with a state in memory."""

    def __init__(self, workspace: Workspace, policy: ProjectPolicy) -> None:
        self.workspace, self.policy = workspace, policy

    def tell(self, facts: RunFacts, where: Ground = ON_MAIN, **options: Any) -> tuple[Told, ...]:
        """After a run."""
        return tell_run(self.workspace, self.policy, facts, where, patience=HASTY, **options)

    def records(self, channel: str = "t") -> tuple[Entry, ...]:
        """What is remembered."""
        return self.workspace.state.read(stream_of(channel))


@contextmanager
def _telling(folder: Path, *channels: Channel, **environ: str) -> Iterator[Teller]:
    repo = new_repo(folder)
    with open_workspace(repo.root, listener=lambda _event: None) as opened:
        workspace = replace(
            opened, state=MemoryState(folder / "blobs"), clock=FixedClock(NOW), environ={**opened.environ, **environ}
        )
        stage = StageSpec(name="train", cmd="x", secrets=("STAGE_TOKEN",))
        policy = ProjectPolicy(
            project="digits",
            pipeline=PipelinePolicy(stages={"train": stage}),
            notify={channel.name: channel for channel in channels},
        )
        yield Teller(workspace, policy)


def _signed(receiver: Receiver, **changed: Any) -> Channel:
    fields: dict[str, Any] = {"secret_from": "HOOK_KEY", "allow_private": True, "quiet": 0.001, **changed}
    return Channel(name="t", kind=Wire.WEBHOOK, url_from="HOOK_URL", **fields)


@contextmanager
def _both(folder: Path, *answers: Answer, **changed: Any) -> Iterator[tuple[Teller, Receiver]]:
    with (
        receiving(answers or (200,)) as receiver,
        _telling(folder, _signed(receiver, **changed), HOOK_URL=receiver.url(PATH), HOOK_KEY=KEY) as teller,
    ):
        yield teller, receiver


def test_a_failure_and_its_recovery_are_told_once_each_signed_and_with_what_one_needs(tmp_path: Path) -> None:
    """Five runs, two messages."""
    with _both(tmp_path) as (teller, receiver):
        for facts in (WELL, FAILING, FAILING, WELL, WELL):
            teller.tell(facts, link="https://ci.example/7")

    failure, recovery = receiver.bodies
    assert all(one.is_signed_with(KEY) and one.path == PATH for one in receiver.taken)
    assert not any(one.is_signed_with("another") for one in receiver.taken)
    assert [one.delivery for one in receiver.taken] == [failure["id"], recovery["id"]]
    assert failure["id"] != recovery["id"]
    assert receiver.taken[0].headers["seatrial-timestamp"] == str(int(NOW.timestamp()))
    assert (failure["event"], recovery["event"]) == ("failure", "recovery")
    assert failure["headline"] == "FAIL: digits (tier nightly, main)"
    assert failure["reasons"] == ["regression.accuracy"]
    assert "accuracy" in failure["reason"]
    assert (failure["model"], failure["tier"], failure["branch"]) == ("digits", "nightly", "main")
    assert (failure["run"], failure["commit"]) == (FAILING.run, FAILING.commit)
    assert failure["link"] == "https://ci.example/7"
    assert recovery["headline"] == "PASS again: digits (tier nightly, main)"
    assert "regression.accuracy" in recovery["reason"]


def test_slack_is_sent_its_own_form_without_headers_of_ours(tmp_path: Path) -> None:
    """It knows neither signatures nor deliveries."""
    with receiving() as receiver:
        slack = Channel(name="t", kind=Wire.SLACK, url_from="HOOK_URL", allow_private=True)
        with _telling(tmp_path, slack, HOOK_URL=receiver.url(PATH)) as teller:
            [told] = teller.tell(FAILING)

    assert isinstance(told, Delivered)
    assert not [name for name in receiver.taken[0].headers if name.startswith("seatrial")]
    assert receiver.bodies[0]["blocks"][0]["text"]["text"] == "FAIL: digits (tier nightly, main)"


def test_a_server_that_fails_once_is_asked_again_with_the_same_delivery(tmp_path: Path) -> None:
    """500, then 200: the receiver may have taken the first."""
    with _both(tmp_path, 500, 200) as (teller, receiver):
        [told] = teller.tell(FAILING)

        assert isinstance(told, Delivered)
        assert teller.tell(FAILING) == ()
    assert len({one.delivery for one in receiver.taken}) == 1
    assert len(receiver.taken) == 2


def test_slack_is_not_asked_twice_where_it_may_have_taken_the_first(tmp_path: Path) -> None:
    """It would show both. The next run tells it."""
    with receiving((500, 200)) as receiver:
        slack = Channel(name="t", kind=Wire.SLACK, url_from="HOOK_URL", allow_private=True)
        with _telling(tmp_path, slack, HOOK_URL=receiver.url(PATH)) as teller:
            [first] = teller.tell(FAILING)
            assert len(receiver.taken) == 1
            [second] = teller.tell(FAILING)

    assert isinstance(first, NotDelivered)
    assert isinstance(second, Delivered)


def test_too_many_requests_are_asked_again_when_the_server_says(tmp_path: Path) -> None:
    """Slack does so after one message a second."""
    with _both(tmp_path, with_headers(429, Retry_After="0"), 200) as (teller, receiver):
        [told] = teller.tell(FAILING)

    assert isinstance(told, Delivered)
    assert len(receiver.taken) == 2


def test_nobody_waits_as_long_as_a_server_likes(tmp_path: Path) -> None:
    """An hour of Retry-After is no reason to hold a run up for an hour."""
    with _both(tmp_path, with_headers(429, Retry_After="3600")) as (teller, receiver):
        [told] = teller.tell(FAILING)

    assert isinstance(told, NotDelivered)
    assert told.status == 429
    assert len(receiver.taken) == 1


@pytest.mark.parametrize("answer", [hang, dripping], ids=["hangs", "drips"])
def test_a_server_that_does_not_end_its_answer_is_given_up(tmp_path: Path, answer: Answer) -> None:
    """And what was sent is sent again by the next run, with the same delivery: nobody knows whether it arrived."""
    with _both(tmp_path, answer, answer, answer, 200) as (teller, receiver):
        [told] = teller.tell(FAILING)
        assert isinstance(told, NotDelivered)
        assert "did not answer in time" in told.why
        [again] = teller.tell(FAILING)

    assert isinstance(again, Delivered)
    assert len({one.delivery for one in receiver.taken}) == 1


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_redirect_is_followed(tmp_path: Path, status: int) -> None:
    """Whoever answers could send the message, or the one who sends it, anywhere."""
    with receiving() as other:
        moved = with_headers(status, Location=other.url("/stolen"))
        with _both(tmp_path, moved) as (teller, receiver):
            [told] = teller.tell(FAILING)

    assert isinstance(told, NotDelivered)
    assert (told.status, len(receiver.taken), other.taken) == (status, 1, [])


def test_a_redirect_on_the_same_server_is_not_followed_either(tmp_path: Path) -> None:
    """A path may be a secret door just as well."""
    with _both(tmp_path, with_headers(307, Location="/other"), 200) as (teller, receiver):
        [told] = teller.tell(FAILING)

    assert isinstance(told, NotDelivered)
    assert [one.path for one in receiver.taken] == [PATH]


def test_nobody_there_is_a_warning_and_told_later(tmp_path: Path) -> None:
    """The port is closed: it surely did not arrive."""
    with receiving() as gone:
        url = gone.url(PATH)
    with _telling(tmp_path, _signed(gone), HOOK_URL=url, HOOK_KEY=KEY) as teller:
        [told] = teller.tell(FAILING)
        outcomes = [entry.body["data"] for entry in teller.records() if entry.body["kind"] == "outcome"]

    assert isinstance(told, NotDelivered)
    assert "refused" in told.why.lower()
    assert [one["how"] for one in outcomes if isinstance(one, dict)] == ["not_delivered"]


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "2130706433", "0177.0.0.1", "127.1"])
def test_this_machine_is_not_asked_unless_that_was_written(host: str, tmp_path: Path) -> None:
    """By whatever name; the connection is never made."""
    with receiving() as receiver:
        url = receiver.url(PATH, host).replace("http:", "https:")
        channel = Channel(name="t", kind=Wire.WEBHOOK, url_from="HOOK_URL")
        with _telling(tmp_path, channel, HOOK_URL=url) as teller:
            [told] = teller.tell(FAILING)

    assert isinstance(told, NotDelivered)
    assert told.ours
    assert "private network" in told.why
    assert receiver.taken == []


def _resolving(monkeypatch: pytest.MonkeyPatch, *answers: list[str]) -> list[int]:
    """Let every name resolve to some addresses; how often it was asked."""
    asked: list[int] = []

    def answer(host: str, port: int, *_: object, **__: object) -> list[Any]:
        asked.append(port)
        found = answers[min(len(asked), len(answers)) - 1]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in found]

    monkeypatch.setattr(socket, "getaddrinfo", answer)
    return asked


def test_one_private_address_of_a_name_is_reason_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    """A public and a private one: which is asked would be chance."""
    tried: list[object] = []
    monkeypatch.setattr(socket.socket, "connect", lambda _self, at: tried.append(at))
    _resolving(monkeypatch, ["93.184.215.14", "10.0.0.7"])
    sent = _send("https://hooks.example.org/x")

    assert "10.0.0.7" in str(sent.fault)
    assert (sent.ours, tried) == (True, [])


def test_a_name_that_resolves_to_something_else_a_moment_later_gains_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is resolved once, and the connection goes to what was looked at."""
    with receiving() as receiver:
        asked = _resolving(monkeypatch, ["127.0.0.1"], ["169.254.169.254"])
        channel = Channel(name="t", kind=Wire.WEBHOOK, url=receiver.url(host="hooks.example.org"), allow_private=True)
        sent = open_line(channel, {}, patience=HASTY).send(MESSAGE, NOW)

    assert sent == Sent(status=200)
    assert (len(asked), receiver.taken[0].headers["host"]) == (1, f"hooks.example.org:{receiver.port}")


def test_metadata_behind_a_name_is_refused_even_where_private_addresses_are_allowed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The name looks innocent."""
    _resolving(monkeypatch, ["169.254.169.254"])

    assert "169.254.169.254, where no message is ever sent" in str(_send("https://hooks.example.org/", True).fault)


def test_a_proxy_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """It would resolve the name itself, behind our back."""
    with receiving() as proxy, receiving() as receiver:
        for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "all_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        sent = _send(receiver.url(), True)

    assert (sent.status, proxy.taken) == (200, [])


def _send(url: str, allow_private: bool = False) -> Sent:
    channel = Channel(name="t", kind=Wire.WEBHOOK, url=url, allow_private=allow_private)
    return open_line(channel, {}, patience=HASTY).send(MESSAGE, NOW)


def test_nothing_of_an_answer_is_shown_or_kept_but_its_status(tmp_path: Path) -> None:
    """Else a channel could be used to read what stands behind a firewall."""
    with _both(tmp_path, chatty(b"inner-secret-page")) as (teller, _receiver):
        [told] = teller.tell(FAILING)
        kept = json.dumps([dict(entry.body) for entry in teller.records()], default=str)

    assert isinstance(told, NotDelivered)
    assert told.why == "it answered 400"
    assert "inner-secret-page" not in kept + repr(told)


@pytest.mark.parametrize("answer", [200, 302, 404, 500, hang, chatty(b"x")])
def test_no_secret_is_in_what_is_said_or_kept(tmp_path: Path, answer: Answer) -> None:
    """Neither of the channel, nor of a stage whose reason quotes one, nor a part of the address; on a real disk."""
    stage = StageFact(name="train", action="failed", reason=f"exit code 1: token stage-secret-value {PATH} {KEY}")
    facts = run(stages=(stage,), next_step=f"curl -d {KEY} x")
    repo = new_repo(tmp_path / "real")
    with (
        _both(tmp_path, answer) as (teller, receiver),
        open_workspace(repo.root, listener=lambda _event: None) as opened,
    ):
        environ = {**teller.workspace.environ, "STAGE_TOKEN": "stage-secret-value"}
        workspace = replace(opened, environ=environ)
        link = f"https://ci.example/?k={KEY}"
        told = tell_run(workspace, teller.policy, facts, ON_MAIN, link=link, patience=HASTY)
        line = repr(open_line(teller.policy.notify["t"], environ))

    everything = repr(told) + line + "".join(one.warning for one in told if isinstance(one, NotDelivered))
    everything += b"".join(one.body for one in receiver.taken).decode() + _files_of(repo)
    assert "told/to-t" in everything  # the records were looked at
    for secret in (KEY, "0SECRET", "stage-secret-value"):
        assert secret not in everything


@pytest.mark.parametrize("part", [PATH, PATH.rpartition("/")[2], f"services{PATH}"])
def test_a_part_of_the_address_is_masked_too(tmp_path: Path, part: str) -> None:
    """The last part of Slack's is the secret one."""
    stage = StageFact(name="train", action="failed", reason=f"could not post to {part}")
    with _both(tmp_path) as (teller, receiver):
        teller.tell(run(stages=(stage,)))

    assert "0SECRET3" not in receiver.taken[0].body.decode()
    assert "could not post to" in receiver.bodies[0]["reason"]


def _files_of(repo: Repo) -> str:
    """All that lies in the cache and in the state."""
    files = [path for place in (".seatrial", ".git") for path in (repo.root / place).rglob("*") if path.is_file()]
    return "".join(path.read_bytes().decode("latin-1") for path in files)


def test_two_runs_at_once_tell_once(tmp_path: Path) -> None:
    """Eight, to be sure: each reads before anybody has written."""
    barrier = threading.Barrier(8)
    with _both(tmp_path) as (teller, receiver):
        state = teller.workspace.state
        assert isinstance(state, MemoryState)
        first = threading.local()

        def together(_stream: str) -> None:
            if not getattr(first, "been", False):
                first.been = True
                barrier.wait(10)

        state.before_append = together
        found: list[tuple[Told, ...]] = []
        threads = [threading.Thread(target=lambda: found.append(teller.tell(FAILING))) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)

    assert len(receiver.taken) == 1
    assert sorted(len(told) for told in found) == [0] * 7 + [1]


class _Broken(MemoryState):
    """A state that cannot be written."""

    def append(self, stream: str, body: Any, *, expected: int) -> Entry:
        raise StateError("the disk is full")


def test_without_the_state_nothing_is_told_and_that_is_a_warning(tmp_path: Path) -> None:
    """Nobody could know what was told."""
    with _both(tmp_path) as (teller, receiver):
        teller.workspace = replace(teller.workspace, state=_Broken(tmp_path / "other"))
        [told] = teller.tell(FAILING)

    assert isinstance(told, NotDelivered)
    assert "the disk is full" in told.warning
    assert receiver.taken == []


def test_only_what_a_channel_asks_for_is_told(tmp_path: Path) -> None:
    """Tiers, models, the branch, and what is committed."""
    other = run(models=(_model(name="letters"),), tier="nightly")
    with _both(tmp_path, tiers=("nightly",), models=("digits",)) as (teller, receiver):
        assert teller.tell(other) == ()
        assert teller.tell(replace(FAILING, tier="pr")) == ()
        assert teller.tell(replace(FAILING, tier=None)) == ()
        assert teller.tell(replace(FAILING, dirty=True)) == ()
        assert teller.tell(FAILING, Ground(branch="topic", main=False)) == ()
        assert teller.tell(FAILING, Ground(pull=3, main=False)) == ()
        assert receiver.taken == []
        assert len(teller.tell(FAILING)) == 1


def test_pull_requests_are_told_where_that_was_asked_for(tmp_path: Path) -> None:
    """Under their number."""
    with _both(tmp_path, pull_requests=True) as (teller, receiver):
        teller.tell(FAILING, Ground(pull=3, main=False))

    assert (receiver.bodies[0]["pull_request"], receiver.bodies[0]["branch"]) == (3, None)
    assert receiver.bodies[0]["headline"] == "FAIL: digits (tier nightly, pull request 3)"


def test_a_channel_without_recoveries_hears_of_the_next_failure(tmp_path: Path) -> None:
    """That it passed in between is remembered, and not sent."""
    with _both(tmp_path, on=(Event.FAILURE,)) as (teller, receiver):
        for facts in (FAILING, WELL, FAILING):
            teller.tell(facts)

    assert [one["event"] for one in receiver.bodies] == ["failure", "failure"]


def test_where_nobody_knows_the_main_branch_a_failure_is_a_warning(tmp_path: Path) -> None:
    """Silence would look as if all were well."""
    with _both(tmp_path) as (teller, receiver):
        [told] = teller.tell(FAILING, Ground(branch="main", main=None))

        assert isinstance(told, NotDelivered)
        assert "which branch is the main one is not known" in told.warning
        assert teller.tell(WELL, Ground(branch="main", main=None)) == ()
    assert receiver.taken == []


def test_a_flood_is_bounded_and_the_rest_is_told_by_the_next_run(tmp_path: Path) -> None:
    """A hundred models that fail at once."""
    many = run(models=tuple(_model(name=f"m{number}") for number in range(MOST_MESSAGES + 5)))
    with _both(tmp_path) as (teller, receiver):
        first = teller.tell(many)
        assert len(receiver.taken) == MOST_MESSAGES
        teller.tell(many)

    assert sum(isinstance(one, NotDelivered) for one in first) == 5
    assert len({body["model"] for body in receiver.bodies}) == MOST_MESSAGES + 5


def test_a_version_that_waits_is_told_with_who_may_approve_and_how(tmp_path: Path) -> None:
    """Once."""
    one = ApprovalWanted(
        model="digits",
        version=17,
        alias="production",
        missing=2,
        who=("ada", "@channel"),
        command="seatrial models show digits@17",
        evidence="b3:1",
    )
    with _both(tmp_path) as (teller, receiver):
        for _ in range(2):
            tell_waiting(teller.workspace, teller.policy, one, patience=HASTY)

    [said] = receiver.bodies
    assert (said["event"], said["model"]) == ("approval", "digits")
    assert said["about"] == {"kind": "version", "name": "digits@production"}
    assert (said["version"], said["alias"]) == (17, "production")
    assert said["headline"] == "Approval wanted: digits@17 for production"
    assert "2 approvals are missing" in said["reason"]
    assert "ada, @channel" in said["reason"]
    assert said["command"] == "seatrial models show digits@17"


@pytest.mark.parametrize(
    ("environ", "said"),
    [
        ({"HOOK_KEY": KEY}, "HOOK_URL, which is not set"),
        ({"HOOK_URL": "https://hooks.example.org/"}, "HOOK_KEY, which is not set"),
        ({"HOOK_URL": "https://hooks.example.org/", "HOOK_KEY": "abc"}, "HOOK_KEY is shorter than 4"),
        ({"HOOK_URL": f"ftp://h.example{PATH}", "HOOK_KEY": KEY}, "the address in HOOK_URL is no https address"),
        ({"HOOK_URL": f"h.example{PATH}", "HOOK_KEY": KEY}, "the address in HOOK_URL is no https address"),
    ],
)
def test_a_channel_that_is_not_set_up_says_what_is_missing(tmp_path: Path, environ: dict[str, str], said: str) -> None:
    """And not what is there."""
    with receiving() as receiver, _telling(tmp_path, _signed(receiver), **environ) as teller:
        [told] = teller.tell(FAILING)

    assert isinstance(told, NotDelivered)
    assert said in told.warning
    assert told.ours
    assert "0SECRET" not in told.warning


def test_a_line_end_behind_a_secret_does_no_harm(tmp_path: Path) -> None:
    """`echo $KEY > file` leaves one, and CI systems keep it."""
    with receiving() as receiver:
        environ = {"HOOK_URL": f"{receiver.url(PATH)}\n", "HOOK_KEY": f"{KEY}\n"}
        with _telling(tmp_path, _signed(receiver), **environ) as teller:
            teller.tell(FAILING)

    assert receiver.taken[0].is_signed_with(KEY)


def _after_a_run(repo: Repo, receiver: Receiver, environ: dict[str, str]) -> tuple[Told, ...]:
    """Told from what the newest run of a work tree left."""
    with open_workspace(repo.root, listener=lambda _event: None) as opened:
        reports = sorted(opened.cache.runs.glob("*/report.json"))
        facts = from_text(reports[-1].read_bytes(), file="report.json")
        workspace = replace(
            opened, environ={**opened.environ, "HOOK_URL": receiver.url(PATH), "HOOK_KEY": KEY, **environ}
        )
        policy = replace(load_project(workspace).policy, notify={"t": _signed(receiver)})
        where = ground(workspace, policy, whole=True)
        return tell_run(workspace, policy, facts, where, patience=HASTY)


def test_two_work_trees_that_share_a_state_tell_a_failure_of_the_main_branch_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A real run, its stored report, the branch that is checked out, and the records of the repository."""
    for name in ("GITHUB_REF", "CI_COMMIT_BRANCH", "CI_MERGE_REQUEST_IID"):
        monkeypatch.delenv(name, raising=False)
    repo = new_repo(tmp_path)
    repo.run(code=2)  # there is no model to compare with
    other = repo.worktree("other")
    other.run(code=2)
    with receiving() as receiver:
        detached = _after_a_run(other, receiver, {})
        first = _after_a_run(repo, receiver, {})
        again = _after_a_run(other, receiver, {"GITHUB_REF": "refs/heads/main"})

    assert (detached, [type(one) for one in first], again) == ((), [Delivered], ())
    assert receiver.bodies[0]["headline"] == "ERROR: tiny (main)"
    assert receiver.bodies[0]["reasons"] == ["regression.accuracy"]
    assert receiver.bodies[0]["commit"] == repo.git("rev-parse", "HEAD")


def _notify_config(receiver: Receiver) -> str:
    return f"""\
notify:
  team: {{kind: slack, url_from: TEAM_URL, allow_private: true}}
  ops: {{kind: webhook, url: "{receiver.url("/ops")}", secret_from: OPS_KEY, allow_private: true}}
"""


def _repo(folder: Path, receiver: Receiver, **environ: str) -> Repo:
    repo = new_repo(folder)
    repo.write("seatrial.yaml", repo.read("seatrial.yaml") + _notify_config(receiver))
    repo.environ |= environ
    return repo


def test_notify_sends_a_test_to_every_channel_and_remembers_nothing(tmp_path: Path) -> None:
    """From the command line, as a person tries it."""
    with receiving() as receiver:
        repo = _repo(tmp_path, receiver, TEAM_URL=receiver.url(PATH), OPS_KEY=KEY)
        said = repo.seatrial("notify", "--test")
        document = repo.seatrial("notify", "ops", "--test", "--json").json

    assert said.out.splitlines() == ["team: delivered (status 200)", "ops: delivered (status 200)"]
    assert [(row["name"], row["delivered"], row["status"]) for row in document["channels"]] == [("ops", True, 200)]
    assert document["channels"][0]["delivery"] == receiver.taken[2].delivery
    assert [one.path for one in receiver.taken] == [PATH, "/ops", "/ops"]
    assert receiver.taken[1].is_signed_with(KEY)
    assert receiver.bodies[1]["event"] == "test"
    assert not (repo.state / "told").exists()


@pytest.mark.parametrize(
    ("answers", "environ", "code", "said"),
    [
        ((404,), {"TEAM": "1"}, 5, "NOT delivered: it answered 404"),
        ((200,), {}, 2, "NOT delivered: the channel team needs TEAM_URL, which is not set"),
        ((500,), {}, 5, "NOT delivered: it answered 500"),
    ],
)
def test_notify_says_what_became_of_it(
    tmp_path: Path, answers: tuple[int, ...], environ: dict[str, str], code: int, said: str
) -> None:
    """0, 2 or 5, without a secret in any output or file."""
    with receiving(answers) as receiver:
        repo = _repo(tmp_path, receiver, OPS_KEY=KEY)
        if environ:
            repo.environ["TEAM_URL"] = receiver.url(PATH)
        told = repo.seatrial("notify", "--test", code=code)
        listed = repo.seatrial("notify")
        as_json = repo.seatrial("notify", "--test", "--json", code=code)
        shown = repo.seatrial("config", "--show")

    assert said in told.out
    assert as_json.json["exit_code"] == code
    everything = told.out + told.err + listed.out + as_json.out + shown.out + _files_of(repo)
    assert "0SECRET" not in everything
    assert KEY not in everything


def test_notify_lists_channels_and_whether_their_variables_are_set(tmp_path: Path) -> None:
    """Before anything is sent."""
    with receiving() as receiver:
        repo = _repo(tmp_path, receiver, TEAM_URL=receiver.url(PATH))
        lines = repo.seatrial("notify").out.splitlines()
        rows = repo.seatrial("notify", "--json").json["channels"]

    assert lines == [
        "team: slack; on failure, recovery, approval; TEAM_URL is set",
        "ops: webhook; on failure, recovery, approval; OPS_KEY is NOT set",
    ]
    assert [row["variables"] for row in rows] == [{"TEAM_URL": True}, {"OPS_KEY": False}]
    assert receiver.taken == []


def test_notify_names_the_nearest_channel(tmp_path: Path) -> None:
    """And says so where there is none at all."""
    with receiving() as receiver:
        repo = _repo(tmp_path / "with", receiver)
        wrong = repo.seatrial("notify", "tema", "--test", code=2)
    none = new_repo(tmp_path / "without").seatrial("notify", "--test", code=2)

    assert "did you mean `team`?" in wrong.err
    assert "it has no `notify:`" in none.err
