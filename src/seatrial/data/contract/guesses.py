"""What a column seems to be, by its name and its values: sensitive, a label, mail addresses, codes of one form.

Pure; asked by `infer`. A guess becomes a rule only where all values agree; the others are comments for a person.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from seatrial.data.columns import Kind
from seatrial.data.contract.natural_bounds import words_of
from seatrial.data.profile.records import ColumnProfile, Texts

_FEWEST = 200
_SHAPED: Final = 24  # characters of a text that its shape is made of
_CUT_FROM: Final = 12  # signs of a shape from which on the text may have been longer than what it was made of
_SHAPED_FORMS: Final = ("mail addresses", "dates", "web addresses")
_ID_WORDS: Final = frozenset({"id", "uuid", "guid", "key", "index", "pk"})
_GAPS: Final = 4
_LABELS: Final = ("label", "target", "y", "class", "outcome", "is_fraud", "churn", "churned")
_SENSITIVE: Final = (
    {"email"}, {"mail"}, {"phone"}, {"mobile"}, {"telephone"}, {"ssn"}, {"passport"}, {"iban"}, {"dob"}, {"birthdate"},
    {"birthday"}, {"surname"}, {"firstname"}, {"lastname"}, {"fullname"}, {"street"}, {"ip"}, {"password"},
    {"first", "name"}, {"last", "name"}, {"full", "name"}, {"credit", "card"}, {"card", "number"}, {"birth", "date"},
    {"home", "address"}, {"street", "address"}, {"tax", "id"}, {"social", "security"},
)  # fmt: skip
_FORMS: Final[Mapping[str, str]] = {
    "uuid": "[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}",
    "mail addresses": r"[^@\s]+@[^@\s]+\.[^@\s]+",
    "dates": "[0-9]{4}-[0-9]{2}-[0-9]{2}",
    "sha256 digests": "[0-9a-f]{64}",
    "md5 digests": "[0-9a-f]{32}",
    "web addresses": r"https?://\S+",
}
_RUNS: Final = {"A": r"\p{Lu}+", "a": r"[\p{Ll}\p{Lo}]+", "9": "[0-9]+"}


def is_sensitive(name: str, form: str | None) -> bool:
    """Whether a column seems to hold what should not be shown: by its name, or as mail addresses."""
    words = words_of(name)
    return form == "mail addresses" or any(wanted <= words for wanted in _SENSITIVE) or words == {"name"}


def names_rows(known: ColumnProfile) -> bool:
    """Whether values that were all different are so on purpose: by the column's name, without gaps, or as uuids."""
    if known.nulls or known.column.kind not in (Kind.TEXT, Kind.NUMBER):
        return False
    if words_of(known.column.name) & _ID_WORDS:
        return True
    numbers = known.numbers
    if numbers is not None and numbers.least is not None and numbers.most is not None:
        return numbers.most - numbers.least < _GAPS * numbers.count
    form = form_of(known)
    return form is not None and form[0] in ("uuid", "sha256 digests", "md5 digests")


def is_label(name: str) -> bool:
    """Whether a name is one that labels have."""
    return name.lower() in _LABELS


def form_of(profile: ColumnProfile) -> tuple[str, str] | None:
    """The form all texts of a column have, in words and as a pattern; None if they do not agree."""
    texts = profile.texts
    if texts is None or profile.values - profile.nulls < _FEWEST or texts.marks.get("empty", 0):
        return None
    values = [text for text, _ in profile.items.counts]
    shapes = [shape for shape, _ in texts.shapes.counts]
    for words, pattern in _FORMS.items():
        told = all(re.fullmatch(pattern, text) for text in values)
        if told and (_by_shapes(words, pattern, shapes) if words in _SHAPED_FORMS else values):
            return words, pattern
    found = _of_shapes(texts)
    return None if found is None else ("codes of one form", found)


def _by_shapes(words: str, pattern: str, shapes: Sequence[str]) -> bool:
    """Whether the shapes, which also stand for values that were not kept, fit a form. Long ones may be cut."""
    if words == "dates":
        return shapes == ["9-9-9"]
    return bool(shapes) and all(re.fullmatch(pattern, shape) or len(shape) >= _CUT_FROM for shape in shapes)


def _of_shapes(texts: Texts) -> str | None:
    """One or two frequent shapes with digits and nothing rare, of texts that are short enough to be seen whole."""
    shapes = texts.shapes.counts
    looked_at = sum(count for _, count in shapes)
    if not texts.shapes.complete or not 1 <= len(shapes) <= 2 or texts.longest >= _SHAPED or looked_at < _FEWEST:
        return None
    if any(count < 0.1 * looked_at or "9" not in shape or not shape.isascii() for shape, count in shapes):
        return None
    if any(set(shape) <= set("9.+-eE") or not shape.isprintable() for shape, _ in shapes):
        return None  # numbers written as text have more forms than were seen
    return "|".join("".join(_RUNS.get(sign) or _literal(sign) for sign in shape) for shape, _ in sorted(shapes))


def _literal(sign: str) -> str:
    return sign if sign == " " or sign.isalnum() or sign == "_" else f"\\{sign}"
