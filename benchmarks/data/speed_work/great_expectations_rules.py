"""The contract of `make_tables.py` as a suite of Great Expectations over pandas, its usual engine."""

# mypy: ignore-errors
import json
import sys
from pathlib import Path

import great_expectations as gx
import pandas as pd
from great_expectations import expectations as gxe

TYPES = {"int": "int64", "number": "float64", "string": "str", "bool": "bool", "datetime": "datetime64[us]"}
rules = json.loads(Path(sys.argv[2]).read_text(encoding="utf-8"))
context = gx.get_context(mode="ephemeral")
context.variables.progress_bars = {"globally": False}
asset = context.data_sources.add_pandas("pandas").add_dataframe_asset("asset")
batch = asset.add_batch_definition_whole_dataframe("batch")
suite = context.suites.add(gx.ExpectationSuite(name="contract"))
for name, rule in rules.items():
    suite.add_expectation(gxe.ExpectColumnToExist(column=name))
    suite.add_expectation(gxe.ExpectColumnValuesToBeOfType(column=name, type_=TYPES[rule["type"]]))
    if rule.get("nullable") is False:
        suite.add_expectation(gxe.ExpectColumnValuesToNotBeNull(column=name))
    if "min" in rule:
        suite.add_expectation(
            gxe.ExpectColumnValuesToBeBetween(column=name, min_value=rule["min"], max_value=rule["max"])
        )
    if "one_of" in rule:
        suite.add_expectation(gxe.ExpectColumnValuesToBeInSet(column=name, value_set=rule["one_of"]))
    if rule.get("unique"):
        suite.add_expectation(gxe.ExpectColumnValuesToBeUnique(column=name))
result = batch.get_batch(batch_parameters={"dataframe": pd.read_parquet(sys.argv[1])}).validate(
    suite, result_format="BOOLEAN_ONLY"
)
print(sum(not one.success for one in result.results), "expectations fail")
