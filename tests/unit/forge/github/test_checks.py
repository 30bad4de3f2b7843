"""Checks on GitHub: one for each run, with all its annotations once, whatever was lost on the way."""

from __future__ import annotations

import pytest

from seatrial.forge.failures import ForbiddenError, RefusedError, UnreachableError
from seatrial.forge.github.bodies import MOST_ANNOTATIONS
from seatrial.forge.port import Annotation, Check, Level, State
from seatrial.replacing import replace
from tests.support.fake_github.clients import client
from tests.support.fake_github.server import FakeGitHub

SHA = "a" * 40
CHECK = Check(
    name="seatrial/gate",
    sha=SHA,
    run="01RUN",
    state=State.FAILURE,
    title="FAIL: f1 dropped 0.027",
    summary="# Report",
    url="https://ci.invalid/1",
)


def _annotations(count: int, message: str = "over the bound") -> tuple[Annotation, ...]:
    return tuple(
        Annotation(path="data/train.csv", line=number, level=Level.FAILURE, title="data", message=message)
        for number in range(1, count + 1)
    )


def _lines(fake: FakeGitHub) -> list[int]:
    (check,) = fake.world.checks.values()
    return [one["start_line"] for one in check["annotations"]]


@pytest.mark.parametrize(
    ("state", "status", "conclusion"),
    [
        (State.RUNNING, "in_progress", None),
        (State.SUCCESS, "completed", "success"),
        (State.FAILURE, "completed", "failure"),
    ],
)
def test_a_check_says_of_a_commit_what_the_run_came_to(
    fake: FakeGitHub, state: State, status: str, conclusion: str | None
) -> None:
    """Success and failure, and never what GitHub counts as passed though it is not."""
    client(fake).put_check(replace(CHECK, state=state))
    (check,) = fake.world.checks.values()

    assert (check["status"], check.get("conclusion")) == (status, conclusion)
    assert (check["name"], check["head_sha"], check["external_id"]) == ("seatrial/gate", SHA, "01RUN")
    assert check["output"] == {"title": CHECK.title, "summary": CHECK.summary}
    assert check["details_url"] == CHECK.url


def test_the_check_of_a_run_is_replaced_and_that_of_another_run_is_added(fake: FakeGitHub) -> None:
    """Running first, then what it came to; and the other way round, where a run is repeated."""
    github = client(fake)
    github.put_check(replace(CHECK, state=State.RUNNING))
    github.put_check(CHECK)
    client(fake).put_check(replace(CHECK, run="02RUN", state=State.SUCCESS))
    github.put_check(replace(CHECK, state=State.RUNNING))

    said = [(one["external_id"], one["status"], one["conclusion"]) for one in fake.world.checks.values()]
    assert said == [("01RUN", "in_progress", None), ("02RUN", "completed", "success")]


@pytest.mark.parametrize("count", [0, 1, 49, 50, 51, 100, 101, 237])
def test_annotations_arrive_in_batches_all_of_them_in_order(fake: FakeGitHub, count: int) -> None:
    """GitHub takes fifty at a time."""
    client(fake).put_check(replace(CHECK, annotations=_annotations(count)))

    assert _lines(fake) == list(range(1, count + 1))
    assert fake.count("POST") + fake.count("PATCH") == max(1, -(-count // 50))


def test_annotations_that_are_there_are_not_added_again(fake: FakeGitHub) -> None:
    """GitHub adds those of each request, so the same check twice would have them twice. Two that are equal stay two."""
    fake.page_size = 30
    github = client(fake)
    first = replace(CHECK, annotations=(*_annotations(60), *_annotations(2)))
    github.put_check(first)
    github.put_check(first)
    github.put_check(replace(first, annotations=(*first.annotations, *_annotations(1, "another"))))

    assert _lines(fake) == [*range(1, 61), 1, 2, 1]


@pytest.mark.parametrize("fault", ["lose", "truncate"])
@pytest.mark.parametrize("lost", range(5))
def test_a_check_whose_answer_is_lost_is_still_one_with_every_annotation_once(
    fake: FakeGitHub, fault: str, lost: int
) -> None:
    """Whichever of its requests it is."""
    check = replace(CHECK, annotations=_annotations(180))
    order = ["check-runs", "POST", "PATCH 1", "PATCH 2", "PATCH 3"][lost]
    part = "/check-runs"
    if order.startswith("PATCH"):
        for _ in range(int(order[-1]) - 1):
            fake.fail("pass", method="PATCH", part=part, times=1)
        fake.fail(fault, method="PATCH", part=part, times=1)
    else:
        fake.fail(fault, method="POST" if order == "POST" else "GET", part=part, times=1)
    client(fake).put_check(check)

    assert sorted(_lines(fake)) == list(range(1, 181))


def test_a_check_that_is_lost_again_and_again_is_said_to_be(fake: FakeGitHub) -> None:
    """There is an end to looking."""
    fake.fail("502", method="POST")
    with pytest.raises(UnreachableError, match="could not write checks: it answered 502"):
        client(fake).put_check(CHECK)
    assert fake.count("POST") == 2


def test_a_token_without_the_right_is_told_which_and_what_to_change(fake: FakeGitHub) -> None:
    """Here it may read checks and not write them, as in a fork's run."""
    fake.world.token("ghs_reads", "github-actions[bot]", app="github-actions", checks="read")
    with pytest.raises(ForbiddenError, match="may not write checks: Resource not accessible by integration") as error:
        client(fake, "ghs_reads").put_check(CHECK)
    assert "`checks: write`" in str(error.value.next_step)
    assert "fork" in str(error.value.next_step)


def test_a_persons_token_writes_no_checks_and_is_told_who_does(fake: FakeGitHub) -> None:
    with pytest.raises(ForbiddenError, match="You must authenticate via a GitHub App") as error:
        client(fake, "ghp_of-a-person").put_check(CHECK)
    assert "token of a workflow or of an app" in str(error.value.next_step)


def test_a_check_of_another_app_is_left_alone(fake: FakeGitHub) -> None:
    """It may not be changed, and is not ours, once it is known who we are."""
    fake.world.token("ghs_of-others", "other[bot]", app="other")
    client(fake, "ghs_of-others").put_check(CHECK)
    github = client(fake)
    github.put_check(replace(CHECK, run="00RUN"))
    github.put_check(CHECK)

    assert [(one["app"], one["external_id"]) for one in fake.world.checks.values()] == [
        ("other", "01RUN"),
        ("github-actions", "00RUN"),
        ("github-actions", "01RUN"),
    ]


def test_a_commit_that_github_does_not_have_is_refused_with_its_words(fake: FakeGitHub) -> None:
    with pytest.raises(RefusedError, match="No commit found for SHA"):
        client(fake).put_check(replace(CHECK, sha="f" * 40))


def test_texts_are_kept_within_githubs_limits_and_say_that_they_were_cut(fake: FakeGitHub) -> None:
    """A summary is bounded in bytes. One text that is too long must not lose the verdict."""
    long = "\U0001f680" * 40_000
    annotation = Annotation(path="p" * 5_000, line=0, level=Level.NOTICE, title=long, message=long)
    blank = Annotation(path="a", line=1, level=Level.NOTICE, title="", message="")
    client(fake).put_check(replace(CHECK, title=long, summary=long, annotations=(annotation, blank), url="file:///x"))
    (check,) = fake.world.checks.values()

    assert len(check["output"]["summary"].encode()) <= 65_535
    assert check["output"]["summary"].endswith("… (cut here: a check holds no more)\n")
    assert len(check["output"]["title"]) <= 255
    assert "details_url" not in check
    first, second = check["annotations"]
    assert first["start_line"] == 1
    assert len(first["message"].encode()) <= 64 * 1024
    assert second["message"]


def test_the_same_long_annotations_are_known_again(fake: FakeGitHub) -> None:
    """What is compared is what was sent."""
    odd = Annotation(path="a\ud800", line=1, level=Level.WARNING, title="t" * 999, message="\ud800" + "m" * 99_999)
    github = client(fake)
    github.put_check(replace(CHECK, annotations=(odd,)))
    github.put_check(replace(CHECK, annotations=(odd,)))

    assert _lines(fake) == [1]


def test_annotations_beyond_what_is_sent_are_counted_in_the_summary(fake: FakeGitHub) -> None:
    client(fake).put_check(replace(CHECK, annotations=_annotations(MOST_ANNOTATIONS + 7)))
    (check,) = fake.world.checks.values()

    assert len(check["annotations"]) == MOST_ANNOTATIONS
    assert check["output"]["summary"].endswith("7 more annotations are not shown here.\n")
