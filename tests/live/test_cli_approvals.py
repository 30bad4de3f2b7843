"""Approvals in a real repository: held, approved, promoted; and everything that makes an approval void."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from tests.support.cli import BETTER, CONFIG, GATES, UNSURE, Repo, copy_of, new_repo, template, with_production

RULE = """\
    gates: gates.yaml
    approvals:
      production: {from: [[ben, ben@example.invalid], [cleo, cleo@example.invalid]], known_by: [git]}
"""
RULED = CONFIG.replace("    gates: gates.yaml\n", RULE)
REF = "tiny@2"


def _ruled(folder: Path) -> Repo:
    repo = with_production(folder)
    repo.write("seatrial.yaml", RULED)
    repo.commit("approvals")
    repo.set_params(BETTER)
    repo.run()
    repo.register("--link", "https://example.invalid/pull/7")
    return repo


def _unsure(folder: Path) -> Repo:
    """No rule, and a candidate of which too few rows say whether it is worse."""
    repo = with_production(folder, {"params.yaml": "data:\n  rows: 60\ntrain:\n  skill: 0.9\n  salt: a\n"})
    repo.set_params(*UNSURE)
    repo.run(code=3)
    repo.register()
    return repo


@pytest.fixture
def repo(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> Repo:
    """A rule lists ben and cleo; Ada made a better model, which is tiny@2."""
    return copy_of(template(tmp_path_factory, "ruled", _ruled), tmp_path)


@pytest.fixture
def unsure(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> Repo:
    """A model that its gates hold, and no rule."""
    return copy_of(template(tmp_path_factory, "unsure", _unsure), tmp_path)


def _as(repo: Repo, name: str) -> Repo:
    """Somebody else sits down at the same repository."""
    repo.git("config", "user.name", name.title())
    repo.git("config", "user.email", f"{name}@example.invalid")
    return repo


def _approve(repo: Repo, name: str, *words: str, ref: str = REF, code: int = 0) -> Any:
    return _as(repo, name).seatrial("models", "approve", ref, "--to", "production", "--json", *words, code=code).json


def _void(document: Any) -> list[str]:
    return [one["reason"] for one in document["approvals"]["void"]]


def test_a_promotion_waits_for_an_approval_and_then_rests_on_it(repo: Repo) -> None:
    """Held with exit code 3; approved by somebody listed; promoted, and the ledger says on whose word."""
    held = repo.promote(REF, code=3)
    listed = repo.seatrial("models", "list").out
    approved = _approve(repo, "ben", "--note", "read it")
    moved = _as(repo, "ada").promote(REF)
    shown = repo.seatrial("models", "show", "tiny", "--json").json["model"]["ledger"][-1]

    assert held["reasons"] == ["production asks for 1 approval and has none; may be given by ben, cleo"]
    assert held["next_step"].startswith("seatrial models approve tiny@2 --to production, and then")
    assert "tiny@2 waits: production asks for 1 approval and has none" in listed
    assert (approved["recorded"], approved["verdict"], approved["approval"]["note"]) == (True, "PASS", "read it")
    assert (moved["moved"], moved["move"]["how"]) == (True, "promote")
    assert [(by["actor"]["name"], by["actor"]["identified_by"], by["note"]) for by in shown["approvals"]] == [
        ("Ben <ben@example.invalid>", "git config", "read it")
    ]
    text = " ".join(repo.seatrial("models", "show", "tiny").out.split())
    assert "approved by Ben (git config)" in text
    assert "Ada (git config); approved by Ben (git config)" in text


def test_what_is_approved_is_shown_first(repo: Repo) -> None:
    """The headline of judging anew, and the next command."""
    said = _as(repo, "ben").seatrial("models", "approve", REF, "--to", "production").out

    assert said.startswith("PASS: accuracy rose 0.058 [0.048, 0.070] to 0.940, against tiny@1 (production)\n")
    assert said.endswith("approved: tiny@2 for production, by Ben (git config)\n"
                         "next: seatrial models promote tiny@2 --to production\n")  # fmt: skip


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("ada", "the rule lists ben, cleo"),
        ("eve", "the rule lists ben, cleo"),
    ],
)
def test_who_is_not_listed_cannot_approve_and_nothing_is_recorded(repo: Repo, name: str, said: str) -> None:
    """Exit code 2 and who may."""
    before = sorted((repo.state / "records/models/tiny").iterdir())

    document = _approve(repo, name, code=2)

    assert said in document["error"]["problems"][0]["message"]
    assert sorted((repo.state / "records/models/tiny").iterdir()) == before


@pytest.mark.parametrize("way", ["author", "co-author"])
def test_an_author_may_not_approve_of_their_own(repo: Repo, way: str) -> None:
    """Whoever wrote the commit, or is named in it as a co-author, though they are listed."""
    repo.edit("params.yaml", ("  skill: 0.95\n", "  skill: 0.97\n"))
    if way == "author":
        repo.commit("better still")
        repo.git("commit", "-q", "--amend", "--no-edit", "--author", "Ben <ben@example.invalid>")
    else:
        repo.commit("better still\n\nCo-authored-by: Ben <Ben@Example.invalid>")
    _as(repo, "ada").run()
    ref = repo.register()

    document = _approve(repo, "ben", ref=ref, code=2)
    by_cleo = _approve(repo, "cleo", ref=ref)

    assert re.search(r"cannot approve tiny@3 for production: Ben .* wrote commit", str(document["error"]["problems"]))
    assert by_cleo["approvals"]["missing"] == 0


@pytest.mark.parametrize(
    "author",
    [
        "Ben <ben@example.invalid>",
        "B. <ben+work@example.invalid>",
        "x[bot] <ben@example.invalid>",
        "B. <noreply@x.invalid>",
    ],
)
def test_an_author_of_any_commit_since_the_holder_may_not_approve(repo: Repo, author: str) -> None:
    """The last commit of a change may be a typo of somebody else; and a program is not what calls itself one."""
    repo.edit("params.yaml", ("  skill: 0.95\n", "  skill: 0.97\n"))
    repo.commit("better still")
    repo.git("commit", "-q", "--amend", "--no-edit", "--author", author)
    repo.write("README.md", "a word")
    repo.commit("typo")
    _as(repo, "ada").run()
    ref = repo.register()

    document = _approve(repo, "ben", ref=ref, code=2)

    assert re.search(r"cannot approve tiny@3 for production: .* wrote commit", str(document["error"]["problems"]))


def test_a_tool_that_signs_as_a_co_author_changes_nothing(repo: Repo) -> None:
    """The commit's author is counted whatever its message adds."""
    repo.edit("params.yaml", ("  skill: 0.95\n", "  skill: 0.97\n"))
    repo.commit("better still\n\nCo-authored-by: Tool <noreply@tool.example>")
    _as(repo, "ada").run()

    assert _approve(repo, "ben", ref=repo.register())["approvals"]["missing"] == 0


def test_whoever_registered_it_may_not_approve_it(repo: Repo) -> None:
    """Though somebody else wrote the commit."""
    repo.edit("params.yaml", ("  skill: 0.95\n", "  skill: 0.97\n"))
    repo.commit("better still")
    _as(repo, "ben").run()
    ref = repo.register()

    assert "registered tiny@3" in _approve(repo, "ben", ref=ref, code=2)["error"]["problems"][0]["message"]


def test_another_holder_voids_an_approval(repo: Repo) -> None:
    """It was given for following tiny@1."""
    _approve(repo, "ben")
    repo.edit("params.yaml", ("  skill: 0.95\n", "  skill: 0.951\n"))
    _as(repo, "ada").commit("another")
    repo.run()
    other = repo.register()
    _approve(repo, "cleo", ref=other)
    _as(repo, "ada").promote(other)

    held = repo.promote(REF, code=3)

    assert _void(held) == ["other_evidence"]
    assert "the version before it" in str(held["reasons"])


def test_an_approval_carries_a_version_to_an_alias_once(repo: Repo) -> None:
    """After a rollback somebody has had second thoughts."""
    _approve(repo, "ben")
    repo.promote(REF)
    repo.seatrial("models", "rollback", "tiny")

    held = repo.promote(REF, code=3)

    assert _void(held) == ["other_evidence"]
    assert repo.aliases() == {"production": 1}


def test_other_gates_and_another_rule_void_an_approval(repo: Repo) -> None:
    """Both are the policy under which it was given."""
    _approve(repo, "ben")
    repo.write("gates.yaml", GATES.replace("min: 0.6", "min: 0.55"))
    gates = repo.promote(REF, code=3)
    repo.write("gates.yaml", GATES)
    repo.write("seatrial.yaml", RULED.replace("cleo@example.invalid]]", "cleo@example.invalid]], expires: 9d"))
    repo.commit("another rule")
    rule = repo.promote(REF, code=3)

    assert _void(gates) == ["other_evidence"]  # the finding names the limit, so it is another one too
    assert _void(rule) == ["other_policy"]


def test_the_rule_of_main_cannot_be_lifted_in_the_work_tree(repo: Repo) -> None:
    """Neither by an edit that is not committed, nor by a branch."""
    repo.write("seatrial.yaml", CONFIG)
    edited = repo.promote(REF, code=3)
    repo.git("checkout", "-q", "-b", "easy")
    repo.commit("no approvals")
    on_branch = repo.promote(REF, code=3)

    assert "production asks for 1 approval" in str(edited["reasons"])
    assert "production asks for 1 approval" in str(on_branch["reasons"])


def test_main_that_cannot_be_read_asks_for_it_to_be_mended(repo: Repo) -> None:
    """A rule that cannot be read is not none."""
    repo.write("seatrial.yaml", "project: [\n")
    repo.commit("broken")
    repo.git("checkout", "-q", "-b", "mended")
    repo.write("seatrial.yaml", CONFIG)

    said = repo.seatrial("models", "promote", REF, "--to", "production", code=2)

    assert "which approvals main asks for is not known" in said.err


def test_an_override_passes_missing_approvals_and_is_seen_as_one(repo: Repo) -> None:
    """In somebody's own name, with a reason."""
    moved = repo.promote(REF, "--override", "--reason", "launch day")["move"]

    assert (moved["how"], moved["reason"], moved.get("approvals", [])) == ("override", "launch day", [])


def test_what_is_withdrawn_counts_no_more(repo: Repo) -> None:
    """It stays in the records; a second withdrawal finds nothing."""
    _approve(repo, "ben")
    taken = _approve(repo, "ben", "--withdraw", "--note", "saw a bug")
    again = _approve(repo, "ben", "--withdraw", code=2)
    held = repo.promote(REF, code=3)
    shown = repo.seatrial("models", "show", REF).out

    assert taken["withdrawn"][0]["note"] == "saw a bug"
    assert "has not approved tiny@2" in again["error"]["problems"][0]["message"]
    assert _void(held) == ["withdrawn"]
    assert "void for production: Ben (git config)" in shown


def test_approving_twice_records_once(repo: Repo) -> None:
    """The same words by the same person, while they stand."""
    first, second = _approve(repo, "ben"), _approve(repo, "ben")
    count = len(list((repo.state / "records/models/tiny").iterdir()))
    third = _approve(repo, "ben", "--note", "still")

    assert (first["recorded"], second["recorded"], third["recorded"]) == (True, False, True)
    assert first["approval"] == second["approval"]
    assert len(list((repo.state / "records/models/tiny").iterdir())) == count + 1


def test_a_fail_is_lifted_by_no_approval(repo: Repo) -> None:
    """Only an override passes one, in somebody's own name."""
    repo.write("gates.yaml", GATES.replace("min: 0.6", "min: 0.99"))
    document = _approve(repo, "ben", code=1)

    assert (document["recorded"], document["approval"], document["verdict"]) == (False, None, "FAIL")
    assert document["next_step"].startswith("make a better model: ")
    assert "--override" not in document["next_step"]
    promoted = _as(repo, "ada").promote(REF, code=1)
    assert promoted["moved"] is False
    assert promoted["next_step"].startswith(document["next_step"])
    assert "--override" in promoted["next_step"]


def test_an_approval_lifts_a_hold(unsure: Repo) -> None:
    """One that the rule lets count, by somebody else than the author."""
    unsure.write("seatrial.yaml", RULED)
    unsure.commit("approvals")
    held = unsure.promote(REF, code=3)
    _approve(unsure, "ben")
    moved = _as(unsure, "ada").promote(REF)

    assert "seatrial models approve tiny@2 --to production" in held["next_step"]
    assert (moved["move"]["how"], moved["move"]["decision"]) == ("promote", "hold")
    assert [by["actor"]["name"] for by in moved["move"]["approvals"]] == ["Ben <ben@example.invalid>"]


def _records(repo: Repo) -> list[Path]:
    return sorted((repo.state / "records/models/tiny").iterdir())


@pytest.mark.parametrize("variables", [{}, {"GITHUB_ACTIONS": "true", "GITHUB_ACTOR": "ben"}], ids=["git", "ci"])
@pytest.mark.parametrize("ruled", [False, True], ids=["no rule", "rule"])
def test_what_only_the_typist_says_counts_where_a_rule_names_it(
    unsure: Repo, variables: dict[str, str], ruled: bool
) -> None:
    """Anybody can set a variable or `user.email`. Nothing is recorded, and what to write is said."""
    way, said = ("ci", "github actions") if variables else ("git", "git config")
    if ruled:
        unsure.write("seatrial.yaml", RULED.replace(", known_by: [git]", ""))
        unsure.commit("approvals")
    before = _records(unsure)
    unsure.environ.update(variables)

    (problem,) = _approve(unsure, "ben", code=2)["error"]["problems"]
    unsure.environ.clear()

    assert f"is known from {said}, and what counts is github, gitlab" in problem["message"]
    written = f"`known_by: [github, gitlab, {way}]`" if ruled else f"{{from: [PEOPLE], known_by: [{way}]}}"
    assert written in problem["next_step"]
    assert _records(unsure) == before
    assert unsure.promote(REF, code=3)["moved"] is False


def test_a_set_that_blocks_what_is_inconclusive_is_not_lifted(unsure: Repo) -> None:
    """It asks for evidence, not for a person's word."""
    unsure.write("gates.yaml", GATES + "  on_inconclusive: block\n")

    assert _approve(unsure, "ben", code=3)["recorded"] is False


def test_a_tier_that_promotes_waits_for_approvals_too(repo: Repo) -> None:
    """What runs by itself asks nobody else's word than the rule says."""
    repo.write("seatrial.yaml", RULED.replace("      production:", "      staging:"))
    repo.commit("staging asks")
    repo.promote("tiny@1", "--first", "--override", "--reason", "a start", to="staging")
    repo.edit("params.yaml", ("  skill: 0.95\n", "  skill: 0.97\n"))
    repo.commit("better still")

    said = repo.seatrial("run", "--tier", "release", code=3)

    assert "staging asks for 1 approval and has none" in " ".join((said.out + said.err).split())
    assert repo.aliases()["staging"] == 1


def test_first_promotions_are_approved_as_such(tmp_path: Path) -> None:
    """There is nothing to compare with, and the person is told."""
    repo = new_repo(tmp_path, {"seatrial.yaml": RULED})
    repo.run(code=2)
    ref = repo.register()
    said = _as(repo, "ben").seatrial("models", "approve", ref, "--to", "production").out

    assert "compared with nothing: nobody has ever held it" in said
    assert said.endswith("next: seatrial models promote tiny@1 --to production --first\n")
    assert _as(repo, "ada").promote(ref, "--first")["move"]["how"] == "first"


def test_who_held_an_alias_then(repo: Repo) -> None:
    """With the row of the ledger; before the first nobody did."""
    began = repo.seatrial("models", "show", "tiny", "--json").json["model"]["ledger"][0]["at"]
    now = repo.seatrial("models", "show", "tiny@production", "--at", began, "--json").json
    before = repo.seatrial("models", "show", "tiny@production", "--at", "2020-02-02", code=2)
    number = repo.seatrial("models", "show", REF, "--at", "2020-02-02", code=2)
    model = repo.seatrial("models", "show", "tiny", "--at", "2020-02-02", code=2)
    nobody = repo.seatrial("models", "show", "tiny@staging", "--at", "2020-02-02", code=2)

    assert (now["ref"], now["since"], now["until"], now["move"]["how"]) == ("tiny@1", began, None, "first")
    assert "nobody held production of tiny at 2020-02-02T23:59:59.999Z; the first was tiny@1" in before.err
    assert "a number always means the same version" in number.err
    assert "--at is about a version" in model.err
    assert "tiny has no alias 'staging'" in nobody.err


def test_the_dossier_of_a_version_is_one_page_and_one_document(repo: Repo, tmp_path: Path) -> None:
    """Change, people, gates as applied, verdicts, time in production."""
    _approve(repo, "ben", "--note", "read it")
    _as(repo, "ada").promote(REF)
    file = tmp_path / "dossier.html"
    facts = repo.seatrial("models", "show", REF, "--dossier", str(file), "--json").json["dossier"]
    page = file.read_text()

    assert [one["path"] for one in facts["change"]["files"]] == ["params.yaml", "seatrial.yaml"]
    assert [one["authors"] for one in facts["change"]["commits"]] == [[repo.git("log", "-1", "--format=%an <%ae>")]] * 2
    assert [one["counted"] != [] for one in facts["approvals"]] == [True]
    assert facts["reigns"][0]["until"] is None
    assert dict(map(tuple, facts["installed"]))["python"].startswith("cpython 3.")
    assert facts["missing"] == []
    assert facts["version"]["rules"]["performance"] == {"accuracy": {"min": 0.6}}
    for said in ("tiny@2 holds production since", "read it", "https://example.invalid/pull/7", "still running",
                 "performance.accuracy.min"):  # fmt: skip
        assert said in page
    assert "<script" not in page
    assert "Content-Security-Policy" in page
    assert repo.seatrial("models", "show", REF, "--dossier", "/proc/no/page.html", code=5).err


def test_the_dossier_says_what_checks_of_the_very_same_bytes_found(tmp_path: Path) -> None:
    """And of data that nobody checked that nobody did."""
    config = CONFIG.replace("role: test}", "role: test, contract: contract.yaml}").replace(
        "  evaluate:\n", "  look: {uses: data, with: {dataset: test}}\n  evaluate:\n"
    )
    files = {"contract.yaml": "rows: {min: 10}\ncolumns:\n  y: {min: 0, max: 9}\n", "seatrial.yaml": config}
    repo = new_repo(tmp_path, {**files, ".gitignore": "/data/\n/outputs/\n/reports/\n__pycache__/\n"})
    repo.run(code=2)
    ref = repo.register()

    facts = repo.seatrial("models", "show", ref, "--dossier", "dossier.html", "--json").json["dossier"]
    looks = {one["name"]: one["look"] for one in facts["data"]}

    assert (looks["test"]["verdict"], looks["test"]["rows"], looks["train"]) == ("PASS", 1200, None)
    assert "no check of these bytes is recorded" in repo.read("dossier.html")


def test_a_configuration_that_cannot_be_read_leaves_the_listings_and_is_said(repo: Repo) -> None:
    """What the records hold is shown all the same; "nothing waits" is not claimed."""
    _approve(repo, "ben")
    repo.write("seatrial.yaml", "x: [\n")
    listed = repo.seatrial("models", "list", "--json").json
    shown = repo.seatrial("models", "show", REF).out
    facts = repo.seatrial("models", "show", REF, "--dossier", "d.html", "--json").json["dossier"]

    assert (listed["waiting"], "broken YAML" in listed["waiting_unknown"]) == ([], True)
    assert "how approvals stand is not known: broken YAML" in " ".join(shown.split())
    assert facts["missing"] == ["whether approvals stand could not be told: seatrial.yaml cannot be read"]
    assert [one["approval"]["actor"]["name"] for one in facts["approvals"]] == ["Ben <ben@example.invalid>"]
