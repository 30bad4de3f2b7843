"""Evidently: its two presets for tables, with the tests that it derives from the reference.

    evidently_worker.py drift       DataDriftPreset with its own choice of methods: for a reference of so many rows
                                    distances, and 0.1 is drift
    evidently_worker.py tests       DataDriftPreset told to use tests (Kolmogorov-Smirnov, chi-square) at 0.05 divided
                                    by the number of columns, as who has seen distances alarm on small samples would
    evidently_worker.py summary     DataSummaryPreset

The mapping is that of its documentation: numbers, categories (at most 100 words), times and texts, JSON among them;
ids are left out. The test that a file has as many rows as the reference, within a tenth, is left out: samples are
smaller by design. An alarm is a test that fails, by its name.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from reading_job import Roles, answer_all  # type: ignore[import-not-found]  # stands beside this file


def begin(reference: Any, roles: Roles) -> Callable[[Any], list[tuple[str, str]]]:
    """One report for all files."""
    from evidently import DataDefinition, Dataset, Report  # type: ignore[import-not-found]
    from evidently.presets import DataDriftPreset, DataSummaryPreset  # type: ignore[import-not-found]

    numbers, categories = roles.numbers, roles.categories
    level = 0.05 / (len(numbers) + len(categories) + len(roles.texts))
    preset = {
        "drift": DataDriftPreset(),
        "tests": DataDriftPreset(num_method="ks", num_threshold=level, cat_method="chisquare", cat_threshold=level),
        "summary": DataSummaryPreset(),
    }[sys.argv[1]]
    report = Report([preset], include_tests=True)

    def dataset(frame: Any) -> Any:
        there = frame.columns
        definition = DataDefinition(
            numerical_columns=[name for name in numbers if name in there and frame[name].dtype.kind in "if"],
            categorical_columns=[name for name in categories if name in there],
            datetime_columns=[name for name in roles.times if name in there],
            text_columns=[name for name in roles.texts if name in there],
        )
        return Dataset.from_pandas(frame.drop(columns=roles.ids, errors="ignore"), data_definition=definition)

    known = dataset(reference)

    def check(frame: Any) -> list[tuple[str, str]]:
        run = report.run(dataset(frame), known).dict()
        failed = [_alarm(test) for test in run["tests"] if str(test["status"]).upper().endswith("FAIL")]
        return [alarm for alarm in failed if "Row count in dataset" not in alarm[0]]

    return check


def _alarm(test: dict[str, Any]) -> tuple[str, str]:
    """The test and its column; what stands behind the colon are figures, which differ from sample to sample."""
    parameters = test.get("metric_config", {}).get("params", {})
    return str(test["name"]).partition(":")[0], str(parameters.get("column", ""))


if __name__ == "__main__":
    answer_all(begin)
