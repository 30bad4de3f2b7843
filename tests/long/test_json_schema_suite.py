"""The official test suite of JSON Schema, for the schemas that are understood. Needs a clone of it:

    git clone https://github.com/json-schema-org/JSON-Schema-Test-Suite /tmp/suite
    JSON_SCHEMA_SUITE=/tmp/suite make test-long PYTEST_ARGS="-n 0 -s tests/long/test_json_schema_suite.py"

It is not part of this repository; docs/decisions/0020 says what came out, and of which commit.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from seatrial.gates.behavioral.matchers.schema_checks import Checks
from seatrial.gates.behavioral.matchers.schema_shape import shape_faults

_SUITE = os.environ.get("JSON_SCHEMA_SUITE")


@pytest.mark.skipif(_SUITE is None, reason="JSON_SCHEMA_SUITE names no clone of the suite")
def test_every_schema_that_is_understood_comes_out_as_the_suite_says() -> None:
    """Values fit exactly where they should; schemas with other keywords are refused, and counted."""
    agreed = refused = 0
    wrong: list[str] = []
    for path in sorted((Path(_SUITE or "") / "tests" / "draft2020-12").glob("*.json")):
        for group in json.loads(path.read_text(encoding="utf-8")):
            if shape_faults(group["schema"]):
                refused += len(group["tests"])
                continue
            for test in group["tests"]:
                fits = Checks(group["schema"]).broken(test["data"]) is None
                agreed += fits == test["valid"]
                if fits != test["valid"]:
                    wrong.append(f"{path.name}: {group['description']}: {test['description']}")
    print(f"\n{agreed} tests agree, {len(wrong)} do not, {refused} are of schemas that are refused")

    assert wrong == []
    assert agreed > 700
