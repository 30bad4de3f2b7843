"""What addresses outside of the repository can mean, and what is said about the others."""

from __future__ import annotations

import pytest

from seatrial.errors import ConfigError
from seatrial.pipeline.external import HuggingFace, Repository, S3Object, S3Prefix, is_pinned, parse, pinned_form

SHA = "0123456789abcdef0123456789abcdef01234567"


def hub(
    revision: str, path: str = "", *, kind: Repository = Repository.MODEL, name: str = "digits", written: bool = True
) -> HuggingFace:
    return HuggingFace(kind=kind, org="org", name=name, revision=revision, path=path, written=written)


@pytest.mark.parametrize(
    ("url", "meaning"),
    [
        ("s3://bucket/data/train.csv", S3Object(bucket="bucket", key="data/train.csv")),
        ("s3://bucket/a b+c=é.csv", S3Object(bucket="bucket", key="a b+c=é.csv")),
        ("s3://bucket/k?versionId=3/L4k.-_", S3Object(bucket="bucket", key="k", version="3/L4k.-_")),
        ("s3://my.old-bucket/data/", S3Prefix(bucket="my.old-bucket", prefix="data/")),
        ("s3://bucket/", S3Prefix(bucket="bucket", prefix="")),
        (f"hf://org/digits@{SHA}", hub(SHA)),
        (f"hf://org/digits@{SHA}/a/b.bin", hub(SHA, "a/b.bin")),
        (f"hf://org/digits@{SHA}/a/", hub(SHA, "a")),
        (f"hf://datasets/org/digits@{SHA}", hub(SHA, kind=Repository.DATASET)),
        ("hf://org/digits@main", hub("main")),
        ("hf://org/digits@v1.0/weights@2.bin", hub("v1.0", "weights@2.bin")),
        ("hf://org/digits@refs/pr/7/a.bin", hub("refs/pr/7", "a.bin")),
        ("hf://datasets/org/digits@refs/convert/parquet", hub("refs/convert/parquet", kind=Repository.DATASET)),
        ("hf://org/digits", hub("main", written=False)),
        ("hf://org/digits/a/b.bin", hub("main", "a/b.bin", written=False)),
    ],
)
def test_an_address_means_one_thing(url: str, meaning: object) -> None:
    """The forms that the tools of each world print."""
    assert parse(url) == meaning


@pytest.mark.parametrize(
    ("url", "nearest"),
    [
        ("bucket/key", "s3://bucket/key"),
        ("s3a://bucket/key", "s3://bucket/key"),
        ("S3://bucket/key", "s3://bucket/key"),
        ("gs://bucket/key", "s3://bucket/key"),
        ("s3://bucket", "s3://bucket/KEY, or s3://bucket/ for all of it"),
        ("s3://Bucket_1/key", "s3://bucket/key"),
        ("s3:///key", "s3://bucket/key"),
        ("s3://bucket/data/*.csv", "s3://bucket/data/ for everything below"),
        ("s3://bucket/*", "s3://bucket/ for everything below"),
        ("s3://bucket//data//x", "s3://bucket/data/x"),
        ("s3://bucket/key?versionid=7", "s3://bucket/key?versionId=ID"),
        ("s3://bucket/key?versionId=", "s3://bucket/key?versionId=ID"),
        ("s3://bucket/key?versionId=null", "s3://bucket/key"),
        ("s3://bucket/data/?versionId=7", "s3://bucket/data/"),
        ("hf://digits@main", "hf://org/name@COMMIT"),
        ("hf://org/", "hf://org/name@COMMIT"),
        ("hf://org@main/digits", "hf://org/name@COMMIT"),
        ("hf://org/-digits", "hf://org/name@COMMIT"),
        ("hf://org/digits@", "hf://org/digits@COMMIT"),
        (f"hf://org/digits/a.bin@{SHA}", f"hf://org/digits@{SHA}/a.bin"),
        (f"hf://org/digits@{SHA.upper()}", f"hf://org/digits@{SHA}"),
        (f"hf://models/org/digits@{SHA}", f"hf://org/digits@{SHA}"),
        (f"hf://dataset/org/digits@{SHA}", f"hf://datasets/org/digits@{SHA}"),
        ("hf://spaces/org/app", "hf://org/name@COMMIT"),
        ("hf://org/digits@main/../x", "without `.`, `..`"),
        ("hf://org/digits@main/*.bin", "name the folder"),
        ("https://huggingface.co/org/digits", "hf://org/digits@COMMIT"),
        (f"https://huggingface.co/datasets/org/d/blob/{SHA}/a/b.csv", f"hf://datasets/org/d@{SHA}/a/b.csv"),
        ("s3://bucket/a\nb", "take the character out"),
    ],
)
def test_anything_else_is_refused_with_the_form_that_was_meant(url: str, nearest: str) -> None:
    """So that it can be corrected without a page of documentation."""
    with pytest.raises(ConfigError) as caught:
        parse(url)

    assert url in str(caught.value)
    assert nearest in (caught.value.next_step or "")


@pytest.mark.parametrize(
    ("url", "pinned"),
    [
        (f"hf://org/digits@{SHA}", True),
        (f"hf://datasets/org/digits@{SHA}/a.csv", True),
        (f"hf://org/digits@{SHA[:12]}", False),
        ("hf://org/digits@main", False),
        ("hf://org/digits", False),
        ("s3://bucket/key?versionId=7", True),
        ("s3://bucket/key", False),
        ("s3://bucket/prefix/", False),
    ],
)
def test_pinned_is_what_nobody_can_move(url: str, pinned: bool) -> None:
    """A branch, a tag and a short commit can; an object without a version can be overwritten."""
    assert is_pinned(url) is pinned


@pytest.mark.parametrize(
    ("url", "form"),
    [
        ("hf://datasets/org/digits@main/a.csv", "hf://datasets/org/digits@COMMIT/a.csv"),
        ("s3://bucket/key", "s3://bucket/key?versionId=ID"),
    ],
)
def test_the_pinned_form_of_an_address_is_one_again(url: str, form: str) -> None:
    """With the placeholder filled in it is read as pinned."""
    assert pinned_form(url) == form
    assert is_pinned(form.replace("COMMIT", SHA).replace("=ID", "=7"))
