"""The contract of `make_tables.py` as a schema of pandera over pandas."""

# mypy: ignore-errors
import json
import sys
from pathlib import Path

import pandas as pd
import pandera.pandas as pa

TYPES = {"int": "int64", "number": "float64", "string": "object", "bool": "bool", "datetime": "datetime64[us]"}
rules = json.loads(Path(sys.argv[2]).read_text(encoding="utf-8"))
columns = {}
for name, rule in rules.items():
    checks = [pa.Check.in_range(rule["min"], rule["max"])] if "min" in rule else []
    checks += [pa.Check.isin(rule["one_of"])] if "one_of" in rule else []
    columns[name] = pa.Column(
        TYPES[rule["type"]], checks, nullable=rule.get("nullable") is not False, unique=rule.get("unique", False)
    )
try:
    pa.DataFrameSchema(columns).validate(pd.read_parquet(sys.argv[1]), lazy=True)
except pa.errors.SchemaErrors as failed:
    print(failed.failure_cases.groupby(["column", "check"]).size().shape[0], "checks fail")
