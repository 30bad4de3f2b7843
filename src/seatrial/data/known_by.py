"""The identity of a dataset, by the digests of its files. Pure, and light: those who compare identities read no data.

Called by `seen.py`, which knows the files, and by the dossier of a version, which has the digest of one file and looks
for what a check of it has found.
"""

from __future__ import annotations

from collections.abc import Iterable

from seatrial import digest


def identity_of(files: Iterable[tuple[str, Iterable[tuple[str, str]]]]) -> str:
    """The identity of files, in their order: of each the digest of its bytes, and the keys that its path adds."""
    parts: list[digest.Json] = [[name, [list(pair) for pair in keys]] for name, keys in files]
    return digest.of_record("dataset/1", parts)


def identity_of_file(name: str) -> str:
    """The identity of a dataset that is one file, by the digest of its bytes."""
    return identity_of([(name, ())])
