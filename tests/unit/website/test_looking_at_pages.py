"""Pages that lead into nothing, or load anything from another host, are refused by name."""

from __future__ import annotations

from pathlib import Path

import pytest

from website.looking import faults


def site(folder: Path, body: str, *, head: str = "", **others: str) -> list[str]:
    """The faults of a site of one page with this body, beside a second page with an anchor."""
    (folder / "docs").mkdir(parents=True)
    (folder / "index.html").write_text(f"<html><head>{head}</head><body>{body}</body></html>")
    (folder / "docs/two.html").write_text('<h1 id="there">Two</h1>')
    (folder / "docs/picture.png").write_bytes(b"png")
    for name, text in others.items():
        (folder / name.replace("_", ".")).write_text(text)
    return faults(folder)


def test_sound_pages_have_no_fault(tmp_path: Path) -> None:
    body = """<a href="docs/two.html#there">two</a> <a href="#here">here</a> <p id="here"></p>
    <a href="https://elsewhere.example/page">may be followed</a> <a href="mailto:ann@example.org">ann</a>
    <img src="docs/picture.png" srcset="docs/picture.png 2x"> <img src="data:image/png;base64,AA==">"""
    head = '<link rel="canonical" href="https://docs.example/"><link rel="stylesheet" href="site.css">'

    assert site(tmp_path, body, head=head, site_css="a { background: url(docs/picture.png) }") == []


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ('<a href="docs/three.html">x</a>', "index.html names docs/three.html, which is not there"),
        ('<a href="docs/two.html#gone">x</a>', "there is no such place on that page"),
        ('<a href="#gone">x</a>', "there is no such place on that page"),
        ('<a href="docs">x</a>', "index.html names docs, which is not there"),
        ('<img src="docs/none.png">', "index.html names docs/none.png, which is not there"),
        ('<img src="docs/picture.png" srcset="docs/none.png 2x">', "docs/none.png, which is not there"),
        (
            '<script src="https://cdn.example/a.js"></script>',
            "loads https://cdn.example/a.js, which is on another host",
        ),
        ('<script src="//cdn.example/a.js"></script>', "on another host"),
        ('<img src="http://pixel.example/a.gif">', "on another host"),
        ('<link rel="stylesheet" href="https://fonts.example/css">', "on another host"),
        ('<link rel="preconnect" href="https://fonts.example">', "on another host"),
        ('<iframe src="https://video.example"></iframe>', "on another host"),
        ('<form action="https://forms.example/post"></form>', "on another host"),
        ("<p style=\"background: url('https://a.example/b.png')\">x</p>", "on another host"),
    ],
)
def test_a_page_with_a_fault_is_refused(body: str, fault: str, tmp_path: Path) -> None:
    found = site(tmp_path, body)

    assert len(found) >= 1
    assert fault in found[0]


@pytest.mark.parametrize(
    "style",
    ['@import "https://fonts.example/a.css";', "@font-face { src: url(//fonts.example/a.woff2) }"],
)
def test_a_style_sheet_that_fetches_from_elsewhere_is_refused(style: str, tmp_path: Path) -> None:
    found = site(tmp_path, "", site_css=style)

    assert len(found) == 1
    assert found[0].startswith("site.css loads ")
