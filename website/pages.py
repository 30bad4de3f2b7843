"""The pages of the site: which files go in, and the navigation, read from docs/README.md.

Called by `build`. The tree of the repository is kept, so that every link that works on a forge works here, those that
leave docs/ included. The index of the documentation names all pages (a test sees to that), so it is the navigation too,
and no second list has to be kept.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FILES = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "LICENSE", "changelog.d/README.md")
FOLDERS = ("docs", "examples")
NOT_PAGES = shutil.ignore_patterns("__pycache__", ".venv", ".seatrial", "data", "outputs", "reports", "*.pyc")
INDEX = "docs/README.md"
_HEADING = re.compile(r"^## (.+)$", re.MULTILINE)
_LINK = re.compile(r"^(?:\| |- )\[([^\]]+)\]\(([^)#]+)\)(?:: (.+))?", re.MULTILINE)
Nav = list[dict[str, object]]


def stage(into: Path, *, root: Path = ROOT) -> None:
    """Copies what the site is made of, each file to the place that it has in the repository."""
    for name in FILES:
        target = into / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(root / name, target)
    for folder in FOLDERS:
        shutil.copytree(root / folder, into / folder, ignore=NOT_PAGES)
    shutil.copytree(root / "website" / "assets", into / "assets")


def navigation(index: str) -> Nav:
    """The navigation: the first page, then the sections of the documentation's index with the pages they name."""
    found: Nav = [{"Seatrial": "README.md"}, {"All pages": INDEX}]
    parts = _HEADING.split(index)[1:]
    for title, body in zip(parts[::2], parts[1::2], strict=True):
        pages = [{_title(name, said): _place(target)} for name, target, said in _LINK.findall(body)]
        short = title.removeprefix("For people who ")
        found.append({short[:1].upper() + short[1:]: pages})
    found.append({"Example": [{"digits": "examples/digits/README.md"}, {"Changes": "CHANGELOG.md"}]})
    return found


def _title(name: str, said: str) -> str:
    """A page's name; a decision's number and what was decided."""
    return f"{name} {said}" if said else name


def _place(target: str) -> str:
    """A link of docs/README.md as a path from the root."""
    return target.removeprefix("../") if target.startswith("../") else f"docs/{target}"
