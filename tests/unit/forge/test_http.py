"""An exchange with a server of somebody else's: every answer is an answer, and nothing holds it up for long."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Callable, Iterable

import pytest

from seatrial.forge import http as forge_http
from seatrial.forge.failures import AddressError, UnreachableError
from seatrial.forge.http import Http
from seatrial.forge.patience import Patience
from tests.support.raw_http import dripping, raw_server, reply

QUICK = Patience(connect=2.0, request=5.0, whole=60.0, attempts=3, delay=0.5)


class _Asleep:
    """Sleeping that is only counted."""

    def __init__(self) -> None:
        self.waits: list[float] = []

    def __call__(self, seconds: float) -> None:
        self.waits.append(seconds)


def _http(patience: Patience = QUICK, sleep: _Asleep | None = None, **more: object) -> Http:
    return Http(patience=patience, sleep=sleep or _Asleep(), **more)  # type: ignore[arg-type]  # as a test gives them


def test_every_status_is_an_answer_with_its_headers_in_small_letters() -> None:
    """A refusal is for the caller to understand."""
    with raw_server(lambda _request, _number: [reply("404 Not Found", b"gone", X_Thing="a")]) as server:
        answer = _http().send("GET", server.url, headers={"A": "b"})

    assert (answer.status, answer.body, answer.headers["x-thing"]) == (404, b"gone", "a")
    assert b"\r\nA: b\r\n" in server.requests[0]


def test_what_fails_is_asked_again_and_what_may_have_been_done_is_not() -> None:
    """A reading request three times, an adding one once."""
    sleep = _Asleep()
    with raw_server(lambda _request, _number: [reply("502 Bad Gateway")]) as server:
        assert _http(sleep=sleep).send("GET", server.url, headers={}).status == 502
        assert (len(server.requests), sleep.waits) == (3, [0.5, 1.0])
        assert _http().send("POST", server.url, headers={}, body=b"{}").status == 502

    assert len(server.requests) == 4


def test_a_connection_that_breaks_off_may_have_carried_out_what_adds_something() -> None:
    """And nothing of what only reads."""
    with raw_server(lambda _request, _number: []) as server:
        with pytest.raises(UnreachableError) as posted:
            _http().send("POST", server.url, headers={}, body=b"{}")
        assert len(server.requests) == 1
        with pytest.raises(UnreachableError) as got:
            _http().send("GET", server.url, headers={})

    assert (posted.value.may_be_done, got.value.may_be_done) == (True, False)
    assert len(server.requests) == 4


def test_where_nobody_listens_nothing_was_done_so_even_an_adding_request_is_made_again() -> None:
    """Nothing of it went out."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    sleep = _Asleep()

    with pytest.raises(UnreachableError, match="POST /x: Connection refused") as error:
        _http(sleep=sleep).send("POST", f"http://127.0.0.1:{port}/x", headers={}, body=b"{}")
    assert not error.value.may_be_done
    assert len(sleep.waits) == 2


@pytest.mark.parametrize("host", ["no-such-host.invalid", "a" * 64 + ".invalid"])
def test_a_name_that_nobody_knows_is_said_so(host: str) -> None:
    """One that no resolver may be asked for as well."""
    with pytest.raises(UnreachableError) as error:
        _http(Patience(attempts=1)).send("GET", f"http://{host}/x", headers={})
    assert host in str(error.value)


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 4000\r\n\r\n" + b" " * 4_000,
        b"HTTP/1.1 200 OK\r\nX: " + b"x" * 4_000,
        b"H" * 4_000,
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"1\r\nx\r\n" * 1_000,
    ],
    ids=["body", "header", "first line", "chunks"],
)
def test_an_answer_that_drips_ends_with_the_time_of_its_request(answer: bytes) -> None:
    """A byte now and then keeps a time-out for each read from ever running out."""
    with raw_server(lambda _request, _number: dripping(answer)) as server:
        with pytest.raises(UnreachableError, match="it did not answer in time") as error:
            _http(Patience(request=0.2, attempts=1)).send("POST", server.url, headers={}, body=b"{}")
        assert error.value.may_be_done


def test_an_answer_that_never_comes_ends_with_the_time_of_its_request() -> None:
    def never(_request: bytes, _number: int) -> Iterable[bytes]:
        yield from dripping(b" ", pause=0.6)

    with raw_server(never) as server, pytest.raises(UnreachableError, match="in time"):
        _http(Patience(request=0.2, attempts=1)).send("GET", server.url, headers={})


def test_waiting_counts_as_well() -> None:
    """What the forge asks us to wait is time that the run stands."""
    sleep = _Asleep()
    with raw_server(lambda _request, _number: [reply("429 Too Many Requests", Retry_After="25")]) as server:
        patience = Patience(whole=60.0, attempts=9, longest_wait=30.0)
        assert _http(patience, sleep).send("POST", server.url, headers={}, body=b"{}").status == 429

    assert sleep.waits == [25.0, 25.0]


def test_all_requests_of_a_client_together_have_a_limit() -> None:
    """A forge that is down holds up a run once, and not once for each thing that is posted."""
    clock = [0.0]

    def passing(_request: bytes, _number: int) -> Iterable[bytes]:
        clock[0] += 25.0
        return [reply("500 Internal Server Error")]

    http = _http(Patience(request=30.0, whole=60.0, attempts=2, delay=1.0), monotonic=lambda: clock[0])
    with raw_server(passing) as server:
        assert http.send("GET", server.url, headers={}).status == 500
        with contextlib.suppress(UnreachableError):  # less than a request was left: it is cut, or was in just before
            http.send("GET", server.url, headers={})
        before = len(server.requests)
        with pytest.raises(UnreachableError, match="no time is left"):
            http.send("GET", server.url, headers={})

    assert len(server.requests) == before == 3


@pytest.mark.parametrize(
    "cut",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\n{}",
    ],
)
def test_an_answer_that_breaks_off_is_none(cut: bytes) -> None:
    """What is there may be whole JSON by chance."""
    with raw_server(lambda _request, _number: [cut]) as server:
        with pytest.raises(UnreachableError) as error:
            _http(Patience(attempts=1)).send("POST", server.url, headers={}, body=b"{}")
        assert error.value.may_be_done


def test_an_answer_that_is_too_large_is_not_read_nor_asked_for_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forge_http, "MOST_BYTES", 10_000)
    with raw_server(lambda _request, _number: [reply(body=b" " * 10_001)]) as server:
        with pytest.raises(UnreachableError, match=r"larger than 10,000 bytes"):
            _http().send("GET", server.url, headers={})
        assert len(server.requests) == 1


def test_what_is_no_http_is_said_in_plain_words() -> None:
    """Whatever the server sends does not reach a terminal as it is."""
    with raw_server(lambda _request, _number: [b"\x1b[31mSMTP\xff \xe2\x80\xae ready\r\n\r\n"]) as server:
        with pytest.raises(UnreachableError) as error:
            _http(Patience(attempts=1)).send("GET", server.url, headers={})
        assert str(error.value).isprintable()


def _moving(*where: str) -> Callable[[bytes, int], list[bytes]]:
    def script(_request: bytes, number: int) -> list[bytes]:
        return (
            [reply("307 Temporary Redirect", Location=where[number - 1])]
            if number <= len(where)
            else [reply(body=b"ok")]
        )

    return script


def test_a_redirect_on_the_same_host_is_followed_with_everything() -> None:
    """A renamed repository is found under its number."""
    with raw_server(_moving("/new")) as server:
        assert _http().send("POST", server.url, headers={"Authorization": "t"}, body=b"{}").body == b"ok"
    assert server.requests[1].startswith(b"POST /new ")


@pytest.mark.parametrize("to", ["http://127.0.0.1:{other}/x", "https://127.0.0.1:{port}/x", "//elsewhere.invalid/x"])
def test_a_redirect_to_another_host_is_an_answer_and_is_not_followed(to: str) -> None:
    """The token would go with it."""
    with raw_server(lambda _request, _number: [reply()]) as other:
        ports: list[int] = []

        def script(_request: bytes, _number: int) -> list[bytes]:
            return [reply("307 Temporary Redirect", Location=to.format(other=other.port, port=ports[0]))]

        with raw_server(script) as server:
            ports.append(server.port)
            assert _http().send("GET", server.url, headers={"Authorization": "t"}).status == 307
    assert other.requests == []


@pytest.mark.parametrize("to", ["http://[", "/\xe9", "/a b", "", "file:///etc/passwd"])
def test_a_redirect_that_leads_nowhere_is_an_answer(to: str) -> None:
    with raw_server(lambda _request, _number: [reply("302 Found", Location=to)]) as server:
        patience = Patience(attempts=1)
        if to == "":  # which is where it was asked already
            with pytest.raises(UnreachableError, match="redirects without end"):
                _http(patience).send("GET", server.url, headers={})
        else:
            assert _http(patience).send("GET", server.url, headers={}).status == 302


def test_redirects_end_and_may_be_not_wanted_at_all() -> None:
    """What leads in a circle is asked four times, and not again. A webhook follows none."""
    with raw_server(lambda _request, _number: [reply("302 Found", Location="/path")]) as server:
        with pytest.raises(UnreachableError, match="redirects without end"):
            _http().send("GET", server.url, headers={})
        assert len(server.requests) == 4
        assert _http(redirects=False).send("GET", server.url, headers={}).status == 302


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "ftp://forge.invalid/",
        "http:///x",
        "x",
        "",
        "http://user:secret@forge.invalid/",
        "http://[",
        "http://forge.invalid:x/",
        "http://forge.invalid:99999/",
        "http://forge.invalid/a b",
        "http://forge.invalid/\n",
        "http://f\xf6rge.invalid/",
    ],
)
def test_an_address_that_cannot_be_meant_is_refused_without_being_repeated(url: str) -> None:
    """It may hold a password."""
    with pytest.raises(AddressError) as error:
        _http().send("GET", url, headers={})
    assert "secret" not in str(error.value)


def test_an_address_is_looked_at_before_it_is_asked() -> None:
    """The one that the name leads to, and the connection goes to what was looked at."""
    looked: list[str] = []

    def refuse(address: str) -> None:
        looked.append(address)
        raise AddressError("not there")

    with raw_server(lambda _request, _number: [reply(body=b"ok")]) as server:
        url = f"http://localhost:{server.port}/"
        with pytest.raises(AddressError):
            _http(only=refuse).send("GET", url, headers={})
        assert server.requests == []
        assert set(looked) <= {"127.0.0.1", "::1"}
        assert looked
        assert _http(only=lambda _address: None).send("GET", url, headers={}).body == b"ok"


def test_a_proxy_of_the_environment_is_used_unless_addresses_are_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    """With one it would be the proxy that resolves the name."""
    with raw_server(lambda _request, _number: [reply(body=b"by proxy")]) as proxy:
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{proxy.port}")
        monkeypatch.delenv("no_proxy", raising=False)
        with raw_server(lambda _request, _number: [reply(body=b"direct")]) as server:
            assert _http().send("GET", server.url, headers={}).body == b"by proxy"
            assert _http(only=lambda _address: None).send("GET", server.url, headers={}).body == b"direct"
    assert proxy.requests[0].startswith(b"GET http://127.0.0.1:")


def test_a_certificate_that_nobody_vouches_for_is_refused_before_anything_is_sent() -> None:
    """What answers is no TLS at all here; either way nothing went out, so it was not done."""
    with raw_server(lambda _request, _number: [reply()]) as server, pytest.raises(UnreachableError) as error:
        _http(Patience(attempts=1)).send(
            "POST", server.url.replace("http:", "https:"), headers={"A": "secret"}, body=b""
        )
    assert not error.value.may_be_done
    assert not any(b"secret" in request for request in server.requests)


def test_a_proxy_that_refuses_a_tunnel_gets_nothing_of_the_request(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither the token nor the path: it is told the host alone, and nothing was done."""
    with raw_server(lambda _request, _number: [reply("407 Proxy Authentication Required")]) as proxy:
        monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{proxy.port}")
        monkeypatch.delenv("no_proxy", raising=False)
        with pytest.raises(UnreachableError, match="407 Proxy Authentication Required") as error:
            _http(Patience(attempts=1)).send("POST", "https://forge.invalid/path", headers={"Authorization": "secret"})
    assert not error.value.may_be_done
    assert proxy.requests[0].startswith(b"CONNECT forge.invalid:443 ")
    assert b"secret" not in proxy.requests[0]
    assert b"/path" not in proxy.requests[0]
