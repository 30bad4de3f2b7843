"""Secret values in a stream of bytes, in every form a program is likely to print them in.

Pure. Called by the pump that carries a command's output into its log, and by the executor, which
looks for secrets in what a stage wrote. Which forms those are is `secret_forms.py`'s.

What is subtle: encodings are broken into lines anywhere, and hexadecimal is printed in pairs. A pattern that allows
for that is slow, so it is only made of forms that are there, once the text without its line ends, blanks and colons
is seen to hold them: nearly every piece of a log is looked at by plain searches alone, which run at gigabytes a second.

A stream comes in chunks that may end in the middle of a secret, so the masker holds back as many bytes as its longest
form may take, less one. Forms of fewer than four bytes would mask half of every log; a value that short is refused
before it comes here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from seatrial.process.secret_forms import SHORTEST, forms_of

__all__ = ["MASK", "SHORTEST", "Masker", "forms", "holds", "masked"]

MASK = b"***"
_SEPARATORS = b"\r\n: "
_BREAK = rb"(?:\r?\n)?"
_BETWEEN_PAIRS = rb"(?:[: ]|\r?\n)?"
_LONGEST_BREAK = 2
_MOST_PATTERNS = 64
_LETTERS = re.compile(rb"[A-Za-z0-9+/_-]+=*")
_PAIRS = re.compile(rb"(?:[0-9a-f]{2})+|(?:[0-9A-F]{2})+")


def forms(values: Iterable[str]) -> tuple[bytes, ...]:
    """Every form of some values, the longest first, so that a part never hides the whole."""
    found = {form for value in values for form in forms_of(value)}
    return tuple(sorted(found, key=lambda form: (-len(form), form)))


class Masker:
    """Replaces every form in a stream. Feed it chunks, and `finish` it for what it held back."""

    def __init__(self, forms: tuple[bytes, ...]) -> None:
        """`forms` are not empty, the longest first."""
        self._finder = _Finder(forms)
        self._held = b""

    def feed(self, chunk: bytes) -> bytes:
        """What may be shown of the stream so far."""
        data = self._held + chunk
        return self._take(data, max(0, len(data) - self._finder.reach + 1))

    def finish(self) -> bytes:
        """The rest."""
        return self._take(self._held, len(self._held))

    def _take(self, data: bytes, until: int) -> bytes:
        """Mask what begins before `until`: whatever begins there lies in `data` as a whole."""
        shown: list[bytes] = []
        at = 0
        pattern = self._finder.pattern(data)
        while pattern and at < until and (match := pattern.search(data, at)) and match.start() < until:
            shown += (data[at : match.start()], MASK)
            at = match.end()
        until = max(at, until)
        shown.append(data[at:until])
        self._held = data[until:]
        return b"".join(shown)


def masked(text: str, values: Iterable[str]) -> str:
    """A text in which every form of some values is replaced."""
    known = forms(values)
    if not known:
        return text
    data = text.encode("utf-8", "surrogateescape")
    pattern = _Finder(known).pattern(data)
    return text if pattern is None else pattern.sub(MASK, data).decode("utf-8", "surrogateescape")


def holds(chunks: Iterable[bytes], forms: tuple[bytes, ...]) -> bool:
    """Whether any form stands in a stream, also across its chunks."""
    if not forms:
        return False
    finder = _Finder(forms)
    before = b""
    for chunk in chunks:
        data = before + chunk
        pattern = finder.pattern(data)
        if pattern and pattern.search(data):
            return True
        before = data[1 - finder.reach :]
    return False


class _Finder:
    """Looks for forms in a piece of a text. `reach` is how many bytes the longest may take there."""

    def __init__(self, forms: tuple[bytes, ...]) -> None:
        self._bare = {form: form.translate(None, _SEPARATORS) for form in forms}
        self._needles = _shortest(self._bare.values())
        self._patterns: dict[tuple[bytes, ...], re.Pattern[bytes]] = {}
        self.reach = max(map(_reach, forms))

    def pattern(self, data: bytes) -> re.Pattern[bytes] | None:
        """What finds the forms that this piece may hold; None where it holds none."""
        bare = data.translate(None, _SEPARATORS)
        if not any(needle in bare for needle in self._needles):
            return None
        there = tuple(form for form, needle in self._bare.items() if needle in bare)
        if there not in self._patterns:
            if len(self._patterns) >= _MOST_PATTERNS:
                self._patterns.clear()
            self._patterns[there] = re.compile(b"|".join(map(_written, there)))
        return self._patterns[there]


def _shortest(needles: Iterable[bytes]) -> list[bytes]:
    """Those of which no other is a part: a text without them has none of the others either."""
    kept: list[bytes] = []
    for needle in sorted(set(needles), key=len):
        if not any(other in needle for other in kept):
            kept.append(needle)
    return kept


def _written(form: bytes) -> bytes:
    """A form as a pattern: an encoding may be broken into lines, hexadecimal into pairs besides."""
    letters = [re.escape(form[at : at + 1]) for at in range(len(form))]
    if _PAIRS.fullmatch(form):
        pairs = (_BREAK.join(letters[at : at + 2]) for at in range(0, len(letters), 2))
        return _BETWEEN_PAIRS.join(pairs)
    return _BREAK.join(letters) if _LETTERS.fullmatch(form) else b"".join(letters)


def _reach(form: bytes) -> int:
    return len(form) + (_LONGEST_BREAK * (len(form) - 1) if _LETTERS.fullmatch(form) else 0)
