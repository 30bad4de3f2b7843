"""What each installed distribution provides and needs, printed as one Python literal.

Runs in the user's own interpreter, any version from 3.8, as the text of `python -c`, like `probe.py`, and
is asked for only where a stage's environment is less than everything. All answers are supersets: a name
that several distributions may provide belongs to all of them, and what a marker or an extra asks for is
asked for; only what extras ask for that serves the work on a distribution (`test`, `docs`, `pytest`) is not, or
everything would need everything. `loose` are importable names that no distribution owns, None where that
cannot be told.
"""

# mypy: disable-error-code="no-untyped-def,no-untyped-call,var-annotated,attr-defined,union-attr,assignment"
import sys

sys.path[:] = [entry for entry in sys.path if entry]  # an installed environment, not the folder we start in
import os  # noqa: E402 - after the path was cleaned
import re  # noqa: E402 - as above
from importlib import metadata  # noqa: E402 - as above

_MODULE = (".py", ".so", ".pyd", ".pyc")
_STARTS = re.compile(r"\b(?:import|from)[ \t]+([A-Za-z_]\w*)|__import__\(\s*['\"]([A-Za-z_]\w*)")
_KNOWN_STARTS = ("_virtualenv", "__editable__", "_editable_impl_")  # they lead to folders, and load nothing
_EXTRA = re.compile(r"\bextra\s*==\s*['\"]([^'\"]*)")
_FOR_WORK = {
    "test", "tests", "testing", "pytest", "dev", "devel", "develop", "development", "doc", "docs", "documentation",
    "sphinx", "lint", "linters", "linting", "typing", "mypy", "check", "checks", "ci", "cov", "cover", "coverage",
    "benchmark", "benchmarks", "qa", "style", "release", "maintainer", "maintainers", "tutorial", "tutorials",
    "example", "examples", "enabler", "precommit",
}  # fmt: skip
_TOOLS = re.compile(
    r"(pytest|flake8|sphinx|types|mypy|hypothesis|coverage)([-_.].*)?|ruff|black|isort|tox|nox|pylint|pre-commit|pyright"
    r"|asv|furo|myst-parser|numpydoc|towncrier|twine|build|bandit",
    re.IGNORECASE,
)
_HOME = os.path.dirname(os.__file__)  # noqa: PTH120 - pathlib is slow to load
_STANDARD = (_HOME, _HOME + "/lib-dynload")


def module(path):
    """The name that an installed file, or a folder with a slash behind it, is imported by; None where it is not."""
    top, slash, _ = path.strip().strip('"').partition("/")
    if not slash:
        if not top.endswith(_MODULE):
            return None
        top = top.partition(".")[0]
    return top if top.isidentifier() else None


def inside(folder):
    """The names that can be imported from a folder."""
    try:
        with os.scandir(folder) as entries:
            found = {module(entry.name + "/" if entry.is_dir() else entry.name) for entry in entries}
    except OSError:
        return set()
    return found - {None, "__pycache__"}


def text_of(path):
    """A file as text, empty where there is none."""
    try:
        with open(path, encoding="utf-8", errors="replace") as file:  # noqa: PTH123 - pathlib is slow to load
            return file.read()
    except OSError:
        return ""


def lines(one, name):
    """A file of a distribution's notes, None when it has none or nobody can read it."""
    try:
        text = one.read_text(name)
    except Exception:  # noqa: BLE001 - whoever installed it, and however
        return None
    return None if text is None else text.splitlines()


def imports(one):
    """The names a distribution provides, None when its notes do not say."""
    found = {line.strip() for line in lines(one, "top_level.txt") or () if line.strip().isidentifier()}
    record = lines(one, "RECORD")
    if record is None:
        record = [re.sub(r"^(\.\./)+", "", line) for line in lines(one, "installed-files.txt") or ()]
    if not found and not record:
        record = [re.sub(r"^(src|lib)/", "", line) for line in lines(one, "SOURCES.txt") or ()]
    rows = [row.partition(",")[0] for row in record]
    found.update(map(module, rows))
    if '"editable"' in "".join(lines(one, "direct_url.json") or ()):
        for row in rows:
            if row.endswith(".pth") and "/" not in row:
                for line in text_of(str(one.locate_file(row))).splitlines():
                    if not line.startswith("import") and os.path.isabs(line):  # noqa: PTH117 - as above
                        found |= inside(line)
    found -= {None, "__pycache__"}
    return sorted(found) if found or record else None


def requires(one):
    """The names of what a distribution needs under any circumstances, None when nobody can tell."""
    head = None
    for notes in ("METADATA", "PKG-INFO", ""):
        head = head or lines(one, notes)
    if head is None:
        return None
    asked = []
    for line in head:  # the description too: heads were seen with a license in them that has empty lines
        key, _, value = line.partition(":")
        if key.lower() == "requires-dist":
            asked.append((value, _EXTRA.findall(value)))
    section = ""
    for line in lines(one, "requires.txt") or ():
        if line[:1] == "[":
            section = line[1:].partition("]")[0].partition(":")[0]
        else:
            asked.append((line, [section] if section else []))
    found = set()
    for line, extras in asked:
        named = re.match(r"\s*([A-Za-z0-9][A-Za-z0-9._-]*)", line)
        if named and not (extras and (_TOOLS.fullmatch(named.group(1)) or all(map(for_work, extras)))):
            found.add(named.group(1))
    return sorted(found)


def for_work(extra):
    """Whether an extra is for those who work on a distribution, by its name."""
    return bool(_FOR_WORK.intersection(re.split(r"[-_.\s]+", extra.lower())))


def groups(one):
    """The groups of entry points that a distribution declares."""
    return sorted({line.strip()[1:-1].strip() for line in lines(one, "entry_points.txt") or () if line[:1] == "["})


def standard():
    """The names of the standard library."""
    if hasattr(sys, "stdlib_module_names"):
        return sorted(sys.stdlib_module_names)
    found = set(sys.builtin_module_names).union(*map(inside, _STANDARD))
    return sorted(found - {"sitecustomize", "usercustomize"})


found = {}
for one in metadata.distributions():
    described = one.metadata  # None where the file is missing, in newer versions
    name = ((described and described.get("Name")) or "").lower().replace("_", "-").replace(".", "-")
    if name and name not in found:  # the first on the path is the one that is imported
        found[name] = [imports(one), requires(one), groups(one)]

folders = [entry for entry in sys.path if entry not in _STANDARD]
starts = set()
for folder in folders:
    try:
        children = os.listdir(folder)
    except OSError:
        continue
    for child in children:
        if child.endswith(".pth"):
            for line in text_of(folder + "/" + child).splitlines():
                if line.startswith(("import ", "import\t")):
                    starts.update(first or second for first, second in _STARTS.findall(line))

claimed = {name for row in found.values() for name in row[0] or ()}
packed = any(os.path.isfile(entry) for entry in folders)  # noqa: PTH113 - a zip file holds what it holds
print(
    ascii(
        {
            "distributions": found,
            "stdlib": standard(),
            "loose": None if packed else sorted(set().union(*map(inside, folders)) - claimed),
            "starts": sorted(name for name in starts if not name.startswith(_KNOWN_STARTS)),
        }
    )
)
