"""A script as a stage that runs: its command, with what it reads and writes as deps and outs.

Called by `proposing`, once a part. Pure. The command is what the user would type: an option is written only where it
must be given, or where its default is a path or a parameter that Seatrial should fill in, with the same value. So
the stage does what the script does by hand, and keeps doing it when the file is moved.
"""

from __future__ import annotations

import posixpath
import re
import shlex
from collections.abc import Container, Mapping

from msgspec import Struct, field

from seatrial.adopt.found import Found, Group, Kind, Option, Read, Script, Write
from seatrial.adopt.proposal import LeftOut, Note, ProposedDep, ProposedOut, ProposedStage
from seatrial.adopt.roles import Role
from seatrial.config.names import out_fault
from seatrial.config.params import leaves
from seatrial.evidence.policy import Columns, OutKind

_IDS = ("id", "row_id", "sample_id", "example_id", "idx", "index", "uid", "key", "image_id", "guid")
_TRUTHS = ("y", "y_true", "label", "labels", "target", "truth", "true", "actual", "gold", "expected")
_ANSWERS = ("p", "pred", "y_pred", "prediction", "predictions", "predicted", "preds", "answer", "output")
_SCORES = ("score", "proba", "probability", "prob", "y_score", "y_prob")
_IN_FULL = ("nightly", "release")
"""The tiers in which a stage may run that writes over a model in git."""
_NOT_NAME = re.compile(r"[^a-z0-9._-]+")


class Made(Struct):
    """What earlier stages write, by path: the reference that a dep takes; and datasets by path."""

    outs: dict[str, str] = field(default_factory=dict)
    datasets: dict[str, str] = field(default_factory=dict)


class ScriptStage(Struct, frozen=True, kw_only=True):
    """A stage, and what `proposing` asks of it: its outs by kind, the dep that takes the model, what is filled in."""

    stage: ProposedStage
    script: Script
    outs: Mapping[Kind, tuple[ProposedOut, ...]]
    writes: Mapping[str, Write]
    model_dep: str | None = None
    filled: frozenset[str] = frozenset()
    """Outs whose path the command is given."""
    model_filled: bool = False
    left_out: tuple[LeftOut, ...] = ()
    tracked: tuple[Write, ...] = ()
    """What it writes over files that git tracks: no outs, for an out is no file of git."""


def name_of(text: str, taken: Container[str] = ()) -> str:
    """A name of ours for a path or a word: lower case, and none of those taken."""
    base = _NOT_NAME.sub("-", posixpath.basename(text).rpartition(".")[0].lower() or posixpath.basename(text).lower())
    base = base.strip("-._")[:60] or "file"
    found, number = base, 2
    while found in taken:
        found, number = f"{base}-{number}", number + 1
    return found


def columns_of(names: tuple[str, ...]) -> Columns | None:
    """Which columns of a table are an id, the truth and the answer; None where one of them cannot be told."""
    lower = {name.lower(): name for name in names}
    found = [next((lower[one] for one in words if one in lower), None) for words in (_IDS, _TRUTHS, _ANSWERS)]
    if None in found:
        return None
    score = next((lower[one] for one in _SCORES if one in lower), None)
    return Columns(id=found[0] or "", label=found[1] or "", prediction=found[2] or "", score=score)


class _Builder:
    def __init__(self, name: str, role: Role, script: Script, group: Group, found: Found, made: Made) -> None:
        self.name, self.role, self.script, self.group, self.found, self.made = name, role, script, group, found, made
        self.notes: list[Note] = []
        self.left_out: list[LeftOut] = []
        self.deps: dict[str, ProposedDep] = {}
        self.dep_paths: dict[str, str] = {}
        self.outs: dict[str, ProposedOut] = {}
        self.out_paths: dict[str, str] = {}
        self.writes: dict[str, Write] = {}
        self.kinds: dict[Kind, list[ProposedOut]] = {}
        self.params: tuple[str, ...] = ()
        self.model_dep: str | None = None
        self.tracked: list[Write] = []

    def where(self, line: int) -> str:
        return f"{self.script.path}:{line}"

    # --- what it reads ---

    def read(self, one: Read) -> None:
        params = self.found.params
        if params is not None and one.path == params[0]:
            self.params = tuple(str(name) for name in params[1])
            self.notes.append(
                Note(text=f"reads {one.path} itself, so every part of it counts", seen=self.where(one.line))
            )
            return
        if any(write.path == one.path for write in self.script.writes):
            return
        source = self.made.outs.get(one.path) or self._made_around(one.path) or self.made.datasets.get(one.path)
        if source is None and self._is_there(one.path):
            source = one.path
        if source is None:
            self.left_out.append(LeftOut(what=f"a dep on {one.path}", why="it is not there", seen=self.where(one.line)))
            return
        name = name_of(one.path, self.deps)
        if one.model or source.endswith(".model"):
            name = "model" if "model" not in self.deps else name
            self.model_dep = name
        self.deps[name] = ProposedDep(name=name, source=source, notes=())
        self.dep_paths[one.path] = name

    def _made_around(self, path: str) -> str | None:
        """The folder that an earlier stage writes and in which the path lies."""
        return next((made for folder, made in self.made.outs.items() if path.startswith(f"{folder}/")), None)

    def _is_there(self, path: str) -> bool:
        files = self.found.tree.files
        return path in files or f"{path}.dvc" in files or any(name.startswith(f"{path}/") for name in files)

    # --- what it writes ---

    def write(self, one: Write) -> None:
        tracked = self.found.tree.tracked
        held = one.path in tracked or any(name.startswith(f"{one.path}/") for name in tracked)
        if held:
            self._over_tracked(one)
            return
        fault = out_fault(one.path)
        if fault is None and self.found.params is not None and one.path == self.found.params[0]:
            fault = "is the file of parameters"
        other = next((path for path in (*self.out_paths, *self.made.outs) if overlap(one.path, path)), None)
        if fault is None and other is not None:
            fault = f"is written by two, or lies in what another writes ({other})"
        if fault is not None:
            self.left_out.append(LeftOut(what=f"an out {one.path}", why=f"it {fault}", seen=self.where(one.line)))
            return
        name = self._out_name(one)
        kind, columns, notes = self._evidence(one)
        out = ProposedOut(name=name, path=one.path, kind=kind, columns=columns, notes=notes)
        self.outs[name] = out
        self.out_paths[one.path] = name
        self.writes[name] = one
        self.kinds.setdefault(self._kind(one, kind), []).append(out)

    def _over_tracked(self, one: Write) -> None:
        """What git tracks is no out. A run that changes it is told to be one whose results are not kept."""
        self.tracked.append(one)
        is_model = one.kind is Kind.MODEL
        why = (
            f"git tracks it, so each run of {self.name} changes it, and is not stored: "
            f"`git rm -r --cached {shlex.quote(one.path)}`, add it to .gitignore, then take it for an out here"
            f"{' and for the artifact of a model' if is_model else ''} (or let init propose it again)"
        )
        what = f"{'the model' if is_model else 'an out'} {one.path}"
        self.left_out.append(LeftOut(what=what, why=why, seen=self.where(one.line)))
        self.notes.append(
            Note(
                text=f"writes over {one.path}, which git tracks: not in tier pr, whose runs leave the work tree clean"
                if is_model
                else f"writes over {one.path}, which git tracks: what it makes is used and not stored",
                seen=self.where(one.line),
            )
        )

    def _kind(self, one: Write, kind: OutKind | None) -> Kind:
        if one.kind in (Kind.METRICS, Kind.PREDICTIONS) and kind is None:
            return Kind.OTHER
        return Kind.PREDICTIONS if kind is OutKind.PREDICTIONS else one.kind

    def _out_name(self, one: Write) -> str:
        wanted = {Kind.MODEL: "model", Kind.METRICS: "metrics", Kind.PREDICTIONS: "predictions"}.get(one.kind)
        aside = re.search(r"scal|vector|encod|token|prepro|imput|label", posixpath.basename(one.path).lower())
        if wanted is not None and wanted not in self.outs and not (wanted == "model" and aside):
            return wanted
        return name_of(one.path, self.outs)

    def _evidence(self, one: Write) -> tuple[OutKind | None, Columns | None, tuple[Note, ...]]:
        seen = self.where(one.line)
        if one.kind is Kind.METRICS and one.numeric and one.path.endswith(".json"):
            return OutKind.METRICS, None, (Note(text="metrics: every value must be a number", seen=seen),)
        if one.kind in (Kind.PREDICTIONS, Kind.TABLE) and one.path.endswith((".csv", ".parquet", ".jsonl")):
            columns = columns_of(one.names)
            if columns is not None and (one.kind is Kind.PREDICTIONS or self.role in (Role.EVALUATE, Role.PREDICT)):
                return (
                    OutKind.PREDICTIONS,
                    columns,
                    (Note(text=f"a row for each example: {', '.join(one.names)}", seen=seen),),
                )
        return None, None, (Note(text="written", seen=seen),)

    # --- its command ---

    def arguments(self) -> list[str] | LeftOut:
        words: list[str] = []
        for option in self.script.options:
            value = self._value(option)
            if value is None and option.required and not option.switch:
                return LeftOut(
                    what=f"a stage that runs {self.script.path}",
                    why=f"`{option.flag or option.name}` must be given, and nothing here says what",
                    seen=self.where(option.line),
                )
            if value is not None:
                words += [option.flag, value] if option.flag else [value]
        return words

    def _value(self, option: Option) -> str | None:
        text = option.given or option.default
        if isinstance(text, str):
            path = (
                posixpath.normpath(posixpath.join(self.group.folder, text))
                if self.group.inside
                else posixpath.normpath(text or ".")
            )
            if not self.group.inside and path in self.out_paths:
                return f"${{outs.{self.out_paths[path]}}}"
            if not self.group.inside and path in self.dep_paths:
                return f"${{deps.{self.dep_paths[path]}}}"
        if not self.params and not self.group.inside and (name := self._parameter(option)) is not None:
            return f"${{params.{name}}}"
        return shlex.quote(option.given).replace("${", "$${") if option.given is not None else None

    def _parameter(self, option: Option) -> str | None:
        """The parameter of the same name, where there is just one and it holds one value."""
        if self.found.params is None or (option.switch and self.script.parser != "HfArgumentParser"):
            return None
        same = [
            name
            for name, value in leaves(self.found.params[1])
            if name.rpartition(".")[2].replace("-", "_") == option.name and isinstance(value, str | int | float)
        ]
        own = [name for name in same if name.startswith(f"{self.role.value}.")]
        return (own or same)[0] if len(own or same) == 1 else None

    def program(self) -> list[str]:
        """`python -m package.train` of a package, else `python path`."""
        path = self.script.path
        parts = path.removesuffix(".py").split("/")
        if self.group.inside:
            return ["python", shlex.quote(posixpath.relpath(path, self.group.folder))]
        inside = parts[1:] if parts[0] == "src" else parts
        if len(inside) > 1 and inside[0] in self.found.packages and all(part.isidentifier() for part in inside):
            return ["python", "-m", ".".join(inside)]
        return ["python", shlex.quote(path).replace("${", "$${")]

    def environment(self) -> tuple[dict[str, str], tuple[str, ...]]:
        env: dict[str, str] = {}
        passed: list[str] = []
        if "wandb" in self.script.imports:
            env["WANDB_MODE"] = "offline"
            text = "wandb is kept, and logs offline; to log online take WANDB_MODE out, add `secrets: [WANDB_API_KEY]`"
            self.notes.append(Note(text=text))
        if "mlflow" in self.script.imports:
            passed.append("MLFLOW_TRACKING_URI")
            self.notes.append(
                Note(text="MLflow is kept as it is: it logs where MLFLOW_TRACKING_URI says, else into mlruns/")
            )
        return env, tuple(passed)


def script_stage(
    name: str, role: Role, script: Script, group: Group, found: Found, made: Made, *, command: str | None = None
) -> ScriptStage | LeftOut:
    """The stage of one script; LeftOut where it cannot be run without knowing more. `command` is one that the
    repository gives itself."""
    build = _Builder(name, role, script, group, found, made)
    for one in script.reads:
        build.read(one)
    for write in script.writes:
        build.write(write)
    if script.hydra is not None:
        _with_hydra(build, script.hydra)
    words = build.arguments() if command is None else []
    if isinstance(words, LeftOut):
        return words
    env, passed = build.environment()
    line = command or " ".join([*build.program(), *words, *(_HYDRA if script.hydra else ())])
    for name_of_out, out in build.outs.items():
        made.outs[out.path] = f"{name}.{name_of_out}"
    stage = ProposedStage(
        name=name,
        cmd="" if group.inside else line,
        shell=f"cd {shlex.quote(group.folder)} && {line}\n" if group.inside else "",
        deps=tuple(build.deps.values()) or None,
        outs=tuple(build.outs.values()),
        roots=(script.path,) if group.inside else (),
        params=build.params,
        env=env,
        pass_env=passed,
        tiers=_IN_FULL if any(write.kind is Kind.MODEL for write in build.tracked) else None,
        notes=(_why(role, script), *build.notes),
    )
    texts = line.split()
    return ScriptStage(
        stage=stage,
        script=script,
        outs={kind: tuple(outs) for kind, outs in build.kinds.items()},
        writes=build.writes,
        model_dep=build.model_dep,
        filled=frozenset(out for out in build.outs if f"${{outs.{out}}}" in texts),
        model_filled=f"${{deps.{build.model_dep}}}" in texts,
        left_out=tuple(build.left_out),
        tracked=tuple(build.tracked),
    )


_HYDRA = ("hydra.run.dir=.", "hydra.output_subdir=null")


def _with_hydra(build: _Builder, told: tuple[str, int]) -> None:
    folder = posixpath.normpath(posixpath.join(posixpath.dirname(build.script.path), told[0] or "."))
    files = build.found.tree.files
    if any(name.startswith(f"{folder}/") for name in files):
        build.deps["conf"] = ProposedDep(name="conf", source=folder)
    text = "Hydra is told to write where the command runs, not into a folder for each day"
    build.notes.append(Note(text=text, seen=build.where(told[1])))


def _why(role: Role, script: Script) -> Note:
    line = f":{script.guard}" if script.guard else ""
    parser = f", options by {script.parser}" if script.parser else ""
    return Note(text=f"{role.value}: guessed by its name and what it writes{parser}", seen=f"{script.path}{line}")


def overlap(one: str, other: str) -> bool:
    """Whether two paths are one, or one lies in the other."""
    return one == other or one.startswith(f"{other}/") or other.startswith(f"{one}/")
