"""Addresses of shared places: what they may look like, and what is said when one cannot be meant or opened."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from seatrial.errors import ConfigError, MissingExtraError
from seatrial.store.addresses import TIMEOUT, folder_of, open_objects, short_name
from seatrial.store.objects import ObjectError
from tests.support.buckets import needs_obstore


def test_a_folder_is_written_with_three_slashes(tmp_path: Path) -> None:
    """Spaces may be written as in any URL."""
    assert folder_of("file:///mnt/share/a%20b", "state") == Path("/mnt/share/a b")
    assert folder_of("s3://bucket/prefix", "state") is None
    assert open_objects(f"file://{tmp_path}", "cache.remote", {}).address == f"file://{tmp_path}"


@needs_obstore
@pytest.mark.parametrize("address", ["s3://bucket", "s3://bucket/", "s3://my.bucket-1/a/b_c/d=1"])
def test_a_bucket_may_have_a_prefix(address: str) -> None:
    """A slash at the end means nothing."""
    assert open_objects(address, "state", {}).address == address.rstrip("/")


@pytest.mark.parametrize(
    "address",
    ["file://host/share", "file:///", "file:relative", "s3://", "s3:///prefix", "s3://Bucket", "s3://bucket/../other",
     "s3://bucket/a//b", "s3://bucket/a b", "s3://user:secret@bucket", "gs://bucket/prefix", "bucket/prefix", ""],
)  # fmt: skip
def test_what_cannot_be_meant_is_refused_with_its_key(address: str) -> None:
    """The place in the configuration is named, and how to write it."""
    with pytest.raises(ConfigError) as refused:
        open_objects(address, "cache.remote", {})

    assert "cache.remote" in str(refused.value.problems[0])
    assert refused.value.next_step


def test_a_missing_package_is_named_with_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever keeps nothing in a bucket does not need it."""
    monkeypatch.delitem(sys.modules, "seatrial.store.s3", raising=False)
    monkeypatch.setitem(sys.modules, "obstore", None)

    with pytest.raises(MissingExtraError) as refused:
        open_objects("s3://bucket/prefix", "state", {})

    assert refused.value.next_step == "pip install 'seatrial[cloud]'"


@needs_obstore
@pytest.mark.parametrize("text", ["soon", "0", "-1", "nan", "1e9"])
def test_a_timeout_that_is_no_number_of_seconds_is_refused(text: str) -> None:
    """It is the only thing that bounds how long a request may hang."""
    with pytest.raises(ConfigError, match=TIMEOUT):
        open_objects("s3://bucket/prefix", "state", {TIMEOUT: text})


def test_a_folder_that_is_not_there_is_not_empty(tmp_path: Path) -> None:
    """A share that is not mounted must not look like one in which nothing was ever stored."""
    objects = open_objects(f"file://{tmp_path}/missing", "cache.remote", {})

    for ask in (lambda: objects.get("a"), lambda: objects.put("a", b""), lambda: list(objects.list(""))):
        with pytest.raises(ObjectError, match="is not there"):
            ask()


def test_a_name_for_an_address_is_the_same_with_a_slash_at_its_end() -> None:
    """Two states are told apart by it."""
    assert short_name("s3://a/b/") == short_name("s3://a/b") != short_name("s3://a/c")
