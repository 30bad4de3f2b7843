"""What a change of the environment's own files reaches: lock files pin by pin, image recipes whole.

Called where a change is planned. A lock file is no input of any stage: what counts is what gets installed from it, and
of that what a stage's imports can need. Whoever cannot be told apart is reached.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from msgspec import Struct

from seatrial.change.extract.sources import kind_of
from seatrial.digest import Json
from seatrial.environment.names import normal
from seatrial.environment.pin_needs import needed_by
from seatrial.environment.pin_records import Pins
from seatrial.environment.pins import PinChange, pin_changes, read_pins
from seatrial.environment.reach import Installation
from seatrial.pipeline.evidence_of_change import Evidence, Grade, Hop
from seatrial.pipeline.expand import Cell
from seatrial.pipeline.inputs import CellInputs
from seatrial.pipeline.reach import OfEnvironment, Rules, declared_irrelevant
from seatrial.pipeline.surroundings import imports

Read = Callable[[str], bytes | None]
_SHOWN = 3


class Needs(Struct, frozen=True, kw_only=True):
    """One cell and what it imports from elsewhere: None where that is not all known. `mentioned` are names in texts."""

    cell: str
    at: Hop
    names: frozenset[str] | None
    mentioned: frozenset[str] = frozenset()


def needs_of(cells: Iterable[Cell], inputs: Mapping[str, CellInputs], sources: Sequence[str], file: str) -> list[Needs]:
    """What each cell imports."""
    found = []
    for cell in cells:
        closure = inputs[cell.name].closure
        place = cell.spec.place
        found.append(
            Needs(
                cell=cell.name,
                at=Hop(file, place.line if place else None, cell.stage),
                names=imports(cell, closure, tuple(sources)),
                mentioned=closure.mentioned,
            )
        )
    return found


def environment_change(
    paths: Iterable[str],
    before: Read,
    after: Read,
    needs: Sequence[Needs],
    installed: Callable[[], Installation | None],
    rules: Rules,
) -> OfEnvironment:
    """The evidence of changed environment roots. `installed` says what is installed where the stages run, if known."""
    evidence: dict[str, list[Evidence]] = {}
    settled: dict[str, str] = {}
    for path in paths:
        if declared_irrelevant(path, rules) is not None:
            continue
        if kind_of(path) == "dockerfile":
            reason = f"{path} changed: it is the recipe of an image"
            for need in needs:
                found = Evidence(path=path, grade=Grade.ENVIRONMENT, reason=reason, chain=(need.at, Hop(path)))
                evidence.setdefault(need.cell, []).append(found)
            continue
        base, head = _pins(path, before), _pins(path, after)
        if base is None and head is None:
            continue
        changes = pin_changes(base, head)
        if changes == ():
            settled[path] = "no pin differs"
            continue
        reached = False
        for need in needs:
            because = _needed(need, changes, head or base, installed)
            if because is not None:
                reached = True
                evidence.setdefault(need.cell, []).append(_evidence(path, need, changes, because))
        if not reached:
            settled[path] = f"no stage needs {_named(changes or ())}"
    return OfEnvironment(evidence={cell: tuple(some) for cell, some in evidence.items()}, settled=settled)


def locked(
    paths: Iterable[str], read: Read, names: frozenset[str] | None, mentioned: frozenset[str]
) -> dict[str, Json]:
    """What lock files pin of all that some imports can need: it stands for what is installed where nobody knows."""
    found: dict[str, Json] = {}
    for path in paths:
        pins = _pins(path, read)
        if pins is None:
            continue
        if pins.digest:
            found[f"lock {path}"] = pins.digest
            continue
        texts = frozenset(name for name in mentioned if normal(name) in pins.pins)
        wanted = None if names is None else needed_by(names | texts, pins, {}, {})
        for name, some in pins.pins.items():
            if wanted is None or name in wanted:
                found[f"pin {name}"] = sorted(f"{pin.text} {pin.mark}" for pin in some)
    return found


def _pins(path: str, read: Read) -> Pins | None:
    data = read(path) if read_pins(path, b"") is not None else None
    return None if data is None else read_pins(path, data)


def _needed(
    need: Needs, changes: tuple[PinChange, ...] | None, pins: Pins | None, installed: Callable[[], Installation | None]
) -> frozenset[str] | None:
    """The changed packages that a cell may need; None when it needs none of them."""
    changed = None if changes is None else frozenset(change.name for change in changes)
    if need.names is None or pins is None:
        return changed or frozenset()
    here = installed() if changed is not None else None
    mentioned = frozenset(name for name in need.mentioned if normal(name) in pins.pins)
    wanted = needed_by(
        need.names | mentioned,
        pins,
        here.providers if here else {},
        here.needs if here else {},
    )
    if wanted is not None and not wanted:
        return None
    if wanted is None or changed is None:
        return changed or frozenset()
    return (wanted & changed) or None


def _evidence(path: str, need: Needs, changes: tuple[PinChange, ...] | None, because: frozenset[str]) -> Evidence:
    those = [change for change in changes or () if change.name in because]
    if not those:
        reason, hop = f"{path} changed, and what of it is not known", Hop(path)
    else:
        first = those[0]
        said = f"{first.name} {first.old or '(none)'} -> {first.new or '(none)'}"
        more = f" and {len(those) - 1} more" if len(those) > 1 else ""
        reason, hop = f"{path}: {said}{more}", Hop(path, first.line, said)
    if need.names is None:
        reason += "; what it imports is not all known"
    return Evidence(path=path, grade=Grade.ENVIRONMENT, reason=reason, chain=(need.at, hop))


def _named(changes: Sequence[PinChange]) -> str:
    names = ", ".join(change.name for change in changes[:_SHOWN])
    more = len(changes) - _SHOWN
    return f"{names} and {more} more" if more > 0 else names or "what changed"
