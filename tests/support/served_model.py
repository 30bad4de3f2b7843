"""A model behind HTTP, written by hand, good and bad: run as `python served_model.py PORT [--how WORD ...]`.

Called by the live tests of `serving`. It speaks every preset, and answers `x` with twice as much; how it misbehaves is
told by words. Standard library only: it runs in whatever interpreter a test chooses.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

HOW = set(sys.argv[2:])
DIES_AFTER = next((int(word.removeprefix("dies-after-")) for word in HOW if word.startswith("dies-after-")), None)
seen = 0

BODIES = {
    "text": b"<html>Service</html>",
    "empty": b"",
    "deep": b"[" * 100_000 + b"]" * 100_000,
    "twice": b'{"label": "a", "label": "b"}',
}
"""What some models say whatever they are asked."""


class Model(BaseHTTPRequestHandler):
    """One request after another, on connections that are kept open."""

    disable_nagle_algorithm = True  # else each answer, written in two pieces, waits for the client's delayed ACK
    protocol_version = "HTTP/1.0" if "closes" in HOW else "HTTP/1.1"

    def do_GET(self) -> None:
        if "never-ready" in HOW:
            self.say(503, {"status": "loading"})
        elif "silent" in HOW:
            time.sleep(60)
        else:
            self.say(200, {"status": "ready"})

    def do_POST(self) -> None:
        global seen
        seen += 1
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if DIES_AFTER is not None and seen > DIES_AFTER:
            print("out of luck", file=sys.stderr, flush=True)
            os._exit(7)
        if "gathers" in HOW and seen > 1:
            four.wait()  # breaks, and so answers nothing, where fewer than four ask at a time
        if "hangs" in HOW:
            time.sleep(60)
        if "drips" in HOW:
            self.drip()
        elif "500" in HOW:
            self.say(500, {"error": "no such column: age"})
        elif "cuts" in HOW:
            self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n[1")
            self.close_connection = True
        elif how := next((how for how in BODIES if how in HOW), None):
            self.raw(200, BODIES[how])
        elif "token" in HOW and self.headers.get("Authorization") != "Bearer s3same":
            self.say(401, {"error": "who are you?"})
        elif "grows" in HOW:
            grown.append(bytearray(64 << 20))
            self.say(200, self.answered(body))
        else:
            self.say(200, self.answered(body))

    def answered(self, body: Any) -> Any:
        """What the path asks for, in the form that it has."""
        if self.path == "/invocations":
            rows = body["inputs"] if "inputs" in body else [row[0] for row in body["dataframe_split"]["data"]]
            found = [worth(row) for row in rows]
            return {"predictions": found[:-1] if "short" in HOW else found}
        if self.path.startswith("/v2/"):
            (tensor,) = body["inputs"]
            values = [worth(value) for value in tensor["data"]]
            shape = [len(values) + 1] if "short" in HOW else tensor["shape"]
            return {"model_name": "m", "outputs": [{"name": "y", "shape": shape, "datatype": "FP64", "data": values}]}
        if self.path == "/v1/chat/completions":
            said = "You said " + body["messages"][-1]["content"]
            return {"choices": [{"message": {"role": "assistant", "content": said}, "finish_reason": "stop"}]}
        if isinstance(body, list):
            return [{"result": {"score": worth(value), "label": "up"}} for value in body]
        return {"wrong": 1} if "wrong-shape" in HOW else {"result": {"score": worth(body), "label": "up"}}

    def drip(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "1000")
        self.end_headers()
        for _ in range(1000):
            self.wfile.write(b" ")
            self.wfile.flush()
            time.sleep(0.05)

    def say(self, status: int, document: Any) -> None:
        self.raw(status, json.dumps(document).encode())

    def raw(self, status: int, data: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        if "closes-each" in HOW:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(data)
        if "drops-kept" in HOW:
            self.close_connection = True  # without having said so

    def log_request(self, *_: Any) -> None:
        print("asked", self.path, file=sys.stderr, flush=True)


grown: list[bytearray] = []
four = threading.Barrier(4, timeout=10)
noise = 0.0


def worth(value: Any) -> Any:
    """Twice as much; with `noisy` a little more each time, with `random` another by process."""
    global noise
    noise += 1e-3 if "noisy" in HOW else 0.0
    bias = (os.getpid() % 97) / 97 if "random" in HOW else 0.0
    inner = value["x"] if isinstance(value, dict) else value
    if isinstance(inner, list):
        return [worth(each) for each in inner]
    return 2 * inner + noise + bias


if __name__ == "__main__":
    print("loading", file=sys.stderr, flush=True)
    if "dies" in HOW:
        print("no model at /nowhere", file=sys.stderr, flush=True)
        sys.exit(3)
    if "leaves-child" in HOW and os.fork() == 0:
        time.sleep(300)
    if "slow" in HOW:
        time.sleep(1.0)
    if "stubborn" in HOW:
        import signal

        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Model).serve_forever()
