"""What a browser makes of a page, as far as the standard library can tell: elements, attributes, words."""

from __future__ import annotations

from html.parser import HTMLParser

_VOID = {"meta", "br"}
_SAFE = {
    *(
        "html",
        "head",
        "meta",
        "title",
        "style",
        "body",
        "h1",
        "h2",
        "h3",
        "p",
        "pre",
        "span",
        "strong",
        "code",
        "br",
        "ul",
        "li",
    ),
    *("div", "table", "caption", "thead", "tbody", "tr", "th", "td", "details", "summary", "figure", "figcaption"),
    *("svg", "g", "path", "rect", "circle", "text"),
}
"""Every element that a page of ours may have; none of them runs, loads or sends anything."""
_ATTRIBUTES = {
    *("lang", "charset", "http-equiv", "content", "name", "class", "scope", "open"),
    *("xmlns", "viewbox", "width", "height", "role", "aria-label", "d", "x", "y", "cx", "cy", "r", "transform"),
    *("text-anchor", "fill-opacity"),
}


class Markup(HTMLParser):
    """A page, whole. Raises AssertionError for one in which an element does not close."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[str] = []
        self.attributes: list[tuple[str, str, str | None]] = []
        self.words: list[str] = []
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)
        self.attributes += [(tag, name, value) for name, value in attrs]
        if tag not in _VOID and not (self.get_starttag_text() or "").endswith("/>"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)
        self.attributes += [(tag, name, value) for name, value in attrs]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    def refuse_foreign(self) -> None:
        """No element or attribute but ours, and no figure that is none."""
        assert set(self.seen) <= _SAFE
        assert {name for _, name, _ in self.attributes} <= _ATTRIBUTES
        drawn = [
            value for tag, name, value in self.attributes if name in ("d", "x", "y", "cx", "cy", "r", "width", "height")
        ]
        assert not [value for value in drawn if value is None or "nan" in value or "inf" in value]
