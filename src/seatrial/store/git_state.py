"""The state on a git ref: an `ObjectState` that knows what a repository is good for.

Built by `wiring` for `state: git`. A record and how far its stream reaches go in one commit, which costs one push and
leaves no moment between them. And what is too large for a repository is refused before anything is sent: forges take
no pushes of some GB, and what was pushed once stays.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from seatrial.clock import Clock
from seatrial.errors import UsageError
from seatrial.store.addresses import request_seconds
from seatrial.store.blobs import Artifact, BlobStore
from seatrial.store.git_access import Access
from seatrial.store.git_command import GitCommand
from seatrial.store.git_objects import GitObjects
from seatrial.store.git_remote import Patience
from seatrial.store.object_state import ObjectState, head_key
from seatrial.store.state import Entry
from seatrial.store.state_marks import head_bytes

MOST_BYTES = 512 << 20
"""The largest artifact that is kept on a git ref, in bytes."""
MOST_FILES = 500
"""And the most files, since each is a ref, and every look at the remote lists them all."""


class GitState(ObjectState):
    """A `StateStore` on the refs of a repository's remote."""

    def __init__(self, objects: GitObjects, *, mirror: Path, seen: Path, clock: Clock | None = None) -> None:
        super().__init__(objects, mirror=mirror, seen=seen, clock=clock)
        self._on_refs = objects

    def keep(self, artifact: Artifact, source: BlobStore) -> None:
        check_size(artifact, self._on_refs.address)
        super().keep(artifact, source)

    def _put_record(self, entry: Entry, key: str, data: bytes) -> bool:
        beside = {head_key(entry.stream): head_bytes(entry.number, entry.digest)}
        return self._on_refs.put_together(key, data, beside)


def open_git_objects(
    remote: str, root: Path, common: Path, environ: Mapping[str, str], *, access: Access | None = None
) -> GitObjects:
    """The objects on the refs of a remote of the repository at `root`, whose git folder is `common`.

    Raises ConfigError for a time limit that is none.
    """
    seconds = request_seconds(environ)
    patience = Patience() if seconds is None else Patience(request=seconds, bulk=20 * seconds)
    return GitObjects(
        GitCommand(str(root), environ, access),
        remote,
        here=common / "objects",
        scratch=common / "seatrial" / "scratch",
        patience=patience,
    )


def check_size(artifact: Artifact, address: str) -> None:
    """Raise UsageError for what does not belong into a repository."""
    if artifact.size <= MOST_BYTES and artifact.files <= MOST_FILES:
        return
    raise UsageError(
        f"this artifact has {artifact.size:,} bytes in {artifact.files:,} files; "
        f"{address} takes at most {MOST_BYTES >> 20} MiB in {MOST_FILES} files",
        next_step="keep the state in a bucket (`state: s3://...`), or register an archive in place of many small files",
    )
