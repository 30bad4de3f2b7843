"""The shape of a stage's outs in `seatrial.yaml`: paths, or mappings that say more about one.

Called by `stage_document`. Looks at each out alone; whether two cells would write one path is
checked afterwards, by `stage_checks`.
"""

from __future__ import annotations

import math

from seatrial.config import later
from seatrial.config.amounts import flag
from seatrial.config.names import NAME_RULE, is_name
from seatrial.config.node import Node
from seatrial.evidence.policy import Columns, OutKind
from seatrial.pipeline.policy import OutSpec

OUT_KEYS = ("path", "as", "cache", "persist", "tolerance", "taken_from")
COLUMN_KEYS = (
    "id", "label", "prediction", "score", "cluster", "query", "positive", "scores", "values", "groups", "threshold",
)  # fmt: skip
_TEXT_KEYS = COLUMN_KEYS[:7]


def read_outs(node: Node | None) -> list[tuple[OutSpec, Node]]:
    """The outs of a stage, each with the place to complain at; mistakes are noted."""
    if node is None:
        return []
    if isinstance(node.value, list):
        entries = [(entry, "") for entry in node.entries("outs")]
    else:
        entries = [(entry, name) for name, entry in node.items("outs (or a list of paths)")]
    found: list[tuple[OutSpec, Node]] = []
    for entry, name in entries:
        if name and not is_name(name):
            entry.complain(f"`{name}` cannot name an out", NAME_RULE, at_key=True)
        if not isinstance(entry.value, dict):
            path = entry.text("an out's path")
            found.append((OutSpec(name=name or path, named=bool(name), path=path, place=entry.place), entry))
            continue
        spec, at = _out_mapping(name, entry)
        found.append((spec, at))
    return found


def _out_mapping(name: str, entry: Node) -> tuple[OutSpec, Node]:
    """`{path: ..., as: predictions, id: ..., label: ..., ...}`."""
    entry.fields((*OUT_KEYS, *COLUMN_KEYS), later.OUT)
    default = OutSpec(name="", named=False, path="")
    cache, persist = flag(entry, "cache", default.cache), flag(entry, "persist", default.persist)
    at = entry.required("path", "write where the stage puts it, e.g. `path: outputs/metrics.json`")
    path = "" if at is None else at.text("an out's path")
    written_as = entry.child("as")
    word = None if written_as is None else written_as.choice(tuple(OutKind), "`as`")
    out_kind = None if word is None else OutKind(word)
    columns = None
    if out_kind is OutKind.PREDICTIONS:
        columns = _columns(entry)
    else:
        for key in COLUMN_KEYS:
            stray = entry.child(key)
            if stray is not None and (written_as is None or out_kind is not None):
                stray.complain(f"`{key}` names a column of predictions", "add `as: predictions`", at_key=True)
    if not cache and out_kind is not None:
        entry.at("cache").complain(
            "evidence is read from the store, so it must be stored", "take `cache: false` out, or `as:`", at_key=True
        )
    place = (at or entry).place
    spec = OutSpec(
        name=name or path,
        named=bool(name),
        path=path,
        kind=out_kind,
        columns=columns,
        cache=cache,
        persist=persist,
        tolerance=_tolerance(entry.child("tolerance")),
        taken_from=_taken_from(entry, out_kind),
        place=place,
    )
    return spec, at or entry


def _taken_from(entry: Node, kind: OutKind | None) -> str | None:
    """The file that others write; None after noting a mistake."""
    at = entry.child("taken_from")
    if at is None:
        return None
    path = at.text("the path of a file")
    if kind is not OutKind.JUNIT and not entry.broken:
        at.complain("only test results can be taken from a file that others write", "add `as: junit`", at_key=True)
        return None
    return path or None


def _columns(entry: Node) -> Columns:
    default = Columns()
    given = {key: child.text(f"the column `{key}`") for key in _TEXT_KEYS if (child := entry.child(key))}
    scores, values, groups, threshold = (entry.child(key) for key in ("scores", "values", "groups", "threshold"))
    columns = Columns(
        id=given.get("id", default.id),
        label=given.get("label", default.label),
        prediction=given.get("prediction", default.prediction),
        score=given.get("score"),
        cluster=given.get("cluster"),
        query=given.get("query"),
        positive=given.get("positive"),
        scores={} if scores is None else {name: at.text("a column") for name, at in scores.items("columns by class")},
        values=() if values is None else values.texts("column names"),
        groups=default.groups if groups is None else groups.texts("column names"),
        threshold=None if threshold is None else threshold.number("threshold"),
    )
    if threshold is not None and (columns.score is None or columns.positive is None) and not entry.broken:
        threshold.complain("a threshold needs a score and the positive class", "add `score:` and `positive:`")
    if scores is not None and columns.score is not None and not entry.broken:
        scores.complain("`score` is for two classes, and `scores` for more", "keep one of them", at_key=True)
    if len({columns.id, columns.label, columns.prediction}) < 3 and not entry.broken:
        entry.complain("id, label and prediction must be three columns", "name each of them", at_key=True)
    return columns


def _tolerance(node: Node | None) -> float | None:
    if node is None:
        return None
    value = node.number("tolerance")
    if not node.broken and not (0 <= value < 1 and math.isfinite(value)):
        node.complain("tolerance must be at least 0 and below 1", "write e.g. `tolerance: 1e-6`")
    return value
