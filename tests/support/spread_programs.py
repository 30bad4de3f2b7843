"""Little programs whose one changed definition is tied to the rest by something other than a plain call.

Called by the properties of symbol evidence. Each is a set of files; `VALUE` in one of them becomes 1, then 2, and the
program prints something else. Where names of files matter, `main.py` is the program.
"""

# ruff: noqa: E501 - a program reads best as one text

from __future__ import annotations

from collections.abc import Mapping

SPREAD: Mapping[str, Mapping[str, str]] = {
    "a registry of functions": {
        "main.py": "import pkg.plug\nfrom pkg.registry import R\nprint(R['plug']())\n",
        "pkg/registry.py": "R = {}\ndef register(f):\n    R[f.__name__] = f\n    return f\n",
        "pkg/plug.py": "from pkg.registry import register\n\n@register\ndef plug():\n    return VALUE\n",
    },
    "a registry with arguments, of classes": {
        "main.py": "import pkg.plug\nfrom pkg import registry\nprint(registry.make('a').v)\n",
        "pkg/registry.py": "R = {}\ndef register(name):\n    def put(c):\n        R[name] = c\n        return c\n    return put\n\ndef make(name):\n    return R[name]()\n",
        "pkg/plug.py": "from pkg import registry\n\n@registry.register('a')\nclass A:\n    v = VALUE\n",
    },
    "a registry by subclassing": {
        "main.py": "import pkg.plug\nfrom pkg.base import Base\nprint(Base.all[0].v)\n",
        "pkg/base.py": "class Base:\n    all = []\n    def __init_subclass__(cls, **k):\n        Base.all.append(cls)\n",
        "pkg/plug.py": "from pkg.base import Base\n\nclass A(Base):\n    v = VALUE\n",
    },
    "a registry by subclassing a subclass": {
        "main.py": "import pkg.plug\nfrom pkg.base import Base\nprint(Base.all[-1].v)\n",
        "pkg/base.py": "class Base:\n    all = []\n    def __init_subclass__(cls, **k):\n        Base.all.append(cls)\n",
        "pkg/middle.py": "from pkg.base import Base\n\nclass Middle(Base):\n    v = 0\n",
        "pkg/plug.py": "import pkg.middle as m\n\nclass A(m.Middle):\n    v = VALUE\n",
    },
    "a metaclass of another file": {
        "main.py": "import pkg.plug\nfrom pkg.base import ALL\nprint(ALL[-1].v)\n",
        "pkg/base.py": "ALL = []\nclass Meta(type):\n    def __init__(cls, *a):\n        ALL.append(cls)\n\nclass Base(metaclass=Meta):\n    pass\n",
        "pkg/plug.py": "from pkg.base import Base\n\nclass A(Base):\n    v = VALUE\n",
    },
    "a list of subclasses of another file": {
        "main.py": "import pkg.plug\nfrom pkg.base import everything\nprint(everything()[0].v)\n",
        "pkg/base.py": "class Base:\n    pass\n\ndef everything():\n    return Base.__subclasses__()\n",
        "pkg/plug.py": "from pkg.base import Base\n\nclass A(Base):\n    v = VALUE\n",
    },
    "plug-ins by computed names": {
        "main.py": "import importlib\nimport sys\nname = sys.argv[0][-5:-3] and 'plug'\nprint(importlib.import_module(f'pkg.{name}').go())\n",
        "pkg/plug.py": "def go():\n    return VALUE\n",
    },
    "plug-ins in a folder": {
        "main.py": "import importlib, pkgutil, pkg\nfor one in pkgutil.iter_modules(pkg.__path__):\n    print(importlib.import_module('pkg.' + one.name).go())\n",
        "pkg/plug.py": "def go():\n    return VALUE\n",
    },
    "single dispatch": {
        "main.py": "import pkg.plug\nfrom pkg.show import show\nprint(show(1))\n",
        "pkg/show.py": "import functools\n\n@functools.singledispatch\ndef show(x):\n    return 0\n",
        "pkg/plug.py": "from pkg.show import show\n\n@show.register\ndef _(x: int):\n    return VALUE\n",
    },
    "a method three files away": {
        "main.py": "from pkg.c import C\nprint(C().m())\n",
        "pkg/a.py": "class A:\n    def m(self):\n        return VALUE\n",
        "pkg/b.py": "from pkg import a\n\nclass B(a.A):\n    pass\n",
        "pkg/c.py": "from .b import B\n\nclass C(B):\n    pass\n",
    },
    "an operator": {
        "main.py": "from pkg.make import make\nprint(make() + 1)\n",
        "pkg/num.py": "class Num:\n    def __add__(self, other):\n        return VALUE\n",
        "pkg/make.py": "from pkg.num import Num\n\ndef make():\n    return Num()\n",
    },
    "a patched module": {
        "main.py": "import pkg.patch\nfrom pkg import a\nprint(a.f())\n",
        "pkg/a.py": "def f():\n    return 0\n",
        "pkg/patch.py": "from pkg import a\ndef _new():\n    return VALUE\n\na.f = _new\n",
    },
    "a patched module, by setattr": {
        "main.py": "import pkg.patch\nfrom pkg import a\nprint(a.f())\n",
        "pkg/a.py": "def f():\n    return 0\n",
        "pkg/patch.py": "from pkg import a\ndef _new():\n    return VALUE\n\nsetattr(a, 'f', _new)\n",
    },
    "a decorator of another file": {
        "main.py": "from pkg.b import f\nprint(f())\n",
        "pkg/deco.py": "def times(f):\n    return lambda: f() * VALUE\n",
        "pkg/b.py": "from pkg.deco import times\n\n@times\ndef f():\n    return 3\n",
    },
    "a keyword of a class": {
        "main.py": "from pkg.b import C\nprint(C.k)\n",
        "pkg/a.py": "class B:\n    def __init_subclass__(cls, k):\n        cls.k = k\n",
        "pkg/b.py": "from pkg.a import B\n\nclass C(B, k=VALUE):\n    pass\n",
    },
    "a constant through a star": {
        "main.py": "from pkg.b import f\nprint(f())\n",
        "pkg/consts.py": "A = 0\nLIMIT = VALUE\n",
        "pkg/b.py": "from pkg.consts import *\n\ndef f():\n    return LIMIT\n",
    },
    "an underscored name in __all__": {
        "main.py": "from pkg.b import f\nprint(f())\n",
        "pkg/consts.py": "__all__ = ['_limit']\n_limit = VALUE\n",
        "pkg/b.py": "from pkg.consts import *\n\ndef f():\n    return _limit\n",
    },
    "an object made at the top": {
        "main.py": "from pkg.a import it\nprint(it.m())\n",
        "pkg/a.py": "class C:\n    def m(self):\n        return VALUE\n\nit = C()\n",
    },
    "a type made by hand": {
        "main.py": "from pkg.b import D\nprint(D.v)\n",
        "pkg/a.py": "class C:\n    v = VALUE\n",
        "pkg/b.py": "import pkg.a\nD = type('D', (pkg.a.C,), {})\n",
    },
    "modules in a loop": {
        "main.py": "from pkg import a, b\nfor m in (a, b):\n    print(m.go())\n",
        "pkg/a.py": "def go():\n    return VALUE\n",
        "pkg/b.py": "def go():\n    return 0\n",
    },
    "a way out": {
        "main.py": "from pkg.b import f\nprint(f())\n",
        "pkg/slow.py": "def f():\n    return VALUE\n",
        "pkg/b.py": "try:\n    from pkg.fast import f\nexcept ImportError:\n    from pkg.slow import f\n",
    },
    "a module run by name": {
        "main.py": "import runpy\nrunpy.run_module('pkg.a')\n",
        "pkg/a.py": "def f():\n    return VALUE\n\nprint(f())\n",
    },
    "a module run by path": {
        "main.py": "import runpy\nrunpy.run_path('pkg/a.py', run_name='__main__')\n",
        "pkg/a.py": "def f():\n    return VALUE\n\nif __name__ == '__main__':\n    print(f())\n",
    },
    "a module started by name": {
        "main.py": "import subprocess, sys\nsubprocess.run([sys.executable, '-S', '-B', '-m', 'pkg.a'])\n",
        "pkg/a.py": "def f():\n    return VALUE\n\nif __name__ == '__main__':\n    print(f())\n",
    },
    "a file executed as a text": {
        "main.py": "exec(open('pkg/a.py').read())\nprint(f())\n",
        "pkg/a.py": "def f():\n    return VALUE\n",
    },
    "an enumeration that is gone through": {
        "main.py": "from pkg.a import Color\nprint([one.value for one in Color])\n",
        "pkg/a.py": "import enum\n\nclass Color(enum.Enum):\n    RED = VALUE\n",
    },
    "a factory of a field": {
        "main.py": "from pkg.b import C\nprint(C().v)\n",
        "pkg/a.py": "def start():\n    return VALUE\n",
        "pkg/b.py": "import dataclasses\nfrom pkg.a import start\n\n@dataclasses.dataclass\nclass C:\n    v: int = dataclasses.field(default_factory=start)\n",
    },
    "a hint that is read": {
        "main.py": "import typing\nfrom pkg.b import f\nprint(typing.get_type_hints(f, include_extras=True)['x'].__metadata__)\n",
        "pkg/a.py": "import typing\nT = typing.Annotated[int, VALUE]\n",
        "pkg/b.py": "from pkg.a import T\n\ndef f(x: T):\n    pass\n",
    },
    "a hint as a text": {
        "main.py": "import typing\nfrom pkg.b import f\nprint(typing.get_type_hints(f, include_extras=True)['x'].__metadata__)\n",
        "pkg/a.py": "import typing\nT = typing.Annotated[int, VALUE]\n",
        "pkg/b.py": "from __future__ import annotations\nfrom pkg.a import T\n\ndef f(x: 'T'):\n    pass\n",
    },
    "a descriptor": {
        "main.py": "from pkg.b import C\nprint(C().f)\n",
        "pkg/a.py": "class Field:\n    def __get__(self, one, kind):\n        return VALUE\n",
        "pkg/b.py": "from pkg.a import Field\n\nclass C:\n    f = Field()\n",
    },
    "what delegates": {
        "main.py": "from pkg.b import Proxy\nprint(Proxy().m())\n",
        "pkg/a.py": "class Real:\n    def m(self):\n        return VALUE\n",
        "pkg/b.py": "from pkg.a import Real\n\nclass Proxy:\n    def __getattr__(self, name):\n        return getattr(Real(), name)\n",
    },
    "a class named in a text": {
        "main.py": "import pydoc\nprint(pydoc.locate('pkg.a.C').v)\n",
        "pkg/a.py": "class C:\n    v = VALUE\n",
    },
    "a class named in a configuration": {
        "main.py": "import importlib, json\nmodule, name = json.load(open('conf.json'))['_target_'].rsplit('.', 1)\nprint(getattr(importlib.import_module(module), name).v)\n",
        "conf.json": '{"_target_": "pkg.a.C"}',
        "pkg/a.py": "class C:\n    v = VALUE\n",
    },
    "a callback of another file": {
        "main.py": "from pkg.a import f\nfrom pkg.b import call\nprint(call(f))\n",
        "pkg/a.py": "def f():\n    return VALUE\n",
        "pkg/b.py": "def call(f):\n    return f()\n",
    },
    "a table of functions": {
        "main.py": "from pkg.b import T\nprint(T['a']())\n",
        "pkg/a.py": "def f():\n    return VALUE\n",
        "pkg/b.py": "from pkg import a\nT = {'a': a.f}\n",
    },
    "a cache": {
        "main.py": "from pkg.a import f\nprint(f())\n",
        "pkg/a.py": "import functools\n\ndef g():\n    return VALUE\n\n@functools.lru_cache\ndef f():\n    return g()\n",
    },
    "a package that loads its parts late": {
        "main.py": "import pkg\nprint(pkg.a.f())\n",
        "pkg/__init__.py": "import importlib\n_PARTS = ('a', 'b')\ndef __getattr__(name):\n    if name in _PARTS:\n        return importlib.import_module(f'.{name}', __name__)\n    raise AttributeError(name)\n",
        "pkg/a.py": "def f():\n    return VALUE\n",
    },
    "a package with a table of names": {
        "main.py": "from pkg import f\nprint(f())\n",
        "pkg/__init__.py": "import importlib\n_FROM = {'f': 'a'}\ndef __getattr__(name):\n    return getattr(importlib.import_module('.' + _FROM[name], __name__), name)\n",
        "pkg/a.py": "def f():\n    return VALUE\n",
    },
    "a chain of targets": {
        "main.py": "from pkg.a import second\nprint(second())\n",
        "pkg/a.py": "first = second = lambda: VALUE\n",
    },
    "a name that two files define": {
        "main.py": "from pkg.b import f\nprint(f())\n",
        "pkg/a.py": "def f():\n    return VALUE\n",
        "pkg/b.py": "from pkg.a import f as old\ndef f():\n    return old()\n",
    },
    "an alias of a module": {
        "main.py": "from pkg.b import tools\nprint(tools.f())\n",
        "pkg/a.py": "def f():\n    return VALUE\n",
        "pkg/b.py": "import pkg.a as tools\n",
    },
    "an alias of an alias of a module": {
        "main.py": "from pkg import c\nprint(c.b.tools.f())\n",
        "pkg/a.py": "def f():\n    return VALUE\n",
        "pkg/b.py": "import pkg.a as tools\n",
        "pkg/c.py": "from pkg import b\n",
    },
    "a sibling of the script": {
        "main.py": "import runpy, sys\nsys.path.insert(0, 'tools')\nimport side\nprint(side.f())\n",
        "tools/side.py": "def f():\n    return VALUE\n",
    },
    "an exception that is caught": {
        "main.py": "from pkg.b import f\nprint(f())\n",
        "pkg/a.py": "class E(Exception):\n    code = VALUE\n\ndef fail():\n    raise E\n",
        "pkg/b.py": "from pkg import a\n\ndef f():\n    try:\n        a.fail()\n    except Exception as e:\n        return e.code\n",
    },
    "a context manager": {
        "main.py": "from pkg.a import M\nwith M() as m:\n    print(m)\n",
        "pkg/a.py": "class M:\n    def __enter__(self):\n        return VALUE\n\n    def __exit__(self, *a):\n        pass\n",
    },
    "an abstract class": {
        "main.py": "from pkg.b import run\nfrom pkg.a import Real\nprint(run(Real()))\n",
        "pkg/a.py": "import abc\n\nclass Base(abc.ABC):\n    @abc.abstractmethod\n    def m(self): ...\n\nclass Real(Base):\n    def m(self):\n        return VALUE\n",
        "pkg/b.py": "def run(one):\n    return one.m()\n",
    },
    "a virtual subclass": {
        "main.py": "from pkg.a import C\nimport pkg.b\nfrom pkg.base import Base\nprint(isinstance(C(), Base) and C.v)\n",
        "pkg/base.py": "import abc\n\nclass Base(abc.ABC):\n    pass\n",
        "pkg/a.py": "class C:\n    v = VALUE\n",
        "pkg/b.py": "from pkg.a import C\nfrom pkg.base import Base\nBase.register(C)\n",
    },
    "a submodule of a package held as a value": {
        "main.py": "import pkg.a\nthe = pkg\nprint(the.a.f())\n",
        "pkg/a.py": "def f():\n    return VALUE\n",
    },
}
"""By what ties them."""


def with_value(files: Mapping[str, str], value: int) -> dict[str, str]:
    """The files of a program, `pkg` a package in any case."""
    return {path: text.replace("VALUE", str(value)) for path, text in ({"pkg/__init__.py": ""} | dict(files)).items()}
