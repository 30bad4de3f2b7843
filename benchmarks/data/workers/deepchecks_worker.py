"""deepchecks: its suites for one dataset and for two, with their own conditions.

    data_integrity over the file, train_test_validation with the reference as train

The dataset is told label, index, time and categories. Its two checks that no date of the file lies among those of
the reference are left out: samples of one source share their days by design. An alarm is a condition that fails, by
its check; the texts hold figures and are left out, so that a changed text does not count as something found.
"""

from __future__ import annotations

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
        return [(one.check.name(), "") for one in results if _failed(one)]

    return check


def _failed(result: Any) -> bool:
    if not getattr(result, "conditions_results", None):  # none were declared, or the check could not run
        return False
    by_dates = result.check.name().startswith("Date Train Test Leakage")
    return not by_dates and not result.passed_conditions(fail_if_warning=False)


if __name__ == "__main__":
    answer_all(begin)
