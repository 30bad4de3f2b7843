"""What a Dockerfile takes from its context, and what its commands name."""

from __future__ import annotations

import pytest

from seatrial.change.extract.sources import extract


def found(text: str) -> list[str]:
    links = extract("dockerfile", text.encode()).links
    assert links.broken is None
    return [f"{one.line} {one.how.value} {one.text}" for one in links.mentions] + [
        f"{one.line} !" for one in links.markers
    ]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("FROM a/b:1.2\nCOPY a.txt b /app/", ["2 p a.txt", "2 p b"]),
        ("COPY --chown=a:b src/ /app/src/", ["1 f src/"]),
        ("copy ./src /app", ["1 p src"]),
        ("COPY conf/*.yaml /app", ["1 f conf/*.yaml"]),
        ('ADD ["a b.txt", "/z"]', ["1 p a b.txt"]),
        ("COPY . .", ["1 f ."]),
        ("COPY --from=base /x /y", []),
        ("ADD https://a.b/c.tar /x", []),
        ("ARG D=src\nENV E=conf\nCOPY ${D}/a.py $E/b.py /x", ["3 p src/a.py", "3 p conf/b.py"]),
        ("COPY conf/$X.yaml /x", ["1 f conf/**/*.yaml"]),
        ("COPY $X /x", ["1 !"]),
        ("# COPY a.txt /x\n\nCOPY \\\n  # why\n  a.txt \\\n  /x", ["3 p a.txt"]),
        ("RUN pip install -r reqs.txt && \\\n    bash scripts/a.sh", ["1 p reqs.txt", "2 p scripts/a.sh"]),
        ("RUN --mount=type=cache,target=/x \\\n  --mount=type=bind,source=uv.lock,target=/u \\\n  python a/b.py",
         ["1 p uv.lock", "3 p a/b.py"]),
        ('CMD ["python", "-m", "pkg.serve"]', ["1 m pkg.serve"]),
        ('ENTRYPOINT ["bash", "-c", "echo"]\nCMD python $X', ["2 !"]),
        ("HEALTHCHECK CMD python a/b.py", ["1 p a/b.py"]),
        ("ONBUILD COPY a.txt /x", ["1 p a.txt"]),
        ("RUN <<EOF\npython a/b.py\nEOF\nCOPY c.txt /x", ["2 p a/b.py", "4 p c.txt", "1 !"]),
        ("EXPOSE 80\nUSER a/b.c\nWORKDIR /app/x.y", []),
    ],
)  # fmt: skip
def test_sources_and_commands_are_mentions(text: str, names: list[str]) -> None:
    """From the root of the context, on the line of their instruction or their own."""
    assert found(text) == names
