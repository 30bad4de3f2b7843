"""fairlearn: a MetricFrame of ten metrics in twenty groups, without its bootstrap, of one model only.

fairlearn_frame.py FOLDER
"""

# mypy: ignore-errors
import sys

import numpy as np
import pandas as pd
from fairlearn.metrics import (
    MetricFrame,
    false_negative_rate,
    false_positive_rate,
    selection_rate,
    true_negative_rate,
)
from measured_work import report
from sklearn import metrics

METRICS = {
    "accuracy": metrics.accuracy_score,
    "balanced_accuracy": metrics.balanced_accuracy_score,
    "precision": metrics.precision_score,
    "recall": metrics.recall_score,
    "f1": metrics.f1_score,
    "mcc": metrics.matthews_corrcoef,
    "selection_rate": selection_rate,
    "false_positive_rate": false_positive_rate,
    "false_negative_rate": false_negative_rate,
    "true_negative_rate": true_negative_rate,
}

rows = dict(np.load(f"{sys.argv[1]}/rows.npz"))
label, group = pd.Series(rows["label"]), pd.Series(rows["group"])
answer = pd.Series((rows["candidate"] >= 0.5).astype(np.int8))
del rows


def work():
    """The figures of every group, overall, and the largest differences."""
    frame = MetricFrame(metrics=METRICS, y_true=label, y_pred=answer, sensitive_features=group)
    return f"{frame.by_group.size} figures, {len(frame.overall)} overall, {len(frame.difference())} differences"


report(work)
