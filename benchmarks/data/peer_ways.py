"""How the peers are asked: in the fairest configuration that each has out of the box (see the head of its worker)."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from benchmarks.data import peer_tools
from benchmarks.data.asking import Peer
from benchmarks.peers import install

WAYS = (
    Peer(tool=peer_tools.EVIDENTLY, name="Evidently drift", worker="evidently_worker.py", options=("drift",)),
    Peer(tool=peer_tools.EVIDENTLY, name="Evidently summary", worker="evidently_worker.py", options=("summary",)),
    Peer(tool=peer_tools.GREAT_EXPECTATIONS, name="Great Expectations", worker="great_expectations_worker.py"),
    Peer(tool=peer_tools.PANDERA, name="pandera", worker="pandera_worker.py"),
    Peer(tool=peer_tools.DEEPCHECKS, name="deepchecks", worker="deepchecks_worker.py"),
    Peer(tool=peer_tools.NANNYML, name="NannyML", worker="nannyml_worker.py"),
)


def ways(names: Sequence[str], *, make: bool = True) -> list[Peer]:
    """The configurations of the named tools, their environments made where they are missing and wanted."""
    unknown = {*names} - {way.tool.name for way in WAYS} - {"all"}
    if unknown:
        sys.exit(
            f"unknown tools: {', '.join(sorted(unknown))}; known: {', '.join(sorted({w.tool.name for w in WAYS}))}"
        )
    chosen = [way for way in WAYS if "all" in names or way.tool.name in names]
    for tool in {way.tool.name: way.tool for way in chosen if make}.values():
        install(tool)
    return chosen
