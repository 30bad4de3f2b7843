"""`.dvc` files and `.dvc/config`: what is said of data that DVC keeps, and of DVC's settings.

Called by `project`. Seatrial reads `.dvc` pointers itself where a dep has one beside it (docs/reference/inputs.md), so
nothing is converted; what it does not read (files of DVC 2, stages of old, imports that are updated) is named. Pure.
"""

from __future__ import annotations

import configparser
from collections.abc import Iterable

from msgspec import Struct

from seatrial.adopt.dvc.grammar import Fate
from seatrial.adopt.dvc.loose_yaml import parse_loose
from seatrial.adopt.dvc.saying import Sayings
from seatrial.config.node import Node, Notes
from seatrial.config.source import Source
from seatrial.errors import ConfigError, Place

CONFIG = ".dvc/config"


class Settings(Struct, frozen=True, kw_only=True):
    """What changes how a command is filled in."""

    store_true: bool = True
    append_lists: bool = False


def tell_pointer(data: bytes, file: str, said: Sayings) -> None:
    """What is said of one `.dvc` file."""
    try:
        source = parse_loose(data, file)
    except ConfigError as error:
        place = error.problems[0].place or Place(file=file)
        said.say(".dvc", Fate.LEFT, f"{file} cannot be read: {error}", "correct it, or take it away", place)
        return
    root = Node(source, (), source.value, Notes())
    if not isinstance(source.value, dict):
        said.say(".dvc", Fate.LEFT, f"{file} holds no mapping", "take it away", Place(file=file, line=1, column=1))
        return
    if (cmd := root.child("cmd")) is not None:
        said.say(
            ".dvc cmd", Fate.LEFT, f"{file} is a stage of DVC 0", "write it as a stage of seatrial.yaml", cmd.key_place
        )
    if (deps := root.child("deps")) is not None and cmd is None:
        said.say(
            ".dvc deps",
            Fate.LEFT,
            f"{file} imports its data: `dvc update` is not carried over",
            "the data counts by the pointer; run `dvc update` by hand and commit it",
            deps.key_place,
        )
    outs = root.child("outs")
    for entry in () if outs is None or not isinstance(outs.value, list) else outs.entries("outs"):
        if isinstance(entry.value, dict) and "md5" in entry.value and entry.value.get("hash") != "md5":
            said.say(
                ".dvc outs",
                Fate.NOTED,
                f"{file} was written by DVC 2: its data counts by its bytes, and must be there",
                "dvc cache migrate --dvc-files",
                entry.place,
            )


def read_settings(data: bytes | None, said: Sayings) -> Settings:
    """The settings that matter, with what is said of the others."""
    if data is None:
        return Settings()
    parser = configparser.RawConfigParser(strict=False)
    try:
        text = data.decode()
        parser.read_string(text)
    except (UnicodeDecodeError, configparser.Error):
        said.say(CONFIG, Fate.LEFT, f"{CONFIG} cannot be read", "correct it", Place(file=CONFIG, line=1, column=1))
        return Settings()
    for section in parser.sections():
        place = Place(file=CONFIG, line=_line(text, section), column=1)
        name = section.strip("'")
        if name.startswith("remote"):
            _tell_remote(name, parser.get(section, "url", fallback=""), place, said)
        elif name == "hydra" and parser.get(section, "enabled", fallback="").lower() == "true":
            said.say(
                "hydra",
                Fate.LEFT,
                "composing parameters with Hydra is not carried over",
                "commit the composed params.yaml, or let the program compose it",
                place,
            )
    return Settings(
        store_true=parser.get("parsing", "bool", fallback="store_true") != "boolean_optional",
        append_lists=parser.get("parsing", "list", fallback="nargs") == "append",
    )


def _line(text: str, section: str) -> int:
    return next((number for number, line in enumerate(text.splitlines(), 1) if line.strip() == f"[{section}]"), 1)


def _tell_remote(name: str, url: str, place: Place, said: Sayings) -> None:
    shown = name.removeprefix("remote").strip().strip('"')
    example = url if url.startswith("s3://") and "@" not in url else "s3://BUCKET/PREFIX"
    said.say(
        "remote",
        Fate.NOTED,
        f"the remote `{shown}` goes on serving `dvc pull`; results of stages are not pushed there",
        f"to share them: `cache: {{remote: {example.rstrip('/')}{'-seatrial' if example == url else ''}}}`",
        place,
    )


def tell_beside(files: Iterable[str], said: Sayings) -> None:
    """Other files of DVC's."""
    for file in files:
        last = file.rsplit("/", 1)[-1]
        place = Place(file=file, line=1, column=1)
        if last == "dvc.lock":
            said.say(
                "dvc.lock",
                Fate.LEFT,
                f"{file} is not needed: results are known by their inputs",
                "run once to fill the cache; then `dvc repro` and Seatrial do not know of each other's results",
                place,
            )
        elif last == ".dvcignore":
            said.say(
                ".dvcignore",
                Fate.LEFT,
                f"{file} is not read: all files of a dep that is a folder count",
                "depend on the files themselves, or on a pattern such as data/*.csv",
                place,
            )


def is_empty(source: Source) -> bool:
    """Whether a dvc.yaml holds nothing."""
    return source.value is None or source.value == {}
