"""A command of DVC as `cmd:` or `shell:` of Seatrial.

Called by `lowering`. DVC gives each line of a command to a shell of its own, in the stage's folder, and stops at
the first line that fails. A single line that needs nothing of a shell becomes `cmd:`; all else becomes `shell:`, where
`set +e +o pipefail` restores what bash does by default and Seatrial's `shell:` does not, lines stand in
parentheses (a shell each), and the folder is entered first. Pure. Subtle: a value that stays live is `${params.NAME}`
in `cmd:`, and a quoted variable in `shell:`, whatever quotes it stands in; where that could mean something else than
the text that DVC would run, the value is written out.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping, Sequence

from msgspec import Struct

from seatrial.adopt.dvc.interpolation import Fixed, Live, Piece, Pieces, joined, plain
from seatrial.pipeline.shell import variable
from seatrial.pipeline.template import Reference

_NEEDS_SHELL = frozenset("|&;<>()$`*?[]{}~#!\\\n\r")
_NEEDS_SHELL_IN_QUOTES = frozenset("$`\\!")
_SHELL_WORDS = frozenset({
    ".", ":", "alias", "bg", "bind", "break", "builtin", "case", "cd", "command", "continue", "declare", "do", "done",
    "elif", "else", "esac", "eval", "exec", "exit", "export", "fg", "fi", "for", "function", "getopts", "hash", "if",
    "in", "jobs", "let", "local", "popd", "pushd", "read", "readonly", "return", "select", "set", "shift", "shopt",
    "source", "then", "time", "times", "trap", "type", "typeset", "ulimit", "umask", "unalias", "unset", "until",
    "wait", "while",
})  # fmt: skip
_ASSIGNMENT = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\+?=")
_HARMLESS = re.compile(r"[A-Za-z0-9_./:@%+,-]*\Z")
_VARIABLE = re.compile(r"\$(?:\{([A-Za-z_][A-Za-z0-9_]*)|([A-Za-z_][A-Za-z0-9_]*))")
_SET_HERE = re.compile(
    r"(?:^|[;&|(\s])(?:export\s+|local\s+|read\s+(?:-r\s+)?|for\s+)?([A-Za-z_][A-Za-z0-9_]*)(?:=|\s+in\b)"
)
_READ_HERE = re.compile(r"\bread\s+(?:-\w+\s+)*([A-Za-z_][A-Za-z0-9_ ]*)")
_OF_BASH = frozenset({
    "BASH", "BASHPID", "BASH_SOURCE", "BASH_VERSION", "EUID", "HOSTNAME", "HOSTTYPE", "IFS", "LINENO", "MACHTYPE",
    "OLDPWD", "OPTARG", "OPTIND", "OSTYPE", "PIPESTATUS", "PPID", "PWD", "RANDOM", "REPLY", "SECONDS", "SHLVL", "UID",
})  # fmt: skip
_GIVEN = frozenset(
    {"HOME", "LANG", "LANGUAGE", "LOGNAME", "PATH", "SHELL", "TERM", "TMPDIR", "TZ", "USER", "XDG_CACHE_HOME"}
)
_UNSURE_BEFORE = re.compile(r"(?:\A\s*|\$[A-Za-z0-9_]*|~[A-Za-z0-9_.-]*)\Z")
"""Before a value: the start of the line, where it may be a keyword, or a name that it would be part of."""
_LIKE_BASH = "set +e +o pipefail"
_LIKE_BASH_FOR = frozenset("|;&(){}`")
"""What makes several commands of a line, for which the settings matter."""


class Command(Struct, frozen=True, kw_only=True):
    """One of `cmd` and `shell` is filled. `params` are those that the shell's text names."""

    cmd: str = ""
    shell: str = ""
    params: tuple[str, ...] = ()
    pass_env: tuple[str, ...] = ()
    from_dvc: tuple[str, ...] = ()
    """Variables that only DVC sets."""
    fixed: tuple[str, ...] = ()
    """Parameters that were written out, because quoting would have made something else of them."""
    axes_written: bool = False
    """Whether the value of an axis was written out: then the command is that of one cell alone."""


def lower_command(
    lines: Sequence[Pieces], folder: str, deps: Mapping[str, str], outs: Mapping[str, str], labels: Mapping[str, str]
) -> Command:
    """`lines` as filled in by DVC; `folder` is where they run, "" for the top.

    `deps` and `outs` give the name by each path as the command writes it; `labels` are the values of DVC's own
    variables.
    """
    lines = [line for line in _split_lines(lines) if plain(line).strip()]
    if len(lines) == 1 and not folder:
        found = _as_cmd(lines[0], deps, outs)
        if found is not None:
            return found
    return _as_shell(lines, folder, labels)


def _split_lines(texts: Sequence[Pieces]) -> list[Pieces]:
    """Each line by itself. Live values hold no line break."""
    found: list[Pieces] = []
    for pieces in texts:
        line: list[Piece] = []
        for piece in pieces:
            if isinstance(piece, Live):
                line.append(piece)
                continue
            first, *more = re.split(r"\r\n|\r|\n", piece.text)
            line.append(Fixed(first))
            for text in more:
                found.append(joined(line))
                line = [Fixed(text)]
        found.append(joined(line))
    return found


def needs_shell(text: str) -> bool:
    """Whether a shell would do more with a line than split it into words."""
    quote = ""
    for character in text:
        if quote:
            if character == quote:
                quote = ""
            elif quote == '"' and character in _NEEDS_SHELL_IN_QUOTES:
                return True
        elif character in "'\"":
            quote = character
        elif character in _NEEDS_SHELL:
            return True
    if quote:
        return True
    words = shlex.split(text)
    return not words or words[0] in _SHELL_WORDS or _ASSIGNMENT.match(words[0]) is not None


def _as_cmd(pieces: Pieces, deps: Mapping[str, str], outs: Mapping[str, str]) -> Command | None:
    """The line as a command without a shell, None where it needs one."""
    text = plain(pieces)
    if needs_shell(text) or any("${" in piece.text for piece in pieces if isinstance(piece, Fixed)):
        return None
    written = "".join(piece.text if isinstance(piece, Fixed) else f"${{{piece.head}.{piece.name}}}" for piece in pieces)
    filled = {f"${{{piece.head}.{piece.name}}}": piece.text for piece in pieces if isinstance(piece, Live)}
    fixed: tuple[str, ...] = ()
    if _argv(written, filled) != shlex.split(text):  # a value with blanks or quotes is several arguments for DVC
        fixed = tuple(sorted({piece.name for piece in pieces if isinstance(piece, Live) and piece.head == "params"}))
        if any(piece.head == "matrix" for piece in pieces if isinstance(piece, Live)):
            return None
        written = text
    return Command(cmd=_named(written, deps, outs), fixed=fixed)


def _argv(written: str, filled: Mapping[str, str]) -> list[str] | None:
    """The words as Seatrial makes them: split first, then filled in. None where a quote is closed by a value."""
    try:
        words = shlex.split(written)
    except ValueError:
        return None
    found = []
    for word in words:
        for name, value in filled.items():
            word = word.replace(name, value)
        found.append(word)
    return found


_PROGRAMS = (".py", ".sh", ".ipynb", ".R", ".jl")
_TOKEN = re.compile(r"(?<![^\s=])(?P<path>[^\s'\"=]+)(?=\s|\Z)")


def _named(text: str, deps: Mapping[str, str], outs: Mapping[str, str]) -> str:
    """Whole words that are the path of a dep or an out, and `--option=PATH`, become references to it. A line with
    quotes is left alone: what is a word in it is not seen by looking for blanks."""
    if "'" in text or '"' in text:
        return text

    def put(found: re.Match[str]) -> str:
        path = found["path"]
        if found.start() > 0 and path in outs:
            return f"${{outs.{outs[path]}}}"
        if found.start() > 0 and path in deps and not path.endswith(_PROGRAMS):
            return f"${{deps.{deps[path]}}}"
        return found.group()

    return _TOKEN.sub(put, text)


def _as_shell(lines: Sequence[Pieces], folder: str, labels: Mapping[str, str]) -> Command:
    params: dict[str, None] = {}
    fixed: dict[str, None] = {}
    texts = [_shell_line(line, params, fixed) for line in lines]
    whole = "\n".join(texts)
    written = "".join(plain(line) for line in lines)
    body: list[str] = []
    if len(texts) > 1 or _LIKE_BASH_FOR & set(written) or _keyword(texts):
        body.append(_LIKE_BASH)
    from_dvc = tuple(name for name in labels if re.search(rf"\${{?{name}\b", whole))
    body += [f'export {name}="{labels[name]}"' for name in from_dvc]
    if folder:
        body.append(f"cd {shlex.quote(folder)} || exit")
    if len(texts) == 1:
        body += texts
    for text in texts if len(texts) > 1 else ():
        body += ["(", text, ") || exit"]
    return Command(
        shell="\n".join(body),
        params=tuple(params),
        fixed=tuple(sorted(name.removeprefix("params.") for name in fixed if name.startswith("params."))),
        axes_written=any(name.startswith("matrix.") for name in fixed),
        pass_env=_from_outside(whole, labels),
        from_dvc=from_dvc,
    )


def _keyword(texts: Sequence[str]) -> bool:
    return any(text.split(None, 1)[:1] and text.split(None, 1)[0] in _SHELL_WORDS for text in texts)


def _shell_line(pieces: Pieces, params: dict[str, None], fixed: dict[str, None]) -> str:
    text, quote = "", ""
    for piece in pieces:
        if isinstance(piece, Fixed):
            text, quote = text + piece.text, _quote_after(piece.text, quote)
        elif not _HARMLESS.match(piece.text) or not piece.text or quote == "?" or _UNSURE_BEFORE.search(text):
            text += piece.text  # it may hold blanks, quotes, patterns: only written out it is what DVC runs
            quote = _quote_after(piece.text, quote)
            fixed[f"{piece.head}.{piece.name}"] = None
        else:
            name = f"${{{variable(Reference(piece.head, piece.name))}}}"
            text += {"": f'"{name}"', '"': name, "'": f"'\"{name}\"'"}[quote]
            if piece.head == "params":
                params[piece.name] = None
    if _odd_backslash(text):
        text += "\\"  # a shell that is given one line takes a last backslash for itself
    return text


def _odd_backslash(text: str) -> bool:
    return (len(text) - len(text.rstrip("\\"))) % 2 == 1


def _quote_after(text: str, quote: str) -> str:
    """The quote that is open after a text, "" for none and "?" where only bash could tell."""
    if quote == "?" or "$(" in text or "`" in text or "<<" in text:
        return "?"
    escaped = False
    for character in text:
        if escaped:
            escaped = False
        elif character == "\\" and quote != "'":
            escaped = True
        elif quote:
            quote = "" if character == quote else quote
        elif character in "'\"":
            quote = character
    return "?" if escaped else quote


def _from_outside(text: str, labels: Mapping[str, str]) -> tuple[str, ...]:
    """The variables of the caller that a text names: DVC hands all of them over, Seatrial only those it is told."""
    here = set(_SET_HERE.findall(text))
    here.update(name for names in _READ_HERE.findall(text) for name in names.split())
    named = dict.fromkeys(first or second for first, second in _VARIABLE.findall(_without_single_quotes(text)))
    return tuple(
        name
        for name in named
        if name not in here | _OF_BASH | _GIVEN and name not in labels and not name.startswith("SEATRIAL_")
    )


def _without_single_quotes(text: str) -> str:
    kept, quote = [], ""
    for character in text:
        if quote != "'":
            kept.append(character)
        if character in "'\"" and quote in ("", character):
            quote = "" if quote else character
    return "".join(kept)
