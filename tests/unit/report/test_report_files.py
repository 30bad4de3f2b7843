"""The files that CI systems read: all three, whatever the run was, and the same bytes again."""

from __future__ import annotations

import pytest

from seatrial.report.files import report_files
from tests.support import report_samples as samples


@pytest.mark.parametrize("sample", samples.SAMPLES)
def test_every_run_gives_all_three_and_the_same_bytes_again(sample: str) -> None:
    files = report_files(samples.SAMPLES[sample]())

    assert set(files) == {"junit.xml", "code-quality.json", "metrics.txt"}
    assert files == report_files(samples.SAMPLES[sample]())
    assert all(data.endswith(b"\n") for data in files.values())
