"""The user's interpreter: which one it is, and what is installed in it.

Called by the planner once a run. Seatrial itself is installed apart: the user's code runs in
the interpreter that `python:` names (seen from the main work tree, so that every work tree of
a repository shares one), else in `$VIRTUAL_ENV`, else in the first `python3` of PATH.

Subtle: asking costs a process (tens of milliseconds), so the answer is remembered in the stat
cache together with the modification times of every folder on its path. Installing, upgrading
or removing a distribution changes one of them. What distributions provide and need is a second question,
asked for only where less than everything counts.
"""

from __future__ import annotations

import ast
import contextlib
import itertools
import json
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from seatrial import digest
from seatrial.digest import Json
from seatrial.environment.reach import Installation, Provided
from seatrial.environment.records import Environment
from seatrial.errors import EXHAUSTED, ConfigError, OutsideError, Place
from seatrial.store.stat_cache import StatCache

_SECONDS = 60
_FACT = "environment/2"
_NAMES = "import-names/1"
"""What the two answers are remembered under; counted up when those of an earlier version say something else."""


def find_python(declared: str | None, main_root: Path, environ: Mapping[str, str]) -> Path:
    """The interpreter stages run in. It is not resolved: a virtual environment is known by its path.

    Raises ConfigError when there is none.
    """
    if declared:
        return _declared(declared, main_root, environ)
    if active := environ.get("VIRTUAL_ENV"):
        for name in ("python", "python3"):
            if (path := Path(active, "bin", name)).exists():
                return path
    found = shutil.which("python3", path=environ.get("PATH"))
    if found is None:
        raise ConfigError(
            "no Python was found: `python:` is not set, no virtual environment is active, and PATH has no python3",
            place=Place(file="seatrial.yaml", key="python"),
            next_step="set `python: .venv/bin/python` in seatrial.yaml",
        )
    return Path(found)


def _declared(declared: str, main_root: Path, environ: Mapping[str, str]) -> Path:
    path = main_root / Path(declared).expanduser()
    if "/" not in declared:
        found = shutil.which(declared, path=environ.get("PATH"))
        path = Path(found) if found else path
    if not path.exists():
        raise ConfigError(
            f"the interpreter {declared} does not exist (looked for {path})",
            place=Place(file="seatrial.yaml", key="python"),
            next_step=f"python3 -m venv {Path(declared).parent.parent} and install what the project needs, "
            "or point `python:` at another interpreter",
        )
    return path


def describe(python: Path, environ: Mapping[str, str], memory: StatCache) -> Environment:
    """What `python` is and what is installed in it.

    Raises OutsideError when it cannot be asked.
    """
    key = _fact_key(python)
    remembered = memory.fact(_FACT, key)
    if remembered is not None:
        answer = json.loads(remembered)
        if answer["stamps"] == _stamps(answer["watch"], python):
            return _environment(answer)
    answer = _ask(python, environ)
    answer["stamps"] = _stamps(answer["watch"], python)
    memory.remember(_FACT, key, json.dumps(answer))
    return _environment(answer)


def installation(python: Path, environ: Mapping[str, str], memory: StatCache) -> Installation:
    """What is installed in `python`, with what each distribution provides and needs.

    Raises OutsideError when it cannot be asked.
    """
    versions = describe(python, environ, memory).distributions
    key = _fact_key(python)
    stamps = json.loads(memory.fact(_FACT, key) or "{}").get("stamps")
    remembered = memory.fact(_NAMES, key)
    answer = json.loads(remembered) if remembered else {}
    if not answer or answer["stamps"] != stamps:
        with _explaining(python) as said:
            said.append(_run(python, environ, "import_names.py"))
            answer = {**ast.literal_eval(said[0].stdout.decode("ascii", "replace")), "stamps": stamps}
            found = _installation(answer, versions)
        memory.remember(_NAMES, key, json.dumps(answer))
        return found
    return _installation(answer, versions)


def watched(python: Path, memory: StatCache) -> tuple[str, ...] | None:
    """The files and folders whose times tell that `describe` would say the same again; None when they moved since."""
    remembered = memory.fact(_FACT, _fact_key(python))
    answer = json.loads(remembered) if remembered else {"watch": [], "stamps": None}
    return (str(python), *answer["watch"]) if answer["stamps"] == _stamps(answer["watch"], python) else None


def passed_over(python: Path, declared: str | None, environ: Mapping[str, str]) -> tuple[str, ...]:
    """Where `find_python` would look before it comes to `python`: a program that appeared there would be taken."""
    if declared and "/" in declared:
        return ()
    active = environ.get("VIRTUAL_ENV") if not declared else None
    places = [f"{active}/bin/{name}" for name in ("python", "python3")] if active else []
    places += [f"{folder}/{declared or 'python3'}" for folder in environ.get("PATH", os.defpath).split(os.pathsep)]
    return tuple(itertools.takewhile(lambda place: place != str(python), places))


class Installed:
    """What is installed in an interpreter, asked again and again while commands run."""

    def __init__(self, python: Path, environ: Mapping[str, str], memory: StatCache) -> None:
        self._python = python
        self._environ = environ
        self._memory = memory
        self._watch: Json = None
        self._stamps: list[Json] = []
        self._identity = ""

    def identity(self) -> str:
        """The identity it has now, empty when it cannot be told any more. A few looks at folders, mostly."""
        if self._watch is None or self._stamps != _stamps(self._watch, self._python):
            try:
                self._identity = describe(self._python, self._environ, self._memory).identity()
            except OutsideError:
                self._identity = ""
            answer = json.loads(self._memory.fact(_FACT, _fact_key(self._python)) or "{}")
            self._watch, self._stamps = answer.get("watch"), answer.get("stamps", [])
        return self._identity


def _fact_key(python: Path) -> str:
    return digest.of_bytes(os.fsencode(python))


def _ask(python: Path, environ: Mapping[str, str]) -> dict[str, Json]:
    with _explaining(python) as said:
        said.append(_run(python, environ, "probe.py"))
        answer: dict[str, Json] = ast.literal_eval(said[0].stdout.decode("ascii", "replace"))
        rows: dict[str, list[str]] = dict(answer["distributions"])  # type: ignore[arg-type]  # as `probe` prints them
        answer["distributions"] = {name: [row[0], _build(name, *row[1:])] for name, row in rows.items()}
    return answer


def _run(python: Path, environ: Mapping[str, str], program: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [str(python), "-c", Path(__file__).with_name(program).read_text()],
        # A stage sees none of the user's PYTHONPATH and its like, so the answer must not either.
        env={name: value for name, value in environ.items() if not name.startswith("PYTHON")},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=_SECONDS,
        check=False,
    )


@contextlib.contextmanager
def _explaining(python: Path) -> Iterator[list[subprocess.CompletedProcess[bytes]]]:
    """Turn what goes wrong while `python` is asked into OutsideError. What it said is appended to the list."""
    said: list[subprocess.CompletedProcess[bytes]] = []
    try:
        yield said
    except (OSError, subprocess.TimeoutExpired) as error:
        if isinstance(error, OSError) and error.errno in EXHAUSTED:
            raise  # it says nothing about the interpreter
        raise OutsideError(
            f"the interpreter {python} cannot be started: {error}",
            next_step=f"{python} --version must work; `python:` in seatrial.yaml names another one",
        ) from error
    except (ValueError, SyntaxError, TypeError, LookupError) as error:
        last = [line for done in said for line in done.stderr.decode(errors="replace").strip().splitlines()[-1:]]
        reason = last or [str(error) if said and said[0].returncode == 0 else "it printed no answer"]
        raise OutsideError(
            f"the interpreter {python} cannot tell what is installed in it: {reason[0]}",
            next_step=f"{python} -c 'from importlib import metadata' must work (Python 3.8 or newer)",
        ) from None


def _build(name: str, wheel: str, direct_url: str) -> str:
    """What tells two builds of one version apart: the wheel's tags, a commit, an archive's hash. Raises ValueError."""
    try:
        origin = json.loads(direct_url or "{}")
    except (ValueError, RecursionError) as error:
        raise ValueError(f"the direct_url.json of {name} is no JSON that can be read ({error})") from error
    commit, hashes = _below(origin, "vcs_info", "commit_id"), _below(origin, "archive_info", "hashes")
    parts: list[Json] = [*sorted(set(wheel.splitlines())), str(commit or ""), hashes or {}]
    return digest.of_record("build/1", parts).removeprefix(digest.PREFIX)[:16]


def _below(value: Json, *names: str) -> Json:
    """What stands under some names, None where anything else was written than mappings."""
    for name in names:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def _stamps(watch: Json, python: Path) -> list[Json]:
    names = [str(name) for name in watch] if isinstance(watch, list) else []
    stamps: list[Json] = []
    for name in [str(python), *names]:
        try:
            status = os.stat(name)  # noqa: PTH116 - asked after every command
            stamps.append([status.st_mtime_ns, status.st_ino])
        except OSError:
            stamps.append(None)
    return stamps


def _installation(answer: Mapping[str, Any], versions: Mapping[str, str]) -> Installation:
    """The second answer as a record. Raises ValueError, TypeError or LookupError for anything else."""
    return Installation(
        versions=versions,
        provided={
            str(name): Provided(imports=_names(imports), requires=_names(requires), groups=tuple(map(str, groups)))
            for name, (imports, requires, groups) in answer["distributions"].items()
        },
        stdlib=frozenset(answer["stdlib"]),
        loose=_names(answer["loose"]),
        starts=tuple(map(str, answer["starts"])),
    )


def _names(rows: list[str] | None) -> frozenset[str] | None:
    return None if rows is None else frozenset(rows)


def _environment(answer: Mapping[str, Json]) -> Environment:
    rows = answer["distributions"]
    distributions = (
        {str(name): " ".join(map(str, row)) for name, row in rows.items() if isinstance(row, list)}
        if isinstance(rows, dict)
        else {}
    )
    return Environment(
        executable=str(answer["executable"]),
        python=str(answer["python"]),
        implementation=str(answer["implementation"]),
        system=str(answer["system"]),
        machine=str(answer["machine"]),
        distributions=distributions,
    )
