"""All matchers by name. A new one is a file beside this, a line here, and a heading in the reference.

`faults` is handed to the reader of case files, `matcher_of` makes what the judge asks.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from msgspec import Struct

from seatrial.digest import Json
from seatrial.evidence.case_records import Expectation, Fault
from seatrial.gates.behavioral.matchers import (
    contains,
    custom,
    exact,
    factual,
    json_schema,
    length,
    numeric,
    refusal,
    regex,
)
from seatrial.gates.behavioral.matchers.matching import Arguments, Matcher
from seatrial.gates.quoting import shown
from seatrial.nearest import nearest


class Kind(Struct, frozen=True, kw_only=True):
    """One matcher: its arguments, and what makes it of them."""

    keys: tuple[str, ...]
    read: Callable[[Arguments], Matcher]


MATCHERS: Mapping[str, Kind] = MappingProxyType(
    {
        "exact": Kind(keys=exact.KEYS, read=exact.read),
        "contains": Kind(keys=contains.KEYS, read=contains.read),
        "regex": Kind(keys=regex.KEYS, read=regex.read),
        "numeric": Kind(keys=numeric.KEYS, read=numeric.read),
        "json_schema": Kind(keys=json_schema.KEYS, read=json_schema.read),
        "refusal": Kind(keys=refusal.KEYS, read=refusal.read),
        "length": Kind(keys=length.KEYS, read=length.read),
        "factual": Kind(keys=factual.KEYS, read=factual.read),
        "custom": Kind(keys=custom.KEYS, read=custom.read),
    }
)
"""Every matcher, in the order of the reference."""


def faults(matcher: str, values: Mapping[str, Json]) -> tuple[Fault, ...]:
    """What is wrong with a matcher of that name and its arguments; empty where nothing is."""
    kind = MATCHERS.get(matcher)
    if kind is None:
        close = nearest(matcher.lower(), MATCHERS)
        step = f"Did you mean `{close}`?" if close else f"Matchers: {', '.join(MATCHERS)}."
        return (Fault(key="matcher", message=f"there is no matcher `{shown(matcher)}`", next_step=step),)
    arguments = Arguments(matcher=matcher, values=values)
    arguments.known(kind.keys)
    kind.read(arguments)
    return tuple(arguments.faults)


def matcher_of(expectation: Expectation) -> Matcher:
    """The matcher that an expectation asks for. Raises ValueError for one that `faults` refuses."""
    found = faults(expectation.matcher, expectation.arguments)
    if found:
        raise ValueError(f"{expectation.place}: {found[0].message}")
    arguments = Arguments(matcher=expectation.matcher, values=expectation.arguments)
    return MATCHERS[expectation.matcher].read(arguments)
