"""Whatever an IP address is called, and whatever it is wrapped in, what may not be asked is not asked."""

from __future__ import annotations

import contextlib
import ipaddress
import socket

from hypothesis import example, given
from hypothesis import strategies as st

from seatrial.forge.addresses import Reach, looker, reach_of, url_fault
from seatrial.forge.failures import AddressError

V4 = st.integers(0, 2**32 - 1).map(ipaddress.IPv4Address)
V6 = st.integers(0, 2**128 - 1).map(ipaddress.IPv6Address)
SPECIAL_V4 = st.sampled_from(
    [
        "0.0.0.0",
        "10.0.0.1",
        "100.64.0.1",
        "100.127.255.255",
        "127.0.0.1",
        "127.255.255.254",
        "169.254.169.254",
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.1",
        "192.0.2.1",
        "192.88.99.1",
        "192.168.0.1",
        "198.18.0.1",
        "198.51.100.1",
        "203.0.113.1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
    ]
).map(ipaddress.IPv4Address)
SPECIAL_V6 = st.sampled_from(
    [
        "::",
        "::1",
        "fe80::1",
        "febf::1",
        "fec0::1",
        "fc00::1",
        "fdff::1",
        "ff02::1",
        "100::1",
        "2001:db8::1",
        "2001::1",
        "2002:7f00:1::",
        "64:ff9b:1::1",
        "5f00::1",
        "4000::1",
    ]
).map(ipaddress.IPv6Address)
WRAPPED = {
    "mapped": lambda number: (0xFFFF << 32) | number,
    "compatible": lambda number: number,
    "NAT64": lambda number: (0x0064FF9B << 96) | number,
    "6to4": lambda number: (0x2002 << 112) | (number << 80),
    "Teredo": lambda number: (0x20010000 << 96) | (number ^ 0xFFFFFFFF),
    "ISATAP": lambda number: (0x2A00 << 112) | (0x00005EFE << 32) | number,
}


def _is_special(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    """By the standard library alone."""
    return (
        address.is_private
        or address.is_loopback
        or address.is_link_local
        or address.is_multicast
        or address.is_reserved
        or address.is_unspecified
        or not address.is_global
    )


@given(st.one_of(V4, V6, SPECIAL_V4, SPECIAL_V6))
def test_nothing_that_the_standard_library_calls_special_is_public(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> None:
    """The rule may refuse more, never less; an address that holds another is judged by that one."""
    held: ipaddress.IPv4Address | None = None
    if isinstance(address, ipaddress.IPv6Address):
        translated = address in ipaddress.IPv6Network("64:ff9b::/96")
        held = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF) if translated else address.ipv4_mapped
    if _is_special(held or address):
        assert reach_of(str(address)) is not Reach.PUBLIC


@given(st.one_of(V4, SPECIAL_V4), st.sampled_from(sorted(WRAPPED)))
def test_an_address_inside_another_is_never_more_public_than_by_itself(inner: ipaddress.IPv4Address, how: str) -> None:
    """Whatever a translator or a tunnel makes of it, packets end there."""
    outer = ipaddress.IPv6Address(WRAPPED[how](int(inner)))

    if reach_of(str(inner)) is not Reach.PUBLIC:
        assert reach_of(str(outer)) is not Reach.PUBLIC


@given(st.integers(0, 2**16 - 1))
def test_link_local_addresses_cannot_be_allowed(last: int) -> None:
    """The service that hands out a machine's credentials lives there."""
    for text in (f"169.254.{last >> 8}.{last & 255}", f"fe80::{last:x}", f"::ffff:169.254.{last >> 8}.{last & 255}"):
        look = looker("http://somewhere.example", allow_private=True)
        with contextlib.suppress(AddressError):
            look(text)
            raise AssertionError(f"{text} was let through")


def _spellings(number: int) -> list[str]:
    a, b, c, d = number.to_bytes(4)
    return [
        str(number),
        hex(number),
        f"0{number:o}",
        f"{a}.{b}.{c}.{d}",
        f"0{a:o}.0{b:o}.0{c:o}.0{d:o}",
        f"{a:#x}.{b:#x}.{c:#x}.{d:#x}",
        f"{a}.{number & 0xFFFFFF}",
        f"{a}.{b}.{number & 0xFFFF}",
    ]


@given(st.sampled_from([0x7F000001, 0x7F010203, 0xA9FEA9FE, 0x0A000001, 0xC0A80101, 0x00000000]), st.integers(0, 7))
@example(0x7F000001, 0)
def test_every_spelling_that_the_resolver_takes_is_refused(number: int, which: int) -> None:
    """What is looked at is what will be connected to, however it was written."""
    spelling = _spellings(number)[which]
    found = {str(at[0]) for *_, at in socket.getaddrinfo(spelling, 443, type=socket.SOCK_STREAM)}

    assert found == {str(ipaddress.IPv4Address(number))}
    assert {reach_of(text) for text in found} & {Reach.PUBLIC} == set()


@given(st.text(max_size=40), st.booleans())
def test_any_text_is_a_url_or_refused_and_never_an_accident(text: str, allow_private: bool) -> None:
    """Whatever stands in a variable, it is answered."""
    for url in (text, f"https://{text}", f"https://host/{text}", f"https://[{text}]/", f"https://host:{text}/"):
        fault = url_fault(url, allow_private=allow_private)

        assert fault is None or (fault[0] and fault[1])
