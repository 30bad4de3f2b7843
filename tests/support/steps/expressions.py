"""Expressions of GitHub Actions, `${{ ... }}`, as far as our own workflows use them; anything else is an error.

Called by the runner of workflow files (`runner.py`). Values coerce as GitHub's documentation says: strings compare
without regard to case, values of different types as numbers, `&&` and `||` give an operand back.

What is subtle: on GitHub a misspelt name is null and so false, or an empty string in a command. Here a member that a
mapping does not have is an `ExpressionError`, unless the mapping is `Open`: payloads of events and outputs of steps,
where things may well be absent.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

_TOKEN = re.compile(
    r"\s*(?:(?P<number>-?\d+(?:\.\d+)?)|(?P<string>'(?:[^']|'')*')|(?P<name>[A-Za-z_][A-Za-z0-9_-]*)"
    r"|(?P<sign>==|!=|<=|>=|&&|\|\||[!<>().,\[\]*]))"
)
_BRACED = re.compile(r"\$\{\{(.*?)\}\}", re.DOTALL)
_STATUS = ("success", "failure", "always", "cancelled")


class ExpressionError(Exception):
    """A file asks for what GitHub would refuse, would silently take for null, or this runner does not know."""


class Open(dict[str, Any]):
    """A mapping whose absent members are null."""


def opened(value: Any) -> Any:
    """The same document, all of whose mappings are `Open`."""
    if isinstance(value, Mapping):
        return Open({name: opened(each) for name, each in value.items()})
    return [opened(each) for each in value] if isinstance(value, list) else value


@dataclass(frozen=True, kw_only=True)
class Scope:
    """What an expression can see: contexts by name, the status functions, and `hashFiles` where there is a tree."""

    contexts: Mapping[str, Any]
    status: Mapping[str, bool] = field(default_factory=dict)
    hash_files: Callable[..., str] | None = None

    def text(self, value: Any) -> str:
        """A value of a workflow file with its expressions filled in, as a string."""
        if not isinstance(value, str):
            return _as_text(value)
        return _BRACED.sub(lambda found: _as_text(self.evaluate(found[1])), value)

    def value(self, value: Any) -> Any:
        """The same; what is one expression and nothing else keeps its type."""
        if isinstance(value, list):
            return [self.value(each) for each in value]
        if isinstance(value, Mapping):
            return {name: self.value(each) for name, each in value.items()}
        found = _BRACED.fullmatch(value.strip()) if isinstance(value, str) else None
        if found is not None and "${{" not in found[1]:
            return self.evaluate(found[1])
        return self.text(value) if isinstance(value, str) else value

    def holds(self, condition: Any) -> bool:
        """An `if:`. Without a status function in it, it also takes success()."""
        if isinstance(condition, bool):
            condition = "true" if condition else "false"
        text = str(condition).strip()
        found = _BRACED.fullmatch(text)
        inner = found[1] if found is not None else text
        if "${{" in inner:
            raise ExpressionError(f"text around an expression makes a condition always true: {condition}")
        named = any(re.search(rf"\b{name}\s*\(", inner) for name in _STATUS)
        return (named or self.status["success"]) and truthy(self.evaluate(inner))

    def evaluate(self, text: str) -> Any:
        """One expression, without its braces."""
        reader = _Reader(tokens=_tokens(text), scope=self, text=text.strip())
        value = reader.alternatives(live=True)
        if reader.at < len(reader.tokens):
            raise ExpressionError(f"cannot be read from {reader.tokens[reader.at][1]!r} on: {text.strip()}")
        return value


def truthy(value: Any) -> bool:
    """As GitHub takes it."""
    return not (
        value is None or value is False or value == "" or (_is_number(value) and (value == 0 or value != value))
    )


def _tokens(text: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    at = 0
    while text[at:].strip():
        match = _TOKEN.match(text, at)
        if match is None:
            raise ExpressionError(f"cannot be read at {text[at:].strip()[:20]!r}: {text.strip()}")
        found.append((str(match.lastgroup), match[str(match.lastgroup)]))
        at = match.end()
    return found


@dataclass(kw_only=True)
class _Reader:
    """Descends through one expression. Where it is not `live`, nothing is looked up: that side is not asked for."""

    tokens: list[tuple[str, str]]
    scope: Scope
    text: str
    at: int = 0

    def _next_is(self, *signs: str) -> str | None:
        if self.at < len(self.tokens) and self.tokens[self.at][0] == "sign" and self.tokens[self.at][1] in signs:
            self.at += 1
            return self.tokens[self.at - 1][1]
        return None

    def _must(self, sign: str) -> None:
        if self._next_is(sign) is None:
            raise ExpressionError(f"{sign!r} is missing: {self.text}")

    def alternatives(self, *, live: bool) -> Any:
        value = self._conjunction(live=live)
        while self._next_is("||"):
            other = self._conjunction(live=live and not truthy(value))
            value = value if truthy(value) else other
        return value

    def _conjunction(self, *, live: bool) -> Any:
        value = self._equality(live=live)
        while self._next_is("&&"):
            other = self._equality(live=live and truthy(value))
            value = other if truthy(value) else value
        return value

    def _equality(self, *, live: bool) -> Any:
        value = self._unary(live=live)
        while sign := self._next_is("==", "!=", "<", "<=", ">", ">="):
            value = _compared(value, sign, self._unary(live=live))
        return value

    def _unary(self, *, live: bool) -> Any:
        return not truthy(self._unary(live=live)) if self._next_is("!") else self._members(live=live)

    def _members(self, *, live: bool) -> Any:
        value, path = self._primary(live=live)
        while sign := self._next_is(".", "["):
            if sign == "[":
                key = self.alternatives(live=live)
                self._must("]")
            else:
                key = self._name()
            value = _member(value, key, path) if live else None
            path = f"{path}.{key}"
        return value

    def _name(self) -> str:
        if self.at >= len(self.tokens) or self.tokens[self.at][0] != "name":
            raise ExpressionError(f"a name is missing after the dot: {self.text}")
        self.at += 1
        return self.tokens[self.at - 1][1]

    def _primary(self, *, live: bool) -> tuple[Any, str]:
        if self._next_is("("):
            value = self.alternatives(live=live)
            self._must(")")
            return value, "(...)"
        if self.at >= len(self.tokens):
            raise ExpressionError(f"ends too early: {self.text}")
        kind, text = self.tokens[self.at]
        self.at += 1
        if kind == "number":
            return (float(text) if "." in text else int(text)), text
        if kind == "string":
            return text[1:-1].replace("''", "'"), text
        if kind != "name":
            raise ExpressionError(f"{text!r} stands in the wrong place: {self.text}")
        if self._next_is("("):
            return self._call(text, live=live), f"{text}()"
        if text in ("true", "false", "null"):
            return {"true": True, "false": False, "null": None}[text], text
        if live and text not in self.scope.contexts:
            raise ExpressionError(f"there is no context {text} here: {self.text}")
        return (self.scope.contexts[text] if live else None), text

    def _call(self, name: str, *, live: bool) -> Any:
        given: list[Any] = []
        while not self._next_is(")"):
            if given:
                self._must(",")
            given.append(self.alternatives(live=live))
        return self.scope_call(name, given) if live else None

    def scope_call(self, name: str, given: list[Any]) -> Any:
        """What a function gives for these values."""
        if name in _STATUS and not given:
            if name not in self.scope.status:
                raise ExpressionError(f"{name}() can only stand in an `if`: {self.text}")
            return self.scope.status[name]
        if name == "hashFiles":
            if self.scope.hash_files is None:
                raise ExpressionError(f"hashFiles needs a work tree: {self.text}")
            return self.scope.hash_files(*given)
        known = {each.lower(): act for each, act in _FUNCTIONS.items()}
        if name.lower() not in known:
            raise ExpressionError(f"there is no function {name}: {self.text}")
        return known[name.lower()](*given)


def _member(value: Any, key: Any, path: str) -> Any:
    if isinstance(value, list) and isinstance(key, int):
        return value[key] if key < len(value) else None
    if isinstance(value, Mapping):
        for name, each in value.items():
            if str(name).lower() == str(key).lower():
                return each
        if isinstance(value, Open):
            return None
        raise ExpressionError(f"{path} has no {key}, only {', '.join(map(str, value)) or 'nothing'}")
    if value is None:
        return None
    raise ExpressionError(f"{path} has no members, and {key} is asked of it")


def _compared(left: Any, sign: str, right: Any) -> bool:
    if isinstance(left, str) and isinstance(right, str):
        left, right = left.lower(), right.lower()
    elif type(left) is not type(right) or left is None:
        left, right = _number(left), _number(right)
    match sign:
        case "==":
            return bool(left == right)
        case "!=":
            return bool(left != right)
        case "<":
            return bool(left < right)
        case "<=":
            return bool(left <= right)
        case ">":
            return bool(left > right)
    return bool(left >= right)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _number(value: Any) -> float:
    if value is None or value == "":
        return 0.0
    if isinstance(value, (bool, int, float)):
        return float(value)
    try:
        return float(value)
    except (TypeError, ValueError):
        return math.nan


def _as_text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, (str, int)):
        return str(value)
    raise ExpressionError(f"is no text: {json.dumps(value)[:200]}")


def _contains(where: Any, what: Any) -> bool:
    if isinstance(where, list):
        return any(_compared(each, "==", what) for each in where)
    return _as_text(what).lower() in _as_text(where).lower()


def _format(text: str, *given: Any) -> str:
    return re.sub(r"\{(\d+)\}", lambda found: _as_text(given[int(found[1])]), text)


def _from_json(text: Any) -> Any:
    try:
        return opened(json.loads(_as_text(text)))
    except ValueError as error:
        raise ExpressionError(f"fromJSON is given what is no JSON: {text!r}") from error


_FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "contains": _contains,
    "startsWith": lambda text, start: _as_text(text).lower().startswith(_as_text(start).lower()),
    "endsWith": lambda text, end: _as_text(text).lower().endswith(_as_text(end).lower()),
    "format": _format,
    "join": lambda values, sign=",": _as_text(sign).join(map(_as_text, values)),
    "toJSON": lambda value: json.dumps(value, indent=2),
    "fromJSON": _from_json,
}
