"""Hand-written maps from stages to the paths that are thought to concern them, held against what stages can load.

Pure. Called by `flows/linting.py`; `config/dependency_map.py` reads the maps. An entry's paths are prefixes: `src/`
means all that begins so.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct

from seatrial.change.closure import Closure
from seatrial.errors import Place, some_of
from seatrial.pipeline import roots
from seatrial.pipeline.lint_deps import Fault, Finding


class Prefix(Struct, frozen=True, kw_only=True):
    """One prefix, and where it is written."""

    text: str
    place: Place


class Entry(Struct, frozen=True, kw_only=True):
    """One entry of a map."""

    name: str
    prefixes: tuple[Prefix, ...]
    place: Place


def stage_of(entry: Entry, stages: Iterable[str]) -> str | None:
    """The stage that an entry is about: that of its name, or of its words (`Basic Test (CPU)` is `basic-test-cpu`)."""
    names = list(stages)
    if entry.name in names:
        return entry.name
    wanted = _words(entry.name)
    return next((name for name in names if wanted and _words(name) == wanted), None)


def _words(name: str) -> tuple[str, ...]:
    return tuple(re.findall(r"[a-z0-9]+", name.lower()))


def files_of(closures: Iterable[Closure]) -> Mapping[str, str]:
    """The files that some cells can load, each with the kind of link that leads to it; configuration of tools and
    code on the command line are left out, since no map names them."""
    return {
        path: link.kind
        for one in closures
        for path, link in one.files.items()
        if path != roots.INLINE and link != roots.TOOL and path not in roots.TOOL_FILES
    }


def lint_entry(entry: Entry, stage: str, files: Mapping[str, str], paths: frozenset[str]) -> Iterator[Finding]:
    """What an entry has that is dead or needless, and what it misses. `files` are those the stage can load."""
    texts = [_plain(prefix.text) for prefix in entry.prefixes]
    for prefix, text in zip(entry.prefixes, texts, strict=True):
        covered = [path for path in paths if path.startswith(text)]
        wider = next((one for one in texts if one != text and text.startswith(one)), None)
        if not covered:
            yield _finding(Fault.DEAD, entry, prefix, "covers no file", "correct it, or remove it")
        elif wider is not None:
            yield _finding(Fault.REDUNDANT, entry, prefix, f"is covered by {wider}", "remove it")
        elif not any(path in files for path in covered):
            loads = f"loads none of its {len(covered)} files" if len(covered) > 1 else f"does not load {covered[0]}"
            what = f"is not needed: stage {stage} {loads}"
            yield _finding(Fault.REDUNDANT, entry, prefix, what, "remove it, unless something reads them unseen")
    missed = tuple(sorted(path for path in files if path in paths and not path.startswith(tuple(texts))))
    if missed:
        count = f"{len(missed)} files" if len(missed) > 1 else "1 file"
        yield Finding(
            fault=Fault.MISSING,
            owner=entry.name,
            place=entry.place,
            subject=missed[0],
            message=f"{entry.name} misses {count} that stage {stage} can load: {some_of(missed)}",
            next_step="add them, or leave the map out: `seatrial plan` finds them",
            files=missed,
        )


def _finding(fault: Fault, entry: Entry, prefix: Prefix, what: str, step: str) -> Finding:
    message = f"{prefix.text} of {entry.name} {what}"
    return Finding(
        fault=fault, owner=entry.name, place=prefix.place, subject=prefix.text, message=message, next_step=step
    )


def _plain(prefix: str) -> str:
    text = prefix.removeprefix("./")
    return "" if text == "." else text
