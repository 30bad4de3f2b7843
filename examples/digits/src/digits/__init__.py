"""Recognise handwritten digits: prepare the data, train a small network, score it.

One module a step, and each step is one stage of `seatrial.yaml`: `data`, `train`, `evaluate`.
`network.py` is what the last two share.
"""
