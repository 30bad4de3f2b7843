"""A run brought to a pull request on a forge that keeps what is written, and fails in every way."""

from __future__ import annotations

import base64
import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.cli import BETTER, UNSURE, WORSE, Repo, copy_of, template, with_production
from tests.support.fake_github.server import FakeGitHub, fake_github
from tests.support.workflows import PULL, in_step, outputs_of, pull_event, summary_of

NAME = "seatrial/tiny"


@pytest.fixture
def fake() -> Iterator[FakeGitHub]:
    with fake_github() as running:
        yield running


@pytest.fixture
def repo(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> Repo:
    return copy_of(template(tmp_path_factory, "production", with_production), tmp_path / "repo")


def pulled(repo: Repo, fake: FakeGitHub, folder: Path, *changes: tuple[str, str], token: str | None = None) -> Repo:
    """A pull request of a branch of the repository, as actions/checkout leaves it: at a merge with its base."""
    base = repo.git("rev-parse", "main")
    repo.git("checkout", "-q", "-b", "better")
    head = repo.set_params(*changes)
    repo.git("checkout", "-q", "--detach", base)
    repo.git("merge", "-q", "--no-ff", "-m", "merge", head)
    fake.world.pull(PULL, head, ref="better")
    merged = repo.git("rev-parse", "HEAD")
    event = pull_event(head)
    step = in_step(repo, fake, folder / "step", name="pull_request", event=event, sha=merged)
    if token is not None:
        step.environ["GITHUB_TOKEN"] = token
    return step


def head_of(fake: FakeGitHub) -> str:
    return fake.world.pulls[PULL].head_sha


def check_of(fake: FakeGitHub) -> dict[str, object]:
    (check,) = [one for one in fake.world.checks.values() if one["name"] == NAME]
    return check


def test_a_good_run_is_a_check_a_status_a_comment_a_summary_and_outputs(
    repo: Repo, fake: FakeGitHub, tmp_path: Path
) -> None:
    """The verdict stands on the head of the branch, and not on the merge that was checked out."""
    step = pulled(repo, fake, tmp_path, BETTER)
    step.run()

    said = step.seatrial("report", "--post", "--json").json

    check = check_of(fake)
    assert (check["head_sha"], check["conclusion"]) == (head_of(fake), "success")
    assert [(one["context"], one["state"]) for one in fake.world.statuses] == [(NAME, "success")]
    (body,) = fake.world.bodies(PULL)
    assert "# PASS" in body
    assert "PASS" in summary_of(step)
    assert outputs_of(step)["passed"] == "true"
    assert all(one["done"] for one in said["posted"])


def test_a_bad_run_is_a_failure_and_the_command_ends_as_the_run_did(
    repo: Repo, fake: FakeGitHub, tmp_path: Path
) -> None:
    step = pulled(repo, fake, tmp_path, WORSE)
    step.seatrial("run", code=1)

    step.seatrial("report", "--post", code=1)

    assert check_of(fake)["conclusion"] == "failure"
    assert outputs_of(step)["passed"] == "false"
    assert outputs_of(step)["exit_code"] == "1"


def test_a_verdict_that_cannot_decide_and_holds_is_a_failure_and_nothing_that_merges(
    repo: Repo, fake: FakeGitHub, tmp_path: Path
) -> None:
    step = pulled(repo, fake, tmp_path, *UNSURE)
    step.seatrial("run", code=3)

    step.seatrial("report", "--post", code=3)

    check = check_of(fake)
    assert check["conclusion"] == "failure"
    assert "INCONCLUSIVE" in str(check["output"])


def test_the_next_commit_writes_into_the_same_comment(repo: Repo, fake: FakeGitHub, tmp_path: Path) -> None:
    step = pulled(repo, fake, tmp_path, WORSE)
    step.seatrial("run", code=1)
    step.seatrial("report", "--post", code=1)
    first = head_of(fake)
    head = step.set_params(BETTER)
    fake.world.pull(PULL, head, ref="better")
    again = in_step(repo, fake, tmp_path / "step", name="pull_request", event=pull_event(head), sha=head)

    again.run()
    again.seatrial("report", "--post")

    (body,) = fake.world.bodies(PULL)
    assert "# PASS" in body
    assert first in body


def test_while_a_run_goes_on_no_older_verdict_stands_under_the_commit(
    repo: Repo, fake: FakeGitHub, tmp_path: Path
) -> None:
    step = pulled(repo, fake, tmp_path, BETTER)
    step.run()
    step.seatrial("report", "--post")
    head = step.set_params(WORSE)
    fake.world.pull(PULL, head, ref="better")
    again = in_step(repo, fake, tmp_path / "step", name="pull_request", event=pull_event(head), sha=head)

    again.seatrial("report", "--post", "--begin")

    (body,) = fake.world.bodies(PULL)
    assert body.splitlines()[1].startswith("# RUNNING")
    check = next(one for one in fake.world.checks.values() if one["head_sha"] == head)
    assert check["status"] == "in_progress"
    assert fake.world.statuses[-1]["state"] == "pending"


def test_a_token_without_rights_is_told_and_the_verdict_stands_all_the_same(
    repo: Repo, fake: FakeGitHub, tmp_path: Path
) -> None:
    weak = fake.world.token(
        "ghs_weak", "github-actions[bot]", app="github-actions",
        checks="none", statuses="none", pull_requests="none",
    )  # fmt: skip
    step = pulled(repo, fake, tmp_path, WORSE, token=weak)
    step.seatrial("run", code=1)

    said = step.seatrial("report", "--post", code=1)

    assert "the right `checks: " in said.err
    assert "FAIL" in summary_of(step)
    assert fake.world.bodies(PULL) == []
    assert "ghs_weak" not in said.out + said.err


def test_a_forge_that_is_down_leaves_the_verdict_in_the_exit_code(repo: Repo, fake: FakeGitHub, tmp_path: Path) -> None:
    """A good run of which nobody could be told is no success either."""
    step = pulled(repo, fake, tmp_path, BETTER)
    step.run()
    step.environ["GITHUB_API_URL"] = "http://127.0.0.1:9"

    said = step.seatrial("report", "--post", code=5)

    assert "not written: check" in said.err
    assert "PASS" in summary_of(step)


def test_a_comment_that_somebody_deleted_is_written_anew(repo: Repo, fake: FakeGitHub, tmp_path: Path) -> None:
    step = pulled(repo, fake, tmp_path, BETTER)
    step.run()
    step.seatrial("report", "--post")
    fake.world.comments.clear()

    step.seatrial("report", "--post")

    assert len(fake.world.bodies(PULL)) == 1


def test_a_report_of_another_commit_is_an_error_on_this_one(repo: Repo, fake: FakeGitHub, tmp_path: Path) -> None:
    """Else a step that failed before it ran anything would show the verdict of the last run."""
    step = pulled(repo, fake, tmp_path, BETTER)
    step.run()
    head = step.set_params(WORSE)
    fake.world.pull(PULL, head, ref="better")
    again = in_step(repo, fake, tmp_path / "step", name="pull_request", event=pull_event(head), sha=head)

    again.seatrial("report", "--post", code=2)

    assert outputs_of(again)["passed"] == "false"
    check = next(one for one in fake.world.checks.values() if one["head_sha"] == head)
    assert check["conclusion"] == "failure"
    assert "none is of" in str(check["output"])


def test_a_step_without_any_report_is_an_error_on_its_commit(repo: Repo, fake: FakeGitHub, tmp_path: Path) -> None:
    step = pulled(repo, fake, tmp_path, BETTER)
    for folder in (step.root / ".seatrial" / "runs").iterdir():
        for file in folder.glob("report.json"):
            file.unlink()

    step.seatrial("report", "--post", code=2)

    assert check_of(fake)["conclusion"] == "failure"
    assert "no run has left a report" in summary_of(step)


def test_a_change_that_affects_nothing_reports_the_check_that_is_required(
    repo: Repo, fake: FakeGitHub, tmp_path: Path
) -> None:
    base = repo.git("rev-parse", "HEAD")
    repo.write("seatrial.yaml", repo.read("seatrial.yaml") + "selection: {irrelevant: {'*.md': nobody runs it}}\n")
    base = repo.commit()
    repo.write("README.md", "Read me.\n")
    head = repo.commit()
    fake.world.pull(PULL, head, ref="better")
    step = in_step(repo, fake, tmp_path / "step", name="pull_request", event=pull_event(head), sha=head)
    shutil.rmtree(step.root / ".seatrial")  # on a runner nothing is there to be reused
    step.run("--base", base)

    step.seatrial("report", "--post")

    check = check_of(fake)
    assert check["conclusion"] == "success"
    assert "NOTHING AFFECTED" in str(check["output"])


def test_a_version_that_took_an_alias_is_told_as_a_deployment(repo: Repo, fake: FakeGitHub, tmp_path: Path) -> None:
    repo.register()
    repo.seatrial("models", "promote", "tiny@1", "--to", "staging", "--first", code=None)
    head = repo.set_params(BETTER)
    fake.world.shas.add(head)
    event = {"ref": "refs/heads/main"}
    step = in_step(repo, fake, tmp_path / "step", name="push", event=event, sha=head)
    step.run("--tier", "release")

    step.seatrial("report", "--post")
    step.seatrial("report", "--post")

    (deployment,) = fake.world.deployments.values()
    assert (deployment["environment"], deployment["sha"]) == ("staging", head)
    assert {status["state"] for status in fake.world.deployment_statuses} == {"success"}


def test_a_secret_in_a_log_and_in_a_reason_leaves_in_nothing_that_is_posted(
    repo: Repo, fake: FakeGitHub, tmp_path: Path
) -> None:
    secret = "hunter2-canary-of-a-secret"
    repo.edit(
        "seatrial.yaml",
        ("  data:\n    cmd: python steps/data.py", "  data:\n    secrets: [CANARY]\n    cmd: python steps/data.py"),
    )
    repo.write(
        "steps/data.py",
        "import base64, os\nvalue = os.environ['CANARY']\nprint(value, base64.b64encode(value.encode()).decode())\n"
        "raise SystemExit(f'it is {value}')\n",
    )
    head = repo.commit()
    fake.world.pull(PULL, head, ref="better")
    step = in_step(repo, fake, tmp_path / "step", name="pull_request", event=pull_event(head), sha=head)
    step.environ["CANARY"] = secret
    step.seatrial("run", code=4)

    said = step.seatrial("report", "--post", code=4)
    step.seatrial("report", "--files", str(tmp_path / "files"))

    everything = [
        said.out,
        said.err,
        json.dumps([dict(one.__dict__) if hasattr(one, "__dict__") else str(one) for one in fake.asked]),
    ]
    everything += [summary_of(step), json.dumps(outputs_of(step)), str(fake.world.comments), str(fake.world.checks)]
    places = [tmp_path / "files", step.root / ".seatrial", step.state, tmp_path / "step"]
    for place in places:
        everything += [path.read_bytes().decode("latin-1") for path in place.rglob("*") if path.is_file()]
    for form in (secret, base64.b64encode(secret.encode()).decode()):
        assert not [text[:200] for text in everything if form in text]


def test_the_local_forge_writes_the_same_into_files(repo: Repo) -> None:
    repo.set_params(BETTER)
    repo.run()

    repo.seatrial("report", "--post", "--forge", "local")

    folder = repo.root / ".seatrial" / "forge"
    assert "# PASS" in (folder / "comment-tiny.md").read_text()
    (check,) = json.loads((folder / "checks.json").read_text())
    assert (check["state"], check["sha"]) == ("success", repo.git("rev-parse", "HEAD"))


@pytest.mark.parametrize(
    "words",
    [
        ("--begin",), ("--forge", "local"), ("--from", "x"), ("--report-url", "https://x"), ("--tier", "pr"),
        ("--post", "--begin", "--from", "x"), ("--post", "--run", "x", "--begin"),
    ],
)  # fmt: skip
def test_words_that_do_not_go_together_are_refused(repo: Repo, words: tuple[str, ...]) -> None:
    refused = repo.seatrial("report", *words, code=2)

    assert "next:" in refused.err


def test_a_run_of_single_stages_makes_no_required_check_green(repo: Repo, fake: FakeGitHub, tmp_path: Path) -> None:
    """Nothing is judged in it, whatever its stages came to."""
    step = pulled(repo, fake, tmp_path, WORSE)
    step.run("data")

    step.seatrial("report", "--post", code=2)

    assert check_of(fake)["conclusion"] == "failure"
    assert "a run of single stages (data)" in str(check_of(fake)["output"])


def test_files_that_are_not_committed_and_parameters_by_hand_are_not_the_commit(
    repo: Repo, fake: FakeGitHub, tmp_path: Path
) -> None:
    step = pulled(repo, fake, tmp_path, WORSE)
    step.run("--set-param", "train.skill=0.97")
    step.seatrial("report", "--post", code=2)
    step.edit("params.yaml", ("  skill: 0.7\n", "  skill: 0.97\n"))
    step.run()
    step.seatrial("report", "--post", code=2)

    assert {one["conclusion"] for one in fake.world.checks.values()} == {"failure"}
    assert "not committed" in str(list(fake.world.checks.values())[-1]["output"])


def test_a_configuration_that_cannot_be_read_is_an_error_on_its_commit(
    repo: Repo, fake: FakeGitHub, tmp_path: Path
) -> None:
    """A typo is the most ordinary mistake in a pull request, and an old verdict must not be the last word."""
    step = pulled(repo, fake, tmp_path, BETTER)
    step.run()
    step.seatrial("report", "--post")
    step.write("seatrial.yaml", step.read("seatrial.yaml") + "modles: {}\n")
    head = step.commit()
    fake.world.pull(PULL, head, ref="better")
    again = in_step(repo, fake, tmp_path / "step", name="pull_request", event=pull_event(head), sha=head)

    refused = again.seatrial("report", "--post", code=2)

    assert "modles" in refused.err
    check = next(one for one in fake.world.checks.values() if one["head_sha"] == head)
    assert check["conclusion"] == "failure"
    assert all("# PASS" not in body for body in fake.world.bodies(PULL))


def test_what_began_ends_under_the_same_name_and_only_by_a_run_that_came_after(
    repo: Repo, fake: FakeGitHub, tmp_path: Path
) -> None:
    step = pulled(repo, fake, tmp_path, BETTER)
    step.run("--tier", "nightly")
    step.seatrial("report", "--post", "--begin", "--tier", "nightly")

    step.seatrial("report", "--post", "--tier", "nightly", code=2)
    step.run("--tier", "nightly")
    step.seatrial("report", "--post", "--tier", "nightly")

    (check,) = fake.world.checks.values()
    assert (check["name"], check["status"], check["conclusion"]) == (f"{NAME}/nightly", "completed", "success")


def test_a_stage_that_failed_leaves_what_was_said_of_models_in_their_history(
    repo: Repo, fake: FakeGitHub, tmp_path: Path
) -> None:
    step = pulled(repo, fake, tmp_path, BETTER)
    step.run()
    step.seatrial("report", "--post")
    step.write("steps/train.py", "raise SystemExit('it broke')\n")
    head = step.commit()
    fake.world.pull(PULL, head, ref="better")
    again = in_step(repo, fake, tmp_path / "step", name="pull_request", event=pull_event(head), sha=head)
    again.seatrial("run", code=4)

    again.seatrial("report", "--post", code=4)

    about_model = next(body for body in fake.world.bodies(PULL) if '"model": "tiny"' in body)
    shown = about_model.partition("\n")[2]
    assert shown.startswith("# not judged: ERROR")
    assert "PASS: accuracy rose" in shown


def test_files_of_another_commit_are_not_kept_for_this_one(repo: Repo, tmp_path: Path) -> None:
    repo.run()
    repo.set_params(BETTER)

    refused = repo.seatrial("report", "--files", str(tmp_path / "out"), code=2)

    assert "is checked out" in refused.err
    assert not (tmp_path / "out").exists()


def test_a_report_that_a_stage_has_planted_is_none(repo: Repo, fake: FakeGitHub, tmp_path: Path) -> None:
    """Stages may write anywhere in the work tree; what they write beside the real runs is not believed."""
    step = pulled(repo, fake, tmp_path, BETTER)
    good = json.loads((step.root / ".seatrial" / "runs" / step.run()["run"] / "report.json").read_text())
    planted = step.root / ".seatrial" / "runs" / ("7" + "z" * 25)
    planted.mkdir()
    head = step.set_params(WORSE)
    fake.world.pull(PULL, head, ref="better")
    (planted / "report.json").write_text(json.dumps({**good, "commit": head}))
    again = in_step(repo, fake, tmp_path / "step", name="pull_request", event=pull_event(head), sha=head)
    again.seatrial("run", code=1)

    again.seatrial("report", "--post", code=1)

    assert check_of(fake)["conclusion"] == "failure"


def test_a_report_that_was_changed_since_is_refused(repo: Repo, fake: FakeGitHub, tmp_path: Path) -> None:
    step = pulled(repo, fake, tmp_path, WORSE)
    step.seatrial("run", code=1)
    (file,) = sorted((step.root / ".seatrial" / "runs").glob("*/report.json"))[-1:]
    file.write_text(file.read_text().replace('"FAIL"', '"PASS"').replace('"block"', '"allow"'))

    refused = step.seatrial("report", "--post", code=5)

    assert "not what that run wrote" in refused.err
    assert not fake.world.checks


def test_a_change_does_not_choose_the_name_of_its_own_check(repo: Repo, fake: FakeGitHub, tmp_path: Path) -> None:
    """Else it could call its verdict by the name of any other check that is required."""
    repo.write("seatrial.yaml", repo.read("seatrial.yaml") + "forge: {check: build / tests}\n")
    step = pulled(repo, fake, tmp_path, BETTER)
    step.environ["GITHUB_BASE_REF"] = "main"
    repo.git("checkout", "-q", "main")
    repo.git("checkout", "-q", "--detach", step.environ["GITHUB_SHA"])
    step.run()

    step.seatrial("report", "--post")

    assert {one["name"] for one in fake.world.checks.values()} == {NAME}


def test_of_two_runs_of_one_commit_the_later_has_the_last_word_in_the_check_too(
    repo: Repo, fake: FakeGitHub, tmp_path: Path
) -> None:
    step = pulled(repo, fake, tmp_path, BETTER)
    old = step.run()["run"]
    new = step.run()["run"]
    step.seatrial("report", "--post", "--run", new)

    said = step.seatrial("report", "--post", "--run", old)

    assert "a later run has had its say" in said.out
    assert [one["external_id"] for one in fake.world.checks.values()] == [new]
    assert len(fake.world.statuses) == 1
