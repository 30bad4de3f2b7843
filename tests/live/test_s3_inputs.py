"""Deps in a bucket, asked about through the real client: what they count as, and what a user is told when it fails."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from seatrial.errors import OutsideError
from seatrial.pipeline.addresses import Addresses
from seatrial.store.objects import ObjectStore
from tests.support.buckets import client, moto_bucket, needs_moto, needs_obstore, small_bucket
from tests.support.fault_proxy import Fault, FaultProxy
from tests.support.project import Project, address, new_project, stage
from tests.support.small_s3 import BUCKET, Asked, SmallS3

OBJECT = f"s3://{BUCKET}/data/träin a+b.csv"
SIGNED = "AWS4-HMAC-SHA256 Credential=t/20261121/us-east-1/s3/aws4_request"
VERSIONED = (
    b'<VersioningConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'
    b"<Status>Enabled</Status></VersioningConfiguration>"
)
PREFIX = f"s3://{BUCKET}/images/"


@pytest.fixture
def project(tmp_path: Path) -> Project:
    project = new_project(tmp_path, {"a.py": "open('out', 'w')"})
    project.declare(stage("s", "python a.py", deps=[address(OBJECT), address(PREFIX)], outs=["out"]))
    return project


@pytest.fixture
def bucket() -> Iterator[tuple[FaultProxy, SmallS3]]:
    with small_bucket() as (proxy, server):
        server.objects.update({"data/träin a+b.csv": b"1", "images2/x": b"x"})
        server.objects.update({f"images/{place:04}.png": b"%d" % place for place in range(1100)})
        yield proxy, server


def looking(proxy: FaultProxy) -> Addresses:
    """Addresses in the bucket behind a proxy."""
    return Addresses(lambda _name: client(proxy.environ, attempts=2), {}, lambda: b"chance")


@needs_obstore
def test_what_a_bucket_says_of_its_objects_is_their_identity(
    project: Project, bucket: tuple[FaultProxy, SmallS3]
) -> None:
    """By etag and size; a prefix by all its objects, on however many pages they are listed."""
    proxy, server = bucket
    project.addresses = looking(proxy)
    project.run()
    inputs = project.plan()["s"].inputs

    assert inputs.addresses[OBJECT].identity == "etag c4ca4238a0b923820dcc509a6f75849b, 1 bytes"
    assert len(inputs.addresses[PREFIX].entries) == 1100
    assert project.run().did == {"s": "reused"}
    server.objects["images/0007.png"] = b"other"
    (change,) = project.plan()["s"].changed
    assert change.part == f"deps.{PREFIX}/{PREFIX}0007.png"


@needs_obstore
@pytest.mark.parametrize("fault", ["deny", "refuse"])
def test_a_bucket_that_cannot_be_asked_stops_the_plan(
    project: Project, bucket: tuple[FaultProxy, SmallS3], fault: Fault
) -> None:
    """Also after a run whose result would have been reused; the dep is named, and what to check."""
    proxy, _ = bucket
    project.addresses = looking(proxy)
    project.run()
    project.addresses = looking(proxy)
    proxy.fail(fault)

    with pytest.raises(OutsideError, match=r"stage s: what s3://bucket/data/.* \(dep .*\) stands for") as caught:
        project.plan()
    assert "AWS_" in (caught.value.next_step or "")


@needs_moto
def test_the_version_counts_where_a_bucket_keeps_versions(project: Project) -> None:
    """Equal bytes written again are another version; what lay there before versioning has only its etag."""
    with moto_bucket() as proxy:
        signed = {"host": proxy.endpoint.removeprefix("http://"), "authorization": SIGNED}

        def put(path: str, body: bytes) -> None:
            assert proxy.backend(Asked(method="PUT", path=path, headers=signed, body=body)).status == 200

        def identity() -> str | None:
            project.addresses = Addresses(lambda name: bucket_of(name, proxy), {}, lambda: b"chance")
            return project.plan()["s"].inputs.addresses["s3://kept/a.csv"].identity

        project.declare(stage("s", "python a.py", deps=[address("s3://kept/a.csv")], outs=["out"]))
        put("/kept", b"")
        put("/kept/a.csv", b"1")
        before = identity()
        put("/kept?versioning", VERSIONED)
        unversioned = identity()
        put("/kept/a.csv", b"1")
        one = identity()
        put("/kept/a.csv", b"1")
        two = identity()

    assert before == unversioned == "etag c4ca4238a0b923820dcc509a6f75849b, 1 bytes"
    assert str(one).startswith("version ")
    assert str(two).startswith("version ")
    assert one != two


def bucket_of(name: str, proxy: FaultProxy) -> ObjectStore:
    """A client to another bucket than the one of all tests, which keeps no versions."""
    from seatrial.store.s3 import S3Objects  # obstore may be missing where tests are only collected

    return S3Objects(name, "", proxy.environ)
