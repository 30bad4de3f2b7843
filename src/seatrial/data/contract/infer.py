"""From a profile to a `contract.yaml` that a person is glad to edit.

Pure; called by `seatrial check --infer`. A rule is written only where a clean sample of the same source keeps it, so
there is no range made of the least and the greatest value, and no set with a rare value in it; what was merely
seen stands in comments beside the column, and what only a person can know (the label, how fresh data must be) as
comments to be uncommented.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from seatrial.data.columns import Column, Kind, Part
from seatrial.data.contract.closed_sets import closed_numbers, closed_texts
from seatrial.data.contract.guesses import form_of, is_label, is_sensitive, names_rows
from seatrial.data.contract.moments import shown
from seatrial.data.contract.natural_bounds import Spread, natural_bounds, words_of
from seatrial.data.contract.yaml_text import comment, figure, flow, key, word
from seatrial.data.profile.records import ColumnProfile, Profile

_FEWEST = 100
"""Rows below which nothing is said about nulls and uniqueness."""
_COMMENTED = 1_000
"""Columns above which there are no comments, so that the file stays one that can be read in."""
_DISTANCE = 5.0
_SMALL = 200
_TYPES = {
    Kind.NUMBER: "number",
    Kind.TEXT: "string",
    Kind.FLAG: "bool",
    Kind.VECTOR: "vector",
    Kind.BYTES: "bytes",
}


def infer(profile: Profile, *, name: str, notes: Sequence[str] = ()) -> str:
    """The text of a contract for the data a profile was made of; `name` is what people call the data, `notes` what was
    decided while it was read, such as why a column is text."""
    head = [
        f"# Contract of {comment(name)}, inferred from {profile.rows:,} rows.",
        "# A rule stands here only if clean rows of the same source keep it. What was merely seen is a comment.",
        *(f"# {comment(note)}" for note in notes),
        "",
        f"# rows: {{min: {max(1, profile.rows // 2)}}}  # {profile.rows:,} rows were seen",
        "extra_columns: warn",
        "",
    ]
    told = len(profile.columns) <= _COMMENTED
    body = [line for column in profile.columns.values() for line in _column(column, profile, told=told)]
    different = [name for name in profile.binning.left_out if name and name in profile.columns]
    unique = [name for name in different if profile.rows >= _FEWEST and names_rows(profile.columns[name])]
    tail = [f"unique: {flow(unique)}"] if unique else []
    tail += list(_suggestions(profile))
    return "\n".join([*head, *(["columns:", *body] if body else []), "", *tail]).rstrip("\n") + "\n"


def _column(known: ColumnProfile, profile: Profile, *, told: bool) -> Iterator[str]:
    """The lines of one leaf. A list is written under its own name, by its lengths."""
    column = known.column
    name = column.source if column.name == f"{column.source}[#]" else column.name
    if column.part is Part.LENGTHS and name == column.name:
        return  # lengths of lists within lists
    if not name:
        yield "  # one column has no name, so no rule can be about it"
        return
    form = form_of(known) if column.kind is Kind.TEXT else None
    hidden = is_sensitive(column.name, form[0] if form else None)
    rules = list(_rules(known, profile, form, hidden=hidden))
    if hidden:
        rules.append("sensitive: true")
    seen = _seen(known, profile, hidden=hidden) if told else ""
    yield f"  {key(name)}" + (f"  # {seen}" if seen else "")
    if told:
        yield from (f"    {rule}" for rule in rules)
    else:
        yield from ([f"    {{{', '.join(rules)}}}"] if rules else [])


def _rules(known: ColumnProfile, profile: Profile, form: tuple[str, str] | None, *, hidden: bool) -> Iterator[str]:
    column, there = known.column, known.values - known.nulls
    kind = _type(column)
    if kind is not None and (there or column.part is Part.LENGTHS):
        yield f"type: {kind}"
    yield from _nulls(known)
    if column.part is Part.LENGTHS or not there:
        return
    if known.numbers is not None:
        yield from _numbers(known, profile, hidden=hidden)
    elif column.kind is Kind.TEXT and not hidden and (values := closed_texts(known.items)) is not None:
        yield f"one_of: {flow(values)}"
    elif form is not None:
        yield f"pattern: {word(form[1], always=True)}"


def _type(column: Column) -> str | None:
    if column.part is Part.LENGTHS:
        return "list"
    if column.kind is Kind.NUMBER and column.dtype.startswith(("Int", "UInt")):
        return "int"
    if column.kind is Kind.TIME:
        return {"D": "date" if column.dtype == "Date" else "datetime"}.get(column.dtype[0], "time")
    return _TYPES.get(column.kind)


def _nulls(known: ColumnProfile) -> Iterator[str]:
    """`nullable: false` if none was seen among enough; else a share that samples of some hundred rows keep."""
    if known.values < _FEWEST:
        return
    if not known.nulls:
        yield "nullable: false"
        return
    share = known.nulls / known.values
    room = _DISTANCE * math.sqrt(share * (1 - share) / min(known.values, _SMALL)) + 2 / _SMALL
    most = math.ceil(100 * (share + room))
    if most < 90:
        yield f"nulls: {{max: {most}%}}"


def _numbers(known: ColumnProfile, profile: Profile, *, hidden: bool) -> Iterator[str]:
    numbers, column = known.numbers, known.column
    if numbers is None:
        return
    floats = not column.dtype.startswith(("Int", "UInt"))
    damaged = numbers.nan or numbers.plus_infinity or numbers.minus_infinity
    values = None if floats or hidden else closed_numbers(known.items)
    if values is not None:
        yield f"one_of: {flow(values)}"
        return
    least, most = natural_bounds(column.name, numbers, known.items, profile.binning.columns[column.name].edges)
    if least is not None:
        yield f"min: {figure(least, 6)}"
    if most is not None:
        yield f"max: {figure(most, 6)}"
    if floats and not damaged and known.values >= _FEWEST:
        yield "finite: true"
    elif numbers.nan and (least is not None or most is not None):
        yield "finite: false"


def _seen(known: ColumnProfile, profile: Profile, *, hidden: bool) -> str:
    """What was seen of a column, in one comment."""
    there = known.values - known.nulls
    parts = []
    if known.nulls:
        parts.append(f"{_percent(known.nulls / known.values)} null" if there else "only nulls were seen")
    if known.numbers is not None and there and known.column.part is not Part.LENGTHS:
        parts += _numbers_seen(known, profile, hidden=hidden)
    elif known.times is not None and known.times.least is not None and known.times.most is not None:
        ends = [comment(shown(end, known.column.dtype)) for end in (known.times.least, known.times.most)]
        parts.append("times" if hidden else f"{ends[0]} to {ends[1]}")
    elif known.texts is not None and there:
        parts += _texts_seen(known, there, hidden=hidden)
    if known.column.name in profile.binning.left_out:
        parts.append("all different")
    return "; ".join(parts)


def _numbers_seen(known: ColumnProfile, profile: Profile, *, hidden: bool) -> list[str]:
    numbers = known.numbers
    if numbers is None or not numbers.count or hidden:
        return []
    spread = Spread(numbers, profile.binning.columns[known.column.name].edges)
    q = [figure(spread.quantile(share), 4) for share in (0.01, 0.25, 0.75, 0.99)]
    parts = [f"{figure(numbers.least, 6)} to {figure(numbers.most, 6)}"]
    if numbers.least != numbers.most:
        parts.append(f"half from {q[1]} to {q[2]}, 98 % from {q[0]} to {q[3]}")
    if numbers.nan:
        parts.append(f"{_percent(numbers.nan / known.values)} NaN")
    return parts


def _texts_seen(known: ColumnProfile, there: int, *, hidden: bool) -> list[str]:
    many = _values(len(known.items.counts)) if known.items.complete else "many values"
    if hidden:
        return [many]
    top = [(text, count) for text, count in known.items.counts[:4] if count > 1]
    said = ", ".join(f"{comment(text)} {_percent(count / there)}" for text, count in top)
    return [f"{many}: {said}" if said else many]


def _values(count: int) -> str:
    return "1 value" if count == 1 else f"{count:,} values"


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %" if share >= 0.1 else f"{100 * share:.2g} %"


def _suggestions(profile: Profile) -> Iterator[str]:
    """Rules that only a person can decide on, commented out."""
    columns = list(profile.columns.values())
    times = [known for known in columns if known.times is not None and known.column.part is Part.VALUES]
    lines = [*_times(times), *_roles(columns, profile.rows)]
    if lines:
        yield ""
        yield "# Perhaps also (remove the first `# ` of a line):"
        yield from lines


def _times(times: Sequence[ColumnProfile]) -> Iterator[str]:
    for known in times:
        found = known.times
        if found is not None and found.steps >= _FEWEST and not found.falls:
            yield f"# order_by: {word(known.column.name)}  # rows came in this order"
            break
    if times:
        yield f"# fresh: {{column: {word(times[0].column.name)}, within: 2d}}"
    later = [known for known in times if words_of(known.column.name) & {"label", "labelled", "labeled", "outcome"}]
    rest = [known for known in times if known not in later]
    if later and rest:
        pair = f"later: {word(later[0].column.name)}, earlier: {word(rest[0].column.name)}"
        yield f"# not_before: {{{pair}}}"


def _roles(columns: Sequence[ColumnProfile], rows: int) -> Iterator[str]:
    label = next((known.column.name for known in columns if is_label(known.column.name)), None)
    if label is not None:
        yield f"# label: {word(label)}"
    for known in columns:
        name, items = known.column.name, known.items
        named = words_of(name) & {"user", "customer", "patient", "session", "account"} and "id" in words_of(name)
        if named and not (items.complete and len(items.counts) == rows):
            yield f"# cluster: {word(name)}  # rows of one {word(name)} are not independent"
            break
