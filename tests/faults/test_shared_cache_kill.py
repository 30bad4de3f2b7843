"""`kill -9`, or Ctrl-C, while a result is on its way to the shared cache: what was made is kept here, nothing half is
there, and the next run brings it there."""

from __future__ import annotations

import shutil
import signal
from pathlib import Path

import pytest

from tests.support.buckets import needs_obstore, small_bucket
from tests.support.cli import CONFIG, Repo, new_repo, wait_for

pytestmark = needs_obstore


@pytest.mark.parametrize("part", ["/cas/", "/ac/"])
def test_a_run_killed_while_it_shares_loses_nothing(tmp_path: Path, part: str) -> None:
    """The finished stage is reused here, and shared now; another machine saw no result without its blobs."""
    with small_bucket() as (proxy, server):
        first = new_repo(tmp_path, {"seatrial.yaml": CONFIG + "cache: {remote: s3://bucket/cache}\n"})
        first.environ.update(proxy.environ)
        shutil.copytree(first.root, tmp_path / "clone")
        second = Repo(root=tmp_path / "clone", python=first.python, environ=dict(first.environ))
        proxy.fail("hang", method="PUT", part=part)
        victim = first.start("run", "--json")
        wait_for(lambda: proxy.count("PUT", part) > 0, "the upload of the first result")
        victim.kill()
        victim.communicate()
        proxy.heal()
        assert not [key for key in server.objects if "/ac/" in key]

        again = first.did(first.run(code=2))
        there = second.did(second.run(code=2))

        assert again == {"data": "reused", "train": "ran", "evaluate": "ran"}
        assert set(there.values()) == {"reused"}


def test_ctrl_c_does_not_wait_for_a_transfer(tmp_path: Path) -> None:
    """The request would have hung on for minutes. What was told as done stays, and goes there next time."""
    with small_bucket() as (proxy, server):
        repo = new_repo(tmp_path, {"seatrial.yaml": CONFIG + "cache: {remote: s3://bucket/cache}\n"})
        repo.environ.update(proxy.environ)
        proxy.fail("hang", method="PUT")
        victim = repo.start("run", "--json")
        wait_for(lambda: proxy.count("PUT") > 0, "the upload of the first result")
        victim.send_signal(signal.SIGINT)
        victim.communicate(timeout=20)
        proxy.heal()

        assert victim.returncode == 130
        assert repo.did(repo.run(code=2)) == {"data": "reused", "train": "ran", "evaluate": "ran"}
        assert len([key for key in server.objects if "/ac/" in key]) == 3
