"""The story as data: six steps, what is edited and typed in each, and what must come of it.

Read by `play.py`, which does the steps, and by `show.py`, which tells them. No figure of a model
is written here: figures come from the run. What is written is the plot, and `play.py` checks that
the run followed it.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping

from msgspec import Struct, field

from seatrial.verdict import Verdict

MODEL = "digits"
ALIAS = "production"


class Edit(Struct, frozen=True, kw_only=True):
    """Replace `old`, which must stand exactly once in `file`, with `new`. Both are whole lines."""

    file: str
    old: str
    new: str


class Command(Struct, frozen=True, kw_only=True):
    """What a user types, and the exit code it must end with. `note` is said before it."""

    words: tuple[str, ...]
    exit_code: int = 0
    note: str = ""

    @property
    def typed(self) -> str:
        """The command as it stands after a prompt."""
        return shlex.join(self.words)

    @property
    def is_run(self) -> bool:
        """Whether this trains and judges."""
        return self.words[:2] == ("seatrial", "run")


class Step(Struct, frozen=True, kw_only=True):
    """One step of the story.

    `text` says beforehand what it is about, `after` what to notice at the end. `before` are commands
    typed ahead of the edits, `commands` those after. `verdict` is what the run must conclude (None:
    nothing is judged), `production` the version number that must hold the alias at the end, `stages`
    what must have become of some stages (`ran`, `reused`), and `rescored` whether production's model
    must have been scored again.
    """

    letter: str
    title: str
    text: str
    edits: tuple[Edit, ...] = ()
    before: tuple[Command, ...] = ()
    commands: tuple[Command, ...] = ()
    after: str = ""
    verdict: Verdict | None = None
    production: int | None = None
    stages: Mapping[str, str] = field(default_factory=dict)
    rescored: bool = False


def _type(line: str, exit_code: int = 0, note: str = "") -> Command:
    return Command(words=tuple(shlex.split(line)), exit_code=exit_code, note=note)


STORY = (
    Step(
        letter="a",
        title="The first model",
        text="A project that reads handwritten digits goes under version control. It has stages that prepare the "
        "data, train a network with three seeds, and score one of them on digits it has never seen.",
        commands=(
            _type("git init -b main"),
            _type("git add -A"),
            _type("git commit -q -m 'Recognise digits with a small network'"),
            _type("seatrial plan", note="What would a run do, and why? Nothing runs yet."),
            _type(
                "seatrial run",
                exit_code=2,
                note='Run it. Nothing is in production yet, so "not worse than production" cannot be judged: '
                "that is an ERROR and never a pass.",
            ),
            _type(
                "seatrial models register",
                note="It may be registered all the same. A person has to say that this is the first one; the "
                "ledger remembers who did.",
            ),
            _type("seatrial models promote digits@1 --to production --first"),
        ),
        verdict=Verdict.ERROR,
        production=1,
        stages={"data": "ran", "train[seed=0]": "ran", "train[seed=1]": "ran", "train[seed=2]": "ran"},
    ),
    Step(
        letter="b",
        title="A comment changed",
        text="Somebody explains a line. The training code has changed, so training runs again; its output is the "
        "same to the byte, so the chain of work ends there.",
        edits=(
            Edit(
                file="src/digits/train.py",
                old="    while True:\n",
                new="    # Each call is one pass over the rows, so every epoch has its loss.\n    while True:\n",
            ),
        ),
        commands=(
            _type("git commit -q -a -m 'Explain the training loop'"),
            _type("seatrial run"),
            _type(
                "seatrial why 'train[seed=0]'",
                note="`evaluate` was reused, and the verdict needed no statistics. Why did training run, and why "
                "did scoring not?",
            ),
            _type("seatrial why evaluate"),
        ),
        verdict=Verdict.PASS,
        production=1,
        stages={"data": "reused", "train[seed=0]": "ran", "evaluate": "reused"},
    ),
    Step(
        letter="c",
        title="A better model",
        text="A wider layer. The new model is compared with production row by row, on the same digits.",
        edits=(Edit(file="params.yaml", old="  hidden_units: 16\n", new="  hidden_units: 64\n"),),
        commands=(
            _type("git commit -q -a -m 'Use a wider layer'"),
            _type("seatrial run"),
            _type(
                "seatrial models register",
                note="The whole interval of the difference lies above the limit in gates.yaml, so being worse by "
                "that much is ruled out. Promoting judges once more, against whoever holds production then.",
            ),
            _type("seatrial models promote digits@2 --to production"),
        ),
        verdict=Verdict.PASS,
        production=2,
        stages={"data": "reused", "train[seed=0]": "ran", "evaluate": "ran"},
    ),
    Step(
        letter="d",
        title="A worse model",
        text="Somebody finds that training takes long, and cuts it short.",
        edits=(
            Edit(
                file="params.yaml",
                old="  epochs: 20              # passes over the training rows\n",
                new="  epochs: 2               # passes over the training rows\n",
            ),
        ),
        commands=(
            _type("git commit -q -a -m 'Train for two epochs only'"),
            _type("seatrial run", exit_code=1),
            _type(
                "seatrial models list",
                note="Blocked: exit code 1 stops a CI job, and the report says by how much it is worse. Production "
                "has not moved.",
            ),
        ),
        verdict=Verdict.FAIL,
        production=2,
    ),
    Step(
        letter="e",
        title="Too few test rows",
        text="The mistake is reverted. Then somebody tries a narrower layer, and makes the test set much smaller in "
        "the same commit. Nobody knows what production would say on that test set, so production's model is "
        "scored on it too.",
        before=(_type("git revert --no-edit HEAD"),),
        edits=(
            Edit(file="params.yaml", old="  hidden_units: 64\n", new="  hidden_units: 40\n"),
            Edit(
                file="params.yaml",
                old="  test_rows: 900          # rows to judge on, at most 900\n",
                new="  test_rows: 150          # rows to judge on, at most 900\n",
            ),
        ),
        commands=(
            _type("git commit -q -a -m 'Try a narrower layer, test on fewer rows'"),
            _type("seatrial run", exit_code=3),
        ),
        after="Held: so few rows cannot show that it is not worse, whichever accuracy looks higher. That is neither "
        "a pass nor a fail, and the run says how many rows would decide.",
        verdict=Verdict.INCONCLUSIVE,
        production=2,
        rescored=True,
    ),
    Step(
        letter="f",
        title="Rollback",
        text="Somebody has doubts about the model in production. Going back takes one command and trains nothing.",
        commands=(_type("seatrial models rollback digits"),),
        production=1,
    ),
)
