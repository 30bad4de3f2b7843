"""What DVC would refuse is refused with its place, and hostile files end in a message."""

from __future__ import annotations

from pathlib import Path

import pytest

from seatrial.adopt.dvc.loose_yaml import parse_loose
from seatrial.adopt.dvc.project import convert
from seatrial.errors import ConfigError, SeatrialError
from tests.support.dvc_projects import committed

ITEMS = ",".join("x" * 10)
BOMB = "\n".join(
    [f"a: &a [{ITEMS}]", *(f"{b}: &{b} [{','.join([f'*{a}'] * 10)}]" for a, b in zip("abcde", "bcdef", strict=True))]
)

REFUSED = {
    "no stages": ("", "1:1", "dvc.yaml has no stages"),
    "a list": ("- a\n", "1:1", "a mapping with the keys"),
    "broken": ("stages:\n  a: [\n", "3:1", "broken YAML"),
    "an unknown key": ("stages:\n  a: {cmd: ls, outz: 3}\n", "2:16", "unknown key `outz`"),
    "no command": ("stages:\n  a: {outs: [x]}\n", "2:3", "`cmd` is missing"),
    "a command that is empty": ("stages:\n  a: {cmd: ' '}\n", "2:3", "the command is empty"),
    "a key twice": ("stages:\n  a: {cmd: ls}\n  a: {cmd: ls}\n", "3:3", "stands twice"),
    "templates in vars": ("vars: [{b: '${c}'}]\nstages:\n  a: {cmd: ls}\n", "1:8", "cannot stand in `vars`"),
    "a name twice": ("vars: [{b: 1}, {b: 2}]\nstages:\n  a: {cmd: ls}\n", "1:16", "`b` is defined twice"),
    "vars that are absent": ("vars: [no.yaml]\nstages:\n  a: {cmd: ls}\n", "1:8", "there is no file no.yaml"),
    "an expression in another": (
        "vars: [{x: {k: 1}, y: k}]\nstages:\n  a: {cmd: 'e ${x.${y}}'}\n", "3:12", "names nothing",
    ),
    "an unknown value": ("stages:\n  a: {cmd: 'e ${zz}'}\n", "2:12", "`${zz}` names nothing"),
    "a list in a text": ("vars: [{x: [1]}]\nstages:\n  a: {cmd: 'e ${x}'}\n", "3:12", "is a list"),
    "one out of two stages": (
        "stages:\n  a: {cmd: ls, outs: [d]}\n  b: {cmd: ls, outs: [./d]}\n", "3:23", "a and b write d",
    ),
    "an out in another": (
        "stages:\n  a: {cmd: ls, outs: [d]}\n  b: {cmd: ls, outs: [d/e]}\n", "3:23", "inside it, d/e",
    ),
    "a circle": (
        "stages:\n  a: {cmd: ls, deps: [y], outs: [x]}\n  b: {cmd: ls, deps: [x/z], outs: [y]}\n", "2:3", "in a circle",
    ),
    "a flag that is text": ("stages:\n  a: {cmd: ls, frozen: 'yes'}\n", "2:24", "`frozen` must be true or false"),
    "an item without a name": ("stages:\n  a: {foreach: [''], do: {cmd: ls}}\n", "2:7", "name of a cell is empty"),
    "foreach over text": (
        "vars: [{x: y}]\nstages:\n  a: {foreach: '${x}', do: {cmd: ls}}\n", "3:7", "a list or a mapping",
    ),
    "foreach with matrix": (
        "stages:\n  a: {foreach: [1], do: {cmd: ls, matrix: {a: [1]}}}\n", "2:35", "unknown key `matrix`",
    ),
    "a bomb of aliases": (f"{BOMB}\nstages: *f\n", "1:", "expands to more than"),
    "an alias in itself": ("stages: &a\n  b: *a\n", "1:9", "inside of what it names"),
    "nothing but frozen stages": ("stages:\n  a: {cmd: ls, frozen: true, outs: [x]}\n", "", "every stage is frozen"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_dvc_refuses_is_refused_at_its_place(name: str, tmp_path: Path) -> None:
    """Message and place, and always a next step."""
    text, place, message = REFUSED[name]
    with pytest.raises(SeatrialError) as caught:
        convert(committed(tmp_path, {"dvc.yaml": text, "keep": ""}))
    problem = caught.value.problems[0]
    assert message in problem.message
    assert f"dvc.yaml:{place}" in str(problem.place) or not place
    assert problem.next_step


def test_the_mistakes_of_all_files_are_shown_together(tmp_path: Path) -> None:
    """One run tells all of them."""
    files = {"dvc.yaml": "stages:\n  a: {cmd: ls, x: 1, y: 2}\n", "sub/dvc.yaml": "stages:\n  b: {outs: [1]}\n"}
    with pytest.raises(ConfigError) as caught:
        convert(committed(tmp_path, files))
    assert [problem.place.file for problem in caught.value.problems if problem.place] == ["dvc.yaml"] * 2 + [
        "sub/dvc.yaml"
    ] * 2


def test_a_repository_without_dvc_yaml_is_told_what_else_there_is(tmp_path: Path) -> None:
    """Nothing is made up."""
    with pytest.raises(SeatrialError, match=r"has no dvc\.yaml") as caught:
        convert(committed(tmp_path, {"train.py": ""}))
    assert caught.value.next_step is not None
    assert caught.value.next_step.startswith("seatrial init")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a: &x {b: 1}\nc: *x\n", {"a": {"b": 1}, "c": {"b": 1}}),
        ("a: &x {b: 1, c: 2}\nd:\n  <<: *x\n  b: 3\n", {"a": {"b": 1, "c": 2}, "d": {"b": 3, "c": 2}}),
        ("a: {<<: [{b: 1}, {b: 2, c: 3}]}\n", {"a": {"b": 1, "c": 3}}),
        ("a: no\nb: 010\nc: 1e-3\nd: '1'\ne: !!str 1\n", {"a": "no", "b": 10, "c": 0.001, "d": "1", "e": "1"}),
        ("1: a\ntrue: b\n", {"1": "a", "true": "b"}),
        ("a: 99999999999999999999\n", {"a": 99999999999999999999}),
    ],
)
def test_yaml_is_read_as_dvc_reads_it(text: str, value: object) -> None:
    """Aliases, merge keys, plain words of YAML 1.2, keys that are no text."""
    assert parse_loose(text.encode(), "dvc.yaml").value == value


def test_places_are_those_of_the_text_that_was_written(tmp_path: Path) -> None:
    """A merged key keeps the place where it stands, an own one its own."""
    source = parse_loose(b"a: &x\n  b: 1\n  c: 2\nd:\n  <<: *x\n  b: 3\n", "dvc.yaml")
    assert str(source.place(("d", "b"))).startswith("dvc.yaml:6:6")
    assert str(source.place(("d", "c"))).startswith("dvc.yaml:3:6")
