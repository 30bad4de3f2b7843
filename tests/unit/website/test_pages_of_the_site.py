"""The site holds every page of the documentation, at the place it has in the repository."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from website.pages import INDEX, ROOT, navigation, stage


def _places(nav: object) -> Iterator[str]:
    if isinstance(nav, str):
        yield nav
    elif isinstance(nav, dict):
        for value in nav.values():
            yield from _places(value)
    elif isinstance(nav, list):
        for value in nav:
            yield from _places(value)


def test_the_navigation_names_every_page_once_and_begins_with_the_readme() -> None:
    places = list(_places(navigation((ROOT / INDEX).read_text(encoding="utf-8"))))
    pages = {path.relative_to(ROOT).as_posix() for path in (ROOT / "docs").rglob("*.md")}

    assert places[0] == "README.md"
    assert len(places) == len(set(places))
    assert pages - set(places) == {"docs/decisions/0000-template.md"}
    assert [place for place in places if not (ROOT / place).is_file()] == []


def test_titles_of_the_navigation_are_those_of_the_index() -> None:
    index = """# All\n## For people who use it\n| [One](reference/one.md) | says one |\n\n## Decisions\n
- [0001](decisions/0001-a.md): the first is taken\n"""

    assert navigation(index)[2:4] == [
        {"Use it": [{"One": "docs/reference/one.md"}]},
        {"Decisions": [{"0001 the first is taken": "docs/decisions/0001-a.md"}]},
    ]


def test_the_tree_of_the_repository_is_kept_without_what_runs_leave_behind(tmp_path: Path) -> None:
    stage(tmp_path / "pages")
    found = {path.relative_to(tmp_path / "pages").as_posix() for path in (tmp_path / "pages").rglob("*")}

    assert {"README.md", "docs/README.md", "examples/digits/README.md", "examples/digits/seatrial.yaml"} <= found
    assert not [name for name in found if "/.venv" in name or "/.seatrial" in name or name.endswith(".pyc")]
