"""The instant at which tests stand still."""

from __future__ import annotations

from datetime import UTC, datetime

INSTANT = datetime(2026, 11, 21, 6, 30, tzinfo=UTC)
ISO = "2026-11-21T06:30:00.000Z"
