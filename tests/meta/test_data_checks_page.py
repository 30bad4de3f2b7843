"""docs/reference/data-checks.md says what the code does: every check, every default, every fixed number."""

from __future__ import annotations

import ast
import importlib
import re
from pathlib import Path

import pytest

from seatrial.data.codes import Check
from seatrial.data.compare.pair import BACKUP
from seatrial.data.policy import Drift
from seatrial.stats.effects import cohens_h

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "seatrial"
PAGE = (ROOT / "docs/reference/data-checks.md").read_text(encoding="utf-8")
FACTS = PAGE.partition("\n## Facts\n")[2].partition("\n## ")[0]
NUMBERS = PAGE.partition("\n## Numbers in the code\n")[2]
LABELS = ("Notices", "Statistic", "Floor, detect", "p, bounds", "INCONCLUSIVE", "Not compared")
DEFAULTS = {
    "floor": Drift().floor,
    "detect": Drift().detect,
    "shares.floor": Drift().share_floor,
    "shares.detect": Drift().share_detect,
    "correlations.floor": Drift().correlation_floor,
    "correlations.detect": Drift().correlation_detect,
    "classifier.floor": Drift().auc_floor,
    "classifier.detect": Drift().auc_detect,
    "q": Drift().q,
    "confidence": Drift().confidence,
}
NUMBERED = ("data/compare", "data/joint", "data/decide.py", "data/policy.py")
"""Where fixed numbers have to be on the page."""


def sections() -> dict[str, str]:
    """The text under each heading that names checks, by check."""
    found: dict[str, str] = {}
    for heading, body in re.findall(r"^### (`[^\n]*)$\n(.*?)(?=^##|\Z)", PAGE, re.MULTILINE | re.DOTALL):
        found |= dict.fromkeys(re.findall(r"`([^`]+)`", heading), body)
    return found


def facts() -> set[str]:
    """The checks in the first column of the table of facts."""
    return {name for row in re.findall(r"^\|(.*?)\|", FACTS, re.MULTILINE) for name in re.findall(r"`(\w+\.\w+)`", row)}


def numbers() -> dict[str, float]:
    """The fixed numbers that the page tells, by name."""
    rows = re.findall(r"^\| `([\w/.]+)` \| (\S+) \| (.+) \|$", NUMBERS, re.MULTILINE)
    assert all(why.strip() for _, _, why in rows)
    return {name: ast.literal_eval(value) for name, value, _ in rows}


def constants() -> dict[str, float]:
    """The numbers that modules of the decision assign to a name in capitals."""
    found: dict[str, float] = {}
    for where in NUMBERED:
        path = SOURCE / where
        for file in [path] if path.suffix else sorted(path.glob("*.py")):
            name = file.relative_to(SOURCE / "data").with_suffix("").as_posix()
            module = importlib.import_module(f"seatrial.data.{name.replace('/', '.')}")
            for node in ast.parse(file.read_bytes()).body:
                targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
                for assigned in [each.id for each in targets if isinstance(each, ast.Name) and each.id.isupper()]:
                    value = getattr(module, assigned)
                    if isinstance(value, int | float) and not isinstance(value, bool):
                        found[f"{name}.{assigned}"] = value
    return found


def test_every_check_has_its_place_and_no_other_has_one() -> None:
    """A comparison has a section, a fact a row; `drift.rows` is a note and has both a section and no statistic."""
    assert set(sections()) | facts() == set(Check)
    assert not set(sections()) & facts()


@pytest.mark.parametrize("check", [check for check in Check if check.startswith(("drift.", "joint."))])
def test_every_comparison_says_all_that_is_asked_of_it(check: Check) -> None:
    """What it notices, how, from which size on, how sure, and what it leaves out."""
    labels = re.findall(r"^- \*\*([^*]+)\*\*: \S", sections()[check], re.MULTILINE)

    assert labels == ([] if check is Check.ROWS else list(LABELS))


def test_defaults_are_those_of_the_policy() -> None:
    """Wherever the page tells the default of a key, it is the default; and it tells all of them."""
    told = re.findall(r"`drift\.([a-z.]+)` \(([\d.]+)\)", PAGE)

    assert {key: float(value) for key, value in told} == DEFAULTS
    assert [(key, value) for key, value in told if float(value) != DEFAULTS[key]] == []


def test_what_follows_from_defaults_follows() -> None:
    """The sizes that the page works out for a reader are those that a check has by default."""
    drift = Drift()

    assert f"{BACKUP} times `drift.detect`, {BACKUP * drift.detect:.2f}" in PAGE
    assert f"{cohens_h(0.0, 2 * drift.share_detect):.2f} sd" in PAGE
    assert f"{0.1 * drift.share_floor:.4f} (0.05 % of rows)" in PAGE


def test_every_fixed_number_of_a_decision_is_told_with_its_reason() -> None:
    """A multiplier that nobody can look up is magic. A new one gets a row: name, value, why."""
    assert numbers() == constants()


def test_every_statistic_is_explained() -> None:
    """Names under `statistic` in the JSON stand in a table of their own."""
    named = set()
    for folder in ("stats/effects", "data/compare", "data/joint"):
        for path in (SOURCE / folder).glob("*.py"):
            named |= set(re.findall(r'statistic="(\w+)"', path.read_text(encoding="utf-8")))
    table = PAGE.partition("\n### Statistics\n")[2].partition("\n### ")[0]
    told = {name for row in re.findall(r"^\|(.*?)\|", table, re.MULTILINE) for name in re.findall(r"`(\w+)`", row)}

    assert named - told - {"share_beyond", "share_repeated"} == set()
