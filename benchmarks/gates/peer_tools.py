"""The tools that judge models beside Seatrial, each in an environment of its own, at pinned versions.

What each is asked stands at the head of its worker in `benchmarks/gates/speed_work/`. Evidently and deepchecks are
those that check data beside Seatrial too, in the same environments.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.data.peer_tools import DEEPCHECKS, EVIDENTLY, QUIET
from benchmarks.peers import ENVIRONMENTS, Tool, Work, install


def _nothing(_folder: Path, _work: Work) -> None:
    """These tools are given rows, not stages."""


FAIRLEARN = Tool(
    name="fairlearn", requirements=("fairlearn==0.15.0", "scikit-learn==1.9.1", "pandas==3.1.1", "numpy==2.4.6"),
    declare=_nothing, arguments=("python",), keeps=(),
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """A tool of others and its worker; it may take `seconds`."""

    name: str
    tool: Tool
    worker: str
    what: str
    seconds: float = 900.0


PEERS = (
    Peer(name="fairlearn", tool=FAIRLEARN, worker="fairlearn_frame.py",
         what="10 metrics x 20 groups, one model, no intervals"),
    Peer(name="evidently", tool=EVIDENTLY, worker="evidently_report.py",
         what="classification preset with tests, one model, no groups"),
    Peer(name="deepchecks", tool=DEEPCHECKS, worker="deepchecks_suite.py",
         what="model evaluation without weak segments, two models, no groups"),
    Peer(name="scikit-learn", tool=FAIRLEARN, worker="sklearn_metrics.py",
         what="8 metrics, AUC, log loss, Brier, two models, no groups, no intervals"),
)  # fmt: skip


def chosen(names: Sequence[str], environments: Path | None) -> tuple[list[Peer], Path]:
    """The named peers, their environments made where they are missing, and where these are."""
    known = {peer.name for peer in PEERS}
    unknown = {*names} - known - {"all", "none"}
    if unknown:
        sys.exit(f"unknown tools: {', '.join(sorted(unknown))}; known: {', '.join(sorted(known))}, all, none")
    place = environments or ENVIRONMENTS
    peers = [peer for peer in PEERS if {"all", peer.name} & {*names}]
    for tool in {peer.tool.name: peer.tool for peer in peers}.values():
        install(tool, place)
    return peers, place


def environment_of(tool: Tool, place: Path) -> Mapping[str, str]:
    """What a peer sees: its own packages and home, and nothing that makes it report or colour."""
    kept = {name: value for name, value in os.environ.items() if name in ("TMPDIR", "LANG", "PATH")}
    home = str(place / tool.name / "home")
    return {**kept, **QUIET, "HOME": home, "XDG_CACHE_HOME": f"{home}/.cache"}
