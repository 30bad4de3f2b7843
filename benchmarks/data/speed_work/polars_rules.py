"""The contract of `make_tables.py` as one lazy select of polars, written by hand: nulls, ranges, sets, the id."""

import json
import sys
from pathlib import Path

import polars as pl

rules = json.loads(Path(sys.argv[2]).read_text(encoding="utf-8"))
asked = []
for name, rule in rules.items():
    column = pl.col(name)
    if rule.get("nullable") is False:
        asked.append(column.null_count().alias(f"{name} null"))
    if "min" in rule:
        asked.append((~column.is_between(rule["min"], rule["max"])).sum().alias(f"{name} range"))
    if "one_of" in rule:
        asked.append((~column.is_in(rule["one_of"])).sum().alias(f"{name} set"))
    if rule.get("unique"):
        asked.append(column.is_duplicated().sum().alias(f"{name} unique"))
found = pl.scan_parquet(sys.argv[1]).select(asked).collect(engine="streaming").row(0, named=True)
print(sum(count > 0 for count in found.values()), "rules are broken")
