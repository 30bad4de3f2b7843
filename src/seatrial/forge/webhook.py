"""Sends one message to one channel, and says what became of it.

Called by `flows/telling.py` and by `seatrial notify --test`. The address and the key come from variables of the
environment; every address that a name resolves to is looked at before it is asked, no redirect is followed, and
nothing is kept of an answer but its status: a channel must not become a way to read what stands behind a firewall.

Subtle: Slack's address is itself a secret, and errors of the standard library like to quote addresses. So what is
said of a failure is masked here, before anybody else sees it, in the address as a whole and in its parts.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from urllib.parse import urlsplit

from msgspec import Struct

from seatrial import __version__
from seatrial.errors import UserError
from seatrial.forge.addresses import looker, url_fault
from seatrial.forge.channels import Channel, Wire
from seatrial.forge.failures import AddressError, UnreachableError
from seatrial.forge.http import Http
from seatrial.forge.patience import Patience
from seatrial.forge.webhook_text import Message, signed_headers, slack_body, webhook_body
from seatrial.process.masking import SHORTEST, masked

PATIENCE = Patience(connect=5.0, request=10.0, whole=20.0, attempts=3, delay=0.5, longest_wait=10.0)
"""For all messages of one channel together: a run that has ended must not wait long for somebody else's server."""
_WELL = range(200, 300)
_MOVED = range(300, 400)
_FAILING = range(500, 600)
_TOO_MANY = 429
_LONG_ENOUGH = 8  # characters of a part of an address that could be its secret


class Sent(Struct, frozen=True, kw_only=True):
    """What became of a message. `fault` is None where it was taken; `unsure`: it may have arrived all the same;
    `ours`: it was never sent, because of how the channel is set up. `next_step` is None where it may pass by itself."""

    status: int | None = None
    fault: str | None = None
    next_step: str | None = None
    unsure: bool = False
    ours: bool = False

    @property
    def taken(self) -> bool:
        return self.fault is None


class Line(Struct, frozen=True, kw_only=True):
    """A channel with its values, which nobody may print."""

    channel: Channel
    url: str
    key: str | None
    http: Http

    def __repr__(self) -> str:
        return f"Line({self.channel.name!r})"  # no value may reach a traceback or an assertion's message

    def send(self, message: Message, now: datetime) -> Sent:
        """Send a message, patiently. Never raises for what the other side does."""
        body = slack_body(message) if self.channel.kind is Wire.SLACK else webhook_body(message)
        headers = {"Content-Type": "application/json; charset=utf-8", "User-Agent": f"seatrial/{__version__}"}
        if self.channel.kind is Wire.WEBHOOK:
            headers |= signed_headers(message, body, self.key, int(now.timestamp()))
        # Slack knows no repetitions, so it is asked again only where it said, or it is known, that it did nothing.
        known = self.channel.kind is Wire.WEBHOOK
        try:
            reply = self.http.send("POST", self.url, headers=headers, body=body, repeatable=known or None)
        except UnreachableError as error:
            return Sent(fault=self._masked(str(error)), unsure=error.may_be_done)
        except AddressError as error:
            return Sent(fault=self._masked(str(error)), next_step=error.next_step, ours=True)
        return _answered(reply.status)

    def _masked(self, text: str) -> str:
        return masked(text, secrets_of(self.url, self.key))


def open_line(channel: Channel, environ: Mapping[str, str], *, patience: Patience = PATIENCE) -> Line:
    """A channel that can be told. Raises AddressError for one that lacks a value or has one that cannot be used."""
    url = channel.url if channel.url_from is None else _value(channel, channel.url_from, environ)
    key = None if channel.secret_from is None else _value(channel, channel.secret_from, environ)
    if url is None:
        raise AddressError(f"the channel {channel.name} has no address", next_step="add `url:` or `url_from:`")
    fault = url_fault(url, allow_private=channel.allow_private)
    if fault is not None:
        where = "its address" if channel.url_from is None else f"the address in {channel.url_from}"
        raise AddressError(f"{where} {fault[0]}", next_step=fault[1])
    look = looker(url, allow_private=channel.allow_private)
    return Line(channel=channel, url=url, key=key, http=Http(patience=patience, only=look, redirects=False))


def values_of(channel: Channel, environ: Mapping[str, str]) -> tuple[str, ...]:
    """Everything of a channel that must be masked wherever text is shown or sent."""
    variables = (channel.url_from, channel.secret_from)  # an address in the configuration is no secret
    url, key = (None if name is None else environ.get(name, "").strip() for name in variables)
    return secrets_of(url, key)


def secrets_of(url: str | None, key: str | None) -> tuple[str, ...]:
    """A URL and a key, and the parts of the URL that could be a secret by themselves, longest first."""
    found = [key] if key else []
    if url:
        found.append(url)
        try:
            parts = urlsplit(url)
        except ValueError:
            return tuple(found)
        found += [parts.path, f"{parts.path}?{parts.query}"] if len(parts.path) >= SHORTEST else []
        found += [piece for piece in (*parts.path.split("/"), parts.query) if len(piece) >= _LONG_ENOUGH]
    return tuple(found)


def _value(channel: Channel, variable: str, environ: Mapping[str, str]) -> str:
    value = environ.get(variable, "").strip()  # a line end behind a secret is the usual mistake
    step = f"export {variable} in the environment that starts Seatrial, or let your CI set it as a secret variable"
    if not value:
        raise AddressError(f"the channel {channel.name} needs {variable}, which is not set", next_step=step)
    if len(value) < SHORTEST:
        short = f"{variable} is shorter than {SHORTEST} characters and could not be masked"
        raise AddressError(short, next_step="use a longer one")
    return value


def _answered(status: int) -> Sent:
    if status in _WELL:
        return Sent(status=status)
    if status in _MOVED:
        moved = f"it answered {status}, and no redirect is followed"
        return Sent(status=status, fault=moved, next_step="write the address that it leads to")
    passing = status in _FAILING or status == _TOO_MANY
    step = None if passing else "check its address, and whether it still takes messages"
    return Sent(status=status, fault=f"it answered {status}", next_step=step, unsure=status in _FAILING)


def refused(error: UserError) -> Sent:
    """A message that was never sent, because of how its channel is set up."""
    return Sent(fault=str(error), next_step=error.next_step, ours=True)
