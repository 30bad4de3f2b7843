"""What a forge could not read is told, and what people write for forges is no fault."""

from __future__ import annotations

import pytest

from seatrial.flows.workflow_yaml import fault


@pytest.mark.parametrize(
    "text",
    [
        "on: push\njobs:\n  a: &a {x: 1}\n  b: *a\n",
        "a: !reference [b, c]\n",
        "a:\n  <<: *x\n  <<: *x\n".replace("a:", "x: &x {y: 1}\na:"),
        "- a: 1\n- a: 2\n",
        "",
    ],
)
def test_what_a_forge_reads_has_no_fault(text: str) -> None:
    assert fault(text) is None


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a: 1\nb:\n  - c: 1\n    c: 2\n", 4),
        ("a: 1\n   b: 2\n", 2),
        ("a: *gone\n", 1),
        ("a: [1\n", 2),
        ("a:\n\t- 1\n", 2),
    ],
)
def test_what_it_does_not_is_told_with_its_line(text: str, line: int) -> None:
    assert (fault(text) or "").startswith(f"line {line}: ")


def test_a_text_that_is_nested_without_end_is_a_fault_and_no_crash() -> None:
    assert fault("[" * 5_000) is not None
