"""The documentation becomes pages that hold together, fetch nothing, and can be searched; by the generator itself."""

from __future__ import annotations

import functools
import http.server
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import browser

ROOT = Path(__file__).parents[2]
PYTHON = Path(os.environ.get("SITE_PYTHON") or f"{sys.prefix}/site/bin/python")
pytestmark = [
    pytest.mark.live,
    pytest.mark.skipif(not PYTHON.with_name("zensical").exists(), reason="no interpreter with Zensical (make live)"),
]
MADE_OF = (
    "README.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "LICENSE",
    "changelog.d/README.md",
    "docs",
    "examples",
    "website",
)
SHADOW = "[...document.querySelectorAll('*')].find(one => one.shadowRoot)?.shadowRoot"
"""Where the search shows what it found."""


def built(root: Path, into: Path) -> subprocess.CompletedProcess[str]:
    """Builds the site of a tree into a folder, in the generator's own environment."""
    command = (str(PYTHON), "-m", "website.build", str(into))
    return subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=300, check=False)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    into = tmp_path_factory.mktemp("site") / "pages"
    done = built(ROOT, into)
    assert done.returncode == 0, done.stdout + done.stderr
    return into


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A copy of what the site is made of, to be broken."""
    subprocess.run(("cp", "-r", "--parents", *MADE_OF, str(tmp_path)), cwd=ROOT, check=True)
    return tmp_path


def test_every_page_is_there_and_the_readme_comes_first(site: Path) -> None:
    for page in (ROOT / "docs").rglob("*.md"):
        name = page.relative_to(ROOT).with_suffix(".html").as_posix().replace("README.html", "index.html")
        assert (site / name).is_file(), name
    assert "sea trial is the last test of a ship" in (site / "index.html").read_text(encoding="utf-8")
    assert (site / "examples/digits/index.html").is_file()
    assert (site / "examples/digits/seatrial.yaml").is_file()


def test_every_page_forbids_its_browser_to_ask_other_hosts(site: Path) -> None:
    """The theme's script knows addresses of other hosts; the policy is what holds whatever it does with them."""
    pages = list(site.rglob("*.html"))

    assert len(pages) > 60
    for page in pages:
        policy = re.findall(r'<meta http-equiv="Content-Security-Policy" content="([^"]*)"', page.read_text("utf-8"))
        assert len(policy) == 1, page.name
        assert policy[0].startswith("default-src 'none';")
        assert not re.search(r"https?:|\*", policy[0])


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("[x](reference/nowhere.md)", "does not exist"),
        ("[x](reference/gates.md#nowhere)", "does not exist"),
        ("![x](images/nowhere.png)", "names images/nowhere.png, which is not there"),
        ("![x](https://pictures.example/a.png)", "loads https://pictures.example/a.png, which is on another host"),
    ],
)
def test_a_page_that_leads_into_nothing_or_loads_from_elsewhere_fails_the_build(
    line: str, said: str, tree: Path, tmp_path: Path
) -> None:
    with (tree / "docs/README.md").open("a", encoding="utf-8") as page:
        page.write(f"\n{line}\n")
    done = built(tree, tmp_path / "made")

    assert done.returncode != 0
    assert said in done.stderr
    assert not (tmp_path / "made").exists()


@pytest.fixture
def address(site: Path) -> Iterator[str]:
    """The site, served on this machine."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        """Serves files and says nothing."""

        def log_request(self, *_: object) -> None:
            """No line for each file."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(site)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.skipif(browser.PROGRAM is None, reason="no chromium")
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_a_browser_asks_no_other_host_and_nothing_is_wider_than_a_phone(address: str, dark: bool) -> None:
    with browser.browser() as page:
        for name in ("index.html", "docs/reference/configuration.html", "docs/reference/gates.html"):
            page.go(f"{address}/{name}", width=390, dark=dark)
            assert page.value("document.documentElement.scrollWidth <= window.innerWidth"), name
        background = page.value("getComputedStyle(document.body).backgroundColor")
        shade = sum(int(part) for part in background.removeprefix("rgb(").rstrip(")").split(",")[:3])

    assert [one for one in page.requests if not one.startswith((address, "data:", "about:"))] == []
    assert page.complaints == []
    assert shade < 200 if dark else shade > 600


@pytest.mark.skipif(browser.PROGRAM is None, reason="no chromium")
def test_the_search_finds_a_page(address: str) -> None:
    with browser.browser() as page:
        page.go(f"{address}/index.html")
        page.value("document.querySelector('.md-search__button').click()")
        ready = page.until(f"{SHADOW}?.activeElement?.tagName == 'INPUT' && !{SHADOW}.textContent.includes('Loading')")
        page.ask("Input.insertText", text="overfit-one-batch")
        found = page.until(f"{SHADOW}.textContent.includes('Trying one batch')")

    assert ready
    assert found
