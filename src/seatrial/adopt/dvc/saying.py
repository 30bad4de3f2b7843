"""What is said of a conversion: one note for each key that is not as it was, at its place, with what to do.

Called by `lowering` and `paths` where they meet such a key. All wordings stand here, so that they can be read in one
go and held against docs/reference/from-dvc.md. A note that many cells of a group share is said once. Pure.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Protocol

from msgspec import Struct, field

from seatrial.adopt.dvc.command import Command
from seatrial.adopt.dvc.document import ArtifactEntry, DvcFile, OutEntry, StageEntry, Written
from seatrial.adopt.dvc.grammar import Fate
from seatrial.adopt.dvc.records import Facts, Note
from seatrial.adopt.dvc.stages import Cell, Group, Params
from seatrial.config.node import readable
from seatrial.errors import Place

_EXTRAS = {
    "remote": ("its own remote is not carried over", "results of all stages go to `cache: {remote: ...}`"),
    "push": ("that it stays on this machine is not carried over", "`cache: {push: false}` says so for all results"),
    "type": ("its type is not carried over", "nothing reads it; keep it as a comment"),
    "labels": ("its labels are not carried over", "nothing reads them; keep them as a comment"),
    "meta": ("free-form data is not carried over", "keep it as a comment"),
    "checkpoint": ("checkpoints of DVC 2 become `persist: true`", "resume only from what comes out the same"),
}
_OF_PLOTS = ("how DVC draws it is not carried over", "reports draw `as: curve`: a CSV of a step and values")
_TOP = {
    "params": ("the list of parameters files to show is not carried over", "`seatrial diff` shows what stages use"),
    "plots": ("the plots at the top are not carried over", "reports draw outs that are written `as: curve`"),
    "datasets": (
        "data that DVC versions by name is not carried over",
        "name the address itself as a dep: s3:// or hf://",
    ),
}


class _Deps(Protocol):
    """What `params` needs of the deps: see `paths.Deps`."""

    def add(self, path: str, names: frozenset[str]) -> str: ...


class Sayings(Struct):
    """Notes by what they say, each once."""

    notes: dict[Note, None] = field(default_factory=dict)

    def say(self, key: str, fate: Fate, message: str, next_step: str, place: Place) -> None:
        note = Note(key=key, fate=fate, message=readable(message, 400), next_step=readable(next_step, 400), place=place)
        self.notes[note] = None

    def all(self) -> tuple[Note, ...]:
        """In the order of files and lines."""
        return tuple(sorted(self.notes, key=_order))

    def top(self, file: DvcFile) -> None:
        """Keys at the top that have no counterpart."""
        for key, place in file.left:
            message, step = _TOP.get(key, _OF_PLOTS)
            self.say(key, Fate.LEFT, message, step, place)

    def stage(self, group: Group, cell: Cell, label: str, name: str, command: Command, *, unrolled: bool) -> None:
        """What is said of a stage as a whole."""
        entry = group.entry
        at = entry.keys
        if entry.meta is not None:
            self.say("stages.NAME.meta", Fate.LEFT, *_EXTRAS["meta"], entry.meta)
        if entry.frozen:
            self.say(
                "stages.NAME.frozen",
                Fate.NOTED,
                f"{entry.name} is frozen: it stands in the file as a comment",
                "its outs are read as files, `dvc pull` brings them; take the `#` away to let Seatrial make them",
                at["frozen"],
            )
        if unrolled and entry.over is not None:
            self.say(
                f"stages.NAME.{'matrix' if entry.matrix is not None else 'foreach'}",
                Fate.NOTED,
                f"the cells of {entry.name} differ in more than values on axes: each is a stage of its own",
                "let them differ only in texts and numbers to have a matrix",
                entry.over,
            )
        if name != label and not unrolled:
            self.say(
                "stages",
                Fate.NOTED,
                f"`{label}` cannot name a stage; it is called {name}",
                "use that name",
                entry.place,
            )
        self._variables(entry, cell, command)
        self._surroundings(entry, command)

    def _variables(self, entry: StageEntry, cell: Cell, command: Command) -> None:
        place = entry.keys.get("cmd", entry.place)
        written = {f"{use.name} of {use.file}" for use in cell.uses if not use.live}
        written |= {f"{name} of the parameters" for name in command.fixed}
        if written:
            shown = ", ".join(sorted(written)[:6]) + (", ..." if len(written) > 6 else "")
            self.say(
                "vars",
                Fate.NOTED,
                f"in {entry.name}, what `${{...}}` gives now is written out: {shown}",
                "change seatrial.yaml too when it changes, or take it as ${params.NAME} in the command",
                place,
            )
        for variables in entry.variables:
            self.say(
                "stages.NAME.vars",
                Fate.NOTED,
                f"the variables of {entry.name} are filled in",
                "nothing is left to do",
                variables.place,
            )

    def _surroundings(self, entry: StageEntry, command: Command) -> None:
        place = entry.keys.get("cmd", entry.place)
        if command.pass_env:
            self.say(
                "stages.NAME.cmd",
                Fate.NOTED,
                f"{entry.name} uses {', '.join('$' + name for name in command.pass_env)}",
                "they are under `pass_env:`; put what is secret under `secrets:`, what changes results under `env:`",
                place,
            )
        if command.from_dvc:
            self.say(
                "stages.NAME.cmd",
                Fate.NOTED,
                f"{entry.name} uses {', '.join('$' + name for name in command.from_dvc)} of DVC",
                "they are set to what DVC would set",
                place,
            )

    def callback(self, entry: StageEntry) -> None:
        self.say(
            "stages.NAME.cmd",
            Fate.NOTED,
            f"{entry.name} has neither deps nor outs: DVC runs it each time, so it is `always: true`",
            "take that out to run it only when its code changes",
            entry.place,
        )

    def lost_dep(self, path: str, fault: str, place: Place) -> None:
        self.say(
            "stages.NAME.deps",
            Fate.LEFT,
            f"the dep `{path}` {fault}; the stage runs each time instead",
            "copy it into the repository, or name an s3:// or hf:// address; then take `always: true` out",
            place,
        )

    def lost_out(self, path: str, fault: str, place: Place) -> None:
        self.say(
            "stages.NAME.outs",
            Fate.LEFT,
            f"the out `{path}` {fault}; the stage acts outside (`effects: true`) and is never reused",
            "write it inside of the repository; then take `effects: true` out and declare it",
            place,
        )

    def extras(self, out: OutEntry) -> None:
        """Further keys of an out."""
        for key, place in out.extras:
            message, step = _EXTRAS.get(key, _OF_PLOTS)
            fate = Fate.NOTED if key == "checkpoint" else Fate.LEFT
            self.say(f"stages.NAME.{out.section}.PATH.{key}", fate, f"{out.path.text}: {message}", step, place)

    def tracked(self, out: OutEntry, paths: Sequence[str]) -> None:
        """Outs that git tracks, which Seatrial refuses."""
        for path in paths:
            self.say(
                f"stages.NAME.{out.section}",
                Fate.NOTED,
                f"git tracks {path}, and an out is no file of git",
                f"git rm --cached {path}, and add it to .gitignore",
                out.path.place,
            )

    def metrics(self, out: OutEntry, *, stored: bool) -> None:
        """A file that becomes evidence."""
        self.say(
            f"stages.NAME.{out.section}",
            Fate.NOTED,
            f"{out.path.text} is read `as: metrics`",
            "every value must be a finite number; take `as:` out otherwise",
            out.path.place,
        )
        if stored:
            self.say(
                f"stages.NAME.{out.section}.PATH.cache",
                Fate.NOTED,
                f"{out.path.text} is stored, although DVC did not cache it",
                "evidence is read from the store",
                out.path.place,
            )

    def metrics_of_nobody(self, metric: Written) -> None:
        self.say(
            "metrics",
            Fate.NOTED,
            f"no stage writes {metric.text}, so it is not read",
            "evidence is an out of a stage: declare it `as: metrics`",
            metric.place,
        )

    def metrics_inside(self, metric: Written) -> None:
        self.say(
            "metrics",
            Fate.LEFT,
            f"{metric.text} lies in a folder that is one out, and no figure of it is read",
            "let the stage write it beside the folder, and declare it as an out of its own with `as: metrics`",
            metric.place,
        )

    def plain_metrics(self, out: OutEntry, why: str) -> None:
        self.say(
            f"stages.NAME.{out.section}",
            Fate.NOTED,
            f"{out.path.text} is kept, and not read as metrics: {why}",
            "write one JSON object of numbers, then `as: metrics`",
            out.path.place,
        )

    def curve(self, out: OutEntry) -> None:
        self.say(
            f"stages.NAME.{out.section}",
            Fate.NOTED,
            f"{out.path.text} is read `as: curve`",
            "take `as:` out to only keep it",
            out.path.place,
        )

    def plain_plot(self, out: OutEntry, why: str) -> None:
        reason = f": {why}" if why else ""
        self.say(
            f"stages.NAME.{out.section}",
            Fate.NOTED,
            f"{out.path.text} is kept, and no report draws it{reason}",
            "`as: curve` draws a CSV of a step and numbers",
            out.path.place,
        )

    def not_stored(self, out: OutEntry) -> None:
        self.say(
            f"stages.NAME.{out.section}.PATH.cache",
            Fate.NOTED,
            f"{out.path.text} is not stored either: when it is gone or another, its stage runs again",
            "take `cache: false` out to have it restored",
            out.path.place,
        )

    def params(self, cell: Cell, facts: Facts, deps: _Deps) -> tuple[str, ...]:
        """The parameters that a stage tracks; files other than the main one become deps."""
        found: list[str] = []
        for tracked in cell.params:
            if tracked.file != facts.main:
                deps.add(tracked.file, frozenset())
                self._other_file(tracked, facts)
                continue
            self.say(
                "stages.NAME.params",
                Fate.NOTED,
                f"`params:` names what counts of {tracked.file}",
                "a program that opens that file itself runs again at every change of it, and sees no tier's values: "
                "give it ${params.NAME}, or let it read the file that $SEATRIAL_PARAMS names",
                tracked.place,
            )
            found += self._names(tracked, facts.parameters)
        return tuple(dict.fromkeys(found))

    def _other_file(self, tracked: Params, facts: Facts) -> None:
        why = f" ({facts.main_trouble})" if facts.main_trouble is not None and facts.main is None else ""
        self.say(
            "stages.NAME.params",
            Fate.NOTED,
            f"{tracked.file} is a dep as a whole: Seatrial has one parameters file{why}",
            "move the values into that one to have only those count that are named",
            tracked.place,
        )

    def _names(self, tracked: Params, known: Collection[str]) -> Sequence[str]:
        if not tracked.names:
            return [name for name in known if "." not in name]
        found = []
        for name in tracked.names:
            above = next((short for short in _shorter(name) if short in known), None)
            if above is not None:
                found.append(above)
            if above != name:
                self.say(
                    "stages.NAME.params",
                    Fate.NOTED if above else Fate.LEFT,
                    f"{tracked.file} has no parameter `{name}`",
                    f"`{above}` counts as a whole" if above else "DVC refuses this too; correct the name",
                    tracked.place,
                )
        return found

    def artifact(self, artifact: ArtifactEntry, *, made: bool, is_model: bool) -> None:
        """What became of an entry under `artifacts:`."""
        for key, place in artifact.extras:
            message, step = _EXTRAS[key]
            self.say(f"artifacts.NAME.{key}", Fate.LEFT, f"{artifact.name}: {message}", step, place)
        if made and is_model:
            self.say(
                "artifacts",
                Fate.NOTED,
                f"{artifact.name} is a model",
                "add `predictions:` and `gates:` to have it judged",
                artifact.place,
            )
        elif is_model:
            self.say(
                "artifacts",
                Fate.LEFT,
                f"no stage stores {artifact.path.text}, so {artifact.name} is no model here",
                "a model is an out of a stage that is stored",
                artifact.place,
            )
        else:
            kind = f"`type: {artifact.type}`" if artifact.type else "no type"
            self.say(
                "artifacts.NAME.type",
                Fate.LEFT,
                f"{artifact.name} has {kind}, and only models are named in Seatrial",
                "name data under `datasets:`",
                artifact.place,
            )


def _shorter(name: str) -> Sequence[str]:
    parts = name.split(".")
    return [".".join(parts[:length]) for length in range(len(parts), 0, -1)]


def _order(note: Note) -> tuple[str, int, int, str]:
    return note.place.file or "", note.place.line or 0, note.place.column or 0, note.message
