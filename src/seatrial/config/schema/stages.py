"""The shape of a stage for editors: its command, deps, outs, matrix, resources, and what is built in.

Called by `project` beside this file. Kept together with the readers `stage_document`, `out_document`,
`matrix_document`, `resources_document`, `built_in_document` and `trial_document` by their lists of keys.
"""

from __future__ import annotations

from seatrial.config import built_in_document as built_in
from seatrial.config.matrix_document import MATRIX_KEYS
from seatrial.config.names import VARIABLE
from seatrial.config.out_document import COLUMN_KEYS, OUT_KEYS
from seatrial.config.resources_document import MOST_RETRIES, RESOURCE_KEYS, RETRY_KEYS
from seatrial.config.schema.shapes import (
    DURATION_SHAPE,
    FLAG,
    NAME_PATTERN,
    NAMED,
    NUMBER,
    SIZE_SHAPE,
    TEXT,
    Schema,
    anchored,
    by_name,
    closed,
    entries,
    key,
    one_key,
    one_of,
    texts,
    when,
    whole,
    without,
    word,
)
from seatrial.config.stage_document import OWN_VARIABLES, STAGE_KEYS
from seatrial.config.trial_document import MOST_STEPS, TARGET, TRIAL, TRIAL_KEYS
from seatrial.evidence.policy import Columns, OutKind
from seatrial.pipeline.policy import Resources, Retries, StageSpec, Trial

_VARIABLE_NAME: Schema = {"type": "string", "pattern": anchored(VARIABLE, behind=f"(?!{OWN_VARIABLES})")}
VARIABLES = texts(_VARIABLE_NAME)
ENVIRONMENT = by_name({"type": ["string", "integer"]}, names=_VARIABLE_NAME)
DOTTED: Schema = {"type": "string", "pattern": anchored(TARGET)}
_VALUE: Schema = {"type": ["string", "number", "boolean", "null"], "pattern": r"^[^,=\[\]]+$"}
_CELLS = entries({"type": "object", "additionalProperties": _VALUE, "minProperties": 1})


_OF_TESTS: Schema = {"required": ["as"], "properties": {"as": {"const": OutKind.JUNIT.value}}}


def resources(title: str, *, default: object = None) -> Schema:
    """What one cell needs, or what runs may use of one machine; `default` is the number of cores of a cell."""
    cores = {"type": "number", "exclusiveMinimum": 0, "maximum": 100_000}
    return closed(
        __name__,
        RESOURCE_KEYS,
        {
            "cpus": key("number above 0", cores, default=default),
            "memory": key("bytes, or `500MB`, `2GiB`", SIZE_SHAPE),
            "gpus": key("whole number of devices", whole(0, 1024), default=None if default is None else 0),
            "tokens": key("counts of named things of which a machine has few", by_name(whole(1))),
        },
        title=title,
    )


def _retries() -> Schema:
    usual = Retries()
    most = whole(0, MOST_RETRIES)
    more = closed(
        __name__,
        RETRY_KEYS,
        {
            "count": key("how often a failed command is started again", most),
            "delay": key("time before the first retry", DURATION_SHAPE, default=usual.delay),
            "factor": key(
                "each further wait is so many times longer",
                {"type": "number", "minimum": 1, "maximum": 100},
                default=usual.factor,
            ),
            "longest": key("longest wait", DURATION_SHAPE, default=usual.longest),
        },
        title="retries",
        required=("count",),
    )
    return one_of(most, more)


def _matrix() -> Schema:
    values: Schema = {"type": "array", "items": _VALUE, "minItems": 1}
    cells = {
        "include": key("list of cells that are added, each with a value for every axis", _CELLS),
        "exclude": key("list of cells that are left out; some axes are enough", _CELLS),
    }
    return {
        "title": "matrix",
        "type": "object",
        "properties": {name: cells[name] for name in MATRIX_KEYS},
        "propertyNames": {"pattern": NAME_PATTERN},
        "additionalProperties": values,
        "minProperties": 1,
    }


def _out() -> Schema:
    usual = Columns()
    columns = key("columns that group rows", texts())
    mapping = closed(
        __name__,
        (*OUT_KEYS, *COLUMN_KEYS),
        {
            "path": key("path the stage writes", TEXT),
            "as": key("also read as evidence", word(OutKind)),
            "cache": key("whether its bytes are stored; its digest always is", FLAG, default=True),
            "persist": key("whether it stays in place when its stage starts (a checkpoint)", FLAG, default=False),
            "tolerance": key(
                "how far its numbers may differ in `run --twice`, relative and absolute",
                {"type": "number", "minimum": 0, "exclusiveMaximum": 1},
            ),
            "taken_from": key(
                "a JUnit file that somebody else writes, taken in place of running the command",
                TEXT,
            ),
            "id": key("column that identifies a row (predictions only, like the rest)", TEXT, default=usual.id),
            "label": key("column with the truth", TEXT, default=usual.label),
            "prediction": key("column with the model's answer", TEXT, default=usual.prediction),
            "score": key("column with the score of the positive class", TEXT),
            "cluster": key("column that says which rows belong together", TEXT),
            "query": key("column that says which rows are ranked together", TEXT),
            "positive": key("the positive class, as labels spell it", TEXT),
            "scores": key(
                "columns with the scores of all classes, by class", {"type": "object", "additionalProperties": TEXT}
            ),
            "values": key("columns of numbers: a judge's score, a reward, a cost", texts()),
            "groups": columns,
            "threshold": key(
                "the score from which the positive class is answered, where there is no column of answers", NUMBER
            ),
        },
        title="out",
        required=("path",),
        allOf=[
            {"if": {"required": ["as"]}, "then": {"properties": {"cache": {"const": True}}}},
            {"if": {"required": ["taken_from"]}, "then": _OF_TESTS},
            {**when("as", (OutKind.PREDICTIONS.value,), {}), "else": without(COLUMN_KEYS)},
        ],
    )
    return one_of(TEXT, mapping)


def _of_check() -> Schema:
    names = {"dataset": key("judges one of the `datasets`", TEXT)}
    return closed(__name__, built_in.WITH_KEYS, names, title="with", required=("dataset",))


def _of_trial() -> Schema:
    return closed(
        __name__,
        TRIAL_KEYS,
        {
            "target": key("what yields losses; `name` may be dotted", DOTTED),
            "max_loss": key("PASS as soon as a loss is *below* it", NUMBER),
            "steps": key(
                "how many losses are taken at most",
                whole(1, MOST_STEPS),
                default=Trial(target="", max_loss=0.0).steps,
            ),
        },
        title="with",
        required=("target", "max_loss"),
    )


def stage() -> Schema:
    """One stage."""
    out, usual = _out(), StageSpec(name="")
    forbidden = (*built_in.OWN_COMMAND, *built_in.OWN_CODE)
    for_data = {"required": ["with"], **without(forbidden)}
    for_trial = {"required": ["with"], **without(built_in.OWN_COMMAND)}
    for_data["properties"] = {**dict.fromkeys(forbidden, False), "with": _of_check()}
    for_trial["properties"] = {**dict.fromkeys(built_in.OWN_COMMAND, False), "with": _of_trial()}
    return closed(
        __name__,
        STAGE_KEYS,
        {
            "cmd": key("one command, no shell", TEXT),
            "shell": key("a script for bash; values come as variables", TEXT),
            "needs": key("list of stages that must pass first", texts()),
            "deps": key("list, or mapping by name, of paths and references", one_of(texts(), by_name(TEXT))),
            "outs": key("list, or mapping by name", one_of(entries(out), by_name(out))),
            "roots": key("list of files or folders whose imports count", texts()),
            "params": key("list of parameters, or whole branches, the stage reads", texts()),
            "env": key("environment variables; part of the stage's identity", ENVIRONMENT),
            "pass_env": key("variables handed through; not part of it", VARIABLES),
            "secrets": key("variables of yours that only this stage sees; masked in its log", VARIABLES),
            "matrix": key("values by axis", _matrix()),
            "fail_fast": key("whether one failed cell stops the stage's others", FLAG, default=usual.fail_fast),
            "resources": key("what one cell needs", resources("resources of a stage", default=Resources().cpus)),
            "retries": key("how often a failed command is started again", _retries(), default=0),
            "timeout": key("seconds, or `90s`, `10m`, `2h`, `1d`, for each attempt", DURATION_SHAPE),
            "always": key("run each time, never reused", FLAG, default=usual.always),
            "effects": key("acts on the world outside: never reused, never restored", FLAG, default=usual.effects),
            "tiers": key("list of tiers", texts()),
            "uses": key("a built-in stage, in place of a command", word(built_in.KINDS)),
            "with": key("what it is told", {"type": "object"}),
        },
        title="stage",
        dependencies={"with": ["uses"]},
        allOf=[
            one_key(("cmd", "shell", "uses")),
            when("uses", (built_in.DATA,), for_data),
            when("uses", (TRIAL,), for_trial),
        ],
    )


def stages() -> Schema:
    """All stages by name; `datasets` is the head of references, and no stage's name."""
    names: Schema = {**NAMED, "not": {"const": "datasets"}}
    return by_name(stage(), names=names, minProperties=1)
