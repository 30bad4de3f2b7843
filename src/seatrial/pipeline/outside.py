"""What a path outside of the repository is to a stage that reads it. Pure.

Called by `tracing.py` for what a command was seen to read. The environment is in every key. What programs keep for
themselves makes them quick and not different. A snapshot of the Hugging Face cache is pinned by its commit. Of the
rest nobody knows what it will hold tomorrow.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping

from msgspec import Struct

SYSTEM = (
    "/usr", "/lib", "/lib32", "/lib64", "/libx32", "/bin", "/sbin", "/etc", "/proc", "/sys", "/dev", "/run",
    "/var/lib", "/nix/store", "/System", "/Library", "/private/etc",
)  # fmt: skip
"""Folders of the operating system."""

CACHES = (
    "matplotlib", "fontconfig", "pip", "uv", "numba", "triton", "torch_extensions", "torch/kernels", "torch/inductor",
    "huggingface/token", "huggingface/stored_tokens", "huggingface/version.txt", "huggingface/hub/version.txt",
    "pytest", "black", "ruff", "mypy", "nvidia", "mesa_shader_cache", "Python",
)  # fmt: skip
"""What lies in `~/.cache` and only makes programs quick."""

AT_HOME = (
    ".config/matplotlib", ".matplotlib", ".triton", ".nv", ".numba", ".netrc", ".gitconfig", ".config/git",
    ".config/pip", ".config/huggingface", ".ipython", ".jupyter", ".keras/keras.json", ".aws", ".kaggle",
    ".pydistutils.cfg", ".python_history",
)  # fmt: skip
"""Caches, settings and tickets in the home folder."""

IN_TEMP = re.compile(r"(torchinductor_|numba_|triton|pymp-|joblib_|tmp\w*/__pycache__/)")
"""Caches in the folder for temporary files."""

OWN_FOLDERS = frozenset({
    ".git", ".seatrial", ".pytest_cache", ".mypy_cache", ".ruff_cache", ".hypothesis", ".ipynb_checkpoints",
    ".tox", ".nox", ".eggs", "__pycache__",
})  # fmt: skip
"""Folders in the repository that tools keep for themselves."""

_HUB = re.compile(
    r"(?P<store>.*/(?P<kind>models|datasets|spaces)--(?P<name>[^/]+))/(?:snapshots/(?P<commit>[0-9a-f]{40})(?:/|$)"
    r"|(?P<part>blobs|refs|\.no_exist)(?:/|$))"
)


class Places(Struct, frozen=True, kw_only=True):
    """Where a command ran: the folders of its interpreters and modules, `HOME`, caches and temporary files."""

    environment: tuple[str, ...]
    home: str
    caches: tuple[str, ...]
    temp: tuple[str, ...]


def places_of(environment: tuple[str, ...], variables: Mapping[str, str], root: str) -> Places:
    """As they follow from the variables of a command. A folder that holds the repository at `root` is none of its
    environment."""
    home = variables.get("HOME", "")
    caches = [f"{home}/.cache", f"{home}/Library/Caches"] if home else []
    caches += [variables["XDG_CACHE_HOME"]] if variables.get("XDG_CACHE_HOME") else []
    temp = {variables.get("TMPDIR") or "/tmp", "/tmp", "/var/tmp"}  # noqa: S108 - looked at, not written to
    fitting = [path for path in environment if path.startswith("/") and path != "/" and not below(root, path)]
    return Places(
        environment=tuple(fitting), home=home, caches=tuple(caches), temp=tuple(path.rstrip("/") for path in temp)
    )


def is_environment(path: str, where: Places) -> bool:
    """Whether a path belongs to the machine and what is installed there, or is kept by programs for themselves."""
    return (
        any(below(path, folder) for folder in (*SYSTEM, *where.environment))
        or "/__pycache__/" in path
        or any(below(path, f"{folder}/{name}") for folder in where.caches for name in CACHES)
        or (where.home != "" and any(below(path, f"{where.home}/{name}") for name in AT_HOME))
        or any(below(path, folder) and IN_TEMP.match(path[len(folder) + 1 :]) for folder in where.temp)
    )


def is_temporary(path: str, where: Places) -> bool:
    """Whether a path lies where programs put what they need for a moment."""
    return any(below(path, folder) for folder in where.temp)


class HubPath(Struct, frozen=True, kw_only=True):
    """A path in the cache of Hugging Face: of which repository, kept in `store`, of which commit, if that can be
    seen. `blob` is the path itself where it is content that snapshots lead to."""

    name: str
    store: str
    commit: str | None
    blob: str | None

    def pinned(self, commit: str) -> str:
        return f"hf:{self.name}@{commit}"


def hub_path(path: str) -> HubPath | None:
    """A path as one of the Hugging Face cache, which has the same form wherever it lies."""
    found = _HUB.match(path)
    if found is None:
        return None
    kind, name = found["kind"], found["name"].replace("--", "/")
    return HubPath(
        name=name if kind == "models" else f"{kind}/{name}",
        store=found["store"],
        commit=found["commit"],
        blob=path if found["part"] == "blobs" else None,
    )


def own_folder(path: str) -> bool:
    """Whether a path of the repository is kept by a tool for itself."""
    return not OWN_FOLDERS.isdisjoint(path.split("/")) or posixpath.basename(path).startswith(".coverage")


def below(path: str, folder: str) -> bool:
    """Whether a path is a folder, or lies in it."""
    return path == folder or path.startswith(folder.rstrip("/") + "/")
