"""Models and data in git, what is not pinned, what is evaluated on what it was trained on: found, and nothing else."""

from __future__ import annotations

import pytest

from seatrial.adopt.doctor.dvc_stages import read_dvc
from seatrial.adopt.doctor.facts import Call, Facts, Large, Tree, Twin
from seatrial.adopt.doctor.model_calls import model_calls
from seatrial.adopt.doctor.outcome import Pattern
from seatrial.environment.pin_records import Pins
from seatrial.environment.pins import read_pins
from tests.support.visited import CONFIG, found, project


def _told(tree: Tree, pattern: Pattern | None = None) -> list[tuple[str, int | None]]:
    return [(one.file, one.line) for one in found(Facts(tree=tree), pattern)]


@pytest.mark.parametrize(
    ("file", "size", "pattern"),
    [
        ("model.pt", 200 << 10, Pattern.MODEL_IN_GIT),
        ("tests/fixtures/tiny.onnx", 200 << 10, None),
        ("tests/fixtures/whole.onnx", 6 << 20, Pattern.MODEL_IN_GIT),
        ("data/rows.csv", 200 << 10, None),
        ("data/rows.csv", 5 << 30, Pattern.LARGE_FILE_IN_GIT),
        ("weights/big.safetensors", 5 << 30, Pattern.MODEL_IN_GIT),
    ],
)
def test_large_files_are_told_by_what_they_are(file: str, size: int, pattern: Pattern | None) -> None:
    """A model from 100 KiB on, a fixture of tests from 5 MiB on, anything else from 50 MiB on."""
    told = found(Facts(tree=Tree(large=(Large(file=file, size=size),))))
    assert [one.pattern for one in told] == ([] if pattern is None else [pattern])


def _pins(path: str, text: str) -> Pins:
    pins = read_pins(path, text.encode())
    assert pins is not None
    return pins


def test_requirements_without_versions_or_hashes_are_told_on_their_first_line() -> None:
    """One finding a file: the first line without a version, else the first without a hash."""
    loose = _pins("requirements.txt", "# x\nnumpy==2.0\ntorch>=2\npandas\n")
    pinned = _pins("requirements.txt", "numpy==2.0\n")
    hashed = _pins("requirements.txt", f"numpy==2.0 --hash=sha256:{'0' * 64}\n")

    assert _told(Tree(locks=(loose,))) == [("requirements.txt", 3)]
    assert _told(Tree(locks=(pinned,))) == [("requirements.txt", 1)]
    assert _told(Tree(locks=(hashed,))) == []


@pytest.mark.parametrize("lock", ["uv.lock", "poetry.lock", "conda-lock.yml", "requirements/core.txt"])
def test_a_lock_beside_or_above_covers_a_project(lock: str) -> None:
    """Also hashed requirements in their folder."""
    text = '[project]\nname = "x"\ndependencies = ["numpy"]\n'
    pins = Pins(path=lock, hashed=True)

    assert _told(Tree(texts={"pyproject.toml": text, "sub/pyproject.toml": text}, locks=(pins,))) == []
    assert _told(Tree(texts={"pyproject.toml": text})) == [("pyproject.toml", 3)]


def test_a_lock_of_another_folder_covers_nothing() -> None:
    """A monorepo has one for each project, or one above all."""
    text = '[project]\ndependencies = ["numpy"]\n'
    tree = Tree(texts={"a/pyproject.toml": text, "b/pyproject.toml": text}, locks=(Pins(path="a/uv.lock"),))

    assert _told(tree) == [("b/pyproject.toml", 2)]


def test_a_broken_project_file_is_nobodys_finding() -> None:
    """What cannot be read says nothing of its pins."""
    assert _told(Tree(texts={"pyproject.toml": "[[["})) == []


def test_base_images_need_a_tag_or_a_digest() -> None:
    """Names of earlier stages and what is filled in are none."""
    text = (
        "FROM python:3.11 AS base\nFROM base\nFROM nvidia/cuda AS b\nFROM x:latest\nFROM $IMAGE\nFROM scratch\n"
        f"FROM --platform=linux/amd64 y@sha256:{'0' * 64}\nFROM localhost:5000/z\n"
    )
    assert _told(Tree(texts={"Dockerfile": text})) == [("Dockerfile", 3), ("Dockerfile", 4), ("Dockerfile", 8)]


DVC = """\
stages:
  prepare: {cmd: python prepare.py, deps: [data/raw.csv], outs: [data/prepared]}
  train:
    cmd: python src/train.py data/train.csv
    deps: [src/train.py, params.yaml, data/train.csv, data/prepared]
  evaluate:
    cmd:
      - python src/evaluate.py
      - aws s3 cp model.pkl s3://b/${v}/model.pkl
    deps:
      - params.yaml
      - data/prepared
      - data/train.csv
"""


def test_stages_of_dvc_are_looked_at_where_there_is_no_other_configuration() -> None:
    """A file that both take, and a push of the model; a folder and parameters that both take are no data."""
    told = found(Facts(tree=Tree(dvc=read_dvc("dvc.yaml", DVC.encode()))))

    assert [(one.pattern, one.line) for one in told] == [
        (Pattern.EVALUATION_ON_TRAINING_DATA, 13),
        (Pattern.MODEL_BEHIND_THE_GATE, 9),
    ]


def test_stages_of_dvc_that_hold_rows_out_are_no_finding() -> None:
    """The same with its own rows."""
    text = DVC.replace("      - data/train.csv", "      - data/test.csv").replace("      - aws", "      - echo aws")
    assert found(Facts(tree=Tree(dvc=read_dvc("dvc.yaml", text.encode())))) == []


def test_stages_of_dvc_that_are_made_of_a_list_are_looked_at() -> None:
    """`foreach` has its stage under `do`."""
    text = "stages:\n  push:\n    foreach: [a, b]\n    do:\n      cmd: dvc push ${item}\n"
    told = found(Facts(tree=Tree(dvc=read_dvc("dvc.yaml", text.encode()))))

    assert [(one.pattern, one.line) for one in told] == [(Pattern.MODEL_BEHIND_THE_GATE, 5)]


CALLS: list[tuple[str, int]] = [
    ("import mlflow\nmlflow.register_model('runs:/1', 'm')\n", 2),
    ("import mlflow as mf\nmf.sklearn.log_model(m, 'm', registered_model_name='x')\n", 2),
    ("from mlflow import register_model as r\nr('a', 'b')\n", 2),
    ("from mlflow.tracking import MlflowClient\nMlflowClient().transition_model_version_stage('m', 1, 'P')\n", 2),
    ("import transformers\ntrainer.push_to_hub()\n", 2),
    ("from transformers import TrainingArguments\na = TrainingArguments('x', push_to_hub=True)\n", 2),
    ("import wandb\nwandb.log_artifact('m.pt', type='model')\n", 2),
    ("import wandb\na = wandb.Artifact('m', type='model')\nrun.log_artifact(a)\n", 3),
    ("from huggingface_hub import HfApi\nHfApi().upload_folder(folder_path='m', repo_id='x')\n", 2),
    ("import boto3\nboto3.client('s3').upload_file('model.onnx', 'b', 'k')\n", 2),
    ("import subprocess\nsubprocess.run(['dvc', 'push'], check=True)\n", 2),
    ("import os\nos.system('aws s3 cp model.pt s3://b/m')\n", 2),
    ("import os\nos.system(f'aws s3 cp {x}/model.pt s3://b/m')\n", 2),
]
SILENT = [
    '"""mlflow.register_model"""\n# push_to_hub\nimport mlflow\nmlflow.log_metric("a", 1)\n',
    "import mlflow\nmlflow.sklearn.log_model(m, 'm')\n",
    "import mlflow\nmlflow.sklearn.log_model(m, 'm', registered_model_name=None)\n",
    "def register_model(x): ...\nregister_model(1)\n",
    "from datasets import load_dataset\nfrom transformers import x\ndataset.push_to_hub('me/rows')\n",
    "from transformers import TrainingArguments\na = TrainingArguments('x', push_to_hub=False)\n",
    "import wandb\nwandb.log_artifact('rows.csv', type='dataset')\n",
    "import wandb\na = wandb.Artifact('d', type='dataset')\nrun.log_artifact(a)\n",
    "from huggingface_hub import upload_file\nupload_file(path_or_fileobj='a', repo_type='dataset')\n",
    "import boto3\nboto3.client('s3').upload_file('rows.csv', 'b', 'k')\n",
    "import subprocess\nsubprocess.run(['git', 'push'])\nsubprocess.run(command)\n",
    "import mlflow\nthis is no Python\n",
]


@pytest.mark.parametrize(("source", "line"), CALLS)
def test_a_call_that_makes_a_model_known_is_found_in_the_syntax(source: str, line: int) -> None:
    """Whatever the library was called on import."""
    assert [one.line for one in model_calls("train.py", source.encode())] == [line]


@pytest.mark.parametrize("source", SILENT)
def test_what_is_only_said_or_is_no_model_is_not_found(source: str) -> None:
    """Comments, docstrings, functions of the same name, datasets."""
    assert model_calls("train.py", source.encode()) == ()


def test_only_code_that_stages_reach_goes_behind_the_gate() -> None:
    """Where a configuration says what they reach; where there is none, every call counts."""
    calls = (Call(file="train.py", line=3, what="x"), Call(file="tools/release.py", line=4, what="y"))

    assert _told(Tree(calls=calls)) == [("tools/release.py", 4), ("train.py", 3)]
    assert _told(Tree(calls=calls, reached=frozenset({"train.py"}))) == [("train.py", 3)]


def test_a_stage_that_pushes_is_told_on_its_line() -> None:
    """Its command is read as the shell reads it."""
    text = CONFIG.replace("python train.py ${deps.data}", "dvc push ${deps.data}")
    told = found(Facts(tree=Tree(), project=project(text)), Pattern.MODEL_BEHIND_THE_GATE)

    assert [(one.file, one.line) for one in told] == [("seatrial.yaml", 11)]


def _evaluated(text: str, tree: Tree | None = None) -> list[tuple[str, int | None, str]]:
    told = found(Facts(tree=tree or Tree(), project=project(text)), Pattern.EVALUATION_ON_TRAINING_DATA)
    return [(one.file, one.line, one.message) for one in told]


def test_held_out_data_is_no_finding() -> None:
    """The configuration as it should be."""
    assert _evaluated(CONFIG) == []


def test_evaluating_on_the_training_data_is_told() -> None:
    """By the name of the dataset, or by its path."""
    for test in ("datasets.train", "data/train.csv"):
        told = _evaluated(CONFIG.replace("test: datasets.test}", f"test: {test}}}"))
        assert [(file, line) for file, line, _ in told] == [("seatrial.yaml", 16)]
        assert "which it was trained on" in told[0][2]


def test_training_on_what_is_held_out_is_told() -> None:
    """A dataset with `role: test` among the deps of a training; then the evaluation meets it, too."""
    told = _evaluated(CONFIG.replace("deps: {data: datasets.train}", "deps: {data: datasets.test}"))

    assert any("whose role is test" in message and line == 12 for _, line, message in told)


def test_equal_bytes_under_two_names_are_told() -> None:
    """The test set is a copy of the training set."""
    twin = Twin(one="data/train.csv", other="data/test.csv")

    assert [line for _, line, _ in _evaluated(CONFIG, Tree(twins=(twin,)))] == [16]
    assert _evaluated(CONFIG, Tree(twins=(Twin(one="a.csv", other="b.csv"),))) == []
    assert _evaluated(CONFIG, Tree(twins=(Twin(one="a.csv", other="data/test.csv"),))) == []


def test_a_dataset_that_is_a_folder_of_both_halves_is_no_finding() -> None:
    """The same, declared as a dataset."""
    text = CONFIG.replace("train: {path: data/train.csv}", "train: {path: data}")
    assert _evaluated(text.replace("test: datasets.test}", "test: datasets.train}")) == []


def test_a_folder_that_holds_both_halves_is_no_finding() -> None:
    """Both stages take `data`, each its own file of it."""
    text = CONFIG.replace("{data: datasets.train}", "{data: data}").replace("test: datasets.test}", "test: data}")
    assert _evaluated(text) == []
