"""deepchecks: its suites for one dataset and for two, with their own conditions.

    data_integrity over the file, train_test_validation with the reference as train

The dataset is told label, index, time and categories. Its two checks that no date of the file lies among those of
the reference are left out: samples of one source share their days by design. An alarm is a condition that fails or
warns, as `SuiteResult.passed` counts by default, by its check and by the columns that it names; the figures in its
text are left out, so that a changed figure does not count as something found.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from reading_job import Roles, answer_all  # type: ignore[import-not-found]  # stands beside this file


def begin(reference: Any, roles: Roles) -> Callable[[Any], list[tuple[str, str]]]:
    """Both suites for each file."""
    from deepchecks.tabular import Dataset  # type: ignore[import-not-found]
    from deepchecks.tabular.suites import data_integrity, train_test_validation  # type: ignore[import-not-found]

    def dataset(frame: Any) -> Any:
        left_out = {roles.prediction, *roles.ids[1:]}
        kept = frame.drop(columns=[name for name in left_out if name in frame.columns])
        return Dataset(
            kept,
            label=roles.label,
            index_name=roles.id,
            datetime_name=roles.time,
            cat_features=[name for name in roles.categories if name in kept.columns],
            label_type="multiclass" if reference[roles.label].nunique() > 2 else "binary",
        )

    known = dataset(reference)

    def check(frame: Any) -> list[tuple[str, str]]:
        data = dataset(frame)
        results = [*data_integrity().run(data).results, *train_test_validation().run(known, data).results]
        return [alarm for one in results for alarm in _alarms(one, [*frame.columns, *reference.columns])]

    return check


def _alarms(result: Any, columns: list[str]) -> list[tuple[str, str]]:
    """By the columns that the condition's text names, or by the check alone."""
    if not getattr(result, "conditions_results", None):  # none were declared, or the check could not run
        return []
    name = result.check.name()
    if name.startswith("Date Train Test Leakage") or result.passed_conditions(fail_if_warning=True):
        return []
    details = " ".join(str(one.details) for one in result.conditions_results if not one.is_pass(fail_if_warning=True))
    named = [column for column in columns if re.search(rf"(?<![\w.]){re.escape(column)}(?![\w.])", details)]
    return [(name, column) for column in dict.fromkeys(named)] or [(name, "")]


if __name__ == "__main__":
    answer_all(begin)
