"""`KEY=VALUE` arguments, read the same way by every option that takes them."""

from __future__ import annotations

from collections.abc import Iterable

from seatrial.errors import UsageError


def parse_pairs(texts: Iterable[str], option: str) -> dict[str, str]:
    """Pairs by key. Raises UsageError, naming the option, for anything without a key and a `=`."""
    pairs = [(text, *text.partition("=")) for text in texts]
    wrong = next((text for text, key, equals, _ in pairs if not key or not equals), None)
    if wrong is not None:
        raise UsageError(f"{option} takes KEY=VALUE, not {wrong!r}", next_step=f"e.g. {option} name=value")
    return {key: value for _, key, _, value in pairs}
