"""The shape of `forge:` in `seatrial.yaml`: how verdicts reach the place where people review.

    forge:
      kind: github
      check: seatrial/digits
      token_from: SEATRIAL_TOKEN
      environments: {production: prod}
      maintainers: [ann, ben]

Called by `document`. A token itself is never written here, so a value that looks like one is refused.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from seatrial.config.names import NAME_RULE, VARIABLE, is_alias
from seatrial.config.node import Node, readable
from seatrial.forge.policy import ForgePolicy, Kind

FORGE_KEYS = ("kind", "check", "token_from", "environments", "maintainers")
_CHECK = re.compile(r"[\w][\w .:/()@-]{0,99}\Z")
LOGIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}(\[bot\])?\Z")
_ENVIRONMENT = re.compile(r"[\w][\w ./-]{0,254}\Z")


def read_forge(node: Node | None) -> ForgePolicy:
    """What the project says about its forge; mistakes are noted."""
    default = ForgePolicy()
    if node is None or not node.fields(FORGE_KEYS):
        return default
    kind, check, token, environments, maintainers = (node.child(key) for key in FORGE_KEYS)
    return ForgePolicy(
        kind=default.kind if kind is None else Kind(kind.choice(tuple(Kind), "kind") or default.kind),
        check=default.check if check is None else _check(check),
        token_from=default.token_from if token is None else _variable(token),
        environments={} if environments is None else _environments(environments),
        maintainers=default.maintainers if maintainers is None else _logins(maintainers),
        place=node.key_place,
    )


def _check(node: Node) -> str | None:
    text = node.text("check")
    if text and not _CHECK.match(text):
        node.complain(
            f"`{readable(text)}` cannot name a check",
            "use letters, digits, blanks and `. : / ( ) @ -`, at most 100 characters",
        )
    return text or None


def _variable(node: Node) -> str | None:
    text = node.text("token_from")
    if text and not VARIABLE.match(text):
        # It may be the token itself: what was written is not repeated.
        node.complain("token_from must be the name of a variable", "write e.g. `token_from: SEATRIAL_TOKEN`")
        return None
    return text or None


def _environments(node: Node) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for alias, entry in node.items("environments by alias"):
        if not is_alias(alias):
            entry.complain(f"`{readable(alias)}` cannot name an alias", NAME_RULE, at_key=True)
        text = entry.text(f"the environment of {readable(alias)}")
        if text and not _ENVIRONMENT.match(text):
            entry.complain(
                f"`{readable(text)}` cannot name an environment", "use letters, digits, blanks, `.`, `/`, `-`"
            )
        found[alias] = text
    return found


def _logins(node: Node) -> tuple[str, ...]:
    for entry in node.entries("logins"):
        if isinstance(entry.value, str) and not LOGIN.match(entry.value):
            entry.complain(f"`{readable(entry.value)}` is no login", "write the login without `@`")
    return node.texts("logins")
