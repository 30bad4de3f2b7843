"""The words that findings about datasets use as codes. They are part of the JSON output and do not change.

`docs/reference/data.md` lists them for users; a test holds the two together. `Reason` says why a finding says what it
says; a new check adds its name to `Check`.
"""

from __future__ import annotations

from enum import StrEnum

REVISION = 1
"""Of the checks themselves: raised when the same data, reference and contract can be judged otherwise than before."""


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

    # the check itself, and a dataset without a reference (data/checking, data/absolute)
    NOTHING_ASKED = "check.nothing_asked"
    NO_ROWS = "check.no_rows"
    ALL_NULL = "column.all_null"
    CONSTANT = "column.constant"
    SAYS_NOTHING = "column.says_nothing"
