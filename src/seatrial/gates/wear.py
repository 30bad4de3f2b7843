"""A test set that has judged many candidates wears out: the best of them is partly the luckiest.

Pure. Called by the flows with how many different candidates the same rows have judged. Each gate holds its error for
one candidate; whoever tries twenty and keeps the one that passes has tried twenty times (Dwork et al. 2015, Science
349:636; Blum and Hardt 2015, ICML, The Ladder). Nothing is corrected for it, because nobody knows which candidates
were looked at and why; it is counted, said, and how large luck can be is put in figures.
"""

from __future__ import annotations

import math

MANY = 10
"""Candidates from which on it is worth a warning."""


def luck(candidates: int, rows: int, disagreement: float) -> float:
    """How much better than the others the best of equally good candidates looks, by accuracy: sqrt(2 log k) standard
    errors of a paired difference, the leading term of the largest of k normal variables (Cramer 1946, section
    28.6)."""
    return math.sqrt(2 * math.log(candidates)) * math.sqrt(disagreement / rows) if candidates > 1 else 0.0


def warning(model: str, candidates: int, rows: int, *, disagreement: float = 0.05) -> str | None:
    """What to say of a test set that judged so many candidates; None while they are few."""
    if candidates < MANY or rows < 1:
        return None
    return (
        f"{candidates} different candidates of {model} were judged on the same {rows:,} rows: the best of as many "
        f"equally good models looks better by about {luck(candidates, rows, disagreement):.3f} by luck alone; "
        "put fresh rows into the test set, or keep a second one for promotion"
    )
