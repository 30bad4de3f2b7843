"""Every mistake in `seatrial.yaml` is found, with its line, column, key and a next step."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from seatrial.config.load import load
from seatrial.errors import ConfigError

Mistakes = Callable[..., list[str]]

HEAD = "project: p\nstages:\n"
PAIR = HEAD + "  train: {cmd: x, outs: {model: m}}\n"
MATRIX = (
    HEAD + "  train: {cmd: x, matrix: {seed: [0, 1], lr: [0.1, 1e-3]}, outs: {m: 'o/${matrix.seed}-${matrix.lr}'}}\n"
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("proejct: p\nstages: {a: {cmd: x}}\n", "1:1 proejct: unknown key `proejct`"),
        ("stages: {a: {cmd: x}}\n", "1:1: `project` is missing"),
        ("project: p\n", "1:1: `stages` is missing"),
        ("project: p\nstages: {}\n", "2:1 stages: no stage is declared"),
        ("[1, 2]\n", "1:1: a mapping with the keys cache, datasets"),
        ("project: 3.10\nstages: {a: {cmd: x}}\n", "1:10 project: project must be text, and 3.10 is a number"),
        ("project: My Project\nstages: {a: {cmd: x}}\n", "1:10 project: `My Project` cannot name a project"),
        ("main: HEAD\n" + HEAD + "  a: {cmd: x}\n", "1:7 main: `HEAD` is the commit that is checked out"),
        ("main: origin/HEAD\n" + HEAD + "  a: {cmd: x}\n", "1:7 main: `origin/HEAD` is the commit"),
        ("main: '@'\n" + HEAD + "  a: {cmd: x}\n", "1:7 main: `@` is the commit that is checked out"),
        ("main: HEAD~1\n" + HEAD + "  a: {cmd: x}\n", "1:7 main: `HEAD~1` holds what no branch's name can hold"),
        ("main: '@{-1}'\n" + HEAD + "  a: {cmd: x}\n", "1:7 main: `@{-1}` holds what no branch's name can hold"),
        ("main: a..b\n" + HEAD + "  a: {cmd: x}\n", "1:7 main: `a..b` holds what no branch's name can hold"),
        ("main: -x\n" + HEAD + "  a: {cmd: x}\n", "1:7 main: `-x` holds what no branch's name can hold"),
        ("main: 12abcde\n" + HEAD + "  a: {cmd: x}\n", "1:7 main: `12abcde` is written like the id of a commit"),
        ("main: refs/heads/m\n" + HEAD + "  a: {cmd: x}\n", "1:7 main: `refs/heads/m` is a reference"),
        ("main: a//b\n" + HEAD + "  a: {cmd: x}\n", "1:7 main: `a//b` has a part that is empty"),
        (HEAD + "  ../x: {cmd: x}\n", "3:3 stages.../x: `../x` cannot name a stage"),
        (HEAD + "  datasets: {cmd: x}\n", "3:3 stages.datasets: a stage cannot be called `datasets`"),
        (HEAD + "  a: {cmd: x, need: [b]}\n", "3:15 stages.a.need: unknown key `need`"),
        (HEAD + "  a: {needs: []}\n", "3:3 stages.a: `cmd` is missing"),
        (HEAD + "  a: {cmd: }\n", "3:12 stages.a.cmd: cmd is empty"),
        (HEAD + "  a: {cmd: [python, x]}\n", "3:12 stages.a.cmd: cmd must be one line of text, not a list"),
        (HEAD + '  a: {cmd: "x \'y"}\n', "3:12 stages.a.cmd: the command cannot be split into arguments"),
        (HEAD + "  a: {cmd: x | y}\n", "3:12 stages.a.cmd: `|` would reach the program as an argument"),
        (HEAD + "  a: {cmd: x && y}\n", "3:12 stages.a.cmd: `&&` would reach the program as an argument"),
        (HEAD + "  a: {cmd: x, needs: b}\n", "3:22 stages.a.needs: a list of stage names was expected here, not text"),
        (HEAD + "  b: {cmd: x}\n  a: {cmd: x, needs: [b, b]}\n", "4:26 stages.a.needs[1]: `b` stands twice"),
        (HEAD + "  a: {cmd: x, needs: [b]}\n", "3:23 stages.a.needs[0]: there is no stage `b`"),
        (HEAD + "  a: {cmd: x, needs: [a]}\n", "3:23 stages.a.needs[0]: a stage cannot need itself"),
        (HEAD + "  a: {cmd: x, tiers: [pr]}\n", "3:23 stages.a.tiers[0]: there is no tier `pr`"),
        (HEAD + "  a: {cmd: x, params: [lr]}\n", "3:24 stages.a.params[0]: there is no parameter `lr`"),
        (HEAD + "  a: {cmd: x, timeout: 10x}\n", "3:24 stages.a.timeout: timeout must be a positive time"),
        (HEAD + "  a: {cmd: x, timeout: 0}\n", "3:24 stages.a.timeout: timeout must be a positive time"),
        (HEAD + "  a: {cmd: x, timeout: true}\n", "3:24 stages.a.timeout: timeout must be a positive time"),
        (
            HEAD + "  a: {cmd: x, env: {V: 3.10}}\n",
            "3:24 stages.a.env.V: the value of V must be text, and 3.10 is a number",
        ),
        (
            HEAD + "  a: {cmd: x, env: {V: 007}}\n",
            "3:24 stages.a.env.V: the value of V must be text, and 007 is a number",
        ),
        (HEAD + "  a: {cmd: x, env: {1V: x}}\n", "3:25 stages.a.env.1V: `1V` cannot name an environment variable"),
        (HEAD + "  a: {cmd: x, env: {SEATRIAL_X: x}}\n", "3:33 stages.a.env.SEATRIAL_X: names starting with SEATRIAL_"),
        (HEAD + "  a: {cmd: x, env: {V: x}, pass_env: [V]}\n", "3:39 stages.a.pass_env[0]: V stands in `env:` too"),
        (HEAD + "  a: {cmd: x, matrix: {}}\n", "3:15 stages.a.matrix: the matrix has no axes"),
        (HEAD + "  a: {cmd: x, matrix: {s: []}}\n", "3:24 stages.a.matrix.s: axis s has no values"),
        (HEAD + "  a: {cmd: x, matrix: {s: [1, '1']}}\n", "3:31 stages.a.matrix.s[1]: the value 1 stands twice"),
        (HEAD + "  a: {cmd: x, matrix: {s: [[1]]}}\n", "3:28 stages.a.matrix.s[0]: a value of axis s must be text"),
        (
            HEAD + "  a: {cmd: x, matrix: {s: ['a,b']}}\n",
            "3:28 stages.a.matrix.s[0]: 'a,b' cannot be a value of an axis",
        ),
        (
            HEAD + "  a: {cmd: x, matrix: {s: [0, 1]}, outs: [o]}\n",
            "3:43 stages.a.outs[0]: 2 cells of stage a would write 1 paths",
        ),
        (HEAD + "  a: {cmd: x, outs: [/abs]}\n", "3:22 stages.a.outs[0]: the out `/abs` is absolute"),
        (HEAD + "  a: {cmd: x, outs: [a/../../b]}\n", "3:22 stages.a.outs[0]: the out `a/../../b` leaves its folder"),
        (HEAD + "  a: {cmd: x, outs: [~/b]}\n", "3:22 stages.a.outs[0]: the out `~/b` starts with `~`"),
        (HEAD + "  a: {cmd: x, outs: [.]}\n", "3:22 stages.a.outs[0]: the out `.` is the whole repository"),
        (HEAD + "  a: {cmd: x, outs: [./.git/hooks]}\n", "3:22 stages.a.outs[0]: the out `./.git/hooks` lies in .git"),
        (
            HEAD + "  a: {cmd: x, outs: [.Seatrial/cas]}\n",
            "3:22 stages.a.outs[0]: the out `.Seatrial/cas` lies in .Seatrial",
        ),
        (HEAD + "  a: {cmd: x, outs: ['o/*']}\n", "3:22 stages.a.outs[0]: the out `o/*` is a glob"),
        (
            HEAD + "  a: {cmd: x, outs: [./seatrial.yaml]}\n",
            "3:22 stages.a.outs[0]: the out `./seatrial.yaml` holds this project's",
        ),
        (HEAD + "  a: {cmd: x, outs: [m, ./m/]}\n", "3:25 stages.a.outs[1]: a and a both write m"),
        (HEAD + "  a: {cmd: x, outs: [m, m-x, m/b]}\n", "3:30 stages.a.outs[2]: a and a write m and, inside it, m/b"),
        (PAIR + "  b: {cmd: x, outs: [m]}\n", "4:22 stages.b.outs[0]: train and b both write m"),
        (HEAD + "  a: {cmd: x, outs: {o: {as: metrics}}}\n", "3:22 stages.a.outs.o: `path` is missing"),
        (
            HEAD + "  a: {cmd: x, outs: {o: {path: o, as: metric}}}\n",
            "3:39 stages.a.outs.o.as: `as` cannot be `metric`",
        ),
        (
            HEAD + "  a: {cmd: x, outs: {o: {path: o, id: n}}}\n",
            "3:35 stages.a.outs.o.id: `id` names a column of predictions",
        ),
        (
            HEAD + "  a: {cmd: x, outs: {o: {path: o, as: predictions, id: y}}}\n",
            "3:22 stages.a.outs.o: id, label and prediction",
        ),
        (HEAD + "  a: {cmd: x, deps: [/etc/passwd]}\n", "3:22 stages.a.deps[0]: `/etc/passwd` is absolute"),
        (HEAD + "  a: {cmd: x, roots: ['s3://b/x']}\n", "3:23 stages.a.roots[0]: `s3://b/x` is an address"),
        (HEAD + "  a: {cmd: x, deps: ['s3://b']}\n", "3:22 stages.a.deps[0]: "),
        (HEAD + "  a: {cmd: x, deps: ['hf://model']}\n", "3:22 stages.a.deps[0]: "),
        (HEAD + "  a: {cmd: x, deps: ['gs://b/x']}\n", "3:22 stages.a.deps[0]: `gs://b/x` is an address"),
        (HEAD + "  a: {cmd: x, shell: y}\n", "3:7 stages.a.cmd: a stage has `cmd` or `shell`, not both"),
        (HEAD + "  a: {shell: [x]}\n", "3:14 stages.a.shell: shell must be text, not a list"),
        (HEAD + "  a: {cmd: x, always: 1}\n", "3:23 stages.a.always: always must be true or false, not a number"),
        (HEAD + "  a: {cmd: x, effects: yes}\n", "3:24 stages.a.effects: effects must be true or false, not text"),
        (HEAD + "  a: {cmd: x, secrets: [1X]}\n", "3:25 stages.a.secrets[0]: `1X` cannot name an environment"),
        (
            HEAD + "  a: {cmd: x, env: {T: x}, secrets: [T]}\n",
            "3:38 stages.a.secrets[0]: T stands in `env:` too",
        ),
        (
            HEAD + "  a: {cmd: x, pass_env: [T], secrets: [T]}\n",
            "3:40 stages.a.secrets[0]: T stands in `pass_env:` too",
        ),
        (HEAD + "  a: {cmd: x, resources: {cpu: 1}}\n", "3:27 stages.a.resources.cpu: unknown key `cpu`"),
        (HEAD + "  a: {cmd: x, resources: {cpus: 0}}\n", "3:33 stages.a.resources.cpus: cpus must be above 0"),
        (
            HEAD + "  a: {cmd: x, resources: {memory: 2G}}\n",
            "3:35 stages.a.resources.memory: memory must be a positive",
        ),
        (HEAD + "  a: {cmd: x, resources: {gpus: 0.5}}\n", "3:33 stages.a.resources.gpus: gpus must be a whole number"),
        (
            HEAD + "  a: {cmd: x, resources: {tokens: {rig: 1}}}\n",
            "3:36 stages.a.resources.tokens.rig: the project's `resources:` has no token `rig`",
        ),
        (
            "project: p\nresources: {tokens: {rig: 1}}\nstages: {a: {cmd: x, resources: {tokens: {rig: 2}}}}\n",
            "3:48 stages.a.resources.tokens.rig: 2 of token rig are asked for, and a machine has 1",
        ),
        (HEAD + "  a: {cmd: x, retries: -1}\n", "3:24 stages.a.retries: retries must be a whole number"),
        (HEAD + "  a: {cmd: x, retries: {delay: 1s}}\n", "3:15 stages.a.retries: `count` is missing"),
        (HEAD + "  a: {cmd: x, retries: {count: 1, factor: 0.5}}\n", "3:43 stages.a.retries.factor: factor must be"),
        (
            HEAD + "  a: {cmd: x, outs: {o: {path: o, tolerance: 2}}}\n",
            "3:46 stages.a.outs.o.tolerance: tolerance must be at least 0",
        ),
        (
            HEAD + "  a: {cmd: x, outs: {o: {path: o, cache: no}}}\n",
            "3:42 stages.a.outs.o.cache: cache must be true or",
        ),
        (
            HEAD + "  a: {cmd: x, outs: {o: {path: o, as: metrics, cache: false}}}\n",
            "3:48 stages.a.outs.o.cache: evidence is read from the store",
        ),
        (
            HEAD + "  a: {cmd: x, outs: {o: {path: o, cache: false}}}\nmodels: {m: {artifact: a.o}}\n",
            "4:24 models.m.artifact: a.o has `cache: false`",
        ),
        (
            HEAD + "  a: {cmd: x, matrix: {s: [0, 1], exclude: [{t: 0}]}}\n",
            "3:46 stages.a.matrix.exclude[0].t: there is no axis `t`",
        ),
        (
            HEAD + "  a: {cmd: x, matrix: {s: [0, 1], exclude: [{s: 2}]}}\n",
            "3:49 stages.a.matrix.exclude[0].s: axis s has no value 2",
        ),
        (
            HEAD + "  a: {cmd: x, matrix: {s: [0], exclude: [{s: 0}]}}\n",
            "3:15 stages.a.matrix: `exclude` leaves no cell",
        ),
        (
            HEAD + "  a: {cmd: x, matrix: {s: [0], t: [1], include: [{s: 2}]}}\n",
            "3:50 stages.a.matrix.include[0]: the cell has no value for t",
        ),
        ("project: p\ntiers: {t: {budget: soon}}\nstages: {a: {cmd: x}}\n", "2:21 tiers.t.budget: budget must be a"),
        (
            "project: p\ntiers: {t: {budget: {time: 5m, over: delay}}}\nstages: {a: {cmd: x}}\n",
            "2:38 tiers.t.budget.over: over cannot be `delay`",
        ),
        ("project: p\ncache: {remote: /x}\nstages: {a: {cmd: x}}\n", "2:17 cache.remote: remote `/x` is no address"),
        ("project: p\ncache: {size: big}\nstages: {a: {cmd: x}}\n", "2:15 cache.size: size must be a positive size"),
        (HEAD + "  a: {cmd: x, deps: [d, d]}\n", "3:25 stages.a.deps[1]: `d` stands twice"),
        (HEAD + f"  a: {{cmd: {'x' * 70_000}}}\n", "3:12 stages.a.cmd: cmd has 70,000 characters"),
        (HEAD + "  a: {cmd: x, deps: {d: ../x}}\n", "3:25 stages.a.deps.d: `../x` leaves its folder through `..`"),
        (HEAD + "  a: {cmd: x, deps: {d: {path: x}}}\n", "3:26 stages.a.deps.d.path: `path` is not supported yet"),
        (HEAD + "  a: {cmd: x, roots: ['${params.x}']}\n", "3:23 stages.a.roots[0]: `${params.x}` cannot stand here"),
        (HEAD + "  a: {cmd: 'x ${foo.x}'}\n", "3:12 stages.a.cmd: `${foo.x}` is no reference Seatrial knows"),
        (HEAD + "  a: {cmd: 'x ${outs.x'}\n", "3:12 stages.a.cmd: `${` is never closed"),
        (HEAD + "  a: {cmd: 'x ${outs.b}', outs: {c: c}}\n", "3:12 stages.a.cmd: `${outs.b}` refers to nothing"),
        (HEAD + "  a: {cmd: 'x ${outs.c}', outs: [c]}\n", "3:12 stages.a.cmd: `${outs.c}` refers to nothing"),
        (HEAD + "  a: {cmd: x, env: {V: '${matrix.s}'}}\n", "3:24 stages.a.env.V: `${matrix.s}` refers to nothing"),
        (PAIR + "  b: {cmd: x, deps: [train.modle]}\n", "4:22 stages.b.deps[0]: stage train has no out `modle`"),
        (PAIR + "  b: {cmd: x, deps: ['trian[s=0].model']}\n", "4:22 stages.b.deps[0]: there is no stage `trian`"),
        (PAIR + "  b: {cmd: x, deps: ['train[s=0].model']}\n", "4:22 stages.b.deps[0]: stage train has no matrix"),
        (PAIR + "  b: {cmd: x, deps: [datasets.test]}\n", "4:22 stages.b.deps[0]: there is no dataset `test`"),
        (
            MATRIX + "  b: {cmd: x, deps: [train.m]}\n",
            "4:22 stages.b.deps[0]: stage train has a matrix of 4 cells and `train.m`",
        ),
        (
            MATRIX + "  b: {cmd: x, deps: ['train[seed=0].m']}\n",
            "4:22 stages.b.deps[0]: stage train has no cell `[seed=0]`",
        ),
        (
            MATRIX + "  b: {cmd: x, deps: ['train[seed=7,lr=0.1].m']}\n",
            "4:22 stages.b.deps[0]: stage train has no cell",
        ),
        (
            MATRIX + "  b: {cmd: x, matrix: {seed: [0]}, deps: ['train[seed=${matrix.seed},lr=0.1].m']}\n",
            "4:43 stages.b.deps[0]: `${...}` in a selector is not supported yet",
        ),
        (
            HEAD + "  a: {cmd: x, needs: [c]}\n  b: {cmd: x, deps: [a.o]}\n  c: {cmd: x, needs: [b]}\n",
            "4:22 stages.b.deps[0]: stage a has no out `o`",
        ),
        (
            HEAD + "  a: {cmd: x, needs: [c], outs: {o: o}}\n  b: {cmd: x, deps: [a.o]}\n  c: {cmd: x, needs: [b]}\n",
            "3:3 stages.a: stages depend on each other in a circle: a -> c -> b -> a",
        ),
        (
            "project: p\nstate: s3://b\nstages: {a: {cmd: x}}\n",
            "2:8 state: state `s3://b` names a bucket `b`, which no bucket can be called",
        ),
        ("project: p\nstate: file://x\nstages: {a: {cmd: x}}\n", "2:8 state: state `file://x` names no folder"),
        ("project: p\nstate: git:a b\nstages: {a: {cmd: x}}\n", "2:8 state: state `git:a b` names no remote of git"),
        (
            "project: p\ncache: {remote: git}\nstages: {a: {cmd: x}}\n",
            "2:17 cache.remote: results are not kept on git refs",
        ),
        ("project: p\nstate: postgres://x\nstages: {a: {cmd: x}}\n", "2:8 state: state `postgres://x` is no address"),
        ("project: p\nparams: p.toml\nstages: {a: {cmd: x}}\n", "2:9 params: `p.toml` is not supported yet"),
        ("project: p\nparams: p.yaml\nstages: {a: {cmd: x}}\n", "2:9 params: there is no file `p.yaml`"),
        ("project: p\nparams: ../p.yaml\nstages: {a: {cmd: x}}\n", "2:9 params: `../p.yaml` leaves its folder"),
        (
            "project: p\ndatasets: {t: {path: /d, role: test}}\nstages: {a: {cmd: x}}\n",
            "2:22 datasets.t.path: `/d` is absolute",
        ),
        (
            "project: p\ndatasets: {t: {path: d, role: tset}}\nstages: {a: {cmd: x}}\n",
            "2:31 datasets.t.role: role cannot be `tset`",
        ),
        (
            "project: p\ntiers: {t: {baseline: 17}}\nstages: {a: {cmd: x}}\n",
            "2:23 tiers.t.baseline: baseline must be text",
        ),
        (
            "project: p\ntiers: {t: {baseline: '17'}}\nstages: {a: {cmd: x}}\n",
            "2:23 tiers.t.baseline: `17` cannot name an alias",
        ),
        (
            "project: p\ntiers: {t: {on_pass: deploy}}\nstages: {a: {cmd: x}}\n",
            "2:22 tiers.t.on_pass: on_pass cannot be `deploy`",
        ),
        (
            "project: p\ntiers: {t: {on_pass: {promote: main}}}\nstages: {a: {cmd: x}}\n",
            "2:32 tiers.t.on_pass.promote: `main` is the main branch and no alias",
        ),
        (
            "project: p\ntiers: {t: {gates: smoke}}\nstages: {a: {cmd: x}}\n",
            "2:20 tiers.t.gates: there is no gate set `smoke`: no model has `gates:`",
        ),
    ],
)
def test_one_mistake_gives_one_message_at_its_place(text: str, expected: str, mistakes: Mistakes) -> None:
    found = mistakes(text)

    assert len(found) == 1
    assert found[0].startswith(f"seatrial.yaml:{expected}")


def test_a_circle_of_a_stage_with_its_own_out_is_shown(mistakes: Mistakes) -> None:
    assert mistakes(HEAD + "  a: {cmd: x, deps: [a.o], outs: {o: o}}\n") == [
        "seatrial.yaml:3:3 stages.a: stages depend on each other in a circle: a -> a"
    ]


@pytest.mark.parametrize(
    ("params", "overlay", "expected"),
    [
        ("lr: 0.1", "{lrr: 1}", "seatrial.yaml:3:22 tiers.t.params.lrr: there is no parameter `lrr` to overlay"),
        ("lr: 0.1", "{lr: fast}", "seatrial.yaml:3:26 tiers.t.params.lr: lr is a number and cannot become text"),
        ("lr: fast", "{lr: 1}", "seatrial.yaml:3:26 tiers.t.params.lr: lr is text and cannot become a number"),
        ("lr: 0.1\nb: 1", "{b: 2}", "seatrial.yaml:3:22 tiers.t.params.b: no stage of tier t uses the parameter `b`"),
        (
            "lr: {x: 1}",
            "{lr.x: 2, lr: {x: 3}}",
            "seatrial.yaml:3:36 tiers.t.params.lr.x: the parameter lr.x is set twice",
        ),
    ],
)
def test_an_overlay_must_name_a_used_parameter_and_keep_its_kind(
    params: str, overlay: str, expected: str, mistakes: Mistakes
) -> None:
    text = f"project: p\nparams: p.yaml\ntiers: {{t: {{params: {overlay}}}}}\nstages: {{a: {{cmd: x, params: [lr]}}}}\n"

    assert mistakes(text, p_yaml=params) == [expected]


def test_an_overlay_that_only_stages_of_other_tiers_use_is_refused(mistakes: Mistakes) -> None:
    text = (
        "project: p\nparams: p.yaml\ntiers:\n  t: {params: {lr: 1}}\n  u:\n"
        "stages: {a: {cmd: 'x ${params.lr}', tiers: [u]}, b: {cmd: x}}\n"
    )

    assert mistakes(text, p_yaml="lr: 2") == [
        "seatrial.yaml:4:16 tiers.t.params.lr: no stage of tier t uses the parameter `lr`"
    ]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"lrr": "1"}, "--set-param lrr: there is no parameter `lrr`"),
        ({"lr": "fast"}, "--set-param lr: lr is a number and 'fast' is text"),
        (
            {"lr": "1e999"},
            "--set-param lr: the value of lr cannot be read: 1e999 is larger than any floating-point number",
        ),
        ({"name": "3.10"}, "--set-param name: name is text and '3.10' is a number"),
        ({"sub": "1"}, "--set-param sub: sub is a mapping and '1' is a number"),
    ],
)
def test_a_parameter_on_the_command_line_must_exist_and_keep_its_kind(
    given: Mapping[str, str], expected: str, mistakes: Mistakes
) -> None:
    text = "project: p\nparams: p.yaml\nstages: {a: {cmd: x}}\n"

    assert mistakes(text, set_params=given, p_yaml="lr: 0.1\nname: b\nsub: {x: 1}\n") == [expected]


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ("- 1\n", "p.yaml:1:1: a mapping of parameters was expected here, not a list"),
        ("a: {b.c: 1}\n", "p.yaml:1:5 a.b.c: 'b.c' cannot name a parameter"),
        ("a: 1\na: 2\n", "p.yaml:2:1 a: this key stands twice; first at 1:1"),
        ("a: *b\n", "p.yaml:1:4 a: aliases (`*name`) are not supported"),
    ],
)
def test_a_bad_parameters_file_is_named_with_its_own_lines(params: str, expected: str, mistakes: Mistakes) -> None:
    text = "project: p\nparams: p.yaml\nstages: {a: {cmd: 'x ${params.q}', params: [z]}}\n"

    assert expected in mistakes(text, p_yaml=params)


def test_a_json_parameters_file_is_read_as_strictly(mistakes: Mistakes) -> None:
    text = "project: p\nparams: p.json\nstages: {a: {cmd: x}}\n"

    (found,) = mistakes(text, p_json='{"a": 1,\n "a": 2}')

    assert found.startswith("p.json:2:")


MODEL_STAGES = (
    "project: p\nstages:\n  train: {cmd: x, outs: {model: m, other: n}}\n"
    "  evaluate: {cmd: '%s', deps: {model: train.model, data: d}, outs: %s}\nmodels:\n"
)
GOOD_CMD = "x ${deps.model} ${outs.rows}"
GOOD_OUTS = "{rows: {path: r.csv, as: predictions}}"


@pytest.mark.parametrize(
    ("cmd", "outs", "model", "expected"),
    [
        (GOOD_CMD, GOOD_OUTS, "{}", "6:3 models.m: `artifact` is missing"),
        (GOOD_CMD, GOOD_OUTS, "{artifact: train.modell}", "6:17 models.m.artifact: stage train has no out `modell`"),
        (GOOD_CMD, GOOD_OUTS, "{artifact: trian.model}", "6:17 models.m.artifact: there is no stage `trian`"),
        (GOOD_CMD, GOOD_OUTS, "{artifact: model}", "6:17 models.m.artifact: `model` is no reference"),
        (
            GOOD_CMD,
            GOOD_OUTS,
            "{artifact: train.model, predictions: train.other}",
            "6:43 models.m.predictions: train.other is not written `as: predictions`",
        ),
        (
            GOOD_CMD,
            GOOD_OUTS,
            "{artifact: train.model, input: evaluate.deps.model}",
            "6:30 models.m.input: `input` without `predictions` has no use",
        ),
        (
            GOOD_CMD,
            GOOD_OUTS,
            "{artifact: train.model, predictions: evaluate.rows, input: evaluate.model}",
            "6:65 models.m.input: `evaluate.model` is no dep of a stage",
        ),
        (
            GOOD_CMD,
            GOOD_OUTS,
            "{artifact: train.model, predictions: evaluate.rows, input: evaluate.deps.modl}",
            "6:65 models.m.input: stage evaluate has no named dep `modl`",
        ),
        (
            GOOD_CMD,
            GOOD_OUTS,
            "{artifact: train.model, predictions: evaluate.rows, input: evaluate.deps.data}",
            "6:65 models.m.input: the dep `data` of stage evaluate is a path",
        ),
        (
            GOOD_CMD,
            GOOD_OUTS,
            "{artifact: train.other, predictions: evaluate.rows, input: evaluate.deps.model}",
            "6:65 models.m.input: evaluate.deps.model is train.model, and the artifact is train.other",
        ),
        (
            "x m ${outs.rows}",
            GOOD_OUTS,
            "{artifact: train.model, predictions: evaluate.rows, input: evaluate.deps.model}",
            "6:65 models.m.input: the command of stage evaluate does not take the model as `${deps.model}`",
        ),
        (
            "x ${deps.model} r.csv",
            GOOD_OUTS,
            "{artifact: train.model, predictions: evaluate.rows, input: evaluate.deps.model}",
            "4:101 stages.evaluate.outs.rows.path: stage evaluate re-scores models, and its command does not write",
        ),
        (GOOD_CMD, GOOD_OUTS, "{artifact: {pick: x}}", "6:18 models.m.artifact.pick: `pick` is not supported yet"),
        (
            GOOD_CMD,
            GOOD_OUTS,
            "{artifact: train.model, gates: g.yaml}",
            "6:37 models.m.gates: there is no file `g.yaml`",
        ),
    ],
)
def test_a_model_must_be_one_that_can_be_scored_again(
    cmd: str, outs: str, model: str, expected: str, mistakes: Mistakes
) -> None:
    text = MODEL_STAGES % (cmd, outs) + f"  m: {model}\n"

    found = mistakes(text)

    assert len(found) == 1
    assert found[0].startswith(f"seatrial.yaml:{expected}")


def test_predictions_of_another_stage_than_the_input_are_refused(mistakes: Mistakes) -> None:
    text = (
        HEAD + "  train: {cmd: x, outs: {model: m, p: {path: p.csv, as: predictions}}}\n"
        "  evaluate: {cmd: 'x ${deps.model}', deps: {model: train.model}}\n"
        "models:\n  m: {artifact: train.model, predictions: train.p, input: evaluate.deps.model}\n"
    )

    (found,) = mistakes(text)

    assert found.startswith("seatrial.yaml:6:59 models.m.input: the predictions are written by stage train")


def test_every_cell_is_no_artifact(mistakes: Mistakes) -> None:
    text = MATRIX + "models: {m: {artifact: 'train[*].m'}}\n"

    assert mistakes(text) == [
        "seatrial.yaml:4:24 models.m.artifact: artifact is one out of one cell, and `[*]` takes all"
    ]


def test_a_gate_set_that_a_tier_names_must_exist_in_the_file_of_each_model(mistakes: Mistakes) -> None:
    text = PAIR + "tiers: {t: {gates: smok}, u: {}}\nmodels: {m: {artifact: train.model, gates: g.yaml}}\n"
    sets = "smoke: {performance: {loss: {max: 1}}}\nnightly: {performance: {loss: {max: 1}}}\n"

    assert mistakes(text, g_yaml=sets) == [
        "seatrial.yaml:4:20 tiers.t.gates: there is no gate set `smok` (g.yaml)",
        "seatrial.yaml:4:27 tiers.u: there are several gate sets and none is called `promote`: smoke, nightly (g.yaml)",
    ]


def test_all_mistakes_of_all_files_come_at_once_in_order(mistakes: Mistakes) -> None:
    text = (
        "project: p\nparams: p.yaml\nstages:\n  a: {cmd: x, foo: 1}\n  b: {cmd: x, needs: [c]}\n"
        "models: {m: {artifact: b.x, gates: g.yaml}}\n"
    )

    found = mistakes(text, p_yaml="a: 1\na: 2\n", g_yaml="performance: {f1: {min: 2}}\n")

    assert [line.partition(": ")[0] for line in found] == [
        "g.yaml:1:25 performance.f1.min",
        "p.yaml:2:1 a",
        "seatrial.yaml:4:15 stages.a.foo",
        "seatrial.yaml:5:23 stages.b.needs[0]",
        "seatrial.yaml:6:24 models.m.artifact",
    ]


def test_a_mistake_in_one_stage_gives_no_follow_up_messages_about_references_to_it(mistakes: Mistakes) -> None:
    text = HEAD + "  a: {cmd: x, out: {o: o}}\n  b: {cmd: x, deps: [a.o]}\nmodels: {m: {artifact: a.o}}\n"

    assert mistakes(text) == ["seatrial.yaml:3:15 stages.a.out: unknown key `out`"]


def test_thousands_of_mistakes_end_in_a_count(mistakes: Mistakes) -> None:
    found = mistakes(HEAD + "  a: {cmd: x}\n" + "".join(f"k{number}: 1\n" for number in range(3000)))

    assert len(found) == 101
    assert found[-1] == "and more than 900 more problems"


def test_a_matrix_of_a_million_million_cells_is_refused_without_counting_them(mistakes: Mistakes) -> None:
    axes = ", ".join(f"a{axis}: [{', '.join(map(str, range(100)))}]" for axis in range(6))

    (found,) = mistakes(HEAD + f"  a: {{cmd: x, matrix: {{{axes}}}, outs: ['${{matrix.a0}}']}}\n")

    assert (
        found == "seatrial.yaml:3:15 stages.a.matrix: the matrix has 1,000,000,000,000 cells; at most 4,096 are allowed"
    )


def test_messages_show_nothing_that_a_terminal_would_obey(mistakes: Mistakes) -> None:
    found = mistakes('project: "p\\e[31m\\u202e"\nstages: {"a\\nb": {cmd: x}, c: {cmd: x, "d\\e[0m": 1}}\n')

    assert len(found) == 3
    assert all(line.isprintable() for line in found)


def test_no_seatrial_yaml_is_an_error_with_a_next_step() -> None:
    with pytest.raises(ConfigError, match=r"there is no seatrial\.yaml") as caught:
        load(lambda _: None)

    assert caught.value.next_step is not None
    assert "seatrial demo" in caught.value.next_step


def test_an_empty_seatrial_yaml_is_an_error_with_a_next_step(mistakes: Mistakes) -> None:
    assert mistakes("# nothing yet\n") == ["seatrial.yaml: seatrial.yaml is empty"]
