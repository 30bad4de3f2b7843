"""Packages that the scripts import and that the Python of the stages does not have, told before the first run.

Called by `cli/init`. Pure: the packages were listed by `project_files`, nothing is imported. Only what is sure is told:
where an environment leads to folders elsewhere (an editable install, a .pth file), or could not be seen, nothing is.
"""

from __future__ import annotations

import posixpath
import sys

from seatrial.adopt.found import Found
from seatrial.adopt.proposal import LeftOut, Proposal


def missing_packages(found: Found, proposal: Proposal) -> LeftOut | None:
    """What the scripts of the stages import and is not there; None where all is, or nobody can tell."""
    site = found.interpreter.site
    if site is None or "" in site:
        return None
    commands = " ".join(f"{stage.cmd} {stage.shell}" for stage in proposal.stages).replace("\n", " ")
    words = frozenset(commands.split())
    wanted = {
        name: script.path
        for group in found.groups
        for script in group.scripts
        if words & {script.path, _module(script.path), posixpath.relpath(script.path, group.folder or ".")}
        for name in sorted(script.imports)
    }
    own = _own(found)
    lacking = [
        name
        for name in sorted(wanted)
        if name.lower() not in site and name not in sys.stdlib_module_names and name not in own
    ]
    if not lacking:
        return None
    why = (
        f"not installed in {found.interpreter.home}, where stages would run: activate the environment that has them, "
        "or write `python: PATH/bin/python` into seatrial.yaml"
    )
    shown = ", ".join(lacking[:6]) + (", ..." if len(lacking) > 6 else "")
    return LeftOut(what=f"packages that the scripts import ({shown})", why=why, seen=wanted[lacking[0]])


def _module(path: str) -> str:
    """The script as `python -m` names it."""
    return path.removeprefix("src/").removesuffix(".py").replace("/", ".")


def _own(found: Found) -> frozenset[str]:
    """Names that the repository itself may give a module: a file or a folder of it, wherever it lies."""
    names: set[str] = set(found.packages)
    for path in found.tree.files:
        if path.endswith(".py"):
            *folders, last = path.split("/")
            names.update(folders)
            names.add(last.removesuffix(".py"))
    return frozenset(names)
