"""`kill -9` while a result is on its way to the shared cache: what was made is kept here, and nothing half is there."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.support.buckets import needs_obstore, small_bucket
from tests.support.cli import CONFIG, Repo, new_repo, wait_for

pytestmark = needs_obstore


@pytest.mark.parametrize("part", ["/cas/", "/ac/"])
def test_a_run_killed_while_it_shares_loses_nothing(tmp_path: Path, part: str) -> None:
    """The finished stage is reused here; another machine sees no result without its blobs."""
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
        assert there == {"data": "ran", "train": "reused", "evaluate": "reused"}
