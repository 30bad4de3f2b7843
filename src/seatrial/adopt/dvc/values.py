"""The values that DVC's templates name: `params.yaml`, files under `vars:`, and values that stand in `dvc.yaml`.

Called by `stages`. Reads nothing itself: the caller brings a function from a path to the bytes there. Pure. Subtle: DVC
loads the default file `params.yaml` beside each dvc.yaml without being asked, a file that is named twice counts
once, and a name that two sources define is a mistake and never a matter of order.
"""

from __future__ import annotations

import ast
import json
import posixpath
import tomllib
from collections.abc import Callable, Iterable, Mapping

from msgspec import Struct, field

from seatrial.adopt.dvc.document import VarsEntry
from seatrial.adopt.dvc.interpolation import Context, InterpolationError, expressions
from seatrial.adopt.dvc.loose_yaml import parse_loose
from seatrial.errors import ConfigError, Place

DEFAULT_FILE = "params.yaml"

Reader = Callable[[str], bytes | None]
"""The bytes of a file by its path in the repository, None where there is none. Raises OutsideError."""


class Loaded(Struct):
    """A context being filled: which names of which files are in it already; None for all of a file."""

    context: Context
    files: dict[str, set[str] | None] = field(default_factory=dict)

    def copy(self) -> Loaded:
        return Loaded(
            self.context.copy(), {file: None if names is None else set(names) for file, names in self.files.items()}
        )


def parse_values(data: bytes, file: str) -> Mapping[str, object]:
    """The values of a parameters file, by its suffix as DVC tells formats apart. Raises ConfigError."""
    suffix = posixpath.splitext(file)[1].lower()
    try:
        if suffix == ".json":
            found: object = json.loads(data)
        elif suffix == ".toml":
            found = tomllib.loads(data.decode())
        elif suffix == ".py":
            found = _of_python(ast.parse(data).body)
        else:
            found = parse_loose(data, file).value
    except (ValueError, SyntaxError, RecursionError) as error:
        raise ConfigError(
            f"{file} cannot be read: {error}", place=Place(file=file), next_step="correct it first"
        ) from None
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise ConfigError(f"{file} holds no mapping of values", place=Place(file=file), next_step="correct it first")
    return found


def _of_python(body: Iterable[ast.stmt]) -> dict[str, object]:
    """Names with plain values, and those in classes: what DVC takes from a parameters file in Python."""
    found: dict[str, object] = {}
    for statement in body:
        match statement:
            case (
                ast.Assign(targets=[ast.Name(id=name)], value=value)
                | ast.AnnAssign(target=ast.Name(id=name), value=value)
            ):
                try:
                    plain = ast.literal_eval(value) if value is not None else None
                except ValueError:
                    continue
                if value is not None:
                    found[name] = list(plain) if isinstance(plain, tuple | set) else plain
            case ast.ClassDef(name=name, body=inner):
                found[name] = _of_python(inner)
            case _:
                pass
    return found


def load_defaults(folder: str, entries: Iterable[VarsEntry], read: Reader, context: Context) -> Loaded:
    """What the templates of one dvc.yaml can name. Raises ConfigError."""
    loaded = Loaded(context)
    default = posixpath.join(folder, DEFAULT_FILE)
    if read(default) is not None:
        _add_file(loaded, DEFAULT_FILE, folder, read, Place(file=default))
    return add_entries(loaded, entries, folder, read)


def add_entries(loaded: Loaded, entries: Iterable[VarsEntry], folder: str, read: Reader) -> Loaded:
    """The context with the entries of a `vars:` added; `folder` is what paths in it start from. Raises ConfigError."""
    for entry in entries:
        _refuse_templates(entry)
        if entry.file is not None:
            _add_file(loaded, entry.file.text, folder, read, entry.place)
            continue
        _merge(loaded.context, entry.values, None, entry.place)
    return loaded


def _refuse_templates(entry: VarsEntry) -> None:
    texts = [entry.file.text] if entry.file is not None else list(_texts(entry.values))
    if any(True for text in texts for _ in expressions(text)):
        raise ConfigError("`${...}` cannot stand in `vars`", place=entry.place, next_step="write the value itself")


def _texts(value: object) -> Iterable[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _texts(key)
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)


def _add_file(loaded: Loaded, text: str, folder: str, read: Reader, place: Place) -> None:
    name, _, listed = text.partition(":")
    path = posixpath.normpath(posixpath.join(folder, name))
    wanted = [key for key in listed.split(",") if key]
    if path in loaded.files:
        before = loaded.files[path]
        if not wanted and before is None:
            return
        if before is None or not wanted or set(wanted) & before:
            raise ConfigError(f"{path} is loaded twice", place=place, next_step="name it once")
    data = read(path)
    if data is None:
        raise ConfigError(f"there is no file {path}", place=place, next_step="correct the path")
    values = parse_values(data, path)
    missing = [key for key in wanted if key not in values]
    if missing:
        raise ConfigError(f"{path} has no `{missing[0]}`", place=place, next_step="correct the name")
    _merge(loaded.context, {key: values[key] for key in wanted} if wanted else values, path, place)
    before = loaded.files.get(path)
    loaded.files[path] = {*(before or ()), *wanted} if wanted else None


def _merge(context: Context, values: Mapping[str, object], file: str | None, place: Place) -> None:
    try:
        context.merge(values, file)
    except InterpolationError as error:
        raise ConfigError(str(error), place=place, next_step="DVC refuses this too; rename one of the two") from None
