"""Hand-written maps held against what stages can load."""

from __future__ import annotations

import pytest

from seatrial.errors import Place
from seatrial.pipeline.lint_deps import Finding
from seatrial.pipeline.lint_map import Entry, Prefix, files_of, lint_entry, stage_of
from tests.support.looking import cells_of, closure_of
from tests.support.project import stage

FILES = {
    "src/pkg/__init__.py": "",
    "src/pkg/train.py": "from pkg import rows\n",
    "src/pkg/rows.py": "",
    "src/pkg/other.py": "",
    "src/tools/x.py": "",
    "pyproject.toml": "",
}


def entry(*prefixes: str, name: str = "train") -> Entry:
    placed = tuple(
        Prefix(text=text, place=Place(file="map.yaml", line=line)) for line, text in enumerate(prefixes, start=2)
    )
    return Entry(name=name, prefixes=placed, place=Place(file="map.yaml", line=1))


def findings(*prefixes: str) -> list[Finding]:
    (cell,) = cells_of(stage("train", "python -m pkg.train")).values()
    return list(lint_entry(entry(*prefixes), "train", files_of([closure_of(cell, FILES)]), frozenset(FILES)))


def said(*prefixes: str) -> list[tuple[str, str, int | None]]:
    return [(one.fault.value, one.subject, one.place.line) for one in findings(*prefixes)]


@pytest.mark.parametrize("prefixes", [("src/pkg/",), ("./src/pkg/",), (".",), ("src/p",), ("src/pkg/", "src/pkg/")])
def test_an_entry_that_covers_all_and_no_more_is_fine(prefixes: tuple[str, ...]) -> None:
    """Prefixes are texts: `src/p` covers `src/pkg/`."""
    assert said(*prefixes) == []


def test_prefixes_that_cover_nothing_are_dead() -> None:
    """Each at its own line."""
    assert said("src/pkg/", "lib/") == [("dead", "lib/", 3)]


def test_a_prefix_inside_another_is_redundant() -> None:
    """Whatever it covers is covered."""
    assert said("src/pkg/", "src/pkg/rows.py") == [("redundant", "src/pkg/rows.py", 3)]


def test_a_prefix_of_which_the_stage_loads_nothing_is_redundant() -> None:
    """It makes the stage run for nothing."""
    (found,) = findings("src/pkg/", "src/tools/")

    assert (found.fault.value, found.subject) == ("redundant", "src/tools/")
    assert found.message == "src/tools/ of train is not needed: stage train does not load src/tools/x.py"


def test_files_that_no_prefix_covers_are_missing() -> None:
    """All in one finding, at the entry; configuration of tools is in no map."""
    (found,) = findings("src/pkg/train.py")

    assert (found.fault.value, found.place.line) == ("missing", 1)
    assert found.files == ("src/pkg/__init__.py", "src/pkg/rows.py")
    assert found.message.startswith("train misses 2 files that stage train can load: src/pkg/__init__.py")


@pytest.mark.parametrize(
    ("name", "stage"),
    [
        ("train", "train"),
        ("Train", "train"),
        ("Basic Test (CPU)", "basic-test-cpu"),
        ("basic", None),
        ("???", None),
    ],
)
def test_entries_find_their_stage_by_its_words(name: str, stage: str | None) -> None:
    """Labels are written for people."""
    assert stage_of(entry(name=name), ["train", "basic-test-cpu"]) == stage
