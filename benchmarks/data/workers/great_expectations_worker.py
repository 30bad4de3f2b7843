"""Great Expectations: a suite derived by hand from the reference, since version 1 has no profiler.

The set of columns; for each its type, its share of nulls (none where the reference has none, else within two points of
the reference's), for numbers the range widened by a tenth (or what the column can hold, where that is known) in all
but five of a thousand rows, the mean within a quarter of a deviation and the divergence from the reference's tenths
(0.1, the threshold that its documentation shows), for texts of few words the set of them, for categories the same
divergence, for other texts the range of lengths and, where all of the reference are, that they are addresses or JSON,
for ids that they are unique, for times the range. The standard deviation is left out: with heavy tails it alarms on
clean samples. An alarm is an expectation that fails, with its column.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from reading_job import ADDRESS, Roles, all_json, answer_all  # type: ignore[import-not-found]  # stands beside this file


def begin(reference: Any, roles: Roles) -> Callable[[Any], list[tuple[str, str]]]:
    """One suite for all files, in a context that writes nothing."""
    import great_expectations as gx  # type: ignore[import-not-found]
    from great_expectations import expectations as gxe

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    batch = context.data_sources.add_pandas("pandas").add_dataframe_asset("asset").add_batch_definition_whole_dataframe(
        "batch")  # fmt: skip
    expected = [gxe.ExpectTableColumnsToMatchSet(column_set=list(reference.columns), exact_match=True)]
    for name in reference.columns:
        expected += _of_column(gxe, name, reference[name], roles)
    suite = context.suites.add(gx.ExpectationSuite(name="derived", expectations=expected))

    def check(frame: Any) -> list[tuple[str, str]]:
        result = batch.get_batch(batch_parameters={"dataframe": frame}).validate(suite)
        return [(one.expectation_config.type, str(one.expectation_config.kwargs.get("column", "")))
                for one in result.results if not one.success]  # fmt: skip

    return check


def _of_column(gxe: Any, name: str, values: Any, roles: Roles) -> list[Any]:
    nulls = float(values.isna().mean())
    made = [
        gxe.ExpectColumnValuesToNotBeNull(column=name, mostly=max(0.0, 1 - nulls - 0.02) if nulls else 1.0),
    ]
    if "," not in str(values.dtype):  # it cannot be told of a time with a zone
        made.append(gxe.ExpectColumnValuesToBeOfType(column=name, type_=_type_of(values)))
    if name in roles.ids:
        made.append(gxe.ExpectColumnValuesToBeUnique(column=name))
    elif name in roles.numbers:
        low, high = _ends(name, values, roles)
        mean, deviation = float(values.mean()), float(values.std())
        made += [
            gxe.ExpectColumnValuesToBeBetween(column=name, min_value=low, max_value=high, mostly=0.995),
            gxe.ExpectColumnMeanToBeBetween(column=name, min_value=mean - deviation / 4,
                                            max_value=mean + deviation / 4),
            *_divergence(gxe, name, _tenths(values)),
        ]  # fmt: skip
    elif name in roles.sets:
        made.append(gxe.ExpectColumnValuesToBeInSet(column=name, value_set=sorted(values.dropna().unique().tolist())))
        shares = values.dropna().value_counts(normalize=True)
        partition = {"values": shares.index.tolist(), "weights": shares.tolist()}
        made += _divergence(gxe, name, partition if name in roles.categories else None)
    elif name in roles.texts:
        lengths = values.dropna().str.len()
        made.append(gxe.ExpectColumnValueLengthsToBeBetween(column=name, min_value=int(lengths.min()),
                                                            max_value=int(lengths.max()), mostly=0.995))  # fmt: skip
    elif name in roles.times:
        made.append(gxe.ExpectColumnValuesToBeBetween(column=name, min_value=values.min(), max_value=values.max(),
                                                      mostly=0.995))  # fmt: skip
    return made + _formats(gxe, name, values)


def _ends(name: str, values: Any, roles: Roles) -> tuple[float, float]:
    """Between which values may lie."""
    margin = 0.1 * float(values.max() - values.min())
    ends: tuple[float, float] = roles.known.get(name, (float(values.min()) - margin, float(values.max()) + margin))
    return ends


def _tenths(values: Any) -> dict[str, list[float]] | None:
    """The tenths of the reference and the share in each; none where values are so frequent that few are left."""
    import numpy as np

    kept = values[np.isfinite(values)]
    bins = np.unique(np.quantile(kept, np.linspace(0, 1, 11)))
    if len(bins) < 4:
        return None
    counts = np.histogram(kept, bins)[0]
    return {"bins": bins.tolist(), "weights": (counts / counts.sum()).tolist()}


def _divergence(gxe: Any, name: str, partition: dict[str, list[Any]] | None) -> list[Any]:
    if partition is None:
        return []
    held = {"tail_weight_holdout": 0.01} if "bins" in partition else {}
    return [gxe.ExpectColumnKLDivergenceToBeLessThan(column=name, partition_object=partition, threshold=0.1, **held)]


def _formats(gxe: Any, name: str, values: Any) -> list[Any]:
    texts = values.dropna()
    if not len(texts) or not isinstance(texts.iloc[0], str):
        return []
    if texts.str.fullmatch(ADDRESS).all():
        return [gxe.ExpectColumnValuesToMatchRegex(column=name, regex=f"^{ADDRESS}$")]
    return [gxe.ExpectColumnValuesToBeJsonParseable(column=name)] if all_json(texts) else []


def _type_of(values: Any) -> str:
    return "str" if values.dtype == object else str(values.dtype)


if __name__ == "__main__":
    answer_all(begin)
