"""What a bucket can be called. Pure; asked wherever an address of one is read."""

from __future__ import annotations

import re

RULE = "3 to 63 small letters, digits, dots and hyphens, a letter or digit at both ends"

_NAME = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")


def is_bucket_name(text: str) -> bool:
    """Whether S3 and its like would take a name for a bucket."""
    return _NAME.fullmatch(text) is not None
