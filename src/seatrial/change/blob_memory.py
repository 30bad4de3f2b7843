"""What is known of the blobs of a repository: the digest each counts by, and the facts of those that are code.

Called by whoever looks at a tree that is read from git's objects. Everything is remembered under what cannot change,
the blob's id and the digest of its bytes, so one memory serves all trees, and the next plan reads only new blobs.

Subtle: git's own id would do as an identity, but a work tree counts files by another digest, and a result that was
made there must be found from here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import msgspec
from msgspec import Struct

from seatrial import digest
from seatrial.change.extract.sources import MAX_BYTES, extract, kind_of
from seatrial.change.facts import (
    EMPTY,
    VERSION,
    LinkFacts,
    SymbolFacts,
    decode_links,
    decode_symbols,
    encode,
    links_of,
    symbols_of,
)
from seatrial.change.objects import LINK, SUBMODULE, Entry, Objects
from seatrial.change.parsing import Source, parse_all
from seatrial.errors import OutsideError
from seatrial.store.stat_cache import StatCache

_BLOB = "blob/1"
_PACK = f"pack/2/{VERSION}"
_WORTH_A_PACK = 200  # blobs that the last pack did not have
_POINTER = b"version https://git-lfs.github.com/"
_READ_AHEAD = 1 << 20  # larger blobs are read when somebody asks for them, and none of their bytes are kept
_TOO_LARGE = MAX_BYTES  # for the facts of code
_NO_FACTS = msgspec.Raw(b"null")


class Known(Struct, frozen=True):
    """What a blob counts as, and its size in bytes."""

    digest: str
    size: int
    pointer: bool = False
    """Whether it begins as a pointer of Git LFS does."""


class _Packed(Known, frozen=True, array_like=True):
    """One blob of a pack; `links` are its facts as they are remembered, for code of this kind: the same bytes may lie
    in a tree as files of several kinds."""

    kind: str = ""
    links: msgspec.Raw = _NO_FACTS


_PACKS = msgspec.json.Decoder(dict[str, _Packed])


class BlobMemory:
    """The blobs of one repository."""

    def __init__(self, objects: Objects, memory: StatCache) -> None:
        self._objects = objects
        self._memory = memory
        self._known: dict[str, Known] = {}
        self._links: dict[tuple[str, str], LinkFacts] = {}
        self._texts: dict[tuple[str, str], str] = {}
        self._pack: Mapping[str, _Packed] | None = None
        self.learned = 0
        """How many blobs were read because nothing was known of them."""

    def learn(self, tree: Mapping[str, Entry], *, whole: bool = True) -> None:
        """Make sure that what a plan asks of a tree's files is known: one look for all, and what is new is read.

        `whole` when these are all files of a tree, as the next plan will ask for them.
        """
        files = [(path, entry.blob) for path, entry in tree.items() if entry.mode not in (LINK, SUBMODULE)]
        pack = self._unpack()
        rest = [(path, blob) for path, blob in files if blob not in pack]
        if rest:
            self._recall({blob for _, blob in rest} - self._known.keys())
            code = {blob: kind for path, blob in rest if (kind := kind_of(path)) is not None}
            self._recall_links(code)
            missing = [blob for _, blob in rest if blob not in self._known]
            missing += [blob for blob, kind in code.items() if self._is_unread(blob, kind)]
            if missing:
                self._read(missing, code)
        if whole and len(rest) > _WORTH_A_PACK:
            self._repack(files)

    def _unpack(self) -> Mapping[str, _Packed]:
        """The last pack: everything about a whole tree in one text, which takes a tenth of the time of asking for
        each blob."""
        if self._pack is None:
            text = self._memory.fact(_PACK, "latest")
            try:
                self._pack = _PACKS.decode(text) if text else {}
            except msgspec.DecodeError:
                self._pack = {}
            self._known.update(self._pack)
        return self._pack

    def _repack(self, files: Iterable[tuple[str, str]]) -> None:
        pack: dict[str, _Packed] = {}
        for path, blob in files:
            known, kind = self._known.get(blob), kind_of(path)
            if known is None:
                continue
            text = None if kind is None else self._texts.get((kind, known.digest))
            if text and kind:
                pack[blob] = _Packed(known.digest, known.size, known.pointer, kind, msgspec.Raw(text.encode()))
            elif blob not in pack:
                old = (self._pack or {}).get(blob)
                pack[blob] = old or _Packed(known.digest, known.size, known.pointer)
        self._pack = pack
        self._memory.remember(_PACK, "latest", msgspec.json.encode(pack).decode())

    def _is_unread(self, blob: str, kind: str) -> bool:
        known = self._known.get(blob)
        return known is not None and known.size <= _TOO_LARGE and (kind, known.digest) not in self._texts

    def known(self, blob: str) -> Known | None:
        """What a blob counts as; None when it is not there."""
        if blob not in self._known:
            self._recall({blob})
        if blob not in self._known:
            size = self._objects.sizes([blob]).get(blob)
            if size is not None and size > _READ_AHEAD:
                self._remember(blob, Known(self._objects.digest(blob, size), size))
            elif size is not None:
                self._note(blob, self._objects.read(blob))
        return self._known.get(blob)

    def links(self, path: str, blob: str) -> LinkFacts:
        """What a file says about others. One that cannot be read, or is too large to be parsed, is broken."""
        kind = kind_of(path)
        if kind is None:
            return EMPTY
        known = self.known(blob)
        if known is None or known.size > _TOO_LARGE:
            return LinkFacts(broken=1)
        key = (kind, known.digest)
        if key not in self._links:
            packed = (self._pack or {}).get(blob)
            text: str | bytes | None = self._texts.get(key)
            if text is None and packed is not None and packed.kind == kind:
                text = bytes(packed.links)
            text = text or self._memory.fact(links_of(kind), known.digest) or self._parse(kind, blob, known)
            self._links[key] = decode_links(text)
        return self._links[key]

    def symbols(self, path: str, blob: str) -> SymbolFacts | None:
        """What a Python file defines; None for what is not Python, or is broken."""
        kind = kind_of(path)
        known = self.known(blob)
        if kind is None or known is None or known.size > _TOO_LARGE:
            return None
        text = self._memory.fact(symbols_of(kind), known.digest)
        if text is None:
            self._parse(kind, blob, known)
            text = self._memory.fact(symbols_of(kind), known.digest) or ""
        return decode_symbols(text) if text else None

    def data(self, blob: str) -> bytes:
        """The bytes of a blob. Raises OutsideError when it is not there."""
        return self._objects.read(blob)

    def missing(self, blob: str) -> OutsideError:
        """The error for a blob that is not there."""
        return self._objects.missing(blob)

    def _parse(self, kind: str, blob: str, known: Known) -> str:
        facts = extract(kind, self._objects.read(blob))
        text = encode(facts.links)
        self._memory.remember(links_of(kind), known.digest, text)
        self._memory.remember(symbols_of(kind), known.digest, "" if facts.symbols is None else encode(facts.symbols))
        return text

    def _recall(self, blobs: Iterable[str]) -> None:
        for blob, text in self._memory.facts(_BLOB, blobs).items():
            value, size, *marks = text.split(" ")
            self._known[blob] = Known(value, int(size), bool(marks))

    def _recall_links(self, code: Mapping[str, str]) -> None:
        for kind in sorted(set(code.values())):
            wanted = [self._known[blob].digest for blob, one in code.items() if one == kind and blob in self._known]
            found = self._memory.facts(links_of(kind), wanted)
            self._texts.update({(kind, digest): text for digest, text in found.items()})

    def _read(self, blobs: Iterable[str], code: Mapping[str, str]) -> None:
        """Read blobs nobody has read before: digests here, facts in other processes."""
        wanted = list(dict.fromkeys(blobs))
        sizes = self._objects.sizes(wanted)
        for blob in wanted:
            if blob not in sizes:
                raise self._objects.missing(blob)  # what it would say is known to nobody
        chosen = [blob for blob in wanted if sizes[blob] <= (_TOO_LARGE if blob in code else _READ_AHEAD)]

        def sources() -> Iterator[Source]:
            for blob, data in self._objects.read_many(chosen):
                if data is None:
                    continue
                known = self._note(blob, data)
                if blob in code:
                    yield Source(known.digest, code[blob], data)

        for one in parse_all(sources(), size=sum(sizes[blob] for blob in chosen if blob in code)):
            self._texts[one.kind, one.key] = one.links
            self._memory.remember(links_of(one.kind), one.key, one.links)
            self._memory.remember(symbols_of(one.kind), one.key, one.symbols or "")

    def _note(self, blob: str, data: bytes) -> Known:
        return self._remember(blob, Known(digest.of_bytes(data), len(data), data.startswith(_POINTER)))

    def _remember(self, blob: str, known: Known) -> Known:
        self.learned += 1
        self._known[blob] = known
        mark = " pointer" if known.pointer else ""
        self._memory.remember(_BLOB, blob, f"{known.digest} {known.size}{mark}")
        return known
