"""Who is told what, and how, as a project declares it. Pure.

Filled in by `config/notify_document.py` from `notify:`, followed by `flows/telling.py` and `webhook.py`. Defaults are
written here and nowhere else. Secrets are known by the names of the variables that hold them: no value ever stands in
this record, so it can be shown, stored and compared.
"""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

from seatrial.errors import Place


class Event(StrEnum):
    """What somebody is told of."""

    FAILURE = "failure"
    """Something is held or blocked, or a stage failed."""
    RECOVERY = "recovery"
    """What was told as failing passes again."""
    APPROVAL = "approval"
    """A version waits for somebody's approval."""
    TEST = "test"
    """Nothing happened: somebody tries whether messages arrive."""


TELLABLE = (Event.FAILURE, Event.RECOVERY, Event.APPROVAL)
"""What a channel may ask for."""


class Wire(StrEnum):
    """How a message is written."""

    SLACK = "slack"
    """As Slack's incoming webhooks take it, and those of servers that imitate them."""
    WEBHOOK = "webhook"
    """As JSON of our own, signed."""


class Channel(Struct, frozen=True, kw_only=True):
    """One place that is told.

    `url` stands in the configuration, or `url_from` names the variable that holds it; `secret_from` names the one that
    holds the key of the signature. `tiers` and `models` narrow what is told; empty means all. `pull_requests`: runs of
    pull requests are told too, and not only those of the main branch. A subject that was told to fail is not told again
    for new reasons within `quiet` seconds. `allow_private`: the address may lead into a private network.
    """

    name: str
    kind: Wire
    url: str | None = None
    url_from: str | None = None
    secret_from: str | None = None
    on: tuple[Event, ...] = TELLABLE
    tiers: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    pull_requests: bool = False
    quiet: float = 3600.0
    allow_private: bool = False
    place: Place | None = None

    @property
    def variables(self) -> tuple[str, ...]:
        """The variables whose values are secrets."""
        return tuple(name for name in (self.url_from, self.secret_from) if name is not None)
