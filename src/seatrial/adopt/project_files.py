"""What a repository says of itself in files of its own: packages, interpreter, tools, MLproject, Makefile.

Called by `finding`. Texts come in, records go out; only the packages that are installed are looked up on the disk.
"""

from __future__ import annotations

import os
import re
import shutil
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path

from seatrial.adopt.found import EntryPoint, Interpreter, Tool, Tree
from seatrial.config.yaml_source import parse_yaml
from seatrial.errors import ConfigError

Text = Callable[[str], str | None]
_LOCKS = (
    "uv.lock", "poetry.lock", "pdm.lock", "Pipfile.lock", "conda-lock.yml", "requirements.lock", "pylock.toml",
    "environment.yml", "requirements.txt",
)  # fmt: skip
_TOOLS: Mapping[str, tuple[str, ...]] = {
    "ruff": ("ruff.toml", ".ruff.toml"),
    "flake8": (".flake8",),
    "mypy": ("mypy.ini", ".mypy.ini"),
    "pyright": ("pyrightconfig.json",),
}
_TARGET = re.compile(r"^([A-Za-z0-9][\w.-]*)\s*:(?!=)", re.MULTILINE)
_FILLED = re.compile(r"\{(\w+)\}")
_SHELL = re.compile(r"[|&;<>$`]")


def project_table(text: Text) -> Mapping[str, object]:
    """`pyproject.toml`; empty where there is none, or it cannot be read."""
    found = text("pyproject.toml")
    try:
        return {} if found is None else tomllib.loads(found)
    except (tomllib.TOMLDecodeError, RecursionError):
        return {}


def table(values: Mapping[str, object], *names: str) -> Mapping[str, object]:
    """A table inside, empty where there is none."""
    inner: object = values
    for name in names:
        inner = inner.get(name) if isinstance(inner, Mapping) else None
    return inner if isinstance(inner, Mapping) else {}


def packages_of(tree: Tree) -> Mapping[str, str]:
    """The folder of modules that each top package lies in: `src`, or the root."""
    found: dict[str, str] = {}
    for path in tree.files:
        parts = path.split("/")
        if parts[-1] != "__init__.py":
            continue
        if len(parts) == 2 and parts[0] not in ("tests", "test", "docs", "notebooks"):
            found[parts[0]] = "."
        elif len(parts) == 3 and parts[0] == "src":
            found[parts[1]] = "src"
    return found


def tools_of(tree: Tree, pyproject: Mapping[str, object], text: Text, site: frozenset[str] | None) -> tuple[Tool, ...]:
    """Linters and type checkers that are configured, each with where, and whether it is installed."""
    found = []
    body = (text("pyproject.toml") or "").split("\n")
    setup = (text("setup.cfg") or "").split("\n")
    for name, files in _TOOLS.items():
        seen = next((f"{file}:1" for file in files if file in tree.files), None)
        if seen is None and table(pyproject, "tool", name):
            line = next((n for n, one in enumerate(body, 1) if one.startswith(f"[tool.{name}")), 1)
            seen = f"pyproject.toml:{line}"
        if seen is None:
            line = next((n for n, one in enumerate(setup, 1) if one.strip() == f"[{name}]"), 0)
            seen = f"setup.cfg:{line}" if line else None
        if seen is not None:
            found.append(Tool(name=name, seen=seen, installed=None if site is None else name in site))
    return tuple(found)


def interpreter_of(
    main_root: Path, tree: Tree, pyproject: Mapping[str, object], text: Text, active: str | None
) -> Interpreter:
    """The Python that stages will run in: one beside the code, else the active environment, else any python3."""
    lock = next((name for name in _LOCKS if name in tree.files), None)
    version, seen = _version(pyproject, text)
    for folder in (".venv", "venv"):
        if (main_root / folder / "bin" / "python").exists():
            site = _site(main_root / folder)
            return Interpreter(
                path=f"{folder}/bin/python", version=version, seen=seen, site=site, lock=lock, home=folder
            )
    if active:
        return Interpreter(version=version, seen=seen, site=_site(Path(active)), lock=lock, home=active)
    program = shutil.which("python3")
    site = None if program is None else _site_of_program(Path(program))
    return Interpreter(version=version, seen=seen, site=site, lock=lock, home=program)


def _version(pyproject: Mapping[str, object], text: Text) -> tuple[str | None, str | None]:
    pinned = (text(".python-version") or "").strip().split("\n")[0]
    if pinned:
        return pinned, ".python-version:1"
    asked = table(pyproject, "project").get("requires-python")
    return (asked, "pyproject.toml") if isinstance(asked, str) else (None, None)


def _site(folder: Path) -> frozenset[str] | None:
    """The names of what is installed in an environment. None where that cannot be told: none found, or one that sees
    the packages of the system as well."""
    found: set[str] = set()
    try:
        config = (folder / "pyvenv.cfg").read_text(encoding="utf-8", errors="replace")
        for site in sorted((folder / "lib").glob("python3.*/site-packages")):
            found |= _listed(site)
    except OSError:
        return None
    shared = re.search(r"include-system-site-packages\s*=\s*true", config, re.IGNORECASE)
    return None if shared or not found else frozenset(found)


def _listed(site: Path) -> set[str]:
    """What a folder of packages holds, by names to import; an empty name where it leads to other folders."""
    found: set[str] = set()
    for name in os.listdir(site):
        found.add(name.partition("-")[0].partition(".")[0].lower())
        if name.startswith("__editable__") or (name.endswith(".pth") and _leads_on(site / name)):
            found.add("")
    return found


def _leads_on(path: Path) -> bool:
    """Whether a .pth file names folders; lines that begin with `import` are code, of setuptools and the like."""
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    return any(line.strip() and not line.startswith(("#", "import ", "import\t")) for line in lines)


def _site_of_program(program: Path) -> frozenset[str] | None:
    """What a Python outside of any environment can import: its own folders, those of Debian, and the user's. None of
    one that cannot be seen through, such as a shim of pyenv."""
    prefix = program.parent.parent
    if (prefix / "pyvenv.cfg").exists():
        return _site(prefix)
    own = dict.fromkeys((prefix, program.resolve().parent.parent))
    if not any(list(top.glob("lib/python3*/os.py")) for top in own):
        return None
    found: set[str] = set()
    seen = False
    for top in dict.fromkeys((*own, Path("/usr/local"), Path.home() / ".local")):
        for site in sorted((*top.glob("lib/python3*/site-packages"), *top.glob("lib/python3*/dist-packages"))):
            try:
                found |= _listed(site)
                seen = True
            except OSError:
                return None
    return frozenset(found) if seen else None


def targets_of(text: Text) -> tuple[str, ...]:
    """The targets of a Makefile that a person would type."""
    return tuple(dict.fromkeys(_TARGET.findall(text("Makefile") or "")))[:30]


def entry_points_of(text: Text, path: str = "MLproject") -> tuple[EntryPoint, ...]:
    """The entry points of an MLproject file, with defaults filled in."""
    found = text(path)
    if found is None:
        return ()
    try:
        source = parse_yaml(found.encode(), path)
    except ConfigError as error:
        return (EntryPoint(name="main", command="", seen=path, why=f"it cannot be read: {error}"),)
    points = source.value.get("entry_points") if isinstance(source.value, dict) else None
    made = []
    for name, point in (points if isinstance(points, dict) else {}).items():
        place = source.place(("entry_points", name), at_key=True)
        made.append(_entry_point(str(name), point, f"{path}:{place.line}"))
    return tuple(made)


def _entry_point(name: str, point: object, seen: str) -> EntryPoint:
    command = point.get("command") if isinstance(point, dict) else None
    if not isinstance(point, dict) or not isinstance(command, str) or not command.strip():
        return EntryPoint(name=name, command="", seen=seen, why="it has no command")
    given = point.get("parameters")
    values: dict[str, str] = {}
    for parameter, said in (given if isinstance(given, dict) else {}).items():
        default = said.get("default") if isinstance(said, dict) else None if isinstance(said, str) else said
        if default is not None:
            values[parameter] = str(default)
    missing = [parameter for parameter in _FILLED.findall(command) if parameter not in values]
    if missing:
        return EntryPoint(name=name, command=command, seen=seen, why=f"its parameter `{missing[0]}` has no default")
    filled = " ".join(_FILLED.sub(lambda match: values[match[1]], command).split())
    why = "its command wants a shell" if _SHELL.search(filled) else None
    return EntryPoint(name=name, command=filled, seen=seen, why=why)
