"""Where a token may be sent, and what one looks like: what holds for every forge that is asked over HTTP. Pure.

Called by `github/asking.py` and `gitlab/asking.py` as they are made, and for each link to a next page. A token goes
into one header of requests to one server. It is never sent without encryption, except to this machine.

Subtle: Python quotes a header that it refuses in its message, so a token with characters that no header may hold is
refused here, unseen.
"""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import urlsplit

from seatrial.errors import UsageError
from seatrial.forge.failures import AddressError
from seatrial.report.escape import plain

_TOKEN = re.compile(r"[\x21-\x7e]+\Z")


def api_address(address: str, *, forge: str, example: str) -> str:
    """The address of a forge's API without a slash at its end. Raises AddressError for one that no token is sent to;
    `example` says how to set it."""
    address = address.rstrip("/")
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
    except ValueError:
        parts, host = urlsplit(""), ""
    if parts.scheme not in ("http", "https") or not host or "@" in parts.netloc or parts.query or parts.fragment:
        raise AddressError(
            f"the address of {forge}'s API must be http or https, with a host and nothing behind its path",
            next_step=example,
        )
    if parts.scheme == "http" and not is_this_machine(host):
        raise AddressError(
            f"a token is not sent to {plain(host)} without encryption",
            next_step=f"use https in the address of {forge}'s API",
        )
    return address


def fit_token(token: str, *, forge: str, next_step: str) -> str:
    """A token as it may stand in a header; a secret that was pasted ends in a line end more often than not. Raises
    UsageError for what is none, without repeating it."""
    token = token.strip()
    if _TOKEN.match(token) is None:
        raise UsageError(
            f"there is no token for {forge}, or it is none: a token is one word of ASCII", next_step=next_step
        )
    return token


def is_same_server(one: str, other: str) -> bool:
    """Whether two addresses have one scheme, host and port, so that a token may go to both."""
    try:
        return urlsplit(one)[:2] == urlsplit(other)[:2]
    except ValueError:
        return False


def is_this_machine(host: str) -> bool:
    """Whether a host is the machine itself, to which a token may go in clear."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
