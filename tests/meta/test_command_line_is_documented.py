"""Every command and option has its place in the reference, and every text names commands that exist."""

from __future__ import annotations

import ast
import importlib
import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from seatrial.cli import exits
from seatrial.cli.main import COMMANDS
from tests.support.command_tree import command_of, commands, faults, groups, options

ROOT = Path(__file__).parents[2]
REFERENCE = ROOT / "docs" / "reference"
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "examples").rglob("*.md")])
FENCE = re.compile(r"^(`{3,}|~{3,})[^\n]*\n(.*?)^\1\s*$", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"`(seatrial [^`\n]+)`")
TYPED = re.compile(r"^\s*(?:\$ )?(seatrial .+)$", re.MULTILINE)
SUGGESTED = re.compile(r"(?:^|`|&& |then )(seatrial [a-z][^`&,;]*)")


def _sections(page: str) -> Iterator[tuple[str | None, str]]:
    """A page's parts, each with the command that its heading names, None where it names none."""
    for part in re.split(r"^(?=#{1,6} )", FENCE.sub(lambda block: block[2], page), flags=re.MULTILINE):
        heading, _, body = part.partition("\n")
        words = re.sub(r"[`#]", "", heading).strip().removeprefix("seatrial ")
        yield command_of(words), body


@pytest.mark.parametrize("name", list(commands()))
def test_every_command_and_option_has_its_place_in_the_reference(name: str) -> None:
    """A heading of commands.md names the command; its section, or one about no command, names each option."""
    sections = list(_sections((REFERENCE / "commands.md").read_text(encoding="utf-8")))
    text = "\n".join(body for owner, body in sections if owner in (name, None))
    missing = [option for option in options(commands()[name]) if not re.search(rf"{option}\b(?!-)", text)]

    assert name in {owner for owner, _ in sections}
    assert missing == []


@pytest.mark.parametrize("name", list(commands()))
def test_every_command_speaks_json_and_says_what_it_does(name: str) -> None:
    """`--json` everywhere, and no command or option without help."""
    command = commands()[name]
    silent = [one.opts for one in command.params if isinstance(one, click.Option) and not one.help]

    assert "--json" in options(command)
    assert command.help
    assert silent == []


@pytest.mark.parametrize("name", list(COMMANDS))
def test_the_table_of_commands_agrees_with_the_commands(name: str) -> None:
    """The table spares start-up the import of every command; its names and help are those of the commands."""
    where, line = COMMANDS[name]
    module, _, attribute = where.partition(":")
    command = getattr(importlib.import_module(module), attribute)
    first = (command.help or "").strip().partition("\n")[0]

    assert command.name == name
    assert line == first


def test_every_exit_code_has_a_row_in_the_reference() -> None:
    """A CI job that gets a code must be able to look it up."""
    codes = sorted({value for name, value in vars(exits).items() if name.isupper() and isinstance(value, int)})
    page = (REFERENCE / "exit-codes.md").read_text(encoding="utf-8")

    assert [code for code in codes if not re.search(rf"^\| *`?{code}`? *\|", page, re.MULTILINE)] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_docs_show_only_commands_and_options_that_exist(page: Path) -> None:
    """Every `seatrial ...` that a page quotes, or shows after a prompt in a block, can be typed."""
    text = page.read_text(encoding="utf-8")
    blocks = "\n".join(block[2] for block in FENCE.finditer(text))
    typed = [*TYPED.findall(blocks), *INLINE.findall(FENCE.sub("", text))]

    assert [f"{line}: {fault}" for line in typed for fault in faults(line)] == []


def test_messages_suggest_only_commands_and_options_that_exist() -> None:
    """What an error tells the user to type next is a command of today."""
    wrong: list[str] = []
    for path in sorted((ROOT / "src" / "seatrial").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_bytes())):
            for line in SUGGESTED.findall(_text(node)):
                wrong += [f"{path.name}: {line}: {fault}" for fault in faults(line)]

    assert wrong == []


def _text(node: ast.AST) -> str:
    """A string of the source, with a stand-in for each value that is filled in; empty for anything else."""
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=parts):
            return "".join(_text(part) or "VALUE" for part in parts)
        case _:
            return ""


def test_the_reading_of_typed_commands_notices_what_does_not_exist() -> None:
    """The checks above can fail: unknown commands, subcommands and options are found, and nothing else."""
    assert groups() == {"audit", "cache", "models", "workflows"}
    assert faults("seatrial run --tier nightly -S a=b && make it so") == []
    assert faults("seatrial models promote digits@2 --to production") == []
    assert faults("seatrial fly") == ["no such command: seatrial fly"]
    assert faults("seatrial models burn") == ["no such command: models burn"]
    assert faults("seatrial run --fast") == ["run has no option --fast"]
