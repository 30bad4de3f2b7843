"""Test data that a model has been trained on: said as a warning, because such rows prove nothing.

Pure. Called by `run_judging`. Compared by content of whole datasets: a test file that is some model's
training file is certain; single rows shared between files are the business of data checks.
"""

from __future__ import annotations

from collections.abc import Mapping

from seatrial.flows.policy import DatasetPolicy

TEST = "test"


def seen_in_training(
    datasets: Mapping[str, DatasetPolicy], data: Mapping[str, str], trained: Mapping[str, str], who: str
) -> tuple[str, ...]:
    """A sentence for each test dataset that `who` was trained on.

    `data` are today's digests by dataset, `trained` those at the time `who` was made.
    """
    held_out = {name for name, dataset in datasets.items() if dataset.role == TEST}
    return tuple(
        f"dataset {name} is the very data that {who} knows as {other}: how well it does there says nothing"
        for name in sorted(held_out & data.keys())
        for other, content in sorted(trained.items())
        if other not in held_out and content == data[name]
    )
