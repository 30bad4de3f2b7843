"""Which of the installed distributions some imports can reach, through what distributions say of themselves. Pure.

Called by the pipeline for the environment of a cell. Everything counts towards more: a name that several
distributions provide reaches all of them, a need counts whatever its marker, and a plugin is reached by what
loads its group of entry points. Where a name leads to code that says nothing of itself, or the importing code can
see everything (`importlib`, `subprocess`), all that is installed counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property

from msgspec import Struct, field

from seatrial.environment.names import normal

SEES_ALL = frozenset({"gin", "hydra", "imp", "jsonargparse", "pkg_resources", "stevedore"})
"""Modules that load or list what is named by texts elsewhere: what they reach is not in the imports. Where code does so
by itself (`importlib`, `subprocess`), its own facts say whether a name is computed."""

_AT_START = ("sitecustomize", "usercustomize")
_SCRIPTS = frozenset({"console_scripts", "gui_scripts"})
_LOADED_BY = {"distutils": "setuptools", "egg_info": "setuptools"}


class Provided(Struct, frozen=True, kw_only=True):
    """What one distribution says of itself: names it is imported by, names of what it needs (both None where it
    does not say), and groups of entry points it declares."""

    imports: frozenset[str] | None = frozenset()
    requires: frozenset[str] | None = frozenset()
    groups: tuple[str, ...] = ()


class Installation(Struct, frozen=True, kw_only=True, dict=True):
    """Everything installed in one interpreter. `versions` gives `VERSION BUILD` by distribution, `starts` the modules
    that each start of the interpreter loads, `loose` importable names that no distribution owns (None: any)."""

    versions: Mapping[str, str]
    provided: Mapping[str, Provided]
    stdlib: frozenset[str]
    loose: frozenset[str] | None = frozenset()
    starts: tuple[str, ...] = ()

    @cached_property
    def providers(self) -> Mapping[str, frozenset[str]]:
        """The distributions that an import name may come from."""
        found: dict[str, set[str]] = {}
        for name, says in self.provided.items():
            guessed = (name.replace("-", "_"),)  # it is custom; without it, what it provides is code of nobody
            for module in guessed if says.imports is None else says.imports:
                found.setdefault(module, set()).add(name)
        return {module: frozenset(names) for module, names in found.items()}

    @cached_property
    def needs(self) -> Mapping[str, frozenset[str]]:
        """What each distribution can load: what it needs, and the plugins it looks for. One that does not say what
        it needs is missing."""
        by_normal = {normal(name): name for name in self.versions}
        found = {
            name: {by_normal[one] for one in map(normal, says.requires) if one in by_normal}
            for name, says in self.provided.items()
            if says.requires is not None and name in self.versions
        }
        for plugin, says in self.provided.items():
            for host in self._hosts(says):
                if host in found and host != plugin:
                    found[host].add(plugin)
        return {name: frozenset(names) for name, names in found.items()}

    def _hosts(self, says: Provided) -> Iterator[str]:
        """Who loads a plugin: by custom a group begins with the name of its reader, or has it inside."""
        texts = [group for group in says.groups if group not in _SCRIPTS]
        texts += [name for name in says.imports or () if name.endswith("_plugins")]
        for text in texts:
            head = re.split(r"[.:/]", text)[0]
            words = {head, head.rstrip("0123456789"), *re.split(r"[-_.:/0-9]+", text)} - {""}
            for word in (_LOADED_BY.get(word, word) for word in words):
                yield from self.providers.get(word, ())
                if word in self.versions:
                    yield word


class Reached(Struct, frozen=True, kw_only=True):
    """The distributions that count, with `VERSION BUILD`; `absent` are imports that nothing provides. `because` says
    why everything counts, empty where it does not."""

    distributions: Mapping[str, str] = field(default_factory=dict)
    absent: tuple[str, ...] = ()
    because: str = ""


def reached(imports: Iterable[str], installed: Installation, *, mentioned: Iterable[str] = ()) -> Reached:
    """What code with these imports (top-level names) reaches. `mentioned` are names in texts that may be imported:
    they count where a distribution provides them, and are not missed where none does."""
    if installed.versions.keys() != installed.provided.keys():
        return _everything(installed, "something was installed meanwhile")
    asked = sorted(set(imports) - installed.stdlib | set(imports) & SEES_ALL)
    seeds: set[str] = set()
    absent: list[str] = []
    for name in asked:
        if name in SEES_ALL:
            return _everything(installed, f"{name} can reach whatever is installed")
        if name in installed.providers:
            seeds |= installed.providers[name]
        elif installed.loose is None or name in installed.loose:
            return _everything(installed, f"nothing says what the installed {name} needs")
        else:
            absent.append(name)
    for name in (*mentioned, *installed.starts, *_AT_START):
        seeds |= installed.providers.get(name, frozenset())
        if name in (installed.loose or ()):
            return _everything(installed, f"nothing says what the installed {name} needs")
    found = _closed(seeds, installed)
    if isinstance(found, str):
        return _everything(installed, f"the installed {found} does not say what it needs")
    return Reached(
        distributions={name: installed.versions[name] for name in sorted(found)}, absent=tuple(sorted(absent))
    )


def _closed(seeds: Iterable[str], installed: Installation) -> set[str] | str:
    """All distributions that some reach, or the first that does not say what it needs."""
    found = set(seeds)
    pending = sorted(found)
    while pending:
        name = pending.pop()
        if name not in installed.needs:
            return name
        new = installed.needs[name] - found
        found |= new
        pending += sorted(new)
    return found


def _everything(installed: Installation, because: str) -> Reached:
    return Reached(distributions=dict(sorted(installed.versions.items())), because=because)
