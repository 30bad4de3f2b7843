"""Approvals that a forge reports: the same flow as the command's, with a person whom the forge knows."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from seatrial.errors import ConflictError, UsageError
from seatrial.flows.approving import Approved, approve, withdraw
from seatrial.flows.for_alias import ForAlias
from seatrial.flows.policy import ProjectPolicy
from seatrial.flows.promote import Promotion, promote
from seatrial.flows.waiting import Approvals
from seatrial.flows.workspace import Workspace
from seatrial.registry.promotion import Allowed, Refused
from seatrial.registry.records import Actor, IdentifiedBy, Version
from seatrial.registry.registry import Registry
from seatrial.wiring import open_workspace, read_configuration
from tests.support.approvals import github
from tests.support.cli import BETTER, CONFIG, Repo, copy_of, template, with_production

WHERE = "https://github.example/pull/7#issuecomment-1"
RULE = """\
    gates: gates.yaml
    approvals:
      production:
        from: [[ben, ben@example.invalid], [cleo, cleo@example.invalid]]
        min: 2
        known_by: [github]
"""


def _ruled(folder: Path) -> Repo:
    repo = with_production(folder)
    repo.write("seatrial.yaml", CONFIG.replace("    gates: gates.yaml\n", RULE))
    repo.commit("approvals")
    repo.set_params(BETTER)
    repo.run()
    repo.register()
    return repo


@pytest.fixture
def repo(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> Repo:
    """Two approvals are needed, and only what GitHub itself reports counts."""
    return copy_of(template(tmp_path_factory, "ruled-by-forge", _ruled), tmp_path)


@contextmanager
def _open(repo: Repo) -> Iterator[tuple[Workspace, ProjectPolicy, Version]]:
    """The repository as a second job sees it, with its newest version."""
    with open_workspace(repo.root, listener=lambda _event: None) as workspace:
        policy = workspace.load_policy(lambda path: read_configuration(repo.root, path))
        workspace.settle(policy)
        yield workspace, policy, Registry(workspace.state).versions("tiny")[-1]


def _approve(
    repo: Repo, actor: Actor, *, where: str | None = None, before: Callable[[ForAlias], None] = lambda _ready: None
) -> Approved:
    with _open(repo) as (workspace, policy, version):
        return approve(workspace, policy, version, "production", actor=actor, where=where, before=before)


def _promote(repo: Repo, number: int = 2) -> Promotion:
    with _open(repo) as (workspace, policy, _):
        version = Registry(workspace.state).versions("tiny")[number - 1]
        return promote(workspace, policy, version, "production", first=False, override_reason=None)


def _records(repo: Repo) -> int:
    return len(list((repo.state / "records/models/tiny").iterdir()))


def test_two_people_are_needed_and_one_who_speaks_twice_is_one(repo: Repo) -> None:
    """A review and a comment by the same login count once."""
    comment = Actor(name="Ben", identified_by=IdentifiedBy.GITHUB_COMMENT)
    _approve(repo, github("ben"), where=f"{WHERE}1")
    second = _approve(repo, comment, where=f"{WHERE}2")
    held = _promote(repo).permission
    third = _approve(repo, github("cleo"))
    moved = _promote(repo)

    assert (second.new, second.standing.missing, second.standing.may) == (True, 1, ("cleo",))
    assert isinstance(held, Refused)
    assert "production asks for 2 approvals and has 1, by Ben; may be given by cleo" in held.reasons
    assert isinstance(third.permission, Allowed)
    assert moved.move is not None
    assert [(by.actor, by.where) for by in moved.move.approvals] == [(comment, f"{WHERE}2"), (github("cleo"), None)]


def test_who_is_known_in_another_way_is_refused(repo: Repo) -> None:
    """Anybody can write a listed address into git's configuration; a variable of a runner is no review."""
    for actor in (
        Actor(name="Ben <ben@example.invalid>", identified_by=IdentifiedBy.GIT_CONFIG),
        Actor(name="ben", identified_by=IdentifiedBy.GITHUB_ACTIONS),
    ):
        before = _records(repo)
        with pytest.raises(UsageError, match=f"is known from {actor.identified_by}, and what counts is github"):
            _approve(repo, actor)
        assert _records(repo) == before


def test_an_event_told_twice_is_one_approval_and_brings_none_back(repo: Repo) -> None:
    """A forge sends an event again when it heard no answer; after a withdrawal that must change nothing."""
    first, again = _approve(repo, github("ben"), where=WHERE), _approve(repo, github("ben"), where=WHERE)
    with _open(repo) as (workspace, policy, version):
        withdraw(workspace, policy, version, "production", actor=github("ben"))
    count = _records(repo)

    assert (first.new, again.new, again.approval) == (True, False, first.approval)
    with pytest.raises(UsageError, match="what ben approved there was withdrawn"):
        _approve(repo, github("ben"), where=WHERE)
    assert _records(repo) == count
    assert _approve(repo, github("ben"), where=f"{WHERE}2").new


def test_a_person_withdraws_under_any_of_their_names(repo: Repo) -> None:
    """Taking a word back lets nothing through, so it need not be known as well as giving it; but it is one's own."""
    _approve(repo, github("ben"))
    with _open(repo) as (workspace, policy, version):
        stranger = Actor(name="Eve <eve@example.invalid>", identified_by=IdentifiedBy.GIT_CONFIG)
        with pytest.raises(UsageError, match="approved by: ben"):
            withdraw(workspace, policy, version, "production", actor=stranger)
        mine = Actor(name="B <ben@example.invalid>", identified_by=IdentifiedBy.GIT_CONFIG)
        (done,) = withdraw(workspace, policy, version, "production", actor=mine)

    assert (done.of, done.actor) == (github("ben"), mine)


def test_what_is_approved_is_handed_on_before_anything_is_recorded(repo: Repo) -> None:
    """Whoever shows it may still stop."""
    before, seen = _records(repo), []

    def show(ready: ForAlias) -> None:
        seen.append((ready.judged.verdict, _records(repo)))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        _approve(repo, github("ben"), before=show)

    assert seen == [("PASS", before)]
    assert _records(repo) == before


@pytest.mark.parametrize("where", ["javascript:x", "https://u:p@github.example/", "https://github.example/\x1b[31m"])
def test_an_address_that_cannot_be_kept_is_refused(repo: Repo, where: str) -> None:
    """It ends up in reports."""
    with pytest.raises(UsageError, match="cannot be linked"):
        _approve(repo, github("ben"), where=where)


def test_of_two_approved_promotions_at_once_one_moves_the_alias(repo: Repo) -> None:
    """The other is told, and its approvals, given against the old holder, are void from then on."""
    repo.edit("params.yaml", ("  skill: 0.95\n", "  skill: 0.951\n"))
    repo.commit("another")
    repo.run()
    repo.register()
    for number in (2, 3):
        with _open(repo) as (workspace, policy, _):
            version = Registry(workspace.state).versions("tiny")[number - 1]
            for name in ("ben", "cleo"):
                approve(workspace, policy, version, "production", actor=github(name))
    start, outcomes = threading.Barrier(2), []

    def race(number: int) -> None:
        start.wait(timeout=60)
        try:
            outcomes.append("moved" if _promote(repo, number).move else "held")
        except ConflictError:
            outcomes.append("conflict")

    racers = [threading.Thread(target=race, args=(number,)) for number in (2, 3)]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join(timeout=120)
    winner = repo.aliases()["production"]
    loser = _promote(repo, 5 - winner)

    assert outcomes.count("moved") == 1
    assert set(outcomes) <= {"moved", "conflict", "held"}
    assert isinstance(loser.permission, Refused)
    assert [one.reason for one in loser.approvals.void] == ["other_evidence", "other_evidence"]


def test_listings_say_what_waits_for_whom(repo: Repo) -> None:
    """The newest version that could take the alias, and older ones that somebody has approved."""
    _approve(repo, github("ben"))
    repo.edit("params.yaml", ("  skill: 0.95\n", "  skill: 0.951\n"))
    repo.commit("another")
    repo.run()
    repo.register()
    with _open(repo) as (workspace, policy, _):
        found = Approvals(workspace, policy).waiting(Registry(workspace.state).history("tiny"))

    assert [(one.version.ref, one.alias, one.standing.missing, one.standing.may) for one in found] == [
        ("tiny@2", "production", 1, ("cleo",)),
        ("tiny@3", "production", 2, ("ben", "cleo")),
    ]
