"""A repository with DVC, read and converted: what `seatrial init --from dvc` proposes.

Called by `cli/init`. This is the one file of the folder that looks at the disk: it finds DVC's files, reads
parameters, and looks whether metrics and plots that lie there can be read as evidence. Nothing is written.
What comes of it is read back with our own loader before anybody sees it.
"""

from __future__ import annotations

import os
import posixpath
from collections.abc import Iterable, Sequence
from pathlib import Path

from msgspec import Struct

from seatrial.adopt.dvc.document import DvcFile, read_document
from seatrial.adopt.dvc.interpolation import Context, plain
from seatrial.adopt.dvc.loose_yaml import parse_loose
from seatrial.adopt.dvc.lowering import lower
from seatrial.adopt.dvc.pointers import CONFIG, Settings, is_empty, read_settings, tell_beside, tell_pointer
from seatrial.adopt.dvc.proposing import propose
from seatrial.adopt.dvc.records import Conversion, Facts
from seatrial.adopt.dvc.saying import Sayings
from seatrial.adopt.dvc.stage_names import allowed
from seatrial.adopt.dvc.stages import Group, resolve_stages
from seatrial.adopt.dvc.values import DEFAULT_FILE, load_defaults
from seatrial.adopt.proposal import Proposal
from seatrial.adopt.proposal_text import checked, files_of
from seatrial.change.git import Git, Listed
from seatrial.change.git_process import ask
from seatrial.config.names import normal
from seatrial.config.node import Notes
from seatrial.config.params import read_parameters
from seatrial.config.yaml_source import parse_yaml
from seatrial.errors import ConfigError, EvidenceError, OutsideError, Place, Problem, UserError
from seatrial.evidence.curves import read_curve
from seatrial.evidence.metrics import read_metrics
from seatrial.pipeline.expand import expand

PIPELINE = "dvc.yaml"
_PYTHONS = (".venv/bin/python", "venv/bin/python")
_MOST_PROPOSED = 1000


class Converted(Struct, frozen=True, kw_only=True):
    """What is proposed, the notes it rests on, and the files to write."""

    proposal: Proposal
    conversion: Conversion
    files: dict[str, str]


def convert(root: Path) -> Converted:
    """The proposal for a work tree. Raises UserError where there is no dvc.yaml with stages, ConfigError for what DVC
    itself would refuse, OutsideError where a file cannot be read."""
    git = Git.find(root)
    reader = _Tree(git.root)
    listed = git.listed()
    said = Sayings()
    pipelines = [name for name in listed.files if name.rsplit("/", 1)[-1] == PIPELINE]
    if not pipelines:
        raise UserError(
            f"{git.root} has no {PIPELINE}", next_step="seatrial init, which looks at the repository itself"
        )
    settings = read_settings(reader.read(CONFIG), said)
    _tell_others(listed.files, reader, said)
    main, parameters, trouble = _main_parameters(reader)
    groups, files = _groups(pipelines, reader, main, settings, said)
    if not groups:
        raise UserError(
            f"{', '.join(pipelines[:3])} {'has' if len(pipelines) == 1 else 'have'} no stages",
            place=Place(file=pipelines[0], line=1, column=1),
            next_step="seatrial init, which looks at the repository itself",
        )
    facts = _facts(git.root, groups, files, main, parameters, trouble, listed)
    found = lower(groups, facts, said)
    if all(stage.frozen for stage in found.stages):
        raise UserError("every stage is frozen, so there is nothing to run", next_step="take `frozen: true` out of one")
    project = allowed(git.main_root.name, "project")
    python = next((path for path in _PYTHONS if (git.root / path).exists()), None)
    proposal = propose(found, project=project, python=python, ignore=_not_ignored(git.root, found))
    texts = dict(files_of(proposal))
    expand(checked(texts, reader.read).pipeline.stages)  # what `plan` would refuse is refused here
    return Converted(proposal=proposal, conversion=found, files=texts)


class _Tree(Struct, frozen=True):
    """Files of one work tree."""

    root: Path

    def read(self, path: str) -> bytes | None:
        """The bytes of a file; None where there is none, or where the path leaves the repository."""
        if path.startswith(("../", "/")) or path == "..":
            return None
        try:
            return (self.root / path).read_bytes()
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            return None
        except OSError as error:
            raise OutsideError(f"{path} cannot be read: {error.strerror}", place=Place(file=path)) from error


def _tell_others(files: Iterable[str], reader: _Tree, said: Sayings) -> None:
    for name in files:
        last = name.rsplit("/", 1)[-1]
        if last.endswith(".dvc") and last != ".dvc":
            data = reader.read(name)
            if data is not None:
                tell_pointer(data, name, said)
    tell_beside((name for name in files if name.rsplit("/", 1)[-1] in ("dvc.lock", ".dvcignore")), said)


def _main_parameters(reader: _Tree) -> tuple[str | None, tuple[str, ...], str | None]:
    """The parameters file whose values stay live, its names, and why there is none."""
    data = reader.read(DEFAULT_FILE)
    if data is None:
        return None, (), None
    try:
        notes = Notes()
        parameters = read_parameters(parse_yaml(data, DEFAULT_FILE), {}, notes)
        notes.raise_all()
    except ConfigError as error:
        return None, (), f"and {DEFAULT_FILE} cannot be that: {error}"
    return (DEFAULT_FILE, tuple(parameters.names), None) if parameters.names else (None, (), None)


def _groups(
    pipelines: Sequence[str], reader: _Tree, main: str | None, settings: Settings, said: Sayings
) -> tuple[tuple[Group, ...], tuple[DvcFile, ...]]:
    """All stages of all files. The mistakes of all files are raised together."""
    groups: list[Group] = []
    files: list[DvcFile] = []
    problems: list[Problem] = []
    for name in sorted(pipelines, key=lambda path: (path.count("/"), path)):
        data = reader.read(name)
        try:
            source = parse_loose(data or b"", name)
            if is_empty(source):
                continue
            file = read_document(source)
            context = Context(main=main, store_true=settings.store_true, append_lists=settings.append_lists)
            loaded = load_defaults(file.folder, file.variables, reader.read, context)
            groups += resolve_stages(file, loaded, reader.read)
        except ConfigError as error:
            problems += error.problems
            continue
        said.top(file)
        files.append(file)
    if problems:
        raise ConfigError(problems[0].message, problems=tuple(problems))
    return tuple(groups), tuple(files)


def _facts(
    root: Path,
    groups: Sequence[Group],
    files: Sequence[DvcFile],
    main: str | None,
    parameters: Sequence[str],
    trouble: str | None,
    names: Listed,
) -> Facts:
    unfit: dict[str, str] = {}
    present: set[str] = set()
    listed = {metric.text for file in files for metric in file.metrics}
    for group in groups:
        for cell in group.cells:
            for out in cell.outs:
                path = normal(posixpath.join(plain(cell.folder), plain(out.path)))
                is_evidence = out.entry.section in ("metrics", "plots") or plain(out.path) in listed
                if is_evidence and not path.startswith(("..", "/")) and (root / path).is_file():
                    present.add(path)
                    fault = _fault(root / path, path)
                    if fault is not None:
                        unfit[path] = fault
    return Facts(
        main=main,
        parameters=tuple(parameters),
        main_trouble=trouble,
        unfit=unfit,
        present=frozenset(present),
        tracked=names.tracked,
        files=names.files,
    )


def _fault(path: Path, shown: str) -> str | None:
    """Why a file that lies there is no evidence."""
    try:
        if shown.endswith(".json"):
            read_metrics(path, shown=shown)
        elif shown.endswith(".csv"):
            read_curve(path, shown=shown)
    except (EvidenceError, OutsideError) as error:
        return str(error)
    return None


def _not_ignored(root: Path, found: Conversion) -> tuple[str, ...]:
    """Outs that git would see: lines for .gitignore."""
    paths = sorted({_pattern(out.path) for stage in found.stages if not stage.frozen for out in stage.outs})
    example = {path.replace("*", "x"): path for path in paths}
    if not example:
        return ()
    done = ask(["check-ignore", "-z", "--stdin", "--no-index"], str(root), given="\0".join(example).encode())
    ignored = set(os.fsdecode(done.out).split("\0"))
    return tuple(f"/{path}" for name, path in example.items() if name not in ignored)[:_MOST_PROPOSED]


def _pattern(path: str) -> str:
    """The path with a star for each value of an axis."""
    parts = path.split("${")
    return parts[0] + "".join("*" + part.partition("}")[2] for part in parts[1:])
