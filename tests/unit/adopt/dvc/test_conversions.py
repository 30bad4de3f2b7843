"""What becomes of a dvc.yaml: stages that our loader and planner take, and every loss named at its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from seatrial.adopt.dvc.project import Converted, convert
from seatrial.cli.main import run_app
from seatrial.config.load import load
from seatrial.pipeline.expand import expand
from seatrial.pipeline.policy import StageSpec
from tests.support.dvc_projects import PIPELINES, committed, project


def converted(folder: Path, dvc: str, **files: str) -> Converted:
    """The conversion of one dvc.yaml; names of files have `__` for `/` and end with their suffix after `___`."""
    named = {name.replace("___", ".").replace("__", "/"): text for name, text in files.items()}
    return convert(committed(folder, {"src/run.py": "print()\n", **named, "dvc.yaml": dvc}))


def stages_of(found: Converted, folder: Path) -> dict[str, StageSpec]:
    """The stages as our loader reads them."""

    def read(path: str) -> bytes | None:
        text = found.files.get(path)
        if text is not None:
            return text.encode()
        return (folder / path).read_bytes() if (folder / path).is_file() else None

    return dict(load(read).policy.pipeline.stages)


def said(found: Converted) -> list[str]:
    return [f"{note.key} {note.place.line}:{note.place.column} {note.message}" for note in found.conversion.notes]


@pytest.mark.parametrize("name", PIPELINES)
def test_what_comes_of_every_shape_loads_and_has_one_cell_for_each_stage_of_dvc(name: str, tmp_path: Path) -> None:
    """As many cells as `dvc repro` has stages, whether they became a matrix or stages of their own."""
    found = convert(committed(tmp_path, project(name)))
    cells = expand(stages_of(found, tmp_path))
    expected = {
        "get-started": 3, "foreach-over-a-list": 5, "foreach-over-a-mapping": 3, "foreach-that-is-no-matrix": 2,
        "foreach-over-odd-texts": 7, "foreach-over-parameters": 2, "matrix": 4, "matrix-of-mappings": 4, "folders": 2,
        "parameters-in-several-files": 2, "mapping-in-a-command": 1, "mapping-as-dvc-is-told": 1, "shells": 7,
        "templated-paths": 2, "folder-that-others-write": 2, "aliases": 2, "windows-line-ends": 1,
        "names-like-references": 1,
    }  # fmt: skip
    assert len(cells) == expected[name]


def test_the_same_repository_gives_the_same_text(tmp_path: Path) -> None:
    """Same input, same bytes."""
    folder = committed(tmp_path, project("shells"))
    assert convert(folder).files == convert(folder).files


def test_values_of_the_parameters_file_stay_live(tmp_path: Path) -> None:
    """A change of params.yaml must go on changing the command."""
    found = converted(
        tmp_path,
        "stages:\n  a:\n    cmd: python src/run.py ${lr} out.txt\n    outs: [out.txt]\n",
        params___yaml="lr: 0.5\n",
    )
    assert stages_of(found, tmp_path)["a"].cmd == "python src/run.py ${params.lr} ${outs.out}"
    assert found.proposal.params == "params.yaml"


def test_other_values_are_written_out_and_named(tmp_path: Path) -> None:
    """A value from another file, or in a path, cannot follow its file any more: that is said with the place."""
    found = converted(
        tmp_path,
        "vars: [other.yaml]\nstages:\n  a:\n    cmd: python src/run.py ${x} ${lr}\n    outs: ['o/${lr}']\n",
        params___yaml="lr: 0.5\n",
        other___yaml="x: 7\n",
    )
    stage = stages_of(found, tmp_path)["a"]
    assert stage.cmd == "python src/run.py 7 ${params.lr}"
    assert [out.path for out in stage.outs] == ["o/0.5"]
    assert any("4:5" in text and "x of other.yaml" in text and "lr of params.yaml" in text for text in said(found))


def test_a_mapping_becomes_axes_with_the_further_cells_included(tmp_path: Path) -> None:
    """`foreach` over a mapping: the first cell gives the axes, and no cell that DVC does not have comes to be."""
    found = converted(
        tmp_path,
        "stages:\n  t:\n    foreach: {uk: {n: 3}, us: {n: 10}}\n    do:\n"
        "      cmd: python src/run.py ${item.n} m/${key}\n      outs: ['m/${key}']\n",
    )
    names = [cell.name for cell in expand(stages_of(found, tmp_path))]
    assert names == ["t[key=uk,n=3]", "t[key=us,n=10]"]


def test_cells_that_differ_in_more_than_values_are_unrolled(tmp_path: Path) -> None:
    """A list in an item cannot stand on an axis: each cell is a stage, and the note says so."""
    found = converted(
        tmp_path,
        "stages:\n  t:\n    foreach: {a: [1, 2], b: [3, 4]}\n    do:\n"
        "      cmd: python src/run.py ${item[1]} m/${key}\n      outs: ['m/${key}']\n",
    )
    assert {name: stage.cmd for name, stage in stages_of(found, tmp_path).items()} == {
        "t-a": "python src/run.py 2 ${outs.a}",
        "t-b": "python src/run.py 4 ${outs.b}",
    }
    assert any(text.startswith("stages.NAME.foreach 3:5") for text in said(found))


def test_what_cannot_be_declared_makes_a_stage_run_always(tmp_path: Path) -> None:
    """A dep outside of the repository is not left out silently: an old result would pass for a new one."""
    found = converted(
        tmp_path, "stages:\n  a:\n    cmd: ls\n    deps: [../x, /etc/hosts, gs://b/k]\n    outs: [o, ../p]\n"
    )
    stage = stages_of(found, tmp_path)["a"]
    assert (stage.always, stage.effects, [out.path for out in stage.outs]) == (True, True, ["o"])
    places = [text.split()[:2] for text in said(found)]
    assert places == [["stages.NAME.deps", at] for at in ("4:12", "4:18", "4:30")] + [["stages.NAME.outs", "5:15"]]


def test_a_stage_without_deps_and_outs_runs_each_time_as_in_dvc(tmp_path: Path) -> None:
    """DVC calls it a callback. One with outs alone is no callback."""
    found = converted(
        tmp_path,
        "stages:\n  a: {cmd: ls}\n  b: {cmd: ls, outs: [x]}\n  c: {cmd: ls, always_changed: true, outs: [y]}\n",
    )
    assert [stage.always for stage in stages_of(found, tmp_path).values()] == [True, False, True]


def test_frozen_stages_stand_in_comments(tmp_path: Path) -> None:
    """They are not run, and nothing but the `#` keeps them from it."""
    found = converted(
        tmp_path, "stages:\n  a: {cmd: ls, frozen: true, outs: [x]}\n  b: {cmd: cat x, deps: [x]}\n", x="1"
    )
    assert list(stages_of(found, tmp_path)) == ["b"]
    assert "#     outs: {x: x}" in found.files["seatrial.yaml"]


def test_metrics_are_evidence_only_where_they_can_be_read(tmp_path: Path) -> None:
    """JSON that is absent or fits, not YAML, and not JSON that lies there and holds text."""
    found = converted(
        tmp_path,
        "stages:\n  a:\n    cmd: ls\n    metrics: [m.json, {n.json: {cache: false}}, o.yaml, fits.json]\n"
        "    plots: [p.csv, q.csv, absent.csv]\n",
        n___json='{"name": "text"}',
        fits___json='{"acc": 0.5}',
        p___csv="step,loss\n1,0.5\n2,0.4\n",
        q___csv="actual,predicted\ncat,dog\n",
    )
    outs = {out.path: (out.kind, out.cache) for out in stages_of(found, tmp_path)["a"].outs}
    assert outs == {
        "m.json": ("metrics", True), "n.json": (None, False), "o.yaml": (None, True), "fits.json": ("metrics", True),
        "p.csv": ("curve", True), "q.csv": (None, True), "absent.csv": (None, True),
    }  # fmt: skip
    assert any("git tracks fits.json" in text for text in said(found))


def test_an_artifact_of_a_stage_becomes_a_model_of_the_right_cell(tmp_path: Path) -> None:
    """By the path that a cell writes."""
    found = converted(
        tmp_path,
        "stages:\n  t:\n    matrix: {s: [1, 2]}\n    cmd: python src/run.py ${item.s} m/${item.s}\n"
        "    outs: ['m/${item.s}']\nartifacts:\n  best: {path: m/2, type: model}\n"
        "  rows: {path: data, type: dataset}\n",
    )
    assert [(model.name, model.artifact) for model in found.proposal.models] == [("best", "t[s=2].m")]
    assert any(text.startswith("artifacts.NAME.type 8:3") for text in said(found))


def test_variables_of_the_caller_are_handed_through_by_name(tmp_path: Path) -> None:
    """DVC gives a command everything; here only those that its text names, without what bash or the text sets."""
    found = converted(
        tmp_path,
        "stages:\n  a:\n    cmd: for i in 1 2; do X=$i; echo $X $TOKEN $HOME '$NOT' \"$ALSO\" $PWD; done\n"
        "    outs: [o]\n",
    )
    assert stages_of(found, tmp_path)["a"].pass_env == ("TOKEN", "ALSO")


def test_parameters_files_that_seatrial_refuses_become_deps(tmp_path: Path) -> None:
    """Dots in a key, which would make a name mean two things: the file counts as a whole, and why is said."""
    found = converted(
        tmp_path,
        "stages:\n  a: {cmd: 'python src/run.py ${lr}', params: [lr], outs: [o]}\n",
        params___yaml="lr: 1\na.b: 2\n",
    )
    stage = stages_of(found, tmp_path)["a"]
    assert (stage.cmd, stage.params, [dep.name for dep in stage.deps or ()]) == ("python src/run.py 1", (), ["params"])
    assert any("cannot be that" in text for text in said(found))


def test_the_command_writes_one_file_and_tells_every_loss(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`seatrial init --from dvc`: more notes than `init` otherwise shows, all of them shown; DVC's files stay."""
    outs = ", ".join(f"{{o{number}: {{type: t, labels: [l]}}}}" for number in range(10))
    committed(tmp_path, {"dvc.yaml": f"stages:\n  a: {{cmd: ls, outs: [{outs}]}}\n"})
    before = (tmp_path / "dvc.yaml").read_bytes()
    monkeypatch.chdir(tmp_path)
    assert run_app(["init", "--from", "dvc"]) == 0
    told = capsys.readouterr().out
    assert told.count("its labels are not carried over") == told.count("its type is not carried over") == 10
    assert sorted(path.name for path in tmp_path.iterdir()) == [".git", "dvc.yaml", "seatrial.yaml"]
    assert (tmp_path / "dvc.yaml").read_bytes() == before
