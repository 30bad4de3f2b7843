"""What the workflows of this project must do: from its policy and the files at the root of its tree. Pure.

Called by `cli.workflows` before anything is rendered, and by `plan --matrix` for the labels of machines. Here a
workflow is refused that could not keep what it promises: one that promotes while its records die with the machine, one
with stages for GPUs and no machine that has any.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

from seatrial.errors import ConfigError, Place, Problem
from seatrial.evidence.policy import OutKind
from seatrial.flows.policy import CONFIG_FILE, LOCAL, MAIN, ProjectPolicy, TierPolicy
from seatrial.flows.selection import select_stages
from seatrial.flows.workflow_install import Read, install_of, python_of
from seatrial.forge.workflows.policy import TIERS
from seatrial.forge.workflows.wanted import (
    OWN_VARIABLES,
    Downloads,
    Reach,
    Role,
    Runners,
    Tests,
    Wanted,
    WantedStage,
    WantedTier,
    Wave,
    waves_of,
)
from seatrial.pipeline.expand import Cell, expand
from seatrial.pipeline.policy import Over, StageSpec

MOST_MINUTES = 360
"""After which GitHub ends a job on a machine of its own; other machines are given as long."""

FAST_MINUTES = 30
"""The same for pull requests, where the tier has no budget: people wait."""

SPARE_MINUTES = 15
"""For installing, judging and the report, which no budget counts."""

_GIT = "git"
_CREDENTIALS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
_PLACES = ("AWS_REGION", "AWS_ENDPOINT_URL")
_RENTED = ("ubuntu-", "windows-", "macos-")


def wanted_of(policy: ProjectPolicy, read: Read, *, main: str, version: str) -> Wanted:
    """What is wanted. `read` gives the bytes of a file at the root, None where there is none; `main` is the branch that
    the clone or the forge calls its default. Raises ConfigError with everything that cannot be done."""
    chosen = tiers_by_role(policy)
    if not chosen:
        raise ConfigError(
            "no tier has a workflow",
            place=policy.workflows.places.get("tiers") or Place(file=CONFIG_FILE, key="tiers"),
            next_step="declare one, e.g. `tiers: {pr: {baseline: main, budget: 5m}}`; "
            "tiers of other names are given a role: `workflows: {tiers: {fast: NAME}}`",
        )
    reach = reach_of(policy)
    runners = runners_of(policy)
    tiers = {role: _tier(policy, role, tier, reach) for role, tier in chosen.items()}
    problems = (*_promises(tiers, policy, reach), *_devices(tiers, policy, runners), *_taken_names(tiers, policy))
    if problems:
        raise ConfigError(problems[0].message, problems=problems)
    return Wanted(
        project=policy.project,
        main=policy.main or main,
        tiers=tiers,
        reach=reach,
        install=install_of(policy, read, version=version),
        python=python_of(policy, read),
        runners=runners,
        schedule=policy.workflows.schedule,
        tests=_tests(policy, chosen, read),
        downloads=_downloads(policy),
        secrets=_secrets(policy),
        variables=_variables(policy),
        token_from=policy.forge.token_from,
        contents=policy.state.partition(":")[0] == _GIT,
        shares_results=policy.cache.remote is not None,
        version=version,
    )


def tiers_by_role(policy: ProjectPolicy) -> Mapping[Role, TierPolicy]:
    """The tiers that have a workflow."""
    names = {role: policy.workflows.tiers.get(role, TIERS[role]) for role in Role}
    taken = {name for role, name in policy.workflows.tiers.items() if name}
    return {
        role: policy.tiers[name]
        for role, name in names.items()
        if name is not None and name in policy.tiers and (role in policy.workflows.tiers or name not in taken)
    }


def runners_of(policy: ProjectPolicy) -> Runners:
    """The labels of machines that the project names."""
    return Runners(default=policy.workflows.runners.get("default"), gpu=policy.workflows.runners.get("gpu"))


def stage_waves(cells: tuple[Cell, ...], stages: Mapping[str, StageSpec]) -> tuple[tuple[str, ...], ...]:
    """The stages in waves, so that each stands behind all that must be done before any of its cells. Which cells there
    are to do changes nothing about it, so a workflow can be written for it beforehand."""
    owner = {cell.name: cell.stage for cell in cells}
    before: dict[str, set[str]] = {name: set() for name in stages}
    for cell in cells:
        before[cell.stage] |= {owner[name] for name in cell.before}
    return waves_of({name: frozenset(others) for name, others in before.items()})


def without_machine(stages: Mapping[str, StageSpec]) -> None:
    """Raises ConfigError with every stage that asks for a device, where no label says which machines have one."""
    problems = tuple(
        Problem(
            message=f"stage {name} asks for a GPU, and no label says which machines have one",
            place=spec.place,
            next_step="name the labels of your runners: `workflows: {runners: {gpu: [self-hosted, gpu]}}`",
        )
        for name, spec in stages.items()
        if spec.resources.gpus
    )
    if problems:
        raise ConfigError(problems[0].message, problems=problems)


def reach_of(policy: ProjectPolicy) -> Reach:
    """Who sees the records. A folder is seen by machines of one's own alone."""
    if policy.state == LOCAL:
        return Reach.JOB
    if not policy.state.startswith("file:"):
        return Reach.EVERY_JOB
    labels = policy.workflows.runners.get("default", ())
    owned = bool(labels) and not any(label.startswith(_RENTED) for label in labels)
    return Reach.FOLDER if owned else Reach.JOB


def _tier(policy: ProjectPolicy, role: Role, tier: TierPolicy, reach: Reach) -> WantedTier:
    stages, _ = select_stages(policy.pipeline, tier, ())
    cells = expand(stages)
    waves = _waves(cells, stages)
    together = _together(policy, cells, reach)
    devices = any(wave.gpus for wave in waves)
    promotes = tier.on_pass.promote
    worth_it = role is Role.SLOW or devices or promotes is not None  # one machine is simpler
    apart = not together and worth_it and role is not Role.FAST
    return WantedTier(
        role=role,
        name=tier.name,
        check=policy.forge.check_of(policy.project, tier.name),
        minutes=_minutes(role, tier),
        waves=waves,
        apart=apart,
        together="" if apart else together,
        baseline_main=tier.baseline == MAIN,
        registers=tier.on_pass.register or promotes is not None,
        promotes=promotes,
        environment=None if promotes is None else policy.forge.environment_of(promotes),
        secrets=_each(name for spec in stages.values() for name in spec.secrets),
        pass_env=_each(name for spec in stages.values() for name in spec.pass_env),
    )


def _waves(cells: tuple[Cell, ...], stages: Mapping[str, StageSpec]) -> tuple[Wave, ...]:
    names: dict[str, list[str]] = {name: [] for name in stages}
    for cell in cells:
        names[cell.stage].append(cell.name)
    return tuple(
        Wave(
            stages=tuple(
                WantedStage(
                    name=name,
                    cells=tuple(names[name]),
                    gpus=stages[name].resources.gpus,
                    timeout=stages[name].timeout,
                )
                for name in wave
            )
        )
        for wave in stage_waves(cells, stages)
    )


def _together(policy: ProjectPolicy, cells: tuple[Cell, ...], reach: Reach) -> str:
    """Why the cells of a tier must be done by one job; empty where they need not."""
    if reach is Reach.JOB:
        return f"records (`state: {policy.state}`) do not reach another job"
    kept_nowhere = {(cell.name, out.name): out.path for cell in cells for out in cell.outs if not out.cache}
    for cell in cells:
        for made in (made for dep in cell.deps or () for made in dep.produced):
            if (made.cell, made.out) in kept_nowhere:
                return f"{cell.stage} reads {kept_nowhere[made.cell, made.out]}, which has `cache: false`"
    judged = {
        (source.stage, source.out)
        for model in policy.models.values()
        for source in (model.artifact, model.predictions, model.recipe, *model.evidence)
        if source is not None
    }
    for cell in cells:
        for out in cell.outs:
            if not out.cache and ((cell.stage, out.name) in judged or out.kind is OutKind.METRICS):
                return f"{out.path}, which models are judged by, has `cache: false`"
    return ""


def _minutes(role: Role, tier: TierPolicy) -> int:
    """After how long a job is given up. What runs when a budget is used up may end, so a job has more."""
    if tier.budget is None or tier.budget.over is Over.REPORT:
        return FAST_MINUTES if role is Role.FAST else MOST_MINUTES
    return min(MOST_MINUTES, math.ceil(2 * tier.budget.time / 60) + SPARE_MINUTES)


def _promises(tiers: Mapping[Role, WantedTier], policy: ProjectPolicy, reach: Reach) -> tuple[Problem, ...]:
    if reach is not Reach.JOB:
        return ()
    return tuple(
        Problem(
            message=f"tier {tier.name} promotes to {tier.promotes}, and what `state: {policy.state}` records is lost "
            "with the machine of the job",
            place=policy.tiers[tier.name].place,
            next_step="keep records where every job reaches them: `state: git` (in this repository) or "
            "`state: s3://bucket/prefix`; `seatrial models promote` by hand needs neither",
        )
        for tier in tiers.values()
        if tier.promotes is not None
    )


def _devices(tiers: Mapping[Role, WantedTier], policy: ProjectPolicy, runners: Runners) -> tuple[Problem, ...]:
    """Every stage that asks for a device and has no machine to run on. The fast tier puts such stages off."""
    asking = {
        stage.name: policy.pipeline.stages[stage.name]
        for role, tier in tiers.items()
        if role is not Role.FAST
        for wave in tier.waves
        for stage in wave.stages
    }
    try:
        if runners.gpu is None:
            without_machine(asking)
    except ConfigError as error:
        return error.problems
    return ()


def _taken_names(tiers: Mapping[Role, WantedTier], policy: ProjectPolicy) -> tuple[Problem, ...]:
    """Every variable that would stand in one step with another one of ours of the same name, and lose its value."""
    told = {name: policy.workflows.places.get("secrets") for name in _secrets(policy)}
    told |= {name: policy.workflows.places.get("variables") for name in _variables(policy)}
    for tier in tiers.values():
        for stage in (stage.name for wave in tier.waves for stage in wave.stages):
            spec = policy.pipeline.stages[stage]
            told |= dict.fromkeys(spec.secrets, spec.place)
    return tuple(
        Problem(
            message=f"{name} is a variable of the workflows' own, and stages would be given that in place of yours",
            place=place,
            next_step=f"choose another name than {', '.join(sorted(OWN_VARIABLES))}",
        )
        for name, place in told.items()
        if name in OWN_VARIABLES
    )


def _tests(policy: ProjectPolicy, tiers: Mapping[Role, TierPolicy], read: Read) -> Tests | None:
    asked = policy.workflows.tests
    if asked is None:
        return None
    tier = tiers.get(Role.FAST)
    if tier is None:
        raise ConfigError(
            "`tests` are stages of the tier of pull requests, and there is none",
            place=asked.place,
            next_step="declare it, e.g. `tiers: {pr: {}}`, or remove `tests`",
        )
    selected, _ = select_stages(policy.pipeline, tier, ())
    stages = asked.stages
    if stages is None:
        stages = tuple(name for name, spec in selected.items() if any(out.kind is OutKind.JUNIT for out in spec.outs))
    if not stages:
        raise ConfigError(
            f"no stage of tier {tier.name} writes the results of tests (`as: junit`)",
            place=asked.place,
            next_step="name the stages to run for each Python: `workflows: {tests: {stages: [unit], ...}}`",
        )
    pythons = asked.pythons or (python_of(policy, read),)
    return Tests(stages=stages, tier=tier.name, pythons=pythons, frameworks=asked.frameworks)


def _downloads(policy: ProjectPolicy) -> Downloads | None:
    asked = policy.workflows.downloads
    return None if asked is None else Downloads(paths=asked.paths, by=asked.by)


def _secrets(policy: ProjectPolicy) -> tuple[str, ...]:
    """Names of the secrets that every job of ours needs: to reach the records, and to tell people."""
    told = (name for channel in policy.notify.values() for name in (channel.url_from, channel.secret_from) if name)
    reaching = policy.workflows.secrets
    if reaching is None:
        reaching = _CREDENTIALS if _in_bucket(policy) else ()
    return _each((*reaching, *told))


def _variables(policy: ProjectPolicy) -> tuple[str, ...]:
    named = policy.workflows.variables
    return named if named is not None else _PLACES if _in_bucket(policy) else ()


def _in_bucket(policy: ProjectPolicy) -> bool:
    return any(place.startswith("s3:") for place in (policy.state, policy.cache.remote or ""))


def _each(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))
