"""The reference page names every key there is, and its examples load."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from seatrial.config import (
    document,
    gates,
    later,
    matrix_document,
    notify_document,
    out_document,
    resources_document,
    selection_document,
    serving_document,
    stage_document,
)
from seatrial.config.gate_rules import calibration, comparing, fairness, performance
from seatrial.config.gates import load_gates
from seatrial.config.load import load

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs/reference/configuration.md").read_text(encoding="utf-8")
GATE_KEYS = ("anchor", "alias", "by", *fairness.KEYS, *calibration.KEYS)
SECTIONS = {
    "## The project": document.PROJECT_KEYS,
    "## tiers": document.TIER_KEYS,
    "## datasets": document.DATASET_KEYS,
    "## stages": stage_document.STAGE_KEYS,
    "### matrix": matrix_document.MATRIX_KEYS,
    "### resources": resources_document.RESOURCE_KEYS,
    "### retries": resources_document.RETRY_KEYS,
    "### budget": resources_document.BUDGET_KEYS,
    "### selection": selection_document.SELECTION_KEYS,
    "### notify": (*notify_document.NOTIFY_KEYS, *notify_document.ONLY_KEYS),
    "### cache": document.CACHE_KEYS,
    "### outs": (*out_document.OUT_KEYS, *out_document.COLUMN_KEYS),
    "## models": document.MODEL_KEYS,
    "### serving": (*serving_document.BEHIND_KEYS, "port", *serving_document.WIRE_KEYS, *serving_document.HOW_KEYS),
    "## gates.yaml": {*gates.SET_KEYS, *performance.BOUND_KEYS, *comparing.KEYS, *GATE_KEYS},
}


def section(heading: str) -> str:
    level = heading.partition(" ")[0]
    body = PAGE.partition(f"\n{heading}\n")[2]
    return re.split(rf"\n#{{1,{len(level)}}} ", body)[0]


@pytest.mark.parametrize("heading", list(SECTIONS))
def test_every_key_has_a_row_in_the_table_of_its_section(heading: str) -> None:
    first = re.findall(r"^\| (`[^|]+)\|", section(heading), flags=re.MULTILINE)
    rows = {key for cell in first for key in re.findall(r"`([a-z_]+)`", cell)}

    assert set(SECTIONS[heading]) <= rows


@pytest.mark.parametrize(
    "table",
    [later.PROJECT, later.TIER, later.DATASET, later.STAGE, later.OUT, later.MODEL, later.GATE_KINDS, later.REGRESSION],
)
def test_every_key_of_a_later_release_is_named_on_the_page(table: dict[str, later.Later]) -> None:
    assert [key for key in table if f"`{key}`" not in section("## Not supported yet")] == []


def test_the_example_on_the_page_loads() -> None:
    blocks = dict(re.findall(r"```yaml\n# (\S+)\n(.*?)```", PAGE, flags=re.DOTALL))

    loaded = load(lambda path: blocks[path].encode() if path in blocks else None)

    assert loaded.policy.models
    assert load_gates(blocks["gates.yaml"].encode(), "gates.yaml")


def test_the_example_project_loads() -> None:
    folder = ROOT / "examples/digits"

    loaded = load(lambda path: (folder / path).read_bytes() if (folder / path).is_file() else None)

    assert loaded.policy.models["digits"].input is not None
