"""Texts of one column as codes that are given out as texts are met. Called by `reading`, piece by piece.

A piece's texts are first reduced to those that differ, so that the rule of canonical text is applied to a handful of
values and not to a hundred million.
"""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from seatrial.errors import EvidenceError, Place
from seatrial.evidence.large.table import MOST_NAMES
from seatrial.evidence.parquet_table import typed
from seatrial.evidence.row_checks import checked
from seatrial.evidence.table_roles import RawTable, Role, RowFaults

_WHAT = {"label": "classes", "prediction": "classes"}


class Names:
    """The texts of one column so far."""

    def __init__(self, role: Role, file: str) -> None:
        self.role = role
        self._file = file
        self._codes: dict[str, int] = {}

    @property
    def texts(self) -> tuple[str, ...]:
        """In the order of their codes."""
        return tuple(self._codes)

    def code(self, values: pl.Series, first: int, faults: RowFaults) -> NDArray[np.uint16] | None:
        """The codes of a piece whose first row is `first`; None where some cell cannot be used, which is noted.

        Raises EvidenceError for more different texts than there are codes.
        """
        distinct = values.unique()
        self._refuse_many(distinct.len())
        probe = RowFaults(self._file)
        texts = self._texts(distinct, 0, probe)
        if probe.problems():
            self._texts(values, first, faults)
            return None
        codes = np.array([self._codes.setdefault(text, len(self._codes)) for text in texts], dtype=np.int64)
        self._refuse_many(len(self._codes))
        if values.dtype == pl.String:
            at = values.cast(pl.Enum(distinct)).to_physical().to_numpy()
        else:
            at = values.replace_strict(distinct, pl.Series(range(distinct.len())), return_dtype=pl.UInt32).to_numpy()
        made: NDArray[np.uint16] = codes.astype(np.uint16)[at]
        return made

    def _texts(self, values: pl.Series, first: int, faults: RowFaults) -> pl.Series:
        raw = typed(values.alias(self.role.column).to_frame(), [self.role], self._file, faults, first=first)
        return checked(RawTable(frame=raw.frame, first=first), [self.role], faults)[self.role.target]

    def _refuse_many(self, count: int) -> None:
        if count > MOST_NAMES:
            what = _WHAT.get(self.role.declared, "groups")
            raise EvidenceError(
                f"`{self.role.column}` has more than {MOST_NAMES:,} different values, too many to be {what} in a table "
                "that is read in pieces",
                place=Place(file=self._file, key=self.role.column),
                next_step=f"Judge on fewer rows, the same for both models, or write fewer {what}.",
            )
