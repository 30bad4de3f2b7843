"""The shape of `gates.yaml` for editors: named sets, or one set that stands alone.

Called by `documents` beside this file. The reader is `config/gates.py`; each kind of gate has its shape in
`gate_rules` beside this file, or, where it judges a served model or its answers, in `gate_rules_served`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from seatrial.config.gates import KINDS, SET_KEYS
from seatrial.config.schema import gate_rules, gate_rules_served
from seatrial.config.schema.shapes import TEXT, Schema, any_key, by_name, closed, key, texts, word
from seatrial.gates.policy import GateSet, Mode
from seatrial.verdict import OnInconclusive

_RULES: Mapping[str, tuple[str, Callable[[], Schema]]] = {
    "performance": ("limits by metric", gate_rules.performance),
    "regression": ("how much worse than the baseline a model may be", gate_rules.regression),
    "slices": ("the same in every slice of the rows", gate_rules.slices),
    "fairness": ("how far groups may lie apart", gate_rules.fairness),
    "calibration": ("how far probabilities may lie from frequencies", gate_rules.calibration),
    "behavioral": ("which cases a model must get right", gate_rules_served.behavioral),
    "preference": ("how often a judge must prefer the model", gate_rules_served.preference),
    "latency": ("does it answer fast enough, and not slower than the baseline?", gate_rules_served.latency),
    "memory": ("how much memory does the served model take?", gate_rules_served.memory),
    "size": ("how large is the artifact?", gate_rules_served.size),
    "contract": (
        "how a served model must answer: shape, range, one by one as in a batch",
        gate_rules_served.contract,
    ),
    "recipe": ("the same comparison over several seeds of each arm", gate_rules.recipe),
    "custom": ("findings that a stage of your own writes", gate_rules.custom),
}


def gates() -> Schema:
    """The whole of `gates.yaml`: a file is one set as soon as one of its top keys is a key of a set."""
    one = {"$ref": "#/definitions/set"}
    several = by_name(one, minProperties=1)
    return {
        "title": "gates.yaml",
        "type": "object",
        "if": any_key(SET_KEYS),
        "then": one,
        "else": several,
        "definitions": {"set": _set()},
    }


def _set() -> Schema:
    usual = GateSet(name="")
    kinds = {kind: key(said, make()) for kind, (said, make) in _RULES.items()}
    return closed(
        __name__,
        SET_KEYS,
        {
            **kinds,
            "on_inconclusive": key(
                "what becomes of INCONCLUSIVE: `warn`, `hold` or `block`",
                word(OnInconclusive),
                default=usual.on_inconclusive.value,
            ),
            "mode": key(
                "`observe` judges and reports, and never holds or blocks: whatever is found is a warning",
                word(Mode),
                default=usual.mode.value,
            ),
            "cluster": key("column that says which rows belong together", TEXT),
            "lower_is_better": key("columns of numbers of which less is good", texts()),
        },
        title="gate set",
        also=any_key(KINDS),
    )
