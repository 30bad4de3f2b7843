"""A schema for editors lists the keys that the readers accept: no more, no fewer, wherever they stand."""

from __future__ import annotations

import importlib
import pkgutil
import re
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

from seatrial import config
from seatrial.config.schema.documents import SCHEMAS, schema_of
from seatrial.config.schema.shapes import TEXT, closed
from tests.support.editor_schemas import FILES, asked_for, at, closed_mappings, values_of

ROOT = Path(__file__).parents[4]
PAGES = ("configuration", "gates", "contract", "registry")
NOT_OF_A_FILE = {"contract_pandera._COLUMN_KEYS", "contract_pandera._FRAME_KEYS"}


def _keys(mapping: Any) -> frozenset[str]:
    return frozenset(mapping["properties"])


def _all_key_lists() -> dict[str, frozenset[str]]:
    modules = (importlib.import_module(one.name) for one in pkgutil.walk_packages(config.__path__, "seatrial.config."))
    return {
        f"{module.__name__.removeprefix('seatrial.config.')}.{name}": frozenset(map(str, value))
        for module in modules
        for name, value in vars(module).items()
        if name.endswith("KEYS") and isinstance(value, tuple)
    }


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_schema_is_one_of_draft_07(name: str) -> None:
    schema = schema_of(name)

    assert schema["$schema"] == Draft7Validator.META_SCHEMA["$schema"]
    Draft7Validator.check_schema(schema)


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_file_with_every_mapping_fits_its_schema(name: str) -> None:
    errors = [error.message for error in Draft7Validator(schema_of(name)).iter_errors(values_of(FILES[name]))]

    assert errors == []


@pytest.mark.parametrize("name", SCHEMAS)
def test_readers_ask_for_the_keys_that_the_schema_lists_at_the_same_path(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever adds a key to a reader adds it to the module of `src/seatrial/config/schema/` that describes it."""
    schema: Any = schema_of(name)
    asked = asked_for(name, monkeypatch)

    assert len(asked) > 10
    for path, keys in asked.items():
        listed = [_keys(each) for each in at(schema, path, schema) if each.get("additionalProperties") is False]

        assert any(keys == each or (keys > each and _narrowed(path)) for each in listed), (
            f"at {'.'.join(map(str, path)) or 'the top'} the reader accepts {sorted(keys)}, "
            f"and the schema lists {[sorted(each) for each in listed]}: "
            "describe the difference in src/seatrial/config/schema/"
        )


def _narrowed(path: tuple[str | int, ...]) -> bool:
    """The drift of one column: the reader takes three keys more, to say that they hold for all columns together."""
    return path[-1:] == ("drift",) and len(path) > 1


@pytest.mark.parametrize("name", SCHEMAS)
def test_every_mapping_of_a_schema_was_compared_with_a_reader(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A mapping that no example holds would never be compared: add it to `tests/support/editor_schemas.py`."""
    asked = set(asked_for(name, monkeypatch).values())
    by_hand = {frozenset({"promote"})} | {frozenset({"p50", "p75", "p90", "p95", "p99", "mean"})}

    for mapping in closed_mappings(schema_of(name)):
        keys = _keys(mapping)
        assert keys in asked or keys in by_hand or mapping["title"] == "drift of a column", mapping["title"]


@pytest.mark.parametrize("name", sorted(_all_key_lists()))
def test_every_list_of_keys_is_in_a_schema(name: str) -> None:
    """A new section of a file comes with a list of its keys; here it is missed where no schema has it."""
    known = [_keys(mapping) for each in SCHEMAS for mapping in closed_mappings(schema_of(each))]
    matrix: Any = schema_of("seatrial")
    known.append(_keys(matrix["properties"]["stages"]["additionalProperties"]["properties"]["matrix"]))

    assert any(_all_key_lists()[name] <= keys for keys in known), (
        f"no schema for editors has the keys of seatrial.config.{name}: describe them in "
        "src/seatrial/config/schema/ (project.py, people.py, serving.py, stages.py, gates.py, gate_rules*.py or "
        "contract.py), "
        "and show them in tests/support/editor_schemas.py"
    )


def test_a_schema_that_lacks_a_key_of_its_reader_is_not_made_and_says_where_to_add_it() -> None:
    with pytest.raises(LookupError, match=r"`tier` lacks added; next: .* src/seatrial/config/schema/project\.py"):
        closed("seatrial.config.schema.project", ("old", "added"), {"old": TEXT}, title="tier")
    with pytest.raises(LookupError, match="`tier` has gone, which no reader accepts"):
        closed("seatrial.config.schema.project", ("old",), {"old": TEXT, "gone": TEXT}, title="tier")


def _plain(text: str) -> str:
    return " ".join(re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", text).split())


@pytest.mark.parametrize("name", SCHEMAS)
def test_descriptions_are_words_of_the_reference(name: str) -> None:
    """What an editor shows is what the pages say, so it changes with them."""
    pages = _plain("\n".join((ROOT / "docs/reference" / f"{page}.md").read_text("utf-8") for page in PAGES))
    said = [str(one) for one in _descriptions(schema_of(name))]

    assert len(said) > 40
    assert sorted({one for one in said if _plain(one).lower() not in pages.lower()}) == []
    assert [one for one in said if "\n" in one or len(one) > 120] == []


def _descriptions(schema: object) -> list[object]:
    if isinstance(schema, dict):
        own = [schema["description"]] if isinstance(schema.get("description"), str) else []
        return own + [found for value in schema.values() for found in _descriptions(value)]
    return [found for value in schema for found in _descriptions(value)] if isinstance(schema, list) else []


@pytest.mark.parametrize("name", SCHEMAS)
def test_every_key_of_a_schema_has_a_description_or_a_mapping_that_has_one(name: str) -> None:
    """Two ends (`min`, `max`) and the like are told by the key above them."""
    bare = {
        f"{mapping['title']}.{key}"
        for mapping in closed_mappings(schema_of(name))
        for key, shape in mapping["properties"].items()
        if "description" not in shape
    }
    told_above = ("rows.", "length.", "fresh.", "not_before.", "leakage.", "duplicates.", "nulls.", "limits on",
                  "score.", "shares.", "correlations.", "classifier.", "tolerance.", "timeouts.",
                  "max_increase.")  # fmt: skip

    assert sorted(key for key in bare if not key.startswith(told_above) and not key.endswith((".min", ".max"))) == []
