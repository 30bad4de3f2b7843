"""The saved network must be the trained one, whatever reads it."""

from pathlib import Path

import numpy as np
from sklearn.neural_network import MLPClassifier

from digits.network import Network

_PIXELS = np.random.default_rng(0).random((200, 64))
_LABELS = np.arange(200) % 10


def test_network_says_what_the_classifier_says() -> None:
    """Our few lines of arithmetic agree with scikit-learn's own prediction on every row."""
    classifier = MLPClassifier(hidden_layer_sizes=(12, 8), random_state=0)
    for _ in range(3):
        classifier.partial_fit(_PIXELS, _LABELS, classes=np.arange(10))

    network = Network(weights=classifier.coefs_, biases=classifier.intercepts_)

    assert np.array_equal(classifier.predict(_PIXELS), network.predict(_PIXELS))


def test_network_survives_being_saved(tmp_path: Path) -> None:
    """A loaded network has the very same numbers, and saving it again gives the very same bytes."""
    random = np.random.default_rng(1)
    network = Network(weights=[random.random((64, 4)), random.random((4, 10))], biases=[np.zeros(4), random.random(10)])
    network.save(tmp_path / "one")

    loaded = Network.load(tmp_path / "one")
    loaded.save(tmp_path / "two")

    assert np.array_equal(network.predict(_PIXELS), loaded.predict(_PIXELS))
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
