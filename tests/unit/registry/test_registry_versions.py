"""Registering versions and finding them again."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from seatrial.errors import StateError, UsageError
from seatrial.registry.records import Actor, How, IdentifiedBy
from seatrial.registry.refs import NumberRef
from seatrial.registry.registry import Registry
from seatrial.registry.serial import to_body
from seatrial.replacing import replace
from seatrial.store.blobs import BlobStore, CorruptBlobError
from tests.support.drafts import ACTOR, draft, numbered
from tests.support.instants import ISO
from tests.support.memory_state import MemoryState


@pytest.fixture
def state(tmp_path: Path) -> MemoryState:
    return MemoryState(tmp_path / "state-blobs")


@pytest.fixture
def registry(state: MemoryState) -> Registry:
    return Registry(state)


@pytest.fixture
def source(tmp_path: Path) -> BlobStore:
    return BlobStore(tmp_path / "cas")


def test_versions_are_numbered_from_one_and_read_back(registry: Registry, source: BlobStore, tmp_path: Path) -> None:
    """What is registered is what is found, by number and in order."""
    first = registry.register(draft(source, tmp_path, run="run-1"), source=source)
    second = registry.register(draft(source, tmp_path, run="run-2", content=b"more"), source=source)

    assert (first.ref, second.ref) == ("digits@1", "digits@2")
    assert registry.versions("digits") == (first, second)
    assert registry.resolve("digits@2") == second
    assert registry.models() == ("digits",)


def test_a_version_lives_on_when_the_cache_is_gone(registry: Registry, source: BlobStore, tmp_path: Path) -> None:
    """Artifact and evidence are in the state's own blobs before the record is."""
    version = registry.register(draft(source, tmp_path), source=source)
    shutil.rmtree(source.root)

    assert version.predictions is not None
    assert registry.blobs.read_bytes(version.artifact.digest) == b"weights"
    assert registry.blobs.read_bytes(version.predictions.file.artifact.digest) == b"id,y,p\n1,a,a\n"


def test_registering_the_same_run_again_changes_nothing(registry: Registry, source: BlobStore, tmp_path: Path) -> None:
    """A command repeated after a crash finds its version; equal bytes of another commit are a new one."""
    first = registry.register(draft(source, tmp_path), source=source)
    again = registry.register(draft(source, tmp_path), source=source)
    other = registry.register(draft(source, tmp_path, run="run-2"), source=source)

    assert again == first
    assert [version.number for version in registry.versions("digits")] == [first.number, other.number]


@pytest.mark.parametrize(
    ("other", "number"),
    [
        ({}, 1),
        ({"config": "b3:" + "3" * 64}, 2),
        ({"evaluation": "b3:" + "3" * 64}, 2),
        ({"tier": "nightly"}, 2),
        ({"overridden": {"train.epochs": 2}}, 2),
        ({"dirty": True}, 2),
        ({"content": b"more"}, 2),
    ],
    ids=lambda value: next(iter(value), "same") if isinstance(value, dict) else None,
)
def test_what_another_run_of_the_same_commit_made_is_one_version_if_made_and_judged_alike(
    registry: Registry, source: BlobStore, tmp_path: Path, other: dict[str, object], number: int
) -> None:
    """However many runs reused it; anything that could have changed the outcome makes it another one."""
    first = draft(source, tmp_path)
    registry.register(first, source=source)

    again = draft(source, tmp_path, **{"run": "run-2", "commit": first.commit, **other})  # type: ignore[arg-type]

    assert registry.register(again, source=source).number == number


def test_votes_against_another_baseline_make_another_version(
    registry: Registry, source: BlobStore, tmp_path: Path
) -> None:
    """Or a version whose baseline was replaced could never be promoted, however often the judge is asked again. A run
    that knows nothing of votes is no other ground."""
    one, other = "b3:" + "1" * 64, "b3:" + "2" * 64
    numbers = []
    first = draft(source, tmp_path)
    for run, voted in enumerate((one, one, other, None)):
        again = replace(draft(source, tmp_path, run=f"run-{run}", commit=first.commit), voted_against=voted)
        numbers.append(registry.register(again, source=source).number)

    assert numbers == [1, 1, 2, 1]


def test_what_no_commit_describes_is_one_version_only_by_its_run(
    registry: Registry, source: BlobStore, tmp_path: Path
) -> None:
    """Two runs outside of git share no source that could be named."""
    for run in ("run-1", "run-1", "run-2"):
        registry.register(draft(source, tmp_path, run=run, commit=None), source=source)

    assert [version.run for version in registry.versions("digits")] == ["run-1", "run-2"]


def test_nothing_is_registered_when_the_artifact_is_damaged(
    registry: Registry, source: BlobStore, tmp_path: Path
) -> None:
    """A version that could not be handed out must not exist."""
    broken = draft(source, tmp_path)
    shutil.rmtree(source.root)

    with pytest.raises(CorruptBlobError):
        registry.register(broken, source=source)

    assert registry.versions("digits") == ()


def test_registering_takes_the_next_number_when_somebody_gets_ahead(
    state: MemoryState, registry: Registry, source: BlobStore, tmp_path: Path
) -> None:
    """Only the number changes, so nobody needs to hear of it."""
    ahead = draft(source, tmp_path, run="racer")
    racers = [ahead]

    def race(stream: str) -> None:
        if racers:
            body = to_body(numbered(racers.pop(), 1))
            state.append(stream, body, expected=0)

    state.before_append = race

    assert registry.register(draft(source, tmp_path), source=source).number == 2
    assert [version.run for version in registry.versions("digits")] == ["racer", "run-1"]


@pytest.mark.parametrize("run", ["run-1", "run-2"])
def test_the_same_work_registered_by_two_at_once_is_one_version(
    state: MemoryState, registry: Registry, source: BlobStore, tmp_path: Path, run: str
) -> None:
    """The second of two racers finds the first one's version: by the run, or by the commit in two work trees."""
    racers = [draft(source, tmp_path, run=run, commit=draft(source, tmp_path).commit)]

    def race(stream: str) -> None:
        if racers:
            state.append(stream, to_body(numbered(racers.pop(), 1)), expected=0)

    state.before_append = race

    assert registry.register(draft(source, tmp_path), source=source).number == 1
    assert len(registry.versions("digits")) == 1


@pytest.mark.parametrize(
    ("ref", "said"),
    [
        ("digits@7", "has no version 7 (version: 1; aliases: production -> 1)"),
        ("digits@staging", "has no alias 'staging' (version: 1; aliases: production -> 1)"),
        ("digit@1", "no version of 'digit' is registered; did you mean digits?"),
        ("zebra@1", "no version of 'zebra' is registered; there are: digits"),
    ],
)
def test_an_unknown_reference_says_what_there_is(
    registry: Registry, source: BlobStore, tmp_path: Path, ref: str, said: str
) -> None:
    """So that the next attempt can be right."""
    registry.register(draft(source, tmp_path), source=source)
    registry.move_alias("digits", "production", 1, expected_holder=None, how=How.FIRST, actor=ACTOR, at=ISO)

    with pytest.raises(UsageError) as refused:
        registry.resolve(ref)

    assert said in str(refused.value)
    assert refused.value.next_step == "seatrial models list"


def test_before_the_first_version_the_next_step_is_to_make_one(registry: Registry) -> None:
    """Nothing is wrong; nothing is there yet."""
    with pytest.raises(UsageError, match="there are none") as refused:
        registry.resolve("digits@production")

    assert "seatrial models register" in str(refused.value.next_step)
    assert registry.holder("digits", "production") is None


def test_tags_and_links_show_at_the_version(registry: Registry, source: BlobStore, tmp_path: Path) -> None:
    """Those given at registration and those that came later, the last word winning."""
    plain = draft(source, tmp_path, tags={"team": "vision", "old": "1"}, links=("https://a.example/1",))
    ref = NumberRef(model="digits", number=registry.register(plain, source=source).number)
    registry.tag(ref, "team", "audio", actor=ACTOR, at=ISO)
    registry.tag(ref, "old", None, actor=ACTOR, at=ISO)
    registry.link(ref, "https://b.example/2", actor=ACTOR, at=ISO)

    version = registry.resolve("digits@1")

    assert version.tags == {"team": "audio"}
    assert version.links == ("https://a.example/1", "https://b.example/2")


def test_the_same_tag_or_link_again_writes_nothing(
    state: MemoryState, registry: Registry, source: BlobStore, tmp_path: Path
) -> None:
    """Repeating a command is harmless."""
    registry.register(draft(source, tmp_path), source=source)
    ref = NumberRef(model="digits", number=1)
    for _ in range(2):
        registry.tag(ref, "team", "vision", actor=ACTOR, at=ISO)
        registry.link(ref, "https://a.example/1", actor=ACTOR, at=ISO)
        registry.tag(ref, "never-there", None, actor=ACTOR, at=ISO)

    assert len(state.read("models/digits")) == 3


@pytest.mark.parametrize(
    "url",
    ["ftp://a.example/1", "javascript:alert(1)", "https://", "https:///x", "//a.example", "a.example", "",
     "https://ada:secret@a.example/", "https://ada@a.example/", "https://a.example/\n", "https://a b.example/",
     "https://a.example:notaport/", "https://[::1", "https://a.example/" + "x" * 3000],
)  # fmt: skip
def test_only_plain_web_addresses_are_linked(registry: Registry, source: BlobStore, tmp_path: Path, url: str) -> None:
    """No scripts, no secrets, nothing that breaks a line; at registration as well as later."""
    registry.register(draft(source, tmp_path), source=source)

    with pytest.raises(UsageError):
        registry.link(NumberRef(model="digits", number=1), url, actor=ACTOR, at=ISO)
    with pytest.raises(UsageError):
        registry.register(draft(source, tmp_path, run="run-2", links=(url,)), source=source)


@pytest.mark.parametrize(("key", "value"), [("", "x"), ("a b", "x"), ("-a", "x"), ("a", "x\ny"), ("a", "x" * 9999)])
def test_tags_are_one_line(registry: Registry, source: BlobStore, tmp_path: Path, key: str, value: str) -> None:
    """Longer texts belong behind a link."""
    registry.register(draft(source, tmp_path), source=source)

    with pytest.raises(UsageError):
        registry.tag(NumberRef(model="digits", number=1), key, value, actor=ACTOR, at=ISO)


def test_the_overview_sums_up_each_model(registry: Registry, source: BlobStore, tmp_path: Path) -> None:
    """How many versions, the newest, and who holds what."""
    for run in ("run-1", "run-2"):
        registry.register(draft(source, tmp_path, run=run), source=source)
    registry.register(draft(source, tmp_path, model="zebra"), source=source)
    registry.move_alias("digits", "production", 1, expected_holder=None, how=How.FIRST, actor=ACTOR, at=ISO)

    digits, zebra = registry.overview()

    assert (digits.model, digits.versions, digits.latest.number, digits.aliases) == ("digits", 2, 2, {"production": 1})
    assert (zebra.model, zebra.versions, zebra.aliases) == ("zebra", 1, {})


def test_a_record_of_a_newer_seatrial_asks_for_an_upgrade(
    state: MemoryState, registry: Registry, source: BlobStore, tmp_path: Path
) -> None:
    """Half of a version is never shown."""
    body = dict(to_body(numbered(draft(source, tmp_path), 1)))
    state.append("models/digits", body | {"schema": 2}, expected=0)

    with pytest.raises(StateError) as refused:
        registry.versions("digits")

    assert refused.value.next_step == "upgrade Seatrial"
    assert "record 1 of models/digits" in str(refused.value)


def test_records_that_contradict_each_other_are_refused(
    state: MemoryState, registry: Registry, source: BlobStore, tmp_path: Path
) -> None:
    """An undamaged record can still be wrong: here it skips a number."""
    state.append("models/digits", to_body(numbered(draft(source, tmp_path), 2)), expected=0)

    with pytest.raises(StateError, match="contradicts"):
        registry.versions("digits")


def test_who_did_it_is_kept_with_how_we_know(registry: Registry, source: BlobStore, tmp_path: Path) -> None:
    """A name alone would look like proof."""
    robot = Actor(name="deploy-bot", identified_by=IdentifiedBy.GITHUB_ACTIONS)
    registry.register(draft(source, tmp_path, actor=robot), source=source)

    assert registry.resolve("digits@1").actor == robot
