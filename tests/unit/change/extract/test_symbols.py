"""What a Python file defines, when that counts as changed, and what runs when the file is loaded."""

from __future__ import annotations

import pytest

from seatrial.change.extract.sources import extract
from seatrial.change.facts import Definition, SymbolFacts


def symbols(source: str) -> SymbolFacts:
    found = extract("python", source.encode()).symbols
    assert found is not None
    return found


def definition(source: str, name: str) -> Definition:
    return next(one for one in symbols(source).definitions if one.name == name)


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("def f(): pass\nasync def g(): pass\nclass A: pass", ["f", "g", "A"]),
        ("X = 0.1\nA, (B, *C) = 1, (2, 3)\nD: int = 4\nE = F = 5", ["X", "A", "B", "C", "D", "E", "F"]),
        ("if x:\n    def f(): pass\nelse:\n    Y = 1\ntry:\n    class A: pass\nfinally:\n    pass", ["f", "Y", "A"]),
        ("def f():\n    def inner(): pass\n    X = 1", ["f"]),
        ("X = f()", ["X"]),
        ("x.y = 1\nx[0] = 2\nX += 1", []),
    ],
)
def test_what_is_bound_at_the_top_is_a_definition(source: str, names: list[str]) -> None:
    """Functions, classes and names, under conditions too; nothing that is inside of another."""
    assert sorted(one.name for one in symbols(source).definitions) == sorted(names)


BEFORE = '''
@decorate(1)
def f(x: int = 3, *rest, key=None) -> str:
    """What it does."""
    y = [helper(i) for i in rest if i]
    return f"{x:>3} {y!r}" + 'a'
'''


@pytest.mark.parametrize(
    "after",
    [
        BEFORE.replace("What it does", "What else it does"),
        BEFORE.replace('    """What it does."""\n', ""),
        BEFORE.replace("    y =", "    # why\n\n    y =  "),
        BEFORE.replace("'a'", '"a"'),
        BEFORE.replace("[helper(i) for", "[\n        helper((i))\n        for"),
        "\n\n\nimport a\n" + BEFORE,
    ],
)
def test_comments_layout_and_docstrings_are_no_change(after: str) -> None:
    """Nor is where in the file it stands."""
    assert definition(after, "f").digest == definition(BEFORE, "f").digest


@pytest.mark.parametrize(
    "pair",
    [
        ("= 3", "= 4"), (": int", ": str"), ("decorate(1)", "decorate(2)"), ("decorate", "other"), ("-> str", "-> int"),
        ("key=", "word="), ("*rest", "*others"), ("key=None", "key"), ("i in rest if i", "i in rest"),
        ("helper", "helped"), (":>3", ":>4"),
        ("!r", "!s"), ("'a'", "'b'"), ("'a'", "b'a'"), ("= 3", "= 3.0"), ("= 3", "= True"), ("+ 'a'", "- 'a'"),
        ("[helper(i) for i in rest if i]", "(helper(i) for i in rest if i)"), ("def f", "async def f"),
        ("y = [", "y += ["),
        ("*rest, key", "*, key"),
    ],
)  # fmt: skip
def test_everything_that_runs_is_a_change(pair: tuple[str, str]) -> None:
    """Defaults, annotations, decorators and constants too."""
    assert pair[0] in BEFORE
    assert definition(BEFORE.replace(*pair), "f").digest != definition(BEFORE, "f").digest


def test_an_unpacked_dictionary_is_not_one_with_a_key() -> None:
    """What is absent from a tree is not what is None in it."""
    assert definition("X = {**a}", "X").digest != definition("X = {None: a}", "X").digest


@pytest.mark.parametrize(
    ("source", "uses"),
    [
        ("def f(a=D, *b: T) -> R:\n    return np.mean(a) + helper(b)", ["D", "R", "T", "helper", "np.mean"]),
        ("def f(x):\n    y = x.z\n    for i in y: i.go()\n    return g(y)", ["g"]),
        ("def f():\n    global X\n    X = 1\n    X.y", ["X", "X.y"]),
        ("def f():\n    def inner(helper): return helper()\n    return inner, helper", ["helper"]),
        ("def f():\n    [helper for helper in xs]\n    return helper", ["helper", "xs"]),
        ("def f(f2=lambda a: a + B): pass", ["B"]),
        ("def f(helper=helper): return helper", ["helper"]),
        ("def f():\n    try: g()\n    except E as e: e.x", ["E", "g"]),
        ("class f(Base):\n    X = helper()\n    def m(self):\n        return self.x + X", ["Base", "X", "helper"]),
        ("@deco\nclass f(a.Base, metaclass=M): pass", ["<subclasses>", "M", "a.Base", "deco"]),
        ("class f:\n    def __init_subclass__(cls): pass", ["<subclasses>"]),
        ("def f():\n    import numpy as np\n    return np.mean", ["np.mean"]),
        ("def f(n): return getattr(mod, n)", ["getattr", "mod", "mod.*"]),
        ("def f(): return getattr(mod, 'x')", ["getattr", "mod", "mod.x"]),
        ("def f(): return vars(mod), a.b.__dict__", ["a.b.*", "a.b.__dict__", "mod", "mod.*", "vars"]),
        ("f = helper.x + 1", ["helper.x"]),
    ],
)
def test_a_definition_uses_what_it_reads(source: str, uses: list[str]) -> None:
    """Dotted names as written, without those that are local where they are read."""
    assert list(definition(source, "f").uses) == uses


@pytest.mark.parametrize(
    ("source", "uses"),
    [
        ("X = 1\nY = X\ndef f(): return g()\nclass A: pass", []),
        ("X = f()", ["X", "f"]),
        ("print(X)", ["X", "print"]),
        ("if __name__ == '__main__':\n    main()", []),
        ("if __name__ == '__main__':\n    main()\nelse:\n    other()", ["__name__", "main", "other"]),
        ("@register\ndef f(): return g()", ["f"]),
        ("from dataclasses import dataclass\n@dataclass(frozen=True)\nclass A: pass", []),
        ("from mine import dataclass\n@dataclass\nclass A: pass", ["A"]),
        ("class A(metaclass=M): pass", ["A"]),
        ("class A(metaclass=ABCMeta): pass", []),
        ("class A(Other): pass", []),
        ("class A:\n    def __init_subclass__(cls): pass\nclass B(A): pass\nclass C(B): pass", ["B", "C"]),
        ("class A:\n    register('a')", ["A"]),
        ("if x:\n    def f(): return g()", ["g", "x"]),
        ("__all__ = ['a']", []),
    ],
)
def test_the_body_uses_what_runs_when_the_file_is_loaded(source: str, uses: list[str]) -> None:
    """Statements at the top, and what registers itself by being defined."""
    assert list(symbols(source).body.uses) == uses


@pytest.mark.parametrize(
    ("before", "after", "changed"),
    [
        ("X = 1", "X = 2", False),
        ("X = f(1)", "X = f(2)", True),
        ("def f(): return 1", "def f(): return 2", False),
        ("def f(): return 1", "def f(): return 1\ndef g(): pass", False),
        ("import a", "import b", True),
        ("from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import a",
         "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import b", False),
        ("if x:\n    def f(): return 1", "if x:\n    def f(): return 2", True),
        ("__all__ = ['a']", "__all__ = ['b']", True),
        ("X += 1", "X += 2", True),
        ("'doc'\nf()", "'other'\nf()", False),
    ],
)  # fmt: skip
def test_the_body_changes_with_what_runs(before: str, after: str, changed: bool) -> None:
    """A definition alone is no part of it, unless a condition decides on it."""
    assert (symbols(before).body.digest != symbols(after).body.digest) is changed


def test_several_definitions_of_a_name_are_one() -> None:
    """It changes with each of them, and uses what each uses."""
    source = "if x:\n    def f(): return a\nelse:\n    def f(): return b"
    found = definition(source, "f")

    assert (found.line, found.uses) == (2, ("a", "b"))
    assert definition(source.replace("return b", "return c"), "f").digest != found.digest


def test_imports_bind_names() -> None:
    """At any depth; a star binds unknown ones."""
    found = symbols(
        "import a.b\nimport c.d as e\nfrom .x import y as z\nfrom . import w\ndef f():\n    from q import r"
    )

    assert set(found.binds) == {("a", "a"), ("e", "c.d"), ("z", ".x.y"), ("w", ".w"), ("r", "q.r")}
    assert symbols("from ..a import *").stars == ("..a",)


@pytest.mark.parametrize(
    ("source", "is_open"),
    [
        ("x = 1", False),
        ("from a import *", True),
        ("def f(): return globals()[n]", True),
        ("vars()[n] = 1", True),
        ("def f(): return vars(), locals()", False),
        ("def __getattr__(name): pass", True),
        ("class A:\n    def __getattr__(self, name): pass", False),
        ("import sys\nsys.modules[__name__].x", True),
        ("import sys\ngetattr(sys.modules[__name__], n)", True),
        ("def f(): return globals", False),
    ],
)
def test_a_module_is_open_where_names_are_found_by_text(source: str, is_open: bool) -> None:
    """Then nothing in it can be said to be unused."""
    assert symbols(source).open is is_open


def test_bases_are_told() -> None:
    """Another file may register a class by being its base."""
    assert definition("class A(b.Base[int], Other, make()): pass", "A").bases == ("b.Base", "Other")


def test_a_broken_file_has_no_symbols() -> None:
    """Nor has what is not Python."""
    assert extract("python", b"def f(").symbols is None
    assert extract("yaml", b"a: 1").symbols is None


def test_what_runs_only_when_the_file_is_started_is_a_definition_of_its_own() -> None:
    """Whoever imports the file does not run it."""
    found = symbols("if __name__ == '__main__':\n    main()\nx()\nif __name__ == '__main__':\n    again()")
    started = next(one for one in found.definitions if one.name == "<main>")

    assert (started.line, started.uses) == (1, ("__name__", "again", "main"))
    assert found.body.uses == ("x",)
