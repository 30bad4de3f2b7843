"""What a script takes, reads and writes, told by its text."""

from __future__ import annotations

import ast
from collections.abc import Mapping

import pytest

from seatrial.adopt.found import Kind, Script
from seatrial.adopt.scripts import count_tests, module_constants, read_script


def script(
    text: str, *, path: str = "train.py", data: tuple[str, ...] = (), constants: Mapping[str, str] | None = None
) -> Script:
    """The facts of a file with this text."""
    return read_script(path, ast.parse(text), constants or {}, data=data)


@pytest.mark.parametrize(
    ("text", "path", "kind"),
    [
        ("import joblib\njoblib.dump(m, 'a/m.joblib')", "a/m.joblib", Kind.MODEL),
        ("import torch\ntorch.save(m.state_dict(), f'{out}/m.pt')", None, None),
        ("import os, torch\nout = 'runs'\ntorch.save(m, os.path.join(out, 'm.pt'))", "runs/m.pt", Kind.MODEL),
        ("from pathlib import Path\nD = Path('o') / 'x'\nmodel.save_pretrained(D)", "o/x", Kind.MODEL),
        ("df.to_csv('preds.csv')", "preds.csv", Kind.PREDICTIONS),
        ("df.to_csv('clean.csv')", "clean.csv", Kind.TABLE),
        ("import json\nwith open('metrics.json', 'w') as f:\n    json.dump({}, f)", "metrics.json", Kind.METRICS),
        ("import json\njson.dump({}, open('vocab.json', 'w'))", "vocab.json", Kind.OTHER),
        ("import pickle\nwith open('m.pkl', 'wb') as f:\n    pickle.dump(m, f)", "m.pkl", Kind.MODEL),
        ("import torch\nfor e in range(3):\n    torch.save(m, f'ckpt/{e}.pt')", "ckpt", Kind.MODEL),
        ("import joblib\njoblib.dump(m, '/abs/m.joblib')", None, None),
        ("import joblib\njoblib.dump(m, '../m.joblib')", None, None),
    ],
)
def test_what_a_call_writes(text: str, path: str | None, kind: Kind | None) -> None:
    found = script(text).writes

    assert [(one.path, one.kind) for one in found] == ([] if path is None else [(path, kind)])


def test_paths_beside_the_file_and_from_other_modules_are_from_the_root() -> None:
    constants = module_constants(
        "src/p/paths.py",
        ast.parse("from pathlib import Path\nROOT = Path(__file__).resolve().parents[2]\nM = ROOT / 'm' / 'a.pkl'"),
    )
    text = "import joblib\nfrom p.paths import M\njoblib.dump(m, M)"

    assert constants["M"] == "m/a.pkl"
    assert script(text, path="src/p/train.py", constants=constants).writes[0].path == "m/a.pkl"


def test_one_name_for_two_files_is_each_in_its_turn() -> None:
    text = (
        "import csv, json\n"
        "with open('p_pred.csv', 'w') as file:\n    w = csv.writer(file)\n    w.writerow(['id', 'y', 'p'])\n"
        "with open('metrics.json', 'w') as file:\n    json.dump({'accuracy': a, 'note': 'x'}, file)\n"
    )

    rows, metrics = script(text).writes

    assert (rows.path, rows.kind, rows.names) == ("p_pred.csv", Kind.PREDICTIONS, ("id", "y", "p"))
    assert (metrics.path, metrics.names, metrics.numeric) == ("metrics.json", ("accuracy", "note"), False)


def test_data_given_to_a_function_of_the_user_is_read() -> None:
    found = script("from own import load\nx = load('data/train.csv', 'no file')", data=("data/train.csv",))

    assert [one.path for one in found.reads] == ["data/train.csv"]


OPTIONS = {
    "argparse": """
import argparse
p = argparse.ArgumentParser()
p.add_argument("--lr", type=float, default=-0.5)
p.add_argument("--out", required=True)
p.add_argument("--fast", action="store_true")
a = p.parse_args()
""",
    "click": """
import click
@click.command()
@click.option("--lr", default=-0.5)
@click.option("--out", required=True)
@click.option("--fast", is_flag=True)
def main(lr, out, fast): pass
""",
    "typer": """
import typer
def main(lr: float = -0.5, out: str = typer.Option(...), fast: bool = False): pass
typer.run(main)
""",
    "HfArgumentParser": """
from dataclasses import dataclass, field
from transformers import HfArgumentParser
@dataclass
class A:
    out: str
    lr: float = field(default=-0.5)
    fast: bool = False
a, = HfArgumentParser((A,)).parse_args_into_dataclasses()
""",
}


@pytest.mark.parametrize("parser", OPTIONS)
def test_options_are_told_of_every_parser(parser: str) -> None:
    found = script(OPTIONS[parser])

    assert found.parser == parser
    named = {one.name: one for one in found.options}
    assert named["lr"].default == -0.5
    assert named["lr"].flag == "--lr"
    assert named["out"].required
    assert named["fast"].switch
    assert not named["lr"].required


def test_a_default_of_an_option_is_where_the_script_writes() -> None:
    text = (
        "import argparse, joblib\np = argparse.ArgumentParser()\np.add_argument('--model-out', default='m/x.joblib')\n"
    )
    text += "def main(args):\n    joblib.dump(1, args.model_out)\nargs = p.parse_args()\nmain(args)\n"

    assert script(text).writes[0].path == "m/x.joblib"


def test_an_option_that_must_be_given_gets_data_of_its_name() -> None:
    text = (
        "import argparse\np = argparse.ArgumentParser()\np.add_argument('--test-data', required=True)\np.parse_args()"
    )

    option = script(text, data=("data/train.csv", "data/test.csv")).options[0]

    assert option.given == "data/test.csv"
    assert script(text).options[0].given is None


def test_tests_are_functions_and_methods_and_no_texts() -> None:
    text = "def test_a(): ...\nasync def test_b(): ...\nclass TestC:\n    def test_d(self): ...\n"
    text += "    def helper(self): ...\nX = 'def test_e(): ...'\n"

    assert count_tests(ast.parse(text)) == 3


def test_the_share_that_is_held_back_and_the_toy_data_are_told() -> None:
    text = "from sklearn.datasets import load_wine\nfrom sklearn.model_selection import train_test_split\n"
    text += "X, y = load_wine(return_X_y=True)\na, b, c, d = train_test_split(X, y, test_size=0.5)\n"

    found = script(text)

    assert found.toy == ("load_wine", 3)
    assert found.split == (0.5, 4)
    assert found.names["truth"] == "d"


@pytest.mark.parametrize(
    ("text", "model"),
    [
        ("from sklearn.linear_model import Ridge\nclf = Ridge(alpha=1).fit(X, y)", "clf"),
        ("history = net.fit(X, y)", None),
        ("guess = clf.predict(X_test)", "clf"),
    ],
)
def test_the_name_of_the_model_is_that_of_the_code(text: str, model: str | None) -> None:
    assert script(text).names.get("model") == model
