"""Pull requests from forks: what their run packs is data, judged by a second job under the rules of the base."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.cli import BETTER, WORSE, Repo, copy_of, template, with_production
from tests.support.fake_github.server import FakeGitHub, fake_github
from tests.support.workflows import PULL, after_event, in_step, pull_event, summary_of

FORK = "mallory/models"
LOWERED = ("promote:\n  performance: {accuracy: {min: 0.6}}\n  regression: {max_degradation: 0.01}\n", (
    "promote:\n  performance: {accuracy: {min: 0.1}}\n  regression: {max_degradation: 0.9}\n"
))  # fmt: skip


@pytest.fixture
def fake() -> Iterator[FakeGitHub]:
    with fake_github() as running:
        yield running


class Fork:
    """A pull request from a fork, its run, and the job that follows it in the repository itself."""

    def __init__(self, base: Repo, fake: FakeGitHub, folder: Path) -> None:
        self.base, self.fake, self.folder = base, fake, folder
        self.handover = folder / "handover"
        clone = folder / "fork" / "tree"
        clone.parent.mkdir(parents=True)
        base.git("clone", "-q", str(base.root), str(clone))
        self.fork = Repo(root=clone, python=base.python)
        for key in ("name", "email"):
            self.fork.git("config", f"user.{key}", f"mallory-{key}")
        self.head = ""

    def change(self, *changes: tuple[str, str], files: dict[str, str] | None = None) -> str:
        """Commit to the fork; the head of its pull request."""
        self.fork.edit("params.yaml", *changes)
        for path, text in (files or {}).items():
            self.fork.write(path, text)
        self.head = self.fork.commit()
        self.fake.world.pull(PULL, self.head, ref="better", repo=FORK)
        return self.head

    def run(self, *, code: int | None = None) -> Repo:
        """Its run, whose token may only read, and what it packs."""
        return self._run((), code)

    def run_tier(self, tier: str) -> Repo:
        """The same under a tier."""
        return self._run(("--tier", tier), None)

    def _run(self, words: tuple[str, ...], code: int | None) -> Repo:
        event = pull_event(self.head, repo=FORK)
        step = in_step(self.fork, self.fake, self.folder / "one", name="pull_request", event=event, sha=self.head)
        step.seatrial("run", *words, code=code)
        step.seatrial("report", "--pack", str(self.handover))
        return step

    def second(self, *words: str, code: int | None, fetch: bool = True) -> Any:
        """The job that follows, at the base; with `fetch` the head's objects are there, as data."""
        if fetch:
            self.base.git("fetch", "-q", str(self.fork.root), f"{self.head}:refs/seatrial/head")
        step = in_step(
            self.base,
            self.fake,
            self.folder / "two",
            name="workflow_run",
            event=after_event(self.head, repo=FORK),
            sha=self.base.git("rev-parse", "HEAD"),
        )
        self.trusted = step
        return step.seatrial("report", "--post", "--from", str(self.handover), *words, code=code)

    @property
    def check(self) -> dict[str, Any]:
        (check,) = [one for one in self.fake.world.checks.values() if one["head_sha"] == self.head]
        return check

    def forge_report(self, change: Callable[[dict[str, Any]], None]) -> None:
        """Write something else into the report than the run did."""
        file = self.handover / "report.json"
        report = json.loads(file.read_text())
        change(report)
        file.write_text(json.dumps(report))


@pytest.fixture
def fork(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path, fake: FakeGitHub) -> Fork:
    base = copy_of(template(tmp_path_factory, "production", with_production), tmp_path / "base")
    return Fork(base, fake, tmp_path)


def test_a_good_change_from_a_fork_is_judged_against_production_by_the_second_job(fork: Fork) -> None:
    """Its own run is not shown the registry, so it cannot decide; the number comes from the commit and the branch."""
    fork.change(BETTER)
    fork.run(code=3)

    fork.second(code=0)

    assert fork.check["conclusion"] == "success"
    (body,) = fork.fake.world.bodies(PULL)
    assert "tiny@1 (production)" in body
    assert "could have made up any figure" in body
    assert "success" in {status["state"] for status in fork.fake.world.statuses}


def test_a_run_of_a_fork_does_not_even_try_to_write_to_the_forge(fork: Fork) -> None:
    fork.change(BETTER)
    step = fork.run()

    said = step.seatrial("report", "--post", code=3)

    assert not [one for one in fork.fake.asked if one.method != "GET"]
    assert "--pack" in said.out
    assert "INCONCLUSIVE" in summary_of(step)


def test_a_gate_that_the_change_lowers_is_not_the_one_it_is_judged_by(fork: Fork) -> None:
    text = fork.fork.read("gates.yaml").replace(*LOWERED)
    assert text != fork.fork.read("gates.yaml")
    fork.change(WORSE, files={"gates.yaml": text})
    fork.run()

    fork.second(code=1)

    assert fork.check["conclusion"] == "failure"
    assert "0.204" in str(fork.check["output"])


def test_a_verdict_that_was_written_by_hand_is_not_believed(fork: Fork) -> None:
    fork.change(WORSE)
    fork.run()

    def all_is_well(report: dict[str, Any]) -> None:
        (model,) = report["models"]
        model["verdict"], model["decision"] = "PASS", "allow"
        for finding in model["findings"]:
            finding["verdict"] = "PASS"

    fork.forge_report(all_is_well)

    fork.second(code=1)

    assert fork.check["conclusion"] == "failure"


@pytest.mark.parametrize("fetch", [True, False], ids=["with the commit here", "without it"])
def test_a_model_that_was_left_out_of_the_report_is_missed(fork: Fork, fetch: bool) -> None:
    """The change reaches it by the two commits; where they cannot be compared, nobody can tell, which is no pass."""
    fork.change(WORSE)
    fork.run()
    fork.forge_report(lambda report: report.update(models=[]))
    shutil.rmtree(fork.handover / "models")

    fork.second(code=2 if fetch else 3, fetch=fetch)

    assert fork.check["conclusion"] == "failure"
    assert ("no evidence of it was handed over" if fetch else "cannot be told here") in str(fork.check["output"])


def test_a_change_that_reaches_no_model_reports_its_required_check(fork: Fork) -> None:
    fork.base.write(
        "seatrial.yaml", fork.base.read("seatrial.yaml") + "selection: {irrelevant: {'*.md': nobody runs it}}\n"
    )
    base = fork.base.commit()
    fork.fork.git("pull", "-q", str(fork.base.root), "main")
    fork.fork.write("README.md", "Read me.\n")
    fork.head = fork.fork.commit()
    fork.fake.world.pull(PULL, fork.head, ref="better", repo=FORK)
    step = in_step(
        fork.fork,
        fork.fake,
        fork.folder / "one",
        name="pull_request",
        event=pull_event(fork.head, repo=FORK),
        sha=fork.head,
    )
    step.seatrial("run", "--base", base)
    step.seatrial("report", "--pack", str(fork.handover))

    fork.second(code=0)

    assert fork.check["conclusion"] == "success"


def test_a_model_that_only_the_change_knows_waits_for_a_person(fork: Fork) -> None:
    config = fork.fork.read("seatrial.yaml")
    fork.change(BETTER, files={"seatrial.yaml": config.replace("models:\n  tiny:\n", "models:\n  other:\n")})
    fork.run()

    fork.second(code=None)

    assert fork.check["conclusion"] == "failure"
    assert "the base has no gates for it" in str(fork.check["output"])


def test_a_number_that_the_folder_claims_leads_nowhere(fork: Fork) -> None:
    fork.fake.world.pull(8, "d" * 40)
    fork.change(BETTER)
    fork.run()
    fork.forge_report(lambda report: report.update(number=8))

    refused = fork.second(code=2)

    assert "number" in refused.err
    assert fork.fake.world.bodies(8) == []
    assert fork.check["conclusion"] == "failure"


@pytest.mark.parametrize("strange", ["pipe", "link", "link to a folder", "not JSON", "deep", "large", "nothing"])
def test_a_folder_that_is_not_what_it_should_be_is_an_error_on_the_commit(fork: Fork, strange: str) -> None:
    fork.change(BETTER)
    fork.run()
    report = fork.handover / "report.json"
    match strange:
        case "pipe":
            report.unlink()
            os.mkfifo(report)
        case "link":
            report.unlink()
            report.symlink_to("/etc/passwd")
        case "link to a folder":
            (fork.handover / "more").symlink_to("/etc")
        case "not JSON":
            report.write_text("<script>alert(1)</script>")
        case "deep":
            report.write_text("[" * 100_000)
        case "large":
            report.write_bytes(b" " * (33 << 20))
        case _:
            shutil.rmtree(fork.handover)

    fork.second(code=2)

    assert fork.check["conclusion"] == "failure"
    assert "<script>" not in str(fork.check["output"])


@pytest.mark.parametrize("path", ["../../../../etc/passwd", "/etc/passwd", "x" * 70_000, "a.csv\n::error::x"])
def test_evidence_that_names_a_path_outside_reads_nothing_there(fork: Fork, path: str) -> None:
    fork.change(BETTER)
    fork.run()
    file = fork.handover / "models" / "tiny.json"
    record = json.loads(file.read_text())
    record["candidate"]["predictions"]["file"]["path"] = path
    file.write_text(json.dumps(record))

    said = fork.second(code=None)

    assert "root:" not in said.out + said.err + str(fork.fake.world.comments)
    assert said.code in (0, 2)


def test_bytes_that_are_not_those_of_their_digest_are_no_evidence(fork: Fork) -> None:
    fork.change(WORSE)
    fork.run()
    for blob in (fork.handover / "blobs").rglob("*"):
        if blob.is_file():
            blob.chmod(0o644)
            blob.write_bytes(b"id,y,p\n1,1,1\n")

    fork.second(code=2)

    assert fork.check["conclusion"] == "failure"


def test_the_tier_whose_gates_hold_is_named_by_the_job_and_not_by_the_run(fork: Fork) -> None:
    """Else a change would choose the laxest tier for itself."""
    fork.change(WORSE)
    step = in_step(
        fork.fork,
        fork.fake,
        fork.folder / "one",
        name="pull_request",
        event=pull_event(fork.head, repo=FORK),
        sha=fork.head,
    )
    step.seatrial("run", "--tier", "branch", code=None)
    step.seatrial("report", "--pack", str(fork.handover))

    refused = fork.second(code=2)

    assert "tier branch" in refused.err


def test_a_job_that_has_checked_out_the_change_itself_refuses_to_judge_it(fork: Fork) -> None:
    fork.change(BETTER)
    fork.run()
    fork.base.git("fetch", "-q", str(fork.fork.root), fork.head)
    fork.base.git("checkout", "-q", fork.head)

    refused = fork.second(code=2, fetch=False)

    assert "check out the base" in refused.err


def test_hostile_names_render_as_text(fork: Fork) -> None:
    evil = "<script>alert(1)</script> @everyone | ![x](https://evil.example/x.png) \x1b[31m \u202e"
    train = fork.fork.read("steps/train.py").replace(
        """file.write('{"loss": %s, "size": %d}'""",
        "import json\n    file.write(json.dumps({"
        + repr(evil)
        + ": 1, 'y' * 70000: 2})[:-1] + ', \"loss\": %s, \"size\": %d}'",
    )
    fork.change(BETTER, files={"steps/train.py": train})
    fork.run()

    fork.second(code=None)

    (body,) = fork.fake.world.bodies(PULL)
    shown = body.partition("\n")[2]
    assert "<script>" not in shown
    assert "@everyone" not in re.sub(r"`[^`]*`", "", shown)
    assert "![x](" not in re.sub(r"`[^`]*`", "", shown)
    assert "\x1b" not in shown
    assert "\u202e" not in shown
    assert len(body.encode()) < 65_536


DATA_STAGE = ("  train:\n    cmd: >-\n", "  checked: {uses: data, with: {dataset: test}}\n  train:\n    cmd: >-\n")
CONTRACT = "columns:\n  id: {type: int}\n  y: {type: int}\n"


@pytest.fixture
def with_data(fork: Fork) -> Fork:
    """The base judges its test data, too."""
    fork.base.edit("seatrial.yaml", DATA_STAGE, ("role: test}", "role: test, contract: contract.yaml}"))
    fork.base.write("contract.yaml", CONTRACT)
    fork.base.commit()
    fork.fork.git("pull", "-q", str(fork.base.root), "main")
    return fork


def test_judged_data_that_the_run_is_silent_about_is_missed(with_data: Fork) -> None:
    data = with_data.fork.read("steps/data.py") + "\n# other data\n"
    with_data.change(BETTER, files={"steps/data.py": data})
    with_data.run()
    with_data.forge_report(lambda report: report.update(checks=[]))

    with_data.second(code=2)

    assert with_data.check["conclusion"] == "failure"
    assert "the run tells nothing of it" in str(with_data.check["output"])


def test_what_a_strangers_run_put_off_holds_where_the_bases_tier_says_so(fork: Fork) -> None:
    """The run's own word, that nothing is held, is not asked."""
    config = fork.base.read("seatrial.yaml")
    config = config.replace("  branch: {gates: smoke, baseline: main}\n", "  branch: {merge_with_debt: block}\n")
    config = config.replace(
        "stages:\n", "stages:\n  dear: {cmd: python steps/data.py, resources: {gpus: 1}, deps: []}\n"
    )
    fork.base.write("seatrial.yaml", config)
    fork.base.commit()
    fork.fork.git("pull", "-q", str(fork.base.root), "main")
    fork.change(BETTER)
    fork.run_tier("branch")
    fork.forge_report(lambda report: report["debt"].update(held=False, merge="allow"))

    fork.second("--tier", "branch", code=3)

    assert fork.check["conclusion"] == "failure"
    assert "DEFERRED 1" in fork.check["output"]["title"]


def test_a_verdict_without_evidence_that_claims_to_be_let_through_is_not(fork: Fork) -> None:
    fork.change(WORSE)
    fork.run()

    def warned(report: dict[str, Any]) -> None:
        (model,) = report["models"]
        model.update(verdict="FAIL", decision="warn", findings=[])

    fork.forge_report(warned)
    shutil.rmtree(fork.handover / "models")

    fork.second(code=None)

    assert fork.check["conclusion"] == "failure"


@pytest.mark.parametrize("claim", ["deferred", "skipped", "left out"])
def test_a_stage_that_was_not_done_without_a_reason_of_the_bases_is_missing(fork: Fork, claim: str) -> None:
    fork.change(WORSE)
    fork.run()

    def not_done(report: dict[str, Any]) -> None:
        if claim == "left out":
            report["stages"] = []
            return
        for stage in report["stages"]:
            stage.update(action=claim)

    fork.forge_report(not_done)

    fork.second(code=None)

    assert fork.check["conclusion"] == "failure"
    assert "MISSING STAGES" in fork.check["output"]["title"]


def test_a_claim_to_be_the_very_same_artifact_is_none(fork: Fork) -> None:
    fork.change(WORSE)
    fork.run()
    holder = fork.base.seatrial("models", "show", "tiny@production", "--json").json["version"]["artifact"]
    file = fork.handover / "models" / "tiny.json"
    record = json.loads(file.read_text())
    record["candidate"]["artifact"] = holder
    file.write_text(json.dumps(record))

    fork.second(code=1)

    assert "very same artifact" not in str(fork.check["output"])


def test_rules_that_lie_uncommitted_in_the_second_job_are_refused(fork: Fork) -> None:
    """An artifact that was unpacked over the work tree brings gates of its own."""
    fork.change(WORSE)
    fork.run()
    fork.base.write("gates.yaml", fork.base.read("gates.yaml").replace(*LOWERED))

    refused = fork.second(code=2)

    assert "gates.yaml is not as it was committed" in refused.err


def test_a_merge_of_the_change_is_not_its_base(fork: Fork) -> None:
    fork.change(WORSE, files={"gates.yaml": fork.fork.read("gates.yaml").replace(*LOWERED)})
    fork.run()
    fork.base.git("fetch", "-q", str(fork.fork.root), fork.head)
    fork.base.git("checkout", "-q", "--detach")
    fork.base.git("merge", "-q", "--no-ff", "-m", "merge", fork.head)

    fork.second(code=2, fetch=False)

    assert fork.check["conclusion"] == "failure"


def test_a_run_that_calls_itself_later_than_all_others_is_not(fork: Fork) -> None:
    fork.change(BETTER)
    fork.run()
    fork.forge_report(lambda report: report.update(run="7" + "z" * 25))
    fork.second(code=0)
    fork.change(("  skill: 0.95\n", "  skill: 0.7\n"))
    shutil.rmtree(fork.handover)
    fork.run()

    fork.second(code=1)

    (body,) = fork.fake.world.bodies(PULL)
    assert "# FAIL" in body


def test_models_that_the_change_invents_have_no_comments_of_their_own(fork: Fork) -> None:
    fork.change(BETTER)
    fork.run()

    def invent(count: int) -> None:
        fork.forge_report(
            lambda report: report.update(
                models=[report["models"][0], *({**report["models"][0], "name": f"m{n}"} for n in range(count))]
            )
        )

    invent(15)
    fork.second(code=None)
    invent(150)
    fork.second(code=2)

    assert len(fork.fake.world.bodies(PULL)) <= 2


def test_the_head_of_a_branch_of_the_repository_keeps_the_verdict_of_its_own_run(fork: Fork) -> None:
    """Somebody pushes a commit of ours to their fork and has a run of theirs speak of it."""
    fork.change(WORSE)
    fork.run()
    fork.fake.world.pull(8, fork.head, ref="ours")

    fork.second(code=0)

    assert not fork.fake.world.checks
    assert not fork.fake.world.statuses
