"""Texts in a Python file that may name modules and files."""

from __future__ import annotations

import pytest

from seatrial.change.extract.sources import extract
from seatrial.change.extract.texts import MAX_LENGTH, MAX_MENTIONS
from seatrial.change.facts import How, Mention

PREAMBLE = "import glob, os, sys, subprocess, pkgutil; from pathlib import Path; import numpy as np, pandas as pd\n"


def mentions(source: str) -> list[str]:
    """Mentions as `how text`."""
    return [f"{one.how.value} {one.text}" for one in extract("python", (PREAMBLE + source).encode()).links.mentions]


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("x = 'a.b.Model'", ["m a.b.Model", "p a.b.Model"]),
        ("x = 'a.b:main'", ["m a.b:main"]),
        ("x = 'conf/train'", ["p conf/train"]),
        ("x = 'train.yaml'", ["p train.yaml"]),
        ("x = ['a/b.py', {'k': 'c/d.py'}]", ["p a/b.py", "p c/d.py"]),
        ("x = '--config=conf/a.yaml'", ["p conf/a.yaml"]),
        ("x = 'config=conf/a.yaml'", ["p conf/a.yaml"]),
        ("x = 'word'", []),
        ("x = 'a sentence. and/or more'", []),
        ("x = 'https://a.b/c'", []),
        ("x = '1.2.3'", []),
        ("x = 'a/' + 'b.csv'", ["p a/b.csv"]),
        ("x = 'a/' 'b.csv'", ["p a/b.csv"]),
        ("x = f'conf/{name}.yaml'", ["f conf/**/*.yaml"]),
        ("x = f'conf/m_{name}.yaml'", ["f conf/m_*.yaml"]),
        ("x = f'{name}.yaml'", []),
        ("x = 'conf/{}.yaml'.format(name)", ["f conf/**/*.yaml"]),
        ("x = 'conf/%s.yaml' % name", ["f conf/**/*.yaml"]),
        ("x = 'data/*.csv'", ["f data/*.csv"]),
        ("x = '**/*'", []),
        ("'a/docstring.py'\nx = 1", []),
        ("def f():\n    'see a/b.py'\n    'a/b.py'", []),
    ],
)
def test_a_text_is_what_it_looks_like(source: str, found: list[str]) -> None:
    """A module, a path, or nothing; docstrings are for people."""
    assert mentions(source) == found


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("open('data')", ["o data"]),
        ("open('a/b.csv', 'r')", ["o a/b.csv"]),
        ("open('out/b.csv', 'w')", ["p out/b.csv"]),
        ("np.load('a.npz')", ["o a.npz"]),
        ("pd.read_parquet(path='a/b.parquet')", ["o a/b.parquet"]),
        ("yaml.safe_load(open('a.yaml'))", ["o a.yaml"]),
        ("Path('a.txt').read_text()", ["o a.txt"]),
        ("Path('a.txt').open()", ["o a.txt"]),
        ("(Path('a') / 'b.txt').read_bytes()", ["o a/b.txt"]),
        ("p = Path('a')\nopen(p / 'b')", ["p a", "o a/b"]),
        ("NAME = 'x'\nopen(f'data/{NAME}.csv')", ["o data/x.csv"]),
        ("open(name)", []),
    ],
)
def test_what_is_opened_is_told(source: str, found: list[str]) -> None:
    """By whatever opens it, and not where it is written anew."""
    assert mentions(source) == found


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("Path(__file__).parent / 'x' / 'y.json'", ["b x/y.json"]),
        ("Path(__file__).resolve().parent.parent / 'x.json'", ["b ../x.json"]),
        ("Path(__file__).resolve().parents[2] / 'x.json'", ["b ../../x.json"]),
        ("Path(__file__).with_name('x.json')", ["b x.json"]),
        ("Path(__file__).parent.joinpath('x', 'y.json')", ["b x/y.json"]),
        ("os.path.join(os.path.dirname(__file__), 'x')", ["b x"]),
        ("os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'x')", ["b ../x"]),
        ("Path(__file__).parent / 'sub' / '..' / 'x.json'", ["b x.json"]),
        ("os.path.join(__file__, '..', 'x.json')", ["b x.json"]),
        ("os.path.dirname(__file__) + '/x.json'", ["b x.json"]),
        ("open(f'{os.path.dirname(__file__)}/x')", ["b x"]),
        ("HERE = Path(__file__).parent\nROOT = HERE.parent\n(ROOT / 'c.yaml').read_text()", ["b ../c.yaml"]),
        ("class A:\n def f(self):\n  self.d = Path(__file__).parent\n  open(self.d / 'x')", ["b x"]),
        ("HERE = Path(__file__).parent", []),
        ("Path(__file__).parent / name", ["b *"]),
        ("Path(__file__).parent.parent / name", []),
        ("Path(__file__).parent / f'{name}.yaml'", ["b **/*.yaml"]),
        ("Path(__file__).parent / 'sub' / name", ["b sub/**/*"]),
        ("pkgutil.get_data(__name__, 'x.json')", ["b x.json"]),
    ],
)
def test_a_path_from_the_files_own_folder(source: str, found: list[str]) -> None:
    """An anchor alone names nothing: all that lies below it would count."""
    assert mentions(source) == found


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("Path('a') / 'b'", ["p a/b"]),
        ("os.path.join('a', 'b')", ["p a/b"]),
        ("os.path.join('a', name, 'b.csv')", ["f a/**/*/b.csv"]),
        ("os.path.join(folder, 'b.csv')", ["p b.csv"]),
        ("Path('configs')", ["p configs"]),
        ("Path('.')", []),
        ("glob.glob('data/*.csv')", ["f data/*.csv"]),
        ("glob.glob('*.csv')", ["f *.csv"]),
        ("os.listdir('plugins')", ["f plugins"]),
        ("os.walk('plugins')", ["f plugins"]),
        ("Path('conf').glob('*.yaml')", ["f conf/*.yaml"]),
        ("Path('conf').rglob('*.yaml')", ["f conf/**/*.yaml"]),
        ("Path('conf').iterdir()", ["f conf"]),
        ("Path(__file__).parent.glob('*.py')", ["b *.py"]),
        ("os.listdir(os.path.dirname(__file__))", ["b *"]),
        ("os.walk(os.path.dirname(__file__))", ["b **/*"]),
    ],
)
def test_folders_and_globs(source: str, found: list[str]) -> None:
    """What is listed counts with all it holds, by its pattern where it has one."""
    got = mentions(source)

    assert [one for one in got if one in found] == found
    assert set(got) - set(found) <= {"p conf", "p plugins"}


def test_a_package_resource_is_its_module_and_its_file() -> None:
    """`importlib.resources` looks below the package."""
    source = "from importlib import resources\nresources.files('a.b') / 'x.json'\nresources.open_text('a.b', 'y.txt')"

    assert {"m a.b", "p a/b/x.json", "o a/b/y.txt"} <= set(mentions(source))


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("subprocess.run([sys.executable, '-m', 'tool', 'a/b.py'])", ["m tool", "p a/b.py"]),
        ("cmd = ['python', '-m', 'a.b']", ["m a.b", "p a.b"]),
        ("subprocess.run(['python', 'tools/x.py'])", ["p tools/x.py"]),
        ("subprocess.run('python tools/x.py --a', shell=True)", ["p tools/x.py"]),
        ("os.system('python -m a.b > out')", ["m a.b"]),
    ],
)
def test_commands_name_files(source: str, found: list[str]) -> None:
    """As lists of words and as text."""
    assert mentions(source) == found


@pytest.mark.parametrize(
    "source",
    [
        "sys.path.insert(0, 'src/lib')",
        "sys.path.append(str(Path('src') / 'lib'))",
        "sys.path += ['src/lib']",
        "sys.path[:0] = ['src/lib']",
        "import site\nsite.addsitedir('src/lib')",
    ],
)
def test_where_modules_are_looked_for_is_no_mention(source: str) -> None:
    """All of the folder would count."""
    assert mentions(source) == []


def test_a_mention_is_told_once_with_its_first_line() -> None:
    """However often it is written."""
    assert extract("python", b"\nx = 'a/b'\ny = 'a/b'").links.mentions == (Mention("a/b", 2, How.PATH),)


def test_mentions_are_bounded() -> None:
    """Long texts are none, and of very many paths their folders count."""
    many = extract("python", f"x = {[f'data/{i}.png' for i in range(MAX_MENTIONS + 5)]!r}".encode()).links.mentions

    assert mentions(f"x = 'a/{'b' * MAX_LENGTH}'") == []
    assert len(many) == MAX_MENTIONS + 1
    assert many[-1] == Mention("data", 1, How.FOLDER)
