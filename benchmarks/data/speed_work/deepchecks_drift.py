"""Drift by deepchecks: its check of the drift of all features, with the samples of 10,000 rows that it takes itself."""

# mypy: ignore-errors
import sys

import pandas as pd
from deepchecks.tabular import Dataset
from deepchecks.tabular.checks import FeatureDrift

frames = [pd.read_parquet(path).drop(columns=["note"]) for path in sys.argv[1:3]]
words = [name for name in frames[0].columns if name.startswith("category")]
known, current = (
    Dataset(frame.drop(columns=["created", "changed"]), index_name="id", cat_features=words) for frame in frames
)
result = FeatureDrift().run(known, current)
print(sum(value["Drift score"] > 0.2 for value in result.value.values()), "columns differ")
