"""The page of a run in a real browser: nothing leaves it, nothing planted runs, and everything on it can be read.

Chromium is a Debian package (`.ci/packages`); without it these tests are left out, by name.
"""

from __future__ import annotations

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from seatrial.data.result import Check
from seatrial.replacing import replace
from seatrial.report import data_page
from seatrial.report.page import render_page
from tests.support.browser import PROGRAM, Page, browser
from tests.support.data_checks import BROKEN, DRIFTED, a_check
from tests.support.pictured import rich_run

pytestmark = [
    pytest.mark.live,
    pytest.mark.skipif(PROGRAM is None, reason="chromium is not installed"),
]
_OUTSIDE = """
[...document.querySelectorAll('svg')].flatMap(svg => {
  const box = svg.getBoundingClientRect();
  return [...svg.querySelectorAll('text')].filter(text => {
    const own = text.getBoundingClientRect();
    return own.left < box.left - 1 || own.right > box.right + 1 || own.top < box.top - 1 || own.bottom > box.bottom + 1;
  }).map(text => text.textContent);
})
"""
_CROSSING = """
[...document.querySelectorAll('svg')].flatMap(svg => {
  const words = [...svg.querySelectorAll('text')].map(text => [text.textContent, text.getBoundingClientRect()]);
  return words.flatMap(([one, a], at) => words.slice(at + 1).filter(([_, b]) =>
    a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 3 && b.top < a.bottom - 3
  ).map(([other]) => one + ' | ' + other));
})
"""
_SMALLEST = """
Math.min(...[...document.querySelectorAll('svg text')].map(
  text => parseFloat(getComputedStyle(text).fontSize) * text.ownerSVGElement.getScreenCTM().a))
"""
_CONTRAST = """
(() => {
  const light = word => {
    const [r, g, b] = word.match(/[0-9.]+/g).map(Number).map(c => c / 255).map(
      c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const back = light(getComputedStyle(document.body).backgroundColor);
  const against = word => (Math.max(light(word), back) + .05) / (Math.min(light(word), back) + .05);
  const lines = [...document.querySelectorAll('svg .ln')].map(each => against(getComputedStyle(each).stroke));
  const words = [...document.querySelectorAll('svg text:not(.on)')].map(each => against(getComputedStyle(each).fill));
  return [Math.min(...lines), Math.min(...words)];
})()
"""


@pytest.fixture(scope="module")
def tab() -> Iterator[Page]:
    """One browser for all of these."""
    with browser() as page:
        yield page


def written(folder: Path, page: str) -> Path:
    file = folder / "report.html"
    file.write_text(page, encoding="utf-8")
    return file


def fresh(tab: Page, file: Path, **how: Any) -> Page:
    tab.requests.clear()
    tab.complaints.clear()
    tab.show(file, **how)
    return tab


def test_a_page_asks_for_itself_alone_and_complains_of_nothing(tab: Page, tmp_path: Path) -> None:
    """No console error, no broken figure in a drawing, no second request; its own style is in force."""
    file = written(tmp_path, render_page(rich_run()))
    page = fresh(tab, file)

    assert page.requests == [file.resolve().as_uri()]
    assert page.complaints == []
    assert page.value("getComputedStyle(document.querySelector('.FAIL')).color") == "rgb(179, 38, 30)"


def test_the_page_of_a_check_is_as_quiet(tab: Page, tmp_path: Path) -> None:
    check: Check = a_check(DRIFTED, BROKEN)
    file = written(tmp_path, data_page.render_page(check))
    page = fresh(tab, file)

    assert (page.requests, page.complaints) == ([file.resolve().as_uri()], [])


@pytest.mark.parametrize("width", [400, 1400])
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_everything_can_be_read(tab: Page, tmp_path: Path, width: int, dark: bool) -> None:
    """The page is not wider than the window; no word of a picture is cut, crossed by another, tiny or pale."""
    page = fresh(tab, written(tmp_path, render_page(rich_run(slice_count=40))), width=width, dark=dark)
    lines, words = page.value(_CONTRAST)

    assert page.value("document.documentElement.scrollWidth") <= width
    assert page.value(_OUTSIDE) == []
    assert page.value(_CROSSING) == []
    assert page.value(_SMALLEST) >= 9
    assert lines >= 3.0, "WCAG 2.1, 1.4.11"
    assert words >= 4.5, "WCAG 2.1, 1.4.3"
    assert page.value("matchMedia('(prefers-color-scheme: dark)').matches") is dark


def test_names_of_any_length_do_not_break_the_page(tab: Page, tmp_path: Path) -> None:
    """70 KB without a space, and a script that is written from right to left."""
    facts = rich_run()
    long = "n" * 70_000
    plots = tuple(replace(plot, title=long, note=long) for plot in facts.plots)
    hostile = replace(facts, project=long, plots=plots, warnings=(long, "\u202e\u05d0\u05d1\u05d2" * 40))
    page = fresh(tab, written(tmp_path, render_page(hostile)), width=400)

    assert page.value("document.documentElement.scrollWidth") <= 400
    assert page.value(_OUTSIDE) == []


@pytest.fixture
def outside() -> Iterator[tuple[str, list[str]]]:
    """A server that a page must never ask, and what it was asked."""
    asked: list[str] = []

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Not to the terminal."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", asked
        server.shutdown()
        thread.join()


def planted(outside: str) -> str:
    """What somebody might try, each with an address of its own."""
    return (
        f"<script>document.title = 'owned'; fetch('{outside}/script')</script>"
        f"<img src='{outside}/img' onerror=\"document.title = 'owned'\">"
        "<p id=styled style='color:rgb(1, 2, 3)'>x</p><style>h1{color:rgb(1, 2, 3)}</style>"
        f"<link rel=stylesheet href='{outside}/css'><iframe src='{outside}/frame'></iframe>"
        f"<object data='{outside}/object'></object><video src='{outside}/video'></video>"
        f"<form action='{outside}/form'><button id=go>x</button></form><base href='{outside}/base'>"
    )


def test_what_was_planted_neither_runs_nor_loads_nor_sends_nor_styles(
    tab: Page, tmp_path: Path, outside: tuple[str, list[str]]
) -> None:
    """Even had the escaping failed, the policy of the page holds: markup is put in by hand, and a server listens."""
    address, asked = outside
    file = written(tmp_path, render_page(rich_run()).replace("<body>", f"<body>{planted(address)}"))
    page = fresh(tab, file)
    page.value("document.getElementById('go').click()")
    page.value("new Promise(done => setTimeout(done, 300))")

    assert asked == []
    assert page.value("document.title").startswith("digits: FAIL")
    assert page.value("getComputedStyle(document.getElementById('styled')).color") == "rgb(31, 35, 40)"
    assert page.value("getComputedStyle(document.querySelector('h1')).color") == "rgb(31, 35, 40)"
    assert page.value("document.baseURI") == file.resolve().as_uri()
    assert page.value("location.href") == file.resolve().as_uri()
    assert sum("Content Security Policy" in said for said in page.complaints) >= 6, page.complaints


def test_the_same_without_the_policy_does_all_of_it(tab: Page, tmp_path: Path, outside: tuple[str, list[str]]) -> None:
    """So the test above can fail: it is the policy that stops these, and not the browser."""
    address, asked = outside
    page = render_page(rich_run()).replace("<body>", f"<body>{planted(address)}")
    file = written(tmp_path, page.replace("Content-Security-Policy", "nothing"))
    shown = fresh(tab, file)
    shown.value("new Promise(done => setTimeout(done, 300))")

    assert {"/script", "/img", "/css", "/frame"} <= set(asked)
    assert shown.value("document.title") == "owned"
    assert shown.value("getComputedStyle(document.querySelector('h1')).color") == "rgb(1, 2, 3)"
