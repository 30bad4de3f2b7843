"""What a command's text becomes: split like a shell would, filled in without one."""

from __future__ import annotations

import pytest

from seatrial.errors import UserError
from seatrial.pipeline.template import Reference, Text, fill, fill_command, parse, references, show_value, split


def filled(command: str, deps: dict[str, list[str]] | None = None, **values: str) -> list[str]:
    return fill_command(split(command), lambda reference: values[reference.name], deps or {})


def test_a_value_with_a_command_in_it_stays_one_argument() -> None:
    """`0.1; touch x` is a strange learning rate and nothing else."""
    assert filled("train --lr ${params.lr}", lr="0.1; touch x") == ["train", "--lr", "0.1; touch x"]


def test_quotes_are_those_of_a_shell() -> None:
    """Single, double and backslash."""
    assert filled("""a 'b c' "d e" f\\ g ''""") == ["a", "b c", "d e", "f g", ""]


def test_a_reference_in_the_middle_of_an_argument_is_joined_to_it() -> None:
    """Text around it stays."""
    assert filled("x --out=${outs.o}/part", o="out/a b") == ["x", "--out=out/a b/part"]


def test_nothing_of_a_shell_is_understood() -> None:
    """Pipes, redirections, variables and globs are arguments like any other."""
    assert filled("echo $HOME * | cat > x") == ["echo", "$HOME", "*", "|", "cat", ">", "x"]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", ()),
        ("plain", (Text("plain"),)),
        ("$${x}", (Text("${"), Text("x}"))),
        ("$$${params.a}", (Text("$"), Text("${"), Text("params.a}"))),
        ("a${params.b.c-d}e", (Text("a"), Reference("params", "b.c-d"), Text("e"))),
        ("${matrix.k}${outs.o}", (Reference("matrix", "k"), Reference("outs", "o"))),
        ("$x {y} $", (Text("$x {y} $"),)),
    ],
)
def test_text_is_parsed_once(text: str, parts: tuple[object, ...]) -> None:
    """References, escapes and the rest, in order."""
    assert parse(text) == parts


@pytest.mark.parametrize(
    "text", ["${env.HOME}", "${params}", "${params.}", "${}", "${ params.x }", "${params.x y}", "${PARAMS.x}"]
)
def test_an_unknown_head_is_refused_with_what_is_known(text: str) -> None:
    """The message lists the heads, the next step tells how to write it literally."""
    with pytest.raises(UserError, match=r"\$\{params\.NAME\}") as caught:
        parse(text)

    assert "$${" in str(caught.value.next_step)


@pytest.mark.parametrize("text", ["${params.x", "a ${", "${params.${matrix.x}}"])
def test_a_reference_that_is_not_closed_or_nested_is_refused(text: str) -> None:
    """It is a mistake, never literal text."""
    with pytest.raises(UserError):
        parse(text)


@pytest.mark.parametrize("command", ["", "   ", "'open", 'a "b'])
def test_a_command_that_is_empty_or_not_closed_is_refused(command: str) -> None:
    """Before anything runs."""
    with pytest.raises(UserError):
        split(command)


def test_several_paths_need_an_argument_of_their_own() -> None:
    """Inside other text they could only be joined, and a name with a space would break."""
    assert filled("cat ${deps.d}", {"d": ["a b", "c"]}) == ["cat", "a b", "c"]
    with pytest.raises(UserError, match="stands for 2 paths"):
        filled("cat --all=${deps.d}", {"d": ["a b", "c"]})


def test_one_path_may_be_a_part_of_an_argument() -> None:
    """`${deps.d}/file` is the usual way into a folder."""
    assert filled("cat ${deps.d}/file", {"d": ["folder"]}) == ["cat", "folder/file"]


def test_references_are_listed_once_in_order() -> None:
    """By head."""
    templates = split("x ${params.b} ${params.a}${params.b} ${deps.a}")

    assert references(templates, "params") == ("b", "a")
    assert references(templates, "outs") == ()


@pytest.mark.parametrize(
    ("value", "shown"),
    [(True, "true"), (False, "false"), (None, "null"), (1e-3, "0.001"), (1e22, "1e+22"), (3, "3"), ("x", "x")],
)
def test_values_are_shown_as_yaml_writes_them(value: object, shown: str) -> None:
    """A command never sees Python's own `True` or `None`."""
    assert show_value(value) == shown


def test_literals_fill_as_they_stand() -> None:
    """No lookup is asked."""
    assert fill(parse("a$${b}"), lambda _: "never") == "a${b}"
