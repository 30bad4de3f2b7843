"""How each preset words a question and finds the answers in what comes back. Pure.

Called by `http_asker`. A preset is data (paths) and two functions, in the table `WIRE`; a new one is a line there.
What a server returns is never trusted to have the right form: whatever does not fit raises `WrongShapeError` with the
place that does not, and as many answers are wanted as inputs were sent.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from msgspec import Struct

from seatrial.digest import Json
from seatrial.serving.policy import Preset, Server


class WrongShapeError(ValueError):
    """An answer that has not the form of its preset; the text says where."""


class UnaskableError(ValueError):
    """Inputs that cannot be worded in the form of a preset."""


Inputs = Sequence[Json]
Ask = Callable[[Server, Inputs], Json]
Find = Callable[[Server, Json, int], tuple[Json, ...]]


class Wire(Struct, frozen=True, kw_only=True):
    """One preset. `{name}` in a path stands for the model's name. `many`: one request takes many inputs."""

    ready: str
    path: str
    ask: Ask
    find: Find
    many: bool = True
    needs_name: bool = False


def paths_of(server: Server) -> tuple[str, str]:
    """The path that says whether the model is ready, and the one that is asked."""
    wire = WIRE[server.preset]
    name = server.name or ""
    return server.ready or wire.ready.format(name=name), server.path or wire.path.format(name=name)


def takes_many(server: Server) -> bool:
    """Whether one request may hold more than one input."""
    return server.batch if server.preset is Preset.JSON else WIRE[server.preset].many


def body_of(server: Server, inputs: Inputs) -> Json:
    """What is posted. Raises UnaskableError where the inputs do not fit the preset."""
    if len(inputs) != 1 and not takes_many(server):
        raise UnaskableError(f"one request of `{server.preset}` takes one input, and these are {len(inputs)}")
    return WIRE[server.preset].ask(server, inputs)


def answers_in(server: Server, document: Json, inputs: int) -> tuple[Json, ...]:
    """The answers in what was returned, as many as inputs were sent. Raises WrongShapeError."""
    found = WIRE[server.preset].find(server, document, inputs)
    if len(found) != inputs:
        raise WrongShapeError(f"{inputs} inputs were sent, and {len(found)} answers came back")
    return found


def follow(document: Json, path: str) -> Json:
    """What a dotted path leads to; whole numbers count entries of a list. Raises WrongShapeError."""
    at, passed = document, "the answer"
    for word in path.split(".") if path else ():
        if isinstance(at, Mapping) and word in at:
            at = at[word]
        elif isinstance(at, list) and word.isdecimal() and int(word) < len(at):
            at = at[int(word)]
        else:
            raise WrongShapeError(f"{passed} has no `{word}`: it is {described(at)}")
        passed = f"`{word}`"
    return at


def described(value: Json) -> str:
    """A value for a message: what it is, and of an object which keys it has."""
    match value:
        case None:
            return "null"
        case bool():
            return "true or false"
        case int() | float():
            return "a number"
        case str():
            return "text"
        case list():
            return f"a list of {len(value)}"
        case _:
            keys = [str(key) for key in value]
            shown = ", ".join(keys[:6]) + (", ..." if len(keys) > 6 else "")
            return f"an object with {shown}" if keys else "an empty object"


def _listed(value: Json, what: str) -> tuple[Json, ...]:
    if not isinstance(value, list):
        raise WrongShapeError(f"{what} must be a list, and is {described(value)}")
    return tuple(value)


def _ask_json(server: Server, inputs: Inputs) -> Json:
    return list(inputs) if server.batch else inputs[0]


def _find_json(server: Server, document: Json, _inputs: int) -> tuple[Json, ...]:
    if not server.batch:
        return (follow(document, server.answer),)
    return tuple(follow(each, server.answer) for each in _listed(document, "the answer to a list"))


def _ask_mlflow(_server: Server, inputs: Inputs) -> Json:
    """Rows with names become a data frame, all others plain inputs."""
    if not all(isinstance(each, Mapping) for each in inputs):
        return {"inputs": list(inputs)}
    rows = [each for each in inputs if isinstance(each, Mapping)]
    columns = list(rows[0]) if rows else []
    if any(list(row) != columns for row in rows):
        raise UnaskableError("the rows of one request have different columns")
    return {"dataframe_split": {"columns": columns, "data": [[row[name] for name in columns] for row in rows]}}


def _find_mlflow(server: Server, document: Json, _inputs: int) -> tuple[Json, ...]:
    """A list, under `predictions` since MLflow 2; a table of columns is taken row by row."""
    found = document["predictions"] if isinstance(document, Mapping) and "predictions" in document else document
    if isinstance(found, Mapping) and found and all(isinstance(column, list) for column in found.values()):
        columns = {name: _listed(column, f"`{name}`") for name, column in found.items()}
        if len({len(column) for column in columns.values()}) > 1:
            raise WrongShapeError("the columns of the predictions have different lengths")
        rows = zip(*columns.values(), strict=True)
        found = [dict(zip(columns, row, strict=True)) for row in rows]
    return tuple(follow(each, server.answer) for each in _listed(found, "`predictions`"))


def _ask_v2(_server: Server, inputs: Inputs) -> Json:
    """One tensor for each name of the inputs, or one called `input` where they have no names."""
    named = [each if isinstance(each, Mapping) else {"input": each} for each in inputs]
    names = list(named[0]) if named else []
    if any(list(each) != names for each in named):
        raise UnaskableError("the inputs of one request have different names")
    return {"inputs": [_tensor(name, [each[name] for each in named]) for name in names]}


def _tensor(name: str, rows: list[Json]) -> Json:
    shape = _shape(rows)
    data = _flat(rows)
    kinds = {type(value) for value in data}
    if kinds <= {bool}:
        datatype = "BOOL"
    elif kinds <= {int}:
        datatype = "INT64"
    elif kinds <= {int, float}:
        datatype = "FP64"
    elif kinds <= {str}:
        datatype = "BYTES"
    else:
        raise UnaskableError(f"input `{name}` mixes numbers, text and other things, which no tensor holds")
    return {"name": name, "shape": list(shape), "datatype": datatype, "data": data}


def _shape(value: Json) -> tuple[int, ...]:
    if not isinstance(value, list):
        return ()
    inner = {_shape(each) for each in value}
    if len(inner) > 1:
        raise UnaskableError("the inputs have different shapes, which no tensor holds")
    return (len(value), *next(iter(inner), ()))


def _flat(value: Json) -> list[Json]:
    return [leaf for each in value for leaf in _flat(each)] if isinstance(value, list) else [value]


def _find_v2(server: Server, document: Json, inputs: int) -> tuple[Json, ...]:
    """One output: its rows. Several: an object of them for each input."""
    outputs = _listed(follow(document, "outputs"), "`outputs`")
    columns: dict[str, tuple[Json, ...]] = {}
    for output in outputs:
        name = follow(output, "name")
        columns[str(name)] = _rows_of(output, str(name))
    if not columns:
        raise WrongShapeError("`outputs` is empty")
    if any(len(rows) != inputs for rows in columns.values()):
        raise WrongShapeError(f"{inputs} inputs were sent, and the outputs have other numbers of rows")
    if len(columns) == 1:
        (rows,) = columns.values()
        return tuple(follow(row, server.answer) for row in rows)
    return tuple(follow({name: rows[at] for name, rows in columns.items()}, server.answer) for at in range(inputs))


def _rows_of(output: Json, name: str) -> tuple[Json, ...]:
    """The rows of one tensor: its data, flat or nested, cut by its shape."""
    shape = _listed(follow(output, "shape"), f"`shape` of {name}")
    sizes = [size for size in shape if isinstance(size, int) and not isinstance(size, bool) and size >= 0]
    if not sizes or len(sizes) != len(shape):
        raise WrongShapeError(f"`shape` of {name} is no list of sizes")
    data = _flat(list(_listed(follow(output, "data"), f"`data` of {name}")))
    if len(data) != math.prod(sizes):
        raise WrongShapeError(f"{name} has {len(data)} values, and its shape says {math.prod(sizes)}")
    return tuple(_cut(data, sizes[1:], at) for at in range(sizes[0]))


def _cut(data: list[Json], sizes: list[int], at: int) -> Json:
    if not sizes:
        return data[at]
    step = math.prod(sizes)
    inner = data[at * step : (at + 1) * step]
    return [_cut(inner, sizes[1:], each) for each in range(sizes[0])]


def _ask_openai(server: Server, inputs: Inputs) -> Json:
    """Text is what the user says; a list is the messages themselves."""
    (given,) = inputs
    messages: Json = given if isinstance(given, list) else [{"role": "user", "content": given}]
    if not isinstance(given, list | str):
        raise UnaskableError(f"a chat is asked with text or with a list of messages, not with {described(given)}")
    body: dict[str, Json] = {"model": server.name or "", "messages": messages}
    extra: Mapping[str, Json] = server.extra  # type: ignore[assignment]  # plain values of a configuration
    return {**extra, **body}


def _find_openai(server: Server, document: Json, _inputs: int) -> tuple[Json, ...]:
    return (follow(document, server.answer or "choices.0.message.content"),)


WIRE: Mapping[Preset, Wire] = MappingProxyType(
    {
        Preset.JSON: Wire(ready="/", path="/predict", ask=_ask_json, find=_find_json),
        Preset.MLFLOW: Wire(ready="/ping", path="/invocations", ask=_ask_mlflow, find=_find_mlflow),
        Preset.V2: Wire(
            ready="/v2/health/ready", path="/v2/models/{name}/infer", ask=_ask_v2, find=_find_v2, needs_name=True
        ),
        Preset.OPENAI: Wire(
            ready="/v1/models",
            path="/v1/chat/completions",
            ask=_ask_openai,
            find=_find_openai,
            many=False,
            needs_name=True,
        ),
    }
)
"""Every preset that can be asked."""
