"""What is wrong with pages that were made: links into nothing, and anything loaded from another host.

Called by `build` for each build. The generator checks links between Markdown pages; here the pages themselves are
looked at, with pictures, files, scripts, styles and fonts. A link that a reader may follow to another host is fine;
what a browser fetches by itself is not: read offline, the documentation would look broken, and read online, its readers
would be seen.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

LOADED = {
    ("audio", "src"), ("embed", "src"), ("form", "action"), ("iframe", "src"), ("img", "src"), ("img", "srcset"),
    ("input", "src"), ("link", "href"), ("object", "data"), ("script", "src"), ("source", "src"), ("source", "srcset"),
    ("track", "src"), ("use", "href"), ("video", "poster"), ("video", "src"),
}  # fmt: skip
"""What a browser fetches, or sends to, without a click."""
NOT_FETCHED = frozenset({"canonical", "next", "prev", "alternate"})
_IN_STYLE = re.compile(r"""(?:@import\s+|url\(\s*)["']?\s*((?:https?:)?//[^"')\s]+)""", re.IGNORECASE)


class _Page(HTMLParser):
    """The addresses and the anchors of one page."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.anchors: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {key: value for key, value in attrs if value is not None}
        self.anchors.update(given[key] for key in ("id", "name") if key in given)
        for key, value in given.items():
            if tag == "a" and key == "href":
                self.links.append(value)
            elif (tag, key) in LOADED and not (tag == "link" and set(given.get("rel", "").split()) & NOT_FETCHED):
                self.loaded += (
                    [part.split()[0] for part in value.split(",") if part.strip()] if key == "srcset" else [value]
                )
            if key == "style":
                self.loaded += _IN_STYLE.findall(value)


def faults(site: Path) -> list[str]:
    """What is wrong with the pages below a folder, one line each."""
    pages = {path: _read(path) for path in sorted(site.rglob("*.html"))}
    found = [fault for path, page in pages.items() for fault in _of_page(site, path, page, pages)]
    return found + [fault for path in sorted(site.rglob("*.css")) for fault in _of_style(site, path)]


def _read(path: Path) -> _Page:
    page = _Page()
    page.feed(path.read_text(encoding="utf-8"))
    page.close()
    return page


def _of_page(site: Path, path: Path, page: _Page, pages: Mapping[Path, _Page]) -> Iterator[str]:
    name = path.relative_to(site).as_posix()
    for address in page.loaded:
        if _foreign(address):
            yield f"{name} loads {address}, which is on another host"
    for address in (*page.links, *page.loaded):
        parts = urlsplit(address)
        if parts.scheme or parts.netloc or (name == "404.html" and address.startswith("/")):
            continue
        target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
        target = target / "index.html" if target.is_dir() else target
        if not target.is_file():
            yield f"{name} names {address}, which is not there"
        elif parts.fragment and target in pages and unquote(parts.fragment) not in pages[target].anchors | {"__skip"}:
            yield f"{name} names {address}, and there is no such place on that page"


def _of_style(site: Path, path: Path) -> Iterator[str]:
    for address in _IN_STYLE.findall(path.read_text(encoding="utf-8")):
        yield f"{path.relative_to(site).as_posix()} loads {address}, which is on another host"


def _foreign(address: str) -> bool:
    parts = urlsplit(address.strip())
    return bool(parts.netloc) or parts.scheme in ("http", "https", "ftp", "ws", "wss")
