"""What a profile holds: everything a later check may ask of a dataset, without its rows.

Made by `taking`, added by `merging`, written by `serial`, compared in `data/compare` and `data/joint`. All
counts are exact, and profile(A) + profile(B) equals profile(A + B) as long as both were made with the same
`Binning`. Numbers are plain tuples here; whoever computes with them makes arrays of them.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct, field

from seatrial.data.columns import Column

SCHEMA = 3
"""The version of the file; one with another is refused."""


class ColumnBinning(Struct, frozen=True, kw_only=True):
    """How values of one column become bins. Frozen by the first profile, taken over by all that are compared with it.

    Numbers, times (as microseconds since 1970 in UTC) and the norms of vectors: bin i holds edges[i - 1] <=
    value < edges[i], the first and the last bin are open; a value v that stands out has a bin of its own, [v,
    next float after v). Texts and flags: bin i counts words[i] ("false" and "true" for flags), the bin after
    the last all others.
    """

    edges: tuple[float, ...] = ()
    words: tuple[str, ...] = ()
    scores: tuple[int, ...] = ()
    """The score of each bin in `PairSums`; empty where the column takes no part in it."""
    projections: tuple[tuple[float, ...], ...] = ()
    """Edges for each projection of a vector."""
    directions: tuple[tuple[float, ...], ...] = ()
    """Directions of the reference's own vectors, on which they are projected besides the random ones: their mean, and
    the one in which they differ most. Bins of the latter are the codes and the scores of a vector."""
    near: int = 0
    """How many keys are kept by which near-equal texts or vectors are found; 0 where none are."""
    thinning: int = 1
    """Costly looks (decimals, marks, shapes) are taken at one row in so many, chosen by row digest."""


class Binning(Struct, frozen=True, kw_only=True):
    """The binning of all columns by leaf name, and its digest, by which two profiles know that they may be
    compared. `left_out` names the columns whose values were all different (ids): without them, rows are
    compared a second time. So they are without the times in `aside`, where the others tell rows apart: a day that is
    delivered again as the next one has other times."""

    columns: Mapping[str, ColumnBinning]
    digest: str
    left_out: tuple[str, ...] = ()
    aside: tuple[str, ...] = ()

    @property
    def compares_bare_rows(self) -> bool:
        """Whether rows are compared a second time."""
        return bool(self.left_out or self.aside)


class Items(Struct, frozen=True, kw_only=True):
    """Values as texts and how often each occurs, most frequent first.

    `complete`: these are all values there are. Otherwise any value that is missing here occurs at most
    `missed` times.
    """

    counts: tuple[tuple[str, int], ...]
    complete: bool
    missed: int = 0


class Numbers(Struct, frozen=True, kw_only=True):
    """Finite numbers. `mean` and `m2` (sum of squared deviations) are Welford's; `decimals[d]` counts numbers
    that d decimals write exactly and d - 1 do not (the last entry: more), `zeros_at_end[k]` whole numbers
    divisible by 10^k and not by 10^(k+1) (the last entry: 10^6 and above); both count a fixed share of all
    rows, chosen by row digest, `looked_at` many."""

    count: int
    nan: int
    plus_infinity: int
    minus_infinity: int
    zeros: int
    negatives: int
    least: int | float | None
    most: int | float | None
    mean: float
    m2: float
    bins: tuple[int, ...]
    looked_at: int = 0
    decimals: tuple[int, ...] = ()
    zeros_at_end: tuple[int, ...] = ()


class Texts(Struct, frozen=True, kw_only=True):
    """Texts. `lengths` counts characters in bins 0, 1, 2, 3-4, 5-8, ... (powers of two), `tokens` words
    likewise; `shapes` counts forms such as `Aa9-99` (runs shortened); `marks` counts texts that hold
    something: empty, blank_ends, null_word, mojibake, replacement, control, not_ascii, upper, lower, digit,
    punctuation, number_like, date_like, quoted."""

    bins: tuple[int, ...]
    lengths: tuple[int, ...]
    tokens: tuple[int, ...]
    marks: Mapping[str, int]
    shapes: Items
    longest: int = 0
    looked_at: int = 0
    """How many texts `lengths`, `tokens`, `marks` and `shapes` rest on; see `ColumnBinning.thinning`."""


class Times(Struct, frozen=True, kw_only=True):
    """Times, as microseconds since 1970 (UTC where there is a zone). `hours` and `weekdays` (Monday first)
    count; `gaps` counts differences of successive rows in bins of powers of two of a second; `falls` counts
    successors earlier than their predecessor, `steps` all successors in one partition. `first` and `last` are
    values of the first and last row, to join partitions."""

    count: int
    least: int | None
    most: int | None
    bins: tuple[int, ...]
    hours: tuple[int, ...]
    weekdays: tuple[int, ...]
    gaps: tuple[int, ...]
    falls: int
    steps: int
    first: int | None = None
    last: int | None = None
    days: tuple[tuple[int, int], ...] = ()
    """Stretches of days since 1970 with rows, first and last day of each; none where they lie in too many weeks."""


class Vectors(Struct, frozen=True, kw_only=True):
    """Vectors of one width: `bins` of their norms, `zero` and `not_finite` ones, and bins of their
    projections on fixed random directions."""

    bins: tuple[int, ...]
    zero: int
    not_finite: int
    projections: tuple[tuple[int, ...], ...]


class SampledValues(Struct, frozen=True, kw_only=True):
    """The different values with the smallest digests, ascending, and how often each occurs: a random sample of the
    values of an id, counted exactly."""

    digests: tuple[int, ...]
    counts: tuple[int, ...]


class NearKeys(Struct, frozen=True, kw_only=True):
    """By which near-equal texts or vectors are recognised: such mostly have the same key (see `near_texts` and
    `near_vectors`). `keys` are the smallest of `count` keys, ascending, repeated ones repeated: of whatever dataset,
    all below the last one kept are there."""

    count: int
    keys: tuple[int, ...]


class Runs(Struct, frozen=True, kw_only=True, array_like=True):
    """Stretches of successive rows whose values lie in one bin, nulls being one too. `first` and `last` are the codes
    of the first and last row (see `RowSample`), to join partitions; -1 where there is no row."""

    count: int
    first: int
    last: int


class ColumnProfile(Struct, frozen=True, kw_only=True):
    """One leaf. `values` counts values, null ones too (elements for `tags[]`). One of the four parts is
    there, by kind.

    `distinct` are the registers of a HyperLogLog sketch, empty for flags, vectors and bytes. `groups` are counts
    of the pooled bins (`GROUP_BINS`, the last for nulls) by group of clusters, where a cluster column is
    declared.
    """

    column: Column
    values: int
    nulls: int
    items: Items
    distinct: bytes = b""
    numbers: Numbers | None = None
    texts: Texts | None = None
    times: Times | None = None
    vectors: Vectors | None = None
    groups: tuple[tuple[int, ...], ...] = ()
    sampled: SampledValues | None = None
    """Of a column in `Binning.left_out`."""
    near: NearKeys | None = None
    runs: Runs | None = None
    """Of a column that has a value in each row; none in profiles of earlier versions."""


class RowSample(Struct, frozen=True, kw_only=True):
    """The rows with the smallest row digests: a random sample that is the same whoever takes it.

    `digests` are the smallest different digests, ascending, and `counts` how often each row occurs: exact, so of a
    table of few different rows this is all of it. `codes` is a matrix of these rows times `columns`, row by row, a
    byte each: the bin, 255 for null, 254 for any bin above 253.

    `hashes` are the smallest digests of whole rows, ascending, repeated ones repeated; `bare_hashes` likewise
    of rows without the columns in `Binning.left_out` and `Binning.aside`.
    `hashing` is a digest of known values: where it differs, digests of rows cannot be compared.
    """

    hashing: str
    hashes: tuple[int, ...]
    bare_hashes: tuple[int, ...]
    columns: tuple[str, ...]
    codes: bytes
    digests: tuple[int, ...] = ()
    counts: tuple[int, ...] = ()


class PairSums(Struct, frozen=True, kw_only=True):
    """Exact sums for rank correlations, over all rows or, as with other costly looks, a fixed share of them that row
    digests choose (`ColumnBinning.thinning`): `count` many. `columns` in order; `sums` is the upper triangle, row
    by row, of sums of products of scores; a score is the centred rank of a bin in the binning's own sample,
    an integer from -32 to 31, 0 for null."""

    columns: tuple[str, ...]
    count: int
    totals: tuple[int, ...]
    sums: tuple[int, ...]


class Profile(Struct, frozen=True, kw_only=True):
    """A dataset, summed up. `parts` are the identities of the files it is made of, with their rows.
    `agreement`: rows that have a label and a prediction, and those of them in which the two are equal."""

    rows: int
    columns: Mapping[str, ColumnProfile]
    binning: Binning
    sample: RowSample
    pairs: PairSums
    parts: tuple[tuple[str, int], ...]
    cluster: str | None = None
    agreement: tuple[int, int] | None = None
    schema: int = SCHEMA
    made_by: str = ""
    notes: Mapping[str, str] = field(default_factory=dict)
