"""Parameters: one nested mapping, named from everywhere by dotted path.

Called by `load`. Reads the parameters file, applies `--set-param`, and checks the overlays of
tiers against it. What is subtle: an overlay may not change a number into text or the like, since
a misread value (`0,1`, `1e-3s`) would otherwise train a model on something nobody meant.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec import Struct

from seatrial.config.node import Node, Notes, kind, suggestion
from seatrial.config.scalars import Scalar, resolve
from seatrial.config.source import KeyPath, Source
from seatrial.config.yaml_source import parse_yaml
from seatrial.errors import ConfigError, Place

SET_PARAM = "--set-param"


class Parameters(Struct, frozen=True, kw_only=True):
    """The effective values, and where each came from.

    `names` holds every dotted name, of subtrees too, with its value. `usable` is False when the
    file could not be read.
    """

    values: Mapping[str, object]
    names: Mapping[str, object]
    source: Source | None = None
    overrides: Mapping[str, Scalar]
    usable: bool = True

    @property
    def places(self) -> Mapping[str, Place]:
        """Where each name stands in the file; those set on the command line stand nowhere."""
        if self.source is None:
            return {}
        given = self.names.keys() - self.overrides.keys()
        return {name: self.source.place(tuple(name.split(".")), at_key=True) for name in given}

    def where(self, name: str) -> str:
        """Where a leaf's value came from."""
        if name in self.overrides or self.source is None:
            return SET_PARAM
        return self.source.where(tuple(name.split(".")))


def leaves(values: Mapping[str, object]) -> Iterator[tuple[str, object]]:
    """Dotted names and values of everything that is not a subtree."""
    return ((name, value) for name, value in _names(values) if not isinstance(value, dict))


def _names(values: Mapping[str, object], prefix: str = "") -> Iterator[tuple[str, object]]:
    for key, value in values.items():
        yield f"{prefix}{key}", value
        if isinstance(value, dict):
            yield from _names(value, f"{prefix}{key}.")


def read_parameters(source: Source | None, set_params: Mapping[str, str], notes: Notes) -> Parameters:
    """The parameters of a file with `--set-param` applied; mistakes are noted."""
    if source is not None:
        _check_keys(source, source.value, (), notes)
    values: Mapping[str, object] = source.value if source is not None and isinstance(source.value, dict) else {}
    names = dict(_names(values))
    overrides: dict[str, Scalar] = {}
    for name, text in set_params.items():
        place = Place(key=f"{SET_PARAM} {name}")
        if name not in names:
            notes.add(f"there is no parameter `{name}`", place, suggestion(name, names, "parameters"))
            continue
        try:
            value = _scalar(text)
        except ConfigError as error:
            notes.add(f"the value of {name} cannot be read: {error}", place, "put the value in quotes")
            continue
        if not same_kind(names[name], value):
            step = f"text that looks like something else needs quotes: {SET_PARAM} '{name}=\"{text}\"'"
            notes.add(f"{name} is {kind(names[name])} and {text!r} is {kind(value)}", place, step)
            continue
        overrides[name] = value
        values = _with(values, tuple(name.split(".")), value)
    return Parameters(values=values, names=dict(_names(values)), source=source, overrides=overrides)


def _check_keys(source: Source, value: object, path: KeyPath, notes: Notes) -> None:
    """Dots in a key would make `${params.a.b}` mean two things."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if not key or "." in key or not key.isprintable():
                place = source.place((*path, key), at_key=True)
                notes.add(f"{key!a} cannot name a parameter", place, "nest mappings instead of writing dots")
            _check_keys(source, inner, (*path, key), notes)
    elif not path and value is not None:
        notes.add(
            f"a mapping of parameters was expected here, not {kind(value)}", source.place(()), "write `name: value`"
        )


def _scalar(text: str) -> Scalar:
    """A value from the command line: a plain scalar, or a quoted one. Raises ConfigError."""
    if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"":
        value = parse_yaml(text.encode("utf-8", "replace"), SET_PARAM).value
        return value if isinstance(value, str) else text
    try:
        return resolve(text)
    except ValueError as error:
        raise ConfigError(str(error)) from None


def same_kind(old: object, new: object) -> bool:
    """Whether a value may replace another: numbers by numbers, text by text; null goes with anything."""
    return old is None or new is None or kind(old) == kind(new)


def _with(values: Mapping[str, object], path: tuple[str, ...], value: object) -> Mapping[str, object]:
    head, rest = path[0], path[1:]
    inner = values[head]
    return {**values, head: _with(inner, rest, value) if rest and isinstance(inner, dict) else value}


def check_overlay(nodes: Mapping[str, Node], parameters: Parameters, consumed: frozenset[str], tier: str) -> None:
    """Notes overlay values for parameters that do not exist, change kind or reach no stage of the tier.

    `consumed` names the parameters, or subtrees, that the tier's stages use.
    """
    names = parameters.names
    for name, node in nodes.items():
        if name not in names:
            node.complain(
                f"there is no parameter `{name}` to overlay", suggestion(name, names, "parameters"), at_key=True
            )
        elif isinstance(names[name], dict) or not same_kind(names[name], node.value):
            node.complain(
                f"{name} is {kind(names[name])} and cannot become {kind(node.value)}", "write a value of the same kind"
            )
        elif not any(name == used or name.startswith(f"{used}.") for used in consumed):
            node.complain(
                f"no stage of tier {tier} uses the parameter `{name}`",
                f"name it in `params:` of a stage or as ${{params.{name}}} in its cmd, or remove it here",
                at_key=True,
            )
