"""Every key of DVC's grammar has exactly one fate, the conversion keeps to it, and the user page tells it."""

from __future__ import annotations

import re
from pathlib import Path

from seatrial.adopt.dvc.grammar import Fate, every_key
from seatrial.adopt.dvc.project import convert
from tests.support.dvc_projects import committed

PAGE = Path(__file__).parents[4] / "docs" / "reference" / "from-dvc.md"

ALL_KEYS_OF_DVC = [
    "stages",
    "vars",
    "params",
    "metrics",
    "plots",
    "artifacts",
    "datasets",
    "stages.NAME.cmd",
    "stages.NAME.wdir",
    "stages.NAME.deps",
    "stages.NAME.params",
    "stages.NAME.vars",
    "stages.NAME.outs",
    "stages.NAME.metrics",
    "stages.NAME.plots",
    "stages.NAME.frozen",
    "stages.NAME.always_changed",
    "stages.NAME.desc",
    "stages.NAME.meta",
    "stages.NAME.matrix",
    "stages.NAME.foreach",
    "stages.NAME.do",
    "stages.NAME.outs.PATH.cache",
    "stages.NAME.outs.PATH.persist",
    "stages.NAME.outs.PATH.checkpoint",
    "stages.NAME.outs.PATH.remote",
    "stages.NAME.outs.PATH.push",
    "stages.NAME.outs.PATH.desc",
    "stages.NAME.outs.PATH.type",
    "stages.NAME.outs.PATH.labels",
    "stages.NAME.outs.PATH.meta",
    "stages.NAME.metrics.PATH.cache",
    "stages.NAME.metrics.PATH.persist",
    "stages.NAME.metrics.PATH.checkpoint",
    "stages.NAME.metrics.PATH.remote",
    "stages.NAME.metrics.PATH.push",
    "stages.NAME.metrics.PATH.desc",
    "stages.NAME.metrics.PATH.type",
    "stages.NAME.metrics.PATH.labels",
    "stages.NAME.metrics.PATH.meta",
    "stages.NAME.plots.PATH.cache",
    "stages.NAME.plots.PATH.persist",
    "stages.NAME.plots.PATH.checkpoint",
    "stages.NAME.plots.PATH.remote",
    "stages.NAME.plots.PATH.push",
    "stages.NAME.plots.PATH.desc",
    "stages.NAME.plots.PATH.type",
    "stages.NAME.plots.PATH.labels",
    "stages.NAME.plots.PATH.meta",
    "stages.NAME.plots.PATH.template",
    "stages.NAME.plots.PATH.x",
    "stages.NAME.plots.PATH.y",
    "stages.NAME.plots.PATH.x_label",
    "stages.NAME.plots.PATH.y_label",
    "stages.NAME.plots.PATH.title",
    "stages.NAME.plots.PATH.header",
    "plots.NAME.template",
    "plots.NAME.x",
    "plots.NAME.y",
    "plots.NAME.x_label",
    "plots.NAME.y_label",
    "plots.NAME.title",
    "artifacts.NAME.path",
    "artifacts.NAME.type",
    "artifacts.NAME.desc",
    "artifacts.NAME.labels",
    "artifacts.NAME.meta",
]
"""As in `dvc/schema.py` of DVC 3.67."""

OUT = (
    "{cache: false, persist: true, checkpoint: true, remote: r, push: false, desc: d, type: t, labels: [l], "
    "meta: {m: 1}"
)
DRAWN = ", template: t, x: a, y: b, x_label: a, y_label: b, title: t, header: true}"
EVERYTHING = f"""\
vars: [{{v: 1}}, other.yaml]
params: [params.yaml]
metrics: [top.json]
datasets: [{{name: d, type: dc, url: x}}]
plots:
  - roc: {{template: t, x: a, y: b, x_label: a, y_label: b, title: t}}
artifacts:
  a: {{path: o1, type: model, desc: d, labels: [l], meta: {{m: 1}}}}
  b: {{path: nowhere, type: data}}
stages:
  one:
    cmd: python src/run.py ${{w}} ${{x}}
    wdir: sub
    deps: [../src, ../../outside]
    params: [p, {{../other.yaml: [x]}}]
    vars: [{{w: 2}}]
    outs: [{{../o1: {{desc: d}}}}, {{o2: {OUT}}}}}]
    metrics: [m.json, {{n.json: {OUT}}}}}]
    plots: [p.csv, {{q.csv: {OUT}{DRAWN}}}]
    always_changed: true
    desc: d
    meta: {{m: 1}}
  two: {{frozen: true, cmd: ls, outs: [f]}}
  three: {{matrix: {{a: [1, 2]}}, cmd: "ls ${{item.a}}", outs: ["g/${{item.a}}"]}}
  four: {{foreach: [1, 2], do: {{cmd: "ls ${{item}}", outs: ["h/${{item}}"]}}}}
"""


def test_the_table_has_each_key_of_dvc_once() -> None:
    """None missing, none made up."""
    assert sorted(every_key()) == sorted(ALL_KEYS_OF_DVC)


def test_each_key_that_is_not_simply_carried_over_is_named_where_it_stands(tmp_path: Path) -> None:
    """A dvc.yaml with every key: each note's key has the fate of the table, and each such key has its note."""
    files = {"src/run.py": "", "sub/params.yaml": "p: 1\n", "other.yaml": "x: 1\n", "dvc.yaml": EVERYTHING}
    notes = convert(committed(tmp_path, files)).conversion.notes
    named = {note.key for note in notes}
    expected = {key for key, fate in every_key().items() if fate is not Fate.CARRIED}
    assert expected - named == set()
    lines = EVERYTHING.splitlines()
    for note in notes:
        assert note.place.file == "dvc.yaml"
        assert note.place.line is not None
        assert note.place.line <= len(lines)
        assert note.next_step
        if note.fate is Fate.LEFT and note.key in every_key():
            last = note.key.rpartition(".")[2]
            assert last in lines[note.place.line - 1] or last in ("artifacts", "deps", "outs", "type")


def test_the_page_tells_each_key_with_its_fate() -> None:
    """One row for each key, grouped where several share it."""
    text = PAGE.read_text(encoding="utf-8")
    rows: dict[str, str] = {}
    for keys, fate in re.findall(r"^\| (`.+?`) \| (\w[\w ,]*?) \|", text, re.MULTILINE):
        for key in re.findall(r"`([^`]+)`", keys):
            assert key not in rows, f"{key} stands twice"
            rows[key] = fate
    told = {key: str(fate) for key, fate in _short(every_key()).items()}
    assert rows == told


def _short(keys: dict[str, Fate] | object) -> dict[str, Fate]:
    """The keys of outs, metrics and plots as the page writes them: once for all three."""
    found: dict[str, Fate] = {}
    assert isinstance(keys, dict)
    for key, fate in keys.items():
        short = re.sub(r"NAME\.(outs|metrics|plots)\.PATH", "NAME.outs.PATH", key)
        assert found.setdefault(short, fate) is fate
    return found
