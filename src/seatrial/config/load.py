"""`seatrial.yaml` and the files it names, from some tree, to one `ProjectPolicy`.

Called by the cli for the work tree and by flows for other commits: files come through a
function, so that any tree can be read. All mistakes are raised at once. The order is: shapes of
every file, then what refers to what; an object whose shape is wrong is not asked further.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING

from msgspec import Struct, field

from seatrial import digest
from seatrial.config.document import Document, ModelDraft, read_document
from seatrial.config.gates import parse_source, read_gates
from seatrial.config.model_checks import check_model, check_tiers
from seatrial.config.names import normal, path_fault
from seatrial.config.node import Node, Notes
from seatrial.config.origins import Origin, origins_of
from seatrial.config.params import Parameters, read_parameters
from seatrial.config.source import Source
from seatrial.config.stage_checks import check_stages, resolved_stages
from seatrial.config.stage_document import StageDraft
from seatrial.config.yaml_source import parse_yaml
from seatrial.errors import ConfigError, Place
from seatrial.flows.policy import LOCAL, DatasetPolicy, ModelPolicy, ProjectPolicy, TierPolicy, configuration_digest
from seatrial.gates.policy import GateSet
from seatrial.pipeline.policy import PipelinePolicy
from seatrial.replacing import replace

if TYPE_CHECKING:  # only projects that judge data pay for it
    from seatrial.data.policy import Contract

FILE = "seatrial.yaml"
_SUFFIXES = (".yaml", ".yml", ".json")

Read = Callable[[str], bytes | None]


class Loaded(Struct, frozen=True, kw_only=True):
    """A project's policy, and for every value of it where it came from, which is worked out when it is asked for."""

    policy: ProjectPolicy
    origins: Callable[[], tuple[Origin, ...]]


class _Files(Struct):
    """What was read so far: the bytes' digests, and each file parsed once."""

    read: Read
    notes: Notes
    digests: dict[str, str] = field(default_factory=dict)
    sources: dict[str, Source | None] = field(default_factory=dict)

    def source(self, path: str, node: Node) -> Source | None:
        """A parsed file that `node` names; None after noting why it cannot be read."""
        if path not in self.sources:
            self.sources[path] = self._parsed(path, node)
        elif self.sources[path] is None:
            node.notes.mark(node.source.file, node.path)
        return self.sources[path]

    def _parsed(self, path: str, node: Node) -> Source | None:
        if not path.endswith(_SUFFIXES):
            node.complain(f"`{path}` is not supported yet", f"use a file that ends in {', '.join(_SUFFIXES)}")
            return None
        data = self.read(normal(path))
        if data is None:
            node.complain(f"there is no file `{path}`", "create it, or correct the path; it is relative to the root")
            return None
        self.digests[path] = digest.of_bytes(data)
        try:
            return parse_source(data, path)
        except ConfigError as error:
            self.notes.problems += error.problems
            node.notes.mark(node.source.file, node.path)
            return None


def load(read: Read, *, file: str = FILE, set_params: Mapping[str, str] | None = None) -> Loaded:
    """The configuration of one tree.

    `read` gives the bytes of a path relative to the repository's root, None where there is no
    such file. `set_params` holds parameter values as typed on the command line, by dotted name.
    Raises ConfigError with every mistake found.
    """
    overrides = dict(set_params or {})
    data = read(file)
    if data is None:
        raise ConfigError(
            f"there is no {file}",
            place=Place(file=file),
            next_step=f"create {file} at the root of the repository; `seatrial demo` shows one at work",
        )
    notes = Notes()
    files = _Files(read, notes, {file: digest.of_bytes(data)})
    source = parse_yaml(data, file)
    if source.value is None:
        raise ConfigError(f"{file} is empty", place=Place(file=file), next_step="`seatrial demo` shows one at work")
    document = read_document(Node(source, (), source.value, notes))
    parameters = _parameters(document, files, overrides)
    document = replace(document, datasets=_with_contracts(document, files))
    gates = _gates(document, files)
    stages = resolved_stages(document)
    check_stages(document, stages, parameters, frozenset(map(normal, files.digests)))
    models = _models(document, stages, gates)
    check_tiers(document, parameters, {name: (made.file, made.sets) for name, made in gates.items() if made.usable})
    notes.raise_all()
    policy = ProjectPolicy(
        project=document.project,
        pipeline=_pipeline(document, stages, parameters),
        tiers={name: _with_overrides(tier, parameters) for name, tier in document.tiers.items()},
        datasets=document.datasets,
        models=models,
        main=document.main,
        state=document.state or LOCAL,
        cache=document.cache,
        forge=document.forge,
        params_file=document.params_file,
        notify=document.notify,
        workflows=document.workflows,
        digest=configuration_digest(files.digests, overrides),
    )
    gate_sources = {name: made.source for name, made in gates.items() if made.source is not None}
    return Loaded(policy=policy, origins=partial(origins_of, policy, document.root, parameters, gate_sources))


def _parameters(document: Document, files: _Files, overrides: Mapping[str, str]) -> Parameters:
    node = document.root.child("params")
    source = None
    if node is not None and document.params_file and not node.broken:
        source = files.source(document.params_file, node)
    if node is not None and node.broken:
        return Parameters(values={}, names={}, overrides={}, usable=False)
    return read_parameters(source, overrides, files.notes)


class _ModelGates(Struct, frozen=True, kw_only=True):
    file: str
    sets: Mapping[str, GateSet]
    source: Source | None

    @property
    def usable(self) -> bool:
        return bool(self.sets)


def _gates(document: Document, files: _Files) -> Mapping[str, _ModelGates]:
    """The gate sets of each model that names a file; a file that several name is read once."""
    read: dict[str, Mapping[str, GateSet]] = {}
    found: dict[str, _ModelGates] = {}
    for name, draft in document.models.items():
        node = draft.node.child("gates")
        if node is None or not draft.gates_file or node.broken:
            continue
        source = files.source(draft.gates_file, node)
        if source is not None and draft.gates_file not in read:
            read[draft.gates_file] = read_gates(source, files.notes)
        sets = read.get(draft.gates_file, {})
        found[name] = _ModelGates(file=draft.gates_file, sets=sets, source=source)
    return found


def _with_contracts(document: Document, files: _Files) -> Mapping[str, DatasetPolicy]:
    """The datasets, each with the other data that its contract names. Mistakes in contracts are noted."""
    found = dict(document.datasets)
    for name, dataset in document.datasets.items():
        node = document.root.at("datasets", name, "contract")
        if dataset.contract is None or node.broken:
            continue
        source = files.source(dataset.contract, node)
        if source is None:
            continue
        from seatrial.config.contract import read_contract  # only for projects that have one

        contract = read_contract(source, files.notes)
        beside = _beside(contract, dataset.contract, files.notes)
        found[name] = replace(dataset, beside=beside, by_the_clock=contract.fresh is not None)
    return found


def _beside(contract: Contract, file: str, notes: Notes) -> tuple[str, ...]:
    """The other data that a contract names, as paths of the repository: `data/checking.py` opens them from the folder
    of the contract, and what is read must be what counts in a key. Paths that leave the repository are noted."""
    found: list[str] = []
    for index, other in enumerate(contract.disjoint):
        path = posixpath.normpath(posixpath.join(posixpath.dirname(file), other.path))
        fault = path_fault(path)
        if fault is None:
            found.append(path)
            continue
        place = contract.places.get(f"disjoint.{index}") or contract.places.get("disjoint") or Place(file=file)
        notes.add(f"`{other.path}` {fault}", place, "name data of this repository, relative to the contract")
    return tuple(dict.fromkeys(found))


def _models(
    document: Document, stages: Mapping[str, StageDraft], gates: Mapping[str, _ModelGates]
) -> Mapping[str, ModelPolicy]:
    def sets(draft: ModelDraft) -> Mapping[str, GateSet]:
        return gates[draft.name].sets if draft.name in gates else {}

    made = {name: check_model(draft, stages, sets(draft)) for name, draft in document.models.items()}
    return {name: model for name, model in made.items() if model is not None}


def _pipeline(document: Document, stages: Mapping[str, StageDraft], parameters: Parameters) -> PipelinePolicy:
    policy = PipelinePolicy(
        stages={name: draft.spec for name, draft in stages.items()},
        params=parameters.values,
        param_places=parameters.places,
        python=document.python,
        machine=document.machine,
        selection=document.selection,
    )
    return policy if document.sources is None else replace(policy, sources=document.sources)


def _with_overrides(tier: TierPolicy, parameters: Parameters) -> TierPolicy:
    """What is typed on the command line wins over the tier's overlay too."""
    params = {name: parameters.overrides.get(name, value) for name, value in tier.params.items()}
    return replace(tier, params=params)
