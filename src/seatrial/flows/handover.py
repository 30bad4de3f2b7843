"""What a run hands over to a job that people trust more: its report, and what it measured, as data.

A run of code from a fork may write nothing to a forge. It leaves a folder (`seatrial report --pack`) with its report
and the evidence of every model that it judged, by content; a second job, of the repository's own code, takes that
(`seatrial report --post --from`), judges the evidence under the rules of the base, and posts.

Written by `run_judging` (one file a model) and `pack`, read by `second_look`. Subtle: whoever wrote the folder may be
hostile. Nothing of it is run, unpacked or trusted to name a place: files are asked for by names made here, everything
is bounded before it is read, and bytes count only under the digest that they have.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from msgspec import Struct, field

from seatrial.digest import canonical
from seatrial.errors import EvidenceError, OutsideError, Place, UserError
from seatrial.evidence.policy import OutKind
from seatrial.evidence.strict_json import loads
from seatrial.flows.baselines import Baseline, BaselineFound, BaselineMissing
from seatrial.flows.dossier import Dossier, EvidenceFile, stored
from seatrial.gates.evidence import AbsentReason
from seatrial.registry.records import StoredFile, StoredPredictions, StoredSeed
from seatrial.registry.serial import decode, encode
from seatrial.replacing import replace
from seatrial.report.facts import RunFacts
from seatrial.report.serial import from_text, to_text
from seatrial.store import atomic
from seatrial.store.blobs import Artifact, BlobStore, CorruptBlobError

REPORT = "report.json"
_MODELS = "models"
_BLOBS = "blobs"
_SCHEMA = 1
MOST_BYTES = 256 << 20
"""Bytes of a whole folder; evidence beyond that stays behind, and is said to."""
MOST_FILES = 10_000
_MOST_REPORT = 32 << 20
_MOST_RECORD = 4 << 20
_MOST_PATH = 1024
_MOST_SUFFIX = 16


class Measured(Struct, frozen=True, kw_only=True):
    """What was measured of one side of a comparison: a dossier without its store."""

    model: str
    artifact: Artifact
    environment: str = ""
    made_by: str | None = None
    action: str | None = None
    predictions: StoredPredictions | None = None
    metrics: tuple[StoredFile, ...] = ()
    others: Mapping[str, StoredFile] = field(default_factory=dict)
    seeds: tuple[StoredSeed, ...] = ()
    evaluation: str | None = None
    test_set: str | None = None
    unserved: Mapping[str, str] = field(default_factory=dict)
    voted_against: str | None = None
    seeds_test_set: str | None = None

    @property
    def files(self) -> tuple[Artifact, ...]:
        """The evidence; not the model itself, which nobody needs to judge it."""
        found = [*self.metrics, *self.others.values(), *(seed.file for seed in self.seeds)]
        if self.predictions is not None:
            found.insert(0, self.predictions.file)
        return tuple(file.artifact for file in found)


class Handed(Struct, frozen=True, kw_only=True):
    """One judged model. `baseline` is what it was compared with, under `label`; where there was nothing, `missing` is
    the reason and `said` what else is known."""

    schema: int
    gate_set: str
    candidate: Measured
    baseline: Measured | None = None
    label: str = ""
    rescored: str | None = None
    missing: str | None = None
    said: str = ""


class Received(Struct, frozen=True, kw_only=True):
    """A folder that was looked at. `models` are by name; the blobs are verified when they are read."""

    facts: RunFacts
    models: Mapping[str, Handed]
    store: BlobStore


def handed(dossier: Dossier, baseline: Baseline, *, gate_set: str, rows: int) -> Handed:
    """A judged model, as it is handed over."""
    one = Handed(schema=_SCHEMA, gate_set=gate_set, candidate=_measured(dossier, rows))
    match baseline:
        case BaselineFound(dossier=other, label=label, rescored=rescored):
            return replace(one, baseline=_measured(other, rows), label=label, rescored=rescored)
        case BaselineMissing(reason=reason, message=message):
            return replace(one, missing=reason.value, said=message)
        case _:
            return replace(one, missing=AbsentReason.NO_BASELINE.value)


def keep_handed(folder: Path, model: str, one: Handed) -> None:
    """Write it into the folder of its run."""
    atomic.write_atomic(folder / _MODELS / f"{model}.json", canonical(encode(one)), durable=False)


def pack(run: Path, facts: RunFacts, stores: Sequence[BlobStore], target: Path) -> tuple[str, ...]:
    """Write what a run hands over into a new folder; sentences on what stays behind because it is too large.

    Raises UserError where something lies at `target` already, OutsideError.
    """
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise UserError(f"{target} is there already", next_step="name a folder that is not there, or is empty")
    blobs = BlobStore(target / _BLOBS)
    left, said = MOST_BYTES, []
    for path in sorted((run / _MODELS).glob("*.json")):
        one = _handed_in(path)
        for artifact in dict.fromkeys((*one.candidate.files, *(one.baseline.files if one.baseline else ()))):
            if artifact.size > left:
                said.append(f"evidence of {path.stem} ({artifact.size:,} bytes) is too large to be handed over")
                continue
            left -= artifact.size
            _copy(artifact, stores, blobs)
        atomic.write_atomic(target / _MODELS / path.name, path.read_bytes(), durable=False)
    atomic.write_atomic(target / REPORT, to_text(facts).encode(), durable=False)
    return tuple(said)


def receive(folder: Path) -> Received:
    """Look at a folder that somebody else has written. Raises UserError, naming the file, for anything that is not
    what `pack` writes."""
    _refuse_what_is_strange(folder)
    report = folder / REPORT
    facts = from_text(_bounded(report, _MOST_REPORT), file=REPORT)
    names = sorted(path for path in (folder / _MODELS).glob("*.json")) if (folder / _MODELS).is_dir() else []
    models = {path.stem: _checked(_handed_in(path), path) for path in names}
    return Received(facts=facts, models=models, store=BlobStore(folder / _BLOBS))


def dossier_of(one: Measured, store: BlobStore) -> Dossier:
    """What was measured, to be judged again."""
    rows = one.predictions
    return Dossier(
        model=one.model,
        artifact=one.artifact,
        store=store,
        environment=one.environment,
        made_by=one.made_by,
        action=one.action,
        predictions=None if rows is None else stored(rows.file, OutKind.PREDICTIONS, store, rows.columns),
        metrics=tuple(stored(file, OutKind.METRICS, store) for file in one.metrics),
        others=tuple(stored(file, OutKind(kind), store) for kind, file in one.others.items()),
        seeds=tuple(
            stored(seed.file, OutKind.PREDICTIONS if seed.columns else OutKind.METRICS, store, seed.columns)
            for seed in one.seeds
        ),
        evaluation=one.evaluation,
        test_set=one.test_set,
        unserved=one.unserved,
        voted_against=one.voted_against,
        seeds_test_set=one.seeds_test_set,
    )


def _measured(dossier: Dossier, rows: int) -> Measured:
    file = dossier.predictions
    return Measured(
        model=dossier.model,
        artifact=dossier.artifact,
        environment=dossier.environment,
        made_by=dossier.made_by,
        action=dossier.action,
        predictions=None
        if file is None or file.columns is None
        else StoredPredictions(file=_stored(file), columns=file.columns, rows=rows),
        metrics=tuple(map(_stored, dossier.metrics)),
        others={one.kind.value: _stored(one) for one in dossier.others},
        seeds=tuple(StoredSeed(file=_stored(one), columns=one.columns) for one in dossier.seeds),
        evaluation=dossier.evaluation,
        test_set=dossier.test_set,
        unserved=dict(dossier.unserved),
        voted_against=dossier.voted_against,
        seeds_test_set=dossier.seeds_test_set,
    )


def _stored(file: EvidenceFile) -> StoredFile:
    return StoredFile(path=file.shown, artifact=file.artifact, stage=file.stage, action=file.action)


def _copy(artifact: Artifact, stores: Sequence[BlobStore], target: BlobStore) -> None:
    """From the first store that has it. Raises OutsideError where none has it whole."""
    fault: CorruptBlobError | None = None
    for store in stores:
        try:
            store.copy_to(artifact, target)
            return
        except CorruptBlobError as error:
            fault = error
    raise OutsideError(f"what the run measured is no longer there: {fault}", next_step="seatrial run, and pack again")


def _handed_in(path: Path) -> Handed:
    value = loads(_bounded(path, _MOST_RECORD), file=path.name)
    try:
        return decode(Handed, value)
    except ValueError as error:
        raise _strange(path.name, str(error)) from error


def _checked(one: Handed, path: Path) -> Handed:
    """What a record must be besides well formed, since its texts become the names of files that are read."""
    sides = [one.candidate, *([one.baseline] if one.baseline is not None else [])]
    if one.schema != _SCHEMA:
        raise _strange(path.name, f"its schema is {one.schema}")
    if any(side.model != path.stem for side in sides):
        raise _strange(path.name, "it is about another model")
    if one.missing is not None and one.missing not in set(AbsentReason):
        raise _strange(path.name, "its reason for having no baseline is unknown")
    for side in sides:
        unknown = set(side.others) - {kind.value for kind in OutKind}
        if unknown or any(artifact.kind != "file" for artifact in side.files):
            raise _strange(path.name, "it has evidence of an unknown kind")
        if not all(map(_plain_path, _paths(side))):
            raise _strange(path.name, "the path of a file of evidence cannot be meant")
    return one


def _paths(side: Measured) -> Iterator[str]:
    yield from (file.path for file in (*side.metrics, *side.others.values(), *(seed.file for seed in side.seeds)))
    if side.predictions is not None:
        yield side.predictions.file.path


def _plain_path(path: str) -> bool:
    suffix = os.path.splitext(path)[1]  # noqa: PTH122 - a text of a stranger, which need not be a path at all
    return len(path) <= _MOST_PATH and path.isprintable() and len(suffix) <= _MOST_SUFFIX


def _refuse_what_is_strange(folder: Path) -> None:
    """Only files and folders, not too many, not too large: a pipe would never end, a link leads elsewhere."""
    if not folder.is_dir() or folder.is_symlink():
        raise UserError(f"{folder} is no folder", next_step="name the folder that `seatrial report --pack` wrote")
    count = size = 0
    for where, folders, files in os.walk(folder):
        for name in (*folders, *files):
            path = Path(where, name)
            mode = path.lstat()
            count += 1
            size += mode.st_size if stat.S_ISREG(mode.st_mode) else 0
            if not (stat.S_ISREG(mode.st_mode) or stat.S_ISDIR(mode.st_mode)):
                raise _strange(str(path.relative_to(folder)), "it is neither a file nor a folder")
            if count > MOST_FILES or size > 2 * MOST_BYTES:
                raise _strange(str(folder), f"it holds more than {MOST_FILES:,} files or {2 * MOST_BYTES:,} bytes")


def _bounded(path: Path, most: int) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(most + 1)
    except OSError as error:
        raise _strange(path.name, f"it cannot be read ({error.strerror})") from error
    if len(data) > most:
        raise _strange(path.name, f"it has more than {most:,} bytes")
    return data


def _strange(file: str, why: str) -> EvidenceError:
    return EvidenceError(
        f"what was handed over cannot be used: {why}",
        place=Place(file=file),
        next_step="it must be a folder that `seatrial report --pack` wrote, of this version of Seatrial",
    )
