"""Evidence of a served model that a run makes: it starts the model, asks what the gates ask for, and keeps the files.

Called by `run_judging` before a model with `serving:` is judged, and again for the gate set of the base where a change
alters it; what both ask in the same way is made once. The candidate's artifact is taken out of the dossier's store, and
so is the baseline's where the two are compared, so that what is measured is what is judged, whatever lies in the tree.
The files come to lie in the run's folder with the logs, and in the cache as evidence of the dossier, which a registered
version keeps.

What is subtle: a measurement is made anew in each run and never remembered, because it is of this machine at this time
and of code that no key holds. And a model that does not start is no error of the run: the gates that needed the
evidence say ERROR with what happened, and all others are judged.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypeAlias

from msgspec import Struct

from seatrial.errors import EvidenceError, OutsideError, StageError, StateError, UsageError
from seatrial.evidence.policy import OutKind
from seatrial.evidence.requests import read_requests
from seatrial.flows.asking_plan import Cases, Held, Times, cases_of, held_of, times_of
from seatrial.flows.baselines import Baseline, BaselineFound
from seatrial.flows.case_files import test_cases
from seatrial.flows.dossier import Dossier, EvidenceFile, one_cell
from seatrial.flows.policy import ModelPolicy, ServingPolicy
from seatrial.flows.serving_ground import Served, ground_of
from seatrial.flows.under_way import Run
from seatrial.gates.codes import Kind
from seatrial.gates.policy import GateSet
from seatrial.replacing import replace
from seatrial.serving import making
from seatrial.serving.campaign import Contender
from seatrial.serving.launch import last_lines
from seatrial.serving.making import Input
from seatrial.serving.measure import Who
from seatrial.serving.policy import Server, Timing, Url
from seatrial.store.blobs import CorruptBlobError

_FOLDER = "serving"
_TELL_EVERY = 2.0  # seconds between two events that tell how far it is
_LINES = 3  # last lines of a log in a message
_NAMES = (*Who, "model")  # as `serving/` calls them, and their logs
_LOG = "; the last lines of its log:\n"

Part: TypeAlias = Times | Cases | Held


class Made(Struct, frozen=True, kw_only=True):
    """Files of the candidate and of the baseline, or why there are none."""

    mine: tuple[EvidenceFile, ...] = ()
    theirs: tuple[EvidenceFile, ...] = ()
    trouble: str | None = None


class Asking:
    """The served models of one judgement: called with a gate set, it gives both sides with what the set asks for."""

    def __init__(self, run: Run, model: ModelPolicy, serving: ServingPolicy, dossier: Dossier, other: Baseline) -> None:
        self._run = run
        self._model = model
        self._serving = serving
        self._dossier = dossier
        self._other = other
        self._cases_in = run.workspace.git.root
        self._made: dict[tuple[Part, object, object], Made] = {}

    def __call__(self, gate_set: GateSet, cases_in: Path | None = None) -> tuple[Dossier, Baseline]:
        """The candidate and its baseline as the gates are to see them. `cases_in` is the folder of the set's test cases
        where they are not those of the work tree. Raises CorruptBlobError."""
        self._cases_in = cases_in or self._run.workspace.git.root
        known = frozenset(file.kind for file in self._dossier.others)
        asked = (
            times_of(gate_set, self._serving, known),
            cases_of(gate_set, known) if self._has_inputs(gate_set) else None,
            held_of(gate_set, known),
        )
        dossier, other = self._dossier, self._other
        for part in asked:
            if part is None:
                continue
            of_cases = isinstance(part, Cases) or self._serving.requests is None
            key = (part, cases_of(gate_set, ()) if of_cases else None, self._cases_in if of_cases else None)
            if key not in self._made:
                self._made[key] = self._make(part, gate_set)
            made = self._made[key]
            if made.trouble is not None:
                troubles = {kind.value: made.trouble for kind in _kinds(part)}
                dossier = replace(dossier, unserved={**dossier.unserved, **troubles})
            dossier = replace(dossier, others=(*dossier.others, *made.mine))
            if made.theirs and isinstance(other, BaselineFound):
                kinds = {file.kind for file in made.theirs}
                kept = tuple(file for file in other.dossier.others if file.kind not in kinds)
                other = replace(other, dossier=replace(other.dossier, others=(*kept, *made.theirs)))
        return dossier, other

    def _has_inputs(self, gate_set: GateSet) -> bool:
        """Whether the test cases can be asked. Cases that name rows of the predictions have no inputs; files that
        cannot be read are told by the gate."""
        try:
            cases = test_cases(self._cases_in, gate_set).read(self._run.workspace.parse_yaml)
        except EvidenceError:
            return False
        return cases is not None and any(case.input is not None for case in cases.cases)

    def _make(self, part: Part, gate_set: GateSet) -> Made:
        folder = self._folder(part)
        with self._run.workspace.cache.scratch("serve") as scratch:
            contenders = self._contenders(scratch, compare=not isinstance(part, Held) and part.compare)
            try:
                served = ground_of(self._run.prepared.host, self._serving, folder)
                match part:
                    case Times():
                        return self._times(part, contenders, served, gate_set)
                    case Cases():
                        return self._answers(part, contenders, served, gate_set)
                    case Held():
                        return self._contract(part, contenders, served, gate_set)
            except (StateError, CorruptBlobError):
                raise
            except (StageError, UsageError, EvidenceError, OutsideError) as error:
                said = told(error, folder).replace(f"{self._run.workspace.git.root}/", "")
                self._run.events.add("not_served", model=self._model.name, message=said)
                return Made(trouble=said)

    def _folder(self, part: Part) -> Path:
        name = {Times: "times", Cases: "answers", Held: "contract"}[type(part)]
        alike = sum(type(other) is type(part) for other, *_ in self._made)
        return self._run.folder / _FOLDER / self._model.name / (f"{name}+{alike + 1}" if alike else name)

    def _contenders(self, scratch: Path, *, compare: bool) -> dict[Who, Contender]:
        """The candidate, and the baseline where it is compared and another model. Nobody knows what a server of
        somebody else's runs, so it is never compared."""
        if isinstance(self._serving.server.behind, Url):
            return {Who.CANDIDATE: Contender(server=self._serving.server)}
        sides = {Who.CANDIDATE: self._dossier}
        other = self._other
        if (
            compare
            and isinstance(other, BaselineFound)
            and other.dossier.artifact.digest != self._dossier.artifact.digest
        ):
            sides[Who.BASELINE] = other.dossier
        found = {}
        for who, dossier in sides.items():
            place = scratch / who / self._name()
            dossier.store.checkout(dossier.artifact, place)
            found[who] = Contender(server=self._serving.server, model=str(place), artifact=dossier.artifact.digest)
        return found

    def _name(self) -> str:
        """The last part of the artifact's path: some loaders go by its suffix."""
        source = self._model.artifact
        cell = one_cell(source, self._run.prepared.host.policy)
        cells = {each.name: each for each in self._run.prepared.cells}
        return posixpath.basename(cells[cell].out(source.out).path)

    def _inputs(self, gate_set: GateSet) -> Sequence[Input]:
        """The file of requests, else what the test cases ask. Raises EvidenceError, UsageError."""
        workspace, file = self._run.workspace, self._serving.requests
        if file is not None:
            return read_requests(workspace.git.root / file, shown=file)
        cases = test_cases(self._cases_in, gate_set).read(workspace.parse_yaml)
        inputs = making.inputs_of(cases) if cases is not None else ()
        if not inputs:
            raise UsageError(
                f"there is nothing to ask the model: models.{self._model.name}.serving names no `requests:`, and no "
                "test case has an input",
                next_step="write inputs to a file, one JSON value a line, and name it under `requests:`",
            )
        return inputs

    def _times(self, part: Times, contenders: Mapping[Who, Contender], served: Served, gate_set: GateSet) -> Made:
        timing = part.timing
        asked = {who: replace(each, server=_measured_as(each.server, timing)) for who, each in contenders.items()}
        folder, inputs = served.ground.logs, self._inputs(gate_set)
        say = self._telling("times and memory")
        say(0, len(asked) * sum(map(len, making.rounds_of(inputs, timing))))
        making.make_timings(folder, asked, inputs, timing, served.ground, say=say)
        return Made(mine=tuple(self._keep(served, folder, making.TIMINGS, making.MEASUREMENT)))

    def _answers(self, part: Cases, contenders: Mapping[Who, Contender], served: Served, gate_set: GateSet) -> Made:
        cases = test_cases(self._cases_in, gate_set).read(self._run.workspace.parse_yaml)
        inputs = making.inputs_of(cases) if cases is not None else ()
        names = {Who.CANDIDATE: making.ANSWERS, Who.BASELINE: making.BASELINE_ANSWERS}
        folder = served.ground.logs
        found: dict[Who, tuple[EvidenceFile, ...]] = {}
        for who, contender in contenders.items():
            self._telling(f"answers of the {who}")(0, len(inputs) * part.repeats)
            one = replace(contender, server=replace(contender.server, concurrency=1))
            making.make_answers(folder / names[who], one, inputs, part.repeats, served.ground, name=f"the {who}")
            found[who] = tuple(self._keep(served, folder, names[who]))
        return Made(mine=found[Who.CANDIDATE], theirs=found.get(Who.BASELINE, ()))

    def _contract(self, part: Held, contenders: Mapping[Who, Contender], served: Served, gate_set: GateSet) -> Made:
        inputs = making.few_of(self._inputs(gate_set))
        self._telling("the contract")(0, len(inputs))
        mine = contenders[Who.CANDIDATE]
        one = replace(mine, server=replace(mine.server, concurrency=1))
        folder = served.ground.logs
        making.make_contract(folder / making.CONTRACT, one, inputs, served.ground, score=part.score)
        return Made(mine=tuple(self._keep(served, folder, making.CONTRACT)))

    def _keep(self, served: Served, folder: Path, *names: str) -> Iterator[EvidenceFile]:
        """Files as evidence in the cache's store."""
        store = self._run.workspace.cache.blobs
        for name in names:
            served.refuse_leaks(folder / name)
            yield EvidenceFile(
                shown=f"{_FOLDER}/{self._model.name}/{name}",
                artifact=store.put_path(folder / name),
                kind=_KINDS[name],
                store=store,
            )

    def _telling(self, what: str) -> Callable[[int, int], None]:
        """Tells how far it is, at first, now and then, and at the end."""
        clock, events, last = self._run.workspace.clock, self._run.events, [float("-inf")]

        def say(done: int, of: int) -> None:
            now = clock.monotonic()
            if now - last[0] >= _TELL_EVERY or done == of:
                last[0] = now
                events.add("measuring", model=self._model.name, what=what, done=done, of=of)

        return say


_KINDS = {
    making.TIMINGS: OutKind.TIMINGS,
    making.MEASUREMENT: OutKind.MEASUREMENT,
    making.ANSWERS: OutKind.ANSWERS,
    making.BASELINE_ANSWERS: OutKind.ANSWERS,
    making.CONTRACT: OutKind.CONTRACT,
}


def told(error: StageError | UsageError | EvidenceError | OutsideError, logs: Path) -> str:
    """What went wrong, as one line: what happened, what to do, where the log lies, and how it ended."""
    happened, _, log = "; ".join(str(problem) for problem in error.problems).partition(_LOG)
    step = error.next_step or ""
    parts = [happened, f"{step[:1].lower()}{step[1:]}"]
    file = next((logs / f"the-{who}.log" for who in _NAMES if happened.startswith(f"the {who} ")), None)
    if file is not None and file.exists():
        parts += [f"look at {file}"] if str(file) not in step else []
        log = log or last_lines(file)
    lines = [line.strip() for line in log.splitlines() if line.strip()][-_LINES:]
    parts += [f"its last lines: {' / '.join(lines)}"] if lines else []
    return "; ".join(filter(None, parts))


def _kinds(part: Part) -> tuple[Kind, ...]:
    match part:
        case Times(kinds=kinds):
            return kinds
        case Cases():
            return (Kind.BEHAVIORAL,)
        case Held():
            return (Kind.CONTRACT,)


def _measured_as(server: Server, timing: Timing) -> Server:
    """A server that is asked as the gate says. A function answers one caller at a time, and refuses more by itself."""
    return replace(server, warm_up=timing.warm_up, concurrency=timing.concurrency)
