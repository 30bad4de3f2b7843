"""The reference page for users names every code that a finding can carry."""

from __future__ import annotations

from pathlib import Path

import pytest

from seatrial.gates.codes import Kind, Reason
from seatrial.gates.judge import GATES
from seatrial.gates.serial import to_json
from seatrial.verdict import Finding, Verdict

_PAGE = (Path(__file__).parents[3] / "docs" / "reference" / "gates.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("reason", list(Reason))
def test_every_reason_is_documented(reason: Reason) -> None:
    """A reason without a line in the table of reasons is a reason nobody can look up."""
    table = _PAGE.partition("## Reasons")[2].partition("\n## ")[0]

    assert f"`{reason}`" in table


def test_every_kind_of_gate_has_a_heading_and_a_function() -> None:
    """Kinds, table and page list the same gates."""
    assert list(GATES) == list(Kind)
    assert all(f"\n## {kind}: " in _PAGE for kind in Kind)


def test_every_key_of_the_json_is_documented() -> None:
    """The page names each key that a finding has in JSON."""
    finding = Finding(name="n", kind="k", metric=None, verdict=Verdict.PASS, reason="r", message="m")

    assert [key for key in to_json(finding) if f"`{key}`" not in _PAGE] == []
