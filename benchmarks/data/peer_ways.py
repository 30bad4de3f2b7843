"""How the peers are asked: in the fairest configuration that each has out of the box (see the head of its worker)."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from benchmarks.data import peer_tools
from benchmarks.data.asking import Peer
from benchmarks.peers import install

WAYS = (
    Peer(tool=peer_tools.EVIDENTLY, name="Evidently drift", worker="evidently_worker.py", options=("drift",)),
    Peer(tool=peer_tools.EVIDENTLY, name="Evidently tests", worker="evidently_worker.py", options=("tests",)),
    Peer(tool=peer_tools.EVIDENTLY, name="Evidently summary", worker="evidently_worker.py", options=("summary",)),
    Peer(tool=peer_tools.GREAT_EXPECTATIONS, name="Great Expectations", worker="great_expectations_worker.py"),
    Peer(tool=peer_tools.PANDERA, name="pandera", worker="pandera_worker.py"),
    Peer(tool=peer_tools.DEEPCHECKS, name="deepchecks", worker="deepchecks_worker.py"),
    Peer(tool=peer_tools.NANNYML, name="NannyML", worker="nannyml_worker.py"),
)


def ways(names: Sequence[str], *, make: bool = True) -> list[Peer]:
    """The configurations of the named tools, or those that are named themselves, their environments made where they are
    missing and wanted."""
    known = {*(way.tool.name for way in WAYS), *(way.name for way in WAYS), "all"}
    unknown = {*names} - known
    if unknown:
        sys.exit(f"unknown tools: {', '.join(sorted(unknown))}; known: {', '.join(sorted(known))}")
    chosen = [way for way in WAYS if {"all", way.tool.name, way.name} & {*names}]
    for tool in {way.tool.name: way.tool for way in chosen if make}.values():
        install(tool)
    return chosen
