"""The port to what must never be lost: streams of numbered records, and the blobs they speak of.

The registry and the flows write and read through `StateStore`; `local_state.py` keeps it in a folder,
`object_state.py` in a bucket. A stream only grows. Each record holds the digest of the one before and
its own, so that a changed, missing or foreign record cannot pass for the truth, and number n+1 is written
only by somebody who has seen number n: moving an alias is appending one record, and of two racers
exactly one does.

Subtle: `read` verifies everything, every time, and is what decisions are made from; `browse`
may answer from an index and is for listings alone. `seal` and `unseal` are pure, so that every
backend, the fake included, has the same records byte for byte.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Protocol

from msgspec import Struct

from seatrial import digest
from seatrial.digest import Json
from seatrial.errors import ConflictError, Place, StateError, UsageError
from seatrial.store.blobs import Artifact, BlobStore

SCHEMA = 1
LAYOUT = 1
_TAG = f"state-entry/{SCHEMA}"
_KEYS = {"schema", "stream", "number", "previous", "at", "body", "digest"}
_STREAM = re.compile(r"[a-z0-9][a-z0-9._-]*(/[a-z0-9][a-z0-9._-]*)*\Z")
_RECORD_FILE = re.compile(r"[0-9]{8}\.json\Z")
_LONGEST_STREAM = 200
_LARGEST_RECORD = 8 << 20
BACKUP_PAGE = "docs/reference/registry.md"


class Entry(Struct, frozen=True, kw_only=True):
    """One record of a stream. Numbers count from 1; `previous` is None for the first; `at` is an ISO instant."""

    stream: str
    number: int
    digest: str
    previous: str | None
    at: str
    body: Mapping[str, Json]


class StateStore(Protocol):
    """Where records live. A handful of methods; a backend must pass `tests/ports/test_state_store_contract.py`."""

    def append(self, stream: str, body: Mapping[str, Json], *, expected: int) -> Entry:
        """Write record `expected + 1` if the stream's last number is `expected` (0 for an empty stream).

        Once it returns, the record survives a crash. Not idempotent: after an unknown outcome the
        caller reads the stream again. Raises ConflictError when the stream's end is another one,
        StateError when the stream is damaged or cannot be written, ValueError or TypeError for a
        body that is not JSON.
        """

    def read(self, stream: str) -> tuple[Entry, ...]:
        """All records of a stream, verified; empty for a stream that never had any.

        Raises StateError, naming the file, when a record is damaged or missing, or when the
        stream is shorter than it was ever seen to be.
        """

    def streams(self, prefix: str = "") -> tuple[str, ...]:
        """The sorted names of all streams that start with `prefix`. Raises StateError."""

    def browse(self, prefix: str = "") -> tuple[Entry, ...]:
        """All records of those streams, by stream and number, for listings only.

        May come from an index and is then not verified: never decide from it.
        """

    def keep(self, artifact: Artifact, source: BlobStore) -> None:
        """Copy an artifact's blobs into the state's own, durable when it returns. Idempotent.

        Called before the record that names the artifact is written. A damaged copy that the
        state already has is replaced. Raises CorruptBlobError when the source's is damaged.
        """

    @property
    def blobs(self) -> BlobStore:
        """The state's own blobs, for reading; `keep` is how they get there."""


def check_stream(stream: str) -> None:
    """Raise UsageError unless `stream` may name a stream (and so become a path)."""
    usable = _STREAM.match(stream) and len(stream) <= _LONGEST_STREAM
    if not usable or any(_RECORD_FILE.match(part) for part in stream.split("/")):
        raise UsageError(
            f"{stream!r} cannot name a stream of records",
            next_step="use lower-case letters, digits, '.', '_' and '-', starting with a letter or digit",
        )


def moved_on(stream: str, expected: int, found: int) -> ConflictError:
    """The error for a stream that ends elsewhere than its writer thinks."""
    return ConflictError(
        f"{stream} changed meanwhile: it was expected to end at record {expected}, and record {found} is there"
        if found > expected
        else f"{stream} ends at record {found}, not at {expected}",
        next_step="run the command again",
    )


def check_layout(data: bytes, file: str) -> None:
    """Raise StateError unless `data`, the first object of a state, says a layout that this Seatrial reads."""
    try:
        layout = json.loads(data)["layout"]
    except (ValueError, TypeError, KeyError):
        raise StateError(
            "this file, which says how the state is laid out, is damaged",
            place=Place(file=file),
            next_step=f"restore it from a backup ({BACKUP_PAGE}, 'Backup')",
        ) from None
    if layout != LAYOUT:
        raise StateError(
            f"the state has layout {layout!r}; this Seatrial reads layout {LAYOUT}",
            place=Place(file=file),
            next_step="upgrade Seatrial",
        )


def seal_next(
    stream: str, entries: Sequence[Entry], body: Mapping[str, Json], *, expected: int, at: str
) -> tuple[Entry, bytes]:
    """The record that follows those of a stream. Raises ConflictError when there are not as many as its writer
    thinks, and what `seal` raises."""
    if len(entries) != expected:
        raise moved_on(stream, expected, len(entries))
    previous = entries[-1].digest if entries else None
    return seal(stream=stream, number=expected + 1, previous=previous, at=at, body=body)


def seal(*, stream: str, number: int, previous: str | None, at: str, body: Mapping[str, Json]) -> tuple[Entry, bytes]:
    """A new record and its bytes. Raises ValueError or TypeError for a body that is not JSON."""
    check_stream(stream)
    fields: dict[str, Json] = {
        "schema": SCHEMA,
        "stream": stream,
        "number": number,
        "previous": previous,
        "at": at,
        "body": dict(body),
    }
    data = digest.canonical(fields | {"digest": digest.of_record(_TAG, fields)})
    if len(data) > _LARGEST_RECORD:
        raise ValueError(f"a record of {stream} would take {len(data):,} bytes; at most {_LARGEST_RECORD:,} are kept")
    return unseal(data, stream=stream, number=number, previous=previous, file=stream), data


def unseal(data: bytes, *, stream: str, number: int, previous: str | None, file: str) -> Entry:
    """The record in `data`, which must be number `number` of `stream` and follow `previous`.

    Raises StateError naming `file`.
    """
    fields = _parse(data, file)
    if fields.get("schema") != SCHEMA:
        raise StateError(
            f"this record has schema {fields.get('schema')!r}; this Seatrial reads schema {SCHEMA}",
            place=Place(file=file),
            next_step="upgrade Seatrial",
        )
    stored = fields.get("digest")
    body = fields.get("body")
    if fields.keys() != _KEYS or not isinstance(body, dict):
        raise _damaged(file, "it does not have the fields of a record")
    unsigned = {key: value for key, value in fields.items() if key != "digest"}
    if digest.of_record(_TAG, unsigned) != stored:
        raise _damaged(file, "its content does not have its digest")
    if (fields["stream"], fields["number"]) != (stream, number):
        raise _damaged(file, f"it is record {fields['number']} of {fields['stream']}, put in another's place")
    if fields["previous"] != previous:
        raise _damaged(file, f"it does not follow the record {number - 1} that is there")
    return Entry(stream=stream, number=number, digest=str(stored), previous=previous, at=str(fields["at"]), body=body)


def _parse(data: bytes, file: str) -> dict[str, Json]:
    if len(data) > _LARGEST_RECORD:
        raise _damaged(file, f"it has {len(data):,} bytes")
    try:
        value = json.loads(data.decode("utf-8", "surrogateescape"))
        written_by_us = digest.canonical(value) == data  # also rules out NaN, 1e999 and duplicate keys
    except (ValueError, RecursionError) as error:
        raise _damaged(file, "it is not JSON as records are written in") from error
    if not isinstance(value, dict) or not written_by_us:
        raise _damaged(file, "it is not in the form records are written in")
    return value


def _damaged(file: str, why: str) -> StateError:
    return StateError(
        f"this record is damaged: {why}",
        place=Place(file=file),
        next_step=f"restore this file from a backup ({BACKUP_PAGE}, 'Backup'); Seatrial does not guess its content",
    )
