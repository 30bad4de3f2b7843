"""The whole story on a small project, through the commands a user types: first model to rollback."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.support.cli import BETTER, FEW, WORSE, Repo, new_repo


@dataclass
class Story:
    """What each chapter came to: the run's document, the repository's aliases after it, `why` and logs."""

    repo: Repo
    runs: dict[str, Any] = field(default_factory=dict)
    aliases: dict[str, dict[str, int]] = field(default_factory=dict)
    why: dict[str, Any] = field(default_factory=dict)
    scored: dict[str, int] = field(default_factory=dict)

    def chapter(self, name: str, code: int) -> None:
        """Run, and keep what came of it."""
        said = self.repo.seatrial("run", "--json", code=code)
        self.runs[name] = said.json
        log = self.repo.root / ".seatrial" / "runs" / said.json["run"] / "rescoring" / "events.jsonl"
        self.scored[name] = log.read_text().count('"stage_started"') if log.exists() else -1
        self.aliases[name] = self.repo.aliases()

    def ask_why(self, name: str, *stages: str) -> None:
        """Keep what `why` says of the chapter that was just told."""
        for stage in stages:
            (cell,) = self.repo.seatrial("why", stage, "--json").json["cells"]
            self.why[f"{name} {stage}"] = cell["past"]


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Story:
    """Played once; every test looks at another side of it."""
    repo = new_repo(tmp_path_factory.mktemp("story"))
    told = Story(repo)
    told.chapter("first", 2)
    repo.promote(repo.register(), "--first")
    repo.edit("steps/train.py", ("import sys\n", "import sys  # what the command line says\n"))
    repo.commit("explain a line")
    told.chapter("same bytes", 0)
    told.ask_why("same bytes", "train", "evaluate")
    repo.set_params(BETTER)
    told.chapter("better", 0)
    told.ask_why("better", "train")
    repo.promote(repo.register())
    repo.set_params(WORSE)
    told.chapter("worse", 1)
    repo.set_params(BETTER, ("  salt: a\n", "  salt: b\n"), FEW)
    told.chapter("few rows", 3)
    told.chapter("few rows again", 3)
    repo.seatrial("models", "rollback", "tiny")
    return told


def _model(document: Any) -> Any:
    (model,) = document["models"]
    return model


def test_verdicts_follow_the_plot(story: Story) -> None:
    """Each chapter's verdict, and production moves only by promotion and rollback."""
    verdicts = {name: _model(document)["verdict"] for name, document in story.runs.items()}

    assert verdicts == {
        "first": "ERROR",
        "same bytes": "PASS",
        "better": "PASS",
        "worse": "FAIL",
        "few rows": "INCONCLUSIVE",
        "few rows again": "INCONCLUSIVE",
    }
    assert [aliases.get("production") for aliases in story.aliases.values()] == [None, 1, 1, 2, 2, 2]
    assert story.repo.aliases() == {"production": 1}


def test_equal_bytes_stop_the_chain(story: Story) -> None:
    """A comment in the training script trains again; the model has the same bytes, so nothing is scored again."""
    did = story.repo.did(story.runs["same bytes"])

    assert did == {"data": "reused", "train": "ran", "evaluate": "reused"}
    reasons = [finding["reason"] for finding in _model(story.runs["same bytes"])["findings"]]
    assert "same_artifact" in reasons


def test_why_tells_which_part_of_the_key_changed(story: Story) -> None:
    """Old and new value of what made a stage run, and why the next one did not."""
    ran = story.why["same bytes train"]
    reused = story.why["same bytes evaluate"]
    better = story.why["better train"]

    assert ran["did"] == "ran"
    assert [change["part"] for change in ran["changed"]] == ["files.steps/train.py"]
    assert reused["did"] == "reused"
    assert reused["reason"].startswith("its inputs have the same bytes as in run")
    assert better["changed"] == [{"part": "params.train.skill", "old": 0.9, "new": 0.95}]


def test_production_is_scored_again_on_a_new_test_set(story: Story) -> None:
    """Stored rows of production do not fit a smaller test set: its artifact is evaluated on the new one."""
    model = _model(story.runs["few rows"])
    (regression,) = [finding for finding in model["findings"] if finding["kind"] == "regression"]

    assert model["rescored"] == "other test data"
    assert model["baseline"] == "tiny@2 (production)"
    assert regression["n"] == 60
    assert regression["n_needed"] > 60
    assert story.scored["few rows"] == 1


def test_scoring_production_again_is_cached(story: Story) -> None:
    """The second time nothing runs: scoring a version is an ordinary cached action."""
    again = story.runs["few rows again"]

    assert set(story.repo.did(again).values()) == {"reused"}
    assert story.scored["few rows again"] == 0
    assert _model(again)["findings"] == _model(story.runs["few rows"])["findings"]


def test_ledger_tells_every_move(story: Story) -> None:
    """How production came to be where it is, with who did it."""
    model = story.repo.seatrial("models", "show", "tiny", "--json").json["model"]

    moves = [(move["previous"], move["version"], move["how"]) for move in model["ledger"]]
    assert moves == [(None, 1, "first"), (1, 2, "promote"), (2, 1, "rollback")]
    assert {move["actor"]["name"] for move in model["ledger"]} == {"Ada Tester <ada@example.invalid>"}
    assert {move["actor"]["identified_by"] for move in model["ledger"]} == {"git config"}


def test_scratch_is_cleaned_up(story: Story) -> None:
    """Scoring again and judging leave no files behind, in the cache or in the work tree."""
    assert list((story.repo.root / ".seatrial" / "tmp").glob("*")) == []
    assert story.repo.git("status", "--short") == ""


def test_same_evidence_gives_the_same_figures_in_another_place(story: Story, tmp_path: Path) -> None:
    """Verdict and figures come from evidence and policy, byte for byte, wherever they are judged."""
    other = new_repo(tmp_path)

    document = other.run(code=2)

    findings = [finding for finding in _model(document)["findings"] if finding["kind"] == "performance"]
    assert findings == [one for one in _model(story.runs["first"])["findings"] if one["kind"] == "performance"]
