"""The text of a `shell:` stage: the variables in which values reach it, and the words it is made of.

Pure. Called by `words` for every question about a command, and by `config/` to check a stage when it
is read. Nothing is ever filled into the text: `${...}` is the shell's own syntax there, and a value
with quotes or `$(...)` in it would be run. So each name a stage could write as `${head.name}` in a
`cmd:` is a variable instead, `SEATRIAL_HEAD_NAME`.

Subtle: bash alone could say which files a text names, by running it. What is done here is a best
effort in the safe direction: a word too many makes one more file count, and a text that cannot be
told (`cd`, `eval`, a heredoc, an unclosed quote) says so.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct

from seatrial.pipeline.policy import StageSpec
from seatrial.pipeline.template import Reference

_PREFIX = "SEATRIAL_"
_OWN = re.compile(r"\bSEATRIAL_(?:DEPS|OUTS|PARAMS|MATRIX)_[A-Za-z0-9_]+")
_EXPANSION = re.compile(r"\$(?:\{(SEATRIAL_[A-Z0-9_]+)\}|(SEATRIAL_[A-Z0-9_]+))")
_OPERATORS = "();<>|&\n"
_ASSIGNMENT = re.compile(r"[A-Za-z_][A-Za-z0-9_]*=")
_BEFORE_COMMANDS = frozenset({
    "!", "command", "do", "done", "elif", "else", "env", "exec", "fi", "if", "nice", "nohup", "sudo", "then",
    "time", "until", "while", "xargs", "{", "}",
})  # fmt: skip
_UNTELLING = frozenset({"cd", "eval", "popd", "pushd"})


class Fault(Struct, frozen=True, kw_only=True):
    """What is wrong with a `shell:` stage, and what to do about it."""

    message: str
    next_step: str


class Commands(Struct, frozen=True, kw_only=True):
    """The simple commands of a text, as words. `unsure` when there may be more to it than they say."""

    commands: tuple[tuple[str, ...], ...]
    unsure: bool


def variable(reference: Reference) -> str:
    """The variable of one name: upper case, and everything but ASCII letters and digits an underscore."""
    return _PREFIX + re.sub(r"[^A-Z0-9]", "_", f"{reference.head}_{reference.name}".upper())


def shell_variables(spec: StageSpec, parameters: Iterable[str]) -> Mapping[str, Reference]:
    """What each variable of a `shell:` stage stands for.

    `parameters` are the dotted paths of the values that the stage's `params:` and `env:` name. Of two
    names with one variable the first is given; `shell_faults` refuses them.
    """
    found: dict[str, Reference] = {}
    for reference in _references(spec, parameters):
        found.setdefault(variable(reference), reference)
    return found


def shell_faults(spec: StageSpec, parameters: Iterable[str]) -> tuple[Fault, ...]:
    """Names that share a variable, and variables in the text that nothing would set: bash would take those
    for empty."""
    chosen = tuple(parameters)
    variables = shell_variables(spec, chosen)
    faults = [
        Fault(
            message=f"{other.head}.{other.name} and {first.head}.{first.name} are both ${name} to the shell",
            next_step="rename one of them; they may differ in more than case and punctuation",
        )
        for other in _references(spec, chosen)
        if (first := variables[name := variable(other)]) != other
    ]
    unset = (name for name in dict.fromkeys(_OWN.findall(spec.shell)) if name not in variables)
    faults += [Fault(message=f"${name} is set by nothing", next_step=_cure(name, variables)) for name in unset]
    return tuple(faults)


def mentioned(text: str) -> frozenset[str]:
    """The variables of Seatrial that a text names."""
    return frozenset(_OWN.findall(text))


def commands(text: str, values: Mapping[str, str]) -> Commands:
    """The simple commands in a text, assignments and keywords before them left out; `values` are put in for
    variables that are known before anything runs."""

    def put_in(found: re.Match[str]) -> str:
        return values.get(found.group(1) or found.group(2), found.group())

    lexer = shlex.shlex(_EXPANSION.sub(put_in, text.replace("\\\n", " ")), posix=True, punctuation_chars=_OPERATORS)
    lexer.whitespace, lexer.whitespace_split, lexer.commenters = " \t\r", True, ""
    found: list[tuple[str, ...]] = []
    words: list[str] = []
    unsure = "<<" in text or "`" in text
    try:
        for word in lexer:
            if word and set(word) <= set(_OPERATORS):
                found.append(tuple(words))
                words = []
            else:
                words.append(word)
    except ValueError:  # a quote that shlex does not see closed, such as the apostrophe of a comment
        unsure = True
        words += re.split(rf"[\s'\"{re.escape(_OPERATORS)}]+", text)
    found.append(tuple(words))
    simple = tuple(command for each in found if (command := tuple(_without_leaders(each))))
    unsure = unsure or any(command[0] in _UNTELLING or any("$(" in word for word in command) for command in simple)
    return Commands(commands=simple, unsure=unsure)


def _without_leaders(words: tuple[str, ...]) -> Iterator[str]:
    leading = True
    for word in words:
        leading = leading and (word in _BEFORE_COMMANDS or _ASSIGNMENT.match(word) is not None)
        if not leading:
            yield word


def _references(spec: StageSpec, parameters: Iterable[str]) -> Iterator[Reference]:
    yield from (Reference("deps", dep.name) for dep in spec.deps or () if dep.named)
    yield from (Reference("outs", out.name) for out in spec.outs if out.named)
    yield from (Reference("params", name) for name in parameters)
    yield from (Reference("matrix", axis) for axis in spec.matrix)


def _cure(name: str, variables: Mapping[str, Reference]) -> str:
    if name.startswith(f"{_PREFIX}PARAMS_"):
        return "name the parameter in `params:` of this stage"
    same = [other for other in variables if other.split("_")[1] == name.split("_")[1]]
    return f"this stage has {', '.join('$' + other for other in same)}" if same else "name the dep, out or axis"
