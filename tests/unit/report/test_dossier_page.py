"""The dossier of a version as a page: complete, and safe whatever people call things."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest

from seatrial.registry.datasets import Seen
from seatrial.registry.records import (
    Actor,
    AliasMove,
    Approval,
    ApprovedBy,
    DeferredCell,
    How,
    IdentifiedBy,
    StoredFile,
    UnpinnedReads,
    Version,
)
from seatrial.registry.serial import decode, encode
from seatrial.replacing import replace
from seatrial.report.dossier_facts import (
    ApprovalFact,
    ChangeFact,
    CommitFact,
    DataFact,
    DossierFacts,
    FileFact,
    ReignFact,
)
from seatrial.report.dossier_page import MOST_ROWS, render_dossier
from seatrial.store.blobs import Artifact
from seatrial.verdict import Decision, Finding, Verdict

AT = "2026-11-21T06:30:00.000Z"
LATER = "2026-11-23T07:30:00.000Z"
A, B = "b3:" + "a" * 64, "b3:" + "b" * 64
HOSTILE = (
    "<script>alert(1)</script>",
    "\"' onload=x <b>",
    "</style><img src=//x.example>",
    "a\u202eb\x1b[31mc\ud800",
    "@everyone | [y](javascript:z) **b**",
    "A" * 70_000,
)


class _Elements(HTMLParser):
    """What a browser makes of a page: the elements in their order, with their attributes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.seen: list[tuple[str, tuple[tuple[str, str | None], ...]]] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, tuple(attrs)))


def _facts(word: str = "word") -> DossierFacts:
    """A dossier with this word wherever people write one."""
    actor = Actor(name=word, identified_by=IdentifiedBy.GITHUB_REVIEW)
    finding = Finding(
        name=word, kind="regression", metric=word, verdict=Verdict.INCONCLUSIVE, reason="r", message=word,
        estimate=-0.011, interval=(-0.024, 0.001), threshold=-0.01, n=450, candidate=0.953, baseline=0.964,
    )  # fmt: skip
    rules: dict[str, object] = {"name": word, "performance": {word: {"min": 0.6}}, "slices": {"by": [[word]]}}
    file = StoredFile(path=word, artifact=Artifact(digest=B, kind="file", size=1))
    version = Version(
        number=17, model="digits", artifact=Artifact(digest=A, kind="file", size=1500), run="01k9", created_at=AT,
        actor=actor, config=B, environment=B, made_by=word, commit="c" * 40, data={word: A}, params={word: word},
        tier=word, overlay={word: word}, overridden={word: word}, metrics={word: 0.5}, metrics_files=(file,),
        gate_set=word, findings=(finding,), verdict=Verdict.INCONCLUSIVE, decision=Decision.HOLD, tags={word: word},
        links=(f"https://x.example/{word}",), deferred=(DeferredCell(cell=word, input_digest=A, work=B),),
        unpinned=(UnpinnedReads(cell=word, paths=(word,), in_all=1),), rules=rules,
    )  # fmt: skip
    move = AliasMove(
        model="digits", alias="production", version=17, previous=16, how=How.OVERRIDE, actor=actor, at=AT,
        decision=Decision.HOLD, findings=(finding,), gate_set=word, reason=word, rules={**rules, "mode": "observe"},
        approvals=(ApprovedBy(actor=actor, at=AT, note=word),),
    )  # fmt: skip
    approval = Approval(
        version=17, alias="production", evidence=A, policy=B, actor=actor, at=AT, note=word, where=f"https://x/{word}"
    )
    look = Seen(
        dataset=word, identity=A, rows=10, verdict=Verdict.PASS, decision=Decision.ALLOW, at=AT, run="01k9",
        against={word: B}, why=(word,),
    )  # fmt: skip
    return DossierFacts(
        version=version,
        as_of=LATER,
        change=ChangeFact(
            before="digits@16",
            before_commit="d" * 40,
            commits=(CommitFact(id="c" * 40, authors=(word,), at=AT, subject=word, reviewers=(word,)),),
            files=(FileFact(path=word, added=3, deleted=1), FileFact(path=f"{word}2")),
            missing=(word,),
        ),
        data=(DataFact(name=word, digest=A, look=look), DataFact(name=f"{word}2", digest=B)),
        installed=(("package numpy", word), ("python", word)),
        approvals=(
            ApprovalFact(approval=approval, counted=(word,)),
            ApprovalFact(approval=approval, void=word),
        ),
        moves=(move, replace(move, version=16, previous=17, how=How.ROLLBACK, findings=(), decision=None)),
        reigns=(
            ReignFact(alias="production", since=AT, until=LATER, seconds=176400.0),
            ReignFact(alias="production", since=LATER, until=None, seconds=59.0),
        ),
        missing=(word,),
    )


@pytest.mark.parametrize("hostile", HOSTILE, ids=["script", "attribute", "style", "invisible", "markdown", "long"])
def test_no_text_becomes_markup_anywhere(hostile: str) -> None:
    """The page has the elements that it has with a plain word in every place, and is not much longer."""
    page = render_dossier(_facts(hostile))

    assert _Elements(page).seen == _Elements(render_dossier(_facts())).seen
    assert len(page) < 200_000
    assert "\x1b" not in page
    assert "\u202e" not in page
    page.encode()


def test_no_page_asks_for_anything() -> None:
    """No address that a browser would follow by itself, no script, no style of an element."""
    for tag, attributes in _Elements(render_dossier(_facts())).seen:
        assert tag not in ("script", "img", "link", "iframe", "a")
        assert {name for name, _ in attributes} <= {
            "charset", "class", "content", "http-equiv", "lang", "name", "open", "scope",
        }  # fmt: skip


@pytest.mark.parametrize(
    "said",
    [
        "digits@17 holds production since 2026-11-23 07:30:00.",
        "production: 2 days 1 h 01 m in all",
        "still running",
        "Compared with digits@16.",
        "2 files, 3 lines added, 1 deleted",
        "named as a reviewer in commit cccccccccccc",
        "github review",
        "counted: word",
        "void: word",
        "no check of these bytes is recorded",
        "at registration: set word",
        "override to production at 2026-11-21 06:30:00: set word",
        "slices.by",
        "deferred when it was made: word",
        "unpinned: word read a file outside of the repository: word",
        "What this dossier cannot tell",
        "1.5 kB",
    ],
)
def test_an_auditor_finds(said: str) -> None:
    """What is asked for, in words."""
    assert said in render_dossier(_facts())


def test_gates_are_told_once_where_they_were_the_same() -> None:
    """And twice where a promotion was judged by others."""
    facts = _facts()
    same = tuple(replace(move, rules=facts.version.rules) for move in facts.moves)

    assert render_dossier(facts).count("performance.word.min") == 2
    assert render_dossier(replace(facts, moves=same)).count("performance.word.min") == 1


def test_a_version_of_which_little_is_known_says_so() -> None:
    """No section is silently empty."""
    plain = replace(
        _facts().version, rules={}, data={}, findings=(), metrics={}, deferred=(), unpinned=(), tags={}, links=()
    )
    page = render_dossier(DossierFacts(version=plain, as_of=AT, change=ChangeFact(missing=("made without a commit",))))

    for said in ("never held an alias", "Nobody approved it.", "No dataset is recorded.", "They were not kept.",
                 "made without a commit", "Nothing.", "nothing before it"):  # fmt: skip
        assert said in page


def test_a_page_of_very_many_rows_stays_a_page() -> None:
    """What is left out is counted."""
    files = tuple(FileFact(path=f"f{number}", added=1, deleted=0) for number in range(MOST_ROWS + 41))
    facts = replace(_facts(), change=ChangeFact(before="digits@16", before_commit="d", files=files))

    assert "and 41 more files" in render_dossier(facts)


def test_the_same_facts_give_the_same_bytes_and_survive_json() -> None:
    """What `--json` prints is the whole of it."""
    facts = _facts()

    assert render_dossier(facts) == render_dossier(_facts())
    assert decode(DossierFacts, encode(facts)) == facts


def test_gates_are_printed_under_the_keys_that_people_wrote() -> None:
    rules = {
        "name": "promote",
        "slices": {"by": [["size"], ["a", "b"]], "comparing": {"margin": {"value": 0.01, "relative": True}}},
    }
    facts = _facts()
    page = render_dossier(replace(facts, version=replace(facts.version, rules=rules), moves=()))

    assert "<td>slices.by</td><td>size, [a, b]</td>" in page
    assert "<td>slices.max_degradation</td><td>1%</td>" in page
    assert "comparing" not in page
