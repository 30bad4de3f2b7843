"""`seatrial plan` over commits, given trees that hold strange names, links, submodules and broken files, or no
configuration that can be read."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.revisions import Tree, git, link, new_repository, submodule, type_plan, write_history
from tests.support.two_stages import ALL, CHANGED, CONFIG, ONE, TREE


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """An empty bare repository."""
    return new_repository(tmp_path / "bare")


@pytest.fixture
def pair(bare: Path) -> tuple[str, str]:
    """Two commits in it."""
    base, head = write_history(bare, [TREE, CHANGED])
    return base, head


# -- trees ----------------------------------------------------------------------------


def test_names_of_any_bytes(bare: Path) -> None:
    """Quotes, tabs, newlines, bytes that are no UTF-8: each is one path, and a glob matches it."""
    names = (
        "data/\udcff\udcfe.csv",
        "data/a\tb.csv",
        "data/a\nb.csv",
        'data/q"q.csv',
        "data/ü.csv",
        "data/ .csv",
        "data/-rf.csv",
    )
    tree: Tree = {**TREE, "seatrial.yaml": CONFIG.replace("data/in.csv", "data/*.csv"), **dict.fromkeys(names, "1")}
    for name in names:
        base, head = write_history(bare, [tree, {**tree, name: "2"}])
        said = type_plan(bare, base, head)
        assert said.changed == {name: "reached"}
        assert said.actions == ONE
    assert type_plan(bare, base, head, as_json=False).code == 0


def test_a_loop_of_links_ends(bare: Path) -> None:
    """A folder that holds itself cannot be an input; links that lead to each other hold nothing."""
    looped: Tree = {**TREE, "data/self": link("."), "a": link("b"), "b": link("a")}
    base, head = write_history(bare, [TREE, looped])
    assert type_plan(bare, base, head).actions == ALL

    dep: Tree = {**looped, "seatrial.yaml": CONFIG.replace("data/in.csv", "data")}
    said = type_plan(bare, *write_history(bare, [TREE, dep]))
    assert said.code == 2
    assert "loop of symbolic links" in said.problem["message"]

    dep = {**looped, "seatrial.yaml": CONFIG.replace("data/in.csv", "a")}
    said = type_plan(bare, *write_history(bare, [dep, dep]))
    assert said.stages["train"]["grade"] == "unknown"


@pytest.mark.parametrize("target", ["/etc/hostname", "../../outside", "nowhere"])
def test_a_dep_that_leads_out_is_not_known(bare: Path, target: str) -> None:
    """What is there may have changed: the stage runs."""
    base, head = write_history(bare, [{**TREE, "data/in.csv": link(target)}] * 2)
    said = type_plan(bare, base, head)

    assert said.actions == ONE
    assert said.stages["train"]["grade"] == "unknown"


def test_a_submodule_is_unknown_to_all_and_reached_by_its_readers(bare: Path) -> None:
    """Nobody sees what is imported from it, also where a stage names it."""
    first: Tree = {
        **TREE,
        "vendor/lib": submodule("1" * 40),
        "seatrial.yaml": CONFIG.replace("data/in.csv", "vendor/lib"),
    }
    git(bare, "config", "diff.ignoreSubmodules", "all")
    base, head = write_history(bare, [first, {**first, "vendor/lib": submodule("2" * 40)}])
    said = type_plan(bare, base, head)

    assert said.changed == {"vendor/lib": "unknown"}
    assert said.actions == ALL


@pytest.mark.parametrize("name", ["src/pkg/model.py", "nb.ipynb"])
def test_a_syntax_error_at_the_head_runs_everything(bare: Path, name: str) -> None:
    """And says so."""
    tree: Tree = {
        **TREE,
        "nb.ipynb": '{"cells": []}',
        "seatrial.yaml": CONFIG + "  nb:\n    cmd: jupyter execute nb.ipynb\n",
    }
    base, head = write_history(bare, [tree, {**tree, name: "def fit(:\n"}])
    said = type_plan(bare, base, head)

    assert set(said.actions.values()) == {"run"}
    assert "cannot be parsed" in said.document["everything"]


def test_one_blob_may_be_files_of_two_kinds(bare: Path) -> None:
    """An empty module is fine where an empty JSON file is not: facts are remembered by kind too."""
    many = {f"src/pkg/m{number}.py": f"x = {number}\n" for number in range(250)}
    tree: Tree = {**TREE, **many, "src/pkg/z.json": "", "zz.yaml": ""}
    base, head = write_history(bare, [tree, {**tree, "src/pkg/model.py": "def fit():\n    return 2\n"}])

    assert type_plan(bare, base, head).actions == ONE
    assert type_plan(bare, base, head).actions == ONE


def test_cycles_of_imports_end(bare: Path) -> None:
    """Two modules that import each other."""
    tree: Tree = {**TREE, "src/pkg/model.py": "from pkg import deep\ndef fit():\n    return deep.f()\n"}
    old: Tree = {**tree, "src/pkg/deep.py": "import pkg.model\ndef f():\n    return 1\n"}
    new: Tree = {**tree, "src/pkg/deep.py": "import pkg.model\ndef f():\n    return 2\n"}

    assert type_plan(bare, *write_history(bare, [old, new])).actions == ONE


# -- configurations -------------------------------------------------------------------


def test_configurations_that_are_not_there_or_wrong(bare: Path, pair: tuple[str, str], tmp_path: Path) -> None:
    """Of the head they are errors, of the base they make every stage new."""
    none = {path: text for path, text in TREE.items() if path != "seatrial.yaml"}
    broken: Tree = {**TREE, "seatrial.yaml": "a: ["}
    missing: Tree = {**TREE, "seatrial.yaml": CONFIG + "    roots: [src/nope.py]\n"}
    for tree in (none, broken, missing):
        said = type_plan(bare, *write_history(bare, [TREE, tree]))
        assert said.code == 2
        assert said.problem["file"] == "seatrial.yaml"
        assert said.problem["next_step"]
    for tree in (none, broken):
        said = type_plan(bare, *write_history(bare, [tree, TREE]))
        assert said.actions == ALL
        assert "all its stages count as new" in said.document["notes"][0]


def test_a_configuration_from_outside(bare: Path, pair: tuple[str, str], tmp_path: Path) -> None:
    """It holds for both sides; one that cannot be read is an error that names it."""
    outside = tmp_path / "outside.yaml"
    outside.write_text(CONFIG)
    assert type_plan(bare, *pair, "--config", str(outside)).actions == ONE
    for data in (b"a: ]", b"\xff\xfe"):
        outside.write_bytes(data)
        said = type_plan(bare, *pair, "--config", str(outside))
        assert (said.code, said.problem["file"]) == (2, str(outside))
    for place in (tmp_path / "none.yaml", tmp_path):
        assert type_plan(bare, *pair, "--config", str(place)).code == 2
