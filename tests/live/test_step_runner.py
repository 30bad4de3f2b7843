"""The runner of workflow files itself: it does what GitHub does, and an error is one, never silently true.

The workflow here is written by hand; those that Seatrial writes are tried in `test_workflow_steps_*`.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.cli import BETTER, WORSE, Repo, new_repo
from tests.support.git_server import needs_git_server
from tests.support.steps.expressions import ExpressionError, Open, Scope
from tests.support.steps.hub import Hub, hub
from tests.support.steps.workflow_text import WorkflowError, read

pytestmark = needs_git_server

SHA = "1" * 40
FAST = f"""\
name: fast
on: {{pull_request: {{}}, workflow_dispatch: {{inputs: {{who: {{default: ada}}}}}}}}
permissions: {{}}
jobs:
  plan:
    runs-on: ubuntu-latest
    permissions: {{contents: read}}
    outputs: {{cells: "${{{{ steps.cells.outputs.cells }}}}", kept: "${{{{ steps.kept.outputs.cache-hit }}}}"}}
    steps:
      - uses: actions/checkout@{SHA}
        with: {{fetch-depth: 0, persist-credentials: false}}
      - id: kept
        uses: actions/cache@{SHA}
        with: {{path: ~/.cache/things, key: "things-${{{{ hashFiles('params.yaml') }}}}", restore-keys: things}}
      - run: mkdir -p ~/.cache/things && date +%N > ~/.cache/things/made
      - id: cells
        run: |
          echo 'cells={{"include": [{{"cell": "a", "ok": true}}, {{"cell": "b", "ok": false}}]}}' >> "$GITHUB_OUTPUT"
          echo "GREETING=hello ${{{{ inputs.who || 'nobody' }}}}" >> "$GITHUB_ENV"
          mkdir -p handover/.hidden handover/shown/empty
          echo "$GREETING" > handover/.hidden/file && echo shown > handover/shown/file
      - run: echo "$GREETING" | tee -a "$GITHUB_STEP_SUMMARY"
      - uses: actions/upload-artifact@{SHA}
        with: {{name: handover, path: handover}}
  cells:
    needs: plan
    runs-on: [self-hosted, "${{{{ matrix.cell }}}}"]
    strategy: {{fail-fast: false, matrix: "${{{{ fromJson(needs.plan.outputs.cells) }}}}"}}
    steps:
      - uses: actions/download-artifact@{SHA}
        with: {{name: handover, path: got}}
      - env: {{CELL: "${{{{ matrix.cell }}}}"}}
        run: echo "cell $CELL of $(ls -A got) with token [$GITHUB_TOKEN]"; false | true
      - if: ${{{{ !matrix.ok }}}}
        run: exit 3
      - run: echo not after a failure
      - if: always()
        run: echo always
  after:
    needs: cells
    runs-on: ubuntu-latest
    steps: [run: "true"]
  judge:
    needs: [plan, cells]
    if: ${{{{ always() && needs.plan.result == 'success' }}}}
    runs-on: ubuntu-latest
    permissions: {{checks: write, contents: write}}
    defaults: {{run: {{shell: bash}}}}
    steps:
      - uses: actions/setup-python@{SHA}
        with: {{python-version: "3.11"}}
      - run: seatrial --version
        continue-on-error: true
      - run: python -m pip install 'seatrial==1.0'
      - run: seatrial --version
      - run: test "${{{{ needs.cells.result }}}}" = success
"""
FOLLOWS = f"""\
name: follows
on: {{workflow_run: {{workflows: [fast], types: [completed]}}}}
permissions: {{}}
jobs:
  post:
    runs-on: ubuntu-latest
    permissions: {{contents: read, actions: read}}
    steps:
      - uses: actions/checkout@{SHA}
      - uses: actions/download-artifact@{SHA}
        with:
          name: handover
          path: handover
          run-id: ${{{{ github.event.workflow_run.id }}}}
          github-token: ${{{{ github.token }}}}
      - run: echo "secret [${{{{ secrets.KEY }}}}]"; cat handover/shown/file
"""


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    return new_repo(tmp_path / "repo", {".github/workflows/fast.yml": FAST, ".github/workflows/follows.yml": FOLLOWS})


@pytest.fixture
def forge(tmp_path: Path, repo: Repo) -> Iterator[Hub]:
    with hub(tmp_path / "hub", repo) as made:
        yield made


def changed(repo: Repo, *changes: tuple[str, str]) -> str:
    repo.git("checkout", "-q", "-B", "better")
    return repo.set_params(*changes)


def test_a_pull_request_runs_jobs_by_their_needs_and_what_follows(forge: Hub, repo: Repo) -> None:
    head = changed(repo, BETTER)
    forge.secrets["KEY"] = "hidden"
    forge.open_pull(7, repo, "better")

    run, after = forge.pull_request(7)

    assert run.results == {"plan": "success", "cells": "failure", "after": "skipped", "judge": "failure"}
    assert run.conclusion == "failure"
    assert run["plan"].checked_out == [forge.commit_of("refs/pull/7/merge")]
    assert "hello nobody" in run["plan"].summary
    first, second = run.cells("cells")
    assert (first.result, first.runs_on) == ("success", ["self-hosted", "a"])
    assert "cell a of shown with token []" in first.log
    assert [step.outcome for step in second.steps] == ["success", "success", "failure", "skipped", "success"]
    assert [step.outcome for step in run["judge"].steps] == ["success", "failure", "success", "success", "failure"]
    assert run["judge"].machine is not None
    assert run["judge"].machine.installed == [["pip", "install", "seatrial==1.0"]]
    assert (after.event.name, after.conclusion, after["post"].checked_out) == ("workflow_run", "success", [forge.main])
    assert head not in after["post"].checked_out
    assert "secret [hidden]\nshown" in after.log


def test_a_fork_has_a_token_that_reads_and_no_secrets_and_its_own_files_start_it(forge: Hub, repo: Repo) -> None:
    text = FAST.replace('echo "$GREETING" | tee', 'echo "by the fork [${{ secrets.KEY }}]" | tee')
    repo.write(".github/workflows/fast.yml", text)
    repo.write(".github/workflows/follows.yml", FOLLOWS.replace("cat handover", "false; cat handover"))
    changed(repo, BETTER)
    forge.secrets["KEY"] = "hidden"
    forge.open_pull(8, repo, "better", fork="mallory/models", author="mallory")

    run, after = forge.pull_request(8)

    assert "by the fork []" in run["plan"].summary
    assert run["judge"].permissions == {"checks": "read", "contents": "read"}
    assert forge.may_push(run["judge"].token) is False
    assert after.event.payload["workflow_run"]["pull_requests"] == []
    assert after.conclusion == "success"


def test_a_cache_is_read_from_the_base_and_saved_for_the_own_ref(forge: Hub, repo: Repo) -> None:
    forge.dispatch("fast.yml", {"who": "grace"})
    changed(repo, BETTER)
    forge.open_pull(7, repo, "better")
    forge.pull_request(7)
    changed(repo, WORSE)
    forge.open_pull(8, repo, "worse")
    run, _ = forge.pull_request(8)

    assert "hello grace" in forge.runs[0].log
    assert len(set(forge.caches.keys())) == 1
    assert len({each.key for each in forge.caches.kept}) == 3
    assert run["plan"].outputs["kept"] == "false"
    assert len(forge.caches.keys("refs/pull/7/merge")) == 1


def test_a_push_takes_a_token_that_may_write_and_credentials_that_were_left(forge: Hub, repo: Repo) -> None:
    push = FAST[: FAST.index("  plan:")] + (
        f"  push:\n    runs-on: x\n    permissions: {{contents: LEVEL}}\n    steps:\n"
        f"      - uses: actions/checkout@{SHA}\n        with: {{persist-credentials: KEPT}}\n"
        "      - run: GIT_TERMINAL_PROMPT=0 git push origin HEAD:refs/seatrial/new\n"
    )
    ended = {}
    for level, kept in (("read", "true"), ("write", "false"), ("write", "true")):
        repo.write(".github/workflows/fast.yml", push.replace("LEVEL", level).replace("KEPT", kept))
        repo.commit()
        forge.push(repo)
        run, *_ = forge.dispatch("fast.yml")
        ended[level, kept] = (run.conclusion, forge.has("refs/seatrial/new"))

    assert ended == {
        ("read", "true"): ("failure", False),
        ("write", "false"): ("failure", False),
        ("write", "true"): ("success", True),
    }


def test_an_environment_waits_for_the_word_of_a_reviewer(forge: Hub, repo: Repo) -> None:
    repo.write(".github/workflows/fast.yml", FAST.replace("  after:\n", "  after:\n    environment: production\n"))
    repo.edit(".github/workflows/fast.yml", ("    needs: cells\n", "    needs: plan\n"))
    repo.commit()
    forge.push(repo)
    forge.guarded.add("production")
    (run,) = forge.dispatch("fast.yml")
    waited, plan = run["after"].result, run["plan"]
    forge.approve(run, "production")

    assert waited == "waiting"
    assert run["after"].result == "success"
    assert run["plan"] is plan, "what is done is not done again"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1 == '1' && 'yes' || 'no'", "yes"),
        ("'A' == 'a'", True),
        ("null == 0", True),
        ("event.nothing.at.all == ''", True),
        ("'x' && event.name", "push"),
        ("false || needs.plan.result != 'success'", False),
        ("contains(fromJson('[\"a\", \"b\"]'), 'B')", True),
        ("format('{0} of {1}', 'it''s', 3)", "it's of 3"),
        ("join(fromJson('[1, 2]'), '-')", "1-2"),
        ("needs['plan'].result", "success"),
        ("(1 < 2) && !('b' <= 'a')", True),
        ("startsWith('refs/heads/x', 'Refs/') && endsWith('x.y', '.y')", True),
        ("true || needs.nobody.result", True),
        ("needs.plan.outputs.made", None),
    ],
)
def test_expressions_give_what_github_gives(text: str, value: Any) -> None:
    assert _scope().evaluate(text) == value


@pytest.mark.parametrize(
    "text",
    [
        "needs.nobody.result",
        "nothing",
        "needs.plan.reslut",
        "github.event",
        "always()",
        "hashFiles('x')",
        "unknown('x')",
        "needs.plan.result == 'success",
        "needs.plan.result 'success'",
        "(1 == 1",
        "needs.*.result",
        "fromJson('{')",
        "1 +  1",
        "",
    ],
)
def test_what_is_not_known_is_an_error(text: str) -> None:
    with pytest.raises(ExpressionError):
        _scope().evaluate(text)


def test_text_around_a_condition_is_an_error_since_it_would_always_be_true() -> None:
    scope = Scope(contexts={}, status={"success": False, "failure": True, "always": True})

    with pytest.raises(ExpressionError):
        scope.holds("${{ failure() }} && ${{ false }}")
    assert (scope.holds("1 == 1"), scope.holds("${{ failure() }}"), scope.holds("always()")) == (False, True, True)


@pytest.mark.parametrize(
    "change",
    [
        ("    runs-on: [self-hosted,", "    run-on: [self-hosted,"),
        ("needs: plan\n", "needs: plam\n"),
        ("name: fast\n", "name: fast\nname: again\n"),
        ("pull_request: {}", "pull_request_target: {}"),
        ("pull_request: {}", "pull_request: {path: [x]}"),
        ("      - if: always()\n", "      - uses: actions/checkout@v4\n"),
    ],
)
def test_a_file_with_a_key_that_nobody_reads_is_an_error(change: tuple[str, str]) -> None:
    assert FAST.count(change[0]) == 1
    with pytest.raises(WorkflowError):
        read("fast.yml", FAST.replace(*change))


def _scope() -> Scope:
    plan = {"result": "success", "outputs": Open()}
    return Scope(contexts={"needs": {"plan": plan}, "event": Open({"name": "push"})})
