"""What a matcher is, and how its arguments are read.

Every file beside this one reads the arguments of one matcher and makes a `Matcher` of them; `table` lists them. Used
twice: when a case file is read (only the faults matter then) and when answers are judged (there are none by then).
A matcher looks at one answer and says true or false, or None where it cannot tell, which becomes an ERROR.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Collection, Mapping

from msgspec import Struct, field

from seatrial.digest import Json
from seatrial.evidence.canonical_scalar import number_of, of_value
from seatrial.evidence.case_records import Answer, Fault
from seatrial.gates.quoting import shown
from seatrial.nearest import nearest


class Matcher(Struct, frozen=True, kw_only=True):
    """What is demanded of an answer: `wanted` in words, to follow "expected", and the test itself. `why` says
    what an answer that does not hold breaks, where the answer alone does not show it."""

    wanted: str
    holds: Callable[[Answer], bool | None]
    why: Callable[[Answer], str | None] | None = None


class Arguments(Struct):
    """The arguments of one matcher, read one by one; whatever is wrong with them is noted in `faults`."""

    matcher: str
    values: Mapping[str, Json]
    faults: list[Fault] = field(default_factory=list)

    def known(self, keys: Collection[str]) -> None:
        """Note every argument that the matcher does not have."""
        for key in self.values:
            if key not in keys:
                close = nearest(key.lower(), keys)
                step = f"Did you mean `{close}`?" if close else f"Its arguments are {', '.join(keys) or 'none'}."
                self.fault(key, f"`{self.matcher}` has no argument `{shown(key)}`", step)

    def fault(self, key: str | None, message: str, step: str) -> None:
        """Note one mistake."""
        self.faults.append(Fault(key=key, message=message, next_step=step))

    def required(self, key: str, example: str) -> Json:
        """The value of an argument that must be there; None, and noted, where it is not."""
        value = self.values.get(key)
        if value is None:
            self.fault(None, f"`{self.matcher}` needs `{key}`", f"Write e.g. `{key}: {example}`.")
        return value

    def flag(self, key: str, default: bool) -> bool:
        """A truth value."""
        value = self.values.get(key, default)
        if isinstance(value, bool):
            return value
        self.fault(
            key, f"`{key}` must be true or false, and is {shown(value)}", f"Write `{key}: {str(not default).lower()}`."
        )
        return default

    def number(self, key: str, *, least: float | None = None) -> float | None:
        """A finite number, or a text that is one; None where the argument is absent or wrong."""
        value = self.values.get(key)
        if value is None:
            return None
        found = number_of(value)
        if found is None or (least is not None and found < least):
            limit = "" if least is None else f" of at least {least:g}"
            self.fault(key, f"`{key}` must be a finite number{limit}, and is {shown(value)}", "Write e.g. 0.01.")
            return None
        return found

    def count(self, key: str) -> int | None:
        """A whole number of at least 0; None where the argument is absent or wrong."""
        value = self.values.get(key)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            self.fault(key, f"`{key}` must be a whole number, and is {shown(value)}", "Write e.g. 100.")
            return None
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """A text or a list of texts, none empty; empty where the argument is absent or wrong."""
        value = self.values.get(key)
        listed = value if isinstance(value, list) else [] if value is None else [value]
        texts = [of_value(one) for one in listed if isinstance(one, str | int | float)]
        fine = len(texts) == len(listed) and all(text is not None and text.strip() for text in texts)
        if not fine or (value is not None and not listed):
            self.fault(
                key,
                f"`{key}` must be a text or a list of texts that are not empty, and is {shown(value)}",
                'Write e.g. ["hello", "hi"].',
            )
            return ()
        return tuple(normal(text) for text in texts if text is not None)

    def choice(self, key: str, words: tuple[str, ...]) -> str:
        """One of a few words, the first where the argument is absent or wrong."""
        value = self.values.get(key, words[0])
        if isinstance(value, str) and value in words:
            return value
        close = nearest(value.lower(), words) if isinstance(value, str) else None
        step = f"Did you mean `{close}`?" if close else f"Write one of {', '.join(words)}."
        self.fault(key, f"`{key}` cannot be {shown(value)}", step)
        return words[0]


def normal(text: str) -> str:
    """One spelling of letters with accents, which Unicode can write in two ways (NFC, UAX 15)."""
    return unicodedata.normalize("NFC", text)


def never(_answer: Answer) -> bool | None:
    """The test of a matcher whose arguments are wrong; it cannot tell anything."""
    return None
