"""A bucket in memory: the fake of the object store's port, with the ways it fails switched by hand."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field

from seatrial.store.objects import DeniedError, Meta


@dataclass(slots=True)
class MemoryBucket:
    """Objects by key. With `versioned`, `head` tells the version of an object, as S3 does."""

    name: str
    versioned: bool = False
    refusing: bool = False
    asked: list[str] = field(default_factory=list)
    _objects: dict[str, bytes] = field(default_factory=dict)
    _writes: int = 0
    _versions: dict[str, str] = field(default_factory=dict)

    @property
    def address(self) -> str:
        return f"s3://{self.name}"

    def head(self, key: str) -> Meta | None:
        self._ask(key)
        return self._meta(key, self._versions[key] if self.versioned else None) if key in self._objects else None

    def get(self, key: str, *, limit: int = 1 << 20) -> bytes | None:
        self._ask(key)
        return self._objects.get(key)

    def put_if_absent(self, key: str, data: bytes) -> bool:
        if key in self._objects:
            return False
        self.put(key, data)
        return True

    def put(self, key: str, data: bytes) -> None:
        self._writes += 1
        self._objects[key] = data
        self._versions[key] = f"v{self._writes}"

    def list(self, prefix: str) -> Iterator[Meta]:
        self._ask(prefix)
        return iter([self._meta(key, None) for key in reversed(self._objects) if key.startswith(prefix)])

    def delete(self, key: str) -> None:
        self._objects.pop(key, None)

    def _meta(self, key: str, version: str | None) -> Meta:
        data = self._objects[key]
        tag = hashlib.md5(data, usedforsecurity=False).hexdigest()
        return Meta(key=key, size=len(data), tag=f'"{tag}"', version=version)

    def _ask(self, key: str) -> None:
        self.asked.append(key)
        if self.refusing:
            raise DeniedError(f"{self.address} refuses {key}", next_step="check AWS_ACCESS_KEY_ID")
