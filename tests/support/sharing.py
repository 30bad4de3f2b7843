"""Several machines with one shared cache: clones of a small project, each with a cache of its own.

Called by the tests of the shared cache. What a stage writes comes from a file beside the repository that is no
input of any stage, so two machines may make different bytes of the same key, as real training does.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from pathlib import Path

from seatrial.pipeline.cache import Cache
from seatrial.pipeline.domain import Domain
from seatrial.pipeline.shared_cache import SharedCache
from seatrial.store.objects import ObjectStore
from tests.support.project import Project, Ran, made, new_project, stage

TRUSTED = Domain(write="trusted")
PULL = Domain(write="pr-17")
MAKE = """\
import os, pathlib, sys
luck = pathlib.Path(os.environ["LUCK"]).read_text()
out = pathlib.Path("out/data")
out.mkdir(parents=True)
(out / "rows").write_text("rows " + luck)
(out / "more").write_text("more")
"""
USE = """\
import pathlib
pathlib.Path("out/model").write_text(pathlib.Path("out/data/rows").read_text() + " used")
"""


@dataclass(slots=True)
class Machine:
    """One clone. `warnings` are those of the last run."""

    project: Project
    objects: ObjectStore
    domain: Domain = TRUSTED
    push: bool = True
    part: int | None = None
    shared: SharedCache | None = None
    seen: list[str] = field(default_factory=list)

    def run(self) -> Ran:
        """Run both stages."""
        self.project.share = self.open
        return self.project.run()

    def did(self) -> dict[str, str]:
        """What a run did with each stage."""
        return self.run().did

    @property
    def warnings(self) -> tuple[str, ...]:
        """What the shared cache of the last run complained about."""
        return self.shared.warnings if self.shared else ()

    def read(self, path: str) -> str:
        """A file of the work tree."""
        return self.project.read(path)

    def forget_all(self) -> None:
        """Lose the local cache and every out."""
        shutil.rmtree(self.project.root / ".seatrial", ignore_errors=True)
        shutil.rmtree(self.project.root / "out", ignore_errors=True)

    def open(self, cache: Cache) -> SharedCache:
        """The shared cache of a run that begins."""
        self.shared = SharedCache(
            self.objects,
            self.domain,
            blobs=cache.blobs,
            results=cache.results,
            push=self.push,
            part=self.part,
        )
        return self.shared


@dataclass(slots=True)
class Fleet:
    """Machines around one project: the same commit, the same interpreter."""

    folder: Path
    template: Project
    luck: Path

    def machine(self, name: str, objects: ObjectStore, domain: Domain = TRUSTED, *, push: bool = True) -> Machine:
        """A fresh clone with an empty cache."""
        root = self.folder / name / "tree"
        shutil.copytree(self.template.root, root)
        project = Project(root=root, python=self.template.python, policy=self.template.policy)
        return Machine(project=project, objects=objects, domain=domain, push=push)


def new_fleet(folder: Path) -> Fleet:
    """Two stages in a row, in a repository to clone."""
    luck = folder / "luck"
    luck.write_text("one")
    project = new_project(folder / "template", {"make.py": MAKE, "use.py": USE})
    project.declare(
        stage("make", "python make.py", deps=[], outs={"data": "out/data"}, env={"LUCK": str(luck)}),
        stage("use", "python use.py", deps={"data": made("make", "data")}, outs={"model": "out/model"}),
    )
    return Fleet(folder=folder, template=project, luck=luck)
