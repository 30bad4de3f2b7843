"""A proposal as the text of `seatrial.yaml` and of its gates files.

Called by `cli/init` and `dvc`. The order of keys is that of the documentation, a stage's `cmd` first; keys that have
their default are left out. `checked` reads the text back with our own loader: what init writes is never refused by
`run`, whatever the repository's files are called.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from seatrial.adopt.commented_yaml import Entry, written
from seatrial.adopt.proposal import (
    Note,
    Proposal,
    ProposedDep,
    ProposedGates,
    ProposedModel,
    ProposedOut,
    ProposedStage,
    ProposedTier,
    Value,
)
from seatrial.config.load import FILE, load
from seatrial.evidence.policy import Columns
from seatrial.flows.policy import ProjectPolicy

_COLUMN_TEXTS = ("score", "cluster", "query", "positive")


def files_of(proposal: Proposal) -> Mapping[str, str]:
    """The files to write, by path, `seatrial.yaml` first."""
    texts = {FILE: seatrial_yaml(proposal)}
    for path, sets in proposal.gates.items():
        texts[path] = gates_yaml(sets)
    return texts


def checked(texts: Mapping[str, str], read: Callable[[str], bytes | None]) -> ProjectPolicy:
    """The policy that the loader makes of them, with `read` for the files that are there already.

    Raises ConfigError where the loader finds a mistake.
    """

    def there(path: str) -> bytes | None:
        return texts[path].encode() if path in texts else read(path)

    return load(there).policy


def seatrial_yaml(proposal: Proposal) -> str:
    """The text of `seatrial.yaml`."""
    notes = proposal.key_notes
    entries = [Entry(key="project", value=proposal.project, notes=(*proposal.notes, *notes.get("project", ())))]
    for key, value in (
        ("main", proposal.main),
        ("python", proposal.python),
        ("sources", proposal.sources or None),
        ("params", proposal.params),
    ):
        if value is not None:
            entries.append(Entry(key=key, value=value, notes=notes.get(key, ())))
    sections = {
        "tiers": tuple(_tier(tier) for tier in proposal.tiers),
        "datasets": tuple(
            _mapping(one.name, one.notes, path=one.path, role=one.role, contract=one.contract)
            for one in proposal.datasets
        ),
        "stages": tuple(_stage(stage) for stage in proposal.stages),
        "models": tuple(_model(model) for model in proposal.models),
    }
    for key, inner in sections.items():
        if inner:
            entries.append(
                Entry(key=key, entries=inner, notes=notes.get(key, ()), open=True, spaced=key in ("stages", "models"))
            )
    return written(entries)


def gates_yaml(sets: tuple[ProposedGates, ...]) -> str:
    """The text of a gates file."""
    entries = []
    for one in sets:
        inner = [Entry(key=kind, value=None, entries=_entries(rule)) for kind, rule in one.rules.items()]
        if one.on_inconclusive is not None:
            inner.append(Entry(key="on_inconclusive", value=one.on_inconclusive))
        if one.mode is not None:
            inner.append(Entry(key="mode", value=one.mode))
        entries.append(Entry(key=one.name, entries=tuple(inner), notes=one.notes, open=True))
    return written(entries)


def _entries(value: Value) -> tuple[Entry, ...]:
    if not isinstance(value, Mapping):
        raise TypeError("a gate is a mapping")
    return tuple(Entry(key=key, value=inner) for key, inner in value.items())


def _mapping(key: str, notes: tuple[Note, ...], /, **values: Value) -> Entry:
    """An entry with those values that are given."""
    inner = tuple(Entry(key=name, value=value) for name, value in values.items() if value is not None)
    return Entry(key=key, entries=inner, notes=notes)


def _tier(tier: ProposedTier) -> Entry:
    return _mapping(
        tier.name,
        tier.notes,
        params=tier.params or None,
        gates=tier.gates,
        baseline=tier.baseline,
        on_pass=tier.on_pass,
        budget=tier.budget,
    )


def _model(model: ProposedModel) -> Entry:
    entry = _mapping(
        model.name,
        model.notes,
        artifact=model.artifact,
        predictions=model.predictions,
        input=model.input,
        gates=model.gates,
        evidence=model.evidence or None,
    )
    return Entry(key=entry.key, entries=entry.entries, notes=entry.notes, open=True)


def _stage(stage: ProposedStage) -> Entry:
    given: list[tuple[str, Value]] = [
        ("cmd", stage.cmd or None),
        ("shell", stage.shell or None),
        ("uses", stage.uses),
        ("with", stage.arguments or None),
        ("needs", stage.needs or None),
        ("matrix", stage.matrix or None),
    ]
    inner = [Entry(key=key, value=value) for key, value in given if value is not None]
    if stage.deps is not None:
        inner.append(_several("deps", tuple(_dep(dep) for dep in stage.deps)))
    if stage.outs:
        inner.append(_several("outs", tuple(_out(out) for out in stage.outs)))
    rest: list[tuple[str, Value]] = [
        ("roots", stage.roots or None),
        ("params", stage.params or None),
        ("env", stage.env or None),
        ("pass_env", stage.pass_env or None),
        ("secrets", stage.secrets or None),
        ("resources", stage.resources or None),
        ("timeout", stage.timeout),
        ("always", True if stage.always else None),
        ("tiers", stage.tiers),
        *stage.more.items(),
    ]
    inner += [Entry(key=key, value=value) for key, value in rest if value is not None]
    return Entry(key=stage.name, entries=tuple(inner), notes=stage.notes, open=True)


def _several(key: str, entries: tuple[Entry, ...]) -> Entry:
    """Deps or outs: a mapping where they have names, else a list."""
    named = {bool(entry.key) for entry in entries}
    if len(named) > 1:
        raise ValueError(f"either all {key} of a stage have names, or none")
    return Entry(key=key, entries=entries) if True in named else Entry(key=key, items=entries)


def _dep(dep: ProposedDep) -> Entry:
    return Entry(key=dep.name or "", value=dep.source, notes=dep.notes)


def _out(out: ProposedOut) -> Entry:
    more: dict[str, Value] = {}
    if out.kind is not None:
        more["as"] = str(out.kind)
    if out.columns is not None:
        more |= _columns(out.columns)
    if not out.cache:
        more["cache"] = False
    if out.persist:
        more["persist"] = True
    if out.tolerance is not None:
        more["tolerance"] = out.tolerance
    if out.taken_from is not None:
        more["taken_from"] = out.taken_from
    if not more:
        return Entry(key=out.name or "", value=out.path, notes=out.notes)
    return _mapping(out.name or "", out.notes, path=out.path, **more)


def _columns(columns: Columns) -> dict[str, Value]:
    found: dict[str, Value] = {"id": columns.id, "label": columns.label, "prediction": columns.prediction}
    found |= {key: value for key in _COLUMN_TEXTS if (value := getattr(columns, key)) is not None}
    if columns.scores:
        found["scores"] = dict(columns.scores)
    if columns.values:
        found["values"] = tuple(columns.values)
    if columns.threshold is not None:
        found["threshold"] = columns.threshold
    if columns.groups:
        found["groups"] = tuple(columns.groups)
    return found
