"""The modules of a generated tree's package that are the same in each: what stages start, and registries.

Called by the generator. Written as people write them: the registry of models is a table of names that an
f-string turns into a module, losses register themselves by a decorator, `mono.serving` exports lazily.
"""

from __future__ import annotations

ROWS = '''\
"""Rows of numbers: how every stage reads and writes them."""

from __future__ import annotations

import json

from tinymath import mix


def read_rows(path: str) -> list[int]:
    """One number for each line of a table."""
    with open(path, encoding="utf-8") as lines:
        next(lines)
        return [mix(sum(int(cell) for cell in line.split(","))) for line in lines if line.strip()]


def write_rows(path: str, rows: list[int]) -> None:
    """A table with one column."""
    with open(path, "w", encoding="utf-8") as out:
        out.write("value\\n")
        out.writelines(f"{row}\\n" for row in rows)


def write_result(path: str, **values: object) -> None:
    """A result, in one form only."""
    with open(path, "w", encoding="utf-8") as out:
        json.dump(values, out, sort_keys=True)


def read_result(path: str) -> dict[str, object]:
    """What `write_result` wrote."""
    with open(path, encoding="utf-8") as source:
        return json.load(source)
'''

TRAIN = '''\
"""Train one model: `python -m mono.train --config configs/train/text.yaml --data ... --out ...`."""

from __future__ import annotations

import argparse

from tinyhydra import instantiate, load

from mono.losses import get_loss
from mono.rows import read_rows, write_result


def main() -> None:
    """Read, train, write."""
    parser = argparse.ArgumentParser()
    for option in ("--config", "--data", "--out"):
        parser.add_argument(option, required=True)
    given = parser.parse_args()
    config = load(given.config)
    model = instantiate(config["model"])
    trainer = instantiate(config["trainer"])
    state = trainer.fit(model, get_loss(config["loss"]), read_rows(given.data), steps=config["steps"])
    write_result(given.out, state=state, width=model.width)


if __name__ == "__main__":
    main()
'''

EVALUATE = '''\
"""Evaluate a model that is named in the catalog."""

from __future__ import annotations

import argparse

from mono.models.catalog import load
from mono.rows import read_result, read_rows, write_result


def main() -> None:
    """Score every row with the model's class and with what was trained."""
    parser = argparse.ArgumentParser()
    for option in ("--model-name", "--trained", "--data", "--out"):
        parser.add_argument(option, required=True)
    given = parser.parse_args()
    model = load(given.model_name)()
    state = read_result(given.trained)["state"]
    scores = [model.forward(row + state) for row in read_rows(given.data)]
    from {metric_module} import {metric}

    write_result(given.out, scores=scores, metric={metric}(sum(scores)))


if __name__ == "__main__":
    main()
'''

PREPARE = '''\
"""Prepare a data set: read the raw table that the configuration names, transform, write."""

from __future__ import annotations

import argparse

from tinyhydra import instantiate, load

from mono.rows import read_rows, write_rows


def main() -> None:
    """Read, transform, write."""
    parser = argparse.ArgumentParser()
    for option in ("--config", "--out"):
        parser.add_argument(option, required=True)
    given = parser.parse_args()
    config = load(given.config)
    transform = instantiate(config["transform"])
    write_rows(given.out, [transform.forward(row) for row in read_rows(config["raw"])][: config["rows"]])


if __name__ == "__main__":
    main()
'''

LOSS_REGISTRY = '''\
"""Losses register themselves under a name."""

from __future__ import annotations

_LOSSES: dict[str, type] = {}


def register_loss(name: str):
    """Register the class that follows."""

    def take(kind: type) -> type:
        _LOSSES[name] = kind
        return kind

    return take


def get_loss(name: str):
    """An instance of the loss of that name."""
    return _LOSSES[name]()
'''

MODEL_REGISTRY = '''\
"""What models have in common, and the decorator that marks them."""

from __future__ import annotations

REGISTERED: list[str] = []


def register(name: str):
    """Note that there is such a model."""

    def take(kind: type) -> type:
        REGISTERED.append(name)
        return kind

    return take


class Model:
    """The base of every model."""

    width = 1

    def forward(self, x: int) -> int:
        """What a model makes of one row."""
        raise NotImplementedError

    def step(self, x: int, state: int, *, damping: int = 3) -> int:
        """One step of training."""
        return (self.forward(x + state) + state // damping) % 1_000_003
'''

CATALOG = '''\
"""Models by name. Nothing is imported before it is asked for."""

from __future__ import annotations

from importlib import import_module

_MODELS = {{
{rows}
}}


def load(name: str) -> type:
    """The class of a model."""
    module, kind = _MODELS[name]
    return getattr(import_module(f"mono.models.{{module}}"), kind)
'''

TRAINER = '''\
"""The loop that every trainer shares."""

from __future__ import annotations

from tinyoptim import decay


class Trainer:
    """The base of trainers: each changes only what one step does."""

    width = 1

    def forward(self, x: int) -> int:
        """What a trainer makes of a state."""
        raise NotImplementedError

    def fit(self, model, loss, rows: list[int], *, steps: int) -> int:
        """Train, and give the last state."""
        state = decay(steps)
        for _ in range(steps):
            for row in rows[:6]:
                state = model.step(row, state) + loss.forward(state)
                state = self.forward(state) % 1_000_003
        return state
'''

SERVING_INIT = '''\
"""Serving. Its names are loaded when they are asked for."""

from __future__ import annotations

import importlib

_HOMES = {{
{rows}
}}


def __getattr__(name: str):
    if name in _HOMES:
        return getattr(importlib.import_module("." + _HOMES[name], __name__), name)
    raise AttributeError(name)
'''

SERVING_SMOKE = '''\
"""Serve a few requests in this process."""

from __future__ import annotations

import sys

from tinyserve import reply

import mono.serving
from mono.rows import write_result


def main() -> None:
    """Ask each of the handlers once."""
    answers = [reply(getattr(mono.serving, name)(7)) for name in {names}]
    write_result(sys.argv[2], answers=answers)


if __name__ == "__main__":
    main()
'''

PLUGIN_HOST = '''\
"""Run what is registered as a plug-in."""

from __future__ import annotations

import sys
from importlib.metadata import entry_points

from mono.rows import write_result


def main() -> None:
    """Every plug-in of the group, by name."""
    found = sorted(entry_points(group="mono.plugins"), key=lambda point: point.name)
    write_result(sys.argv[2], values={point.name: point.load()(11) for point in found})


if __name__ == "__main__":
    main()
'''
