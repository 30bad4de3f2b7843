"""What a model card says of one version, as data: `flows/model_card.py` fills it in, `model_card.py` lays it out.

Strings may come from users; escaping is the renderer's duty. What nobody recorded is None or empty, and the card says
that it is: nothing here has a default that could pass for a fact.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct, field

from seatrial.report.facts import CheckFact, ModelFact

INTENDED = "intended-use"
OUT_OF_SCOPE = "out-of-scope"
ETHICS = "ethical-considerations"
WRITTEN = (INTENDED, OUT_OF_SCOPE, ETHICS)
"""Tags whose values are sections of the card: what only people can say."""


class CardFacts(Struct, frozen=True, kw_only=True):
    """One version. `judged` is its judgement at registration, None where nobody judged; `checks` are the datasets that
    its run judged. `data` and `params` are by name, `moves` sentences of the ledger, `missing` sentences on what was
    deferred, read without a pin, or made from uncommitted files. `run_known`: the report of the run that made it was at
    hand; without it intervals are those of the gates alone."""

    model: str
    ref: str
    registered: str
    by: str
    by_known_from: str
    run: str
    artifact: str
    size: int
    environment: str
    config: str
    commit: str | None = None
    dirty: bool = False
    tier: str | None = None
    made_by: str | None = None
    holds: tuple[str, ...] = ()
    moves: tuple[str, ...] = ()
    tags: Mapping[str, str] = field(default_factory=dict)
    links: tuple[str, ...] = ()
    data: Mapping[str, str] = field(default_factory=dict)
    params: Mapping[str, str] = field(default_factory=dict)
    changed_params: Mapping[str, str] = field(default_factory=dict)
    test_set: str | None = None
    evaluation: str | None = None
    rows: int | None = None
    seeds: int = 0
    judged: ModelFact | None = None
    checks: tuple[CheckFact, ...] = ()
    missing: tuple[str, ...] = ()
    machine: str | None = None
    repeat: str | None = None
    run_known: bool = False
