"""Which pinned distributions some imports can need. Pure.

Called where a lock file changed. A lock's own graph is followed, together with what installed distributions say of
themselves; where neither tells, nobody knows, which is None. A module's distribution is what is installed says,
else one of the same name, else a known one.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping

from seatrial.environment.names import normal
from seatrial.environment.pin_records import Pins
from seatrial.environment.reach import SEES_ALL

Names = Iterable[str]

_KNOWN: Mapping[str, tuple[str, ...]] = {
    "Crypto": ("pycryptodome*", "pycrypto"),
    "IPython": ("ipython",),
    "OpenSSL": ("pyopenssl",),
    "PIL": ("pillow*",),
    "_pytest": ("pytest",),
    "attr": ("attrs",),
    "bs4": ("beautifulsoup4",),
    "cupy": ("cupy*",),
    "cv2": ("opencv-*",),
    "dateutil": ("python-dateutil",),
    "docx": ("python-docx",),
    "dotenv": ("python-dotenv",),
    "faiss": ("faiss*",),
    "fitz": ("pymupdf",),
    "git": ("gitpython",),
    "google": ("google*", "protobuf", "grpc*"),
    "grpc": ("grpcio",),
    "hydra": ("hydra-core",),
    "jose": ("python-jose",),
    "jwt": ("pyjwt",),
    "lightning_fabric": ("lightning*", "pytorch-lightning"),
    "magic": ("python-magic",),
    "mpl_toolkits": ("matplotlib*",),
    "onnxruntime": ("onnxruntime*",),
    "pkg_resources": ("setuptools",),
    "pl_bolts": ("lightning-bolts",),
    "psycopg2": ("psycopg2*",),
    "pydantic_core": ("pydantic-core",),
    "pylab": ("matplotlib",),
    "serial": ("pyserial",),
    "skimage": ("scikit-image",),
    "sklearn": ("scikit-learn*",),
    "skopt": ("scikit-optimize",),
    "talib": ("ta-lib",),
    "tensorflow": ("tensorflow*",),
    "torch": ("torch", "pytorch*"),
    "usb": ("pyusb",),
    "wx": ("wxpython",),
    "yaml": ("pyyaml",),
    "zmq": ("pyzmq",),
}
"""Modules whose distributions have other names. A star stands for any ending."""


def needed_by(
    imports: Iterable[str],
    pins: Pins,
    import_names: Mapping[str, Names],
    requires: Mapping[str, Names],
    *,
    stdlib: Iterable[str] = sys.stdlib_module_names,
) -> frozenset[str] | None:
    """The distributions, by normalised name, that code with these imports can need; None when it may be any.

    `import_names` and `requires` are what installed distributions say (`Installation.providers`, `.needs`), by import
    name and by distribution. Code that imports nothing but the standard library needs none.
    """
    names = set(imports)
    outside = names - set(stdlib)
    if names & SEES_ALL:
        return None
    if not outside:
        return frozenset()
    if pins.digest or pins.native:
        return None  # what is not Python's says nowhere who needs it
    says = {normal(name): frozenset(map(normal, needs)) for name, needs in requires.items()}
    graph = pins.graph or {}
    found: set[str] = set()
    for name in sorted(outside):
        homes = {one for one in _homes(name, pins, import_names) if one in graph or one in says}
        if not homes:
            return None
        found |= homes
    pending = sorted(found)
    while pending:
        name = pending.pop()
        if name in pins.pins and name not in graph and name not in says:
            return None  # it will be there, and what it needs is written nowhere
        new = (graph.get(name, frozenset()) | says.get(name, frozenset())) - found
        found |= new
        pending += sorted(new)
    return frozenset(found)


def _homes(module: str, pins: Pins, import_names: Mapping[str, Names]) -> set[str]:
    """The distributions that a module may come from."""
    found = {normal(name) for name in import_names.get(module, ())}
    for known in (module, *_KNOWN.get(module, ())):
        name = normal(known.rstrip("*"))
        found |= {one for one in pins.pins if one == name or (known.endswith("*") and one.startswith(name))}
    return found
