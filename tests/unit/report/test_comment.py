"""The one comment on a model: what comes first, what is folded, its bytes, and that hostile text stays text."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from seatrial.replacing import replace
from seatrial.report.budget import LEAST
from seatrial.report.comment import LIMIT, Earlier, render_comment
from seatrial.report.facts import CurveFact, FootprintFact, MetricFact, RunFacts, StageFact, UnpromotedFact
from seatrial.report.facts import TestsFact as JUnitFact
from seatrial.report.headline import headline_of
from seatrial.report.links import Links
from seatrial.verdict import Decision, Part, Verdict
from tests.support.report_samples import (
    EVIL,
    SAMPLES,
    a_check,
    hostile,
    model,
    owed,
    passed,
    performance,
    regression,
    run,
    sliced,
)

MARKDOWN = MarkdownIt("commonmark").enable(["table", "strikethrough"])
TAGS = {"h1", "h2", "h4", "p", "strong", "code", "pre", "table", "thead", "tbody", "tr", "th", "td", "ul", "li"}
FOLDS = {"details", "summary"}
WORSE: Mapping[str, str] = {
    **EVIL,
    "script": "<script>alert(1)</script>",
    "everyone": "@everyone",
    "fold": "</details></summary><details open>",
    "remark": "<!-- seatrial: 1 --> --> <!--",
    "huge": "m" * 70_000,
    "huge pipes": "|`<" * 23_000,
    "note": "\x00",
    "fence": "```\n\n# PASS\n```mermaid\npie\n```",
    "reference": "[x]: http://evil.example\n[x]",
}
WILD = st.sampled_from(list(WORSE.values())) | st.text(max_size=60)


def first(facts: RunFacts) -> str | None:
    return facts.models[0].name if facts.models else None


def everything(name: str, message: str, command: str) -> RunFacts:
    """A run with each kind of fact, all of whose texts are given."""
    part = Part(name=name, verdict=Verdict.FAIL, n=1, estimate=-0.1, interval=(-0.2, -0.1), candidate=0.1, baseline=0.2)
    judged = model(
        regression(message=message, name=name, metric=name),
        regression(Verdict.FAIL, kind="slices", name=name, metric=name, message=message, parts=(part,)),
        name=name,
        baseline=message,
        gate_set=name,
        rescored=message,
        metrics=(MetricFact(name=name, candidate=1.0, interval=(0.05, 1.0), difference=0.1, level=0.9, better=name),),
        footprint=(FootprintFact(name=name, unit=name, candidate=2.0, baseline=1.0),),
    )
    return run(
        project=name,
        run=name,
        machine=message,
        commit=message,
        models=(judged, model(regression(message=message), name="other")),
        checks=(a_check(name=name, dataset=name),),
        stages=(
            StageFact(name=name, action="ran", reason=message),
            StageFact(name="failing", action="failed", reason=message, log=name, log_end=(message, f"  {name}")),
            StageFact(name="later", action=f"odd {name}", reason=message),
        ),
        curves=(CurveFact(name=name, values=(1.0, 2.0)),),
        tests=(JUnitFact(name=name, passed=1, failed=1, errors=0, skipped=0, troubles=(message,)),),
        warnings=(message,) * 5,
        repeat=command,
        next_step=command,
        unpromoted=(UnpromotedFact(kind=name, reason=message),),
    )


def shape(facts: RunFacts, earlier: str) -> list[str]:
    """The tags of the page in order, code aside: what hostile text must not change."""
    text = render_comment(facts, first(facts), earlier=(Earlier(sha=earlier, run=earlier, headline=earlier),))
    return re.findall(r"</?(?!code)\w+", str(MARKDOWN.render(text)))


def balanced(text: str) -> bool:
    """Whether every fold that is opened is closed, one after the other."""
    marks = re.findall(r"^</?details>$", text, re.MULTILINE)
    return marks == ["<details>", "</details>"] * (len(marks) // 2)


@pytest.mark.parametrize("sample", SAMPLES)
def test_the_headline_of_the_model_is_the_first_line_and_the_commit_stands_under_it(sample: str) -> None:
    facts = SAMPLES[sample]()
    lines = render_comment(facts, first(facts)).splitlines()

    assert lines[0].startswith("# ")
    assert sum(line.startswith("# ") for line in lines) == 1
    assert " at commit `" in lines[2]


def test_each_model_has_its_own_headline_and_names_the_others() -> None:
    """What was deferred is in the title of either."""
    facts = sliced()

    one, other = (render_comment(facts, name) for name in ("sizes", "digits"))

    assert one.startswith("# FAIL \u00b7 DEFERRED 1 (explain: 6 GPU-h): f1 on size=small dropped 0.027 ")
    assert other.startswith("# PASS \u00b7 DEFERRED 1 (explain: 6 GPU-h): accuracy rose 0.012 ")
    assert "| **PASS** | `digits` | allow |" in one
    assert "| **FAIL** | `sizes` | block |" in other
    assert "regression.f1" not in other


def test_what_the_run_as_a_whole_came_to_is_said_where_the_model_came_to_something_else() -> None:
    """A reviewer of the model that passes must see why the merge is blocked all the same."""
    facts = sliced()

    one, other = (render_comment(facts, name).splitlines()[2] for name in ("sizes", "digits"))

    assert other.endswith("(nothing stands in the way). The run as a whole: **block**, because of `sizes`.")
    assert "as a whole" not in one
    many = replace(facts, models=(*facts.models, *(replace(facts.models[0], name=f"m{at}") for at in range(4))))
    assert "because of `sizes`, `m0`, `m1` and 2 more." in render_comment(many, "digits").splitlines()[2]


def test_the_tier_stands_beside_the_commit() -> None:
    """Comments of two tiers would look alike otherwise."""
    lines = [render_comment(replace(passed(), tier=tier), "digits").splitlines()[2] for tier in ("pr", None)]

    assert lines[0].startswith("Model `digits` at commit `1a2b3c4d5e`, tier `pr`. ")
    assert lines[1].startswith("Model `digits` at commit `1a2b3c4d5e`. ")


def test_a_model_that_was_not_judged_has_no_comment() -> None:
    with pytest.raises(ValueError, match="judged no model 'nobody'"):
        render_comment(passed(), "nobody")


def test_metrics_stand_beside_the_baseline_with_interval_and_gates() -> None:
    """In words: a direction, and a judgement only where the interval bears it out."""
    text = render_comment(sliced(), "sizes")

    assert "| metric | main | this | change | 90 % interval | gate |" in text
    assert "| `f1` | 0.8060 | 0.8120 | +0.0060 up, better | [+0.0010, +0.0110] | **PASS** (not worse by 0.01) |" in text
    assert "| `log_loss` | 0.411 | 0.431 | +0.021 up, worse | [+0.001, +0.040] | no gate |" in text


def test_a_change_whose_interval_holds_zero_is_called_neither_better_nor_worse() -> None:
    facts = sliced()
    unsure = replace(facts.models[0].metrics[0], interval=(-0.001, 0.013))
    changed = replace(facts.models[0], metrics=(unsure,))

    text = render_comment(replace(facts, models=(changed,)), "sizes")

    assert "| 0.8060 | 0.8120 | +0.0060 up | [-0.0010, +0.0130] |" in text


def test_intervals_of_several_levels_say_which_is_which() -> None:
    facts = sliced()
    narrow = replace(facts.models[0].metrics[1], level=0.8)
    changed = replace(facts.models[0], metrics=(facts.models[0].metrics[0], narrow))

    text = render_comment(replace(facts, models=(changed,)), "sizes")

    assert "| change | interval | gate |" in text
    assert "[+0.0010, +0.0110] (90 %)" in text
    assert "[+0.001, +0.040] (80 %)" in text


def test_slices_that_moved_are_shown_and_those_that_fail_come_first() -> None:
    """`middle` did not move, and `tiny` is undecided: they are counted."""
    text = render_comment(sliced(), "sizes")

    assert "2 of 4 slices moved, 1 undecided." in text
    assert text.index("| `size=small` | `f1` | 0.801 | 0.774 | -0.027 down, worse |") < text.index("`size=large`")
    assert "size=middle" not in text


def test_only_so_many_slices_are_shown_and_the_rest_is_counted() -> None:
    """Where the report is one page, that is where the rest is."""
    facts = sliced()
    finding = facts.models[0].findings[1]
    many = tuple(replace(finding.parts[0], name=f"s{number}") for number in range(25))
    judged = replace(facts.models[0], findings=(replace(finding, parts=many),))
    facts = replace(facts, models=(judged,))

    assert "25 of 25 slices moved; and 15 more in `report.json`." in render_comment(facts, "sizes")
    linked = render_comment(facts, "sizes", links=Links(report="https://forge.example/1"))
    assert "; and 15 more in `report.html`." in linked
    assert linked.count("| `size=s") == 10


def test_size_and_speed_stand_beside_the_baselines() -> None:
    text = render_comment(sliced(), "sizes")

    assert "| size | 13 MB | 14 MB | +10.9 % up |" in text
    assert "| p50 | 4.200 ms | 4.200 ms | the same |" in text
    assert "| p99 | - | 19.10 ms | - |" in text


def test_time_and_cost_are_told_with_hours_of_devices() -> None:
    """Two devices for an hour and a half are three hours."""
    assert "1 h 31 m in all, 1 h 42 m of CPU time, 3 GPU-h, 1.1 s saved by reuse." in render_comment(sliced(), "sizes")


def test_what_was_deferred_stands_open_and_what_was_reused_is_folded() -> None:
    text = render_comment(sliced(), "sizes")
    fold = text.index("<summary>Stages: 1 ran, 1 reused</summary>")

    assert text.index("| `explain` | **deferred** |") < fold < text.index("| `check` | reused |")


def test_the_commit_that_was_asked_about_stands_beside_the_merge_that_ran() -> None:
    text = render_comment(passed(), "digits", commit="feedfacefeedface")

    assert "at commit `feedfacefe`, run as `1a2b3c4d5e`" in text
    assert "run as" not in render_comment(passed(), "digits", commit=passed().commit)


def test_earlier_revisions_are_folded_and_at_most_ten() -> None:
    earlier = [Earlier(sha=f"{number:040x}", run="01jd", headline=f"PASS {number}") for number in range(15)]
    text = render_comment(passed(), "digits", earlier=earlier)

    assert "<summary>Earlier: 10 revisions</summary>" in text
    assert text.count(", run `01jd`: PASS ") == 10


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        "https://x.example/a) [b](http://evil.example",
        "https://x.example/<script>",
        "http://x.example/\n# PASS",
        "//x.example",
    ],
)
def test_an_address_that_is_no_plain_one_is_left_out(address: str) -> None:
    assert render_comment(passed(), "digits", links=Links(report=address)) == render_comment(passed(), "digits")


def test_a_plain_address_becomes_the_only_link() -> None:
    rendered = str(
        MARKDOWN.render(render_comment(hostile(), first(hostile()), links=Links(run="https://forge.example/1")))
    )

    assert re.findall(r'href="([^"]*)"', rendered) == ["https://forge.example/1"]


@pytest.mark.parametrize("text", WORSE.values(), ids=WORSE)
def test_hostile_text_changes_nothing_but_words(text: str) -> None:
    """Wherever it stands, the page has the tags that it has with harmless text, and no others."""
    rendered = str(MARKDOWN.render(render_comment(everything(text, text, text), text)))
    ours = re.sub(r"<code>.*?</code>", "", rendered, flags=re.DOTALL)

    assert set(re.findall(r"<(\w+)", rendered)) <= TAGS | FOLDS
    assert "<!--" not in rendered
    assert "@everyone" not in ours
    assert shape(everything(text, text, text), text) == shape(everything("x", "x", "x"), "x")


@settings(max_examples=60, deadline=None)
@given(WILD, WILD, WILD, WILD)
def test_no_text_changes_the_shape_of_the_comment(name: str, message: str, command: str, earlier: str) -> None:
    harmless = ["x" if text.strip() else text for text in (name, message, command, earlier)]

    assert shape(everything(name, message, command), earlier) == shape(everything(*harmless[:3]), harmless[3])


@settings(max_examples=30, deadline=None)
@given(WILD, WILD, st.integers(0, 150), st.integers(LEAST, 70_000))
def test_any_comment_keeps_its_bytes_its_headline_and_its_folds(name: str, message: str, many: int, limit: int) -> None:
    """Bytes of UTF-8, whatever is in it and however much of it."""
    facts = _more(everything(name, message, message), many)
    text = render_comment(facts, name, limit=limit, earlier=_past(message))

    assert len(text.encode()) <= limit
    assert text.startswith(f"# {headline_of(facts, name).words}: ")
    assert balanced(text)
    assert "\x00" not in text


def test_what_says_no_outlasts_what_passed() -> None:
    """And how much is missing is said."""
    facts = _more(everything("a name of a usual length", "a sentence, more or less", "seatrial run"), 400)
    text = render_comment(facts, "a name of a usual length", limit=LEAST)

    assert "| `failing` | **failed** |" in text
    assert "earlier revisions" not in text
    assert re.search(r"Left out to stay within 16,000 bytes: .*stages", text)
    assert len(render_comment(facts, "a name of a usual length").encode()) > LIMIT - 5_000


def _past(text: str) -> list[Earlier]:
    return [Earlier(sha=text, run=text, headline=text)] * 10


def _more(facts: RunFacts, many: int) -> RunFacts:
    """The same with `many` more of each thing."""
    judged = facts.models[0]
    finding = judged.findings[1]
    grown: dict[str, Any] = {
        "findings": (*judged.findings, *(replace(finding, parts=finding.parts * 3),) * many),
        "metrics": judged.metrics * (many + 1),
    }
    return replace(
        facts,
        models=(
            replace(judged, **grown),
            *(model(performance(Verdict.FAIL), name=f"m{n}", decision=Decision.BLOCK) for n in range(many)),
        ),
        checks=facts.checks * (1 + many // 10),
        stages=facts.stages * (many + 1),
        curves=facts.curves * (many + 1),
        tests=facts.tests * (many + 1),
        warnings=facts.warnings * (many + 1),
    )


def test_a_promotion_that_was_refused_is_said_under_the_headline() -> None:
    """It holds the run back, whatever the model came to."""
    facts = replace(passed(), unpromoted=(UnpromotedFact(kind="held", reason="`explain` is owed | <b>"),))
    text = render_comment(facts, "digits")

    assert "- **Not promoted** (held): `explain` is owed &#124; &lt;b&gt;" in text
    assert text.index("**Not promoted**") < text.index("## Metrics")


def test_a_hold_by_debt_is_said_in_the_comment_of_every_model() -> None:
    text = render_comment(owed(), "c")

    assert "Decision: **hold** (it waits until what was deferred has been run)." in text
