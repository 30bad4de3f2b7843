"""The shape of `serving:` for editors: how a model is started and asked.

Called by `project` beside this file; the reader is `serving_document`. What means nothing beside another key is
refused here as there; whether a command takes `${model}` only the loader tells.
"""

from __future__ import annotations

from seatrial.config.schema.shapes import (
    DURATION_SHAPE,
    FLAG,
    TEXT,
    Schema,
    anchored,
    closed,
    key,
    one_key,
    when,
    whole,
    without,
    word,
)
from seatrial.config.schema.stages import DOTTED, ENVIRONMENT, VARIABLES
from seatrial.config.serving_document import (
    BEHIND_KEYS,
    HTTP_ONLY_KEYS,
    NAMED_PRESETS,
    SERVING_KEYS,
    TIMEOUT_KEYS,
    URL,
)
from seatrial.flows.policy import ServingPolicy
from seatrial.serving.policy import Command, Preset, Server, Timeouts

_USUAL = Server(behind=Command(cmd=""))
_ON_SERVER: Schema = {"type": "string", "pattern": r"^/[^ ]*$"}
_HEADERS: Schema = {"type": "object", "propertyNames": {"pattern": "^[A-Za-z0-9-]+$"}, "additionalProperties": TEXT}


def serving() -> Schema:
    """How a model is served."""
    in_stage = "as in a stage; nothing is filled into `env`"
    return closed(
        __name__,
        SERVING_KEYS,
        {
            "cmd": key("a command that serves on a port of this machine", TEXT),
            "url": key("address of a server that runs already", {"type": "string", "pattern": anchored(URL)}),
            "target": key("a function of the project, `package.module:name`", DOTTED),
            "port": key("the port that the command listens on, whatever it is told", whole(1, 65535)),
            "preset": key("the form of question and answer", word(Preset), default=_USUAL.preset.value),
            "ready": key("the path that answers 200 when the model is ready", _ON_SERVER),
            "path": key("the path that is asked", _ON_SERVER),
            "name": key("the model's name on the server, for `v2` and `openai`", TEXT),
            "answer": key("a dotted path to the answer within what is returned", TEXT),
            "batch": key("for `json`: a list of inputs is posted, a list of answers returned", FLAG, default=False),
            "headers": key("headers of each request; `$NAME` stands for a variable", _HEADERS),
            "extra": key("for `openai`: what is laid into each request", {"type": "object"}),
            "requests": key("a file of inputs, one JSON value a line (`.jsonl`)", TEXT),
            "timeouts": _timeouts(),
            "warm_up": key("requests before those that count", whole(0), default=_USUAL.warm_up),
            "concurrency": key("callers at a time", whole(1, 1000), default=_USUAL.concurrency),
            "starts": key("starts of each model", whole(1, 1000), default=ServingPolicy(server=_USUAL).starts),
            "env": key(in_stage, ENVIRONMENT),
            "pass_env": key(in_stage, VARIABLES),
            "secrets": key(in_stage, VARIABLES),
        },
        title="serving",
        allOf=[one_key(BEHIND_KEYS), *_together()],
    )


def _timeouts() -> Schema:
    usual = Timeouts()
    seconds = {name: {**DURATION_SHAPE, "default": getattr(usual, name)} for name in TIMEOUT_KEYS}
    said = "how long it may take until it is `ready`, for one `request`, and to `stop`"
    return key(said, closed(__name__, TIMEOUT_KEYS, seconds, title="timeouts"))


def _together() -> list[Schema]:
    """What each way of serving, and each preset, has no use for, and what it needs."""
    named = [preset.value for preset in NAMED_PRESETS]
    others = [preset.value for preset in Preset if preset not in NAMED_PRESETS]
    return [
        {"if": {"required": ["target"]}, "then": without(HTTP_ONLY_KEYS)},
        {"if": {"required": ["url"]}, "then": without(("port", "env", "starts"))},
        when("preset", named, {"required": ["name"]}),
        when("preset", others, without(("name",))),
        when("preset", [each.value for each in Preset if each is not Preset.OPENAI], without(("extra",))),
        when("preset", [each.value for each in Preset if each is not Preset.JSON], without(("batch",))),
        {"if": {"not": {"required": ["preset"]}}, "then": without(("name", "extra"))},
    ]
