"""A proposal's text, read by our own loader, is the proposal: whatever a repository calls its files and columns."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from seatrial.adopt.commented_yaml import Entry, comment, written
from seatrial.adopt.proposal import (
    Note,
    Proposal,
    ProposedDataset,
    ProposedDep,
    ProposedGates,
    ProposedModel,
    ProposedOut,
    ProposedStage,
    ProposedTier,
    Value,
)
from seatrial.adopt.proposal_text import checked, files_of
from seatrial.config.yaml_source import parse_yaml
from seatrial.evidence.policy import Columns, OutKind

SIGNS = st.characters(exclude_categories=["Cs"])
HOSTILE = st.one_of(
    st.text(SIGNS, max_size=40),
    st.text("ab:-[]{}&*!|>'\"#%@,? \n\t~<1.e$\r\x85\u2028\ufeff", max_size=40),
    st.sampled_from(
        ["null", "no", "1e3", "0x1F", ".5", "~", "- a", "a: b", "a #b", "|", "---", "...", "x" * 300, "a b " * 60]
    ),
)
SCALARS = st.one_of(
    HOSTILE,
    st.booleans(),
    st.none(),
    st.integers(-(2**63), 2**64 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
)
KEYS = HOSTILE
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4).map(tuple) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)
NOTES = st.lists(st.builds(Note, text=HOSTILE, seen=st.none() | HOSTILE), max_size=2).map(tuple)
PATHS = (
    st.text("aB0 ._-'\"#:&*{}[],é%@", min_size=1, max_size=20)
    .map(lambda text: f"d/{text}/f.csv")
    .filter(lambda path: ".." not in path and "://" not in path and "${" not in path and "//" not in path)
)
COLUMNS = HOSTILE.filter(str.strip)


def plain(value: Value) -> object:
    """What YAML can hold of it: lists for tuples."""
    if isinstance(value, tuple):
        return [plain(inner) for inner in value]
    return {key: plain(inner) for key, inner in value.items()} if isinstance(value, dict) else value


@given(st.dictionaries(KEYS, st.tuples(VALUES, NOTES), min_size=1, max_size=5))
def test_values_are_read_back_and_comments_are_not_read(values: dict[str, tuple[Value, tuple[Note, ...]]]) -> None:
    flat = tuple(Entry(key=key, value=value, notes=notes) for key, (value, notes) in values.items())
    listed = tuple(Entry(value=value, notes=notes) for value, notes in values.values())

    text = written(
        [Entry(key="deep", entries=flat, open=True), Entry(key="short", entries=flat), Entry(key="list", items=listed)]
    )

    expected = {key: plain(value) for key, (value, _) in values.items()}
    found = parse_yaml(text.encode(), "f.yaml").value
    assert found == {"deep": expected, "short": expected, "list": list(expected.values())}
    assert repr(found) == repr({"deep": expected, "short": expected, "list": list(expected.values())})  # 1 is not True


@given(st.builds(Note, text=HOSTILE, seen=st.none() | HOSTILE), st.integers(0, 8))
def test_every_line_of_a_comment_is_a_comment(note: Note, indent: int) -> None:
    for line in comment(note, indent):
        assert line.startswith(" " * indent + "#")
        assert line.isprintable()


@given(
    cmd=st.lists(st.text("ab'\"#:&{}[]é\\ ", max_size=30), max_size=12).map(" ".join),
    env=st.dictionaries(
        st.sampled_from(["A", "B_C"]),
        HOSTILE.filter(lambda text: "${" not in text and "\0" not in text and bool(text.strip())),
    ),
    train=PATHS,
    columns=st.lists(COLUMNS, min_size=4, max_size=4, unique=True),
    notes=NOTES,
    margin=st.floats(1e-6, 0.5),
)
def test_the_loader_makes_of_the_text_what_was_proposed(
    cmd: str, env: dict[str, str], train: str, columns: list[str], notes: tuple[Note, ...], margin: float
) -> None:
    script = f"set -e\necho {cmd!r}\n"
    read_as = Columns(id=columns[0], label=columns[1], prediction=columns[2], groups=(columns[3],))
    proposal = Proposal(
        project="wine",
        python=".venv/bin/python",
        sources=("src", "."),
        params="params.yaml",
        tiers=(
            ProposedTier(
                name="pr", params={"train.rows": 64}, gates="smoke", baseline="main", budget="5m", notes=notes
            ),
        ),
        datasets=(ProposedDataset(name="train", path=train, notes=notes),),
        stages=(
            ProposedStage(
                name="train",
                shell=script,
                deps=(ProposedDep(name="data", source="datasets.train", notes=notes),),
                outs=(ProposedOut(name="model", path="out/model.bin", notes=notes),),
                params=("train",),
                env=env,
                timeout="10m",
                notes=notes,
            ),
            ProposedStage(
                name="evaluate",
                cmd="python evaluate.py --model ${deps.model} --out ${outs.rows}",
                deps=(ProposedDep(name="model", source="train.model"),),
                outs=(ProposedOut(name="rows", path="out/rows.csv", kind=OutKind.PREDICTIONS, columns=read_as),),
                tiers=("pr",),
            ),
        ),
        models=(
            ProposedModel(
                name="wine",
                artifact="train.model",
                predictions="evaluate.rows",
                input="evaluate.deps.model",
                gates="gates.yaml",
            ),
        ),
        gates={
            "gates.yaml": (
                ProposedGates(
                    name="smoke", rules={"regression": {"max_degradation": margin}}, on_inconclusive="warn", notes=notes
                ),
            )
        },
        notes=notes,
    )

    policy = checked(files_of(proposal), {"params.yaml": b"train: {rows: 1000}\n"}.get)

    made = policy.pipeline.stages
    assert made["train"].shell == script
    assert made["train"].env == env
    assert made["train"].timeout == 600.0
    assert made["evaluate"].outs[0].columns == read_as
    assert policy.datasets["train"].path == train
    assert policy.tiers["pr"].params == {"train.rows": 64}
    gates = policy.models["wine"].gates["smoke"]
    assert gates.regression is not None
    assert str(gates.on_inconclusive) == "warn"
    assert f"{margin!r}" in files_of(proposal)["gates.yaml"]
