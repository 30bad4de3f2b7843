"""Univariate drift by NannyML: Jensen-Shannon for all columns, ten chunks, fitted on the reference."""

# mypy: ignore-errors
import sys

import nannyml
import pandas as pd

reference, current = (pd.read_parquet(path) for path in sys.argv[1:3])
names = [name for name in reference.columns if name not in ("id", "note", "created", "changed")]
words = [name for name in names if name.startswith("category") or name == "active"]
calculator = nannyml.UnivariateDriftCalculator(
    column_names=names,
    treat_as_categorical=words,
    chunk_number=10,
    continuous_methods=["jensen_shannon"],
    categorical_methods=["jensen_shannon"],
)
result = calculator.fit(reference).calculate(current).filter(period="analysis").to_df()
print(sum(bool(result[column].any()) for column in result.columns if column[-1] == "alert"), "columns differ")
