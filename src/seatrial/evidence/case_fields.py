"""One test case, from the values of its row to a record; every mistake is noted with its place.

Called by `cases` for each row. A case is an `id`, perhaps an `input`, and what is expected:

- `expected` alone: the answer is that, exactly;
- `matcher` with its arguments beside it (in a CSV file: in the column `arguments`, as a JSON object);
- `matchers`, a list of such, all of which must hold;
- `of`, `relation`, `by` and `on`: how its answer must stand to that of another case.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, TypeAlias, TypeVar

from msgspec import Struct

from seatrial.digest import Json
from seatrial.errors import EvidenceError, Place
from seatrial.evidence import strict_json
from seatrial.evidence.canonical_scalar import canonical_one, number_of, of_value
from seatrial.evidence.case_records import Case, Compared, Expectation, Fault, Pair, Relation
from seatrial.evidence.mistakes import Mistakes
from seatrial.evidence.plain_rows import quoted
from seatrial.nearest import nearest

Check: TypeAlias = Callable[[str, Mapping[str, Json]], tuple[Fault, ...]]
"""What is wrong with a matcher of that name and its arguments; empty where nothing is."""

_Word = TypeVar("_Word", Relation, Compared)

_PAIR_KEYS: Final = ("of", "relation", "by", "on")
_OWN_KEYS: Final = ("id", "input", "tags", "group", "critical", "note", *_PAIR_KEYS)
CASE_KEYS: Final = (*_OWN_KEYS, "expected", "matcher", "matchers")
CSV_KEYS: Final = (*_OWN_KEYS, "expected", "matcher", "arguments")
EXACT: Final = "exact"


class RawCase(Struct, frozen=True, kw_only=True):
    """A row before it is understood. `typed` is false where all values are text (CSV)."""

    values: Mapping[str, Json]
    place: Callable[[str | None], Place]
    typed: bool


def read_case(raw: RawCase, check: Check, mistakes: Mistakes) -> Case | None:
    """The case of a row; None where it has no id to speak of. Mistakes are noted."""
    name = _id(raw, "id", mistakes)
    expectations = _expectations(raw, check, mistakes)
    pair = _pair(raw, mistakes)
    tags = _tags(raw, mistakes)
    critical = _flag(raw, "critical", mistakes)
    if name is None:
        return None
    return Case(
        id=name,
        place=raw.place(None),
        input=raw.values.get("input"),
        expectations=expectations,
        pair=pair,
        tags=tags,
        critical=critical,
    )


def _id(raw: RawCase, key: str, mistakes: Mistakes) -> str | None:
    value = raw.values.get(key)
    if value is None:
        mistakes.add(f"this case has no `{key}`", raw.place(None), "Give every case an id; answers are joined by it.")
        return None
    text = of_value(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else None
    if text is None or not text.strip() or not text.isprintable():
        step = "Write a word or a whole number that can be printed."
        mistakes.add(f"`{key}` must be a text that can be printed, and is {quoted(value)}", raw.place(key), step)
        return None
    return text


def _expectations(raw: RawCase, check: Check, mistakes: Mistakes) -> tuple[Expectation, ...]:
    values = raw.values
    if "matcher" in values and "matchers" in values:
        mistakes.add(
            "`matcher` and `matchers` stand side by side", raw.place("matchers"), "Write all of them into `matchers`."
        )
    if "matcher" in values:
        return _checked([_with_arguments(raw, mistakes)], raw, "matcher", check, mistakes)
    _refuse_unknown(raw, mistakes)
    listed = _matchers(raw, mistakes) if "matchers" in values else []
    if "expected" in values:
        listed.insert(0, {"matcher": EXACT, "expected": values["expected"]})
    return _checked(listed, raw, "expected" if "expected" in values else "matchers", check, mistakes)


def _with_arguments(raw: RawCase, mistakes: Mistakes) -> dict[str, Json]:
    """The matcher of a case and what stands beside it for the matcher."""
    own = {key: value for key, value in raw.values.items() if key not in _OWN_KEYS and key != "matchers"}
    if raw.typed or "arguments" not in own:
        return own
    written = own.pop("arguments")
    try:
        found = strict_json.loads(str(written).encode(), file="arguments")
    except EvidenceError as error:
        found = None
        why = error.problems[0].message
    else:
        why = "it is not an object"
    if not isinstance(found, dict):
        step = 'Write a JSON object, such as {"any": ["hello", "hi"]}.'
        mistakes.add(f"`arguments` cannot be read: {why}", raw.place("arguments"), step)
        return own
    return {**own, **found, "matcher": own["matcher"]}


def _matchers(raw: RawCase, mistakes: Mistakes) -> list[dict[str, Json]]:
    value = raw.values["matchers"]
    step = "Write a list such as [{matcher: contains, any: [hello]}, {matcher: length, max_words: 20}]."
    if not isinstance(value, list) or not value:
        mistakes.add("`matchers` must be a list of matchers, and not empty", raw.place("matchers"), step)
        return []
    found = []
    for entry in value:
        if isinstance(entry, dict) and "matcher" in entry:
            found.append({key: one for key, one in entry.items() if one is not None})
        else:
            mistakes.add(f"{quoted(entry)} in `matchers` names no `matcher`", raw.place("matchers"), step)
    return found


def _checked(
    listed: list[dict[str, Json]], raw: RawCase, at: str, check: Check, mistakes: Mistakes
) -> tuple[Expectation, ...]:
    made = []
    for entry in listed:
        name = entry.pop("matcher")
        if not isinstance(name, str):
            mistakes.add(f"a matcher's name is a text, not {quoted(name)}", raw.place(at), "Write its name.")
            continue
        place = raw.place(at)
        for fault in check(name, entry):
            key = fault.key if fault.key in raw.values else at
            mistakes.add(fault.message, raw.place(key), fault.next_step)
        made.append(Expectation(matcher=name, arguments=entry, place=place))
    return tuple(made)


def _refuse_unknown(raw: RawCase, mistakes: Mistakes) -> None:
    known = tuple(key for key in (CASE_KEYS if raw.typed else CSV_KEYS) if key != "arguments")
    for key in raw.values:
        if key in known:
            continue
        close = nearest(key.lower(), known)
        step = f"Did you mean `{close}`?" if close else "Arguments of a matcher stand beside `matcher: NAME`."
        if key == "pair":
            step = "Write `of: ID` and `relation: same` (or higher, lower, within)."
        mistakes.add(f"unknown key {quoted(key)}", raw.place(key), step)


def _pair(raw: RawCase, mistakes: Mistakes) -> Pair | None:
    if "of" not in raw.values:
        for key in _PAIR_KEYS[1:]:
            if key in raw.values:
                mistakes.add(f"`{key}` belongs to a pair, and there is no `of`", raw.place(key), "Write `of: ID` too.")
        return None
    other = _id(raw, "of", mistakes)
    relation = _word(raw, "relation", Relation, mistakes)
    on = _word(raw, "on", Compared, mistakes) if "on" in raw.values else Compared.ANSWER
    by = _amount(raw, relation, mistakes)
    if other is None or relation is None or on is None:
        return None
    return Pair(of=other, relation=relation, by=by, on=on)


def _amount(raw: RawCase, relation: Relation | None, mistakes: Mistakes) -> float:
    value = raw.values.get("by")
    if value is None:
        if relation is Relation.WITHIN:
            step = "Write `by: 0.05`, the largest distance that is still fine."
            mistakes.add("`within` needs `by`", raw.place("relation"), step)
        return 0.0
    if relation is Relation.SAME:
        step = "Remove it, or write `relation: within`."
        mistakes.add("`by` means nothing beside `relation: same`", raw.place("by"), step)
    amount = number_of(value)
    if amount is None or amount < 0:
        step = "Write a number such as 0.05."
        mistakes.add(f"`by` must be a number of at least 0, and is {quoted(value)}", raw.place("by"), step)
        return 0.0
    return amount


def _word(raw: RawCase, key: str, words: type[_Word], mistakes: Mistakes) -> _Word | None:
    value = raw.values.get(key)
    known = tuple(str(word) for word in words)
    if isinstance(value, str) and value in known:
        return words(value)
    listed = ", ".join(known)
    close = nearest(value.lower(), known) if isinstance(value, str) else None
    step = f"Did you mean `{close}`?" if close else f"Write one of {listed}."
    said = f"`{key}` is missing" if value is None else f"`{key}` cannot be {quoted(value)}"
    mistakes.add(said, raw.place(key), step)
    return None


def _tags(raw: RawCase, mistakes: Mistakes) -> tuple[str, ...]:
    found: list[Json] = []
    tags = raw.values.get("tags")
    if isinstance(tags, list):
        found += tags
    elif tags is not None:
        found += str(tags).split(";") if not raw.typed else [tags]
    if "group" in raw.values:
        found.append(raw.values["group"])
    names: dict[str, None] = {}
    for tag in found:
        text = tag.strip() if isinstance(tag, str) else ""
        if not text or not text.isprintable():
            mistakes.add(f"{quoted(tag)} cannot be a tag", raw.place("tags"), "Write words that can be printed.")
        names[text] = None
    return tuple(names)


def _flag(raw: RawCase, key: str, mistakes: Mistakes) -> bool:
    value = raw.values.get(key, False)
    if not raw.typed and isinstance(value, str):
        value = {"true": True, "false": False}.get(canonical_one(value), value)
    if isinstance(value, bool):
        return value
    mistakes.add(f"`{key}` must be true or false, and is {quoted(value)}", raw.place(key), f"Write `{key}: true`.")
    return False
