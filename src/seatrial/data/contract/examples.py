"""Example rows, as text that may be shown: at most a few, and nothing of columns marked sensitive.

Called for findings that name rows, by the report and by `--json`. Only the files that hold one of the rows are
read, and only up to the last of them. What comes out goes into Markdown, HTML and terminals: control characters are
written out and long values are cut, so that a cell cannot forge what stands around it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

import polars as pl

from seatrial.data.contract.wording import HIDDEN
from seatrial.data.policy import EXAMPLES
from seatrial.data.reading.batches import row_count, scan
from seatrial.data.reading.faults import told
from seatrial.data.reading.records import Dataset, Partition

ROW = "row"
LONGEST = 80
"""Characters of a value that are shown."""
_CUT = "..."


def example_rows(
    dataset: Dataset, rows: Sequence[int], *, sensitive: Collection[str] = (), columns: Sequence[str] | None = None
) -> tuple[Mapping[str, str], ...]:
    """The values of at most `EXAMPLES` rows, ascending, by column; `row` is the number of the row.

    `sensitive` are names of leaves or of columns, masked whole. `columns` are the columns to show, None all. A null
    is an empty text. Raises EvidenceError for a file that cannot be read any more.
    """
    hidden = {name.partition("[")[0] for name in sensitive} | set(sensitive)
    wanted = sorted(set(rows))[:EXAMPLES]
    found: list[Mapping[str, str]] = []
    for partition, first, inside in _located(dataset, wanted):
        with told(partition):
            taken = scan(dataset, partition, sources=columns)
            numbered = taken.with_row_index("\0row").filter(pl.col("\0row").is_in(inside)).head(len(inside))
            for row in numbered.collect(engine="streaming").iter_rows(named=True):
                number = str(row.pop("\0row") + first)
                found.append({ROW: number} | {name: _shown(name, value, hidden) for name, value in row.items()})
    return tuple(found)


def _located(dataset: Dataset, rows: Sequence[int]) -> Iterator[tuple[Partition, int, list[int]]]:
    """The files that hold the rows, the number of their first row, and the rows counted within each."""
    first, left = 0, list(rows)
    for partition in dataset.partitions:
        if not left:
            return
        count = row_count(partition)
        inside = [row - first for row in left if row < first + count]
        if inside:
            yield partition, first, inside
        left = left[len(inside) :]
        first += count


def _shown(name: str, value: object, hidden: Collection[str]) -> str:
    if name in hidden or any(name.startswith(f"{outer}.") for outer in hidden):
        return HIDDEN
    return visible(value)


def visible(value: object) -> str:
    """A value as one short line in which nothing is hidden."""
    if value is None:
        return ""
    if isinstance(value, bytes):
        return f"{len(value):,} bytes"
    if isinstance(value, list):
        inner = ", ".join(visible(entry) for entry in value[:8])
        return _cut(f"[{inner}{', ' + _CUT if len(value) > 8 else ''}]")
    if value == "":
        return '""'
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return _cut("".join(_sign(sign) for sign in text[: LONGEST + 1]))


def _sign(sign: str) -> str:
    return sign if sign.isprintable() else ascii(sign)[1:-1]


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else text[: LONGEST - len(_CUT)] + _CUT
