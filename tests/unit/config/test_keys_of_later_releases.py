"""Keys that the design has and this release does not are refused by name, each where it would stand."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from seatrial.config import gates, later

Mistakes = Callable[..., list[str]]

STAGE = "project: p\nstages: {a: {cmd: x, outs: {o: o}%s}}\n"
CASES = [
    *((key, f"{key}: 1\nproject: p\nstages: {{a: {{cmd: x}}}}\n", f"1:1 {key}") for key in later.PROJECT),
    *((key, STAGE % f", {key}: 1", f"2:36 stages.a.{key}") for key in later.STAGE),
    *(
        (
            key,
            f"project: p\nstages: {{a: {{cmd: x, outs: {{o: {{path: o, {key}: 1}}}}}}}}\n",
            f"2:42 stages.a.outs.o.{key}",
        )
        for key in later.OUT
    ),
    *(
        (key, f"project: p\nstages: {{a: {{cmd: x, deps: {{d: {{{key}: 1}}}}}}}}\n", f"2:33 stages.a.deps.d.{key}")
        for key in later.DEP
    ),
    *(
        (key, f"project: p\ntiers: {{t: {{{key}: 1}}}}\nstages: {{a: {{cmd: x}}}}\n", f"2:13 tiers.t.{key}")
        for key in later.TIER
    ),
    *(
        (
            key,
            f"project: p\ndatasets: {{d: {{path: d, {key}: 1}}}}\nstages: {{a: {{cmd: x}}}}\n",
            f"2:25 datasets.d.{key}",
        )
        for key in later.DATASET
    ),
    *(
        (key, (STAGE % "") + f"models: {{m: {{artifact: a.o, {key}: 1}}}}\n", f"3:29 models.m.{key}")
        for key in later.MODEL
    ),
]


@pytest.mark.parametrize(("key", "text", "expected"), CASES, ids=[f"{where.split()[1]}" for _, _, where in CASES])
def test_a_key_of_a_later_release_is_refused_by_name(key: str, text: str, expected: str, mistakes: Mistakes) -> None:
    text = text.replace("cmd: x, ", "") if key in ("shell", "uses") else text
    expected = expected.replace("2:36", "2:28") if key in ("shell", "uses") else expected

    assert mistakes(text) == [f"seatrial.yaml:{expected}: `{key}` is not supported yet"]


@pytest.mark.parametrize("kind", list(later.GATE_KINDS))
def test_a_gate_kind_of_a_later_release_is_refused_by_name(kind: str, mistakes: Mistakes) -> None:
    text = (STAGE % "") + "models: {m: {artifact: a.o, gates: g.yaml}}\n"

    found = mistakes(text, g_yaml=f"promote: {{performance: {{loss: {{max: 1}}}}, {kind}: {{x: 1}}}}\n")

    assert found == [f"g.yaml:1:42 promote.{kind}: `{kind}` is not supported yet"]


@pytest.mark.parametrize("key", list(later.REGRESSION))
def test_a_key_of_regression_of_a_later_release_is_refused_by_name(key: str, mistakes: Mistakes) -> None:
    text = (STAGE % "") + "models: {m: {artifact: a.o, gates: g.yaml}}\n"

    found = mistakes(text, g_yaml=f"regression: {{max_degradation: 0.1, {key}: 1}}\n")

    assert found == [f"g.yaml:1:36 regression.{key}: `{key}` is not supported yet"]


def test_what_has_arrived_is_no_key_of_a_later_release() -> None:
    """A kind of gate is read or refused, never both."""
    assert not set(later.GATE_KINDS) & set(gates.KINDS)
