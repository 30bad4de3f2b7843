"""Conditions of GitLab's `rules:`, as far as our pipelines use them; anything else is an error.

What is subtle: on GitLab a misspelt variable is null, and so a rule that never holds. Here a variable that GitLab does
not predefine, and nobody sets, is a `RuleError`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

KNOWN = frozenset((
    "CI", "CI_API_V4_URL", "CI_COMMIT_BRANCH", "CI_COMMIT_REF_NAME", "CI_COMMIT_REF_PROTECTED", "CI_COMMIT_SHA",
    "CI_COMMIT_TAG", "CI_DEFAULT_BRANCH", "CI_MERGE_REQUEST_DIFF_BASE_SHA", "CI_MERGE_REQUEST_EVENT_TYPE",
    "CI_MERGE_REQUEST_IID", "CI_MERGE_REQUEST_PROJECT_ID", "CI_MERGE_REQUEST_PROJECT_PATH",
    "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME", "CI_MERGE_REQUEST_SOURCE_PROJECT_ID",
    "CI_MERGE_REQUEST_SOURCE_PROJECT_PATH", "CI_MERGE_REQUEST_TARGET_BRANCH_NAME", "CI_PIPELINE_SOURCE",
    "CI_PROJECT_ID", "CI_PROJECT_PATH", "SEATRIAL",
))  # fmt: skip
"""What may be asked for though it is not set: what GitLab predefines, and what our pages tell people to set."""
_TOKEN = re.compile(
    r"\s*(?:(?P<variable>\$[A-Za-z_][A-Za-z0-9_]*)|(?P<text>\"[^\"]*\"|'[^']*')|(?P<pattern>/(?:[^/\\]|\\.)*/i?)"
    r"|(?P<null>null)|(?P<sign>==|!=|=~|!~|&&|\|\||[()]))"
)


class RuleError(Exception):
    """A condition that cannot be read, or that names what nobody sets."""


def holds(condition: str, variables: Mapping[str, str]) -> bool:
    """Whether a condition is true."""
    reader = _Reader(condition=condition, variables=variables, tokens=_tokens(condition))
    value = reader.alternatives()
    if reader.at < len(reader.tokens):
        raise RuleError(f"cannot be read to its end: {condition}")
    return value


def _tokens(condition: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    at = 0
    while condition[at:].strip():
        match = _TOKEN.match(condition, at)
        if match is None:
            raise RuleError(f"cannot be read at {condition[at:].strip()[:20]!r}: {condition}")
        found.append((str(match.lastgroup), match[str(match.lastgroup)]))
        at = match.end()
    return found


@dataclass(kw_only=True)
class _Reader:
    condition: str
    variables: Mapping[str, str]
    tokens: list[tuple[str, str]]
    at: int = 0

    def _next_is(self, *signs: str) -> str | None:
        if self.at < len(self.tokens) and self.tokens[self.at] in [("sign", sign) for sign in signs]:
            self.at += 1
            return self.tokens[self.at - 1][1]
        return None

    def alternatives(self) -> bool:
        value = self._conjunction()
        while self._next_is("||"):
            value = self._conjunction() or value
        return value

    def _conjunction(self) -> bool:
        value = self._comparison()
        while self._next_is("&&"):
            value = self._comparison() and value
        return value

    def _comparison(self) -> bool:
        if self._next_is("("):
            value = self.alternatives()
            if not self._next_is(")"):
                raise RuleError(f"a parenthesis is not closed: {self.condition}")
            return value
        left = self._operand()
        sign = self._next_is("==", "!=", "=~", "!~")
        if sign is None:
            return bool(left)
        if sign in ("==", "!="):
            return (left == self._operand()) is (sign == "==")
        kind, pattern = self.tokens[self.at] if self.at < len(self.tokens) else ("", "")
        self.at += 1
        if kind != "pattern":
            raise RuleError(f"a pattern is missing behind {sign}: {self.condition}")
        body, _, flags = pattern[1:].rpartition("/")
        found = left is not None and re.search(body, left, re.IGNORECASE if flags else 0) is not None
        return found is (sign == "=~")

    def _operand(self) -> str | None:
        kind, text = self.tokens[self.at] if self.at < len(self.tokens) else ("", "")
        self.at += 1
        if kind == "text":
            return text[1:-1]
        if kind == "null":
            return None
        if kind != "variable":
            raise RuleError(f"a value is missing: {self.condition}")
        name = text[1:]
        if name not in self.variables and name not in KNOWN:
            raise RuleError(f"nobody sets ${name}: {self.condition}")
        return self.variables.get(name)
