"""The digest of a binning, by which two profiles know that they may be compared. Called by `binning` and
`coherence`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

import msgspec

from seatrial import digest
from seatrial.data.profile.records import Binning, ColumnBinning


def frozen(columns: Mapping[str, ColumnBinning], left_out: tuple[str, ...], aside: tuple[str, ...] = ()) -> Binning:
    """A binning with its digest."""
    return Binning(columns=dict(columns), digest=digest_of(columns, left_out, aside), left_out=left_out, aside=aside)


def refrozen(binning: Binning, names: Collection[str]) -> Binning:
    """The bins of these columns alone, with their own digest: a binning that was extended keeps that of the reference
    it extends, so that it cannot be told by it."""
    columns = {name: binning.columns[name] for name in names}
    left_out, aside = (tuple(name for name in some if name in columns) for some in (binning.left_out, binning.aside))
    return frozen(columns, left_out, aside)


def digest_of(columns: Mapping[str, ColumnBinning], left_out: tuple[str, ...], aside: tuple[str, ...] = ()) -> str:
    """The digest of all that decides how values are counted, and rows compared."""
    content: dict[str, digest.Json] = {
        "columns": {name: msgspec.to_builtins(binning) for name, binning in columns.items()},
        "left_out": sorted(left_out),
    }
    if aside:
        content["aside"] = sorted(aside)
    return digest.of_record("data-binning/1", content)
