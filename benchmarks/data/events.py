"""Events: a log of texts in many languages, with nested columns, codes of high cardinality and embeddings."""

from __future__ import annotations

import numpy as np
import polars as pl

from benchmarks.data.drawing import (
    DAY,
    Draw,
    Floats,
    Whole,
    codes_of,
    draw,
    logistic,
    mixed,
    moments,
    picked,
    zipf_shares,
)
from benchmarks.data.roles import Roles, Table, cut

START = 1_746_057_600_000_000  # 2025-05-01
WIDTH = 24
LANGUAGES = ("en", "de", "fr", "es", "pl", "pt", "tr", "sv")
GIVEN = (
    "Zoë",
    "Jürgen",
    "François",
    "Łukasz",
    "Ana",
    "João",
    "Ayşe",
    "Gökçe",
    "Åsa",
    "Tom",
    "Mary",
    "Chloé",
    "Peter",
    "Björn",
)
FAMILY = ("Müller", "Dvořák", "Núñez", "Smith", "Kowalska", "Gonçalves", "Öberg", "Brown", "Lefèvre", "Roy")
VERBS = ("failed to load", "opened", "could not save", "shared", "deleted", "printed", "signed", "uploaded", "merged")
NOUNS = ("the quarterly report", "a photograph", "their résumé", "an invoice of March", "the café's menu", "a draft")
PLACES = ("on a slow connection", "from the phone", "after three attempts", "without any further message", "at night")
PATHS = ("/login", "/files/list", "/files/get", "/share", "/search", "/billing", "/help", "/api/v2/items")
TAGS = ("beta", "mobile", "paid", "trial", "slow", "retry", "eu", "us")
HOURS = np.array([2, 1, 1, 1, 1, 2, 4, 7, 9, 10, 10, 9, 9, 9, 9, 9, 9, 9, 8, 8, 8, 7, 5, 3], dtype=float)


def events(n: int, source: int, part: int) -> pl.DataFrame:
    """Rows in order of time. Spam depends on the embedding and on `burst`; the prediction is right in 9 of 10 rows."""
    drawn = draw(n, source=source, part=part)
    rng = drawn.rng
    time = np.sort(moments(drawn, days=28, hours=HOURS, start=START))
    language = rng.choice(len(LANGUAGES), size=n, p=zipf_shares(8, 0.9))
    vectors, topic = _vectors(drawn, language)
    burst, calm = rng.beta(2, 5, n), rng.beta(2, 5, n)
    spam = rng.random(n) < logistic(-2.1 + 5.0 * (burst - 0.29) + 1.1 * topic)
    wrong = rng.random(n) < np.where(spam, 0.22, 0.06)
    return pl.DataFrame({
        "event_id": _event_id(drawn.numbers),
        "at": pl.Series(time).cast(pl.Datetime("us")),
        "language": [LANGUAGES[place] for place in language.tolist()],
        **_texts(drawn),
        **_nested(drawn),
        **_numbers(drawn),
        "expires": pl.Series(time // DAY + rng.integers(10, 400, n)).cast(pl.Int32).cast(pl.Date),
        "burst": np.round(burst, 4),
        "calm": np.round(calm, 4),
        "embedding": pl.Series(vectors.astype(np.float32), dtype=pl.Array(pl.Float32, WIDTH)),
        "spam": spam.astype(np.int64),
        "spam_predicted": wrong ^ spam,
    }).with_columns(pl.col("spam_predicted").cast(pl.Int64))  # fmt: skip


def _vectors(drawn: Draw, language: np.ndarray[tuple[int], np.dtype[np.int64]]) -> tuple[Floats, Floats]:
    """Embeddings about a centre for each language, wider in some directions than in others, and the topic in them."""
    centres = drawn.source.normal(0, 0.7, (len(LANGUAGES), WIDTH))
    basis = np.linalg.qr(drawn.source.normal(0, 1, (WIDTH, WIDTH)))[0]
    spread = np.geomspace(1.2, 0.2, WIDTH)
    inner = drawn.rng.normal(0, 1, (drawn.n, WIDTH))
    return centres[language] + 0.4 + (inner * spread) @ basis.T, np.asarray(inner[:, 0])


def _texts(drawn: Draw) -> dict[str, list[str]]:
    rng, n = drawn.rng, drawn.n
    given, family = picked(rng, GIVEN, n), picked(rng, FAMILY, n)
    said = zip(picked(rng, VERBS, n), picked(rng, NOUNS, n), picked(rng, PLACES, n), strict=True)
    tokens = rng.integers(0, 10**6, n).tolist()
    who = mixed(drawn.numbers ^ 0x1A1A1A).tolist()
    return {
        "user_name": [f"{one} {two}" for one, two in zip(given, family, strict=True)],
        "email": [f"{one[0].lower()}.{number % 10**7}@{word}.example" for one, number, word in zip(
            picked(rng, ("ann", "bob", "cyd", "dan"), n), who, picked(rng, ("post", "mail"), n), strict=True)],
        "message": [f"{verb} {noun} {place} ({token:06d})" for (verb, noun, place), token in zip(
            said, tokens, strict=True)],
        "code": picked(rng, codes_of(drawn.source, 3000, 4), n, zipf_shares(3000, 0.8)),
        "payload": [f'{{"size": {size}, "zip": {zipped}}}' for size, zipped in zip(
            rng.integers(1, 999, n).tolist(), picked(rng, ("true", "false"), n), strict=True)],
    }  # fmt: skip


def _nested(drawn: Draw) -> dict[str, pl.Series]:
    rng, n = drawn.rng, drawn.n
    counts = rng.integers(0, 4, n)
    tags = picked(rng, TAGS, int(counts.sum()), zipf_shares(8, 0.6))
    ends = np.cumsum(counts).tolist()
    request = pl.DataFrame({
        "path": picked(rng, PATHS, n, zipf_shares(8, 0.8)),
        "retries": rng.poisson(0.4, n).astype(np.int64),
        "mobile": rng.random(n) < 0.4,
    })  # fmt: skip
    starts = [0, *ends[:-1]]
    return {
        "request": request.to_struct("request"),
        "tags": pl.Series([tags[a:b] for a, b in zip(starts, ends, strict=True)], dtype=pl.List(pl.String)),
    }


def _numbers(drawn: Draw) -> dict[str, pl.Series]:
    rng, n = drawn.rng, drawn.n
    effort = rng.normal(0, 1, n)
    return {
        "status_code": pl.Series(rng.choice([200, 201, 304, 404, 500], size=n, p=[0.8, 0.06, 0.06, 0.05, 0.03])),
        "latency_ms": pl.Series(np.round(np.exp(4 + 0.7 * effort + rng.normal(0, 0.3, n)), 3)),
        "size_bytes": pl.Series(np.exp(8.2 + 0.9 * effort + rng.normal(0, 0.8, n)).astype(np.int64)),
        "clock_skew": pl.Series(np.round(rng.normal(0.4, 3.0, n), 3)),
        "retries_cost": pl.Series(np.round(np.where(rng.random(n) < 0.8, 0.0, rng.gamma(2.0, 1.5, n)), 2)),
        "mobile_app": pl.Series(rng.random(n) < 0.4),
    }


def _event_id(numbers: Whole) -> list[str]:
    halves = zip(mixed(numbers).tolist(), mixed(numbers ^ 0x3C3C3C).tolist(), strict=True)
    return [f"{one:08x}{two:08x}" for one, two in halves]


def _ids(numbers: Whole, _rng: np.random.Generator) -> dict[str, pl.Series]:
    return {"event_id": pl.Series(_event_id(numbers))}


EVENTS = Table(
    name="events",
    about="a log of texts, nested columns and embeddings in order of time, 22 columns",
    pair=cut(events),
    new_ids=_ids,
    roles=Roles(
        id="event_id", ids=("event_id",), time="at", in_order=True, number="clock_skew", money="latency_ms",
        signed="clock_skew", precise="latency_ms", whole="size_bytes", mostly_zero="retries_cost",
        twins=("burst", "calm"), tied=("latency_ms", "size_bytes"), category="language", few="language", many="code",
        flag="mobile_app", name="user_name", email="email", long_text="message", json="payload",
        vector="embedding", record="request", items="tags", expiry="expires", label="spam",
        prediction="spam_predicted",
    ),
)  # fmt: skip
