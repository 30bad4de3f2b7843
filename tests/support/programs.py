"""Little programs whose output depends on one definition, in as many shapes as people write them.

Called by the properties of symbol evidence. A program is put together from how something is defined, by which ways its
name travels, and how it is used; `1` in the definition becomes `2`, and if the program then prints something else, the
definition was used.
"""

# ruff: noqa: E501 - a program reads best as one text

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import strategies as st

DEFINED = {
    "function": "def X():\n    return VALUE\n",
    "constant": "_V = VALUE\ndef X():\n    return _V\n",
    "constant in a tuple": "_A, _V = 0, VALUE\ndef X():\n    return _V\n",
    "default argument": "def X(a=VALUE):\n    return a\n",
    "named default": "D = VALUE\ndef X(a=D):\n    return a\n",
    "keyword default": "D = VALUE\ndef X(*, a=D):\n    return a\n",
    "nested function": "def X():\n    def inner():\n        return VALUE\n    return inner()\n",
    "helper": "def _h():\n    return VALUE\n\ndef X():\n    return _h()\n",
    "lambda": "X = lambda: VALUE\n",
    "class with call": "class X:\n    def __new__(cls):\n        return VALUE\n",
    "method": "class C:\n    def m(self):\n        return VALUE\n\ndef X():\n    return C().m()\n",
    "class attribute": "class C:\n    a = VALUE\n\ndef X():\n    return C.a\n",
    "inherited": "class B:\n    def m(self):\n        return VALUE\n\nclass C(B):\n    pass\n\ndef X():\n    return C().m()\n",
    "decorated": "def twice(f):\n    return lambda: f() * VALUE\n\n@twice\ndef X():\n    return 3\n",
    "registered": "R = []\ndef reg(f):\n    R.append(f)\n    return f\n\n@reg\ndef _one():\n    return VALUE\n\ndef X():\n    return R[0]()\n",
    "registered by name": "R = {}\ndef reg(name):\n    return lambda f: R.setdefault(name, f)\n\n@reg('a')\nclass _One:\n    v = VALUE\n\ndef X():\n    return R['a'].v\n",
    "subclasses": "class B:\n    all = []\n    def __init_subclass__(cls):\n        B.all.append(cls)\n\nclass C(B):\n    v = VALUE\n\ndef X():\n    return B.all[-1].v\n",
    "subclass list": "class B:\n    pass\n\nclass C(B):\n    v = VALUE\n\ndef X():\n    return B.__subclasses__()[0].v\n",
    "class that lists": "class B:\n    @classmethod\n    def all(cls):\n        return cls.__subclasses__()\n\nclass C(B):\n    v = VALUE\n\ndef X():\n    return B.all()[0].v\n",
    "metaclass": "R = []\nclass M(type):\n    def __init__(cls, *a):\n        R.append(cls)\n\nclass C(metaclass=M):\n    v = VALUE\n\ndef X():\n    return R[0].v\n",
    "own globals": "def _h():\n    return VALUE\n\ndef X():\n    return globals()['_' + 'h']()\n",
    "own module": "import sys\ndef _h():\n    return VALUE\n\ndef X():\n    return getattr(sys.modules[__name__], '_h')()\n",
    "conditional": "if True:\n    def X():\n        return VALUE\nelse:\n    X = None\n",
    "tried": "try:\n    import no_such_thing\nexcept ImportError:\n    def X():\n        return VALUE\n",
    "rebound": "def X():\n    return 0\n\ndef X():\n    return VALUE\n",
    "changed in place": "L = [0]\nL[0] = VALUE\ndef X():\n    return L[0]\n",
    "appended": "L = []\nL.append(VALUE)\ndef X():\n    return L[0]\n",
    "augmented": "V = 0\nV += VALUE\ndef X():\n    return V\n",
    "set on a class": "class C:\n    pass\n\ndef _m(self):\n    return VALUE\n\nC.m = _m\ndef X():\n    return C().m()\n",
    "set on a function": "def X():\n    return X.v\n\nX.v = VALUE\n",
    "global": "V = 0\ndef _init():\n    global V\n    V = VALUE\n\n_init()\ndef X():\n    return V\n",
    "table": "def _h():\n    return VALUE\n\nT = {'a': _h}\ndef X():\n    return T['a']()\n",
    "property": "class C:\n    @property\n    def p(self):\n        return VALUE\n\ndef X():\n    return C().p\n",
    "dataclass": "from dataclasses import dataclass\n\n@dataclass\nclass C:\n    v: int = VALUE\n\ndef X():\n    return C().v\n",
    "enumeration": "import enum\nclass E(enum.Enum):\n    A = VALUE\n\ndef X():\n    return E.A.value\n",
    "named tuple": "from typing import NamedTuple\nclass C(NamedTuple):\n    v: int = VALUE\n\ndef X():\n    return C().v\n",
    "partial": "import functools\ndef _h(a):\n    return a\n\nX = functools.partial(_h, VALUE)\n",
    "generator": "def _g():\n    yield VALUE\n\ndef X():\n    return next(_g())\n",
    "walrus": "print(end='') if (V := VALUE) else None\ndef X():\n    return V\n",
    "loop": "for V in [VALUE]:\n    pass\ndef X():\n    return V\n",
    "with": "import contextlib\nwith contextlib.nullcontext(VALUE) as V:\n    pass\ndef X():\n    return V\n",
    "annotation": "class C:\n    a: 'VALUE'\n\ndef X():\n    return C.__annotations__['a']\n",
    "docstring": "def X():\n    return VALUE\n",
    "signature": "import inspect\ndef _h(a=VALUE):\n    pass\n\ndef X():\n    return str(inspect.signature(_h))\n",
    "module getattr": "def __getattr__(name):\n    if name == 'X':\n        return lambda: VALUE\n    raise AttributeError(name)\n",
    "star of vars": "def _h():\n    return VALUE\n\ndef X():\n    return [v for k, v in list(globals().items()) if k == '_h'][0]()\n",
    "class body call": "R = []\nclass C:\n    R.append(VALUE)\n\ndef X():\n    return R[0]\n",
    "match": "def _h():\n    return VALUE\n\ndef X():\n    match 1:\n        case 1:\n            return _h()\n",
    "comprehension": "def _h():\n    return VALUE\n\ndef X():\n    return [_h() for _ in range(1)][0]\n",
    "slots": "class B:\n    v = VALUE\n\nclass C(B):\n    __slots__ = ()\n    def get(self):\n        return super().v\n\ndef X():\n    return C().get()\n",
    "exception": "class E(Exception):\n    v = VALUE\n\ndef X():\n    try:\n        raise E\n    except E as e:\n        return e.v\n",
    "type alias": "def _h():\n    return VALUE\n\nAlias = _h\nOther = Alias\ndef X():\n    return Other()\n",
    "deleted": "def _h():\n    return VALUE\n\nkeep = _h\ndel _h\ndef X():\n    return keep()\n",
    "starred assignment": "first, *rest = [0, VALUE]\ndef X():\n    return rest[0]\n",
    "exec": "exec('def X():\\n    return VALUE\\n')\n",
    "setattr": "import sys\ndef _h():\n    return VALUE\n\nsetattr(sys.modules[__name__], 'X', _h)\n",
}
"""By what: a module in which `X()` gives something that depends on VALUE."""

PASSED = {
    "from": ("", "from pkg.defs import X\nget = X\n"),
    "from as": ("", "from pkg.defs import X as y\nget = y\n"),
    "module": ("", "import pkg.defs\ndef get():\n    return pkg.defs.X()\n"),
    "module as": ("", "import pkg.defs as d\ndef get():\n    return d.X()\n"),
    "from package": ("", "from pkg import defs\ndef get():\n    return defs.X()\n"),
    "re-export": ("from pkg.defs import X\n", "from pkg import X\nget = X\n"),
    "relative re-export": ("from .defs import X as Y\n", "import pkg\ndef get():\n    return pkg.Y()\n"),
    "star re-export": ("from .defs import *\n", "from pkg import X\nget = X\n"),
    "star of a star": ("from .defs import *\n", "from pkg import *\ndef get():\n    return X()\n"),
    "star": ("", "from pkg.defs import *\ndef get():\n    return X()\n"),
    "getattr": ("", "from pkg import defs\ndef get():\n    return getattr(defs, 'X')()\n"),
    "computed getattr": ("", "from pkg import defs\nn = 'x'\ndef get():\n    return getattr(defs, n.upper())()\n"),
    "alias": ("", "import pkg.defs\nd = pkg.defs\ndef get():\n    return d.X()\n"),
    "vars": ("", "from pkg import defs\ndef get():\n    return vars(defs)['X']()\n"),
    "dict": ("", "from pkg import defs\ndef get():\n    return defs.__dict__['X']()\n"),
    "handed on": ("", "from pkg import defs\ndef of(m):\n    return m.X()\n\ndef get():\n    return of(defs)\n"),
    "in a list": ("", "from pkg import defs\nall = [defs]\ndef get():\n    return all[0].X()\n"),
    "lazy": ("", "def get():\n    from pkg.defs import X\n    return X()\n"),
    "lazy module": ("", "def get():\n    import pkg.defs as d\n    return d.X()\n"),
    "import_module": ("", "import importlib\ndef get():\n    return importlib.import_module('pkg.defs').X()\n"),
    "computed import": (
        "",
        "import importlib\nn = 'defs'\ndef get():\n    return importlib.import_module(f'pkg.{n}').X()\n",
    ),
    "__import__": ("", "def get():\n    return __import__('pkg.defs').defs.X()\n"),
    "sys.modules": ("", "import sys, pkg.defs\ndef get():\n    return sys.modules['pkg.defs'].X()\n"),
    "dotted text": (
        "",
        "import importlib\ndef get():\n    m, n = 'pkg.defs:X'.split(':')\n    return getattr(importlib.import_module(m), n)()\n",
    ),
    "package getattr": (
        "def __getattr__(name):\n    if name != 'X':\n        raise AttributeError(name)\n    from pkg import defs\n    return getattr(defs, name)\n",
        "import pkg\ndef get():\n    return pkg.X()\n",
    ),
    "lazy table": (
        "import importlib\n_T = {'X': 'pkg.defs'}\ndef __getattr__(name):\n    if name not in _T:\n        raise AttributeError(name)\n    return getattr(importlib.import_module(_T[name]), name)\n",
        "from pkg import X\nget = X\n",
    ),
    "from handed-on name": ("", "from pkg.defs import X\ndef of(f):\n    return f()\n\ndef get():\n    return of(X)\n"),
    "guarded": (
        "",
        "try:\n    from pkg.defs import X\nexcept ImportError:\n    X = None\ndef get():\n    return X()\n",
    ),
    "class attribute": (
        "",
        "from pkg.defs import X\nclass K:\n    f = staticmethod(X)\n\ndef get():\n    return K().f()\n",
    ),
    "default": ("", "from pkg.defs import X\ndef get(f=X):\n    return f()\n"),
    "decorator": (
        "",
        "import pkg.defs\ndef d(f):\n    return lambda: f(pkg.defs.X())\n\n@d\ndef get(v):\n    return v\n",
    ),
    "parameter of the same name": (
        "",
        "from pkg.defs import X\ndef get():\n    def inner(X=X):\n        return X()\n    return inner()\n",
    ),
    "local of the same name": (
        "",
        "from pkg.defs import X\ndef other():\n    X = 1\n    return X\n\ndef get():\n    return X()\n",
    ),
    "global of a function": (
        "",
        "def load():\n    global X\n    from pkg.defs import X\n\ndef get():\n    load()\n    return X()\n",
    ),
    "conditional expression": ("", "import pkg.defs as d\ndef get():\n    return (d.X if d else None)()\n"),
    "walrus": ("", "import pkg.defs\ndef get():\n    return (d := pkg.defs).X()\n"),
    "partial": ("", "import functools\nfrom pkg.defs import X\nget = functools.partial(X)\n"),
    "attrgetter": (
        "",
        "import operator\nfrom pkg import defs\ndef get():\n    return operator.attrgetter('X')(defs)()\n",
    ),
    "eval": ("", "from pkg import defs\ndef get():\n    return eval('defs.X')()\n"),
    "from relative": ("", "from .defs import X\nget = X\n"),
    "from relative package": ("", "from . import defs\ndef get():\n    return defs.X()\n"),
    "package as a value": ("from . import defs\n", "import pkg\np = pkg\ndef get():\n    return p.defs.X()\n"),
    "name in __all__": ("from .defs import X\n__all__ = ['X']\n", "from pkg import *\ndef get():\n    return X()\n"),
    "instance": (
        "",
        "from pkg.defs import X\nclass K:\n    def __init__(self):\n        self.f = X\n\nk = K()\ndef get():\n    return k.f()\n",
    ),
    "typed import too": (
        "",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from pkg.defs import X\ndef get():\n    from pkg.defs import X\n    return X()\n",
    ),
    "by reload": ("", "import importlib\nimport pkg.defs as d\ndef get():\n    return importlib.reload(d).X()\n"),
}
"""By what: what `pkg/__init__.py` holds, and `pkg/middle.py`, in which `get()` calls X."""

USED = {
    "at the top": "from pkg.middle import get\nprint(get())\n",
    "when started": "from pkg.middle import get\nif __name__ == '__main__':\n    print(get())\n",
    "in main": "from pkg import middle\ndef main():\n    print(middle.get())\n\nif __name__ == '__main__':\n    main()\n",
    "in a method": "import pkg.middle\nclass M:\n    def go(self):\n        print(pkg.middle.get())\n\nM().go()\n",
    "in a text": "from pkg.middle import get\nprint(f'{get()}')\n",
    "in a comprehension": "from pkg.middle import get as g\nprint([g() for _ in 'a'])\n",
    "lazily": "def main():\n    from pkg import middle as m\n    print(m.get())\n\nmain()\n",
    "by a star": "from pkg.middle import *\nprint(get())\n",
    "as a callback": "from pkg.middle import get\nprint(*map(lambda f: f(), [get]))\n",
}
"""By what: the program."""


@dataclass(frozen=True, slots=True)
class Program:
    """One program, by what it is put together from."""

    defined: str
    passed: str
    used: str

    def files(self, value: int) -> dict[str, str]:
        """Its files, with a value in the definition."""
        package, middle = PASSED[self.passed]
        return {
            "main.py": USED[self.used],
            "pkg/__init__.py": package,
            "pkg/middle.py": middle,
            "pkg/defs.py": "# the start\n" + DEFINED[self.defined].replace("VALUE", str(value)),
        }


def programs() -> st.SearchStrategy[Program]:
    """Any of them."""
    return st.builds(
        Program, st.sampled_from(sorted(DEFINED)), st.sampled_from(sorted(PASSED)), st.sampled_from(sorted(USED))
    )
