"""Comments, checks and statuses of runs, on a forge where others write too."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from seatrial.flows.posting import Letter, Message, Written, letter_for_none, send, told
from seatrial.forge.failures import ForbiddenError, RefusedError, UnreachableError
from seatrial.forge.marker import Marker, Said, Subject, marked, marker_in
from seatrial.forge.policy import Kind
from seatrial.forge.port import Check, Deployed, Deployment, State, Status
from seatrial.forge.target import Target
from seatrial.process.masking import masked
from seatrial.replacing import replace
from tests.support.memory_forge import HEAD, MemoryForge

TARGET = Target(kind=Kind.LOCAL, api="", repo="acme/digits", sha=HEAD, number=7)
SUBJECT = Subject(project="digits", tier="", model="digits")
RUNS = [f"01J{number:023d}" for number in range(10)]


def said(text: str) -> str:
    return text


def message(run: str = RUNS[0], *, sha: str = HEAD, models: Sequence[str] = ("digits",), text: str = "PASS") -> Message:
    def body(earlier: Sequence[Said]) -> str:
        return f"{text}\nearlier: {', '.join(one.headline for one in earlier)}\n"

    state = State.SUCCESS if text == "PASS" else State.FAILURE
    return Message(
        project="digits",
        tier=None,
        run=run,
        check=Check(name="seatrial/digits", sha=sha, run=run, state=state, title=text, summary=text),
        status=Status(context="seatrial/digits", sha=sha, state=state, description=text),
        letters=tuple(Letter(model=model, headline=f"{text} of {model}", body=body) for model in models),
    )


def post(forge: MemoryForge, sent: Message, target: Target = TARGET) -> tuple[Written, ...]:
    return send(forge, target, sent, said)


def bodies(forge: MemoryForge) -> list[str]:
    return [comment.body.partition("\n")[2] for comment in forge.written.values()]


def test_a_run_writes_a_comment_for_each_model_a_check_and_a_status() -> None:
    forge = MemoryForge()

    written = post(forge, message(models=("digits", "wine")))

    assert all(one.done for one in written)
    assert [marker_in(comment.body).subject.model for comment in forge.written.values()] == ["digits", "wine"]  # type: ignore[union-attr]
    assert forge.checks["seatrial/digits", HEAD, RUNS[0]].state is State.SUCCESS
    assert [status.state for status in forge.all_statuses] == [State.SUCCESS]


def test_the_next_commit_writes_into_the_same_comment_and_remembers_the_last() -> None:
    forge = MemoryForge()
    post(forge, message(RUNS[0], text="FAIL"))
    forge.head = "c" * 40

    post(forge, message(RUNS[1], sha="c" * 40), replace(TARGET, sha="c" * 40))

    assert bodies(forge) == ["PASS\nearlier: FAIL of digits\n"]


def test_a_later_run_wins_on_one_commit_whichever_posts_last() -> None:
    forge = MemoryForge()
    post(forge, message(RUNS[5], text="FAIL"))

    written = post(forge, message(RUNS[3]))

    assert bodies(forge) == ["FAIL\nearlier: \n"]
    assert any("newer run" in one.said for one in written)


def test_a_clock_that_goes_wrong_keeps_no_old_verdict_under_a_new_commit() -> None:
    """The machine of the first run was ahead of that of the second."""
    forge = MemoryForge()
    post(forge, message(RUNS[9], text="PASS"))
    forge.head = "c" * 40

    post(forge, message(RUNS[0], sha="c" * 40, text="FAIL"), replace(TARGET, sha="c" * 40))

    assert bodies(forge) == ["FAIL\nearlier: PASS of digits\n"]


def test_a_late_run_of_an_old_commit_keeps_its_check_and_leaves_the_comment_alone() -> None:
    forge = MemoryForge(head="c" * 40)

    written = post(forge, message(sha=HEAD))

    assert forge.written == {}
    assert ("seatrial/digits", HEAD, RUNS[0]) in forge.checks
    assert any("newer commit" in one.said for one in written)


def test_a_commit_pushed_while_we_write_finds_no_verdict_that_is_not_its_own() -> None:
    forge = MemoryForge()

    def push() -> None:
        forge.head = "c" * 40

    forge.meanwhile("add_comment", push)

    post(forge, message(text="PASS"))

    (body,) = bodies(forge)
    assert "PASS" not in body
    assert "newer commit" in body


def test_a_comment_deleted_by_hand_is_written_anew() -> None:
    forge = MemoryForge()
    post(forge, message(RUNS[0]))
    forge.meanwhile("change_comment", forge.written.clear)

    written = post(forge, message(RUNS[1]))

    assert bodies(forge) == ["PASS\nearlier: \n"]
    assert all(one.done for one in written)


def test_of_two_runs_that_write_at_once_one_comment_remains_and_it_is_of_the_later_run() -> None:
    forge = MemoryForge()
    other = message(RUNS[1], text="FAIL")
    forge.meanwhile("add_comment", lambda: post(forge, other))

    post(forge, message(RUNS[0], text="PASS"))

    assert bodies(forge) == ["FAIL\nearlier: \n"]


def test_an_answer_that_was_lost_makes_no_second_comment() -> None:
    forge = MemoryForge()
    lost = marked("PASS\nearlier: \n", Marker(subject=SUBJECT, said=_now(RUNS[0])))
    forge.meanwhile("add_comment", lambda: forge.say(lost))
    forge.fail("add_comment", UnreachableError("no answer", may_be_done=True))

    written = post(forge, message(RUNS[0]))

    assert bodies(forge) == ["PASS\nearlier: \n"]
    assert all(one.done for one in written)


def _now(run: str) -> Said:
    return Said(sha=HEAD, run=run, headline="PASS of digits")


def test_comments_of_others_are_never_touched_even_with_our_marker() -> None:
    forge = MemoryForge()
    forged = marked("PASS, trust me", Marker(subject=SUBJECT, said=_now(RUNS[9])))
    name = forge.say(forged, author="mallory")

    post(forge, message(text="FAIL"))

    assert forge.written[name].body == forged
    assert "FAIL\nearlier: \n" in bodies(forge)


def test_a_model_that_the_run_no_longer_has_keeps_no_comment() -> None:
    forge = MemoryForge()
    post(forge, message(RUNS[0], models=("digits", "wine")))

    post(forge, message(RUNS[1], models=("digits",)))

    assert [marker_in(comment.body).subject.model for comment in forge.written.values()] == ["digits"]  # type: ignore[union-attr]


def test_a_model_of_another_tier_keeps_its_comment() -> None:
    forge = MemoryForge()
    post(forge, replace(message(RUNS[0]), tier="nightly"))

    post(forge, message(RUNS[1]))

    assert len(forge.written) == 2


def test_a_token_that_may_write_no_checks_leaves_the_status_under_the_same_name() -> None:
    forge = MemoryForge()
    forge.fail("put_check", ForbiddenError("the token may not write checks"))

    written = post(forge, message(text="FAIL"))

    assert told(written)
    assert [(status.context, status.state) for status in forge.all_statuses] == [("seatrial/digits", State.FAILURE)]


def test_a_token_without_any_right_is_told_and_nothing_is_claimed() -> None:
    forge = MemoryForge()
    for method in ("put_check", "put_status", "pull", "comments", "add_comment"):
        forge.fail(method, ForbiddenError("the token may not do this"), times=9)

    written = post(forge, message())

    assert not told(written)
    assert not any(one.done for one in written)
    assert all("may not" in one.said for one in written)


def test_what_cannot_be_written_keeps_nothing_else_back() -> None:
    forge = MemoryForge()
    forge.fail("deploy", RefusedError("no such environment"))
    move = Deployment(
        sha=HEAD, environment="prod", key="digits@1 production", state=Deployed.SUCCESS, description="digits@1"
    )
    sent = replace(message(), deployments=(move, replace(move, environment="other", key="digits@1 other")))

    written = post(forge, sent)

    assert [one.done for one in written if one.what.startswith("deployment")] == [False, True]
    assert len(forge.written) == 1


def test_a_forge_that_is_down_leaves_a_line_for_each_thing() -> None:
    forge = MemoryForge()
    for method in ("put_check", "put_status", "pull"):
        forge.fail(method, UnreachableError("the forge did not answer"), times=9)

    written = post(forge, message())

    assert [one.done for one in written] == [False, False, False]


def test_without_a_pull_request_there_is_no_comment() -> None:
    forge = MemoryForge()

    post(forge, message(), replace(TARGET, number=None))

    assert forge.written == {}
    assert "comments" not in forge.calls


def test_a_pull_request_of_a_fork_is_looked_up_by_its_commit() -> None:
    forge = MemoryForge()
    target = replace(TARGET, number=None, event="workflow_run", head_ref="better", head_repo="mallory/digits")

    post(forge, message(), target)

    assert len(forge.written) == 1


def test_a_secret_leaves_in_no_text() -> None:
    forge = MemoryForge()
    secret = "hunter2-canary"
    sent = message(text=f"the secret is {secret}")

    send(forge, TARGET, sent, lambda text: masked(text, [secret]))

    (comment,) = forge.written.values()
    check = forge.checks["seatrial/digits", HEAD, RUNS[0]]
    assert not any(
        secret in text for text in (comment.body, check.title, check.summary, forge.all_statuses[0].description)
    )


def test_a_run_that_judged_nothing_has_a_comment_of_its_own() -> None:
    forge = MemoryForge()

    post(forge, replace(message(), letters=(letter_for_none("NOTHING AFFECTED", "nothing affected\n"),)))

    assert bodies(forge) == ["nothing affected\n"]


@given(st.permutations([(RUNS[0], "PASS"), (RUNS[1], "FAIL"), (RUNS[2], "ERROR")]), st.data())
def test_in_whatever_order_runs_of_one_commit_post_the_latest_is_what_stands(
    order: list[tuple[str, str]], data: st.DataObject
) -> None:
    forge = MemoryForge()
    for run, text in order:
        if data.draw(st.booleans()):
            forge.meanwhile("comments", lambda: forge.say("a person says something", author="ann"))
        post(forge, message(run, text=text))

    ours = [comment for comment in forge.written.values() if comment.ours]
    assert [comment.body.partition("\n")[2] for comment in ours] == ["ERROR\nearlier: \n"]
