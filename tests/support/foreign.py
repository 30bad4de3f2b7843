"""Small repositories of other people's shape, which know nothing of Seatrial, made by code.

Called by the tests of `init`, of `workflows` and of `doctor`. Each has what its kind usually has: a flat scikit-learn
project, one with a package, PyTorch, Hugging Face, Hydra, MLproject, DVC, three models in one repository, notebooks
only, and one without Python. Data are made by rule, so that every run of the tests sees the same. What cannot be
installed here stands in by its shape: the fine-tuning script honours its parameters with scikit-learn.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path

Files = Mapping[str, str]


def rows(count: int) -> str:
    """A table with an id, two features and a label that they tell but for one row in eleven."""
    lines = ["id,a,b,label"]
    for number in range(count):
        a, b = (number * 37) % 101 / 100, (number * 53) % 97 / 96
        lines.append(f"r{number},{a:.3f},{b:.3f},{int((a + b > 1) != (number % 11 == 0))}")
    return "\n".join(lines) + "\n"


READ = """\
import csv


def read(path):
    with open(path) as file:
        found = list(csv.DictReader(file))
    X = [[float(row["a"]), float(row["b"])] for row in found]
    return X, [row["label"] for row in found], [row["id"] for row in found]
"""

FLAT: Files = {
    "README.md": "# Churn\n",
    "requirements.txt": "scikit-learn\n",
    ".gitignore": "*.joblib\nmetrics.json\n__pycache__/\n",
    "data/train.csv": rows(300),
    "data/test.csv": rows(400),
    "tables.py": READ,
    "train.py": """\
import joblib
from sklearn.linear_model import LogisticRegression
from tables import read

X, y, _ = read("data/train.csv")
model = LogisticRegression(random_state=0).fit(X, y)
joblib.dump(model, "model.joblib")
""",
    "evaluate.py": """\
import json

import joblib
from tables import read

model = joblib.load("model.joblib")
X_test, y_test, ids = read("data/test.csv")
y_pred = model.predict(X_test)
accuracy = sum(p == y for p, y in zip(y_pred, y_test)) / len(y_test)
with open("metrics.json", "w") as file:
    json.dump({"accuracy": accuracy}, file)
""",
    "tests/test_tables.py": """\
from tables import read


def test_reads():
    assert len(read("data/test.csv")[0]) == 400
""",
    "conftest.py": "",
}

PACKAGE: Files = {
    "pyproject.toml": """\
[project]
name = "churn"
version = "1"
requires-python = ">=3.11"

[tool.ruff]
line-length = 120

[tool.pytest.ini_options]
testpaths = ["tests"]
pythonpath = ["src"]
""",
    ".gitignore": "models/\nreports/\n__pycache__/\n",
    "params.yaml": "train:\n  C: 1.0\n  seed: 3\nevaluate:\n  limit: 400\n",
    "data/train.csv": rows(300),
    "data/test.csv": rows(400),
    "src/churn/__init__.py": "",
    "src/churn/paths.py": """\
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MODEL = ROOT / "models" / "churn.joblib"
TRAIN_DATA = ROOT / "data" / "train.csv"
""",
    "src/churn/tables.py": READ,
    "src/churn/train.py": """\
import argparse

import joblib
from sklearn.linear_model import LogisticRegression

from churn.paths import MODEL, TRAIN_DATA
from churn.tables import read


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--C", type=float, default=0.5)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    X, y, _ = read(TRAIN_DATA)
    model = LogisticRegression(C=args.C, random_state=args.seed).fit(X, y)
    MODEL.parent.mkdir(exist_ok=True)
    joblib.dump(model, MODEL)


if __name__ == "__main__":
    main()
""",
    "src/churn/evaluate.py": """\
import argparse
import csv
import json
from pathlib import Path

import joblib

from churn.tables import read


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", default="models/churn.joblib")
    parser.add_argument("--data", default="data/test.csv")
    parser.add_argument("--predictions", default="reports/predictions.csv")
    args = parser.parse_args()
    model = joblib.load(args.model)
    X, truth, ids = read(args.data)
    guesses = model.predict(X)
    Path("reports").mkdir(exist_ok=True)
    with open(args.predictions, "w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["id", "label", "pred"])
        rows.writerows(zip(ids, truth, guesses))
    accuracy = sum(p == y for p, y in zip(guesses, truth)) / len(truth)
    Path("reports/metrics.json").write_text(json.dumps({"accuracy": accuracy, "rows": len(truth)}))


if __name__ == "__main__":
    main()
""",
    "tests/test_paths.py": """\
from churn.paths import MODEL


def test_name():
    assert MODEL.name == "churn.joblib"
""",
    ".github/workflows/ci.yml": """\
name: ci
on: [push]
jobs:
  test:
    runs-on: ubuntu-latest
    steps:
      - run: pip install pytest
      - run: pytest -q --junitxml=junit.xml
""",
}

TORCH: Files = {
    ".gitignore": "checkpoints/\nmetrics.json\npredictions.csv\n__pycache__/\n",
    "requirements.txt": "torch\n",
    "train.py": """\
import argparse
import csv
import json
import os

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--epochs", type=int, default=30)
    parser.add_argument("--lr", type=float, default=0.5)
    parser.add_argument("--out-dir", default="checkpoints")
    args = parser.parse_args()
    torch.manual_seed(0)
    torch.set_num_threads(1)
    x = torch.rand(600, 4)
    y = (x.sum(1) > 2).long()
    model = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 2))
    optimizer = torch.optim.SGD(model.parameters(), lr=args.lr)
    train_loader = DataLoader(TensorDataset(x[:200], y[:200]), batch_size=50)
    for _ in range(args.epochs):
        for inputs, labels in train_loader:
            optimizer.zero_grad()
            nn.functional.cross_entropy(model(inputs), labels).backward()
            optimizer.step()
    os.makedirs(args.out_dir, exist_ok=True)
    torch.save(model.state_dict(), os.path.join(args.out_dir, "model.pt"))
    guesses = model(x[200:]).argmax(1)
    with open("predictions.csv", "w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["id", "y", "p"])
        rows.writerows(zip(range(400), y[200:].tolist(), guesses.tolist()))
    with open("metrics.json", "w") as file:
        json.dump({"accuracy": (guesses == y[200:]).float().mean().item()}, file)


if __name__ == "__main__":
    main()
""",
}

FINE_TUNING: Files = {
    ".gitignore": "outputs/\n__pycache__/\n",
    "requirements.txt": "transformers\ndatasets\n",
    "params.yaml": """\
train:
  tiny: false
  max_steps: 500
  max_train_samples: 10000
  model_name: bert-base-uncased
""",
    "transformers/__init__.py": "class AutoModelForSequenceClassification:\n    pass\n",
    "data/train.csv": rows(300),
    "data/test.csv": rows(400),
    "tables.py": READ,
    "finetune.py": """\
import argparse
import csv
import json
import os

import joblib
from sklearn.linear_model import SGDClassifier
from tables import read
from transformers import AutoModelForSequenceClassification

parser = argparse.ArgumentParser()
parser.add_argument("--tiny", default="false")
parser.add_argument("--max_steps", type=int, default=500)
parser.add_argument("--max_train_samples", type=int, default=10000)
parser.add_argument("--model_name", default="bert-base-uncased")
args = parser.parse_args()


def main():
    if args.tiny != "true":
        raise SystemExit("this would download " + args.model_name)
    X, y, _ = read("data/train.csv")
    model = SGDClassifier(max_iter=args.max_steps, tol=None, random_state=0)
    model.fit(X[: args.max_train_samples], y[: args.max_train_samples])
    os.makedirs("outputs", exist_ok=True)
    joblib.dump(model, "outputs/model.joblib")
    X_test, y_test, ids = read("data/test.csv")
    with open("outputs/predictions.csv", "w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["id", "y", "p"])
        rows.writerows(zip(ids, y_test, model.predict(X_test)))
    with open("outputs/metrics.json", "w") as file:
        json.dump({"accuracy": float(model.score(X_test, y_test))}, file)


if __name__ == "__main__":
    main()
""",
}

HYDRA: Files = {
    ".gitignore": "outputs/\n",
    "conf/config.yaml": "model: ridge\nseed: 1\n",
    "train.py": """\
import hydra
import joblib


@hydra.main(config_path="conf", config_name="config", version_base=None)
def main(cfg):
    joblib.dump({"seed": cfg.seed}, "outputs/model.pkl")


if __name__ == "__main__":
    main()
""",
}

MLPROJECT: Files = {
    ".gitignore": "model.pkl\nmetrics.json\n__pycache__/\nmlruns/\n",
    "MLproject": """\
name: wine
entry_points:
  main:
    parameters:
      alpha: {type: float, default: 0.3}
    command: "python train.py --alpha {alpha}"
  describe:
    command: "python describe.py"
  deploy:
    parameters:
      host: string
    command: "python deploy.py {host}"
""",
    "describe.py": 'print("wine")\n',
    "deploy.py": "import sys\n",
    "train.py": """\
import argparse
import json
import pickle

from sklearn.datasets import load_wine
from sklearn.linear_model import RidgeClassifier
from sklearn.model_selection import train_test_split

if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--alpha", type=float, default=1.0)
    args = parser.parse_args()
    X, y = load_wine(return_X_y=True)
    X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.5, random_state=0)
    clf = RidgeClassifier(alpha=args.alpha).fit(X_train, y_train)
    with open("model.pkl", "wb") as file:
        pickle.dump(clf, file)
    with open("metrics.json", "w") as file:
        json.dump({"accuracy": clf.score(X_test, y_test)}, file)
""",
}

DVC: Files = {
    **{path: text for path, text in FLAT.items() if not path.startswith("data/train")},
    ".dvc/config": "",
    "data/train.csv.dvc": "outs:\n- md5: d41d8cd98f00b204e9800998ecf8427e\n  path: train.csv\n",
    "dvc.yaml": """\
stages:
  train:
    cmd: python train.py
    deps: [data/train.csv, train.py]
    outs: [model.joblib]
""",
}


def _service(name: str) -> Files:
    return {
        f"services/{name}/data/train.csv": rows(120),
        f"services/{name}/tables.py": READ,
        f"services/{name}/requirements.txt": "scikit-learn\n",
        f"services/{name}/train.py": """\
import json

import joblib
from sklearn.tree import DecisionTreeClassifier
from tables import read

if __name__ == "__main__":
    X, y, ids = read("data/train.csv")
    tree = DecisionTreeClassifier(max_depth=3, random_state=0).fit(X[:60], y[:60])
    joblib.dump(tree, "model.joblib")
    json.dump({"accuracy": tree.score(X[60:], y[60:])}, open("metrics.json", "w"))
""",
    }


MONOREPO: Files = {
    ".gitignore": "model.joblib\nmetrics.json\n__pycache__/\n",
    **_service("spam"),
    **_service("churn"),
    **_service("fraud"),
}

NOTEBOOKS: Files = {
    "analysis.ipynb": json.dumps({"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}),
    "notebooks/train.ipynb": json.dumps({"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}),
}

NO_PYTHON: Files = {"DESCRIPTION": "Package: wine\n", "R/train.R": "saveRDS(1, 'model.rds')\n"}

SHAPES: Mapping[str, Files] = {
    "flat": FLAT,
    "package": PACKAGE,
    "torch": TORCH,
    "fine-tuning": FINE_TUNING,
    "hydra": HYDRA,
    "mlproject": MLPROJECT,
    "dvc": DVC,
    "monorepo": MONOREPO,
    "notebooks": NOTEBOOKS,
    "no-python": NO_PYTHON,
}


def put(root: Path, files: Files) -> Path:
    """Write the files below a folder."""
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    return root


def git(root: Path, *arguments: str) -> str:
    """Run git there, as nobody in particular."""
    done = subprocess.run(
        ["git", "-c", "user.name=Ann", "-c", "user.email=ann@example.org", "-c", "init.defaultBranch=main", *arguments],
        cwd=root, check=True, capture_output=True, text=True,
    )  # fmt: skip
    return done.stdout


def repository(root: Path, shape: str | Files, *, commit: bool = True) -> Path:
    """A git repository of one shape, with one commit."""
    root.mkdir(parents=True, exist_ok=True)
    put(root, SHAPES[shape] if isinstance(shape, str) else shape)
    git(root, "init", "-q", "-b", "main")
    if commit:
        commit_all(root, "first")
    return root


def commit_all(root: Path, message: str) -> None:
    """Commit everything that is not ignored."""
    git(root, "add", "-A")
    git(root, "commit", "-q", "--allow-empty", "-m", message)
