"""What must stand in no text that leaves this machine: every secret that the project knows of and that is set here.

Called by the flows that post and that tell. One list for both, so that a comment does not show what a message hides.
"""

from __future__ import annotations

from collections.abc import Callable

from seatrial.flows.policy import ProjectPolicy
from seatrial.flows.workspace import Workspace
from seatrial.forge.policy import TOKENS
from seatrial.forge.webhook import values_of
from seatrial.process.masking import SHORTEST, masked

Masked = Callable[[str], str]
"""Takes secrets out of a text."""


def masker(workspace: Workspace, policy: ProjectPolicy) -> Masked:
    """Takes out the secrets of stages and of served models, tokens of forges, and addresses and keys of channels."""
    names = {*policy.pipeline.secrets, *(name for tokens in TOKENS.values() for name in tokens)}
    names |= {name for model in policy.models.values() if model.serving is not None for name in model.serving.secrets}
    names |= {policy.forge.token_from} if policy.forge.token_from else set()
    values = [workspace.environ.get(name, "") for name in sorted(names)]
    values += [value for channel in policy.notify.values() for value in values_of(channel, workspace.environ)]
    known = [value for value in values if len(value.strip()) >= SHORTEST]
    return lambda text: masked(text, known)
