"""What YAML, JSON, TOML and INI files name."""

from __future__ import annotations

import json

import pytest

from seatrial.change.extract.config_text import PARSED
from seatrial.change.extract.sources import extract


def found(kind: str, text: str) -> list[str]:
    """Mentions as `line how text`, and markers as `line !`."""
    links = extract(kind, text.encode()).links
    assert links.broken is None
    return [f"{one.line} {one.how.value} {one.text}" for one in links.mentions] + [
        f"{one.line} !" for one in links.markers
    ]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("a:\n  _target_: pkg.train:main", ["2 m pkg.train:main"]),
        ("class_path: Trainer", ["1 m Trainer"]),
        ("- data/a.csv\n- 'b/c.json'\n-\n  - d/e", ["1 p data/a.csv", "2 p b/c.json", "4 p d/e"]),
        ("x: data/${name}/a.csv", ["1 f data/**/*/a.csv"]),
        ("data/a.csv:\n  md5: 1", ["1 p data/a.csv"]),
        ("x: &a conf/a.json\ny: *a", ["1 p conf/a.json"]),
        ("x: !!python/object:os.system conf/a.json", ["1 p conf/a.json"]),
        ("a: conf/a.json\n---\nb: conf/b.json", ["1 p conf/a.json", "3 p conf/b.json"]),
        ("run: |\n  echo\n  python tools/a.py\n  cd x", ["3 p tools/a.py", "4 !"]),
        ("cmd: python -m pkg.b $X", ["1 m pkg.b"]),
        ("x: see docs/a.md, please", ["1 p docs/a.md"]),
        ("x: 1.5\ny: https://a.b/c\nz: word\nw: ~", []),
        ("x: {{ name }}\ny: conf/a.yaml\n", ["2 p conf/a.yaml"]),
        ("x: [\ny: conf/a.yaml", ["2 p conf/a.yaml"]),
        ("path: conf/{{ name }}.yaml\n{% if x %}\n", ["1 f conf/**/*.yaml"]),
    ],
)
def test_yaml_scalars_that_look_like_modules_or_paths(text: str, names: list[str]) -> None:
    """On their lines; commands are read as such, and what is no YAML by its words."""
    assert found("yaml", text) == names


@pytest.mark.parametrize(
    ("items", "names"),
    [
        ("- base", ["2 b base.yaml"]),
        ("- model: resnet", ["2 b model/resnet.yaml"]),
        ("- model: resnet\n- _self_\n- data: null", ["2 b model/resnet.yaml"]),
        ("- override model: resnet", ["2 b model/resnet.yaml"]),
        ("- optional model@x.y: resnet", ["2 b model/resnet.yaml"]),
        ("- /model: resnet", ["2 b model/resnet.yaml", "2 b ../model/resnet.yaml"]),
        ("- opt: [adam, sgd]", ["2 b opt/adam.yaml", "2 b opt/sgd.yaml"]),
        ("- opt:\n  - adam", ["3 b opt/adam.yaml"]),
        ("- model: ${name}", ["2 b model/**/*.yaml"]),
        ("- model: a/b.yaml", ["2 b model/a/b.yaml"]),
    ],
)
def test_the_defaults_of_hydra_name_files_beside(items: str, names: list[str]) -> None:
    """Groups are folders, options are files."""
    assert found("yaml", f"defaults:\n{items}\nlr: 1") == names


def test_what_stands_elsewhere_is_no_default() -> None:
    """Only the list at the top is."""
    assert found("yaml", "a:\n  defaults:\n  - base\nb:\n- model: x") == []


def test_a_bomb_of_aliases_is_harmless() -> None:
    """Nothing is expanded."""
    rows = ["a0: &a0 [conf/a.json]"] + [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 30)]

    assert found("yaml", "\n".join(rows)) == ["1 p conf/a.json"]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        (
            '{\n "a": "x/y.csv",\n "b": ["p.q.R", {"c": "x/z.csv"}]}',
            ["2 p x/y.csv", "3 m p.q.R", "3 p p.q.R", "3 p x/z.csv"],
        ),
        ('{"_target_": "pkg.A"}', ["1 m pkg.A", "1 p pkg.A"]),
        ('{"a": "x/\\u00e9.csv",\n"b": "x/\\u00e9/b.csv"}', ["1 p x/é.csv", "2 p x/é/b.csv"]),
        ('{"cmd": "python a/b.py"}', ["1 p a/b.py"]),
        ('// why\n{"a": "x/y.csv"}', ["2 p x/y.csv"]),
        ('{"a": "x/y.csv"}\n{"a": "x/z.csv"}', ["1 p x/y.csv", "2 p x/z.csv"]),
        ("[1, 2, null]", []),
    ],
)
def test_json_texts(text: str, names: list[str]) -> None:
    """On the line they stand on; what is no JSON is read by its words."""
    assert [one for one in found("json", text) if "// " not in one] == names


def test_json_of_many_rows_is_read_by_words() -> None:
    """A file of data is not parsed, and yet what it names counts."""
    text = json.dumps({"a": ["w" * 10] * (PARSED // 10), "b": "x/y.csv"})

    assert found("json", text) == ["1 p x/y.csv"]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("[project.scripts]\nx = 'pkg:main'\ny = 'a.b:c'", ["2 m pkg:main", "3 m a.b:c"]),
        ("[project.entry-points.'my.plugins']\nx = 'pkg:main'", ["2 m pkg:main"]),
        ("[tool.x]\na = ['conf/a.toml']\nb = '''\nconf/b.toml'''", ["2 p conf/a.toml", "3 p conf/b.toml"]),
        ("[tool.x]\na = 'k:v'", []),
        ("broken = [\na = 'conf/a.toml'", ["2 p conf/a.toml"]),
    ],
)
def test_toml_texts(text: str, names: list[str]) -> None:
    """Entry points are modules even without a dot."""
    got = found("toml", text)

    assert [one.split(" ", 1)[1] for one in got] == [one.split(" ", 1)[1] for one in names]
    assert got[0] == names[0] if names else not got


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("[options.entry_points]\nconsole_scripts =\n    x = pkg:main\n    y = a.b:c", ["3 m pkg:main", "4 m a.b:c"]),
        ("[x]\na = conf/a.ini\n; conf/b.ini\n# conf/c.ini", ["2 p conf/a.ini"]),
        ("[loggers]\nclass = pkg.log.Handler", ["2 m pkg.log.Handler", "2 p pkg.log.Handler"]),
    ],
)
def test_ini_texts(text: str, names: list[str]) -> None:
    """Line by line."""
    assert found("ini", text) == names
