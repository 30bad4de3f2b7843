"""Hand-written maps from names to path prefixes, as other systems keep them, read to be linted.

Two forms: `steps:` with `label` and `source_file_dependencies` (groups of steps in one another are fine), and plain
`name: [prefix, ...]`. All else in such a file is left alone.
"""

from __future__ import annotations

from collections.abc import Iterator

from seatrial.config.source import KeyPath, Source
from seatrial.config.yaml_source import parse_yaml
from seatrial.errors import ConfigError, Place
from seatrial.pipeline.lint_map import Entry, Prefix

_STEPS, _LABEL, _PATHS = "steps", "label", "source_file_dependencies"


def read_map(data: bytes, file: str) -> tuple[Entry, ...]:
    """The entries of a map. Raises ConfigError for what is none."""
    source = parse_yaml(data, file)
    value = source.value
    if isinstance(value, dict) and isinstance(value.get(_STEPS), list):
        found = tuple(_steps(source, value[_STEPS], (_STEPS,)))
    elif isinstance(value, list):
        found = tuple(_steps(source, value, ()))
    elif isinstance(value, dict):
        found = tuple(_plain(source, value))
    else:
        found = ()
    if not found:
        raise ConfigError(
            f"{file} is no map from names to paths",
            place=Place(file=file),
            next_step=f"write `name: [path, ...]`, or `{_STEPS}:` with `{_LABEL}` and `{_PATHS}`",
        )
    return found


def _steps(source: Source, steps: list[object], path: KeyPath) -> Iterator[Entry]:
    for number, step in enumerate(steps):
        if not isinstance(step, dict):
            continue
        here = (*path, number)
        label, paths = step.get(_LABEL), step.get(_PATHS)
        if isinstance(label, str) and isinstance(paths, list):
            yield _entry(source, label, paths, (*here, _PATHS), (*here, _LABEL))
        inside = step.get(_STEPS)
        if isinstance(inside, list):
            yield from _steps(source, inside, (*here, _STEPS))


def _plain(source: Source, value: dict[str, object]) -> Iterator[Entry]:
    for name, paths in value.items():
        if isinstance(paths, str):
            yield Entry(name=name, prefixes=(_prefix(source, paths, (name,)),), place=_place(source, (name,)))
        elif isinstance(paths, list):
            yield _entry(source, name, paths, (name,), (name,))


def _entry(source: Source, name: str, paths: list[object], path: KeyPath, at: KeyPath) -> Entry:
    prefixes = tuple(
        _prefix(source, text, (*path, number)) for number, text in enumerate(paths) if isinstance(text, str)
    )
    return Entry(name=name, prefixes=prefixes, place=_place(source, at))


def _prefix(source: Source, text: str, path: KeyPath) -> Prefix:
    return Prefix(text=text, place=_place(source, path))


def _place(source: Source, path: KeyPath) -> Place:
    place = source.place(path, at_key=True)
    return Place(file=place.file, line=place.line)
