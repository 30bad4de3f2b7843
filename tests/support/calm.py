"""A project that judges no model, so that a run of it with nothing to do is answered from the memo.

Called by the tests of settled runs. Its three stages rest on something of every kind: parameters, a
literal file, a folder that git ignores, a glob, an out of another stage, code that imports a file
that git ignores, and code that would import one that is not there.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.support.cli import Repo, new_repo

CONFIG = """\
project: calm
params: params.yaml
tiers:
  many: {params: {words.count: 3}}
stages:
  words:
    cmd: python steps/words.py ${deps.text} ${params.words.count} ${outs.found}
    deps: {text: data/text.txt}
    pass_env: [FLAVOUR]
    outs: {found: made/words.txt}
  notes:
    cmd: python steps/join.py ${outs.all} ${deps.notes}
    deps: {notes: "notes/*.txt"}
    outs: {all: made/notes.txt}
  folder:
    cmd: python steps/list.py ${deps.raw} ${deps.found} ${outs.names}
    deps: {raw: raw, found: words.found}
    outs: {names: made/names}
"""
WORDS = """\
import sys

import local_settings

try:
    import optional_settings
except ImportError:
    pass
text, count, out = sys.argv[1:]
with open(text) as file, open(out, "w") as found:
    found.write(" ".join(file.read().split()[: int(count)]) + local_settings.END)
"""
JOIN = """\
import sys

with open(sys.argv[1], "w") as out:
    for path in sys.argv[2:]:
        with open(path) as file:
            out.write(file.read())
"""
LIST = """\
import os
import sys

raw, found, names = sys.argv[1:]
os.makedirs(names)
with open(found) as file, open(names + "/list.txt", "w") as out:
    out.write(file.read() + ",".join(sorted(os.listdir(raw))))
"""
FILES: Mapping[str, str] = {
    "seatrial.yaml": CONFIG,
    "params.yaml": "words:\n  count: 2\n",
    "data/text.txt": "one two three four\n",
    "notes/a.txt": "a\n",
    "notes/b.txt": "b\n",
    "steps/words.py": WORDS,
    "steps/join.py": JOIN,
    "steps/list.py": LIST,
    "README.md": "calm\n",
    ".gitignore": "/made/\n/raw/\n/steps/*_settings.py\n__pycache__/\n",
}


def new_calm_repo(folder: Path) -> Repo:
    """The project, committed, with its ignored files, before any run."""
    repo = new_repo(folder, FILES)
    repo.write("steps/local_settings.py", 'END = "."\n')
    repo.write("raw/x.bin", b"\0")
    repo.write("raw/deep/y.bin", b"\1")
    return repo


def events(repo: Repo) -> list[dict[str, Any]]:
    """The log of the newest run."""
    log = max((repo.root / ".seatrial" / "runs").iterdir()) / "events.jsonl"
    return [json.loads(line) for line in log.read_text().splitlines()]


def was_settled(repo: Repo) -> bool:
    """Whether the newest run was answered from the memo."""
    return any(event["event"] == "stages_reused" for event in events(repo))


def settle(repo: Repo, *words: str) -> None:
    """Run until a run is answered from the memo. Raises AssertionError when that does not come to pass."""
    for _ in range(4):
        repo.run(*words)
        if was_settled(repo):
            return
    raise AssertionError("nothing changes, and yet no run is answered from the memo")


def memos(repo: Repo) -> list[Path]:
    """The memo files."""
    return sorted((repo.root / ".seatrial" / "settled").glob("*"))
