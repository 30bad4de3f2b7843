"""Asks the NVIDIA driver which devices there are, through its own `nvidia-smi`.

Called only when some stage asks for a GPU, once for the plan and again before each lease, because others
may have begun to use a device meanwhile. Whatever goes wrong (no such program, an error, an answer that
is none, no answer in time) means: no devices, and why. It never stops a run, whose stages are then deferred.

Subtle: a broken driver makes the program hang, and a child of it can keep its output open. So it leads
a group that is killed as a whole, and at most `_MOST` bytes are read, for at most `patience` seconds.
"""

from __future__ import annotations

import contextlib
import os
import selectors
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping

from seatrial.environment.gpus import FIELDS, NO_DEVICES, Gpu, parse

PROGRAM = "nvidia-smi"
_MOST = 1 << 18


def ask(environ: Mapping[str, str], *, patience: float = 20.0) -> tuple[tuple[Gpu, ...], str]:
    """The machine's devices, and why there are none where there are none."""
    program = shutil.which(PROGRAM, path=environ.get("PATH"))
    if program is None:
        return (), f"this machine has none ({PROGRAM} is not installed)"
    arguments = [program, f"--query-gpu={','.join(FIELDS)}", "--format=csv,noheader,nounits"]
    try:
        code, output = _answer(arguments, environ, patience)
    except OSError as error:
        return (), f"this machine shows none ({PROGRAM} cannot be started: {error.strerror})"
    text = output.decode(errors="replace")
    if code is None:
        return (), f"this machine shows none ({PROGRAM} gave no answer in {patience:g} s)"
    if code:
        first = next((line.strip() for line in text.splitlines() if line.strip()), f"exit code {code}")
        return (), f"this machine shows none ({PROGRAM}: {first[:120]})"
    try:
        return parse(text), NO_DEVICES
    except ValueError as error:
        return (), f"this machine shows none ({PROGRAM} printed {error})"


def _answer(arguments: list[str], environ: Mapping[str, str], patience: float) -> tuple[int | None, bytes]:
    """How the program ended and what it printed; None for the first when it had to be killed."""
    process = subprocess.Popen(
        arguments,
        env=dict(environ),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    until = time.monotonic() + patience
    output = bytearray()
    ended = False
    try:
        if process.stdout is not None:
            ended = _read(process.stdout.fileno(), output, until)
        if ended:
            with contextlib.suppress(subprocess.TimeoutExpired):
                return process.wait(max(0.0, until - time.monotonic())), bytes(output)
        return None, bytes(output)
    finally:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        if process.stdout is not None:
            process.stdout.close()
        process.wait()


def _read(descriptor: int, output: bytearray, until: float) -> bool:
    """Read to the end; False when that did not come in time, or was too far away."""
    with selectors.DefaultSelector() as selector:
        selector.register(descriptor, selectors.EVENT_READ)
        while len(output) < _MOST and (left := until - time.monotonic()) > 0:
            if not selector.select(left):
                return False
            part = os.read(descriptor, 1 << 16)
            if not part:
                return True
            output += part
    return False
