"""What of the environment counts for a cell, in a real tree with an interpreter of its own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from seatrial.change.closure import Closure, Link
from seatrial.pipeline.key import unfold
from seatrial.pipeline.own_code import runs_own_code
from seatrial.pipeline.policy import StageSpec
from seatrial.pipeline.roots import WHOLE_TREE
from seatrial.pipeline.surroundings import imports
from seatrial.replacing import replace
from tests.support.project import Project, add_distribution, new_project, remove_distribution, site_packages, stage

FILES = {
    "with_x.py": "import sys\nimport x\nopen(sys.argv[1], 'w').write(x.version)\n",
    "plain.py": "import sys\nopen(sys.argv[1], 'w').write('plain')\n",
    "by_name.py": "import sys\n__import__(min(['json']))\nopen(sys.argv[1], 'w').write('any')\n",
    "package/__init__.py": "",
    "package/__main__.py": "import x\n",
    "package/part.py": "",
    "run.sh": "true\n",
}


@pytest.fixture
def project(tmp_path: Path) -> Project:
    project = new_project(tmp_path, FILES)
    add_distribution(project.python, "dist-x", "1.26", imports=("x",), requires=("deep",))
    add_distribution(project.python, "deep", "1")
    add_distribution(project.python, "other", "1", imports=("y",))
    project.declare(
        *(
            stage(name, f"python {name}.py ${{outs.made}}", outs={"made": f"out/{name}"})
            for name in ("with_x", "plain", "by_name")
        )
    )
    return project


def upgrade(project: Project, name: str, version: str, *imports: str) -> None:
    remove_distribution(project.python, name)
    add_distribution(project.python, name, version, imports=imports, requires=("deep",) if imports else ())


def counted(project: Project, cell: str) -> set[str]:
    """The distributions that count for a cell, Python itself left out."""
    inputs = project.plan()[cell].inputs
    parts = unfold(inputs.parts, inputs.listings.get)
    return {part.partition(".")[2] for part in parts if part.startswith("environment.")} - {"Python"}


def test_each_cell_has_what_its_imports_reach(project: Project) -> None:
    """All of it where a name is computed."""
    assert counted(project, "with_x") == {"dist-x", "deep"}
    assert counted(project, "plain") == set()
    assert counted(project, "by_name") == {"dist-x", "deep", "other"}


def test_an_upgrade_runs_what_imports_it_and_reuses_the_rest(project: Project) -> None:
    """Code that loads by name runs for every package; so it does when a package comes that nobody asks for."""
    first = project.run()
    again = project.run()
    upgrade(project, "dist-x", "2.0", "x")
    planned = project.plan()
    upgraded = project.run()
    upgrade(project, "other", "2.0")
    others = project.run()

    assert set(first.did.values()) == {"ran"}
    assert set(again.did.values()) == {"reused"}
    assert planned["with_x"].reason == "dist-x 1.26 -> 2.0"
    assert upgraded.did == {"with_x": "ran", "plain": "reused", "by_name": "ran"}
    assert project.read("out/with_x") == "2.0"
    assert others.did == {"with_x": "reused", "plain": "reused", "by_name": "ran"}


def test_what_a_package_needs_counts_with_it(project: Project) -> None:
    """However deep."""
    project.run()
    upgrade(project, "deep", "2")

    assert project.run().did == {"with_x": "ran", "plain": "reused", "by_name": "ran"}


def test_a_package_that_was_missing_makes_a_difference(project: Project) -> None:
    """An import that fails is often caught, and then something else is done."""
    project.write("plain.py", FILES["plain.py"] + "try:\n    import fast\nexcept ImportError:\n    pass\n")
    project.run()
    before = counted(project, "plain")
    add_distribution(project.python, "fast-thing", "1", imports=("fast",))

    assert before == {"import fast"}
    assert counted(project, "plain") == {"fast-thing"}
    assert project.run().did["plain"] == "ran"


def test_a_reused_result_keeps_the_whole_environment_it_was_made_in(project: Project) -> None:
    """What is installed beside is part of a record, not of a key."""
    made = project.run()["plain"].result
    add_distribution(project.python, "beside", "1", imports=("beside",))
    prepared = project.prepared()
    reused = project.run()["plain"].result

    assert made is not None
    assert reused is not None
    assert reused.environment == made.environment != prepared.survey.environment
    assert made.environment.startswith("b3:")


@pytest.mark.parametrize(
    "cmd", ["bash run.sh", "python -m pytest plain.py", "pytest plain.py", "/usr/bin/python3 plain.py", "ruff check"]
)
def test_a_command_that_is_no_code_of_the_tree_has_all_of_it(project: Project, cmd: str) -> None:
    """Nobody knows what it loads. And nobody asks: the second question is for those who need it."""
    project.declare(stage("s", cmd, deps=["plain.py"]))
    with_counter(project)

    assert counted(project, "s") == {"dist-x", "deep", "other"}
    assert starts(project) == 1


def test_the_second_question_is_asked_once_for_all_cells(project: Project) -> None:
    """And not again by the next plan."""
    with_counter(project)
    project.plan()
    project.plan()

    assert starts(project) == 2


def test_an_interpreter_that_cannot_answer_it_makes_everything_count(project: Project) -> None:
    """And that is said."""
    with_counter(project, 'case "$2" in *top_level*) exit 1;; esac')
    prepared = project.prepared()

    assert counted(project, "with_x") == {"dist-x", "deep", "other"}
    assert "so all that is installed counts for every stage" in prepared.survey.notes[0]
    assert len(prepared.survey.notes) == 1


def with_counter(project: Project, line: str = "") -> None:
    """Let the interpreter count its starts."""
    counting = project.root.parent / "counting"
    counting.write_text(f'#!/bin/sh\necho x >> {counting}.starts\n{line}\nexec {project.python} "$@"\n')
    counting.chmod(0o755)
    project.policy = replace(project.policy, python=str(counting))


def starts(project: Project) -> int:
    return len((project.root.parent / "counting.starts").read_text().splitlines())


def test_code_of_nobody_makes_everything_count(project: Project) -> None:
    """A module that was copied between what is installed."""
    (site_packages(project.python) / "copied.py").write_text("import y\n")
    project.write("plain.py", "import copied\n")

    assert counted(project, "plain") == {"dist-x", "deep", "other"}


OWN: dict[str, bool] = {
    "python with_x.py": True,
    "python3 ./with_x.py --flag": True,
    "python -u -W error -Xdev with_x.py": True,
    "python -m package": True,
    "python -m package.part x": True,
    "python -c 'import x'": True,
    "python": False,
    "python -": False,
    "python -i": False,
    "python -m pytest": False,
    "python -mpackage": False,
    "python package": False,
    "python missing.py": False,
    "python run.sh": False,
    "python ${params.script}": False,
    "python2 with_x.py": False,
    "bin/python with_x.py": False,
    "torchrun with_x.py": False,
    "coverage run with_x.py": False,
}


@pytest.mark.parametrize("cmd", OWN)
def test_which_commands_are_code_of_the_tree(cmd: str) -> None:
    """Python on a file, a module or a text whose imports are known; a word nobody understands makes it none."""
    assert runs_own_code(stage("s", cmd), FILES, ()) is OWN[cmd]


@pytest.mark.parametrize(
    ("text", "own"),
    [
        ("python with_x.py && python plain.py", True),
        ("python with_x.py | sort", False),
        ("python with_x.py $(other)", False),
        ("python with_x.py `other`", False),
        ("diff <(other) x; python plain.py", False),
        ("eval x; python plain.py", False),
        ("$PYTHON plain.py", False),
        ("python plain.py <<X\nimport x\nX", False),
        ("python plain.py 'x", False),
    ],
)
def test_all_commands_of_a_shell_must_be(text: str, own: bool) -> None:
    """One other program is enough to have all of the environment."""
    assert runs_own_code(StageSpec(name="s", cmd="", shell=text), FILES, ()) is own


def test_the_whole_tree_has_all_of_it(project: Project) -> None:
    """Whatever the command looks like."""
    (cell,) = (one for one in project.prepared().cells if one.stage == "plain")
    some = Closure(files={"plain.py": Link(path=None, line=None, kind="root")}, outside=frozenset({"x"}))

    assert imports(cell, some, ()) == frozenset({"x"})
    assert imports(cell, replace(some, unknown=("plain.py:1",)), ()) is None
    assert imports(cell, replace(some, files={**some.files, "README": WHOLE_TREE}), ()) is None


CHANGES: dict[str, Callable[[Project], object]] = {
    "nothing": lambda p: None,
    "beside": lambda p: add_distribution(p.python, "beside", "1", imports=("z",)),
}


@pytest.mark.parametrize("change", CHANGES)
def test_it_does_not_matter_when_a_package_came(project: Project, change: str) -> None:
    """The same packages give the same part, whatever else is there."""
    before = project.plan()["with_x"].inputs.parts["environment"]
    CHANGES[change](project)

    assert project.plan()["with_x"].inputs.parts["environment"] == before
