"""NannyML: univariate drift, multivariate drift by reconstruction, missing and unseen values.

Univariate drift by Jensen-Shannon, its recommended method for both types; thresholds are its own, three deviations over
chunks of the reference. These are as large as the file, or a tenth of the reference where that is less, because the
deviation of three or four chunks would be noise; a file then is several chunks, of which the last takes in what is left
over. An alarm is an alert for any of them, by method and column.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from reading_job import Roles, answer_all  # type: ignore[import-not-found]  # stands beside this file

CHUNKS = 10


def begin(reference: Any, roles: Roles) -> Callable[[Any], list[tuple[str, str]]]:
    """Calculators are fitted once for each length of a file, since thresholds depend on the chunk."""
    fitted: dict[int, list[Any]] = {}
    kept = [*roles.numbers, *roles.sets]

    def check(frame: Any) -> list[tuple[str, str]]:
        size = len(frame)
        if size not in fitted:
            fitted[size] = _fitted(reference, roles, size)
        missing = [name for name in kept if name not in frame.columns]
        alarms = [("missing column", name) for name in missing]
        for calculator in fitted[size]:
            alarms += _alerts(calculator.calculate(frame))
        return alarms

    return check


def _fitted(reference: Any, roles: Roles, size: int) -> list[Any]:
    import nannyml  # type: ignore[import-not-found]

    numbers, categories, sets = roles.numbers, roles.categories, roles.sets
    rows = min(size, max(1, len(reference) // CHUNKS))
    chunks = nannyml.chunk.SizeBasedChunker(chunk_size=rows, incomplete="append")
    made = [
        nannyml.UnivariateDriftCalculator(
            column_names=[*numbers, *categories], treat_as_categorical=categories, chunker=chunks,
            continuous_methods=["jensen_shannon"], categorical_methods=["jensen_shannon"]),
        nannyml.DataReconstructionDriftCalculator(column_names=[*numbers, *categories], chunker=chunks),
        nannyml.MissingValuesCalculator(column_names=[*numbers, *categories, *roles.texts], chunker=chunks),
        nannyml.UnseenValuesCalculator(column_names=sets, chunker=chunks),
    ]  # fmt: skip
    return [calculator.fit(reference) for calculator in made if not (
        type(calculator).__name__ == "UnseenValuesCalculator" and not sets)]  # fmt: skip


def _alerts(result: Any) -> list[tuple[str, str]]:
    frame = result.filter(period="analysis").to_df()
    alerts = [column for column in frame.columns if column[-1] == "alert" and bool(frame[column].any())]
    method = type(result).__module__.rpartition(".")[0]
    return [(f"{method} {column[-2] if len(column) > 2 else ''}", str(column[0])) for column in alerts]


if __name__ == "__main__":
    answer_all(begin)
