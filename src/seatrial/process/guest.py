"""Runs in the user's own interpreter, any Python from 3.8, and needs nothing installed: tries a training on one batch,
or answers for a model.

`python guest.py overfit ...` is started by the executor for a stage that `uses: overfit-one-batch`, in the environment
of any other stage. It imports what `--target` names, calls it, takes losses from it until one is below the limit, and
leaves two files: the curve, row by row, so that a training that hangs shows how far it came, and a record of what
happened, which `evidence/trial_record.py` reads. It ends with 0 where a loss fell below the limit, 1 where none did, 2
where nothing could be judged, and 4 where the code of the user raised.

`python guest.py serve ...` is started by `serving/launch.py`. It loads a model with what `--target` names and answers
for it over two pipes, a line of JSON each way; what the user's code prints goes to the log and never between them.

Subtle: this file is never imported by Seatrial, only its path is taken, and it imports nothing of Seatrial. Its own
folder is taken off the path first: a module of the user may have any name. What the user's code raises is shown from
its own first frame on, and `sys.exit(0)` in it is no success.
"""

from __future__ import annotations

import os
import sys

if __name__ == "__main__":  # nothing that lies beside this file is meant for the user's code
    _here = os.path.dirname(os.path.abspath(__file__))  # noqa: PTH100, PTH120 - no module is loaded before this
    sys.path[:] = [entry for entry in sys.path if not entry or os.path.abspath(entry) != _here]  # noqa: PTH100

import importlib
import inspect
import json
import math
import signal
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NoReturn

PASSED, FAILED, UNJUDGED, RAISED = 0, 1, 2, 4
SCHEMA = 1
KIND = "overfit-one-batch"
MOST_POINTS = 2000
"""Losses kept in the record; the curve has all."""


class Unjudged(Exception):  # noqa: N818 - it is an outcome, not a defect
    """Nothing can be judged: `outcome` is the word for why, the text says it in a sentence."""

    def __init__(self, outcome: str, text: str) -> None:
        super().__init__(text)
        self.outcome = outcome


class Raised(Exception):  # noqa: N818 - it is an outcome, not a defect
    """The user's code raised; the text says what and when."""


def loaded(target: str) -> Any:
    """What `package.module:name` names. Raises Unjudged where there is no such thing, Raised where importing fails."""
    module, _, names = target.partition(":")
    try:
        found = importlib.import_module(module)
    except ModuleNotFoundError as error:
        if error.name is not None and (module == error.name or module.startswith(f"{error.name}.")):
            raise Unjudged("no_module", f"there is no module {module} (no module named {error.name!r})") from None
        raise_as(error, f"importing {module}")
    except BaseException as error:  # noqa: BLE001 - whatever a module does when it is imported
        raise_as(error, f"importing {module}")
    for name in names.split("."):
        try:
            found = getattr(found, name)
        except AttributeError:
            raise Unjudged("no_attribute", f"{module} has no `{names}`") from None
        except BaseException as error:  # noqa: BLE001 - a module's own __getattr__
            raise_as(error, f"looking up {target}")
    return found


def raise_as(error: BaseException, doing: str) -> NoReturn:
    """Show what the user's code raised and say so in a line. Ctrl-C and being asked to end go their way."""
    if isinstance(error, (KeyboardInterrupt, Stopped)):
        raise error
    frames = error.__traceback__
    while frames is not None and frames.tb_frame.f_code.co_filename == __file__:
        frames = frames.tb_next
    traceback.print_exception(type(error), error, frames)
    text = " ".join(str(error).split())
    said = f"{doing} raised {type(error).__name__}" + (f": {text[:300]}" if text else "")
    raise Raised(said) from None


def called(function: Any, target: str, deps: dict[str, Any]) -> Any:
    """What the target returns. It is handed the paths of its data if it asks for one argument."""
    if not callable(function):
        raise Unjudged("not_callable", f"{target} is {named(function)}, which cannot be called")
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):  # a function written in C that does not say what it takes
        parameters = []
    by_place = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    given = [one for one in parameters if one.default is one.empty and one.kind in by_place]
    by_name = [one for one in parameters if one.default is one.empty and one.kind is one.KEYWORD_ONLY]
    if len(given) > 1 or by_name:
        asked = ", ".join(one.name for one in given + by_name)
        raise Unjudged(
            "arguments", f"{target} asks for {asked}; it may ask for nothing, or for one mapping of names to paths"
        )
    try:
        return function(*([deps] if given else []))
    except BaseException as error:  # noqa: BLE001 - whatever the user's code does
        raise_as(error, target)


def iterated(returned: Any, target: str) -> Iterator[Any]:
    """The losses as they come. Raises Unjudged for what yields nothing."""
    if not (hasattr(returned, "__iter__") or hasattr(returned, "__getitem__")):
        found = "nothing" if returned is None else named(returned)
        raise Unjudged("not_iterable", f"{target} returned {found}, and it must yield losses, one a step")
    try:
        return iter(returned)
    except BaseException as error:  # noqa: BLE001 - an __iter__ of the user
        raise_as(error, target)


def number(value: Any, target: str, step: int) -> float:
    """A loss as a float: a number, or something with one in it, such as a tensor without dimensions."""
    found = value
    try:
        if callable(getattr(found, "item", None)):
            found = found.item()
        if not isinstance(found, (bool, str, bytes, bytearray, complex)):
            return float(found)
    except Exception:  # noqa: BLE001, S110 - whatever the user's type does: it is no number
        pass
    shown = " ".join(repr(value).split())
    shown = shown if len(shown) <= 60 else shown[:57] + "..."
    raise Unjudged("not_a_number", f"{target} yielded {shown} at step {step}, which is no number")


def named(value: Any) -> str:
    """The type of a value, for people."""
    return "a module" if inspect.ismodule(value) else f"an object of type {type(value).__name__}"


def trained(taking: Iterator[Any], target: str, limit: float, steps: int, keep: Callable[[int, float], None]) -> str:
    """Take losses until it is clear what they come to; the outcome in a word."""
    for step in range(1, steps + 1):
        try:
            value = next(taking)
        except StopIteration:
            if step == 1:
                raise Unjudged("nothing", f"{target} yielded no loss") from None
            return "ended"
        except BaseException as error:  # noqa: BLE001 - whatever the user's code does
            raise_as(error, f"{target}, at step {step},")
        loss = number(value, target, step)
        keep(step, loss)
        if not math.isfinite(loss):
            return "diverged"
        if loss < limit:
            return "below"
    return "not_below"


def thinned(losses: list[tuple[int, float]]) -> list[tuple[int, float]]:
    """The points of the record, the first and the last among them."""
    if len(losses) <= MOST_POINTS:
        return losses
    return [losses[at * (len(losses) - 1) // (MOST_POINTS - 1)] for at in range(MOST_POINTS)]


def overfit(asked: dict[str, Any]) -> int:
    """Train on one batch, and leave the record. The exit code."""
    losses: list[tuple[int, float]] = []
    detail = ""
    target, limit, steps = asked["target"], float(asked["max-loss"]), int(asked["steps"])
    with Path(asked["curve"]).open("w", encoding="ascii", buffering=1) as curve:
        curve.write("step,loss\n")

        def keep(step: int, loss: float) -> None:
            losses.append((step, loss))
            curve.write(f"{step},{loss!r}\n")

        try:
            taking = iterated(called(loaded(target), target, asked["deps"]), target)
            outcome = trained(taking, target, limit, steps, keep)
            code = PASSED if outcome == "below" else FAILED
        except Unjudged as error:
            outcome, detail, code = error.outcome, str(error), UNJUDGED
        except Raised as error:
            outcome, detail, code = "raised", str(error), RAISED
        except Stopped:
            sys.stderr.write(f"stopped: {target} had yielded {len(losses)} of {steps} losses\n")
            raise
    finite = [(loss, step) for step, loss in losses if math.isfinite(loss)]
    record = {
        "schema_version": SCHEMA,
        "kind": KIND,
        "target": target,
        "max_loss": limit,
        "steps": steps,
        "outcome": outcome,
        "detail": detail,
        "taken": len(losses),
        "lowest": [min(finite)[1], min(finite)[0]] if finite else None,
        "curve": [[step, repr(loss)] for step, loss in thinned(losses)],
    }
    Path(asked["record"]).write_text(json.dumps(record, indent=2), encoding="ascii")
    sys.stderr.write((detail or f"{target}: {len(losses)} losses taken, {outcome}") + "\n")
    return code


def serve(asked: dict[str, Any]) -> int:
    """Load a model and answer until the other end closes its pipe. The exit code."""
    target = asked["target"]
    with os.fdopen(int(asked["from"]), encoding="utf-8") as questions, os.fdopen(int(asked["to"]), "w") as replies:

        def reply(document: dict[str, Any]) -> None:
            replies.write(json.dumps(document) + "\n")
            replies.flush()

        try:
            predict = loaded_model(target, asked["model"])
        except (Unjudged, Raised) as error:
            reply({"error": str(error)})
            return RAISED
        reply({"ready": True})
        for line in questions:
            reply(answered(predict, json.loads(line)["inputs"], target))
    return PASSED


def loaded_model(target: str, model: str) -> Any:
    """The function that answers for a model. Raises Unjudged or Raised."""
    function = loaded(target)
    if not callable(function):
        raise Unjudged("not_callable", f"{target} is {named(function)}, which cannot be called")
    try:
        predict = function(model)
    except BaseException as error:  # noqa: BLE001 - whatever the user's code does
        raise_as(error, target)
    if not callable(predict):
        raise Unjudged("not_callable", f"{target} returned {named(predict)}, which cannot be called")
    return predict


def answered(predict: Any, inputs: Any, target: str) -> dict[str, Any]:
    """The answers of the user's function as plain values, or what it raised."""
    try:
        outputs = predict(inputs)
    except BaseException as error:  # noqa: BLE001 - whatever the user's code does
        try:
            raise_as(error, f"what {target} returned")
        except Raised as raised:
            return {"raised": str(raised)}
    try:
        plain = plainly(outputs)
        json.dumps(plain)
    except (TypeError, ValueError, RecursionError) as error:
        return {"unfit": f"what {target} returned gave answers that are no plain values: {error}"}
    return {"outputs": plain}


def plainly(value: Any) -> Any:
    """A value as JSON has it: arrays and tensors become lists and numbers."""
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, dict):
        found = {str(key): plainly(inner) for key, inner in value.items()}
        if len(found) < len(value):  # 1 and "1": one of the two would win silently
            raise ValueError("two keys of one dict are the same text")
        return found
    if isinstance(value, (list, tuple)):
        return [plainly(inner) for inner in value]
    for way in ("tolist", "item"):  # arrays and tensors of whatever library; a series of a data frame, too
        if callable(getattr(value, way, None)):
            return plainly(getattr(value, way)())
    raise TypeError(f"{named(value)} is none")


class Stopped(SystemExit):
    """Seatrial asked this process to end."""


def stop(*_: Any) -> NoReturn:
    """On SIGTERM: leave by way of what the user's code does in its `finally`."""
    raise Stopped(143)


def words(arguments: list[str]) -> dict[str, Any]:
    """`--name value` pairs, with `--dep NAME PATH` and `--deps NAME PATH...` gathered into a mapping."""
    asked: dict[str, Any] = {"deps": {}}
    at = 0
    while at < len(arguments):
        word, equals, value = arguments[at][2:].partition("=")
        end = at + (1 if equals else 2)
        if equals:
            asked[word] = value
        elif word in ("dep", "deps"):
            while end < len(arguments) and not arguments[end].startswith("--"):
                end += 1
            paths = arguments[at + 2 : end]
            asked["deps"][arguments[at + 1]] = paths[0] if word == "dep" and len(paths) == 1 else paths
        else:
            asked[word] = arguments[at + 1]
        at = end
    return asked


def main(arguments: list[str]) -> int:
    """The exit code of what was asked."""
    signal.signal(signal.SIGTERM, stop)
    asked = words(arguments[1:])
    return serve(asked) if arguments[0] == "serve" else overfit(asked)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
