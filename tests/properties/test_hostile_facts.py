"""Whatever stands in the texts of a report, it becomes no element, no mention, no link and no command.

A job that may not post hands its report to one that may, with a token of the project. So a text in any field, also
in one that only ever holds words of ours, is hostile: a name in the first line would else notify a team, and load a
picture from a third party for everybody who looks.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from seatrial.forge import compose
from seatrial.forge.policy import ForgePolicy, Kind
from seatrial.forge.target import Target
from seatrial.replacing import replace
from seatrial.report.card_facts import CardFacts
from seatrial.report.comment import Earlier, render_comment
from seatrial.report.escape import plain, visible
from seatrial.report.facts import RunFacts
from seatrial.report.fit import columns, wrap
from seatrial.report.markdown import render_markdown, render_summary
from seatrial.report.model_card import render_card
from seatrial.report.terminal import render_terminal
from tests.support.hostile_facts import VOCABULARY, everything, passing, told_as

PARSER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
SIGNS = (
    *("<img src=https://evil.example/x.png>", "![](https://evil.example/x.png)", "<script>x</script>", "</details>"),
    *(
        "<summary>",
        "</summary>",
        "<details open>",
        "<!--",
        "-->",
        "@octo/admins",
        "@everyone",
        "`@x`",
        "a|b",
        "|",
        "\n",
    ),
    *("\n\n", "\n| a |\n|---|\n", "\r", "`", "``", "```\n", "\n```mermaid\n", "/merge", "\n/close\n", "#1", "o/r#12"),
    *(
        "GH-3",
        "!7",
        "[a](b)",
        "[a](javascript:alert(1))",
        "[x]: https://evil.example",
        "[x][x]",
        "https://evil.example",
    ),
    *(
        "www.evil.example",
        "<https://evil.example>",
        "mail@evil.example",
        "# h",
        "\n---\n",
        "\n===\n",
        "- [ ] x",
        "1. x",
    ),
    *(
        "**x**",
        "_x_",
        "~~x~~",
        "\\",
        "&lt;b&gt;",
        "&#64;x",
        "$x$",
        ":smile:",
        "[TOC]",
        "    x",
        "\t@x",
        "\x00",
        "\x1b[1m",
    ),
    *("\u202e", "\u2028", "\u200b@x", "\ud800", "\udcff", "\U000e0040", "> x", "+ x", "* x", "*", "_", "(@x)", "{@x}"),
)
HOSTILE = st.lists(st.sampled_from(SIGNS), min_size=1, max_size=4).flatmap(
    lambda signs: st.sampled_from(("", " ", "x")).map(lambda between: between.join(signs))
)
POOLS = st.lists(HOSTILE.filter(visible), min_size=1, max_size=5, unique_by=visible)  # what is empty has no cell
KEPT = st.frozensets(st.sampled_from(VOCABULARY))
OURS = re.compile(r"(</?details>|<summary>[A-Za-z0-9 ,:]+</summary>)\Z")
LINKED = re.compile(
    r"(?<![A-Za-z0-9])@[\w-]|://|\bwww\.|\bmailto:|(?<![A-Za-z0-9&])[#!]\d|\bGH-\d|(?<![A-Za-z0-9:]):[a-z0-9_+-]+:(?![A-Za-z0-9])|\[TOC\]|\$x",
    re.IGNORECASE,
)
HARMLESS = {
    *("heading", "paragraph", "bullet_list", "list_item", "table", "thead", "tbody", "tr", "th", "td", "strong"),
    *("inline", "text", "code_inline", "html_block", "softbreak", "fence"),
}


def all_of(tokens: list[Token]) -> Iterator[Token]:
    for token in tokens:
        yield token
        yield from all_of(token.children or [])


def looked_at(markdown: str) -> list[str]:
    """The elements that it renders to, in order, those of code and text aside; what it must not hold is an error."""
    found: list[str] = []
    logs: list[str] = []
    for token in all_of(PARSER.parse(markdown)):
        kind = token.type.removesuffix("_open").removesuffix("_close")
        assert kind in HARMLESS, (kind, token.content, token.map)
        if kind == "fence":  # the end of a log: named as no language, and indented throughout
            assert not token.info, token.info
            assert all(line.startswith("  ") or not line for line in token.content.splitlines()), token.content
            logs.append(token.content)
        if kind == "html_block":
            assert all(OURS.match(line) for line in token.content.splitlines()), token.content
        if kind == "text":
            assert not LINKED.search(token.content), token.content
        if kind not in ("text", "code_inline"):
            found.append(f"{token.type} {token.tag}")
    assert all(character.isprintable() or character == "\n" for character in markdown)
    outside = markdown
    for block in logs:
        outside = outside.replace(block, "", 1)
    assert outside.count("<details>") == outside.count("</details>")
    assert not re.search(r"^\s*(?:[-*] +)?/[a-z]", outside, re.MULTILINE)
    markdown.encode()
    return found


def texts(pool: list[str], kept: frozenset[str]) -> Callable[[str, str], str]:
    """One of the pool for each text, in turn; those of `kept` stay what they are."""
    turn = iter(range(1 << 20))
    return lambda field, honest: honest if field in kept else pool[next(turn) % len(pool)]


def faces(facts: RunFacts) -> dict[str, str]:
    first = facts.models[0].name
    earlier = (Earlier(sha=facts.run, run=facts.run, headline=facts.project),)
    return {
        "comment": render_comment(facts, first, earlier=earlier, commit=facts.run),
        "comment on the run": render_comment(facts, None),
        "report.md": render_markdown(facts),
        "summary": render_summary(facts),
    }


@pytest.mark.parametrize("whole", [everything, passing])
@given(pool=POOLS, kept=KEPT)
@example(pool=["@octo/admins <img src=https://evil.example/x.png>"], kept=frozenset(VOCABULARY))
@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=25)
def test_no_text_of_a_run_becomes_an_element_a_mention_or_a_link(
    whole: Callable[[], RunFacts], pool: list[str], kept: frozenset[str]
) -> None:
    """It renders to just the elements to which names that are letters do."""
    hostile = faces(told_as(whole(), texts(pool, kept)))
    honest = faces(told_as(whole(), texts([f"name{number}" for number in range(len(pool))], kept)))

    for face, markdown in hostile.items():
        assert looked_at(markdown) == looked_at(honest[face]), face


@given(pool=POOLS, kept=KEPT)
@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=25)
def test_no_text_of_a_card_becomes_an_element_a_mention_or_a_link(pool: list[str], kept: frozenset[str]) -> None:
    facts = everything()
    fields: dict[str, Any] = {
        **dict.fromkeys(("model", "ref", "registered", "by", "by_known_from", "run", "artifact", "environment"), "x"),
        **dict.fromkeys(("config", "commit", "tier", "made_by", "test_set", "evaluation", "machine", "repeat"), "x"),
        **dict.fromkeys(("holds", "moves", "links", "missing"), ("x",)),
        **{name: {"x": "y"} for name in ("data", "params", "changed_params", "tags")},
    }
    card = CardFacts(**fields, size=1, rows=3, judged=facts.models[0], checks=facts.checks)
    told = told_as(card, texts(pool, kept))
    written = dict.fromkeys(("intended-use", "out-of-scope", "ethical-considerations"), pool[0])

    looked_at(render_card(told))
    looked_at(render_card(replace(told, tags={**told.tags, **written})))


@given(pool=POOLS, kept=KEPT)
@settings(deadline=None)
def test_titles_and_descriptions_are_lines_that_print(pool: list[str], kept: frozenset[str]) -> None:
    """They are plain text to a forge."""
    for whole in (everything, passing):
        facts = told_as(whole(), texts(pool, kept))
        deployed = compose.deployments_of(
            facts, Target(kind=Kind.GITHUB, api="https://api.example", repo="o/r"), ForgePolicy(), sha="1"
        )
        told = [compose.title_of(facts), *(one.description for one in deployed)]

        assert all(text.isprintable() for text in told)
        assert all(0 < len(text) <= compose.TITLE for text in told)


COMMANDS = st.lists(
    st.sampled_from(
        ("::error::x", "::", ":", "##[group]", "##", "#", "[x]", " ", "\t", "\n", "w" * 38, "w" * 79, "\x1b[1m", "é")
    ),
    min_size=1,
    max_size=8,
).map("".join)


@given(pool=st.lists(COMMANDS, min_size=1, max_size=5), kept=KEPT, width=st.integers(0, 90), color=st.booleans())
@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=40)
def test_no_line_in_a_terminal_is_a_command_to_a_runner(
    pool: list[str], kept: frozenset[str], width: int, color: bool
) -> None:
    """GitHub's carries out what begins with `::`, blanks aside, and `##[` anywhere."""
    for whole in (everything, passing):
        text = render_terminal(told_as(whole(), texts(pool, kept)), width=width, color=color)

        assert not re.search(r"^(?:\s|\x1b\[\d*m)*::|##\[", text, re.MULTILINE)


@given(text=COMMANDS, width=st.integers(2, 40))
def test_no_line_of_wrapped_text_is_a_command_to_a_runner(text: str, width: int) -> None:
    lines = wrap(plain(text), width)

    assert not any(line.startswith("::") or "##[" in line for line in lines)
    assert all(columns(line) <= width for line in lines)
