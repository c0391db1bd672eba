"""Which interpreters, debuggers and odd builds this machine has to test with.

scripts/get-pythons, get-debuggers and get-flavours write what they fetched into index files in
the cache folder; where those do not exist, what the machine has anyway is found (pyenv, the
system's Python, gdb and lldb on PATH). Something that is not there makes a skip that names it,
unless HOGNOSE_REQUIRED_PYTHONS or HOGNOSE_REQUIRED_DEBUGGERS (comma lists of names) demands it:
then it makes a failure, so that a test run cannot pass by testing nothing.

HOGNOSE_QUICK (scripts/test --quick) leaves what was fetched alone: its gdb, its lldb, and of the
machine's own Pythons the system's, the oldest and the newest. HOGNOSE_NO_DEBUGGER with it (scripts/mutate) takes what
was fetched, as there is the time.
"""

import functools
import glob
import json
import os
import re
import shutil
import subprocess
from collections import namedtuple

TESTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
ROOT = os.path.dirname(TESTS)
PROGRAMS = os.path.join(TESTS, "programs")
VERSION_FILES = os.path.join(ROOT, "core", "layout", "versions")

#: The minor versions that hognose knows, one file each; each must be tested by at least one interpreter.
KNOWN_MINORS = sorted(
    (os.path.basename(path)[:-4].replace(".0", ".") for path in glob.glob(os.path.join(VERSION_FILES, "3.*.def"))),
    key=lambda version: int(version.split(".")[1]),
)

Python = namedtuple("Python", "name command version flavour")
Debugger = namedtuple("Debugger", "name kind path version args")
Missing = namedtuple("Missing", "name what remedy")


def cache_folder():
    base = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return os.environ.get("HOGNOSE_CACHE") or os.path.join(base, "hognose")


def build_folder():
    return os.path.abspath(os.environ.get("HOGNOSE_BUILD") or os.path.join(ROOT, "build"))


def plugin_path(kind):
    """What a debugger of this kind loads; it may not have been built."""
    if kind == "none":
        skip_without_debugger()
    return os.path.join(build_folder(), {"gdb": "hognose-gdb.py", "lldb": "hognose-lldb.so"}[kind])


def version_key(version):
    """Something to sort and compare versions by: (3, 13, 0)."""
    return tuple(int(number) for number in re.findall(r"\d+", version)[:3])


def minor_of(version):
    return "%d.%d" % version_key(version)[:2]


def is_quick():
    return bool(os.environ.get("HOGNOSE_QUICK")) and not os.environ.get("HOGNOSE_NO_DEBUGGER")


def read_index(group):
    """The entries of a group whose files are still there; None where the index itself is missing, or is not wanted."""
    if is_quick():
        return None
    try:
        with open(os.path.join(cache_folder(), group, "index.json")) as file:
            return json.load(file)
    except OSError:
        return None


# ---- interpreters ----


@functools.lru_cache(maxsize=None)
def pythons():
    """Every Python 3 there is, oldest first."""
    index = read_index("pythons")
    found = (
        found_pythons()
        if index is None
        else [
            Python(entry["name"], [entry["path"]], entry["version"], tuple(entry["flavour"]))
            for entry in index
            if os.access(entry["path"], os.X_OK)
        ]
    )
    known = [python for python in found if minor_of(python.version) in KNOWN_MINORS]
    known.sort(key=lambda python: (version_key(python.version), python.name))
    if is_quick():
        known = [python for python in known if python in (known[0], known[-1]) or python.name == "system"]
    return known


def one_of_each():
    """A Python of each minor version; a free-threaded one besides."""
    found = {}
    for python in pythons():
        found.setdefault((minor_of(python.version), "free-threaded" in python.flavour), python)
    return list(found.values())


def found_pythons():
    """What pyenv and the system have, where nothing has been fetched."""
    candidates = [
        ("pyenv-" + os.path.basename(folder), os.path.join(folder, "bin", "python3"))
        for folder in glob.glob(os.path.expanduser("~/.pyenv/versions/3.*"))
    ]
    candidates.append(("system", "/usr/bin/python3"))
    versions = ((name, path, ask_version(path)) for name, path in candidates)
    return [Python(name, [path], version, ("release",)) for name, path, version in versions if version]


def ask_version(path):
    try:
        words = subprocess.run(
            [path, "--version"], stdout=subprocess.PIPE, timeout=30, stderr=subprocess.STDOUT, universal_newlines=True
        ).stdout.split()
    except OSError:
        return None
    return words[1] if len(words) > 1 else None


@functools.lru_cache(maxsize=None)
def flavours():
    """Programs with a Python inside: embedded, bundled, in a server."""
    index = read_index("flavours") or []
    return [
        Python(entry["name"], entry["command"], entry["version"], tuple(entry["flavour"]))
        for entry in index
        if os.access(entry["command"][0], os.X_OK)
    ]


@functools.lru_cache(maxsize=None)
def pythons_and_gaps():
    """Every interpreter, and a Missing for each known minor version and required name that is not there."""
    gaps = [
        Missing("python" + minor, "Python " + minor, "scripts/get-pythons fetches it")
        for minor in KNOWN_MINORS
        if not is_quick() and not any(minor_of(p.version) == minor for p in pythons())
    ]
    gaps += [
        Missing(name, "the required Python " + name, "scripts/get-pythons fetches it")
        for name in missing_of(required("PYTHONS"), pythons() + flavours())
        if name not in KNOWN_MINORS
    ]
    return pythons() + gaps


@functools.lru_cache(maxsize=None)
def flavours_and_gaps():
    remedy = "scripts/test without --quick has them" if is_quick() else "scripts/get-flavours builds some"
    return flavours() or [Missing("flavours", "a program with Python inside", remedy)]


# ---- debuggers ----


@functools.lru_cache(maxsize=None)
def debuggers():
    """Every debugger there is, by kind and version."""
    index = read_index("debuggers")
    found = (
        found_debuggers()
        if index is None
        else [
            Debugger(entry["name"], entry["kind"], entry["path"], entry["version"], tuple(entry["args"]))
            for entry in index
            if os.access(entry["path"], os.X_OK)
        ]
    )
    return sorted(found, key=lambda debugger: (debugger.kind, version_key(debugger.version)))


def found_debuggers():
    found = []
    for kind, names in (("gdb", ["gdb"]), ("lldb", ["lldb-19", "lldb-14", "lldb"])):
        path = next(filter(None, map(shutil.which, names)), None)
        if path:
            text = subprocess.run([path, "--version"], stdout=subprocess.PIPE, universal_newlines=True).stdout
            version = re.search(r"\d+\.\d+[\d.]*", text).group(0)
            found.append(Debugger("%s-%s" % (kind, version), kind, path, version, ()))
    return found


class NoDebugger(Debugger):
    """What types py- commands without one: tests/tools/run_session.c, started by run() of debugger.py alone.

    A test that wants a debugger for more starts it itself, or looks up what its kind says of something: it is skipped.
    """

    @property
    def path(self):
        skip_without_debugger()


class NoKind(str):
    """In no table of what gdb and lldb say."""

    def __hash__(self):
        return hash(skip_without_debugger())


def no_debugger():
    return NoDebugger("none", NoKind("none"), None, "1", ())


def session_path():
    return os.path.join(build_folder(), "tests", "run_session")


def skip_without_debugger():
    import pytest  # scripts that have a real debugger do without

    pytest.skip("it takes a debugger, and HOGNOSE_NO_DEBUGGER is set")


@functools.lru_cache(maxsize=None)
def debuggers_and_gaps():
    gaps = [
        Missing(kind, kind, "scripts/get-debuggers fetches it")
        for kind in ("gdb", "lldb")
        if not any(d.kind == kind for d in debuggers())
    ]
    gaps += [
        Missing(name, "the required debugger " + name, "scripts/get-debuggers fetches it")
        for name in missing_of(required("DEBUGGERS"), debuggers())
    ]
    return debuggers() + gaps


def main_debugger(kind):
    """The debugger of a kind for tests that run in only one: the machine's own, else the newest."""
    of_kind = [debugger for debugger in debuggers() if debugger.kind == kind]
    own = [debugger for debugger in of_kind if debugger.path.startswith("/usr/bin/")]
    gaps = [gap for gap in debuggers_and_gaps() if isinstance(gap, Missing) and gap.name.startswith(kind)]
    return (own or of_kind[-1:] or gaps)[0]


# ---- what must not be missing ----


def required(group):
    """The names that HOGNOSE_REQUIRED_<group> demands; none when it is unset."""
    words = os.environ.get("HOGNOSE_REQUIRED_" + group, "")
    return [word.strip() for word in words.split(",") if word.strip()]


def missing_of(names, things):
    return [name for name in names if not any(answers_to(name, thing) for thing in things)]


def answers_to(name, thing):
    """A name is a full one ("sid-3.15", "gdb-13.1"), a version or the beginning of one, or a debugger's kind."""
    return (
        name == thing.name
        or name == getattr(thing, "kind", None)
        or thing.version == name
        or thing.version.startswith(name + ".")
    )


def is_required(missing):
    """Whether this gap was demanded not to be one."""
    wanted = required("PYTHONS") + required("DEBUGGERS")
    return missing.name in wanted or missing.name.replace("python", "", 1) in wanted


# ---- programs ----


def program_path(name):
    return os.path.join(PROGRAMS, name + ".py")


@functools.lru_cache(maxsize=None)
def program_requires(name):
    """The oldest Python on which a program runs, from its "# requires:" line."""
    with open(program_path(name), encoding="utf-8") as file:
        match = re.search(r"^# requires: ([\d.]+)$", file.read(2000), re.MULTILINE)
    return match.group(1) if match else "3.6"


def can_run(python, program):
    return version_key(python.version) >= version_key(program_requires(program))
