"""One run on several machines: each does its part, one judges. Machines are work trees with one state."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.support.cli import BETTER, CONFIG, PATIENCE, Repo, copy_of, new_repo, template, with_production
from tests.support.devices import on_machine

STAGES = ("data", "train", "evaluate")
SEEDS = CONFIG.replace(
    "  train:\n    cmd: >-\n      python steps/train.py ${deps.data} ${params.train.skill} ${params.train.salt}\n",
    "  train:\n    matrix: {seed: [a, b]}\n    cmd: >-\n      python steps/train.py ${deps.data} "
    "${params.train.skill} ${matrix.seed}\n",
)
SEEDS = SEEDS.replace("outputs/model.txt", '"outputs/${matrix.seed}/model.txt"')
SEEDS = SEEDS.replace("path: outputs/metrics.json", 'path: "outputs/${matrix.seed}/metrics.json"')
SEEDS = SEEDS.replace("model: train.model", 'model: "train[seed=a].model"')
SEEDS = SEEDS.replace("artifact: train.model", 'artifact: "train[seed=a].model"')


@pytest.fixture
def repo(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> Repo:
    """A repository with a model in production, and a better one to be made."""
    copy = copy_of(template(tmp_path_factory, "production", with_production), tmp_path)
    copy.set_params(BETTER)
    return copy


def part(machine: Repo, stage: str, *words: str, run: str = "7", code: int | None = 0) -> Any:
    """One machine's part, as a document."""
    return machine.seatrial("run", "--id", run, "--stage", stage, "--json", *words, code=code).json


def collect(machine: Repo, *words: str, run: str = "7", code: int | None = 0) -> Any:
    """The judged run, as a document."""
    return machine.seatrial("run", "--collect", run, "--json", *words, code=code).json


def test_stages_on_three_machines_are_judged_like_one_run(repo: Repo) -> None:
    """Each machine does exactly its stage; the fourth judges, registers and promotes what they made."""
    machines = [repo.worktree(name) for name in ("first", "second", "third")]
    did = [repo.did(part(machine, stage)) for machine, stage in zip(machines, STAGES, strict=True)]
    judge = repo.worktree("judge")

    document = collect(judge)

    assert did == [{"data": "ran"}, {"train": "ran"}, {"evaluate": "ran"}]
    assert judge.did(document) == {"data": "ran", "train": "ran", "evaluate": "ran"}
    assert (document["models"][0]["verdict"], document["exit_code"], document["id"]) == ("PASS", 0, "7")
    judge.seatrial("models", "register", "--run", document["run"])
    assert judge.promote("tiny@2")["decision"] == "allow"


def test_verdict_is_that_of_an_ordinary_run(repo: Repo) -> None:
    """Where the cells were done changes nothing about what is found."""
    for stage in STAGES:
        part(repo.worktree(stage), stage)

    apart = collect(repo.worktree("judge"))
    together = repo.run()

    assert [model["findings"] for model in apart["models"]] == [model["findings"] for model in together["models"]]
    assert apart["models"][0]["metrics"] == together["models"][0]["metrics"]


def test_nothing_that_feeds_a_stage_is_run_for_it(repo: Repo) -> None:
    """The command names what must come first."""
    said = repo.worktree("first").seatrial("run", "--id", "7", "--stage", "evaluate", code=2)

    assert "evaluate needs train, which no machine has done yet" in said.err
    assert "next:  seatrial run --id 7 --stage train\n" in said.err


def test_missing_cell_is_an_error_and_never_a_pass(repo: Repo) -> None:
    """Exit 2, verdict ERROR, the cell by name; when it is done later, the same command passes."""
    first = repo.worktree("first")
    part(first, "data")
    part(first, "train")

    lacking = collect(repo, code=2)
    part(first, "evaluate")
    whole = collect(repo)

    (finding,) = lacking["models"][0]["findings"]
    assert (lacking["models"][0]["verdict"], finding["reason"]) == ("ERROR", "missing_cells")
    assert finding["message"] == "no machine did evaluate"
    assert lacking["next_step"] == f"seatrial run --id {lacking['id']} --stage evaluate"
    assert repo.did(lacking)["evaluate"] == "missing"
    assert whole["models"][0]["verdict"] == "PASS"
    assert whole["run"] == lacking["run"]


def test_missing_cell_that_no_model_needs_is_an_error_too(tmp_path: Path) -> None:
    """A check that nobody ran holds the model up, however good it is; without a model it still is no success."""
    files = {"seatrial.yaml": CONFIG.replace("models:\n", '  lint:\n    cmd: "true"\n    deps: []\nmodels:\n')}
    repo = with_production(tmp_path, files)
    for stage in STAGES:
        part(repo, stage)

    document = collect(repo, code=2)

    reasons = {finding["reason"] for finding in document["models"][0]["findings"]}
    assert "missing_cells" in reasons
    assert (document["models"][0]["verdict"], document["models"][0]["decision"]) == ("ERROR", "block")


def test_missing_cell_without_any_model_is_exit_code_2(tmp_path: Path) -> None:
    """Nothing to judge is no reason to be content with half of the work."""
    bare = CONFIG[: CONFIG.index("tiers:\n")] + CONFIG[CONFIG.index("datasets:\n") : CONFIG.index("models:\n")]
    files = {"seatrial.yaml": bare}
    repo = new_repo(tmp_path, files)
    part(repo, "data")

    said = repo.seatrial("run", "--collect", "7", code=2)

    assert said.out.startswith("ERROR: nobody is known to have done train and 1 more (no machine did it)")


def test_failed_cell_is_exit_code_4_with_its_log_on_the_judging_machine(repo: Repo) -> None:
    """What its command said last is shown where the run is judged; what needed it is blocked, not missing."""
    repo.edit("steps/train.py", ("import sys\n", "import sys\nsys.exit('the disk of the trainer is full')\n"))
    repo.commit()
    first = repo.worktree("first")
    part(first, "data")
    assert repo.did(part(first, "train", code=4)) == {"train": "failed"}
    refused = first.seatrial("run", "--id", "7", "--stage", "evaluate", code=2)

    said = repo.seatrial("run", "--collect", "7", code=4)

    assert "evaluate needs train, which is not done: exit code 1" in refused.err
    assert "ERROR: stage train failed: exit code 1; 1 stage blocked" in said.out
    assert "  | the disk of the trainer is full" in said.out


def test_failed_cell_can_be_done_again_and_then_counts(repo: Repo) -> None:
    """A failure is no final word: the CI's `re-run failed jobs` repairs the run."""
    first = repo.worktree("first")
    part(first, "data")
    (first.root / "outputs").write_text("in the way")
    assert part(first, "train", code=4)["stages"][0]["action"] == "failed"
    (first.root / "outputs").unlink()
    again = part(first, "train")
    part(first, "evaluate")

    document = collect(repo)

    assert first.did(again) == {"train": "ran"}
    assert document["models"][0]["verdict"] == "PASS"


def test_cut_off_machine_is_resumed_on_another(tmp_path: Path) -> None:
    """What is recorded is not done again, whichever machine asks; only the rest is."""
    repo = new_repo(tmp_path, {"seatrial.yaml": SEEDS})
    first, second = repo.worktree("first"), repo.worktree("second")
    part(first, "data")
    part(first, "train[seed=a]")

    rest = part(second, "train")

    assert second.did(rest) == {"train[seed=a]": "reused", "train[seed=b]": "ran"}
    assert "finished on another machine" in rest["stages"][0]["reason"]


def test_cells_of_a_matrix_can_be_parts(tmp_path: Path) -> None:
    """One job a cell, as a CI matrix does it, from the rows that `plan --json` gives."""
    repo = new_repo(tmp_path, {"seatrial.yaml": SEEDS})
    rows = repo.seatrial("plan", "--json").json["stages"]
    for row in rows:
        part(repo.worktree(row["name"].translate(str.maketrans("[]=", "---"))), row["name"])

    document = collect(repo, code=2)

    assert [row["name"] for row in rows] == ["data", "train[seed=a]", "train[seed=b]", "evaluate"]
    assert rows[1]["matrix"] == {"seed": "a"}
    assert rows[3]["needs"] == ["train[seed=a]", "data"]
    assert rows[1]["resources"] == {"cpus": 1.0, "memory": None, "gpus": 0, "tokens": {}}
    assert [finding["reason"] for finding in document["models"][0]["findings"]] != []
    assert set(repo.did(document).values()) == {"ran"}


@pytest.mark.parametrize(
    ("words", "change", "said"),
    [
        (("--tier", "nightly"), "", "tier none, and here it is nightly"),
        (("-S", "train.skill=0.5"), "", "parameters none, and here it is"),
        ((), "commit", "commit"),
        ((), "config", "configuration"),
    ],
    ids=["tier", "parameters", "commit", "configuration"],
)
def test_parts_of_different_runs_are_refused(repo: Repo, words: tuple[str, ...], change: str, said: str) -> None:
    """Same commit, tier, configuration and parameters, or no part; for the one that judges as well."""
    part(repo.worktree("first"), "data")
    if change == "commit":
        repo.commit("another")
    elif change == "config":
        repo.edit("gates.yaml", ("{min: 0.6}", "{min: 0.7}"))

    working = repo.seatrial("run", "--id", "7", "--stage", "data", *words, code=2)
    judging = repo.seatrial("run", "--collect", "7", *words, code=2)

    for refused in (working, judging):
        assert "run 7 was begun with" in refused.err
        assert said in refused.err


def test_parts_made_from_other_files_are_refused(repo: Repo) -> None:
    """Uncommitted code on one machine: the judging one sees that it is not what lies here."""
    first = repo.worktree("first")
    first.edit("steps/train.py", ("import sys\n", "import sys  # a trial\n"))
    for stage in STAGES:
        part(first, stage)

    said = repo.seatrial("run", "--collect", "7", code=2)

    assert "train was made on" in said.err
    assert "from other inputs than are here: files differ" in said.err


def test_uncommitted_files_on_any_machine_make_the_run_dirty(repo: Repo) -> None:
    """Such a version can be registered and not promoted."""
    first = repo.worktree("first")
    first.write("notes.txt", "not committed")
    for stage in STAGES:
        part(first, stage)

    assert collect(repo)["dirty"] is True


def test_collecting_twice_is_one_run_and_one_version(repo: Repo) -> None:
    """The second time finds what the first did: same run, same version, same verdict."""
    for stage in STAGES:
        part(repo, stage, "--tier", "nightly")

    documents = [collect(machine, "--tier", "nightly") for machine in (repo.worktree("one"), repo.worktree("two"))]

    assert [document["models"][0]["registered"] for document in documents] == [2, 2]
    assert documents[0]["run"] == documents[1]["run"]
    assert documents[0]["models"] == documents[1]["models"]


def test_two_machines_collecting_at_once_register_one_version(repo: Repo) -> None:
    """Both say the same, and nobody's work is done twice in the registry."""
    for stage in STAGES:
        part(repo, stage, "--tier", "nightly")
    machines = [repo.worktree(name) for name in ("one", "two", "three")]
    children = [machine.start("run", "--collect", "7", "--tier", "nightly", "--json") for machine in machines]

    documents = [json.loads(child.communicate(timeout=PATIENCE)[0]) for child in children]

    assert [child.returncode for child in children] == [0, 0, 0]
    assert {document["models"][0]["registered"] for document in documents} == {2}
    assert len(repo.seatrial("models", "list", "--json").json["models"][0]["versions"]) == 2


def test_two_machines_doing_one_cell_at_once_end_with_one_result(repo: Repo) -> None:
    """The one that is later adopts what is stored, and both end well."""
    part(repo, "data")
    machines = [repo.worktree(name) for name in ("one", "two", "three")]
    children = [machine.start("run", "--id", "7", "--stage", "train", "--json") for machine in machines]
    ended: list[subprocess.Popen[str]] = []
    for child in children:
        child.communicate(timeout=PATIENCE)
        ended.append(child)

    part(repo, "evaluate")

    assert [child.returncode for child in ended] == [0, 0, 0]
    assert len(list((repo.state / "records" / "parts" / "7").glob("*/00000001.json"))) == 4
    assert list((repo.state / "records" / "parts" / "7").glob("*/00000002.json")) == []
    assert collect(repo)["models"][0]["verdict"] == "PASS"


def test_bytes_lost_from_the_state_are_an_error_of_the_state(repo: Repo) -> None:
    """Exit 5, before anything runs: a part that cannot be fetched is no reason to make something else."""
    part(repo.worktree("first"), "data")
    for blob in (repo.state / "blobs").rglob("*"):
        if blob.is_file():
            blob.chmod(0o644)
            blob.write_bytes(b"damaged")

    said = repo.worktree("second").seatrial("run", "--id", "7", "--stage", "train", code=5)

    assert "cannot be read" in said.err


@pytest.mark.parametrize("name", ["../7", "A", "a/b", "", ".x", "x" * 101, "a b"])
def test_name_that_could_not_become_a_path_is_refused(repo: Repo, name: str) -> None:
    """Names of runs become names of streams."""
    said = repo.seatrial("run", "--id", name, "--stage", "data", code=2)

    assert "cannot name a run" in said.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--id", "7"), "--id says which run, not what to do"),
        (("--stage", "train"), "so it needs the run's name"),
        (("--id", "7", "--collect", "7"), "are different kinds of run"),
        (("--id", "7", "--stage", "train", "--collect", "7"), "are different kinds of run"),
        (("--id", "7", "--stage", "train", "evaluate"), "cannot stand beside --id"),
        (("--collect", "7", "train"), "cannot stand beside --collect"),
        (("--id", "7", "--stage", "tarin"), "did you mean `train`?"),
        (("--collect", "8"), "no machine has begun a run 8"),
    ],
)
def test_words_that_do_not_go_together_are_refused(repo: Repo, words: tuple[str, ...], said: str) -> None:
    """Each with what to type instead."""
    assert said in repo.seatrial("run", *words, code=2).err


def test_cell_whose_inputs_change_while_it_runs_must_be_done_again(repo: Repo) -> None:
    """Nothing of it is kept, nothing may be built on it, and it does not count when the run is judged."""
    quiet = repo.read("steps/train.py")
    repo.write("steps/train.py", quiet + "open('steps/train.py', 'a').write('# again')\n")
    repo.commit()
    first = repo.worktree("first")
    part(first, "data")
    assert first.did(part(first, "train")) == {"train": "used"}
    refused = first.seatrial("run", "--id", "7", "--stage", "evaluate", code=2)

    document = collect(repo, code=2)

    assert "evaluate needs train, which is not done" in refused.err
    assert repo.did(document) == {"data": "ran", "train": "missing", "evaluate": "missing"}


def test_out_that_is_not_kept_serves_its_own_machine_alone(tmp_path: Path) -> None:
    """`cache: false` bytes are in no store: another machine is told so, and which key to change."""
    config = """\
project: p
stages:
  make: {cmd: "sh -c 'echo big > out/big'", deps: [], outs: {big: {path: out/big, cache: false}}}
  read: {cmd: "cp ${deps.big} ${outs.copy}", deps: {big: make.big}, outs: {copy: out/copy}}
"""
    repo = new_repo(tmp_path, {"seatrial.yaml": config, ".gitignore": "/out/\n"})
    first = repo.worktree("first")
    part(first, "make")

    refused = repo.worktree("second").seatrial("run", "--id", "7", "--stage", "read", code=2)
    same = first.did(part(first, "read"))

    assert "out big of make has `cache: false`" in refused.err
    assert same == {"read": "ran"}


def test_cell_that_no_machine_can_run_is_put_off_and_owed_when_the_run_is_judged(repo: Repo, tmp_path: Path) -> None:
    """A part that lacks a device ends well; the judged run says DEFERRED and writes the debt; a machine that has
    the device does the rest, and the same run then passes."""
    on_gpu = ("  train:\n    cmd: >-\n", "  train:\n    resources: {gpus: 1}\n    cmd: >-\n")
    repo.edit("seatrial.yaml", on_gpu)
    repo.commit("train on a device")
    laptop = on_machine(repo, tmp_path, gpus=0)
    server = on_machine(repo.worktree("server"), tmp_path, gpus=1)
    part(laptop, "data")
    assert [laptop.did(part(laptop, stage)) for stage in ("train", "evaluate")] == [
        {"train": "deferred"},
        {"evaluate": "deferred"},
    ]
    owed = collect(laptop)
    debts = [debt["cell"] for debt in laptop.seatrial("models", "list", "--json").json["debt"]]
    for stage in ("train", "evaluate"):
        part(server, stage)

    paid = collect(laptop)

    assert [finding["reason"] for finding in owed["models"][0]["findings"]] == ["deferred"]
    assert sorted(debts) == ["evaluate", "train"]
    assert paid["models"][0]["verdict"] == "PASS"
    assert laptop.seatrial("models", "list", "--json").json["debt"] == []
