"""Install one set of locked packages, and this project, into the virtual environment it runs in.

Called by the Makefile as `.venv/bin/python -m requirements.install demo`, so it knows the
standard library only, and speaks plainly when the network is the problem. With `--apart` the set
goes into an environment of its own, `.venv/NAME`, without this project. Packages come
from the hashed lock of that name; whatever index the user has configured serves them, the
hashes decide what is accepted. uv is the faster of the two and is tried first; pip,
which reads the user's own pip settings, is the way out when uv cannot be had or cannot reach
an index. Caches stay inside the environment's folder.
"""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
VENV = Path(sys.prefix)
PIP = (sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check")
UV = (sys.executable, "-m", "uv", "--quiet", "pip")


def environment() -> dict[str, str]:
    """The caller's environment, with every cache inside the virtual environment."""
    wheels = os.environ.get("UV_FIND_LINKS") or ",".join(os.environ.get("PIP_FIND_LINKS", "").split())
    return {
        **os.environ,
        **({"UV_FIND_LINKS": wheels} if wheels else {}),  # uv reads none of pip's settings
        "PIP_CACHE_DIR": str(VENV / "cache" / "pip"),
        "UV_CACHE_DIR": str(VENV / "cache" / "uv"),
        "UV_PYTHON": sys.executable,
        "UV_PYTHON_DOWNLOADS": "never",
        "PIP_USER": "0",
    }


def run(tool: tuple[str, ...], *arguments: str) -> bool:
    """Whether the command succeeded; its own messages go to the terminal."""
    return subprocess.run([*tool, *arguments], env=environment(), cwd=HERE.parent, check=False).returncode == 0


def has_uv() -> bool:
    """Whether uv is here, after trying to install it."""
    if importlib.util.find_spec("uv") is not None:
        return True
    return run(PIP, "install", "--require-hashes", "--only-binary", ":all:", "-r", str(HERE / "uv.txt"))


def install(tool: tuple[str, ...], name: str) -> bool:
    """Install the lock `name` and the project itself, editable, with the given tool."""
    locks = [argument for lock in ("build", name) for argument in ("-r", str(HERE / f"{lock}.txt"))]
    project = ("--no-deps", "--no-build-isolation", "--editable", ".")
    return run(tool, "install", "--require-hashes", *locks) and run(tool, "install", *project)


def install_apart(tool: tuple[str, ...], name: str) -> bool:
    """Install the lock `name` into the environment of that name inside this one, with the given tool."""
    python = str(VENV / name / "bin" / "python")
    into = (*tool, "install", "--python", python) if tool is UV else (python, *tool[1:], "install")
    return run(into, "--require-hashes", "--only-binary", ":all:", "-r", str(HERE / f"{name}.txt"))


def main() -> int:
    """Install; 0 when everything is there."""
    if Path(sys.base_prefix) == VENV:
        print("requirements/install.py installs into a virtual environment only; next: make test", file=sys.stderr)
        return 2
    *apart, name = sys.argv[1:]
    installed = install_apart if apart else install
    print(f"installing what `{name}` needs into {VENV.name}{f'/{name}' * bool(apart)} ...", flush=True)
    if has_uv():
        if installed(UV, name):
            return 0
        print("uv could not install the packages; trying pip ...", file=sys.stderr, flush=True)
    else:
        print("uv cannot be installed here; pip does it, which takes longer ...", file=sys.stderr, flush=True)
    if installed(PIP, name):
        return 0
    print(
        f"requirements/{name}.txt could not be installed. Is a package index reachable? "
        "pip and uv read their usual settings (proxy, index, certificates); next: the same command again",
        file=sys.stderr,
    )
    return 1


if __name__ == "__main__":
    sys.exit(main())
