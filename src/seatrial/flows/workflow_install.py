"""How a job makes the project's environment, found out from the files at the root of the tree. Pure.

Called by `workflow_wants`. What a project says itself (`workflows.install`) goes before everything. Else a lock file
does, then requirements, then the project's own description. Where a tool is needed whose ways differ from project to
project (Poetry, PDM, conda), nothing is guessed: the project is asked.

What is subtle: lines are run by a shell, and names of files are the project's. They are taken from a fixed list or
quoted, never put in as they are.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping

from seatrial.environment.pins import read_pins
from seatrial.errors import ConfigError, Place
from seatrial.flows.policy import CONFIG_FILE, ProjectPolicy
from seatrial.forge.workflows.wanted import Install, Installer

Read = Callable[[str], bytes | None]

REQUIREMENTS = ("requirements.lock", "requirements.txt", "requirements/requirements.txt", "requirements/base.txt")
"""Where requirements lie, the best first."""

ASKED: Mapping[str, str] = {
    "poetry.lock": "[pip install poetry, poetry install --no-interaction]",
    "pdm.lock": "[pip install pdm, pdm sync]",
    "conda-lock.yml": "[...]",
    "pixi.lock": "[...]",
    "environment.yml": "[...]",
}
"""Files of tools that are not guessed, with what one could write."""

PYTHONS = ("3.12", "3.13", "3.11", "3.14", "3.10", "3.9", "3.8")
"""Versions of Python, the one first that most packages have wheels for."""

DEFAULT_ENVIRONMENT = ".venv"
_EXTRAS = ("test", "tests", "dev")
_INTERPRETER = re.compile(r"([A-Za-z0-9._-][A-Za-z0-9._/-]*)/bin/python[0-9.]*\Z")
_EXACT = re.compile(r"(3\.[0-9]{1,2})(?:\.[0-9]+)?\Z")
_BOUND = re.compile(r"(~=|==|>=|<=|!=|<|>)\s*3(?:\.([0-9]{1,2}|\*))?(\.[0-9*]+)?\s*\Z")


def install_of(policy: ProjectPolicy, read: Read, *, version: str) -> Install:
    """How a job makes the environment. Raises ConfigError where only the project can say."""
    own = policy.workflows.install
    remote = "s3://" in f"{policy.state} {policy.cache.remote}"
    requirement = policy.workflows.seatrial or f"seatrial{'[cloud]' if remote else ''}=={version}"
    chosen = policy.workflows.seatrial is not None
    environment = environment_of(policy)
    locks = tuple(name for name in ("uv.lock", *REQUIREMENTS, *ASKED, "pyproject.toml") if read(name) is not None)
    if own is not None:
        installer = Installer.OWN if own else Installer.NONE
        return Install(
            seatrial=requirement, chosen=chosen, installer=installer, lines=own, locks=locks[:1],
            environment=environment or DEFAULT_ENVIRONMENT,
        )  # fmt: skip
    if environment is None:
        raise ConfigError(
            f"`python: {policy.pipeline.python}` is no interpreter that a job could make",
            place=Place(file=CONFIG_FILE, key="python"),
            next_step="write `python: .venv/bin/python`, or say how a job gets it: `workflows: {install: [...]}`",
        )
    installer, lines, used, hashed = _found(policy, read, environment)
    tools = ("uv",) if installer is Installer.UV else ()
    return Install(
        seatrial=requirement, chosen=chosen, installer=installer, lines=lines, locks=used, environment=environment,
        hashed=hashed, tools=tools,
    )  # fmt: skip


def environment_of(policy: ProjectPolicy) -> str | None:
    """The folder of the environment that `python:` lies in; None where it is not one of the repository."""
    declared = policy.pipeline.python
    if declared is None:
        return DEFAULT_ENVIRONMENT
    match = _INTERPRETER.match(declared)
    inside = match is not None and ".." not in declared.split("/") and not declared.startswith("/")
    return match.group(1) if match is not None and inside else None


def python_of(policy: ProjectPolicy, read: Read) -> str:
    """The version of Python that stages run with: as the project says, as tools are told, or one that it allows."""
    if policy.workflows.python is not None:
        return policy.workflows.python
    pinned = (read(".python-version") or b"").decode("utf-8", "replace").strip()
    match = _EXACT.match(pinned)
    if match is not None and match.group(1) in PYTHONS:
        return match.group(1)
    allowed = _table(read("pyproject.toml"), "project").get("requires-python")
    return next((version for version in PYTHONS if not isinstance(allowed, str) or _allows(allowed, version)), "3.12")


def _found(
    policy: ProjectPolicy, read: Read, environment: str
) -> tuple[Installer, tuple[str, ...], tuple[str, ...], bool]:
    """Tool, lines, the files that say what is installed, and whether hashes are checked."""
    if read("uv.lock") is not None:
        lines = (f"UV_PROJECT_ENVIRONMENT={environment} uv sync --locked",)
        return Installer.UV, lines, ("uv.lock",), True  # the lock has a hash of everything, and uv checks them
    package = _package(policy, read)
    for name in REQUIREMENTS:
        data = read(name)
        if data is None:
            continue
        pins = read_pins(name if name.endswith(".txt") else "requirements.txt", data)
        hashed = pins is not None and pins.hashed
        words = f"python -m pip install {'--require-hashes ' if hashed else ''}-r {name}"
        more = (f"python -m pip install --no-deps -e {package}",) if package else ()
        return Installer.PIP, (words, *more), (name,), hashed
    asked = next((name for name in ASKED if read(name) is not None), None)
    if asked is not None:
        raise ConfigError(
            f"how a job installs what {asked} says is not guessed",
            place=Place(file=CONFIG_FILE, key="workflows.install"),
            next_step=f"say it in {CONFIG_FILE}, e.g. `workflows: {{install: {ASKED[asked]}}}`",
        )
    if read("pyproject.toml") is not None or read("setup.py") is not None:
        described = "pyproject.toml" if read("pyproject.toml") is not None else "setup.py"
        return Installer.PIP, (f"python -m pip install -e {_with_extras(read)}",), (described,), False
    return Installer.NONE, (), (), False


def _package(policy: ProjectPolicy, read: Read) -> str | None:
    """The project itself, where it is a package that `sources:` does not make importable."""
    built = _table(read("pyproject.toml"), "build-system")
    return "." if built and set(policy.pipeline.sources) <= {"."} else None


def _with_extras(read: Read) -> str:
    extras = _table(read("pyproject.toml"), "project").get("optional-dependencies")
    known = [name for name in _EXTRAS if isinstance(extras, dict) and name in extras]
    return f"'.[{','.join(known)}]'" if known else "."


def _table(data: bytes | None, name: str) -> Mapping[str, object]:
    """A table of a TOML file; an empty one where it cannot be read: it is the project's, and others say so."""
    try:
        found = tomllib.loads((data or b"").decode("utf-8-sig")).get(name)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _allows(specifier: str, version: str) -> bool:
    """Whether `requires-python` allows a version, by its first two numbers; what is not understood forbids nothing."""
    minor = int(version.partition(".")[2])
    for part in specifier.split(","):
        match = _BOUND.match(part.strip())
        if match is None or match.group(2) in (None, "*"):
            continue
        word, bound, patch = match.group(1), int(match.group(2)), match.group(3)
        exact = minor == bound
        fine = {
            ">=": minor >= bound,
            ">": minor > bound or (exact and patch is not None),
            "<=": minor <= bound,
            "<": minor < bound or (exact and patch not in (None, ".0")),
            "!=": not exact or patch not in (None, ".*"),
            "==": exact,
            "~=": exact if patch else minor >= bound,
        }[word]
        if not fine:
            return False
    return True
