"""What may go from a cache, decided over a list of what is there."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from seatrial.pipeline.collect import Inventory, Item, Loose, Needed, collect

DAY = 86_400.0
NOW = 100 * DAY
SIZES = {"tree": 1, "a": 10, "b": 20, "c": 30, "lost": 5}
INSIDE = {"tree": ("a", "b")}
OLD = Item(name="old", size=1, used=NOW - 50 * DAY, roots=("tree",), cell="train", run="r1")
NEW = Item(name="new", size=1, used=NOW - 1 * DAY, roots=("b", "c"), cell="test", run="r2")
RUN_1 = Item(name="r1", size=100, used=NOW - 50 * DAY)
RUN_2 = Item(name="r2", size=100, used=NOW - 1 * DAY)
TEMPORARY = Loose(path="tmp/.tmp-1", kind="temporary", size=7, made=NOW, lasting=False)
ASIDE = Loose(path="runs/r1/aside", kind="aside", size=9, made=NOW - 50 * DAY, lasting=True)
BAD = Loose(path="cas/quarantine/x", kind="quarantine", size=3, made=NOW - 2 * DAY, lasting=True)
ALL = Inventory(results=(OLD, NEW), runs=(RUN_1, RUN_2), blobs=SIZES, inside=INSIDE, loose=(TEMPORARY, ASIDE, BAD))


def names(items: tuple[Item, ...]) -> list[str]:
    return [item.name for item in items]


def test_without_a_limit_only_goes_what_nothing_names() -> None:
    """However old the rest is."""
    removal = collect(ALL, Needed(), now=NOW, older_than=None, most=None)

    assert names(removal.results) == names(removal.runs) == []
    assert removal.blobs == {"lost": 5}
    assert removal.loose == (TEMPORARY,)
    assert removal.freed == 5 + 7


def test_what_was_last_used_longer_ago_goes_with_the_blobs_that_only_it_named() -> None:
    """A blob that a younger result names too stays, also when it lies inside an old folder."""
    removal = collect(ALL, Needed(), now=NOW, older_than=30 * DAY, most=None)

    assert names(removal.results) == ["old"]
    assert names(removal.runs) == ["r1"]
    assert set(removal.blobs) == {"tree", "a", "lost"}
    assert removal.loose == (TEMPORARY, ASIDE)
    assert removal.freed == 1 + 100 + (1 + 10 + 5) + 7  # what lies in the run's folder is counted with it


def test_what_a_registered_version_needs_stays_however_old_and_large() -> None:
    """Its run, the results of that run and of its evidence, and its blobs."""
    for needed in (Needed(runs=frozenset({"r1"})), Needed(keys=frozenset({"old"})), Needed(blobs=frozenset({"tree"}))):
        removal = collect(ALL, needed, now=NOW, older_than=DAY / 2, most=1)

        assert not {"tree", "a", "b"} & set(removal.blobs)
        assert removal.over > 0
        assert ("r1" in names(removal.runs)) is not bool(needed.runs)
        assert ("old" in names(removal.results)) is bool(needed.blobs)


def test_a_size_keeps_what_was_used_last() -> None:
    """The result and the run of yesterday fit, those of last month do not."""
    removal = collect(ALL, Needed(), now=NOW, older_than=None, most=160)

    assert names(removal.results) == ["old"]
    assert names(removal.runs) == ["r1"]
    assert removal.over == 0


def test_a_size_that_nothing_fits_into_leaves_nothing() -> None:
    """It was asked for."""
    removal = collect(ALL, Needed(), now=NOW, older_than=None, most=1)

    assert names(removal.results) == ["old", "new"]
    assert set(removal.blobs) == set(SIZES)


KEYS = st.sampled_from("abcdef")


@given(
    results=st.dictionaries(KEYS, st.tuples(st.floats(0, 100), st.sets(KEYS, max_size=3)), max_size=6),
    inside=st.dictionaries(KEYS, st.sets(KEYS, max_size=3), max_size=3),
    blobs=st.dictionaries(KEYS, st.integers(0, 50)),
    needed=st.sets(KEYS),
    older_than=st.none() | st.floats(0, 100),
    most=st.none() | st.integers(1, 200),
)
def test_nothing_that_stays_loses_a_blob(
    results: dict[str, tuple[float, set[str]]],
    inside: dict[str, set[str]],
    blobs: dict[str, int],
    needed: set[str],
    older_than: float | None,
    most: int | None,
) -> None:
    """Whatever points where, in circles too; and what stays fits, unless versions need it."""
    items = tuple(Item(name=k, size=1, used=used, roots=tuple(sorted(r))) for k, (used, r) in results.items())
    below = {name: tuple(sorted(names)) for name, names in inside.items()}
    inventory = Inventory(results=items, blobs=blobs, inside=below)
    removal = collect(inventory, Needed(keys=frozenset(needed)), now=100.0, older_than=older_than, most=most)
    stay = [item for item in items if item not in removal.results]
    reached: set[str] = set()
    waiting = [root for item in stay for root in item.roots]
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            waiting += below.get(name, ())

    assert not reached & set(removal.blobs)
    assert reached | set(removal.blobs) >= set(blobs)
    assert not needed & set(names(removal.results))
    left = sum(item.size for item in stay) + sum(blobs.get(name, 0) for name in reached)
    assert most is None or left <= most or removal.over == left - most
    assert removal.over == 0 or {item.name for item in stay} <= needed
