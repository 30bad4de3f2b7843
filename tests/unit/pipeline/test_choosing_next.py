"""Which waiting cell starts next: by rank, by what fits, and without starving those that need much."""

from __future__ import annotations

from seatrial.pipeline.choose_next import OVERTAKES, Choice, Free, Want, choose_next
from seatrial.pipeline.policy import Resources

ROOM = Free(places=4, cpus=4, memory=8, gpus=8, tokens={"rig": 1})


def _want(cell: str, rank: int, needs: Resources | None = None, *, overtaken: int = 0, outside: bool = False) -> Want:
    return Want(cell=cell, rank=(float(rank), 0), needs=needs or Resources(), overtaken=overtaken, outside=outside)


def test_the_longest_way_goes_first() -> None:
    """However the lines are handed in."""
    assert choose_next([_want("b", 2), _want("a", 1)], ROOM) == Choice(cell="a")


def test_nothing_starts_without_a_place() -> None:
    """`--jobs` bounds commands whatever they need."""
    assert choose_next([_want("a", 1, Resources(cpus=0.1))], Free(places=0, cpus=4)) is None


def test_each_kind_of_need_can_be_what_is_missing() -> None:
    """Cores, memory, devices and tokens are each enough to wait for."""
    for needs in (Resources(cpus=5), Resources(memory=9), Resources(gpus=9), Resources(tokens={"rig": 2})):
        assert choose_next([_want("a", 1, needs)], ROOM) is None
    every = Resources(cpus=4, memory=8, gpus=8, tokens={"rig": 1})
    assert choose_next([_want("a", 1, every)], ROOM) == Choice(cell="a")


def test_unknown_memory_holds_nobody_back() -> None:
    """Where nobody can say how much there is."""
    assert choose_next([_want("a", 1, Resources(memory=1 << 60))], Free(places=1, cpus=1)) == Choice(cell="a")


def test_fractions_of_a_core_add_up() -> None:
    """Three thirds are one core, rounding or not."""
    assert Free(places=1, cpus=1 - 1 / 3 - 1 / 3).holds(Resources(cpus=1 / 3))


def test_what_does_not_fit_is_overtaken_and_remembers_it() -> None:
    """The machine is not left idle for it at once."""
    big = _want("big", 1, Resources(gpus=9))

    assert choose_next([big, _want("small", 2, Resources(gpus=1))], ROOM) == Choice(cell="small", overtook=("big",))


def test_after_enough_overtakes_nothing_takes_what_it_waits_for() -> None:
    """Then it gets what comes back; work that needs other things goes on."""
    big = _want("big", 1, Resources(cpus=1, gpus=9), overtaken=OVERTAKES)

    assert choose_next([big, _want("small", 2, Resources(gpus=1))], ROOM) is None
    assert choose_next([big, _want("cpu", 2, Resources(cpus=3))], ROOM) == Choice(cell="cpu", overtook=("big",))
    assert choose_next([big, _want("cpu", 2, Resources(cpus=4))], ROOM) is None


def test_an_overtaken_cell_does_not_hold_back_those_of_higher_rank() -> None:
    """Only who comes after it is kept waiting."""
    big = _want("big", 2, Resources(gpus=9), overtaken=OVERTAKES)

    assert choose_next([big, _want("first", 1, Resources(gpus=8))], ROOM) == Choice(cell="first")


def test_what_waits_for_others_keeps_devices_and_no_cores() -> None:
    """When they come back is not known, so cores are not left idle for them: with one place, nothing would run."""
    away = _want("away", 1, Resources(gpus=1), overtaken=OVERTAKES, outside=True)
    room = Free(places=1, cpus=1, gpus=1)

    assert choose_next([away, _want("cpu", 2)], room) == Choice(cell="cpu", overtook=("away",))
    assert choose_next([away, _want("gpu", 2, Resources(gpus=1))], room) is None
