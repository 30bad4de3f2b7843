"""What stands around the stages of a proposal: tiers, comments of the file's keys, and what was found and left out.

Called by `proposing` once the stages and models are there. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping

from seatrial.adopt.found import DataFile
from seatrial.adopt.parts import Parts
from seatrial.adopt.proposal import LeftOut, Note, ProposedGates, ProposedTier


def tiers_of(parts: Parts) -> tuple[ProposedTier, ...]:
    """The tiers, each with how it is judged; `slow` only where something can be compared with main."""
    if not parts.stages:
        return ()
    judged = bool(parts.gates)
    compared = any(model.input for model in parts.models)
    base = "main" if compared and parts.found.tree.main else None
    smoke, promote = ("smoke", "promote") if judged else (None, None)
    small = ": the parameters below make training small enough for a CPU" if parts.overlay else ""
    tiers = [
        ProposedTier(
            name="pr",
            params=parts.overlay,
            gates=smoke,
            baseline=base if any("regression" in one.rules for one in _smoke(parts)) else None,
            budget="5m",
            notes=(Note(text=f"pull requests{small}; what will not fit into five minutes is put off, and owed"),),
        )
    ]
    if base is not None:
        note = Note(text="pull requests, the slow part: training in full, compared with the main branch row by row")
        tiers.append(ProposedTier(name="slow", gates=promote, baseline=base, notes=(note,)))
    tiers.append(
        ProposedTier(
            name="nightly",
            gates=promote,
            on_pass="register" if judged else None,
            notes=(Note(text="every night, in full; a model that passes is registered"),)
            if judged
            else (Note(text="every night, in full"),),
        )
    )
    tiers.append(
        ProposedTier(
            name="release",
            gates=promote,
            notes=(Note(text="before a release; `on_pass: {promote: staging}` would promote"),),
        )
    )
    return tuple(tiers)


def _smoke(parts: Parts) -> list[ProposedGates]:
    return [one for sets in parts.gates.values() for one in sets if one.name == "smoke"]


def key_notes(parts: Parts) -> Mapping[str, tuple[Note, ...]]:
    """Comments of the keys at the top of the file; what was left out stands above the stages."""
    found = parts.found
    notes: dict[str, tuple[Note, ...]] = {}
    if found.tree.main is not None:
        notes["main"] = (Note(text="the branch that pull requests go into"),)
    if found.interpreter.path is not None:
        version = f"; Python {found.interpreter.version}" if found.interpreter.version else ""
        text = f"stages run in this environment{version}"
        notes["python"] = (Note(text=text, seen=found.interpreter.seen),)
    if parts.left_out:
        lines = "\n".join(
            f"  - {one.what}: {one.why}{f' [{one.seen}]' if one.seen else ''}" for one in parts.left_out[:20]
        )
        notes["stages"] = (Note(text=f"Left out:\n{lines}"),)
    return notes


def leave_out(parts: Parts) -> None:
    """What was found and has no key, each with why."""
    found, out = parts.found, parts.left_out
    if found.notebooks:
        why = f"{len(found.notebooks)} of them: no stage until a command runs one (`jupyter nbconvert --to script`)"
        out.append(LeftOut(what="notebooks", why=why, seen=found.notebooks[0]))
    for one in found.unreadable[:10]:
        out.append(LeftOut(what=one.path, why=one.why))
    if found.targets:
        out.append(
            LeftOut(
                what=f"targets of the Makefile ({', '.join(found.targets[:8])})",
                why="they were not looked into",
                seen="Makefile",
            )
        )
    for large in found.large[:10]:
        if large.path in found.tree.tracked:
            out.append(
                LeftOut(what=large.path, why=f"{said(large)}: not read; data of this size belongs into a bucket or DVC")
            )


def said(data: DataFile) -> str:
    """A file of data in words."""
    size = (
        f"{data.size / 1e9:.1f} GB"
        if data.size >= 1e9
        else f"{data.size / 1e6:.1f} MB"
        if data.size >= 1e6
        else f"{data.size / 1e3:.1f} kB"
    )
    rows = f"{data.rows:,} rows, " if data.rows is not None else ""
    return f"{rows}{size}{f'; {data.why}' if data.why else ''}"
