"""The reference page of contracts names every key and every check there is, and its example loads."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from seatrial.config import contract, contract_columns, contract_drift
from seatrial.config.contract import load_contract
from seatrial.data.codes import Check
from seatrial.data.policy import Drift

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs/reference/contract.md").read_text(encoding="utf-8")
SECTIONS = {
    "## The dataset as a whole": contract.CONTRACT_KEYS,
    "## columns: rules for one column": contract_columns.COLUMN_KEYS,
    "## drift: when a difference from the reference is an alarm": contract_drift.DRIFT_KEYS,
}


def rows(heading: str) -> dict[str, str]:
    body = re.split(r"\n## ", PAGE.partition(f"\n{heading}\n")[2])[0]
    return dict(re.findall(r"^\| `([a-z_.]+)` \| (.*) \|$", body, flags=re.MULTILINE))


@pytest.mark.parametrize("heading", list(SECTIONS))
def test_every_key_has_a_row_and_every_row_is_a_key(heading: str) -> None:
    assert set(rows(heading)) == set(SECTIONS[heading])


def test_every_smaller_key_is_named_with_its_larger_one() -> None:
    asked = {
        "rows": contract.ROWS_KEYS,
        "fresh": contract.FRESH_KEYS,
        "not_before": contract.NOT_BEFORE_KEYS,
        "disjoint": contract.DISJOINT_KEYS,
        "duplicates": contract.DUPLICATES_KEYS,
        "leakage": contract.LEAKAGE_KEYS,
    }
    told = rows("## The dataset as a whole")

    assert [key for key, keys in asked.items() if f"{{{', '.join(keys)}}}" not in told[key]] == []


def test_every_type_is_named() -> None:
    told = rows("## columns: rules for one column")["type"]

    assert [word for word in contract_columns.TYPES if f"`{word}`" not in told] == []


def test_defaults_of_drift_are_those_of_the_policy() -> None:
    told = {key: text.partition(" | ")[0] for key, text in rows(list(SECTIONS)[2]).items()}
    drift = Drift()

    assert (told["floor"], told["detect"], told["q"]) == (f"{drift.floor}", f"{drift.detect}", f"{drift.q}")
    assert told["confidence"] == f"{drift.confidence}"
    assert told["shares"] == f"{drift.share_floor}, {drift.share_detect}"
    assert told["correlations"] == f"{drift.correlation_floor}, {drift.correlation_detect}"
    assert told["classifier"] == f"{drift.auc_floor}, {drift.auc_detect}"


def test_the_page_has_a_row_for_every_check_of_a_contract_and_for_no_other() -> None:
    assert {check for check in Check if check.startswith("contract.")} == set(rows("## Findings"))


def test_the_example_loads() -> None:
    example = re.findall(r"```yaml\n(.*?)```", PAGE, flags=re.DOTALL)[0]
    loaded = load_contract(example.encode(), "contract.yaml")

    assert loaded.columns["mail"].sensitive
    assert loaded.cluster == "customer"
