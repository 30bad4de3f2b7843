"""Chromium without a window, spoken to over a pipe: what a page asks for, says and looks like.

The DevTools protocol, with the standard library alone: messages are JSON that ends with a NUL, on descriptors 3 and 4
of the browser (https://chromedevtools.github.io/devtools-protocol/). It has a profile of its own that goes with it, no
address is looked up, and every wait ends.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import select
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

PROGRAM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
_FLAGS = (
    *("--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-extensions", "--mute-audio"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync", "--hide-scrollbars"),
    *("--disable-dev-shm-usage", "--remote-debugging-pipe", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"),
)
_PATIENCE = 60.0


class BrowserError(AssertionError):
    """The browser did not do what it was told, in time."""


class Page:
    """One tab. `requests` are addresses that it asked for, `complaints` what its console and its policy said."""

    def __init__(self, send: int, receive: int) -> None:
        self._send, self._receive = send, receive
        self._rest = b""
        self._number = 0
        self._session: str | None = None
        self.requests: list[str] = []
        self.complaints: list[str] = []
        self.loaded = False

    def begin(self) -> None:
        """Open the tab and listen to it."""
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Network", "Runtime", "Log"):
            self.ask(f"{domain}.enable")

    def ask(self, method: str, **params: Any) -> dict[str, Any]:
        """The answer to one command. Raises BrowserError for an error, or none in time."""
        self._number += 1
        message: dict[str, Any] = {"id": self._number, "method": method, "params": params}
        if self._session is not None:
            message["sessionId"] = self._session
        os.write(self._send, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._next()
            if answer.get("id") == self._number:
                if "error" in answer:
                    raise BrowserError(f"{method}: {answer['error']}")
                result: dict[str, Any] = answer["result"]
                return result

    def show(self, file: Path, *, width: int = 1400, height: int = 900, dark: bool = False) -> None:
        """Load a file in a window of this size, and wait until it is there."""
        self.go(file.resolve().as_uri(), width=width, height=height, dark=dark)

    def go(self, address: str, *, width: int = 1400, height: int = 900, dark: bool = False) -> None:
        """Load an address in a window of this size, and wait until it is there."""
        self.ask("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        scheme = "dark" if dark else "light"
        self.ask("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        self.loaded = False
        self.ask("Page.navigate", url=address)
        end = time.monotonic() + _PATIENCE
        while not self.loaded:
            self._note(self._next(end))
        self.value("1")  # what was on its way has come

    def value(self, expression: str) -> Any:
        """What an expression comes to, asked from outside of the page's policy."""
        said = self.ask("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        return said["result"].get("value")

    def until(self, expression: str) -> bool:
        """Whether an expression becomes true while somebody would wait for it."""
        end = time.monotonic() + _PATIENCE
        while time.monotonic() < end:
            if self.value(expression) is True:
                return True
            self.value("new Promise(done => setTimeout(done, 50))")
        return False

    def picture(self, *, whole: bool = True, clip: Mapping[str, float] | None = None) -> bytes:
        """What it looks like, as PNG: the whole page, what the window shows, or a part."""
        more = {} if clip is None else {"clip": {**clip, "scale": 1}}
        said = self.ask("Page.captureScreenshot", format="png", captureBeyondViewport=whole, **more)
        return base64.b64decode(said["data"])

    def whole(self) -> dict[str, float]:
        """The whole page as a part to take a picture of."""
        size = self.ask("Page.getLayoutMetrics")["cssContentSize"]
        return {"x": 0, "y": 0, "width": size["width"], "height": size["height"]}

    def _next(self, end: float | None = None) -> dict[str, Any]:
        end = end or time.monotonic() + _PATIENCE
        while b"\0" not in self._rest:
            ready, _, _ = select.select([self._receive], [], [], max(0.0, end - time.monotonic()))
            data = os.read(self._receive, 1 << 20) if ready else b""
            if not data:
                raise BrowserError("the browser has gone" if ready else "the browser did not answer in time")
            self._rest += data
        line, _, self._rest = self._rest.partition(b"\0")
        message: dict[str, Any] = json.loads(line)
        self._note(message)
        return message

    def _note(self, message: Mapping[str, Any]) -> None:
        params = message.get("params", {})
        match message.get("method"):
            case "Network.requestWillBeSent":
                self.requests.append(params["request"]["url"])
            case "Log.entryAdded":
                self.complaints.append(params["entry"]["text"])
            case "Runtime.consoleAPICalled":
                self.complaints.append(str(params["args"]))
            case "Runtime.exceptionThrown":
                self.complaints.append(str(params["exceptionDetails"]))
            case "Page.loadEventFired":
                self.loaded = True


@contextlib.contextmanager
def browser() -> Iterator[Page]:
    """A tab of a browser that ends with the block. Raises BrowserError where none starts."""
    if PROGRAM is None:
        raise BrowserError("there is no chromium")
    commands, answers = os.pipe(), os.pipe()

    def at_places() -> None:
        taken = os.dup(commands[0]), os.dup(answers[1])
        os.dup2(taken[0], 3)
        os.dup2(taken[1], 4)

    with tempfile.TemporaryDirectory(prefix="seatrial-browser-", ignore_cleanup_errors=True) as profile:
        process = subprocess.Popen(
            [PROGRAM, *_FLAGS, f"--user-data-dir={profile}", "about:blank"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            close_fds=False,
            preexec_fn=at_places,
            start_new_session=True,
        )
        try:
            os.close(commands[0])
            os.close(answers[1])
            page = Page(commands[1], answers[0])
            page.begin()
            yield page
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait(timeout=_PATIENCE)
            os.close(commands[1])
            os.close(answers[0])
