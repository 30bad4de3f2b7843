"""A model card: every section of Mitchell et al. is there, and what nobody recorded is said to be unknown."""

from __future__ import annotations

import re
from typing import Any

import pytest
from markdown_it import MarkdownIt

from seatrial.report.budget import LEAST
from seatrial.report.card_facts import CardFacts
from seatrial.report.model_card import LIMIT, render_card, unknown
from seatrial.verdict import Finding, Part, Verdict
from tests.support.report_samples import EVIL, a_check, failed, inconclusive, model, passed, regression, sliced

MARKDOWN = MarkdownIt("commonmark").enable(["table", "strikethrough"])
TITLES = [
    "Model details",
    "Intended use",
    "Factors",
    "Metrics",
    "Evaluation data",
    "Training data",
    "Quantitative analyses",
    "Ethical considerations",
    "Caveats and recommendations",
    "How to reproduce it",
]


def card(**changed: Any) -> CardFacts:
    fields: dict[str, Any] = {
        "model": "digits",
        "ref": "digits@3",
        "registered": "2026-11-21T06:30:00.123Z",
        "by": "Ada",
        "by_known_from": "git config",
        "run": "01jd7v8c3m9qk4x2w6r5t0yzab",
        "artifact": "b3:" + "1" * 64,
        "size": 212_000,
        "environment": "b3:" + "2" * 64,
        "config": "b3:" + "3" * 64,
        "commit": "1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d",
        "made_by": "train[seed=0]",
        "data": {"train": "b3:" + "4" * 64},
        "params": {"train.epochs": "20"},
        "test_set": "b3:" + "5" * 64,
        "rows": 900,
        "judged": passed().models[0],
        "repeat": "seatrial run --tier release",
        "run_known": True,
    }
    return CardFacts(**{**fields, **changed})


def section(text: str, title: str) -> str:
    return text.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def bare() -> CardFacts:
    """A version of which next to nothing is known."""
    return card(commit=None, made_by=None, data={}, params={}, test_set=None, rows=None, judged=None, repeat=None)


@pytest.mark.parametrize("facts", [card(), bare()], ids=["full", "bare"])
def test_every_section_is_there_in_order_and_none_is_empty(facts: CardFacts) -> None:
    text = render_card(facts)

    assert re.findall(r"^## (.*)$", text, re.MULTILINE) == TITLES
    assert all(section(text, title).strip() for title in TITLES)


def test_what_nobody_recorded_is_said_and_not_invented() -> None:
    """Each section says what is missing, and no figure stands in one that has none."""
    text = render_card(bare())

    assert unknown(bare()) == tuple(title for title in TITLES if title not in ("Model details", "How to reproduce it"))
    assert section(text, "Intended use").strip() == (
        "Nobody wrote down what this model is meant for, and what not. "
        'To do so: `seatrial models tag digits@3 intended-use="..."`.'
    )
    assert "Nobody judged it." in text
    assert not re.search(r"\d", section(text, "Quantitative analyses"))
    assert "cannot be made again" in section(text, "How to reproduce it")


def test_a_version_that_nobody_judged_passed_nothing() -> None:
    assert "PASS" not in render_card(bare())


def test_what_people_wrote_down_stands_in_its_section_and_not_among_the_tags() -> None:
    written = {"intended-use": "Postcodes", "out-of-scope": "Cheques", "ethical-considerations": "None known"}
    tags = {**written, "owner": "ada"}
    text = render_card(card(tags=tags))

    assert section(text, "Intended use").split("\n\n")[0].strip() == "Meant for: Postcodes"
    assert "Not meant for: Cheques" in section(text, "Intended use")
    assert "Written down: None known" in section(text, "Ethical considerations")
    assert "| tag `owner` | ada |" in section(text, "Model details")
    assert "Postcodes" not in section(text, "Model details")


def test_metrics_stand_with_their_intervals_and_gates_with_their_verdicts() -> None:
    text = render_card(card(judged=failed().models[0]))

    assert "Judged **FAIL** when it was registered, decision **block**." in text
    assert "| **FAIL** | `regression.accuracy` |" in section(text, "Metrics")
    assert "| `accuracy` | 0.912 | 0.871 | -0.041 down | [-0.057, -0.026] |" in section(text, "Quantitative analyses")


def test_every_slice_is_shown_also_those_that_did_not_move() -> None:
    """A comment shows what changed, a card shows how good it is where."""
    analyses = section(render_card(card(judged=sliced().models[0])), "Quantitative analyses")

    assert "| `size=small` | 0.801 | 0.774 | -0.027 | [-0.051, -0.004] | 412 | **FAIL** |" in analyses
    assert "| `size=middle` |" in analyses
    assert "| `slices.f1.size` | `f1` | 4 |" in section(render_card(card(judged=sliced().models[0])), "Factors")


def test_groups_stand_with_their_own_values_and_fairness_is_an_ethical_consideration() -> None:
    finding = Finding(
        name="fairness.recall.sex",
        kind="fairness",
        metric="recall",
        verdict=Verdict.PASS,
        reason="groups_alike",
        message="recall by sex: f and m are 0.02 apart; no two groups are more than 0.1 apart",
        parts=(Part(name="f", n=400, estimate=0.9, interval=(0.87, 0.93), candidate=0.9),),
    )
    text = render_card(card(judged=model(finding)))

    assert "| `f` | - | 0.900 | 0.900 | [0.870, 0.930] | 400 |" in section(text, "Quantitative analyses")
    assert "**PASS** `fairness.recall.sex`" in section(text, "Ethical considerations")


def test_what_is_open_is_a_caveat() -> None:
    """What could not be decided, what was deferred, and what only the report of the run would know."""
    missing = ("Stage explain should have run beside it and was deferred.",)
    caveats = section(
        render_card(card(judged=inconclusive().models[0], missing=missing, run_known=False)),
        "Caveats and recommendations",
    )

    assert "- **INCONCLUSIVE** `regression.accuracy`: " in caveats
    assert f"- {missing[0]}" in caveats
    assert "- The report of its run is not at hand" in caveats


def test_data_that_the_run_judged_is_told_with_its_statistics() -> None:
    training = section(render_card(card(checks=(a_check(),))).replace("\n## Data ", "\n### Data "), "Training data")

    assert "| **FAIL** | `contract.range age` |" in training


@pytest.mark.parametrize("text", [*EVIL.values(), "<script>", "</details>", "m" * 70_000])
@pytest.mark.parametrize("limit", [LEAST, LIMIT])
def test_hostile_text_stays_text_and_the_card_keeps_its_bytes(text: str, limit: int) -> None:
    many = {f"{text}{number}": text for number in range(200)}
    facts = card(
        by=text,
        commit=text,
        run=text,
        data=many,
        params=many,
        tags={**many, "intended-use": text},
        links=(text,) * 50,
        moves=(text,) * 50,
        missing=(text,) * 50,
        judged=model(*[regression(name=text, message=text)] * 50, name=text, baseline=text),
        machine=text,
        repeat=text,
    )
    card_text = render_card(facts, limit=limit)
    rendered = str(MARKDOWN.render(card_text))

    assert len(card_text.encode()) <= limit
    assert set(re.findall(r"<(\w+)", rendered)) <= {
        *("h1", "h2", "p", "strong", "code", "table", "thead", "tbody", "tr", "th", "td", "ul", "li")
    }
