"""`--json`: one document with a schema version on standard output, nothing on standard error, errors included."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.cli import Repo, copy_of, template, with_candidate


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Repo:
    """A repository with a model in production and a better one registered."""
    return copy_of(template(tmp_path_factory, "candidate", with_candidate), tmp_path_factory.mktemp("json"))


REPORT = (
    "project run started seconds repeat commit dirty tier machine models checks stages curves tests warnings next_step "
    "forecast debt selection unpromoted named overridden plots"
)


@pytest.mark.parametrize(
    ("words", "fields"),
    [
        ("run", f"{REPORT} exit_code report"),
        ("plan", "tier stages forecast notes"),
        ("why train", "base cells"),
        ("why train --base HEAD", "base cells"),
        ("why --skip train", "cells"),
        ("plan --base HEAD", "base head tier stages changed everything notes forecast"),
        ("plan --what-if params.yaml", "what_if head tier stages changed run run_if_changed anyway notes"),
        ("plan --lint", "findings stages declared notes exit_code"),
        ("report", REPORT),
        ("config", "values"),
        ("diff tiny@1 tiny@2", "before after metrics rows disagreements unmatched untold params same_artifact"),
        ("models list", "models debt waiting waiting_unknown"),
        ("models show tiny", "model"),
        ("models show tiny@1", "version ledger approvals approvals_unknown"),
        ("models register", "version"),
        ("models tag tiny@1 a=b", "version"),
        ("models link tiny@1 https://example.invalid/", "version"),
        (
            "models promote tiny@2 --to production",
            "ref alias moved verdict decision gate_set baseline gates move approvals reasons next_step exit_code",
        ),
        ("models rollback tiny", "move"),
    ],
)
def test_answer_is_one_document_with_the_documented_fields(shared: Repo, words: str, fields: str) -> None:
    """Scripts read it with any JSON parser; a field that comes or goes shows here."""
    document = shared.seatrial(*words.split(), "--json").json

    assert set(document) == {*fields.split(), "schema_version"}


@pytest.mark.parametrize(
    "words",
    [
        ("run", "nope"),
        ("run", "--nope"),
        ("plan", "--tier", "nope"),
        ("why", "nope"),
        ("why",),
        ("report", "--run", "nope"),
        ("diff", "nope", "HEAD"),
        ("nope",),
        ("models", "nope"),
        ("models", "show", "tiny@9"),
        ("gate",),
    ],
    ids=" ".join,
)
def test_error_is_one_document_too(shared: Repo, words: tuple[str, ...]) -> None:
    """Kind, exit code, and for each problem message, place and next step."""
    said = shared.seatrial(*words, "--json", code=2)

    error = said.json["error"]
    assert error["exit_code"] == 2
    assert error["kind"] == "UsageError"
    for problem in error["problems"]:
        assert set(problem) == {"message", "file", "line", "column", "key", "next_step"}
        assert problem["message"]
        assert problem["next_step"]


def test_failed_stage_is_in_the_document(shared: Repo) -> None:
    """A run that fails is a result and not an error: the document is whole, the exit code 4."""
    good = shared.read("steps/train.py")
    shared.write("steps/train.py", "raise SystemExit(7)\n")
    try:
        document = shared.run(code=4)
    finally:
        shared.write("steps/train.py", good)

    assert document["exit_code"] == 4
    assert shared.did(document) == {"data": "reused", "train": "failed", "evaluate": "blocked"}
    assert Path(document["report"]).read_text().startswith("# ERROR: stage train failed")
