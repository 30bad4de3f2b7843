"""Texts in YAML, JSON, TOML and INI files that name modules or files, with their lines.

Pure. A configuration is only text: nothing here resolves tags, expands aliases or refuses anything, and a file that
cannot be parsed (a template, JSON with comments, a file of data too large to be worth it) is read by words instead.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator

import yaml

from seatrial.change.extract.shell import read_commands
from seatrial.change.extract.texts import HOLE, Mentions
from seatrial.change.facts import Facts, How, LinkFacts, Marker

PARSED = 1 << 20
"""What is larger is read by words."""

_COMMANDS = frozenset({"cmd", "command", "commands", "run", "script", "before_script", "after_script", "shell", "args",
                       "entrypoint", "exec", "setup", "entry", "start", "test", "build"})  # fmt: skip
_ENTRY = re.compile(r"[^\W\d]\w*(?:\.\w+)*:[^\W\d]\w*(?:\.\w+)*\Z")
_ENTRY_TABLES = ("scripts", "entry-points", "gui-scripts", "entry_points", "plugins", "console_scripts")
_MODULE_KEYS = frozenset({"_target_", "class_path", "module", "target", "import", "class_name", "cls"})
_WORD = re.compile(r"[^\s'\"`,;()<>|=]+")
_TELLING = re.compile(r"[./: ]")
_TEMPLATE = re.compile(r"\{\{[^{}]*\}\}|\{%[^{}]*%\}")
_DEPTH = 100
_ROW = 8192
"""A longer row of TOML is read by words: a dotted key takes the square of its length to parse."""
_MISSES = 50
"""After so many texts that are not written as expected, lines are no longer searched for."""
_ITEM = re.compile(r"(?:override\s+)?(?:optional\s+)?(/?[^\s@]+)(?:@\S*)?\Z")


class _Reader:
    def __init__(self) -> None:
        self.mentions = Mentions()
        self.markers: list[Marker] = []

    def facts(self) -> Facts:
        return Facts(LinkFacts(mentions=self.mentions.tuple(), markers=tuple(dict.fromkeys(self.markers))))

    def value(self, key: str, text: str, line: int, step: int = 0) -> None:
        """A text under a key; `step` is 1 where the lines of the text are lines of the file."""
        if len(text) > 20_000:
            return
        if key in _COMMANDS and (" " in text or "\n" in text):
            self.markers += read_commands(text, line, self.mentions, step=step)
        elif " " in text or "\n" in text:
            self.words(text, line, step)
        elif key in _MODULE_KEYS and text.isidentifier():
            self.mentions.add(text, line, How.MODULE)
        else:
            self.mentions.text(text, line)

    def words(self, text: str, line: int, step: int = 1) -> None:
        """The words of a text that was not parsed."""
        for number, row in enumerate(text.split("\n")):
            for word in _WORD.findall(_TEMPLATE.sub(HOLE, row) if "{" in row else row):
                self.mentions.text(word.strip("[]:{}") if HOLE not in word else word.strip(":"), line + step * number)


def read_yaml(data: bytes) -> Facts:
    """What a YAML file names."""
    reader = _Reader()
    text = data.decode("utf-8-sig", "replace")
    if len(data) > PARSED or not _read_events(text, reader):
        reader.words(text, 1)
    return reader.facts()


class _Level:
    """Where in a YAML document its events are."""

    def __init__(self, mapping: bool, key: str) -> None:
        self.mapping = mapping
        self.key = key
        """That of the mapping's next value, or under which the list stands."""
        self.on_key = mapping


def _read_events(text: str, reader: _Reader) -> bool:
    levels: list[_Level] = []
    try:
        for event in yaml.parse(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
            if isinstance(event, yaml.ScalarEvent):
                _scalar(event, levels, reader)
            elif isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
                key = levels[-1].key if levels else ""
                _passed(levels)
                if len(levels) > _DEPTH:
                    return False
                levels.append(_Level(isinstance(event, yaml.MappingStartEvent), key))
            elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
                levels.pop()
            elif isinstance(event, yaml.AliasEvent):
                _passed(levels)
    except (yaml.YAMLError, ValueError, RecursionError, MemoryError):
        return False
    return True


def _passed(levels: list[_Level]) -> None:
    """A key or a value of the innermost mapping has been read."""
    if levels and levels[-1].mapping:
        levels[-1].on_key = not levels[-1].on_key


def _scalar(event: yaml.ScalarEvent, levels: list[_Level], reader: _Reader) -> None:
    line = event.start_mark.line + 1 if event.start_mark else 1
    top = levels[-1] if levels else None
    if top is not None and top.mapping and top.on_key:
        if not (in_defaults := _in_defaults(levels)):
            reader.mentions.path(event.value, line)
        top.key = event.value if not in_defaults else f"{HOLE}{event.value}"
    elif top is not None and (_in_defaults(levels) or top.key.startswith(HOLE)):
        _default(top.key.removeprefix(HOLE) if top.mapping or len(levels) > 2 else "", event.value, line, reader)
    else:
        block = event.style in {"|", ">"}
        reader.value(top.key if top else "", event.value, line + block, int(block))
    _passed(levels)


def _in_defaults(levels: list[_Level]) -> bool:
    """Whether the events are in the `defaults:` list of a Hydra configuration."""
    return 1 < len(levels) < 4 and levels[0].mapping and not levels[1].mapping and levels[1].key == "defaults"


def _default(group: str, value: str, line: int, reader: _Reader) -> None:
    found = _ITEM.match(group) if group else None
    name = value.partition("@")[0] if not group else value
    if name in {"_self_", "", "null", "~", "???"}:
        return
    stem = (f"{found.group(1)}/{name}" if found else name).lstrip("/")
    stem = re.sub(r"\$\{[^}]*\}", HOLE, stem)
    stem = stem if stem.endswith((".yaml", ".yml")) else f"{stem}.yaml"
    reader.mentions.place(stem, line, How.BESIDE)
    if group.lstrip("overid ptnal").startswith("/") or value.startswith("/"):
        reader.mentions.place(f"../{stem}", line, How.BESIDE)


def read_json(data: bytes) -> Facts:
    """What a JSON file names."""
    reader = _Reader()
    text = data.decode("utf-8-sig", "replace")
    try:
        value = json.loads(text) if len(data) <= PARSED else None
    except (ValueError, RecursionError, MemoryError):
        value = None
    if value is None:
        reader.words(text, 1)
    else:
        _place_all(_texts(value), text, reader, escaped=True)
    return reader.facts()


def read_toml(data: bytes) -> Facts:
    """What a TOML file names."""
    reader = _Reader()
    text = data.decode("utf-8-sig", "replace").replace("\r\n", "\n")
    try:
        parsed = len(data) <= PARSED and max(map(len, text.split("\n"))) <= _ROW
        value = tomllib.loads(text) if parsed else None
    except (ValueError, RecursionError, MemoryError):
        value = None
    if value is None:
        reader.words(text, 1)
    else:
        _place_all(_texts(value), text, reader, escaped=False)
    return reader.facts()


def read_ini(data: bytes) -> Facts:
    """What an INI file names, above all a `setup.cfg`."""
    reader = _Reader()
    section = ""
    for number, row in enumerate(data.decode("utf-8-sig", "replace").split("\n"), 1):
        if row.startswith("["):
            section = row.strip("[] \r\t")
            continue
        if row.lstrip().startswith(("#", ";")):
            continue
        value = row.partition("=")[2].strip() or row.strip()
        if any(table in section for table in _ENTRY_TABLES) and _ENTRY.match(value.partition(" ")[0]):
            reader.mentions.add(value.partition(" ")[0], number, How.MODULE)
        else:
            reader.words(row, number)
    return reader.facts()


def _texts(value: object) -> Iterator[tuple[str, str, bool]]:
    """All texts of a document in order, each with its key and whether it stands in a table of entry points."""
    pending: list[tuple[str, object, bool]] = [("", value, False)]
    while pending:
        key, one, entry = pending.pop()
        if isinstance(one, str):
            yield key, one, entry
        elif isinstance(one, dict):
            inner = entry or key in _ENTRY_TABLES
            pending += [(str(name), inside, inner) for name, inside in reversed(one.items())]
        elif isinstance(one, list):
            pending += [(key, inside, entry) for inside in reversed(one)]


def _place_all(texts: Iterator[tuple[str, str, bool]], source: str, reader: _Reader, *, escaped: bool) -> None:
    """Read all texts, each on the line on which it is found when searched for from the one before."""
    position, line, misses = 0, 1, 0
    for key, text, entry in texts:
        if not text or (key not in _MODULE_KEYS and not _TELLING.search(text)):
            continue
        written = json.dumps(text, ensure_ascii=False) if escaped else text.partition("\n")[0]
        at = source.find(written, position) if misses < _MISSES else -1
        if at < 0 and escaped and misses < _MISSES:
            at = source.find(json.dumps(text), position)
        if at >= 0:
            line += source.count("\n", position, at)
            position = at
        else:
            misses += 1
        if entry and _ENTRY.match(text):
            reader.mentions.add(text, line, How.MODULE)
        else:
            reader.value(key, text, line, step=0 if escaped else 1)


READERS = {"yaml": read_yaml, "json": read_json, "toml": read_toml, "ini": read_ini}
"""The readers by kind of file."""
