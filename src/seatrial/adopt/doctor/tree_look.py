"""The files of a repository, as the values that patterns and probes ask about.

Called by `examine.py`. Costs about what reading every Python file once costs: what must be parsed is chosen by the
bytes that stand in it.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from seatrial import digest
from seatrial.adopt.doctor.ci_files import is_ci_file, read_ci_file
from seatrial.adopt.doctor.data_patterns import data_of, sides_of
from seatrial.adopt.doctor.dvc_stages import read_dvc
from seatrial.adopt.doctor.facts import Call, DvcStage, Large, Spot, Tree, Twin, Workflow
from seatrial.adopt.doctor.files_patterns import MODEL_BYTES
from seatrial.adopt.doctor.foreign_yaml import MAX_BYTES, UnreadableError, read_documents
from seatrial.adopt.doctor.model_calls import NEEDLES, model_calls
from seatrial.adopt.doctor.reach import reached_by
from seatrial.adopt.doctor.reading import Reader
from seatrial.change.git_process import ask
from seatrial.environment.locks import may_be_lock
from seatrial.environment.pin_records import Pins
from seatrial.environment.pins import is_requirements, read_pins
from seatrial.flows.policy import ProjectPolicy

_PYTHON_BYTES = 1 << 20
_LOCK_BYTES = 1 << 20
_TEXT_BYTES = 256 << 10
_MOST_CI = 200
_MOST_TEXTS = 50
_MOST_YAML = 500
_TWIN_BYTES = 64 << 20
_SEARCHERS = (b"SearchCV(", b"optuna", b"hyperopt", b"ray.tune", b"skopt", b"nevergrad", b"flaml")
"""What must stand in a file before it is searched line by line; looking for plain bytes costs next to nothing."""
_IMPORT = re.compile(
    rb"^[ \t]*(?:from[ \t]+([\w.]+)[ \t]+import[ \t]+(?:\(\s*)?([\w, \t]*)|import[ \t]+([\w., \t]+))", re.MULTILINE
)
_SEARCH = re.compile(
    rb"^[ \t]*(?:import|from)[ \t]+(optuna|hyperopt|ray\.tune|skopt|nevergrad|flaml)\b"
    rb"|\b((?:Halving)?(?:Grid|Random(?:ized)?)SearchCV)\(",
    re.MULTILINE,
)
_TEST_FILE = re.compile(r"(?:\A|/)(?:test_[^/]*|[^/]*_test)\.py\Z")
_NO_PRODUCT = re.compile(r"(?:\A|/)(?:tests?|testing|docs?|examples?|notebooks?|benchmarks?)/|(?:\A|/)conftest\.py\Z")
_OTHER_CI = (".circleci/config.yml", "Jenkinsfile", "azure-pipelines.yml", "bitbucket-pipelines.yml", ".travis.yml",
             ".woodpecker.yml", ".buildkite/pipeline.yml", ".drone.yml", ".ci/run")  # fmt: skip


def look_at_tree(
    reader: Reader, paths: Iterable[str], *, in_git: bool, policy: ProjectPolicy | None
) -> tuple[Tree, tuple[Workflow, ...], tuple[str, ...]]:
    """The files, the CI files, and what could not be looked at."""
    every = frozenset(paths)
    ordered = sorted(every)
    workflows, unseen = _ci(reader, ordered)
    python = _Python(reader)
    for path in ordered:
        if path.endswith(".py"):
            python.take(path)
    calls = tuple(one for one in python.calls if not _TEST_FILE.search(one.file) and not _NO_PRODUCT.search(one.file))
    tree = Tree(
        paths=every,
        in_git=in_git,
        large=large_files(reader.root) if in_git else (),
        locks=_locks(reader, ordered),
        texts=_texts(reader, ordered),
        tested=_of_the_repository(python.tested, ordered),
        calls=calls,
        reached=reached_by(reader, every, policy) if calls and policy is not None else None,
        twins=_twins(reader, policy),
        canaries=_canaries(reader, ordered),
        searches=tuple(python.searches),
        dvc=_dvc(reader, ordered, unseen),
    )
    unseen += [f"{path} is of a CI system whose files are not read" for path in _OTHER_CI if path in every]
    return tree, workflows, tuple(unseen)


def _ci(reader: Reader, paths: list[str]) -> tuple[tuple[Workflow, ...], list[str]]:
    found: list[Workflow] = []
    unseen: list[str] = []
    names = [path for path in paths if is_ci_file(path)]
    for path in names[:_MOST_CI]:
        data = reader.read(path, MAX_BYTES)
        if data is None:
            unseen.append(f"{path}: {reader.missed.get(path, 'it is gone')}")
            continue
        try:
            found.append(read_ci_file(path, data))
        except UnreadableError as error:
            unseen.append(f"{path}: {error}")
    if len(names) > _MOST_CI:
        unseen.append(f"{len(names) - _MOST_CI:,} more CI files, after {_MOST_CI}")
    return tuple(found), unseen


class _Python:
    """What the Python files tell, gathered file by file."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self.tested: dict[str, str] = {}
        self.calls: list[Call] = []
        self.searches: list[Spot] = []

    def take(self, path: str) -> None:
        data = self._reader.read(path, _PYTHON_BYTES)
        if data is None:
            return
        if _TEST_FILE.search(path):
            for module in imported(data):
                self.tested.setdefault(module, path)
            return
        if any(needle in data for needle in NEEDLES):
            self.calls += model_calls(path, data)
        if not any(name in data for name in _SEARCHERS) or _NO_PRODUCT.search(path):
            return
        if found := _SEARCH.search(data):
            line = data.count(b"\n", 0, found.start()) + 1
            self.searches.append(Spot(file=path, line=line, what=(found[1] or found[2]).decode()))


def _of_the_repository(tested: Mapping[str, str], paths: Iterable[str]) -> dict[str, str]:
    """Those of the imported modules that lie here: tests of what others wrote are none of this code."""
    here = {part for path in paths if path.endswith(".py") for part in _names(path)}
    return {module: file for module, file in tested.items() if module.partition(".")[0] in here}


def _names(path: str) -> tuple[str, ...]:
    """The names by which a file, or a package that holds it, can be imported from some folder above it."""
    *folders, file = path.removesuffix(".py").split("/")
    return (*folders, file)


def imported(data: bytes) -> set[str]:
    """The modules that a file imports, and what it takes from them, as dotted names."""
    found: set[str] = set()
    for module, names, plain in _IMPORT.findall(data):
        text = module.decode("ascii", "ignore")
        if text:
            found.add(text)
            found |= {f"{text}.{word}" for word in _words(names)}
        found |= {word for part in plain.split(b",") for word in part.decode("ascii", "ignore").split()[:1]}
    return found


def _words(names: bytes) -> list[str]:
    return [words[0] for part in names.decode("ascii", "ignore").split(",") if (words := part.split())]


def large_files(root: Path) -> tuple[Large, ...]:
    """Files of the commit that is checked out, from the size on at which a file of a model counts."""
    said = ask(["ls-tree", "-r", "-l", "-z", "--full-tree", "HEAD"], str(root))
    if said.code:
        return ()
    found: list[Large] = []
    for row in said.out.split(b"\0"):
        about, tab, path = row.partition(b"\t")
        size = about.split()[-1:] if tab else []
        if size and size[0].isdigit() and int(size[0]) >= MODEL_BYTES:
            found.append(Large(file=path.decode("utf-8", "surrogateescape"), size=int(size[0])))
    return tuple(found)


def _locks(reader: Reader, paths: list[str]) -> tuple[Pins, ...]:
    """Locks and requirements. What only has to be there is not parsed."""
    found: list[Pins] = []
    for path in paths:
        if not may_be_lock(path) and posixpath.basename(path) != "Pipfile.lock":
            continue
        if not is_requirements(path):
            found.append(Pins(path=path))
        elif (data := reader.read(path, _LOCK_BYTES)) is not None and (pins := read_pins(path, data)) is not None:
            found.append(pins)
    return tuple(found)


def _texts(reader: Reader, paths: list[str]) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for path in paths:
        name = posixpath.basename(path)
        wanted = name == "pyproject.toml" or name.startswith("Dockerfile") or name.lower().endswith(".dockerfile")
        if wanted and len(found) < _MOST_TEXTS and (data := reader.read(path, _TEXT_BYTES)) is not None:
            found[path] = data.decode("utf-8-sig", "replace").replace("\r\n", "\n")
    return found


def _twins(reader: Reader, policy: ProjectPolicy | None) -> tuple[Twin, ...]:
    """Data files of equal bytes, one trained on, the other evaluated on. Sizes are compared first."""
    if policy is None:
        return ()
    found: list[Twin] = []
    for sides in sides_of(policy):
        trained = {path for stage in sides.trains for path in data_of(policy, stage)}
        tested = set(data_of(policy, sides.evaluates)) if sides.evaluates else set()
        for one in sorted(trained):
            for other in sorted(tested - {one}):
                size = reader.size(one)
                if size and size == reader.size(other) and _alike(reader, one, other):
                    found.append(Twin(one=one, other=other))
    return tuple(dict.fromkeys(found))


def _alike(reader: Reader, one: str, other: str) -> bool:
    first, second = reader.read(one, _TWIN_BYTES), reader.read(other, _TWIN_BYTES)
    return first is not None and second is not None and digest.of_bytes(first) == digest.of_bytes(second)


def _dvc(reader: Reader, paths: list[str], unseen: list[str]) -> tuple[DvcStage, ...]:
    """The stages of DVC. What cannot be read is told."""
    found: list[DvcStage] = []
    for path in [path for path in paths if posixpath.basename(path) == "dvc.yaml"][:_MOST_TEXTS]:
        data = reader.read(path, MAX_BYTES)
        try:
            found += read_dvc(path, data or b"")
        except UnreadableError as error:
            unseen.append(f"{path}: {error}")
    return tuple(found)


def _canaries(reader: Reader, paths: list[str]) -> tuple[Spot, ...]:
    """Manifests of Argo Rollouts or Flagger that declare a canary."""
    found: list[Spot] = []
    names = [path for path in paths if path.endswith((".yaml", ".yml")) and not is_ci_file(path)]
    for path in names[:_MOST_YAML]:
        data = reader.read(path, MAX_BYTES)
        if data is None or not (b"kind: Canary" in data or (b"kind: Rollout" in data and b"canary:" in data)):
            continue
        try:
            documents = read_documents(data)
        except UnreadableError:  # a template, most often
            continue
        for one in documents:
            kind = one.get("kind").text()
            steps = one.get("spec", "strategy", "canary", "steps")
            if (kind == "Rollout" and steps) or (kind == "Canary" and one.get("spec", "analysis")):
                found.append(Spot(file=path, line=one.line, what=kind))
    return tuple(found)
