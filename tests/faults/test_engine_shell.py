"""`shell:` stages: values are data and never text of the program, whatever stands in them."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from seatrial.pipeline.policy import StageSpec
from seatrial.replacing import replace
from tests.support.project import Project, made, new_project, stage

HOSTILE = ["$(touch x)", "`touch x`", "; touch x", "' ; touch x '", '" ; touch x "', "a\nb", "&& touch x", "*", "\\"]


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """An empty repository."""
    return new_project(tmp_path)


def shell(name: str, text: str, **declared: object) -> StageSpec:
    deps, outs = declared.pop("deps", []), declared.pop("outs", {})
    return replace(stage(name, "", deps=deps, outs=outs), shell=text, **declared)  # type: ignore[arg-type]  # fields of any type


@pytest.mark.parametrize("value", HOSTILE)
def test_no_value_is_interpreted(project: Project, value: str) -> None:
    """Of a parameter or a matrix; quotes, substitutions and line breaks arrive as they are."""
    project.set_params(text=value)
    text = 'printf "%s|%s" "$SEATRIAL_PARAMS_TEXT" "$SEATRIAL_MATRIX_AXIS" > "$SEATRIAL_OUTS_O"'
    project.declare(shell("s", text, outs={"o": "out/o"}, params=("text",), matrix={"axis": (value,)}))
    ran = project.run()

    assert set(ran.did.values()) == {"ran"}
    assert project.read("out/o") == f"{value}|{value}"
    assert not (project.root / "x").exists()


def test_nothing_of_the_text_is_filled_in(project: Project) -> None:
    """`${...}` is the shell's own syntax."""
    project.declare(shell("s", 'x=1; echo "${x} ${y:-none} $${x}" > out/o', outs={"o": "out/o"}))
    project.run()

    assert project.read("out/o").startswith("1 none ")


def test_several_paths_come_one_a_line(project: Project) -> None:
    """What `${deps.x}` as an argument of its own is to a `cmd:`."""
    text = 'while read -r path; do cat "$path"; done <<< "$SEATRIAL_DEPS_ALL" > "$SEATRIAL_OUTS_O"'
    project.declare(
        stage(
            "m", "sh -c 'echo ${matrix.n} > ${outs.o}'", deps=[], matrix={"n": (1, 2)}, outs={"o": "out/${matrix.n}"}
        ),
        shell("s", text, deps={"all": made("m", "o", every=True)}, outs={"o": "out/o"}),
    )
    ran = project.run()

    assert not ran.failed, ran.outcome
    assert project.read("out/o") == "1\n2\n"


def test_paths_with_a_line_break_are_refused_among_several(project: Project) -> None:
    """The shell could not tell where one ends."""
    project.write("d/a\nb.txt", "1")
    project.write("d/c.txt", "2")
    project.declare(shell("s", "echo $SEATRIAL_DEPS_D", deps={"d": "d/*.txt"}))

    assert "holds a line break" in project.run()["s"].reason


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("false; touch out/o", "exit code 1"),
        ("false | cat; touch out/o", "exit code 1"),
        ("exit 7", "exit code 7"),
    ],
)
def test_the_first_command_that_fails_ends_it(project: Project, text: str, reason: str) -> None:
    """In a pipe, too: half of the work is not taken for all of it."""
    project.declare(shell("s", text, outs={"o": "out/o"}))

    assert project.run()["s"].reason == reason
    assert not (project.root / "out/o").exists()


def test_a_variable_that_nothing_sets_refuses_the_stage(project: Project) -> None:
    """Before it starts: `rm -rf $SEATRIAL_OUTS_MODLE/*` must not happen."""
    project.declare(shell("s", "touch began; echo $SEATRIAL_OUTS_P", outs={"o": "out/o"}))
    ran = project.run()

    assert "$SEATRIAL_OUTS_P is set by nothing" in ran["s"].reason
    assert not (project.root / "began").exists()


def test_without_bash_the_stage_says_so(project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And what to do."""
    tools = tmp_path / "tools"
    tools.mkdir()
    for name in ("git", "sh"):
        (tools / name).symlink_to(str(shutil.which(name)))
    monkeypatch.setenv("PATH", str(tools))
    project.declare(shell("s", "true"))

    assert "needs bash, and PATH has none" in project.run()["s"].reason


def test_a_text_that_changes_runs_again_and_a_moved_dep_does_not(project: Project) -> None:
    """The text is in the key as it is written; a dep it takes by name is known by its bytes."""
    project.write("a.txt", "same")
    project.write("b.txt", "same")

    def declare(path: str, text: str = "cat $SEATRIAL_DEPS_D > out/o") -> None:
        project.declare(shell("s", text, deps={"d": path}, outs={"o": "out/o"}))

    declare("a.txt")
    project.run()
    declare("b.txt")
    moved = project.run()
    declare("b.txt", "cat  $SEATRIAL_DEPS_D > out/o")
    changed = project.run()

    assert moved.did == {"s": "reused"}
    assert changed.did == {"s": "ran"}


def test_imports_of_a_script_in_a_pipe_count(project: Project) -> None:
    """As they do for `cmd: python FILE`."""
    project.write("a.py", "import b")
    project.write("b.py", "x = 1")
    project.write("notes.md", "1")
    project.declare(replace(shell("s", "python a.py | tee out/o", outs={"o": "out/o"}), deps=None))
    project.run()
    project.write("notes.md", "2")
    beside = project.run()
    project.write("b.py", "x = 2")
    imported = project.run()

    assert beside.did == {"s": "reused"}
    assert imported.did == {"s": "ran"}
