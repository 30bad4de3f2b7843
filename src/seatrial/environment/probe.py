"""What an interpreter is and what is installed in it, printed as one line of JSON.

Runs in the user's own interpreter, any version from 3.8, as the text of `python -c`: it
imports nothing but the standard library and nothing of Seatrial. `watch` are the folders and
files whose modification times tell that an installation has changed.
"""

# mypy: disable-error-code="no-untyped-def,no-untyped-call,attr-defined,union-attr"
import sys

sys.path[:] = [entry for entry in sys.path if entry]  # an installed environment, not the folder we start in
import hashlib  # noqa: E402
import json  # noqa: E402
import platform  # noqa: E402
from importlib import metadata  # noqa: E402


def build_of(distribution):
    """What tells two builds of one version apart: the wheel's tags, a commit, an archive's hash."""
    parts = sorted(set((distribution.read_text("WHEEL") or "").splitlines()))
    origin = json.loads(distribution.read_text("direct_url.json") or "{}")
    parts.append(str((origin.get("vcs_info") or {}).get("commit_id", "")))
    parts.append(json.dumps((origin.get("archive_info") or {}).get("hashes", {}), sort_keys=True))
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


found = {}
for one in metadata.distributions():
    described = one.metadata  # None where the file is missing, in newer versions
    name = ((described and described.get("Name")) or "").lower().replace("_", "-").replace(".", "-")
    if name and name not in found:  # the first on the path is the one that is imported
        found[name] = [one.version, build_of(one)]

watch = [sys.prefix + "/pyvenv.cfg", *sys.path]
print(
    json.dumps(
        {
            "executable": sys.executable,
            "python": platform.python_version(),
            "implementation": sys.implementation.name,
            "system": platform.system().lower(),
            "machine": platform.machine().lower(),
            "distributions": found,
            "watch": watch,
        }
    )
)
