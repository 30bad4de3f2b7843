"""The words that findings of gates use as codes. They are part of the JSON output and do not change.

`docs/reference/gates.md` lists them for users; a test holds the two together.
"""

from __future__ import annotations

from enum import StrEnum


class Kind(StrEnum):
    """The kinds of gate, named as in `gates.yaml`."""

    PERFORMANCE = "performance"
    REGRESSION = "regression"
    SLICES = "slices"
    FAIRNESS = "fairness"
    CALIBRATION = "calibration"
    BEHAVIORAL = "behavioral"
    PREFERENCE = "preference"
    LATENCY = "latency"
    MEMORY = "memory"
    SIZE = "size"


class Reason(StrEnum):
    """Why a gate said what it said."""

    WITHIN_LIMIT = "within_limit"
    BELOW_MIN = "below_min"
    ABOVE_MAX = "above_max"
    NOT_WORSE = "not_worse"
    WORSE = "worse"
    SAME_ARTIFACT = "same_artifact"
    TOO_FEW_ROWS = "too_few_rows"
    TOO_FEW_INFORMATIVE_ROWS = "too_few_informative_rows"
    NEAR_THE_LIMIT = "near_the_limit"
    SLICE_WORSE = "slice_worse"
    DISPARITY = "disparity"
    GROUPS_ALIKE = "groups_alike"
    ONE_GROUP = "one_group"
    NO_BASELINE = "no_baseline"
    BASELINE_ABSENT = "baseline_absent"
    NOT_RESCORED = "not_rescored"
    METRIC_MISSING = "metric_missing"
    METRIC_AMBIGUOUS = "metric_ambiguous"
    METRIC_UNSUPPORTED = "metric_unsupported"
    NOT_A_NUMBER = "not_a_number"
    NO_LIMIT = "no_limit"
    CONFIDENCE_NEEDS_ROWS = "confidence_needs_rows"
    PREDICTIONS_MISSING = "predictions_missing"
    UNMATCHED_ROWS = "unmatched_rows"
    LABEL_MISMATCH = "label_mismatch"
    NOT_COMPARABLE = "not_comparable"
    LABELS_MISSING = "labels_missing"
    ANSWERS_MISSING = "answers_missing"
    SCORE_MISSING = "score_missing"
    SCORE_OUT_OF_RANGE = "score_out_of_range"
    QUERY_MISSING = "query_missing"
    CLUSTER_MISSING = "cluster_missing"
    VALUE_MISSING = "value_missing"
    GROUP_MISSING = "group_missing"
    POSITIVE_UNKNOWN = "positive_unknown"
    NOT_NUMERIC = "not_numeric"
    UNDEFINED = "undefined"
    CASES_MISSING = "cases_missing"
    CASES_UNANSWERED = "cases_unanswered"
    UNKNOWN_CASES = "unknown_cases"
    REPEATS_DIFFER = "repeats_differ"
    NOT_JUDGED = "not_judged"
    CRITICAL_CASE_FAILS = "critical_case_fails"
    PREFERENCES_MISSING = "preferences_missing"
    ORDER_MISSING = "order_missing"
    JUDGE_DIFFERS = "judge_differs"
    HUMAN_LABELS_MISSING = "human_labels_missing"
    TIMINGS_MISSING = "timings_missing"
    MEASUREMENT_MISSING = "measurement_missing"
    NOT_MEASURED = "not_measured"
    DIFFERENT_MACHINES = "different_machines"
