"""The commits of the repository around a work tree, planned with that work tree's results and interpreter.

Called by the flows that ask about commits and then run stages at them.
"""

from __future__ import annotations

from seatrial.change.objects import Objects
from seatrial.environment.interpreter import describe, find_python, installation
from seatrial.environment.reach import Installation
from seatrial.environment.records import Environment
from seatrial.errors import ConfigError, OutsideError
from seatrial.flows.audit_records import missed_edges
from seatrial.flows.change_plan import Repository
from seatrial.flows.workspace import Workspace
from seatrial.pipeline.policy import PipelinePolicy


def repository_of(workspace: Workspace) -> Repository:
    """The repository of a workspace. Its cache is that of the work tree."""
    environ, memory, root = workspace.environ, workspace.cache.memory, workspace.git.main_root

    def known(pipeline: PipelinePolicy) -> Environment | None:
        try:
            return describe(find_python(pipeline.python, root, environ), environ, memory)
        except (ConfigError, OutsideError):
            return None

    def installed(pipeline: PipelinePolicy) -> Installation | None:
        try:
            return installation(find_python(pipeline.python, root, environ), environ, memory)
        except (ConfigError, OutsideError):
            return None

    return Repository(
        objects=Objects(workspace.git.root),
        memory=memory,
        results=workspace.cache.results,
        addresses=workspace.addresses,
        load_policy=lambda read, _name: workspace.load_policy(read),
        describe=known,
        installed=installed,
        seconds=lambda _cells: {},
        missed=lambda: missed_edges(workspace.state),
    )
