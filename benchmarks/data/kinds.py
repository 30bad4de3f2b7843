"""What a corruption is, and how somebody who knows what broke would look for it.

A kind says which column it damages, by how much, and its `view`: the one thing an ideal test for just this damage
would look at. `power.py` measures on that view how large the damage is and whether any honest test could show it with
so many rows. No view knows how Seatrial works; the floors it is held against are the declared ones.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from benchmarks.data.roles import NewIds, Roles, Table


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What is to be damaged: a frame, what it is compared with, and the column that plays the asked role."""

    frame: pl.DataFrame
    reference: pl.DataFrame
    roles: Roles
    column: str
    new_ids: NewIds | None = None

    def some(self, share: float, rng: np.random.Generator) -> pl.Series:
        """True in a share of the rows, in one at least."""
        n = self.frame.height
        mask = np.zeros(n, dtype=bool)
        mask[rng.choice(n, size=max(1, round(share * n)), replace=False)] = True
        return pl.Series(mask)

    def put(self, values: pl.Series | pl.Expr, column: str | None = None) -> pl.DataFrame:
        """The frame with another column, in the same place."""
        return self.frame.with_columns(values.alias(column or self.column))

    def where(self, mask: pl.Series, values: pl.Series | pl.Expr | Any) -> pl.DataFrame:
        """The frame with `values` where the mask says so."""
        return self.put(pl.when(mask).then(values).otherwise(pl.col(self.column)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One side, as a view looks at it: the reference or the current frame, beside the reference."""

    frame: pl.DataFrame
    reference: pl.DataFrame
    roles: Roles
    column: str

    @property
    def values(self) -> pl.Series:
        return self.frame[self.column]


@dataclass(frozen=True, slots=True)
class Fact:
    """The schema says it: no statistics are needed."""


@dataclass(frozen=True, slots=True)
class Marked:
    """The share of rows with a mark."""

    mark: Callable[[Seen], pl.Series]


@dataclass(frozen=True, slots=True)
class Spread:
    """The distribution of one value of each row; words or numbers."""

    values: Callable[[Seen], pl.Series]


@dataclass(frozen=True, slots=True)
class Together:
    """The rank correlation of two values of each row."""

    pair: Callable[[Seen], tuple[pl.Series, pl.Series]]


@dataclass(frozen=True, slots=True)
class Ranked:
    """How well a value of each row tells the label, as area under the curve."""

    score: Callable[[Seen], pl.Series]


View = Fact | Marked | Spread | Together | Ranked


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One way in which data breaks. `on` are roles; the first that a table has is damaged. `amount` says what the
    magnitudes are; `needs` are further roles without which the kind makes no sense."""

    name: str
    about: str
    on: tuple[str, ...]
    amount: str
    magnitudes: tuple[float, ...]
    apply: Callable[[Given, float, np.random.Generator], pl.DataFrame]
    view: View
    needs: tuple[str, ...] = ()

    def column(self, table: Table) -> str | None:
        """The column that is damaged, None where the table has none."""
        if not all(getattr(table.roles, role) for role in self.needs):
            return None
        found = next((getattr(table.roles, role) for role in self.on if getattr(table.roles, role)), None)
        return found[0] if isinstance(found, tuple) else found

    def damaged(
        self, table: Table, frame: pl.DataFrame, reference: pl.DataFrame, magnitude: float, seed: int
    ) -> pl.DataFrame:
        """The frame as it comes out of the accident."""
        column = self.column(table)
        if column is None:
            raise ValueError(f"{table.name} has nothing that {self.name} could damage")
        given = Given(frame=frame, reference=reference, roles=table.roles, column=column,
                      new_ids=table.new_ids)  # fmt: skip
        return self.apply(given, magnitude, np.random.default_rng([seed, *self.name.encode()]))


def positive(labels: pl.Series, reference: pl.Series) -> pl.Series:
    """Two classes out of many: a label above the reference's median, or the larger of two."""
    return labels > (0 if reference.n_unique() == 2 else reference.median())
