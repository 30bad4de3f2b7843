"""The shape of a built-in stage in `seatrial.yaml`: `uses:` and `with:`, and what they come to.

Called by `stage_document` for the shape, and by `stage_checks` once all datasets are known. A built-in stage
becomes an ordinary one, with a command, deps and outs, so that keys, cache and scheduler know nothing of it.
`uses: overfit-one-batch` has a file of its own, `trial_document`.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from seatrial.config.node import Node, suggestion
from seatrial.config.trial_document import TRIAL, read_trial
from seatrial.errors import Place
from seatrial.evidence.policy import OutKind
from seatrial.flows.policy import DatasetPolicy
from seatrial.pipeline.policy import BuiltIn, DepSpec, OutSpec, PathSource

DATA = "data"
KINDS = (DATA, TRIAL)
WITH_KEYS = ("dataset",)
LATER = ("audit", "serve")
"""Built-in stages that the design has and this release does not."""
_PROFILES = ".seatrial/profiles"
"""Where profiles of files are remembered, so that a new partition costs one partition."""
OWN_COMMAND = ("cmd", "shell", "outs", "secrets", "matrix")
OWN_CODE = ("deps", "roots", "params", "env", "pass_env")
"""What only a stage has that runs code of the project."""


class Lowered(Struct, frozen=True, kw_only=True):
    """What a built-in stage runs, reads and writes, and whether its result is never reused."""

    cmd: str
    deps: tuple[DepSpec, ...]
    outs: tuple[OutSpec, ...]
    always: bool


def read_built_in(node: Node) -> BuiltIn | None:
    """What a stage uses; None after noting a mistake, or where it has a command of its own."""
    uses = node.child("uses")
    given = node.child("with")
    if uses is None:
        if given is not None:
            given.complain("`with:` belongs to `uses:`", "add `uses: data`, or remove it", at_key=True)
        return None
    for key in OWN_COMMAND if uses.value == TRIAL else (*OWN_COMMAND, *OWN_CODE):
        if (child := node.child(key)) is not None:
            child.complain(f"a stage with `uses:` has no `{key}:`", "remove one of the two", at_key=True)
    if uses.value in LATER:
        uses.complain(f"`uses: {uses.value}` is not supported yet", "write the stage as a `cmd:` of your own")
        return None
    kind = uses.choice(KINDS, "uses")
    if uses.value == TRIAL:
        return read_trial(uses, given)
    if given is None:
        uses.complain("`uses: data` needs to know which data", "add `with: {dataset: NAME}`", at_key=True)
        return None
    if not given.fields(WITH_KEYS):
        return None
    named = given.required("dataset", "name one of `datasets:`, e.g. `with: {dataset: train}`")
    dataset = "" if named is None else named.text("a dataset's name")
    if not kind or not dataset:
        return None
    from seatrial.data.codes import REVISION  # only for projects that judge data

    return BuiltIn(kind=kind, dataset=dataset, revision=REVISION)


def lowered_check(stage: str, used: BuiltIn, node: Node, datasets: Mapping[str, DatasetPolicy]) -> Lowered | None:
    """The ordinary stage that one which judges data is; None after noting that its dataset does not exist."""
    named = node.at("with", "dataset")
    dataset = datasets.get(used.dataset)
    if dataset is None:
        known = suggestion(used.dataset, datasets, "datasets")
        step = known if datasets else f"declare it: `datasets: {{{used.dataset}: {{path: ...}}}}`"
        named.complain(f"there is no dataset `{used.dataset}`", step)
        return None
    if dataset.contract is None and dataset.reference is None:
        named.complain(
            f"dataset `{used.dataset}` has neither a contract nor a reference, so nothing could be checked",
            f"add `contract: contract.yaml` to it; `seatrial check {dataset.path} --infer` writes one",
        )
        return None
    words = ["seatrial", "check", "${deps.data}"]
    deps = [_dep("data", dataset.path, named.place)]
    for option, path in (("contract", dataset.contract), ("reference", dataset.reference)):
        if path is not None:
            words += [f"--{option}", f"${{deps.{option}}}"]
            deps.append(_dep(option, path, named.place))
    deps += [_dep(f"beside-{number}", path, named.place) for number, path in enumerate(dataset.beside)]
    place = node.key_place
    outs = (
        OutSpec(name="check", named=True, path=f"reports/{stage}.check.json", kind=OutKind.CHECK, place=place),
        OutSpec(name="profile", named=True, path=f"reports/{stage}.profile.json", place=place),
    )
    words += ["--report", "${outs.check}", "--save-profile", "${outs.profile}", "--cache", _PROFILES]
    return Lowered(cmd=" ".join(words), deps=tuple(deps), outs=outs, always=dataset.by_the_clock)


def _dep(name: str, path: str, place: Place) -> DepSpec:
    return DepSpec(name=name, named=True, source=PathSource(path=path), place=place)
