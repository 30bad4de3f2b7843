"""The rules of CONTRIBUTING.md that a machine can check, checked on every tracked file."""

from __future__ import annotations

import ast
import configparser
import re
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "seatrial"
FORBIDDEN_NAMES = {"utils", "helpers", "common", "core", "base", "manager", "misc"}
HOME_FOLDERS = re.compile(r"/(?:home|Users|root|work|workspace|private/var)/[A-Za-z0-9_.-]+")
# The hosts are spelled apart so that this file does not contain what it forbids.
IMPORT_NAMES = {"pyyaml": "yaml", "scikit-learn": "sklearn"}
DECLARED_BUT_UNUSED: set[str] = set()
"""Dependencies that the house plan foresees and that nothing in `src` imports yet."""
PACKAGE_HOSTS = re.compile(
    r"\b(?:" + "|".join(("pypi" + r"\.org", "python" + r"hosted\.org", "files\\.py" + "pi")) + r")\b"
)
CALLS_WITH_EFFECTS = {"open", "print", "input", "eval", "exec", "__import__", "breakpoint"}
CLOCK_METHODS = {"now", "utcnow", "today"}


def _source_files() -> list[Path]:
    return sorted(SOURCE.rglob("*.py"))


def _repository_files() -> list[Path]:
    """Every file git tracks or would track; all files when this is not a work tree (an unpacked sdist)."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=False)
    if listed.returncode != 0:
        pytest.skip("not a git work tree, so nobody knows which files belong to the project")
    names = (name for name in listed.stdout.decode().split("\0") if name)
    return [path for name in sorted(names) if (path := ROOT / name).is_file()]


def _texts() -> Iterator[tuple[str, str]]:
    """Each text file's name, relative to the root, and its content."""
    for path in _repository_files():
        try:
            yield path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue


def _pure_files() -> list[Path]:
    """The files that the contract `pure` of .importlinter names, folders unfolded."""
    contracts = configparser.ConfigParser()
    contracts.read(ROOT / ".importlinter")
    files: list[Path] = []
    for module in contracts["importlinter:contract:pure"]["source_modules"].split():
        place = ROOT.joinpath("src", *module.split("."))
        files += sorted(place.rglob("*.py")) if place.is_dir() else [place.with_suffix(".py")]
    return files


def _imported(tree: ast.AST) -> set[str]:
    """Every dotted name that is imported anywhere in a module, `from a import b` as `a.b` and `a`."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names


def test_no_source_file_is_longer_than_four_hundred_lines() -> None:
    """A file that grows past 400 lines holds more than one thought."""
    lengths = {path.relative_to(ROOT).as_posix(): len(path.read_text().splitlines()) for path in _source_files()}

    assert {name: length for name, length in lengths.items() if length > 400} == {}


def test_no_module_has_a_name_that_says_nothing() -> None:
    """`utils` and its relatives are where structure goes to die."""
    named = [path for path in SOURCE.rglob("*") if path.stem.strip("_") in FORBIDDEN_NAMES]

    assert named == []


def test_every_module_opens_with_a_docstring() -> None:
    """A reader learns at the top why a module exists; packages are introduced in the tour."""
    silent = [
        path.relative_to(ROOT).as_posix()
        for path in _source_files()
        if path.name != "__init__.py" and not ast.get_docstring(ast.parse(path.read_bytes()))
    ]

    assert silent == []


def test_a_module_that_calls_itself_pure_is_held_to_it() -> None:
    """The word is a promise that only the contract keeps."""
    held = set(_pure_files())
    promised = [
        path.relative_to(ROOT).as_posix()
        for path in _source_files()
        if path not in held and re.search(r"\bPure\b", ast.get_docstring(ast.parse(path.read_bytes())) or "")
    ]

    assert promised == []


def test_pure_files_call_nothing_that_has_an_effect_or_asks_the_clock() -> None:
    """What imports cannot show: builtins with effects, and `datetime.now`."""
    found: list[str] = []
    for path in _pure_files():
        for node in ast.walk(ast.parse(path.read_bytes())):
            if not isinstance(node, ast.Call):
                continue
            effect = isinstance(node.func, ast.Name) and node.func.id in CALLS_WITH_EFFECTS
            clock = isinstance(node.func, ast.Attribute) and node.func.attr in CLOCK_METHODS
            if effect or clock:
                found.append(f"{path.relative_to(ROOT)}:{node.lineno}: {ast.unparse(node.func)}")

    assert found == []


def test_only_the_light_parts_of_numpy_and_scipy_are_used() -> None:
    """scipy.stats takes a second to load, and numpy.random would make verdicts depend on chance."""
    refused = {"scipy.stats", "numpy.random"}
    found = {
        path.relative_to(ROOT).as_posix(): sorted(refused & _imported(ast.parse(path.read_bytes())))
        for path in _source_files()
    }

    assert {name: modules for name, modules in found.items() if modules} == {}


def test_no_record_is_a_dataclass() -> None:
    """A dataclass is compiled from text at each start, forty times as long as a Struct takes to define."""
    users = {
        path.relative_to(SOURCE).as_posix()
        for path in _source_files()
        if "dataclasses" in _imported(ast.parse(path.read_bytes()))
    }

    assert users == {"replacing.py"}  # which asks for it while types are checked, never when it runs


def test_no_file_names_a_machine_or_a_package_host() -> None:
    """A clone works anywhere: no path of somebody's machine, no address of a package index."""
    found = [
        f"{name}: {match.group()}"
        for name, text in _texts()
        for pattern in (HOME_FOLDERS, PACKAGE_HOSTS)
        for match in pattern.finditer(text)
    ]

    assert found == []


def test_locks_hold_hashed_pins_and_nothing_else() -> None:
    """Pins, hashes and a note are all there is; no lock names an index, an address or a path."""
    for lock in sorted((ROOT / "requirements").glob("*.txt")):
        lines = lock.read_text().splitlines()
        pins = [line for line in lines if line[:1].isalnum()]
        hashes = [line for line in lines if re.fullmatch(r"    --hash=sha256:[0-9a-f]{64}( \\)?", line)]
        notes = [line for line in lines if line.startswith("#")]

        assert pins, lock.name
        assert len(lines) == len(pins) + len(hashes) + len(notes), lock.name
        assert all(re.match(r"[a-z0-9.-]+==[^ ]+( ; .+)? \\$", pin) for pin in pins), lock.name


def test_locks_agree_on_every_version() -> None:
    """A package has the same version in every lock that holds it, so `make test` tests what `make demo` runs."""
    pins: dict[str, dict[str, set[str]]] = {}
    for lock in sorted((ROOT / "requirements").glob("*.txt")):
        for line in lock.read_text().splitlines():
            if line[:1].isalnum():
                name, _, rest = line.partition("==")
                version = rest.partition(";")[0].strip(" \\")  # one lock may want it on fewer versions of Python
                pins.setdefault(name, {}).setdefault(lock.name, set()).add(version)

    assert {name: locks for name, locks in pins.items() if len({frozenset(rest) for rest in locks.values()}) > 1} == {}


def test_what_silences_a_check_of_data_says_why() -> None:
    """`type: ignore` and `noqa` without a reason stay for ever: nobody dares to take them away."""
    bare = re.compile(r"(?:type: ignore\[[a-z-]+\]|noqa: [A-Z0-9, ]+?)\s*$", re.MULTILINE)
    named = [path for path in _source_files() if "data" in path.relative_to(SOURCE).as_posix()]
    named += [path for folder in ("stats", "config") for path in sorted((SOURCE / folder).rglob("*.py"))]

    assert named
    assert [path.name for path in named if bare.search(path.read_text(encoding="utf-8"))] == []


def test_every_declared_dependency_is_locked() -> None:
    """Editing pyproject.toml without `make lock` is noticed here and not on somebody's machine."""
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wanted = {
        "core.txt": declared["project"]["dependencies"],
        "demo.txt": declared["project"]["optional-dependencies"]["demo"],
        "test.txt": declared["dependency-groups"]["test"],
        "check.txt": declared["dependency-groups"]["check"],
        "live.txt": declared["dependency-groups"]["live"],
        "workflows.txt": declared["dependency-groups"]["workflows"],
        "site.txt": declared["dependency-groups"]["site"],
        "hooks.txt": declared["dependency-groups"]["hooks"],
        "build.txt": declared["dependency-groups"]["build"],
        "uv.txt": declared["dependency-groups"]["lock"],
    }
    for lock, requirements in wanted.items():
        locked = {line.partition("==")[0] for line in (ROOT / "requirements" / lock).read_text().splitlines()}
        names = {re.split(r"[<>=~! \[;]", requirement)[0].lower() for requirement in requirements}

        assert names - locked == set(), f"{lock}; next: make lock"


def test_every_declared_dependency_is_imported() -> None:
    """A dependency that nothing imports costs every user its download; those foreseen are named above."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    declared = {re.split(r"[<>=~! \[;]", requirement)[0].lower() for requirement in project["dependencies"]}
    imported = {name.partition(".")[0] for path in _source_files() for name in _imported(ast.parse(path.read_bytes()))}

    assert {name for name in declared if IMPORT_NAMES.get(name, name) not in imported} == DECLARED_BUT_UNUSED
