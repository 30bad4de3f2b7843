"""What a user may declare about a model that is asked: what it runs behind, how it is spoken to, and how long that may
take.

Frozen data only; defaults live here and nowhere else. What a preset means on the wire is in `presets.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeAlias

from msgspec import Struct, field

LOOPBACK = "127.0.0.1"


class Preset(StrEnum):
    """The forms of question and answer that are known."""

    JSON = "json"
    """One POST of the input itself, to a path of the user's choice."""
    MLFLOW = "mlflow"
    """`mlflow models serve`: POST /invocations, GET /ping."""
    V2 = "v2"
    """The Open Inference Protocol, version 2, over HTTP (Triton, KServe, MLServer, TorchServe)."""
    OPENAI = "openai"
    """Chat completions as OpenAI has them (vLLM, llama.cpp, Ollama, TGI)."""


class Timeouts(Struct, frozen=True, kw_only=True):
    """Seconds that a model may take: to become ready, to answer one request, and to end when it is told to."""

    ready: float = 120.0
    request: float = 30.0
    stop: float = 10.0


class Command(Struct, frozen=True, kw_only=True):
    """A command that serves on a port of this machine. `${model}`, `${port}` and `${host}` in it are filled in after it
    was split into words, so a value never becomes more than its word. `port` None takes one that is free."""

    cmd: str
    port: int | None = None


class Url(Struct, frozen=True, kw_only=True):
    """A server that runs already, at `http://HOST[:PORT][/PREFIX]` or https. It is neither started nor stopped."""

    url: str


class Callable(Struct, frozen=True, kw_only=True):
    """A function of the user's package, `package.module:name`, in the user's interpreter: called with the path of the
    model, it returns `predict`, which takes a list of inputs and returns as many outputs."""

    target: str


Behind: TypeAlias = Command | Url | Callable


class Server(Struct, frozen=True, kw_only=True):
    """One way to have a model answer.

    `ready` and `path` replace those of the preset. `name` is the model's name on the server (`v2`, `openai`).
    `answer` leads to the answer within what the server returns, as a dotted path (`result.0.label`); empty for all of
    it. `batch` says for `json` that a list of inputs is posted and a list of answers returned. `headers` are sent with
    each request; a value `$NAME` stands for a variable of the environment, so that no token is written down.
    `extra` is laid into the body of each request of `openai`, such as `{temperature: 0}`.
    """

    behind: Behind
    preset: Preset = Preset.JSON
    ready: str | None = None
    path: str | None = None
    name: str | None = None
    answer: str = ""
    batch: bool = False
    headers: Mapping[str, str] = field(default_factory=dict)
    extra: Mapping[str, object] = field(default_factory=dict)
    warm_up: int = 10
    concurrency: int = 1
    timeouts: Timeouts = Timeouts()


class Timing(Struct, frozen=True, kw_only=True):
    """How to measure: `requests` to each model in all (None: each input once after every start), shared out over its
    `starts`."""

    requests: int | None
    warm_up: int
    concurrency: int
    starts: int
