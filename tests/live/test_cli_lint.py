"""`plan --lint`: declarations and hand-written maps held against the tree."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support.cli import Repo, new_repo

CONFIG = """\
project: p
selection:
  irrelevant:
    "docs/**": nobody runs them
    "steps/**": never so
tiers: {pr: {}, night: {}}
stages:
  make:
    cmd: python steps/make.py ${outs.rows}
    deps: []
    outs: {rows: out/rows.txt}
  train:
    cmd: python steps/train.py
    deps:
      - data/*.csv
      - steps/rows.py
      - data/gone.csv
      - "data/*.parquet"
  test:
    cmd: python steps/make.py
    roots: [tests, checks]
    deps: []
    tiers: [pr]
  style:
    cmd: ruff check .
  script:
    cmd: sh run.sh
    deps: []
  night:
    cmd: python steps/make.py
    roots: [nights]
    tiers: [night]
"""
FILES = {
    "seatrial.yaml": CONFIG,
    "steps/make.py": "",
    "steps/rows.py": "def read(): pass\n",
    "steps/train.py": "import rows\nopen('out/rows.txt').read()\nopen('cache/table.json').read()\n",
    "data/a.csv": "a",
    "tests/test_make.py": "from steps import make\n",
    "run.sh": "for f in $1; do . $f; done\n",
    ".gitignore": "/out/\n/cache/\n",
}
MAP = """\
train: [steps/, lib/, steps/rows.py]
make:
  - steps/train.py
nobody: [x/]
"""


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    """A few stages with one of everything that can be wrong."""
    repo = new_repo(tmp_path, FILES)
    repo.write("cache/table.json", "{}")
    return repo


def lint(repo: Repo, *words: str, code: int = 0) -> Any:
    return repo.seatrial("plan", "--lint", "--json", *words, code=code).json


def found(document: Any) -> list[tuple[int, str, str]]:
    return [(one["line"], one["fault"], one["subject"]) for one in document["findings"]]


ALL = [
    (4, "dead", "docs/**"),
    (12, "missing", "cache/table.json"),
    (12, "missing", "out/rows.txt"),
    (16, "redundant", "steps/rows.py"),
    (17, "dead", "data/gone.csv"),
    (18, "dead", "data/*.parquet"),
    (21, "dead", "checks"),
    (31, "dead", "nights"),
]


def test_all_faults_are_found_at_once_with_their_lines(repo: Repo) -> None:
    """A plan refuses the tree; lint does not. Stages of all tiers are looked at.

    What `style` and `script` might read is all of the tree, of which nobody can say that they need it.
    """
    document = lint(repo)
    said = repo.seatrial("plan", "--lint").out

    assert repo.seatrial("plan", code=2).code == 2
    assert found(document) == ALL
    assert {one["file"] for one in document["findings"]} == {"seatrial.yaml"}
    assert all(one["next_step"] and one["message"] for one in document["findings"])
    assert (document["stages"], document["declared"], document["exit_code"]) == (6, 7, 0)
    assert "seatrial.yaml:18: dead: the glob data/*.parquet of stage train matches nothing\n" in said
    assert said.endswith("7 deps and roots of 6 stages: 5 dead, 1 redundant, 2 missing\n")
    assert max(map(len, said.splitlines())) <= 80


def test_nothing_is_run_or_written(repo: Repo) -> None:
    """Lint is a look."""
    lint(repo)

    assert not (repo.root / "out").exists()
    assert not any((repo.root / ".seatrial").glob("runs/*"))


def test_strict_ends_with_2_where_something_is_found(repo: Repo) -> None:
    """For a CI job; a clean tree is 0."""
    assert lint(repo, "--strict", code=2)["exit_code"] == 2
    assert found(lint(repo, "--strict", "make", code=2)) == [(4, "dead", "docs/**")]
    repo.edit("seatrial.yaml", ('    "docs/**": nobody runs them\n', ""))
    said = repo.seatrial("plan", "--lint", "--strict", "make", code=0).out

    assert said == "0 deps and roots of 1 stage: nothing dead, redundant or missing\n"


def test_stages_and_tiers_choose_what_is_looked_at(repo: Repo) -> None:
    """Findings outside of stages are always told."""
    assert found(lint(repo, "test")) == [(4, "dead", "docs/**"), (21, "dead", "checks")]
    assert found(lint(repo, "--tier", "pr")) == ALL[:-1]
    assert "there is no stage nowhere" in repo.seatrial("plan", "--lint", "nowhere", code=2).err


def test_what_is_declared_or_found_is_not_told(repo: Repo) -> None:
    """Mended by what the findings say to do."""
    repo.edit(
        "seatrial.yaml",
        ("      - steps/rows.py\n", "      - cache\n"),
        ("      - data/gone.csv\n", "      - make.rows\n"),
        ('      - "data/*.parquet"\n', ""),
        ("[tests, checks]", "[tests]"),
        ("    roots: [nights]\n", ""),
        ('    "docs/**": nobody runs them\n', ""),
    )

    assert found(lint(repo)) == []


def test_of_a_commit_only_what_it_holds_is_said(repo: Repo) -> None:
    """What git ignores may be there: a literal dep is not dead, and an opened file that is not in sight not missing."""
    document = lint(repo, "--head", "HEAD")

    assert found(document) == [one for one in ALL if one[2] not in ("data/gone.csv", "cache/table.json")]


def test_a_hand_written_map_is_held_up(repo: Repo) -> None:
    """Entries find their stage by name; those that find none are counted."""
    repo.write("map.yaml", MAP)
    document = lint(repo, "--map", "map.yaml")
    of_map = [one for one in document["findings"] if one["file"] == "map.yaml"]

    assert [(one["line"], one["fault"], one["subject"], one["owner"]) for one in of_map] == [
        (1, "dead", "lib/", "train"),
        (1, "redundant", "steps/rows.py", "train"),
        (2, "missing", "steps/__init__.py", "make"),
        (3, "redundant", "steps/train.py", "make"),
    ]
    assert of_map[2]["files"] == ["steps/__init__.py", "steps/make.py"]
    assert document["notes"] == ["of no stage that is looked at: nobody"]


def test_what_a_run_was_seen_to_read_is_told(tmp_path: Path) -> None:
    """A name that is computed leaves no other trace; the folder that was listed is no file."""
    code = (
        "import os\nwhere = os.environ.get('ELSEWHERE', 'conf')\n"
        "for name in os.listdir(where):\n    open(os.path.join(where, name)).read()\n"
    )
    config = "project: p\nstages:\n  read: {cmd: python read.py, deps: []}\n"
    repo = new_repo(tmp_path, {"seatrial.yaml": config, "read.py": code, "conf/a.yaml": "a: 1\n"})

    assert found(lint(repo)) == []
    repo.run("read")
    assert found(lint(repo)) == [(3, "missing", "conf/a.yaml")]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--lint", "--map", "no.yaml"), "there is no map no.yaml"),
        (("--lint", "--map", "data/a.csv"), "data/a.csv is no map from names to paths"),
        (("--map", "map.yaml"), "`--map` and `--strict` belong to `--lint`"),
        (("--strict",), "`--map` and `--strict` belong to `--lint`"),
        (("--lint", "--base", "HEAD"), "`--lint` and `--base` cannot be told together"),
        (("--lint", "--what-if", "x"), "`--lint` and `--what-if` cannot be told together"),
    ],
)
def test_what_cannot_be_meant_is_refused(repo: Repo, words: tuple[str, ...], message: str) -> None:
    """With exit code 2."""
    assert message in repo.seatrial("plan", *words, code=2).err
