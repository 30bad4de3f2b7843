"""The documentation keeps its promises: links lead somewhere, commands and files it names exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "examples").rglob("*.md")])
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")
FENCE = re.compile(r"^(```+|~~~+).*?^\1\s*$", re.MULTILINE | re.DOTALL)
MAKE = re.compile(r"\bmake ((?:[a-z][a-z-]*)(?: [a-z][a-z-]*)*)")
SOURCE_PATH = re.compile(r"`((?:src|tests|docs|benchmarks|examples|requirements|changelog\.d|\.ci)/[A-Za-z0-9_./-]+)`")
FRAGMENT = re.compile(r"[a-z0-9][a-z0-9-]*\.(?:added|changed|fixed|removed)\.md")
SOURCE = ROOT / "src" / "seatrial"
UNNAMED = {"__init__.py", "__main__.py", "__pycache__"}
TOUR = (ROOT / "docs" / "tour.md").read_text(encoding="utf-8")
DECISION = re.compile(r"(\d{4})-[a-z0-9]+(?:-[a-z0-9]+)*\.md")


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def _prose(page: Path) -> str:
    """A page without its fenced blocks, where brackets are code."""
    return FENCE.sub("", page.read_text(encoding="utf-8"))


def _anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ +(.+?)\s*$", _prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_docs_links_lead_to_files_and_headings_that_exist(page: Path) -> None:
    """A relative link names a file of this repository, and its anchor a heading there."""
    broken: list[str] = []
    for target in LINK.findall(_prose(page)):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        other = (page.parent / name).resolve() if name else page
        if not other.exists() or (anchor and other.suffix == ".md" and anchor not in _anchors(other)):
            broken.append(target)

    assert broken == []


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_docs_name_only_files_that_exist(page: Path) -> None:
    """A path in code quotes that starts like one of ours exists, at the root or beside the page."""
    named = SOURCE_PATH.findall(_prose(page))

    assert [path for path in named if not any((folder / path).exists() for folder in (ROOT, page.parent))] == []


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_docs_name_only_make_targets_that_exist(page: Path) -> None:
    """Every `make TARGET` in code, fenced or quoted, is a target of the Makefile."""
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    text = page.read_text(encoding="utf-8")
    code = "\n".join([*(block.group() for block in FENCE.finditer(text)), *re.findall(r"`([^`\n]+)`", text)])
    asked = {target for words in MAKE.findall(code) for target in words.split()[:1]}

    assert asked - targets == set()


def test_docs_index_leads_to_every_page() -> None:
    """A page nobody links is a page nobody finds: docs/README.md names them all."""
    index = ROOT / "docs" / "README.md"
    linked = {(index.parent / target.partition("#")[0]).resolve() for target in LINK.findall(index.read_text())}
    pages = set((ROOT / "docs").rglob("*.md")) - {index, ROOT / "docs" / "decisions" / "0000-template.md"}

    assert sorted(_name(page) for page in pages - linked) == []


def test_decision_records_are_numbered_once_each_and_say_what_was_decided() -> None:
    """No two records share a number, and each has the template's form."""
    records = sorted(path for path in (ROOT / "docs" / "decisions").glob("*.md") if not path.name.startswith("0000"))
    names = [DECISION.fullmatch(path.name) for path in records]
    numbers = [match[1] for match in names if match]

    assert all(names)
    assert len(numbers) == len(set(numbers))
    for record in records:
        text = record.read_text(encoding="utf-8")
        assert re.match(rf"# {record.name[:4]}\. \S", text), record.name
        assert {"## Context", "## Decision", "## Consequences"} <= set(text.splitlines()), record.name


def test_changelog_fragments_are_well_formed() -> None:
    """A fragment is `topic.added|changed|fixed|removed.md` and holds whole sentences, not a headline."""
    for fragment in sorted((ROOT / "changelog.d").iterdir()):
        if fragment.name == "README.md":
            continue
        text = fragment.read_text(encoding="utf-8").strip()

        assert FRAGMENT.fullmatch(fragment.name), fragment.name
        assert text.endswith("."), fragment.name
        assert not text.startswith(("#", "-", "*")), fragment.name


def test_docs_tour_introduces_every_folder_and_every_file_at_the_top_of_the_source() -> None:
    """Somebody who has read the tour meets no stranger in `ls src/seatrial`."""
    there = {path.name for path in SOURCE.iterdir() if path.is_dir() or path.suffix == ".py"} - UNNAMED
    tree = TOUR.partition("## The tree")[2].partition("## ")[0]
    entries = " ".join(re.findall(r"^ {4}((?:[a-z_]+(?:/|\.py) +)+)", tree, re.MULTILINE))

    assert {name.rstrip("/") for name in entries.split()} == there


def test_docs_tour_names_only_source_files_that_exist() -> None:
    """`pipeline/key.py` in the tour is a file below src/seatrial; renaming one means telling the tour."""
    named = re.findall(r"`([a-z_]+/(?:[a-z_]+\.py)?)`", TOUR)

    assert named
    assert [name for name in named if not any((folder / name).exists() for folder in (SOURCE, ROOT))] == []


def test_docs_benchmarks_hold_figures_of_every_benchmark() -> None:
    """A benchmark whose figures nobody wrote down tells nobody anything; each says its command and its day."""
    page = (ROOT / "docs" / "benchmarks.md").read_text(encoding="utf-8")
    scripts = [path.stem for path in (ROOT / "benchmarks").glob("*.py") if "__main__" in path.read_text()]

    assert scripts
    for script in scripts:
        assert re.search(rf"`python -m benchmarks\.{script}[^`]*`, median of \d+, \d{{4}}-\d\d-\d\d: \S", page), script
    folders = [path.parent.name for path in (ROOT / "benchmarks").glob("*/__main__.py")]

    assert folders
    for folder in folders:
        said = rf"`python -m benchmarks\.{folder} [^`]*`, (?:median of \d+, )?\d{{4}}-\d\d-\d\d: \S"
        assert re.search(said, page), folder
