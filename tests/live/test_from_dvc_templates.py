"""Templates are filled in as DVC's own code does, on files drawn by chance; and our table of keys is DVC's schema.

Needs an interpreter with DVC, as tests/live/test_from_dvc_beside_dvc.py does.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from seatrial.adopt.dvc.document import read_document
from seatrial.adopt.dvc.grammar import every_key
from seatrial.adopt.dvc.interpolation import Context, plain
from seatrial.adopt.dvc.loose_yaml import parse_loose
from seatrial.adopt.dvc.stages import resolve_stages
from seatrial.adopt.dvc.values import load_defaults
from seatrial.errors import ConfigError
from tests.live.test_from_dvc_beside_dvc import dvc_python
from tests.support.dvc_templates import Case, cases

pytestmark = pytest.mark.skipif(dvc_python() is None, reason="no interpreter with DVC (make dvc, or DVC_PYTHON)")

FILL = """
import json, os, pathlib, sys, tempfile, types
from dvc.fs import LocalFileSystem
from dvc.parsing import DataResolver
from dvc.schema import COMPILED_MULTI_STAGE_SCHEMA
from dvc.utils.serialize import parse_yaml

found = []
os.chdir(sys.argv[2])
for case in json.loads(pathlib.Path(sys.argv[1]).read_text()):
    pathlib.Path("params.yaml").write_text(json.dumps(case["params"]))
    try:
        document = parse_yaml(json.dumps(case["document"]), "x")
        COMPILED_MULTI_STAGE_SCHEMA(document)
        resolver = DataResolver(types.SimpleNamespace(fs=LocalFileSystem(), config={}), "", document)
        found.append(resolver.resolve()["stages"] or {})
    except Exception:
        found.append(None)
print(json.dumps(found))
"""

KEYS = """
import json
from dvc import schema
from dvc.annotations import ARTIFACT_SCHEMA

def names(mapping):
    return [str(getattr(key, "schema", key)) for key in mapping]

found = names(schema.MULTI_STAGE_SCHEMA)
found += ["stages.NAME." + key for key in [*names(schema.STAGE_DEFINITION), *names(schema.FOREACH_IN)]]
for section in ("outs", "metrics", "plots"):
    found += [f"stages.NAME.{section}.PATH.{key}" for key in names(schema.OUT_PSTAGE_DETAILED_SCHEMA[str])]
found += ["stages.NAME.plots.PATH." + key for key in names(schema.PLOT_PROPS)]
found += ["plots.NAME." + key for key in names(schema.PLOT_DEFINITION)]
found += ["artifacts.NAME." + key for key in names(ARTIFACT_SCHEMA)]
print(json.dumps(found))
"""


def test_our_table_has_the_keys_of_dvcs_schema() -> None:
    """A DVC with another key fails here first."""
    done = subprocess.run([str(dvc_python()), "-c", KEYS], check=True, capture_output=True, text=True)
    assert sorted(json.loads(done.stdout)) == sorted(every_key())


@pytest.mark.parametrize("seed", range(3))
def test_every_text_is_filled_in_as_dvc_does(seed: int, tmp_path: Path) -> None:
    """Same commands, deps, outs, folders and names of cells; what DVC refuses is refused."""
    drawn = list(cases(seed, 1500))
    given = [{"params": case.params, "document": case.document} for case in drawn]
    (tmp_path / "cases.json").write_text(json.dumps(given))
    arguments = [str(dvc_python()), "-c", FILL, str(tmp_path / "cases.json"), str(tmp_path)]
    done = subprocess.run(arguments, check=True, capture_output=True, text=True)
    answers = json.loads(done.stdout.splitlines()[-1])
    assert sum(answer is not None for answer in answers) > 150  # else the cases say too little
    for case, answer in zip(drawn, answers, strict=True):
        expected = None if answer is None else {name: _of_dvc(stage) for name, stage in answer.items()}
        assert _of_ours(case) == expected, json.dumps({"params": case.params, "document": case.document})


def _of_dvc(stage: dict[str, object]) -> dict[str, object]:
    cmd, outs = stage["cmd"], stage["outs"]
    assert isinstance(outs, list)
    return {
        "cmd": cmd if isinstance(cmd, list) else [cmd],
        "deps": stage["deps"],
        "outs": [next(iter(out)) for out in outs],
        "wdir": stage.get("wdir", ""),
    }


def _of_ours(case: Case) -> dict[str, object] | None:
    files = {"params.yaml": json.dumps(case.params).encode()}
    try:
        document = read_document(parse_loose(json.dumps(case.document).encode(), "dvc.yaml"))
        loaded = load_defaults("", document.variables, files.get, Context(main="params.yaml"))
        groups = list(resolve_stages(document, loaded, files.get))
    except ConfigError:
        return None
    return {
        group.entry.name + ("" if cell.key is None else f"@{cell.key}"): {
            "cmd": [plain(line) for line in cell.lines],
            "deps": [plain(path) for path, _ in cell.deps],
            "outs": [plain(out.path) for out in cell.outs],
            "wdir": plain(cell.folder),
        }
        for group in groups
        for cell in group.cells
    }
