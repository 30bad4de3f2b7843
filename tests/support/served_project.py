"""The tiny project with a model that is served: a few lines of http.server, well behaved or not.

Called by the live tests of `run` and `measure`. What the model does is its own `salt`, so that two models
of one project differ: `a` answers at once, `slow` takes a while, and the others misbehave.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.support.cli import CONFIG, Repo, new_repo

SERVE = """\
import json
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

path, port = sys.argv[1:]
with open(path) as file:
    skill, salt = file.read().split()
if salt == "dies":
    sys.exit("no such weights")
asked = 0


class Model(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1

    def do_GET(self):
        self.answer(503 if salt == "never" else 200, {"still": "loading"})

    def do_POST(self):
        global asked
        asked += 1
        given = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if salt == "hangs":
            time.sleep(60)
        if salt == "runs-out" and asked > 20:
            print("out of memory", flush=True)
            sys.stdout.flush()
            __import__("os")._exit(9)
        time.sleep(0.004 if salt == "slow" else 0.001)
        if salt == "500":
            self.answer(500, {"error": "no such column"})
        elif salt == "shape":
            self.answer(200, {"other": given})
        else:
            self.answer(200, {"label": "odd" if given % 2 else "even", "score": 0.5})

    def answer(self, status, document):
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


ThreadingHTTPServer(("127.0.0.1", int(port)), Model).serve_forever()
"""
SERVING = """\
    serving:
      cmd: python steps/serve.py ${model} ${port}
      answer: label
      ready: /health
      requests: requests.jsonl
      timeouts: {ready: 3s, request: 1s, stop: 2s}
      warm_up: 2
      starts: 1
"""
SMOKE = "smoke:\n  performance: {accuracy: {min: 0.5}}\n"
LATENCY = SMOKE + "promote:\n  latency: {p50_ms: 500, requests: 60, warm_up: 2}\n"
COMPARED = SMOKE + "promote:\n  latency: {max_increase: {p50: 100%}, requests: 120, warm_up: 2}\n"
CASES = """\
{"id": "one", "input": 1, "expected": "odd"}
{"id": "two", "input": 2, "expected": "even"}
"""
FILES = {
    "seatrial.yaml": CONFIG + SERVING,
    "gates.yaml": LATENCY,
    "steps/serve.py": SERVE,
    "requests.jsonl": "".join(f"{number}\n" for number in range(20)),
}
SHOWN = ("PASS", "INCONCLUSIVE")
"""Of a limit far above any wait: whether few requests show it depends on how their waits hang together."""
SLOW = ("  salt: a\n", "  salt: slow\n")
ALIKE = ("  skill: 0.9\n", "  skill: 0.91\n")


def served_production(folder: Path) -> Repo:
    """A project whose first model is in production, judged by how fast it answers."""
    repo = new_repo(folder, FILES)
    repo.run(code=None)
    repo.promote(repo.register(), "--first", "--override", "--reason", "few requests")
    return repo


def model_of(document: Any) -> Any:
    """The one model of a run's document."""
    (model,) = document["models"]
    return model


def found_in(document: Any) -> dict[str, tuple[str, str]]:
    """Verdict and reason by the name of a gate."""
    return {one["name"]: (one["verdict"], one["reason"]) for one in model_of(document)["findings"]}


def gates(repo: Repo, text: str) -> None:
    """Commit other gates."""
    repo.write("gates.yaml", text)
    repo.commit("gates")
