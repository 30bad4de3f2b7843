"""What may hold an alias: judged anew from stored evidence, from anywhere, and never by two at once."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.support.cli import (
    BETTER,
    EVALUATE,
    GATES,
    UNSURE,
    WORSE,
    Repo,
    copy_of,
    new_repo,
    template,
    wait_for,
    with_candidate,
    with_production,
)

HOLDING = """
import os
import pathlib
import time
home = pathlib.Path(os.environ["HOME"])
while (home / "hold").exists():
    (home / "waiting").touch()
    time.sleep(0.01)
"""
"""A stage of this waits while somebody outside holds it."""

CANDIDATE, PATIENT, QUICK = "tiny@2", "tiny@3", "tiny@4"


@pytest.fixture
def repo(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> Repo:
    """A repository with a model in production."""
    return copy_of(template(tmp_path_factory, "production", with_production), tmp_path)


@pytest.fixture
def ready(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> Repo:
    """A repository with a model in production, and CANDIDATE registered, which is better."""
    return copy_of(template(tmp_path_factory, "candidate", with_candidate), tmp_path)


def _refused(document: Any) -> str:
    assert document["moved"] is False
    return " ".join(document["reasons"])


def test_stored_verdict_is_not_trusted(ready: Repo) -> None:
    """A version that passed is judged anew when it is promoted: stricter gates committed since then count."""
    ready.edit(
        "gates.yaml",
        ("promote:\n  performance: {accuracy: {min: 0.6}}", "promote:\n  performance: {accuracy: {min: 0.99}}"),
    )
    ready.commit("stricter gates")

    document = ready.promote(CANDIDATE, code=1)

    assert document["verdict"] == "FAIL"
    assert ready.aliases() == {"production": 1}


def test_alias_has_gates_of_its_own(ready: Repo) -> None:
    """The set with the alias's name guards it, `promote` guards the others."""
    ready.write("gates.yaml", GATES + "canary:\n  performance: {accuracy: {min: 0.99}}\n")
    ready.commit("gates of the canary")

    assert ready.promote(CANDIDATE, "--first", to="canary", code=1)["gate_set"] == "canary"
    assert ready.promote(CANDIDATE, "--first", to="staging")["gate_set"] == "promote"


def test_uncommitted_changes_may_register_and_not_promote(repo: Repo) -> None:
    """What nobody can check out again does not go into production, not even with an override."""
    repo.edit("params.yaml", BETTER)
    assert repo.run()["dirty"] is True
    ref = repo.register()

    plain = repo.promote(ref, code=2)
    overridden = repo.promote(ref, "--override", "--reason", "it is urgent", code=2)

    assert "uncommitted changes" in _refused(plain)
    assert "uncommitted changes" in _refused(overridden)


LOWERED = GATES.replace("min: 0.6", "min: 0.1").replace("max_degradation: 0.01", "max_degradation: 0.9")
CASES = GATES.replace("promote:\n", "promote:\n  behavioral: {test_cases: cases.csv, min_pass_rate: 0.1}\n")


@pytest.mark.parametrize("hidden", [False, True], ids=["edited", "marked as unchanged"])
@pytest.mark.parametrize("command", ["promote", "approve"])
def test_rules_that_nobody_committed_move_and_approve_nothing(repo: Repo, command: str, hidden: bool) -> None:
    """Else an edit lets a worse model through, and no trace of the limits is left. Not even an override does."""
    repo.set_params(WORSE)
    repo.run(code=1)
    ref = repo.register()
    before = sorted((repo.state / "records/models/tiny").iterdir())
    if hidden:
        repo.git("update-index", "--assume-unchanged", "gates.yaml")
    repo.write("gates.yaml", LOWERED)

    document = repo.seatrial("models", command, ref, "--to", "production", "--json", code=2).json
    overridden = repo.promote(ref, "--override", "--reason", "now", code=2)

    (problem,) = document["error"]["problems"]
    assert "what lies here is not what HEAD has: gates.yaml" in problem["message"]
    assert "git add -- gates.yaml && git commit" in problem["next_step"]
    assert overridden["error"]["problems"] == [problem]
    assert sorted((repo.state / "records/models/tiny").iterdir()) == before


@pytest.mark.parametrize(
    ("path", "more"), [("seatrial.yaml", "# x\n"), ("params.yaml", "# x\n"), ("cases.csv", "2,0\n")]
)
def test_every_file_of_the_rules_is_looked_at(repo: Repo, path: str, more: str) -> None:
    """The configuration, the parameters, and the test cases of the set that guards the alias."""
    repo.write("cases.csv", "id,expected\n1,1\n")
    repo.write("gates.yaml", CASES)
    repo.commit("cases")
    repo.write(path, repo.read(path) + more)

    said = repo.seatrial("models", "promote", "tiny@1", "--to", "production", code=2)

    assert f"what lies here is not what HEAD has: {path}" in said.err


def test_a_file_of_cases_that_git_does_not_know_is_no_committed_rule(repo: Repo) -> None:
    """Ignored, so that `git status` is clean."""
    repo.write(".gitignore", "/data/\n/outputs/\n__pycache__/\ncases.csv\n")
    repo.write("cases.csv", "id,expected\n1,1\n")
    repo.write("gates.yaml", CASES)
    repo.commit("cases")

    assert "HEAD has: cases.csv" in repo.seatrial("models", "promote", "tiny@1", "--to", "production", code=2).err


def test_other_files_may_differ(ready: Repo) -> None:
    """What is promoted was made from a commit; notes beside it change nothing."""
    ready.write("steps/common_rows.py", "# nothing is run\n")
    ready.write("notes.txt", "x")

    assert ready.promote(CANDIDATE)["moved"] is True


def test_inputs_that_changed_during_the_run_belong_to_no_commit(tmp_path: Path) -> None:
    """A stage that rewrites its own source leaves a model that the commit does not make."""
    repo = new_repo(tmp_path)
    repo.edit("steps/train.py", ("import sys\n", "import sys\nopen(__file__, 'a').write('# grown')\n"))
    repo.commit()
    assert repo.did(repo.run(code=2))["train"] == "used"

    document = repo.promote(repo.register(), "--first", code=2)

    assert "uncommitted changes" in _refused(document)


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("--tier", "overlay"), "trained under tier overlay, which changes train.skill"),
        (("--set-param", "train.skill=0.95"), "overridden on the command line: train.skill"),
    ],
    ids=["overlay", "set-param"],
)
def test_parameters_that_are_not_committed_are_not_promoted(repo: Repo, words: tuple[str, ...], reason: str) -> None:
    """A tier's overlay and `--set-param` make models for trying out; they can be registered."""
    repo.run(*words)

    document = repo.promote(repo.register(), "--override", "--reason", "still", code=2)

    assert reason in _refused(document)


def test_first_model_needs_a_word_and_only_once(ready: Repo) -> None:
    """`--first` is for an alias that nobody ever held, and is asked for there."""

    without = ready.promote(CANDIDATE, to="staging", code=2)
    again = ready.promote(CANDIDATE, "--first", to="production", code=2)

    assert without["next_step"] == f"seatrial models promote {CANDIDATE} --to staging --first"
    assert "nobody has ever held staging" in _refused(without)
    assert "version 1 holds production" in _refused(again)
    assert ready.aliases() == {"production": 1}


def test_first_model_must_pass_what_can_be_judged(tmp_path: Path) -> None:
    """Genesis leaves out the comparison, not the limits."""
    repo = new_repo(tmp_path)
    repo.set_params(("  skill: 0.9\n", "  skill: 0.4\n"))
    repo.run(code=1)

    document = repo.promote(repo.register(), "--first", code=1)

    assert document["verdict"] == "FAIL"
    assert [finding["kind"] for finding in document["gates"]] == ["performance"]


def test_block_is_passed_only_by_a_person_with_a_reason(repo: Repo) -> None:
    """The verdict stays what it is; the ledger keeps who passed it and why."""
    repo.set_params(WORSE)
    repo.run(code=1)
    ref = repo.register()

    assert repo.promote(ref, code=1)["verdict"] == "FAIL"
    assert "needs a reason" in _refused(repo.promote(ref, "--override", code=2))
    assert "needs a reason" in _refused(repo.promote(ref, "--override", "--reason", "  ", code=2))
    passed = repo.promote(ref, "--override", "--reason", "the old one leaks memory")

    assert passed["verdict"] == "FAIL"
    assert passed["move"]["how"] == "override"
    assert passed["move"]["reason"] == "the old one leaks memory"
    assert repo.aliases() == {"production": 2}


def test_held_version_exits_3(repo: Repo) -> None:
    """INCONCLUSIVE holds: the alias stays, and the way to pass it is named."""
    repo.set_params(*UNSURE)
    repo.run(code=3)

    document = repo.promote(repo.register(), code=3)

    assert document["verdict"] == "INCONCLUSIVE"
    assert "--override --reason" in document["next_step"]


def test_override_that_is_not_needed_is_an_ordinary_promotion(ready: Repo) -> None:
    """A reason is kept where it was needed; an allowed promotion is not made to look forced."""
    document = ready.promote(CANDIDATE, "--override", "--reason", "to be safe")

    assert document["move"]["how"] == "promote"


def test_holder_that_is_promoted_again_is_a_success(repo: Repo) -> None:
    """Nothing to do is no error, and writes nothing."""
    document = repo.promote("tiny@1")

    assert (document["moved"], document["reasons"]) == (False, [])
    assert len(repo.seatrial("models", "show", "tiny", "--json").json["model"]["ledger"]) == 1


def test_registering_the_same_run_twice_is_one_version(ready: Repo) -> None:
    """Registering is idempotent: a CI job that is retried makes no second version."""
    assert ready.register() == CANDIDATE


def test_work_tree_may_be_wiped_before_a_promotion(ready: Repo) -> None:
    """Records, artifacts and evidence lie beyond the work tree: `git clean -ffdx` costs nothing but time."""
    ready.git("clean", "-q", "-ffdx")
    assert not (ready.root / ".seatrial").exists()

    document = ready.promote(CANDIDATE)

    assert document["moved"] is True
    assert ready.aliases() == {"production": 2}


def test_rows_made_again_are_kept_with_the_version(repo: Repo) -> None:
    """Production scored again for a judgement is evidence: promotion later needs no run and no cache."""
    repo.set_params(BETTER, ("  rows: 1200\n", "  rows: 900\n"))
    repo.run()
    ref = repo.register()
    repo.git("clean", "-q", "-ffdx")

    document = repo.promote(ref)

    assert document["moved"] is True
    assert not any((repo.root / ".seatrial" / "runs").glob("*"))


def test_second_work_tree_sees_and_moves_the_same_models(ready: Repo) -> None:
    """Records belong to the repository: any of its work trees may promote."""
    second = ready.worktree("second")

    assert second.promote(CANDIDATE)["moved"] is True
    assert ready.aliases() == second.aliases() == {"production": 2}


def _with_a_later_holder(folder: Path, files: Mapping[str, str | bytes] | None = None) -> Repo:
    """Production is tiny@2, judged on 1200 rows; PATIENT has 1300 rows and was judged before tiny@2 came."""
    repo = with_candidate(folder, files)
    repo.set_params(("  skill: 0.9\n", "  skill: 0.97\n"), ("  rows: 1200\n", "  rows: 1300\n"))
    repo.run()
    assert repo.register() == PATIENT
    repo.set_params(("  skill: 0.9\n", "  skill: 0.98\n"))
    repo.run()
    assert repo.register() == QUICK
    repo.promote(CANDIDATE)
    return repo


@pytest.fixture
def overtaken(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> Repo:
    """A repository where production moved after PATIENT was judged."""
    return copy_of(template(tmp_path_factory, "overtaken", _with_a_later_holder), tmp_path)


def test_holder_that_came_later_is_scored_at_the_versions_own_commit(overtaken: Repo) -> None:
    """No stored rows fit: the new holder's artifact is evaluated as the version was, without training."""
    repo = overtaken
    before = {path.name for path in (repo.root / ".seatrial" / "runs").glob("*")}

    document = repo.promote(PATIENT)

    assert document["baseline"] == "tiny@2 (production)"
    assert document["moved"] is True
    (made,) = {path.name for path in (repo.root / ".seatrial" / "runs").glob("*")} - before
    events = (repo.root / ".seatrial" / "runs" / made / "events.jsonl").read_text()
    assert '"stage_started"' not in events
    assert list((repo.root / ".seatrial" / "tmp").glob("*")) == []


def test_holder_can_be_scored_again_after_the_cache_is_gone(overtaken: Repo) -> None:
    """The commit's stages are run once more; what they make is what was registered."""
    overtaken.git("clean", "-q", "-ffdx")

    assert overtaken.promote(PATIENT)["moved"] is True


def test_of_two_promotions_at_once_one_wins_and_the_other_is_told(
    tmp_path: Path,
) -> None:
    """While one work tree scores the holder again, another moves the alias: exit code 6, nothing overwritten."""
    home = tmp_path / "home"
    home.mkdir()
    slow = {"steps/evaluate.py": EVALUATE.replace("import sys\n", "import sys\n" + HOLDING, 1)}
    repo = _with_a_later_holder(tmp_path, slow)
    repo.environ["HOME"] = str(home)
    second = repo.worktree("second")

    (home / "hold").touch()
    waiting = repo.start("models", "promote", PATIENT, "--to", "production", "--json")
    try:
        wait_for((home / "waiting").exists, "the holder is being scored again")
        winner = second.promote(QUICK)
    finally:
        (home / "hold").unlink()
    out, err = waiting.communicate(timeout=60)

    assert winner["moved"] is True
    assert waiting.returncode == 6, out + err
    assert '"kind": "ConflictError"' in out
    assert "tiny@2 held it when this was judged, and now tiny@4 holds it" in out
    assert repo.aliases() == {"production": 4}
    shutil.rmtree(second.root)


def test_alias_never_moves_to_a_model_whose_bytes_are_lost(ready: Repo) -> None:
    """Verdicts are remembered, bytes may be lost since: exit code 5, and the alias stays."""
    artifact = (
        ready.seatrial("models", "show", CANDIDATE, "--json").json["version"]["artifact"]["digest"].removeprefix("b3:")
    )
    (blob,) = (ready.state / "blobs").glob(f"*/{artifact[2:]}")
    blob.unlink()

    said = ready.seatrial("models", "promote", CANDIDATE, "--to", "production", code=5)

    assert "cannot be read" in said.err
    assert "from a backup" in said.err
    assert ready.aliases() == {"production": 1}


def test_model_that_is_not_declared_here_is_not_promoted(repo: Repo) -> None:
    """Without its declaration nothing says which gates guard it."""
    text = repo.read("seatrial.yaml")
    repo.write("seatrial.yaml", text.replace("  tiny:\n", "  other:\n"))

    said = repo.seatrial("models", "promote", "tiny@1", "--to", "production", code=2)

    assert "declares no model tiny" in said.err
