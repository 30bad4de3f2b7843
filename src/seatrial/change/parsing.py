"""Facts of many files at once: in several processes where that pays.

Called by `blob_memory.py` on a first look at a tree. Workers get bytes and give texts to remember, so that nothing
is taken apart and put together again on the way.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from seatrial.change.extract.sources import extract
from seatrial.change.facts import encode

_WORTH_A_POOL = 1 << 20  # bytes; below that, starting processes costs more
_CHUNK = 1 << 19
_AHEAD = 2  # chunks in line for each worker, so that what is read does not pile up


class Source(NamedTuple):
    """One file to be read: what it is remembered by, its kind, its bytes."""

    key: str
    kind: str
    data: bytes


class Parsed(NamedTuple):
    """The facts of one file as texts; `symbols` is None for what is not Python, or is broken."""

    key: str
    kind: str
    links: str
    symbols: str | None


def parse_all(sources: Iterable[Source], *, size: int, workers: int | None = None) -> Iterator[Parsed]:
    """The facts of every source, in no order. `size` is how many bytes there are, about."""
    count = workers or _cores()
    if size < _WORTH_A_POOL or count == 1:
        for source in sources:
            yield _parse(source)
        return
    yield from _in_processes(sources, count)


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _in_processes(sources: Iterable[Source], count: int) -> Iterator[Parsed]:
    # These load sockets and pickling, and most plans parse next to nothing.
    import multiprocessing
    from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait

    # A forked worker has everything loaded; where forking is not safe, a fresh one loads it.
    context = multiprocessing.get_context("fork" if sys.platform == "linux" else "spawn")
    with ProcessPoolExecutor(count, mp_context=context) as pool:
        under_way: set[Future[list[Parsed]]] = set()
        for chunk in _chunks(sources):
            under_way.add(pool.submit(_parse_chunk, chunk))
            if len(under_way) >= count * _AHEAD:
                done, under_way = wait(under_way, return_when=FIRST_COMPLETED)
                for one in done:
                    yield from one.result()
        for one in under_way:
            yield from one.result()


def _chunks(sources: Iterable[Source]) -> Iterator[list[Source]]:
    chunk: list[Source] = []
    held = 0
    for source in sources:
        chunk.append(source)
        held += len(source.data)
        if held >= _CHUNK:
            yield chunk
            chunk, held = [], 0
    if chunk:
        yield chunk


def _parse_chunk(chunk: list[Source]) -> list[Parsed]:
    gc.disable()  # syntax trees are dropped whole, and looking for garbage among them takes a quarter of the time
    return [_parse(source) for source in chunk]


def _parse(source: Source) -> Parsed:
    facts = extract(source.kind, source.data)
    symbols = None if facts.symbols is None else encode(facts.symbols)
    return Parsed(source.key, source.kind, encode(facts.links), symbols)
