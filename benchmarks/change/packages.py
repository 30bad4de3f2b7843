"""The installed packages of a generated tree: a few tiny ones, in every version a pin can name.

Called by the generator (for the lock) and by the campaign, which installs what the lock says into a private
environment, as CI would: files and metadata are written as an installer writes them, without a network.
The project itself is installed as well, with the entry points of its `pyproject.toml`. Versions differ in what
they compute. `tinyhydra` builds objects from `_target_:` and reads the small part of YAML that configurations
of these trees use.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path

FIRST = "1.0.0"
COPIED = ("pytest", "_pytest", "pluggy", "iniconfig", "packaging", "pygments")
HYDRA = '''\
"""Configuration files, and the objects that they describe."""

from importlib import import_module


def load(path):
    root = {}
    stack = [(-1, root)]
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            text = line.split("#")[0].rstrip()
            if not text:
                continue
            indent = len(text) - len(text.lstrip())
            while stack[-1][0] >= indent:
                stack.pop()
            key, _, value = text.strip().partition(":")
            inner = {} if not value.strip() else _scalar(value.strip())
            stack[-1][1][key] = inner
            if isinstance(inner, dict):
                stack.append((indent, inner))
    return root


def _scalar(text):
    try:
        return int(text)
    except ValueError:
        return text


def instantiate(config):
    module, _, name = config["_target_"].rpartition(".")
    kind = getattr(import_module(module), name)
    built = kind(**{key: value for key, value in config.items() if key != "_target_"})
    built.width += OFFSET
    return built
'''
FUNCTION = '''\
"""A small package that does one thing."""
{imports}

def {name}(value):
    return (value * 3 + OFFSET){more} % 1_000_003
'''

PACKAGES: Mapping[str, tuple[str, str, tuple[str, ...]]] = {
    # distribution: module, function (none for tinyhydra, which has its own text), what it requires
    "tinyhydra": ("tinyhydra", "", ()),
    "tiny-math": ("tinymath", "mix", ()),
    "tiny-tokens": ("tinytok", "tokens", ("tiny-math",)),
    "tiny-optim": ("tinyoptim", "decay", ("tiny-math",)),
    "tiny-serve": ("tinyserve", "reply", ()),
    "tiny-plots": ("tinyplots", "plot", ()),
    "tiny-trees": ("tinytrees", "grow", ("tiny-plots",)),
    "tiny-audio": ("tinyaudio", "wave", ()),
}


def lock() -> str:
    """The lock: every package with a version and the hash of what it installs."""
    return "".join(pin(name, FIRST) for name in sorted(PACKAGES))


def pin(name: str, version: str) -> str:
    """One entry of the lock."""
    digest = hashlib.sha256(f"{name} {version}".encode()).hexdigest()
    return f"{name}=={version} \\\n    --hash=sha256:{digest}\n"


def pins(text: str) -> dict[str, str]:
    """The versions that a lock names."""
    return dict(re.findall(r"^([a-z-]+)==([0-9.]+)", text, re.MULTILINE))


def make_environment(folder: Path) -> Path:
    """A private environment with pytest's own packages and nothing else yet; the folder that packages go to."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    site = folder / "lib" / version / "site-packages"
    mine = Path(sys.prefix) / "lib" / version / "site-packages"
    for name in COPIED:
        shutil.copytree(mine / name, site / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy2(mine / "py.py", site / "py.py")  # a part of pytest
    for name in COPIED:
        for metadata in mine.glob(f"{name}-*.dist-info"):
            shutil.copytree(metadata, site / metadata.name)
    return site


def install(site: Path, lock_text: str, project_text: str) -> None:
    """Make the environment hold what the lock and the project's own metadata say."""
    wanted = pins(lock_text)
    for name, (module, function, requires) in PACKAGES.items():
        version = wanted.get(name)
        metadata = site / f"{name.replace('-', '_')}-{version}.dist-info"
        if version is not None and metadata.exists():
            continue
        _remove(site, name, module)
        if version is not None:
            code = _code(function, requires, version)
            _install(site, name, version, {f"{module}/__init__.py": code}, requires)
    project = tomllib.loads(project_text)["project"]
    _remove(site, str(project["name"]), None)
    groups = project.get("entry-points", {})
    lines = [
        line
        for group, points in groups.items()
        for line in (f"[{group}]", *(f"{key} = {value}" for key, value in points.items()), "")
    ]
    _install(site, str(project["name"]), str(project["version"]), {}, (), entry_points="\n".join(lines))


def _code(function: str, requires: tuple[str, ...], version: str) -> str:
    offset = sum(int(part) * 7**place for place, part in enumerate(version.split(".")))
    if not function:
        return f"OFFSET = {offset}\n{HYDRA}"
    others = [PACKAGES[name][:2] for name in requires]
    imports = "".join(f"\nfrom {other} import {its}" for other, its in others)
    more = "".join(f" + {its}(value)" for _, its in others)
    return FUNCTION.format(name=function, imports=imports + "\n", more=more) + f"\n\nOFFSET = {offset}\n"


def _install(
    site: Path, name: str, version: str, files: Mapping[str, str], requires: tuple[str, ...], entry_points: str = ""
) -> None:
    folder = f"{name.replace('-', '_')}-{version}.dist-info"
    lines = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}"]
    lines += [f"Requires-Dist: {other}" for other in requires]
    metadata = {f"{folder}/METADATA": "\n".join(lines) + "\n", f"{folder}/INSTALLER": "pip\n"}
    if entry_points:
        metadata[f"{folder}/entry_points.txt"] = entry_points
    everything = {**files, **metadata}
    everything[f"{folder}/RECORD"] = "".join(f"{path},,\n" for path in (*everything, f"{folder}/RECORD"))
    for path, text in everything.items():
        (site / path).parent.mkdir(parents=True, exist_ok=True)
        (site / path).write_text(text)


def _remove(site: Path, name: str, module: str | None) -> None:
    for old in site.glob(f"{name.replace('-', '_')}-*.dist-info"):
        shutil.rmtree(old)
    if module is not None:
        shutil.rmtree(site / module, ignore_errors=True)
