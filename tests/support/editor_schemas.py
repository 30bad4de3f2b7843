"""Files that hold every mapping the configuration knows, and which keys its readers ask for where.

A reader tells its keys by calling `Node.fields`; `asked_for` listens while the files are read. What it hears is
compared with what the schemas for editors list at the same path, so that the two cannot drift, whatever the lists of
keys are called.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

import pytest

from seatrial.config.contract import read_contract
from seatrial.config.document import read_document
from seatrial.config.gates import parse_source, read_gates
from seatrial.config.node import Node, Notes
from seatrial.errors import ConfigError

PROJECT = """\
project: digits
python: .venv/bin/python
sources: [src, .]
params: params.yaml
main: main
state: s3://bucket/records
cache: {remote: file:///srv/cache, push: false, keep: 30d, size: 50GiB}
resources: {cpus: 4, memory: 8GiB, gpus: 1, tokens: {licence: 2}}
selection: {dear: 30m, irrelevant: {"docs/**": nobody runs them}, fallback: [unit]}
notify:
  team: {kind: slack, url_from: SLACK_WEBHOOK_URL, quiet: 1d}
  ops:
    {kind: webhook, url: "https://hooks.example.org/x", secret_from: KEY, on: [failure, recovery], pull_requests: true,
     only: {tiers: [pr], models: [digits]}, allow_private: true}
forge:
  {kind: gitlab, check: digits gate, token_from: TOKEN, environments: {production: prod}, maintainers: [ann]}
workflows:
  seatrial: seatrial==1.0
  install: [pip install -r requirements.txt]
  python: "3.12"
  runners: {default: ubuntu-latest, gpu: [self-hosted, gpu]}
  tiers: {fast: pr, nightly: false}
  schedule: "0 6 * * *"
  tests: {python: ["3.11", "3.12"], frameworks: {torch-2.4: "torch==2.4.*"}}
  downloads: {paths: [~/.cache/huggingface], by: [model.yaml]}
  secrets: [A_KEY]
  variables: [A_REGION]
tiers:
  pr: {params: {train: {subset: 0.1}}, gates: smoke, baseline: main, budget: 5m, weak_evidence: defer}
  nightly:
  release:
    {on_pass: {promote: staging}, budget: {time: 90, over: stop}, frozen: true, merge_with_debt: queue}
datasets:
  train: {path: data/train.csv, contract: contract.yaml, reference: data/profile.json}
  test: {path: data/test.csv, role: test}
stages:
  data: {uses: data, with: {dataset: train}, timeout: 1h}
  overfit:
    uses: overfit-one-batch
    with: {target: "digits.batch:one", max_loss: 0.05, steps: 20}
    deps: {data: datasets.train}
  unit:
    shell: pytest -q --junitxml reports/unit.xml
    roots: [tests]
    outs: {junit: {path: reports/unit.xml, as: junit, taken_from: junit.xml}}
    tiers: [pr]
    retries: 2
  train:
    cmd: python -m digits.train ${deps.data} ${params.train.subset} ${matrix.seed} ${matrix.size} ${outs.model}
    needs: [unit]
    deps: {data: datasets.train}
    matrix: {seed: [0, 1], size: [small, null], include: [{seed: 2, size: big}], exclude: [{seed: 1}]}
    outs: {model: "o/${matrix.seed}/${matrix.size}"}
    params: [train]
    env: {THREADS: 1, NAME: ""}
    pass_env: [HOME]
    secrets: [TOKEN]
    fail_fast: true
    resources: {cpus: 0.5, memory: 500MB, gpus: 1, tokens: {licence: 1}}
    retries: {count: 1, delay: 1s, factor: 1.5, longest: 5m}
    timeout: 10m
    always: true
    effects: true
  evaluate:
    cmd: python -m digits.evaluate ${deps.model} ${outs.rows}
    deps: {model: "train[seed=0,size=small].model"}
    outs:
      rows:
        {path: o/rows.csv, as: predictions, id: i, label: t, prediction: a, score: s, positive: "1", threshold: 0.5,
         cluster: c, query: q, values: [reward], groups: [region], tolerance: 1e-6, persist: true}
models:
  digits:
    artifact: "train[seed=0,size=small].model"
    predictions: evaluate.rows
    input: evaluate.deps.model
    code: own
    gates: gates.yaml
    serving:
      cmd: python serve.py --model ${model} --port ${port}
      preset: openai
      name: digits
      extra: {temperature: 0}
      ready: /health
      path: /ask
      answer: a.0
      headers: {Authorization: Bearer $TOKEN}
      requests: data/requests.jsonl
      timeouts: {ready: 2m, request: 30s, stop: 10}
      warm_up: 5
      concurrency: 2
      starts: 4
      env: {MODE: test}
      pass_env: [HOME]
      secrets: [TOKEN]
    approvals:
      production: {from: [ann, [ben, ben@example.org]], min: 1, not_author: false, expires: 7d, known_by: [github]}
"""
GATES = """\
smoke: {performance: {accuracy: {min: 0.85}}, on_inconclusive: warn}
promote:
  performance: {accuracy: {min: 0.9, max: 1, confidence: 0.95}}
  regression:
    max_degradation: {accuracy: 0.01, log_loss: 2%}
    metrics: [accuracy, log_loss]
    alpha: 0.1
    power: 0.9
    block_on: decline
    correction: hochberg
    anchor: {max_degradation: 0.03, alias: first}
  slices: {by: [region, [region, size]], max_degradation: 5 %, metric: accuracy}
  fairness: {protected_attributes: gender, metrics: [equal_opportunity], max_disparity: 0.1, min_ratio: 0.8}
  calibration: {max_error: 0.05, max_gap: 0.02, bins: 10, by: [region]}
  behavioral: {test_cases: [cases.csv], min_pass_rate: 0.9, confidence: 0.95, max_degradation: 0.1, alpha: 0.05}
  preference: {margin: 0.05, orders: any, judge: arbiter@2026-05, min_agreement: 0.7}
  latency:
    {p50_ms: 10, p95_ms: {max: 50, confidence: 0.9}, throughput_rps: {min: 100}, max_increase: {p50: 10%, mean: 2},
     max_failed: 1%, requests: 2000, warm_up: 0, concurrency: 2, cold_starts: 6, confidence: 0.95}
  memory: {max: 2GiB, max_increase: 10%}
  size: 500MB
  contract:
    {loads: {max_seconds: 30}, output: {type: object, keys: [label]}, score: {path: s, min: 0, max: 1},
     batch: {tolerance: 1e-5}, deterministic: false}
  recipe: {max_degradation: 0.01, metric: loss, lower_is_better: true, seeds: 5}
  custom: {toxicity: {max: 0.05, min: 0}, licence: {}}
  on_inconclusive: hold
  mode: observe
  cluster: user
  lower_is_better: [cost]
"""
CONTRACT = """\
rows: {min: 10, max: 1000}
columns:
  note:
  age: int
  id: {type: int, nullable: false, unique: true, min: 0, below: 100}
  when: {type: datetime, above: 2024-01-01, required: false}
  mail: {pattern: ['.*@.*'], length: {max: 120}, nulls: {max: 5%}, sensitive: true, severity: warning}
  kind: {one_of: [new, old], none_of: [lost]}
  score: {type: float, finite: true, drift: {floor: 0.2, detect: 0.4, confidence: 0.9, max: {kl: 0.1}}}
  free: {drift: off}
extra_columns: warn
unique: [id, [age, when]]
order_by: when
fresh: {column: when, within: 2d}
not_before: [{later: when, earlier: made}]
disjoint: {with: other.csv, on: [note], near: 0.8}
label: age
prediction: guess
cluster: user
id: [id]
leakage: {max: 0.9}
duplicates: {max: 1%, near: 0.2}
drift:
  {floor: 0.1, detect: 0.3, q: 0.01, confidence: 0.95, max: {ks: 0.5}, shares: {floor: 0.01, detect: 0.1},
   correlations: {floor: 0.1, detect: 0.5}, classifier: {detect: 0.3}}
on_inconclusive: block
"""
FILES = {"seatrial": PROJECT, "gates": GATES, "contract": CONTRACT}
Asked = Mapping[tuple[str | int, ...], frozenset[str]]


def values_of(text: str) -> object:
    """The values of a YAML text, as the readers get them."""
    return parse_source(text.encode(), "file.yaml").value


def read(name: str, text: str) -> list[str]:
    """The mistakes that the readers of a file find in its shape, with nothing looked up in other files."""
    notes = Notes()
    source = parse_source(text.encode(), "file.yaml")
    match name:
        case "seatrial":
            read_document(Node(source, (), source.value, notes))
        case "gates":
            read_gates(source, notes)
        case _:
            read_contract(source, notes)
    try:
        notes.raise_all()
    except ConfigError as error:
        return [str(problem) for problem in error.problems]
    return []


def asked_for(name: str, patch: pytest.MonkeyPatch) -> Asked:
    """At each path of the file of that name, the keys that a reader accepts there."""
    heard: dict[tuple[str | int, ...], frozenset[str]] = {}
    fields = Node.fields

    def listening(self: Node, known: Collection[str], later: Any = None) -> bool:
        heard[self.path] = frozenset(map(str, known))
        return fields(self, known, later)

    with patch.context() as here:
        here.setattr(Node, "fields", listening)
        mistakes = read(name, FILES[name])
    assert mistakes == []
    return heard


def closed_mappings(schema: object) -> Iterator[Mapping[str, Any]]:
    """Every mapping of a schema that takes no further key."""
    if isinstance(schema, dict):
        if schema.get("additionalProperties") is False:
            yield schema
        for value in schema.values():
            yield from closed_mappings(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from closed_mappings(value)


def at(schema: Mapping[str, Any], path: tuple[str | int, ...], root: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Every subschema that speaks of the value at a path, whichever branch it stands in."""
    here = list(_branches(schema, root))
    if not path:
        return here
    found: list[Mapping[str, Any]] = []
    for each in here:
        under = _under(each, path[0])
        if isinstance(under, dict):
            found += at(under, path[1:], root)
    return found


def _under(schema: Mapping[str, Any], part: str | int) -> object:
    if isinstance(part, int):
        return schema.get("items")
    named = schema.get("properties", {})
    return named[part] if part in named else schema.get("additionalProperties")


def _branches(schema: Mapping[str, Any], root: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield schema
    inner = [schema[word] for word in ("then", "else") if isinstance(schema.get(word), dict)]
    for word in ("anyOf", "oneOf", "allOf"):
        inner += schema.get(word, [])
    if "$ref" in schema:
        inner.append(root["definitions"][schema["$ref"].rpartition("/")[2]])
    for each in inner:
        if isinstance(each, dict):
            yield from _branches(each, root)
