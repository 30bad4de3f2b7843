"""GitHub's published description of its API, as a judge of requests and answers.

`make live` fetches it; `GITHUB_OPENAPI` may name the file. It is OpenAPI 3.0, whose schemas are JSON Schema but for
`nullable`, which is translated. Where the file or jsonschema is missing, there is no description: the fake works all
the same, and the tests that are about the description are left out by name.

Stricter than the description: a member or a query parameter that it does not name is a mistake of whoever sent it,
though GitHub would pass over it in silence.
"""

from __future__ import annotations

import functools
import importlib
import importlib.util
import json
import os
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

FILE = Path(os.environ.get("GITHUB_OPENAPI") or Path(sys.prefix, "openapi", "github.json"))
IS_HERE = FILE.is_file() and importlib.util.find_spec("jsonschema") is not None
needs_description = pytest.mark.skipif(not IS_HERE, reason="GitHub's description or jsonschema is not installed")


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One operation, and what its path says."""

    method: str
    template: str
    declared: Mapping[str, Any]
    path: Mapping[str, str]


@functools.cache
def description() -> Description | None:
    """The description; None where it is not here."""
    return Description(json.loads(FILE.read_text(encoding="utf-8"))) if IS_HERE else None


class Description:
    """The description, cut to the operations that are asked for."""

    def __init__(self, document: dict[str, Any]) -> None:
        jsonschema = importlib.import_module("jsonschema")  # may be missing where tests are only collected
        self.document = _translated(document)
        self._original = document
        self._formats = jsonschema.FormatChecker(formats=[])
        self._formats.checks("date-time", raises=ValueError)(_is_instant)
        self._formats.checks("uri")(_is_address)
        self._validator = functools.cache(self._made)

    def example(self, name: str) -> Any:
        """A fresh copy of a published example."""
        return json.loads(json.dumps(self._original["components"]["examples"][name]["value"]))

    def operation(self, method: str, path: str) -> Operation | None:
        """The operation that a request is; None for one that is not described."""
        for template, methods in self.document["paths"].items():
            names = re.findall(r"\{(\w+)\}", template)
            found = re.fullmatch(re.sub(r"\{\w+\}", "([^/]+)", template), path)
            if found and method.lower() in methods:
                values = {name: unquote(value) for name, value in zip(names, found.groups(), strict=True)}
                return Operation(method=method, template=template, declared=methods[method.lower()], path=values)
        return None

    def faults_of_request(self, operation: Operation, query: Mapping[str, list[str]], body: Any) -> list[str]:
        """What is wrong with a request; `body` is None where it has none."""
        faults: list[str] = []
        declared = [self._resolved(one) for one in operation.declared.get("parameters", [])]
        known = {one["name"] for one in declared if one["in"] == "query"}
        faults += [f"query {name} is not described" for name in query if name not in known]
        faults += [f"query {name} is given twice" for name, values in query.items() if len(values) > 1]
        for one in declared:
            given = (
                operation.path.get(one["name"]) if one["in"] == "path" else next(iter(query.get(one["name"], [])), None)
            )
            if given is None:
                faults += [f"{one['name']} is missing"] if one.get("required") else []
            else:
                faults += self._faults(one["schema"], _typed(given, one["schema"]), one["name"])
        content = operation.declared.get("requestBody", {}).get("content", {}).get("application/json")
        if content is None:
            return faults + (["a body is not described"] if body is not None else [])
        faults += self._faults(content["schema"], body, "body")
        return faults + list(self._undescribed(content["schema"], body, "body"))

    def faults_of_answer(self, operation: Operation | None, status: int, body: Any) -> list[str]:
        """What is wrong with an answer of the fake's. A refusal that is not declared has the form of them all."""
        declared = {} if operation is None else operation.declared["responses"]
        if str(status) not in declared:
            undeclared = [] if status >= 400 else [f"{status} is not described"]
            return undeclared + self._faults({"$ref": "#/components/schemas/basic-error"}, body, "answer")
        response = self._resolved(declared[str(status)])
        content = response.get("content", {}).get("application/json")
        if content is None:
            return [] if body is None or status >= 400 else ["a body is not described"]
        return self._faults(content["schema"], body, "answer")

    def _faults(self, schema: Any, value: Any, where: str) -> list[str]:
        validator = self._validator(json.dumps(schema, sort_keys=True))
        return [
            f"{where}{error.json_path.removeprefix('$')}: {error.message}" for error in validator.iter_errors(value)
        ]

    def _made(self, schema: str) -> Any:
        jsonschema = importlib.import_module("jsonschema")
        whole = {**json.loads(schema), "components": self.document["components"]}
        return jsonschema.Draft202012Validator(whole, format_checker=self._formats)

    def _resolved(self, value: Any) -> Any:
        while "$ref" in value:
            kind, _, name = value["$ref"].removeprefix("#/components/").partition("/")
            value = self.document["components"][kind][name]
        return value

    def _undescribed(self, schema: Any, value: Any, where: str) -> Iterator[str]:
        """Members that the description does not name."""
        schema = self._resolved(schema)
        if isinstance(value, list) and "items" in schema:
            for each in value:
                yield from self._undescribed(schema["items"], each, f"{where}[]")
        elif isinstance(value, dict) and "properties" in schema:
            for name, each in value.items():
                if name not in schema["properties"]:
                    yield f"{where}.{name} is not described"
                else:
                    yield from self._undescribed(schema["properties"][name], each, f"{where}.{name}")


def _translated(value: Any) -> Any:
    """`nullable` as JSON Schema says it."""
    if isinstance(value, list):
        return [_translated(each) for each in value]
    if not isinstance(value, dict):
        return value
    schema = {name: _translated(each) for name, each in value.items()}
    if schema.get("nullable") is not True:
        return schema
    del schema["nullable"]
    return {"anyOf": [schema, {"type": "null"}]}


def _typed(text: str, schema: Mapping[str, Any]) -> Any:
    if schema.get("type") == "integer":
        return int(text) if re.fullmatch(r"-?\d{1,18}", text) else text
    if schema.get("type") == "boolean":
        return {"true": True, "false": False}.get(text, text)
    return text


def _is_instant(value: object) -> bool:
    return not isinstance(value, str) or datetime.fromisoformat(value).tzinfo is not None


def _is_address(value: object) -> bool:
    return not isinstance(value, str) or not value or bool(urlsplit(value).scheme)  # GitHub has an empty one for none
