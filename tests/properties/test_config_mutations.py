"""A valid project with anything done to it either loads or is refused, and never anything else."""

from __future__ import annotations

import re
from collections.abc import Mapping

from hypothesis import given, settings
from hypothesis import strategies as st

from seatrial.config.load import Loaded, Read, load
from seatrial.config.show import as_text
from seatrial.errors import ConfigError, Problem

SEATRIAL = """\
project: digits
sources: [src, .]
params: params.yaml
tiers:
  pr:      {params: {train.subset: 0.1}, gates: smoke, baseline: main}
  release: {gates: promote, on_pass: {promote: staging}}
datasets:
  train: {path: data/train.csv}
stages:
  train:
    cmd: python -m t --data ${deps.data} -n ${params.train.subset} --seed ${matrix.seed} ${outs.model}
    matrix: {seed: [0, 1]}
    deps: {data: datasets.train}
    outs: {model: "o/${matrix.seed}/model"}
    env: {THREADS: 1}
    timeout: 10m
  evaluate:
    cmd: python -m e ${deps.model} ${outs.rows}
    deps: {model: "train[seed=0].model"}
    outs: {rows: {path: o/rows.csv, as: predictions}}
models:
  digits: {artifact: "train[seed=0].model", predictions: evaluate.rows, input: evaluate.deps.model, gates: gates.yaml}
"""
FILES = {
    "seatrial.yaml": SEATRIAL,
    "params.yaml": "train:\n  subset: 1.0\n",
    "gates.yaml": "smoke: {performance: {accuracy: {min: 0.8}}}\npromote: {regression: {max_degradation: 0.01}}\n",
}
PIECES = (
    *"[]{}:,-*&!?|>#%@'\"\t\n~", "${", "}", "$${", "..", "/", "./", "null", "true", "no", "1e999", ".nan", "0x", "[*]",
    "[seed=", "datasets.", "train", "evaluate.rows", "matrix", "<<", "---\n", "  ", "\x00",
    "\u202e", "\u2028", "9" * 30,
)  # fmt: skip
EDITS = st.lists(
    st.tuples(
        st.sampled_from(sorted(FILES)),
        st.sampled_from(("insert", "replace", "delete", "double")),
        st.floats(0, 1),
        st.sampled_from(PIECES) | st.text(max_size=3),
    ),
    min_size=1,
    max_size=4,
)


def edited(text: str, how: str, where: float, piece: str) -> str:
    """The text with one word inserted, replaced, deleted or its line doubled."""
    words = re.findall(r"[\w.\-/${}\[\]=]+|\W", text)
    if not words:
        return piece
    at = min(int(where * len(words)), len(words) - 1)
    match how:
        case "insert":
            words.insert(at, piece)
        case "replace":
            words[at] = piece
        case "delete":
            del words[at]
        case _:
            lines = text.splitlines(keepends=True)
            lines.insert(int(where * len(lines)), lines[min(int(where * len(lines)), len(lines) - 1)])
            return "".join(lines)
    return "".join(words)


def outcome(read: Read, set_params: Mapping[str, str]) -> Loaded | tuple[Problem, ...]:
    """What loading gives: a project, or the problems of a ConfigError; anything else escapes."""
    try:
        return load(read, set_params=set_params)
    except ConfigError as error:
        return error.problems


def unmutated(path: str) -> bytes | None:
    return FILES[path].encode() if path in FILES else None


@given(EDITS)
@settings(max_examples=300, deadline=None)
def test_a_mutated_project_loads_or_is_refused_with_places(edits: list[tuple[str, str, float, str]]) -> None:
    files = dict(FILES)
    for name, how, where, piece in edits:
        files[name] = edited(files[name], how, where, piece)
    encoded = {name: text.encode("utf-8", "surrogatepass") for name, text in files.items()}

    found = outcome(encoded.get, {})

    if isinstance(found, Loaded):
        assert found.policy.project
        assert as_text(found.origins())
    else:
        assert found
        assert all(str(problem).isprintable() and problem.next_step for problem in found)
        assert all(problem.place is not None and problem.place.file in FILES for problem in found)


def test_the_unmutated_project_loads() -> None:
    assert load(unmutated).policy.models


@given(st.dictionaries(st.text(max_size=8), st.text(max_size=8), max_size=3))
@settings(max_examples=100, deadline=None)
def test_any_parameter_on_the_command_line_is_taken_or_refused(given_params: dict[str, str]) -> None:
    found = outcome(unmutated, given_params)

    if isinstance(found, Loaded):
        assert set(given_params) <= {"train.subset"}
    else:
        assert found
        assert all(problem.next_step for problem in found)
