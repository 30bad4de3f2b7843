"""A column of many users tells no two samples of the same source apart."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from seatrial.data.codes import Check
from seatrial.data.decide import decide
from seatrial.data.joint.jointly import jointly
from seatrial.data.joint.tables import chosen_by_the_reference
from seatrial.data.policy import Contract
from seatrial.verdict import Verdict
from tests.support.profiled import profile_of


def table(seed: int, rows: int, users: int) -> pl.DataFrame:
    """Independent rows of the same source, whatever the seed."""
    rng = np.random.default_rng(seed)
    named = [f"U-{user:06d}" for user in rng.zipf(1.3, rows) % users]
    level = [f"level {step}" for step in rng.integers(0, 4, rows)]
    return pl.DataFrame({"user": named, "level": level, "x": rng.normal(size=rows), "y": rng.exponential(size=rows)})


@pytest.mark.parametrize(("rows", "users"), [(1_000, 500), (3_000, 2_500)])
def test_other_rows_of_the_same_users_are_not_told_apart(rows: int, users: int) -> None:
    """The words that are counted are the reference's own, and no clean sample has as many of them."""
    before = table(1, rows, users)
    reference = profile_of(before)
    claims, _ = jointly(reference, profile_of(table(2, rows, users), reference=before), Contract(), seed=1)
    found = [finding for finding in decide(claims, q=0.01) if finding.check == Check.CLASSIFIER]

    assert [finding.verdict for finding in found] == [Verdict.PASS]
    assert chosen_by_the_reference(reference, "user")


def test_words_that_any_rows_have_stay_in() -> None:
    assert not chosen_by_the_reference(profile_of(table(1, 2_000, 500)), "level")
