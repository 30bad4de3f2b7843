"""Whatever happens to a folder, a look with a memory finds what a look without one finds."""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from seatrial.store.blobs import BlobStore
from seatrial.store.fingerprint import fingerprint
from seatrial.store.hashing import file_digest
from seatrial.store.stat_cache import StatCache

NAMES = st.sampled_from(["a", "b", "A", "n\nl", "caf\udce9", "sub/a", "sub/deep/b", "sub/\udcff"])
BYTES = st.sampled_from([b"", b"1", b"2", b"12", b"21"])
EDITS = st.one_of(
    st.tuples(st.just("write"), NAMES, BYTES),
    st.tuples(st.just("write, times put back"), NAMES, BYTES),
    st.tuples(st.just("replace"), NAMES, BYTES),
    st.tuples(st.just("remove"), NAMES, st.just(b"")),
    st.tuples(st.just("mode"), NAMES, st.just(b"")),
    st.tuples(st.just("date into the future"), NAMES, st.just(b"")),
)
CLOCKS = st.sampled_from([0, 3_600, -3_600])  # seconds by which the clock is wrong


def edit(root: Path, kind: str, name: str, data: bytes) -> None:
    """One change as a hand or a program would make it."""
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    there = path.is_file()
    match kind:
        case "write":
            path.write_bytes(data)
        case "write, times put back":
            before = path.stat() if there else None
            path.write_bytes(data)
            if before is not None:
                os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
        case "replace":
            beside = path.with_name("beside")
            beside.write_bytes(data)
            if there:
                os.utime(beside, ns=(path.stat().st_atime_ns, path.stat().st_mtime_ns))
            beside.rename(path)
        case "remove":
            path.unlink(missing_ok=True)
        case "mode" if there:
            path.chmod(0o644 if path.stat().st_mode & 0o100 else 0o755)
        case "date into the future" if there:
            os.utime(path, (time.time() + 9e8, time.time() + 9e8))


@settings(max_examples=40)
@given(st.lists(st.tuples(st.lists(EDITS, max_size=3), CLOCKS, st.booleans()), max_size=6))
def test_a_memory_never_answers_wrongly(rounds: list[tuple[list[tuple[str, str, bytes]], int, bool]]) -> None:
    """Between looks files are written with as many bytes, dated back, replaced; clocks jump; processes end."""
    with tempfile.TemporaryDirectory() as place:
        root, store = Path(place) / "in", BlobStore(Path(place) / "cas")
        root.mkdir()
        offset = [0]
        memory = StatCache(Path(place) / "db", now=lambda: time.time_ns() + offset[0] * 1_000_000_000)
        for edits, clock, new_process in rounds:
            # An hour ahead, everything is quiet at once: what was written a tick ago could then be written again
            # within that tick. No clock does that between two looks, so the tick is let pass.
            time.sleep(0.005)
            for kind, name, data in edits:
                edit(root, kind, name, data)
            time.sleep(0.005)
            offset[0] = clock
            if new_process:
                memory.close()
                memory = StatCache(Path(place) / "db", now=lambda: time.time_ns() + offset[0] * 1_000_000_000)

            assert fingerprint(root, memory) == fingerprint(root)
            for path in (path for path in root.rglob("*") if path.is_file()):
                assert memory.digest(path) == file_digest(path)
            assert store.put_path(root, memory=memory) == fingerprint(root)
        memory.close()
