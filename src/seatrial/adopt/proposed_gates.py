"""Gate sets for one model: limits and margins that its test rows can enforce, each with what they can show.

Called by `proposing`. Pure. With predictions there is a comparison row by row, with a margin from `margins`. Without
them only figures can be held to limits: one that stands in the repository, lowered by what its rows leave open; else
what a model shows that learned nothing. A metric whose size nobody can guess (a loss, an error) gets no limit.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from msgspec import Struct

from seatrial.adopt import margins
from seatrial.adopt.found import Found, Kind, Metrics, Script
from seatrial.adopt.proposal import Note, ProposedGates, Value
from seatrial.adopt.script_stage import ScriptStage
from seatrial.adopt.scripts import toy_rows
from seatrial.adopt.tiny_overlay import Overlay

_GATES = "gates.yaml"
_OTHER_GATES = "seatrial-gates.yaml"
_TINY_BYTES = "50MB"
_TINY = (
    "smoke asks only whether the model of a pull request is the tiny one, and not empty (32 numbers for each of "
    "250,000 words are 32 MB; DistilBERT has 268 MB). Its figures are shown and held to nothing, because random "
    "weights have learned nothing: what the model is worth is for the tiers that train in full"
)
_SHORT = (
    "smoke observes: a training that was cut short need not reach these limits, so what is found is a warning and "
    "holds nothing up. The tiers that train in full judge"
)
_LATER = (
    "smoke compares with nothing, so that it can pass before main has a seatrial.yaml. Once it has, add "
    "`regression: {{max_degradation: {margin}}}` to smoke and `baseline: main` to the tier pr; the tier slow has both"
)

_LETS_IN = Note(text="smoke, for pull requests: too few rows to tell is said, and lets the change in.")


class Rows(Struct, frozen=True, kw_only=True):
    """How many rows a model is judged by, and how that is known. `rows` is None where it is not."""

    rows: int | None = None
    how: str = "nobody can count the test rows yet"
    seen: str | None = None


def test_rows(found: Found, stages: list[ScriptStage]) -> Rows:
    """The rows that the model is tested on: of predictions that are there, of a test file, of a split in the code."""
    for stage in stages:
        for out in stage.outs.get(Kind.PREDICTIONS, ()):
            data = found.data.get(out.path)
            if data is not None and data.rows:
                return Rows(rows=data.rows, how=f"{data.rows:,} rows", seen=out.path)
    for path, data in found.data.items():
        if "test" in path.rpartition("/")[2].lower() and data.rows:
            return Rows(rows=data.rows, how=f"{data.rows:,} rows", seen=path)
    for stage in stages:
        split = _split(found, stage.script)
        if split is not None:
            return split
    return Rows()


def _split(found: Found, script: Script) -> Rows | None:
    if script.split is None:
        return None
    share, line = script.split
    rows, of = None, ""
    if script.toy is not None:
        rows, of = toy_rows(script.toy[0]), script.toy[0]
    elif len(tables := [data for read in script.reads if (data := found.data.get(read.path)) and data.rows]) == 1:
        rows, of = tables[0].rows, tables[0].path
    if not rows:
        return None
    held = math.ceil(rows * share) if share < 1 else int(share)
    return Rows(rows=held, how=f"{held:,} of the {rows:,} rows of {of} are held back", seen=f"{script.path}:{line}")


def gates_file(found: Found, model: str, *, several: bool) -> str:
    """Where the sets are written: beside a file of that name which is there, one for each of several models."""
    file = _GATES if _GATES not in found.tree.files else _OTHER_GATES
    return f"{file.removesuffix('.yaml')}-{model}.yaml" if several else file


def gate_sets(
    found: Found, stages: list[ScriptStage], *, predictions: bool, compared: bool, overlay: Overlay
) -> tuple[ProposedGates, ...]:
    """`smoke` for pull requests and `promote` for what may be promoted; empty where nothing can be held to anything.

    A tiny model is held to no figure: a limit so low that it cannot be missed would be a PASS that says nothing.
    """
    rows = test_rows(found, stages)
    limits, notes = _limits(found, stages, rows, predictions=predictions)
    regression: Mapping[str, Value] = {}
    if compared:
        regression, note = _regression(rows)
        notes.append(note)
    smoke: dict[str, Value] = {}
    promote: dict[str, Value] = {}
    if limits:
        promote["performance"] = limits
        smoke["performance"] = limits
    if regression:
        promote["regression"] = regression
        if not smoke:
            smoke["regression"] = regression
        elif not overlay.params:
            notes.append(Note(text=_LATER.format(margin=regression["max_degradation"])))
    if not promote:
        return ()
    if overlay.tiny:
        smoke = {"size": {"max": _TINY_BYTES}}
        notes.append(Note(text=_TINY))
    elif overlay.params:
        notes.append(Note(text=_SHORT))
    return _sets(smoke, promote, notes, overlay)


def sets_of_known(known: Metrics) -> tuple[ProposedGates, ...]:
    """The same for a model of whose figures a file is all that is known; empty where none of them is a share."""
    limits: dict[str, Value] = {}
    notes: list[Note] = []
    for name in [name for name in known.values if margins.is_share(name)][:2]:
        limits[name], note = _limit_of_known(name, known, Rows())
        notes.append(note)
    rules = {"performance": limits}
    return _sets(rules, rules, notes, Overlay()) if limits else ()


def _sets(
    smoke: Mapping[str, Value], promote: Mapping[str, Value], notes: list[Note], overlay: Overlay
) -> tuple[ProposedGates, ...]:
    first = Note(text="What a model must show, as named sets; a tier in seatrial.yaml names the set it is judged by.")
    return (
        ProposedGates(
            name="smoke",
            rules=smoke,
            on_inconclusive=None if overlay.params else "warn",
            mode="observe" if overlay.params and not overlay.tiny else None,
            notes=(first, *notes, *(() if overlay.params else (_LETS_IN,))),
        ),
        ProposedGates(
            name="promote",
            rules=promote,
            on_inconclusive="hold",
            notes=(Note(text="promote, for what may be promoted: too few rows to tell holds the model for a person."),),
        ),
    )


def _regression(rows: Rows) -> tuple[Mapping[str, Value], Note]:
    if rows.rows is None:
        text = f"{rows.how}: 0.05 is a guess; `seatrial gate --power` says what your rows can show"
        return {"max_degradation": 0.05}, Note(text=text)
    margin = margins.paired_margin(rows.rows)
    if margin is None:
        text = f"{rows.how} are too few to rule out even a fall of accuracy by 0.3: INCONCLUSIVE until there are more"
        return {"max_degradation": 0.3}, Note(text=text, seen=rows.seen)
    text = (
        f"{rows.how}: {margin.value:g} is the smallest round fall of accuracy that they can rule out (two equally good "
        f"models that differ on {margins.DISAGREEMENT:.0%} of the rows pass {margin.power:.0%} of the time, at alpha "
        f"{margins.ALPHA:g})"
    )
    return {"max_degradation": margin.value}, Note(text=text, seen=rows.seen)


def _limits(
    found: Found, stages: list[ScriptStage], rows: Rows, *, predictions: bool
) -> tuple[dict[str, Value], list[Note]]:
    """Limits for shares among the metrics; of several only the first two, which is enough to begin with."""
    names, seen = _metric_names(found, stages)
    if predictions and not names:
        names = ("accuracy",)  # is computed from the rows
    known = _known(found, stages)
    limits: dict[str, Value] = {}
    notes: list[Note] = []
    for name in names:
        if not margins.is_share(name) or len(limits) == 2:
            continue
        if known is not None and name in known.values:
            limits[name], note = _limit_of_known(name, known, rows)
            notes.append(note)
        else:
            value = margins.chance(name)
            limits[name] = {"min": value}
            text = f"{name} {value:g} is what a model of two classes shows that learned nothing: a guess, write yours"
            notes.append(Note(text=text if value else f"{name} 0 is what the mean of all labels shows", seen=seen))
    if not limits and predictions:
        notes.append(Note(text="add `performance: {accuracy: {min: ...}}` with the figure that you expect"))
    return limits, notes


def _limit_of_known(name: str, known: Metrics, rows: Rows) -> tuple[Mapping[str, Value], Note]:
    value = margins.lowest(known.values[name], rows.rows)
    allowed = rows.how if rows.rows else "a fall of 0.05, a guess"
    return {"min": value}, Note(
        text=f"{name} is {known.values[name]:g} there; {value:g} allows for {allowed}", seen=known.path
    )


def _metric_names(found: Found, stages: list[ScriptStage]) -> tuple[tuple[str, ...], str | None]:
    """The names under which metrics are written: as the code says, else as a file that is there says."""
    for stage in reversed(stages):
        for out in stage.outs.get(Kind.METRICS, ()):
            write = stage.writes[out.name or ""]
            if write.names:
                return write.names, out.notes[0].seen if out.notes else stage.script.path
    known = _known(found, stages)
    return (tuple(known.values), known.path) if known is not None else ((), None)


def _known(found: Found, stages: list[ScriptStage]) -> Metrics | None:
    """Metrics in the repository that one of the scripts writes."""
    written = {write.path for stage in stages for write in stage.script.writes}
    return next((one for one in found.metrics if one.path in written), None)
