"""Drafts of versions and everything else a registry test needs, with plain defaults."""

from __future__ import annotations

import hashlib
from pathlib import Path

from msgspec.structs import asdict

from seatrial.evidence.policy import Columns
from seatrial.registry.records import Actor, Draft, IdentifiedBy, StoredFile, StoredPredictions, Version
from seatrial.replacing import replace
from seatrial.store.blobs import BlobStore
from seatrial.verdict import Finding, Verdict
from tests.support.instants import ISO

ACTOR = Actor(name="Ada <ada@example.invalid>", identified_by=IdentifiedBy.GIT_CONFIG)


def finding(verdict: Verdict, message: str = "accuracy is what it is") -> Finding:
    return Finding(name="accuracy", kind="performance", metric="accuracy", verdict=verdict, reason="r", message=message)


def draft(
    source: BlobStore, folder: Path, *, run: str = "run-1", content: bytes = b"weights", **other: object
) -> Draft:
    """A clean draft of `digits` whose blobs are in `source`, each run at a commit of its own; `folder` is for its
    files."""
    (folder / "model").write_bytes(content)
    (folder / "rows.csv").write_bytes(b"id,y,p\n1,a,a\n")
    plain = Draft(
        model="digits",
        artifact=source.put_path(folder / "model"),
        run=run,
        created_at=ISO,
        actor=ACTOR,
        config="b3:" + "1" * 64,
        environment="b3:" + "2" * 64,
        commit=hashlib.sha1(run.encode(), usedforsecurity=False).hexdigest(),
        predictions=StoredPredictions(
            file=StoredFile(path="outputs/rows.csv", artifact=source.put_path(folder / "rows.csv")),
            columns=Columns(groups=("size",)),
            rows=1,
        ),
        metrics={"accuracy": 0.953, "rows": 1.0},
    )
    return replace(plain, **other)  # type: ignore[arg-type]  # fields of any type


def numbered(plain: Draft, number: int) -> Version:
    fields = asdict(plain)
    return Version(**fields | {"number": number})
