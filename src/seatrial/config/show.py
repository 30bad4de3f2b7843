"""`config --show`: every value in use and where it came from, as text and as JSON.

Called by the cli. Pure. The text fits 80 columns: a value stands left and its origin right, and
a value that is too long for that is wrapped below its key.
"""

from __future__ import annotations

import json
import textwrap
from collections.abc import Sequence

from seatrial.config.origins import Origin
from seatrial.config.scalars import resolve
from seatrial.report.escape import uncommanding

SCHEMA_VERSION = 1
_INDENT = "    "


def as_json(origins: Sequence[Origin]) -> dict[str, object]:
    """`{"schema_version": 1, "values": [{"key", "value", "where"}, ...]}`."""
    values = [{"key": origin.key, "value": origin.value, "where": origin.where} for origin in origins]
    return {"schema_version": SCHEMA_VERSION, "values": values}


def as_text(origins: Sequence[Origin], *, width: int = 80) -> str:
    """One paragraph a section, one line a value where it fits; no line end after the last."""
    lines: list[str] = []
    section = None
    for origin in origins:
        head = origin.key.partition(".")[0] if "." in origin.key else ""
        if section is not None and head != section:
            lines.append("")
        section = head
        lines += _lines(origin, width)
    return "\n".join(lines)


def _lines(origin: Origin, width: int) -> list[str]:
    key = uncommanding(origin.key)
    left = f"{key} = {shown_value(origin.value)}"
    where = _printable(origin.where)
    if len(left) + 2 + len(where) <= width:
        return [f"{left}{where:>{width - len(left)}}"]
    wrapped = textwrap.wrap(
        shown_value(origin.value),
        width - len(_INDENT),
        initial_indent=_INDENT,
        subsequent_indent=_INDENT,
        break_on_hyphens=False,
        break_long_words=False,
    )
    head = f"{key} ="
    if len(head) + 2 + len(where) <= width:
        return [f"{head}{where:>{width - len(head)}}", *wrapped]
    return [*textwrap.wrap(head, width, break_on_hyphens=False, break_long_words=False), f"{where:>{width}}", *wrapped]


def shown_value(value: object) -> str:
    """A value as one would write it in YAML: text bare where that means the same, else in quotes."""
    if isinstance(value, str):
        return value if _bare(value) else _printable(json.dumps(value, ensure_ascii=False))
    return _printable(json.dumps(value, ensure_ascii=False))


def _bare(text: str) -> bool:
    try:
        return resolve(text) == text and _printable(text) == text and text.strip() == text
    except ValueError:
        return False


def _printable(text: str) -> str:
    """Nothing that a terminal or a CI job would obey."""
    return uncommanding("".join(character if character.isprintable() else ascii(character)[1:-1] for character in text))
