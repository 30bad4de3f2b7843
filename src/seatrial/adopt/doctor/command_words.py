"""What a command does, told by its words: trains, tests, lints, installs, pushes a model. Pure.

Called by the patterns and the probes, for commands of CI files, of stages and of DVC. A command that is not known is
nothing of all this: no finding is made of a guess. What a `seatrial run` does, `seatrial_words.py` tells.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from seatrial.adopt.doctor.facts import Command

MODEL_SUFFIXES = (
    ".bin", ".cbm", ".ckpt", ".gguf", ".ggml", ".h5", ".joblib", ".keras", ".mlmodel", ".onnx", ".pb", ".pickle",
    ".pkl", ".pt", ".pth", ".safetensors", ".tflite", ".torchscript",
)  # fmt: skip
"""How files of trained models end."""

_LAUNCHERS = frozenset({"accelerate", "deepspeed", "torchrun"})
_RUNNERS = frozenset({"hatch", "pdm", "pipenv", "poetry", "pixi", "rye", "uv"})
_PYTHON = re.compile(r"python(?:3(?:\.\d+)?)?\Z")
_TRAINS = re.compile(
    r"(?:\A|[_\W])(?:pre_?train|train|training|fine_?tune|finetuning|fit|retrain)(?:[_\W]|\Z)", re.IGNORECASE
)
_NO_TRAINING = re.compile(r"test|lint|check|plot|data|split", re.IGNORECASE)
_SMALL = re.compile(
    r"--(?:subset|sample|limit|max[-_]?(?:steps|samples|rows|train[-_]samples)|limit[-_]train[-_]batches|smoke|quick"
    r"|fast(?:[-_]dev[-_]run)?|dry[-_]run|tiny|debug|one[-_]batch|num[-_]rows|n[-_]rows)\b"
    r"|(?:\A|[\W_])(?:tiny|smoke|small|mini|toy|debug|ci|fast|overfit|subset|quick)(?:[\W_]|\Z)"
    r"|epochs[ =]1\b|max_steps[ =]\d",
    re.IGNORECASE,
)
_LINTERS = frozenset({
    "bandit", "black", "check-jsonschema", "codespell", "flake8", "isort", "mypy", "pre-commit", "pylint", "pyright",
    "basedpyright", "ruff", "yamllint",
})  # fmt: skip
_TESTERS = frozenset({"pytest", "py.test", "tox", "nox", "coverage", "unittest"})
_INSTALLERS = frozenset({"pip", "pip3", "apt", "apt-get", "conda", "mamba", "npm"})
_HARMLESS = frozenset({
    "actions", "cat", "cd", "chmod", "cp", "curl", "date", "df", "echo", "env", "export", "false", "free", "git", "ls",
    "mkdir", "mv", "printf", "pwd", "rm", "set", "source", "tar", "tee", "test", "touch", "true", "wget", "which", ".",
    "[", "[[", "exit", "nproc", "uname", "fi", "then", "sudo",
})  # fmt: skip
_MODELISH = re.compile(r"(?:\A|[_\W])(?:models?|checkpoints?|weights|ckpt)(?:[_\W]|\Z)", re.IGNORECASE)
_VERSIONED = re.compile(r"\$|EXPRESSION|\d{4}-?\d{2}|v\d+|[0-9a-f]{7,}")


def core(words: Sequence[str]) -> tuple[str, ...]:
    """The words without what only starts a program: `uv run`, `python -m`, `sudo`, `poetry run`."""
    rest = tuple(words)
    while rest:
        first = rest[0].rpartition("/")[2]
        if first in _RUNNERS and len(rest) > 1 and rest[1] == "run":
            rest = _past_options(rest[2:])
        elif first == "uvx" or (first in ("sudo", "time", "nice") and len(rest) > 1):
            rest = _past_options(rest[1:])
        elif _PYTHON.match(first) and len(rest) > 2 and rest[1] == "-m":
            rest = rest[2:]
        else:
            return (first, *rest[1:])
    return ()


def _past_options(words: tuple[str, ...]) -> tuple[str, ...]:
    index = 0
    while index < len(words) and words[index].startswith("-"):
        index += 1
    return words[index:]


def program(words: Sequence[str]) -> str:
    """The name of the program or script that is meant: `pytest`, `train.py`, `digits.train`, a make target."""
    rest = core(words)
    if not rest:
        return ""
    if _PYTHON.match(rest[0]):
        return next((word for word in rest[1:] if not word.startswith("-")), rest[0])
    if rest[0] in _LAUNCHERS:
        scripts = [word for word in rest[1:] if word.endswith(".py")]
        modules = [rest[at + 1] for at, word in enumerate(rest[:-1]) if word in ("-m", "--module")]
        return next(iter([*scripts, *modules]), rest[0])
    if rest[0] == "make":
        return next((word for word in rest[1:] if not word.startswith("-") and "=" not in word), "make")
    return rest[0]


def trains(words: Sequence[str]) -> bool:
    """Whether a command trains a model, by the name of its script, module or target, or by its tool."""
    rest = core(words)
    if not rest:
        return False
    if rest[0] == "dvc" and (rest[1:2] == ("repro",) or rest[1:3] == ("exp", "run")):
        return True
    name = program(words)
    own = (
        _PYTHON.match(rest[0]) or name.endswith(".py") or rest[0] in ("make", "bash", "sh", *_LAUNCHERS) or "." in name
    )
    if rest[0] in ("bash", "sh"):
        name = next((word for word in rest[1:] if not word.startswith("-")), "")
    leaf = name.rpartition("/")[2].removesuffix(".py").removesuffix(".sh").rpartition(".")[2]
    return bool(own) and _TRAINS.search(leaf) is not None and not _NO_TRAINING.search(leaf)


def is_small(words: Sequence[str]) -> bool:
    """Whether a training says that it is a small one: fewer rows, steps or epochs, a tiny configuration."""
    return _SMALL.search(" ".join(words)) is not None


def tests(words: Sequence[str]) -> bool:
    """Whether a command runs tests of code."""
    rest = core(words)
    return bool(rest) and (rest[0] in _TESTERS or (rest[0] == "make" and program(words) in ("test", "tests", "check")))


def lints(words: Sequence[str]) -> bool:
    """Whether a command only looks at code."""
    rest = core(words)
    return bool(rest) and (rest[0] in _LINTERS or (rest[0] == "make" and program(words) in ("lint", "format", "types")))


def installs(words: Sequence[str]) -> bool:
    """Whether a command only makes an environment."""
    rest = core(words)
    if not rest:
        return False
    made = rest[0] in ("uv", "poetry", "pdm", "pixi") and rest[1:2] in (
        ("pip",), ("sync",), ("install",), ("venv",), ("python",), ("lock",), ("export",), ("tool",),
    )  # fmt: skip
    return made or rest[0] in _INSTALLERS or rest[0] in ("venv", "virtualenv")


def harmless(words: Sequence[str]) -> bool:
    """Whether a command does nothing that tells what a job is for."""
    rest = core(words)
    return not rest or rest[0] in _HARMLESS


def pushed_model(command: Command) -> str | None:
    """What a command makes known of a model outside of the repository, in words; None where it does not."""
    rest = core(command.words)
    match rest[:3]:
        case ("dvc", "push", *_):
            return "`dvc push` hands on what was just trained"
        case ("hf" | "huggingface-cli", "upload", *_):
            return "a model is uploaded to the hub"
        case ("wandb", "artifact", "put") if _option(rest, "--type", "-t") == "model":
            return "a model is put into the registry of wandb"
        case ("git", "add", *_):
            return next((f"{path} is committed by a job" for path in rest[2:] if _is_file_of_a_model(path)), None)
        case ("gto", "register" | "assign", *_):
            return f"`gto {rest[1]}` makes a version"
        case ("aws", "s3", "cp" | "sync" | "mv"):
            return _copied(rest[3:], "s3://")
        case ("gsutil", *_) if "cp" in rest or "rsync" in rest:
            return _copied([word for word in rest[1:] if word not in ("cp", "rsync")], "gs://")
        case ("gcloud", "storage", "cp" | "rsync"):
            return _copied(rest[3:], "gs://")
    return None


def overwrites(command: Command) -> bool:
    """Whether a model is copied over the one before: its address does not change from one time to the next."""
    rest = core(command.words)
    target = next((word for word in reversed(rest) if word.startswith(("s3://", "gs://"))), "")
    return bool(target) and pushed_model(command) is not None and not _VERSIONED.search(target)


def _copied(words: Sequence[str], scheme: str) -> str | None:
    places = [word for word in words if not word.startswith("-")]
    targets = [place for place in places[1:] if place.startswith(scheme)]
    if not targets or not places or places[0].startswith(scheme):
        return None
    return f"a model is copied to {targets[0]}" if _is_model(places[0]) or _MODELISH.search(targets[0]) else None


def _is_file_of_a_model(path: str) -> bool:
    """Also a folder called so; not `models.py`, nor `model_card.md`."""
    leaf = path.rstrip("/").rpartition("/")[2]
    return path.endswith(MODEL_SUFFIXES) or ("." not in leaf and _MODELISH.search(leaf) is not None)


def _is_model(path: str) -> bool:
    return path.endswith(MODEL_SUFFIXES) or _MODELISH.search(path) is not None


def _option(words: Sequence[str], *names: str) -> str | None:
    for at, word in enumerate(words):
        if word in names and at + 1 < len(words):
            return words[at + 1]
        for name in names:
            if word.startswith(f"{name}="):
                return word.removeprefix(f"{name}=")
    return None
