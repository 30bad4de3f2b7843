"""The forges that workflows can be rendered for. One line in the table for each. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from msgspec import Struct

from seatrial.forge.policy import Kind
from seatrial.forge.workflows import github, gitlab
from seatrial.forge.workflows.keeping import Layout
from seatrial.forge.workflows.wanted import Wanted


class Rendering(Struct, frozen=True, kw_only=True):
    """How one forge's files are made, and where they lie."""

    render: Callable[[Wanted], Mapping[str, str]]
    layout: Layout


FORGES: Mapping[Kind, Rendering] = {
    Kind.GITHUB: Rendering(render=github.render, layout=Layout(copies=github.COPIES, marker=github.MARKER)),
    Kind.GITLAB: Rendering(render=gitlab.render, layout=Layout(copies=gitlab.COPIES, marker=gitlab.MARKER)),
}


def forge_of(declared: Kind, remote: str | None, *, has_gitlab: bool) -> Kind:
    """Which forge is meant: the one that the project names, that its remote is on, or that it already has a pipeline
    for."""
    if declared in FORGES:
        return declared
    address = (remote or "").lower()
    if Kind.GITLAB in FORGES and ("gitlab" in address or (has_gitlab and "github" not in address)):
        return Kind.GITLAB
    return Kind.GITHUB
