"""Clients of the fake of GitHub that do not wait: their sleep is a clock that goes on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from seatrial.forge.github.adapter import GitHub
from seatrial.forge.http import Http
from seatrial.forge.patience import Patience
from tests.support.fake_github.server import NOW, FakeGitHub
from tests.support.fake_github.world import REPO

QUICK = Patience(connect=2.0, request=5.0, whole=60.0, attempts=3, delay=0.01, longest_wait=30.0)


class Asleep:
    """Time that passes by sleeping alone."""

    def __init__(self) -> None:
        self.waits: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)

    def now(self) -> datetime:
        return NOW.astimezone(UTC) + timedelta(seconds=sum(self.waits))


def http(asleep: Asleep | None = None, patience: Patience = QUICK) -> Http:
    """A client whose waits are only counted."""
    clock = asleep or Asleep()
    return Http(patience=patience, now=clock.now, sleep=clock.sleep)


def client(
    fake: FakeGitHub, token: str = "ghs_of-actions", *, asleep: Asleep | None = None, patience: Patience = QUICK
) -> GitHub:
    """GitHub, as a token sees it."""
    return GitHub(http(asleep, patience), api=fake.api, repo=REPO, token=token)
