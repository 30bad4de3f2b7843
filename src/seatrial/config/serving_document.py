"""`serving:` of a model: how it is started and asked. Its keys, and what cannot be meant.

    serving:
      cmd: python serve.py --model ${model} --port ${port}
      preset: json
      ready: /health
      requests: data/requests.jsonl
      timeouts: {ready: 120s, request: 30s, stop: 10s}

Called by `document`, and by `seatrial measure` for a file that holds nothing else. Refused here, besides what is
mistyped: a command that takes neither the model nor the port, so that the same model would be measured twice or nobody
would know where it listens, and keys that mean nothing beside the others.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping

from seatrial.config.amounts import count, duration, flag
from seatrial.config.gates import parse_source
from seatrial.config.names import path_fault
from seatrial.config.node import Node, Notes, readable, suggestion
from seatrial.config.stage_document import read_env, read_variables
from seatrial.config.trial_document import TARGET
from seatrial.errors import ConfigError, Place
from seatrial.flows.policy import ServingPolicy
from seatrial.serving.policy import Behind, Callable, Command, Preset, Server, Timeouts, Url

BEHIND_KEYS = ("cmd", "url", "target")
WIRE_KEYS = ("preset", "ready", "path", "name", "answer", "batch", "headers", "extra")
HOW_KEYS = ("requests", "timeouts", "warm_up", "concurrency", "starts")
SERVING_KEYS = (*BEHIND_KEYS, "port", *WIRE_KEYS, *HOW_KEYS, "env", "pass_env", "secrets")
TIMEOUT_KEYS = ("ready", "request", "stop")
HTTP_ONLY_KEYS = (*WIRE_KEYS, "port")
"""What a function of the project has no use for."""

FILL = ("model", "port", "host")
"""What a command may take, as `${NAME}`."""
_FILLED = re.compile(r"\$\{([^}]*)\}")
URL = re.compile(r"https?://[^/\s?#@]+(/[^\s?#]*)?\Z")
NAMED_PRESETS = (Preset.V2, Preset.OPENAI)
_NONE = Server(behind=Command(cmd=""))
_EXAMPLE = "write e.g. `cmd: python serve.py --model ${model} --port ${port}`"


def read_serving(node: Node) -> ServingPolicy | None:
    """How a model is served; mistakes are noted, and None comes of what is no mapping."""
    if not node.fields(SERVING_KEYS):
        return None
    behind = _behind(node)
    preset = _preset(node)
    _refuse_what_means_nothing(node, behind, preset)
    concurrency, starts = node.child("concurrency"), node.child("starts")
    warm_up, extra = node.child("warm_up"), node.child("extra")
    default = ServingPolicy(server=_NONE)
    server = Server(
        behind=behind,
        preset=preset,
        ready=_path(node, "ready"),
        path=_path(node, "path"),
        name=None if (name := node.child("name")) is None else name.text("name"),
        answer="" if (answer := node.child("answer")) is None else answer.text("answer"),
        batch=flag(node, "batch", _NONE.batch),
        headers=_headers(node),
        extra={} if extra is None else {key: each.value for key, each in extra.items("values of a request")},
        warm_up=_NONE.warm_up if warm_up is None else count(warm_up, "warm_up"),
        concurrency=_NONE.concurrency if concurrency is None else count(concurrency, "concurrency", least=1, most=1000),
        timeouts=_timeouts(node.child("timeouts")),
    )
    return ServingPolicy(
        server=server,
        requests=_requests(node.child("requests")),
        starts=default.starts if starts is None else count(starts, "starts", least=1, most=1000),
        env=_env(node.child("env")),
        pass_env=read_variables(node, "pass_env", ("env",)),
        secrets=read_variables(node, "secrets", ("env", "pass_env")),
        place=node.key_place,
    )


def _behind(node: Node) -> Behind:
    """The one of the three that is there."""
    given = [(key, child) for key in BEHIND_KEYS if (child := node.child(key)) is not None]
    if not given:
        if not node.broken:  # else it may be the key that was misspelt
            node.complain("nothing says what serves the model", f"{_EXAMPLE}, or `url:`, or `target:`", at_key=True)
        return _NONE.behind
    for key, child in given[1:]:
        child.complain(f"a model is served by `{given[0][0]}` or by `{key}`, not by both", "keep one", at_key=True)
    key, child = given[0]
    text = child.text(key)
    match key:
        case "cmd":
            port = node.child("port")
            number = None if port is None else count(port, "port", least=1, most=65535)
            if text:
                _check_command(child, text, fixed=number is not None)
            return Command(cmd=text, port=number)
        case "url":
            if text and not URL.match(text):
                child.complain(f"`{readable(text)}` is no address of a server", "write e.g. `http://127.0.0.1:8080`")
            return Url(url=text)
        case _:
            if text and not TARGET.match(text):
                child.complain(f"`{readable(text)}` does not name something in a module", "write `package.module:name`")
            return Callable(target=text)


def _check_command(node: Node, text: str, *, fixed: bool) -> None:
    """What the command takes. `fixed`: it listens on a port of its own."""
    try:
        words = shlex.split(text)
    except ValueError as error:
        node.complain(f"cmd cannot be split into words: {str(error).lower()}", "close its quotes")
        return
    names = [found for word in words for found in _FILLED.findall(word)]
    for name in dict.fromkeys(names):
        if name not in FILL:
            node.complain(
                f"cmd takes `${{{readable(name)}}}`, which nothing is called", suggestion(name, FILL, "it may take")
            )
    if node.broken:
        return
    if "model" not in names:
        node.complain(
            "cmd does not take the model as `${model}`, so it would serve the same one whichever is judged",
            "write `${model}` where the path of the model stands",
        )
    if "port" not in names and not fixed:
        node.complain(
            "cmd does not take `${port}`, so nobody would know where it listens",
            "write `${port}` where its port stands, or name that under `port:`",
        )


def _preset(node: Node) -> Preset:
    child = node.child("preset")
    word = None if child is None else child.choice(tuple(preset.value for preset in Preset), "preset")
    return _NONE.preset if word is None else Preset(word)


def _refuse_what_means_nothing(node: Node, behind: Behind, preset: Preset) -> None:
    of_function = isinstance(behind, Callable)
    for key in HTTP_ONLY_KEYS if of_function else ():
        if (child := node.child(key)) is not None:
            child.complain(f"`{key}` is for a server, and `target` is a function", "remove it", at_key=True)
    if of_function and (child := node.child("concurrency")) is not None and child.value != 1 and not child.broken:
        child.complain("a function answers one caller at a time", "remove `concurrency`", at_key=True)
    if isinstance(behind, Url):
        for key in ("port", "env", "starts"):
            if (child := node.child(key)) is not None:
                child.complain(f"`{key}` means nothing for a server that runs already", "remove it", at_key=True)
    if of_function:
        return
    if preset in NAMED_PRESETS and node.child("name") is None:
        node.at("preset").complain(f"`{preset}` asks a model by its name, and none is given", "add `name:`")
    for key, presets in (("name", NAMED_PRESETS), ("batch", (Preset.JSON,)), ("extra", (Preset.OPENAI,))):
        if (child := node.child(key)) is not None and preset not in presets:
            listed = " and ".join(f"`{one}`" for one in presets)
            child.complain(f"`{key}` belongs to the preset {listed}", "remove it, or correct `preset`", at_key=True)


def _path(node: Node, key: str) -> str | None:
    """A path on the server."""
    child = node.child(key)
    text = None if child is None else child.text(key)
    if child is not None and text and (not text.startswith("/") or " " in text or not text.isprintable()):
        child.complain(f"{key} `{readable(text)}` is no path on a server", "write e.g. `/health`")
    return text


def _requests(node: Node | None) -> str | None:
    if node is None:
        return None
    text = node.text("requests")
    if text and (fault := path_fault(text)):
        node.complain(f"`{readable(text)}` {fault}", "name a file of this repository, relative to its root")
    elif text and not text.lower().endswith((".jsonl", ".ndjson")):
        node.complain(f"`{readable(text)}` is no file of requests", "write one JSON value a line, as .jsonl")
    return text or None


def _timeouts(node: Node | None) -> Timeouts:
    default = Timeouts()
    if node is None or not node.fields(TIMEOUT_KEYS):
        return default

    def seconds(key: str, usual: float) -> float:
        child = node.child(key)
        return usual if child is None else duration(child, key)

    return Timeouts(
        ready=seconds("ready", default.ready),
        request=seconds("request", default.request),
        stop=seconds("stop", default.stop),
    )


def _env(node: Node | None) -> Mapping[str, str]:
    """Variables as they stand: nothing is filled in, so what looks as if it were is refused."""
    found = read_env(node)
    for name, text in found.items():
        if node is not None and "${" in text and (child := node.child(name)) is not None:
            child.complain("nothing is filled into `env` of a served model", "write the value, or use `pass_env:`")
    return found


def _headers(node: Node) -> Mapping[str, str]:
    """Headers of each request. A variable that one takes has to be let through."""
    child = node.child("headers")
    if child is None:
        return {}
    let: set[object] = set()
    for key in ("env", "pass_env", "secrets"):
        given = node.child(key)
        if given is not None and isinstance(given.value, dict | list):
            let.update(name for name in given.value if isinstance(name, str))
    found: dict[str, str] = {}
    for name, each in child.items("headers by name"):
        text = found[name] = each.text(f"the header {readable(name)}")
        if not re.fullmatch(r"[A-Za-z0-9-]+", name):
            each.complain(f"`{readable(name)}` cannot name a header", "use letters, digits and `-`", at_key=True)
        elif not text.isprintable():
            each.complain(f"the header {name} holds what cannot be printed", "write one line")
        _, dollar, variable = text.partition("$")
        if dollar and variable not in let:
            step = f"add `secrets: [{readable(variable)}]`" if variable else "write `$NAME`, the name of a variable"
            each.complain(f"the header {name} takes ${readable(variable)}, which does not reach the model", step)
    return found


def serving_values(serving: ServingPolicy) -> Mapping[str, object]:
    """Every key with the value in use, for `config --show`."""
    server, behind = serving.server, serving.server.behind
    of_function = isinstance(behind, Callable)
    usual = ServingPolicy(server=server).starts
    values: dict[str, object] = {
        "cmd": behind.cmd if isinstance(behind, Command) else None,
        "url": behind.url if isinstance(behind, Url) else None,
        "target": behind.target if isinstance(behind, Callable) else None,
        "port": behind.port if isinstance(behind, Command) else None,
        "preset": None if of_function else server.preset.value,
        "ready": server.ready,
        "path": server.path,
        "name": server.name,
        "answer": server.answer or None,
        "batch": server.batch,
        "headers": dict(server.headers),
        "extra": dict(server.extra),
        "requests": serving.requests,
        "timeouts": {name: getattr(server.timeouts, name) for name in TIMEOUT_KEYS},
        "warm_up": server.warm_up,
        "concurrency": server.concurrency,
        "starts": None if isinstance(behind, Url) and serving.starts == usual else serving.starts,
        "env": dict(serving.env),
        "pass_env": list(serving.pass_env),
        "secrets": list(serving.secrets),
    }
    return {key: values[key] for key in SERVING_KEYS}


def load_serving(data: bytes, file: str) -> ServingPolicy:
    """A file that holds what stands under `serving:`, YAML or JSON. Raises ConfigError with every mistake."""
    notes = Notes()
    source = parse_source(data, file)
    found = read_serving(Node(source, (), source.value, notes))
    notes.raise_all()
    if found is None:
        raise ConfigError(f"{file} says nothing of a server", place=Place(file=file), next_step=_EXAMPLE)
    return found
