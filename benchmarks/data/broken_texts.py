"""Texts that break: words for null, spaces, letters, encodings, cut strings, JSON in JSON, nested values."""

from __future__ import annotations

import json
from collections.abc import Callable

import numpy as np
import polars as pl

from benchmarks.data.kinds import Fact, Given, Kind, Marked, Seen, Spread

Rng = np.random.Generator
Apply = Callable[[Given, float, Rng], pl.DataFrame]
SHARE = "share of rows"
CATEGORY = ("category",)


def _mapped(change: Callable[[str, Rng], str]) -> Apply:
    """Each text of a share of the rows is changed by itself."""

    def apply(given: Given, share: float, rng: Rng) -> pl.DataFrame:
        hit = given.some(share, rng).to_list()
        texts = given.frame[given.column].to_list()
        return given.put(pl.Series([
            change(text, rng) if chosen and text is not None else text
            for text, chosen in zip(texts, hit, strict=True)
        ], dtype=pl.String))  # fmt: skip

    return apply


def _null_word(text: str, rng: Rng) -> str:
    return ("N/A", "null", "None", "nan", "-")[int(rng.integers(0, 5))]


def _typo(text: str, rng: Rng) -> str:
    """Two neighbours trade places, or one letter comes twice."""
    place = int(rng.integers(0, max(1, len(text) - 1)))
    swapped = text[:place] + text[place + 1 : place + 2] + text[place] + text[place + 2 :]
    return swapped if swapped != text else text[:place] + text[place] + text[place:]


def _mojibake(text: str, rng: Rng) -> str:
    return text.encode("utf-8").decode("latin-1")


def _lossy(text: str, rng: Rng) -> str:
    return text.encode("ascii", "replace").decode("ascii")


def _masked(text: str, rng: Rng) -> str:
    return "***@***"


def _twice_encoded(text: str, rng: Rng) -> str:
    return json.dumps(text)


def _python_for_json(text: str, rng: Rng) -> str:
    return str(json.loads(text))


def _recoded(given: Given, amount: float, rng: Rng) -> pl.DataFrame:
    """The words stay, but each means the next one: an enumeration got a new order."""
    words = given.reference[given.column].unique().sort().to_list()
    turned = dict(zip(words, [*words[1:], words[0]], strict=True))
    return given.put(pl.col(given.column).replace(turned))


def _numbered(given: Given, share: float, rng: Rng) -> pl.DataFrame:
    words = given.reference[given.column].unique().sort().to_list()
    numbers = {word: str(place) for place, word in enumerate(words)}
    return given.where(given.some(share, rng), pl.col(given.column).replace(numbers))


def _one_text(given: Given, share: float, rng: Rng) -> pl.DataFrame:
    return given.where(given.some(share, rng), pl.lit(given.reference[given.column][0]))


def _names_and_emails(given: Given, amount: float, rng: Rng) -> pl.DataFrame:
    name, email = str(given.roles.name), str(given.roles.email)
    return given.frame.with_columns(pl.col(email).alias(name), pl.col(name).alias(email))


LATIN = "lorem ipsum dolor sit amet consectetur adipiscing elit sed do eiusmod tempor incididunt ut labore".split()  # noqa: SIM905


def _other_topic(text: str, rng: Rng) -> str:
    return " ".join(LATIN[place] for place in rng.integers(0, len(LATIN), 9).tolist())


def _unseen(seen: Seen) -> pl.Series:
    return ~seen.values.is_in(seen.reference[seen.column].unique().implode()).fill_null(value=True)


def _has(pattern: str) -> Marked:
    return Marked(lambda seen: seen.values.str.contains(pattern).fill_null(value=False))


def _lengths(seen: Seen) -> pl.Series:
    return seen.values.list.len().cast(pl.Float64)


def _empty_lists(given: Given, share: float, rng: Rng) -> pl.DataFrame:
    return given.where(given.some(share, rng), pl.col(given.column).list.head(0))


def _first_only(given: Given, share: float, rng: Rng) -> pl.DataFrame:
    return given.where(given.some(share, rng), pl.col(given.column).list.head(1))


def _lists_doubled(given: Given, share: float, rng: Rng) -> pl.DataFrame:
    return given.where(given.some(share, rng), pl.col(given.column).list.concat(pl.col(given.column)))


def _field_lost(given: Given, share: float, rng: Rng) -> pl.DataFrame:
    field = given.frame[given.column].struct.fields[0]
    emptied = pl.when(given.some(share, rng)).then(None).otherwise(pl.col(given.column).struct.field(field))
    return given.put(pl.col(given.column).struct.with_fields(emptied.alias(field)))


def _field_null(seen: Seen) -> pl.Series:
    return seen.values.struct.field(seen.values.struct.fields[0]).is_null()


def _field_gone(given: Given, amount: float, rng: Rng) -> pl.DataFrame:
    kept = given.frame[given.column].struct.fields[1:]
    return given.put(pl.struct([pl.col(given.column).struct.field(field) for field in kept]))


def _kind(name: str, about: str, on: tuple[str, ...], magnitudes: tuple[float, ...], apply: Apply, view: object,
          needs: tuple[str, ...] = ()) -> Kind:  # fmt: skip
    return Kind(name=name, about=about, on=on, amount=SHARE, magnitudes=magnitudes,
                apply=apply, view=view, needs=needs)  # type: ignore[arg-type]  # fmt: skip


UNSEEN = Marked(_unseen)
COMMONEST = Marked(lambda seen: seen.values == seen.values.mode().sort()[0])

TEXTS: tuple[Kind, ...] = (
    _kind("null_words", "N/A, null, None for null", CATEGORY, (0.02, 0.2), _mapped(_null_word), UNSEEN),
    _kind("empty_texts", "an empty text for null", ("many", "category"), (0.02, 0.2), _mapped(lambda *_: ""),
          UNSEEN),
    _kind("spaces_behind", "spaces behind words", CATEGORY, (0.02, 1.0), _mapped(lambda text, _: f"{text} "), UNSEEN),
    _kind("spaces_before", "spaces before words of many", ("many",), (0.05,), _mapped(lambda text, _: f" {text}"),
          _has("^ ")),
    _kind("other_case", "capitals for small letters", ("few", "category"), (0.05, 1.0),
          _mapped(lambda text, _: text.swapcase()), UNSEEN),
    _kind("typos", "letters trade places", CATEGORY, (0.02, 0.1), _mapped(_typo), UNSEEN),
    _kind("quoted", "quotes of CSV stay in the words", CATEGORY, (0.05,), _mapped(lambda text, _: f'"{text}"'), UNSEEN),
    _kind("new_word", "a category nobody knew", CATEGORY, (0.003, 0.02, 0.1), _mapped(lambda *_: "XX-new"), UNSEEN),
    _kind("rare_words_explode", "a suffix for each row", ("many", "category"), (0.03, 0.3),
          _mapped(lambda text, rng: f"{text}#{int(rng.integers(0, 10**6))}"), UNSEEN),
    _kind("recoded", "each word means the next one", CATEGORY, (1.0,), _recoded, Spread(lambda seen: seen.values)),
    _kind("numbers_for_words", "an enumeration as its numbers", CATEGORY, (0.05, 1.0), _numbered, UNSEEN),
    _kind("mojibake", "UTF-8 read as Latin-1", ("name",), (0.1, 1.0), _mapped(_mojibake), _has("[ÃÅÄ][\u0080-\u00bf]")),
    _kind("letters_lost", "question marks for accented letters", ("name",), (0.1, 1.0), _mapped(_lossy), _has(r"\?")),
    _kind("texts_cut", "texts cut at 20 characters", ("long_text",), (0.05, 0.5), _mapped(lambda text, _: text[:20]),
          Marked(lambda seen: seen.values.str.len_chars() == 20)),
    _kind("masked", "personal data masked", ("email",), (0.05, 1.0), _mapped(_masked), _has(r"\*\*\*")),
    _kind("encoded_twice", "JSON in JSON", ("json",), (0.05, 1.0), _mapped(_twice_encoded), _has('^"')),
    _kind("python_for_json", "quotes of Python in JSON", ("json",), (0.05, 1.0), _mapped(_python_for_json), _has("'")),
    _kind("one_text_for_all", "a template repeats", ("long_text",), (0.05, 0.3), _one_text, COMMONEST),
    _kind("other_topic", "texts about something else", ("long_text",), (0.05, 0.3), _mapped(_other_topic),
          _has("ipsum|dolor|amet|consectetur|adipiscing|eiusmod|incididunt")),
    _kind("names_and_emails", "two columns of texts trade places", ("name",), (1.0,), _names_and_emails, _has("@"),
          needs=("email",)),
    _kind("lists_emptied", "lists lose their elements", ("items",), (0.1, 0.5), _empty_lists,
          Marked(lambda seen: seen.values.list.len() == 0)),
    _kind("lists_cut", "only the first element is kept", ("items",), (0.3, 1.0), _first_only, Spread(_lengths)),
    _kind("lists_doubled", "elements come twice", ("items",), (0.1, 1.0), _lists_doubled, Spread(_lengths)),
    _kind("field_emptied", "a nested field is null", ("record",), (0.02, 0.2), _field_lost, Marked(_field_null)),
    _kind("field_gone", "a nested field is gone", ("record",), (1.0,), _field_gone, Fact()),
)  # fmt: skip
