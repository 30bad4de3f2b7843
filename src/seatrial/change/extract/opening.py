"""What a call in a Python file opens, lists or starts.

Pure. What is opened by a name that cannot be told leaves no mention and no marker: most files of data are named on
a command line, and a stage declares those.
"""

from __future__ import annotations

import ast
import posixpath
import re
from collections.abc import Callable, Mapping

from seatrial.change.extract.folding import Place, chain
from seatrial.change.extract.found import Found
from seatrial.change.extract.shell import read_commands
from seatrial.change.extract.texts import HOLE
from seatrial.change.facts import Computed, How

_METHODS = frozenset({"read_text", "read_bytes", "open"})
_OPENERS = (
    "open", "open_code", "load", "loads_from", "loadtxt", "genfromtxt", "fromfile", "memmap", "imread", "load_file",
    "safe_open", "load_workbook", "File", "ZipFile", "from_file", "from_csv", "from_json", "from_json_file",
    "load_dataset", "load_from_disk", "read_text", "read_bytes", "parse_file", "FileSystemLoader", "CDLL",
    "load_library", "from_pretrained",
)  # fmt: skip
_KEYWORDS = frozenset({
    "file", "path", "filename", "fname", "filepath", "filepath_or_buffer", "source", "io", "f", "data_files",
    "config_path",
})  # fmt: skip
_STARTERS = ("run", "Popen", "call", "check_call", "check_output", "getoutput", "getstatusoutput", "system", "popen",
             "create_subprocess_exec", "create_subprocess_shell", "execv", "execve", "execvp", "execl", "execlp",
             "spawnv", "spawnl", "posix_spawn", "startfile")  # fmt: skip
_STARTING = frozenset({"subprocess", "os", "asyncio", "commands", "psutil"})
_INTERPRETERS = re.compile(r"(?:python[\d.]*|bash|sh|zsh|torchrun|accelerate|deepspeed|mpirun|env|uv|poetry)\Z")
_RESOURCES = ("get_data", "read_binary", "open_text", "open_binary", "resource_filename", "resource_string",
              "resource_stream", "resource_listdir", "is_resource", "contents")  # fmt: skip

Reader = Callable[[ast.Call, str], None]


class Opening:
    """Reads calls that open, list or start something."""

    def __init__(self, found: Found) -> None:
        self._found = found

    def readers(self) -> Mapping[str, Reader]:
        """What to do with a call of a function of this name."""
        by_name: dict[str, Reader] = dict.fromkeys(_OPENERS, self.open)
        by_name |= dict.fromkeys(("glob", "iglob", "rglob"), self._glob)
        by_name |= dict.fromkeys(
            ("listdir", "scandir", "walk", "iterdir", "copytree", "ImageFolder", "fwalk"), self._list
        )
        by_name |= dict.fromkeys(
            ("Path", "PurePath", "PosixPath", "UPath", "join", "joinpath", "with_name"), self._path
        )
        by_name |= dict.fromkeys(_STARTERS, self._start)
        by_name |= dict.fromkeys(_RESOURCES, self._resource)
        return by_name | {"files": self._files}

    def open(self, node: ast.Call, _: str) -> None:
        """A call that reads a file named by its first argument, or that is a method of a path."""
        of = node.func.value if isinstance(node.func, ast.Attribute) and node.func.attr in _METHODS else None
        if of is not None and (place := self._found.folder.fold(of)) and (place.beside or place.text.strip("./")):
            if not _writes(node, 0):
                self._found.take(of)
                self._found.put(place, node.lineno, How.OPENED)
            return
        asked = [*node.args[:1], *(word.value for word in node.keywords if word.arg in _KEYWORDS)]
        if not _writes(node, 1):
            for one in asked:
                self._found.place(one, node.lineno, How.OPENED)

    def _glob(self, node: ast.Call, name: str) -> None:
        pattern = self._found.folder.text(node.args[0]) if node.args else HOLE
        if name.startswith("glob."):
            if node.args:
                self._found.place(node.args[0], node.lineno, How.FOLDER)
            return
        of = self._found.folder.fold(node.func.value) if isinstance(node.func, ast.Attribute) else None
        if of is None or (not of.beside and not of.text.strip("./")):
            return
        deep = "**/" if name.endswith("rglob") else ""
        self._listed(node, of, deep + pattern.replace(HOLE, "*"))

    def _list(self, node: ast.Call, name: str) -> None:
        last = name.rpartition(".")[2]
        asked = node.func.value if last == "iterdir" and isinstance(node.func, ast.Attribute) else None
        if asked is None and name in {"os.walk", "os.listdir", "os.scandir", "os.fwalk"} and not node.args:
            return
        asked = asked or (node.args[0] if node.args else None)
        of = self._found.folder.fold(asked)
        if last == "walk" and isinstance(node.func, ast.Attribute) and (of is None or name.startswith(".")):
            of = self._found.folder.fold(node.func.value)
        if of is not None and of.beside:
            self._listed(node, of, "**/*" if last in {"walk", "fwalk", "copytree", "ImageFolder"} else "*")
        elif of is not None and asked is not None:
            self._found.place(asked, node.lineno, How.FOLDER)

    def _listed(self, node: ast.Call, of: Place, pattern: str) -> None:
        text = f"{of.text}/{pattern}" if of.text else pattern
        self._found.put(Place(text, of.beside), node.lineno, How.FOLDER)

    def _path(self, node: ast.Call, name: str) -> None:
        if name.endswith("join") and not name.endswith("path.join") and name != "osp.join":
            return
        self._found.place(node, node.lineno, How.PATH)

    def _files(self, node: ast.Call, name: str) -> None:
        if name in {"importlib.resources.files", "importlib_resources.files"} and node.args:
            self._module(node.args[0])

    def _module(self, asked: ast.expr) -> None:
        text = self._found.folder.text(asked)
        if HOLE not in text:
            self._found.mentions.add(text, asked.lineno, How.MODULE)

    def _resource(self, node: ast.Call, _: str) -> None:
        if not node.args:
            return
        self._module(node.args[0])
        rest = [self._found.folder.text(one) for one in node.args[1:2]]
        for one in node.args[1:2]:
            self._found.take(one)
        if chain(node.args[0]) in {"__name__", "__package__"}:
            self._found.put(Place("/".join(rest), beside=True), node.lineno, How.BESIDE)
        else:
            package = self._found.folder.text(node.args[0]).partition(":")[0].replace(".", "/")
            self._found.put(Place("/".join([package, *rest])), node.lineno, How.OPENED)

    def _start(self, node: ast.Call, name: str) -> None:
        if name.partition(".")[0] not in _STARTING:
            return
        first = node.args[0] if node.args else next((one.value for one in node.keywords if one.arg == "args"), None)
        words: list[ast.expr] | None = None
        if name.endswith("_exec"):
            words = node.args
        elif name.startswith("os.spawn"):
            first = node.args[1] if len(node.args) > 1 else None
        while isinstance(first, ast.BinOp) and not isinstance(first.left, ast.Constant | ast.JoinedStr):
            first = first.left
        if isinstance(first, ast.Call) and (text := _split(first)) is not None:
            first = text
        if isinstance(first, ast.List | ast.Tuple):
            words = first.elts
        if words is not None:
            if self._computed_program([self._word(one) for one in words]):
                self._found.mark(node.lineno, Computed.RUN)
            return
        text_place = self._found.folder.fold(first)
        if text_place is None or text_place.text.startswith(HOLE):
            self._found.mark(node.lineno, Computed.RUN)
        elif not text_place.beside:
            commands = read_commands(text_place.text.replace(HOLE, "$_"), node.lineno, self._found.mentions)
            if commands:
                self._found.mark(node.lineno, Computed.RUN)

    def _word(self, node: ast.expr) -> str:
        if chain(node) == "sys.executable":
            return "python"
        place = self._found.folder.fold(node)
        return HOLE if place is None else place.text.strip() if not place.beside else "beside"

    def _computed_program(self, words: list[str]) -> bool:
        for word in words:
            if HOLE in word and not word.startswith("-"):
                return True
            if word.startswith("-") or _INTERPRETERS.match(posixpath.basename(word)) or word in {"launch", "-m"}:
                continue
            return False
        return not words


def _split(node: ast.Call) -> ast.expr | None:
    """The text in `shlex.split(text)` and `text.split()`."""
    if chain(node.func) in {"shlex.split", "split"} and node.args:
        return node.args[0]
    if isinstance(node.func, ast.Attribute) and node.func.attr == "split":
        return node.func.value
    return None


def _writes(node: ast.Call, position: int) -> bool:
    """Whether a file is opened to be made anew."""
    given = node.args[position : position + 1] + [word.value for word in node.keywords if word.arg == "mode"]
    modes = [one.value for one in given if isinstance(one, ast.Constant) and isinstance(one.value, str)]
    return any(len(mode) < 4 and set(mode) & set("wxa") and "+" not in mode for mode in modes)
