"""The example project: where it is packed, and how it is copied for the demo.

There is one copy, `examples/digits` in the repository, which the wheel carries inside this package.
Called by `play.py`; tests use it too.
"""

from __future__ import annotations

import importlib.util
import json
import shutil
from collections.abc import Callable
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

from seatrial.errors import MissingExtraError, OutsideError, UsageError

_MADE = frozenset({"data", "outputs", "reports"})
"""Folders that a run leaves behind in a source checkout; they are not part of the example. Nor are those of
tools and caches, whose names begin with a dot or with `__`."""


def find_example() -> Traversable:
    """The example project, from the wheel or from the source checkout.

    Raises OutsideError when neither has it.
    """
    packed = resources.files("seatrial.demo").joinpath("digits")
    if packed.joinpath("seatrial.yaml").is_file():
        return packed
    checkout = Path(__file__).resolve().parents[3] / "examples" / "digits"
    if checkout.joinpath("seatrial.yaml").is_file():
        return checkout
    raise OutsideError(
        "this installation of Seatrial does not carry the example project",
        next_step="pip install --force-reinstall 'seatrial[demo]'",
    )


def check_requirements(
    *,
    find_module: Callable[[str], object | None] = importlib.util.find_spec,
    find_program: Callable[[str], str | None] = shutil.which,
) -> None:
    """Refuse early, and plainly, when the demo could not run.

    Raises MissingExtraError without scikit-learn, OutsideError without git.
    """
    if find_module("sklearn") is None:
        raise MissingExtraError(
            "the demo trains scikit-learn models, and scikit-learn is not installed",
            next_step="pip install 'seatrial[demo]'",
        )
    if find_program("git") is None:
        raise OutsideError(
            "git is not installed or not in PATH", next_step="install git, then type `seatrial demo` again"
        )


def copy_example(folder: Path, python: str, *, source: Traversable | None = None) -> None:
    """Copy the example into `folder`, which must be empty or absent, to run in the interpreter `python`.

    `source` is where the example lies, by default wherever `find_example` finds it.
    Raises UsageError when something is there already: nothing of the user's is overwritten.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(
            f"{folder} is not an empty folder, and the demo overwrites nothing",
            next_step="name a folder that does not exist yet with --into, or leave --into out",
        )
    folder.mkdir(parents=True, exist_ok=True)
    _copy(source or find_example(), folder)
    configuration = folder / "seatrial.yaml"
    text = configuration.read_text(encoding="utf-8")
    line = f"python: {json.dumps(python)}  # the demo's own; yours is a path such as .venv/bin/python\n"
    configuration.write_text(text.replace("sources:", f"{line}sources:", 1), encoding="utf-8")


def _copy(source: Traversable, target: Path) -> None:
    for entry in source.iterdir():
        if entry.is_file():
            target.joinpath(entry.name).write_bytes(entry.read_bytes())
        elif entry.name not in _MADE and not entry.name.startswith((".", "__")):
            below = target / entry.name
            below.mkdir()
            _copy(entry, below)
