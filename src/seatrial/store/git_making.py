"""The objects of a write, as a stream for `git fast-import`: one process makes files, trees and commit.

Called by `git_objects.py`. Pure. No index and no work tree take part, and no ref stays: a stream ends by forgetting the
branches it names, so that an attempt which is refused leaves nothing but objects that git throws away in time.

Subtle: the commit of a blob says nothing of who made it or when. So it is the same commit wherever it is made, and two
machines that share the same bytes do not contradict each other.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from seatrial.errors import UsageError

_BRANCH = "refs/seatrial-making/"
_WHO = "seatrial <seatrial@localhost>"
_PART = re.compile(r"[A-Za-z0-9_+=-][A-Za-z0-9_.+=-]*")
INSIDE = "data"
"""The one file in the commit of a blob."""


def check_key(key: str) -> str:
    """The key, if it may be a path in a tree and a part of a ref. Raises UsageError."""
    parts = key.split("/")
    if not all(_PART.fullmatch(part) and ".." not in part and not part.endswith((".", ".lock")) for part in parts):
        raise UsageError(f"{key!r} cannot be kept on a git ref")
    return key


def state_stream(
    changes: Mapping[str, bytes | None], *, parent: str | None, message: str, at: int, unique: str
) -> list[bytes]:
    """One commit that writes some files, and removes those whose bytes are None.

    Git answers with the name of the commit, then with those of the written files in their order.
    """
    branch = f"{_BRANCH}{unique}"
    written = [(key, data) for key, data in changes.items() if data is not None]
    stream: list[bytes] = []
    for mark, (_, data) in enumerate(written, 2):
        stream += _blob(mark, data)
    text = message.encode()
    head = f"commit {branch}\nmark :1\ncommitter {_WHO} {at} +0000\ndata {len(text)}\n"
    stream += [head.encode(), text, b"\n", f"from {parent}\n".encode() if parent else b""]
    stream += [f"M 100644 :{mark} {check_key(key)}\n".encode() for mark, (key, _) in enumerate(written, 2)]
    stream += [f"D {check_key(key)}\n".encode() for key, data in changes.items() if data is None]
    stream += [b"\n", *(f"get-mark :{mark}\n".encode() for mark in range(1, len(written) + 2))]
    return [*stream, f"reset {branch}\n\ndone\n".encode()]


def blob_stream(blobs: Sequence[bytes], *, unique: str) -> list[bytes]:
    """A commit for each of some blobs, without parent. Git answers with their names in this order."""
    return [*_commits(blobs, unique), b"done\n"]


def _commits(blobs: Sequence[bytes], unique: str) -> Iterator[bytes]:
    for number, data in enumerate(blobs):
        branch, mark = f"{_BRANCH}{unique}-{number}", 2 * number + 1
        yield from _blob(mark, data)
        head = f"commit {branch}\nmark :{mark + 1}\ncommitter {_WHO} 0 +0000\ndata 4\nblob\n"
        yield f"{head}M 100644 :{mark} {INSIDE}\n\nget-mark :{mark + 1}\nreset {branch}\n\n".encode()


def _blob(mark: int, data: bytes) -> list[bytes]:
    return [f"blob\nmark :{mark}\ndata {len(data)}\n".encode(), data, b"\n"]
