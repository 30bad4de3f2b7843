"""`config --show`: every value, its origin, 80 columns, nothing a terminal obeys."""

from __future__ import annotations

import json

import pytest

from seatrial.config.origins import Origin
from seatrial.config.show import as_json, as_text, shown_value

ORIGINS = (
    Origin(key="project", value="digits", where="seatrial.yaml:1:1"),
    Origin(key="params.train.lr", value=0.1, where="params.yaml:2:3"),
    Origin(key="stages.train.cmd", value="python -m digits.train " + "--flag value " * 12, where="seatrial.yaml:9:5"),
    Origin(key="tiers." + "t" * 60 + ".baseline", value="production", where="default"),
)


def test_a_short_value_and_its_origin_share_a_line_of_80_columns() -> None:
    first = as_text(ORIGINS).splitlines()[0]

    assert first == "project = digits" + " " * 47 + "seatrial.yaml:1:1"
    assert len(first) == 80


def test_a_long_value_is_wrapped_below_its_key_and_nothing_is_lost() -> None:
    lines = as_text(ORIGINS).splitlines()
    at = next(number for number, line in enumerate(lines) if line.startswith("stages.train.cmd ="))

    assert all(len(line) <= 80 for line in lines)
    assert lines[at].endswith("seatrial.yaml:9:5")
    assert " ".join(" ".join(lines[at + 1 : at + 5]).split()).count("--flag value") == 12


def test_sections_stand_apart() -> None:
    assert as_text(ORIGINS).count("\n\n") == 3


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("digits", "digits"),
        ("3.10", '"3.10"'),
        ("no", "no"),
        ("true", '"true"'),
        ("", '""'),
        (" x", '" x"'),
        (".nan", '".nan"'),
        (0.1, "0.1"),
        (True, "true"),
        (None, "null"),
        ([1, "a"], '[1, "a"]'),
        ("a\x1b[31m", '"a\\u001b[31m"'),
        ("a\u202eb", '"a\\u202eb"'),
    ],
)
def test_text_is_quoted_where_it_would_mean_something_else(value: object, expected: str) -> None:
    assert shown_value(value) == expected


def test_the_json_form_is_versioned_and_complete() -> None:
    text = json.loads(json.dumps(as_json(ORIGINS)))

    assert text["schema_version"] == 1
    assert text["values"][1] == {"key": "params.train.lr", "value": 0.1, "where": "params.yaml:2:3"}
    assert len(text["values"]) == len(ORIGINS)
