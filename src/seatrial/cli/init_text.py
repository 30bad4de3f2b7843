"""What `seatrial init` tells: found, written, left out, and what to type next; as text and as JSON.

Called by `init`. Names come from the repository and are made plain before they reach a terminal. Eighty columns, but
for lines that are meant to be copied.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping

from seatrial.adopt.found import Found, Kind
from seatrial.adopt.proposal import Proposal, Snippet
from seatrial.adopt.surroundings import said
from seatrial.config.load import FILE
from seatrial.report.escape import log_line, plain
from seatrial.report.numbers import plural

_WIDTH = 80
_MOST = 12


def facts(
    found: Found, proposal: Proposal, texts: Mapping[str, str], steps: tuple[str, ...], *, wrote: bool
) -> dict[str, object]:
    """The same as `as_text`, for `--json`."""
    return {
        "found": list(_found(found)),
        "wrote": list(texts) if wrote else [],
        "files": dict(texts),
        "stages": [stage.name for stage in proposal.stages],
        "tiers": [tier.name for tier in proposal.tiers],
        "models": [model.name for model in proposal.models],
        "left_out": [{"what": one.what, "why": one.why, "seen": one.seen} for one in proposal.left_out],
        "ignore": list(proposal.ignore),
        "add": [{"file": one.file, "why": one.why, "lines": list(one.lines)} for one in proposal.snippets],
        "next": list(steps),
    }


def as_text(
    found: Found, proposal: Proposal, texts: Mapping[str, str], steps: tuple[str, ...], *, wrote: bool, whole: bool
) -> str:
    """What is printed. `whole`: every entry of what was left out."""
    parts = []
    if not wrote:
        parts += [
            f"# {path}\n{''.join(log_line(line) + chr(10) for line in text.splitlines())}"
            for path, text in texts.items()
        ]
    parts.append(_wrapped("Found", " | ".join(plain(one) for one in _found(found))))
    counts = ", ".join(
        [
            plural(len(proposal.stages), "stage"),
            plural(len(proposal.tiers), "tier"),
            plural(len(proposal.models), "model"),
        ]
    )
    files = ", ".join(f"{path} ({text.count(chr(10))} lines)" for path, text in texts.items())
    head = "Wrote" if wrote else "Would write"
    parts.append(_wrapped(head, f"{files}: {counts}, each guess commented. Nothing else was changed."))
    if proposal.left_out:
        lines = [f"{one.what}: {one.why}{f' [{one.seen}]' if one.seen else ''}" for one in proposal.left_out]
        most = len(lines) if whole else _MOST
        parts.append(_listed("Left out, or not as it was" if whole else "Left out", lines, most))
    if proposal.ignore:
        parts.append(
            "\n".join(["Add to .gitignore, since runs write it:", *(f"    {plain(line)}" for line in proposal.ignore)])
        )
    parts += [_snippet(one) for one in proposal.snippets]
    parts.append(
        "\n".join(f"{'Next:' if not index else '     '}  {log_line(step).strip()}" for index, step in enumerate(steps))
    )
    return "\n".join(parts)


def _wrapped(head: str, text: str) -> str:
    return textwrap.fill(
        text, _WIDTH, initial_indent=f"{head}:  ", subsequent_indent=" " * (len(head) + 3), break_on_hyphens=False
    )


def _listed(head: str, lines: list[str], most: int) -> str:
    shown = [
        textwrap.fill(plain(line), _WIDTH, initial_indent="  - ", subsequent_indent="    ", break_on_hyphens=False)
        for line in lines[:most]
    ]
    more = f"    ... and {len(lines) - most} more, in {FILE}"
    return "\n".join([f"{head}:", *shown, *([more] if len(lines) > most else [])])


def _snippet(one: Snippet) -> str:
    why = textwrap.fill(f"To add to {plain(one.file)}: {plain(one.why)}.", _WIDTH, break_on_hyphens=False)
    return "\n".join([why, *(f"    {log_line(line)}" for line in one.lines)])


def _found(found: Found) -> tuple[str, ...]:
    """What was found, in a few words each."""
    known: list[str] = []
    interpreter = found.interpreter
    version = f"Python {interpreter.version}" if interpreter.version else "Python"
    where = f" ({interpreter.path})" if interpreter.path else ""
    known.append(f"{version}{where}{f', {interpreter.lock}' if interpreter.lock else ''}")
    tests = found.tests
    known.append(
        f"{'more than ' if tests.at_least else ''}{plural(tests.count, 'test')} ({', '.join(tests.paths)})"
        if tests.files
        else "no tests"
    )
    for group in found.groups:
        for script in group.scripts:
            made = [write.path for write in script.writes if write.kind is not Kind.OTHER]
            if made:
                known.append(f"{script.path} -> {', '.join(made[:3])}")
    if found.params is not None:
        known.append(found.params[0])
    known += [f"{one.path} ({', '.join(list(one.values)[:3])})" for one in found.metrics[:2]]
    known += [f"{data.path} {said(data)}" for data in list(found.data.values())[:4]]
    if found.pointers:
        known.append(f"{plural(len(found.pointers), 'DVC pointer')}")
    known += [one.place for one in found.ci[:2]]
    known += [f"{tool.name} ({tool.seen})" for tool in found.tools]
    if found.notebooks:
        known.append(plural(len(found.notebooks), "notebook"))
    if found.dvc:
        known.append(found.dvc)
    if found.entry_points:
        known.append("MLproject")
    if found.tree.too_many:
        known.append(f"only the first {len(found.tree.files):,} files were looked at")
    known += [f"not looked into {one}" for one in found.tree.skipped[:3]]
    return tuple(known)
