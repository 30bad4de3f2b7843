"""Patterns of the repository itself: models and data in git, what is not pinned, what is evaluated on what. Pure.

Called by `patterns.py`.
"""

from __future__ import annotations

import posixpath
import re
import tomllib
from collections.abc import Iterator, Mapping

from seatrial.adopt.doctor.command_words import MODEL_SUFFIXES
from seatrial.adopt.doctor.facts import Tree
from seatrial.adopt.doctor.outcome import Alarm, Pattern
from seatrial.environment.pins import is_requirements
from seatrial.report.numbers import plural, size

MODEL_BYTES = 100 << 10
"""From here on a file of a model is one, and no fixture of a test."""
FIXTURE_BYTES = 5 << 20
"""The same below a folder of tests or examples."""
LARGE_BYTES = 50 << 20
_TESTS = re.compile(r"(?:\A|/)(?:tests?|testdata|fixtures|examples?|docs?)/")
_FROM = re.compile(r"^[ \t]*FROM[ \t]+(?:--\S+[ \t]+)*(\S+)(?:[ \t]+AS[ \t]+(\S+))?", re.IGNORECASE | re.MULTILINE)
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


def large_alarms(tree: Tree) -> Iterator[Alarm]:
    """Models, and other large files, in the commit that is checked out. A pointer of Git LFS or DVC is small."""
    for one in tree.large:
        is_model = one.file.lower().endswith(MODEL_SUFFIXES)
        least = FIXTURE_BYTES if _TESTS.search(one.file) else MODEL_BYTES
        if is_model and one.size >= least:
            yield Alarm(
                pattern=Pattern.MODEL_IN_GIT,
                file=one.file,
                message=f"a model of {size(one.size)} lies in git: every clone carries it, and no gate let it in",
                mend=f"git rm --cached {one.file}, and register it: seatrial models register",
            )
        elif one.size >= LARGE_BYTES:
            yield Alarm(
                pattern=Pattern.LARGE_FILE_IN_GIT,
                file=one.file,
                message=f"{size(one.size)} lie in git itself, in every clone and for ever",
                mend=f"let DVC or Git LFS keep it: git rm --cached {one.file} && dvc add {one.file}",
            )


def pin_alarms(tree: Tree) -> Iterator[Alarm]:
    """Dependencies and base images that are something else tomorrow."""
    locked = {posixpath.dirname(lock.path) for lock in tree.locks if not is_requirements(lock.path) or lock.hashed}
    for lock in tree.locks:
        if is_requirements(lock.path) and not lock.hashed and lock.pins and not _covered(lock.path, locked):
            loose = sorted((pins[0].line or 0, name) for name, pins in lock.pins.items() if pins[0].version is None)
            line, name = loose[0] if loose else min((pins[0].line or 0, name) for name, pins in lock.pins.items())
            what = (
                f"{plural(len(loose), 'line')} without a version, the first `{name}`"
                if loose
                else "versions without hashes"
            )
            yield _loose(
                lock.path,
                line or None,
                what,
                f"uv pip compile --generate-hashes {lock.path} -o {_locked_name(lock.path)}",
            )
    for path, text in tree.texts.items():
        if posixpath.basename(path) == "pyproject.toml" and not _covered(path, locked):
            yield from _project(path, text)
        elif posixpath.basename(path).startswith("Dockerfile") or path.endswith(".dockerfile"):
            yield from _images(path, text)


def _covered(path: str, locked: set[str]) -> bool:
    """Whether a lock lies beside a file, above it, or in a folder of requirements there."""
    folder = posixpath.dirname(path)
    while True:
        if folder in locked or posixpath.join(folder, "requirements") in locked:
            return True
        if not folder:
            return False
        folder = posixpath.dirname(folder)


def _locked_name(path: str) -> str:
    return f"{path.removesuffix('.txt')}.lock.txt"


def _loose(file: str, line: int | None, what: str, mend: str) -> Alarm:
    return Alarm(
        pattern=Pattern.UNPINNED_DEPENDENCY,
        file=file,
        line=line,
        message=f"{what}, and no lock beside it: tomorrow another environment is installed",
        mend=mend,
    )


def _project(path: str, text: str) -> Iterator[Alarm]:
    try:
        value: object = tomllib.loads(text)
    except (ValueError, RecursionError):
        return
    table = value.get("project") if isinstance(value, Mapping) else None
    wanted = table.get("dependencies") if isinstance(table, Mapping) else None
    if not isinstance(wanted, list):
        return
    loose = [str(one) for one in wanted if isinstance(one, str) and "==" not in one and " @ " not in one]
    if loose:
        name = found[0] if (found := _NAME.match(loose[0])) else loose[0]
        line = next((number for number, row in enumerate(text.split("\n"), 1) if loose[0] in row), None)
        folder = posixpath.dirname(path)
        what = f"{plural(len(loose), 'dependency', 'dependencies')} without an exact version, the first `{name}`"
        yield _loose(path, line, what, f"uv lock{f' --directory {folder}' if folder else ''}, and commit uv.lock")


def _images(path: str, text: str) -> Iterator[Alarm]:
    stages: set[str] = set()
    for found in _FROM.finditer(text):
        image, name = found[1], found[2]
        tag = image.rpartition("/")[2].partition(":")[2]
        floating = "@sha256:" not in image and tag in ("", "latest") and "$" not in image
        if floating and image.lower() not in {*stages, "scratch"}:
            yield Alarm(
                pattern=Pattern.UNPINNED_IMAGE,
                file=path,
                line=text.count("\n", 0, found.start()) + 1,
                message=f"`{image}` is another image whenever somebody publishes one",
                mend=f"`FROM {image.partition(':')[0]}:<version>@sha256:<digest>`",
            )
        if name:
            stages.add(name.lower())
