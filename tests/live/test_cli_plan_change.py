"""`seatrial plan --repo --base --head --json`: its document, the ways it shows, and what ran before found again."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.support.cli import Repo, new_repo
from tests.support.revisions import (
    Tree,
    Typed,
    executable,
    link,
    new_repository,
    submodule,
    type_plan,
    write_history,
)

CONFIG = """\
project: tiny
params: params.yaml
sources: [src]
stages:
  train:
    cmd: python run/train.py ${params.lr}
    deps: {rows: data/in.csv}
    outs: {model: out/model.txt}
  score:
    cmd: python -m pkg.score ${deps.model}
    deps: {model: train.model}
  other:
    cmd: python -m pkg.other
"""
TREE: Tree = {
    "seatrial.yaml": CONFIG,
    "params.yaml": "lr: 1\n",
    "run/train.py": "import json\nfrom pkg import model\n\nprint(model.fit())\n",
    "src/pkg/__init__.py": "",
    "src/pkg/model.py": "from pkg.deep import add\n\n\ndef fit():\n    return add(1, 2)\n",
    "src/pkg/deep.py": "def add(a, b):\n    return a + b\n\n\ndef spare():\n    return 1\n",
    "src/pkg/score.py": "print(1)\n",
    "src/pkg/other.py": "from pkg import deep\n\nprint(deep.spare())\n",
    "src/pkg/alone.py": "x = 1\n",
    "data/in.csv": "1\n",
    "README.md": "hello\n",
}


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """An empty bare repository."""
    return new_repository(tmp_path / "bare")


def test_the_document_says_all_of_a_change(bare: Path) -> None:
    """Every stage has action, reason, grade, way, digest and estimate; every changed path a class and a reason."""
    changed: Tree = {
        **TREE,
        "src/pkg/deep.py": "def add(a, b):\n    return a - b\n\n\ndef spare():\n    return 1\n",
        "README.md": "bye\n",
        "src/pkg/alone.py": "x = 2\n",
    }
    base, head = write_history(bare, [TREE, changed])
    said = type_plan(bare, base, head)
    document = said.document

    assert said.code == 0
    assert (document["schema_version"], document["base"], document["head"]) == (1, base, head)
    assert said.actions == {"train": "run", "score": "run_if_changed", "other": "run"}
    for stage in document["stages"]:
        assert {"name", "action", "reason", "grade", "chain", "input_digest", "estimate"} <= stage.keys()
        assert stage["input_digest"].startswith("b3:")
        assert all(hop.keys() == {"path", "line", "name"} for hop in stage["chain"])
    assert said.stages["train"]["grade"] == "symbol"
    assert said.stages["other"]["grade"] == "file"
    assert (said.stages["train"]["weak"], said.stages["other"]["weak"]) == (False, True)
    assert said.stages["score"]["reason"] == "runs if train makes something new"
    assert said.changed == {"src/pkg/deep.py": "reached", "README.md": "irrelevant", "src/pkg/alone.py": "irrelevant"}
    assert all(row["reason"] for row in document["changed"])


def test_a_way_points_at_the_import_and_at_the_definition(bare: Path) -> None:
    """Each place of a way has the line on which its name really stands."""
    changed: Tree = {
        **TREE,
        "src/pkg/deep.py": "# said\n\n\ndef add(a, b):\n    return a - b\n\n\ndef spare():\n    return 1\n",
    }
    base, head = write_history(bare, [TREE, changed])
    chain = type_plan(bare, base, head).stages["train"]["chain"]

    assert [(hop["path"], hop["name"]) for hop in chain] == [
        ("run/train.py", "pkg.model"),
        ("src/pkg/model.py", "fit"),
        ("src/pkg/deep.py", "add"),
    ]
    assert str(changed["run/train.py"]).splitlines()[chain[0]["line"] - 1] == "from pkg import model"
    for hop in chain[1:]:
        line = str(changed[hop["path"]]).splitlines()[hop["line"] - 1]
        assert line.startswith(f"def {hop['name']}("), hop


def test_a_way_of_files_points_at_each_import(bare: Path) -> None:
    """Where a whole file is new or gone, the way is by the imports that load it."""
    without = {path: text for path, text in TREE.items() if path != "src/pkg/deep.py"}
    base, head = write_history(bare, [TREE, without])
    stage = type_plan(bare, base, head).stages["train"]

    assert stage["reason"] == "src/pkg/deep.py is gone"
    assert [(hop["path"], hop["line"], hop["name"]) for hop in stage["chain"]] == [
        ("run/train.py", 2, "pkg.model"),
        ("src/pkg/model.py", 1, "pkg.deep.add"),
        ("src/pkg/deep.py", None, ""),
    ]


@pytest.mark.parametrize(
    ("edit", "wanted"),
    [
        ({}, {"train": "skip", "score": "skip", "other": "skip"}),
        ({"params.yaml": "lr: 2\n"}, {"train": "run", "score": "run_if_changed", "other": "skip"}),
        ({"data/in.csv": "2\n"}, {"train": "run", "score": "run_if_changed", "other": "skip"}),
        ({"data/in.csv": executable("1\n")}, {"train": "run", "score": "run_if_changed", "other": "skip"}),
        (
            {"src/pkg/other.py": executable(str(TREE["src/pkg/other.py"]))},
            {"train": "skip", "score": "skip", "other": "run"},
        ),
        ({"src/pkg/score.py": "print(2)\n"}, {"train": "skip", "score": "run", "other": "skip"}),
        ({"src/pkg/__init__.py": "x = 1\n"}, {"train": "run", "score": "run", "other": "run"}),
        ({"src/pkg/model.py": "def fit(:\n"}, {"train": "run", "score": "run", "other": "run"}),
        ({"somewhere.bin": "x"}, {"train": "run", "score": "run", "other": "run"}),
        ({"data/license.csv": "x"}, {"train": "run", "score": "run", "other": "run"}),
        ({".gitattributes": "*.csv eol=crlf\n"}, {"train": "run", "score": "run", "other": "run"}),
        ({"vendor/lib": submodule("1" * 40)}, {"train": "run", "score": "run", "other": "run"}),
        ({"docs/x.md": "x"}, {"train": "skip", "score": "skip", "other": "skip"}),
        (
            {"seatrial.yaml": CONFIG.replace("-m pkg.other", "-O -m pkg.other")},
            {"train": "skip", "score": "skip", "other": "run"},
        ),
        (
            {"seatrial.yaml": CONFIG.replace("  other:", "  another:")},
            {"train": "skip", "score": "skip", "another": "run"},
        ),
    ],
)
def test_each_kind_of_change_reaches_whom_it_should(bare: Path, edit: Tree, wanted: dict[str, str]) -> None:
    """Code, data, parameters, modes, declarations, what cannot be read, and what nobody can classify."""
    base, head = write_history(bare, [TREE, {**TREE, **edit}])

    assert type_plan(bare, base, head).actions == wanted


def test_an_executable_bit_is_no_matter_of_comments(bare: Path) -> None:
    """A file whose mode alone changed says so, and its evidence is not weak."""
    base, head = write_history(bare, [TREE, {**TREE, "run/train.py": executable(str(TREE["run/train.py"]))}])
    stage = type_plan(bare, base, head).stages["train"]

    assert (stage["reason"], stage["weak"]) == ("run/train.py: its executable bit changed", False)


LINKED: Tree = {
    **TREE,
    "run/train.py": "import lnk.deep\nimport single\nprint(lnk.deep.add(1, 2), single.add(1, 2))\n",
    "src/lnk": link("real"),
    "src/real/deep.py": "def add(a, b):\n    return a + b\n",
    "src/second/deep.py": "def add(a, b):\n    return a * b\n",
    "src/single.py": link("second/deep.py"),
    "data/in.csv": link("kept/now.csv"),
    "data/kept/now.csv": link("one.csv"),
    "data/kept/one.csv": "1\n",
}


@pytest.mark.parametrize(
    "edit",
    [
        {"src/real/deep.py": "def add(a, b):\n    return a - b\n"},
        {"src/second/deep.py": "def add(a, b):\n    return a - b\n"},
        {"src/lnk": link("second")},
        {"src/lnk": link("../data")},
        {"src/single.py": link("real/deep.py")},
        {"data/kept/one.csv": "2\n"},
        {"data/kept/now.csv": link("../../README.md")},
        {"data/in.csv": link("../README.md")},
    ],
    ids=[
        "folder",
        "file",
        "folder led elsewhere",
        "folder led to where no module is",
        "file led elsewhere",
        "data",
        "a link on the way",
        "data led elsewhere",
    ],
)
def test_what_is_behind_a_link_reaches_who_reads_the_link(bare: Path, edit: Tree) -> None:
    """A program that imports or reads by a link depends on what the link leads to, and on the link."""
    base, head = write_history(bare, [LINKED, {**LINKED, **edit}])
    before, after = type_plan(bare, base, base), type_plan(bare, base, head)

    assert after.actions == {"train": "run", "score": "run_if_changed", "other": "skip"}
    assert not after.stages["train"]["weak"]
    assert before.stages["train"]["input_digest"] != after.stages["train"]["input_digest"]


def test_a_configuration_may_be_a_link(bare: Path) -> None:
    """As in a work tree, where it is opened."""
    tree: Tree = {**TREE, "conf/pipeline.yaml": CONFIG, "seatrial.yaml": link("conf/pipeline.yaml")}
    base, head = write_history(bare, [tree, {**tree, "data/in.csv": "2\n"}])

    assert type_plan(bare, base, head).actions["train"] == "run"


def test_only_some_stages_are_asked_for(bare: Path) -> None:
    """A path that others depend on does not become unknown because they were not asked for."""
    base, head = write_history(bare, [TREE, {**TREE, "data/in.csv": "2\n"}])
    said = type_plan(bare, base, head, "other")

    assert said.actions == {"other": "skip"}
    assert said.changed == {"data/in.csv": "irrelevant"}


@pytest.fixture
def ran(tmp_path: Path) -> Repo:
    """A work tree whose stages have run at their first commit."""
    repo = new_repo(tmp_path)
    repo.run(code=None)
    return repo


def planned(repo: Repo, base: str, head: str, folder: Path | None = None) -> Typed:
    """The plan of a change, asked for where the stages have run or in another repository."""
    return type_plan(folder or repo.root, base, head, environ=repo.environment())


def test_a_revert_is_found_again(ran: Repo) -> None:
    """What a revert makes has the digests of what it goes back to, and its results."""
    first = ran.git("rev-parse", "HEAD")
    ran.edit("steps/train.py", ('"trained on"', '"learned from"'))
    changed = ran.commit()
    ran.git("revert", "--no-edit", changed)
    before, after = planned(ran, first, first), planned(ran, changed, "HEAD")

    assert set(after.actions.values()) == {"reuse"}
    assert {name: row["input_digest"] for name, row in after.stages.items()} == {
        name: row["input_digest"] for name, row in before.stages.items()
    }


def test_squash_and_rebase_are_found_again(ran: Repo) -> None:
    """Other commits with the same files have the same results, whatever lies between."""
    first = ran.git("rev-parse", "HEAD")
    ran.edit("steps/train.py", ('"trained on"', '"learned from"'))
    ran.commit()
    ran.edit("steps/train.py", ('"learned from"', '"taught by"'))
    ran.commit()
    ran.run(code=None)
    wanted = planned(ran, first, "HEAD")
    tree = ran.git("rev-parse", "HEAD^{tree}")
    squashed = ran.git("commit-tree", tree, "-p", first, "-m", "squashed")
    beside = ran.git("commit-tree", f"{first}^{{tree}}", "-p", first, "-m", "beside")
    rebased = ran.git("commit-tree", tree, "-p", beside, "-m", "rebased")

    for other in (squashed, rebased):
        said = planned(ran, first, other)
        assert set(said.actions.values()) == {"reuse"}
        assert [row["input_digest"] for row in said.document["stages"]] == [
            row["input_digest"] for row in wanted.document["stages"]
        ]


def test_what_ran_is_found_by_a_bare_clone_with_the_same_digests(ran: Repo, tmp_path: Path) -> None:
    """A clone without a work tree plans the same digests, and estimates nothing."""
    ran.git("clone", "-q", "--bare", str(ran.root), str(tmp_path / "clone.git"))
    here, there = planned(ran, "HEAD", "HEAD"), planned(ran, "HEAD", "HEAD", tmp_path / "clone.git")

    assert set(here.actions.values()) == {"reuse"}
    assert set(there.actions.values()) == {"skip"}
    assert [row["estimate"] for row in there.document["stages"]] == [None] * len(there.stages)
    assert all(row["estimate"] is not None for row in here.document["stages"])


def test_people_are_told_the_same(bare: Path) -> None:
    """A table, the way of each stage, and how many paths changed."""
    changed: Tree = {**TREE, "src/pkg/deep.py": "def add(a, b):\n    return a - b\n\n\ndef spare():\n    return 1\n"}
    base, head = write_history(bare, [TREE, changed])
    out = type_plan(bare, base, head, as_json=False).out

    assert re.search(r"^  src/pkg/deep\.py:1 +add$", out, re.MULTILINE)
    assert f"1 changed path since {base[:12]}: 1 reached" in out


@pytest.mark.parametrize(
    "edit",
    [
        {"seatrial.yaml": "# said\n" + CONFIG},
        {"seatrial.yaml": CONFIG + "tiers:\n  pr: {}\n"},
        {"params.yaml": "lr: 1\nnobody: 2\n"},
    ],
    ids=["a remark", "a tier", "a parameter of nobody"],
)
def test_what_no_stage_uses_of_a_configuration_reaches_none(bare: Path, edit: Tree) -> None:
    """Declarations and parameters are compared value by value."""
    base, head = write_history(bare, [TREE, {**TREE, **edit}])
    said = type_plan(bare, base, head)

    assert set(said.actions.values()) == {"skip"}
    assert set(said.changed.values()) == {"irrelevant"}


def test_another_interpreter_reaches_all(bare: Path) -> None:
    """`python:` is no part of a stage's declaration, and every stage runs with it."""
    base, head = write_history(bare, [TREE, {**TREE, "seatrial.yaml": CONFIG + "python: .venv/bin/python\n"}])

    assert type_plan(bare, base, head).actions == {"train": "run", "score": "run", "other": "run"}
