"""A schema lets through what the pages show, and underlines the mistakes of shape that the loader refuses."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

from seatrial.config.schema.documents import SCHEMAS, schema_of
from tests.support.editor_schemas import FILES, read, values_of

ROOT = Path(__file__).parents[4]
PAGES = sorted((ROOT / "docs").rglob("*.md"))
VALIDATORS = {name: Draft7Validator(dict(schema_of(name))) for name in SCHEMAS}
TOP = re.compile(r"^([a-z_]+):", re.MULTILINE)
ONLY_SEATRIAL = {"project", "tiers", "datasets", "stages", "models", "cache", "selection", "notify", "forge", "state"}


def refusals(name: str, text: str) -> list[str]:
    """What an editor would underline."""
    return [error.message for error in VALIDATORS[name].iter_errors(values_of(text))]


def _examples() -> list[tuple[str, str]]:
    """Every YAML block of the documentation that is a part of `seatrial.yaml`, with the page it stands on."""
    found = []
    for page in PAGES:
        for block in re.findall(r"^```yaml\n(.*?)^```", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL):
            keys = set(TOP.findall(block))
            if keys and keys <= set(schema_of("seatrial")["properties"]) and keys & ONLY_SEATRIAL:  # type: ignore[call-overload]  # a schema is made of plain values
                found.append((page.name, block))
    return found


@pytest.mark.parametrize(("page", "block"), _examples(), ids=lambda text: text if text.endswith(".md") else "")
def test_examples_of_the_documentation_fit_the_schema(page: str, block: str) -> None:
    """A part of a project lacks what a whole one must have, and nothing else."""
    rest = "" if re.search(r"^project:", block, re.MULTILINE) else "project: digits\n"
    rest += "" if re.search(r"^stages:", block, re.MULTILINE) else "stages: {unit: {cmd: pytest}}\n"

    assert refusals("seatrial", rest + block.replace("...", "x")) == []


def test_examples_were_found() -> None:
    assert len(_examples()) >= 8


@pytest.mark.parametrize(
    ("name", "file"), [("seatrial", "seatrial.yaml"), ("gates", "gates.yaml")], ids=["seatrial.yaml", "gates.yaml"]
)
def test_the_example_project_fits_the_schemas(name: str, file: str) -> None:
    assert refusals(name, (ROOT / "examples/digits" / file).read_text(encoding="utf-8")) == []


def test_gates_and_contract_of_the_pages_fit_their_schemas() -> None:
    for name, page in (("gates", "configuration"), ("gates", "gates"), ("contract", "contract")):
        text = (ROOT / f"docs/reference/{page}.md").read_text(encoding="utf-8")
        block = re.findall(rf"^```yaml\n(# {name}\.yaml\n.*?)^```", text, re.MULTILINE | re.DOTALL)

        assert [refusals(name, each) for each in block] == [[]] * len(block)
    assert block


EXAMPLE_ROW = re.compile(r"^\| `([a-z_]+)` \|.*\| `([a-z_]+: [^|]+)` \|$", re.MULTILINE)
SECTIONS: dict[str, tuple[str, ...]] = {
    "## The project": (),
    "## tiers": ("tiers", "pr"),
    "### selection": ("selection",),
    "### forge": ("forge",),
    "### cache": ("cache",),
    "## datasets": ("datasets", "train"),
    "## stages": ("stages", "train"),
    "## models": ("models", "digits"),
}


@pytest.mark.parametrize("heading", list(SECTIONS))
def test_examples_of_single_keys_fit_the_schema(heading: str) -> None:
    """Each row of a table shows its key in use; the schema takes that value where the key stands."""
    page = (ROOT / "docs/reference/configuration.md").read_text(encoding="utf-8")
    body = re.split(rf"\n#{{1,{heading.count('#')}}} ", page.partition(f"\n{heading}\n")[2])[0].partition("\n### ")[0]
    rows = [(key, shown) for key, shown in EXAMPLE_ROW.findall(body) if "..." not in shown]

    assert len(rows) >= 3
    for key, shown in rows:
        schema: Any = schema_of("seatrial")
        for part in SECTIONS[heading]:
            schema = (
                schema["properties"][part] if part in schema.get("properties", {}) else schema["additionalProperties"]
            )
        value = values_of(shown)
        assert isinstance(value, dict)
        faults = Draft7Validator(schema["properties"][key]).iter_errors(value[key])
        assert [error.message for error in faults] == [], shown


WORDS_OF = {
    "## The project": ("state",),
    "## tiers": ("merge_with_debt", "weak_evidence", "on_pass"),
    "### forge": ("kind",),
    "## models": ("code",),
    "## datasets": ("role",),
}


@pytest.mark.parametrize("heading", list(WORDS_OF))
def test_every_word_that_a_table_offers_is_one_that_the_schema_takes(heading: str) -> None:
    """A word that a reader learns is told on the page first: then it is missed here, in `config/schema/`."""
    page = (ROOT / "docs/reference/configuration.md").read_text(encoding="utf-8")
    body = re.split(rf"\n#{{1,{heading.count('#')}}} ", page.partition(f"\n{heading}\n")[2])[0]
    for key in WORDS_OF[heading]:
        schema: Any = schema_of("seatrial")
        for part in SECTIONS[heading]:
            schema = (
                schema["properties"][part] if part in schema.get("properties", {}) else schema["additionalProperties"]
            )
        row = re.search(rf"^\| `{key}` \| ([^|]*)\|", body, re.MULTILINE)
        assert row is not None
        offered = re.findall(r"`([a-z][a-z_-]*)`", row[1])

        assert offered
        taken = [word for word in offered if Draft7Validator(schema["properties"][key]).is_valid(word)]
        assert taken == offered, (
            f"`{key}:` takes {offered} by the page; add what is missing in src/seatrial/config/schema/"
        )


MISTAKES = {
    "seatrial": [
        ("project: digits", "projekt: digits"),
        ("project: digits", "project: Digits"),
        ("project: digits", "project: 3"),
        ("sources: [src, .]", "sources: src"),
        ("sources: [src, .]", "sources: [src, src]"),
        ("sources: [src, .]", "sources: [../other]"),
        ("params: params.yaml", "params: /etc/params.yaml"),
        ("state: s3://bucket/records", "state: ftp://bucket"),
        ("push: false", "push: no"),
        ("keep: 30d", "keep: 30 days"),
        ("keep: 30d", "keep: -1"),
        ("size: 50GiB", "size: 50G"),
        ("cpus: 4", "cpus: 0"),
        ("tokens: {licence: 2}", "tokens: {licence: 0}"),
        ("kind: slack", "kind: teams"),
        ("url_from: SLACK_WEBHOOK_URL", "url: https://hooks.example.org/x"),
        ("secret_from: KEY", "secret_from: a secret"),
        ("on: [failure, recovery]", "on: []"),
        ("kind: gitlab", "kind: gitea"),
        ("maintainers: [ann]", 'maintainers: ["@ann"]'),
        ("baseline: main", "baseline: 17"),
        ("baseline: main", 'baseline: "17"'),
        ("budget: 5m", "budget: soon"),
        ("over: stop", "over: wait"),
        ("{promote: staging}", "{promote: main}"),
        ("{promote: staging}", "promote"),
        ("role: test", "role: train"),
        ("train: {path: data/train.csv,", "train: {"),
        ("uses: data,", "uses: serve,"),
        ("with: {dataset: train}", "with: {datasets: train}"),
        ("uses: data, ", "uses: data, cmd: x, "),
        ("max_loss: 0.05", "max_loss: low"),
        ('"digits.batch:one"', "digits.batch"),
        ("    shell: pytest", "    cmd: x\n    shell: pytest"),
        ("    shell: pytest -q --junitxml reports/unit.xml\n", ""),
        ("as: junit, taken_from", "as: custom, taken_from"),
        ("as: junit, taken_from", "taken_from"),
        ("    needs: [unit]", "    needs: unit"),
        ("  unit:\n", "  datasets:\n"),
        ("  unit:\n", "  Unit:\n"),
        ("{THREADS: 1", "{2THREADS: 1"),
        ("{THREADS: 1", "{SEATRIAL_X: 1"),
        ("{THREADS: 1", "{THREADS: 1.5"),
        ("matrix: {seed: [0, 1],", "matrix: {seed: [],"),
        ("matrix: {seed: [0, 1],", "matrix: {seed: 0,"),
        ("size: [small, null]", 'size: ["a,b"]'),
        ("fail_fast: true", 'fail_fast: "true"'),
        ("count: 1, ", ""),
        ("factor: 1.5", "factor: 0.5"),
        ("as: predictions", "as: prediction"),
        ("as: predictions", "as: metrics"),
        ("as: predictions,", "as: predictions, cache: false,"),
        ("path: o/rows.csv, ", ""),
        ("tolerance: 1e-6", "tolerance: 1"),
        ("timeout: 10m", "timeout: 10min"),
        ("    artifact: ", "    artefact: "),
        ("    input: evaluate.deps.model\n", ""),
        ("code: own", "code: mine"),
        ("preset: openai", "preset: json"),
        ("      name: digits\n", ""),
        ("stop: 10}", "stop: 10, start: 3}"),
        ("concurrency: 2", "concurrency: 0"),
        ("ready: /health", "ready: health"),
        ("from: [ann, [ben, ben@example.org]]", "from: []"),
        ("from: [ann, [ben, ben@example.org]]", "from: [team/ann]"),
        ("min: 1, not_author", "min: 0, not_author"),
        ("known_by: [github]", "known_by: [face]"),
        ("production: {from", "main: {from"),
    ],
    "gates": [
        ("smoke: {performance", "smoke: {performence"),
        ("{min: 0.85}", "0.85"),
        ("{min: 0.85}", "{confidence: 0.9}"),
        ("on_inconclusive: warn", "on_inconclusive: ignore"),
        ("{performance: {accuracy: {min: 0.85}}, on_inconclusive: warn}", "{on_inconclusive: warn}"),
        ("smoke:", "Smoke:"),
        ("max: 1, confidence: 0.95", "max: 1, confidence: 1"),
        ("log_loss: 2%", "log_loss: 2 percent"),
        ("alpha: 0.1\n", "alpha: 0.7\n"),
        ("block_on: decline", "block_on: always"),
        ("anchor: {max_degradation: 0.03, ", "anchor: {"),
        ("by: [region, [region, size]]", "by: []"),
        ("by: [region, [region, size]]", "by: [[region]]"),
        ("metric: accuracy}", "metric: accuracy, metrics: [accuracy]}"),
        ("protected_attributes: gender, ", ""),
        ("max_error: 0.05, max_gap: 0.02, ", ""),
        ("bins: 10", "bins: 1"),
        ("test_cases: [cases.csv], ", ""),
        ("max_degradation: 0.1, alpha", "alpha"),
        ("orders: any", "orders: one"),
        ("judge: arbiter@2026-05", "judge: arbiter"),
        ("p50_ms: 10", "p50_ms: 10ms"),
        ("{min: 100}", "{max: 100}"),
        ("mean: 2}", "median: 2}"),
        ("memory: {max: 2GiB, max_increase: 10%}", "memory: {}"),
        ("size: 500MB", "size: -5"),
        ("type: object, keys", "type: list, keys"),
        ("max_seconds: 30", "seconds: 30"),
        ("batch: {tolerance: 1e-5}", "batch: 1e-5"),
        ("seeds: 5", "seeds: 1"),
        ("licence: {}", "licence: {most: 1}"),
        ("mode: observe", "mode: watch"),
    ],
    "contract": [
        ("rows: {min: 10, max: 1000}", "rows: {}"),
        ("rows: {min: 10, max: 1000}", "rows: {least: 10}"),
        ("age: int", "age: integer"),
        ("age: int", "age: 3"),
        ("nullable: false", "nullable: never"),
        ("length: {max: 120}", "length: 120"),
        ("max: 5%", "max: 5"),
        ("severity: warning", "severity: hint"),
        ("one_of: [new, old]", "one_of: new"),
        ("floor: 0.2, detect", "q: 0.2, detect"),
        ("{kl: 0.1}", "{kld: 0.1}"),
        ("extra_columns: warn", "extra_columns: deny"),
        ("within: 2d", "within: 2 days"),
        ("fresh: {column: when, ", "fresh: {"),
        ("with: other.csv, ", ""),
        ("near: 0.8", "near: 0.3"),
        ("leakage: {max: 0.9}", "leakage: {max: 0.4}"),
        ("id: [id]", "id: []"),
        ("duplicates: {max: 1%, near: 0.2}", "duplicates: {}"),
        ("classifier: {detect: 0.3}", "classifier: {detect: 0.6}"),
        ("on_inconclusive: block", "on_inconclusive: stop"),
        ("unique: [id, ", "uniqe: [id, "),
    ],
}


@pytest.mark.parametrize(
    ("name", "right", "wrong"), [(name, *pair) for name, pairs in MISTAKES.items() for pair in pairs]
)
def test_a_mistake_of_shape_is_refused_by_the_loader_and_by_the_schema(name: str, right: str, wrong: str) -> None:
    text = FILES[name].replace(right, wrong, 1) if right in FILES[name] else ""

    assert text not in ("", FILES[name])
    assert read(name, text) != []
    assert refusals(name, text) != []


SERVED = """\
project: p
stages: {a: {cmd: x, outs: {m: o}}}
models:
  running:
    artifact: a.m
    serving:
      {url: "http://127.0.0.1:8080", preset: json, batch: true, ready: /r, path: /p, answer: a, headers: {X-A: $T},
       requests: r.jsonl, timeouts: {request: 1}, warm_up: 0, concurrency: 9, pass_env: [A], secrets: [T]}
  function:
    artifact: a.m
    serving:
      {target: "a.b:c.d", requests: r.jsonl, timeouts: {ready: 1}, warm_up: 1, concurrency: 1, starts: 2, env: {X: 1},
       pass_env: [A], secrets: [T]}
  fixed: {artifact: a.m, serving: {cmd: "serve ${model}", port: 8080, preset: v2, name: m}}
  usual: {artifact: a.m, serving: {cmd: "serve ${model} ${port}", batch: false}}
"""


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("seatrial", SERVED),
        ("gates", "performance: {accuracy: {min: 0.9}}\n"),
        ("gates", "latency: {p99_ms: 50}\nmemory: {max_increase: 50MB}\nsize: {max: 10}\n"),
        ("contract", "schema_type: dataframe\ncolumns: {age: {dtype: int64, checks: {ge: 0}}}\nindex: null\n"),
        ("contract", "drift: off\nunique: id\nid: id\n"),
        (
            "seatrial",
            "project: p\nstages: {a: {cmd: x, deps: [src, data], outs: [{path: o, as: junit}]}}\nstate: local\n",
        ),
    ],
)
def test_other_ways_of_writing_are_let_through(name: str, text: str) -> None:
    assert read(name, text) == []
    assert refusals(name, text) == []
