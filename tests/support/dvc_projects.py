"""Small repositories with DVC, one for each thing that a dvc.yaml can say.

Used by unit tests of the conversion, which load and plan what comes of them, and by the campaign that runs them with
DVC itself and compares every byte. Each is a mapping of files; the program `src/write.py` writes what it was told, so
that a wrong argument is a wrong file.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

WRITE = '''"""Writes its arguments, and a digest of the files among them, to the last one."""
import hashlib
import json
import pathlib
import sys

*given, out = sys.argv[1:]
seen = []
for argument in given:
    path = pathlib.Path(argument)
    files = [path] if path.is_file() else sorted(path.rglob("[!.]*")) if path.is_dir() else []
    seen.append([argument, [hashlib.sha256(one.read_bytes()).hexdigest() for one in files if one.is_file()]])
path = pathlib.Path(out)
path.parent.mkdir(parents=True, exist_ok=True)
path.write_text(json.dumps(seen) + "\\n")
'''

METRICS = '''"""Writes how many bytes its inputs have, as metrics."""
import json
import pathlib
import sys

*inputs, out = sys.argv[1:]
path = pathlib.Path(out)
path.parent.mkdir(parents=True, exist_ok=True)
path.write_text(json.dumps({"bytes": sum(len(pathlib.Path(one).read_bytes()) for one in inputs), "nested": {"n": 1.5}}))
'''

PARAMS = """\
prepare: {split: 0.2, seed: 20170428}
train:
  lr: 1e-3
  name: "two words"
  deep: {on: true, off: false}
  sizes: [1, 2, three]
models: [uk, us]
none: null
"""

_BASE = {"src/write.py": WRITE, "src/metrics.py": METRICS, "params.yaml": PARAMS, "data/data.csv": "a,b\n1,2\n"}

PIPELINES: Mapping[str, Mapping[str, str]] = {
    "get-started": {
        "dvc.yaml": """\
stages:
  prepare:
    cmd: python src/write.py data/data.csv ${prepare.split} data/prepared
    deps: [data/data.csv, src/write.py]
    params: [prepare.seed, prepare.split]
    outs: [data/prepared]
  train:
    cmd: python src/write.py --lr=${train.lr} data/prepared model.pkl
    deps: [data/prepared, src/write.py]
    params: [train]
    outs: [model.pkl]
  evaluate:
    cmd: python src/metrics.py model.pkl data/prepared eval/metrics.json
    deps: [model.pkl, data/prepared]
    metrics:
      - eval/metrics.json: {cache: false}
artifacts:
  text-classification: {path: model.pkl, type: model, desc: finds texts, labels: [nlp]}
metrics: [eval/metrics.json]
plots:
  - ROC: {template: simple, x: fpr, y: {eval/roc.csv: tpr}}
"""
    },
    "foreach-over-a-list": {
        "dvc.yaml": """\
stages:
  build:
    foreach: [a, 1, 2.50, true, 1e-3]
    do:
      cmd: python src/write.py ${item} "out/${item}/file"
      outs: ["out/${item}/file"]
"""
    },
    "foreach-over-a-mapping": {
        "dvc.yaml": """\
stages:
  train:
    foreach: {uk: {epochs: 3, opt: {lr: 0.10}}, us: {epochs: 10, opt: {lr: 1e-4}}}
    do:
      cmd: python src/write.py ${key} ${item.epochs} ${item.opt.lr} models/${key}/model.bin
      outs: ["models/${key}/model.bin"]
  read:
    cmd: python src/write.py models/us/model.bin read.txt
    deps: [models/us/model.bin]
    outs: [read.txt]
"""
    },
    "foreach-that-is-no-matrix": {
        "dvc.yaml": """\
stages:
  train:
    foreach:
      Uk: {tags: [x, y], flags: {a: 1, b: true}}
      us: {tags: [z, w], flags: {a: 2, b: false}}
    do:
      cmd: python src/write.py ${item.tags[0]} ${item.flags} out/${key}
      outs: ["out/${key}"]
"""
    },
    "foreach-over-odd-texts": {
        "dvc.yaml": """\
stages:
  shell:
    foreach: [plain, two words, "a+b"]
    do:
      cmd: mkdir -p shell && echo "${item}" | cat > "shell/${item}.txt"
      outs: ["shell/${item}.txt"]
  words:
    foreach: {x: plain, y: two words}
    do:
      cmd: python src/write.py ${item} made/${key}.txt
      outs: ["made/${key}.txt"]
  pipe:
    foreach: [k1, k2]
    do:
      cmd: mkdir -p pipe && echo '${item}' "${item}" ${item} | cat > pipe/${item}.txt
      outs: ["pipe/${item}.txt"]
"""
    },
    "foreach-over-parameters": {
        "dvc.yaml": """\
stages:
  each:
    foreach: ${models}
    do:
      cmd: python src/write.py ${item} ${train.lr} out/${item}.txt
      outs: ["out/${item}.txt"]
"""
    },
    "matrix": {
        "dvc.yaml": """\
stages:
  grid:
    matrix:
      model: ${models}
      depth: [1, 2]
    cmd: python src/write.py ${item.model} ${item.depth} ${key} out/${key}.txt
    outs: ["out/${key}.txt"]
"""
    },
    "matrix-of-mappings": {
        "dvc.yaml": """\
stages:
  grid:
    matrix:
      model: [{name: cnn, size: 3}, {name: rnn, size: 4}]
      seed: [1, 2]
    cmd: python src/write.py ${item.model.name} ${item.seed} ${key} out/${key}.txt
    outs: ["out/${key}.txt"]
"""
    },
    "folders": {
        "sub/deeper/keep": "",
        "sub/params.yaml": "own: 7\n",
        "dvc.yaml": """\
stages:
  one:
    wdir: sub
    cmd: python ../src/write.py ${prepare.split} ../data/data.csv deeper/out.txt
    deps: [../data/data.csv]
    params: [own]
    outs: [deeper/out.txt]
""",
        "sub/dvc.yaml": """\
stages:
  two:
    cmd: python ../src/write.py ${own} deeper/out.txt two.txt
    deps: [deeper/out.txt]
    outs: [two.txt]
""",
    },
    "parameters-in-several-files": {
        "conf/model.yaml": "depth: 3\nkind: {name: tree}\n",
        "conf/data.json": '{"rows": 10}',
        "conf/more.toml": "[deep]\nvalue = 1.50\n",
        "conf/code.py": "LIMIT = 5\nclass Train:\n    rate: float = 0.25\n",
        "dvc.yaml": """\
vars:
  - conf/model.yaml
  - conf/data.json:rows
  - conf/more.toml
  - conf/code.py
  - own: {value: here}
stages:
  one:
    cmd: python src/write.py ${depth} ${kind.name} ${rows} ${deep.value} ${LIMIT} ${Train.rate} ${own.value} one.txt
    params: [train.lr, {conf/model.yaml: [depth]}, {conf/data.json: null}]
    outs: [one.txt]
  two:
    vars: [{local: 3}]
    cmd: python src/write.py ${local} two.txt
    outs: [two.txt]
""",
    },
    "mapping-in-a-command": {
        "dvc.yaml": """\
stages:
  options:
    cmd: python src/write.py ${train} options.txt
    outs: [options.txt]
""",
    },
    "mapping-as-dvc-is-told": {
        ".dvc/config": "[parsing]\n    bool = boolean_optional\n    list = append\n",
        "dvc.yaml": """\
stages:
  options:
    cmd: python src/write.py ${train} options.txt
    outs: [options.txt]
""",
    },
    "shells": {
        "dvc.yaml": r"""
stages:
  pipes:
    cmd: yes | head -n 3 > pipes.txt; false; echo $((1 + 2)) >> pipes.txt
    outs: [pipes.txt]
  lines:
    cmd: |
      mkdir -p lines && cd lines
      echo top > lines/a.txt
      echo "${train.name}" '${train.name}' ${train.lr} "${train.lr}" '${train.lr}' >> lines/a.txt
    outs: [lines/a.txt]
  listed:
    cmd:
      - FOO=1 python src/write.py 'a  b' "c d" listed.txt
      - "echo 'a # b' # a comment >> nowhere >> listed.txt"
      - echo last \ >> listed.txt
    outs: [listed.txt]
  escaped:
    cmd: echo \${HOME:+home} '\${none}' > escaped.txt
    outs: [escaped.txt]
  quoted:
    cmd: python src/write.py 'a | b' "x;y" data/data.csv quoted.txt
    deps: [data/data.csv]
    outs: [quoted.txt]
  blanks:
    cmd: python src/write.py ${train.name} "${train.name}" blanks.txt
    outs: [blanks.txt]
  named:
    cmd: echo "$DVC_STAGE" > named.txt
    outs: [named.txt]
""",
    },
    "templated-paths": {
        "dvc.yaml": """\
vars: [{folder: made, name: here}]
stages:
  one:
    cmd: python src/write.py ${train.lr} ${folder}/${name}-${train.lr}.txt
    outs: ["${folder}/${name}-${train.lr}.txt"]
  two:
    cmd: python src/write.py ${folder} ${folder}/two.txt
    deps: ["${folder}"]
    outs: [two/x]
""".replace("${folder} ${folder}/two.txt", "${folder} two/x"),
    },
    "folder-that-others-write": {
        "pool/source.txt": "from git\n",
        "dvc.yaml": """\
stages:
  a:
    cmd: python src/write.py a pool/a.txt
    outs: [pool/a.txt]
  b:
    cmd: python src/write.py pool b.txt
    deps: [pool]
    outs: [b.txt]
""",
    },
    "aliases": {
        "dvc.yaml": """\
stages:
  one: &one
    cmd: &cmd python src/write.py x one.txt
    outs: [one.txt]
  two:
    <<: *one
    cmd: python src/write.py y two.txt
    outs: [two.txt]
""",
    },
    "windows-line-ends": {
        "dvc.yaml": "stages:\r\n  one:\r\n    cmd: python src/write.py x one.txt\r\n    outs:\r\n      - one.txt\r\n",
    },
    "names-like-references": {
        "train.py": "print('hello')\n",
        "datasets.csv": "x\n",
        "dvc.yaml": """\
stages:
  train:
    cmd: python src/write.py train.py datasets.csv train.txt
    deps: [train.py, datasets.csv]
    outs: [train.txt]
""",
    },
}
"""What both DVC and Seatrial can run, by what is tried."""


def project(name: str) -> Mapping[str, str]:
    """All files of one."""
    return {**_BASE, **PIPELINES[name]}


def committed(folder: Path, files: Mapping[str, str]) -> Path:
    """A repository with these files in its first commit."""
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(text.encode())
    who = {f"GIT_{one}_{what}": "t@example.org" for one in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    for arguments in (["init", "-q", "-b", "main"], ["add", "-A"], ["commit", "-qm", "first"]):
        subprocess.run(["git", *arguments], cwd=folder, check=True, env={**os.environ, **who}, capture_output=True)
    return folder
