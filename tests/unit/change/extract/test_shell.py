"""What a shell script names."""

from __future__ import annotations

import pytest

from seatrial.change.extract.sources import extract


def found(text: str) -> list[str]:
    """Mentions as `line how text`, and markers as `line !`."""
    links = extract("shell", text.encode()).links
    assert links.broken is None
    return [f"{one.line} {one.how.value} {one.text}" for one in links.mentions] + [
        f"{one.line} !" for one in links.markers
    ]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("python tools/x.py --data data/a.csv", ["1 p tools/x.py", "1 p data/a.csv"]),
        ("python x.py $1", ["1 p x.py"]),
        ("python3.11 -u train", ["1 p train"]),
        ("CUDA=0 uv run python -m a.b --config=conf/a.yaml", ["1 m a.b", "1 p conf/a.yaml"]),
        ("python -m tool", ["1 m tool"]),
        ("python -m torch.distributed.run train.py", ["1 m torch.distributed.run", "1 p train.py"]),
        ("python -c 'import a.b; print(1)'", ["1 m a.b"]),
        ("torchrun --nproc 8 train.py", ["1 p train.py"]),
        ("./run.sh && lib/y.sh | tee out", ["1 p ./run.sh", "1 p lib/y.sh"]),
        ("source lib/env", ["1 o lib/env"]),
        (". ./env.sh", ["1 o ./env.sh"]),
        ("python x.py < in.txt > out/o.txt 2>> err/e.log", ["1 p x.py", "1 o in.txt"]),
        ("pip install -r requirements.txt", ["1 p requirements.txt"]),
        ("pytest -q tests", ["1 p tests", "1 !"]),
        ("make train", ["1 !"]),
        ("export NAME\nlocal a b\nreadonly C=conf/a.yaml", ["3 p conf/a.yaml"]),
        ("ruff check .", ["1 !"]),
        ("# python tools/x.py don't\nls", []),
        ("echo 'it is'\n\npython \\\n  a/x.py\nbash b/y.sh", ["3 p a/x.py", "5 p b/y.sh"]),
        ("x=$(python a/x.py)", ["1 p a/x.py"]),
        ("if [ -f a/b.txt ]; then bash c/d.sh; fi", ["1 p a/b.txt", "1 p c/d.sh"]),
        ("for f in a/b.sh c/d.sh; do echo $f; done", ["1 p a/b.sh", "1 p c/d.sh"]),
        ("curl https://a.b/c.sh", []),
    ],
)
def test_words_that_name_files_are_mentions(text: str, names: list[str]) -> None:
    """Programs, scripts, modules, what is read; not what is written, and no comments."""
    assert sorted(found(text)) == sorted(names)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("SCRIPT=train.py; python $SCRIPT", ["1 p train.py"]),
        ('D=tools\nexport S="${D}/x"\nbash "$S"', ["2 p tools/x"]),
        ('HERE="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"\nsource "$HERE/env.sh"', ["2 b env.sh"]),
        ('ROOT=$(cd "$(dirname "$0")/.." && pwd)\npython $ROOT/x.py', ["2 b ../x.py"]),
        ('source "$(dirname "$0")/env.sh"', ["1 b env.sh"]),
        ("python conf/$NAME.py", ["1 f conf/**/*.py"]),
    ],
)
def test_what_the_text_sets_is_followed(text: str, names: list[str]) -> None:
    """Literals, and the idiom for the script's own folder."""
    assert [one for one in found(text) if "!" not in one] == names


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("\npython $SCRIPT", 2),
        ("python -u \"$1\"", 1),
        ("torchrun --nproc 8 $1", 1),
        ("python -m $MODULE", 1),
        ("$PROGRAM a", 1),
        ('exec "$@"', 1),
        ('source "$ENV"', 1),
        ("`which x` a", 1),
        ("cat $FILE", 1),
        ("bash <(curl x)\ncat <<EOF\na\nEOF", 2),
        ("eval $x", 1),
        ("cd sub", 1),
        ("for f in a; do bash $f; done", 1),
    ],
)  # fmt: skip
def test_what_a_variable_decides_is_marked(text: str, line: int) -> None:
    """Where a program or file is named."""
    assert f"{line} !" in found(text)


@pytest.mark.parametrize("text", ["echo $X", "python a.py $X", "X=$Y", "git log $REV", "ls '$X'"])
def test_other_variables_are_no_matter(text: str) -> None:
    """They reach a program that is known."""
    assert [one for one in found(text) if "!" in one] == []


def test_a_heredoc_is_read_by_words() -> None:
    """And what follows it has its own line."""
    text = "python - <<'EOF'\nimport a.b\nopen('c/d.csv')  # don't\nEOF\npython e/f.py"

    assert {"2 m a.b", "3 p c/d.csv", "5 p e/f.py", "1 !"} <= set(found(text))
