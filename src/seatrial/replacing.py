"""`replace`: a record with some fields changed. At run time it is msgspec's.

To the type checker it is the one of `dataclasses`, whose keywords it knows for every record: msgspec's
own takes any keyword with any value (`docs/decisions/0015-records-are-structs.md`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dataclasses import replace
else:
    from msgspec.structs import replace

__all__ = ["replace"]
