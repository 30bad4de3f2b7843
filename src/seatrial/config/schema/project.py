"""The shape of `seatrial.yaml` for editors.

Called by `documents` beside this file. The readers are `document` and what it calls; which parts of a project refer
to which, and whether what they name exists, only the loader tells.
"""

from __future__ import annotations

from seatrial.config.document import CACHE_KEYS, DATASET_KEYS, MODEL_KEYS, PROJECT_KEYS, ROLES, SCHEMES, TIER_KEYS
from seatrial.config.resources_document import BUDGET_KEYS
from seatrial.config.schema.people import ALIAS_OF_VERSION, approvals, forge, notify
from seatrial.config.schema.serving import serving
from seatrial.config.schema.shapes import (
    ALIAS,
    DURATION_SHAPE,
    FLAG,
    NAMED,
    PATH,
    SIZE_SHAPE,
    TEXT,
    Schema,
    anchored,
    by_name,
    closed,
    key,
    one_of,
    texts,
    word,
)
from seatrial.config.schema.stages import resources, stages
from seatrial.config.schema.workflows import workflows
from seatrial.config.selection_document import SELECTION_KEYS
from seatrial.flows.policy import LOCAL, CachePolicy, Code, MergeWithDebt, TierPolicy, WeakEvidence
from seatrial.pipeline.policy import Budget, Over, SelectionPolicy
from seatrial.store.git_names import ADDRESS as GIT_REF

_ADDRESS: Schema = {"type": "string", "pattern": rf"^(?:{'|'.join(SCHEMES)})://[^ ?#\\]+$"}
STATES: tuple[Schema, ...] = ({"const": LOCAL}, {"type": "string", "pattern": anchored(GIT_REF)}, _ADDRESS)
"""Every way of writing `state:`."""


def project() -> Schema:
    """The whole of `seatrial.yaml`."""
    tiers: Schema = by_name({**_tier(), "type": ["object", "null"]})
    return closed(
        __name__,
        PROJECT_KEYS,
        {
            "project": key("name of the project", NAMED),
            "python": key("path of an interpreter", TEXT),
            "sources": key("list of folders, first among those where modules are found", texts(PATH)),
            "params": key("path of a YAML or JSON file", PATH),
            "tiers": key(
                "A tier selects stages (those without `tiers:` and those that name it) and says how they are judged",
                tiers,
            ),
            "datasets": key("Stages refer to it as `datasets.NAME`", by_name(_dataset())),
            "stages": key("what is run, by name", stages()),
            "models": key("what is judged and registered, by name", by_name(_model())),
            "state": key("where records live", one_of(*STATES), default=LOCAL),
            "cache": key("what is shared, and how much is kept", _cache()),
            "resources": key("what runs may use of one machine", resources("resources of a machine")),
            "main": key("name of the main branch, as git names branches", TEXT),
            "selection": key("which stages run, and which of them first", _selection()),
            "forge": key("how verdicts reach the place where people review", forge()),
            "notify": key("who is told, by name", notify()),
            "workflows": key("how the files of a forge's CI are written", workflows()),
        },
        title="seatrial.yaml",
        required=("project", "stages"),
    )


def _tier() -> Schema:
    usual = TierPolicy(name="")
    promote: Schema = {
        "title": "on_pass",
        "type": "object",
        "properties": {"promote": key("or `{promote: ALIAS}`, which registers too", ALIAS_OF_VERSION)},
        "additionalProperties": False,
        "required": ["promote"],
    }
    return closed(
        __name__,
        TIER_KEYS,
        {
            "params": key("parameter values, by dotted or nested name", {"type": "object"}),
            "gates": key("name of a gate set", TEXT),
            "baseline": key("`main`, or an alias of a version", ALIAS, default=usual.baseline),
            "on_pass": key(
                "`register`, or `{promote: ALIAS}`, which registers too", one_of(word(("register",)), promote)
            ),
            "budget": key("time, or a mapping", _budget()),
            "frozen": key("`true` asks what `run --frozen` asks, `false` nothing", FLAG),
            "merge_with_debt": key(
                "`allow`; `block` or `queue`: a run that deferred something ends with 3",
                word(MergeWithDebt),
                default=usual.merge_with_debt.value,
            ),
            "weak_evidence": key(
                "`run`; `defer`: dear stages that a change reaches only weakly are put off, as debt",
                word(WeakEvidence),
                default=usual.weak_evidence.value,
            ),
        },
        title="tier",
    )


def _budget() -> Schema:
    more = closed(
        __name__,
        BUDGET_KEYS,
        {
            "time": key("seconds, or `90s`, `10m`, `2h`, `1d`", DURATION_SHAPE),
            "over": key(
                "`defer`: what does not fit is put off and owed; `report`: it is said; `stop`: nothing starts at all",
                word(Over),
                default=Budget(time=1.0).over.value,
            ),
        },
        title="budget",
        required=("time",),
    )
    return one_of(DURATION_SHAPE, more)


def _dataset() -> Schema:
    return closed(
        __name__,
        DATASET_KEYS,
        {
            "path": key("path of a file or folder", PATH),
            "role": key("`test` for held-out data", word(ROLES)),
            "contract": key("a file that says what the data must be like", PATH),
            "reference": key("data, or a profile of it, that it is compared with", PATH),
        },
        title="dataset",
        required=("path",),
    )


def _cache() -> Schema:
    return closed(
        __name__,
        CACHE_KEYS,
        {
            "remote": key("`file:///folder` or `s3://bucket/prefix`", _ADDRESS),
            "push": key("whether runs write to it", FLAG, default=CachePolicy().push),
            "keep": key("age after which `seatrial cache gc` drops what nobody needs", DURATION_SHAPE),
            "size": key("size that `seatrial cache gc` leaves", SIZE_SHAPE),
        },
        title="cache",
    )


def _selection() -> Schema:
    return closed(
        __name__,
        SELECTION_KEYS,
        {
            "dear": key(
                "time from which a stage waits for the others; one that asks for GPUs always does",
                DURATION_SHAPE,
                default=SelectionPolicy().dear,
            ),
            "irrelevant": key(
                "reasons by glob: files that no stage is reached through",
                {"type": "object", "propertyNames": PATH, "additionalProperties": TEXT},
            ),
            "fallback": key("list of stages that run where a change cannot be classified", texts()),
        },
        title="selection",
    )


def _model() -> Schema:
    return closed(
        __name__,
        MODEL_KEYS,
        {
            "artifact": key("reference to the out that is the model, one cell", TEXT),
            "predictions": key("reference to an out `as: predictions`", TEXT),
            "input": key("`STAGE.deps.NAME`: through which dep that stage takes the model", TEXT),
            "code": key(
                "`current` or `own`: whose evaluating code scores a baseline again",
                word(Code),
                default=Code.CURRENT.value,
            ),
            "gates": key("path of a YAML or JSON file", PATH),
            "evidence": key("further outs that gates read", texts()),
            "recipe": key(
                "metrics or predictions of all cells of a matrix, one for each seed, for the recipe gate", TEXT
            ),
            "serving": key("how the model is started and asked", serving()),
            "approvals": key("by alias: who must let a version take it", approvals()),
        },
        title="model",
        required=("artifact",),
        dependencies={"code": ["input"]},
    )
