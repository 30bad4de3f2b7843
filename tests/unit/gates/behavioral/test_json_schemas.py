"""JSON schemas: values that fit and do not, and schemas that are refused rather than half understood."""

from __future__ import annotations

import pytest

from seatrial.digest import Json
from seatrial.gates.behavioral.matchers.schema_checks import Checks
from seatrial.gates.behavioral.matchers.schema_shape import KEYWORDS, NOTES, shape_faults

# For every keyword a schema, values that fit, and values that do not.
_CASES: dict[str, tuple[Json, list[Json], list[Json]]] = {
    "type": ({"type": ["integer", "null"]}, [1, 1.0, None], [1.5, True, "1", [], {}]),
    "enum": ({"enum": [1, "a", [True]]}, [1.0, "a", [True]], [True, "b", [1]]),
    "const": ({"const": {"a": [1]}}, [{"a": [1.0]}], [{"a": [True]}, {"a": [1], "b": 2}]),
    "minimum": ({"minimum": 2}, [2, 2.5, "1", True], [1.9]),
    "maximum": ({"maximum": 2}, [2, "3"], [2.1]),
    "exclusiveMinimum": ({"exclusiveMinimum": 2}, [2.1], [2]),
    "exclusiveMaximum": ({"exclusiveMaximum": 2}, [1.9], [2]),
    "multipleOf": ({"multipleOf": 0.01}, [0.07, 19.99, 0, "x"], [0.075]),
    "minLength": ({"minLength": 2}, ["\U0001f600\U0001f600", 1], ["\U0001f600"]),
    "maxLength": ({"maxLength": 2}, ["ab"], ["abc"]),
    "pattern": ({"pattern": "^a+$"}, ["aa", 5], ["b", "aab"]),
    "minItems": ({"minItems": 1}, [[1], "x"], [[]]),
    "maxItems": ({"maxItems": 1}, [[1]], [[1, 2]]),
    "uniqueItems": ({"uniqueItems": True}, [[1, True, "1"], [[1], [True]]], [[1, 1.0], [{"a": 1}, {"a": 1.0}]]),
    "items": ({"items": {"type": "string"}}, [["a"], [], 3], [["a", 1]]),
    "prefixItems": ({"prefixItems": [{"type": "integer"}], "items": False}, [[1], []], [["a"], [1, 2]]),
    "contains": ({"contains": {"const": 1}}, [[2, 1]], [[2], []]),
    "minContains": ({"contains": {"const": 1}, "minContains": 2}, [[1, 1]], [[1]]),
    "maxContains": ({"contains": {"const": 1}, "maxContains": 1}, [[1, 2]], [[1, 1], [2]]),
    "minProperties": ({"minProperties": 1}, [{"a": 1}], [{}]),
    "maxProperties": ({"maxProperties": 1}, [{"a": 1}], [{"a": 1, "b": 2}]),
    "required": ({"required": ["a"]}, [{"a": None}, []], [{"b": 1}]),
    "properties": ({"properties": {"a/b": {"type": "null"}}}, [{"a/b": None}, {"c": 1}], [{"a/b": 1}]),
    "patternProperties": ({"patternProperties": {"^x": {"type": "null"}}}, [{"y": 1}, {"x1": None}], [{"x1": 1}]),
    "additionalProperties": (
        {"properties": {"a": True}, "patternProperties": {"^x": True}, "additionalProperties": False},
        [{"a": 1, "x": 2}],
        [{"b": 1}],
    ),
    "propertyNames": ({"propertyNames": {"maxLength": 1}}, [{"a": 1}], [{"ab": 1}]),
    "dependentRequired": ({"dependentRequired": {"a": ["b"]}}, [{"a": 1, "b": 1}, {"c": 1}], [{"a": 1}]),
    "dependentSchemas": ({"dependentSchemas": {"a": {"required": ["b"]}}}, [{"a": 1, "b": 1}, {}], [{"a": 1}]),
    "allOf": ({"allOf": [{"minimum": 1}, {"maximum": 2}]}, [1, 2], [0, 3]),
    "anyOf": ({"anyOf": [{"const": 1}, {"type": "string"}]}, [1, "x"], [2]),
    "oneOf": ({"oneOf": [{"minimum": 1}, {"maximum": 2}]}, [0, 3], [1]),
    "not": ({"not": {"type": "string"}}, [1], ["x"]),
    "if": ({"if": {"type": "string"}, "then": {"minLength": 2}, "else": {"minimum": 5}}, ["ab", 5], ["a", 4]),
    "then": ({"if": True, "then": {"const": 1}}, [1], [2]),
    "else": ({"if": False, "else": {"const": 1}}, [1], [2]),
    "$ref": ({"$ref": "#/$defs/a~1b", "$defs": {"a/b": {"const": 1}}}, [1], [2]),
    "$defs": ({"$defs": {"a": {"const": 1}}}, [2], []),
    "definitions": ({"definitions": {"a": {"const": 1}}, "$ref": "#/definitions/a"}, [1], [2]),
}


@pytest.mark.parametrize("keyword", list(KEYWORDS))
def test_every_keyword_does_what_it_says(keyword: str) -> None:
    """A keyword that is accepted is also obeyed."""
    schema, fitting, others = _CASES[keyword]

    assert shape_faults(schema) == ()
    assert [value for value in fitting if Checks(schema).broken(value) is not None] == []
    assert [value for value in others if Checks(schema).broken(value) is None] == []


def test_references_may_lead_back_below_a_property() -> None:
    """A tree of any depth is an ordinary schema."""
    tree: Json = {"type": "object", "properties": {"left": {"$ref": "#"}, "right": {"$ref": "#"}}, "maxProperties": 2}

    assert shape_faults(tree) == ()
    assert Checks(tree).broken({"left": {"right": {}}}) is None
    assert Checks(tree).broken({"left": {"right": 3}}) == "#/type"


def test_schemas_that_refer_to_one_another_twice_take_no_exponential_time() -> None:
    """Without memory this would look at the value 2^60 times."""
    doubled = {f"a{at}": {"allOf": [{"$ref": f"#/$defs/a{at + 1}"}] * 2} for at in range(30)}
    schema: Json = {"$ref": "#/$defs/a0", "$defs": {**doubled, "a30": {"type": "string"}}}

    assert shape_faults(schema) == ()
    assert Checks(schema).broken("x") is None
    assert Checks(schema).broken(1) is not None


@pytest.mark.parametrize("note", NOTES)
def test_notes_demand_nothing(note: str) -> None:
    """Titles and the like are allowed and obeyed by nobody."""
    schema: Json = {note: "anything"}

    assert shape_faults(schema) == ()
    assert Checks(schema).broken(1) is None


@pytest.mark.parametrize(
    ("schema", "where", "message", "step"),
    [
        ({"requierd": ["a"]}, "#", "unknown keyword `requierd`", "Did you mean `required`?"),
        ({"format": "date"}, "#", "not supported", "Write a `pattern`"),
        ({"$id": "x"}, "#", "not supported", "Remove it"),
        ({"unevaluatedProperties": False}, "#", "not supported", "additionalProperties"),
        ({"items": [{"type": "string"}]}, "#/items", "must be a schema", "prefixItems"),
        ({"type": "text"}, "#/type", "must be one of null", "Correct"),
        ({"type": []}, "#/type", "must be one of null", "Correct"),
        ({"required": ["a", "a"]}, "#/required", "no two alike", "Correct"),
        ({"required": "a"}, "#/required", "a list of names", "Correct"),
        ({"minLength": -1}, "#/minLength", "at least 0", "Correct"),
        ({"minLength": True}, "#/minLength", "at least 0", "Correct"),
        ({"multipleOf": 0}, "#/multipleOf", "above 0", "Correct"),
        ({"enum": []}, "#/enum", "not empty", "Correct"),
        ({"allOf": []}, "#/allOf", "not empty", "Correct"),
        ({"properties": []}, "#/properties", "an object of schemas", "Correct"),
        ({"properties": {"a": 1}}, "#/properties/a", "must be a schema", "Write an object"),
        ({"pattern": "(?=a)"}, "#/pattern", "look-around", "Write it without"),
        ({"patternProperties": {"(": True}}, "#/patternProperties", "unclosed group", "Look at"),
        ({"$ref": "#/$defs/x"}, "#/$ref", "no schema is there", "Write a place in this schema"),
        ({"$ref": "http://example.org/x"}, "#/$ref", "no schema is there", "Write a place in this schema"),
        ({"$ref": "#/const", "const": {"type": "string"}}, "#/$ref", "no schema is there", "Write a place"),
        ({"$ref": "#"}, "#", "leads back to itself", "below `properties`"),
        ({"anyOf": [{"$ref": "#/$defs/a"}], "$defs": {"a": {"not": {"$ref": "#"}}}}, "#", "leads back", "below"),
        (5, "#", "must be a schema", "Write an object"),
    ],
)
def test_a_schema_that_is_not_understood_is_refused(schema: Json, where: str, message: str, step: str) -> None:
    """The specification ignores what it does not know; a demand that nobody obeys is worse than none."""
    found = shape_faults(schema)

    assert found
    assert found[0][0] == where
    assert message in found[0][1]
    assert step in found[0][2]


def test_a_schema_that_nests_too_deep_is_refused() -> None:
    """Before anything recurses into it."""
    schema: Json = True
    for _ in range(200):
        schema = {"not": schema}

    assert "nests deeper" in shape_faults(schema)[0][1]
