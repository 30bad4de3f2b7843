"""Drift by Evidently: its preset for drift of tables."""

# mypy: ignore-errors
import sys

import pandas as pd
from evidently import DataDefinition, Dataset, Report
from evidently.presets import DataDriftPreset

frames = [pd.read_parquet(path) for path in sys.argv[1:3]]
names = [name for name in frames[0].columns if name not in ("id", "note", "created", "changed")]
words = [name for name in names if name.startswith("category") or name == "active"]
mapping = DataDefinition(numerical_columns=[name for name in names if name not in words], categorical_columns=words)
known, current = (Dataset.from_pandas(frame[names], data_definition=mapping) for frame in frames)
result = Report([DataDriftPreset()], include_tests=True).run(current, known).dict()
print(sum(str(test["status"]).endswith("FAIL") for test in result["tests"]), "tests fail")
