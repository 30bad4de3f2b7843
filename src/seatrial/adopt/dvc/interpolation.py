"""`${...}` as DVC 3 fills it in: what a text becomes, piece by piece, and where each piece is from.

Called by `stages` for everything that DVC interpolates. A filled text is not one string but its pieces: fixed text,
and values that have a name which Seatrial has too (a parameter of the main parameters file, an axis of a
matrix). So a command keeps following `params.yaml` after the conversion. Pure. Subtle: expressions are found by DVC's
own pattern, which does not nest; `\\${` is a literal `${`; and a text that is one expression alone keeps the type of
its value.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping
from typing import TypeAlias

from msgspec import Struct, field

_EXPRESSION = re.compile(r"(?<!\\)\${(?P<inner>.*?)}")
_WORD = r"[^.\[\]]+"
_INNER = re.compile(rf"{_WORD}(?:\.{_WORD}|\[{_WORD}\])*\Z")
_LONGEST_SHOWN = 60


class InterpolationError(Exception):
    """An expression that DVC would refuse, in words for the user."""


class Fixed(Struct, frozen=True):
    """Text that stays as it is."""

    text: str


class Live(Struct, frozen=True):
    """A value that goes on following its name: `head` is `params` or `matrix`."""

    head: str
    name: str
    text: str


Piece: TypeAlias = Fixed | Live
Pieces: TypeAlias = tuple[Piece, ...]


class Origin(Struct, frozen=True):
    """Where a value is from. `file` is None for what stands in dvc.yaml itself."""

    file: str | None = None
    name: tuple[str, ...] = ()


class Axis(Struct, frozen=True):
    """The value is that of one axis, or of several with `-` between."""

    names: tuple[str, ...]


class Use(Struct, frozen=True):
    """One value of a file that a text was filled with, and whether it stays live."""

    file: str
    name: str
    live: bool


class Context(Struct):
    """The values that expressions can name, and where each is from.

    `main` is the parameters file whose values stay live. `keep_dicts` are settings of DVC for mappings in a command.
    """

    values: dict[str, object] = field(default_factory=dict)
    origins: dict[tuple[str, ...], Origin | Axis] = field(default_factory=dict)
    main: str | None = None
    store_true: bool = True
    append_lists: bool = False

    def with_values(self, values: Mapping[str, object], origins: Mapping[tuple[str, ...], Origin | Axis]) -> Context:
        """A context in which these names stand for these values, whatever they stood for before."""
        kept = {path: origin for path, origin in self.origins.items() if path[0] not in values}
        return Context(
            values={**self.values, **values},
            origins={**kept, **origins},
            main=self.main,
            store_true=self.store_true,
            append_lists=self.append_lists,
        )

    def merge(self, values: Mapping[str, object], file: str | None) -> None:
        """Adds the values of a file or of an entry of `vars:`. Raises InterpolationError where two define one name."""
        self._merge(self.values, values, (), file)

    def _merge(
        self, into: dict[str, object], values: Mapping[str, object], path: tuple[str, ...], file: str | None
    ) -> None:
        for key, value in values.items():
            here, old = (*path, key), into.get(key)
            if isinstance(old, dict) and isinstance(value, dict):
                self._merge(old, value, here, file)
            elif key in into:
                raise InterpolationError(f"`{'.'.join(here)}` is defined twice")
            else:
                into[key] = _copied(value)
                self.origins[here] = Origin(file, here)

    def copy(self) -> Context:
        """One that can be added to."""
        return Context(
            values={key: _copied(value) for key, value in self.values.items()},
            origins=dict(self.origins),
            main=self.main,
            store_true=self.store_true,
            append_lists=self.append_lists,
        )

    def select(self, expression: str) -> tuple[object, Origin | Axis]:
        """The value that an expression names, and where it is from. Raises InterpolationError."""
        if not _INNER.match(expression):
            raise InterpolationError(f"`${{{expression[:_LONGEST_SHOWN]}}}` is no name of a value")
        parts = [part.strip() for part in expression.replace("[", ".").replace("]", "").split(".")]
        value: object = self.values
        path: list[str] = []
        for part in parts:
            if isinstance(value, dict) and part in value:
                value = value[part]
            elif isinstance(value, list) and _is_index(part, len(value)):
                value = value[int(part)]
            else:
                raise InterpolationError(
                    f"`${{{expression[:_LONGEST_SHOWN]}}}` names nothing: there is no `{part[:60]}`"
                )
            path.append(part)
        return value, self._origin(tuple(path))

    def _origin(self, path: tuple[str, ...]) -> Origin | Axis:
        for length in range(len(path), 0, -1):
            found = self.origins.get(path[:length])
            if isinstance(found, Axis):
                return found if length == len(path) else Origin()
            if found is not None:
                return Origin(found.file, (*found.name, *path[length:])) if found.file is not None else Origin()
        return Origin()


def _copied(value: object) -> object:
    return {key: _copied(inner) for key, inner in value.items()} if isinstance(value, dict) else value


def _is_index(part: str, length: int) -> bool:
    return re.fullmatch(r"-?[0-9]{1,9}", part) is not None and -length <= int(part) < length


def shown(value: object) -> str:
    """A value as DVC writes it into a text."""
    return ("true" if value else "false") if isinstance(value, bool) else str(value)


def expressions(text: str) -> Iterator[str]:
    """The expressions in a text."""
    return (found["inner"] for found in _EXPRESSION.finditer(text))


def fill(text: str, context: Context, uses: list[Use], *, command: bool = False) -> Pieces:
    """A text filled in; what it took from files is added to `uses`. Raises InterpolationError."""
    pieces: list[Piece] = []
    position = 0
    for found in _EXPRESSION.finditer(text):
        pieces.append(Fixed(text[position : found.start()].replace("\\${", "${")))
        value, origin = context.select(found["inner"])
        pieces += _pieces(value, origin, context, uses, found["inner"], command=command)
        position = found.end()
    pieces.append(Fixed(text[position:].replace("\\${", "${")))
    return joined(pieces)


def value_of(text: str, context: Context, uses: list[Use]) -> tuple[object, Origin | Axis]:
    """A value where DVC takes any: that of an expression that stands alone with its type, else filled text."""
    found = _EXPRESSION.fullmatch(text)
    if found is None or text.count("${") > 1:
        return plain(fill(text, context, uses)), Origin()
    value, origin = context.select(found["inner"])
    _note(origin, uses, live=False)
    return value, origin


def _pieces(
    value: object, origin: Origin | Axis, context: Context, uses: list[Use], inner: str, *, command: bool
) -> list[Piece]:
    if isinstance(value, dict) and command:
        return _arguments(value, origin, context, uses, inner)
    if isinstance(value, dict | list):
        kind = "a mapping" if isinstance(value, dict) else "a list"
        raise InterpolationError(f"`${{{inner[:_LONGEST_SHOWN]}}}` is {kind}, and only one value fits here")
    if isinstance(origin, Axis):
        return _of_axes(value, origin, context)
    return [_one(value, origin, context, uses, command=command)]


def _of_axes(value: object, axis: Axis, context: Context) -> list[Piece]:
    if len(axis.names) == 1:
        return [Live("matrix", axis.names[0], shown(value))]
    pieces: list[Piece] = []
    item = context.values.get("item")
    for name in axis.names:
        inner = item[name] if isinstance(item, dict) else item
        pieces += [Fixed("-"), Live("matrix", name, shown(inner))]
    return pieces[1:]


def _one(value: object, origin: Origin | Axis, context: Context, uses: list[Use], *, command: bool = True) -> Piece:
    """One value. Only commands can follow a parameter: paths of Seatrial know no `${params.NAME}`."""
    text = shown(value)
    live = (
        command
        and isinstance(origin, Origin)
        and origin.file is not None
        and origin.file == context.main
        and value is not None
        and not any("." in part or part.lstrip("-").isdigit() for part in origin.name)
        and text == _as_seatrial(value)
        and "\n" not in text
    )
    _note(origin, uses, live=live)
    return Live("params", ".".join(origin.name), text) if live and isinstance(origin, Origin) else Fixed(text)


def _as_seatrial(value: object) -> str:
    return repr(value) if isinstance(value, float) else shown(value)


def _note(origin: Origin | Axis, uses: list[Use], *, live: bool) -> None:
    if isinstance(origin, Origin) and origin.file is not None:
        uses.append(Use(origin.file, ".".join(origin.name), live))


def _arguments(
    values: dict[str, object], origin: Origin | Axis, context: Context, uses: list[Use], inner: str
) -> list[Piece]:
    """A mapping in a command becomes options: `--lr 0.1 --verbose`."""
    pieces: list[Piece] = []
    for name, value, at in _leaves(values, "", origin):
        option = f"--{name} "
        if isinstance(value, bool):
            _note(at, uses, live=False)
            negative = "" if context.store_true else f"--no-{name} "
            pieces.append(Fixed(option if value else negative))
        elif isinstance(value, str):
            quoted = shlex.quote(value)
            if quoted != value:
                _note(at, uses, live=False)
            pieces += [Fixed(option), _one(value, at, context, uses) if quoted == value else Fixed(quoted), Fixed(" ")]
        elif isinstance(value, list):
            _note(at, uses, live=False)
            pieces.append(Fixed(_listed(option, value, inner, append=context.append_lists)))
        else:
            pieces += [Fixed(option), _one(value, at, context, uses), Fixed(" ")]
    return _without_last_blank(list(joined(pieces)))


def _leaves(values: dict[str, object], prefix: str, origin: Origin | Axis) -> Iterator[tuple[str, object, Origin]]:
    file = origin.file if isinstance(origin, Origin) else None
    name = origin.name if isinstance(origin, Origin) else ()
    for key, value in values.items():
        at = Origin(file, (*name, key) if file is not None else ())
        if isinstance(value, dict) and value:
            yield from _leaves(value, f"{prefix}{key}.", at)
        elif not isinstance(value, dict):
            yield f"{prefix}{key}", value, at


def _listed(option: str, values: list[object], inner: str, *, append: bool) -> str:
    text = ""
    for index, value in enumerate(values):
        if isinstance(value, dict | list):
            raise InterpolationError(f"`${{{inner[:_LONGEST_SHOWN]}}}` holds a list in a list, or a mapping in a list")
        word = shlex.quote(value) if isinstance(value, str) else str(value)
        text += f"{option}{word} " if append or index == 0 else f"{word} "
    return text


def _without_last_blank(pieces: list[Piece]) -> list[Piece]:
    if pieces and isinstance(pieces[-1], Fixed):
        pieces[-1] = Fixed(pieces[-1].text.rstrip())
    return pieces


def joined(pieces: list[Piece]) -> Pieces:
    """Neighbouring fixed texts as one, empty ones left out."""
    found: list[Piece] = []
    for piece in pieces:
        last = found[-1] if found else None
        if isinstance(piece, Fixed) and isinstance(last, Fixed):
            found[-1] = Fixed(last.text + piece.text)
        elif piece != Fixed(""):
            found.append(piece)
    return tuple(found)


def plain(pieces: Pieces) -> str:
    """The text as DVC would have it."""
    return "".join(piece.text for piece in pieces)
