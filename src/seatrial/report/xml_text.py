"""Text as XML 1.0 may hold it. Pure; called by `junit_xml.py`.

XML has no way to write most control characters, lone surrogates and two code points of every plane, not even escaped:
a file that holds one is broken for every reader. They are spelled out, as `escape.py` does it for people.
"""

from __future__ import annotations

import re

_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\t": "&#9;", "\n": "&#10;", "\r": "&#13;"}
_ATTRIBUTE = re.compile(r'[&<>"\t\n\r]')
_CONTENT = re.compile(r"[&<>\r]")  # `>` too, so that `]]>` never stands there


def attribute(text: str) -> str:
    """Text between double quotes."""
    return _ATTRIBUTE.sub(lambda found: _ENTITIES[found[0]], _allowed(text))


def content(text: str) -> str:
    """Text between tags."""
    return _CONTENT.sub(lambda found: _ENTITIES[found[0]], _allowed(text))


def _allowed(text: str) -> str:
    return _FORBIDDEN.sub(lambda found: _spelled(ord(found[0])), text)


def _spelled(point: int) -> str:
    return f"\\x{point:02x}" if point <= 0xFF else f"\\u{point:04x}"
