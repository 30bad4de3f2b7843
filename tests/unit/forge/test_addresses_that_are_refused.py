"""Where a message may go, address by address and URL by URL."""

from __future__ import annotations

import pytest

from seatrial.forge.addresses import Reach, looker, reach_of, url_fault
from seatrial.forge.failures import AddressError


@pytest.mark.parametrize(
    ("address", "reach"),
    [
        ("8.8.8.8", Reach.PUBLIC),
        ("2a00:1450:4001:80f::200e", Reach.PUBLIC),
        ("::ffff:8.8.8.8", Reach.PUBLIC),
        ("64:ff9b::8.8.8.8", Reach.PUBLIC),
        ("10.1.2.3", Reach.PRIVATE),
        ("172.31.255.255", Reach.PRIVATE),
        ("192.168.1.1", Reach.PRIVATE),
        ("100.64.0.1", Reach.PRIVATE),
        ("127.0.0.1", Reach.PRIVATE),
        ("::1", Reach.PRIVATE),
        ("fd12::1", Reach.PRIVATE),
        ("::ffff:127.0.0.1", Reach.PRIVATE),
        ("::7f00:1", Reach.PRIVATE),
        ("64:ff9b::10.0.0.1", Reach.PRIVATE),
        ("2a00::5efe:c0a8:101", Reach.PRIVATE),
        ("2a00::200:5efe:c0a8:101", Reach.PRIVATE),
        ("172.32.0.1", Reach.PUBLIC),
        ("192.88.99.1", Reach.NEVER),
        ("::ffff:192.88.99.1", Reach.NEVER),
        ("192.88.98.255", Reach.PUBLIC),
        ("192.88.100.1", Reach.PUBLIC),
        ("169.254.169.254", Reach.NEVER),
        ("::ffff:169.254.169.254", Reach.NEVER),
        ("64:ff9b::169.254.169.254", Reach.NEVER),
        ("fe80::1", Reach.NEVER),
        ("fe80::1%eth0", Reach.NEVER),
        ("2a00::1%eth0", Reach.NEVER),
        ("fec0::1", Reach.NEVER),
        ("fd00:ec2::254", Reach.NEVER),
        ("100.100.100.200", Reach.NEVER),
        ("168.63.129.16", Reach.NEVER),
        ("192.0.0.192", Reach.NEVER),
        ("0.0.0.0", Reach.NEVER),
        ("::", Reach.NEVER),
        ("224.0.0.1", Reach.NEVER),
        ("ff02::1", Reach.NEVER),
        ("255.255.255.255", Reach.NEVER),
        ("240.0.0.1", Reach.NEVER),
        ("2002:808:808::1", Reach.NEVER),
        ("2001:0:808:808::1", Reach.NEVER),
        ("64:ff9b:1::808:808", Reach.NEVER),
        ("2001:db8::1", Reach.NEVER),
        ("203.0.113.5", Reach.NEVER),
        ("printer", Reach.NEVER),
        ("", Reach.NEVER),
    ],
)
def test_where_an_address_leads(address: str, reach: Reach) -> None:
    """One of each kind, and each kind inside another."""
    assert reach_of(address) is reach


def test_private_addresses_are_let_through_only_where_that_was_written() -> None:
    """And the refusal says what to write."""
    looker("https://hooks.example", allow_private=True)("10.0.0.1")

    with pytest.raises(AddressError, match=r"leads to 10\.0\.0\.1, in a private network") as refused:
        looker("https://hooks.example", allow_private=False)("10.0.0.1")

    assert "allow_private: true" in str(refused.value.next_step)


def test_metadata_is_refused_even_where_private_addresses_are_allowed() -> None:
    """Nobody means to send messages there."""
    with pytest.raises(AddressError, match="where no message is ever sent"):
        looker("http://hooks.example", allow_private=True)("169.254.169.254")


def test_plain_http_stays_inside() -> None:
    """`allow_private` allows http, and http to a public address would show the message to everybody on the way."""
    look = looker("http://hooks.example", allow_private=True)
    look("192.168.0.9")

    with pytest.raises(AddressError, match="plain http would send the message in clear"):
        look("8.8.8.8")


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("https://hooks.example.org/a?b=c", None),
        ("https://hooks.example.org:8443/", None),
        ("https://xn--bcher-kva.example/", None),
        ("https://8.8.8.8/x", None),
        ("https://[2a00:1450:4001:80f::200e]:443/x", None),
        ("http://hooks.example.org/", "plain http"),
        ("ftp://hooks.example.org/", "no https address"),
        ("hooks.example.org/x", "no https address"),
        ("https://", "no https address"),
        ("https:///path", "no https address"),
        ("https://user:pw@hooks.example.org/", "a user, a password"),
        ("https://hooks.example.org/#top", "a fragment"),
        ("https://hooks.example.org:99999/", "no address of a server"),
        ("https://hooks.example.org:0/", "no host and port"),
        ("https://[::1/", "no address of a server"),
        ("https://a..b/", "no host and port"),
        ("https://" + "a" * 64 + ".example/", "no host and port"),
        ("https://b\u00fccher.example/", "not ASCII"),
        ("https://hooks.example.org/a b", "a space"),
        ("https://hooks.example.org/\n", "a space"),
        ("https://hooks.example.org\\@evil.example/", "a backslash"),
        ("https://127.0.0.1/", "private network"),
        ("https://[::1]/", "private network"),
        ("https://169.254.169.254/latest", "where no message is ever sent"),
        ("https://hooks.example.org/" + "a" * 2000, "too long"),
    ],
)
def test_what_a_url_must_look_like(url: str, said: str | None) -> None:
    """As far as it shows before a name is resolved."""
    fault = url_fault(url, allow_private=False)

    assert (fault is None) == (said is None)
    assert said is None or (fault is not None and said in fault[0])


def test_a_private_url_is_taken_where_that_was_written_but_never_a_link_local_one() -> None:
    """http included."""
    assert url_fault("http://127.0.0.1:8080/hook", allow_private=True) is None
    assert url_fault("http://169.254.169.254/", allow_private=True) is not None


def test_no_fault_repeats_the_url() -> None:
    """It may be Slack's, which is a secret."""
    for url in ("http://h.example/T0SECRET", "https://h.example/T0SECRET #", "https://a..b/T0SECRET", "T0SECRET"):
        fault = url_fault(url, allow_private=False)

        assert fault is not None
        assert "T0SECRET" not in "".join(fault)
