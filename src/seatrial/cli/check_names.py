"""What a plain name means that is no file here: a dataset of the project around, or a mistyped path.

Called by `cli/check.py` before it refuses, to say what to type instead. Only the configuration is read: no store is
opened, so that a mistyped path leaves no folder behind.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from seatrial.change.git import Git
from seatrial.config.load import FILE, load
from seatrial.data.reading.identity import refuse_absent
from seatrial.errors import SeatrialError, UsageError
from seatrial.flows.checking_datasets import asked_for
from seatrial.flows.policy import DatasetPolicy, ProjectPolicy
from seatrial.wiring import read_configuration


def path_of(name: str) -> str:
    """The path of a dataset, from here. Raises UsageError for a name that is none, EvidenceError for data that DVC
    keeps elsewhere, ConfigError for a configuration that cannot be read."""
    found = _project()
    if found is None:
        refuse_absent(Path(name), name)
        raise UsageError(f"{name} does not exist", next_step="name a file or a folder that does")
    root, policy = found
    asked_for(policy, name, against=True)
    return _from_here(root, policy.datasets, name)


def path_of_dataset(name: str) -> str | None:
    """The same for who has an answer already; None for what is no dataset here, for whatever reason."""
    try:
        found = _project()
    except SeatrialError:
        return None
    return None if found is None or name not in found[1].datasets else _from_here(found[0], found[1].datasets, name)


def _project() -> tuple[Path, ProjectPolicy] | None:
    """The root and the policy of the project around here; None outside of one."""
    try:
        root = Git.find(Path.cwd()).root
    except SeatrialError:
        return None
    if read_configuration(root, FILE) is None:
        return None
    return root, load(partial(read_configuration, root)).policy


def _from_here(root: Path, datasets: Mapping[str, DatasetPolicy], name: str) -> str:
    return os.path.relpath(root / datasets[name].path)
