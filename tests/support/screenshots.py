"""The pictures of a run's page in the documentation, made anew: `python -m tests.support.screenshots [FOLDER]`.

It shows the run of `pictured.py` in Chromium, light and dark, as wide as a desk and as a phone, and writes PNG files to
`docs/images`. Fonts are those of the machine, so two machines give two files: made on purpose, never by a test.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from seatrial.report.page import render_page
from tests.support.browser import Page, browser
from tests.support.pictured import rich_run

IMAGES = Path(__file__).resolve().parents[2] / "docs" / "images"
LARGEST = 150_000
"""Bytes of one file; a repository is cloned more often than its pictures are looked at."""
_FROM = "[...document.querySelectorAll('h2')].find(each => each.textContent.includes('{}')).getBoundingClientRect().top"


def part(page: Page, begin: str | None, width: int, height: int) -> Mapping[str, float]:
    """So much of the page, from a heading with these words, or from the top."""
    top = 0.0 if begin is None else float(page.value(f"{_FROM.format(begin)} + scrollY")) - 8
    return {"x": 0, "y": max(0.0, top), "width": width, "height": height}


def main(folder: Path) -> None:
    """Write all four."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch, browser() as page:
        file = Path(scratch) / "report.html"
        file.write_text(render_page(rich_run()), encoding="utf-8")
        for name, begin, width, height, dark in (
            ("report-light", None, 1400, 1250, False),
            ("report-dark", "churn", 1400, 1060, True),
            ("report-narrow-light", "Curves", 400, 800, False),
            ("report-narrow-dark", "price", 400, 1000, True),
        ):
            page.show(file, width=width, dark=dark)
            data = page.picture(clip=part(page, begin, width, height))
            if len(data) > LARGEST:
                raise SystemExit(f"{name} has {len(data):,} bytes, and at most {LARGEST:,} are kept")
            (folder / f"{name}.png").write_bytes(data)
            print(f"{name}.png: {len(data):,} bytes")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else IMAGES)
