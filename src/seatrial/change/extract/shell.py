"""What a shell script, or the text of one command, reads and starts.

Pure. bash alone could say what a text means, by running it. This reads words in the safe direction: a word too many
makes one more file count, and where a variable decides what is read or started, a marker says so. Variables that the
text itself sets to literals are followed in the order they are written in, as is the idiom for the script's own folder.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping

from seatrial.change.extract.texts import HOLE, Mentions
from seatrial.change.facts import Computed, Facts, How, LinkFacts, Marker

_OWN = "\2"
_TOKEN = re.compile(
    r"(?P<space>(?:[ \t\r]|\\\r?\n)+)|(?P<comment>\#[^\n]*)|(?P<operator>\n|<<<|<<-?|[<>]&|>>|&&|\|\||;;|[();<>|&])"
    r"|(?P<word>(?:\\[\s\S]|\$?'[^']*'|\"(?:\\[\s\S]|[^\"\\])*\"|\$\{[^{}\n]*\}|[^\s'\"\\();<>|&]|['\"])+)|(?P<rest>\\)"
)
_EXPANDED = r"\$(?:\{([A-Za-z_]\w*)\}|([A-Za-z_]\w*)|\{[^{}]*\}|[0-9@*#?!$-])|`[^`]*`?"
_VARIABLE = re.compile(_EXPANDED + r"|\$\Z")
_PIECE = re.compile(rf"\\([\s\S])|\$?'([^']*)'|\"((?:\\[\s\S]|[^\"\\])*)\"|({_EXPANDED})|([^\\'\"$`]+|[\s\S])")
_SELF = r"\$(?:0|\{0\}|BASH_SOURCE|\{BASH_SOURCE(?:\[0\])?(?::-\$0)?\})"
_INNER = (
    rf"\$\(\s*dirname\s+(?:--\s+)?(?:\"{_SELF}\"|{_SELF})\s*\)|\$\{{BASH_SOURCE(?:\[0\])?%/\*\}}|`dirname\s+\"?\$0\"?`"
)
_HERE = re.compile(rf"\"(?:{_INNER})\"|{_INNER}")
_MOVED = re.compile(
    rf"\$\(\s*cd\s+\"?{_OWN}([^\s\"&;)]*)\"?\s*(?:>\s*/dev/null\s*(?:2>&1\s*)?)?&&\s*pwd(?:\s+-P)?\s*\)"
)
_HEREDOC = re.compile(r"(?<!<)<<-?[ \t]*(['\"\\]?)([A-Za-z_]\w*)\1(?!<)")
_ASSIGNMENT = re.compile(r"([A-Za-z_]\w*)\+?=([\s\S]*)\Z")
_LEADERS = frozenset({
    "!", "command", "do", "done", "elif", "else", "env", "exec", "fi", "if", "nice", "nohup", "sudo", "then", "time",
    "until", "while", "xargs", "{", "}", "[[", "export", "local", "readonly", "declare", "typeset", "builtin", "srun",
    "mpirun", "uv", "poetry", "pdm", "hatch", "rye", "pipenv", "pixi", "conda", "run", "stdbuf", "caffeinate",
})  # fmt: skip
_SCRIPTED = re.compile(
    r"(?:python[\d.]*|bash|sh|zsh|ksh|dash|ruby|perl|node|torchrun|deepspeed|accelerate|pytest|coverage|streamlit|papermill"
    r"|ipython[\d]*|jupyter|spark-submit|ray|dvc|make)\Z"
)
_READING = frozenset({"cat", "cp", "rsync", "ln", "tar", "unzip", "install"})
_PLAIN = frozenset({
    ":", "[", "[[", "awk", "basename", "break", "cat", "chmod", "continue", "cp", "cut", "date", "declare", "dirname",
    "echo", "exit", "export", "expr", "false", "for", "function", "grep", "gzip", "gunzip", "hash", "head", "hostname",
    "in", "install", "join", "jq", "kill", "ln", "local", "ls", "mkdir", "mktemp", "mv", "nproc", "nvidia-smi", "paste",
    "printf", "pwd", "read", "readonly", "return", "rm", "rmdir", "rsync", "sed", "seq", "set", "sha256sum", "shift",
    "shopt", "sleep", "sort", "tail", "tar", "tee", "test", "touch", "tr", "trap", "true", "type", "ulimit", "umask",
    "curl", "git", "scp", "ssh", "wget", "uname",
    "uniq", "unset", "unzip", "wait", "wc", "which", "whoami", "pip", "case", "esac", "select", "((", "let",
})  # fmt: skip
_BY_THEIR_OWN_FILES = frozenset({"make", "dvc", "ray", "pytest", "jupyter", "papermill"})
_DECLARING = frozenset({"export", "local", "readonly", "declare", "typeset"})
_UNTELLING = frozenset({"eval", "cd", "pushd", "popd"})
_INLINE_IMPORT = re.compile(r"(?:^|[;\n])\s*(?:from|import)\s+([A-Za-z_][\w.]*)")


def read(data: bytes) -> Facts:
    """What a script says about other files."""
    mentions = Mentions()
    markers = read_commands(data.decode("utf-8", "replace"), 1, mentions)
    return Facts(LinkFacts(mentions=mentions.tuple(), markers=tuple(markers)))


def read_commands(
    text: str, line: int, mentions: Mentions, known: Mapping[str, str] | None = None, step: int = 1
) -> list[Marker]:
    """Add what a text mentions, and give its markers. `line` is that of its beginning, `known` are variables that are
    set outside; a text that is written on one line of its file has a `step` of 0."""
    reader = _Reader(mentions, line, dict(known or {}), step)
    reader.read(text)
    return [Marker(one, Computed.SHELL) for one in sorted(reader.markers)]


class _Reader:
    def __init__(self, mentions: Mentions, line: int, known: dict[str, str], step: int) -> None:
        self._mentions = mentions
        self._line = line
        self._step = step
        self._known = known
        self.markers: dict[int, None] = {}

    def read(self, text: str) -> None:
        text = text.replace("\0", "").replace(_OWN, "")
        if "dirname" in text or "BASH_SOURCE" in text:
            text = _MOVED.sub(lambda found: _OWN + found.group(1), _HERE.sub(_OWN, text))
        if "<<" in text:
            text = "\n".join(self._without_heredocs(text.split("\n")))
        words: list[str] = []
        start = self._line
        before = ""
        for kind, token, line in self._tokens(text):
            if kind == "word" and before in {">", ">>", ">&"}:
                before = ""
            elif kind == "word" and before == "<":
                self._name(self._value(token), line, How.OPENED)
                before = ""
            elif kind == "word":
                start = start if words else line
                words.append(token)
            elif token.startswith("<<"):
                self.markers[line] = None
            elif token in {"<", ">", ">>", "<&", ">&"}:
                before = token
            else:
                self._command(words, start)
                words, before = [], ""
        self._command(words, start)

    def _tokens(self, text: str) -> Iterator[tuple[str, str, int]]:
        line = self._line
        for found in _TOKEN.finditer(text):
            token = found.group()
            kind = str(found.lastgroup)
            if kind in {"word", "operator"}:
                yield kind, token, line
            line += self._step * token.count("\n")

    def _without_heredocs(self, rows: list[str]) -> Iterator[str]:
        """The rows of a text, those of heredocs empty: of them counts what looks like a file or a module."""
        ends: list[str] = []
        for number, row in enumerate(rows):
            line = self._line + self._step * number
            if ends:
                if row.strip() == ends[0]:
                    ends.pop(0)
                else:
                    self._inside(row, line)
                yield ""
                continue
            if not row.lstrip().startswith("#") and (ends := [found.group(2) for found in _HEREDOC.finditer(row)]):
                self.markers[line] = None
                row = _HEREDOC.sub("", row)
            yield row

    def _inside(self, row: str, line: int) -> None:
        for word in re.split(r"[\s'\"(),;=]+", row):
            self._mentions.text(word, line)
        for module in _INLINE_IMPORT.findall(row):
            self._mentions.add(module, line, How.MODULE)

    def _value(self, word: str) -> str:
        """A word without its quotes, with holes for variables that nothing in the text sets."""
        return "".join(self._piece(found) for found in _PIECE.finditer(word)) if not word.isalnum() else word

    def _piece(self, found: re.Match[str]) -> str:
        escaped, single, double, variable, _, _, bare = found.groups()
        if variable is not None:
            return self._variable(found, 5)
        if double is not None:
            return _VARIABLE.sub(self._variable, double) if "$" in double or "`" in double else double
        if bare is not None:
            return HOLE if bare == "$" else bare
        return str(single if single is not None else escaped)

    def _variable(self, found: re.Match[str], first: int = 1) -> str:
        return self._known.get(found.group(first) or found.group(first + 1) or "", HOLE)

    def _command(self, raw: list[str], line: int) -> None:
        words = [self._value(_whole(word)) for word in raw]
        position = 0
        while position < len(words) and self._leads(words[position], line):
            position += 1
        declares = any(word in _DECLARING for word in words[:position])
        words = words[position:]
        if not words or declares:
            return  # `export NAME` starts nothing
        program = words[0]
        if HOLE in program and not posixpath.basename(program).isidentifier():
            self.markers[line] = None
        self._name_if_path(program, line)
        if not self._tells_what_it_reads(program):
            self.markers[line] = None
        if program in _UNTELLING:
            self.markers[line] = None
        elif program in {"source", "."}:
            for word in words[1:2]:
                self._name(word, line, How.OPENED)
            return
        self._arguments(words, line)

    @staticmethod
    def _tells_what_it_reads(program: str) -> bool:
        """Whether a program reads what it is given and no more: a script, a plain tool, or a file of its own."""
        name = posixpath.basename(program)
        return (
            name in _PLAIN
            or (_SCRIPTED.match(name) is not None and name not in _BY_THEIR_OWN_FILES)
            or "/" in program
            or name.endswith(".sh")
            or program in {"source", "."}
        )

    def _leads(self, word: str, line: int) -> bool:
        if found := _ASSIGNMENT.match(word):
            name, value = found.groups()
            self._known[name] = value if not value.startswith("(") else HOLE
            self._name_if_path(value, line)
            return True
        return word in _LEADERS

    def _arguments(self, words: list[str], line: int) -> None:
        program = posixpath.basename(words[0])
        scripted = _SCRIPTED.match(program) is not None
        script = scripted and program not in {"make", "dvc", "ray"}
        rest = iter(words[1:])
        option = False
        for word in rest:
            after, option = option, word.startswith("-") and "=" not in word
            if word == "-m" and (scripted or script):
                module = next(rest, "")
                if HOLE in module:
                    self.markers[line] = None
                self._mentions.add(module if module.replace(".", "").isidentifier() else "", line, How.MODULE)
                script = module in {"torch.distributed.run", "torch.distributed.launch", "pdb", "cProfile", "coverage"}
            elif word == "-c" and script:
                for module in _INLINE_IMPORT.findall(next(rest, "").replace(_OWN, "")):
                    self._mentions.add(module, line, How.MODULE)
                script = False
            elif script and not word.startswith("-") and word not in {"launch", "run", "submit", "exec"}:
                self._name(word, line, How.PATH)
                script = program == "pytest" or (after and "/" not in word and "." not in word)  # the option's value
            else:
                if HOLE in word and program in _READING and not word.startswith("-"):
                    self._name(word, line, How.PATH)
                self._name_if_path(word, line)

    def _name_if_path(self, word: str, line: int) -> None:
        if word.startswith(_OWN):
            self._mentions.place(word[1:].lstrip("/"), line, How.BESIDE)
        elif _OWN not in word:
            self._mentions.path(word, line)

    def _name(self, word: str, line: int, how: How) -> None:
        """A word in the place of a file."""
        if HOLE in word and (word.startswith((HOLE, _OWN + HOLE)) or "/" not in word):
            self.markers[line] = None
        if word.startswith(_OWN):
            self._mentions.place(word[1:].lstrip("/"), line, How.BESIDE)
        elif (
            " " not in word
            and _OWN not in word
            and not word.startswith("-")
            and "://" not in word
            and not word.isdigit()
        ):
            self._mentions.place(word, line, how)


def _whole(word: str) -> str:
    return word.replace("\\\n", "")
