"""Two work trees over one real state, at the same moment."""

from __future__ import annotations

import threading
from pathlib import Path

from seatrial.errors import ConflictError
from seatrial.registry.records import How
from seatrial.registry.registry import Registry
from seatrial.store.blobs import BlobStore
from seatrial.store.local_state import LocalState
from tests.support.drafts import ACTOR, draft
from tests.support.instants import ISO

ROUNDS = 10


def tree(folder: Path, name: str) -> Registry:
    return Registry(LocalState(folder / "state", seen=folder / name / "seen.json"))


def test_of_two_promotes_at_once_one_wins_and_the_other_hears_of_it(tmp_path: Path) -> None:
    """Each round both judged against the same holder; the ledger has one move a round, each from the one before."""
    source = BlobStore(tmp_path / "cas")
    for run in range(2 * ROUNDS + 1):
        tree(tmp_path, "a").register(draft(source, tmp_path, run=f"run-{run}"), source=source)
    holder = tree(tmp_path, "a").move_alias(
        "digits", "production", 1, expected_holder=None, how=How.FIRST, actor=ACTOR, at=ISO
    )
    start = threading.Barrier(2)
    outcomes: list[str] = []

    def promote(name: str, version: int, expected: int) -> None:
        registry = tree(tmp_path, name)
        start.wait(timeout=30)
        try:
            registry.move_alias(
                "digits", "production", version, expected_holder=expected, how=How.PROMOTE, actor=ACTOR, at=ISO
            )
        except ConflictError:
            outcomes.append("conflict")
        else:
            outcomes.append("moved")

    for nth in range(ROUNDS):
        racers = [
            threading.Thread(target=promote, args=(name, 2 + 2 * nth + which, holder.version))
            for which, name in enumerate("ab")
        ]
        for racer in racers:
            racer.start()
        for racer in racers:
            racer.join(timeout=60)
        holder = tree(tmp_path, "a").ledger("digits")[-1]

    ledger = tree(tmp_path, "b").ledger("digits")
    assert (outcomes.count("moved"), outcomes.count("conflict")) == (ROUNDS, ROUNDS)
    assert len(ledger) == ROUNDS + 1
    assert [row.previous for row in ledger[1:]] == [row.version for row in ledger[:-1]]
