"""Which part a script plays, told by its name first and by what it does second; and which scripts make one model.

Called by `finding` and `proposing`. Pure. The rule for two candidates stands here, because the user is told it: a name
that says it whole before one that contains it; then a script that can be run; then one that writes what its part
writes; then the shorter path; then the alphabet.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Sequence
from enum import StrEnum

from seatrial.adopt.found import Kind, Script

RULE = "a whole name before part of one, then what can be run, then what writes it, then the shorter path"


class Role(StrEnum):
    """A part that a script can play; in the order in which they run."""

    PREPARE = "prepare"
    TRAIN = "train"
    EVALUATE = "evaluate"
    PREDICT = "predict"


_WHOLE = {
    Role.PREPARE: re.compile(
        r"(?:prepare|preprocess|preprocessing|featurize|clean|split|make_dataset|make_data|build_features|dataset|data"
        r"|prepare_data|process_data|split_data|clean_data|get_data|build_dataset|features)\Z"
    ),
    Role.TRAIN: re.compile(r"(?:train|training|train_model|fit|finetune|fine_tune|model_training|trainer)\Z"),
    Role.EVALUATE: re.compile(r"(?:evaluate|eval|evaluation|evaluate_model|test_model|model_evaluation|validate)\Z"),
    Role.PREDICT: re.compile(r"(?:predict|inference|infer|predict_model|predictions|score|scoring)\Z"),
}
_PART = {
    Role.TRAIN: re.compile(
        r"(?:^|_)(?:train|training|finetune|fit)(?:_|\Z)|\Arun_(?:glue|clm|mlm|ner|qa|classification)"
    ),
    Role.EVALUATE: re.compile(r"(?:^|_)(?:evaluate|evaluation|eval)(?:_|\Z)"),
    Role.PREDICT: re.compile(r"(?:^|_)(?:predict|inference|infer)(?:_|\Z)"),
    Role.PREPARE: re.compile(r"(?:^|_)(?:preprocess|prepare|featurize)(?:_|\Z)"),
}
_MAKES = {
    Role.PREPARE: (Kind.TABLE, Kind.OTHER),
    Role.TRAIN: (Kind.MODEL,),
    Role.EVALUATE: (Kind.METRICS, Kind.PREDICTIONS),
    Role.PREDICT: (Kind.PREDICTIONS, Kind.TABLE),
}


def stem_of(path: str) -> str:
    """The name of a script without its ending, as roles are told by it."""
    return re.sub(r"\W", "_", posixpath.basename(path).removesuffix(".py").lower())


def may_play(path: str) -> bool:
    """Whether the name alone says that the file is worth reading."""
    stem = stem_of(path)
    return any(pattern.match(stem) for pattern in _WHOLE.values()) or any(part.search(stem) for part in _PART.values())


def role_of(script: Script) -> Role | None:
    """The part of a script. By its name; else, of one that can be run, by writing a model."""
    stem = stem_of(script.path)
    for patterns in (_WHOLE, _PART):
        for role in (Role.TRAIN, Role.EVALUATE, Role.PREDICT, Role.PREPARE):
            pattern = patterns[role]
            if pattern.match(stem) if patterns is _WHOLE else pattern.search(stem):
                return role
    return Role.TRAIN if any(write.kind is Kind.MODEL for write in script.writes) else None


def chosen(scripts: Sequence[Script], role: Role) -> tuple[Script | None, tuple[Script, ...]]:
    """The script for a part, and the others that were candidates."""
    found = sorted(
        (script for script in scripts if role_of(script) is role and _runs(script, role)),
        key=lambda one: _rank(one, role),
    )
    return (found[0], tuple(found[1:])) if found else (None, ())


def _runs(script: Script, role: Role) -> bool:
    """A module that is only imported plays no part. One that prepares must write something that can be told."""
    if script.guard is None and not script.plain:
        return False
    return role in (Role.TRAIN, Role.EVALUATE) or bool(script.writes)


def _rank(script: Script, role: Role) -> tuple[bool, bool, bool, int, int, str]:
    makes = any(write.kind in _MAKES[role] for write in script.writes)
    whole = _WHOLE[role].match(stem_of(script.path)) is not None
    return (not whole, script.guard is None, not makes, script.path.count("/"), len(script.path), script.path)


def folders_of(scripts: Sequence[Script], packages: frozenset[str]) -> tuple[str, ...]:
    """The folders that train a model each, where there are several; `packages` are folders with an `__init__.py`."""
    folders = {
        posixpath.dirname(script.path)
        for script in scripts
        if role_of(script) is Role.TRAIN
        and _WHOLE[Role.TRAIN].match(stem_of(script.path))
        and _runs(script, Role.TRAIN)
    }
    own = sorted(folder for folder in folders if folder and folder not in packages)
    return tuple(own) if len(own) > 1 else ()
