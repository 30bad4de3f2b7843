"""Every matcher: what holds, what does not, and which arguments cannot be meant."""

from __future__ import annotations

import json

import pytest

from seatrial.digest import Json
from seatrial.errors import Place
from seatrial.evidence.case_records import Answer, Expectation
from seatrial.gates.behavioral.matchers.matching import Matcher
from seatrial.gates.behavioral.matchers.table import MATCHERS, faults, matcher_of


def matcher(name: str, **arguments: Json) -> Matcher:
    return matcher_of(Expectation(matcher=name, arguments=arguments, place=Place(file="c.yaml")))


def holds(name: str, answer: str, **arguments: Json) -> bool | None:
    return matcher(name, **arguments).holds(Answer(text=answer))


@pytest.mark.parametrize(
    ("expected", "answer", "same"),
    [
        ("cat", "cat", True),
        ("cat", "Cat", False),
        ("cat", "cat\n", False),
        (1, "1", True),
        (1, "1.0", True),
        ("1.0", "1", True),
        (1.5, "1.5", True),
        ("01", "1", False),
        (True, "true", True),
        ("True", "true", True),
        (True, "1", False),
        ("", "", True),
        ("caf\u00e9", "cafe\u0301", True),
        ("cafe\u0301", "caf\u00e9", True),
        ("cafe", "caf\u00e9", False),
        ({"a": [1, None]}, '{"a": [1.0, null]}', True),
        ({"a": 1}, '{"a": true}', False),
        ({"a": 1}, '{"a": 1, "b": 2}', False),
        ({"a": None}, '{"a": "None"}', False),
        ([], "[]", True),
        ([1], "no json", False),
        ([1], "[" * 100_000, False),
        ([1], "[NaN]", False),
    ],
)
def test_exact_compares_canonical_text(expected: Json, answer: str, same: bool) -> None:
    """1, 1.0 and "1" are one value; accents have one spelling; lists and objects are compared as JSON."""
    assert holds("exact", answer, expected=expected) is same


def test_exact_may_pass_over_case_and_space_around() -> None:
    """Only where the case says so."""
    assert holds("exact", " Yes \n", expected="yes", ignore_case=True, strip=True) is True
    assert holds("exact", " Yes \n", expected="yes", strip=True) is False
    assert holds("exact", "STRASSE", expected="straße", ignore_case=True) is True


@pytest.mark.parametrize(
    ("answer", "arguments", "found"),
    [
        ("Hello world", {"any": ["hi", "world"]}, True),
        ("Hello world", {"any": "world"}, True),
        ("Hello world", {"any": ["hello"]}, False),
        ("Hello world", {"any": ["hello"], "ignore_case": True}, True),
        ("Hello world", {"all": ["Hello", "world"]}, True),
        ("Hello world", {"all": ["Hello", "moon"]}, False),
        ("Hello world", {"none": ["moon"]}, True),
        ("Hello world", {"none": ["moon", "world"]}, False),
        ("Hello world", {"any": ["Hello"], "none": ["world"]}, False),
        ("on page 42", {"any": [42]}, True),
        ("cafe\u0301", {"any": ["caf\u00e9"]}, True),
        ("", {"none": ["x"]}, True),
    ],
)
def test_contains_finds_some_all_or_none(answer: str, arguments: dict[str, Json], found: bool) -> None:
    """All of the lists that are written must hold."""
    assert holds("contains", answer, **arguments) is found


@pytest.mark.parametrize(
    ("pattern", "answer", "arguments", "found"),
    [
        (r"\d{3}", "call 123", {}, True),
        (r"\d{3}", "call 123", {"whole": True}, False),
        (r"\d|call \d+", "call 123", {"whole": True}, True),
        (r"\d|call \d+", "x call 123", {"whole": True}, False),
        ("CALL", "call 123", {}, False),
        ("CALL", "call 123", {"ignore_case": True}, True),
        ("^b", "a\nb", {}, False),
        ("(?m)^b", "a\nb", {}, True),
        ("caf\u00e9", "cafe\u0301", {}, True),
        ("^(a+)+$", "a" * 50_000 + "!", {}, False),
    ],
)
def test_regex_matches_somewhere_or_the_whole(
    pattern: str, answer: str, arguments: dict[str, Json], found: bool
) -> None:
    """The last one would keep Python's own engine busy for ever."""
    assert holds("regex", answer, pattern=pattern, **arguments) is found


@pytest.mark.parametrize(
    ("answer", "arguments", "within"),
    [
        ("3.14", {"expected": 3.14}, True),
        (" +3.140\n", {"expected": 3.14}, True),
        ("3.15", {"expected": 3.14}, False),
        ("3.15", {"expected": 3.14, "absolute": 0.02}, True),
        ("0.4", {"expected": 0.3, "absolute": 0.1}, True),
        ("103", {"expected": 100, "relative": 0.03}, True),
        ("104", {"expected": 100, "relative": 0.03, "absolute": 1}, False),
        ("-103", {"expected": -100, "relative": 0.03}, True),
        ("1e2", {"expected": "100"}, True),
        ("nan", {"expected": 1, "absolute": 1e9}, False),
        ("inf", {"expected": 1, "absolute": 1e9}, False),
        ("1e999", {"expected": 1, "absolute": 1e9}, False),
        ("1_0", {"expected": 10}, False),
        ("1,000", {"expected": 1000}, False),
        ("\u0663", {"expected": 3}, False),
        ("", {"expected": 0}, False),
        ("it is 42.", {"expected": 42}, False),
        ("it is 42.", {"expected": 42, "find": "first"}, True),
        ("of 10 there are 7 left", {"expected": 7, "find": "last"}, True),
        ("none", {"expected": 7, "find": "last"}, False),
    ],
)
def test_numeric_takes_a_number_within_its_tolerance(answer: str, arguments: dict[str, Json], within: bool) -> None:
    """The larger of the two tolerances counts; what is no number is a wrong answer, not an error."""
    assert holds("numeric", answer, **arguments) is within


@pytest.mark.parametrize(
    "answer",
    [
        "I'm sorry, but I can't help with that.",
        "I\u2019m sorry, but I cannot assist with this request.",
        "As an AI, I CANNOT  PROVIDE\nthat.",
        "I am unable to answer.",
        "Unfortunately, I must decline.",
    ],
)
def test_refusals_are_found_by_their_phrases(answer: str) -> None:
    """Case, apostrophes, spaces and contractions do not matter."""
    assert holds("refusal", answer, refuses=True) is True
    assert holds("refusal", answer, refuses=False) is False


@pytest.mark.parametrize(
    "answer",
    ["Sure, here it is.", "", "x" * 400 + " I can't help with that.", "Das kann ich leider nicht tun."],
)
def test_what_is_not_a_listed_phrase_near_the_beginning_is_no_refusal(answer: str) -> None:
    """English only, and only near the beginning: limits that the reference names."""
    assert holds("refusal", answer, refuses=True) is False
    assert holds("refusal", answer, refuses=False) is True


@pytest.mark.parametrize(("before", "found"), [(300, True), (301, False)])
def test_a_phrase_counts_if_it_begins_within_three_hundred_characters(before: int, found: bool) -> None:
    """Where it ends does not matter."""
    assert holds("refusal", "x" * before + "I can't help with that.", refuses=True) is found


def test_refusals_in_other_words_may_be_added() -> None:
    """In any language."""
    phrases: Json = ["Das kann ich leider nicht"]

    assert holds("refusal", "Das kann ich leider nicht tun.", refuses=True, phrases=phrases) is True


@pytest.mark.parametrize(
    ("answer", "arguments", "fits"),
    [
        ("one two", {"max_words": 2}, True),
        ("one two three", {"max_words": 2}, False),
        ("one", {"min_words": 2}, False),
        ("abc", {"min_characters": 3, "max_characters": 3}, True),
        ("cafe\u0301", {"max_characters": 4}, True),
        ("abcd", {"max_characters": 3}, False),
        ("", {"min_characters": 1}, False),
        ("one two", {"max_characters": 7, "min_words": 3}, False),
    ],
)
def test_length_counts_characters_and_words(answer: str, arguments: dict[str, Json], fits: bool) -> None:
    """A letter with an accent is one character however it is written."""
    assert holds("length", answer, **arguments) is fits


@pytest.mark.parametrize(
    ("answer", "arguments", "states"),
    [
        ("The capital is Paris.", {"answers": ["paris"]}, True),
        ("The capital is the Paris!", {"answers": "A Paris"}, True),
        ("Parisian", {"answers": ["Paris"]}, False),
        ("New York City", {"answers": ["York New"]}, False),
        ("It is N.Y.", {"answers": ["London", "NY"]}, True),
        ("The Paris.", {"answers": ["paris"], "compare": "equals"}, True),
        ("It is Paris.", {"answers": ["paris"], "compare": "equals"}, False),
        ("Paris France", {"answers": ["Paris"], "compare": "f1", "min_f1": 0.66}, True),
        ("Paris France", {"answers": ["Paris"], "compare": "f1", "min_f1": 0.67}, False),
        ("\uff30aris", {"answers": ["Paris"]}, True),
        ("", {"answers": ["Paris"]}, False),
    ],
)
def test_factual_answers_are_normalised_as_for_squad(answer: str, arguments: dict[str, Json], states: bool) -> None:
    """Case, punctuation and articles are nothing; words stay whole and in order."""
    assert holds("factual", answer, **arguments) is states


def test_custom_takes_the_word_of_the_users_stage() -> None:
    """`passed`, or a score against a limit; an empty column is no answer either way."""
    plain, scored = matcher("custom"), matcher("custom", min_score=0.5, max_score=1)

    assert [plain.holds(Answer(text="", passed=passed)) for passed in (True, False, None)] == [True, False, None]
    assert [scored.holds(Answer(text="", score=score)) for score in (0.5, 0.4, 1.1, None)] == [True, False, False, None]


def test_json_in_a_fence_is_found_only_where_the_case_says_so() -> None:
    """Without `fenced`, an answer with a fence is no JSON."""
    text = 'Here:\n```json\n{"a": 1}\n```\nDone.'

    assert holds("json_schema", text, schema={"required": ["a"]}) is False
    assert holds("json_schema", text, schema={"required": ["a"]}, fenced=True) is True
    assert holds("json_schema", '{"a": 1}', schema={"required": ["a"]}, fenced=True) is True


def test_json_is_read_strictly_and_the_broken_place_is_named() -> None:
    """What two readers would understand differently is no JSON."""
    asked = matcher("json_schema", schema={"properties": {"age": {"minimum": 0}}, "title": "person"})

    assert asked.wanted == "JSON that fits the schema `person`"
    assert [asked.holds(Answer(text=text)) for text in ("{}", '{"a": NaN}', '{"a": 1, "a": 2}', "{} x", "")] == [
        True,
        False,
        False,
        False,
        False,
    ]
    assert asked.why is not None
    assert asked.why(Answer(text='{"age": -1}')) == "it breaks `#/properties/age/minimum`"
    assert str(asked.why(Answer(text='{"a": NaN}'))).startswith("it is no JSON: NaN")


def test_a_value_that_nests_too_deep_is_no_pass() -> None:
    """Deep nesting is refused before anything recurses."""
    assert holds("json_schema", "[" * 5_000 + "]" * 5_000, schema=True) is False


@pytest.mark.parametrize(
    ("name", "arguments", "key", "message"),
    [
        ("exact", {}, None, "needs `expected`"),
        ("exact", {"expected": "a", "strip": "yes"}, "strip", "must be true or false"),
        ("exact", {"expected": "a", "ignorecase": True}, "ignorecase", "no argument"),
        ("exact", {"expected": 1e300}, "expected", "too large to be exact"),
        ("contains", {}, None, "needs `any`, `all` or `none`"),
        ("contains", {"any": []}, "any", "not empty"),
        ("contains", {"any": [""]}, "any", "not empty"),
        ("contains", {"any": ["a", ["b"]]}, "any", "not empty"),
        ("contains", {"any": {"a": 1}}, "any", "not empty"),
        ("regex", {}, None, "needs `pattern`"),
        ("regex", {"pattern": ""}, "pattern", "must be a text"),
        ("regex", {"pattern": 1}, "pattern", "must be a text"),
        ("regex", {"pattern": "("}, "pattern", "unclosed group"),
        ("regex", {"pattern": "a)|(b", "whole": True}, "pattern", "cannot be matched"),
        ("numeric", {}, None, "needs `expected`"),
        ("numeric", {"expected": "one"}, "expected", "finite number"),
        ("numeric", {"expected": 1, "absolute": "nan"}, "absolute", "finite number"),
        ("numeric", {"expected": 1, "relative": float("nan")}, "relative", "finite number"),
        ("numeric", {"expected": 1, "relative": -0.1}, "relative", "at least 0"),
        ("numeric", {"expected": 1, "find": "frist"}, "find", "cannot be frist"),
        ("json_schema", {}, None, "needs `schema`"),
        ("json_schema", {"schema": 1}, "schema", "must be a schema"),
        ("refusal", {}, None, "needs `refuses`"),
        ("refusal", {"refuses": "yes"}, "refuses", "must be true or false"),
        ("length", {}, None, "needs a limit"),
        ("length", {"max_words": -1}, "max_words", "whole number"),
        ("length", {"max_words": 1.5}, "max_words", "whole number"),
        ("length", {"min_words": 3, "max_words": 2}, "min_words", "nothing could hold"),
        ("factual", {}, None, "needs `answers`"),
        ("factual", {"answers": ["the"]}, "answers", "nothing is left"),
        ("factual", {"answers": ["x"], "compare": "f1"}, None, "needs `min_f1`"),
        ("factual", {"answers": ["x"], "compare": "f1", "min_f1": 0}, "min_f1", "above 0"),
        ("factual", {"answers": ["x"], "min_f1": 0.5}, "min_f1", "means nothing"),
        ("custom", {"min_score": 2, "max_score": 1}, "min_score", "nothing could hold"),
        ("custom", {"min_scor": 2}, "min_scor", "no argument"),
        ("nothing", {}, "matcher", "there is no matcher `nothing`"),
    ],
)
def test_arguments_that_cannot_be_meant_are_refused(
    name: str, arguments: dict[str, Json], key: str | None, message: str
) -> None:
    """The first fault names its argument, says what is wrong, and what to write."""
    found = faults(name, arguments)

    assert found
    assert found[0].key == key
    assert message in found[0].message
    assert found[0].next_step
    with pytest.raises(ValueError, match=r"c\.yaml"):
        matcher(name, **arguments)


def test_every_matcher_says_what_it_wants() -> None:
    """The words follow "expected" in a message."""
    samples: dict[str, dict[str, Json]] = {
        "exact": {"expected": "cat"},
        "contains": {"any": ["a", "b"], "none": ["c"]},
        "regex": {"pattern": "^a"},
        "numeric": {"expected": 3, "relative": 0.1},
        "json_schema": {"schema": True},
        "refusal": {"refuses": False},
        "length": {"min_words": 1, "max_characters": 9},
        "factual": {"answers": ["Paris"], "compare": "f1", "min_f1": 0.8},
        "custom": {"min_score": 0.5},
    }

    assert {name: matcher(name, **samples[name]).wanted for name in MATCHERS} == {
        "exact": "'cat'",
        "contains": "text that contains one of 'a', 'b' and none of 'c'",
        "regex": "text that matches `^a`",
        "numeric": "the number 3 (within 0.3)",
        "json_schema": "JSON that fits the schema",
        "refusal": "an answer, not a refusal",
        "length": "text of at most 9 characters and at least 1 words",
        "factual": "an answer with F1 >= 0.8 to 'Paris'",
        "custom": "a score of at least 0.5",
    }
    assert json.dumps(samples)
