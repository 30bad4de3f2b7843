"""The run over all accidents: what was chosen on the command line, the tools, the tables that are printed."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Sequence
from typing import Protocol, TypeVar

from benchmarks.change.tables import Bar
from benchmarks.data import shown
from benchmarks.data.asking import Asked
from benchmarks.data.campaign import Extent, power_table, run
from benchmarks.data.catalogue import KINDS, TABLES
from benchmarks.data.peer_ways import ways
from benchmarks.data.seatrial_tool import WAYS
from benchmarks.data.shown import Scored


class _Named(Protocol):
    @property
    def name(self) -> str: ...


Named = TypeVar("Named", bound=_Named)


def power(given: argparse.Namespace) -> list[Bar]:
    """Print what the ideal test could find; it promises nothing."""
    print(power_table(_chosen(TABLES, given.tables, "table"), _chosen(KINDS, given.kinds, "kind"), given.replicates))
    return []


def counted(given: argparse.Namespace) -> list[Bar]:
    """Ask all tools, print what they found, and say which bars Seatrial meets."""
    own = [] if given.ways == ["none"] else _chosen(WAYS, given.ways, "way")
    others = ways(given.peers, make=not given.kept)
    tools: list[Asked] = [*own, *others]
    extent = Extent(
        kinds=tuple(_chosen(KINDS, given.kinds, "kind")),
        sizes=tuple(given.sizes),
        clean=given.clean,
        repeats=given.repeats,
        keep=given.answers,
        only_kept=frozenset(way.name for way in others) if given.kept else frozenset(),
    )
    scored: list[Scored] = []
    for one in run(tools, _chosen(TABLES, given.tables, "table"), extent):
        scored.append(one)
        if given.json:
            given.json.write_text(json.dumps(shown.as_json(scored), ensure_ascii=False, indent=1) + "\n")
    print(f"{shown.summary(scored)}\n\n{shown.by_nature(scored)}")
    if given.each:
        print(f"\n{shown.each(scored)}")
    names = {way.name for way in own}
    print("\n" + "\n".join(shown.missed(one for one in scored if one.tool in names)))
    return [bar for way in own for bar in shown.bars(scored, way.name)]


def _chosen(listed: Iterable[Named], names: Sequence[str], what: str) -> list[Named]:
    """Those that are named, or all; a name that nobody has is refused."""
    known = {one.name: one for one in listed}
    unknown = [name for name in names if name not in known]
    if unknown:
        sys.exit(f"unknown {what}: {', '.join(unknown)}; known: {', '.join(known)}")
    return [known[name] for name in names] if names else list(known.values())
