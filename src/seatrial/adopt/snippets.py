"""The few lines that a repository lacks, adapted to the names in its code: predictions with ids, a tiny model.

Called by `proposing`. Pure. They are shown and never written: which rows a model is tested on, and what identifies
one, only the people who own the code know. An id is the position in the test set unless something better is there.
"""

from __future__ import annotations

from seatrial.adopt.found import Script
from seatrial.adopt.proposal import Snippet

_WHY = "one row for each example: then a model is compared with another row by row, not by two averages"


def predictions_snippet(script: Script) -> Snippet:
    """Lines for the script that evaluates, by the framework that it uses."""
    names = script.names
    if "transformers" in script.imports and "trainer" in names:
        trainer = names["trainer"]
        lines = [
            "import csv",
            f"answers = {trainer}.predict({trainer}.eval_dataset)",
            'with open("predictions.csv", "w", newline="") as file:',
            "    rows = csv.writer(file)",
            '    rows.writerow(["id", "y", "p"])',
            "    guessed = answers.predictions.argmax(-1).tolist()",
            "    rows.writerows(zip(range(len(guessed)), answers.label_ids.tolist(), guessed))",
        ]
    elif "torch" in script.imports:
        loader, model = names.get("loader", "test_loader"), names.get("model", "model")
        lines = [
            "import csv",
            f"{model}.eval()",
            'with open("predictions.csv", "w", newline="") as file, torch.no_grad():',
            "    rows = csv.writer(file)",
            '    rows.writerow(["id", "y", "p"])',
            "    number = 0",
            f"    for inputs, labels in {loader}:  # in the same order each time: shuffle=False",
            f"        for y, p in zip(labels.tolist(), {model}(inputs).argmax(1).tolist()):",
            "            rows.writerow([number, y, p])",
            "            number += 1",
        ]
    else:
        truth, model, features = (
            names.get("truth", "y_test"),
            names.get("model", "model"),
            names.get("test_x", "X_test"),
        )
        answers = names.get("answers") or f"{model}.predict({features})"
        lines = [
            "import csv",
            'with open("predictions.csv", "w", newline="") as file:',
            "    rows = csv.writer(file)",
            '    rows.writerow(["id", "y", "p"])',
            f"    rows.writerows(zip(range(len({truth})), {truth}, {answers}))",
        ]
    return Snippet(file=script.path, why=_WHY, lines=tuple(lines))


def after_predictions(stage: str) -> tuple[str, ...]:
    """What belongs into `seatrial.yaml` once these lines are there."""
    return (
        f"  under stages.{stage}.outs:",
        "    predictions: {path: predictions.csv, as: predictions, id: id, label: y, prediction: p}",
        "  under models, and in gates.yaml:",
        f"    predictions: {stage}.predictions",
        "    regression: {max_degradation: 0.05}",
    )


def tiny_snippet(script: Script) -> Snippet:
    """Lines that let a fine-tuning run on a CPU without any download: a tiny model of the same family, at random."""
    lines = (
        "# params: tiny: false, max_steps: -1, max_train_samples: null",
        'if params["tiny"]:  # no download: the same architecture, two small layers, random weights',
        "    config = AutoConfig.for_model(",
        '        "bert", hidden_size=32, num_hidden_layers=2, num_attention_heads=2,',
        "        intermediate_size=64, vocab_size=1000)",
        "    model = AutoModelForSequenceClassification.from_config(config)",
        "else:",
        '    model = AutoModelForSequenceClassification.from_pretrained(params["model_name"])',
        'if params["max_train_samples"]:',
        '    train_dataset = train_dataset.select(range(params["max_train_samples"]))',
    )
    why = (
        "with `params: {tiny: true, max_steps: 2, max_train_samples: 64}` in the tier pr, a pull request trains on "
        "a CPU in seconds"
    )
    return Snippet(file=script.path, why=why, lines=lines)


def params_snippet(script: Script, params: str) -> Snippet:
    """The line that lets a tier's parameters reach a script that reads the file itself."""
    return Snippet(
        file=script.path,
        why="a tier's `params:` then reach the script: Seatrial names a file with the values of the run",
        lines=("import os", f'path = os.environ.get("SEATRIAL_PARAMS", "{params}")  # open this instead of "{params}"'),
    )
