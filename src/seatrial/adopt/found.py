"""What was found in a repository, as values: files, scripts, tests, CI, the interpreter.

Made by the readers of this folder (`tree`, `scripts`, `project_files`, `ci_steps`), taken by `proposing`. Nothing
here was run or imported; everything carries where it was seen.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from msgspec import Struct, field


class Git(StrEnum):
    """What git knows of the folder."""

    NONE = "none"
    NO_COMMIT = "no commit"
    COMMITTED = "committed"


class Tree(Struct, frozen=True, kw_only=True):
    """The files below the root, by path with their size; what git tracks; and what was not looked at."""

    files: Mapping[str, int]
    tracked: frozenset[str] = frozenset()
    git: Git = Git.NONE
    branch: str | None = None
    main: str | None = None
    skipped: tuple[str, ...] = ()
    too_many: bool = False


class Kind(StrEnum):
    """What a written file is, told by the call that writes it and by its name."""

    MODEL = "model"
    METRICS = "metrics"
    PREDICTIONS = "predictions"
    TABLE = "table"
    OTHER = "other"


class Read(Struct, frozen=True, kw_only=True):
    """A file that a script reads, as a path from the root (or from where it is run), and the line."""

    path: str
    line: int
    model: bool = False


class Write(Struct, frozen=True, kw_only=True):
    """A file or folder that a script writes. `names` are the keys or columns it is given, where they stand in the code;
    `numeric` is False where one of the values cannot be a number."""

    path: str
    line: int
    kind: Kind
    names: tuple[str, ...] = ()
    numeric: bool = True
    folder: bool = False


class Option(Struct, frozen=True, kw_only=True):
    """An option of a script's command line. `flag` is empty for a positional argument."""

    flag: str
    name: str
    line: int
    default: str | int | float | bool | None = None
    required: bool = False
    choices: tuple[str, ...] = ()
    switch: bool = False
    given: str | None = None
    """A path for an option that must be given and has no default; a guess by its name."""


class Script(Struct, frozen=True, kw_only=True):
    """A Python file. `guard` is the line of `if __name__ == "__main__"`; `plain`: it does its work where it stands."""

    path: str
    guard: int | None = None
    plain: bool = False
    options: tuple[Option, ...] = ()
    parser: str | None = None
    reads: tuple[Read, ...] = ()
    writes: tuple[Write, ...] = ()
    imports: frozenset[str] = frozenset()
    hydra: tuple[str, int] | None = None
    """The folder of Hydra's configuration, and the line."""
    split: tuple[float, int] | None = None
    """The share of rows that `train_test_split` holds back, and the line."""
    toy: tuple[str, int] | None = None
    """A data set that comes with scikit-learn, and the line."""
    names: Mapping[str, str] = field(default_factory=dict)
    """Names of variables by the part they play: `model`, `truth`, `answers`, `loader`, `trainer`."""
    of_run: bool = False
    """Whether it opens the file of parameters that `$SEATRIAL_PARAMS` names."""
    tiny: int | None = None
    """The line where a model is built from a configuration, not from downloaded weights."""
    downloads: int | None = None
    """The line where weights or data would be downloaded."""


class Group(Struct, frozen=True, kw_only=True):
    """Scripts that make one model. `folder` is where they lie, empty for the root; `inside`: they are run there."""

    folder: str
    scripts: tuple[Script, ...]
    inside: bool = False


class Unreadable(Struct, frozen=True, kw_only=True):
    """A file that could not be read as what it seems to be."""

    path: str
    why: str


class Tests(Struct, frozen=True, kw_only=True):
    """The tests: their folder or files, how many functions, and which runner they are written for."""

    paths: tuple[str, ...] = ()
    count: int = 0
    files: int = 0
    pytest: bool = True
    configured: str | None = None
    at_least: bool = False


class CiStep(Struct, frozen=True, kw_only=True):
    """A step of CI that runs pytest."""

    place: str
    command: str
    junit: str | None = None


class Tool(Struct, frozen=True, kw_only=True):
    """A tool that is configured in the repository, and where."""

    name: str
    seen: str
    installed: bool | None = None


class EntryPoint(Struct, frozen=True, kw_only=True):
    """An entry point of an MLproject file, its command with the defaults filled in; `why` it cannot run, if not."""

    name: str
    command: str
    seen: str
    why: str | None = None


class DataFile(Struct, frozen=True, kw_only=True):
    """A table or folder of data. `rows` None where they were not counted, and `why` then."""

    path: str
    size: int
    rows: int | None = None
    why: str | None = None
    pointer: str | None = None


class Interpreter(Struct, frozen=True, kw_only=True):
    """The Python that stages will run in. `site` are the packages installed in it, None where that is not known."""

    path: str | None = None
    version: str | None = None
    seen: str | None = None
    site: frozenset[str] | None = None
    lock: str | None = None
    home: str | None = None
    """The environment or program in whose folders `site` was looked up, as the user would write it."""


class Metrics(Struct, frozen=True, kw_only=True):
    """A file of metrics that is there already."""

    path: str
    values: Mapping[str, float]
    tracked: bool


class Found(Struct, frozen=True, kw_only=True):
    """Everything that was found."""

    name: str
    tree: Tree
    groups: tuple[Group, ...] = ()
    packages: Mapping[str, str] = field(default_factory=dict)
    """Folders of modules, by package: `{"churn": "src"}`."""
    tests: Tests = Tests()
    ci: tuple[CiStep, ...] = ()
    tools: tuple[Tool, ...] = ()
    interpreter: Interpreter = Interpreter()
    params: tuple[str, Mapping[str, object]] | None = None
    entry_points: tuple[EntryPoint, ...] = ()
    data: Mapping[str, DataFile] = field(default_factory=dict)
    metrics: tuple[Metrics, ...] = ()
    pointers: tuple[str, ...] = ()
    notebooks: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    dvc: str | None = None
    one_batch: tuple[str, str] | None = None
    """A function that yields the losses of one batch (`package.module:name`), and where it stands."""
    large: tuple[DataFile, ...] = ()
    unreadable: tuple[Unreadable, ...] = ()
    existing: bool = False
