"""The shape of the gates that judge a served model, its answers and its bytes, for editors.

Called by `gates` beside this file; the readers stand in `config/gate_rules/`. Limits that could never decide or never
fail (a p50 above the p95, too few repeats) are left to the loader, which can say why.
"""

from __future__ import annotations

from seatrial.config.gate_rules import behavioral as behavioral_rule
from seatrial.config.gate_rules import byte_limits
from seatrial.config.gate_rules import contract as contract_rule
from seatrial.config.gate_rules import latency as latency_rule
from seatrial.config.gate_rules import preference as preference_rule
from seatrial.config.schema.gate_rules import MARGIN, levels
from seatrial.config.schema.shapes import (
    DURATION_SHAPE,
    FLAG,
    NUMBER,
    PATH,
    PERCENTAGE,
    SIZE_SHAPE,
    TEXT,
    Schema,
    above,
    any_key,
    between,
    closed,
    key,
    one_of,
    texts,
    when,
    whole,
    without,
    word,
)
from seatrial.evidence.contract_records import Form
from seatrial.gates.behavioral.policy import Behavioral
from seatrial.gates.latency.policy import COMPARABLE, Figure, Latency
from seatrial.gates.preference.policy import Orders, PreferenceRule

_SHARE_OPEN = between(0, 1)
_PINNED: Schema = {"type": "string", "pattern": r"\S.*@.*\S"}


def behavioral() -> Schema:
    """Which cases a model must get right."""
    usual = Behavioral(test_cases=())
    files = one_of(PATH, texts(PATH, least=1))
    return closed(
        __name__,
        behavioral_rule.KEYS,
        {
            "test_cases": key("a file of test cases, or a list of files", files),
            "min_pass_rate": key(
                "the least share of cases that pass",
                {"type": "number", "exclusiveMinimum": 0, "maximum": 1},
                default=usual.min_pass_rate,
            ),
            "confidence": key("how sure the verdict on that share must be, for example 0.95", between(0.5, 1)),
            "repeats": key(
                "how often every case was asked", whole(1, behavioral_rule.MOST_REPEATS), default=usual.repeats
            ),
            "case_pass_rate": key(
                "with `repeats`: a case passes if its answers pass more often than this",
                _SHARE_OPEN,
                default=usual.case_pass_rate,
            ),
            "max_degradation": key("how much lower than the baseline's the pass rate may be", _SHARE_OPEN),
            **levels(usual.alpha, usual.power),
        },
        title="behavioral",
        required=("test_cases",),
        dependencies={"alpha": ["max_degradation"], "power": ["max_degradation"]},
    )


def preference() -> Schema:
    """How often a judge must prefer the model."""
    usual = PreferenceRule(margin=0.0)
    return closed(
        __name__,
        preference_rule.KEYS,
        {
            "margin": key("how far below one half the win rate may lie", between(0, 0.5)),
            **levels(usual.alpha, usual.power),
            "orders": key(
                "`both`: every id must have been shown in both orders; `any`: one is enough",
                word(Orders),
                default=usual.orders.value,
            ),
            "judge": key("the judge with its version, `NAME@VERSION`, that must have made the rows", _PINNED),
            "min_agreement": key("the least share of ids on which the judge agrees with people", _SHARE_OPEN),
        },
        title="preference",
        required=("margin",),
    )


def _limit(figure: Figure) -> Schema:
    """A plain number, or a mapping with a confidence of its own; throughput has a least, all else a most."""
    side = "min" if figure is Figure.THROUGHPUT else "max"
    sure = key("how sure a verdict on a limit must be", between(0.5, 1), default=Latency().confidence)
    more = closed(
        __name__, (side, "confidence"), {side: above(0), "confidence": sure}, title=figure.word, required=(side,)
    )
    return one_of(above(0), more)


_WAITS = {
    Figure.MEAN: "the most that the mean wait of answered requests may be",
    Figure.THROUGHPUT: "the least answers a second, written `{min: 100}` or as a number",
    Figure.COLD_START: "the most from starting the process to its first answer; of the median start",
}


def latency() -> Schema:
    """How slow a model may be."""
    usual = Latency()
    quantile = "the most that this quantile of the waits may be, in milliseconds"
    limits = {figure.word: key(_WAITS.get(figure, quantile), _limit(figure)) for figure in Figure}
    figures = [figure.value for figure in COMPARABLE]
    each: Schema = {
        "title": "max_increase",
        "type": "object",
        "properties": dict.fromkeys(figures, MARGIN),
        "additionalProperties": False,
        "minProperties": 1,
    }
    counts = {
        "requests": "requests sent to each model",
        "warm_up": "requests sent to each model before those that count",
        "concurrency": "callers who each wait for their answer before they ask again",
        "cold_starts": "starts of each model",
    }
    failed: Schema = {"type": "number", "minimum": 0, "exclusiveMaximum": 1}
    return closed(
        __name__,
        latency_rule.KEYS,
        {
            **limits,
            "max_increase": key("how much slower than the baseline it may be", one_of(above(0), PERCENTAGE, each)),
            "max_failed": key(
                "the share of requests that may fail: `1%` or 0.01",
                one_of(failed, PERCENTAGE),
                default=usual.max_failed,
            ),
            "confidence": key("how sure a verdict on a limit must be", between(0.5, 1), default=usual.confidence),
            **levels(usual.alpha, usual.power),
            **{
                name: key(counts[name], whole(least), default=getattr(usual, name))
                for name, least in latency_rule.COUNTS.items()
            },
        },
        title="latency",
        also=any_key((*limits, "max_increase", "max_failed")),
    )


def _bytes(title: str, said: str) -> Schema:
    limits = closed(
        __name__,
        byte_limits.KEYS,
        {
            "max": key(said, SIZE_SHAPE),
            "max_increase": key(
                "how much more than the baseline's: `10%` of it, or a size", one_of(PERCENTAGE, SIZE_SHAPE)
            ),
        },
        title=title,
        also=any_key(byte_limits.KEYS),
    )
    return one_of(SIZE_SHAPE, limits)


def memory() -> Schema:
    """How hungry a model may be."""
    return _bytes("memory", "the most that the peak resident memory may be: `2GiB`, `500MB`, or a number of bytes")


def size() -> Schema:
    """How large a model may be."""
    return _bytes("size", "how large is the artifact?")


def contract() -> Schema:
    """How a served model must answer."""
    where = __name__
    near = {"type": "number", "minimum": 0, "exclusiveMaximum": 1}
    alike = closed(where, contract_rule.ALIKE_KEYS, {"tolerance": near}, title="tolerance", required=("tolerance",))
    loads = closed(
        where,
        contract_rule.LOADS_KEYS,
        {"max_seconds": key("how long one may take, until the model is ready", DURATION_SHAPE)},
        title="loads",
        required=("max_seconds",),
    )
    score = closed(
        where,
        contract_rule.SCORE_KEYS,
        {
            "path": key("of all numbers at the dotted `path` of each answer", TEXT),
            "min": NUMBER,
            "max": NUMBER,
        },
        title="score",
        also=any_key(("min", "max")),
    )
    return closed(
        where,
        contract_rule.CONTRACT_KEYS,
        {
            "loads": key("every start must succeed", loads),
            "output": key("all answers of one form, objects with the same keys", _output()),
            "score": key("of all numbers at the dotted `path` of each answer", score),
            "batch": key(
                "an input is answered alike whether it is asked alone or together with others",
                one_of(FLAG, alike),
            ),
            "deterministic": key(
                "an input is answered alike when it is asked again, by the same process and by another one",
                one_of(FLAG, alike),
            ),
        },
        title="contract",
    )


def _output() -> Schema:
    others = {form: [each.value for each in Form if each is not form] for form in Form}
    return closed(
        __name__,
        contract_rule.OUTPUT_KEYS,
        {
            "type": key("`number`, `text`, `truth` (true or false), `null`, `list`, `object`", word(Form)),
            "length": key("`length` of a list", whole(0)),
            "keys": key("`keys` of an object, neither more nor fewer", texts(least=1)),
        },
        title="output",
        required=("type",),
        allOf=[
            when("type", others[Form.LIST], without(("length",))),
            when("type", others[Form.OBJECT], without(("keys",))),
        ],
    )
