"""Requests over TLS: to a server that somebody vouches for, and to one that nobody does. Needs `openssl`."""

from __future__ import annotations

import shutil
import ssl
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from seatrial.forge.failures import UnreachableError
from seatrial.forge.http import Http
from seatrial.forge.patience import Patience

OPENSSL = shutil.which("openssl")
pytestmark = [pytest.mark.live, pytest.mark.skipif(OPENSSL is None, reason="openssl is not installed")]
ONCE = Patience(connect=10.0, request=10.0, attempts=1)


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def log_message(self, *_said: object) -> None:
        """Say nothing."""

    def do_POST(self) -> None:
        self.server.asked.append(self.headers["Authorization"])
        self.send_response(201)
        self.end_headers()
        self.wfile.write(b"written")


class _Server(ThreadingHTTPServer):
    asked: list[str]

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that does not trust us goes away."""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tuple[str, Path, list[str]]]:
    """An address, the certificate, and what was asked."""
    certificate, key = tmp_path / "certificate.pem", tmp_path / "key.pem"
    name = ["-subj", "/CN=forge", "-addext", "subjectAltName=IP:127.0.0.1"]
    made = [str(OPENSSL), "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *name]
    subprocess.run([*made, "-keyout", str(key), "-out", str(certificate)], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    listening = _Server(("127.0.0.1", 0), _Handler)
    listening.asked = []
    listening.socket = context.wrap_socket(listening.socket, server_side=True)
    thread = threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield f"https://127.0.0.1:{listening.server_address[1]}/", certificate, listening.asked
    listening.shutdown()
    listening.server_close()
    thread.join()


def test_a_server_that_nobody_vouches_for_gets_nothing(server: tuple[str, Path, list[str]]) -> None:
    """Not the token above all; so nothing was done."""
    url, _, asked = server
    with pytest.raises(UnreachableError, match="certificate") as error:
        Http(patience=ONCE).send("POST", url, headers={"Authorization": "secret"}, body=b"{}")

    assert asked == []
    assert not error.value.may_be_done


def test_a_server_whose_certificate_is_trusted_is_asked(
    server: tuple[str, Path, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the surroundings say it: a company's own authority is named by `SSL_CERT_FILE`. Also where addresses are
    looked at before they are asked."""
    url, certificate, asked = server
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    looked: list[str] = []
    for client in (Http(patience=ONCE), Http(patience=ONCE, only=looked.append)):
        answer = client.send("POST", url, headers={"Authorization": "secret"}, body=b"{}")
        assert (answer.status, answer.body) == (201, b"written")

    assert asked == ["secret", "secret"]
    assert looked == ["127.0.0.1"]
