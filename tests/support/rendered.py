"""Markdown as a forge renders it, and what a reader then sees."""

from __future__ import annotations

import html
import re

from markdown_it import MarkdownIt

MARKDOWN = MarkdownIt("commonmark").enable(["table", "strikethrough"])


def rendered(markdown: str) -> str:
    """A page with that Markdown in the middle of a paragraph."""
    return str(MARKDOWN.render(f"x {markdown} y"))


def words_of(page: str) -> str:
    """The text a reader sees, white space aside."""
    return html.unescape(re.sub(r"<[^<>]*>", "", page)).replace(" ", "").strip()


def outside_code(page: str) -> str:
    """The text in which a forge looks for what it links; a NUL where code or a tag stood."""
    return html.unescape(re.sub(r"<code>.*?</code>|<[^<>]*>", "\x00", page, flags=re.DOTALL))
