"""The digest of a binning, by which two profiles know that they may be compared. Called by `binning` and
`coherence`.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from seatrial import digest
from seatrial.data.profile.records import Binning, ColumnBinning


def frozen(columns: Mapping[str, ColumnBinning], left_out: tuple[str, ...], aside: tuple[str, ...] = ()) -> Binning:
    """A binning with its digest."""
    return Binning(columns=dict(columns), digest=digest_of(columns, left_out, aside), left_out=left_out, aside=aside)


def digest_of(columns: Mapping[str, ColumnBinning], left_out: tuple[str, ...], aside: tuple[str, ...] = ()) -> str:
    """The digest of all that decides how values are counted, and rows compared."""
    content: dict[str, digest.Json] = {
        "columns": {name: msgspec.to_builtins(binning) for name, binning in columns.items()},
        "left_out": sorted(left_out),
    }
    if aside:
        content["aside"] = sorted(aside)
    return digest.of_record("data-binning/1", content)
