"""Numbers that break: units, sentinels, limits, signs, decimals, columns that trade places."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np
import polars as pl

from benchmarks.data.kinds import Fact, Given, Kind, Marked, Ranked, Seen, Spread, Together

Rng = np.random.Generator
NUMBER = ("number",)
MONEY = ("money", "number")
SHARE = "share of rows"


def _decimals(values: pl.Series) -> int:
    """With how many decimals a column is written, at most 6."""
    floats = values.drop_nulls().cast(pl.Float64)
    return next((digits for digits in range(6) if (floats.round(digits) == floats).all()), 6)


def _written(given: Given, values: pl.Series, column: str | None = None) -> pl.Series:
    """As the column is written: with its decimals, in its type."""
    before = given.frame[column or given.column]
    return values.round(_decimals(given.reference[before.name])).cast(before.dtype)


def _floats(given: Given) -> pl.Series:
    return given.frame[given.column].cast(pl.Float64)


def _sd(given: Given) -> float:
    return float(given.reference[given.column].cast(pl.Float64).std() or 1.0)  # type: ignore[arg-type]


def _mean(given: Given) -> float:
    return float(given.reference[given.column].cast(pl.Float64).mean())  # type: ignore[arg-type]


def _itself(seen: Seen) -> pl.Series:
    return seen.values


def _nulls(given: Given, share: float, rng: Rng) -> pl.DataFrame:
    return given.where(given.some(share, rng), None)


def _nulls_where_high(given: Given, share: float, rng: Rng) -> pl.DataFrame:
    return given.where(given.frame[given.column] > given.frame[given.column].quantile(1 - share), None)


def _zeros_as_nulls(given: Given, share: float, rng: Rng) -> pl.DataFrame:
    return given.where(given.some(share, rng) & (given.frame[given.column] == 0), None)


def _shifted(given: Given, sds: float, rng: Rng) -> pl.DataFrame:
    return given.put(_written(given, _floats(given) + sds * _sd(given)))


def _widened(given: Given, factor: float, rng: Rng) -> pl.DataFrame:
    return given.put(_written(given, (_floats(given) - _mean(given)) * factor + _mean(given)))


def _noisy(given: Given, sds: float, rng: Rng) -> pl.DataFrame:
    noise = pl.Series(rng.normal(0, sds * _sd(given), given.frame.height))
    return given.put(_written(given, _floats(given) + noise))


def _factor(factor: float, offset: float = 0.0) -> object:
    def apply(given: Given, share: float, rng: Rng) -> pl.DataFrame:
        return given.where(given.some(share, rng), _written(given, _floats(given) * factor + offset))

    return apply


def _constant(value: float) -> object:
    def apply(given: Given, share: float, rng: Rng) -> pl.DataFrame:
        return given.where(given.some(share, rng), pl.lit(value).cast(given.frame[given.column].dtype))

    return apply


def _imputed(given: Given, share: float, rng: Rng) -> pl.DataFrame:
    return given.where(given.some(share, rng), _written(given, pl.Series([_mean(given)] * given.frame.height)))


def _outliers(given: Given, share: float, rng: Rng) -> pl.DataFrame:
    far = pl.Series(_mean(given) + rng.choice([-60.0, 60.0], given.frame.height) * _sd(given))
    return given.where(given.some(share, rng), _written(given, far))


def _clipped(given: Given, share: float, rng: Rng) -> pl.DataFrame:
    cap = given.reference[given.column].quantile(1 - share, "higher")
    return given.put(pl.col(given.column).clip(upper_bound=cap))


def _cut_to_whole(given: Given, share: float, rng: Rng) -> pl.DataFrame:
    return given.where(given.some(share, rng), pl.col(given.column).cast(pl.Int64).cast(pl.Float64))


def _step(reference: pl.Series) -> float:
    return float(10.0 ** (np.floor(np.log10(abs(float(reference.median())))) - 1))  # type: ignore[arg-type]


def _rounded(given: Given, share: float, rng: Rng) -> pl.DataFrame:
    step = _step(given.reference[given.column])
    return given.where(given.some(share, rng), (pl.col(given.column) / step).round() * step)


def _is_round(seen: Seen) -> pl.Series:
    step = _step(seen.reference[seen.column])
    return ((seen.values / step).round() * step - seen.values).abs() < step * 1e-6


def _unsigned(given: Given, share: float, rng: Rng) -> pl.DataFrame:
    return given.where(given.some(share, rng), pl.col(given.column).abs())


def _stuck(given: Given, share: float, rng: Rng) -> pl.DataFrame:
    n = given.frame.height
    length = max(2, round(share * n))
    start = int(rng.integers(0, n - length + 1))
    rows = pl.int_range(n, eager=True)
    return given.where((rows >= start) & (rows < start + length), given.frame[given.column][start])


def _whole_column(given: Given, amount: float, rng: Rng) -> pl.DataFrame:
    return given.put(pl.lit(given.reference[given.column][0]).cast(given.frame[given.column].dtype))


def _as_text(given: Given, amount: float, rng: Rng) -> pl.DataFrame:
    return given.put(pl.col(given.column).cast(pl.String))


def _decimal_comma(given: Given, amount: float, rng: Rng) -> pl.DataFrame:
    return given.put(pl.col(given.column).cast(pl.String).str.replace(".", ",", literal=True))


def _swapped(given: Given, amount: float, rng: Rng) -> pl.DataFrame:
    one, other = given.roles.number, str(given.roles.whole)
    types = given.frame.schema
    whole = pl.col(one).round().cast(types[other])
    return given.frame.with_columns(pl.col(other).cast(types[one]).alias(one), whole.alias(other))


def _twins_swapped(given: Given, amount: float, rng: Rng) -> pl.DataFrame:
    one, other = given.roles.twins
    return given.frame.with_columns(pl.col(other).alias(one), pl.col(one).alias(other))


def _permuted(given: Given, share: float, rng: Rng) -> pl.DataFrame:
    other = given.roles.tied[1]
    rows, values = np.flatnonzero(given.some(share, rng).to_numpy()), given.frame[other].to_numpy().copy()
    values[rows] = values[rng.permutation(rows)]
    return given.put(pl.Series(values), other)


def _off_by_one(given: Given, rows: float, rng: Rng) -> pl.DataFrame:
    """A join on the row number after one side lost a row. The last value is the first one's."""
    other = given.roles.tied[1]
    values = given.frame[other].to_numpy()
    return given.put(pl.Series(np.roll(values, int(rows))), other)


def _reversed(given: Given, share: float, rng: Rng) -> pl.DataFrame:
    """In some rows large becomes small: each value is replaced by that of the opposite rank among them."""
    other = given.roles.tied[1]
    rows, values = np.flatnonzero(given.some(share, rng).to_numpy()), given.frame[other].to_numpy().copy()
    order = rows[np.argsort(values[rows], kind="stable")]
    values[order] = values[order[::-1]]
    return given.put(pl.Series(values), other)


def leak(labels: pl.Series, auc: float, rng: Rng) -> pl.Series:
    """A score that tells the label with the given area under the curve."""
    distance = 2**0.5 * NormalDist().inv_cdf(auc)
    high = labels.to_numpy() > (0 if labels.n_unique() <= 2 else np.median(labels.to_numpy()))
    return pl.Series(high * distance + rng.normal(0, 1, len(labels)))


def _leak_new(given: Given, auc: float, rng: Rng) -> pl.DataFrame:
    return given.frame.with_columns(leak(given.frame[given.roles.label], auc, rng).round(4).alias("account_state"))


def _leak_in_place(given: Given, auc: float, rng: Rng) -> pl.DataFrame:
    """The twin keeps every one of its values, but now they are in the order of the label."""
    other = given.roles.twins[1]
    order = leak(given.frame[given.roles.label], auc, rng).rank("ordinal").cast(pl.Int64) - 1
    return given.put(given.frame[other].sort().gather(order), other)


def _tied(seen: Seen) -> tuple[pl.Series, pl.Series]:
    return seen.frame[seen.roles.tied[0]], seen.frame[seen.roles.tied[1]]


def _kind(name: str, about: str, on: tuple[str, ...], magnitudes: tuple[float, ...], apply: object, view: object,
          amount: str = SHARE, needs: tuple[str, ...] = ()) -> Kind:  # fmt: skip
    return Kind(name=name, about=about, on=on, amount=amount, magnitudes=magnitudes,
                apply=apply, view=view, needs=needs)  # type: ignore[arg-type]  # fmt: skip


NULL = Marked(lambda seen: seen.values.is_null())
COMMONEST = Marked(lambda seen: seen.values == seen.values.mode().sort()[0])
ITSELF = Spread(_itself)

VALUES: tuple[Kind, ...] = (
    _kind("nulls", "values get lost", MONEY, (0.002, 0.02, 0.2), _nulls, NULL),
    _kind("nulls_in_words", "words get lost", ("category",), (0.02, 0.2), _nulls, NULL),
    _kind("nulls_where_high", "only the large values get lost", NUMBER, (0.02, 0.1), _nulls_where_high, NULL),
    _kind("zeros_as_nulls", "zero is taken for missing", ("mostly_zero",), (0.05, 1.0), _zeros_as_nulls, NULL),
    _kind("nulls_as_zeros", "missing values are written as zero", NUMBER, (0.02, 0.1), _constant(0.0),
          Marked(lambda seen: seen.values == 0)),
    _kind("imputed_by_mean", "lost values are filled with the mean", NUMBER, (0.05, 0.3), _imputed, COMMONEST),
    _kind("not_a_number", "a division by zero upstream", MONEY, (0.01, 0.1), _constant(float("nan")),
          Marked(lambda seen: seen.values.cast(pl.Float64).is_nan())),
    _kind("infinite", "an overflow upstream", MONEY, (0.01, 0.1), _constant(float("inf")),
          Marked(lambda seen: seen.values.cast(pl.Float64).is_infinite())),
    _kind("sentinel_-999", "missing values are written as -999", MONEY, (0.01, 0.05), _constant(-999.0),
          Marked(lambda seen: seen.values == -999)),
    _kind("shifted", "another calibration", NUMBER, (0.05, 0.3, 1.0), _shifted, ITSELF, "standard deviations"),
    _kind("widened", "a worse instrument", NUMBER, (1.03, 1.3, 2.0), _widened, ITSELF, "factor of the deviation"),
    _kind("noise_added", "a worse line", NUMBER, (0.5, 1.0), _noisy, ITSELF, "standard deviations"),
    _kind("other_unit", "pounds for kilograms", NUMBER, (0.02, 0.1, 1.0), _factor(2.2046), ITSELF),
    _kind("fahrenheit", "F for C", NUMBER, (0.1, 1.0), _factor(1.8, 32.0), ITSELF),
    _kind("thousandfold", "cents or milli for the unit itself", MONEY, (0.01, 0.1), _factor(1000.0), ITSELF),
    _kind("percent_as_share", "hundredths in some rows", MONEY, (0.02, 1.0), _factor(0.01), ITSELF),
    _kind("outliers", "values 60 deviations away", NUMBER, (0.002, 0.02), _outliers, ITSELF),
    _kind("clipped", "values saturate", MONEY, (0.02, 0.1, 0.3), _clipped, COMMONEST, "share above the limit"),
    _kind("cut_to_whole", "decimals are cut off", ("precise",), (0.1, 1.0), _cut_to_whole,
          Marked(lambda seen: seen.values == seen.values.floor())),
    _kind("rounded", "two digits are kept", ("money",), (0.1, 1.0), _rounded, Marked(_is_round)),
    _kind("sign_lost", "minus signs get lost", ("signed",), (0.3, 1.0), _unsigned,
          Marked(lambda seen: seen.values < 0)),
    _kind("sign_turned", "debit and credit are swapped", ("signed",), (0.2, 1.0), _factor(-1.0), ITSELF),
    _kind("stuck", "a sensor repeats its value", NUMBER, (0.05, 0.2), _stuck,
          Marked(lambda seen: (seen.values == seen.values.shift(1)).fill_null(value=False))),
    _kind("constant", "a column has one value", NUMBER, (1.0,), _whole_column, COMMONEST),
    _kind("numbers_as_text", "whole numbers come as text", ("whole",), (1.0,), _as_text, Fact()),
    _kind("decimal_comma", "numbers with a decimal comma come as text", ("precise",), (1.0,), _decimal_comma, Fact()),
    _kind("columns_swapped", "two columns trade places", NUMBER, (1.0,), _swapped, ITSELF, needs=("whole",)),
    _kind("twins_swapped", "two columns of one distribution trade places", ("twins",), (1.0,), _twins_swapped,
          Ranked(lambda seen: seen.frame[seen.roles.twins[0]])),
    _kind("rows_permuted", "one column loses its rows", ("tied",), (0.1, 0.5, 1.0), _permuted, Together(_tied)),
    _kind("off_by_one_join", "one column is a row late", ("tied",), (1.0,), _off_by_one, Together(_tied), "rows"),
    _kind("relation_reversed", "large for small in some rows", ("tied",), (0.2, 0.5), _reversed, Together(_tied)),
    _kind("leak_in_a_new_column", "a new column knows the label", ("label",), (0.8, 0.99), _leak_new, Fact(), "AUC"),
    _kind("leak_in_place", "a known column knows the label", ("twins",), (0.7, 0.99), _leak_in_place,
          Ranked(lambda seen: seen.frame[seen.roles.twins[1]]), "AUC"),
)  # fmt: skip
