"""The files around a generated tree's package that are the same in each: scripts, tools, notebooks' runner, conftest.

Called by the generator.
"""

from __future__ import annotations

REPORT = '''\
"""Put results together."""

from __future__ import annotations

import sys

from mono.rows import read_result, write_result


def main() -> None:
    """Sum up every result that is named."""
    *results, out = sys.argv[1:]
    write_result(out, results=[read_result(path) for path in results])


if __name__ == "__main__":
    main()
'''

REPORT_SHELL = """\
#!/bin/bash
# Put the results together: scripts/report.sh RESULT... OUT
set -euo pipefail
. scripts/settings.sh
export REPORT_TITLE
python -m mono.report "$@"
printf '%s\\n' "$REPORT_TITLE" >> "${@: -1}"
"""
SETTINGS_SHELL = """\
# What the scripts share.
REPORT_TITLE="Results of 12 runs"
"""

PROJECT_TRAIN = '''\
"""The training of project {project}."""

from __future__ import annotations

import argparse
import json

from tinyhydra import load

from mono.rows import write_result
{imports}

CONFIG = "configs/projects/{project}.yaml"


def main() -> None:
    """Train on the project's own data."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", required=True)
    given = parser.parse_args()
    config = load(CONFIG)
    with open("data/projects/{project}.json", encoding="utf-8") as source:
        state = sum(json.load(source)["values"]) * config["rate"]
    for _ in range(config["steps"]):
{calls}
    write_result(given.out, state=state)


if __name__ == "__main__":
    main()
'''

CHECK_STYLE = '''\
"""Look at every file below some folders: lines that are too long, blanks at their ends, open tasks."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from line_rules import LONGEST


def main() -> None:
    """Write what was found."""
    out, pattern, *folders = sys.argv[1:]
    files = sorted(path for folder in folders for path in Path(folder).rglob(pattern))
    found = []
    for path in files:
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if len(line) > LONGEST or line != line.rstrip() or "TODO" in line:
                found.append(f"{path}:{number}: {len(line)}")
    Path(out).write_text(json.dumps([len(files), found]))


if __name__ == "__main__":
    main()
'''
LINE_RULES = '"""What the style check asks for."""\n\nLONGEST = 120\n'

RUN_NOTEBOOK = '''\
"""Run the code cells of a notebook, and write the variable `result`."""

from __future__ import annotations

import json
import sys
from pathlib import Path


def main() -> None:
    """Run cell after cell."""
    notebook, out = sys.argv[1:]
    names: dict[str, object] = {}
    for cell in json.loads(Path(notebook).read_text())["cells"]:
        if cell["cell_type"] == "code":
            exec("".join(cell["source"]), names)
    Path(out).write_text(json.dumps(names["result"]))


if __name__ == "__main__":
    main()
'''

EXPORT_TABLES = '''\
"""Export the tables of the documentation."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from tinyplots import plot
{imports}


def main() -> None:
    """One value for each column, with the labels of the data."""
    labels = json.loads(Path("data/labels.json").read_text())["values"]
    value = plot(sum(labels))
{calls}
    Path(sys.argv[1]).write_text(str(value))


if __name__ == "__main__":
    main()
'''

CONFTEST = '''\
"""What all tests share: it loads most of the house, as such files do."""

from __future__ import annotations

import json

import pytest

{imports}

SIZE = 5


def pytest_addoption(parser):
    parser.addoption("--results")


def pytest_configure(config):
    config.seen = {{}}


@pytest.fixture
def record(request):
    """Note a value in the results."""

    def note(value):
        request.config.seen.setdefault(request.node.nodeid, []).append(value)

    return note


@pytest.fixture
def sample() -> int:
    """A number for the functions under test, different whenever the house is."""
    value = SIZE
{calls}
    return value


def pytest_sessionfinish(session):
    path = session.config.getoption("--results")
    if path:
        with open(path, "w", encoding="utf-8") as out:
            json.dump(session.config.seen, out, sort_keys=True)
'''
