"""Gathers what a run rests on and refuses, before anything runs, what is not pinned (`frozen` decides).

Called by the flows that run stages. Nothing is looked up outside: whether an address is pinned is seen
from its text, and what is installed was asked when the run was planned.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path

from seatrial.environment.interpreter import describe
from seatrial.environment.locks import Lock, may_be_lock, read_lock
from seatrial.errors import ConfigError, Place
from seatrial.flows.engine import Prepared
from seatrial.flows.frozen import Address, Outside, PinFacts, floating, unpinned
from seatrial.flows.policy import ProjectPolicy, TierPolicy
from seatrial.flows.request import Request
from seatrial.flows.uncommitted import uncommitted
from seatrial.flows.workspace import Workspace
from seatrial.pipeline.external import is_pinned, pinned_form

_PROJECT_FILE = "pyproject.toml"


def refuse_unpinned(
    workspace: Workspace, policy: ProjectPolicy, request: Request, tier: TierPolicy | None, prepared: Prepared
) -> None:
    """Raise ConfigError, naming all of it, when the run must be pinned and is not."""
    everything = request.frozen or (tier is not None and tier.frozen is True)
    if everything:
        problems = unpinned(_all_facts(workspace, policy, request, prepared))
    elif tier is not None and tier.refuses_floating:
        problems = floating(PinFacts(addresses=_addresses(prepared)))
    else:
        return
    if problems:
        raise ConfigError(problems[0].message, problems=problems)


def _all_facts(workspace: Workspace, policy: ProjectPolicy, request: Request, prepared: Prepared) -> PinFacts:
    git = workspace.git
    commit = git.commit()
    environment = describe(prepared.host.python, workspace.environ, workspace.cache.memory)
    return PinFacts(
        addresses=_addresses(prepared),
        outside=tuple(_outside(prepared)),
        volatile={
            cell.stage: cell.spec.place or Place(file="seatrial.yaml", key=f"stages.{cell.stage}")
            for cell in prepared.cells
            if cell.spec.always and cell.spec.outs
        },
        commit=commit,
        changed=git.dirty(prepared.every_out),
        hidden=uncommitted(workspace, policy, prepared, commit),
        overridden=tuple(request.overridden),
        python=policy.pipeline.python,
        locks=tuple(_locks(workspace)) if commit else (),
        installed={name: text.partition(" ")[0] for name, text in environment.distributions.items()},
        own=frozenset({policy.project, *_own_names(git.root / _PROJECT_FILE)}),
    )


def _addresses(prepared: Prepared) -> tuple[Address, ...]:
    found: dict[tuple[str, str], Address] = {}
    for cell in prepared.cells:
        places = {dep.name: dep.place for dep in cell.spec.deps or ()}
        for dep in cell.deps or ():
            if dep.url is not None:
                found[cell.stage, dep.url] = Address(
                    stage=cell.stage,
                    url=dep.url,
                    pinned=is_pinned(dep.url),
                    pinned_form=pinned_form(dep.url),
                    place=places.get(dep.name) or cell.spec.place,
                )
    return tuple(found.values())


def _outside(prepared: Prepared) -> Iterator[Outside]:
    root = prepared.tree.root
    for source in prepared.host.policy.sources:
        if _leads_out(root, source):
            yield Outside(what="the source folder", path=source, place=Place(file="seatrial.yaml", key="sources"))
    told: set[str] = set()
    for cell in prepared.cells:
        for dep in cell.deps or ():
            if dep.path is not None and not dep.is_glob and dep.path not in told and _leads_out(root, dep.path):
                told.add(dep.path)
                yield Outside(what=f"the dep of stage {cell.stage},", path=dep.path, place=cell.spec.place)


def _leads_out(root: Path, path: str) -> bool:
    return not (root / path).resolve().is_relative_to(root.resolve())


def _locks(workspace: Workspace) -> Iterator[Lock]:
    """The locks that HEAD holds. One that is being edited is a changed file and told as such."""
    for path in filter(may_be_lock, workspace.git.files_at("HEAD")):
        lock = read_lock(path, workspace.git.read_at("HEAD", path) or b"")
        if lock is not None:
            yield lock


def _own_names(file: Path) -> Iterator[str]:
    """The names under which the project itself may be installed."""
    try:
        document = tomllib.loads(file.read_text())
    except (OSError, ValueError):
        return
    tool = document.get("tool")
    poetry = tool.get("poetry") if isinstance(tool, dict) else None
    for table in (document.get("project"), poetry):
        if isinstance(table, dict) and isinstance(table.get("name"), str):
            yield str(table["name"])
