"""What holds for the facts of any file."""

from __future__ import annotations

import ast
import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import seatrial
from seatrial.change.extract.sources import KINDS, extract
from seatrial.change.facts import Facts

SOURCES = sorted(Path(seatrial.__file__).parent.rglob("*.py"))
WORDS = st.sampled_from([
    "import a.b", "from . import x", "if TYPE_CHECKING:\n    import c", "def f(x=1):\n    return g(x)", "f(",
    "'a/b.csv'",
    "- a: b/c.yaml", "defaults:", "COPY a b", "RUN <<EOF", "EOF", "$(", '"', "'", "\\", "\n", " ", "{", "}", "[", "]",
    "python $X", "<<A", "{{ x }}", "%%bash", "!ls", "f'{x}/a'", "\0", "\x01", "\x02", "\ud800", "é",
    "import_module(f'.{x}')",
    "Path(__file__).parent / 'x'", "os.path.join(__file__, '..', x)", "&a *a", "!!x", "---", "`a", "${A}", "=", "a.b:c",
])  # fmt: skip


@given(st.sampled_from(KINDS), st.binary(max_size=300) | st.lists(WORDS, max_size=12).map(
    lambda words: "".join(words).encode("utf-8", "surrogatepass")))  # fmt: skip
@settings(max_examples=400)
def test_any_bytes_have_facts(kind: str, data: bytes) -> None:
    """Nothing is raised, and the same bytes have the same facts."""
    facts = extract(kind, data)

    assert isinstance(facts, Facts)
    assert extract(kind, data) == facts
    for mention in facts.links.mentions:
        assert mention.text
        assert mention.line >= 1
        assert not set(mention.text) & set("\n\0\1\2")


@given(st.sampled_from(SOURCES), st.randoms())
@settings(max_examples=40, deadline=None)
def test_comments_and_blank_lines_change_no_definition(path: Path, chance: random.Random) -> None:
    """They are put between statements at the top of real files; so is another layout of everything."""
    data = path.read_text()
    before = extract("python", data.encode()).symbols
    starts = {node.lineno - len(getattr(node, "decorator_list", ())) for node in ast.parse(data).body}
    rows = data.split("\n")
    mixed = "\n".join(
        f"# {chance.random()}\n\n{row}"
        if number in starts and chance.random() < 0.5 and not _inside(data, number)
        else row
        for number, row in enumerate(rows, 1)
    )
    for after in (mixed, ast.unparse(ast.parse(data))):
        symbols = extract("python", after.encode()).symbols
        assert before is not None
        assert symbols is not None
        assert symbols.body.digest == before.body.digest
        assert [(one.name, one.digest, one.uses) for one in symbols.definitions] == [
            (one.name, one.digest, one.uses) for one in before.definitions
        ]


def _inside(data: str, line: int) -> bool:
    """Whether a line stands inside of a statement at the top."""
    return any(node.lineno < line <= (node.end_lineno or 0) for node in ast.parse(data).body)


@pytest.mark.parametrize("path", SOURCES[::7], ids=lambda path: path.name)
def test_every_changed_constant_changes_one_definition_or_the_body(path: Path) -> None:
    """Whatever is not a docstring."""
    data = path.read_text()
    before = extract("python", data.encode()).symbols
    numbers = [one for one in ast.walk(ast.parse(data)) if isinstance(one, ast.Constant) and type(one.value) is int]
    rows = data.encode().split(b"\n")
    for one in numbers[:20]:
        row = rows[one.lineno - 1]
        changed = row[: one.col_offset] + b"987654" + row[one.end_col_offset :]
        after = extract("python", b"\n".join([*rows[: one.lineno - 1], changed, *rows[one.lineno :]])).symbols
        assert before is not None
        assert after is not None
        digests = {(each.name, each.digest) for each in (before.body, *before.definitions)}
        assert {(each.name, each.digest) for each in (after.body, *after.definitions)} != digests
