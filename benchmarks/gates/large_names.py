"""The files of `large`, by what they are: names that both the measuring and the making process know."""

from __future__ import annotations

CANDIDATE = "candidate.parquet"
PRODUCTION = {"same order": "production.parquet", "shuffled": "production-shuffled.parquet"}
