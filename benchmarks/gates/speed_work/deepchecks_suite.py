"""deepchecks: its suite for evaluating a model, train beside test, without the search for weak segments.

    deepchecks_suite.py FOLDER

It is given answers and probabilities, and one column of noise as a feature, since it wants one. Both of its sets are
the same rows: the baseline's answers as train, the candidate's as test.
"""

# mypy: ignore-errors
import sys

import numpy as np
import pandas as pd
from deepchecks.tabular import Dataset
from deepchecks.tabular.suites import model_evaluation
from measured_work import report

rows = dict(np.load(f"{sys.argv[1]}/rows.npz"))
frame = pd.DataFrame({"noise": rows["noise"][:, 0], "label": rows["label"].astype(int)})
scores = [np.stack([1 - rows[name], rows[name]], axis=1) for name in ("baseline", "candidate")]
answers = [(table[:, 1] >= 0.5).astype(int) for table in scores]
del rows


def work():
    """The suite with its conditions."""
    suite = model_evaluation()
    for index, check in list(suite.checks.items()):
        if "Segment" in type(check).__name__:
            suite.remove(index)
    train, test = (Dataset(frame, label="label", cat_features=[]) for _ in range(2))
    result = suite.run(
        train, test, y_pred_train=answers[0], y_pred_test=answers[1], y_proba_train=scores[0], y_proba_test=scores[1]
    )
    return f"{len(result.results)} checks, {len(result.get_not_ran_checks())} of them not run"


report(work)
