"""A model behind HTTP: asked in every preset, and each way in which it fails told in words; nothing is left behind."""

from __future__ import annotations

import os
import signal
import socket
import time
from pathlib import Path
from typing import Any, NoReturn

import pytest

from seatrial.errors import OutsideError, StageError, UsageError
from seatrial.process import group
from seatrial.replacing import replace
from seatrial.serving import launch
from seatrial.serving.asking import UnansweredError, Why
from seatrial.serving.policy import Command, Preset, Timeouts, Url
from seatrial.serving.running import serve
from tests.support.serving import MODEL, QUICK, behind, ground, left_behind


@pytest.mark.parametrize(
    ("preset", "given", "answer"),
    [
        (Preset.JSON, 21, 42),
        (Preset.MLFLOW, 21, 42),
        (Preset.MLFLOW, {"x": 21}, 42),
        (Preset.V2, 21, 42),
        (Preset.V2, [1, 2, 3], [2, 4, 6]),
        (Preset.OPENAI, "hello", "You said hello"),
    ],
)
def test_every_preset_is_asked_and_answers(tmp_path: Path, preset: Preset, given: Any, answer: Any) -> None:
    with serve(behind(preset=preset), ground(tmp_path)) as model:
        reply = model.ask([given])

        assert reply.answers == (answer,)
        assert 0 < reply.ms < 2000
        assert model.since_start is not None


@pytest.mark.parametrize("preset", [Preset.MLFLOW, Preset.V2])
def test_many_inputs_are_one_request_where_the_preset_has_that(tmp_path: Path, preset: Preset) -> None:
    with serve(behind(preset=preset), ground(tmp_path)) as model:
        assert model.takes_many
        assert model.ask([1, 2, 3]).answers == (2, 4, 6)


def test_json_takes_a_list_where_it_is_said(tmp_path: Path) -> None:
    with serve(behind(batch=True), ground(tmp_path)) as model:
        assert model.ask([1, 2]).answers == (2, 4)
    with serve(behind(), ground(tmp_path)) as model, pytest.raises(UnansweredError, match="takes one input, and these"):
        model.ask([1, 2])


@pytest.mark.parametrize(
    ("how", "why", "said"),
    [
        ("500", Why.STATUS, 'answers 500: {"error": "no such column: age"}'),
        ("text", Why.NOT_JSON, "not JSON: <html>Service</html>"),
        ("empty", Why.NOT_JSON, "not JSON, with an empty body"),
        ("deep", Why.WRONG_SHAPE, "answers JSON that is nested too deeply: [[["),
        ("twice", Why.WRONG_SHAPE, 'answers JSON that has the key `label` twice in one object: {"label"'),
        ("hangs", Why.TIMEOUT, "was not answered within 1 s"),
        ("drips", Why.TIMEOUT, "was not answered within 1 s"),
        ("wrong-shape", Why.WRONG_SHAPE, "the answer has no `result`: it is an object with wrong"),
        ("cuts", Why.CUT_OFF, "the connection was closed before an answer"),
    ],
)
def test_each_way_of_not_answering_is_told_apart(tmp_path: Path, how: str, why: Why, said: str) -> None:
    timeouts = replace(QUICK, request=1.0)
    with serve(behind(how, timeouts=timeouts), ground(tmp_path)) as model:
        began = time.monotonic()
        with pytest.raises(UnansweredError) as caught:
            model.ask([1])

        assert caught.value.why is why
        assert said in str(caught.value)
        assert time.monotonic() - began < 10
        assert caught.value.ms > 0


def test_too_few_answers_are_a_wrong_shape(tmp_path: Path) -> None:
    for preset in (Preset.MLFLOW, Preset.V2):
        with serve(behind("short", preset=preset), ground(tmp_path)) as model:
            with pytest.raises(UnansweredError) as caught:
                model.ask([1, 2])
            assert caught.value.why is Why.WRONG_SHAPE


def test_a_model_that_dies_in_the_middle_is_told_with_its_last_words(tmp_path: Path) -> None:
    """With its exit code; and it stays dead."""
    with serve(behind("dies-after-2"), ground(tmp_path)) as model:
        assert [model.ask([at]).answers for at in (1, 2)] == [(2,), (4,)]
        for _ in range(2):
            with pytest.raises(UnansweredError) as caught:
                model.ask([3])
            assert caught.value.why is Why.DIED
            assert "its process ended with exit code 7" in str(caught.value)
            assert "out of luck" in str(caught.value)


def test_a_model_that_is_killed_is_told_with_the_signal(tmp_path: Path) -> None:
    with serve(behind(), ground(tmp_path)) as model:
        model.ask([1])
        for pid in left_behind():
            os.kill(pid, 9)
        with pytest.raises(UnansweredError, match="killed by SIGKILL"):
            model.ask([2])


def test_one_that_never_becomes_ready_is_told_with_what_it_says(tmp_path: Path) -> None:
    timeouts = replace(QUICK, ready=1.0)
    with pytest.raises(StageError) as caught, serve(behind("never-ready", timeouts=timeouts), ground(tmp_path)):
        pass

    assert "never became ready within 1 s: GET / answers 503" in str(caught.value)
    assert "loading" in str(caught.value)


def test_one_that_hangs_when_it_is_asked_whether_it_is_ready_is_given_up(tmp_path: Path) -> None:
    timeouts = replace(QUICK, ready=1.0)
    with pytest.raises(StageError, match="never became ready within 1 s"):
        serve(behind("silent", timeouts=timeouts), ground(tmp_path)).__enter__()


def test_one_that_dies_before_it_is_ready_is_not_waited_for(tmp_path: Path) -> None:
    began = time.monotonic()
    with pytest.raises(StageError) as caught, serve(behind("dies"), ground(tmp_path)):
        pass

    assert "never became ready: its process ended with exit code 3" in str(caught.value)
    assert "no model at /nowhere" in str(caught.value)
    assert time.monotonic() - began < QUICK.ready


def test_a_slow_start_is_waited_for(tmp_path: Path) -> None:
    with serve(behind("slow"), ground(tmp_path)) as model:
        assert model.since_start is not None
        assert model.since_start > 1000


@pytest.mark.parametrize("how", ["closes", "closes-each", "drops-kept"])
def test_a_server_that_does_not_keep_connections_is_asked_all_the_same(tmp_path: Path, how: str) -> None:
    """Also one that closes a kept connection without a word: that says nothing about the model."""
    with serve(behind(how), ground(tmp_path)) as model:
        assert [model.ask([at]).answers[0] for at in range(5)] == [0, 2, 4, 6, 8]


def test_what_ignores_being_told_to_end_and_what_it_started_are_gone(tmp_path: Path) -> None:
    timeouts = replace(QUICK, stop=0.3)
    with serve(behind("stubborn", "leaves-child", timeouts=timeouts), ground(tmp_path)) as model:
        model.ask([1])
        assert len(left_behind()) == 2

    assert left_behind() == []


def test_peak_memory_is_that_of_the_whole_group_and_of_within_a_request(tmp_path: Path) -> None:
    with serve(behind("leaves-child", timeouts=replace(QUICK, request=10.0)), ground(tmp_path)) as model:
        before = model.peak_memory()
    with serve(behind("grows", timeouts=replace(QUICK, request=10.0)), ground(tmp_path)) as model:
        for _ in range(3):
            model.ask([1])
        after = model.peak_memory()

    assert before is not None
    assert after is not None
    assert after > 3 * (64 << 20)
    assert (4 << 20) < before < (64 << 20)


def test_a_server_that_runs_already_is_asked_and_left_running(tmp_path: Path) -> None:
    with serve(behind(), ground(tmp_path)) as own:
        port = next(word for word in _command_line(left_behind()[0]) if word.isdecimal())
        server = replace(behind(), behind=Url(url=f"http://127.0.0.1:{port}"))
        with serve(server, ground(tmp_path)) as model:
            assert model.ask([4]).answers == (8,)
            assert (model.since_start, model.peak_memory()) == (None, None)
        assert own.ask([5]).answers == (10,)


def test_an_address_where_nobody_listens_is_somebody_elses_fault(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
    server = replace(behind(), behind=Url(url=url), timeouts=replace(QUICK, ready=0.3))
    with pytest.raises(OutsideError, match="nobody listens at"), serve(server, ground(tmp_path)):
        pass


def test_a_port_that_is_taken_is_refused_before_a_stranger_is_asked(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        command = Command(cmd=f"python {MODEL} ${{port}}", port=taken.getsockname()[1])
        with pytest.raises(UsageError, match="is taken"), serve(replace(behind(), behind=command), ground(tmp_path)):
            pass


def test_a_token_comes_from_the_environment(tmp_path: Path) -> None:
    with serve(behind("token", headers={"Authorization": "Bearer $TOKEN"}), ground(tmp_path)) as model:
        assert model.ask([1]).answers == (2,)
    with pytest.raises(UsageError, match=r"takes \$TOKEM, which is not set"):
        serve(behind(headers={"Authorization": "Bearer $TOKEM"}), ground(tmp_path)).__enter__()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"behind": Command(cmd="python x ${prot}")}, "did you mean|uses \\${prot}"),
        ({"behind": Command(cmd="python x ${model}")}, "no model is known"),
        ({"behind": Command(cmd='python "x')}, "cannot be split into words"),
        ({"behind": Command(cmd=" ")}, "is empty"),
        ({"behind": Url(url="127.0.0.1:80")}, "no address of a server"),
        ({"behind": Url(url="ftp://host")}, "no address of a server"),
        ({"behind": Url(url="http://host:port")}, "no address of a server"),
        ({"preset": Preset.V2, "name": None}, "asks a model by its name"),
    ],
)
def test_what_cannot_be_meant_is_refused_before_anything_starts(
    tmp_path: Path, changes: dict[str, Any], said: str
) -> None:
    with pytest.raises(UsageError, match=said), serve(replace(behind(), **changes), ground(tmp_path)):
        pass


def test_a_program_that_is_not_there_is_told_by_name(tmp_path: Path) -> None:
    server = replace(behind(), behind=Command(cmd="no-such-server ${port}"), timeouts=Timeouts(ready=5))
    with pytest.raises(StageError, match="no-such-server cannot be started"), serve(server, ground(tmp_path)):
        pass


def _command_line(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/cmdline").read_bytes().decode().split("\0")


def test_an_interrupt_in_the_moment_of_starting_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The process is there, and nobody has been told of it yet."""
    start, made = launch.launch_command, []

    def interrupted(*arguments: Any) -> NoReturn:
        made.append(start(*arguments))
        raise KeyboardInterrupt

    monkeypatch.setattr(launch, "launch_command", interrupted)
    with pytest.raises(KeyboardInterrupt), serve(behind(), ground(tmp_path)):
        pass

    ended = made[0].child.poll()
    assert ended is not None
    assert ended.signal == signal.SIGKILL


def test_an_interrupt_while_a_model_is_stopped_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is no longer asked kindly. This one ignores being asked: another may be gone before anybody waits for it."""

    def interrupted(*_: Any) -> NoReturn:
        monkeypatch.undo()
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), serve(behind("stubborn"), ground(tmp_path)):
        monkeypatch.setattr(group, "wait_any", interrupted)
