"""MLFlow, for the tests that let it serve a model. `MLFLOW_PYTHON` names an interpreter that has it, with scikit-learn;
else that of `make live` is taken (`.venv/served`). It is large, and Seatrial does not need it: where there is none,
these tests are left out.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

PYTHON = Path(os.environ.get("MLFLOW_PYTHON") or f"{sys.prefix}/served/bin/python")
needed = pytest.mark.skipif(
    not PYTHON.with_name("mlflow").exists(), reason="no interpreter with MLflow (make live, or MLFLOW_PYTHON)"
)
SAVE = """\
import sys

import mlflow.sklearn
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression

rows, labels = load_iris(return_X_y=True, as_frame=True)
rows.columns = ["a", "b", "c", "d"]
mlflow.sklearn.save_model(LogisticRegression(max_iter=500).fit(rows, labels), sys.argv[1])
"""
"""Trains a model of three kinds of flowers, and saves it where the first argument says."""
SERVE = "mlflow models serve -m ${model} -h ${host} -p ${port} --env-manager local"
