"""The words that findings about datasets use as codes. They are part of the JSON output and do not change.

`docs/reference/data.md` lists them for users; a test holds the two together. `Reason` says why a finding says what it
says; a new check adds its name to `Check`.
"""

from __future__ import annotations

from enum import StrEnum

REVISION = 3
"""Of the checks themselves. It is part of the key under which the result of a stage that `uses: data` is remembered
(`config/built_in_document.py`), so that a new version of Seatrial judges again what an older one judged. Raise it by
one with every change by which the same data, reference and contract can come to another finding: a new check or one
less, a floor, a default, a statistic, a bound, what a rule of a contract asks. Not for words of messages, for what
costs only time, and not for the form of a profile, which has a version of its own (`profile.records.SCHEMA`). One
raise a release is enough; one too many costs a check, one too few shows an old verdict."""


class Reason(StrEnum):
    """Why a finding says what it says."""

    NO_DIFFERENCE = "no_difference"
    BELOW_FLOOR = "below_floor"
    DIFFERS = "differs"
    TOO_FEW_ROWS = "too_few_rows"
    NEAR_THE_FLOOR = "near_the_floor"
    HOLDS = "holds"
    BROKEN = "broken"
    NOT_LOOKED_AT = "not_looked_at"


class Check(StrEnum):
    """The names of findings, `what.of_it`: what is looked at, and what of it."""

    # two profiles, column by column (data/compare)
    SCHEMA_SAME = "schema.same"
    SCHEMA_MISSING = "schema.missing"
    SCHEMA_NEW = "schema.new"
    SCHEMA_TYPE = "schema.type"
    SCHEMA_WIDTH = "schema.width"
    SCHEMA_ORDER = "schema.order"
    ROWS = "drift.rows"
    NULLS = "drift.nulls"
    NOT_FINITE = "drift.not_finite"
    SHIFT = "drift.shift"
    SPREAD = "drift.spread"
    SHAPE = "drift.shape"
    BEYOND = "drift.beyond"
    NEGATIVES = "drift.negatives"
    ZEROS = "drift.zeros"
    FREQUENT_VALUE = "drift.frequent_value"
    ROUNDING = "drift.rounding"
    REPEATED = "drift.repeated"
    NEW_VALUES = "drift.new_values"
    LENGTHS = "drift.lengths"
    WORDS = "drift.words"
    TEXT_MARKS = "drift.text_marks"
    TEXT_FORMS = "drift.text_forms"
    WINDOW = "drift.window"
    HOURS = "drift.hours"
    WEEKDAYS = "drift.weekdays"
    ORDER = "drift.order"
    NORMS = "drift.norms"
    PROJECTIONS = "drift.projections"
    ZERO_VECTORS = "drift.zero_vectors"
    DISTANCE = "drift.distance"

    # several columns, or rows, at once (data/joint)
    CLASSIFIER = "joint.classifier"
    CORRELATION = "joint.correlation"
    LEAKAGE = "joint.leakage"
    SHARED_ROWS = "joint.shared_rows"
    DUPLICATES = "joint.duplicates"
    NEAR_SHARED = "joint.near_shared"
    NEAR_DUPLICATES = "joint.near_duplicates"
    LABEL_NOISE = "joint.label_noise"

    # the rules of a contract (data/contract)
    RULE_ROWS = "contract.rows"
    RULE_MISSING_COLUMN = "contract.missing_column"
    RULE_EXTRA_COLUMN = "contract.extra_column"
    RULE_TYPE = "contract.type"
    RULE_NULLS = "contract.nulls"
    RULE_RANGE = "contract.range"
    RULE_SET = "contract.set"
    RULE_PATTERN = "contract.pattern"
    RULE_LENGTH = "contract.length"
    RULE_FINITE = "contract.finite"
    RULE_ORDER = "contract.order"
    RULE_FRESH = "contract.fresh"
    RULE_NOT_BEFORE = "contract.not_before"
    RULE_UNIQUE = "contract.unique"
    RULE_DISJOINT = "contract.disjoint"
    RULE_DUPLICATES = "contract.duplicates"
    RULE_UNREAD = "contract.unread"

    # the check itself, and a dataset without a reference (data/checking, data/absolute)
    NOTHING_ASKED = "check.nothing_asked"
    NO_ROWS = "check.no_rows"
    ALL_NULL = "column.all_null"
    CONSTANT = "column.constant"
    SAYS_NOTHING = "column.says_nothing"
