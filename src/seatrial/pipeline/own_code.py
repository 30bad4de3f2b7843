"""Whether a command runs nothing but Python code of the tree, whose imports are known. Pure.

Called for the environment of a cell: what installed packages such a command reaches can be told from its closure.
Of any other program (`pytest`, `torchrun`, `bash run.sh`) nobody knows what it loads.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Sequence

from seatrial.change.closure import module_file
from seatrial.pipeline import words
from seatrial.pipeline.policy import StageSpec

_PYTHON = re.compile(r"python(3(\.[0-9]+)?)?\Z")
_FLAGS = re.compile(r"-[bBdEiIOPqRsSuvx]+\Z")
_WITH_VALUE = frozenset({"-W", "-X", "--check-hash-based-pycs"})
_WITHIN = ("`", "$(", "<(", ">(")  # commands inside of words


def runs_own_code(spec: StageSpec, closure: Iterable[str], sources: Sequence[str]) -> bool:
    """Whether each program that a stage starts is Python on a file of its closure, on a module whose file is one, or on
    code that is spelled out. False says that something else may run."""
    if spec.shell and any(mark in spec.shell for mark in _WITHIN):
        return False
    named = words.commands(spec, str)
    files = frozenset(closure)
    return not named.unsure and bool(named.commands) and all(_is_own(one, files, sources) for one in named.commands)


def _is_own(command: Sequence[str], files: frozenset[str], sources: Sequence[str]) -> bool:
    if not _PYTHON.match(command[0]):
        return False
    rest = iter(command[1:])
    for word in rest:
        if word in _WITH_VALUE:
            next(rest, None)
        elif word == "-c":
            return True
        elif word == "-m":
            return module_file(next(rest, ""), files, ("", *sources)) is not None
        elif not (_FLAGS.match(word) or word.startswith(("-W", "-X"))):
            return word.endswith(".py") and posixpath.normpath(word) in files
    return False
