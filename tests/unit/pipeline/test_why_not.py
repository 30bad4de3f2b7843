"""Why a changed path does not reach a cell, and what that rests on."""

from __future__ import annotations

import pytest

from seatrial.pipeline.evidence_of_change import Evidence, Grade
from seatrial.pipeline.reach import NEVER_LOADED, Class, Classified
from seatrial.pipeline.select import Action
from seatrial.pipeline.why_skip import Passed, Skipping, ground_of, passed
from tests.support.looking import cells_of, closure_of
from tests.support.project import stage

FILES = {
    "src/a.py": "import importlib\nimportlib.import_module(x)\nimport b\n",
    "src/b.py": "import subprocess\nsubprocess.run(y)\n",
    "pyproject.toml": "",
}
(CELL,) = cells_of(stage("train", "python -m a")).values()
CLOSURE = closure_of(CELL, FILES)


def why_not(classification: Class, reason: str = "", *stages: str, path: str = "x") -> str:
    one = Classified(path=path, classification=classification, reason=reason, stages=stages)
    (found,) = passed(CLOSURE, [one], (), {"params.yaml": "no value differs"})

    assert not found.reaches
    return found.reason


def test_a_path_that_reaches_the_cell_comes_first_with_its_evidence() -> None:
    """Whatever the stage then does."""
    changed = [
        Classified(path="README.md", classification=Class.IRRELEVANT, reason="a text"),
        Classified(path="src/b.py", classification=Class.REACHED, reason="", stages=("train",)),
    ]
    evidence = [Evidence(path="src/b.py", grade=Grade.SYMBOL, reason="src/b.py:3 f changed")]

    assert passed(CLOSURE, changed, evidence, {}) == (
        Passed(path="src/b.py", reaches=True, reason="src/b.py:3 f changed"),
        Passed(path="README.md", reaches=False, reason="a text"),
    )


def test_each_class_has_its_reason() -> None:
    """Of code that other stages load it is said which; `no stage` would be too much to say of it here."""
    own = f"none of the {len(CLOSURE.files)} files it can load, and no dep of it"

    assert why_not(Class.IRRELEVANT, "declared: docs") == "declared: docs"
    assert why_not(Class.IRRELEVANT, NEVER_LOADED) == own
    assert why_not(Class.REACHED, "", "lint", "unit") == f"{own}; it reaches lint, unit"
    assert why_not(Class.UNKNOWN, "nobody knows", "lint") == "who reads it is not known; lint runs for that"
    assert why_not(Class.UNKNOWN, "nobody knows") == "nobody knows"


def test_of_a_configuration_file_its_values_are_spoken_of() -> None:
    """It is in no closure, and reaches others all the same."""
    said = why_not(Class.REACHED, "", "lint", path="params.yaml")

    assert said == "no value of it that this stage uses differs; it reaches lint"


def test_the_ground_tells_starts_tools_and_what_is_computed() -> None:
    """Places that could not be followed, and files in which something else is computed."""
    ground = ground_of(CLOSURE)

    assert (ground.files, ground.starts, ground.tools) == (3, ("src/a.py",), 1)
    assert ground.computed == ("src/a.py:2",)
    assert set(ground.marked) == {"src/a.py", "src/b.py"}
    assert not ground.whole_tree


@pytest.mark.parametrize("action", list(Action))
def test_only_what_does_not_run_is_skipped(action: Action) -> None:
    """What may have to run is not."""
    one = Skipping(cell="train", base="", action=action, reason="", paths=(), ground=ground_of(CLOSURE))

    assert one.skipped == (action in (Action.REUSE, Action.SKIP))
