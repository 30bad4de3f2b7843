"""The text of a shell: which variables its stage gives it, what is wrong with it, which words it is made of."""

from __future__ import annotations

import pytest

from seatrial.pipeline import words
from seatrial.pipeline.expand import expand
from seatrial.pipeline.policy import StageSpec
from seatrial.pipeline.roots import Roots, find
from seatrial.pipeline.shell import commands, shell_faults, shell_variables
from seatrial.pipeline.template import Reference
from seatrial.replacing import replace
from tests.support.project import stage

PATHS = frozenset({"a.py", "b.py", "run.sh", "conf/a.yaml", "src/pkg/__init__.py", "src/pkg/train.py"})


def shell(text: str, **declared: object) -> StageSpec:
    spec = stage("s", "", deps={"data": "data.csv", "old-model": "m.bin"}, outs={"model": "out/m"})
    return replace(spec, shell=text, matrix={"seed": (0, 1)}, **declared)  # type: ignore[arg-type]  # fields of any type


def test_every_name_has_its_variable() -> None:
    """Upper case, everything but letters and digits an underscore; names without a name have none."""
    spec = replace(shell("true"), outs=(*shell("true").outs, *stage("t", "", outs=["out/unnamed"]).outs))

    assert shell_variables(spec, ["train.lr", "naïve"]) == {
        "SEATRIAL_DEPS_DATA": Reference("deps", "data"),
        "SEATRIAL_DEPS_OLD_MODEL": Reference("deps", "old-model"),
        "SEATRIAL_OUTS_MODEL": Reference("outs", "model"),
        "SEATRIAL_PARAMS_TRAIN_LR": Reference("params", "train.lr"),
        "SEATRIAL_PARAMS_NA_VE": Reference("params", "naïve"),
        "SEATRIAL_MATRIX_SEED": Reference("matrix", "seed"),
    }


def test_names_with_one_variable_are_refused() -> None:
    """The shell could not tell `train.lr` from `train_lr`."""
    (fault,) = shell_faults(shell("true"), ["train.lr", "train_lr"])

    assert fault.message == "params.train_lr and params.train.lr are both $SEATRIAL_PARAMS_TRAIN_LR to the shell"


@pytest.mark.parametrize(
    ("text", "step"),
    [
        ("echo $SEATRIAL_PARAMS_LR", "name the parameter in `params:` of this stage"),
        ("echo ${SEATRIAL_DEPS_DATE}", "this stage has $SEATRIAL_DEPS_DATA, $SEATRIAL_DEPS_OLD_MODEL"),
        ("echo $SEATRIAL_DEPS_DATA2", "this stage has $SEATRIAL_DEPS_DATA, $SEATRIAL_DEPS_OLD_MODEL"),
    ],
)
def test_a_variable_that_nothing_sets_is_refused(text: str, step: str) -> None:
    """Bash would take it for empty and go on."""
    (fault,) = shell_faults(shell(text), [])

    assert fault.message.endswith(" is set by nothing")
    assert fault.next_step == step


@pytest.mark.parametrize("text", ["cat $SEATRIAL_DEPS_DATA", "echo $SEATRIAL_PARAMS $SEATRIAL_STAGE ${x.y} $(date)"])
def test_a_text_that_names_what_there_is_has_no_fault(text: str) -> None:
    """The shell's own syntax, `${...}` with it, is none of Seatrial's."""
    assert shell_faults(shell(text), []) == ()


def test_what_stands_in_the_text_is_taken_by_name() -> None:
    """Such a dep counts in the key by its bytes alone, as `${deps.NAME}` of a `cmd:` does."""
    spec = shell('cp "$SEATRIAL_DEPS_OLD_MODEL" ${SEATRIAL_OUTS_MODEL}', params=("a",))

    assert words.taken(spec, "deps") == ("old-model",)
    assert words.taken(spec, "outs") == ("model",)
    assert words.used_parameters(spec) == ("a",)
    assert words.taken(stage("s", "cp ${deps.a} ${outs.b} ${params.c}"), "deps") == ("a",)


def test_the_text_counts_in_the_key_as_it_is() -> None:
    """And the names of secrets do; a stage with `cmd:` has the key it always had."""
    assert words.key_parts(shell("echo  a", secrets=("B", "A"))) == {"shell": "echo  a", "secrets": ["A", "B"]}
    assert words.key_parts(stage("s", "echo 'a b'")) == {"cmd": ["echo", "a b"]}


@pytest.mark.parametrize(
    ("text", "simple"),
    [
        ("a b | c 'd e' && f", [("a", "b"), ("c", "d e"), ("f",)]),
        ("A=1 B=2 a\nb;c", [("a",), ("b",), ("c",)]),
        ("if a; then b; else time c; fi", [("a",), ("b",), ("c",)]),
        ("for x in 1 2; do a $x; done > out.txt", [("for", "x", "in", "1", "2"), ("a", "$x"), ("out.txt",)]),
        ("a \\\n  b", [("a", "b")]),
        ("(a; b)", [("a",), ("b",)]),
    ],
)
def test_a_text_is_split_into_its_commands(text: str, simple: list[tuple[str, ...]]) -> None:
    """At operators and line ends; quotes are gone, assignments and keywords too."""
    found = commands(text, {})

    assert list(found.commands) == simple
    assert not found.unsure


@pytest.mark.parametrize("text", ["cd x && a", "eval $x", "a <<E\nx\nE", "a `b`", 'a "$(b)"', "a # don't"])
def test_what_cannot_be_told_is_said(text: str) -> None:
    """Then the whole tree counts, unless deps are declared."""
    assert commands(text, {}).unsure


def roots(text: str) -> Roots:
    (cell,) = expand({"s": replace(stage("s", ""), shell=text, params=("script",))})
    return find(cell, PATHS, ("src",), lambda reference: "b.py" if reference.name == "script" else str(reference))


@pytest.mark.parametrize(
    ("text", "files", "unsure"),
    [
        ("python a.py | tee out/log", ("a.py",), False),
        ("mkdir -p out\nFOO=1 python -m pkg.train --config=conf/a.yaml", ("src/pkg/train.py", "conf/a.yaml"), False),
        ("python $SEATRIAL_PARAMS_SCRIPT && python ${SEATRIAL_PARAMS_SCRIPT}", ("b.py",), False),
        ("python 'a.py'; bash run.sh", ("a.py", "run.sh"), True),
        ("python a.py; ruff check src", ("a.py",), True),
        ("python a.py; cat conf/*.yaml", ("a.py",), True),
        ("python a.py; cp -r src out/src", ("a.py",), True),
        ("python a.py; python $WHAT", ("a.py",), True),
        ("cd src && python a.py", ("a.py",), True),
        ("python a.py # don't", ("a.py",), True),
        ("torchrun a.py", ("a.py",), False),
    ],
)
def test_files_named_in_a_shell_are_roots(text: str, files: tuple[str, ...], unsure: bool) -> None:
    """In every command of it; where it may read more than it names, it is not sure."""
    found = roots(text)

    assert (found.files, found.unsure) == (files, unsure)


def test_code_given_to_a_python_of_a_shell_takes_part() -> None:
    """As it does for a `cmd:`."""
    assert roots("echo x; python -c 'import pkg'").inline == "import pkg"
