"""What a candidate is compared with: found, missing for a stated reason, or left out on purpose.

Called by `candidate` and `promote`. There are two kinds: a version that holds an alias, and the
main branch. Either way stored rows are used only where the same evaluation ran on the same data;
otherwise the baseline's artifact is evaluated again (`rescoring`), as an ordinary cached action.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from msgspec import Struct

from seatrial.errors import StageError
from seatrial.flows.dossier import Dossier, from_record
from seatrial.flows.workspace import Workspace
from seatrial.gates.evidence import AbsentReason
from seatrial.registry.records import Version
from seatrial.registry.registry import Registry
from seatrial.replacing import replace


class BaselineFound(Struct, frozen=True, kw_only=True):
    """A baseline with comparable evidence. `version` is None for the main branch; `rescored` says
    why its rows were made again, None when the stored ones fitted."""

    dossier: Dossier
    label: str
    version: Version | None = None
    rescored: str | None = None


class BaselineMissing(Struct, frozen=True, kw_only=True):
    """No baseline to compare with. `message` and `next_step` say more than the reason, where there is more to say."""

    reason: AbsentReason
    message: str = ""
    next_step: str | None = None


class FirstModel(Struct, frozen=True, kw_only=True):
    """The user declared that there is no earlier model: gates against a baseline are not judged."""


Baseline: TypeAlias = BaselineFound | BaselineMissing | FirstModel

Rescore: TypeAlias = Callable[[Dossier], Dossier]
"""Evaluates another model's artifact the way the candidate was evaluated. Raises StageError, ConfigError."""


def of_alias(workspace: Workspace, model: str, alias: str) -> Version | None:
    """The version that holds an alias. Raises StateError when records are lost or damaged."""
    return Registry(workspace.state).holder(model, alias)


def nobody_holds(workspace: Workspace) -> BaselineMissing:
    """No version holds the alias; a stranger's code cannot know that, since it is not shown the registry."""
    return BaselineMissing(reason=AbsentReason.NOT_GIVEN if workspace.stranger else AbsentReason.NO_BASELINE)


def no_anchor(model: str, alias: str) -> BaselineMissing:
    """Nobody holds the alias of a gate set's anchor."""
    return BaselineMissing(
        reason=AbsentReason.NO_BASELINE,
        message=f"no version of {model} holds the alias {alias}, so there is no anchor to compare with",
        next_step=f"say which model it is: seatrial models promote {model}@N --to {alias} --first",
    )


def compared_with_version(
    workspace: Workspace,
    candidate: Dossier,
    version: Version,
    alias: str,
    rescore: Rescore | None,
    *,
    same_code: bool = True,
) -> Baseline:
    """A registered version as the baseline of a candidate.

    Without `same_code` (`code: own`) its stored rows serve wherever they are of the same data.
    """
    label = f"{version.ref} ({alias})"
    other = from_record(version, workspace.state.blobs)
    if not same_code and other.test_set == candidate.test_set:
        other = replace(other, evaluation=candidate.evaluation)
    return make_comparable(candidate, other, label, version, rescore)


def make_comparable(
    candidate: Dossier, other: Dossier, label: str, version: Version | None, rescore: Rescore | None
) -> Baseline:
    """`other` as a baseline, evaluated again when its stored rows were made differently."""
    found = BaselineFound(dossier=other, label=label, version=version)
    if candidate.predictions is None or other.artifact.digest == candidate.artifact.digest:
        return found
    if other.predictions is not None and candidate.comparable_with(other):
        return found
    if rescore is None:
        return BaselineMissing(
            reason=AbsentReason.NOT_RESCORED,
            message=f"{label} was evaluated on other data or by other code, and cannot be evaluated again "
            f"because models.{candidate.model}.input is not set",
            next_step=f"set `input:` of models.{candidate.model} in seatrial.yaml, for example evaluate.deps.model",
        )
    why = "other test data" if other.test_set != candidate.test_set else "other evaluation code, parameters or packages"
    try:
        again = rescore(other)
    except StageError as error:
        return BaselineMissing(
            reason=AbsentReason.NOT_RESCORED, message=f"{label} could not be evaluated again: {error}"
        )
    if not candidate.comparable_with(again):
        return BaselineMissing(
            reason=AbsentReason.NOT_RESCORED,
            message=f"{label} was evaluated again, but code or data changed since the candidate was",
            next_step="run it again, and leave the files alone meanwhile",
        )
    return replace(found, dossier=again, rescored=why)
