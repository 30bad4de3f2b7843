"""What every test here has: no model outlives it; and a project whose model is served, for those that type commands."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.cli import Repo, copy_of
from tests.support.processes import marked
from tests.support.served_project import served_production
from tests.support.serving import left_behind


@pytest.fixture(autouse=True)
def _nothing_is_left(tmp_path: Path) -> Iterator[None]:
    """After every test, however it ended: neither a model that it started nor one that a command of it did."""
    yield
    assert left_behind() == []
    assert marked("SEATRIAL_SERVING", str(tmp_path)) == []


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Repo:
    """One for all tests of a process, which work on copies of it."""
    return served_production(tmp_path_factory.mktemp("served"))


@pytest.fixture
def repo(served: Repo, tmp_path: Path) -> Repo:
    return copy_of(served, tmp_path)
