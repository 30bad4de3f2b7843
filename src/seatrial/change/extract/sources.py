"""Which kind of source a file is by its name, and what its bytes say.

Pure. The one door to the extractors: called by whoever remembers facts under content digest, kind and `VERSION`.
No bytes make it raise. A file too large to be read is broken, and so is one of which a reader gives up.
"""

from __future__ import annotations

from seatrial.change.facts import Facts, LinkFacts

MAX_BYTES = 8 << 20

_BY_ENDING = {
    "py": "python", "pyw": "python", "ipynb": "notebook", "sh": "shell", "bash": "shell", "zsh": "shell",
    "ksh": "shell", "yaml": "yaml", "yml": "yaml", "json": "json", "toml": "toml", "cfg": "ini", "ini": "ini",
    "dockerfile": "dockerfile", "containerfile": "dockerfile",
}  # fmt: skip
KINDS = ("python", "notebook", "shell", "yaml", "json", "toml", "ini", "dockerfile")


def kind_of(path: str) -> str | None:
    """The kind of source a file is by its name, None for what says nothing about others."""
    name = path.rpartition("/")[2]
    stem, dot, ending = name.rpartition(".")
    if name.partition(".")[0] in {"Dockerfile", "Containerfile"} and ending not in {"py", "md"}:
        return "dockerfile"
    if name in {"dockerfile", "containerfile"}:
        return "dockerfile"
    ending = ending.lower()
    return _BY_ENDING.get(ending) if dot and stem else None


def extract(kind: str, data: bytes) -> Facts:
    """What a file of this kind says; for bytes that cannot be read, that they cannot."""
    if len(data) > MAX_BYTES:
        return Facts(LinkFacts(broken=1))
    try:
        return _read(kind, data)
    except (RecursionError, MemoryError):
        return Facts(LinkFacts(broken=1))


def _read(kind: str, data: bytes) -> Facts:
    # Readers bring syntax trees and patterns along, and a plan mostly remembers all that it asks about.
    match kind:
        case "python":
            from seatrial.change.extract import python

            return python.read(data)
        case "notebook":
            from seatrial.change.extract import notebook

            return notebook.read(data)
        case "shell":
            from seatrial.change.extract import shell

            return shell.read(data)
        case "dockerfile":
            from seatrial.change.extract import dockerfile

            return dockerfile.read(data)
        case _:
            from seatrial.change.extract import config_text

            return config_text.READERS[kind](data)
