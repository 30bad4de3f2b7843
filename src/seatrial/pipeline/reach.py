"""What a change reaches: every cell's evidence, every changed path's classification, and what follows for the plan.

Called by `flows/reaching.py`, which looks at both trees. Pure.

Every changed path ends as `reached`, `irrelevant` with a reason, or `unknown`; unknown selects the fallback set.
The rules have one direction of doubt: code that no closure holds is irrelevant, because loading code is followed; any
other file that nobody is seen to read is unknown, because opening files is not, unless each stage that does not run
anyway was traced whole with the inputs that it has.
`.gitattributes` is such a file: it decides what a checkout writes.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum

from msgspec import Struct

from seatrial.pipeline.evidence_of_change import (
    Changed,
    Evidence,
    Grade,
    Hop,
    Uses,
    View,
    evidence,
    of_named_folders,
    strongest,
)
from seatrial.pipeline.globs import glob_pattern

_DOCUMENT_ENDS = (".md", ".rst", ".adoc")
_DOCUMENT_FOLDERS = frozenset({"", "doc", "docs", ".github"})
_DOCUMENT_NAMES = frozenset({
    "authors", "changelog", "citation.cff", "codeowners", "contributing", "license", "licence", "notice", "readme",
})  # fmt: skip
_OF_GIT = frozenset({
    ".gitignore", ".gitmodules", ".git-blame-ignore-revs", ".mailmap", ".editorconfig",
})  # fmt: skip

NEVER_LOADED = "code that no stage can load: no import, text, pattern or trace leads to it"
"""The reason of code that is in no closure."""


class Class(StrEnum):
    """What is known of a changed path."""

    REACHED = "reached"
    IRRELEVANT = "irrelevant"
    UNKNOWN = "unknown"


class Classified(Struct, frozen=True, kw_only=True):
    """One changed path. `stages` are the cells it reaches, those of the fallback set for an unknown one."""

    path: str
    classification: Class
    reason: str
    stages: tuple[str, ...] = ()


class Rules(Struct, frozen=True, kw_only=True):
    """What a project says about paths.

    `irrelevant` are globs with a reason. `compared` are files of the configuration, through whose values stages are
    reached, with what is said where nothing in them changed that counts. `fallback` are the stages that unknown
    paths select, None for all. `watched` are the cells whose last run was seen whole and had the very inputs that they
    have now, so that what it did not read is not read.
    """

    irrelevant: Mapping[str, str] = {}
    compared: Mapping[str, str] = {}
    fallback: tuple[str, ...] | None = None
    watched: frozenset[str] = frozenset()


class OfEnvironment(Struct, frozen=True, kw_only=True):
    """What environment roots have to say of a change: evidence by cell, and why some of their paths reach nobody."""

    evidence: Mapping[str, tuple[Evidence, ...]] = {}
    settled: Mapping[str, str] = {}


NOTHING = OfEnvironment()


class Reach(Struct, frozen=True, kw_only=True):
    """What a change reaches. `evidence` has each cell's, the strongest first; a cell without any has none."""

    evidence: Mapping[str, tuple[Evidence, ...]]
    changed: tuple[Classified, ...]
    everything: str | None = None
    """Why all stages run whatever their evidence is."""


def reach(
    views: Sequence[View],
    changed: Sequence[Changed],
    uses: Uses,
    rules: Rules,
    *,
    environment: OfEnvironment = NOTHING,
    others: Sequence[View] = (),
) -> Reach:
    """What a change reaches. `environment` is what lock files and image recipes have to say; `others` are the cells
    that were not asked for: what they alone depend on is not unknown."""
    found: dict[str, list[Evidence]] = {}
    spared = [one for one in changed if one.code or _is_for_people(one.path)]  # of these nobody would be unsure
    for view in views:
        found[view.cell.name] = [
            *evidence(view, changed, uses),
            *of_named_folders(view, spared),
            *environment.evidence.get(view.cell.name, ()),
        ]
    everything = _unreadable(views, changed)
    by_path: dict[str, dict[str, None]] = {}
    for cell, some in found.items():
        for one in some:
            by_path.setdefault(one.path, {})[cell] = None
    elsewhere = _elsewhere(others, changed, uses)
    fallback = _fallback(views, rules)
    seen = all(cell in rules.watched or any(not one.weak for one in some) for cell, some in found.items())
    classified = tuple(
        _classify(
            one,
            tuple(by_path.get(one.path, ())),
            rules,
            fallback,
            environment.settled.get(one.path) or elsewhere.get(one.path),
            seen=seen,
        )
        for one in changed
    )
    for unclear in classified:
        if unclear.classification is Class.UNKNOWN:
            for cell in fallback:
                found[cell].append(_because_unknown(unclear))
    if everything is not None:
        for some in found.values():
            some.append(everything)
    return Reach(
        evidence={cell: strongest(some) for cell, some in found.items()},
        changed=classified,
        everything=everything.reason if everything is not None else None,
    )


def _elsewhere(others: Iterable[View], changed: Sequence[Changed], uses: Uses) -> dict[str, str]:
    """Why paths are not unknown that only stages depend on which were not asked for."""
    by_path: dict[str, dict[str, None]] = {}
    for view in others:
        for one in evidence(view, changed, uses):
            by_path.setdefault(one.path, {})[view.cell.stage] = None
    return {
        path: f"of all stages only {', '.join(stages)} {'is' if len(stages) == 1 else 'are'} seen to depend on it, "
        "not what is asked for"
        for path, stages in by_path.items()
    }


def _fallback(views: Sequence[View], rules: Rules) -> tuple[str, ...]:
    """What an unknown path selects: the stages that the project names, all where none of them is asked for. Rules that
    name none are for whoever asks again with more stages."""
    if rules.fallback == ():
        return ()
    named = tuple(view.cell.name for view in views if rules.fallback is None or view.cell.stage in rules.fallback)
    return named or tuple(view.cell.name for view in views)


def everything_runs(cells: Iterable[str], changed: Iterable[str], why: str) -> Reach:
    """The answer where no answer can be given: all cells run, and every path is unknown."""
    names = tuple(cells)
    said = Evidence(path="", grade=Grade.UNKNOWN, reason=why)
    return Reach(
        evidence=dict.fromkeys(names, (said,)),
        changed=tuple(
            Classified(path=path, classification=Class.UNKNOWN, reason=why, stages=names) for path in changed
        ),
        everything=why,
    )


def _unreadable(views: Sequence[View], changed: Iterable[Changed]) -> Evidence | None:
    """A changed file on some cell's way that can no longer be read: what lies behind it is not known to anybody."""
    for one in changed:
        if one.broken is not None and any(not view.head.files.keys().isdisjoint(one.places) for view in views):
            where = f"{one.path}:{one.broken}"
            return Evidence(
                path=one.path,
                grade=Grade.UNKNOWN,
                reason=f"{where} cannot be parsed, so what it loads is not known: everything runs",
                chain=(Hop(one.path, one.broken),),
            )
    return None


def _classify(
    one: Changed, cells: tuple[str, ...], rules: Rules, fallback: tuple[str, ...], settled: str | None, *, seen: bool
) -> Classified:
    declared = declared_irrelevant(one.path, rules)
    if one.submodule and declared is None:
        unseen = "it is a submodule, and what stages read in it cannot be seen"
        return Classified(path=one.path, classification=Class.UNKNOWN, reason=unseen, stages=fallback)
    if cells:
        return Classified(path=one.path, classification=Class.REACHED, reason="a stage depends on it", stages=cells)
    reason = settled or declared or _irrelevant(one, rules, seen=seen)
    if reason is not None:
        return Classified(path=one.path, classification=Class.IRRELEVANT, reason=reason)
    return Classified(
        path=one.path,
        classification=Class.UNKNOWN,
        reason="no stage is seen to read it, and none is known not to",
        stages=fallback,
    )


def declared_irrelevant(path: str, rules: Rules) -> str | None:
    """Why a project says that a path is irrelevant, None when it does not."""
    for pattern, reason in rules.irrelevant.items():
        if glob_pattern(pattern).match(path):
            return f"declared: {reason}"
    return None


def _irrelevant(one: Changed, rules: Rules, *, seen: bool) -> str | None:
    if one.path in rules.compared:
        return rules.compared[one.path]
    if _is_for_people(one.path):
        return "a text for people, which no stage names"
    if posixpath.basename(one.path).lower() in _OF_GIT:
        return "it is about git or editors"
    if one.code and one.broken is None:
        return NEVER_LOADED
    if seen:
        return "no stage was seen to read it, and all that do not run anyway were traced whole"
    return None


def _is_for_people(path: str) -> bool:
    name = posixpath.basename(path).lower()
    stem = name.partition(".")[0]
    folder = posixpath.dirname(path).partition("/")[0].lower()
    named = name in _DOCUMENT_NAMES or (stem in _DOCUMENT_NAMES and name.endswith((".txt", *_DOCUMENT_ENDS)))
    # Elsewhere such a text may be a prompt, which a program reads.
    return named or (name.endswith(_DOCUMENT_ENDS) and folder in _DOCUMENT_FOLDERS)


def _because_unknown(one: Classified) -> Evidence:
    return Evidence(
        path=one.path,
        grade=Grade.UNKNOWN,
        reason=f"{one.path} changed, and whether a stage reads it is not known",
        chain=(Hop(one.path),),
    )
