"""What a stage's Python processes read, written down as they read it. Runs in the user's interpreter.

Its folder comes first in the PYTHONPATH of every command and holds nothing but this file, so that each Python
process imports it before any other code. It hooks the audit events of the interpreter, takes its folder
out of `sys.path`, and then imports the `sitecustomize` that would have been found without it.

    $SEATRIAL_TRACE + PID      one file a process, lines of KIND TIME STAMP TEXT, which `audit.py` reads

Rules of this file: it needs nothing but the interpreter, from 3.8 on, and can be parsed by any older one,
which is then not traced. Nothing it does may be noticed by the program: whatever fails here is kept here,
except what a signal handler of the program raises meanwhile. A line is written before the thing happens,
in one call, so that a process that is killed loses none. Other threads may be at it at the same time,
and the program may close our descriptor: then another file has its number, which is looked at each time.
"""

# ruff: noqa: ARG001, BLE001, C901, PTH100, PTH120, S110, SIM105, SLF001, UP031  (any Python can load this, and quickly)

import os
import sys


def _install(prefix):  # type: (str) -> None
    import atexit
    from time import monotonic_ns as now

    getpid, getcwd, fstat, stat, write = os.getpid, os.getcwd, os.fstat, os.stat, os.write
    fspath, readlink, frame_of, exception = os.fspath, os.readlink, sys._getframe, sys.exc_info
    create, truncate, exclusive = os.O_CREAT, os.O_TRUNC, os.O_EXCL
    own = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_CLOEXEC", 0)
    most = 200000
    read, made, listed = set(), set(), set()  # type: set[str], set[str], set[str]
    known = set()  # type: set[str]  # paths to read as they were given, from the current folder
    file = [-1, 0, 0, 0]  # its descriptor, device and inode, and the process that this one was forked from

    def line(kind, text, stamp=0):  # type: (str, str, int) -> str
        if "\n" in text or "\\" in text:
            text = text.replace("\\", "\\\\").replace("\n", "\\n")
        return "%s %d %d %s\n" % (kind, now(), stamp, text)

    def is_open():  # type: () -> bool
        try:
            status = fstat(file[0])
        except OSError:
            return False
        return status.st_ino == file[2] and status.st_dev == file[1]

    def put(lines):  # type: (str) -> None
        if not is_open():
            file[0] = os.open(prefix + str(getpid()), own, 0o600)
            status = fstat(file[0])
            file[1], file[2] = status.st_dev, status.st_ino
            if file[3]:
                lines, file[3] = line("F", "%d %d" % (getpid(), file[3])) + lines, 0
        write(file[0], lines.encode("utf-8", "surrogateescape"))

    def forked():  # type: () -> None
        try:
            if is_open():  # the file is that of the parent
                os.close(file[0])
        except OSError:
            pass
        file[:] = [-1, 0, 0, os.getppid()]

    def full(path):  # type: (object) -> str | None
        """A path as an absolute text, as it is meant at this moment. None for what names no file."""
        if path is None:
            path = "."
        if type(path) is not str:
            if type(path) is int:
                return readlink("/proc/self/fd/%d" % path)
            if not isinstance(path, (str, bytes)):
                path = fspath(path)  # type: ignore[call-overload]
            path = path.decode("utf-8", "surrogateescape") if isinstance(path, bytes) else str(path)
        if path[:1] == "/":
            return path
        return getcwd() + "/" + path if path else None

    def room(known, path):  # type: (set[str], str) -> bool
        if len(known) < most:
            known.add(path)
            return True
        if "" not in known:
            known.add("")
            put(line("O", ""))
        return False

    def looked_for(path, kind="R"):  # type: (str | None, str) -> None
        """A file is about to be read, or found missing. Its stamp tells later whether it still is the same."""
        if path is None or path in read or path in made or not room(read, path):
            return
        try:
            status = stat(path)
        except (OSError, ValueError):
            put(line("N" if kind == "R" else "n", path))
        else:
            if status.st_mode & 0o170000 == 0o100000:
                put(line(kind, path, status.st_ctime_ns))

    def created(path):  # type: (str | None) -> None
        if path is not None and path not in made and room(made, path):
            put(line("W", path))

    def exists(path):  # type: (str) -> bool
        try:
            stat(path)
            return True
        except (OSError, ValueError):
            return False

    def created_or_read(path):  # type: (str | None) -> None
        if path is not None and path not in read:
            (looked_for if exists(path) else created)(path)

    def opened(args):  # type: (tuple) -> None  # type: ignore[type-arg]
        path, mode, flags = args
        if type(path) is int:
            return
        found = full(path)
        if not flags & (3 | create) and mode is not None and found is not None:  # the usual way, without detours
            if found not in read and found not in made and len(read) < most:
                read.add(found)
                try:
                    status = stat(found)
                except (OSError, ValueError):
                    put(line("N", found))
                else:
                    if status.st_mode & 0o170000 == 0o100000:
                        put(line("R", found, status.st_ctime_ns))
            if len(known) < most:
                known.add(path)
            return
        if flags & (truncate | exclusive):
            created(found)
        elif flags & create:
            # Appending to what is there already is neither.
            if found is not None and not found.startswith(prefix) and not (flags & 3 == 1 and exists(found)):
                created_or_read(found)
        elif flags & 3 != 1:
            # Of `os.open` nobody can tell whether a path is meant from the current folder or from `dir_fd`.
            looked_for(found, "R" if mode is not None or found == path else "r")

    def imported(args):  # type: (tuple) -> None  # type: ignore[type-arg]
        if args[1] is not None:
            looked_for(full(args[1]))

    def loaded(args):  # type: (tuple) -> None  # type: ignore[type-arg]
        if isinstance(args[0], (str, bytes)) and full(args[0]) == args[0]:
            looked_for(full(args[0]))

    def folder_listed(args):  # type: (tuple) -> None  # type: ignore[type-arg]
        # Importing lists every folder of `sys.path`, and so does asking for the version of a package (as importing
        # scikit-learn does); which modules there are is known from the code, and what is installed is environment.
        by = frame_of(2).f_code.co_filename
        if by.startswith("<frozen importlib") or "/importlib/metadata" in by or "/importlib_metadata/" in by:
            return
        path = full(args[0])
        if path is not None and path not in listed and room(listed, path):
            try:
                put(line("L", path, stat(path).st_mtime_ns))
            except (OSError, ValueError):
                put(line("N", path))

    def globbed(args):  # type: (tuple) -> None  # type: ignore[type-arg]
        pattern = args[0]
        if isinstance(pattern, str) and not ("*" in pattern or "?" in pattern or "[" in pattern):
            looked_for(full(pattern))  # the rest is told by the folders that it lists

    def database(args):  # type: (tuple) -> None  # type: ignore[type-arg]
        path = args[0]
        if isinstance(path, bytes):
            path = path.decode("utf-8", "surrogateescape")
        elif not isinstance(path, str):
            path = fspath(path)
        if path.startswith("file:"):
            path = path[5:].partition("?")[0]
        if path and ":memory:" not in path:
            created_or_read(full(path))

    def at(path, folder):  # type: (object, object) -> str | None
        found = full(path)
        return found if folder in (-1, None) or found == path else None

    def removed(path):  # type: (str | None) -> None
        if path is not None:
            made.discard(path)
            read.discard(path)
            known.clear()
            put(line("D", path))

    def renamed(args):  # type: (tuple) -> None  # type: ignore[type-arg]
        removed(at(args[0], args[2] if len(args) > 2 else -1))
        created(at(args[1], args[3] if len(args) > 3 else -1))

    def linked(args):  # type: (tuple) -> None  # type: ignore[type-arg]
        created(at(args[1], args[-1] if len(args) > 2 else -1))

    def unlinked(args):  # type: (tuple) -> None  # type: ignore[type-arg]
        removed(at(args[0], args[1] if len(args) > 1 else -1))

    def folder_made(args):  # type: (tuple) -> None  # type: ignore[type-arg]
        found = at(args[0], args[2] if len(args) > 2 else -1)
        if found is not None and not exists(found):
            created(found)

    def name_of(program):  # type: (object) -> str
        if isinstance(program, bytes):
            return program.decode("utf-8", "surrogateescape")
        return program if isinstance(program, str) else str(fspath(program))  # type: ignore[call-overload]

    def started(args):  # type: (tuple) -> None  # type: ignore[type-arg]
        put(line("X", name_of(args[0])))

    def spawned(args):  # type: (tuple) -> None  # type: ignore[type-arg]
        put(line("X", name_of(args[1])))

    def shelled(args):  # type: (tuple) -> None  # type: ignore[type-arg]
        put(line("X", "/bin/sh"))

    def replaced(args):  # type: (tuple) -> None  # type: ignore[type-arg]
        put(line("E", name_of(args[0])))

    def moved(args):  # type: (tuple) -> None  # type: ignore[type-arg]
        known.clear()

    handlers = {
        "open": opened,
        "import": imported,
        "ctypes.dlopen": loaded,
        "os.listdir": folder_listed,
        "os.scandir": folder_listed,
        "glob.glob": globbed,
        "sqlite3.connect": database,
        "os.rename": renamed,
        "os.link": linked,
        "os.symlink": linked,
        "os.remove": unlinked,
        "os.rmdir": unlinked,
        "os.mkdir": folder_made,
        "subprocess.Popen": started,
        "os.posix_spawn": started,
        "os.spawn": spawned,
        "os.system": shelled,
        "os.exec": replaced,
        "os.chdir": moved,
    }

    def ours(trace):  # type: (object) -> bool
        """Whether an exception arose in this file, and not in a signal handler that ran meanwhile."""
        while trace.tb_next is not None:  # type: ignore[attr-defined]
            trace = trace.tb_next  # type: ignore[attr-defined]
        return trace.tb_frame.f_code.co_filename == here  # type: ignore[attr-defined,no-any-return]

    here = ours.__code__.co_filename

    def hook(event, args):  # type: (str, tuple) -> None  # type: ignore[type-arg]
        if event in handlers:
            if event == "open" and type(args[0]) is str and args[0] in known and not args[2] & 3:
                return  # most files are opened more than once
            try:
                handlers[event](args)
            except Exception:
                if not ours(exception()[2]):
                    raise

    def ended():  # type: () -> None
        try:
            put(line("Z", ""))
        except Exception:
            pass

    name = (getattr(sys, "argv", None) or [""])[0]
    lines = line("S", "%d %d" % (getpid(), os.getppid())) + line("P", sys.executable or "") + line("A", name)
    for path in dict.fromkeys([sys.prefix, sys.base_prefix, sys.exec_prefix, sys.base_exec_prefix]):
        lines += line("I", path)
    for path in sys.path:
        lines += line("J", path)
    if sys.pycache_prefix:
        lines += line("C", sys.pycache_prefix)
    put(lines)
    os.register_at_fork(after_in_child=forked)
    atexit.register(ended)
    sys.addaudithook(hook)


def _leave():  # type: () -> None
    """Take our folder out of the way, and let the `sitecustomize` that lies behind it have its turn."""
    folder = os.path.dirname(os.path.abspath(__file__))
    sys.path[:] = [path for path in sys.path if path != folder]
    this = sys.modules.pop("sitecustomize", None)
    try:
        import sitecustomize  # type: ignore[import-not-found]  # noqa: F401 - loaded for what it does
    except ImportError as error:
        if getattr(error, "name", "sitecustomize") != "sitecustomize":
            raise
    finally:
        if this is not None:
            sys.modules.setdefault("sitecustomize", this)


if os.environ.get("SEATRIAL_TRACE") and hasattr(sys, "addaudithook"):
    try:
        _install(os.environ["SEATRIAL_TRACE"])
    except Exception:
        pass
_leave()
