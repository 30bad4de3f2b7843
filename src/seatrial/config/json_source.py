"""Strict JSON settings: the reader that evidence uses, with its complaints as configuration errors.

Called through `gates.parse_source` for a parameters or gates file that ends in `.json`. Places
point at values, never at keys.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping

from seatrial.config.source import KeyPath, Position, Source
from seatrial.config.yaml_source import MAX_BYTES, MAX_DEPTH
from seatrial.errors import ConfigError, EvidenceError
from seatrial.evidence.strict_json import examine, loads


def parse_json(data: bytes, file: str) -> Source:
    """The values of a JSON file. Raises ConfigError for anything that is not strict JSON."""
    try:
        value = loads(data, file=file, max_bytes=MAX_BYTES, max_depth=MAX_DEPTH)
        walk = examine(data, file=file, max_depth=MAX_DEPTH)
    except EvidenceError as error:
        raise ConfigError(str(error), problems=error.problems) from None
    return Source(file=file, value=value, positions=_positions(walk.text, walk.offsets))


def _positions(text: str, offsets: Mapping[KeyPath, int]) -> Mapping[KeyPath, Position]:
    starts = [0, *(at + 1 for at, character in enumerate(text) if character == "\n")]
    found = {}
    for path, offset in offsets.items():
        line = bisect_right(starts, offset)
        found[path] = Position(None, (line, offset - starts[line - 1] + 1))
    return found
