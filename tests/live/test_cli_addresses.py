"""Addresses and pointers as a user meets them: in a plan, a run and an explanation, typed from outside."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.buckets import WITH_OBSTORE, needs_obstore, small_bucket
from tests.support.cli import Repo, Said, new_repo

CONFIG = """\
project: tiny
stages:
  s:
    cmd: python -c "open('outputs', 'w').write('${deps.data}')"
    deps: {data: "ADDRESS"}
    outs: [outputs]
"""
SHA = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    return new_repo(tmp_path)


def use(repo: Repo, address: str) -> None:
    """Make the project one stage that reads an address."""
    (repo.root / "seatrial.yaml").write_text(CONFIG.replace("ADDRESS", address))


def text(said: Said) -> str:
    """All that was printed, however its lines are broken."""
    return " ".join((said.out + said.err).split())


def test_a_pinned_address_is_handed_to_the_command_and_reused(repo: Repo) -> None:
    """Without network: the address says it all, and nothing needs to be said about it."""
    use(repo, f"hf://org/digits@{SHA}")
    repo.seatrial("run", "s")
    again = repo.seatrial("run", "s")

    assert repo.read("outputs") == f"hf://org/digits@{SHA}"
    assert "reuse s" in text(again)
    assert "hf://" not in text(again)


def test_a_branch_nobody_knows_is_noted_in_plan_and_run(repo: Repo) -> None:
    """And how to pin it."""
    use(repo, "hf://org/digits@main")
    unknown = "stage s, dep data: what hf://org/digits@main means cannot be known"
    (note,) = repo.seatrial("plan", "--json").json["notes"]

    assert note.startswith(unknown)
    assert "write hf://org/digits@COMMIT" in note
    assert f"note: {unknown}" in text(repo.seatrial("plan"))
    assert unknown in text(repo.seatrial("run", "s"))
    assert repo.did(repo.run("s")) == {"s": "ran"}


def test_a_bucket_that_cannot_be_asked_is_exit_code_5(repo: Repo) -> None:
    """With the dep, and what to check; exit code 2 where the library is missing that would ask."""
    use(repo, "s3://bucket/train.csv")
    repo.environ |= {"AWS_ENDPOINT_URL": "http://127.0.0.1:9", "AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "y"}
    said = repo.seatrial("plan", code=5 if WITH_OBSTORE else 2)

    if WITH_OBSTORE:
        assert "stage s: what s3://bucket/train.csv (dep data) stands for cannot be found out" in text(said)
        assert "AWS_ENDPOINT_URL" in text(said)
    else:
        assert "pip install 'seatrial[cloud]'" in text(said)


@needs_obstore
def test_an_object_in_a_bucket_is_a_dep_like_any_other(repo: Repo) -> None:
    """Reused while it is the same, and named when it is not; a bucket that refuses stops the plan."""
    use(repo, "s3://bucket/train.csv")
    with small_bucket() as (proxy, server):
        repo.environ |= proxy.environ
        server.objects["train.csv"] = b"1"
        repo.seatrial("run", "s")
        same = repo.actions()
        server.objects["train.csv"] = b"2"
        other = repo.seatrial("why", "s")
        proxy.fail("deny")
        denied = repo.seatrial("plan", code=5)

    assert same == {"s": "reuse"}
    assert "deps.data: etag c4ca4238a0b923820dcc509a6f75849b, 1 bytes -> etag c81e728d9d4c2f636f067f89cc14862c" in text(
        other
    )
    assert "s3://bucket refuses train.csv" in text(denied)


def test_missing_data_of_dvc_is_fetched_by_dvc(repo: Repo) -> None:
    """Where DVC cannot, the stage fails with the command to type."""
    use(repo, "train.csv")
    repo.write(
        "train.csv.dvc", "outs:\n- md5: 344fd2323dd33d5c058b7cf27de029e8\n  size: 8\n  hash: md5\n  path: train.csv\n"
    )
    tool = repo.python.with_name("dvc")
    tool.write_text("#!/bin/sh\necho no remote storage >&2\nexit 251\n")
    tool.chmod(0o755)
    said = repo.seatrial("run", "s", code=4)

    assert "train.csv cannot be fetched: no remote storage. Type `dvc pull train.csv` to see more" in text(said)
    assert "fetch s: dvc pull train.csv" in text(said)
