"""`behavioral:` of a gate set: text to rule.

Refused here, besides what is mistyped: rules that nothing could meet (a confidence that a rate of 1 holds; repeats so
few that no case could pass), and keys that mean nothing beside the others.
"""

from __future__ import annotations

from seatrial.config.amounts import count
from seatrial.config.names import path_fault
from seatrial.config.node import Node
from seatrial.gates.behavioral.policy import Behavioral, fewest_repeats

KEYS = (
    "test_cases", "min_pass_rate", "confidence", "repeats", "case_pass_rate", "max_degradation", "alpha", "power",
)  # fmt: skip
SUFFIXES = (".csv", ".jsonl", ".ndjson", ".yaml", ".yml", ".parquet")
MOST_REPEATS = 10_000


def read(node: Node) -> Behavioral:
    """The rule under the key `behavioral`; mistakes are noted."""
    default = Behavioral(test_cases=())
    if not node.fields(KEYS):
        return default
    node.required("test_cases", "name the file, e.g. `test_cases: tests/critical_cases.csv`")
    rate = _share(node, "min_pass_rate", 0, 1, closed=True)
    confidence = _share(node, "confidence", 0.5, 1)
    alpha, power = _share(node, "alpha", 0, 0.5), _share(node, "power", 0.5, 1)
    degradation = _share(node, "max_degradation", 0, 1)
    repeats_at, case_rate = node.child("repeats"), _share(node, "case_pass_rate", 0, 1)
    repeats = default.repeats if repeats_at is None else count(repeats_at, "repeats", least=1, most=MOST_REPEATS)
    for key in ("alpha", "power"):
        if "max_degradation" not in _keys(node) and (at := node.child(key)) is not None:
            at.complain(f"`{key}` means nothing without `max_degradation`", "remove it", at_key=True)
    rule = Behavioral(
        test_cases=_files(node),
        min_pass_rate=default.min_pass_rate if rate is None else rate,
        confidence=confidence,
        repeats=repeats,
        case_pass_rate=default.case_pass_rate if case_rate is None else case_rate,
        max_degradation=degradation,
        alpha=default.alpha if alpha is None else alpha,
        power=default.power if power is None else power,
        place=node.key_place,
    )
    _refuse_unmeetable(node, rule)
    return rule


def _refuse_unmeetable(node: Node, rule: Behavioral) -> None:
    if rule.min_pass_rate == 0 and (at := node.child("min_pass_rate")) is not None and not at.broken:
        at.complain("min_pass_rate 0 is met by any answers, so the gate could never fail", "write e.g. 0.95")
    if rule.confidence is not None and rule.min_pass_rate == 1 and not node.broken:
        node.at("confidence").complain(
            "no number of cases shows with any confidence that all cases there could be pass",
            "remove `confidence` to ask for these cases, or write `min_pass_rate: 0.99` (299 cases, all passing)",
            at_key=True,
        )
    if node.broken:
        return
    case_rate = node.child("case_pass_rate")
    if rule.repeats == 1:
        if case_rate is not None:
            step = "write `repeats:` too, or remove it"
            case_rate.complain("`case_pass_rate` needs cases that are asked several times", step, at_key=True)
        return
    fewest = fewest_repeats(rule.case_pass_rate, rule.case_alpha)
    if rule.repeats < fewest:
        node.at("repeats").complain(
            f"with {rule.repeats} repeats no case can pass: a pass rate above {rule.case_pass_rate:g} takes "
            f"{fewest} repeats, all passing, to show with {100 * (1 - rule.case_alpha):g} % confidence",
            f"write `repeats: {fewest}` or more, or a lower `case_pass_rate`",
        )


def _files(node: Node) -> tuple[str, ...]:
    at = node.child("test_cases")
    if at is None:
        return ()
    listed = list(at.entries("files of test cases")) if isinstance(at.value, list) else [at]
    if not listed:
        at.complain("test_cases names no file", "name one, e.g. `tests/critical_cases.csv`")
    files: list[str] = []
    for entry in listed:
        path = entry.text("a file of test cases")
        if not path:
            continue
        if fault := path_fault(path):
            entry.complain(f"the path {path!a} {fault}", "write a path inside the repository")
        elif not path.lower().endswith(SUFFIXES):
            entry.complain(f"{path!a} is no file of test cases", f"its name ends in {', '.join(SUFFIXES)}")
        elif path in files:
            entry.complain(f"{path!a} stands twice", "keep one of the two")
        files.append(path)
    return tuple(files)


def _keys(node: Node) -> frozenset[str]:
    return frozenset(node.value) if isinstance(node.value, dict) else frozenset()


def _share(node: Node, key: str, low: float, high: float, *, closed: bool = False) -> float | None:
    """A number within limits; None where the key is absent."""
    child = node.child(key)
    if child is None:
        return None
    value = child.number(key)
    if not child.broken and not (low <= value <= high if closed else low < value < high):
        limits = f"from {low:g} to {high:g}" if closed else f"between {low:g} and {high:g}"
        child.complain(f"{key} must lie {limits}, and is {value:g}", f"write a value {limits}")
    return value
