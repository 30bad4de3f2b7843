"""`serving:` of a model: what it comes to, and every mistake in it told where it stands."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from seatrial.config.load import Loaded
from seatrial.config.show import as_text
from seatrial.flows.policy import ServingPolicy
from seatrial.serving import policy as of
from seatrial.serving.policy import Command, Preset, Server, Timeouts, Url

LoadFiles = Callable[..., Loaded]
Mistakes = Callable[..., list[str]]

PROJECT = """\
project: p
stages: {a: {cmd: x, outs: {o: o}}}
models:
  m:
    artifact: a.o
    serving: {%s}
"""
SERVE = 'cmd: "python serve.py ${model} ${port}"'


def serving(load_files: LoadFiles, text: str) -> ServingPolicy:
    found = load_files(PROJECT % text).policy.models["m"].serving
    assert found is not None
    return found


def test_a_command_alone_has_the_usual_of_everything(load_files: LoadFiles) -> None:
    found = serving(load_files, SERVE)

    assert found.server == Server(behind=Command(cmd="python serve.py ${model} ${port}"))
    assert (found.requests, found.starts, found.env, found.pass_env, found.secrets) == (None, 3, {}, (), ())
    assert found.place is not None
    assert (found.place.line, found.place.column) == (6, 5)


def test_every_key_has_its_place(load_files: LoadFiles) -> None:
    found = serving(
        load_files,
        SERVE
        + ", port: 8080, preset: openai, ready: /health, path: /ask, name: mine, answer: a.0, extra: {temperature: 0}, "
        'headers: {Authorization: "Bearer $TOKEN"}, requests: data/r.jsonl, timeouts: {ready: 2m, stop: 1}, '
        "warm_up: 0, concurrency: 4, starts: 7, env: {A: b}, pass_env: [LANG], secrets: [TOKEN]",
    )

    assert found.server == Server(
        behind=Command(cmd="python serve.py ${model} ${port}", port=8080),
        preset=Preset.OPENAI,
        ready="/health",
        path="/ask",
        name="mine",
        answer="a.0",
        headers={"Authorization": "Bearer $TOKEN"},
        extra={"temperature": 0},
        warm_up=0,
        concurrency=4,
        timeouts=Timeouts(ready=120.0, request=30.0, stop=1.0),
    )
    assert (found.requests, found.starts) == ("data/r.jsonl", 7)
    assert (found.env, found.pass_env, found.secrets) == ({"A": "b"}, ("LANG",), ("TOKEN",))


@pytest.mark.parametrize(
    ("text", "behind"),
    [
        ("url: http://127.0.0.1:8080", Url(url="http://127.0.0.1:8080")),
        ("url: https://models.example/v1/", Url(url="https://models.example/v1/")),
        ('target: "pkg.mod:load"', of.Callable(target="pkg.mod:load")),
    ],
)
def test_an_address_or_a_function_serves_as_well(load_files: LoadFiles, text: str, behind: of.Behind) -> None:
    assert serving(load_files, text).server == Server(behind=behind)


AT = "seatrial.yaml:6:%d models.m.serving%s"
MISTAKES = [
    ("ready: /", 5, "", "nothing says what serves the model"),
    (SERVE + ", url: http://a", 56, ".url", "a model is served by `cmd` or by `url`, not by both"),
    ('cmd: "serve ${port}"', 20, ".cmd", "cmd does not take the model as `${model}`, so it would serve the same one"),
    ('cmd: "serve ${model}"', 20, ".cmd", "cmd does not take `${port}`, so nobody would know where it listens"),
    ('cmd: "serve ${modle} ${port}"', 20, ".cmd", "cmd takes `${modle}`, which nothing is called"),
    ('cmd: "serve \'${model} ${port}"', 20, ".cmd", "cmd cannot be split into words: no closing quotation"),
    ("cmd: [serve]", 20, ".cmd", "cmd must be text, not a list"),
    ("url: ftp://a", 20, ".url", "`ftp://a` is no address of a server"),
    ("url: 127.0.0.1:8080", 20, ".url", "`127.0.0.1:8080` is no address of a server"),
    ("target: load", 23, ".target", "`load` does not name something in a module"),
    ('target: "m:load", port: 80', 33, ".port", "`port` is for a server, and `target` is a function"),
    ('target: "m:load", preset: json', 33, ".preset", "`preset` is for a server, and `target` is a function"),
    ('target: "m:load", concurrency: 2', 33, ".concurrency", "a function answers one caller at a time"),
    ("url: http://a, starts: 2", 30, ".starts", "`starts` means nothing for a server that runs already"),
    (SERVE + ", preset: grpc", 64, ".preset", "preset cannot be `grpc`"),
    (SERVE + ", preset: v2", 64, ".preset", "`v2` asks a model by its name, and none is given"),
    (SERVE + ", name: m", 56, ".name", "`name` belongs to the preset `v2` and `openai`"),
    (SERVE + ", preset: mlflow, batch: true", 72, ".batch", "`batch` belongs to the preset `json`"),
    (SERVE + ", extra: {a: 1}", 56, ".extra", "`extra` belongs to the preset `openai`"),
    (SERVE + ", ready: health", 63, ".ready", "ready `health` is no path on a server"),
    (SERVE + ", requests: ../r.jsonl", 66, ".requests", "`../r.jsonl` leaves its folder through `..`"),
    (SERVE + ", requests: r.csv", 66, ".requests", "`r.csv` is no file of requests"),
    (SERVE + ", timeouts: 30s", 66, ".timeouts", "a mapping with the keys ready, request, stop was expected here"),
    (SERVE + ", timeouts: {redy: 1}", 67, ".timeouts.redy", "unknown key `redy`"),
    (SERVE + ", timeouts: {stop: 0}", 73, ".timeouts.stop", "stop must be a positive time"),
    (SERVE + ", warm_up: -1", 65, ".warm_up", "warm_up must be a whole number from 0"),
    (SERVE + ", concurrency: 0", 69, ".concurrency", "concurrency must be a whole number from 1"),
    (SERVE + ", starts: 0", 64, ".starts", "starts must be a whole number from 1"),
    (SERVE + ", start: 2", 56, ".start", "unknown key `start`"),
    (SERVE + ", port: 99999", 62, ".port", "port must be a whole number from 1 to 65,535"),
    (SERVE + ', env: {A: "${params.x}"}', 65, ".env.A", "nothing is filled into `env` of a served model"),
    (SERVE + ", env: {A: b}, secrets: [A]", 79, ".secrets[0]", "A stands in `env:` too"),
    (SERVE + ', headers: {A: "$KEY"}', 69, ".headers.A", "the header A takes $KEY, which does not reach the model"),
    (SERVE + ", headers: {a b: c}", 66, ".headers.'a b'", "`a b` cannot name a header"),
]


@pytest.mark.parametrize(("text", "column", "key", "said"), MISTAKES, ids=[one[0][-40:] for one in MISTAKES])
def test_a_mistake_is_told_where_it_stands(text: str, column: int, key: str, said: str, mistakes: Mistakes) -> None:
    (found,) = mistakes(PROJECT % text)

    assert found.startswith(f"{AT % (column, key)}: {said}")


def test_all_mistakes_are_told_at_once(mistakes: Mistakes) -> None:
    found = mistakes(PROJECT % 'cmd: "serve ${x}", ready: a, starts: 0, bathc: true')

    assert len(found) == 4


def test_a_fixed_port_needs_no_place_in_the_command(load_files: LoadFiles) -> None:
    found = serving(load_files, 'cmd: "serve ${model}", port: 8080')

    assert found.server.behind == Command(cmd="serve ${model}", port=8080)


def test_every_value_is_shown_with_where_it_came_from(load_files: LoadFiles) -> None:
    shown = as_text(load_files(PROJECT % f"{SERVE}, ready: /health").origins())

    lines = [" ".join(line.split()) for line in shown.splitlines() if line.startswith("models.m.serving.")]
    assert "models.m.serving.ready = /health seatrial.yaml:6:56" in lines
    assert "models.m.serving.preset = json default" in lines
    assert "models.m.serving.starts = 3 default" in lines
    assert not [line for line in lines if ".url" in line or ".headers" in line]
