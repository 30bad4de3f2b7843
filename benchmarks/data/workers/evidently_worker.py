"""Evidently: its two presets for tables, with the tests that it derives from the reference.

    evidently_worker.py drift       DataDriftPreset, columns mapped by type, ids left out
    evidently_worker.py summary     DataSummaryPreset, ids left out

The mapping is that of its documentation: numbers, categories (at most 100 words), times and texts; texts of more words
are not given to the drift preset, which would train a classifier for each. The test that a file has as many rows as the
reference, within a tenth, is left out: samples are smaller by design. An alarm is a test that fails, by its name.
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

    drift = sys.argv[1] == "drift"
    numbers, categories = roles.numbers, roles.categories
    preset = DataDriftPreset() if drift else DataSummaryPreset()
    report = Report([preset], include_tests=True)

    def dataset(frame: Any) -> Any:
        there = frame.columns
        definition = DataDefinition(
            numerical_columns=[name for name in numbers if name in there and frame[name].dtype.kind in "if"],
            categorical_columns=[name for name in categories if name in there],
            datetime_columns=[] if drift else [name for name in roles.times if name in there],
            text_columns=[] if drift else [name for name in roles.texts if name in there],
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
