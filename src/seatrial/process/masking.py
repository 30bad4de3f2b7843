"""Secret values in a stream of bytes, in every form a program is likely to print them in.

Pure. Called by the pump that carries a command's output into its log, and by the executor, which
looks for secrets in what a stage wrote. A value is known as it is, line by line, and as base64
(inside a longer text, too), hexadecimal, percent-encoded, JSON, shell and Python text.

Subtle: a stream comes in chunks that may end in the middle of a secret, so the masker holds back
as many bytes as its longest form is long, less one. Forms of fewer than four bytes would mask half
of every log; a value that short is refused before it comes here.
"""

from __future__ import annotations

import binascii  # base64 itself would be one more module to load for every start
import json
import re
import shlex
from collections.abc import Iterable, Iterator
from urllib.parse import quote, quote_plus

SHORTEST = 4
"""Fewest characters of a value that can be masked."""

MASK = b"***"
_WRAPS = (76, 64)  # columns at which `base64`, and `openssl` or PEM, break lines


def forms(values: Iterable[str]) -> tuple[bytes, ...]:
    """Every form of some values, the longest first, so that a part never hides the whole."""
    found: set[bytes] = set()
    for value in values:
        for text in (value, *value.splitlines()):
            found.update(_forms(text))
            found.update(_forms(text.strip()))
    return tuple(sorted((form for form in found if len(form) >= SHORTEST), key=lambda form: (-len(form), form)))


class Masker:
    """Replaces every form in a stream. Feed it chunks, and `finish` it for what it held back."""

    def __init__(self, forms: tuple[bytes, ...]) -> None:
        """`forms` are not empty, the longest first."""
        self._pattern = _pattern(forms)
        self._longest = len(forms[0])
        self._held = b""

    def feed(self, chunk: bytes) -> bytes:
        """What may be shown of the stream so far."""
        data = self._held + chunk
        return self._take(data, max(0, len(data) - self._longest + 1))

    def finish(self) -> bytes:
        """The rest."""
        return self._take(self._held, len(self._held))

    def _take(self, data: bytes, until: int) -> bytes:
        """Mask what begins before `until`: whatever begins there lies in `data` as a whole."""
        shown: list[bytes] = []
        at = 0
        while at < until and (match := self._pattern.search(data, at)) and match.start() < until:
            shown += (data[at : match.start()], MASK)
            at = match.end()
        until = max(at, until)
        shown.append(data[at:until])
        self._held = data[until:]
        return b"".join(shown)


def masked(text: str, values: Iterable[str]) -> str:
    """A text in which every form of some values is replaced."""
    known = forms(values)
    if not known:
        return text
    return _pattern(known).sub(MASK, text.encode("utf-8", "surrogateescape")).decode("utf-8", "surrogateescape")


def holds(chunks: Iterable[bytes], forms: tuple[bytes, ...]) -> bool:
    """Whether any form stands in a stream, also across its chunks."""
    if not forms:
        return False
    pattern, overlap = _pattern(forms), len(forms[0]) - 1
    before = b""
    for chunk in chunks:
        data = before + chunk
        if pattern.search(data):
            return True
        before = data[-overlap:]
    return False


def _pattern(forms: tuple[bytes, ...]) -> re.Pattern[bytes]:
    return re.compile(b"|".join(map(re.escape, forms)))


def _forms(text: str) -> Iterator[bytes]:
    data = text.encode("utf-8", "surrogateescape")
    if len(data) < SHORTEST:
        return
    yield data
    yield from _base64(data)
    yield data.hex().encode()
    yield data.hex().upper().encode()
    for quoted in (quote(data, safe=""), quote(data), quote_plus(data)):
        yield quoted.encode()
        yield re.sub("%[0-9A-F]{2}", lambda found: found.group().lower(), quoted).encode()
    for written in _literals(text):
        yield written.encode("utf-8", "surrogateescape")
    yield repr(data)[2:-1].encode()


def _literals(text: str) -> Iterator[str]:
    """As it stands between the quotes of JSON, Python and shell text."""
    for escaped in (json.dumps(text), json.dumps(text, ensure_ascii=False)):
        yield escaped[1:-1]
        yield escaped[1:-1].replace("/", "\\/")
    yield repr(text)[1:-1]
    yield shlex.quote(text).removeprefix("'").removesuffix("'")
    yield text.replace("'", "'\\''")
    yield re.sub(r"([^\w@%+=:,./-])", r"\\\1", text, flags=re.ASCII)  # bash's `printf %q`


def _base64(data: bytes) -> Iterator[bytes]:
    """On its own, with and without padding; and inside a text, where it begins at one of three places in a
    group of three bytes: only the letters that its own bits decide on are known then."""
    for encode in (_plain_base64, _safe_base64):
        whole = encode(data)
        yield whole
        yield whole.rstrip(b"=")
        for before in range(3):
            letters = encode(bytes(before) + data)[-(-8 * before // 6) : 8 * (before + len(data)) // 6]
            yield letters
            if before == 0:
                for columns in _WRAPS:
                    if len(letters) > columns:
                        yield from (letters[at : at + columns] for at in range(0, len(letters), columns))


def _plain_base64(data: bytes) -> bytes:
    return binascii.b2a_base64(data, newline=False)


def _safe_base64(data: bytes) -> bytes:
    return _plain_base64(data).translate(bytes.maketrans(b"+/", b"-_"))
