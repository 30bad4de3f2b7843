"""Drift by scipy, as it is written by hand: Kolmogorov-Smirnov and Wasserstein for numbers, chi-square for words."""

# mypy: ignore-errors
import sys

import polars as pl
from scipy import stats

reference, current = (pl.read_parquet(path) for path in sys.argv[1:3])
drifted = 0
for name, dtype in reference.schema.items():
    if name == "id" or name == "note" or dtype.is_temporal():
        continue
    old, new = reference[name].drop_nulls(), current[name].drop_nulls()
    if dtype.is_numeric():
        p = stats.ks_2samp(old.to_numpy(), new.to_numpy()).pvalue
        stats.wasserstein_distance(old.to_numpy(), new.to_numpy())
    else:
        both = old.cast(pl.String).value_counts().join(
            new.cast(pl.String).value_counts(), on=name, how="full", coalesce=True)  # fmt: skip
        p = stats.chi2_contingency(both.select(pl.exclude(name).fill_null(0)).to_numpy()).pvalue
    drifted += p < 0.01
print(drifted, "columns differ")
