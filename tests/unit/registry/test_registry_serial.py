"""The form of registry records on disk: pinned, complete, and strict on the way in."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from seatrial import digest
from seatrial.digest import Json
from seatrial.errors import StateError
from seatrial.evidence.policy import Columns
from seatrial.registry.records import (
    Actor,
    AliasMove,
    DeferredCell,
    How,
    IdentifiedBy,
    Linked,
    Record,
    StoredFile,
    StoredPredictions,
    StoredSeed,
    Tagged,
    UnpinnedReads,
    Version,
)
from seatrial.registry.serial import from_body, to_body
from seatrial.replacing import replace
from seatrial.store.blobs import Artifact
from seatrial.verdict import Decision, Finding, Verdict

A, B, C, D = ("b3:" + digit * 64 for digit in "abcd")
ADA = Actor(name="Ada", identified_by=IdentifiedBy.GITLAB_CI)
FINDING = Finding(
    name="regression", kind="regression", metric="accuracy", verdict=Verdict.INCONCLUSIVE, reason="too_few_rows",
    message="450 rows do not say", estimate=-0.011, interval=(-0.024, 0.001), threshold=-0.01, n=450, n_needed=1713,
    method="tango", candidate=0.953, baseline=0.964, digests={"candidate": A},
)  # fmt: skip
ROWS = StoredPredictions(
    file=StoredFile(
        path="p.csv", artifact=Artifact(digest=B, kind="file", size=3, executable=True), stage="evaluate", action=D
    ),
    columns=Columns(
        id="i",
        label="l",
        prediction="q",
        score="s",
        scores={"cat": "p_cat"},
        values=("cost",),
        cluster="user",
        query="search",
        groups=("size",),
        positive="yes",
        threshold=0.5,
    ),
    rows=450,
)
VERSION = Version(
    number=17,
    model="digits",
    artifact=Artifact(digest=A, kind="dir", size=10, files=2),
    run="01k9",
    created_at="2026-11-21T06:30:00.000Z",
    actor=ADA,
    config=B,
    environment=C,
    made_by="train[seed=0].model",
    action=D,
    commit="c" * 40,
    tree=B,
    dirty=True,
    data={"test": C},
    params={"train": {"epochs": 3}},
    tier="pr",
    overlay={"train.subset": 0.1},
    overridden={"train.names": ["a", None]},
    metrics={"accuracy": 0.953, "rows": 450.0},
    predictions=ROWS,
    metrics_files=(StoredFile(path="m.json", artifact=Artifact(digest=C, kind="file", size=1)),),
    curves=(StoredFile(path="c.csv", artifact=Artifact(digest=D, kind="file", size=2)),),
    others={"answers": StoredFile(path="a.jsonl", artifact=Artifact(digest=A, kind="file", size=4))},
    seeds=(StoredSeed(file=StoredFile(path="s.json", artifact=Artifact(digest=B, kind="file", size=5))),),
    evaluation=A,
    test_set=C,
    compared={B: ROWS},
    compared_answers={B: StoredFile(path="b.jsonl", artifact=Artifact(digest=C, kind="file", size=6))},
    gate_set="promote",
    findings=(FINDING,),
    verdict=Verdict.INCONCLUSIVE,
    decision=Decision.HOLD,
    tags={"team": "vision"},
    links=("https://a.example/1",),
    deferred=(DeferredCell(cell="overfit", input_digest=A, work=B),),
    unpinned=(UnpinnedReads(cell="train", paths=("/data/rows.csv",), in_all=3),),
)
AT = "2026-11-21T06:30:00.000Z"
MOVE = AliasMove(
    model="digits", alias="production", version=17, previous=16, how=How.OVERRIDE, actor=ADA, at=AT,
    decision=Decision.HOLD, findings=(FINDING,), gate_set="promote", reason="launch day",
)  # fmt: skip
RECORDS = (
    VERSION,
    MOVE,
    Tagged(version=17, key="team", value=None, actor=ADA, at=AT),
    Linked(version=17, url="https://a.example/1", actor=ADA, at=AT),
)


def test_the_form_on_disk_is_pinned() -> None:
    """Who changes this file changes what older and newer versions of Seatrial can read of each other."""
    pinned = (Path(__file__).parent / "records_schema_1.json").read_text(encoding="utf-8")
    written = json.dumps([to_body(record) for record in RECORDS], indent=2, sort_keys=True) + "\n"

    assert written == pinned


def test_a_version_written_before_a_field_was_known_is_read() -> None:
    """What is missing has its default: versions that were registered a year ago stay readable."""
    body = json.loads(json.dumps(to_body(VERSION)))
    for key in ("others", "seeds", "compared_answers"):
        del body["data"][key]
    for key in ("scores", "values", "cluster", "query", "positive", "threshold"):
        del body["data"]["predictions"]["columns"][key]

    read = from_body(body, shown="models/digits record 1")

    assert isinstance(read, Version)
    assert (read.others, read.seeds, read.compared_answers) == ({}, (), {})
    assert read.predictions is not None
    assert read.predictions.columns == Columns(id="i", label="l", prediction="q", score="s", groups=("size",))


def test_what_votes_are_about_is_written_where_it_is_known_and_only_there() -> None:
    """A program that does not know the field reads every version without votes, as it did before."""
    voted = replace(VERSION, voted_against=D)

    assert to_body(voted)["data"] == {**to_body(VERSION)["data"], "voted_against": D}  # type: ignore[dict-item]  # JSON
    assert from_body(to_body(voted), shown="here") == voted


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: type(record).__name__)
def test_every_field_survives(record: Record) -> None:
    """Through the bytes of a record and back."""
    body = json.loads(digest.canonical(to_body(record)))

    assert from_body(body, shown="here") == record


def test_a_field_added_later_takes_its_default() -> None:
    """Records written before it existed stay readable."""
    body = to_body(MOVE)
    data = body["data"]
    assert isinstance(data, dict)

    moved = from_body(body | {"data": {key: data[key] for key in data if key != "reason"}}, shown="here")

    assert isinstance(moved, AliasMove)
    assert moved.reason is None


def _set(*path: str | int, to: Json) -> Callable[[Any], None]:
    def change(body: Any) -> None:
        for part in path[:-1]:
            body = body[part]
        body[path[-1]] = to

    return change


def _drop(*path: str) -> Callable[[Any], None]:
    def change(body: Any) -> None:
        for part in path[:-1]:
            body = body[part]
        del body[path[-1]]

    return change


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (_set("kind", to="rollout"), "'rollout'"),
        (_set("schema", to=2), "schema 2"),
        (_set("more", to=1), "schema 1"),
        (_set("data", to=[]), "its data is not of type dict"),
        (_set("data", "new_field", to=1), "new_field is not a key"),
        (_set("data", "artifact", "new", to=1), "artifact.new is not a key"),
        (_drop("data", "run"), "run is missing"),
        (_drop("data", "number"), "number is missing"),
        (_set("data", "number", to="17"), "number"),
        (_set("data", "number", to=True), "number"),
        (_set("data", "dirty", to=0), "dirty"),
        (_set("data", "metrics", "accuracy", to="0.9"), "metrics.accuracy"),
        (_set("data", "metrics", to=[]), "metrics"),
        (_set("data", "verdict", to="MAYBE"), "MAYBE"),
        (_set("data", "actor", "identified_by", to="a hunch"), "a hunch"),
        (_set("data", "artifact", "kind", to="link"), "link"),
        (_set("data", "artifact", "digest", to="../../etc/passwd"), "artifact.digest"),
        (_set("data", "findings", 0, "interval", to=[0.1]), "findings[0].interval has 1 items"),
        (_set("data", "findings", to={}), "findings"),
        (_set("data", "links", 0, to=None), "links[0]"),
    ],
)
def test_what_is_not_understood_is_refused(change: Callable[[Any], None], said: str) -> None:
    """The error names the record and the key, and asks for an upgrade."""
    body = json.loads(json.dumps(to_body(VERSION)))
    change(body)

    with pytest.raises(StateError) as refused:
        from_body(body, shown="record 1 of models/digits")

    assert said in str(refused.value)
    assert "record 1 of models/digits" in str(refused.value)
    assert refused.value.next_step == "upgrade Seatrial"
