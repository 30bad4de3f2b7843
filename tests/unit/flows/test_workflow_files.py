"""Rendered files on disk keep the edits of people, their line ends, and everything that is refused."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seatrial.errors import OutsideError, UserError
from seatrial.flows import workflow_files
from seatrial.flows.workflow_files import eject, planned, write
from seatrial.forge.policy import Kind
from seatrial.forge.workflows.forges import FORGES
from seatrial.forge.workflows.github import render
from seatrial.forge.workflows.keeping import Did, Step
from seatrial.store.atomic import write_atomic
from tests.support.workflow_samples import LARGE, SAMPLES, wanted, wanted_of_files

LAYOUT = FORGES[Kind.GITHUB].layout
PULLS = ".github/workflows/seatrial-pull-request.yml"
BEFORE = render(wanted("large"))
AFTER = render(
    wanted_of_files(
        {
            **SAMPLES["large"],
            "seatrial.yaml": LARGE.replace("budget: 5m", "budget: 20m").replace('"3.12"]', '"3.12", "3.13"]'),
        }
    )
)
"""The same project with another budget and one more Python: two places of a file change."""


def rendered(root: Path, files: dict[str, str] | None = None, again: tuple[str, ...] = ()) -> dict[str, Step]:
    steps = planned(root, LAYOUT, BEFORE if files is None else files, again)
    write(root, LAYOUT, steps)
    return {step.path: step for step in steps}


def tree(root: Path) -> dict[str, bytes]:
    return {str(path.relative_to(root)): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}


def test_files_and_their_copies_are_written_and_a_second_time_changes_nothing(tmp_path: Path) -> None:
    assert {step.did for step in rendered(tmp_path).values()} == {Did.CREATED}
    first = tree(tmp_path)

    assert {step.did for step in rendered(tmp_path).values()} == {Did.SAME}
    assert tree(tmp_path) == first
    assert {path: text.decode() for path, text in first.items() if "rendered" not in path} == dict(BEFORE)
    assert all(step.in_step for step in planned(tmp_path, LAYOUT, BEFORE))


def test_what_nobody_edited_is_replaced(tmp_path: Path) -> None:
    rendered(tmp_path)

    assert rendered(tmp_path, dict(AFTER))[PULLS].did is Did.UPDATED
    assert (tmp_path / PULLS).read_text() == AFTER[PULLS]


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_a_line_of_the_users_stays_wherever_it_stands(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """An edit in any block survives a rendering that changes other blocks; what changed elsewhere arrives."""
    root = tmp_path_factory.mktemp("edited")
    rendered(root)
    lines = BEFORE[PULLS].splitlines(keepends=True)
    at = data.draw(st.integers(0, len(lines)))
    mine = "".join([*lines[:at], "# a line of mine\n", *lines[at:]])
    (root / PULLS).write_text(mine)

    step = rendered(root, dict(AFTER))[PULLS]
    text = (root / PULLS).read_text()

    assert text.count("# a line of mine\n") == 1
    assert text == step.text
    assert not any(mark in text for mark in ("<<<<", ">>>>", "====="))
    if not step.conflicts:
        assert text.replace("# a line of mine\n", "") == AFTER[PULLS]
    assert rendered(root, dict(AFTER))[PULLS].did is Did.SAME


def test_lines_that_both_changed_stay_the_users_and_ours_are_told(tmp_path: Path) -> None:
    rendered(tmp_path)
    mine = BEFORE[PULLS].replace("timeout-minutes: 25", "timeout-minutes: 99", 1)
    (tmp_path / PULLS).write_text(mine)

    (conflict,) = rendered(tmp_path, dict(AFTER))[PULLS].conflicts
    text = (tmp_path / PULLS).read_text()

    assert text.splitlines()[conflict.line - 1].strip() == "timeout-minutes: 99"
    assert [line.strip() for line in conflict.ours] == ["timeout-minutes: 55"]
    assert '"3.13"' in text, "what did not conflict arrived"


def test_a_deleted_file_stays_deleted_until_it_is_asked_for(tmp_path: Path) -> None:
    rendered(tmp_path)
    (tmp_path / PULLS).unlink()

    assert rendered(tmp_path, dict(AFTER))[PULLS].did is Did.DELETED
    assert not (tmp_path / PULLS).exists()
    assert rendered(tmp_path, dict(AFTER), (Path(PULLS).name,))[PULLS].did is Did.CREATED
    assert (tmp_path / PULLS).read_text() == AFTER[PULLS]


def test_a_file_that_was_never_rendered_is_not_touched_and_nothing_is_written(tmp_path: Path) -> None:
    own = tmp_path / PULLS
    own.parent.mkdir(parents=True)
    own.write_text("name: mine\n")

    with pytest.raises(UserError, match="it is your own") as refused:
        rendered(tmp_path)

    assert [str(problem.place) for problem in refused.value.problems] == [PULLS]
    assert tree(tmp_path) == {PULLS: b"name: mine\n"}


def test_line_ends_stay_as_they_are(tmp_path: Path) -> None:
    """Also where git has given the copies other line ends than they had."""
    rendered(tmp_path)
    for path in tmp_path.rglob("*.yml"):
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))

    assert rendered(tmp_path, dict(AFTER))[PULLS].did is Did.UPDATED
    data = (tmp_path / PULLS).read_bytes()

    assert data.count(b"\n") == data.count(b"\r\n")
    assert data.replace(b"\r\n", b"\n").decode() == AFTER[PULLS]


def test_a_file_whose_tier_is_gone_goes_unless_it_has_edits(tmp_path: Path) -> None:
    rendered(tmp_path)
    nightly, release = (f".github/workflows/seatrial-{name}.yml" for name in ("nightly", "release"))
    (tmp_path / nightly).write_text(BEFORE[nightly] + "# mine\n")
    fewer = {path: text for path, text in BEFORE.items() if path not in (nightly, release)}

    steps = rendered(tmp_path, fewer)

    assert (steps[nightly].did, steps[release].did) == (Did.LEFT, Did.REMOVED)
    assert (tmp_path / nightly).exists()
    assert not (tmp_path / release).exists()
    assert not (tmp_path / LAYOUT.copy_of(release)).exists()


def test_ejected_files_are_the_users_and_refused_from_then_on(tmp_path: Path) -> None:
    rendered(tmp_path)
    theirs = eject(tmp_path, LAYOUT, BEFORE)

    assert set(theirs) == set(BEFORE)
    assert not (tmp_path / LAYOUT.copies).exists()
    assert (tmp_path / PULLS).read_text().startswith("name: ")
    with pytest.raises(UserError) as refused:
        rendered(tmp_path)
    assert len(refused.value.problems) == len(BEFORE)


@pytest.mark.parametrize("link", [".github", ".github/workflows", PULLS])
def test_a_link_leads_nowhere(tmp_path: Path, link: str) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    root = tmp_path / "tree"
    (root / link).parent.mkdir(parents=True)
    (root / link).symlink_to(outside / "file" if link == PULLS else outside)

    with pytest.raises(UserError, match="is a link"):
        rendered(root)

    assert list(outside.iterdir()) == []
    assert [path for path in root.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize(("data", "said"), [(b"\xff\xfe", "no text in UTF-8"), (b"x" * (1 << 20) + b"y", "more than")])
def test_what_is_no_workflow_is_not_merged(tmp_path: Path, data: bytes, said: str) -> None:
    rendered(tmp_path)
    (tmp_path / PULLS).write_bytes(data)

    with pytest.raises(UserError, match=said):
        rendered(tmp_path, dict(AFTER))
    assert (tmp_path / PULLS).read_bytes() == data


def test_broken_yaml_of_the_users_is_merged_as_text(tmp_path: Path) -> None:
    rendered(tmp_path)
    (tmp_path / PULLS).write_text(BEFORE[PULLS].replace("jobs:\n", "jobs: [\n", 1))

    rendered(tmp_path, dict(AFTER))

    assert "jobs: [\n" in (tmp_path / PULLS).read_text()
    assert "timeout-minutes: 55" in (tmp_path / PULLS).read_text()


def test_a_folder_of_that_name_is_refused(tmp_path: Path) -> None:
    (tmp_path / PULLS).mkdir(parents=True)

    with pytest.raises(UserError, match="it is no file"):
        rendered(tmp_path)


def test_a_tree_that_may_not_be_written_is_left_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody may write here but the superuser, who runs these tests: so the system is asked in its place."""
    monkeypatch.setattr(os, "access", lambda place, _mode: "workflows" not in str(place))
    (tmp_path / ".github/workflows").mkdir(parents=True)

    with pytest.raises(OutsideError, match="may not be changed by you"):
        rendered(tmp_path)
    assert tree(tmp_path) == {}


@pytest.mark.parametrize("killed_after", range(1, 12))
def test_killed_at_any_moment_the_next_call_ends_what_was_begun(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, killed_after: int
) -> None:
    """No line of ours is ever taken for an edit of the user's."""
    rendered(tmp_path)
    done = 0

    def dying(path: Path, data: bytes) -> None:
        nonlocal done
        if done == killed_after:
            raise KeyboardInterrupt
        done += 1
        write_atomic(path, data)

    with monkeypatch.context() as patch:
        patch.setattr(workflow_files, "write_atomic", dying)
        with contextlib.suppress(KeyboardInterrupt):
            rendered(tmp_path, dict(AFTER))

    assert not any(step.did in (Did.MERGED, Did.REFUSED) for step in rendered(tmp_path, dict(AFTER)).values())
    assert {path: (tmp_path / path).read_text() for path in AFTER} == dict(AFTER)
    assert all(step.in_step for step in planned(tmp_path, LAYOUT, AFTER))


def test_a_word_replaced_in_every_file_is_not_taken_for_no_edit(tmp_path: Path) -> None:
    """`sed -i` over all of `.github` changes the copies, too: without their digest the edits would be overwritten."""
    rendered(tmp_path)
    for file in (tmp_path / ".github").rglob("*.yml"):
        file.write_text(file.read_text().replace("ubuntu-latest", "ubuntu-24.04"))
    before = tree(tmp_path)

    with pytest.raises(UserError) as caught:
        rendered(tmp_path, dict(AFTER))

    assert PULLS in {problem.place.file for problem in caught.value.problems if problem.place}
    assert "its copy was edited, too" in str(caught.value)
    assert tree(tmp_path) == before


def test_what_else_lies_beside_the_copies_stays(tmp_path: Path) -> None:
    rendered(tmp_path)
    note = tmp_path / LAYOUT.copies / "README.md"
    note.write_text("about these\n")
    (tmp_path / LAYOUT.copies / "ci.yml").write_text("mine\n")
    (tmp_path / ".github/workflows/ci.yml").write_text("mine\n")

    assert all("README" not in path and "ci.yml" not in path for path in rendered(tmp_path, dict(AFTER)))
    assert note.read_text() == "about these\n"
    assert (tmp_path / ".github/workflows/ci.yml").exists()


def test_a_merge_that_git_finds_clean_and_a_forge_cannot_read_is_refused(tmp_path: Path) -> None:
    """A key that the user has added, and that a new version has elsewhere in the same mapping, stands twice."""
    rendered(tmp_path)
    mine = BEFORE[PULLS].replace("\njobs:\n", "\nenv:\n  MINE: 1\n\njobs:\n")
    new = BEFORE[PULLS].replace("\non:\n", "\nenv:\n  OURS: 1\n\non:\n")
    assert mine != BEFORE[PULLS] != new
    (tmp_path / PULLS).write_text(mine)

    with pytest.raises(UserError, match="`env` stands twice"):
        rendered(tmp_path, {**BEFORE, PULLS: new})

    assert (tmp_path / PULLS).read_text() == mine


def test_no_temporary_file_is_left(tmp_path: Path) -> None:
    rendered(tmp_path)

    assert sorted(os.listdir(tmp_path / ".github")) == ["actions", "seatrial", "workflows"]
    assert all(path.suffix == ".yml" for path in tmp_path.rglob("*") if path.is_file())
