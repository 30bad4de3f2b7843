"""Evidence for people and for programs: the way from a stage to what changed, the same in `plan` and `why`."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping, Sequence

from seatrial.change.symbols import BODY
from seatrial.pipeline.evidence_of_change import Evidence, Hop
from seatrial.pipeline.reach import Class, Classified
from seatrial.report.escape import log_line, plain

WIDTH = 80
_LONGEST = 600
_MOST_HOPS = 12
_MOST_PATHS = 20


def evidence_rows(found: Iterable[Evidence]) -> list[dict[str, object]]:
    """Evidence for programs, the strongest first."""
    return [
        {
            "path": one.path,
            "grade": one.grade.value,
            "weak": one.weak,
            "reason": one.reason,
            "chain": [hop_row(hop) for hop in one.chain],
        }
        for one in found
    ]


def hop_row(hop: Hop) -> dict[str, object]:
    """One place for programs."""
    return {"path": hop.path, "line": hop.line, "name": hop.name}


def changed_rows(changed: Iterable[Classified]) -> list[dict[str, object]]:
    """Changed paths for programs."""
    return [
        {"path": one.path, "classification": one.classification.value, "reason": one.reason, "stages": list(one.stages)}
        for one in changed
    ]


def chain_lines(chain: Sequence[Hop], indent: str = "  ") -> list[str]:
    """A way, one place a line, the names under each other where they fit; of a long one its two ends."""
    shown: list[tuple[str, str]] = [(f"{hop.path}{f':{hop.line}' if hop.line else ''}", _name(hop)) for hop in chain]
    left_out = len(shown) - _MOST_HOPS
    if left_out > 0:
        half = _MOST_HOPS // 2
        shown[half : half + left_out] = [(f"({left_out} places more)", "")]
    room = min(max(len(where) for where, _ in shown), WIDTH // 2) if shown else 0
    return [f"{indent}{plain(f'{where:<{room}}  {name}')}".rstrip() for where, name in shown]


def _name(hop: Hop) -> str:
    return "(when it is loaded)" if hop.name == BODY else hop.name


def reason_of(evidence: Sequence[Evidence], reason: str) -> str:
    """The reason for an action, with how much more there is of the kind."""
    more = sum(not one.weak for one in evidence[1:])
    return f"{reason}, and {more} more" if more and reason == evidence[0].reason else reason


def way_lines(cells: Iterable[tuple[str, str, Sequence[Evidence]]]) -> list[str]:
    """The shortest way of the strongest evidence of each cell, given with name and stage; cells that go the same way
    together."""
    ways: dict[tuple[Hop, ...], list[tuple[str, str]]] = {}
    every: dict[str, int] = {}
    for name, stage, evidence in cells:
        every[stage] = every.get(stage, 0) + 1
        if evidence and len(evidence[0].chain) > 1:
            ways.setdefault(evidence[0].chain, []).append((name, stage))
    lines = []
    for chain, names in ways.items():
        lines += ["", said(f"{grouped(names, every)}:"), *chain_lines(chain)]
    return lines


def grouped(cells: Iterable[tuple[str, str]], every: Mapping[str, int]) -> str:
    """Cells by name, given with their stages; all cells of a stage as one. `every` counts the cells of each stage."""
    by_stage: dict[str, list[str]] = {}
    for name, stage in cells:
        by_stage.setdefault(stage, []).append(name)
    return ", ".join(
        f"{stage} ({len(names)} cells)" if len(names) > 1 and len(names) == every.get(stage) else ", ".join(names)
        for stage, names in by_stage.items()
    )


def path_lines(changed: Iterable[Classified], wanted: Class) -> list[str]:
    """The changed paths of one class with the reason, the first of many."""
    rows = [said(f"{wanted.value}: {one.path}: {one.reason}") for one in changed if one.classification is wanted]
    more = len(rows) - _MOST_PATHS
    return rows[:_MOST_PATHS] + ([f"and {more} more"] if more > 0 else [])


def said(sentence: str, indent: str = "") -> str:
    """A sentence that may hold text from files, wrapped."""
    line = log_line(sentence, bound=_LONGEST)
    return textwrap.fill(
        line,
        WIDTH,
        initial_indent=indent,
        subsequent_indent=f"{indent}  ",
        break_on_hyphens=False,
        break_long_words=False,
    )
