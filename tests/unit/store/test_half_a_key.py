"""A bucket whose keys are given by halves, as CI gives them to a pull request from a fork: set, and empty."""

from __future__ import annotations

import pytest

from seatrial.store.objects import DeniedError
from seatrial.store.s3 import S3Objects


def test_half_a_pair_of_keys_is_a_refusal_and_no_defect(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "")

    with pytest.raises(DeniedError, match="s3://bucket refuses to be listed"):
        S3Objects("bucket", "", {})
