"""The stream against its authors' numbers, and what is drawn from it against the laws it claims."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import stats

from seatrial.stats import chance

_SEEDS = st.integers(0, 2**64 - 1)
_DRAWS = 200_000


def test_stream_is_that_of_the_reference_program() -> None:
    """The first numbers of splitmix64.c (Vigna, prng.di.unimi.it) for seeds 1234567 and 0."""
    assert chance.bits(1234567, 5).tolist() == [
        6457827717110365317,
        3203168211198807973,
        9817491932198370423,
        4593380528125082431,
        16408922859458223821,
    ]
    assert chance.bits(0, 3).tolist() == [0xE220A8397B1DCDAF, 0x6E789E6AA1B965F4, 0x06C45D188009454F]


@given(_SEEDS, st.integers(0, 10**6), st.integers(0, 50))
def test_a_number_depends_on_seed_and_index_alone(seed: int, start: int, count: int) -> None:
    """Any part of the stream can be asked for by itself, the largest seed wraps, and no number is 0 or 1."""
    whole = chance.uniforms(seed, count + 10, start=start)

    assert chance.uniforms(seed, count, start=start + 7).tolist() == whole[7 : 7 + count].tolist()
    assert bool(np.all((whole > 0) & (whole < 1)))


def test_uniform_numbers_are_uniform_and_unrelated_to_their_neighbours() -> None:
    drawn = chance.uniforms(chance.seed_from("uniform"), _DRAWS)

    assert stats.kstest(drawn, "uniform").pvalue > 1e-3
    assert abs(np.corrcoef(drawn[:-1], drawn[1:])[0, 1]) < 4 / np.sqrt(_DRAWS)


def test_streams_of_neighbouring_seeds_and_keys_are_unrelated() -> None:
    first = chance.uniforms(chance.derived(7, 0), _DRAWS)

    for other in (chance.derived(7, 1), chance.derived(8, 0), chance.derived(7, 0, 0), 7):
        assert abs(np.corrcoef(first, chance.uniforms(other, _DRAWS))[0, 1]) < 4 / np.sqrt(_DRAWS)


def test_seed_is_made_of_all_parts_and_their_borders() -> None:
    """Pinned, because a change would change verdicts; another split of the same letters is another seed."""
    assert chance.seed_from("gate", "b3:00") == chance.seed_from("gate", "b3:00")
    assert len({chance.seed_from(*parts) for parts in (("ab", "c"), ("a", "bc"), ("abc",), ("ab", "c", ""), ())}) == 5
    assert 0 <= chance.seed_from("gate") < 2**64
    assert chance.seed_from("gate", "b3:00") == PINNED


PINNED = 961152661670600156


@pytest.mark.parametrize("below", [1, 2, 7, 1000, 50 * 2**26])
def test_whole_numbers_are_equally_likely_and_in_range(below: int) -> None:
    drawn = chance.integers(chance.seed_from("whole", str(below)), _DRAWS, below=below)

    assert drawn.min() >= 0
    assert drawn.max() < below
    bins = min(below, 50)
    counts = np.bincount((drawn * bins) // below, minlength=bins)
    if bins > 1 and below % bins == 0:
        assert stats.chisquare(counts).pvalue > 1e-3
    assert drawn.mean() == pytest.approx((below - 1) / 2, abs=5 * below / np.sqrt(12 * _DRAWS))


@given(_SEEDS, st.integers(1, 2**32))
def test_whole_numbers_are_the_uniform_ones_scaled(seed: int, below: int) -> None:
    """The upper half of the 96-bit product, by Python's own whole numbers."""
    expected = [(word * below) >> 64 for word in chance.bits(seed, 20).tolist()]

    assert chance.integers(seed, 20, below=below).tolist() == expected


class _Law(Protocol):
    def ppf(self, q: NDArray[np.float64], /) -> Any: ...
    def cdf(self, k: NDArray[np.float64], /) -> Any: ...


def _fits(drawn: NDArray[np.int64], law: _Law) -> float:
    """The p value of Pearson's test of the drawn counts against a law, over at most 40 bins."""
    quantiles = np.unique(law.ppf(np.linspace(0.001, 0.999, 40)))
    edges = np.concatenate(([-1.0], quantiles, [np.inf]))
    expected = np.diff(law.cdf(edges)) * drawn.size
    seen = np.diff(np.searchsorted(np.sort(drawn), edges, side="right"))
    enough = expected > 5
    rest = (drawn.size - seen[enough].sum(), drawn.size - expected[enough].sum())
    statistic = float(np.sum((seen[enough] - expected[enough]) ** 2 / expected[enough]))
    statistic += (rest[0] - rest[1]) ** 2 / rest[1] if rest[1] > 5 else 0.0
    return float(stats.chi2.sf(statistic, enough.sum() - 1))


@pytest.mark.parametrize(
    ("n", "share"),
    [
        *((1, 0.3), (5, 0.3), (40, 0.2), (19, 0.5), (25, 0.5), (60, 0.3)),
        *((1000, 0.02), (1000, 0.5), (10**6, 0.01), (300, 0.95)),
    ],
)
def test_binomial_counts_follow_their_law(n: int, share: float) -> None:
    """Few and many expected counts, either side of one half, and just above the border between the two ways."""
    drawn = chance.binomials(chance.seed_from("binomial", str(n), str(share)), np.full(_DRAWS, n), share)

    assert drawn.min() >= 0
    assert drawn.max() <= n
    assert _fits(drawn, stats.binom(n, share)) > 1e-3


@pytest.mark.parametrize(("n", "share"), [(21, 0.48), (1_010, 0.01), (200, 0.4)])
def test_rejection_is_exact_where_it_is_tightest(n: int, share: float) -> None:
    """Ten to eighty expected counts, three million draws: a constant of the algorithm that is off by a little shows."""
    drawn = chance.binomials(chance.seed_from("tight", str(n)), np.full(3_000_000, n), share)

    assert _fits(drawn, stats.binom(n, share)) > 1e-3


@pytest.mark.parametrize(("n", "share"), [(21, 0.48), (40, 0.3), (1000, 0.5), (10**6, 0.2)])
def test_what_is_accepted_is_the_binomial_term_over_its_largest(n: int, share: float) -> None:
    law, mode = stats.binom(n, share), np.floor((n + 1) * share)
    k = np.unique(law.ppf(np.linspace(1e-9, 1 - 1e-9, 50)))

    ratio = chance._log_ratio_to_mode(k, np.full(k.size, float(n)), np.full(k.size, share))

    assert ratio == pytest.approx(law.logpmf(k) - law.logpmf(mode), abs=1e-8)


@pytest.mark.parametrize(("n", "share"), [(10**9, 0.3), (10**12, 0.5), (10**9, 3e-9)])
def test_binomial_counts_of_huge_numbers_have_their_moments(n: int, share: float) -> None:
    drawn = chance.binomials(11, np.full(_DRAWS, n), share)
    spread = np.sqrt(n * share * (1 - share))

    assert drawn.mean() == pytest.approx(n * share, abs=4.5 * spread / np.sqrt(_DRAWS))
    assert drawn.std() == pytest.approx(spread, rel=0.01)


@given(_SEEDS, st.lists(st.tuples(st.integers(0, 500), st.floats(0, 1)), min_size=1, max_size=30), st.data())
def test_a_count_depends_on_its_own_place_alone(
    seed: int, wanted: list[tuple[int, float]], data: st.DataObject
) -> None:
    """What its neighbours are changes nothing; nobody draws more than there are; sure things are sure."""
    n, share = [rows for rows, _ in wanted], [p for _, p in wanted]
    place = data.draw(st.integers(0, len(wanted) - 1))
    other_n, other_share = [9] * len(n), [0.5] * len(n)
    other_n[place], other_share[place] = n[place], share[place]

    drawn = chance.binomials(seed, n, share)

    assert drawn[place] == chance.binomials(seed, other_n, other_share)[place]
    assert bool(np.all((drawn >= 0) & (drawn <= n)))
    assert chance.binomials(seed, n, 0.0).sum() == 0
    assert chance.binomials(seed, n, 1.0).tolist() == n


@pytest.mark.parametrize("mean", [0.1, 1.0, 9.5, 700.0, 1e6])
def test_poisson_counts_follow_their_law(mean: float) -> None:
    drawn = chance.poissons(chance.seed_from("poisson", str(mean)), _DRAWS, mean=mean)

    assert _fits(drawn, stats.poisson(mean)) > 1e-3


def test_poisson_counts_of_no_mean_are_none() -> None:
    assert chance.poissons(1, 50, mean=0.0).tolist() == [0] * 50


def test_resampled_tables_have_the_moments_of_a_multinomial() -> None:
    """Means n p, variances n p (1 - p), covariances - n p q, and no relation between rows of a table."""
    table = np.array([[50, 30, 15, 5, 0], [7, 0, 2, 1, 990]])

    drawn = chance.multinomials(3, table, replicates=40_000)

    for row in range(2):
        n, p = table[row].sum(), table[row] / table[row].sum()
        expected = n * (np.diag(p) - np.outer(p, p))
        assert np.cov(drawn[:, row].T) == pytest.approx(expected, abs=0.03 * n * p.max() * (1 - p.max()) + 0.02)
        assert drawn[:, row].mean(axis=0) == pytest.approx(table[row], abs=0.15)
    assert abs(np.corrcoef(drawn[:, 0, 0], drawn[:, 1, 0])[0, 1]) < 0.025


@given(_SEEDS, st.lists(st.integers(0, 400), min_size=1, max_size=9))
def test_resampled_tables_keep_totals_and_empty_cells(seed: int, cells: list[int]) -> None:
    drawn = chance.multinomials(seed, cells, replicates=20)

    assert drawn.shape == (20, len(cells))
    assert drawn.sum(axis=1).tolist() == [sum(cells)] * 20
    assert int(drawn[:, np.array(cells) == 0].sum()) == 0
    assert int(drawn.min()) >= 0


def test_one_cell_of_two_is_exactly_binomial() -> None:
    drawn = chance.multinomials(5, [12, 28], replicates=_DRAWS)

    assert _fits(drawn[:, 0], stats.binom(40, 0.3)) > 1e-3


def test_impossible_draws_are_refused() -> None:
    with pytest.raises(ValueError, match="can be drawn"):
        chance.integers(1, 5, below=0)
    with pytest.raises(ValueError, match="no mean"):
        chance.poissons(1, 5, mean=-1.0)
    with pytest.raises(ValueError, match="binomial counts"):
        chance.binomials(1, [5], [1.5])
    with pytest.raises(ValueError, match="binomial counts"):
        chance.binomials(1, [-5], [0.5])
    with pytest.raises(ValueError, match="none below 0"):
        chance.multinomials(1, [3, -1], replicates=2)
