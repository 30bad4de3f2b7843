"""Whether a model is evaluated on what it was trained on, as far as declarations and equal bytes tell. Pure.

Called by `patterns.py`. Subtle: a folder that both training and evaluation take may hold both halves, so only files
count; and what every stage takes (parameters, code) is no data: a shared dep counts where it is a declared dataset or
ends like data.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from msgspec import Struct

from seatrial.adopt.doctor.facts import Project, Tree
from seatrial.adopt.doctor.outcome import Alarm, Pattern
from seatrial.errors import Place
from seatrial.flows.policy import CONFIG_FILE, ProjectPolicy
from seatrial.pipeline.policy import OutSource, PathSource, StageSpec

DATA_SUFFIXES = (
    ".arrow", ".avro", ".csv", ".feather", ".h5", ".jsonl", ".ndjson", ".npy", ".npz", ".orc", ".parquet", ".tfrecord",
    ".tsv", ".csv.gz", ".jsonl.gz",
)  # fmt: skip
TEST = "test"


class Sides(Struct, frozen=True, kw_only=True):
    """The stages of one model: those that make its artifact, with what feeds them, and the one that evaluates it."""

    model: str
    trains: frozenset[str]
    evaluates: str | None


def sides_of(policy: ProjectPolicy) -> tuple[Sides, ...]:
    """Who trains and who evaluates each model."""
    return tuple(
        Sides(
            model=name,
            trains=frozenset({model.artifact.stage}),
            evaluates=model.predictions.stage if model.predictions is not None else None,
        )
        for name, model in policy.models.items()
    )


def data_of(policy: ProjectPolicy, stage: str) -> dict[str, Place | None]:
    """The data files that a stage takes, each with where that is written; folders are left out."""
    spec = policy.pipeline.stages.get(stage)
    if spec is None:
        return {}
    known = {dataset.path for dataset in policy.datasets.values()}
    found: dict[str, Place | None] = {}
    for dep in spec.deps or ():
        path = _path_of(policy, dep.source)
        if path is not None and (path in known or path.endswith(DATA_SUFFIXES)):
            found[path] = dep.place or spec.place
    for path in known & set(_words(spec)):
        found.setdefault(path, spec.place)
    return {path: place for path, place in found.items() if _is_file(path)}


def data_alarms(project: Project, tree: Tree) -> Iterator[Alarm]:
    """Each way in which evaluation meets training data."""
    policy = project.policy
    held_out = {dataset.path: dataset.name for dataset in policy.datasets.values() if dataset.role == TEST}
    told: set[tuple[str, int | None, str]] = set()
    for sides in sides_of(policy):
        trained = {path: place for stage in sides.trains for path, place in data_of(policy, stage).items()}
        tested = data_of(policy, sides.evaluates) if sides.evaluates else {}
        for alarm in (
            *_same(sides, trained, tested),
            *_held_out(sides, trained, held_out),
            *_twins(trained, tested, tree),
        ):
            key = (alarm.file, alarm.line, alarm.message)
            if key not in told:
                told.add(key)
                yield alarm


def _same(sides: Sides, trained: dict[str, Place | None], tested: dict[str, Place | None]) -> Iterator[Alarm]:
    for path in sorted(trained.keys() & tested.keys()):
        yield _alarm(tested[path], f"`{sides.evaluates}` evaluates {sides.model} on {path}, which it was trained on")


def _held_out(sides: Sides, trained: dict[str, Place | None], held_out: dict[str, str]) -> Iterator[Alarm]:
    for path in sorted(trained.keys() & held_out.keys()):
        stages = ", ".join(sorted(sides.trains))
        yield _alarm(trained[path], f"`{stages}` trains on the dataset `{held_out[path]}`, whose role is test")


def _twins(trained: dict[str, Place | None], tested: dict[str, Place | None], tree: Tree) -> Iterator[Alarm]:
    for twin in tree.twins:
        for one, other in ((twin.one, twin.other), (twin.other, twin.one)):
            if one in trained and other in tested:
                yield _alarm(tested[other], f"{other} has the same bytes as {one}, which is trained on")


def _alarm(place: Place | None, message: str) -> Alarm:
    return Alarm(
        pattern=Pattern.EVALUATION_ON_TRAINING_DATA,
        file=(place.file if place is not None else None) or CONFIG_FILE,
        line=place.line if place is not None else None,
        message=message,
        mend="hold rows out that no stage trains on, give that dataset `role: test`, and let its contract say "
        "`disjoint: [{with: train.csv}]`",
    )


def _path_of(policy: ProjectPolicy, source: object) -> str | None:
    if isinstance(source, PathSource):
        return source.path
    if isinstance(source, OutSource):
        spec = policy.pipeline.stages.get(source.stage)
        return next((out.path for out in spec.outs if out.name == source.out), None) if spec is not None else None
    return None


def _words(spec: StageSpec) -> list[str]:
    try:
        return shlex.split(spec.cmd or spec.shell)
    except ValueError:
        return []


def _is_file(path: str) -> bool:
    return "." in path.rpartition("/")[2] and not path.endswith("/") and not any(mark in path for mark in "*?[")
