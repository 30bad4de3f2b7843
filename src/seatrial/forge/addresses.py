"""Which addresses a message may be sent to: what a URL must look like, and which IP addresses are refused. Pure.

Called by the configuration for what can be seen there, and by `webhook.py` for every address that a name resolves to,
before a connection is made. A message goes where a file of the repository says, from a machine that may stand in the
middle of a company's network: without this, a line in that file could ask its printers, its databases, and the
service from which cloud machines take their credentials.

Subtle: an IPv6 address can hold an IPv4 address that is where the packets end up (RFC 4291, 6052, 5214). Such a one is
judged by what it holds. Tunnels that are no longer in use (6to4, Teredo) are refused altogether. Spellings such as
`2130706433` or `0177.0.0.1` need no rule: what is looked at is what the system's resolver made of them.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from enum import StrEnum
from urllib.parse import urlsplit

from seatrial.forge.failures import AddressError

LONGEST_URL = 2000
_Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_Network = ipaddress.IPv4Network | ipaddress.IPv6Network
_HOST = re.compile(r"(?=.{1,253}\Z)[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,62})(?:\.[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,62}))*\.?\Z")
_BRACKETED = re.compile(r"\[[0-9A-Fa-f:.]+\]\Z")
_NEVER_STEP = "link-local, reserved and metadata addresses cannot be allowed; use another address"
_STEP = "write e.g. `https://hooks.example.org/seatrial`"


class Reach(StrEnum):
    """Where an address leads."""

    PUBLIC = "public"
    PRIVATE = "private"
    """This machine, or a network that its owner numbers: refused unless allowed."""
    NEVER = "never"
    """Nothing that takes messages, or the metadata service of a cloud: refused always."""


def _networks(*texts: str) -> tuple[_Network, ...]:
    return tuple(ipaddress.ip_network(text) for text in texts)


_PRIVATE = _networks(
    "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16",  # RFC 1918
    "100.64.0.0/10",  # between a provider and its customers, RFC 6598
    "127.0.0.0/8", "::1/128",
    "fc00::/7",  # RFC 4193
)  # fmt: skip
_METADATA = _networks(
    # Link-local 169.254.169.254 is refused with its whole network; these hide in networks that may be allowed, or in
    # public ones: AWS and Google over IPv6, Alibaba, Oracle, Azure.
    "fd00:ec2::/32", "fd20:ce::/32", "100.100.100.200/32", "192.0.0.192/32", "168.63.129.16/32",
)  # fmt: skip
_TUNNELS = _networks("2002::/16", "192.88.99.0/24", "2001::/32", "64:ff9b:1::/48")  # 6to4 with its relays, RFC 7526
_SITE_LOCAL = _networks("fec0::/10")
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_COMPATIBLE = ipaddress.IPv6Network("::/96")
_ISATAP = (0x00005EFE, 0x02005EFE)


def reach_of(text: str) -> Reach:
    """Where an IP address, as text, leads. What is none leads nowhere that may be asked."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return Reach.NEVER
    return _reach(address)


def _reach(address: _Address) -> Reach:
    if isinstance(address, ipaddress.IPv6Address):
        if address.scope_id is not None:
            return Reach.NEVER  # an interface of this machine is named: link-local by another name
        held = _held(address)
        inside = Reach.PUBLIC if held is None else _reach(held)
        if inside is not Reach.PUBLIC or address.ipv4_mapped is not None or address in _NAT64:
            return inside  # else nothing speaks against what it holds, and it is judged by itself as well
    if _within(address, (*_METADATA, *_TUNNELS, *_SITE_LOCAL)):
        return Reach.NEVER
    if _within(address, _PRIVATE):
        return Reach.PRIVATE
    # What is left is public only where nothing speaks against it, also of what later registries add.
    special = (
        address.is_link_local
        or address.is_multicast
        or address.is_unspecified
        or address.is_reserved
        or address.is_private
        or not address.is_global
    )
    return Reach.NEVER if special else Reach.PUBLIC


def _held(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """The IPv4 address in which packets to this one end."""
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    number = int(address)
    last = ipaddress.IPv4Address(number & 0xFFFFFFFF)
    if address in _NAT64 or (number >> 32) & 0xFFFFFFFF in _ISATAP:
        return last
    # `::` and `::1` lie in this network, and are no IPv4 addresses.
    return last if address in _COMPATIBLE and number > 1 else None


def _within(address: _Address, networks: tuple[_Network, ...]) -> bool:
    return any(address.version == network.version and address in network for network in networks)


def looker(url: str, *, allow_private: bool) -> Callable[[str], None]:
    """What looks at an IP address before it is asked on behalf of a URL; it raises AddressError."""
    in_clear = urlsplit(url).scheme != "https"

    def look(text: str) -> None:
        reach = reach_of(text)
        if reach is Reach.PUBLIC and not in_clear:
            return
        if reach is Reach.PUBLIC:
            raise AddressError(
                f"it leads to the public address {text}, and plain http would send the message in clear",
                next_step="use https",
            )
        if reach is Reach.NEVER:
            raise AddressError(
                f"it leads to {text}, where no message is ever sent",
                next_step=_NEVER_STEP,
            )
        if not allow_private:
            raise AddressError(
                f"it leads to {text}, in a private network or on this machine",
                next_step="where that is meant, write `allow_private: true` beside its address",
            )

    return look


def url_fault(url: str, *, allow_private: bool) -> tuple[str, str] | None:
    """Why a message cannot be sent to a URL, as far as it shows, and what to do; None where nothing speaks against it.

    The URL may be a secret: it is not repeated.
    """
    if len(url) > LONGEST_URL or not url.isascii() or not url.isprintable() or re.search(r"[\s\\]", url):
        return "has a space, a backslash or a character that is not ASCII, or is too long", _STEP
    try:
        parts = urlsplit(url)
        port, host = parts.port, parts.hostname
    except ValueError:
        return "is no address of a server", _STEP
    if parts.scheme not in ("http", "https") or not host:
        return "is no https address", _STEP
    if "@" in parts.netloc or parts.fragment:
        return "holds a user, a password or a fragment", "leave out what stands before `@`, or from `#` on"
    written = parts.netloc if port is None else parts.netloc.rpartition(":")[0]
    if not (_BRACKETED.match(written) or _HOST.match(written.removesuffix(":"))) or port == 0:
        return "names no host and port that there can be", _STEP
    if parts.scheme == "http" and not allow_private:
        return "is plain http, which is for private networks alone", "use https, or write `allow_private: true`"
    reach = reach_of(host) if _is_ip(host) else None
    if reach is Reach.NEVER:
        return "leads where no message is ever sent", _NEVER_STEP
    if reach is Reach.PRIVATE and not allow_private:
        return "leads into a private network or to this machine", "where that is meant, write `allow_private: true`"
    return None


def _is_ip(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
