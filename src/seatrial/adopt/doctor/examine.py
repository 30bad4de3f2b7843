"""The doctor's visit: gather what can be seen, then judge it. The way in for `cli/doctor.py`.

Nothing here stops at the first trouble: without git, without a configuration, with a broken one, in a folder that
cannot be written, all that can still be looked at is.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from pathlib import Path

from msgspec import Struct

from seatrial.adopt.doctor.ci_files import is_ci_file
from seatrial.adopt.doctor.facts import Facts, Project, Records
from seatrial.adopt.doctor.levels import level_of
from seatrial.adopt.doctor.machine import PATIENCE, Machine, look_at_machine
from seatrial.adopt.doctor.next_steps import next_steps
from seatrial.adopt.doctor.outcome import Visit
from seatrial.adopt.doctor.patterns import alarms_of
from seatrial.adopt.doctor.points import points_of, score_of
from seatrial.adopt.doctor.probes import evidence_of
from seatrial.adopt.doctor.project_words import training
from seatrial.adopt.doctor.reading import Reader, walk
from seatrial.adopt.doctor.record_look import look_at_runs, look_at_state
from seatrial.adopt.doctor.timed import Timed
from seatrial.adopt.doctor.tree_look import look_at_tree
from seatrial.change.git import Git
from seatrial.clock import iso
from seatrial.config.contract import load_contract
from seatrial.config.load import FILE, load
from seatrial.data.policy import Contract
from seatrial.errors import ConfigError, OutsideError, SeatrialError, UserError
from seatrial.flows.policy import ProjectPolicy
from seatrial.pipeline.cache import FOLDER
from seatrial.replacing import replace
from seatrial.store.state import StateStore

DAYS = 90
"""How long a record proves that something is still done."""
_CONFIG_BYTES = 1 << 20


class Found(Struct, frozen=True, kw_only=True):
    """A state that was opened for a look: its store, its address in words, and its folder, None for a bucket."""

    store: StateStore
    address: str
    folder: Path | None


OpenState = Callable[[Git, ProjectPolicy | None], AbstractContextManager[Found]]
"""Opens the records for a look that leaves nothing behind. Raises SeatrialError."""


class State(Struct, frozen=True, kw_only=True):
    """What was read of a state, or why it was not."""

    records: Records = Records()
    streams: int = 0
    address: str = "the state"
    folder: Path | None = None
    refused: str = ""
    remedy: str = ""
    unseen: tuple[str, ...] = ()


def examine(folder: Path, open_state: OpenState, *, now: datetime, environ: Mapping[str, str]) -> Visit:
    """Look at everything around a folder."""
    git, git_found = _git(folder)
    root = git.root if git is not None else folder
    reader = Reader(root)
    project, configured, problems = _project(reader)
    policy = project.policy if project is not None else None
    runs, twice, lost = look_at_runs(root / FOLDER / "runs")
    known = frozenset(run.run for run in runs)
    asked = Timed("records", lambda: _read_state(open_state, git, policy, known))
    tree, workflows, unseen = look_at_tree(reader, _paths(git, root), in_git=git is not None, policy=policy)
    state = _state(asked)
    every = tuple(sorted((*runs, *state.records.runs), key=lambda run: run.run))
    records = Records(runs=every, twice=twice, models=state.records.models)
    looks = look_at_machine(
        Machine(
            folder=folder,
            git_found=git_found,
            git=git,
            policy=policy,
            environ=environ,
            now=now,
            address=state.address,
            state_folder=state.folder,
            streams=state.streams,
            refused=state.refused,
            remedy=state.remedy,
            newest_record=_newest(records),
        )
    )
    since = iso(now - timedelta(days=DAYS))
    facts = Facts(tree=tree, workflows=workflows, project=project, records=records, since=since)
    points = points_of(evidence_of(facts))
    score = score_of(points)
    return Visit(
        folder=str(root),
        configured=configured,
        problems=problems,
        level=level_of(facts, points),
        score=score,
        points=points,
        alarms=alarms_of(facts),
        machine=looks,
        steps=next_steps(
            points,
            score,
            configured=configured,
            broken=bool(problems),
            words=_words(facts),
            served=_served(facts),
            modelled=bool(project is None or project.policy.models),
        ),
        unseen=(*unseen, *_missed(reader), *lost, *state.unseen),
    )


def _missed(reader: Reader) -> tuple[str, ...]:
    """Files that could not be read; those of CI are told where they are read."""
    return tuple(f"{path}: {why}" for path, why in sorted(reader.missed.items()) if not is_ci_file(path))


def _read_state(open_state: OpenState, git: Git | None, policy: ProjectPolicy | None, known: frozenset[str]) -> State:
    if git is None:
        return State()
    with open_state(git, policy) as found:
        place = State(address=found.address, folder=found.folder)
        try:
            records, streams, unseen = look_at_state(found.store, known)
            return replace(place, records=records, streams=streams, unseen=unseen)
        except SeatrialError as error:
            return replace(place, refused=str(error.problems[0]), remedy=error.next_step or "")


def _state(asked: Timed[State]) -> State:
    try:
        return asked.answer(PATIENCE)
    except SeatrialError as error:
        return State(refused=str(error.problems[0]), remedy=error.next_step or "")
    except TimeoutError as error:
        return State(refused=str(error))


def _git(folder: Path) -> tuple[Git | None, bool]:
    try:
        return Git.find(folder), True
    except UserError:
        return None, True
    except OutsideError:
        return None, False


def _paths(git: Git | None, root: Path) -> tuple[str, ...]:
    if git is not None:
        with contextlib.suppress(OutsideError):
            return git.files()
    return tuple(walk(root))


def _project(reader: Reader) -> tuple[Project | None, bool, tuple[str, ...]]:
    """The configuration, whether there is one, and every mistake in it."""
    if not (reader.root / FILE).is_file():
        return None, False, ()
    try:
        policy = load(lambda path: reader.read(path, _CONFIG_BYTES)).policy
    except ConfigError as error:
        return None, True, tuple(str(problem) for problem in error.problems)
    return Project(policy=policy, contracts=_contracts(reader, policy)), True, ()


def _contracts(reader: Reader, policy: ProjectPolicy) -> Mapping[str, Contract]:
    found: dict[str, Contract] = {}
    for name, dataset in policy.datasets.items():
        data = reader.read(dataset.contract, _CONFIG_BYTES) if dataset.contract is not None else None
        if data is not None and dataset.contract is not None:
            with contextlib.suppress(ConfigError):  # `load` has read it before, or noted why not
                found[name] = load_contract(data, dataset.contract)
    return found


def _newest(records: Records) -> datetime | None:
    dated = [run.at for run in records.runs]
    dated += [move.at for history in records.models for move in history.ledger]
    with contextlib.suppress(ValueError):
        return datetime.fromisoformat(max(dated))
    return None


def _words(facts: Facts) -> Mapping[str, str]:
    """What next steps name of this project: its first model, training and dataset, where that lies, and its files."""
    if facts.project is None:
        return {}
    policy = facts.project.policy
    found = dict(zip(("NAME",), sorted(policy.models), strict=False))
    found |= dict(zip(("STAGE",), sorted(training(policy)), strict=False))
    for dataset in list(policy.datasets.values())[:1]:
        found |= {"DATASET": dataset.name, "DATA": dataset.path}
        found |= {"contract.yaml": dataset.contract} if dataset.contract is not None else {}
    for model in list(policy.models.values())[:1]:
        found |= {"gates.yaml": model.gates_file} if model.gates_file is not None else {}
    return found


def _served(facts: Facts) -> bool:
    return facts.project is not None and any(model.serving for model in facts.project.policy.models.values())
