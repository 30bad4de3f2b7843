"""`uses: overfit-one-batch`: a training on one batch, tried by code of the user. Its keys, and what it comes to.

Called by `built_in_document` for the shape, and by `stage_checks`. Unlike `uses: data` it runs in the project's
interpreter, so it has deps, parameters and an environment as any stage has; its command is `process/guest.py`, and
the target's module is found as a root by what `Trial.code` imports.
"""

from __future__ import annotations

import re
import shlex

from seatrial.config.amounts import count
from seatrial.config.node import Node
from seatrial.errors import Place
from seatrial.evidence.policy import TRIAL_REVISION, OutKind
from seatrial.pipeline.policy import BuiltIn, DepSpec, OutSource, OutSpec, PathSource, Trial

TRIAL = "overfit-one-batch"
TRIAL_KEYS = ("target", "max_loss", "steps")
MOST_STEPS = 1_000_000
_NAME = r"[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*"
TARGET = re.compile(rf"{_NAME}:{_NAME}\Z")
"""Something in a module of the project: `package.module:name`."""
_EXAMPLE = "write e.g. `with: {target: package.module:one_batch, max_loss: 0.05}`"
_GLOB = frozenset("*?[")


def read_trial(uses: Node, given: Node | None) -> BuiltIn | None:
    """What is to be tried; None after noting a mistake."""
    if given is None:
        uses.complain(f"`uses: {TRIAL}` needs to know what to try", _EXAMPLE, at_key=True)
        return None
    if not given.fields(TRIAL_KEYS):
        return None
    named = given.required("target", _EXAMPLE)
    limit = given.required("max_loss", "write the loss that one batch learned by heart falls below")
    target = "" if named is None else _target(named)
    max_loss = 0.0 if limit is None else limit.number("max_loss")
    steps = given.child("steps")
    taken = Trial(target="", max_loss=0.0).steps if steps is None else count(steps, "steps", least=1, most=MOST_STEPS)
    if given.broken:
        return None
    return BuiltIn(kind=TRIAL, trial=Trial(target=target, max_loss=max_loss, steps=taken), revision=TRIAL_REVISION)


def _target(node: Node) -> str:
    text = node.text("target")
    if text and not TARGET.match(text):
        node.complain(f"`{text}` does not name something in a module", "write `package.module:name`")
    return text


def trial_command(trial: Trial, deps: tuple[DepSpec, ...]) -> str:
    """The command of a trial: deps that have a name are handed over with their paths, as one where it is one."""
    words = ["overfit", "--target", trial.target, f"--max-loss={trial.max_loss!r}", "--steps", str(trial.steps)]
    words += ["--record", "${outs.check}", "--curve", "${outs.curve}"]
    for dep in deps:
        if dep.named:
            words += ["--deps" if _is_many(dep) else "--dep", dep.name, "${deps." + dep.name + "}"]
    return " ".join(word if word.startswith("${") else shlex.quote(word) for word in words)


def trial_outs(stage: str, place: Place | None) -> tuple[OutSpec, ...]:
    """What a trial leaves: its record, and its curve."""
    return (
        OutSpec(name="check", named=True, path=f"reports/{stage}.check.json", kind=OutKind.CHECK, place=place),
        OutSpec(name="curve", named=True, path=f"reports/{stage}.curve.csv", kind=OutKind.CURVE, place=place),
    )


def _is_many(dep: DepSpec) -> bool:
    match dep.source:
        case PathSource(path=path):
            return bool(_GLOB & set(path))
        case OutSource(every=every):
            return every
        case _:
            return False
