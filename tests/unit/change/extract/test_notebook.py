"""What a notebook names, by lines of its file."""

from __future__ import annotations

import json

import pytest

from seatrial.change.extract.sources import extract
from seatrial.change.facts import Facts, LinkFacts


def notebook(*cells: str, language: str = "python", indent: int | None = 1) -> str:
    content = [{"cell_type": "code", "source": cell.splitlines(keepends=True)} for cell in cells]
    text = {"cell_type": "markdown", "source": ["import no\n", "no/no.csv"]}
    metadata = {"kernelspec": {"language": language}}
    return json.dumps({"cells": [text, *content], "metadata": metadata, "nbformat": 4}, indent=indent)


def found(text: str) -> list[str]:
    links = extract("notebook", text.encode()).links
    assert links.broken is None
    imports = [f"{'.' * one.level}{one.module}" for one in links.imports]
    return (
        imports + [f"{one.how.value} {one.text}" for one in links.mentions] + [one.what.value for one in links.markers]
    )


@pytest.mark.parametrize(
    ("cell", "names"),
    [
        ("import a.b", ["a.b"]),
        ("def f():\n    import a", ["a"]),
        ("%matplotlib inline\nimport a", ["a"]),
        ("!python tools/x.py --a", ["p tools/x.py"]),
        ("out = !python tools/x.py", ["p tools/x.py"]),
        ("if x:\n    !python -m a.b", ["m a.b"]),
        ("!python {script}", ["s"]),
        ("%run tools/x.py", ["p tools/x.py"]),
        ("%%bash\npython tools/x.py", ["p tools/x.py"]),
        ("%%time\nimport a", ["a"]),
        ("await x()\nimport a", ["a"]),
        ("open('a/b.csv')", ["o a/b.csv"]),
        ("import_module(name)", ["i"]),
        ("'a' \\\n% b", []),
        ("print?", []),
        ("%%html\n<a href='a/b.html'>", []),
    ],
)
def test_cells_are_read_like_python_with_magics(cell: str, names: list[str]) -> None:
    """And text cells are not read at all."""
    assert found(notebook(cell)) == names


def test_cells_know_what_those_before_them_bound() -> None:
    """Aliases and folders."""
    first = "from importlib import import_module as load\nfrom pathlib import Path\nHERE = Path('data')"

    assert found(notebook(first, "load(x)\nopen(HERE / 'a')"))[2:] == ["p data", "o data/a", "i"]


@pytest.mark.parametrize("escaped", [True, False])
def test_lines_are_those_of_the_file(escaped: bool) -> None:
    """Where it is laid out as Jupyter does."""
    text = notebook("x = 1\nimport a", "\n# é\nimport b\n!python tools/x.py")
    text = text if escaped else json.dumps(json.loads(text), ensure_ascii=False, indent=1)
    links = extract("notebook", text.encode()).links
    rows = text.split("\n")

    assert ["import a" in rows[links.imports[0].line - 1], "import b" in rows[links.imports[1].line - 1]] == [
        True,
        True,
    ]
    assert "tools/x.py" in rows[links.mentions[0].line - 1]


def test_a_notebook_on_one_line_has_one_line() -> None:
    """However its cells are written."""
    assert [one.line for one in extract("notebook", notebook("x\nimport a", indent=None).encode()).links.imports] == [1]


@pytest.mark.parametrize(("text", "line"), [("{\n\n", 3), ("[]", 1), ("{}", 1), ('{"cells": 1}', 1), ("\xff", 1)])
def test_what_is_no_notebook_is_broken(text: str, line: int) -> None:
    """With the line the parser gave up on."""
    assert extract("notebook", text.encode("latin-1")) == Facts(LinkFacts(broken=line))


def test_a_broken_cell_breaks_the_notebook_and_the_others_are_kept() -> None:
    """It may load anything."""
    text = notebook("import a", "x = 1\ndef f(:")
    links = extract("notebook", text.encode()).links

    assert links.broken is not None
    assert "def f(:" in text.split("\n")[links.broken - 1]
    assert [one.module for one in links.imports] == ["a"]


def test_another_language_is_never_broken() -> None:
    """Its cells are not ours to judge."""
    assert extract("notebook", notebook("x <- c(1, 2", language="R").encode()).links.broken is None
