"""The forges that workflows can be rendered for. One line in the table for each. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from msgspec import Struct

from seatrial.forge.policy import Kind
from seatrial.forge.workflows import github, gitlab
from seatrial.forge.workflows.keeping import Layout
from seatrial.forge.workflows.wanted import Wanted


class Rendering(Struct, frozen=True, kw_only=True):
    """How one forge's files are made, and where they lie.

    `own` is a file of the user's that has to start ours, where the forge does not look for them, and `notes` says in
    sentences what it lacks; it is given the text of that file, None where there is none.
    """

    render: Callable[[Wanted], Mapping[str, str]]
    layout: Layout
    own: str | None = None
    notes: Callable[[str | None], tuple[str, ...]] = lambda _text: ()


FORGES: Mapping[Kind, Rendering] = {
    Kind.GITHUB: Rendering(render=github.render, layout=Layout(copies=github.COPIES, marker=github.MARKER)),
    Kind.GITLAB: Rendering(
        render=gitlab.render,
        layout=Layout(copies=gitlab.COPIES, marker=gitlab.MARKER),
        own=gitlab.OWN,
        notes=gitlab.notes,
    ),
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
