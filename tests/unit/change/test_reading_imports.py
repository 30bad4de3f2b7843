"""What a Python file imports, read without running it."""

from __future__ import annotations

import warnings

import pytest

from seatrial.change.imports import FileFacts, read_imports


def names(source: str) -> list[str]:
    return [f"{'.' * one.level}{one.module}:{','.join(one.names)}" for one in read_imports(source.encode()).imports]


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("import a", ["a:"]),
        ("import a.b as c, d", ["a.b:", "d:"]),
        ("from a.b import c, d as e", ["a.b:c,d"]),
        ("from . import x", [".:x"]),
        ("from ..a import *", ["..a:*"]),
        ("def f():\n    import a", ["a:"]),
        ("if 0:\n    import a\nelse:\n    import b", ["a:", "b:"]),
        ("try:\n    import a\nexcept ImportError:\n    import b", ["a:", "b:"]),
        ("from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import a", ["typing:TYPE_CHECKING", "a:"]),
        ("class A:\n    import a", ["a:"]),
        ("import importlib\nimportlib.import_module('a.b')", ["importlib:", "a.b:"]),
        ("__import__('a')", ["a:"]),
        ("'import a'", []),
    ],
)
def test_imports_are_found_wherever_they_stand(source: str, found: list[str]) -> None:
    """Functions, branches, classes, and calls with a literal name."""
    assert names(source) == found


@pytest.mark.parametrize(
    "source",
    [
        "import importlib\nimportlib.import_module(name)",
        "import importlib\nimportlib.import_module('a.' + name)",
        "import importlib\nimportlib.import_module(f'a.{name}')",
        "import importlib\nimportlib.import_module('.a', package)",
        "import importlib\nimportlib.import_module(name='a')",
        "pass\n__import__(*names)",
    ],
)
def test_a_computed_name_is_reported_with_its_line(source: str) -> None:
    """It is never guessed."""
    assert read_imports(source.encode()).computed == (2,)


@pytest.mark.parametrize("source", [b"def f(:", b"\xff\xfe\x00", b"x = 1\0", b"(" * 5000])
def test_a_file_that_cannot_be_parsed_is_broken(source: bytes) -> None:
    """Nothing else is said about it."""
    facts = read_imports(source)

    assert facts.broken is not None
    assert facts == FileFacts(broken=facts.broken)


def test_a_declared_encoding_is_understood() -> None:
    """As Python itself would."""
    assert read_imports("# -*- coding: latin-1 -*-\nimport a  # \xe9".encode("latin-1")).imports[0].module == "a"


def test_a_warning_about_the_users_file_is_not_shown() -> None:
    """A stray backslash in a string is between them and their linter."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        facts = read_imports(b"import a\nx = '\\d'")

    assert facts.broken is None
    assert len(facts.imports) == 1
