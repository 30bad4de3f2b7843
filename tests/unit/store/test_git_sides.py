"""A remote that is read from one repository and written to another takes no state; one of two protocols does."""

from __future__ import annotations

from pathlib import Path

import pytest

from seatrial.store.git_sides import Sides, sides_of
from seatrial.store.objects import DeniedError
from tests.support.git_server import run
from tests.support.git_state import STATE, new_clone, new_remote, objects_in


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A clone of a team's repository, beside which lies a fork."""
    team = new_remote(tmp_path)
    run("clone", "--quiet", "--bare", str(team), str(tmp_path / "fork.git"), at=tmp_path)
    return new_clone(team, tmp_path / "clone")


def pushing_to(clone: Path, address: object) -> Path:
    run("config", "--add", "remote.origin.pushurl", str(address), at=clone)
    return clone


@pytest.mark.parametrize("key", ["records/a/1.json", "blobs/cas/aa/bb"])
def test_a_write_that_nobody_would_see_is_no_success(clone: Path, tmp_path: Path, key: str) -> None:
    store = objects_in(pushing_to(clone, tmp_path / "fork.git"))

    with pytest.raises(DeniedError, match="read from one repository and written to another"):
        store.put_if_absent(key, b"{}")


def test_nothing_is_written_where_the_two_sides_are_seen_to_differ(clone: Path, tmp_path: Path) -> None:
    assert objects_in(clone).put_if_absent("records/a/1.json", b"{}")
    store = objects_in(pushing_to(clone, tmp_path / "fork.git"))

    with pytest.raises(DeniedError):
        store.put_if_absent("records/a/2.json", b"{}")
    assert STATE not in run("for-each-ref", at=tmp_path / "fork.git")


def test_one_repository_by_two_addresses_is_one(clone: Path, tmp_path: Path) -> None:
    store = objects_in(pushing_to(clone, (tmp_path / "team.git").as_uri()))

    assert store.put_if_absent("records/a/1.json", b"{}")
    assert store.put_if_absent("blobs/cas/aa/bb", b"x")
    assert objects_in(clone).get("records/a/1.json") == b"{}"


def test_several_addresses_at_once_take_no_state(clone: Path, tmp_path: Path) -> None:
    run("config", "--add", "remote.origin.url", str(tmp_path / "fork.git"), at=clone)

    with pytest.raises(DeniedError, match="written to 2 repositories at once"):
        objects_in(clone).put_if_absent("records/a/1.json", b"{}")


def test_what_git_lists_is_read() -> None:
    listed = (
        "origin\thttps://a/x (fetch) [blob:none]\norigin\tgit@a:x (push)\n"
        "origin2\tb (fetch)\norigin2\tb (push)\nbroken\n"
    )

    assert sides_of(listed, "origin") == Sides(read=("https://a/x",), written=("git@a:x",))
    assert sides_of(listed, "origin2").one
    assert sides_of("", "origin") == Sides(read=(), written=())
