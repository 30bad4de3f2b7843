"""Evidence by names against Python itself: a definition that makes a program print something else is never weak."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from tests.support.evidence_of import evidence_between, printed
from tests.support.programs import DEFINED, PASSED, USED, Program, programs
from tests.support.spread_programs import SPREAD, with_value

LIMITS = {
    "a hint as a text": "names in a text that is an annotation are not read",
    "a submodule of a package held as a value": "a package that is handed on gives its submodules too",
}
"""What evidence by names does not see. It is weak then: such a stage still runs, or its debt is written down."""


def is_weak(program: dict[str, str], changed: dict[str, str]) -> bool:
    """Whether the evidence says that nothing of what changed is used."""
    found = evidence_between(program, changed)
    return not found or found[0].weak


@settings(max_examples=300)
@given(programs())
def test_a_definition_that_changes_what_is_printed_is_used(program: Program) -> None:
    """However it is defined, whatever its name travels by, and wherever it is used."""
    if is_weak(program.files(1), program.files(2)):
        assert printed(program.files(1)) == printed(program.files(2))


@pytest.mark.parametrize("name", sorted(set(SPREAD) - set(LIMITS)))
def test_what_ties_files_together_is_followed(name: str) -> None:
    """Registries, decorators, bases, texts and patches lead back to the program as calls do."""
    before, after = with_value(SPREAD[name], 1), with_value(SPREAD[name], 2)

    assert printed(before) != printed(after)
    assert not is_weak(before, after)


@pytest.mark.parametrize("name", sorted(LIMITS))
def test_a_known_limit_is_weak_evidence_and_evidence_all_the_same(name: str) -> None:
    """What is not seen by names is seen as a file that is loaded: it orders, and never skips."""
    before, after = with_value(SPREAD[name], 1), with_value(SPREAD[name], 2)

    assert printed(before) != printed(after)
    assert [one.weak for one in evidence_between(before, after)] == [True]


@pytest.mark.parametrize("defined", sorted(DEFINED))
def test_every_way_of_defining_makes_a_program(defined: str) -> None:
    """The programs that are drawn say what they are for: their output depends on the definition."""
    program = Program(defined, "module", "at the top")

    assert printed(program.files(1)) != printed(program.files(2))
    assert not is_weak(program.files(1), program.files(2))


@pytest.mark.parametrize("passed", sorted(PASSED))
def test_every_way_of_passing_a_name_makes_a_program(passed: str) -> None:
    """And so does what is between the definition and its use."""
    program = Program("function", passed, "at the top")

    assert printed(program.files(1)) != printed(program.files(2))


@pytest.mark.parametrize("used", sorted(USED))
@pytest.mark.parametrize("passed", ["from", "module", "from package", "re-export", "lazy", "decorator"])
def test_a_definition_that_nothing_names_is_weak(passed: str, used: str) -> None:
    """Following names is worth something only where it also says what is not used."""
    before = Program("function", passed, used).files(1)
    spare = "\ndef spare():\n    return {}\n"
    old = {**before, "pkg/defs.py": before["pkg/defs.py"] + spare.format(1)}
    new = {**before, "pkg/defs.py": before["pkg/defs.py"] + spare.format(2)}

    assert is_weak(old, new)
