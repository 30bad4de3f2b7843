"""Projects of different shape, as the files at their root, and what their workflows must do.

Called by the golden tests, by those that hold every rendered file to rules, and by the linters of the live tests.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from seatrial.config.load import load
from seatrial.flows.workflow_wants import wanted_of
from seatrial.forge.workflows.wanted import Wanted

DIGITS = Path(__file__).resolve().parents[2] / "examples" / "digits"

STAGES = """\
stages:
  lint: {cmd: ruff check src}
  unit:
    cmd: pytest -q tests --junitxml ${outs.junit}
    outs: {junit: {path: reports/unit.xml, as: junit}}
  train:
    cmd: python -m vision.train ${outs.model} --seed ${matrix.seed}
    needs: [unit]
    matrix: {seed: [0, 1]}
    outs: {model: "out/${matrix.seed}/model.bin"}
    resources: {gpus: 1}
    secrets: [HF_TOKEN]
    timeout: 2h
  evaluate:
    cmd: python -m vision.evaluate ${deps.model} ${outs.rows}
    deps: {model: "train[seed=0].model"}
    outs: {rows: {path: out/rows.csv, as: predictions, id: id, label: y, prediction: p}}
"""

TESTS = """\
  tests: {python: ["3.11", "3.12"], frameworks: {torch-2.4: "torch==2.4.*", torch-2.5: "torch==2.5.* numpy<2"}}
"""

LARGE = f"""\
project: vision
main: trunk
state: s3://models/vision
python: .venv/bin/python
sources: [src]
forge: {{environments: {{production: prod}}}}
notify: {{team: {{kind: slack, url_from: SLACK_WEBHOOK_URL}}}}
tiers:
  pr: {{budget: 5m, gates: smoke, baseline: main}}
  slow: {{gates: smoke, baseline: main}}
  merge: {{gates: smoke, baseline: main}}
  nightly: {{gates: smoke, on_pass: register, budget: 2h}}
  release: {{gates: smoke, on_pass: {{promote: production}}}}
workflows:
  seatrial: seatrial[cloud] @ git+https://git.example.org/seatrial@1a2b3c4d
  runners: {{gpu: [self-hosted, gpu]}}
{TESTS.rstrip()}
  downloads: {{paths: [~/.cache/huggingface, data/raw], by: [model.yaml, params.yaml]}}
{STAGES}
models:
  vision: {{artifact: "train[seed=0].model", predictions: evaluate.rows, gates: gates.yaml}}
"""

GATES = "smoke:\n  performance: {accuracy: {min: 0.8}}\n"
HASHED = "numpy==2.1.0 \\\n    --hash=sha256:" + "0" * 64 + "\n"

Files = Mapping[str, str]


def _digits(**changes: str) -> Files:
    files = {name: (DIGITS / name).read_text() for name in ("seatrial.yaml", "params.yaml", "gates.yaml")}
    config = files["seatrial.yaml"]
    for old, new in changes.items():
        assert old in config
        config = config.replace(old, new, 1)
    return {**files, "seatrial.yaml": config, "pyproject.toml": (DIGITS / "pyproject.toml").read_text()}


def _large(*changes: tuple[str, str], **more: str) -> Files:
    config = LARGE
    for old, new in changes:
        assert old in config
        config = config.replace(old, new, 1)
    return {"seatrial.yaml": config, "gates.yaml": GATES, "requirements.txt": HASHED, **more}


SAMPLES: Mapping[str, Files] = {
    "digits": _digits(),
    "large": _large(),
    "local-state": _large(("state: s3://models/vision", "state: local"), ("on_pass: {promote: production}", "")),
    "git-state": _large(("state: s3://models/vision", "state: git")),
    "one-tier": _large(
        ("  slow: {gates: smoke, baseline: main}\n", ""),
        ("  merge: {gates: smoke, baseline: main}\n", ""),
        ("  nightly: {gates: smoke, on_pass: register, budget: 2h}\n", ""),
        ("  release: {gates: smoke, on_pass: {promote: production}}\n", ""),
    ),
    "only-nightly": _large(
        ("  pr: {budget: 5m, gates: smoke, baseline: main}\n", ""),
        ("  slow: {gates: smoke, baseline: main}\n", ""),
        ("  merge: {gates: smoke, baseline: main}\n", ""),
        ("  release: {gates: smoke, on_pass: {promote: production}}\n", ""),
        (TESTS, ""),
    ),
    "folder": _large(
        ("state: s3://models/vision", "state: file:///mnt/models/vision"),
        ("runners: {gpu: [self-hosted, gpu]}", "runners: {default: [self-hosted, linux], gpu: [self-hosted, gpu]}"),
        **{"uv.lock": "version = 1\n"},
    ),
    "old-python": _large(("workflows:\n", 'workflows:\n  python: "3.9"\n'), ("needs: [unit]", "needs: [lint]")),
    "own-install": _large(("workflows:\n", "workflows:\n  install: [make deps, \"pip install 'x: y' # z\"]\n")),
}  # fmt: skip


def wanted(name: str, main: str = "main") -> Wanted:
    """What the workflows of a sample must do."""
    return wanted_of_files(SAMPLES[name], main)


def wanted_of_files(files: Files, main: str = "main") -> Wanted:
    """The same for the files of any project."""

    def read(path: str) -> bytes | None:
        return files[path].encode() if path in files else None

    return wanted_of(load(read).policy, read, main=main, version="1.2.3")
