"""Damaged or deleted caches: noticed, worked round, never believed."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from seatrial.pipeline import spot_check
from seatrial.pipeline.events import read_events
from seatrial.pipeline.spot_check import SpotCheck
from seatrial.replacing import replace
from seatrial.store.blobs import Artifact, BlobStore, CorruptBlobError
from tests.support.project import Project, made, new_project, stage


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A folder made by one stage and read by another, run once."""
    project = new_project(tmp_path)
    project.declare(
        stage("one", "sh -c 'mkdir out/d; echo a > out/d/a; echo b > out/d/b'", deps=[], outs={"d": "out/d"}),
        stage("two", "cp ${deps.a} ${outs.p}", deps={"a": "out/d/a"}, outs={"p": "out/p"}),
    )
    project.run()
    return project


def blob_of(project: Project, content: bytes) -> Path:
    """The one blob with these bytes."""
    found = [path for path in (project.root / ".seatrial/cas").rglob("*") if path.is_file()]
    (blob,) = [path for path in found if path.read_bytes() == content]
    return blob


@pytest.mark.parametrize("damage", ["other bytes", None])
@pytest.mark.parametrize("content", [b"b\n", None])
def test_a_damaged_blob_is_noticed_and_made_again(project: Project, content: bytes | None, damage: str | None) -> None:
    """File or folder listing, changed or missing: the stage runs again and its out is right."""
    if content is None:
        listings = [path for path in (project.root / ".seatrial/cas").rglob("*") if path.is_file()]
        blob = next(path for path in listings if b'"entries"' in path.read_bytes())
    else:
        blob = blob_of(project, content)
    blob.chmod(0o644)
    blob.unlink() if damage is None else blob.write_text(damage)
    shutil.rmtree(project.root / "out")
    ran = project.run()
    shutil.rmtree(project.root / "out")
    again = project.run()

    assert ran.did == {"one": "ran", "two": "reused"}
    assert ran.named("cache_damaged")[0]["cell"] == "one"
    assert project.read("out/d/b") == "b\n"
    assert again.did == {"one": "reused", "two": "reused"}


def spoil(blob: Path) -> None:
    """Change the bytes of a stored blob."""
    blob.chmod(0o644)
    blob.write_text("other bytes")


def test_a_damaged_blob_does_not_hurt_while_the_out_is_still_there(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is already right on disk is not restored; this run's sample does not meet it."""
    monkeypatch.setattr(spot_check, "_ONE_IN", 1 << 62)
    spoil(blob_of(project, b"b\n"))

    assert project.run().did == {"one": "reused", "two": "reused"}


@pytest.mark.parametrize("content", [b"a\n", b"b\n", None])
def test_a_sample_of_what_is_reused_finds_damage(
    project: Project, monkeypatch: pytest.MonkeyPatch, content: bytes | None
) -> None:
    """In a file and in a folder's listing: the blob is set aside, the stage runs again, and all is well."""
    monkeypatch.setattr(spot_check, "_ONE_IN", 1)
    blobs = [path for path in (project.root / ".seatrial/cas").rglob("*") if path.is_file()]
    listing = next(path for path in blobs if b'"entries"' in path.read_bytes())
    spoil(listing if content is None else blob_of(project, content))
    for _ in range(20):  # each run looks at others
        ran = project.run()
        if ran.named("cache_damaged"):
            break
    again = project.run()

    assert ran.did["one"] == "ran" or ran.did["two"] == "ran"
    assert ran.named("cache_damaged")
    assert again.did == {"one": "reused", "two": "reused"}


def test_a_sample_is_the_same_for_one_run_and_bounded(tmp_path: Path) -> None:
    """What is looked at follows from the run; no more than some megabytes are read."""
    store = BlobStore(tmp_path / "cas")
    (tmp_path / "in").mkdir()
    for number in range(200):
        (tmp_path / "in" / f"{number}").write_text(str(number))
    artifact = store.put_path(tmp_path / "in")
    chosen = [list(SpotCheck(store, seed)._chosen(artifact)) for seed in ("one", "one", "two")]

    assert chosen[0] == chosen[1] != chosen[2]
    assert all(3 <= len(names) <= 4 for names in chosen)
    many = SpotCheck(store, "one")
    for number in range(5000):
        many.check(replace(artifact, files=64 + number))
    assert many._left < store.path_of(artifact.digest).stat().st_size


def test_a_paranoid_run_verifies_every_stored_byte_and_reads_every_input(project: Project) -> None:
    """Damage that a sample would rarely meet, and a memory that lies, are found at once."""
    spoil(blob_of(project, b"b\n"))
    ran = project.run(paranoid=True)
    again = project.run(paranoid=True)

    assert ran.did["one"] == "ran"
    assert again.did == {"one": "reused", "two": "reused"}


def test_what_never_was_stored_is_not_missed(tmp_path: Path) -> None:
    """An out of which only the digest is kept."""
    artifact = Artifact(digest="b3:" + "0" * 64, kind="file", size=1).unstored()
    SpotCheck(BlobStore(tmp_path / "cas"), "seed", everything=True).check(artifact)

    assert Artifact.from_json(artifact.to_json()).stored is False
    with pytest.raises(CorruptBlobError):
        SpotCheck(BlobStore(tmp_path / "cas"), "seed", everything=True).check(replace(artifact, stored=True))


@pytest.mark.parametrize(
    "damage",
    [b"", b"{", b"\xff\xfe", b"[]", b"{}", b'{"schema": 1}', b'"text"', b"null"],
    ids=["empty", "cut", "no text", "list", "no fields", "few fields", "string", "null"],
)
def test_a_damaged_result_is_a_miss_once(project: Project, damage: bytes) -> None:
    """The stage runs again and its result replaces the damaged one."""
    for path in (project.root / ".seatrial/ac").rglob("*.json"):
        path.chmod(0o644)
        path.write_bytes(damage)
    ran = project.run()
    again = project.run()

    assert ran.did == {"one": "ran", "two": "ran"}
    assert again.did == {"one": "reused", "two": "reused"}


@pytest.mark.parametrize("field", ["outs", "parts", "reads"])
@pytest.mark.parametrize("value", [None, 1, "text", [1], [[]]])
def test_a_result_with_a_field_of_another_type_is_a_miss(project: Project, field: str, value: object) -> None:
    """Whatever JSON it is, it is never an exception and never believed."""
    for path in (project.root / ".seatrial/ac").rglob("*.json"):
        path.chmod(0o644)
        path.write_text(json.dumps(json.loads(path.read_text()) | {field: value}))

    assert project.run().did == {"one": "ran", "two": "ran"}


@pytest.mark.parametrize("damage", [b"", b"\xff\xfe\x00", b"cells b3:short", b"inputs b3:" + b"0" * 64])
def test_a_damaged_pointer_costs_an_explanation_and_nothing_else(project: Project, damage: bytes) -> None:
    """Pointers can be rebuilt; the result itself is still found by its key."""
    pointers = project.root / ".seatrial/ac/pointers"
    assert pointers.stat().st_size > 0
    pointers.write_bytes(damage)
    ran = project.run()

    assert ran.did == {"one": "reused", "two": "reused"}
    assert {planned.action.value for planned in project.plan().cells} == {"reuse"}


@pytest.mark.parametrize("name", ["facts.db", "ac", "cas", "locks", "runs", "."])
def test_any_part_of_the_cache_may_be_deleted(project: Project, name: str) -> None:
    """It costs time; the outs are right and the run after is all reuse."""
    gone = project.root / ".seatrial" / name
    shutil.rmtree(gone) if gone.is_dir() else gone.unlink()
    shutil.rmtree(project.root / "out")
    ran = project.run()

    assert not ran.failed
    assert project.read("out/p") == "a\n"
    assert set(project.run().did.values()) == {"reused"}


@pytest.mark.parametrize("where", [0, 0.3, 0.6])
def test_a_damaged_fact_database_is_replaced(project: Project, where: float) -> None:
    """At its head or deep inside, with a journal that belongs to another one or without."""
    database = project.root / ".seatrial/facts.db"
    data = bytearray(database.read_bytes())
    begin = int(len(data) * where)
    data[begin : begin + 4096] = b"\x5a" * 4096
    database.write_bytes(data)
    (database.parent / "facts.db-wal").write_bytes(b"nonsense" * 1000)

    assert project.run().did == {"one": "reused", "two": "reused"}
    assert project.run().did == {"one": "reused", "two": "reused"}


def test_an_empty_fact_database_is_filled_again(project: Project) -> None:
    """A disk that was full when it was made leaves zero bytes."""
    (project.root / ".seatrial/facts.db").write_bytes(b"")

    assert project.run().did == {"one": "reused", "two": "reused"}


def test_a_hand_edited_out_is_put_back(project: Project) -> None:
    """A result is its bytes: an edit in place, an extra file and a removed one are all undone."""
    project.write("out/d/a", "edited")
    project.write("out/d/extra", "x")
    (project.root / "out/d/b").unlink()
    ran = project.run()

    assert ran.did == {"one": "reused", "two": "reused"}
    assert project.read("out/d/a") == "a\n"
    assert sorted(path.name for path in (project.root / "out/d").iterdir()) == ["a", "b"]


def test_an_edit_that_keeps_size_and_times_within_two_seconds_is_noticed(project: Project) -> None:
    """A file that was just written is hashed again, however its times look."""
    import os

    target = project.root / "out/p"
    status = target.stat()
    with target.open("r+") as file:
        file.write("z")
    os.utime(target, ns=(status.st_atime_ns, status.st_mtime_ns))
    project.run()

    assert project.read("out/p") == "a\n"


def test_a_cut_line_ends_an_event_log_and_damages_nothing_before_it(project: Project) -> None:
    """What a crash cut short is left out."""
    log = next((project.root / ".seatrial/runs").iterdir()) / "events.jsonl"
    whole = list(read_events(log))
    with log.open("ab") as file:
        file.write(b'{"event": "sta')

    assert list(read_events(log)) == whole
    assert [event["event"] for event in whole][1:3] == ["stage_started", "stage_ended"]


def test_names_that_are_no_text_are_read_back(tmp_path: Path) -> None:
    """A file name in another encoding is in the key, in the result and in the log, and still a hit."""
    project = new_project(tmp_path)
    project.write("in/caf\udce9 a\nb", "x")
    project.declare(stage("all", "sh -c 'cp in/* out/o'", deps=["in/*"], outs=["out/o"]))
    first = project.run()
    second = project.run()
    (project.root / "in/caf\udce9 a\nb").write_text("y")
    third = project.run()

    assert [ran.did["all"] for ran in (first, second, third)] == ["ran", "reused", "ran"]
    assert len(list(read_events(third.folder / "events.jsonl"))) == len(third.events)


def test_a_consumer_is_not_run_again_for_equal_bytes_made_again(project: Project) -> None:
    """Equal bytes stop the chain even when the result of the producer was lost."""
    project.declare(
        stage("one", "sh -c 'mkdir out/d; echo a > out/d/a; true'", deps=[], outs={"d": "out/d"}),
        stage("two", "cp ${deps.d}/a ${outs.p}", deps={"d": made("one", "d")}, outs={"p": "out/p"}),
    )
    project.run()
    project.declare(
        stage("one", "sh -c 'mkdir out/d; echo a > out/d/a; :'", deps=[], outs={"d": "out/d"}),
        project.policy.stages["two"],
    )
    ran = project.run()

    assert ran.did == {"one": "ran", "two": "reused"}
    assert ran["two"].reason.startswith("its inputs have the same bytes as in run")
