"""Make the documentation into pages: `make site`, or `.venv/site/bin/python -m website.build`.

Needs the packages of requirements/site.txt, and no network. Everything is made in a scratch folder and looked at before
`site/` is exchanged, so a build that fails leaves the pages as they were. What fails it: a link or an anchor that leads
nowhere, a picture that is not there, and any address of another host that a page would load something from.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from website.looking import faults
from website.pages import INDEX, ROOT, navigation, stage

SITE = ROOT / "site"
_SHOWN = 40


def configuration() -> str:
    """`website/mkdocs.yml` with the navigation; JSON is YAML too."""
    nav = navigation((ROOT / INDEX).read_text(encoding="utf-8"))
    return (ROOT / "website" / "mkdocs.yml").read_text(encoding="utf-8") + f"nav: {json.dumps(nav)}\n"


def build(into: Path) -> list[str]:
    """Makes the pages in a folder that does not exist yet; what is wrong with them, in words."""
    with tempfile.TemporaryDirectory() as scratch:
        place = Path(scratch)
        pages, made = place / "pages", place / "made"
        pages.mkdir()
        stage(pages)
        shutil.copytree(ROOT / "website" / "overrides", place / "overrides")
        (place / "mkdocs.yml").write_text(configuration(), encoding="utf-8")
        command = (sys.executable, "-m", "zensical", "build", "--strict", "--clean", "-f", "mkdocs.yml")
        done = subprocess.run(command, cwd=place, capture_output=True, text=True, check=False)
        if done.returncode != 0 or not (made / "index.html").is_file():
            return [done.stdout + done.stderr.partition("Traceback")[0]]
        found = faults(made)
        if not found:
            shutil.copytree(made, into)
        return found


def main() -> int:
    """Build into `site/`, or the folder that is named; 0 when the pages are there."""
    site = Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else SITE
    new = site.with_name(f"{site.name}.new")
    shutil.rmtree(new, ignore_errors=True)
    found = build(new)
    if found:
        print("\n".join(found[:_SHOWN]), file=sys.stderr)
        print(f"the site was not made; next: correct {'this' if len(found) == 1 else 'these'}", file=sys.stderr)
        return 1
    shutil.rmtree(site, ignore_errors=True)
    new.rename(site)
    pages = sum(1 for _ in site.rglob("*.html"))
    print(f"{pages} pages in {site.name}/: open its index.html or, to search too, python -m http.server -d {site.name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
