"""A bucket on a loopback port for tests, in memory or kept by the server of another project, and a client to it.

The other server is moto's, in an environment of its own (`make live`): `MOTO_SERVER` names its
`moto_server`, else it is looked for there and in PATH. Where it is missing, the tests marked `live` that
need it are left out by name.
"""

from __future__ import annotations

import atexit
import functools
import importlib.util
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from seatrial.store.objects import ObjectStore
from tests.support.fault_proxy import BUCKET, FaultProxy, before, forwarding
from tests.support.small_s3 import Asked, SmallS3

MOTO = os.environ.get("MOTO_SERVER") or shutil.which(
    "moto_server", path=os.pathsep.join((str(Path(sys.prefix, "live", "bin")), os.environ.get("PATH", "")))
)
WITH_OBSTORE = importlib.util.find_spec("obstore") is not None
needs_obstore = pytest.mark.skipif(not WITH_OBSTORE, reason="obstore is not installed")
needs_moto = pytest.mark.skipif(not (WITH_OBSTORE and MOTO), reason="obstore or moto_server is not installed")


@contextmanager
def small_bucket() -> Iterator[tuple[FaultProxy, SmallS3]]:
    """The bucket in memory, behind the proxy."""
    server = SmallS3()
    with before(server.answer) as proxy:
        yield proxy, server


@contextmanager
def moto_bucket() -> Iterator[FaultProxy]:
    """A bucket kept by moto's server, behind the same proxy. What earlier tests put there is still there."""
    with before(forwarding(_moto())) as proxy:
        yield proxy


@functools.cache
def _moto() -> int:
    """The port of a server that is started once in this process, and ends with it."""
    port = _free_port()
    command = [str(MOTO), "-H", "127.0.0.1", "-p", str(port)]
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    atexit.register(_end, child)
    _wait_for(port, child)
    headers = {
        "host": f"127.0.0.1:{port}",
        "authorization": "AWS4-HMAC-SHA256 Credential=t/20261121/us-east-1/s3/aws4_request",
    }
    made = forwarding(port)(Asked(method="PUT", path=f"/{BUCKET}", headers=headers, body=b""))
    if made.status != 200:
        raise RuntimeError(f"moto made no bucket: {made}")
    return port


def _end(child: subprocess.Popen[bytes]) -> None:
    child.terminate()
    child.wait(timeout=30)


def client(environ: Mapping[str, str], prefix: str = "", *, request: float = 10.0, attempts: int = 3) -> ObjectStore:
    """An `S3Objects` that does not wait long."""
    from seatrial.store.s3 import Patience, S3Objects  # obstore may be missing where tests are only collected

    patience = Patience(connect=2.0, request=request, bulk=2 * request, attempts=attempts, delay=0.01)
    return S3Objects(BUCKET, prefix, environ, patience=patience)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(port: int, child: subprocess.Popen[bytes]) -> None:
    patience = time.monotonic() + 60
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            if child.poll() is not None or time.monotonic() > patience:
                raise
            time.sleep(0.05)
        else:
            return
