"""Plain values of `seatrial.yaml` with a meaning: switches, counts, sizes in bytes, times in seconds.

Called by the readers of stages, tiers and the project. Each notes a mistake and returns something
harmless.
"""

from __future__ import annotations

import math
import re

from seatrial.config.names import seconds
from seatrial.config.node import Node, kind

SIZE = re.compile(r"([0-9]+(?:\.[0-9]+)?) ?(B|[kKMGT]i?B)\Z")
_UNITS = {
    "B": 1,
    "kB": 10**3, "KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12,
    "kiB": 1 << 10, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "TiB": 1 << 40,
}  # fmt: skip


_FLAGS = {"yes": "true", "on": "true", "true": "true", "no": "false", "off": "false", "false": "false"}


def flag(node: Node, key: str, default: bool) -> bool:
    """`true` or `false` under a key."""
    child = node.child(key)
    if child is None:
        return default
    if isinstance(child.value, bool):
        return child.value
    meant = _FLAGS.get(child.value.lower()) if isinstance(child.value, str) else None
    step = f"write `{key}: {meant}`" if meant else f"write `{key}: true` or `{key}: false`"
    child.complain(f"{key} must be true or false, not {kind(child.value)}", step)
    return default


def count(node: Node, what: str, *, least: int = 0, most: int = 1_000_000, such: int | None = None) -> int:
    """A whole number. `such` is one that is usual."""
    value = node.value
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        node.complain(f"{what} must be a whole number from {least} to {most:,}", f"write e.g. {such or max(least, 1)}")
        return least
    return value


def size(node: Node, what: str) -> int:
    """A number of bytes: `2GiB`, `500MB`, or a plain number of bytes."""
    amount = in_bytes(node.value)
    if amount is None:
        node.complain(f"{what} must be a positive size", "write e.g. `2GiB`, `500MB`, or a number of bytes")
        return 1
    return amount


def in_bytes(value: object) -> int | None:
    """A positive number of bytes, plain or as `2GiB`, `500MB`; None when it is none."""
    if isinstance(value, int) and not isinstance(value, bool) and value > 0:
        return value
    found = SIZE.match(value) if isinstance(value, str) and len(value) <= 30 else None
    amount = int(float(found.group(1)) * _UNITS[found.group(2)]) if found else 0
    return amount if amount > 0 else None


def duration(node: Node, what: str) -> float:
    """A positive time in seconds: `90`, `90s`, `10m`, `2h`, `1d`."""
    found = seconds(node.value)
    if found is None or not math.isfinite(found):
        node.complain(f"{what} must be a positive time", "write seconds, or `90s`, `10m`, `2h`, `1d`")
        return 1.0
    return found
