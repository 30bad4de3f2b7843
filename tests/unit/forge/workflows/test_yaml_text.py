"""What is written is what a reader of YAML reads, whatever a text holds."""

from __future__ import annotations

import yaml
from hypothesis import given
from hypothesis import strategies as st

from seatrial.forge.workflows.yaml_text import Marked, Note, Said, document, scalar

WRITABLE = st.text(
    st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp", "Co", "Cn"), exclude_characters="\ufeff\x85")
)
ODD = (
    "3.10", "on", "no", "null", "~", "1e3", "a: b", "x # y", "- a", "@x", "{a}", "[a]", "2026-12-01", "0x1f", "12:30",
    "!x", "&x", "*x", "", "a:", ": a", "%a", "`a", "? a", "| a", "> a", "'a", '"a', "<<", "=",
)  # fmt: skip


def read(text: str) -> object:
    return yaml.load(text, Loader=yaml.BaseLoader)


def types(text: str) -> object:
    return yaml.safe_load(text)


@given(WRITABLE)
def test_a_text_comes_back_as_it_was(text: str) -> None:
    written = f"key: {scalar(text)}\n"

    assert types(written) == {"key": text}, written


def test_what_looks_like_something_else_stays_a_text() -> None:
    """Of `3.10` a number would be made, of `on` a truth, of `a: b` a mapping, and of `x # y` the half."""
    for text in ODD:
        assert types(f"key: {scalar(text)}\n") == {"key": text}


def test_numbers_and_truths_are_written_as_such() -> None:
    assert types(document({"a": 5, "b": True, "c": False, "d": "5"})) == {"a": 5, "b": True, "c": False, "d": "5"}


@given(st.lists(WRITABLE, min_size=1))
def test_lists_of_texts_come_back(texts: list[str]) -> None:
    assert types(document({"key": texts})) == {"key": texts}


def test_a_script_keeps_its_lines() -> None:
    script = "if true; then\n  echo 'a: b' # c\nfi\n\necho \"$X\"\n"

    assert types(document({"run": script})) == {"run": script}
    assert types(document({"run": Said(script, "why")})) == {"run": script}


def test_comments_are_no_values() -> None:
    made = document(
        {
            Note("above"): "",
            "a": Said("x", "behind: it"),
            "b": Marked({"c": "d"}, "behind"),
            "e": [{Note("first"): "", "f": "g", Note("between"): "", "h": "i"}],
        }
    )

    assert types(made) == {"a": "x", "b": {"c": "d"}, "e": [{"f": "g", "h": "i"}]}
    comments = [line.strip() for line in made.splitlines() if line.strip().startswith("#")]
    assert comments == ["# above", "# first", "# between"]
    assert "a: x # behind: it" in made


def test_a_long_comment_is_wrapped_and_loses_no_word() -> None:
    words = " ".join(f"word{number}" for number in range(80))
    lines = [line for line in document({Note(words): "", "a": 1}).splitlines() if line.startswith("#")]

    assert max(map(len, lines)) <= 118
    assert " ".join(line.removeprefix("# ") for line in lines) == words


def test_on_is_a_key_and_no_truth() -> None:
    assert read(document({"on": {"push": ""}})) == {"on": {"push": ""}}
    assert document({"on": {"push": ""}}) == "on:\n  push:\n"


def test_a_key_of_any_kind_comes_back() -> None:
    assert types(document({"true": "a", "3": "b", "a b": "c"})) == {"true": "a", "3": "b", "a b": "c"}
