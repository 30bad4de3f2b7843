"""`contract.yaml`: text to what is asked of a dataset.

Called by `seatrial check`, and for each stage that `uses: data`. What only the data can tell, such as whether a
column that is named exists, is judged with the data; everything that can be known from the file is refused here,
all of it at once, because a rule that nothing can meet, or that nothing can break, is a mistake. Columns are
read in `contract_columns`, limits on drift in `contract_drift`; a schema of pandera is known by its `schema_type` and
read in `contract_pandera`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from seatrial.config.amounts import duration
from seatrial.config.contract_columns import read_columns
from seatrial.config.contract_drift import read_drift
from seatrial.config.contract_pandera import read_pandera
from seatrial.config.contract_words import names, ordered, share, whole
from seatrial.config.gates import parse_source
from seatrial.config.node import Node, Notes, kind
from seatrial.config.source import Source
from seatrial.data.mistaken import HEAD, as_contract, document_as_contract
from seatrial.data.policy import Contract, Disjoint, Extra, Fresh, NotBefore
from seatrial.errors import ConfigError, Place, some_of
from seatrial.nearest import nearest
from seatrial.verdict import OnInconclusive

CONTRACT_KEYS = (
    "rows", "columns", "extra_columns", "unique", "order_by", "fresh", "not_before", "disjoint", "label",
    "prediction", "cluster", "id", "leakage", "duplicates", "drift", "on_inconclusive",
)  # fmt: skip
ROWS_KEYS = ("min", "max")
FRESH_KEYS = ("column", "within")
NOT_BEFORE_KEYS = ("later", "earlier")
DISJOINT_KEYS = ("with", "on", "near")
LEAKAGE_KEYS = ("max",)
DUPLICATES_KEYS = ("max", "near")
LEAST_NEAR = 0.5
_CHANCE = 0.5  # the area under the curve of a column that says nothing


def load_contract(data: bytes, file: str, *, label: str | None = None) -> Contract:
    """The contract in a file (YAML, or JSON by its suffix). `label` is a label that is declared elsewhere.

    Raises ConfigError with every mistake of the file, each with its place.
    """
    refuse_other_files(data[:HEAD], file)
    notes = Notes()
    contract = read_contract(parse_source(data, file), notes, label=label)
    notes.raise_all()
    return contract


def refuse_other_files(head: bytes, file: str) -> None:
    """Raises ConfigError for what begins like no contract, before all of it is read."""
    mistake = as_contract(head, file)
    if mistake is not None:
        raise ConfigError(mistake.message, place=Place(file=file), next_step=mistake.next_step)


def read_contract(source: Source, notes: Notes, *, label: str | None = None) -> Contract:
    """The contract of a parsed file; mistakes are noted."""
    root = Node(source, (), source.value, notes)
    if source.value is None or source.value == {}:
        root.complain("the contract asks nothing", "write e.g. `columns: {age: {type: int, min: 0}}`")
        return Contract(file=source.file)
    if not isinstance(source.value, dict):
        root.complain(
            f"a mapping of rules was expected here, not {kind(source.value)}", "write `columns:` and names under it"
        )
        return Contract(file=source.file)
    if "schema_type" in source.value:
        return read_pandera(root)
    mistake = document_as_contract(source.value, source.file)
    if mistake is not None:
        root.complain(mistake.message, mistake.next_step)
        return Contract(file=source.file)
    if _is_of_something_else(source.value):
        keys = some_of([f"`{key}`" for key in source.value])
        root.complain(
            f"this is no contract: none of its keys ({keys}) is one of a contract",
            "give --contract a file with rules, such as `columns: {age: {type: int, min: 0}}`",
        )
        return Contract(file=source.file)
    root.fields(CONTRACT_KEYS)
    drift = read_drift(root.child("drift"))
    least, most = _rows(root.child("rows"))
    most_repeated, nearly_repeated = _duplicates(root.child("duplicates"))
    contract = Contract(
        file=source.file,
        columns=read_columns(root.child("columns"), drift),
        extra=Extra(_choice(root, "extra_columns", tuple(Extra), Extra.ALLOW)),
        min_rows=least,
        max_rows=most,
        unique=_unique(root.child("unique")),
        order_by=_text(root, "order_by"),
        fresh=_fresh(root.child("fresh")),
        not_before=_not_before(root.child("not_before")),
        disjoint=_disjoint(root.child("disjoint")),
        label=_text(root, "label"),
        prediction=_text(root, "prediction"),
        cluster=_text(root, "cluster"),
        id=names(root.child("id"), "columns of the id"),
        max_leakage=_leakage(root.child("leakage")),
        max_duplicate_share=most_repeated,
        max_near_duplicate_share=nearly_repeated,
        drift=drift,
        on_inconclusive=OnInconclusive(_choice(root, "on_inconclusive", tuple(OnInconclusive), OnInconclusive.HOLD)),
        places=_places(source),
    )
    _roles(root, contract)
    if label is None:
        _needs_label(root)
    return contract


def _is_of_something_else(keys: Collection[object]) -> bool:
    """Whether a file has several keys and none that a contract could have meant: then they are no mistakes of one."""
    return len(keys) > 1 and all(nearest(str(key), CONTRACT_KEYS) is None for key in keys)


def _places(source: Source) -> Mapping[str, Place]:
    """Places of everything but columns, by path: `rows.min`, `unique.0`."""
    paths = [path for path in source.positions if path and path[0] != "columns"]
    return {".".join(map(str, path)): source.place(path, at_key=True) for path in paths}


def _choice(root: Node, key: str, options: tuple[str, ...], default: str) -> str:
    child = root.child(key)
    word = None if child is None else child.choice(options, key)
    return default if word is None else word


def _text(root: Node, key: str) -> str | None:
    child = root.child(key)
    return None if child is None else (child.text(key) or None)


def _rows(node: Node | None) -> tuple[int | None, int | None]:
    if node is None or not node.fields(ROWS_KEYS):
        return None, None
    least, most = whole(node, "min"), whole(node, "max")
    if least is None and most is None and not node.broken:
        node.complain("`rows` needs `min`, `max` or both", "write e.g. `rows: {min: 1000}`", at_key=True)
    if most == 0 and not node.broken:
        node.at("max").complain("max 0 asks for a dataset without rows", "write the most rows there may be")
    ordered(node, "min", least, "max", most)
    return least, most


def _unique(node: Node | None) -> tuple[tuple[str, ...], ...]:
    if node is None:
        return ()
    if isinstance(node.value, str):
        return (names(node, "columns"),)
    found: list[tuple[str, ...]] = []
    for entry in node.entries("columns, or of lists of columns"):
        key = names(entry, "columns that are unique together")
        if key and any(set(key) == set(other) for other in found):
            entry.complain(f"{', '.join(key)} is asked to be unique twice", "keep one of the two")
        found.append(key)
    if not found and not node.broken:
        node.complain("`unique` names no column", "write e.g. `unique: [id, [user, day]]`")
    return tuple(found)


def _fresh(node: Node | None) -> Fresh | None:
    if node is None or not node.fields(FRESH_KEYS):
        return None
    column = node.required("column", "name the column with the time, e.g. `column: created_at`")
    within = node.required("within", "say how old the newest row may be, e.g. `within: 2d`")
    if column is None or within is None:
        return None
    return Fresh(column=column.text("column"), within=duration(within, "within"))


def _not_before(node: Node | None) -> tuple[NotBefore, ...]:
    found = []
    for entry in _one_or_more(node, "pairs of columns"):
        if not entry.fields(NOT_BEFORE_KEYS):
            continue
        later = entry.required("later", "name the column whose time comes later, e.g. `later: labelled_at`")
        earlier = entry.required("earlier", "name the column whose time comes first, e.g. `earlier: event_at`")
        if later is None or earlier is None:
            continue
        pair = NotBefore(later=later.text("later"), earlier=earlier.text("earlier"))
        if pair.later and pair.later == pair.earlier:
            later.complain(f"`{pair.later}` is compared with itself", "name two columns")
        found.append(pair)
    return tuple(found)


def _disjoint(node: Node | None) -> tuple[Disjoint, ...]:
    found = []
    for entry in _one_or_more(node, "datasets"):
        if not entry.fields(DISJOINT_KEYS):
            continue
        other = entry.required("with", "name the file or folder that shares no row, e.g. `with: test.parquet`")
        if other is not None:
            on = names(entry.child("on"), "columns")
            found.append(Disjoint(path=other.text("with"), on=on, near=_near(entry, on)))
    return tuple(found)


def _near(entry: Node, on: tuple[str, ...]) -> float | None:
    """From which similarity on texts are the same."""
    node = entry.child("near")
    if node is None:
        return None
    near = share(node, "near")
    if node.broken:
        return None
    if near < LEAST_NEAR:
        node.complain(f"near must be at least {LEAST_NEAR}, and is {near:g}", "write e.g. `near: 0.8`")
    elif not on:
        node.complain("`near` compares texts, and `on` names none", "name the columns of texts, e.g. `on: text`")
    return near


def _one_or_more(node: Node | None, what: str) -> list[Node]:
    """The entries of a list; a mapping alone is a list of one."""
    if node is None:
        return []
    if isinstance(node.value, dict):
        return [node]
    found = list(node.entries(what))
    if not found and not node.broken:
        node.complain("the list is empty", f"write {what}, or remove the key")
    return found


def _duplicates(node: Node | None) -> tuple[float | None, float | None]:
    """The share of rows that may repeat another, and of texts that may nearly do."""
    if node is None or not node.fields(DUPLICATES_KEYS):
        return None, None
    most, near = node.child("max"), node.child("near")
    if most is None and near is None:
        node.complain("`duplicates` has no limit", "write e.g. `duplicates: {max: 1%}`")
    return (
        None if most is None else share(most, "duplicates.max"),
        None if near is None else share(near, "duplicates.near"),
    )


def _leakage(node: Node | None) -> float | None:
    if node is None or not node.fields(LEAKAGE_KEYS):
        return None
    child = node.required("max", "write e.g. `leakage: {max: 0.9}`")
    most = None if child is None else share(child, "leakage.max", such="write e.g. `max: 0.9`")
    if child is not None and most is not None and not child.broken and not most > _CHANCE:
        child.complain(
            f"leakage.max must lie above {_CHANCE}, and is {most:g}; that much is chance", "write e.g. `max: 0.9`"
        )
    return most


def _roles(root: Node, contract: Contract) -> None:
    """What a column is cannot be two things at once."""
    roles = {"label": contract.label, "prediction": contract.prediction, "cluster": contract.cluster}
    taken: dict[str, str] = {}
    for role, column in roles.items():
        if column is None:
            continue
        if column in taken:
            root.at(role).complain(
                f"`{column}` is both {taken[column]} and {role}", f"name another column as {role}, or remove it"
            )
        elif contract.columns and column in contract.id and role != "cluster":
            root.at(role).complain(f"`{column}` is both id and {role}", "name another column, or remove one")
        taken.setdefault(column, role)


def _needs_label(root: Node) -> None:
    """A limit on how well a column gives the label away holds nothing where nobody knows the label."""
    leakage = root.child("leakage")
    if leakage is not None and root.child("label") is None and not leakage.broken:
        leakage.complain(
            "`leakage` needs `label`: without one nothing is looked at",
            "add `label:` with the column that a model is to predict, or remove `leakage`",
            at_key=True,
        )
