"""What holds for every test: the slow campaigns wait for `--long`, the machine's own settings stay out.

A developer's git configuration, editor variables or Seatrial settings must not decide whether a
test passes, so they are taken away before anything is imported.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

LONG = Path(__file__).parent / "long"

FIXED = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_AUTHOR_NAME": "A. Tester",
    "GIT_AUTHOR_EMAIL": "tester@example.invalid",
    "GIT_COMMITTER_NAME": "A. Tester",
    "GIT_COMMITTER_EMAIL": "tester@example.invalid",
    "GIT_TERMINAL_PROMPT": "0",
    "NO_COLOR": "1",
    "COLUMNS": "80",
    "LC_ALL": "C.UTF-8",
    "TZ": "UTC",
}
REMOVED = (
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_CEILING_DIRECTORIES",
    "FORCE_COLOR",
    "PYTHONWARNINGS",
    "VIRTUAL_ENV",
)

# The machine is shared and slow at times: how long an example takes says nothing about the code.
settings.register_profile("seatrial", deadline=None, derandomize="CI" in os.environ, print_blob=True)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare `--long`."""
    parser.addoption("--long", action="store_true", help="run the slow campaigns of tests/long as well")


def pytest_configure() -> None:
    """Give every test, and every process a test starts, the same surroundings."""
    for name in (*REMOVED, *(name for name in os.environ if name.startswith("SEATRIAL_"))):
        os.environ.pop(name, None)
    os.environ.update(FIXED)
    settings.load_profile("seatrial")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave tests/long out unless it is asked for, by `--long` or by name."""
    if config.getoption("--long") or not collection_path.is_relative_to(LONG):
        return None
    named = (Path(str(argument).split("::")[0]).resolve() for argument in config.args)
    return None if any(path.is_relative_to(LONG) for path in named) else True
