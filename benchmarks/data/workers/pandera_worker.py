"""pandera: the schema it infers from the reference, corrected as its documentation tells to edit it.

Strict about columns, types not coerced. The inferred bounds are the exact ends of a sample, so they are widened by
a tenth of the range (or are what the column can hold, where that is known), and those of ids are dropped; ids are
unique; texts of few words are sets; other texts keep the widened range of lengths, and are addresses or JSON where all
of the reference are; a column without null stays so.
An alarm is a check that fails, with its column.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from reading_job import ADDRESS, Roles, all_json, answer_all  # type: ignore[import-not-found]  # stands beside this file


def begin(reference: Any, roles: Roles) -> Callable[[Any], list[tuple[str, str]]]:
    """One schema for all files."""
    import pandera.pandas as pa  # type: ignore[import-not-found]

    inferred = pa.infer_schema(reference)
    columns = {}
    for name, column in inferred.columns.items():
        values = reference[name]
        checks = []
        if name in roles.numbers or (name in roles.times and str(values.dtype).startswith("datetime")):
            margin = 0.1 * (values.max() - values.min())
            ends = roles.known.get(name, (values.min() - margin, values.max() + margin))
            checks.append(pa.Check.in_range(*ends))
        elif name in roles.sets:
            checks.append(pa.Check.isin(values.dropna().unique().tolist()))
        elif name in roles.texts:
            checks += _of_texts(pa, values.dropna())
        if name in roles.ids and values.dtype == object:
            checks += _formats(pa, values.dropna())
        if name in roles.json and name in roles.sets:
            checks += _formats(pa, values.dropna())
        columns[name] = pa.Column(column.dtype, checks, nullable=bool(values.isna().any()), unique=name in roles.ids)
    schema = pa.DataFrameSchema(columns, strict=True, coerce=False)

    def check(frame: Any) -> list[tuple[str, str]]:
        try:
            schema.validate(frame, lazy=True)
        except pa.errors.SchemaErrors as failed:
            cases = failed.failure_cases
            return [(str(check).partition("(")[0], str(column or ""))
                    for check, column in zip(cases["check"], cases["column"], strict=True)]  # fmt: skip
        return []

    return check


def _of_texts(pa: Any, texts: Any) -> list[Any]:
    lengths = texts.str.len()
    return [pa.Check.str_length(int(0.9 * lengths.min()), int(1.1 * lengths.max()) + 1), *_formats(pa, texts)]


def _formats(pa: Any, texts: Any) -> list[Any]:
    if texts.str.fullmatch(ADDRESS).all():
        return [pa.Check.str_matches(f"^{ADDRESS}$")]
    if all_json(texts):
        return [pa.Check(lambda value: all_json([value]), element_wise=True, name="json")]
    return []


if __name__ == "__main__":
    answer_all(begin)
