"""`kill -9` in the middle of a large transfer: the next attempt sends, or asks for, only what is missing."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from seatrial.digest import of_bytes
from seatrial.store.blobs import BlobStore
from tests.support.buckets import needs_obstore, small_bucket
from tests.support.cli import wait_for
from tests.support.fault_proxy import FaultProxy

pytestmark = needs_obstore
REPOSITORY = Path(__file__).parents[2]
PART = 64 << 20
SIZE = 200 << 20
PARTS = 4
LARGE = 1 << 20


@pytest.fixture
def proxy() -> Iterator[FaultProxy]:
    with small_bucket() as (proxy, _):
        yield proxy


@pytest.fixture
def blob(tmp_path: Path) -> Iterator[str]:
    """A blob of 200 MiB in the store `here`."""
    path = tmp_path / "large"
    chunk = random.Random(1).randbytes(1 << 20)
    with path.open("wb") as file:
        for number in range(SIZE >> 20):
            file.write(number.to_bytes(4, "big") + chunk[4:])
    name = BlobStore(tmp_path / "here").put_path(path).digest
    path.unlink()
    yield name
    for store in ("here", "there"):  # pytest would keep them for three more runs
        shutil.rmtree(tmp_path / store, ignore_errors=True)


def transfer(proxy: FaultProxy, *words: str) -> subprocess.Popen[bytes]:
    """A process that transfers."""
    environ = {**os.environ, **proxy.environ, "PYTHONPATH": f"{REPOSITORY / 'src'}:{REPOSITORY}"}
    command = [sys.executable, "-m", "tests.support.uploader", *words]
    return subprocess.Popen(command, env=environ, cwd=REPOSITORY, stdout=subprocess.PIPE)


def killed_at(proxy: FaultProxy, method: str, key: str, *words: str) -> None:
    """Begin a transfer, and kill it when it asks for `key`, which is never answered."""
    proxy.fail("hang", method=method, part=key)
    victim = transfer(proxy, *words)
    wait_for(lambda: proxy.count(method, key) > 0, f"{method} {key}")
    victim.kill()
    victim.communicate()
    proxy.heal()


def finished(proxy: FaultProxy, *words: str) -> None:
    """Run a transfer to its end."""
    said, _ = transfer(proxy, *words).communicate(timeout=120)
    assert said == b"done\n"


def test_a_killed_upload_and_a_killed_download_go_on_where_they_stopped(
    proxy: FaultProxy, blob: str, tmp_path: Path
) -> None:
    """Of four parts two were there: two are sent, and nothing is sent when all is there. The way back alike."""
    here, there = str(tmp_path / "here"), str(tmp_path / "there")
    digits = blob.removeprefix("b3:")
    with (tmp_path / "here" / digits[:2] / digits[2:]).open("rb") as file:
        third = of_bytes([file.read(PART) for _ in range(3)][2]).removeprefix("b3:")[2:]

    killed_at(proxy, "PUT", third, "up", here, blob)
    finished(proxy, "up", here, blob)
    assert proxy.count("PUT", least=LARGE) == PARTS - 2

    proxy.heal()
    finished(proxy, "up", here, blob)
    assert proxy.count("PUT") == 0

    killed_at(proxy, "GET", third, "down", there, blob)
    finished(proxy, "down", there, blob)
    parts = proxy.count("GET", "big/cas/") - proxy.count("GET", digits[2:])
    assert parts == PARTS - 2
    assert BlobStore(tmp_path / "there").read_bytes(blob)[:4] == bytes(4)
