"""What cells are expected to cost, in hours: `6 GPU-h`. Pure.

Called for a headline and for debts, so that both say the same. A device is counted for as long as it is held.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

_HOUR = 3600.0
_WORTH_NAMING = 0.1  # hours without a device are named beside those with one from this share on
_LEAST = 0.01


class Hours(Struct, frozen=True, kw_only=True):
    """Hours of devices, and hours of what asks for none; None where nothing asks, or nothing is known. `unknown`
    counts cells of which no time is known."""

    gpu: float | None = None
    plain: float | None = None
    unknown: int = 0

    def __str__(self) -> str:
        """Empty where nothing is known."""
        gpu, plain = self.gpu, self.plain
        said = [] if gpu is None else [f"{_figure(gpu)} GPU-h"]
        if plain is not None and (gpu is None or plain >= max(_LEAST, _WORTH_NAMING * gpu)):
            said.append(f"{_figure(plain)} h")
        is_figure = any(hours is not None and hours >= _LEAST for hours in (gpu, plain))  # not "at least under 0.01 h"
        if said and self.unknown and not is_figure:
            return ""
        return ("at least " if said and self.unknown else "") + " and ".join(said)


def hours_of(cells: Iterable[tuple[int, float | None]]) -> Hours:
    """The hours of cells, each with the devices that it asks for and its seconds, None where they are not known."""
    known: dict[bool, list[float]] = {True: [], False: []}
    unknown = 0
    for gpus, seconds in cells:
        if seconds is None:
            unknown += 1
        else:
            known[gpus > 0].append(max(gpus, 1) * seconds / _HOUR)
    return Hours(
        gpu=sum(known[True]) if known[True] else None,
        plain=sum(known[False]) if known[False] else None,
        unknown=unknown,
    )


def _figure(hours: float) -> str:
    if hours < _LEAST:
        return f"under {_LEAST}"
    decimals = 0 if hours >= 10 else 1 if hours >= 0.1 else 2
    text = f"{hours:,.{decimals}f}"
    return text.rstrip("0").rstrip(".") if decimals else text
