"""Secrets of a stage: values that its command sees and that nothing else may.

Called by the executor. A secret is a variable of the caller's environment that the stage names under
`secrets:`. The name is in the key; the value is in the environment of that one command, masked in
its log, and looked for in what it wrote before any of it is stored; and so it is in what other stages make of
outs that held it.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from msgspec import Struct

from seatrial.errors import StageError
from seatrial.pipeline.expand import Cell
from seatrial.pipeline.outcome import CellOutcome, Did
from seatrial.pipeline.policy import PipelinePolicy
from seatrial.process import masking

_CHUNK = 1 << 20


class Leak(Struct, frozen=True, kw_only=True):
    """A secret that stands in an out. `file` is None where it is the name of a file that holds it."""

    secret: str
    file: str | None

    def __str__(self) -> str:
        where = self.file if self.file is not None else "the name of a file in it"
        return f"holds the value of the secret {self.secret} (in {where})"


def secret_values(cell: Cell, environ: Mapping[str, str]) -> Mapping[str, str]:
    """The secrets of a cell by name. Raises StageError for one that is not set, or too short to be masked."""
    return named_secrets(cell.spec.secrets, environ)


def named_secrets(names: Iterable[str], environ: Mapping[str, str]) -> Mapping[str, str]:
    """Secrets by their names. Raises as `secret_values`."""
    found: dict[str, str] = {}
    for name in names:
        value = environ.get(name, "")
        if not value:
            raise StageError(
                f"the secret {name} is not set: export {name} in the environment that starts Seatrial, "
                "or let your CI set it as a secret variable"
            )
        if len(value.strip()) < masking.SHORTEST:
            raise StageError(
                f"the secret {name} is shorter than {masking.SHORTEST} characters and could not be masked in logs: "
                "use a longer one, or `pass_env:` if it is no secret"
            )
        found[name] = value
    return found


def handed_down(
    cell: Cell, policy: PipelinePolicy, environ: Mapping[str, str], done: Mapping[str, CellOutcome]
) -> Mapping[str, str]:
    """The secrets that may stand in what a cell reads although it declares none: all of the project's that are set,
    where a producer's outs are used and stored nowhere. What it makes of them could hold them too."""
    if not any(done[name].did is Did.USED for name in cell.producers if name in done):
        return {}
    values = ((name, environ.get(name, "")) for name in sorted(policy.secrets))
    return {name: value for name, value in values if len(value.strip()) >= masking.SHORTEST}


def leak(root: Path, path: str, secrets: Mapping[str, str]) -> Leak | None:
    """The first secret found in an out at `path`: in its files, their names, or the links among them."""
    forms = {name: masking.forms((value,)) for name, value in secrets.items()}
    for file in _files(root / path):
        for name, known in forms.items():
            if masking.holds([os.fsencode(file.relative_to(root))], known):
                return Leak(secret=name, file=None)
            if masking.holds(_chunks(file), known):
                return Leak(secret=name, file=str(file.relative_to(root)))
    return None


def _files(top: Path) -> Iterator[Path]:
    if not top.is_dir() or top.is_symlink():
        yield top
        return
    for folder, folders, files in os.walk(top):
        yield from (Path(folder, name) for name in (*folders, *files))


def _chunks(file: Path) -> Iterator[bytes]:
    try:
        mode = file.lstat().st_mode
        if stat.S_ISLNK(mode):
            yield os.fsencode(file.readlink())
        elif stat.S_ISREG(mode):  # reading a pipe would wait for ever
            with file.open("rb") as content:
                while chunk := content.read(_CHUNK):
                    yield chunk
    except (FileNotFoundError, PermissionError):
        return  # an out that is missing or cannot be read is told where outs are stored
