"""Predictions taken for answers: a test case may name a row of the predictions file by its id.

Called by the behavioral gate for cases such as `id,expected`, which then need no answers file. Only the rows that
cases name are looked at; ids that are not there are left out, for the gate to name.
"""

from __future__ import annotations

from collections.abc import Collection

from seatrial.evidence.case_records import Answer, Answers
from seatrial.evidence.records import Predictions


def answers_from(predictions: Predictions, ids: Collection[str]) -> Answers:
    """The predictions of those ids, and the scores beside them, as answers that were asked once."""
    table = predictions.table
    wanted = table.filter(table["id"].is_in(list(ids)))
    names, texts = wanted["id"].to_list(), wanted["prediction"].to_list()
    scores = wanted["score"].to_list() if "score" in wanted.columns else [None] * len(names)
    by_case = {name: (Answer(text=text, score=score),) for name, text, score in zip(names, texts, scores, strict=True)}
    return Answers(source=predictions.source, by_case=by_case, partial=True)
