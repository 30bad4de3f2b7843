"""What a command in a CI file does is told by its words, comments and here-documents left out."""

from __future__ import annotations

import pytest

from seatrial.adopt.doctor import command_words as does
from seatrial.adopt.doctor.facts import Command
from seatrial.adopt.doctor.shell_lines import commands_of


def _words(text: str) -> list[tuple[str, ...]]:
    return [one.words for one in commands_of(text, 1)]


def test_commands_have_their_lines() -> None:
    """Also those that are continued: the line of a command is its first."""
    found = commands_of("a 1\n# b\nc \\\n  --d\ne && f\n", 10)

    assert [(one.line, one.words) for one in found] == [
        (10, ("a", "1")),
        (12, ("c", "--d")),
        (14, ("e",)),
        (14, ("f",)),
    ]


def test_comments_and_here_documents_are_no_commands() -> None:
    """What is only said is not done; a `#` inside of a word or of quotes begins no comment."""
    text = "echo 'a # b' # dvc push\ncat <<EOF > x\ndvc push\nEOF\npip install x@git#egg=y\n"

    assert _words(text) == [("echo", "a # b"), ("cat",), ("pip", "install", "x@git#egg=y")]


def test_expressions_of_the_ci_system_are_one_word() -> None:
    """And keep the lines after them where they are."""
    found = commands_of("aws s3 cp m.pt s3://b/${{ github.sha }}/m.pt\nls\n", 1)

    assert found[0].words == ("aws", "s3", "cp", "m.pt", "s3://b/EXPRESSION/m.pt")
    assert found[1].line == 2


@pytest.mark.parametrize(
    "line",
    ["python train.py", "python -m digits.train --epochs 9", "uv run python src/train_model.py", "make train",
     "accelerate launch --num_processes 2 finetune.py", "torchrun train.py", "dvc repro", "bash scripts/train.sh",
     "poetry run python pretrain.py", "dvc exp run", "time python fit.py"],
)  # fmt: skip
def test_training_is_known_by_its_script_module_or_tool(line: str) -> None:
    """Whatever starts it."""
    (command,) = commands_of(line, 1)
    assert does.trains(command.words)


@pytest.mark.parametrize(
    "line",
    ["pytest tests/test_train.py", "python tests/test_training.py", "python benchmark.py --model train", "echo train",
     "git push origin train", "ls train", "python lint_train.py", "make test", "python -m pytest train",
     "python plot_training.py", "docker build -t train .", "dvc pull", "python split_train_data.py"],
)  # fmt: skip
def test_what_only_has_the_word_in_it_is_no_training(line: str) -> None:
    """A wrong alarm costs trust."""
    assert not any(does.trains(one.words) for one in commands_of(line, 1))


@pytest.mark.parametrize(
    ("line", "small"),
    [
        ("python train.py --subset 0.1", True),
        ("python train.py --config configs/ci-tiny.yaml", True),
        ("python train.py --max-steps 2", True),
        ("python train.py --epochs 1", True),
        ("python train.py --epochs 100", False),
        ("python train.py --epochs 10", False),
        ("python train.py --city paris", False),
    ],
)
def test_a_training_says_itself_that_it_is_small(line: str, small: bool) -> None:
    """By an option or the name of its configuration."""
    (command,) = commands_of(line, 1)
    assert does.is_small(command.words) is small


@pytest.mark.parametrize(
    ("line", "pushed"),
    [
        ("dvc push", True),
        ("uv run dvc push -r origin", True),
        ("aws s3 cp outputs/model.pt s3://b/x", True),
        ("aws s3 sync checkpoints/ s3://b/x", True),
        ("aws s3 cp report.html s3://b/report.html", False),
        ("aws s3 cp s3://b/model.pt model.pt", False),
        ("huggingface-cli upload me/x .", True),
        ("huggingface-cli download me/x", False),
        ("gto register digits", True),
        ("gto show", False),
        ("git add models/model.pkl", True),
        ("git add -A models/", True),
        ("git add src/models.py", False),
        ("git add model_card.md", False),
        ("wandb artifact put --type model m", True),
        ("wandb artifact put --type dataset d", False),
        ("gsutil cp model.onnx gs://b/m", True),
        ("echo dvc push", False),
    ],
)
def test_a_model_that_leaves_is_known_by_the_words(line: str, pushed: bool) -> None:
    """And what only looks, or comes in, is not."""
    (command,) = commands_of(line, 1)
    assert (does.pushed_model(command) is not None) is pushed


@pytest.mark.parametrize(
    ("target", "same"),
    [("s3://b/prod/model.pt", True), ("s3://b/EXPRESSION/model.pt", False), ("s3://b/$GITHUB_SHA/m.pt", False),
     ("s3://b/v12/model.pt", False)],
)  # fmt: skip
def test_an_address_that_never_changes_overwrites(target: str, same: bool) -> None:
    """With a version in it there is a way back."""
    command = Command(words=("aws", "s3", "cp", "model.pt", target), line=1)
    assert does.overwrites(command) is same
