"""Generated texts of unlike nature, and the small changes by which a copy is hidden."""

from __future__ import annotations

import numpy as np

_LETTERS = np.array(list("abcdefghijklmnopqrstuvwxyz"))
_WORDS = np.random.default_rng(11)
VOCABULARY = np.array(["".join(_WORDS.choice(_LETTERS, size=_WORDS.integers(2, 10))) for _ in range(4000)])
TEMPLATES = (
    "order {0} was shipped to {1} and will arrive in {2} days",
    "dear customer we are sorry that {1} did not work as {1} should please send it back under number {0}",
    "user {0} logged in from {1} after {2} failed attempts",
)


def sentences(rows: int, seed: int, *, templates: float = 0.1, words: int = 12) -> list[str]:
    """Texts of words as frequent as in a language; some are made from templates, some of those repeat each other."""
    rng = np.random.default_rng(seed)
    picked = (rng.pareto(1.0, (rows, words + 6)) * 20).astype(int) % len(VOCABULARY)
    lengths = rng.integers(max(words - 5, 1), words + 6, rows)
    made = [" ".join(VOCABULARY[row[:length]]) for row, length in zip(picked, lengths, strict=True)]
    for place in np.flatnonzero(rng.random(rows) < templates):
        template = TEMPLATES[rng.integers(len(TEMPLATES))]
        made[place] = template.format(rng.integers(1000), VOCABULARY[rng.integers(300)], rng.integers(1, 9))
    return made


def with_a_word_changed(texts: list[str], seed: int) -> list[str]:
    """Each text with one word replaced by one that is nowhere else."""
    rng, changed = np.random.default_rng(seed), []
    for text in texts:
        words = text.split()
        words[rng.integers(len(words))] = f"new{rng.integers(10**9)}"
        changed.append(" ".join(words))
    return changed


def dressed(texts: list[str]) -> list[str]:
    """Each text with other case and punctuation."""
    return [f"  {text.title().replace(' ', ', ', 2)}!" for text in texts]
