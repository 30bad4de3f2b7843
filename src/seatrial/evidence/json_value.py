"""A JSON value read strictly: asked for with the type it must have, and every fault told with its key.

Called by the readers of JSON records here, by `gates/serial.py` for stored findings and by `report/serial.py` for
reports. A fault is handed to the reader's `blame`, which raises, or notes it so that the next one is found too (as
`mistakes.Mistakes.of` does). After a noted fault a harmless value of the right type stands in: whoever notes must
look at what was noted before the result is used.

Subtle: one wrong value is one fault. What is missing, or lies in something that is no object, is told once, and
whatever is asked of it afterwards is silent.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from enum import Enum
from typing import Final, TypeAlias, TypeVar

from msgspec import Struct

from seatrial.digest import Json
from seatrial.nearest import nearest

T = TypeVar("T")
Word = TypeVar("Word", bound=Enum)


class Fault(Struct, frozen=True, kw_only=True):
    """One mistake. `key` is the path of the value (`runs[3].name`), empty for the whole."""

    key: str
    message: str
    next_step: str | None = None


_MOST_WHOLE: Final = 2**63 - 1

Blame: TypeAlias = Callable[[Fault], None]


def _in_silence(_: Fault) -> None:
    """Blames nobody: the fault that matters was told."""


class Value:
    """A value and where it stands. Every method blames, and gives something harmless, where the type is another."""

    def __init__(self, value: Json, blame: Blame, key: str = "") -> None:
        self.json = value
        self.key = key
        self._blame = blame

    def refuse(self, message: str, next_step: str | None = None) -> None:
        """Blame this value for something that only its reader can tell."""
        self._blame(Fault(key=self.key, message=message, next_step=next_step))

    def equals(self, known: str | int) -> bool:
        """Whether it is that value: `true` is not 1."""
        return type(self.json) is type(known) and self.json == known

    def text(self) -> str:
        return self.json if isinstance(self.json, str) else self._wrong("text", "")

    def flag(self) -> bool:
        return self.json if isinstance(self.json, bool) else self._wrong("true or false", False)

    def whole(self, *, least: int | None = None) -> int:
        """One that fits into 64 bits, so that nothing that is computed from it overflows."""
        found = self.json
        if isinstance(found, bool) or not isinstance(found, int) or (least is not None and found < least):
            return self._wrong("a whole number" + ("" if least is None else f" from {least} on"), least or 0)
        return found if abs(found) <= _MOST_WHOLE else self._wrong("a whole number of at most 64 bits", least or 0)

    def number(self, *, least: float | None = None) -> float:
        """A finite one; NaN stands in."""
        if not isinstance(self.json, int | float) or isinstance(self.json, bool):
            return self._wrong("a number" if least is None else f"a number from {least:g} on", math.nan)
        try:
            number = float(self.json)
        except OverflowError:  # an integer of hundreds of digits
            number = math.inf
        if not math.isfinite(number):
            return self._wrong("a finite number", math.nan)
        return number if least is None or number >= least else self._wrong(f"a number from {least:g} on", math.nan)

    def word(self, words: type[Word]) -> Word:
        """A member of an enum, by its value. The last stands in: where order means something, that is the worst."""
        known = {str(word.value): word for word in words}
        if isinstance(self.json, str) and self.json in known:
            return known[self.json]
        return self._wrong("one of " + ", ".join(known), list(words)[-1])

    def maybe(self, read: Callable[[Value], T]) -> T | None:
        """None for null, else what `read` makes of it."""
        return None if self.json is None else read(self)

    def items(self, *, of: int | None = None) -> tuple[Value, ...]:
        """The values of a list; where it must have `of` of them, so many there are."""
        found = self.json
        if isinstance(found, list | tuple) and of in (None, len(found)):
            return tuple(Value(each, self._blame, f"{self.key}[{at}]") for at, each in enumerate(found))
        self._wrong("a list" if of is None else f"a list of {of}", None)
        return (Value(None, _in_silence),) * (of or 0)

    def each(self, read: Callable[[Value], T]) -> tuple[T, ...]:
        """The items of a list, each as `read` makes it."""
        return tuple(map(read, self.items()))

    def texts(self) -> tuple[str, ...]:
        return self.each(Value.text)

    def pair(self) -> tuple[float, float]:
        """Two numbers."""
        low, high = self.items(of=2)
        return low.number(), high.number()

    def keys(self, *, sparse: bool = False) -> Keys:
        """The members of an object; with `sparse`, one that is left out counts as null."""
        if isinstance(self.json, Mapping):
            return Keys(self.json, self._blame, self.key, sparse=sparse)
        self._wrong("an object", None)
        return Keys({}, _in_silence, self.key)

    def record(self, read: Callable[[Keys], T]) -> T:
        """What `read` makes of an object of which it has to ask for every key."""
        keys = self.keys()
        made = read(keys)
        keys.done()
        return made

    def records(self, read: Callable[[Keys], T]) -> tuple[T, ...]:
        """A list of such objects."""
        return self.each(lambda each: each.record(read))

    def named(self, read: Callable[[Value], T]) -> dict[str, T]:
        """An object whose keys are the writer's own names, each value as `read` makes it."""
        if not isinstance(self.json, Mapping):
            return self._wrong("an object", {})
        keys = self.keys()
        return {name: read(keys[name]) for name in self.json}

    def _wrong(self, wanted: str, harmless: T) -> T:
        self.refuse(f"this must be {wanted}")
        return harmless


class Keys:
    """The members of one object, by name. `done` refuses those that nobody asked for."""

    def __init__(self, members: Mapping[str, Json], blame: Blame, key: str, *, sparse: bool = False) -> None:
        self._members = members
        self._blame = blame
        self._key = key
        self._sparse = sparse
        self._asked: dict[str, None] = {}

    def __getitem__(self, name: str) -> Value:
        """The value of a key, which is missed unless the object is sparse."""
        self._asked[name] = None
        at = self.at(name)
        if name in self._members:
            return Value(self._members[name], self._blame, at)
        if self._sparse:
            return Value(None, self._blame, at)
        self._blame(Fault(key=at, message=f"`{name}` is missing"))
        return Value(None, _in_silence, at)

    def __contains__(self, name: object) -> bool:
        self._asked[str(name)] = None
        return name in self._members

    def if_there(self, name: str, read: Callable[[Value], T], usual: T) -> T:
        """What `read` makes of a key that may be left out, and then is `usual`."""
        return read(self[name]) if name in self else usual

    def at(self, name: str) -> str:
        """The path of a key, whether it is there or not."""
        return f"{self._key}.{name}" if self._key else name

    def done(self, also: Iterable[str] = ()) -> None:
        """Refuse every key that was not asked for and is not one of `also`, with the nearest that was."""
        known = (*self._asked, *also)
        for name in self._members:
            if name not in known:
                close = nearest(name.lower(), known)
                step = f"Did you mean `{close}`?" if close else f"The keys are {', '.join(known)}."
                self._blame(Fault(key=self.at(name), message=f"unknown key `{name}`", next_step=step))
