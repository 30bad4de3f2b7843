"""Two files that should be the same, compared: bytes first, and values where a tolerance was declared.

Called by the flow that runs a stage twice. A file that cannot be read as what its suffix says is compared
by bytes: what a tolerance means is then unknown, and unknown is no pass.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

from seatrial.digest import Json
from seatrial.evidence import parquet_rows
from seatrial.evidence.clues import clues
from seatrial.evidence.sameness import FileComparison, Sameness, Spot, differing_json, differing_rows

_CHUNK = 1 << 20
_LOOKED_AT = 8 << 20  # bytes of each file in which clues are looked for
_AROUND = 24  # bytes shown at the first difference
_LARGEST = 256 << 20  # bytes of a file that is compared by value


def compare_files(
    one: Path, other: Path, *, shown: str, tolerance: float | None, exact: frozenset[str] = frozenset()
) -> FileComparison:
    """How two files compare. `exact` names columns of a table whose values must have the same text."""
    spot = first_difference(one, other)
    if spot is None:
        return FileComparison(path=shown, sameness=Sameness.EQUAL)
    if max(one.stat().st_size, other.stat().st_size) <= _LARGEST:
        compared = _by_value(one, other, shown, tolerance or 0.0, exact)
        if isinstance(compared, Spot):
            spot = compared  # a key or a cell says more than the number of a byte
        elif compared and tolerance is not None:
            return FileComparison(path=shown, sameness=Sameness.WITHIN, spot=spot)
    return FileComparison(
        path=shown, sameness=Sameness.DIFFERENT, spot=spot, clues=clues(_beginning(one), _beginning(other))
    )


def first_difference(one: Path, other: Path) -> Spot | None:
    """The first byte at which two files differ, counted from 0; None when they are equal."""
    offset = 0
    with one.open("rb") as left, other.open("rb") as right:
        while True:
            a, b = left.read(_CHUNK), right.read(_CHUNK)
            if a != b:
                length = min(len(a), len(b))
                at = next((place for place in range(length) if a[place] != b[place]), length)
                return Spot(place=f"byte {offset + at}", first=_excerpt(a[at:]), second=_excerpt(b[at:]))
            if not a:
                return None
            offset += len(a)


def _by_value(one: Path, other: Path, shown: str, tolerance: float, exact: frozenset[str]) -> Spot | bool:
    """The first value that differs, True when none does, False when the files cannot be compared by value."""
    compare = _READERS.get(Path(shown).suffix.lower())
    if compare is None:
        return False
    try:
        return compare(one, other, tolerance, exact) or True
    except (ValueError, RecursionError, csv.Error):
        return False


def _json(one: Path, other: Path, tolerance: float, _exact: frozenset[str]) -> Spot | None:
    return differing_json(_parsed(one.read_text()), _parsed(other.read_text()), tolerance)


def _json_lines(one: Path, other: Path, tolerance: float, _exact: frozenset[str]) -> Spot | None:
    left, right = ([_parsed(line) for line in path.read_text().splitlines() if line.strip()] for path in (one, other))
    return differing_json(left, right, tolerance)


def _csv(one: Path, other: Path, tolerance: float, exact: frozenset[str]) -> Spot | None:
    left, right = (list(csv.reader(io.StringIO(path.read_text(), newline=""), strict=True)) for path in (one, other))
    return differing_rows(left, right, tolerance, exact=exact)


_READERS: dict[str, Callable[[Path, Path, float, frozenset[str]], Spot | None]] = {
    ".json": _json,
    ".jsonl": _json_lines,
    ".ndjson": _json_lines,
    ".csv": _csv,
    ".parquet": parquet_rows.differing,
}


def _parsed(text: str) -> Json:
    value: Json = json.loads(text, object_pairs_hook=_object)
    return value


def _object(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice, so that not all values can be compared")
    return found


def _beginning(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(_LOOKED_AT)


def _excerpt(data: bytes) -> str:
    if not data:
        return "(end of file)"
    return repr(data[:_AROUND].decode(errors="backslashreplace"))
