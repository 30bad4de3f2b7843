"""Evidently: its preset for classification with the tests that it derives, on labels and scores of one model.

evidently_report.py FOLDER
"""

# mypy: ignore-errors
import sys

import numpy as np
import pandas as pd
from evidently import BinaryClassification, DataDefinition, Dataset, Report
from evidently.presets import ClassificationPreset
from measured_work import report

rows = dict(np.load(f"{sys.argv[1]}/rows.npz"))
answer = (rows["candidate"] >= 0.5).astype(np.int8)
frame = pd.DataFrame({"target": rows["label"], "prediction": answer, "score": rows["candidate"]})
del rows, answer
kind = BinaryClassification(target="target", prediction_labels="prediction", prediction_probas="score", pos_label=1)


def work():
    """The report and its tests."""
    data = Dataset.from_pandas(frame, data_definition=DataDefinition(classification=[kind]))
    found = Report([ClassificationPreset()], include_tests=True).run(data, None).dict()
    return f"{len(found['metrics'])} metrics, {len(found.get('tests', []))} tests"


report(work)
