"""What an interpreter is and what is installed in it, printed as one Python literal.

Runs in the user's own interpreter, any version from 3.8, as the text of `python -c`: it
imports nothing but the standard library and nothing of Seatrial, and of the library not even
`json`, which takes as long as all the rest. `watch` are the folders and
files whose modification times tell that an installation has changed.
"""

# mypy: disable-error-code="no-untyped-def,no-untyped-call,attr-defined,union-attr"
import sys

sys.path[:] = [entry for entry in sys.path if entry]  # an installed environment, not the folder we start in
import os  # noqa: E402 - after the path was cleaned


def text_of(folder, name):
    """A file of a distribution's notes, None when it has none."""
    try:
        with open(os.path.join(folder, name), encoding="utf-8") as file:  # noqa: PTH118, PTH123 - pathlib is slow to load
            return file.read()
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError, PermissionError):
        return None


def plain():
    """Whether all distributions are folders beside each other: no zip files, no eggs, no finders of others."""
    known = ("BuiltinImporter", "FrozenImporter", "PathFinder")
    finders = [one for one in sys.meta_path if hasattr(one, "find_distributions")]
    return all(getattr(one, "__name__", "") in known for one in finders) and not any(
        entry.endswith(".egg") or os.path.isfile(entry)  # noqa: PTH113 - pathlib is slow to load
        for entry in sys.path
    )


def headers(text):
    """The first name and version in the head of a METADATA file."""
    known = {}  # type: ignore[var-annotated]  # Python 3.8 reads this file too
    for line in text.partition("\n\n")[0].splitlines():
        key, colon, value = line.partition(":")
        if not colon and not line.strip():
            break
        if colon:
            known.setdefault(key.lower(), value.strip())
    return known.get("name"), known.get("version")


def listed():
    """Name, version and notes of every distribution, read from the folders themselves."""
    for entry in sys.path:
        try:
            children = os.listdir(entry)
        except OSError:
            continue
        for child in children:
            if child.lower().endswith((".dist-info", ".egg-info")):
                folder = os.path.join(entry, child)  # noqa: PTH118 - pathlib is slow to load

                def read(name, folder=folder):
                    return text_of(folder, name)

                text = read("METADATA") or read("PKG-INFO") or text_of(entry, child) or ""
                yield (*headers(text), read)


def asked():
    """The same from the library, which knows every way to install."""
    from importlib import metadata  # takes three times as long to load as all the rest

    for one in metadata.distributions():
        described = one.metadata  # None where the file is missing, in newer versions
        yield (described and described.get("Name")), one.version, one.read_text


found = {}
for title, version, read in listed() if plain() else asked():
    name = (title or "").lower().replace("_", "-").replace(".", "-")
    if name and name not in found:  # the first on the path is the one that is imported
        found[name] = [version, read("WHEEL") or "", read("direct_url.json") or ""]

system = os.uname()
watch = [sys.prefix + "/pyvenv.cfg", *sys.path]
print(
    ascii(
        {
            "executable": sys.executable,
            "python": sys.version.split()[0],
            "implementation": sys.implementation.name,
            "system": system.sysname.lower(),
            "machine": system.machine.lower(),
            "distributions": found,
            "watch": watch,
        }
    )
)
