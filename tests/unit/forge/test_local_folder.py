"""A folder as a forge: what a newcomer opens, read back as it was written, by several runs at once."""

from __future__ import annotations

import json
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from seatrial.forge import local
from seatrial.forge.failures import GoneError, RefusedError, UnreachableError
from seatrial.forge.local import THE_PULL, Local
from seatrial.forge.marker import Marker, Said, Subject, marked
from seatrial.forge.port import Annotation, Check, Deployed, Deployment, Level, Role, State, Status
from seatrial.forge.reconcile import standing

SHA = "a" * 40
SAID = Said(sha=SHA, run="01jd", headline="PASS")


def body_of(model: str, text: str = "# PASS") -> str:
    return marked(text, Marker(subject=Subject(project="digits", tier="", model=model), said=SAID))


def status(context: str = "seatrial", sha: str = SHA, state: State = State.SUCCESS) -> Status:
    return Status(context=context, sha=sha, state=state, description="PASS")


def check(run: str = "01jd", state: State = State.SUCCESS) -> Check:
    remark = Annotation(path="gates.yaml", line=3, level=Level.FAILURE, title="FAIL", message="no")
    return Check(name="seatrial", sha=SHA, run=run, state=state, title="PASS", summary="# x", annotations=(remark,))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "forge"


@pytest.fixture
def forge(folder: Path) -> Local:
    return Local(folder, sha=SHA)


def test_a_comment_is_a_file_of_its_models_name(forge: Local, folder: Path) -> None:
    written = forge.add_comment(THE_PULL, body_of("digits"))
    nothing_judged = forge.add_comment(THE_PULL, body_of(""))

    assert (written.id, nothing_judged.id) == ("comment-digits.md", "comment.md")
    assert (folder / "comment-digits.md").read_text() == body_of("digits")
    assert {comment.id: comment.body for comment in forge.comments(THE_PULL)} == {
        "comment-digits.md": body_of("digits"),
        "comment.md": body_of(""),
    }
    assert all(comment.ours for comment in forge.comments(THE_PULL))


def test_a_second_comment_of_a_model_stands_beside_the_first_and_reconciling_keeps_the_first(forge: Local) -> None:
    first, *_, last = [forge.add_comment(THE_PULL, body_of("digits")) for _ in range(11)]
    decided = standing(forge.comments(THE_PULL), Subject(project="digits", tier="", model="digits"), SAID)

    assert last.id == "comment-digits~11.md"
    assert [comment.id for comment in forge.comments(THE_PULL)][-2:] == ["comment-digits~10.md", last.id]
    assert decided.keep is not None
    assert decided.keep.id == first.id
    assert len(decided.remove) == 10


def test_an_answer_by_hand_is_its_writers_and_stays_where_it_was_said(forge: Local, folder: Path) -> None:
    """What is changed keeps its place."""
    first = forge.add_comment(THE_PULL, body_of("digits"))
    (folder / "by-ada.md").write_text("/seatrial run")
    forge.add_comment(THE_PULL, body_of("pets"))
    forge.change_comment(THE_PULL, first.id, body_of("digits", "# FAIL"))

    assert [(comment.id, comment.author, comment.ours) for comment in forge.comments(THE_PULL)] == [
        ("comment-digits.md", "seatrial", True),
        ("by-ada.md", "ada", False),
        ("comment-pets.md", "seatrial", True),
    ]
    with pytest.raises(GoneError):
        forge.remove_comment(THE_PULL, "by-ada.md")


def test_a_comment_is_changed_and_removed(forge: Local, folder: Path) -> None:
    written = forge.add_comment(THE_PULL, body_of("digits"))
    forge.change_comment(THE_PULL, written.id, body_of("digits", "# FAIL"))
    changed = (folder / written.id).read_text()
    forge.remove_comment(THE_PULL, written.id)
    forge.remove_comment(THE_PULL, written.id)

    assert changed.endswith("# FAIL")
    assert forge.comments(THE_PULL) == ()


def test_a_comment_deleted_by_hand_is_gone_and_not_made_again(forge: Local, folder: Path) -> None:
    written = forge.add_comment(THE_PULL, body_of("digits"))
    (folder / written.id).unlink()

    with pytest.raises(GoneError):
        forge.change_comment(THE_PULL, written.id, "x")
    assert not (folder / written.id).exists()


@pytest.mark.parametrize(
    "model", ["../../etc/passwd", "a/b", "a\\b", ".", "..", "x" * 5000, "\x00", "\udc80", "é", "a b", "-", "A", "a~2"]
)
def test_no_name_of_a_model_leads_out_of_the_folder(forge: Local, folder: Path, model: str) -> None:
    written = forge.add_comment(THE_PULL, body_of(model))

    assert (folder / written.id).parent == folder
    assert (folder / written.id).is_file()
    assert [comment.body for comment in forge.comments(THE_PULL)] == [body_of(model)]


def test_names_that_come_to_be_one_have_files_of_their_own(forge: Local) -> None:
    names = {forge.add_comment(THE_PULL, body_of(model)).id for model in ("a b", "a_b", "a:b")}

    assert len(names) == 3
    assert not any("~" in name for name in names)


@pytest.mark.parametrize("name", ["../x.md", "checks.json", "/etc/passwd", "comment-a.md/../../x", "comment-\n.md", ""])
def test_only_comments_are_changed_or_removed(forge: Local, folder: Path, name: str) -> None:
    forge.put_check(check())

    with pytest.raises(GoneError):
        forge.change_comment(THE_PULL, name, "x")
    with pytest.raises(GoneError):
        forge.remove_comment(THE_PULL, name)
    assert forge.checks(SHA) == (check(),)


def test_what_else_lies_in_the_folder_is_no_comment(forge: Local, folder: Path) -> None:
    folder.mkdir()
    for name in ("notes.md", "comment-x.txt", "commentary.md", ".comment-x.md", "comment-x.md.bak"):
        (folder / name).write_text("mine")

    assert forge.comments(THE_PULL) == ()


def test_a_link_is_not_followed(forge: Local, folder: Path, tmp_path: Path) -> None:
    """It may have been planted; writing over one replaces it, and not what it leads to."""
    secret = tmp_path / "secret"
    secret.write_text("mine")
    folder.mkdir()
    (folder / "comment-x.md").symlink_to(secret)

    with pytest.raises(RefusedError, match="cannot be read"):
        forge.comments(THE_PULL)
    assert secret.read_text() == "mine"


def test_statuses_and_checks_are_replaced_by_the_same_and_kept_beside_others(forge: Local, folder: Path) -> None:
    forge.put_status(status(state=State.RUNNING))
    forge.put_status(status("other"))
    forge.put_status(status(sha="b" * 40))
    forge.put_status(status(state=State.FAILURE))
    for state in (State.RUNNING, State.FAILURE):
        forge.put_check(check(state=state))
    forge.put_check(check(run="02", state=State.SUCCESS))

    assert forge.statuses(SHA) == (status("other"), status(state=State.FAILURE))
    assert [(each.run, each.state) for each in forge.checks(SHA)] == [("01jd", State.FAILURE), ("02", State.SUCCESS)]
    assert json.loads((folder / "statuses.json").read_text())[-1]["state"] == "failure"
    assert json.loads((folder / "checks.json").read_text())[0]["annotations"][0]["path"] == "gates.yaml"


def test_a_deployment_is_one_for_each_move(forge: Local) -> None:
    def move(key: str, state: Deployed) -> Deployment:
        return Deployment(sha=SHA, environment="production", key=key, state=state, description="digits@3")

    for one in (move("1", Deployed.IN_PROGRESS), move("1", Deployed.SUCCESS), move("2", Deployed.SUCCESS)):
        forge.deploy(one)

    assert forge.deployments() == (move("1", Deployed.SUCCESS), move("2", Deployed.SUCCESS))


def test_a_list_remembers_the_newest(forge: Local, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local, "MOST_ENTRIES", 3)
    for number in range(5):
        forge.put_status(status(f"c{number}"))

    assert [each.context for each in forge.statuses(SHA)] == ["c2", "c3", "c4"]


@pytest.mark.parametrize("text", ["{", "[3]", '[{"context": 1}]', '{"a": 1}', "", "\udc80"])
@pytest.mark.parametrize("name", ["statuses.json", "checks.json", "deployments.json"])
def test_what_was_edited_by_hand_is_refused_and_not_written_over(
    forge: Local, folder: Path, name: str, text: str
) -> None:
    folder.mkdir()
    (folder / name).write_bytes(text.encode("utf-8", "surrogateescape"))
    writes = {
        "statuses.json": lambda: forge.put_status(status()),
        "checks.json": lambda: forge.put_check(check()),
        "deployments.json": lambda: forge.deploy(
            Deployment(sha=SHA, environment="e", key="k", state=Deployed.SUCCESS, description="")
        ),
    }

    with pytest.raises(RefusedError, match=f"{name} cannot be read") as raised:
        writes[name]()
    assert "delete the file" in str(raised.value.next_step)
    assert (folder / name).read_bytes() == text.encode("utf-8", "surrogateescape")


def test_a_file_without_an_end_is_not_read_whole(forge: Local, folder: Path) -> None:
    folder.mkdir()
    with (folder / "statuses.json").open("wb") as file:
        file.truncate(1 << 40)  # sparse

    with pytest.raises(RefusedError, match="larger than"):
        forge.statuses(SHA)


def test_a_folder_that_may_not_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    forge = Local(tmp_path / "file" / "forge", sha=SHA)

    for act in (lambda: forge.put_status(status()), lambda: forge.add_comment(THE_PULL, "x")):
        with pytest.raises(UnreachableError, match="cannot be used"):
            act()


def test_an_empty_folder_is_a_forge_without_anything(forge: Local, folder: Path) -> None:
    """And reading makes no folder."""
    assert (forge.comments(THE_PULL), forge.statuses(SHA), forge.deployments(), forge.reviews("1")) == ((), (), (), ())
    assert not folder.exists()


def test_there_is_one_pull_request_and_its_head_is_the_runs_commit(forge: Local) -> None:
    pull = forge.pull(THE_PULL)

    assert (pull.number, pull.head_sha, pull.is_open) == (1, SHA, True)
    assert forge.pull_of(SHA, head_repo=None, head_ref=None) == 1
    assert forge.pull_of("b" * 40, head_repo=None, head_ref=None) is None
    assert Local(Path("x")).pull_of("", head_repo=None, head_ref=None) is None
    for act in (lambda: forge.pull(2), lambda: forge.comments(2), lambda: forge.add_comment(2, "x")):
        with pytest.raises(GoneError):
            act()


def test_roles_are_those_of_the_file_and_everybody_else_is_a_stranger(forge: Local, folder: Path) -> None:
    before = forge.role("ada")
    folder.mkdir()
    (folder / "roles.json").write_text('{"ada": "maintain"}')

    assert (before, forge.role("ada"), forge.role("bob")) == (Role.NONE, Role.MAINTAIN, Role.NONE)


@pytest.mark.parametrize("text", ['{"ada": "king"}', "[]", "{", "null", '{"ada": null}'])
def test_roles_that_cannot_be_read_are_nobodys(forge: Local, folder: Path, text: str) -> None:
    folder.mkdir()
    (folder / "roles.json").write_text(text)

    with pytest.raises(RefusedError):
        forge.role("ada")


def test_two_that_write_at_once_lose_nothing(folder: Path) -> None:
    with ThreadPoolExecutor(max_workers=8) as pool:
        list(pool.map(lambda number: Local(folder, sha=SHA).put_status(status(f"c{number}")), range(40)))
        names = list(pool.map(lambda _: Local(folder, sha=SHA).add_comment(THE_PULL, body_of("m")).id, range(20)))

    assert len(Local(folder).statuses(SHA)) == 40
    assert len(set(names)) == len(Local(folder).comments(THE_PULL)) == 20
    assert not [name for name in os.listdir(folder) if name.startswith(".tmp-")]


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(st.characters(codec="utf-8"), max_size=50))
def test_any_text_comes_back_as_it_was(forge: Local, text: str) -> None:
    written = forge.add_comment(THE_PULL, text)
    back = {comment.id: comment.body for comment in forge.comments(THE_PULL)}[written.id]
    forge.remove_comment(THE_PULL, written.id)

    assert back == text
