"""Customers: a business table with ids, money, categories of 4, 12 and 300 words, a target and a model's answer."""

from __future__ import annotations

import numpy as np
import polars as pl

from benchmarks.data.drawing import Draw, Floats, Whole, codes_of, draw, logistic, mixed, moments, picked, zipf_shares
from benchmarks.data.roles import Roles, Table, cut

START = 1_704_067_200_000_000  # 2024-01-01
COUNTRIES = ("DE", "FR", "US", "GB", "ES", "IT", "PL", "NL", "SE", "BR", "JP", "IN")
PLANS = ("free", "basic", "plus", "business")
OPENINGS = ("called about", "asked for", "complained about", "was happy with", "forgot", "renewed after seeing")
THINGS = ("an invoice", "the new app", "a late parcel", "the price", "a refund", "their password", "an upgrade", "tax")
ENDINGS = ("and wants to be called back", "; nothing to do", "and left a bad review", "; see the other ticket")
HOURS = np.array([1, 1, 1, 1, 1, 2, 4, 8, 10, 11, 11, 10, 9, 10, 10, 9, 8, 8, 9, 10, 9, 6, 3, 2], dtype=float)


def customers(n: int, source: int, part: int) -> pl.DataFrame:
    """Rows in no order. The target depends on `score_b`, income and age; the prediction is right in 9 of 10 rows."""
    drawn = draw(n, source=source, part=part)
    rng = drawn.rng
    wealth = rng.normal(0, 1, n)
    age = np.clip(np.round(18 + rng.gamma(4.0, 7.0, n)), 18, 95)
    income = np.exp(10.3 + 0.8 * wealth)
    score_a, score_b = rng.normal(50, 12, n), rng.normal(50, 12, n)
    target, predicted = _target(rng, wealth, age, score_b)
    numbers = _numbers(drawn, wealth, income)
    return pl.DataFrame({
        "customer_id": _customer_id(drawn.numbers),
        "signed_up": pl.Series(moments(drawn, days=728, hours=HOURS, start=START)).cast(pl.Datetime("us")),
        "age": age.astype(np.int64),
        "income": np.round(income, 2),
        **numbers,
        "score_a": np.round(score_a, 3),
        "score_b": np.round(score_b, 3),
        **_words(drawn),
        "churned": target,
        "churn_predicted": predicted,
    })  # fmt: skip


def _numbers(drawn: Draw, wealth: Floats, income: Floats) -> dict[str, pl.Series]:
    rng, n = drawn.rng, drawn.n
    claims = np.where(rng.random(n) < 0.88, 0.0, rng.gamma(2.0, 180.0, n))
    return {
        "rent": pl.Series(np.round(income / 12 * 0.3 * np.exp(rng.normal(0, 0.35, n)), 2)),
        "spend": pl.Series(np.round(np.exp(4 + 0.6 * wealth + rng.normal(0, 0.6, n)), 2)),
        "balance": pl.Series(np.round(900 * rng.standard_t(3, n) + 400, 2)),
        "weight_kg": pl.Series(np.round(rng.normal(74, 13, n), 1)),
        "visits": pl.Series(rng.poisson(np.exp(rng.normal(0.9, 0.8, n))).astype(np.int64)),
        "claims_paid": pl.Series(np.round(claims, 2)),
    }


def _target(rng: np.random.Generator, wealth: Floats, age: Floats, score: Floats) -> tuple[Whole, Whole]:
    n = len(age)
    target = rng.random(n) < logistic(-1.7 + 0.09 * (score - 50) - 0.5 * wealth - 0.02 * (age - 46))
    wrong = rng.random(n) < np.where(target, 0.2, 0.07)
    return target.astype(np.int64), (target ^ wrong).astype(np.int64)


def _words(drawn: Draw) -> dict[str, pl.Series | list[str]]:
    rng, n = drawn.rng, drawn.n
    merchants = codes_of(drawn.source, 300, 3)
    countries = picked(rng, COUNTRIES, n, zipf_shares(12, 0.7))
    tiers = rng.integers(1, 6, n).tolist()
    referrer = pl.Series(picked(rng, ("search", "friend", "advert", "press"), n), dtype=pl.String)
    notes = zip(picked(rng, OPENINGS, n), picked(rng, THINGS, n), picked(rng, ENDINGS, n), strict=True)
    return {
        "country": countries,
        "plan": picked(rng, PLANS, n, np.array([0.5, 0.3, 0.15, 0.05])),
        "merchant": picked(rng, merchants, n, zipf_shares(300, 0.9)),
        "referrer": referrer.set(pl.Series(rng.random(n) < 0.03), None),
        "email": _email(drawn.numbers, rng),
        "note": [f"{first} {second} {third}" for first, second, third in notes],
        "attributes": [f'{{"tier": {tier}, "home": "{country}"}}'
                       for tier, country in zip(tiers, countries, strict=True)],
        "active": pl.Series(rng.random(n) < 0.7),
    }  # fmt: skip


def _customer_id(numbers: Whole) -> Whole:
    return mixed(numbers)


def _email(numbers: Whole, rng: np.random.Generator) -> list[str]:
    words = picked(rng, ("mail", "post", "corp", "uni"), len(numbers))
    users = mixed(numbers ^ 0x2F0F0F).tolist()
    return [f"user{number}@{word}.example" for number, word in zip(users, words, strict=True)]


def _ids(numbers: Whole, rng: np.random.Generator) -> dict[str, pl.Series]:
    return {"customer_id": pl.Series(_customer_id(numbers)), "email": pl.Series(_email(numbers, rng))}


CUSTOMERS = Table(
    name="customers",
    about="business rows in no order, 22 columns",
    pair=cut(customers),
    new_ids=_ids,
    roles=Roles(
        id="customer_id", ids=("customer_id", "email"), time="signed_up", number="weight_kg", money="income",
        signed="balance", precise="rent", whole="visits", mostly_zero="claims_paid", twins=("score_b", "score_a"),
        tied=("income", "rent"), category="country", few="plan", many="merchant", flag="active", email="email",
        long_text="note", json="attributes", label="churned", prediction="churn_predicted",
    ),
)  # fmt: skip
