"""`notify:` is read strictly, all mistakes at once, and no mistake repeats what may be a secret."""

from __future__ import annotations

import json
from typing import Any

import pytest

from seatrial.config.load import load
from seatrial.errors import ConfigError
from seatrial.forge.channels import TELLABLE, Channel, Event, Wire
from seatrial.replacing import replace

HEAD = """\
project: digits
tiers: {nightly: {}, pr: {}}
stages:
  train: {cmd: x, outs: {model: m}}
models: {digits: {artifact: train.model}}
notify:
"""


def _channels(text: str) -> dict[str, Channel]:
    loaded = load(lambda path: (HEAD + text).encode() if path == "seatrial.yaml" else None)
    return {name: replace(channel, place=None) for name, channel in loaded.policy.notify.items()}


def _mistakes(text: str) -> list[str]:
    with pytest.raises(ConfigError) as refused:
        _channels(text)
    return [f"{problem} -> {problem.next_step}" for problem in refused.value.problems]


def test_a_slack_channel_needs_two_keys() -> None:
    """All else has a default, which stands in the record alone."""
    assert _channels("  team: {kind: slack, url_from: SLACK_WEBHOOK_URL}\n") == {
        "team": Channel(name="team", kind=Wire.SLACK, url_from="SLACK_WEBHOOK_URL")
    }
    assert Channel(name="team", kind=Wire.SLACK).on == TELLABLE


def test_every_key_is_read() -> None:
    """None is taken and forgotten."""
    text = """\
  ops:
    kind: webhook
    url: http://10.0.0.7:8080/hook
    secret_from: HOOK_SECRET
    on: [failure, recovery]
    only: {tiers: [nightly], models: [digits]}
    pull_requests: true
    quiet: 2h
    allow_private: true
"""

    assert _channels(text)["ops"] == Channel(
        name="ops",
        kind=Wire.WEBHOOK,
        url="http://10.0.0.7:8080/hook",
        secret_from="HOOK_SECRET",
        on=(Event.FAILURE, Event.RECOVERY),
        tiers=("nightly",),
        models=("digits",),
        pull_requests=True,
        quiet=7200.0,
        allow_private=True,
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("  team\n", "7:3 notify: a mapping of channels by name was expected here, not text"),
        ("  My Team: {kind: slack, url_from: A_B}\n", "7:3 notify.'My Team': `My Team` cannot name a channel"),
        ("  t: {url_from: A_B}\n", "7:3 notify.t: `kind` is missing -> write one of slack, webhook"),
        ("  t: {kind: slak, url_from: A_B}\n", "kind cannot be `slak` -> did you mean `slack`?"),
        ("  t: {kind: slack}\n", "nothing says where its messages go -> write e.g. `url_from: SLACK_WEBHOOK_URL`"),
        ("  t: {kind: webhook}\n", "nothing says where its messages go -> write e.g. `url: https://hooks.example"),
        ("  t: {kind: slack, url_form: A_B}\n", "unknown key `url_form` -> did you mean `url_from`?"),
        ("  t: {kind: slack, url: 'https://a.example/'}\n", "whoever knows a Slack address may write there"),
        ("  t: {kind: webhook, url: 'https://a.example/', url_from: A_B}\n", "stands in `url` already"),
        ("  t: {kind: webhook, url: 'http://a.example/'}\n", "its address is plain http"),
        ("  t: {kind: webhook, url: 'https://169.254.169.254/'}\n", "leads where no message is ever sent"),
        ("  t: {kind: webhook, url: 7}\n", "url must be text"),
        ("  t: {kind: slack, url_from: A_B, secret_from: C_D}\n", "Slack takes no signature"),
        ("  t: {kind: slack, url_from: A_B, on: [recovery]}\n", "a recovery is told only after a failure"),
        ("  t: {kind: slack, url_from: A_B, on: []}\n", "it would be told nothing"),
        ("  t: {kind: slack, url_from: A_B, on: [failure, failure]}\n", "`failure` stands twice"),
        ("  t: {kind: slack, url_from: A_B, on: [test]}\n", "an event cannot be `test`"),
        ("  t: {kind: slack, url_from: A_B, on: failure}\n", "a list of events was expected here"),
        (
            "  t: {kind: slack, url_from: A_B, only: {tiers: [nigthly]}}\n",
            "no tier `nigthly` -> did you mean `nightly`",
        ),
        ("  t: {kind: slack, url_from: A_B, only: {models: [digit]}}\n", "no model `digit` -> did you mean `digits`?"),
        ("  t: {kind: slack, url_from: A_B, only: {tiers: []}}\n", "it would be told of none"),
        ("  t: {kind: slack, url_from: A_B, only: nightly}\n", "a mapping with the keys models, tiers was expected"),
        ("  t: {kind: slack, url_from: A_B, quiet: soon}\n", "quiet must be a positive time"),
        ("  t: {kind: slack, url_from: A_B, pull_requests: 1}\n", "pull_requests must be true or false"),
    ],
)
def test_a_mistake_is_told_with_its_place_and_the_nearest_key(text: str, expected: str) -> None:
    """One mistake, one problem."""
    found = _mistakes(text)

    assert len(found) == 1
    assert expected in found[0]
    assert "seatrial.yaml:" in found[0]


def test_all_mistakes_are_told_at_once() -> None:
    """Nobody wants them one by one."""
    assert len(_mistakes("  a: {kind: x}\n  b: {kind: slack, url_from: 1, on: [y]}\n  c: 3\n")) == 4


@pytest.mark.parametrize(
    "text",
    [
        "  t: {kind: slack, url_from: 'https://hooks.slack.example/services/T0SECRET'}\n",
        "  t: {kind: slack, url: 'https://hooks.slack.example/services/T0SECRET'}\n",
        "  t: {kind: webhook, url: 'ftp://hooks.example/T0SECRET'}\n",
        "  t: {kind: webhook, url: 'https://hooks.example/', secret_from: 'T0SECRET!'}\n",
        "  t: {kind: webhook, url: 'https://hooks.example/', secret_from: [T0SECRET]}\n",
        "  t: {kind: webhook, url_from: {a: T0SECRET}}\n",
    ],
)
def test_a_secret_in_the_wrong_place_is_not_repeated(text: str) -> None:
    """CI prints the message for everybody."""
    assert "T0SECRET" not in json.dumps(_mistakes(text))


def test_show_names_every_value_and_its_place() -> None:
    """`config --show` is how people find out what holds."""
    text = HEAD + "  team: {kind: slack, url_from: SLACK_WEBHOOK_URL, only: {tiers: [pr]}}\n"
    loaded = load(lambda path: text.encode() if path == "seatrial.yaml" else None)
    shown: dict[str, Any] = {origin.key: (origin.value, origin.where) for origin in loaded.origins()}

    assert shown["notify.team.url_from"] == ("SLACK_WEBHOOK_URL", "seatrial.yaml:7:23")
    assert shown["notify.team.on"] == (["failure", "recovery", "approval"], "default")
    assert shown["notify.team.only"][0] == {"tiers": ["pr"]}
    assert shown["notify.team.quiet"] == (3600.0, "default")
