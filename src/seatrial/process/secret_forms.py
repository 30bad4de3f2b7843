"""The forms in which programs print a value: as it is, encoded, quoted, escaped.

Pure. Called by `masking.py`. A value is known as it is, line by line, and as base64 (inside a longer text, too, and
once more encoded), base32, hexadecimal, percent-encoded once and twice, HTML, JSON, shell and Python text, and
backwards.

What is subtle: inside a longer text an encoding begins in the middle of a group of bytes. Only the letters that the
value's own bits decide on are known then, and there is one such form for each place in the group.
"""

from __future__ import annotations

import binascii  # base64 itself would be one more module to load for every start
import json
import re
import shlex
from collections.abc import Callable, Iterator
from urllib.parse import quote, quote_plus

SHORTEST = 4
"""Fewest characters of a value that can be masked."""

_WRAPS = (76, 64)  # columns at which `base64`, and `openssl` or PEM, break lines
_BASE32 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_GROUP32 = 5
_QUOTES = (  # `"` and `'` in HTML: of Python, of templates in Go and Jinja, of others, of XML, and left alone
    ("&quot;", "&#x27;"),
    ("&#34;", "&#39;"),
    ("&quot;", "&#39;"),
    ("&quot;", "&apos;"),
    ("&quot;", "'"),
    ('"', "'"),
)
_ESCAPE = re.compile("%(?:25)?[0-9A-F]{2}")


def forms_of(value: str) -> set[bytes]:
    """Every form of a value, and of each of its lines, that is not too short to be looked for."""
    found: set[bytes] = set()
    for text in (value, *value.splitlines()):
        found.update(_forms(text))
        found.update(_forms(text.strip()))
    return {form for form in found if len(form) >= SHORTEST}


def _forms(text: str) -> Iterator[bytes]:
    data = text.encode("utf-8", "surrogateescape")
    if len(data) < SHORTEST:
        return
    yield data
    yield from _base64(data)
    yield from _twice_base64(data)
    yield from _base32(data)
    yield data.hex().encode()
    yield data.hex().upper().encode()
    for quoted in (quote(data, safe=""), quote(data), quote_plus(data)):
        for escaped in (quoted, quoted.replace("%", "%25")):
            yield escaped.encode()
            yield _ESCAPE.sub(lambda found: found[0].lower(), escaped).encode()
    for written in (*_literals(text), *_html(text), text[::-1]):
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


def _html(text: str) -> Iterator[str]:
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    for double, single in _QUOTES:
        yield escaped.replace('"', double).replace("'", single)


def _base64(data: bytes) -> Iterator[bytes]:
    """On its own, with and without padding, and inside a text."""
    for encode in (_plain_base64, _safe_base64):
        whole = encode(data)
        yield whole
        yield whole.rstrip(b"=")
        yield from _within(data, encode, bits=6, group=3)
        letters = next(_within(data, encode, bits=6, group=3))
        for columns in _WRAPS:
            if len(letters) > columns:
                yield from (letters[at : at + columns] for at in range(0, len(letters), columns))


def _twice_base64(data: bytes) -> Iterator[bytes]:
    """As a password in a configuration of docker that is a secret of Kubernetes."""
    whole = _plain_base64(data)
    yield _plain_base64(whole).rstrip(b"=")
    for once in (whole, *_within(data, _plain_base64, bits=6, group=3)):
        yield from _within(once, _plain_base64, bits=6, group=3)


def _base32(data: bytes) -> Iterator[bytes]:
    """As `_base64`."""
    yield _plain_base32(data)
    yield from _within(data, _plain_base32, bits=5, group=_GROUP32)


def _within(data: bytes, encode: Callable[[bytes], bytes], *, bits: int, group: int) -> Iterator[bytes]:
    """Inside of a text, where it begins at one of the places in a group of bytes: the letters that it decides on."""
    for before in range(group):
        yield encode(bytes(before) + data)[-(-8 * before // bits) : 8 * (before + len(data)) // bits]


def _plain_base64(data: bytes) -> bytes:
    return binascii.b2a_base64(data, newline=False)


def _safe_base64(data: bytes) -> bytes:
    return _plain_base64(data).translate(bytes.maketrans(b"+/", b"-_"))


def _plain_base32(data: bytes) -> bytes:
    """Without padding."""
    letters = bytearray()
    for at in range(0, len(data), _GROUP32):
        group = int.from_bytes(data[at : at + _GROUP32].ljust(_GROUP32, b"\0"), "big")
        letters += bytes(_BASE32[group >> shift & 31] for shift in range(35, -1, -5))
    return bytes(letters[: -(-8 * len(data) // 5)])
