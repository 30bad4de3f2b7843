"""What a user may declare about a dataset; every default of `data/` lives here.

Frozen data, filled in by `config/contract.py` from `contract.yaml`, or as it stands where there is none.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum

from msgspec import Struct, field

from seatrial.data.claims import Severity
from seatrial.errors import Place
from seatrial.verdict import OnInconclusive

SAMPLE_ROWS = 2048
"""Rows of a profile that are kept, as bin codes, for what looks at several columns at once."""
SAMPLE_HASHES = 32_768
"""Digests of rows that are kept while a check runs, to recognise rows of one dataset in another: of so many, all."""
STORED_HASHES = 8192
"""Digests that a stored profile keeps: each costs seven bytes of the file."""
BINS = 64
"""Bins of a profile; tests pool them as they need."""
MAX_WORDS = 254
"""Distinct texts that are counted one by one; the others are one bin."""
EXAMPLES = 20
"""Example rows shown at most."""


class Distance(StrEnum):
    """The distances of whole distributions that can be limited; all are shown, whether limited or not."""

    JS = "js"
    KL = "kl"
    PSI = "psi"
    KS = "ks"
    WASSERSTEIN = "wasserstein"
    CHI_SQUARE = "chi_square"


class Drift(Struct, frozen=True, kw_only=True):
    """When a difference from the reference is an alarm.

    `floor` and `detect` are standard deviations (see `claims.Unit.SD`), `share_floor` and `share_detect`
    shares of rows (nulls, new values), `auc_floor` and `correlation_floor` for several columns at once. `q`
    is the false discovery rate, `confidence` that of every bound. `max` holds limits on distances, such as
    `{"kl": 0.1}`; with one, that column fails when the lower bound of the distance exceeds it. `off` turns
    the comparison off.
    """

    floor: float = 0.1
    detect: float = 0.3
    share_floor: float = 0.005
    share_detect: float = 0.05
    correlation_floor: float = 0.1
    correlation_detect: float = 0.4
    auc_floor: float = 0.05
    auc_detect: float = 0.2
    q: float = 0.005
    confidence: float = 0.95
    max: Mapping[str, float] = field(default_factory=dict)
    off: bool = False


class Extra(StrEnum):
    """What a column that the contract does not name is."""

    ALLOW = "allow"
    WARN = "warn"
    FORBID = "forbid"


class ColumnRule(Struct, frozen=True, kw_only=True):
    """What is asked of one column; None and empty ask nothing.

    `type` is a kind (`number`, `text`, `time`, `flag`, `vector`) or a storage type in the contract's words
    (`int`, `float`, `decimal`, `date`, `datetime`, `string`, `bool`, `bytes`, `list`). `least` and `most` are
    numbers, or ISO texts for times; `above` and `below` are bounds that are themselves outside. `also_patterns`
    are matched besides `pattern`. `soft` names keys whose rules only warn, whatever `severity` says. `places`
    says where each key stands, by its name; the column's own name stands under "".
    """

    name: str
    type: str | None = None
    required: bool = True
    nullable: bool | None = None
    max_null_share: float | None = None
    unique: bool = False
    least: float | str | None = None
    most: float | str | None = None
    above: float | str | None = None
    below: float | str | None = None
    one_of: tuple[str | float | bool, ...] | None = None
    none_of: tuple[str | float | bool, ...] | None = None
    pattern: str | None = None
    also_patterns: tuple[str, ...] = ()
    min_length: int | None = None
    max_length: int | None = None
    finite: bool | None = None
    sensitive: bool = False
    severity: Severity = Severity.ERROR
    soft: tuple[str, ...] = ()
    drift: Drift | None = None
    places: Mapping[str, Place] = field(default_factory=dict)


class Fresh(Struct, frozen=True, kw_only=True):
    """The newest value of a time column lies at most `within` seconds before now."""

    column: str
    within: float


class NotBefore(Struct, frozen=True, kw_only=True):
    """In every row, the time in `later` is not before the one in `earlier` (a label is known after its event)."""

    later: str
    earlier: str


class Disjoint(Struct, frozen=True, kw_only=True):
    """No row is shared with another dataset: rows are the same if `on` is, or all columns where `on` is empty. With
    `near`, texts are the same if they have at least that share of their words in common (Jaccard's similarity)."""

    path: str
    on: tuple[str, ...] = ()
    near: float | None = None


class Unread(Struct, frozen=True, kw_only=True):
    """Something another tool's contract asks that is not asked here. It is told, and with `severity` warning it keeps
    the check from passing as if all had been looked at."""

    message: str
    column: str | None = None
    severity: Severity = Severity.WARNING
    place: Place | None = None


class Contract(Struct, frozen=True, kw_only=True):
    """`contract.yaml`, or what the command line says in its stead."""

    file: str | None = None
    columns: Mapping[str, ColumnRule] = field(default_factory=dict)
    extra: Extra = Extra.ALLOW
    min_rows: int | None = None
    max_rows: int | None = None
    unique: tuple[tuple[str, ...], ...] = ()
    order_by: str | None = None
    fresh: Fresh | None = None
    not_before: tuple[NotBefore, ...] = ()
    disjoint: tuple[Disjoint, ...] = ()
    label: str | None = None
    prediction: str | None = None
    cluster: str | None = None
    id: tuple[str, ...] = ()
    max_leakage: float | None = None
    max_duplicate_share: float | None = None
    max_near_duplicate_share: float | None = None
    drift: Drift = field(default_factory=Drift)
    on_inconclusive: OnInconclusive = OnInconclusive.HOLD
    unread: tuple[Unread, ...] = ()
    places: Mapping[str, Place] = field(default_factory=dict)
    """Where each key of the file stands, by its path: `unique.0`, `fresh`."""

    def rule_of(self, column: str) -> ColumnRule | None:
        """What is asked of one column; of a leaf of a list (`tags[]`, `tags[#]`) for which nothing is asked by name,
        what is asked of the list."""
        return next((self.columns[name] for name in _and_lists(column) if name in self.columns), None)

    def drift_of(self, column: str) -> Drift:
        """The limits for one column, its own or those of the list it is a leaf of."""
        rules = (self.columns.get(name) for name in _and_lists(column))
        own = (rule.drift for rule in rules if rule is not None and rule.drift is not None)
        return next(own, self.drift)


def _and_lists(column: str) -> Iterator[str]:
    """A leaf, and the lists it belongs to, innermost first: `a[].b[#]`, `a[].b`, `a`."""
    yield column
    while "[" in column:
        column = column[: column.rindex("[")]
        yield column
