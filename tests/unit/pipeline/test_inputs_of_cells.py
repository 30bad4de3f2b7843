"""What a cell depends on, looked up in a real tree."""

from __future__ import annotations

import json
import resource
from pathlib import Path

import pytest

from seatrial.errors import ConfigError
from seatrial.pipeline.key import unfold
from seatrial.process.trace.folder import HOOK
from tests.support.project import Project, made, new_project, stage


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return new_project(tmp_path, {"a.txt": "a", "b/c.txt": "c", "run.py": "import mod", "mod.py": "", "b/d.py": ""})


def parts(project: Project, cell: str = "s") -> set[str]:
    """The files and deps among the parts of a cell's key."""
    inputs = project.plan()[cell].inputs
    return {part for part in unfold(inputs.parts, inputs.listings.get) if part.startswith(("files.", "deps."))}


def test_neither_roots_nor_deps_is_the_whole_tree(project: Project) -> None:
    """Tracked, and untracked but not ignored; ignored files and outs are not part of it."""
    project.write("new.txt", "untracked")
    project.write("out/ignored.txt", "ignored")
    project.declare(stage("s", "make all", outs=["made.txt"]))
    project.write("made.txt", "an out that git does not ignore")

    assert parts(project) == {
        f"files.{path}" for path in (".gitignore", "a.txt", "b/c.txt", "b/d.py", "mod.py", "new.txt", "run.py")
    }


def test_an_empty_list_of_deps_is_nothing(project: Project) -> None:
    """The user has said so."""
    project.declare(stage("s", "make all", deps=[]))

    assert parts(project) == set()


@pytest.mark.parametrize(
    ("cmd", "roots"), [("python run.py", ()), ("python -c 'import mod'", ()), ("make", ("run.py",))]
)
def test_roots_are_enough_not_to_be_the_whole_tree(project: Project, cmd: str, roots: tuple[str, ...]) -> None:
    """However they are given."""
    project.declare(stage("s", cmd, roots=roots))

    assert parts(project) <= {"files.run.py", "files.mod.py"}
    assert "files.mod.py" in parts(project)


def test_outs_of_stages_that_are_not_selected_are_left_out_of_globs(project: Project) -> None:
    """They are outs all the same."""
    project.declare(
        stage("s", "cat", deps=["b/*.txt"]), stage("other", "touch b/made.txt", deps=[], outs=["b/made.txt"])
    )
    project.write("b/made.txt", "left by an earlier run")
    (planned,) = project.plan("s").cells

    assert planned.inputs.paths == {"b/*.txt": ("b/c.txt",)}


def test_a_literal_path_counts_even_when_git_ignores_it(project: Project) -> None:
    """Data seldom is in git; a glob covers only what git sees."""
    project.write("out/data.csv", "1")
    project.declare(stage("s", "cat", deps=["out/data.csv"]))
    before = project.plan()["s"].input_digest
    project.write("out/data.csv", "2")

    assert project.plan()["s"].input_digest != before


def test_everything_that_is_missing_is_told_at_once(project: Project) -> None:
    """Before anything runs, each with its stage and a next step."""
    project.declare(
        stage("s", "cat ${params.none}", deps=["none.txt", "none/*.csv", "a.txt/inside"], roots=("gone",)),
        stage("t", "touch out/t", deps=["none.txt"], outs=["out/t"]),
    )
    with pytest.raises(ConfigError) as caught:
        project.run()

    messages = [problem.message for problem in caught.value.problems]
    assert len(messages) == 6
    assert all(problem.next_step and problem.place for problem in caught.value.problems)
    assert "stage s: the glob none/*.csv matches nothing" in messages
    assert "stage s: dep a.txt/inside does not exist" in messages
    assert not (project.root / "out").exists()


def test_a_pipe_as_dep_is_a_mistake_and_not_waited_for(project: Project) -> None:
    """Reading it would never end."""
    import os

    os.mkfifo(project.root / "pipe")
    project.declare(stage("s", "cat", deps=["pipe"]))

    with pytest.raises(ConfigError, match="neither a file nor a folder"):
        project.plan()


def test_a_tracked_link_to_a_folder_outside_counts_by_what_it_leads_to(project: Project, tmp_path: Path) -> None:
    """In the whole tree and in a glob; unknown is taken, never dropped."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "x").write_text("1")
    (project.root / "linked").symlink_to(tmp_path / "data")
    project.commit()
    project.declare(stage("s", "make"), stage("g", "cat", deps=["link*"]))
    before = {cell.cell.name: cell.input_digest for cell in project.plan().cells}
    (tmp_path / "data" / "x").write_text("2")
    after = {cell.cell.name: cell.input_digest for cell in project.plan().cells}

    assert before["s"] != after["s"]
    assert before["g"] != after["g"]


def test_a_tracked_link_to_the_tree_itself_ends(project: Project) -> None:
    """What it leads to is listed anyway."""
    (project.root / "b" / "up").symlink_to("..")
    project.commit()
    project.declare(stage("s", "touch out/s", outs=["out/s"]))
    project.run()

    assert project.run().did == {"s": "reused"}


def test_a_repository_inside_counts_by_its_files(project: Project, tmp_path: Path) -> None:
    """A submodule or a clone is one entry of git's listing; a change in it is a change."""
    inner = new_project(tmp_path / "inner", {"lib.txt": "1"})
    inner.root.rename(project.root / "vendor")
    project.declare(stage("s", "touch out/s", outs=["out/s"]))
    first = project.run()
    same = project.run()
    project.write("vendor/lib.txt", "2")

    assert (first.did, same.did, project.run().did) == ({"s": "ran"}, {"s": "reused"}, {"s": "ran"})


def test_a_dangling_link_and_a_deleted_file_are_simply_not_there(project: Project) -> None:
    """Their absence is in the listing."""
    (project.root / "dangling").symlink_to("nowhere")
    project.commit()
    (project.root / "a.txt").unlink()
    project.declare(stage("s", "make"))

    assert not {"files.dangling", "files.a.txt"} & parts(project)


def test_a_glob_of_thousands_of_files_needs_no_descriptor_each(project: Project) -> None:
    """Sources are not locked: no stage writes them."""
    count = 600
    for number in range(count):
        project.write(f"many/{number}.csv", "")
    project.declare(stage("s", "sh -c 'ls many | wc -l > out/n'", deps=["many/*.csv"], outs=["out/n"]))
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (400, hard))
    try:
        ran = project.run()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))

    assert ran.did == {"s": "ran"}
    assert project.read("out/n").strip() == str(count)


def test_a_script_named_by_a_parameter_is_a_root(project: Project) -> None:
    """Its bytes and its imports count although the command does not spell it."""
    project.set_params(script="run.py")
    project.declare(stage("s", "python ${params.script}", deps=["a.txt"]))

    assert {"files.run.py", "files.mod.py"} <= parts(project)


def test_a_script_that_is_a_dep_brings_its_imports(project: Project) -> None:
    """`python ${deps.code}` runs it like `python run.py`."""
    project.declare(stage("s", "python ${deps.code}", deps={"code": "run.py"}))

    assert "files.mod.py" in parts(project)


def test_a_stage_sees_only_the_parameters_it_names(project: Project) -> None:
    """In the file of `$SEATRIAL_PARAMS`, nested as in the params file."""
    project.set_params(train={"lr": 0.1, "deep": {"a": [1, None]}, "other": 1}, secret=2)
    project.declare(
        stage(
            "s",
            "sh -c 'cp $SEATRIAL_PARAMS out/p' ${params.train.lr}",
            deps=[],
            params=("train.deep",),
            outs=["out/p"],
        )
    )
    project.run()

    assert json.loads(project.read("out/p")) == {"train": {"lr": 0.1, "deep": {"a": [1, None]}}}


def test_the_environment_of_a_command_is_an_allow_list(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the user's shell holds reaches a stage only when it is declared."""
    monkeypatch.setenv("TOKEN", "t")
    monkeypatch.setenv("PASSED", "p")
    monkeypatch.setenv("PYTHONPATH", "/elsewhere")
    script = "import os; print(*sorted(os.environ), sep=chr(10)); print(os.environ['PYTHONPATH'], os.environ['MODE'])"
    project.set_params(mode="a b")
    project.declare(
        stage("s", f'python -c "{script}"', deps=[], env={"MODE": "${params.mode}!"}, pass_env=("PASSED", "NOT_SET"))
    )
    lines = project.run().log("s").splitlines()

    assert "TOKEN" not in lines
    assert {"PASSED", "MODE", "SEATRIAL_PARAMS", "SEATRIAL_STAGE", "PYTHONHASHSEED"} <= set(lines)
    assert lines[-1] == f"{HOOK}:{project.root / 'src'}:{project.root} a b!"


def test_a_command_python_is_the_projects_and_comes_first_in_path(project: Project) -> None:
    """Also for what the command starts in its turn."""
    project.declare(stage("s", "sh -c 'command -v python'", deps=[]))

    assert project.run().log("s").strip() == project.python


def test_a_value_with_a_command_in_it_runs_nothing(project: Project) -> None:
    """From the parameter to the process: one argument."""
    project.set_params(lr="0.1; touch out/x")
    project.declare(stage("s", "printf %s\\\\n ${params.lr}", deps=[]))
    ran = project.run()

    assert ran.log("s") == "0.1; touch out/x\n"
    assert not (project.root / "out/x").exists()


def test_every_cell_of_a_matrix_has_its_own_result_log_and_out(project: Project) -> None:
    """And a consumer of all gets all their paths."""
    project.declare(
        stage("t", "sh -c 'echo ${matrix.k}; echo ${matrix.k} > out/${matrix.k}'", deps=[], matrix={"k": (1, 2)},
              outs={"o": "out/${matrix.k}"}),
        stage("all", "cat ${deps.o}", deps={"o": made("t", "o", every=True)}),
    )  # fmt: skip
    ran = project.run()

    assert (ran.log("t[k=1]"), ran.log("t[k=2]"), ran.log("all")) == ("1\n", "2\n", "1\n2\n")


@pytest.mark.parametrize("cmd", ["bash unsure.sh", "lint --config a.txt b", "make"])
def test_a_command_that_names_no_python_depends_on_the_whole_tree(project: Project, cmd: str) -> None:
    """Nobody can tell what a shell script or a linter will read."""
    project.write("unsure.sh", 'cd "$1" && python *.py')
    project.declare(stage("s", cmd, outs=["made.txt"]))

    assert {"files.b/d.py", "files.mod.py", "files.a.txt"} <= parts(project)


def test_a_configuration_file_beside_a_script_does_not_widen_it(project: Project) -> None:
    """`python run.py --config a.txt` reads what it names."""
    project.declare(stage("s", "python run.py --config a.txt", outs=["made.txt"]))

    assert parts(project) == {"files.run.py", "files.mod.py", "files.a.txt"}


def test_many_files_are_one_part_of_the_key(project: Project) -> None:
    """A key over a thousand files is no longer than one over ten."""
    for number in range(1_000):
        project.write(f"data/{number}.txt", str(number))
    project.declare(stage("s", "python run.py", deps=["data/*.txt"], outs=["made.txt"]))
    inputs = project.plan()["s"].inputs

    assert len(json.dumps(dict(inputs.parts))) < 2_000
    assert 1_000 in {len(listing) for listing in inputs.listings.values()}


def test_an_executable_bit_counts(project: Project) -> None:
    """A script that can be started is another input than one that cannot."""
    project.declare(stage("s", "python run.py", outs=["made.txt"]))
    before = project.plan()["s"].input_digest
    (project.root / "mod.py").chmod(0o755)

    assert project.plan()["s"].input_digest != before
