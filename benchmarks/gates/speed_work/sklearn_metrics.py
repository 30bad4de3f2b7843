"""scikit-learn: each figure of two models once, in all rows: no groups, no intervals, no verdicts.

sklearn_metrics.py FOLDER
"""

# mypy: ignore-errors
import sys

import numpy as np
from measured_work import report
from sklearn import metrics

OF_ANSWERS = (
    metrics.accuracy_score, metrics.balanced_accuracy_score, metrics.precision_score, metrics.recall_score,
    metrics.f1_score, metrics.matthews_corrcoef, metrics.cohen_kappa_score, metrics.confusion_matrix,
)  # fmt: skip
OF_SCORES = (metrics.roc_auc_score, metrics.log_loss, metrics.brier_score_loss)

rows = dict(np.load(f"{sys.argv[1]}/rows.npz"))
label = rows["label"]
scores = [rows["candidate"], rows["baseline"]]
answers = [(score >= 0.5).astype(np.int8) for score in scores]
del rows


def work():
    """All figures of both models."""
    figures = [metric(label, answer) for answer in answers for metric in OF_ANSWERS]
    figures += [metric(label, score) for score in scores for metric in OF_SCORES]
    return f"{len(figures)} figures"


report(work)
