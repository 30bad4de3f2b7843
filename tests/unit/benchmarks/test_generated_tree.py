"""The trees that changes are measured on: the same each time, made as asked, and every stage of them works."""

from __future__ import annotations

import ast
import statistics
from pathlib import Path

import pytest

from benchmarks.change.projects import generated
from benchmarks.change.shapes import LARGE, RUNNABLE, Shape
from benchmarks.change.stages import configuration
from benchmarks.change.tree import Tree, grow
from seatrial.config.load import load


def _python(tree: Tree) -> dict[str, str]:
    return {path: text for path, text in tree.files.items() if path.endswith(".py")}


def test_a_tree_is_the_same_for_the_same_seed_and_another_for_another() -> None:
    """Figures of two days are of the same files."""
    assert grow(RUNNABLE, 1) == grow(RUNNABLE, 1)
    assert grow(RUNNABLE, 1).files != grow(RUNNABLE, 2).files


def test_the_large_tree_has_five_thousand_files_of_the_sizes_that_it_claims() -> None:
    """Half are below 4 KB, the mean is about twice that, a few are very large."""
    sizes = [len(text) for text in _python(grow(LARGE, 1)).values()]

    assert len(sizes) == 5_000
    assert 3_000 < statistics.median(sizes) < 4_500
    assert 6_500 < statistics.mean(sizes) < 9_000
    assert sum(size > 100_000 for size in sizes) >= 5


@pytest.mark.parametrize("shape", [LARGE, RUNNABLE], ids=["large", "runnable"])
def test_every_python_file_can_be_parsed(shape: Shape) -> None:
    """Files that cannot be parsed are another case, measured elsewhere."""
    for path, text in _python(grow(shape, 1)).items():
        ast.parse(text, filename=path)


def test_a_tree_has_the_shapes_that_static_tools_stumble_over() -> None:
    """Registries by table and by decorator, lazy and typing imports, lazy exports, a namespace package, targets."""
    files = grow(RUNNABLE, 1).files
    everything = "\n".join(files.values())

    assert 'import_module(f"mono.models.{module}")' in files["src/mono/models/catalog.py"]
    assert "@register_loss(" in everything
    assert "@register(" in everything
    assert "\n    from mono." in everything
    assert "\nif TYPE_CHECKING:\n" in everything
    assert "def __getattr__(name: str)" in files["src/mono/serving/__init__.py"]
    assert "src/mono/projects/__init__.py" not in files
    assert "_target_: mono.models." in files["configs/train/text.yaml"]
    assert '[project.entry-points."mono.plugins"]' in files["pyproject.toml"]
    assert files["tests/conftest.py"].count("\nfrom mono.") > 8


def test_every_stage_of_the_runnable_tree_passes_and_comes_out_the_same_twice(tmp_path: Path) -> None:
    """What differs after a fault is then due to the fault."""
    project = generated(tmp_path, RUNNABLE, 1)

    first, second = project.place.run(), project.place.run()

    assert {name: outcome.said for name, outcome in first.items() if outcome.code} == {}
    assert {name for name, outcome in second.items() if outcome.differs(first[name])} == set()
    assert all("absent" not in outcome.outs for outcome in first.values())
    assert len(first) == len(project.place.stages) >= 30
    assert 10 <= sum(stage.dear for stage in project.place.stages) <= 20


@pytest.mark.parametrize("shape", [LARGE, RUNNABLE], ids=["large", "runnable"])
def test_seatrial_accepts_the_configuration_of_a_tree(shape: Shape) -> None:
    """Some forty stages, of which the dear ones ask for a GPU."""
    stages = grow(shape, 1).stages
    text = configuration("mono", stages).encode()

    pipeline = load({"seatrial.yaml": text}.get).policy.pipeline

    assert set(pipeline.stages) == {stage.name for stage in stages}
    assert 30 <= len(stages) <= 45
    assert {name for name, spec in pipeline.stages.items() if spec.resources.gpus} == {
        stage.name for stage in stages if stage.dear
    }
