"""A GitLab on a loopback port, and our adapter that asks it; waiting takes no time."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from seatrial.forge.gitlab.adapter import GitLab
from seatrial.forge.http import Http
from seatrial.forge.patience import Patience
from tests.support.fake_gitlab import JOB_TOKEN, TOKEN, FakeGitLab, serving
from tests.support.gitlab_state import PROJECT

Connect = Callable[..., GitLab]


@pytest.fixture
def fake() -> Iterator[FakeGitLab]:
    with serving() as found:
        yield found


@pytest.fixture
def waited() -> list[float]:
    """Seconds that the adapter would have waited."""
    return []


@pytest.fixture
def connect(fake: FakeGitLab, waited: list[float]) -> Connect:
    """An adapter with a token of its own, or of a job."""

    def connected(*, token: str = TOKEN, job: bool = False, project: str = PROJECT) -> GitLab:
        http = Http(patience=Patience(request=2.0, attempts=3), sleep=waited.append)
        return GitLab(http, api=fake.url, project=project, token=JOB_TOKEN if job else token, job_token=job)

    return connected


@pytest.fixture
def forge(connect: Connect) -> GitLab:
    return connect()
