"""Where a project's model is started: the tree, the interpreter, and what it sees of the environment.

Called by `measuring` for a run, and by `seatrial measure` without a project. A served model sees what a stage sees, by
the same allow-list, but for `PYTHONHASHSEED`: an answer that depends on the order of a set is what a contract is to
find.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

from seatrial.errors import StageError
from seatrial.flows.policy import ServingPolicy
from seatrial.pipeline.command import Host, surrounding
from seatrial.pipeline.secret_values import leak, named_secrets
from seatrial.process import masking
from seatrial.serving.launch import Ground


class Served(Struct, frozen=True, kw_only=True):
    """A ground, and the secrets that must stand in nothing that is kept."""

    ground: Ground
    secrets: Mapping[str, str]

    def __repr__(self) -> str:
        return f"Served({', '.join(sorted(self.secrets))})"

    def refuse_leaks(self, file: Path) -> None:
        """Raises StageError for a file that holds a secret, after removing it."""
        found = leak(file.parent, file.name, self.secrets) if self.secrets else None
        if found is not None:
            file.unlink()
            raise StageError(f"what the model said {found}", next_step="let it answer without that value")


def ground_of(host: Host, serving: ServingPolicy, logs: Path) -> Served:
    """Where to start a model. Raises StageError for a secret that is not set, or too short to be masked."""
    secrets = named_secrets(serving.secrets, host.environ)
    environment = surrounding(host, serving.pass_env)
    for name in serving.secrets:
        environment.pop(name, None)
    environment |= {"PYTHONUNBUFFERED": "1", **serving.env, **secrets}
    logs.mkdir(parents=True, exist_ok=True)
    mask = masking.forms(secrets.values())
    return Served(
        ground=Ground(folder=host.root, python=host.python, environment=environment, logs=logs, mask=mask),
        secrets=secrets,
    )
