"""What is recorded of datasets, and an old version as a reference: nothing twice, nothing lost, nothing invented."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from seatrial.digest import Json
from seatrial.errors import StateError, UsageError
from seatrial.flows.dataset_records import MOST_NAMED, history, known_datasets, pointer_of, record_look
from seatrial.flows.dataset_references import is_version, recorded_profile
from seatrial.flows.workspace import Workspace
from seatrial.registry.datasets import KIND, SCHEMA
from seatrial.replacing import replace
from seatrial.store.blobs import Artifact
from seatrial.store.state import Entry
from seatrial.verdict import Decision, Verdict
from tests.support.cli import Repo
from tests.support.memory_state import MemoryState
from tests.support.workspaces import judged, opened

__all__ = ["judged"]

COLUMNS = {"id": "Int64", "age": "Int64"}


def look(workspace: Workspace, identity: str = "b3:1", **changed: Any) -> tuple[str, ...]:
    """Record a look at data that passed, but for what is changed."""
    given: dict[str, Any] = {
        "dataset": "people",
        "identity": identity,
        "rows": 10,
        "verdict": Verdict.PASS,
        "decision": Decision.ALLOW,
        "run": "run-1",
        "commit": "c1",
        "columns": COLUMNS,
        "against": {"contract": "b3:c"},
        "profile": None,
        "pointer": None,
    }
    return record_look(workspace, **(given | changed))


def entries(workspace: Workspace) -> tuple[Entry, ...]:
    return workspace.state.read("datasets/people")


def profile_of(workspace: Workspace, folder: Path, text: str = "a profile") -> Artifact:
    file = folder / "profile.json"
    file.write_text(text)
    return workspace.cache.blobs.put_path(file)


# -- recording --------------------------------------------------------------------------


def test_look_that_says_what_the_one_before_said_is_not_recorded(judged: Repo) -> None:
    """Whoever made it: every machine of a run, and every run, looks at the same data."""
    with opened(judged) as (workspace, _):
        assert look(workspace) == look(workspace, run="run-2", commit="c2") == ()
        assert len(entries(workspace)) == 1
        assert known_datasets(workspace) == ("people",)


def test_data_that_comes_back_is_recorded_without_saying_its_columns_again(judged: Repo) -> None:
    with opened(judged) as (workspace, _):
        for identity in ("b3:1", "b3:2", "b3:1", "b3:1"):
            look(workspace, identity)
        bodies: list[Any] = [entry.body["data"] for entry in entries(workspace)]
        one, two = history(workspace, "people")

    assert [body["columns"] for body in bodies] == [COLUMNS, COLUMNS, {}]
    assert (one.current, one.looks, one.last.columns) == (True, 2, COLUMNS)
    assert (two.current, two.looks) == (False, 1)


@pytest.mark.parametrize(
    "changed",
    [
        {"verdict": Verdict.FAIL},
        {"decision": Decision.WARN},
        {"against": {"contract": "b3:d"}},
        {"pointer": "dvc:md5:1"},
    ],
)
def test_same_data_judged_otherwise_is_recorded(judged: Repo, changed: dict[str, Any]) -> None:
    with opened(judged) as (workspace, _):
        look(workspace)
        look(workspace, **changed)
        [version] = history(workspace, "people")

    assert version.looks == 2
    assert all(getattr(version.last, name) == value for name, value in changed.items())


def test_profile_is_kept_with_the_records_and_outlives_a_look_without_one(judged: Repo, tmp_path: Path) -> None:
    """A stage that refuses data keeps none; the one that was made by hand is still that of the same bytes."""
    with opened(judged) as (workspace, _):
        profile = profile_of(workspace, tmp_path)
        look(workspace, verdict=Verdict.FAIL)
        look(workspace, verdict=Verdict.FAIL, profile=profile)
        look(workspace)
        [version] = history(workspace, "people")

        assert (version.looks, version.last.verdict, version.last.profile) == (3, Verdict.PASS, profile)
        assert workspace.state.blobs.has(profile)


def test_record_names_the_first_of_the_findings_once_each(judged: Repo) -> None:
    with opened(judged) as (workspace, _):
        look(workspace, why=["a", "a", "b", "c", "d"])
        [version] = history(workspace, "people")

    assert version.last.why == ("a", "b", "c")[:MOST_NAMED]


def test_somebody_who_records_at_the_same_moment_is_not_overwritten(judged: Repo, tmp_path: Path) -> None:
    """The other's look is there, and so is ours, behind it."""
    state = MemoryState(tmp_path / "state")
    with opened(judged) as (workspace, _):
        workspace = replace(workspace, state=state)

        def other(stream: str) -> None:
            state.before_append = lambda _stream: None
            look(workspace, "b3:other")

        state.before_append = other
        assert look(workspace, "b3:mine") == ()
        assert [version.first.identity for version in history(workspace, "people")] == ["b3:other", "b3:mine"]


def test_others_who_write_all_the_time_are_a_warning_and_no_error(judged: Repo, tmp_path: Path) -> None:
    state = MemoryState(tmp_path / "state")
    with opened(judged) as (workspace, _):
        workspace = replace(workspace, state=state)
        count = 0

        def others(stream: str) -> None:
            nonlocal count
            hook, state.before_append = state.before_append, lambda _stream: None
            count += 1
            look(workspace, f"b3:{count}")
            state.before_append = hook

        state.before_append = others
        [warning] = look(workspace, "b3:mine")

    assert warning == "dataset people was not recorded: others wrote to its records all the time"
    assert count > 1


class FullDisk(MemoryState):
    """A state that takes no more records."""

    def append(self, stream: str, body: Mapping[str, Json], *, expected: int) -> Entry:
        raise StateError("no space is left")


def test_record_that_cannot_be_written_is_a_warning(judged: Repo, tmp_path: Path) -> None:
    """No verdict rests on it."""
    with opened(judged) as (workspace, _):
        [warning] = look(replace(workspace, state=FullDisk(tmp_path / "state")))

    assert warning == "dataset people was not recorded: no space is left"


# -- pointers of DVC --------------------------------------------------------------------


def pointed(repo: Repo, data: bytes, *, said: bytes | None = None) -> str:
    """Data beside DVC's pointer, which says the md5 of `said`, or of the data."""
    md5 = hashlib.md5(data if said is None else said, usedforsecurity=False).hexdigest()
    repo.write("data/kept.csv", data)
    size = len(data if said is None else said)
    repo.write("data/kept.csv.dvc", f"outs:\n- md5: {md5}\n  size: {size}\n  hash: md5\n  path: kept.csv\n")
    return f"dvc:md5:{md5}"


@pytest.mark.parametrize("path", ["data/kept.csv", "data/kept.csv.dvc"])
def test_pointer_is_known_by_the_data_and_by_its_own_name(judged: Repo, path: str) -> None:
    expected = pointed(judged, b"a,b\n1,2\n")
    with opened(judged) as (workspace, _):
        assert pointer_of(workspace, path) == expected


def test_pointer_is_not_believed_of_data_that_is_something_else(judged: Repo) -> None:
    """It was changed, and not added to DVC again."""
    pointed(judged, b"a,b\n1,2\n", said=b"a,b\n9,9\n")
    with opened(judged) as (workspace, _):
        assert pointer_of(workspace, "data/kept.csv") is None


def test_data_without_a_pointer_has_none(judged: Repo) -> None:
    with opened(judged) as (workspace, _):
        assert pointer_of(workspace, "data/people.csv") is None
        assert pointer_of(workspace, "data/absent.csv") is None


# -- versions as references -------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("people@1", True), ("people@x", True), ("people@", True),
        ("people", False), ("data/people@1", False), ("people@1/part.csv", False), ("People@1", False),
    ],
)  # fmt: skip
def test_version_is_written_as_a_name_and_a_number(text: str, is_one: bool) -> None:
    """What has a slash is a path; what is meant as a version and is none is told as one."""
    assert is_version(text) is is_one


def test_profile_of_a_version_is_a_file_as_long_as_it_is_asked_for(judged: Repo, tmp_path: Path) -> None:
    """Out of the state's own blobs: the cache may have been emptied since."""
    with opened(judged) as (workspace, _):
        look(workspace, "b3:1", profile=profile_of(workspace, tmp_path, "the first"))
        look(workspace, "b3:2", profile=profile_of(workspace, tmp_path, "the second"))
        for name in list(workspace.cache.blobs.names()):
            workspace.cache.blobs.remove(name)
        with recorded_profile(workspace, "people@1") as found:
            assert (found.shown, found.profile.read_text()) == ("people@1", "the first")

        assert not found.profile.exists()


@pytest.mark.parametrize(
    ("text", "message", "step"),
    [
        ("people@3", "dataset people has no version 3; its versions are 1 to 2", "seatrial check --history people"),
        ("people@0", "people@0 names no version of a dataset", "write NAME@NUMBER, for example people@1"),
        ("people@01", "people@01 names no version of a dataset", "write NAME@NUMBER, for example people@1"),
        ("people@first", "people@first names no version of a dataset", "write NAME@NUMBER, for example people@1"),
        ("poeple@1", "no dataset poeple was ever judged here; those with records are people", "people@1?"),
        ("zebras@1", "no dataset zebras was ever judged here", "seatrial check --history"),
        ("people@2", "people@2 was FAIL in a stage, which keeps no profile of it", "seatrial check people"),
    ],
)
def test_version_that_cannot_be_had_is_refused_with_what_can(
    judged: Repo, tmp_path: Path, text: str, message: str, step: str
) -> None:
    with opened(judged) as (workspace, _):
        look(workspace, "b3:1", profile=profile_of(workspace, tmp_path))
        look(workspace, "b3:2", verdict=Verdict.FAIL)
        with pytest.raises(UsageError) as raised, recorded_profile(workspace, text):
            pass

    assert message in str(raised.value)
    assert step in str(raised.value.next_step)


def test_profile_that_the_state_has_lost_is_told_with_its_place(judged: Repo, tmp_path: Path) -> None:
    with opened(judged) as (workspace, _):
        lost = replace(profile_of(workspace, tmp_path), digest="b3:" + "0" * 64)
        body: dict[str, Json] = {
            "dataset": "people", "identity": "b3:1", "rows": 1, "verdict": "PASS", "decision": "allow",
            "at": "2026-11-21T06:30:00.000Z", "run": "run-1", "profile": json.loads(json.dumps(lost.to_json())),
        }  # fmt: skip
        workspace.state.append("datasets/people", {"kind": KIND, "schema": SCHEMA, "data": body}, expected=0)
        with pytest.raises(StateError, match="cannot be read"), recorded_profile(workspace, "people@1"):
            pass
