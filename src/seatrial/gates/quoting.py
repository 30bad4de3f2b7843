"""Text from outside, such as a model's answer or a name in a file, as a message may show it.

An answer can be a megabyte long and hold what a terminal obeys (colours, cursor moves, text that runs right to left).
"""

from __future__ import annotations


def shown(value: object, most: int = 60) -> str:
    """A value as a message shows it: one line, nothing that a terminal obeys, not too long."""
    text = value if isinstance(value, str) else str(value)
    kept = text[: most + 1]
    printable = "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in kept)
    return printable if len(printable) <= most and len(text) <= most else f"{printable[: most - 3]}..."
