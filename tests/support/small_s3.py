"""As much of S3 as an object store of ours asks for, in memory: enough to test against without any package.

It refuses conditional writes as S3 does. `tests/support/fault_proxy.py` puts it on a loopback port; the live
tests put a server that others wrote behind the same proxy, so that this is not only our idea of S3.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape

BUCKET = "bucket"
_DATE = "Sat, 21 Nov 2026 06:30:00 GMT"
_ISO = "2026-11-21T06:30:00.000Z"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One request. Header names are in lower case; `path` is as it was sent, with its query."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def key(self) -> str:
        """The object asked for, without the bucket; of a listing its prefix."""
        parts = urlsplit(self.path)
        key = unquote(parts.path).removeprefix(f"/{BUCKET}").removeprefix("/")
        return key or parse_qs(parts.query).get("prefix", [""])[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """One answer."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


class SmallS3:
    """One bucket. `objects` may be looked at and changed by a test; without `conditional` it knows no conditions,
    as some servers do not."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.conditional = True
        self._lock = threading.Lock()

    def answer(self, asked: Asked) -> Reply:
        """Do what is asked."""
        parts = urlsplit(asked.path)
        bucket, _, key = unquote(parts.path).removeprefix("/").partition("/")
        if bucket != BUCKET:
            return _error(404, "NoSuchBucket")
        with self._lock:
            if not key and asked.method == "GET":
                return self._listed(parse_qs(parts.query))
            match asked.method:
                case "PUT":
                    return self._put(key, asked)
                case "GET" | "HEAD":
                    return self._get(key, asked)
                case "DELETE":
                    self.objects.pop(key, None)
                    return Reply(status=204)
        return _error(405, "MethodNotAllowed")

    def _put(self, key: str, asked: Asked) -> Reply:
        if self.conditional and asked.headers.get("if-none-match") == "*" and key in self.objects:
            return _error(412, "PreconditionFailed")
        self.objects[key] = asked.body
        return Reply(status=200, headers={"ETag": _tag(asked.body)})

    def _get(self, key: str, asked: Asked) -> Reply:
        data = self.objects.get(key)
        if data is None:
            return _error(404, "NoSuchKey")
        headers = {"ETag": _tag(data), "Last-Modified": _DATE, "Content-Length": str(len(data))}
        span = asked.headers.get("range")
        if span is None:
            return Reply(status=200, headers=headers, body=data)
        first, _, last = span.removeprefix("bytes=").partition("-")
        piece = data[int(first) : int(last) + 1 if last else None]
        end = int(first) + len(piece) - 1
        headers |= {"Content-Length": str(len(piece)), "Content-Range": f"bytes {first}-{end}/{len(data)}"}
        return Reply(status=206, headers=headers, body=piece)

    def _listed(self, query: Mapping[str, list[str]]) -> Reply:
        prefix, after = query.get("prefix", [""])[0], query.get("continuation-token", [""])[0]
        most = int(query.get("max-keys", ["1000"])[0])
        keys = sorted(key for key in self.objects if key.startswith(prefix) and key > after)
        more = len(keys) > most
        keys = keys[:most]
        rows = "".join(
            f"<Contents><Key>{escape(key)}</Key><LastModified>{_ISO}</LastModified>"
            f"<ETag>{escape(_tag(self.objects[key]))}</ETag><Size>{len(self.objects[key])}</Size></Contents>"
            for key in keys
        )
        token = f"<NextContinuationToken>{escape(keys[-1])}</NextContinuationToken>" if more else ""
        text = (
            f"<ListBucketResult><Name>{BUCKET}</Name><Prefix>{escape(prefix)}</Prefix><KeyCount>{len(keys)}</KeyCount>"
            f"<MaxKeys>{most}</MaxKeys><IsTruncated>{str(more).lower()}</IsTruncated>{token}{rows}</ListBucketResult>"
        )
        return Reply(status=200, headers={"Content-Type": "application/xml"}, body=text.encode())


def _tag(data: bytes) -> str:
    return f'"{hashlib.md5(data).hexdigest()}"'


def _error(status: int, code: str) -> Reply:
    body = f"<Error><Code>{code}</Code><Message>{code}</Message></Error>".encode()
    return Reply(status=status, headers={"Content-Type": "application/xml"}, body=body)
