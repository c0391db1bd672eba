"""py-why of waits inside of libraries and of CPython itself: tests/programs/library_waits.py says what they are."""

import os

import pytest
import why_truth

import debugger as debuggers
import discover
from debuggee import Debuggee

FEW_PYTHONS = ("pyenv-3.6.15", "pyenv-3.8.18", "system", "pyenv-3.12.1", "pyenv-3.13.0", "pbs-3.14", "313t", "sid-3.15")
#: Where variables lie that no symbol names is up to them and their linkers.
MORE_COMPILERS = ("bullseye-3.9", "bullseye-3.9-dbg", "pbs-3.10", "pbs-3.11")
#: In a core what the kernel alone knows is missing.
OF_THE_KERNEL = ("database",)


def few_pythons(names=FEW_PYTHONS):
    usable = [python for python in discover.pythons() if python.name in names]
    return usable or discover.pythons()[:1]


def without_pid(truth):
    return dict(truth, waits=[dict(wait, pid=None, grade=grade_in_core(wait)) for wait in truth["waits"]])


def grade_in_core(wait):
    return "not_recorded" if wait["kind"] in OF_THE_KERNEL else wait["grade"]


def check_live(python, gdb, shape):
    with Debuggee(python, "library_waits", shape) as process:
        live = debuggers.live(process.pid)
        found = why_truth.look_until_true(lambda: debuggers.json_of(gdb, live, "py-why"), process.truth)
        assert not found, "\n".join(found)


def check(python, gdb, shape):
    with Debuggee(python, "library_waits", *([shape] if shape else [])) as process:
        live = debuggers.live(process.pid)
        found = why_truth.look_until_true(lambda: debuggers.json_of(gdb, live, "py-why"), process.truth)
        assert not found, "\n".join(found)
        core = debuggers.core(process.gcore())
        document = debuggers.json_of(gdb, core, "py-why")
        found = why_truth.wait_differences(document, without_pid(process.truth), live=False)
        assert not found, "\n".join(found)


@pytest.mark.parametrize("python", few_pythons())
def test_databases_and_multiprocessing(python, gdb):
    check(python, gdb, "")


@pytest.mark.parametrize("python", few_pythons())
def test_what_the_kernel_alone_knows(python, gdb):
    check_live(python, gdb, "kernel")


@pytest.mark.parametrize("shape", ("imports", "imports-main"))
@pytest.mark.parametrize("python", few_pythons(FEW_PYTHONS + MORE_COMPILERS))
def test_imports(python, shape, gdb):
    check(python, gdb, shape)


@pytest.mark.parametrize("python", few_pythons())
def test_names_of_hosts(python, gdb):
    if os.geteuid() != 0:
        pytest.skip("a server of names that never answers takes root")
    check(python, gdb, "names")


@pytest.mark.parametrize("shape", ("sections", "stops", "stops-main"))
@pytest.mark.parametrize("python", [one for one in few_pythons() if "free-threaded" in one.flavour])
def test_free_threaded(python, shape, gdb):
    check(python, gdb, shape)
