"""What a change of lock files and image recipes reaches."""

from __future__ import annotations

import pytest

from seatrial.environment.reach import Installation, Provided
from seatrial.flows.environment_change import Needs, environment_change, locked
from seatrial.pipeline.evidence_of_change import Hop
from seatrial.pipeline.reach import OfEnvironment, Rules

AT = Hop("seatrial.yaml", 3, "train")
NUMPY = Needs(cell="train", at=AT, names=frozenset({"numpy"}))
ALL = Needs(cell="score", at=AT, names=None)
TEXT = Needs(cell="text", at=AT, names=frozenset(), mentioned=frozenset({"torch"}))

SAYS = {name: Provided(imports=frozenset({name})) for name in ("numpy", "torch", "attrs")}
INSTALLED = Installation(versions=dict.fromkeys(SAYS, "1"), provided=SAYS, stdlib=frozenset())


def change(
    old: str | None, new: str | None, *, path: str = "requirements.txt", rules: Rules | None = None
) -> OfEnvironment:
    """What a change of one file reaches of three stages."""
    sides = [None if text is None else text.encode() for text in (old, new)]
    return environment_change(
        [path],
        lambda _path: sides[0],
        lambda _path: sides[1],
        [NUMPY, ALL, TEXT],
        lambda: INSTALLED,
        rules or Rules(),
    )


@pytest.mark.parametrize(
    ("old", "new", "reached"),
    [
        ("numpy==1\ntorch==1\n", "numpy==2\ntorch==1\n", {"train", "score"}),
        ("numpy==1\ntorch==1\n", "numpy==1\ntorch==2\n", {"score", "text"}),
        ("numpy==1\n", "numpy==1\nattrs==3\n", {"score"}),
        ("numpy==1\nattrs==3\n", "numpy==1\n", {"score"}),
        ("numpy==1\n", None, {"train", "score"}),
        (None, "numpy==1\n", {"train", "score"}),
    ],
)
def test_a_pin_reaches_who_needs_it(old: str | None, new: str | None, reached: set[str]) -> None:
    """By imports, by texts, or because nobody knows what a stage imports."""
    found = change(old, new)

    assert found.evidence.keys() == reached
    for some in found.evidence.values():
        assert some[0].path == "requirements.txt"
        assert some[0].chain[0] == AT


def test_a_file_in_which_no_pin_differs_reaches_nobody() -> None:
    """And says so."""
    found = change("numpy==1\n", "# said\nnumpy == 1\n")

    assert (found.evidence, found.settled) == ({}, {"requirements.txt": "no pin differs"})


def test_an_image_recipe_reaches_all() -> None:
    """Whatever differs in it."""
    assert change("FROM a\n", "FROM b\n", path="Dockerfile").evidence.keys() == {"train", "score", "text"}


def test_what_is_declared_irrelevant_is_not_looked_at() -> None:
    """Nor evidence."""
    found = change("numpy==1\n", "numpy==2\n", rules=Rules(irrelevant={"*.txt": "not ours"}))

    assert found == OfEnvironment(evidence={}, settled={})


def test_other_files_are_none_of_its_business() -> None:
    """They are left to whoever reads them."""
    assert change("a", "b", path="data.csv") == OfEnvironment(evidence={}, settled={})


def test_pins_stand_for_what_nobody_can_ask_for() -> None:
    """Those that some imports can need, all where that is not known."""
    text = b"numpy==1\ntorch==2\n"
    some = locked(["requirements.txt"], lambda _path: text, frozenset({"numpy"}), frozenset())
    every = locked(["requirements.txt"], lambda _path: text, None, frozenset())

    assert every.keys() == {"pin numpy", "pin torch"}
    assert some.keys() <= every.keys()
    assert "pin numpy" in some


def test_without_metadata_any_pin_may_be_needed() -> None:
    """A plain list says nothing of what its packages need, and nobody else does."""
    found = environment_change(
        ["requirements.txt"],
        lambda _path: b"numpy==1\n",
        lambda _path: b"numpy==1\na==1\n",
        [NUMPY],
        lambda: None,
        Rules(),
    )

    assert found.evidence.keys() == {"train"}


def test_installed_metadata_is_asked_only_where_pins_changed() -> None:
    """It costs a process."""

    def never() -> Installation | None:
        raise AssertionError

    environment_change(["requirements.txt"], lambda _path: b"a==1\n", lambda _path: b"a==1\n", [NUMPY], never, Rules())
