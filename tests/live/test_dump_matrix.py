"""py-dump against the truth: interpreter x debugger x live, core, core alone, remote.

The whole square would take an hour, so it is covered by its edges: every program with every
interpreter, live, in the machine's own gdb; the programs with the most shapes also in lldb,
from cores and over gdbserver; every version of both debuggers with a few interpreters that
differ most. A debuggee is started once and looked at in several ways.
"""

import pytest

import compare
import debugger as debuggers
import discover
from debuggee import Debuggee

PYTHONS = discover.pythons_and_gaps()

#: Program and its arguments.
PROGRAMS = [
    ("threads",),
    ("shapes",),
    ("operators",),
    ("lines",),
    ("names",),
    ("coroutines",),
    ("generations",),
    ("native",),
    ("forked",),
    ("shutdown", "join"),
    ("shutdown", "atexit"),
    ("gc_collecting", "del"),
    ("gc_collecting", "callback"),
    ("gc_collecting", "weakref"),
    ("recursion",),
    ("subinterpreters",),
    ("manythreads", 302),
    ("syntax_3_8",),
    ("syntax_3_10",),
    ("syntax_3_11",),
    ("syntax_3_12",),
    ("syntax_3_14",),
]

MANY_SHAPES = ("threads", "shapes")

#: One of each way to differ: oldest, static and stripped, free-threaded, newest.
FEW_PYTHONS = ("pyenv-3.6.15", "system", "313t", "sid-3.15")


def runnable_cases():
    for python in PYTHONS:
        for program in PROGRAMS:
            if isinstance(python, discover.Missing):
                yield pytest.param(python, PROGRAMS[0], id=python.name)
                break
            if discover.can_run(python, program[0]):
                marks = [] if python.name == "system" or program[0] in MANY_SHAPES else [pytest.mark.slow]
                yield pytest.param(python, program, id="-".join([python.name, *map(str, program)]), marks=marks)


def few_pythons():
    usable = [python for python in discover.pythons() if python.name in FEW_PYTHONS]
    return usable or discover.pythons()[:1]


def check_all(dumps, process, **expectations):
    """`dumps`: label to a function that makes the dump. Fails with every difference of every dump."""
    found = []
    for label, make_dump in dumps:
        try:
            differences = compare.differences(make_dump(), process.truth, pid=process.pid, **expectations)
        except debuggers.DebuggerError as problem:
            differences = [str(problem)]
        found += ["%s: %s" % (label, one) for one in differences]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("python, program", runnable_cases())
def test_live_in_gdb(python, program, gdb):
    with Debuggee(python, *program) as process:
        compare.assert_same(debuggers.dump(gdb, debuggers.live(process.pid)), process.truth, pid=process.pid)


@pytest.mark.parametrize("program", MANY_SHAPES)
@pytest.mark.parametrize("python", PYTHONS)
def test_live_in_lldb(python, program, lldb):
    with Debuggee(python, program) as process:
        compare.assert_same(debuggers.dump(lldb, debuggers.live(process.pid)), process.truth, pid=process.pid)


@pytest.mark.parametrize("python", few_pythons())
@pytest.mark.parametrize("any_debugger", discover.debuggers_and_gaps())
def test_every_debugger(any_debugger, python):
    with Debuggee(python, "threads") as process:
        check_all(
            [
                ("live", lambda: debuggers.dump(any_debugger, debuggers.live(process.pid))),
                ("core", lambda: debuggers.dump(any_debugger, debuggers.core(process.gcore()))),
            ],
            process,
        )


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.slow
def test_core_of_gcore(python, gdb, lldb):
    """Written by gdb while the process lives; opened with and without the executable."""
    with Debuggee(python, "shapes") as process:
        check_all(ways_to_open(process.gcore(), process.executable(), gdb, lldb), process)


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.slow
def test_core_of_kernel(python, gdb, lldb):
    """Written by the kernel when the process aborts."""
    with Debuggee(python, "threads", core_limit=-1) as process:
        executable = process.executable()
        core = process.kernel_core()
        if core is None:
            pytest.skip("/proc/sys/kernel/core_pattern sends core files elsewhere")
        check_all(ways_to_open(core, executable, gdb, lldb), process)


def ways_to_open(core, executable, *kinds):
    for one in kinds:
        yield one.name + ", core", lambda d=one: debuggers.dump(d, debuggers.core(core, executable))
        yield one.name + ", core alone", lambda d=one: debuggers.dump(d, debuggers.core(core))


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.slow
def test_remote(python, gdb, lldb):
    """Over gdbserver; in gdb also as on another machine, with none of the files at hand."""
    elsewhere = ["-iex", "set sysroot /nowhere"]
    with Debuggee(python, "threads") as process:
        check_all(
            [
                ("gdb, remote", lambda: debuggers.dump_remote(gdb, process.pid)),
                ("gdb, remote, no files", lambda: debuggers.dump_remote(gdb, process.pid, options=elsewhere)),
                ("gdb, remote, executable", lambda: debuggers.dump_remote(gdb, process.pid, process.executable())),
                ("lldb, remote", lambda: debuggers.dump_remote(lldb, process.pid)),
            ],
            process,
        )


@pytest.mark.parametrize("program", MANY_SHAPES)
@pytest.mark.parametrize("flavour", discover.flavours_and_gaps())
def test_flavour(flavour, program, gdb, lldb):
    """Pythons inside of other programs: embedded, bundled, in a server."""
    with Debuggee(flavour, program) as process:
        core = process.gcore()
        check_all(
            [
                ("gdb, live", lambda: debuggers.dump(gdb, debuggers.live(process.pid))),
                ("lldb, live", lambda: debuggers.dump(lldb, debuggers.live(process.pid))),
                *ways_to_open(core, process.executable(), gdb),
            ],
            process,
        )
