"""A fake of GitHub for each test here; in the end nothing that was asked or answered may have been wrong."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.fake_github.server import FakeGitHub, fake_github


@pytest.fixture
def fake() -> Iterator[FakeGitHub]:
    """With pull request 7, and the tokens of a workflow and of a person."""
    with fake_github() as running:
        yield running
