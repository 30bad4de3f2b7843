"""The actions that workflows on GitHub use, each by the commit of a released tag. The one place to change.

A tag can be moved to other code; a commit cannot. The tag stands behind it, for people, and for the tools that keep
pins fresh (Dependabot, Renovate), which read exactly this form. Nothing here is looked up when a workflow is rendered.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from seatrial.forge.workflows.yaml_text import Said


class Pin(Struct, frozen=True):
    """One action, at one commit."""

    action: str
    commit: str
    tag: str

    def uses(self, part: str = "") -> Said:
        """What stands behind `uses:`; `part` is an action inside of the repository of the action."""
        return Said(f"{self.action}{part}@{self.commit}", self.tag)


PINS: Mapping[str, Pin] = {
    "checkout": Pin("actions/checkout", "df4cb1c069e1874edd31b4311f1884172cec0e10", "v6.0.3"),
    "setup-python": Pin("actions/setup-python", "a309ff8b426b58ec0e2a45f0f869d46889d02405", "v6.2.0"),
    "cache": Pin("actions/cache", "55cc8345863c7cc4c66a329aec7e433d2d1c52a9", "v6.1.0"),
    "upload": Pin("actions/upload-artifact", "043fb46d1a93c77aae656e7c1c64a875d1fc6a0a", "v7.0.1"),
    "download": Pin("actions/download-artifact", "3e5f45b2cfb9172054b4087a40e8e0b5a5461e7c", "v8.0.1"),
}
