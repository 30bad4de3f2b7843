"""A project to kill Seatrial in, again and again, and what proves that nothing came of it.

Called by `tests/faults/test_named_fault_points.py` and by the campaigns of `tests/long`. The project has a model
in production, three versions of its parameters, a shared state and a shared cache in folders, and a token
that its training leases. What is right for each version is told by a *cold* run: in a fresh clone, with
an empty cache here and there. Every command of a stage notes that it was started, so what the engine says
about what it reused is not all there is to go by.
"""

from __future__ import annotations

import errno
import json
import random
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from tests.support.cli import CONFIG, DATA, EVALUATE, PARAMS, TRAIN, Repo, new_repo
from tests.support.commanding import NOTHING, Commander, Fault, Told
from tests.support.fault_points import Command

SALTS = ("b", "c", "d")
"""The versions of the parameters; production was made with another one."""

CELLS = ("data", "train", "evaluate")
_NOTE = 'import os\nwith open(os.environ["HOME"] + "/starts", "a") as file:\n    file.write("%s\\n")\n'
_OUTS = ("data", "outputs")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cold:
    """What a run of one version comes to when nothing is known."""

    code: int
    outs: dict[str, bytes]
    models: Any


@dataclass(slots=True)
class Campaign:
    """The project, and what went on in it. `kills` counts them by where they hit."""

    repo: Repo
    share: Path
    commander: Commander
    cold: dict[str, Cold] = field(default_factory=dict)
    commits: dict[str, str] = field(default_factory=dict)
    salt: str = ""
    acknowledged: set[str] = field(default_factory=set)
    kills: int = 0

    # -- before a kill ------------------------------------------------------------------

    def begin(self, salt: str, state: Command) -> None:
        """Bring the work tree to a version and forget as much as `state` says."""
        self.acknowledged.clear()
        self.salt = salt
        self.repo.git("checkout", "-q", self.commits[salt])
        if state in ("cold", "other machine", "memo"):
            shutil.rmtree(self.repo.root / ".seatrial", ignore_errors=True)
        if state == "cold":
            shutil.rmtree(self.share / "cache")
            (self.share / "cache").mkdir()
        if state in ("tree gone", "other machine", "memo"):  # a run of some stages would leave the others' of before
            self._remove_outs(self.repo)

    def strike(self, fault: Fault, *words: str) -> Told:
        """Type `run` with a fault, and note what it acknowledged before it died."""
        before = set(self._logs())
        told = self.commander.type(self.repo, "run", "--json", *words, fault=fault)
        self.kills += told.killed
        for log in set(self._logs()) - before:
            self.acknowledged |= _acknowledged(log)
        return told

    # -- after a kill -------------------------------------------------------------------

    def recover(self, *words: str, fault: Fault = NOTHING) -> dict[str, str]:
        """Run to the end: nothing acknowledged runs again, and all is as after a cold run. What it did."""
        before = self.starts()
        told = self.commander.type(self.repo, "run", "--json", *words, fault=fault)
        if told.code != self.cold[self.salt].code and not words:
            raise AssertionError(f"exit code {told.code}\n{told.out}\n{told.err}")
        document = told.json
        did = self.repo.did(document)
        lost = [name for name in self.acknowledged if did.get(name, "reused") != "reused"]
        again = [name for name in self.acknowledged if self.starts().count(name) != before.count(name)]
        if lost or again:
            raise AssertionError(f"finished, and run again: {lost or again}")
        wrong = self.differs(document, judged=not words)
        if wrong:
            raise AssertionError(f"not as after a cold run: {wrong}")
        return did

    def differs(self, document: Any, *, judged: bool = True) -> list[str]:
        """What is not as after a cold run, bytes and verdicts."""
        right = self.cold[self.salt]
        outs = outs_of(self.repo)
        if not judged:
            outs = {**{path: data for path, data in right.outs.items() if path not in outs}, **outs}
        wrong = sorted(path for path in outs.keys() | right.outs.keys() if outs.get(path) != right.outs.get(path))
        return wrong + ["verdicts"] * (judged and _judged(document) != right.models)

    def starts(self) -> list[str]:
        """Every start of a stage's command so far."""
        file = Path(self.repo.environ["HOME"], "starts")
        return file.read_text().split() if file.exists() else []

    # -- the cold runs ------------------------------------------------------------------

    def better(self) -> None:
        """Bring the work tree to a model that may be promoted, and run it."""
        self.repo.git("checkout", "-q", self.commits["better"])
        self.commander.type(self.repo, "run", "--json")

    def prove(self) -> None:
        """Find out what is right for each version, in clones that know nothing."""
        for salt in SALTS:
            shutil.rmtree(self.share / "cache")
            (self.share / "cache").mkdir()
            root = self.share.parent / f"cold-{salt}"
            subprocess.run(["git", "clone", "-q", str(self.repo.root), str(root)], check=True)
            clone = replace(self.repo, root=root)
            clone.git("checkout", "-q", self.commits[salt])
            told = self.commander.type(clone, "run", "--json")
            if told.code not in (0, 1, 3) or set(clone.did(told.json).values()) != {"ran"}:
                raise AssertionError(f"a cold run failed\n{told.out}\n{told.err}")
            self.cold[salt] = Cold(code=told.code, outs=outs_of(clone), models=_judged(told.json))
        if len({json.dumps(cold.models) for cold in self.cold.values()}) != len(SALTS):
            raise AssertionError("the versions cannot be told apart")

    def _remove_outs(self, repo: Repo) -> None:
        for name in _OUTS:
            shutil.rmtree(repo.root / name, ignore_errors=True)

    def _logs(self) -> list[Path]:
        return list((self.repo.root / ".seatrial" / "runs").glob("*/events.jsonl"))


@contextmanager
def campaign(folder: Path) -> Iterator[Campaign]:
    """A project in which a model is in production and every version was run cold elsewhere."""
    share = folder / "share"
    for name in ("state", "cache"):
        (share / name).mkdir(parents=True)
    config = CONFIG.replace("  evaluate:", "    resources: {tokens: {licence: 1}}\n  evaluate:", 1)
    places = f"state: file://{share}/state\ncache: {{remote: file://{share}/cache}}\n"
    steps = {"data": DATA, "train": TRAIN, "evaluate": EVALUATE}
    files = {f"steps/{name}.py": text + _NOTE % name for name, text in steps.items()}
    files["seatrial.yaml"] = config + places + "resources: {tokens: {licence: 2}}\n"
    repo = new_repo(folder, {**files, "params.yaml": PARAMS.replace("rows: 1200", "rows: 300")})
    (folder / "home").mkdir()
    repo.environ = {"HOME": str(folder / "home"), "SEATRIAL_LEASES": str(folder / "leases")}
    with Commander() as commander:
        made = Campaign(repo=repo, share=share, commander=commander)
        repo.run(code=2)
        repo.promote(repo.register(), "--first")
        for salt in SALTS:
            repo.edit("params.yaml", (f"salt: {'abc'[SALTS.index(salt)]}\n", f"salt: {salt}\n"))
            made.commits[salt] = repo.commit(f"salt {salt}")
        repo.edit("params.yaml", ("skill: 0.9\n", "skill: 0.97\n"))
        made.commits["better"] = repo.commit("better")
        made.prove()
        yield made


def kill_at_random(made: Campaign, kills: int, seed: str) -> dict[str, int]:
    """Kill so often, once or twice before the next run may end; cold, warm, restoring and taking over.

    How many kills there were in runs that began in each state. Raises AssertionError when anything was lost or wrong.
    """
    chance = random.Random(seed)
    totals: dict[str, int] = {}
    hits = dict.fromkeys(("cold", "tree gone", "other machine"), 0)
    made.kills = 0
    while made.kills < kills:
        state: Command = chance.choice(("cold", "cold", "tree gone", "other machine"))
        made.begin(chance.choice(SALTS), state)
        if state not in totals:
            totals[state] = made.commander.type(made.repo, "run", "--json", fault=Fault(count=True)).calls
            made.begin(made.salt, state)
        before, points = made.kills, []
        for _ in range(chance.choice((1, 1, 2))):
            points.append(chance.randint(1, totals[state]))
            made.strike(Fault(die_at=points[-1]))
        hits[state] += made.kills - before
        try:
            made.recover()
            if chance.random() < 0.3 and set(made.recover().values()) != {"reused"}:
                raise AssertionError("the run after it had something to do")  # noqa: TRY301 - told with the place
        except AssertionError as error:
            raise AssertionError(
                f"killed at {points} of {totals[state]} calls, {state}, {made.salt}: {error}"
            ) from error
    return hits


def fail_at(made: Campaign, at: int, code: int) -> int | None:
    """Let one step of a cold run fail: told as what it is, and the next run is right. The exit code."""
    made.begin("b", "cold")
    told = made.strike(Fault(fail_at=at, code=code))
    usual = made.cold["b"].code
    trouble = "ended" if told.code in (5, usual) else "said"
    try:
        document = told.json
        if told.code == 5 and not all(problem["next_step"] for problem in document["error"]["problems"]):
            trouble = "no next step"
        if told.code == usual and (wrong := made.differs(document)):
            trouble = f"wrong: {wrong}"
        if trouble == "ended":
            made.recover()
            return told.code
    except (ValueError, KeyError, AssertionError) as error:
        trouble = str(error)
    raise AssertionError(f"step {at}, {errno.errorcode[code]}: {trouble}; {told.code}\n{told.out}\n{told.err}")


def outs_of(repo: Repo) -> dict[str, bytes]:
    """Every byte below the folders of outs, by path."""
    files = (path for name in _OUTS for path in (repo.root / name).rglob("*"))
    return {str(path.relative_to(repo.root)): path.read_bytes() for path in files if path.is_file()}


def _judged(document: Any) -> Any:
    """What was made of each model, without what belongs to one run."""
    return document["models"]


def _acknowledged(log: Path) -> set[str]:
    whole = [line for line in log.read_bytes().splitlines(keepends=True) if line.endswith(b"\n")]
    events = [json.loads(line) for line in whole]
    return {event["cell"] for event in events if event["event"] == "stage_ended" and event["did"] == "ran"}
