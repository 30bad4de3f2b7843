"""What is in a cache, as text and as JSON, for the `cache` commands."""

from __future__ import annotations

import textwrap
from datetime import UTC, datetime
from typing import TextIO

from seatrial.clock import iso
from seatrial.digest import Json, short
from seatrial.flows.caching import Collected, Forgotten, Status, Verified
from seatrial.pipeline.collect import Item
from seatrial.report.escape import plain
from seatrial.report.numbers import plural, size
from seatrial.report.table import table

_WIDTH = 80
_MOST_ROWS = 20
_TENTHS = 10
_MANY = 1000  # blobs; fewer are read in a moment
_DAY = 86_400


class Counting:
    """Progress of reading many blobs: a line that counts in a terminal, one a tenth elsewhere, or nothing."""

    def __init__(self, stream: TextIO, *, quiet: bool) -> None:
        self._stream = stream
        self._quiet = quiet
        self._live = stream.isatty()
        self._shown = 0

    def show(self, count: int, of: int) -> None:
        """So many are done."""
        if self._quiet or of < _MANY:
            return
        tenths = count * _TENTHS // of
        if self._live:
            if count % 100 == 0 or count == of:
                self._stream.write(f"\r{count:,} of {of:,} blobs" + ("\n" if count == of else ""))
                self._stream.flush()
        elif tenths > self._shown:
            self._shown = tenths
            print(f"{count:,} of {of:,} blobs", file=self._stream, flush=True)


def status(found: Status, now: datetime) -> str:
    """What is there, by kind."""
    rows = [(kind.name, f"{kind.count:,}", size(kind.size), _age(kind.oldest, now)) for kind in found.kinds]
    lines = [table(rows, ("kind", "count", "size", "oldest"), width=_WIDTH, align="lrrr"), ""]
    lines.append(f"{size(found.size)} in all; `seatrial cache gc` would free {size(found.reclaimable)}")
    if found.needed.runs:
        lines.append(f"registered versions need {plural(len(found.needed.runs), 'run')} and what they made")
    return "\n".join(lines)


def status_json(found: Status) -> dict[str, Json]:
    """The same, all of it."""
    return {
        "size": found.size,
        "reclaimable": found.reclaimable,
        "kinds": [
            {"kind": kind.name, "count": kind.count, "size": kind.size, "oldest": _iso(kind.oldest)}
            for kind in found.kinds
        ],
        "needed_by_versions": {"runs": sorted(found.needed.runs), "keys": sorted(found.needed.keys)},
    }


def verified(found: Verified) -> str:
    """Whether all is well, and what was done where it is not."""
    read = f"{plural(found.blobs, 'blob')}, {size(found.size)}"
    if found.sound:
        return f"{read}: all have their digests"
    lines = [f"{read}: {len(found.damaged):,} damaged and set aside in .seatrial/cas/quarantine"]
    lines += [f"  {short(name)}" for name in found.damaged[:_MOST_ROWS]]
    if found.lost:
        rows = [(one.cell, one.run, short(one.blobs[0]), str(len(one.blobs))) for one in found.lost[:_MOST_ROWS]]
        lines += ["", "results dropped, because bytes that they name are gone:"]
        lines.append(table(rows, ("stage", "run", "e.g. blob", "gone"), width=_WIDTH))
    if found.unreadable:
        lines += ["", f"{plural(len(found.unreadable), 'result file')} could not be read and were removed"]
    lines.append("next: seatrial run makes again what is missing")
    return "\n".join(lines)


def verified_json(found: Verified) -> dict[str, Json]:
    """The same, all of it."""
    return {
        "blobs": found.blobs,
        "size": found.size,
        "damaged": list(found.damaged),
        "lost": [{"cell": one.cell, "key": one.key, "run": one.run, "blobs": list(one.blobs)} for one in found.lost],
        "unreadable": list(found.unreadable),
    }


def collected(done: Collected, *, dry_run: bool) -> str:
    """What went, or would go."""
    removal = done.removal
    counts = [
        ("results", [item.size for item in removal.results]),
        ("runs", [item.size for item in removal.runs]),
        ("profiles", [item.size for item in removal.profiles]),
        ("blobs", list(removal.blobs.values())),
    ]
    kinds = dict.fromkeys(one.kind for one in removal.loose)
    counts += [(kind, [one.size for one in removal.loose if one.kind == kind]) for kind in kinds]
    rows = [(name, f"{len(sizes):,}", size(sum(sizes))) for name, sizes in counts if sizes]
    lines = []
    if removal.results:
        shown = [(one.cell, one.run, short(one.name)) for one in removal.results[:_MOST_ROWS]]
        lines += [table(shown, ("result of", "run", "key"), width=_WIDTH)]
        if len(removal.results) > _MOST_ROWS:
            lines.append(f"and {plural(len(removal.results) - _MOST_ROWS, 'more result')}")
        lines.append("")
    if rows:
        lines += [table(rows, ("kind", "count", "size"), width=_WIDTH, align="lrr"), ""]
    verb = "would be freed" if dry_run else "freed"
    lines.append(f"{size(removal.freed)} {verb}; {size(done.left)} {'would be' if dry_run else 'are'} left")
    if removal.over:
        lines.append(f"that is {size(removal.over)} over the limit: registered versions need it")
    return "\n".join(lines)


def collected_json(done: Collected) -> dict[str, Json]:
    """The same; blobs are counted."""
    removal = done.removal
    return {
        "freed": removal.freed,
        "left": done.left,
        "over": removal.over,
        "results": [_item(one) | {"cell": one.cell, "run": one.run} for one in removal.results],
        "runs": [_item(one) for one in removal.runs],
        "profiles": [_item(one) for one in removal.profiles],
        "blobs": len(removal.blobs),
        "others": [{"path": one.path, "kind": one.kind, "size": one.size} for one in removal.loose],
    }


def forgotten(done: Forgotten) -> str:
    """What was dropped."""
    rows = [(one["cell"] or "not stored here", one["run"], short(one["key"])) for one in done.results]
    text = plain(f"warning: {done.warning}") if done.warning else ""
    warning = textwrap.wrap(text, _WIDTH, break_on_hyphens=False, break_long_words=False)
    return "\n".join((table(rows, ("forgotten", "run", "key"), width=_WIDTH), *warning))


def _item(one: Item) -> dict[str, Json]:
    return {"name": one.name, "size": one.size, "used": _iso(one.used)}


def _iso(seconds: float | None) -> str | None:
    return None if seconds is None else iso(datetime.fromtimestamp(seconds, UTC))


def _age(seconds: float | None, now: datetime) -> str:
    if seconds is None:
        return ""
    days = (now.timestamp() - seconds) / _DAY
    return "today" if days < 1 else f"{plural(int(days), 'day')} ago"
