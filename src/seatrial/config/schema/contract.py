"""The shape of a dataset's contract for editors.

Called by `documents` beside this file. The readers are `contract`, `contract_columns` and `contract_drift`; a schema
of pandera, which is known by its `schema_type`, is let through as it is, for other tools write it. Which rules go
together with which type, and whether anything can meet them, only the loader tells.
"""

from __future__ import annotations

from seatrial.config import contract as reader
from seatrial.config import contract_columns as column_reader
from seatrial.config import contract_drift as drift_reader
from seatrial.config.contract_pandera import KINDS
from seatrial.config.contract_words import MOST
from seatrial.config.schema.shapes import (
    DURATION_SHAPE,
    FLAG,
    PERCENTAGE,
    TEXT,
    Schema,
    above,
    any_key,
    between,
    closed,
    entries,
    key,
    one_of,
    texts,
    whole,
    word,
)
from seatrial.data.claims import Severity
from seatrial.data.policy import Distance, Drift, Extra
from seatrial.verdict import OnInconclusive

_SHARE = one_of({"type": "number", "minimum": 0, "maximum": 1}, PERCENTAGE)
_COUNT = whole(0, MOST)
_COLUMNS = one_of(TEXT, texts(least=1))
_BOUND: Schema = {"type": ["number", "string"]}
_VALUES = entries({"type": ["number", "string", "boolean"]}, least=1)


def contract() -> Schema:
    """The whole of a contract."""
    pandera: Schema = {"properties": {"schema_type": {"enum": [*KINDS]}}}
    named = {"required": ["schema_type"]}
    return {"title": "data contract", "type": "object", "if": named, "then": pandera, "else": _rules()}


def _rules() -> Schema:
    columns: Schema = {
        "type": "object",
        "propertyNames": {"pattern": r"\S"},
        "additionalProperties": _column(),
        "minProperties": 1,
    }
    role = "the column a model is to predict"
    return closed(
        __name__,
        reader.CONTRACT_KEYS,
        {
            "rows": key("`{min, max}`: how many rows there are", _ends("rows")),
            "columns": key("rules for each column", columns),
            "extra_columns": key(
                "what a column is that `columns` does not name: `allow`, `warn` or `forbid`",
                word(Extra),
                default=Extra.ALLOW.value,
            ),
            "unique": key(
                "keys that no two rows share: a list of columns, and of lists of columns that are unique together",
                one_of(TEXT, entries(_COLUMNS, least=1)),
            ),
            "order_by": key("rows are in the order of this column, across files too", TEXT),
            "fresh": key("the newest time of `column` is at most `within` old", _fresh()),
            "not_before": key(
                "row by row, the time in `later` is not before the one in `earlier`", _one_or_more(_not_before())
            ),
            "disjoint": key("no row is also in the dataset `with`", _one_or_more(_disjoint())),
            "label": key(role, TEXT),
            "prediction": key("the column with a model's predictions", TEXT),
            "cluster": key(
                "the column that says which rows belong together and are not independent, such as a user", TEXT
            ),
            "id": key("the column, or columns, that name a row", _COLUMNS),
            "leakage": key("how well one column alone may predict the label", _leakage()),
            "duplicates": key("the share of rows that may repeat an earlier one in all columns", _duplicates()),
            "drift": key("when a difference from the reference is an alarm", _drift(of_column=False)),
            "on_inconclusive": key(
                "what INCONCLUSIVE does: `warn`, `hold` or `block`",
                word(OnInconclusive),
                default=OnInconclusive.HOLD.value,
            ),
        },
        title="rules",
        minProperties=1,
    )


def _ends(title: str) -> Schema:
    """Two ends, at least one: of rows, or of characters."""
    keys = reader.ROWS_KEYS if title == "rows" else column_reader.LENGTH_KEYS
    return closed(__name__, keys, {"min": _COUNT, "max": _COUNT}, title=title, also=any_key(keys))


def _one_or_more(entry: Schema) -> Schema:
    return one_of(entry, entries(entry, least=1))


def _fresh() -> Schema:
    keys = reader.FRESH_KEYS
    return closed(__name__, keys, {"column": TEXT, "within": DURATION_SHAPE}, title="fresh", required=keys)


def _not_before() -> Schema:
    keys = reader.NOT_BEFORE_KEYS
    return closed(__name__, keys, dict.fromkeys(keys, TEXT), title="not_before", required=keys)


def _disjoint() -> Schema:
    near = {"type": "number", "minimum": reader.LEAST_NEAR, "maximum": 1}
    return closed(
        __name__,
        reader.DISJOINT_KEYS,
        {
            "with": key("no row is also in the dataset `with`", TEXT),
            "on": key("rows are the same if the columns `on` are, or all columns", _COLUMNS),
            "near": key("texts are the same if they share that much of their words", one_of(near, PERCENTAGE)),
        },
        title="disjoint",
        required=("with",),
        dependencies={"near": ["on"]},
    )


def _leakage() -> Schema:
    most = one_of({"type": "number", "exclusiveMinimum": 0.5, "maximum": 1}, PERCENTAGE)
    return closed(__name__, reader.LEAKAGE_KEYS, {"max": most}, title="leakage", required=("max",))


def _duplicates() -> Schema:
    keys = reader.DUPLICATES_KEYS
    return closed(__name__, keys, dict.fromkeys(keys, _SHARE), title="duplicates", also=any_key(keys))


def _column() -> Schema:
    """Nothing, a type alone, or rules."""
    types = word(column_reader.TYPES)
    nulls = closed(__name__, column_reader.NULLS_KEYS, {"max": _SHARE}, title="nulls", required=("max",))
    rules = closed(
        __name__,
        column_reader.COLUMN_KEYS,
        {
            "type": key("a kind: `number`, `text`, `flag`, `time`, `vector`, `list`; or what is stored", types),
            "required": key("the column is there", FLAG, default=True),
            "nullable": key("`false`: no null", FLAG, default=True),
            "nulls": key("the share of nulls there may be", nulls),
            "unique": key("no two rows share a value (a second pass)", FLAG, default=False),
            "min": key("numbers or times from here on; with or without `max`", _BOUND),
            "max": key("numbers or times up to here", _BOUND),
            "above": key("as `min`, the bound itself left out", _BOUND),
            "below": key("as `max`, the bound itself left out", _BOUND),
            "one_of": key("only these values: texts, numbers, or true and false", _VALUES),
            "none_of": key("none of these values", _VALUES),
            "pattern": key(
                "the whole text matches; a list of patterns: all of them", one_of(TEXT, entries(TEXT, least=1))
            ),
            "length": key("`{min, max}`: characters of a text", _ends("length")),
            "finite": key("`true`: no NaN and no infinity", FLAG),
            "sensitive": key("its values are shown nowhere", FLAG, default=False),
            "severity": key(
                "what breaking a rule does: `error` blocks, `warning` is told, `info` is a note",
                word(Severity),
                default=Severity.ERROR.value,
            ),
            "drift": key("limits for this column, or `off`", _drift(of_column=True)),
        },
        title="column",
    )
    return one_of({"type": "null"}, types, rules)


def _drift(*, of_column: bool) -> Schema:
    usual = Drift()
    most: Schema = {
        "title": "limits on distances",
        "type": "object",
        "properties": {str(distance): above(0) for distance in Distance},
        "additionalProperties": False,
    }
    values = {
        "floor": key(
            "a difference below this many standard deviations does not matter", between(0, 10), default=usual.floor
        ),
        "detect": key("a difference of this size must not go unseen", between(0, 10), default=usual.detect),
        "q": key("the share of false alarms among alarms (Benjamini and Hochberg)", between(0, 0.5), default=usual.q),
        "confidence": key("of every bound", between(0.5, 1), default=usual.confidence),
        "max": key("limits on distances, such as `{kl: 0.1}`", most),
        "shares": key("`{floor, detect}` for shares of rows: nulls, new values", _effect("shares", 1.0)),
        "correlations": key("`{floor, detect}` for rank correlations", _effect("correlations", 2.0)),
        "classifier": key(
            "`{floor, detect}` for how well a classifier tells the two datasets apart", _effect("classifier", 0.5)
        ),
    }
    keys = drift_reader.COLUMN_KEYS if of_column else drift_reader.DRIFT_KEYS
    title = "drift of a column" if of_column else "drift"
    limits = closed(__name__, keys, {name: values[name] for name in keys}, title=title, minProperties=1)
    return one_of({"const": drift_reader.OFF}, limits)


def _effect(title: str, most: float) -> Schema:
    keys = drift_reader.EFFECT_KEYS
    return closed(__name__, keys, dict.fromkeys(keys, between(0, most)), title=title)
