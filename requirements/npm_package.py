"""One package of one version, fetched by the user's own npm from whatever registry it is set to, and nothing of it run.

Called by `openapi.py` and `actionlint.py` beside this file, for what has no package of Python; so it knows the standard
library only. The digest decides whether what came is accepted.
"""

from __future__ import annotations

import base64
import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Sequence
from pathlib import Path


def members(package: str, version: str, integrity: str, names: Sequence[str], *, else_what: str) -> list[bytes] | None:
    """The bytes of some files of a package; None after saying why there are none, and what is not held to it then.

    `integrity` is the SHA-512 of the package, as registries and lock files write it.
    """
    npm = shutil.which("npm")
    if npm is None:
        print(f"npm is not installed, so {else_what}", file=sys.stderr)
        return None
    print(f"fetching {package} {version} ...", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        fetched = _fetched(npm, f"{package}@{version}", Path(folder))
        if fetched is None:
            print("npm could not fetch it. Is a registry reachable? next: the same command again", file=sys.stderr)
            return None
        if base64.b64encode(hashlib.sha512(fetched.read_bytes()).digest()).decode() != integrity:
            print(f"what npm fetched is not {package} {version}: its digest is another", file=sys.stderr)
            return None
        with tarfile.open(fetched) as archive:
            return [_read(archive, name) for name in names]


def _fetched(npm: str, wanted: str, into: Path) -> Path | None:
    environment = {**os.environ, "npm_config_cache": str(Path(sys.prefix, "cache", "npm"))}
    command = [npm, "pack", wanted, "--silent", "--ignore-scripts", "--pack-destination", str(into)]
    if subprocess.run(command, cwd=into, env=environment, check=False, stdout=subprocess.DEVNULL).returncode != 0:
        return None
    return next(into.glob("*.tgz"), None)


def _read(archive: tarfile.TarFile, name: str) -> bytes:
    member = archive.extractfile(f"package/{name}")
    assert member is not None, name  # noqa: S101 - the digest says that it is there
    return member.read()
