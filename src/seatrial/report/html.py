"""The shell of a page of ours, and the few elements every page is made of: text, sentence, table, details.

Called by whatever writes a page (`data_page.py`, `page.py`, a dossier); pure. A page is one file that stands alone:
no script, no font, no picture from elsewhere, no address. It says so to the browser too: its content security policy
allows nothing but the one style sheet whose digest it names. Even markup that somebody managed to plant could
neither run, nor load, nor style, nor send anything. The price is that no element may have a `style` attribute.

What is subtle: markup and text are told apart by type. A `Markup` was made here or by a renderer and goes out as it
is; any other string comes from people and is made visible, bounded and escaped, so forgetting to say which it is shows
as ugly text, never as an element.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Container, Iterable, Sequence
from hashlib import sha256

from seatrial.report.escape import TEXT_BOUND, log_line, plain
from seatrial.verdict import Verdict

STYLE = """\
:root{color-scheme:light dark;--back:#fff;--ink:#1f2328;--soft:#59636e;--line:#d1d9e0;--bad:#b3261e;--unsure:#8a5a00;--good:#1a7f37}
@media(prefers-color-scheme:dark){:root{--back:#0d1117;--ink:#e6edf3;--soft:#9198a1;--line:#30363d;--bad:#ff8a80;--unsure:#e3b341;--good:#56d364}}
body{margin:2rem auto;max-width:70rem;padding:0 1rem;font:15px/1.5 system-ui,sans-serif;background:var(--back);color:var(--ink)}
h1{font-size:1.4rem}h2{font-size:1.1rem;margin-top:2.2rem;border-bottom:1px solid var(--line)}h3{font-size:1rem;margin:1.4rem 0 .3rem}
h1,h2,h3,p,li,code,summary,figcaption{overflow-wrap:anywhere}td code{overflow-wrap:break-word}
.soft{color:var(--soft)}.wide{overflow-x:auto}summary{cursor:pointer}
table{border-collapse:collapse;font-size:13px}th,td{text-align:left;padding:.25rem .7rem .25rem 0;border-bottom:1px solid var(--line);vertical-align:top}
td:last-child:not(:first-child):not(.r){min-width:11rem}
td.r,th.r{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}
.FAIL,.ERROR{color:var(--bad)}.INCONCLUSIVE{color:var(--unsure)}.PASS{color:var(--good)}
"""  # noqa: E501 - rules read better whole
"""The rules of every page: colours light and dark, headings, tables, and the colour of a verdict by its class."""

_ENTITIES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#x27;"})
_QUOTED = re.compile(r"`([^`]+)`")


class Markup(str):
    """HTML that goes out as it is. What comes from people is never one."""

    __slots__ = ()


def page(title: str, body: Iterable[str], *, style: str = "", made: str = "") -> str:
    """A whole page of lines of markup. `title` is text; `style` are rules besides `STYLE`, the page's only ones. `made`
    says what wrote it, for `is_made` to know it again."""
    rules = f"{STYLE}{style}"
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy(rules)}">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        '<meta name="referrer" content="no-referrer">'
        f"{_generator(made) if made else ''}<title>{text(title)}</title>\n<style>{rules}</style></head>\n"
        f"<body>\n{chr(10).join(body)}\n</body></html>\n"
    )


def is_made(head: bytes, made: str) -> bool:
    """Whether a file that begins so is a page with this `made`."""
    before, found, _ = head.partition(_generator(made).encode())
    return bool(found) and before.startswith(b"<!doctype html>\n") and b"<title>" not in before


def _generator(made: str) -> str:
    return f'<meta name="generator" content="{text(made)}">'


def policy(rules: str) -> str:
    """What a page with these style rules lets a browser do: apply them."""
    mark = b64encode(sha256(rules.encode()).digest()).decode()
    return (
        f"default-src 'none'; style-src 'sha256-{mark}'; script-src 'none'; img-src 'none'; connect-src 'none'; "
        "base-uri 'none'; form-action 'none'"
    )


def text(value: str, *, bound: int = TEXT_BOUND) -> Markup:
    """Text from anywhere, visible, bounded and escaped; fit for an element and for a quoted attribute. Markup stays
    as it is."""
    return value if isinstance(value, Markup) else Markup(plain(value, bound=bound).translate(_ENTITIES))


def sentence(value: str, *, bound: int = TEXT_BOUND) -> Markup:
    """What our own words put into backticks is a name or a command, and looks like one."""
    return Markup(_QUOTED.sub(r"<code>\1</code>", text(value, bound=bound)))


def code(value: str, *, bound: int = TEXT_BOUND) -> Markup:
    """A name or a command."""
    return Markup(f"<code>{text(value, bound=bound)}</code>")


def log(lines: Iterable[str]) -> Markup:
    """What a program printed, line by line, with its indentation."""
    return Markup(f"<pre>{chr(10).join(log_line(line).translate(_ENTITIES) for line in lines)}</pre>")


def verdict(value: Verdict) -> Markup:
    """A verdict in its colour; the word says it too."""
    return Markup(f"<strong class={value.value}>{value.value}</strong>")


def paragraph(value: str | None) -> list[str]:
    """A sentence of its own; nothing for none."""
    return [f"<p>{sentence(value)}</p>"] if value else []


def bullets(items: Iterable[str]) -> list[str]:
    """Sentences as a list; nothing for none."""
    lines = [f"<li>{sentence(item)}</li>" for item in items]
    return ["<ul>", *lines, "</ul>"] if lines else []


def table(
    header: Iterable[str], rows: Iterable[Sequence[str]], *, right: Container[int] = (), caption: str = ""
) -> list[str]:
    """A table that scrolls by itself where it is too wide. Cells are text, or Markup; the columns in `right` hold
    figures."""

    def cell(tag: str, index: int, value: str) -> str:
        return f"<{tag}{' class=r' if index in right else ''}>{text(value)}</{tag.partition(' ')[0]}>"

    heads = "".join(cell("th scope=col", index, value) for index, value in enumerate(header))
    body = ("<tr>" + "".join(cell("td", index, value) for index, value in enumerate(row)) + "</tr>" for row in rows)
    title = [f"<caption>{text(caption)}</caption>"] if caption else []
    return [
        "<div class=wide><table>", *title, f"<thead><tr>{heads}</tr></thead><tbody>", *body, "</tbody></table></div>",
    ]  # fmt: skip


def filled_table(header: Sequence[str], rows: Sequence[Sequence[str]], *, right: Container[int] = ()) -> list[str]:
    """The same without the columns that are empty everywhere."""
    kept = [at for at in range(len(header)) if any(row[at] for row in rows)]
    return table(
        [header[at] for at in kept],
        ([row[at] for at in kept] for row in rows),
        right=[place for place, at in enumerate(kept) if at in right],
    )


def details(summary: str, body: Iterable[str], *, opened: bool = False) -> list[str]:
    """Lines of markup that are folded away behind a line of text."""
    return [f"<details{' open' if opened else ''}><summary>{text(summary)}</summary>", *body, "</details>"]
