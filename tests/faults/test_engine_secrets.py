"""Secrets reach the stage that declares them, and nothing that is written down."""

from __future__ import annotations

from pathlib import Path

import pytest

from seatrial.evidence.policy import OutKind
from seatrial.pipeline.policy import OutSpec, StageSpec
from seatrial.replacing import replace
from tests.support.project import Project, new_project, stage

TOKEN = "s3cr3t/t0ken+42"
SHOW = """
import base64, json, os, sys, urllib.parse
token = os.environ.get("TOKEN", "nothing")
print(token, base64.b64encode(b"user:" + token.encode()).decode(), token.encode().hex())
print(json.dumps({"token": token}), repr(token), urllib.parse.quote(token, safe=""), file=sys.stderr)
for letter in token:
    sys.stdout.write(letter)
    sys.stdout.flush()
if len(sys.argv) > 2:
    open(sys.argv[1], "w").write(sys.argv[2].replace("TOKEN", token))
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A repository with a program that prints its token in many ways, and the token in the caller's environment."""
    monkeypatch.setenv("TOKEN", TOKEN)
    return new_project(tmp_path, {"show.py": SHOW})


def show(text: str = "well", **declared: object) -> StageSpec:
    spec = stage("s", f"python show.py ${{outs.o}} '{text}'", deps=[], outs={"o": "out/o"})
    return replace(spec, **{"secrets": ("TOKEN",), **declared})  # type: ignore[arg-type]  # fields of any type


def everything_below(folder: Path) -> bytes:
    return b"\n".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


def test_a_secret_is_seen_by_its_command_and_stands_nowhere(project: Project) -> None:
    """Not in the log in any form, nor in events, parameters, results or blobs."""
    project.declare(show())
    ran = project.run()
    written = everything_below(project.root / ".seatrial") + repr(ran.outcome).encode()

    assert ran.did == {"s": "ran"}
    assert ran.log("s").count("***") >= 6
    assert ran.log("s").endswith("***")
    assert "nothing" not in ran.log("s")
    assert TOKEN.encode() not in written
    assert TOKEN.encode().hex().encode() not in written
    assert b"s3cr3t%2Ft0ken%2B42" not in written


def test_the_name_counts_in_the_key_and_the_value_does_not(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """A token that was renewed runs nothing again; another token's name does. A hit needs no secret at all."""
    project.declare(show())
    project.run()
    monkeypatch.setenv("TOKEN", "another-token-entirely")
    renewed = project.run()
    monkeypatch.delenv("TOKEN")
    absent = project.run()
    monkeypatch.setenv("OTHER", "yet another one")
    project.declare(show(secrets=("OTHER",)))
    renamed = project.run()

    assert renewed.did == absent.did == {"s": "reused"}
    assert renamed.did == {"s": "ran"}


@pytest.mark.parametrize("value", [None, "", "abc"])
def test_a_secret_that_is_missing_or_cannot_be_masked_refuses_the_stage(
    project: Project, monkeypatch: pytest.MonkeyPatch, value: str | None
) -> None:
    """Before it starts, and before its old out is touched."""
    project.write("out/o", "old")
    if value is None:
        monkeypatch.delenv("TOKEN")
    else:
        monkeypatch.setenv("TOKEN", value)
    project.declare(show())
    ran = project.run()

    assert ran.did == {"s": "failed"}
    assert ("shorter than 4" if value else "the secret TOKEN is not set: export TOKEN") in ran["s"].reason
    assert project.read("out/o") == "old"
    assert ran.named("stage_started") == []


def test_no_other_stage_sees_it(project: Project) -> None:
    """Not even one that asks for the same variable under `pass_env:`."""
    asking = stage("asks", "python show.py", deps=[], pass_env=("TOKEN",))
    project.declare(show(), asking)
    ran = project.run()

    assert ran.log("asks").startswith("nothing")


def test_an_out_that_holds_a_secret_is_used_and_not_stored(project: Project) -> None:
    """The store is read by others. The reason names the file and the secret, not its value."""
    project.declare(show("password = TOKEN"), stage("reads", "cat out/o", deps=["out/o"]))
    ran = project.run()

    assert ran.did == {"s": "used", "reads": "ran"}
    assert ran["s"].reason == "out out/o holds the value of the secret TOKEN (in out/o): its outs are used, not stored"
    assert project.read("out/o") == f"password = {TOKEN}"
    assert b"password = " not in everything_below(project.root / ".seatrial" / "cas")
    assert project.run().did["s"] == "used"


def test_what_is_made_of_an_out_with_a_secret_is_not_stored_either(project: Project) -> None:
    """A stage that declares no secret gets one in its dep: its log masks it, and so down the line."""
    project.write("copy.py", "import sys; t = open(sys.argv[1]).read(); print(t); open(sys.argv[2], 'w').write(t)")
    project.declare(
        show("password = TOKEN"),
        stage("copies", "python copy.py out/o out/c", deps=["out/o"], outs=["out/c"]),
        stage("again", "python copy.py out/c out/d", deps=["out/c"], outs=["out/d"]),
        stage("counts", "python -c \"open('out/n', 'w').write('1')\"", deps=["out/d"], outs=["out/n"]),
    )
    ran = project.run()
    written = everything_below(project.root / ".seatrial")

    assert ran.did == {"s": "used", "copies": "used", "again": "used", "counts": "ran"}
    assert "out out/c holds the value of the secret TOKEN" in ran["copies"].reason
    assert ran.log("again") == "password = ***\n"
    assert TOKEN.encode() not in written


def test_evidence_made_of_an_out_with_a_secret_fails_its_stage(project: Project) -> None:
    """It would be shown in reports."""
    project.write("copy.py", "open('out/m.json', 'w').write(open('out/o').read())")
    copies = stage("copies", "python copy.py", deps=["out/o"])
    evidence = OutSpec(name="m", named=True, path="out/m.json", kind=OutKind.METRICS)
    project.declare(show("password = TOKEN"), replace(copies, outs=(evidence,)))

    assert project.run().did == {"s": "used", "copies": "failed"}


@pytest.mark.parametrize(
    "script",
    [
        'mkdir "$SEATRIAL_OUTS_O"; ln -s "/tmp/$TOKEN" "$SEATRIAL_OUTS_O/link"',
        'mkdir -p "$SEATRIAL_OUTS_O/$TOKEN"; ln -s ../../../../.. "$SEATRIAL_OUTS_O/$TOKEN/link"',
        'mkdir -p "$SEATRIAL_OUTS_O/$TOKEN"; mkfifo "$SEATRIAL_OUTS_O/$TOKEN/pipe"',
    ],
    ids=["link", "folder", "pipe"],
)
def test_an_out_that_cannot_be_stored_does_not_spell_a_secret_in_the_reason(project: Project, script: str) -> None:
    """The reason names the file, and its name is what the command made of the secret."""
    project.declare(show(cmd="", shell=script))
    ran = project.run()

    assert ran.did == {"s": "failed"}
    assert TOKEN not in ran["s"].reason
    assert TOKEN.encode() not in (ran.folder / "events.jsonl").read_bytes()


def test_a_secret_in_a_folder_or_a_name_is_found(project: Project) -> None:
    """The file that holds it is named, unless its name is what must not be shown."""
    text = "mkdir -p out/o/deep; {}"
    for script, where in (
        ('printf %s "$TOKEN" | base64 > out/o/deep/file', "(in out/o/deep/file)"),
        ('touch "out/o/${TOKEN//\\//_}"; ln -s "$TOKEN" out/o/deep/link', "(in out/o/deep/link)"),
        ('touch "out/o/$(printf %s "$TOKEN" | xxd -p)"', "(in the name of a file in it)"),
    ):
        project.declare(replace(show(), cmd="", shell=text.format(script)))
        ran = project.run()

        assert ran.did == {"s": "used"}, ran.outcome
        assert where in ran["s"].reason
        assert TOKEN not in ran["s"].reason


def test_evidence_with_a_secret_fails_the_stage(project: Project) -> None:
    """Metrics are shown in reports, so they cannot even be used."""
    out = OutSpec(name="o", named=True, path="out/o", kind=OutKind.METRICS)
    project.declare(show('{"TOKEN": 1}', outs=(out,)))
    ran = project.run()

    assert ran.did == {"s": "failed"}
    assert "evidence is shown in reports" in ran["s"].reason
    assert TOKEN not in repr(ran.events)


def test_a_command_that_cannot_start_does_not_tell_its_secret(project: Project) -> None:
    """The error names the program and nothing of its environment."""
    project.declare(show(cmd="no-such-program"))
    ran = project.run()

    assert "no-such-program cannot be started" in ran["s"].reason
    assert TOKEN not in repr(ran.events)
