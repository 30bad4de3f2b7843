"""Runs of code from a fork: no secrets, nothing dear, none of the records; put off and owed, never failed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.cli import BETTER, Repo, copy_of, new_repo, template, with_production
from tests.support.devices import on_machine

CONFIG = """\
project: small
stages:
  unit: {cmd: "python unit.py"}
  fetch: {cmd: "python unit.py", secrets: [DATA_TOKEN]}
  bucket: {cmd: "python unit.py ${deps.rows}", deps: {rows: "s3://nobody-gives-credentials/rows.csv"}}
  train: {cmd: "python unit.py", resources: {gpus: 1}}
  after: {cmd: "python unit.py", needs: [train]}
"""
FILES = {"seatrial.yaml": CONFIG, "unit.py": "print('done')\n", ".gitignore": ""}
STRANGER = {"SEATRIAL_UNTRUSTED": "1", "AWS_ENDPOINT_URL": "http://127.0.0.1:9", "AWS_ACCESS_KEY_ID": ""}


@pytest.fixture
def fork(tmp_path: Path) -> Repo:
    repo = on_machine(new_repo(tmp_path / "repo", FILES), tmp_path, gpus=1)
    repo.environ.update(STRANGER, DATA_TOKEN="hunter2-canary-of-a-secret")
    return repo


def test_what_needs_secrets_credentials_or_devices_is_put_off_and_the_rest_runs(fork: Repo) -> None:
    """The secret is set in this environment, as `pull_request_target` would have it: a stranger's code gets none."""
    document = fork.run()

    assert fork.did(document) == {
        "unit": "ran", "fetch": "deferred", "bucket": "deferred", "train": "deferred", "after": "deferred"
    }  # fmt: skip
    why = {stage["name"]: stage["reason"] for stage in document["stages"]}
    assert "the secret DATA_TOKEN, which code from a fork is not given" in why["fetch"]
    assert "s3://nobody-gives-credentials/rows.csv, for which code from a fork has no credentials" in why["bucket"]
    assert f"a maintainer comments `/seatrial run {fork.git('rev-parse', 'HEAD')}`" in why["train"]


def test_dear_stages_run_for_the_commit_that_a_maintainer_allowed_and_for_no_other(fork: Repo) -> None:
    allowed = fork.git("rev-parse", "HEAD")

    assert fork.did(fork.run("--dear-for", allowed))["train"] == "ran"
    fork.write("unit.py", "print('mines coins')\n")
    fork.commit()
    refused = fork.seatrial("run", "--dear-for", allowed, code=2)

    assert "a new one needs a maintainer's word again" in refused.err


def test_a_commit_on_top_of_the_allowed_one_is_not_allowed_even_as_a_merge(fork: Repo) -> None:
    allowed = fork.git("rev-parse", "HEAD")
    fork.git("checkout", "-q", "-b", "other", allowed)
    fork.commit()
    fork.git("checkout", "-q", "main")
    fork.git("merge", "-q", "--no-ff", "-m", "merge", "other")

    refused = fork.seatrial("run", "--dear-for", allowed, code=2)

    assert "a new one needs a maintainer's word again" in refused.err


def test_an_allowance_means_nothing_for_code_that_is_no_strangers(fork: Repo) -> None:
    fork.environ["SEATRIAL_UNTRUSTED"] = ""

    refused = fork.seatrial("run", "--dear-for", fork.git("rev-parse", "HEAD"), code=2)

    assert "SEATRIAL_UNTRUSTED=1" in refused.err


def test_a_strangers_run_sees_no_records_and_its_model_is_not_decided(
    tmp_path_factory: pytest.TempPathFactory, tmp_path: Path
) -> None:
    """Without the registry nobody knows what production is: INCONCLUSIVE, and never "the first model"."""
    repo = copy_of(template(tmp_path_factory, "production", with_production), tmp_path)
    repo.set_params(BETTER)
    before = sorted(path.name for path in repo.state.rglob("*"))
    repo.environ["SEATRIAL_UNTRUSTED"] = "1"

    document = repo.run(code=3)

    (model,) = document["models"]
    assert (model["verdict"], model["decision"]) == ("INCONCLUSIVE", "hold")
    assert "baseline_not_given" in {finding["reason"] for finding in model["findings"]}
    assert sorted(path.name for path in repo.state.rglob("*")) == before


@pytest.mark.parametrize(
    ("head", "expected"),
    [("acme/small", "ran"), ("mallory/small", "deferred"), (None, "deferred")],
    ids=["a branch of the repository", "a fork", "a fork that was deleted"],
)
def test_the_event_says_whose_code_it_is(fork: Repo, tmp_path: Path, head: str | None, expected: str) -> None:
    event = tmp_path / "event.json"
    repo = None if head is None else {"full_name": head}
    pull = {"number": 7, "head": {"sha": "a" * 40, "ref": "x", "repo": repo}, "base": {"ref": "main"}}
    event.write_text(json.dumps({"pull_request": pull}))
    fork.environ.update(
        SEATRIAL_UNTRUSTED="",
        GITHUB_ACTIONS="true",
        GITHUB_EVENT_NAME="pull_request",
        GITHUB_REPOSITORY="acme/small",
        GITHUB_EVENT_PATH=str(event),
    )

    assert fork.did(fork.run("fetch"))["fetch"] == expected


def test_an_event_that_cannot_be_read_leaves_the_code_a_strangers(fork: Repo, tmp_path: Path) -> None:
    fork.environ.update(
        SEATRIAL_UNTRUSTED="",
        GITHUB_ACTIONS="true",
        GITHUB_EVENT_NAME="pull_request",
        GITHUB_EVENT_PATH=str(tmp_path / "missing.json"),
    )

    assert fork.did(fork.run("fetch"))["fetch"] == "deferred"
