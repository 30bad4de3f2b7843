#!/bin/sh
# Makes the virtual environment named by $1 with the first Python that will do, or says what is
# missing. With --find it only prints that Python. Called by the Makefile and .ci/run. PYTHON, when
# set, is the only candidate.
set -eu

target=$1
if [ -n "${PYTHON:-}" ]; then
    set -- "$PYTHON"
else
    set -- python3 python3.11 python3.12 python3.13 python3.14 python
fi

# An environment that works is kept: somebody may have put more into it.
if [ "$target" != --find ] && "$target/bin/python" -c 'import sys, pip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    exit 0
fi

# A Python without ensurepip (Debian splits it off) cannot make a usable environment.
usable='import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))'
for candidate in "$@"; do
    if "$candidate" -c "$usable" >/dev/null 2>&1; then
        if [ "$target" = --find ]; then
            echo "$candidate"
        else
            "$candidate" -m venv --clear "$target"
        fi
        exit 0
    fi
done

echo "Seatrial needs Python 3.11 or newer with its venv module. Looked for: $*" >&2
for candidate in "$@"; do
    if version=$("$candidate" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null); then
        case $version in
            2.* | 3.? | 3.10) echo "  $candidate is Python $version: too old" >&2 ;;
            *) echo "  $candidate is Python $version without venv; on Debian or Ubuntu: apt-get install python$version-venv" >&2 ;;
        esac
    fi
done
echo "next: install one, or name one: make PYTHON=/path/to/python3.11 demo" >&2
exit 1
