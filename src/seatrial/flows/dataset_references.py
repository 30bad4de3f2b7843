"""A recorded version of a dataset as what data is compared with: `NAME@VERSION` to the profile that its record keeps.

Called by the face of `seatrial check` for `--reference NAME@VERSION`. The profile lies in the state's own blobs, so it
is there after the cache was emptied, and on machines that share the state; the rows themselves are not needed.

What is subtle: a stage's `reference:` takes no such name. Its key counts bytes of files that a commit holds, and
records belong to no commit.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from msgspec import Struct

from seatrial.errors import UsageError
from seatrial.flows.damage import explained
from seatrial.flows.dataset_records import history, known_datasets
from seatrial.flows.workspace import Workspace
from seatrial.nearest import nearest
from seatrial.registry.datasets import DatasetVersion
from seatrial.store.blobs import CorruptBlobError

_WRITTEN = re.compile(r"(?P<name>[a-z0-9][a-z0-9._-]*)@(?P<number>[^/\\]*)\Z")
_NUMBER = re.compile(r"[1-9][0-9]{0,8}\Z")
_PROFILE = "reference.json"


class Recorded(Struct, frozen=True, kw_only=True):
    """A reference that was found: the name people wrote, and a file with its profile, for as long as it is open."""

    shown: str
    profile: Path


def is_version(text: str) -> bool:
    """Whether a text is written as a version of a dataset; whether there is such a one is another question."""
    return _WRITTEN.match(text) is not None


@contextmanager
def recorded_profile(workspace: Workspace, text: str) -> Iterator[Recorded]:
    """The profile of `NAME@VERSION`, in a file that is gone afterwards.

    Raises UsageError for a dataset or version without a record, or whose record has no profile, StateError for bytes
    that are damaged.
    """
    name, version = _version(workspace, text)
    artifact = version.last.profile
    if artifact is None:
        raise UsageError(
            f"{text} was {version.last.verdict} in a stage, which keeps no profile of it",
            next_step=f"check the same bytes by hand, which keeps one (seatrial check {name}), or name another version",
        )
    with workspace.cache.scratch("reference") as scratch:
        try:
            workspace.state.blobs.copy_to(artifact, workspace.cache.blobs)
            workspace.cache.blobs.checkout(artifact, scratch / _PROFILE)
        except CorruptBlobError as error:
            raise explained(workspace, error) from error
        yield Recorded(shown=text, profile=scratch / _PROFILE)


def _version(workspace: Workspace, text: str) -> tuple[str, DatasetVersion]:
    found = _WRITTEN.match(text)
    name, number = (found["name"], found["number"]) if found else (text, "")
    if not _NUMBER.match(number):
        raise UsageError(f"{text} names no version of a dataset", next_step=f"write NAME@NUMBER, for example {name}@1")
    known = known_datasets(workspace)
    if name not in known:
        close = nearest(name, known)
        have = f"those with records are {', '.join(known)}" if known else "none has a record yet"
        step = f"did you mean {close}@{number}?" if close else "seatrial check --history"
        raise UsageError(f"no dataset {name} was ever judged here; {have}", next_step=step)
    versions = history(workspace, name)
    if int(number) > len(versions):
        have = f"1 to {len(versions)}" if len(versions) > 1 else "1 alone"
        raise UsageError(
            f"dataset {name} has no version {number}; its versions are {have}",
            next_step=f"seatrial check --history {name}",
        )
    return name, versions[int(number) - 1]
