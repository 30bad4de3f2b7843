"""What every worker does: read the job, answer for each file, never stop at an exception of the tool.

Workers run in the environments of other tools, without Seatrial and without this package: this file stands beside
them and is all they share.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from typing import Any

FEW = 100
"""Texts of up to so many words are categories for tools that want to be told."""

ADDRESS = r"[^@\s]+@[^@\s]+\.[a-z]+"
"""What anybody would ask of a column of addresses."""


def all_json(texts: Any) -> bool:
    """Whether every text holds an object or a list of JSON."""
    try:
        return all(isinstance(json.loads(text), dict | list) for text in texts)
    except (TypeError, ValueError):
        return False


class Roles:
    """The parts that columns play, as the benchmark says them; only columns that the file has.

    `sets` are texts of few words, for rules that list them. `categories` are those of them whose shares are compared:
    objects of JSON are texts, even where few different ones come, for sixty of them are too many for a few hundred
    rows. `known` are the ends of what a column can hold, where whoever knows the data knows them.
    """

    def __init__(self, given: dict[str, Any], frame: Any) -> None:
        self.label: str | None = given["label"]
        self.prediction: str | None = given["prediction"]
        self.time: str | None = given["time"]
        self.id: str | None = given["id"]
        self.ids: list[str] = list(given["ids"])
        self.numbers = [name for name in frame.columns if frame[name].dtype.kind in "if" and name not in self.ids]
        texts = [name for name in frame.columns if frame[name].dtype == object or str(frame[name].dtype) == "str"]
        flags = [name for name in frame.columns if frame[name].dtype == bool]
        self.known: dict[str, tuple[float, float]] = {name: (ends[0], ends[1]) for name, ends in given["known"].items()}
        self.sets = flags + [name for name in texts if frame[name].nunique() <= FEW]
        self.json = [name for name in texts if all_json(frame[name].dropna())]
        self.categories = [name for name in self.sets if name not in self.json]
        self.texts = [name for name in texts if name not in self.categories and name not in self.ids]
        self.times = [name for name in frame.columns if frame[name].dtype.kind == "M"]


def answer_all(begin: Callable[[Any, Roles], Callable[[Any], list[tuple[str, str]]]]) -> None:
    """Read the job from standard input, let `begin` look at the reference, and print an answer for each file.

    What a tool prints itself goes to standard error.
    """
    import pandas as pd  # type: ignore[import-untyped]

    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    job = json.load(sys.stdin)
    reference = pd.read_parquet(job["reference"])
    check = begin(reference, Roles(job["roles"], reference))
    for path in job["currents"]:
        begun = time.process_time()
        alarms: list[tuple[str, str]] = []
        error = None
        try:
            alarms = sorted(set(check(pd.read_parquet(path))))
        except Exception as failed:  # noqa: BLE001 - whatever the tool raises is its answer
            error = f"{type(failed).__name__}: {failed}"[:200]
        cpu = time.process_time() - begun
        print(json.dumps({"alarms": alarms, "error": error, "cpu": cpu}), file=answers, flush=True)
