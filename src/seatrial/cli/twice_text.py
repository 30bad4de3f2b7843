"""What running a stage twice has shown, as text and as JSON. Called by `twice`."""

from __future__ import annotations

from collections.abc import Iterator

from seatrial.cli import exits
from seatrial.digest import Json
from seatrial.evidence.sameness import Clue, FileComparison, Sameness
from seatrial.flows.twice import CellTwice, Twice
from seatrial.report.escape import plain
from seatrial.report.fit import wrap

_WIDTH = 80
_BOUND = 400
_WORDS = {
    Sameness.EQUAL: "equal, byte for byte",
    Sameness.WITHIN: "equal within the declared tolerance",
    Sameness.DIFFERENT: "different",
}
HINTS = {
    Clue.TIME: "it holds a time: leave it out, or write it to a file that is no out",
    Clue.ORDER: "the same things in another order: sort sets, directory listings and results of threads",
    Clue.IDENTIFIER: "it holds an identifier that is made anew each time (a uuid, an address in memory)",
    Clue.ARCHIVE: "it is an archive, and archives hold times: set them to a fixed one (gzip: mtime=0)",
    Clue.ROUNDING: "numbers differ in their last digits: a GPU, or threads that sum in another order; ask for "
    "deterministic kernels, or declare `tolerance:` for this out",
    Clue.RANDOM: "numbers differ as random ones do: set the seed of every library (random, numpy, torch)",
}


def twice_code(found: Twice) -> int:
    """The exit code: equal 0, different 1, a failing command 4; nothing to compare is never equal."""
    if found.failed:
        return exits.STAGE
    if found.different:
        return exits.BLOCKED
    if any(outcome.did == "deferred" for outcome in found.troubles):
        return exits.HELD
    return exits.USER if found.troubles else exits.OK


def twice_json(found: Twice, code: int) -> dict[str, Json]:
    """The document of `run --twice --json`."""
    return {
        "schema_version": 1,
        "run": found.run,
        "cells": [_cell_json(cell) for cell in found.cells],
        "troubles": [
            {"cell": outcome.cell, "action": outcome.did.value, "reason": outcome.reason, "log": outcome.log}
            for outcome in found.troubles
        ],
        "exit_code": code,
    }


def twice_lines(found: Twice) -> Iterator[str]:
    """What the command prints."""
    for outcome in found.troubles:
        yield from _wrapped(f"{outcome.cell} {outcome.did}: {outcome.reason}; so there is nothing to compare")
    for cell in found.cells:
        if cell.trouble is None:
            yield from _cell_lines(cell)


def _cell_lines(cell: CellTwice) -> Iterator[str]:
    where = " (in the work tree, since its command does not take every out as ${outs.NAME})" if cell.in_tree else ""
    yield from _wrapped(f"{cell.cell} was run twice{where}: {_WORDS[cell.sameness]}")
    for file in cell.files:
        yield from _wrapped(f"{file.path}: {_WORDS[file.sameness]}", indent="  ")
        if file.spot is not None and file.sameness is not Sameness.EQUAL:
            yield from _wrapped(f"at {file.spot.place}: {file.spot.first}, then {file.spot.second}", indent="    ")
        for clue in file.clues:
            yield from _wrapped(f"perhaps {HINTS[clue]}", indent="    ")
    if cell.sameness is Sameness.DIFFERENT:
        yield from _wrapped(_about_stored(cell.stored), indent="  ")


def _about_stored(stored: bool | None) -> str:
    if stored is None:
        return "nothing was stored, and nothing is"
    which = "is one of the two" if stored else "is neither of the two"
    return f"the stored result {which}; it stays, and reports that rest on it say that it is in doubt"


def _cell_json(cell: CellTwice) -> dict[str, Json]:
    return {
        "cell": cell.cell,
        "sameness": None if cell.trouble is not None else cell.sameness.value,
        "in_tree": cell.in_tree,
        "stored": cell.stored,
        "files": [_file_json(file) for file in cell.files],
    }


def _file_json(file: FileComparison) -> dict[str, Json]:
    return {
        "path": file.path,
        "sameness": file.sameness.value,
        "place": file.spot.place if file.spot else None,
        "first": file.spot.first if file.spot else None,
        "second": file.spot.second if file.spot else None,
        "hints": [clue.value for clue in file.clues],
    }


def _wrapped(text: str, *, indent: str = "") -> Iterator[str]:
    for line in wrap(plain(text, bound=_BOUND), _WIDTH - len(indent)):
        yield indent + line
