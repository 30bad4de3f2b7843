"""Every word that a user may write, or may find in JSON, stands in the reference."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path

import pytest

from seatrial import config
from seatrial.adopt.doctor.outcome import Health, Pattern, Section, Strength
from seatrial.config.later import GATE_KINDS
from seatrial.data import codes as data_codes
from seatrial.data.claims import Severity, Unit
from seatrial.evidence.policy import OutKind
from seatrial.evidence.sameness import Clue, Sameness
from seatrial.evidence.trials import TrialOutcome
from seatrial.flows.bisecting import Ended
from seatrial.flows.forecast import Fit
from seatrial.flows.policy import MergeWithDebt
from seatrial.flows.told import How as ToldHow
from seatrial.forge.channels import Event, Wire
from seatrial.gates.codes import Kind, Reason
from seatrial.gates.evidence import AbsentReason
from seatrial.pipeline.audit import AuditOutcome, Compared
from seatrial.pipeline.bisection import Seen
from seatrial.pipeline.deferral import Cause
from seatrial.pipeline.evidence_of_change import Grade
from seatrial.pipeline.lint_deps import Fault
from seatrial.pipeline.outcome import Did
from seatrial.pipeline.policy import Over
from seatrial.pipeline.reach import Class
from seatrial.pipeline.select import Action
from seatrial.registry.approval import Void
from seatrial.registry.approval_policy import KnownBy
from seatrial.registry.records import How, IdentifiedBy
from seatrial.verdict import Decision, OnInconclusive, Verdict

ROOT = Path(__file__).parents[2]
REFERENCE = "\n".join(page.read_text(encoding="utf-8") for page in sorted((ROOT / "docs" / "reference").glob("*.md")))
QUOTED = "\n".join(re.findall(r"```.*?```|`[^`\n]+`", REFERENCE, re.DOTALL))


def _missing(words: Iterable[str]) -> list[str]:
    """Those that the reference never sets as code, alone or among other words."""
    return [word for word in words if not re.search(rf"(?<![\w-]){re.escape(word)}(?![\w-])", QUOTED)]


def _key_lists() -> dict[str, tuple[str, ...]]:
    """Every list of keys in `seatrial.config`, found by its name, so that a new one is not forgotten."""
    modules = (importlib.import_module(one.name) for one in pkgutil.walk_packages(config.__path__, "seatrial.config."))
    return {
        f"{module.__name__.removeprefix('seatrial.config.')}.{name}": value
        for module in modules
        for name, value in vars(module).items()
        if name.endswith("KEYS") and isinstance(value, tuple)
    }


@pytest.mark.parametrize("name", sorted(_key_lists()))
def test_every_configuration_key_is_in_the_reference(name: str) -> None:
    """A key that no page explains might as well not exist."""
    assert _missing(_key_lists()[name]) == []


def test_lists_of_configuration_keys_are_found() -> None:
    """The search above must not go quiet because a list was renamed."""
    assert {"document.PROJECT_KEYS", "stage_document.STAGE_KEYS", "gate_rules.comparing.KEYS"} <= set(_key_lists())


@pytest.mark.parametrize(
    "words",
    [
        Decision,
        OnInconclusive,
        Reason,
        AbsentReason,
        Kind,
        OutKind,
        TrialOutcome,
        Action,
        Did,
        How,
        IdentifiedBy,
        KnownBy,
        Void,
        Sameness,
        Clue,
        Fit,
        Over,
        Seen,
        Ended,
        AuditOutcome,
        Compared,
        MergeWithDebt,
        Cause,
        Grade,
        Class,
        Fault,
        data_codes.Check,
        data_codes.Reason,
        Severity,
        Unit,
        ToldHow,
        Event,
        Wire,
        Health,
        Pattern,
        Section,
        Strength,
    ],
    ids=lambda words: words.__name__,
)
def test_every_word_of_the_json_is_in_the_reference(words: type[StrEnum]) -> None:
    """Codes appear in `--json` and in records; somebody will look them up."""
    assert _missing(str(word) for word in words) == []


@pytest.mark.parametrize("verdict", list(Verdict))
def test_every_verdict_is_in_the_reference(verdict: Verdict) -> None:
    """Verdicts are written in capitals and need no quotes."""
    assert re.search(rf"\b{verdict}\b", REFERENCE)


def test_every_reason_of_a_finding_is_in_the_reference() -> None:
    """Reasons that are written as plain text, outside of the gates, count as well."""
    found: dict[str, str] = {}
    for path in sorted((ROOT / "src" / "seatrial").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_bytes())):
            if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("Finding"):
                for keyword in node.keywords:
                    if keyword.arg == "reason" and isinstance(keyword.value, ast.Constant):
                        found[str(keyword.value.value)] = path.name

    assert {reason: found[reason] for reason in _missing(found)} == {}


def test_every_gate_of_a_later_release_is_named_as_such() -> None:
    """What is refused by name is told beforehand."""
    assert _missing(GATE_KINDS) == []
