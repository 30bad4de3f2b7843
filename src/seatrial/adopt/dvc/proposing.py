"""A conversion as a `Proposal`, the form in which everything that `seatrial init` writes is told and written.

Called by `project`. Keys that were carried over without loss have no comment; what must be known stands above the
stage, and what was left behind in `left_out`, each with its place in DVC's file. Pure.
"""

from __future__ import annotations

from collections.abc import Sequence

from seatrial.adopt.dvc.grammar import Fate
from seatrial.adopt.dvc.records import Conversion, LoweredOut, LoweredStage
from seatrial.adopt.dvc.records import Note as Said
from seatrial.adopt.proposal import (
    LeftOut,
    Note,
    Proposal,
    ProposedDep,
    ProposedModel,
    ProposedOut,
    ProposedStage,
    ProposedTier,
    Value,
)
from seatrial.adopt.proposal_text import seatrial_yaml
from seatrial.errors import Place
from seatrial.evidence.policy import OutKind

_LONGEST_COMMENT = 300
_OF_PULL_REQUESTS = "`seatrial run --tier pr`: what does not fit into the time is put off, and owed."


def propose(found: Conversion, *, project: str, python: str | None, ignore: Sequence[str]) -> Proposal:
    """What is proposed. `python` is the interpreter that was found, `ignore` what .gitignore lacks."""
    running = [stage for stage in found.stages if not stage.frozen]
    frozen = [stage for stage in found.stages if stage.frozen]
    notes = {"stages": _frozen(frozen)} if frozen and running else {}
    return Proposal(
        project=project,
        python=python,
        params=found.params,
        tiers=(ProposedTier(name="pr", budget="5m", notes=(Note(text=_OF_PULL_REQUESTS),)),),
        stages=tuple(_stage(stage) for stage in running),
        models=tuple(
            ProposedModel(
                name=model.name,
                artifact=model.artifact,
                notes=(Note(text=model.why),),
            )
            for model in found.models
        ),
        notes=(
            Note(text=f"Made from {', '.join(found.files[:3])}{' and others' if len(found.files) > 3 else ''} of DVC."),
        ),
        key_notes=notes,
        left_out=_left(found.notes),
        ignore=tuple(ignore),
    )


def _left(notes: Sequence[Said]) -> tuple[LeftOut, ...]:
    """Also what was carried over with a note is told there: `why` then says what is different. What is the same at
    several places is told once, with all of them."""
    same: dict[tuple[Fate, str, str], list[Said]] = {}
    for note in notes:
        same.setdefault((note.fate, note.message, note.next_step), []).append(note)
    return tuple(
        LeftOut(
            what=", ".join(dict.fromkeys(note.key for note in told)),
            why=f"{'' if fate is Fate.LEFT else 'carried over, but '}{message}: {step}",
            seen=_seen([note.place for note in told]),
        )
        for (fate, message, step), told in same.items()
    )


def _seen(places: Sequence[Place]) -> str:
    """`dvc.yaml:21:7, 31:7`: a file is named where it begins."""
    texts: list[str] = []
    before: str | None = None
    for place in places:
        parts = [str(part) for part in (place.line, place.column) if part is not None]
        if place.file != before or not parts:
            parts = [place.file or "", *parts]
        texts.append(":".join(parts))
        before = place.file
    return ", ".join(dict.fromkeys(texts))


def _stage(stage: LoweredStage) -> ProposedStage:
    matrix: dict[str, Value] = {axis: tuple(_value(value) for value in values) for axis, values in stage.axes.items()}
    if stage.include:
        matrix["include"] = tuple({axis: _value(value) for axis, value in cell.items()} for cell in stage.include)
    comments = [stage.comment] if stage.comment else []
    if stage.label != stage.name:
        comments.append(f"In DVC: {stage.label}")
    return ProposedStage(
        name=stage.name,
        cmd=stage.command.cmd,
        shell=stage.command.shell,
        matrix=matrix,
        deps=tuple(ProposedDep(name=name, source=path) for name, path in stage.deps.items()) if stage.deps else None,
        outs=tuple(_out(out) for out in stage.outs),
        params=stage.params,
        pass_env=stage.command.pass_env,
        always=stage.always,
        more={"effects": True} if stage.effects else {},
        notes=tuple(_comment(text) for text in comments),
    )


def _comment(text: str) -> Note:
    short = " ".join(text.split())
    return Note(text=short if len(short) <= _LONGEST_COMMENT else short[: _LONGEST_COMMENT - 3] + "...")


def _value(value: object) -> Value:
    if isinstance(value, bool | int | float | str):
        return value
    raise TypeError(f"no value of an axis: {value!r}")


def _out(out: LoweredOut) -> ProposedOut:
    return ProposedOut(
        name=out.name,
        path=out.path,
        kind=OutKind(out.kind) if out.kind else None,
        cache=out.cache,
        persist=out.persist,
        notes=(_comment(out.comment),) if out.comment else (),
    )


def _frozen(stages: Sequence[LoweredStage]) -> tuple[Note, ...]:
    """Frozen stages as comments, ready to be taken into use."""
    written = seatrial_yaml(Proposal(project="x", stages=tuple(_stage(stage) for stage in stages)))
    lines = written.split("stages:\n", 1)[1].rstrip("\n").split("\n")
    head = "Frozen in DVC: their outs are read as files (`dvc pull`). Take the `#` away to let Seatrial make them."
    return (Note(text=head), *(Note(text=line) for line in lines if line.strip()))
