"""What every changed path ends as, and what follows for the stages."""

from __future__ import annotations

import pytest

from seatrial.change.closure import Closure, Link
from seatrial.pipeline.evidence_of_change import Changed, Evidence, Grade, Uses, View
from seatrial.pipeline.reach import Class, OfEnvironment, Reach, Rules, everything_runs, reach
from tests.support.evidence_of import cells

TRAIN, SCORE = cells(
    "  train:\n    cmd: python train.py\n    deps: {rows: data/in.csv, all: kept}\n  score:\n    cmd: python score.py\n"
)
LOADED = Closure(files={"train.py": Link(None, None, "root"), "lib.py": Link("train.py", 3, "import", "lib")})
OTHER = Closure(files={"score.py": Link(None, None, "root")})


def reached(*changed: Changed, rules: Rules | None = None, environment: OfEnvironment | None = None) -> Reach:
    """What some changes reach of two stages."""
    views = [View(cell=TRAIN, head=LOADED), View(cell=SCORE, head=OTHER)]
    return reach(views, changed, Uses(), rules or Rules(), environment=environment or OfEnvironment())


def grades(found: Reach) -> dict[str, list[str]]:
    """The grades of each stage's evidence."""
    return {cell: [one.grade.value for one in some] for cell, some in found.evidence.items()}


@pytest.mark.parametrize(
    ("change", "wanted", "train", "score"),
    [
        (Changed(path="lib.py", code=True, names=None), Class.REACHED, ["module"], []),
        (Changed(path="lib.py", code=True, names={}), Class.REACHED, ["file"], []),
        (Changed(path="lib.py", code=True, names={}, mode=True), Class.REACHED, ["file"], []),
        (Changed(path="data/in.csv"), Class.REACHED, ["file"], []),
        (Changed(path="data/in.csv.dvc"), Class.REACHED, ["file"], []),
        (Changed(path="kept/a/b.csv"), Class.REACHED, ["file"], []),
        (Changed(path="real.csv", aliases=("data/in.csv",)), Class.REACHED, ["file"], []),
        (Changed(path="real/b.csv", aliases=("kept/b.csv",)), Class.REACHED, ["file"], []),
        (Changed(path="data", holds=True), Class.REACHED, ["file"], []),
        (Changed(path="other.py", code=True, names={}), Class.IRRELEVANT, [], []),
        (Changed(path="other.py", code=True, broken=3), Class.UNKNOWN, ["unknown"], ["unknown"]),
        (Changed(path="other.csv"), Class.UNKNOWN, ["unknown"], ["unknown"]),
        (Changed(path="license.csv"), Class.UNKNOWN, ["unknown"], ["unknown"]),
        (Changed(path=".gitattributes"), Class.UNKNOWN, ["unknown"], ["unknown"]),
        (Changed(path="LICENSE"), Class.IRRELEVANT, [], []),
        (Changed(path="docs/a.md"), Class.IRRELEVANT, [], []),
        (Changed(path="NOTES.md"), Class.IRRELEVANT, [], []),
        (Changed(path="src/pkg/readme.rst"), Class.IRRELEVANT, [], []),
        (Changed(path="prompts/ask.md"), Class.UNKNOWN, ["unknown"], ["unknown"]),
        (Changed(path=".gitmodules"), Class.IRRELEVANT, [], []),
        (Changed(path="data", holds=True, submodule=True), Class.UNKNOWN, ["unknown", "file"], ["unknown"]),
    ],
)
def test_every_path_ends_as_something(change: Changed, wanted: Class, train: list[str], score: list[str]) -> None:
    """Reached, irrelevant for a reason, or unknown, which reaches all."""
    found = reached(change)

    assert [(one.path, one.classification) for one in found.changed] == [(change.path, wanted)]
    assert found.changed[0].reason
    assert grades(found) == {"train": train, "score": score}


def test_a_file_on_the_way_that_cannot_be_parsed_runs_everything() -> None:
    """Also where a link leads to it."""
    for change in (
        Changed(path="lib.py", code=True, broken=7),
        Changed(path="real.py", aliases=("lib.py",), code=True, broken=7),
    ):
        found = reached(change)
        assert found.everything is not None
        assert f"{change.path}:7 cannot be parsed" in found.everything
        assert all(some[0].grade is Grade.UNKNOWN for some in found.evidence.values())


def test_a_project_may_declare_what_is_irrelevant_and_what_runs_for_the_unknown() -> None:
    """A declared path reaches nobody it is not seen to reach."""
    rules = Rules(irrelevant={"notes/**": "scratch"}, fallback=("score",))
    found = reached(Changed(path="notes/a.bin"), Changed(path="b.bin"), Changed(path="lib.py", code=True), rules=rules)

    assert [(one.classification.value, one.reason) for one in found.changed[:1]] == [
        ("irrelevant", "declared: scratch")
    ]
    assert grades(found) == {"train": ["module"], "score": ["unknown"]}


def test_an_unknown_path_selects_all_where_no_stage_of_the_fallback_is_asked_for() -> None:
    """A tier may have none of them; that must not make the unknown harmless."""
    found = reached(Changed(path="b.bin"), rules=Rules(fallback=("unit",)))

    assert grades(found) == {"train": ["unknown"], "score": ["unknown"]}


def test_where_all_stages_were_traced_whole_nobody_reads_what_nobody_read() -> None:
    """The one ground on which a data file may be told irrelevant; one stage that was not is enough to doubt."""
    both, one = (Rules(watched=frozenset(names)) for names in (("train", "score"), ("score",)))

    assert reached(Changed(path="b.bin"), rules=both).changed[0].classification is Class.IRRELEVANT
    assert reached(Changed(path="b.bin"), rules=one).changed[0].classification is Class.UNKNOWN


def test_a_stage_that_runs_anyway_need_not_have_been_traced() -> None:
    """It reads what it reads; weak evidence is no reason to run, as it may be put off."""
    rules = Rules(watched=frozenset({"score"}))
    strong, weak = Changed(path="lib.py", code=True), Changed(path="lib.py", code=True, names={})

    assert reached(strong, Changed(path="b.bin"), rules=rules).changed[1].classification is Class.IRRELEVANT
    assert reached(weak, Changed(path="b.bin"), rules=rules).changed[1].classification is Class.UNKNOWN


def test_the_environment_reaches_and_settles() -> None:
    """What lock files have to say is evidence like any other."""
    said = Evidence(path="uv.lock", grade=Grade.ENVIRONMENT, reason="numpy 1 -> 2")
    found = reached(
        Changed(path="uv.lock"),
        Changed(path="other.lock"),
        environment=OfEnvironment(evidence={"score": (said,)}, settled={"other.lock": "no pin differs"}),
    )

    assert [one.classification for one in found.changed] == [Class.REACHED, Class.IRRELEVANT]
    assert grades(found) == {"train": [], "score": ["environment"]}


def test_what_only_others_depend_on_is_not_unknown() -> None:
    """Stages that were not asked for still explain a path."""
    found = reach(
        [View(cell=SCORE, head=OTHER)],
        [Changed(path="data/in.csv")],
        Uses(),
        Rules(),
        others=[View(cell=TRAIN, head=LOADED)],
    )

    assert (found.changed[0].classification, "train" in found.changed[0].reason) == (Class.IRRELEVANT, True)
    assert found.evidence == {"score": ()}


def test_all_others_that_depend_on_a_path_are_named() -> None:
    """Not the last of them alone."""
    others = [View(cell=TRAIN, head=LOADED), View(cell=SCORE, head=LOADED)]
    found = reach([View(cell=SCORE, head=OTHER)], [Changed(path="lib.py", code=True)], Uses(), Rules(), others=others)

    assert found.changed[0].reason.startswith("of all stages only train, score are seen to depend on it")


def test_without_an_answer_everything_runs() -> None:
    """And every path is unknown, for the reason that is given."""
    found = everything_runs(["train", "score"], ["a"], "why")

    assert found.everything == "why"
    assert grades(found) == {"train": ["unknown"], "score": ["unknown"]}
    assert found.changed[0].stages == ("train", "score")
