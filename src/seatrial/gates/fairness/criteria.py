"""The fairness criteria that have a name, and the metrics whose equality between groups they ask for.

Called by the fairness gate, and by configuration to know the names. Definitions follow Barocas, Hardt and Narayanan
(2023, Fairness and Machine Learning, chapter 3); names are those that fairlearn and the literature use.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from msgspec import Struct


class Criterion(Struct, frozen=True, kw_only=True):
    """What must be alike: one metric, or several that must all be (each then gets its share of alpha)."""

    metrics: tuple[str, ...]
    says: str


CALIBRATION = "calibration_gap"
"""Not in the catalogue: by how much the mean score of a group lies above the share of its positives."""

CRITERIA: Mapping[str, Criterion] = MappingProxyType(
    {
        "demographic_parity": Criterion(metrics=("selection_rate",), says="how often the positive class is answered"),
        "equal_opportunity": Criterion(metrics=("recall",), says="how many of the positives are found"),
        "equalized_odds": Criterion(
            metrics=("recall", "false_positive_rate"),
            says="how many of the positives are found, and how many negatives are taken for positives",
        ),
        "predictive_parity": Criterion(metrics=("precision",), says="how often a positive answer is right"),
        "false_positive_rate": Criterion(
            metrics=("false_positive_rate",), says="how many negatives are taken for positives"
        ),
        "false_negative_rate": Criterion(metrics=("false_negative_rate",), says="how many positives are missed"),
        "calibration": Criterion(metrics=(CALIBRATION,), says="how far scores lie above what comes true"),
    }
)
"""By name. Any metric of the catalogue may be asked for too: it must then be alike itself."""

ALIASES: Mapping[str, str] = MappingProxyType(
    {
        "statistical_parity": "demographic_parity",
        "equalised_odds": "equalized_odds",
        "equality_of_opportunity": "equal_opportunity",
        "fpr": "false_positive_rate",
        "fnr": "false_negative_rate",
    }
)


def find(name: str) -> Criterion | None:
    """The criterion of a name or alias."""
    return CRITERIA.get(ALIASES.get(name, name))
