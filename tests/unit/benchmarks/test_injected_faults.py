"""Faults are drawn by a seed, change one file, and leave Python that can be parsed."""

from __future__ import annotations

import ast
import random

import pytest

from benchmarks.change import packages
from benchmarks.change.faults import Kind, draw
from benchmarks.change.shapes import RUNNABLE
from benchmarks.change.tree import grow

MODULE = '''\
"""A module."""

SIZE = 3


class Box:
    """A box."""

    def area(self, side: int = 4) -> int:
        """How large it is."""
        return side * side * SIZE
'''


@pytest.mark.parametrize("kind", Kind, ids=lambda kind: kind.value)
def test_a_fault_changes_its_file_and_nothing_that_parses_stops_to(kind: Kind) -> None:
    """A syntax error would be found by anybody; these faults are not."""
    files = grow(RUNNABLE, 1).files
    for seed in range(25):
        fault = draw(files, random.Random(seed), (kind,))

        assert fault.kind is kind
        assert fault.text != files[fault.path]
        if fault.path.endswith(".py"):
            assert ast.dump(ast.parse(fault.text)) != ast.dump(ast.parse(files[fault.path]))


def test_faults_are_the_same_for_the_same_seed() -> None:
    """A miss can be looked at again."""
    files = grow(RUNNABLE, 1).files

    assert [draw(files, random.Random(7)) for _ in range(2)] == [draw(files, random.Random(7))] * 2


@pytest.mark.parametrize("kind", [Kind.RAISE, Kind.DELETED, Kind.RENAMED])
def test_a_faulty_function_fails_where_it_is_used(kind: Kind) -> None:
    """It raises, or it is not there."""
    names: dict[str, type] = {}

    exec(draw({"a.py": MODULE}, random.Random(0), (kind,)).text, names)

    with pytest.raises((RuntimeError, AttributeError)):
        names["Box"]().area()


@pytest.mark.parametrize("kind", [Kind.CONSTANT, Kind.DEFAULT])
def test_a_changed_value_changes_the_result(kind: Kind) -> None:
    """3 becomes 4, or the default 4 becomes 5."""
    names: dict[str, type] = {}

    exec(draw({"a.py": MODULE}, random.Random(0), (kind,)).text, names)

    assert names["Box"]().area() == {Kind.CONSTANT: 64, Kind.DEFAULT: 75}[kind]


def test_a_bumped_pin_is_another_version_of_one_package() -> None:
    """With its hash, as a lock has it; all other pins stay."""
    lock = packages.lock()

    fault = draw({"requirements.txt": lock}, random.Random(0), (Kind.PIN,))

    before, after = packages.pins(lock), packages.pins(fault.text)
    assert before.keys() == after.keys()
    assert sum(before[name] != after[name] for name in before) == 1
    assert fault.text.count("--hash=sha256:") == len(before)
