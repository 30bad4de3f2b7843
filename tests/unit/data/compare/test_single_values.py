"""Single values: which one changed most, what it may be, and what two bounded lists leave open."""

from __future__ import annotations

import math

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatrial.data.claims import Claim, Severity
from seatrial.data.compare import beyond, frequent, identifiers, wording
from seatrial.data.compare.frequent import listed, most_changed
from seatrial.data.compare.new_words import explained, is_closed, new_words, undamaged
from seatrial.data.compare.pair import Pair
from seatrial.data.policy import Drift
from seatrial.data.profile.records import Items, Numbers
from seatrial.verdict import Verdict
from tests.unit.data.compare.profiles import Value, binning, column
from tests.unit.data.compare.tables import findings, profile


def pair(before: list[Value], after: list[Value], *, id_like: bool = False) -> Pair:
    bins = binning(before)
    return Pair(
        name="x",
        before=column("x", before, bins),
        after=column("x", after, bins),
        binning=bins,
        drift=Drift(),
        severity=Severity.ERROR,
        alpha=1e-4,
        id_like=id_like,
    )


def normal(rows: int, seed: int) -> list[Value]:
    return [round(float(x), 3) for x in np.random.default_rng(seed).normal(20, 5, rows)]


def stands(claim: Claim | None) -> bool:
    """Whether a claim would fail alone."""
    return claim is not None and claim.p < 1e-3 and claim.low > claim.floor


def numbers(of: Pair, *, now: bool) -> Numbers:
    found = (of.after if now else of.before).numbers
    assert found is not None
    return found


def test_a_stuck_value_is_named() -> None:
    stuck = pair(normal(5_000, 1), [*normal(450, 2), *[20.123] * 50])

    claim = frequent.claim(stuck, stuck.before.items, stuck.after.items)

    assert stands(claim)
    assert claim is not None
    assert claim.message.startswith('the value "20.123" makes up 10.2 % of x')
    assert claim.guess == "; it looks stuck, or filled in"


def test_a_value_that_a_list_leaves_open_is_not_excluded() -> None:
    """What is told is the likeliest change, which is nearly none; `a` may have gone from 40 % to nothing at all."""
    before = Items(counts=(("a", 400), ("b", 300)), complete=False, missed=10)
    after = Items(counts=(("b", 310),), complete=False, missed=400)
    told = frequent.claim(pair(normal(1_000, 1), normal(1_000, 2)), before, after)

    assert told is not None
    assert told.estimate < 0.1
    assert told.high > 2 * math.asin(math.sqrt(0.4))


@pytest.mark.parametrize(
    ("value", "told"),
    [(-999.0, "a code for a missing value"), (0.0, "filled with zero"), (45.0, "cut off"), (20.5, "stuck")],
)
def test_a_frequent_value_is_explained(value: float, told: str) -> None:
    before: list[Value] = [x for x in normal(5_000, 1) if isinstance(x, float) and x < 44]
    before.append(50.0)
    odd = pair(before, [*normal(450, 2), *[value] * 50])
    claim = frequent.claim(odd, odd.before.items, odd.after.items)

    assert claim is not None
    assert told in claim.guess


def test_other_rows_of_the_same_source_have_no_stuck_value() -> None:
    clean = pair(normal(5_000, 1), normal(500, 2))

    assert not stands(frequent.claim(clean, clean.before.items, clean.after.items))


@given(missed=st.integers(0, 200), count=st.integers(1, 100))
def test_a_value_that_a_list_may_have_missed_is_never_called_more_changed_than_it_may_be(
    missed: int, count: int
) -> None:
    """The unlisted side is taken at its bound; where the bound leaves the direction open, nothing is said."""
    before = Items(counts=(), complete=False, missed=missed)
    after = Items(counts=(("a", count),), complete=True)

    changed, _ = most_changed(listed(before, after), 1_000, 1_000)

    assert [(c.reference, c.current) for c in changed] == ([(missed, count)] if count > missed else [])


def test_a_value_that_vanished_from_a_complete_list_counts_as_gone() -> None:
    before = Items(counts=(("a", 50), ("b", 50)), complete=True)
    after = Items(counts=(("b", 100),), complete=True)

    changed, looked = most_changed(listed(before, after), 100, 100)

    assert (changed[0].value, changed[0].current) == ("a", 0)
    assert looked == 2


def test_rows_far_outside_are_counted_and_sized() -> None:
    far = pair(normal(5_000, 1), [*normal(495, 2), *[20_000.0] * 5])

    claim = beyond.beyond(far, numbers(far, now=False), numbers(far, now=True))
    edge = numbers(far, now=False).most

    assert stands(claim)
    assert claim is not None
    assert f"1.0 % of x lies above {wording.figure(edge)}, the greatest value of the reference: " in claim.message
    assert claim.message.endswith("the farthest at 20000, about 1,000 times the usual")


def test_a_new_greatest_value_alone_is_no_alarm() -> None:
    near = pair(normal(5_000, 1), [*normal(499, 2), 60.0])

    assert not stands(beyond.beyond(near, numbers(near, now=False), numbers(near, now=True)))


def test_ids_that_repeat_are_found_and_those_that_never_did_are_not() -> None:
    before: list[Value] = [float(x) for x in range(5_000)]
    fresh: list[Value] = [float(x) for x in range(9_000, 9_500)]
    again = pair(before, [*fresh[:495], *fresh[:5]], id_like=True)

    assert stands(identifiers.repeated(again))
    assert identifiers.repeated(pair(before, fresh, id_like=True)) is None


def test_of_many_ids_a_hundredth_that_comes_twice_is_found() -> None:
    """More than a profile can list: what a sample of the values shows."""
    rng = np.random.default_rng(7)
    ids = rng.permutation(30_000) + 10**12
    before = profile(pl.DataFrame({"id": ids[:20_000], "x": ids[:20_000] % 50}))

    def told(now: np.ndarray) -> set[str]:
        made = findings(before, pl.DataFrame({"id": now, "x": now % 50}))
        return {finding.check for finding in made if finding.verdict is Verdict.FAIL}

    assert told(ids[20_000:25_000]) == set()
    assert told(np.concatenate([ids[20_000:24_950], ids[20_000:20_050]])) == {"drift.repeated"}


def test_one_new_word_in_a_closed_list_is_news_and_one_of_many_rare_ones_is_not() -> None:
    known: list[Value] = ["red", "green", "blue"] * 1_000
    rare: list[Value] = [*known, *(f"rare {i}" for i in range(60))]

    closed = new_words(pair(known, [*known[:490], *["pink"] * 10]))
    usual = new_words(pair(rare, [*known[:490], *(f"other {i}" for i in range(10))]))

    assert stands(closed)
    assert closed is not None
    assert '"pink"' in closed.message
    assert usual is not None
    assert not stands(usual)


def test_a_list_with_a_rare_word_is_not_closed() -> None:
    assert is_closed(Items(counts=(("a", 900), ("b", 100)), complete=True))
    assert not is_closed(Items(counts=(("a", 1_000), ("b", 1)), complete=True))
    assert not is_closed(Items(counts=(("a", 30), ("b", 20)), complete=True))


@pytest.mark.parametrize(
    ("word", "told"),
    [
        ("ZÃ¼rich", '"ZÃ¼rich" is "Zürich" in a wrong encoding'),
        ("zürich ", '"zürich " is "Zürich" written otherwise'),
        ("Zürch", '"Zürch" looks like a typo of "Zürich"'),
    ],
)
def test_a_new_word_is_explained_by_the_known_one_it_comes_from(word: str, told: str) -> None:
    assert explained([word], {"Zürich", "Bern", "Genf"}) == f"; {told}"


@pytest.mark.parametrize(
    ("word", "known"),
    [("US", "USD"), ("EUR", "EU"), ("B2", "A2"), ("2025", "2024"), ("room-12", "room-13"), ("male", "female")],
)
def test_two_codes_that_are_alike_are_no_typos_of_each_other(word: str, known: str) -> None:
    """Short words, numbers and words with more letters: one letter is all that tells them apart, or not enough."""
    assert explained([word], {known}) == ""


@pytest.mark.parametrize(
    ("word", "known"), [("retruned", "returned"), ("cancelled", "canceled"), ("paide", "paid"), ("room-12x", "room-12")]
)
def test_a_slip_in_a_longer_word_is_a_typo(word: str, known: str) -> None:
    assert "looks like a typo of" in explained([word], {known})


def test_a_word_like_no_known_one_is_not_explained() -> None:
    assert explained(["Atlantis"], {"Zürich", "Bern", "Genf"}) == ""


@given(st.text(alphabet="abc ÄÖÜäöüéèçñß€žš漢字", min_size=1).filter(lambda text: not text.isascii()))
def test_text_that_was_decoded_wrongly_is_repaired(text: str) -> None:
    assert undamaged(text.encode().decode("latin-1")) == text


def test_sound_text_is_left_alone() -> None:
    assert undamaged("plain") is None
    assert undamaged("Zürich") is None


@pytest.mark.parametrize(("rows", "alarms"), [(1_000, True), (300, False)])
def test_any_id_that_comes_again_more_than_by_chance_is_told_where_none_did(rows: int, alarms: bool) -> None:
    """Eight of 2,000 are 0.13 sd, below the floor with their bounds; of a reference with 500 rows they are a fact."""
    before: list[Value] = [float(place) for place in range(rows)]
    after: list[Value] = [*(float(place) for place in range(5_000, 6_992)), *(5_000.0 + place for place in range(8))]
    claim = identifiers.repeated(pair(before, after, id_like=True))

    assert claim is not None
    assert (claim.low > claim.floor) is alarms
