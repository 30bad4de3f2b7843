"""When a Python file imports, and what it imports by computed names."""

from __future__ import annotations

import warnings

import pytest

from seatrial.change.extract.sources import extract
from seatrial.change.facts import Computed, Facts, LinkFacts


def links(source: str) -> LinkFacts:
    found = extract("python", source.encode()).links
    assert found.broken is None
    return found


def shown(source: str) -> list[str]:
    """Imports as `.module:names@when`, without those of the machinery."""
    return [
        f"{'.' * one.level}{one.module}:{','.join(one.names)}@{one.when.value}"
        for one in links(source).imports
        if one.module not in {"importlib", "typing"}
    ]


def computed(source: str) -> list[tuple[int, str]]:
    return [(one.line, one.prefix) for one in links(source).markers if one.what is Computed.IMPORT]


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("import a", ["a:@e"]),
        ("import a.b as c, d", ["a.b:@e", "d:@e"]),
        ("from a.b import c, d as e", ["a.b:c,d@e"]),
        ("from . import x", [".:x@e"]),
        ("from ..a import *", ["..a:*@e"]),
        ("class A:\n    import a", ["a:@e"]),
        ("with x:\n    import a", ["a:@e"]),
        ("def f():\n    import a", ["a:@l"]),
        ("async def f():\n    import a", ["a:@l"]),
        ("class A:\n    def f(self):\n        if x:\n            import a", ["a:@l"]),
        ("f = lambda: __import__('a')", ["a:@l"]),
        ("if 0:\n    import a\nelif 1:\n    import b\nelse:\n    import c", ["a:@g", "b:@g", "c:@g"]),
        ("try:\n    import a\nexcept ImportError:\n    import b\nelse:\n    import c", ["a:@g", "b:@g", "c:@g"]),
        ("match x:\n    case 1:\n        import a", ["a:@g"]),
        ("if x:\n    pass\nimport a", ["a:@e"]),
        ("'import a'", []),
    ],
)
def test_an_import_says_when_it_is_executed(source: str, found: list[str]) -> None:
    """Always, in a function, or under a condition."""
    assert shown(source) == found


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("if TYPE_CHECKING:\n    import a\nelse:\n    import b", ["a:@t", "b:@e"]),
        ("import typing\nif typing.TYPE_CHECKING:\n    import a", ["a:@t"]),
        ("import typing as t\nif t.TYPE_CHECKING:\n    import a", ["a:@t"]),
        ("if not TYPE_CHECKING:\n    import a\nelse:\n    import b", ["a:@e", "b:@t"]),
        ("if TYPE_CHECKING and x:\n    import a", ["a:@t"]),
        ("if TYPE_CHECKING or x:\n    import a", ["a:@g"]),
        ("if TYPE_CHECKING:\n    import a\nelif x:\n    import b", ["a:@t", "b:@g"]),
        ("if TYPE_CHECKING:\n    def f():\n        import a", ["a:@t"]),
        ("def f():\n    if TYPE_CHECKING:\n        import a\n    import b", ["a:@t", "b:@l"]),
        ("TYPE_CHECKING = False\nif TYPE_CHECKING:\n    import a", ["a:@t"]),
        ("TYPE_CHECKING = flags()\nif TYPE_CHECKING:\n    import a", ["a:@g"]),
        ("from flags import TYPE_CHECKING\nif TYPE_CHECKING:\n    import a", ["flags:TYPE_CHECKING@e", "a:@g"]),
    ],
)
def test_what_only_type_checkers_import_is_told_apart(source: str, found: list[str]) -> None:
    """But only where TYPE_CHECKING is the one of `typing`, or a name that is set to False."""
    assert shown(f"from typing import TYPE_CHECKING\n{source}" if "flags" not in source else source) == found


@pytest.mark.parametrize(
    ("call", "found"),
    [
        ("import_module('a.b')", "a.b:@e"),
        ("import_module(name='a')", "a:@e"),
        ("__import__('a')", "a:@e"),
        ("__import__('a', fromlist=['b'])", "a:@e"),
        ("__import__('a', g, l, ['b'])", "a:b@e"),
        ("load('a.b')", "a.b:@e"),
        ("util.find_spec('a.b')", "a.b:@e"),
        ("runpy.run_module('a.b')", "a.b:@e"),
        ("import_module('a' + '.b')", "a.b:@e"),
        ("import_module('.x', 'a.b')", "a.b.x:@e"),
        ("import_module('..x', 'a.b')", "a.x:@e"),
        ("import_module('.x', package='a.b')", "a.b.x:@e"),
        ("import_module('.x', __package__)", ".x:@e"),
        ("import_module('.x.y', __name__)", ".x.y:@e"),
        ("import_module(f'{__package__}.x')", ".x:@e"),
    ],
)
def test_a_call_with_a_literal_name_is_an_import(call: str, found: str) -> None:
    """Absolute, or relative to a package that is written down or the file's own."""
    source = f"from importlib import import_module, import_module as load\n{call}"
    if "fromlist=" in call:
        found = "a:b@e"

    assert shown(source) == [found]
    assert computed(source) == []


@pytest.mark.parametrize(
    ("call", "prefix"),
    [
        ("import_module(name)", ""),
        ("load(name)", ""),
        ("importlib.import_module(*names)", ""),
        ("import_module('a.' + name)", "a."),
        ("import_module(f'vllm.models.{name}')", "vllm.models."),
        ("import_module('a.%s' % name)", "a."),
        ("import_module('a.{}.b'.format(name))", "a."),
        ("import_module('.'.join(['a', name]))", "a."),
        ("import_module('.' + name, __package__)", "."),
        ("import_module(f'.{name}', __package__)", "."),
        ("import_module(__package__ + '.models.' + name)", ".models."),
        ("import_module('.a', package)", ""),
        ("__import__(*names)", ""),
        ("util.find_spec(name)", ""),
        ("runpy.run_module(name)", ""),
        ("runpy.run_path('a/b.py')", ""),
        ("importlib.util.spec_from_file_location('a', path)", ""),
        ("SourceFileLoader('a', path)", ""),
        ("pkgutil.iter_modules(__path__)", "."),
        ("pkgutil.iter_modules([os.path.dirname(__file__)])", "."),
        ("pkgutil.walk_packages(pkg.__path__, pkg.__name__ + '.')", "pkg."),
        ("pkgutil.walk_packages(pkg.__path__)", "pkg."),
        ("pkgutil.iter_modules([where])", ""),
        ("instantiate(config)", ""),
        ("pydoc.locate(name)", ""),
    ],
)
def test_a_computed_name_is_marked_with_its_beginning(call: str, prefix: str) -> None:
    """It is never guessed."""
    source = (
        "import importlib, pkg, os, pydoc; from importlib import import_module, import_module as load; "
        f"from hydra.utils import instantiate\n{call}"
    )

    assert computed(source) == [(2, prefix)]


def test_an_alias_is_known_above_its_import() -> None:
    """A function runs after all of the file."""
    assert computed("def f(x):\n    load(x)\nfrom importlib import import_module as load") == [(2, "")]


@pytest.mark.parametrize(
    ("call", "what"),
    [
        ("exec(text)", Computed.EXEC),
        ("eval(text)", Computed.EXEC),
        ("compile(text, 'a', 'exec')", Computed.EXEC),
        ("exec('import a')", Computed.EXEC),
        ("entry_points(group='a')", Computed.ENTRY_POINTS),
        ("pkg_resources.iter_entry_points('a')", Computed.ENTRY_POINTS),
        ("stevedore.ExtensionManager('a')", Computed.ENTRY_POINTS),
        ("subprocess.run(cmd)", Computed.RUN),
        ("sp.run(cmd)", Computed.RUN),
        ("Popen(args=cmd)", Computed.RUN),
        ("subprocess.run([sys.executable, script])", Computed.RUN),
        ("subprocess.run([sys.executable, '-m', module])", Computed.RUN),
        ("subprocess.run([program] + rest)", Computed.RUN),
        ("subprocess.run(f'python {script}', shell=True)", Computed.RUN),
        ("os.system(cmd)", Computed.RUN),
        ("exec('1')", None),
        ("eval('1 + 1')", None),
        ("model.eval(x)", None),
        ("re.compile(x)", None),
        ("subprocess.run(['git', 'log', rev])", None),
        ("subprocess.run([sys.executable, 'a.py', x])", None),
        ("subprocess.run(['python', 'a.py', *rest])", None),
        ("subprocess.run(['python', 'a.py'] + rest)", None),
        ("subprocess.run(f'git log {rev}', shell=True)", None),
        ("trainer.run(x)", None),
    ],
)
def test_what_is_executed_or_started_is_marked_where_it_is_computed(call: str, what: Computed | None) -> None:
    """Literal programs are not, whatever they are given."""
    source = f"import os, re, sys, subprocess, subprocess as sp; from subprocess import Popen\n{call}"

    assert [one.what for one in links(source).markers] == ([what] if what else [])


@pytest.mark.parametrize("source", [b"def f(:", b"\xff\xfe\x00", b"x = 1\0", b"(" * 5000, b"-" * 100_000 + b"1"])
def test_a_file_that_cannot_be_parsed_is_broken(source: bytes) -> None:
    """Nothing else is said about it."""
    facts = extract("python", source)

    assert facts.links.broken is not None
    assert facts == Facts(LinkFacts(broken=facts.links.broken))


def test_a_syntax_error_has_its_line() -> None:
    """The one Python would show."""
    assert extract("python", b"x = 1\ndef f(:\n").links.broken == 2


@pytest.mark.parametrize("size", [(2 << 20) + 1, 9 << 20])
def test_a_file_that_is_too_large_is_not_parsed(size: int) -> None:
    """It is broken: unknown is taken, never dropped."""
    assert extract("python", b"#" * size) == Facts(LinkFacts(broken=1))


def test_a_declared_encoding_is_understood() -> None:
    """As Python itself would."""
    assert extract("python", "# -*- coding: latin-1 -*-\nimport a  # \xe9".encode("latin-1")).links.imports


@pytest.mark.parametrize(
    "source", ["x = " + " + ".join(["'a'"] * 2000), "if a:\n    pass\n" + "elif a:\n    pass\n" * 900]
)
def test_long_is_not_deep(source: str) -> None:
    """A sum of thousands and a chain of conditions are read like any other file."""
    assert [one.module for one in links(f"{source}\nimport after").imports] == ["after"]


def test_a_warning_about_the_users_file_is_not_shown() -> None:
    """A stray backslash in a string is between them and their linter."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert links("import a\nx = '\\d'").imports
