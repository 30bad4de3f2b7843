"""Seatrial: from a commit to a judged, registered and promoted model."""

__version__ = "0.1.0.dev0"
