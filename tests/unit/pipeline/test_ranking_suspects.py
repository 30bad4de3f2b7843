"""Suspects of a failed stage: the strongest first, and by which way a change reaches what fails."""

from __future__ import annotations

from seatrial.pipeline.evidence_of_change import Evidence, Grade, Hop
from seatrial.pipeline.expand import expand
from seatrial.pipeline.policy import DepSpec, OutSource, OutSpec, StageSpec
from seatrial.pipeline.suspects import Suspect, feeding, ranked, strongest_on_the_way


def suspect(number: int, grade: Grade, *, weak: bool = False) -> Suspect:
    return Suspect(
        commit=str(number), parent="", number=number, author="", date="", subject="",
        evidence=Evidence(path="a.py", grade=grade, reason="", weak=weak),
    )  # fmt: skip


def named(*suspects: Suspect) -> list[str]:
    return [one.commit for one in ranked(suspects)]


def test_stronger_evidence_comes_first() -> None:
    """What certainly matters is looked at before what may matter."""
    rows = [Grade.FILE, Grade.UNKNOWN, Grade.MODULE, Grade.ENVIRONMENT, Grade.SYMBOL]

    assert named(*(suspect(number, grade) for number, grade in enumerate(rows))) == ["3", "2", "4", "0", "1"]


def test_of_equal_ones_the_newest_comes_first() -> None:
    """It failed only now."""
    assert named(*(suspect(number, Grade.MODULE) for number in range(3))) == ["2", "1", "0"]


def test_what_is_weak_comes_last() -> None:
    """Nothing that changed is used by name."""
    assert named(suspect(1, Grade.FILE), suspect(2, Grade.FILE, weak=True), suspect(3, Grade.UNKNOWN)) == [
        "1",
        "3",
        "2",
    ]


def stage(name: str, *reads: str) -> StageSpec:
    return StageSpec(
        name=name,
        cmd=f"python {name}.py",
        deps=tuple(DepSpec(name=one, named=True, source=OutSource(stage=one, out="out")) for one in reads),
        outs=(OutSpec(name="out", path=f"made/{name}", named=True),),
    )


CELLS = expand({"data": stage("data"), "train": stage("train", "data"), "show": stage("show", "train")})


def test_what_feeds_a_stage_is_found_with_the_way_to_it() -> None:
    """Nearest first; what reads it does not feed it."""
    assert feeding(CELLS, ["show"]) == {"show": (), "train": ("show",), "data": ("show", "train")}
    assert feeding(CELLS, ["train"]) == {"train": (), "data": ("train",)}


def test_a_change_of_what_feeds_a_stage_is_told_from_the_stage_on() -> None:
    """The chain begins where the reader asked."""
    ways = feeding(CELLS, ["train"])
    declared = {name: Hop("seatrial.yaml", 1, name) for name in ways}
    one = Evidence(path="data.py", grade=Grade.MODULE, reason="it changed", chain=(Hop("seatrial.yaml", 2, "data"),))

    found = strongest_on_the_way({"data": (one,), "train": (), "show": (one,)}, ways, declared)

    assert found is not None
    assert found[1] == ("train",)
    assert found[0].chain == (Hop("seatrial.yaml", 1, "train"), Hop("seatrial.yaml", 2, "data"))


def test_the_stages_own_evidence_wins_over_equal_evidence_of_what_feeds_it() -> None:
    """It is the shorter way."""
    ways = feeding(CELLS, ["train"])
    one = Evidence(path="common.py", grade=Grade.MODULE, reason="it changed")

    found = strongest_on_the_way({"data": (one,), "train": (one,)}, ways, {name: Hop("x") for name in ways})

    assert found == (one, ())
    assert strongest_on_the_way({"data": (), "train": ()}, ways, {}) is None
