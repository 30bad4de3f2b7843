"""Why a metric has no value: raised by the modules beside this one, turned into a finding by gates.

The words are codes of findings (`gates/codes.py` has the same), so that a reason is one word from where it is found to
the JSON.
"""

from __future__ import annotations

from enum import StrEnum


class Why(StrEnum):
    """What is missing or wrong."""

    LABELS_MISSING = "labels_missing"
    ANSWERS_MISSING = "answers_missing"
    SCORE_MISSING = "score_missing"
    SCORE_OUT_OF_RANGE = "score_out_of_range"
    QUERY_MISSING = "query_missing"
    CLUSTER_MISSING = "cluster_missing"
    VALUE_MISSING = "value_missing"
    GROUP_MISSING = "group_missing"
    POSITIVE_UNKNOWN = "positive_unknown"
    CLASSES_DIFFER = "classes_differ"
    NOT_NUMERIC = "not_numeric"
    UNDEFINED = "undefined"
    TOO_MANY_ROWS = "too_many_rows"


class MetricError(Exception):
    """A metric cannot be computed from these rows. `why` is the code, the text says it to a person."""

    def __init__(self, why: Why, message: str) -> None:
        super().__init__(message)
        self.why = why
        self.message = message
