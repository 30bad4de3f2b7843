"""The console script: answers `--version` at once and hands everything else to `main`.

Editors and CI jobs ask for the version on every start; loading the command-line library for
that would cost several times the answer.
"""

from __future__ import annotations

import sys

from seatrial import __version__


def main() -> None:
    """Run the command line and exit with its code."""
    if sys.argv[1:] == ["--version"]:
        print(f"seatrial {__version__}")
        return
    from seatrial.cli.main import run_app  # loads click: see above

    sys.exit(run_app(sys.argv[1:]))
