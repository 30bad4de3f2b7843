"""`latency:`, `memory:` and `size:` of a gate set: what is read, and every mistake with its place."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import pytest

from seatrial.config.gate_rules import latency, memory, size
from seatrial.config.gates import parse_source
from seatrial.config.node import Node, Notes
from seatrial.errors import ConfigError
from seatrial.gates.latency.policy import Figure, Latency, Limit
from seatrial.gates.margin import Margin
from seatrial.gates.memory.policy import Memory
from seatrial.gates.size.policy import Size

Rule = TypeVar("Rule")


def read(reader: Callable[[Node], Rule], text: str) -> Rule:
    """The rule under the only key of a file."""
    notes = Notes()
    source = parse_source(text.encode(), "g.yaml")
    assert isinstance(source.value, dict)
    node = Node(source, (), source.value, notes).child(next(iter(source.value)))
    assert node is not None
    rule = reader(node)
    notes.raise_all()
    return rule


def refusals(reader: Callable[[Node], object], text: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        read(reader, text)
    assert all(problem.next_step for problem in caught.value.problems)
    return [str(problem) for problem in caught.value.problems]


def without_place(rule: Latency) -> Latency:
    assert rule.place is not None
    return Latency(limits=rule.limits, max_increase=rule.max_increase, max_failed=rule.max_failed)


def test_the_flat_form_is_limits() -> None:
    rule = read(latency.read, "latency: {p50_ms: 10, p95_ms: 30, p99_ms: 50}")

    assert without_place(rule) == Latency(
        limits={Figure.P50: Limit(value=10), Figure.P95: Limit(value=30), Figure.P99: Limit(value=50)}
    )
    assert not rule.needs_baseline


def test_everything_that_may_be_said_of_latency() -> None:
    rule = read(
        latency.read,
        """\
latency:
  p75_ms: 12.5
  p90_ms: {max: 20}
  p99_ms: {max: 50, confidence: 0.99}
  mean_ms: 15
  throughput_rps: {min: 100}
  cold_start_ms: 2000
  max_increase: {p99: 10%, p50: 2, mean: 2.5 %}
  confidence: 0.9
  alpha: 0.01
  power: 0.9
  max_failed: 0.5%
  requests: 5000
  warm_up: 0
  concurrency: 8
  cold_starts: 7
""",
    )

    assert rule.limits == {
        Figure.P75: Limit(value=12.5, confidence=0.9),
        Figure.P90: Limit(value=20, confidence=0.9),
        Figure.P99: Limit(value=50, confidence=0.99),
        Figure.MEAN: Limit(value=15, confidence=0.9),
        Figure.THROUGHPUT: Limit(value=100, confidence=0.9),
        Figure.COLD_START: Limit(value=2000, confidence=0.9),
    }
    assert rule.max_increase == {
        Figure.P99: Margin(value=0.1, relative=True),
        Figure.P50: Margin(value=2, relative=False),
        Figure.MEAN: Margin(value=0.025, relative=True),
    }
    assert (rule.confidence, rule.alpha, rule.power, rule.max_failed) == (0.9, 0.01, 0.9, 0.005)
    assert (rule.requests, rule.warm_up, rule.concurrency, rule.cold_starts) == (5000, 0, 8, 7)
    assert rule.needs_baseline


@pytest.mark.parametrize(
    ("limits", "covered"),
    [
        ("p99_ms: 50, mean_ms: 20, throughput_rps: 5", [Figure.P99, Figure.MEAN]),
        ("power: 0.8", [Figure.P50, Figure.P95, Figure.P99]),
        ("throughput_rps: 5", [Figure.P50, Figure.P95, Figure.P99]),
    ],
)
def test_one_increase_is_for_all_that_can_be_compared_and_has_a_limit(limits: str, covered: list[Figure]) -> None:
    """Or, where nothing has one, for the usual three."""
    rule = read(latency.read, f"latency: {{{limits}, max_increase: 10%}}")

    assert rule.max_increase == dict.fromkeys(covered, Margin(value=0.1, relative=True))


def test_failures_are_a_share_written_either_way() -> None:
    """None are allowed by default; 0 says the same; `max_failed` alone is a gate."""
    assert read(latency.read, "latency: {p50_ms: 1}").max_failed == 0
    assert read(latency.read, "latency: {max_failed: 0}").max_failed == 0
    assert read(latency.read, "latency: {max_failed: 0.01}").max_failed == 0.01
    assert read(latency.read, "latency: {max_failed: 1%}").max_failed == 0.01


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("latency: 50", ["g.yaml:1:10 latency: a mapping with the keys"]),
        ("latency: {}", ["g.yaml:1:1 latency: latency has no limit"]),
        ("latency: {requests: 5000}", ["g.yaml:1:1 latency: latency has no limit"]),
        ("latency: {p98_ms: 5}", ["g.yaml:1:11 latency.p98_ms: unknown key `p98_ms`"]),
        ("latency: {p99: 5}", ["g.yaml:1:11 latency.p99: unknown key `p99`"]),
        ("latency: {p99_ms: 50ms}", ["g.yaml:1:19 latency.p99_ms: p99_ms must be a plain number, not text"]),
        ("latency: {p99_ms: 0}", ["g.yaml:1:19 latency.p99_ms: p99_ms must be above 0, and is 0"]),
        ("latency: {p99_ms: -1}", ["g.yaml:1:19 latency.p99_ms: p99_ms must be above 0, and is -1"]),
        ("latency: {p99_ms: true}", ["g.yaml:1:19 latency.p99_ms: p99_ms must be a number, not true or false"]),
        (
            "latency: {p99_ms: {min: 5}}",
            ["g.yaml:1:11 latency.p99_ms: `max` is missing", "g.yaml:1:20 latency.p99_ms.min: unknown key `min`"],
        ),
        ("latency: {p99_ms: {confidence: 0.9}}", ["g.yaml:1:11 latency.p99_ms: `max` is missing"]),
        (
            "latency: {throughput_rps: {max: 5}}",
            [
                "g.yaml:1:11 latency.throughput_rps: `min` is missing",
                "g.yaml:1:28 latency.throughput_rps.max: unknown key `max`",
            ],
        ),
        (
            "latency: {p99_ms: {max: 5, confidence: 95}}",
            ["g.yaml:1:40 latency.p99_ms.confidence: confidence must lie between 0.5 and 1, and is 95"],
        ),
        (
            "latency: {p50_ms: 40, p95_ms: 30}",
            ["g.yaml:1:19 latency.p50_ms: p50_ms 40 is above p95_ms 30, and no p50 is above the p95"],
        ),
        (
            "latency: {p99_ms: 5, requests: 298}",
            ["g.yaml:1:32 latency.requests: 298 requests bound no p99 at 0.95; 299 is the least"],
        ),
        (
            "latency: {p99_ms: {max: 5, confidence: 0.999999}}",
            ["g.yaml:1:10 latency: 1,000 requests bound no p99 at 0.999999; 1,375 is the least"],
        ),
        (
            "latency: {max_increase: {p99: 10%}, requests: 298}",
            ["g.yaml:1:47 latency.requests: 298 requests bound no p99 at 0.95; 299 is the least"],
        ),
        (
            "latency: {cold_start_ms: 9, cold_starts: 4}",
            ["g.yaml:1:42 latency.cold_starts: 4 starts bound no median at 0.95; 5 is the least"],
        ),
        ("latency: {max_increase: {}}", ["g.yaml:1:11 latency.max_increase: max_increase names no figure"]),
        (
            "latency: {max_increase: {throughput: 10%}}",
            ["g.yaml:1:26 latency.max_increase.throughput: `throughput` cannot be compared with the baseline"],
        ),
        (
            "latency: {max_increase: ten}",
            ["g.yaml:1:25 latency.max_increase: max_increase must be a percentage or a number"],
        ),
        ("latency: {max_increase: 0%}", ["g.yaml:1:25 latency.max_increase: max_increase must be above 0"]),
        ("latency: {max_increase: -5}", ["g.yaml:1:25 latency.max_increase: max_increase must be above 0"]),
        ("latency: {max_failed: 5}", ["g.yaml:1:23 latency.max_failed: max_failed is a share of the requests"]),
        ("latency: {max_failed: 100%}", ["g.yaml:1:23 latency.max_failed: max_failed is a share of the requests"]),
        (
            "latency: {p50_ms: 5, alpha: 0.5, power: 0.5, requests: 0, warm_up: -1}",
            [
                "g.yaml:1:29 latency.alpha: alpha must lie between 0 and 0.5, and is 0.5",
                "g.yaml:1:41 latency.power: power must lie between 0.5 and 1, and is 0.5",
                "g.yaml:1:56 latency.requests: requests must be a whole number from 1",
                "g.yaml:1:68 latency.warm_up: warm_up must be a whole number from 0",
            ],
        ),
    ],
)
def test_mistakes_in_latency_are_named(text: str, expected: list[str]) -> None:
    found = refusals(latency.read, text)

    assert len(found) == len(expected), found
    assert all(one.startswith(start) for one, start in zip(found, expected, strict=True)), found


@pytest.mark.parametrize(
    ("text", "most", "growth"),
    [
        ("x: {max: 2GiB}", 2**31, None),
        ("x: 500MB", 500_000_000, None),
        ("x: {max: 1000}", 1000, None),
        ("x: {max_increase: 10%}", None, Margin(value=0.1, relative=True)),
        ("x: {max: 1GB, max_increase: 50MB}", 10**9, Margin(value=50_000_000, relative=False)),
    ],
)
def test_limits_on_bytes(text: str, most: int | None, growth: Margin | None) -> None:
    """The two gates are written alike."""
    of_memory, of_size = read(memory.read, text), read(size.read, text)

    assert isinstance(of_memory, Memory)
    assert isinstance(of_size, Size)
    assert (of_memory.max, of_memory.max_increase) == (of_size.max, of_size.max_increase) == (most, growth)
    assert of_size.needs_baseline == (growth is not None)
    assert of_size.place is not None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x: {}", ["g.yaml:1:1 x: size has no limit"]),
        ("x:", ["g.yaml:1:1 x: size has no limit"]),
        ("x: lots", ["g.yaml:1:4 x: size must be a positive size"]),
        ("x: {max: 0}", ["g.yaml:1:10 x.max: max must be a positive size"]),
        ("x: {max: 500 mb}", ["g.yaml:1:10 x.max: max must be a positive size"]),
        ("x: {max: 10%}", ["g.yaml:1:10 x.max: max must be a positive size"]),
        ("x: {maximum: 5MB}", ["g.yaml:1:5 x.maximum: unknown key `maximum`"]),
        (
            "x: {max_increase: 0.1}",
            ["g.yaml:1:19 x.max_increase: max_increase must be a percentage or a positive size"],
        ),
        ("x: {max_increase: 0%}", ["g.yaml:1:19 x.max_increase: max_increase must be above 0"]),
        (
            "x: {max: -1, max_increase: x}",
            [
                "g.yaml:1:10 x.max: max must be a positive size",
                "g.yaml:1:28 x.max_increase: max_increase must be a percentage or a positive size",
            ],
        ),
    ],
)
def test_mistakes_in_limits_on_bytes_are_named(text: str, expected: list[str]) -> None:
    found = refusals(size.read, text)

    assert len(found) == len(expected), found
    assert all(one.startswith(start) for one, start in zip(found, expected, strict=True)), found
