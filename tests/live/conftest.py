"""What every live test needs: the paths, the parametrisation, and skips that say what is missing.

Run with Debian's own Python and pytest, which no test touches:

    /usr/bin/python3 -m pytest -n 3 tests/live

Other interpreters are only ever debuggees. HOGNOSE_BUILD names another build folder,
HOGNOSE_REQUIRED_PYTHONS and HOGNOSE_REQUIRED_DEBUGGERS turn missing ones from skips into
failures (support/discover.py). HOGNOSE_NO_DEBUGGER=1 does without debuggers, where nothing but
py- commands are typed: quick, and for scripts/mutate.
"""

import os
import sys

import pytest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "support"))

import debuggee
import discover


def pytest_make_parametrize_id(val):
    """sid-3.15 or gdb-13.1 instead of python0, debugger0."""
    return getattr(val, "name", None)


@pytest.fixture(autouse=True)
def nothing_missing(request):
    """Skips, or fails, a test one of whose parameters is not there; likewise a plugin not built."""
    callspec = getattr(request.node, "callspec", None)
    for value in callspec.params.values() if callspec else ():
        if isinstance(value, discover.Missing):
            give_up("%s is not here; %s" % (value.what, value.remedy), discover.is_required(value))
        if isinstance(value, discover.Debugger):
            need_plugin(value.kind)


def need_plugin(kind):
    path = discover.plugin_path(kind)
    if not os.path.exists(path):
        give_up(
            "%s is not built; cmake --build %s" % (path, discover.build_folder()), bool(discover.required("DEBUGGERS"))
        )


def give_up(reason, is_failure):
    if is_failure:
        pytest.fail("required: " + reason, pytrace=False)
    pytest.skip(reason)


def main_debugger(kind):
    """The debugger of this kind that most tests use; skips where there is none."""
    if os.environ.get("HOGNOSE_NO_DEBUGGER"):
        return discover.no_debugger()
    debugger = discover.main_debugger(kind)
    if isinstance(debugger, discover.Missing):
        give_up("%s is not here; %s" % (debugger.what, debugger.remedy), discover.is_required(debugger))
    need_plugin(kind)
    return debugger


@pytest.fixture
def gdb():
    return main_debugger("gdb")


@pytest.fixture
def lldb():
    return main_debugger("lldb")


@pytest.fixture(params=["gdb", "lldb"])
def debugger(request):
    """A test with this argument runs in both."""
    return main_debugger(request.param)


@pytest.fixture(scope="module")
def any_python():
    """The Python for tests that need just one: Debian's, which is static and stripped."""
    usable = [python for python in discover.pythons() if python.name == "system"] or discover.pythons()
    if not usable:
        give_up("no Python to look at; scripts/get-pythons fetches some", True)
    return usable[0]


@pytest.fixture(scope="module")
def waiting(any_python):
    """One process of threads.py for all the tests of a module that only look."""
    with debuggee.Debuggee(any_python, "threads") as process:
        yield process


@pytest.fixture(scope="module")
def waiting_core(waiting):
    return waiting.gcore()
