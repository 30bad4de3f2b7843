"""The project of a work tree, loaded the same way by every command."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct

from seatrial.cli.pairs import parse_pairs
from seatrial.config.load import Loaded, load
from seatrial.flows.policy import ProjectPolicy
from seatrial.flows.workspace import Workspace
from seatrial.pipeline.parameters import look_up
from seatrial.wiring import read_configuration


class Project(Struct, frozen=True, kw_only=True):
    """A loaded project. `overridden` are the parameters set on the command line, with their values."""

    loaded: Loaded
    overridden: Mapping[str, object]

    @property
    def policy(self) -> ProjectPolicy:
        return self.loaded.policy


def load_project(workspace: Workspace, set_param: Sequence[str] = ()) -> Project:
    """Read the configuration of the work tree, and let the workspace go by it.

    Raises ConfigError with every problem at once.
    """
    overrides = parse_pairs(set_param, "--set-param")
    loaded = load(lambda path: read_configuration(workspace.git.root, path), set_params=overrides)
    workspace.settle(loaded.policy)
    values = {name: look_up(loaded.policy.pipeline.params, name) for name in overrides}
    return Project(loaded=loaded, overridden=values)
