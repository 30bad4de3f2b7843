"""Arrow streams, batch by batch: what `datasets` of Hugging Face saves, and what is sent through pipes.

Called by `scanning`. polars reads a stream only as a whole, and a stream has no footer that says where its batches are.
So the frames of the messages are read here, a few bytes each, and polars is handed the schema and as many batches
as are wanted: memory holds what is looked at, and rows are counted without reading them.

The format is that of the Arrow columnar specification ("IPC streaming format"): each message is FFFFFFFF, the length of
its metadata, the metadata (a flatbuffer with its kind and the length of its body), the body. Streams from before
Arrow 0.15 lack the FFFFFFFF.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import polars as pl
from msgspec import Struct
from polars.io.plugins import register_io_source

from seatrial.data.reading.faults import damaged, told
from seatrial.data.reading.records import Partition

_CONTINUES = b"\xff\xff\xff\xff"
_END = _CONTINUES + bytes(4)
_SCHEMA, _DICTIONARY, _ROWS = 1, 2, 3
_MOST_METADATA = 256 << 20
_ROWS_AT_ONCE = 65_536
_BYTES_AT_ONCE = 64 << 20


class Message(Struct, frozen=True, kw_only=True):
    """Where a message lies in the file. `rows` is 0 for what is no batch of rows."""

    kind: int
    start: int
    end: int
    rows: int


def messages_of(partition: Partition) -> tuple[Message, ...]:
    """All messages of a stream, in order. Raises EvidenceError for one that was cut off or is none."""
    with told(partition), partition.path.open("rb") as file:
        found = tuple(_messages(file, partition))
    if not found or found[0].kind != _SCHEMA:
        raise damaged(partition, "it does not begin with a schema")
    return found


def _messages(file: IO[bytes], partition: Partition) -> Iterator[Message]:
    size = file.seek(0, 2)
    at = 0
    while at < size:
        file.seek(at)
        prefix = file.read(8)
        skip = 8 if prefix[:4] == _CONTINUES else 4
        length = int.from_bytes(prefix[skip - 4 : skip], "little")
        if len(prefix) >= skip and length == 0:
            return
        file.seek(at + skip)
        metadata = file.read(length) if length <= _MOST_METADATA else b""
        try:
            kind, body, rows = _meaning(metadata)
        except (struct.error, IndexError) as error:
            raise damaged(partition, f"byte {at} begins no whole message, so it was cut off or damaged") from error
        end = at + skip + length + body
        if body < 0 or len(metadata) < length or end > size:
            raise damaged(partition, "its end is missing, so it was cut off or is still being written")
        yield Message(kind=kind, start=at, end=end, rows=rows)
        at = end


def _meaning(metadata: bytes) -> tuple[int, int, int]:
    """Kind, length of the body, and rows, out of a flatbuffer `Message`."""
    table = _u32(metadata, 0)
    kind_at, header_at, body_at = (_field(metadata, table, index) for index in (1, 2, 3))
    kind = metadata[kind_at] if kind_at else 0
    body = struct.unpack_from("<q", metadata, body_at)[0] if body_at else 0
    rows = 0
    if kind == _ROWS and header_at:
        batch = header_at + _u32(metadata, header_at)
        length_at = _field(metadata, batch, 0)
        rows = struct.unpack_from("<q", metadata, length_at)[0] if length_at else 0
    return kind, body, rows


def _field(data: bytes, table: int, index: int) -> int:
    """Where a field of a flatbuffer's table lies; 0 when it has its default value."""
    vtable = table - struct.unpack_from("<i", data, table)[0]
    slot = 4 + 2 * index
    if slot >= struct.unpack_from("<H", data, vtable)[0]:
        return 0
    offset = struct.unpack_from("<H", data, vtable + slot)[0]
    return table + offset if offset else 0


def _u32(data: bytes, at: int) -> int:
    return int(struct.unpack_from("<I", data, at)[0])


def count(partition: Partition) -> int:
    """The number of rows."""
    return sum(message.rows for message in messages_of(partition))


def scan(partition: Partition, start: int = 0, size: int | None = None) -> pl.LazyFrame:
    """Some rows of a stream, lazily; the batches before and after them are not read."""
    messages = messages_of(partition)
    with told(partition):
        schema = _decoded(partition.path, messages[:1], None).schema
    end = None if size is None else start + size

    def rows(
        with_columns: list[str] | None, predicate: pl.Expr | None, n_rows: int | None, batch_size: int | None
    ) -> Iterator[pl.DataFrame]:
        del batch_size  # a wish; batches are as large as they were written, or some of them together
        left = n_rows
        for first, group in _groups(messages, start, end):
            frame = _decoded(partition.path, group, with_columns)
            if frame.height != sum(message.rows for message in group):
                raise ValueError("a batch has other rows than it says")
            frame = frame[max(0, start - first) : None if end is None else max(0, end - first)]
            if left is not None:
                frame = frame.head(left)
                left -= frame.height
            yield frame if predicate is None else frame.filter(predicate)
            if left == 0:
                return

    return register_io_source(rows, schema=schema)


def _groups(messages: tuple[Message, ...], start: int, end: int | None) -> Iterator[tuple[int, list[Message]]]:
    """Batches to decode together, after what they need: (number of their first row, messages)."""
    needed: list[Message] = []
    group: list[Message] = []
    at = first = 0
    for message in messages:
        at += message.rows
        if message.kind != _ROWS:
            (group or needed).append(message)
        elif at > start and (end is None or at - message.rows < end):
            if not group:
                first = at - message.rows
            group.append(message)
            if at - first >= _ROWS_AT_ONCE or message.end - group[0].start >= _BYTES_AT_ONCE:
                yield first, needed + group
                needed += [other for other in group if other.kind != _ROWS]
                group = []
    if group:
        yield first, needed + group


def _decoded(path: Path, messages: list[Message] | tuple[Message, ...], columns: list[str] | None) -> pl.DataFrame:
    stream = io.BytesIO()
    with path.open("rb") as file:
        for message in messages:
            file.seek(message.start)
            stream.write(file.read(message.end - message.start))
    stream.write(_END)
    stream.seek(0)
    return pl.read_ipc_stream(stream, columns=columns)
