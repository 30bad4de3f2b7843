"""Names as machine-learning code has them, drawn without repetition from a seeded generator."""

from __future__ import annotations

import random
from collections.abc import Iterator

_FIRST = (  # noqa: SIM905 - fifty lines less
    "adaptive banded causal chunked cosine cross dense dilated dual embedded factored fused gated global grouped "
    "hashed hybrid inverse joint lazy linear local masked mixed nested packed paged pooled quantized ragged "
    "recurrent residual rotary routed scaled shared shifted sliding sparse spectral stacked strided tied tiled "
    "tiny unified weighted windowed"
).split()
_SECOND = (  # noqa: SIM905 - as above
    "adapter aggregator align anchor attention batch beam block buffer cache clip codec collate compose conv "
    "crop decay decoder drop encoder expert feature filter flow focal gather head index kernel lattice loader "
    "lookup mask mel merge metric mixer mlp momentum norm optimizer pad patch planner plateau pool prior probe "
    "projector pruner queue ranker reader resampler router sampler scan schedule scorer segment shard shuffle "
    "slice split stream table tagger tensor token tower tracker transform vocab warmup window writer"
).split()

PROJECTS = (
    "aurora", "basalt", "cinder", "delta", "ember", "fjord", "garnet", "harbor", "iris", "juniper", "kestrel",
    "lagoon", "meridian", "nimbus", "onyx", "prairie",
)  # fmt: skip
FAMILIES = ("text", "vision", "audio", "ranking", "tabular", "video", "graphs", "speech", "policy", "forecast")


def stems(chance: random.Random) -> Iterator[str]:
    """Module names such as `gated_mlp`; when all pairs are used up, `gated_mlp_2` and so on."""
    pairs = [f"{first}_{second}" for first in _FIRST for second in _SECOND]
    chance.shuffle(pairs)
    round_number = 1
    while True:
        for pair in pairs:
            yield pair if round_number == 1 else f"{pair}_{round_number}"
        round_number += 1


def noun(chance: random.Random) -> str:
    """A word for a local name."""
    return chance.choice(_SECOND)


def adjective(chance: random.Random) -> str:
    """A word to go before it."""
    return chance.choice(_FIRST)


def class_name(stem: str) -> str:
    """`gated_mlp_2` as a class: `GatedMlp2`."""
    return "".join(part.capitalize() for part in stem.split("_"))


def function_name(stem: str) -> str:
    """The function of a module; not the module's own name, which a package that exports it would hide."""
    return f"apply_{stem}"
