"""Processes that live, told by the environment that they were started with."""

from __future__ import annotations

import os

from seatrial.process.escaped import environment_of


def marked(variable: str, part: str) -> list[int]:
    """Those that have a variable, and something of a text (such as a test's folder) in their environment."""
    name, wanted = f"{variable}=".encode(), part.encode()
    found = []
    for pid in (int(entry) for entry in os.listdir("/proc") if entry.isdigit()):
        entries = environment_of(pid)
        if any(entry.startswith(name) for entry in entries) and any(wanted in entry for entry in entries):
            found.append(pid)
    return found
