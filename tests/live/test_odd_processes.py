"""Processes that are not what their files say: where finding Python is the hard part.

Started through the loader by hand, upgraded or deleted underneath, living in a container; and
debuggers that are set up otherwise than the tests' usual way: no symbols, no libraries, two
processes at once, CPython's own gdb script loaded before.
"""

import json
import os
import re
import shutil
import subprocess

import pytest
from test_cli import dump, few_pythons

import compare
import debugger as debuggers
import discover
from debuggee import Debuggee, system_calls, wait_for

LOADER = "/lib64/ld-linux-x86-64.so.2"

#: Makes a root of its own, with the Python to run at /opt/python, which the machine itself lacks.
CONTAINER = r"""
set -e
root=$1 python=$2; shift 2
mount -t tmpfs tmpfs "$root"; cd "$root"
mkdir -p usr dev proc tmp old opt/python ".$TESTS"
ln -s usr/bin usr/lib usr/lib64 usr/sbin .
for folder in usr dev tmp; do mount --rbind "/$folder" "$folder"; done
mount --bind "$python" opt/python
mount --bind "$TESTS" ".$TESTS"
if [ $$ = 1 ]; then mount -t proc proc proc; else mount --rbind /proc proc; fi
pivot_root . old; umount -l /old
exec env LD_LIBRARY_PATH=/opt/python/lib PYTHONHOME=/opt/python "$@"
"""


def python_named(name):
    for python in discover.pythons():
        if python.name == name:
            return python
    return pytest.skip("%s is not here; scripts/get-pythons fetches it" % name)


def shared_python():
    """One with a libpython of its own, the newest that is no debug build."""
    for python in reversed(discover.pythons()):
        if {"shared", "release"} <= set(python.flavour) and python.name.startswith("pyenv"):
            return python
    return pytest.skip("no Python with a shared libpython is here; pyenv installs some")


def check_live(debugger, process, **expectations):
    dump = debuggers.dump(debugger, debuggers.live(process.pid))
    compare.assert_same(dump, process.truth, pid=process.pid, **expectations)


@pytest.mark.parametrize("core_by", ["gcore", "kernel"])
@pytest.mark.parametrize("name", ["system", "pyenv-3.12.1", "sid-3.15"])
@pytest.mark.slow
def test_started_through_the_loader(debugger, name, core_by):
    """The executable of the process is ld.so; Python is but one of its mapped files."""
    python = python_named(name)
    tree = python.command[0].partition("/usr/bin/")[0]
    own = tree + "/usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2"
    loader = own if tree and os.path.exists(own) else LOADER
    with Debuggee(python._replace(command=[loader, *python.command]), "threads", core_limit=-1) as process:
        assert os.path.basename(process.executable()).startswith("ld-linux")
        check_live(debugger, process)
        core = process.gcore() if core_by == "gcore" else process.kernel_core()
        if core:
            compare.assert_same(debuggers.dump(debugger, debuggers.core(core)), process.truth)


@pytest.mark.parametrize("fate", ["deleted", "replaced"])
def test_executable_gone(debugger, any_python, tmp_path, fate):
    copy = tmp_path / "python"
    shutil.copy(any_python.command[0], copy)
    environment = {"PYTHONHOME": "/usr"}
    python = any_python._replace(command=[str(copy)])
    with Debuggee(python, "threads", environment=environment) as process:
        meet_its_fate(copy, fate)
        check_live(debugger, process)


@pytest.mark.parametrize("fate", ["deleted", "replaced"])
def test_library_gone(debugger, tmp_path, fate):
    """What a package upgrade under a running service does."""
    python = shared_python()
    prefix = os.path.dirname(os.path.dirname(os.path.realpath(python.command[0])))
    library = next(name for name in os.listdir(prefix + "/lib") if name.endswith(".so.1.0"))
    shutil.copy(os.path.join(prefix, "lib", library), tmp_path / library)
    with Debuggee(python, "threads", environment={"LD_LIBRARY_PATH": str(tmp_path)}) as process:
        with open("/proc/%d/maps" % process.pid) as maps:
            assert str(tmp_path / library) in maps.read()
        meet_its_fate(tmp_path / library, fate)
        check_live(debugger, process)


@pytest.mark.parametrize("how", ["python", "python,all", "python,file"])
@pytest.mark.parametrize("name", ["system", "pyenv-3.12.1", "pbs-3.14"])
def test_code_moved_to_huge_pages(debugger, tmp_path, name, how):
    """iodlr, BOLT and others: the mapping of the code, or all but the data, is no longer of the file."""
    python = python_named(name)
    library = tmp_path / "moved.so"
    if not shutil.which("cc"):
        pytest.skip("there is no C compiler")
    source = os.path.join(discover.PROGRAMS, "moved_text.c")
    subprocess.run(["cc", "-shared", "-fPIC", "-o", library, source], check=True)
    environment = {"LD_PRELOAD": str(library), "MOVED_TEXT": how}
    with Debuggee(python, "threads", environment=environment) as process:
        with open("/proc/%d/maps" % process.pid) as maps:
            code = [line for line in maps if "x" in line.split()[1] and "python" in line]
        assert not [line for line in code if "/lib-dynload/" not in line], code
        check_live(debugger, process)
        if how == "python,all":
            compare.assert_same(debuggers.dump(debugger, debuggers.core(process.gcore())), process.truth)


def meet_its_fate(path, fate):
    path.unlink()
    if fate == "replaced":
        shutil.copy("/bin/true", path)


@pytest.mark.parametrize(
    "namespaces", [["--mount"], ["--mount", "--pid", "--fork", "--kill-child"]], ids=["mount", "mount-and-pid"]
)
def test_container(debugger, tmp_path, namespaces):
    """Its files lie in its own root, and nothing of the kind lies in ours."""
    if os.geteuid() != 0:
        pytest.skip("making a container needs root")
    python = shared_python()
    prefix = os.path.dirname(os.path.dirname(os.path.realpath(python.command[0])))
    inside = "/opt/python/bin/" + os.path.basename(os.path.realpath(python.command[0]))
    command = [
        "unshare",
        *namespaces,
        "--propagation",
        "private",
        "sh",
        "-c",
        CONTAINER,
        "sh",
        str(tmp_path),
        prefix,
        inside,
    ]
    with Debuggee(python._replace(command=command), "threads", environment={"TESTS": discover.TESTS}) as process:
        assert not os.path.exists(inside)
        check_live(debugger, process, native_ids="--pid" not in namespaces)


def test_core_of_a_container_with_a_sysroot(gdb):
    """libthread_db, which the sysroot lets gdb find, makes threads up from the ids within the container."""
    python = python_named("pyenv-3.12.1")
    command = [shutil.which("unshare"), "--mount-proc", "--pid", "--fork", "--kill-child", *python.command]
    with Debuggee(python._replace(command=command), "threads") as process:
        outer = {int(task) for task in os.listdir("/proc/%d/task" % process.pid)}
        path = os.path.join(process.folder, "dump.json")
        outcome = debuggers.run(
            gdb, debuggers.core(process.gcore()), "set sysroot /", "info threads", "py-dump --json -o " + path
        )
        assert outcome.status == 0, outcome.stderr
        with open(path, encoding="utf-8") as file:
            dump = json.load(file)
        compare.assert_same(dump, process.truth, pid=process.pid, native_ids=False)
    by_gdb = dict(re.findall(r"^[* ] (\d+) .*\bLWP (\d+)\b", outcome.stdout, re.MULTILINE))
    for thread in dump["threads"]:
        assert thread["os_thread_id"] in outer
        assert by_gdb[str(thread["debugger_thread"])] == str(thread["os_thread_id"])


# ---- other set-ups of gdb ----


@pytest.mark.parametrize(
    "options",
    [
        ["-readnever"],
        ["-iex", "set auto-solib-add off"],
        ["-iex", "set auto-load no"],
        ["-readnever", "-iex", "set auto-solib-add off"],
        ["-iex", "set non-stop on"],
    ],
    ids=["readnever", "no-libraries", "no-auto-load", "neither", "non-stop"],
)
@pytest.mark.parametrize("name", ["system", "pyenv-3.12.1"])
@pytest.mark.slow
def test_gdb_set_up_otherwise(gdb, name, options):
    with Debuggee(python_named(name), "threads") as process:
        dump = debuggers.dump(gdb, debuggers.live(process.pid), options=options)
        compare.assert_same(dump, process.truth, pid=process.pid)


def test_with_the_script_of_cpython(gdb):
    """python-gdb.py has commands such as py-bt; both work, and neither takes the other's away."""
    python = python_named("pyenv-3.11.7")
    with Debuggee(python, "threads") as process:
        outcome = debuggers.run(
            gdb, debuggers.live(process.pid), "help py-locals", "py-dump", options=["-iex", "set auto-load safe-path /"]
        )
    assert outcome.status == 0, outcome.stderr
    assert "Look up the given python variable name" in outcome.stdout or "py-locals" in outcome.stdout
    assert "want_lock_in_with" in outcome.stdout


def test_two_inferiors(gdb, tmp_path):
    """Two versions in one gdb; each command looks at the selected one."""
    first_json, second_json = tmp_path / "first", tmp_path / "second"
    with (
        Debuggee(python_named("pyenv-3.8.18"), "threads") as first,
        Debuggee(python_named("pyenv-3.13.0"), "threads") as second,
    ):
        outcome = debuggers.run(
            gdb,
            debuggers.live(first.pid),
            "add-inferior",
            "inferior 2",
            "attach %d" % second.pid,
            "py-dump --json -o %s" % second_json,
            "inferior 1",
            "py-dump --json -o %s" % first_json,
        )
        assert outcome.status == 0, outcome.stderr
        for process, path in ((first, first_json), (second, second_json)):
            compare.assert_same(json.loads(path.read_text()), process.truth, pid=process.pid)


def test_two_targets(lldb, tmp_path):
    first_json, second_json = tmp_path / "first", tmp_path / "second"
    with (
        Debuggee(python_named("pyenv-3.8.18"), "threads") as first,
        Debuggee(python_named("pyenv-3.13.0"), "threads") as second,
    ):
        outcome = debuggers.run(
            lldb,
            debuggers.live(first.pid),
            "target create %s" % second.executable(),
            "process attach --pid %d" % second.pid,
            "py-dump --json -o %s" % second_json,
            "target select 0",
            "py-dump --json -o %s" % first_json,
        )
        assert outcome.status == 0, outcome.stderr
        for process, path in ((first, first_json), (second, second_json)):
            compare.assert_same(json.loads(path.read_text()), process.truth, pid=process.pid)


# ---- other set-ups of Python ----


@pytest.mark.parametrize("python", [one for one in discover.pythons() if discover.version_key(one.version) >= (3, 11)])
def test_no_debug_ranges(gdb, python):
    """-X no_debug_ranges leaves lines but no columns, in another encoding."""
    with Debuggee(python, "lines", options=["-X", "no_debug_ranges"]) as process:
        check_live(gdb, process)


@pytest.mark.parametrize("name", ["sid-3.14", "sid-3.15"])
def test_with_the_jit(gdb, name):
    python = python_named(name)
    with Debuggee(python, "operators", environment={"PYTHON_JIT": "1"}) as process:
        check_live(gdb, process)


@pytest.mark.parametrize("python", [one for one in discover.pythons() if one.version.startswith("3.11.")])
def test_incomplete_frame(debugger, python):
    """Garbage collected in the prologue of a function: its frame is there, flagged, and no line is guessed."""
    with Debuggee(python, "gc_collecting", "incomplete") as process:
        dump = debuggers.dump(debugger, debuggers.live(process.pid))
    compare.assert_same(dump, process.truth)
    incomplete = [frame for thread in dump["threads"] for frame in thread["frames"] if frame["incomplete"]]
    assert [(frame["name"], frame["line"]) for frame in incomplete] == [("with_a_cell", None)]


@pytest.mark.parametrize("python", discover.pythons())
def test_threading_is_being_imported(gdb, python):
    """It names no thread yet, and nothing is missing."""
    with Debuggee(python, "half_imported") as process:
        dump = debuggers.dump(gdb, debuggers.live(process.pid))
    assert dump["complete"], dump["warnings"]
    (thread,) = dump["threads"]
    assert [frame["name"] for frame in thread["frames"]] == ["wait_here", "<module>", "main", "<module>"]
    assert thread["thread_name"] != "MainThread"


@pytest.mark.parametrize("name", ["pyenv-3.6.15", "system", "sid-3.15"])
@pytest.mark.slow
def test_hundred_thousand_frames(gdb, name):
    with Debuggee(python_named(name), "recursion", 100000) as process:
        check_live(gdb, process)


BESIDE_EACH_OTHER = """
import ctypes, json, os, sys, threading
tids = {}
def begin():
    tids[threading.current_thread().name] = ctypes.CDLL(None).gettid()
def computes():
    begin()
    ctypes.CDLL("libcrypt.so.1").crypt(b"", b"$6$rounds=999999999$salt")
def waits():
    begin()
    threading.Event().wait()
for i, work in enumerate((waits, computes, computes, waits, computes, waits)):
    threading.Thread(target=work, name="%s-%d" % (work.__name__, i), daemon=True).start()
while len(tids) < 6:
    pass
with open(sys.argv[1] + ".next", "w") as file:
    json.dump(tids, file)
os.rename(sys.argv[1] + ".next", sys.argv[1])
ctypes.PyDLL(None).sleep(600)
"""


@pytest.mark.parametrize("python", few_pythons())
@pytest.mark.parametrize("options", [(), ("--stop",)], ids=["running", "stop"])
def test_stacks_in_one_mapping(python, options, tmp_path):
    """From glibc 2.42 on Linux 6.13 no guard pages divide the mappings of stacks; who runs has no stack pointer.

    Nobody can come to the GIL, so nobody need be held.
    """
    ready = tmp_path / "ready"
    process = subprocess.Popen([*python.command, "-c", BESIDE_EACH_OTHER, str(ready)])
    try:
        assert wait_for(ready.exists, 30) and wait_for(lambda: system_calls(process.pid)[process.pid] == "230", 30)
        document = dump(process.pid, *options)
        assert document["complete"], document["warnings"]
        found = {
            thread["thread_name"]: thread["os_thread_id"]
            for thread in document["threads"]
            if any(frame["name"] in ("computes", "waits") for frame in thread["frames"])
        }
        assert found == json.loads(ready.read_text())
        assert len(document["threads"]) == 7
    finally:
        process.kill()
        process.wait()
