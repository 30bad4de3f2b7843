"""Which probe answers which point. Pure. A point without one cannot be seen from here, and says so."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from seatrial.adopt.doctor import data_probes as data
from seatrial.adopt.doctor import infrastructure_probes as infrastructure
from seatrial.adopt.doctor import model_probes as model
from seatrial.adopt.doctor import monitoring_probes as monitoring
from seatrial.adopt.doctor.facts import Facts
from seatrial.adopt.doctor.outcome import Evidence

Probe = Callable[[Facts], Iterator[Evidence]]

PROBES: Mapping[str, Probe] = {
    "feature_schema": data.feature_schema,
    "feature_cost": data.feature_cost,
    "feature_policy": data.feature_policy,
    "privacy": data.privacy,
    "feature_tests": data.feature_tests,
    "model_review": model.model_review,
    "tuning": model.tuning,
    "staleness_effect": model.staleness_effect,
    "simple_baseline": model.simple_baseline,
    "slices": model.slices,
    "fairness": model.fairness,
    "reproducible_training": infrastructure.reproducible_training,
    "model_code_tests": infrastructure.model_code_tests,
    "integration_test": infrastructure.integration_test,
    "quality_gate": infrastructure.quality_gate,
    "canary": infrastructure.canary,
    "rollback": infrastructure.rollback,
    "dependency_news": monitoring.dependency_news,
    "input_invariants": monitoring.input_invariants,
    "serving_skew": monitoring.serving_skew,
    "model_age": monitoring.model_age,
    "numeric_stability": monitoring.numeric_stability,
    "compute_speed": monitoring.compute_speed,
    "served_quality": monitoring.served_quality,
}


def evidence_of(facts: Facts) -> Mapping[str, tuple[Evidence, ...]]:
    """What was found for each point."""
    return {name: tuple(dict.fromkeys(probe(facts))) for name, probe in PROBES.items()}
