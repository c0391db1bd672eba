"""Every recorded image decodes to what the program said of itself, on any machine.

An image (made by scripts/record-image) is a core of the pages that a dump touched: core.zst, and
beside it truth.json, the program's own word for its stacks; what hognose once printed is stored
nowhere. Each is dumped without a debugger by build/tests/run_command, as on a machine that has
none of the files which the process had mapped, and with what this machine has of them; some are
opened by the real debuggers, too.
"""

import ctypes
import ctypes.util
import json
import os
import subprocess

import arrays_truth
import exceptions_truth
import pytest
import tasks_truth
import value_truth
import why_truth

import compare
import debugger as debuggers
import discover

IMAGES = os.path.dirname(os.path.abspath(__file__))
NAMES = sorted(name for name in os.listdir(IMAGES) if os.path.exists(os.path.join(IMAGES, name, "core.zst")))


def image_path(name):
    return os.path.join(IMAGES, name, "core.zst")


def truth_of(name):
    with open(os.path.join(IMAGES, name, "truth.json"), encoding="utf-8") as file:
        return json.load(file)


#: Those whose programs tell of every stack; of the others the truth is of tasks or generators alone.
STACKS = [name for name in NAMES if "threads" in truth_of(name)]

#: Opened by gdb and lldb: the oldest frame chain, the middle one, the newest.
FOR_DEBUGGERS = ["pyenv-3.7.16-threads", "pyenv-3.11.7-threads", "sid-3.14-threads"]


def run_command(core, *words):
    program = os.path.join(discover.build_folder(), "tests", "run_command")
    if not os.access(program, os.X_OK):
        pytest.skip("no %s: the build is without tests" % program)
    return subprocess.run([program, core, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60)


def dump_of(core, *options):
    done = run_command(core, *options, "--", "py-dump", "--json")
    assert done.returncode == 0, done.stderr.decode(errors="replace")
    return json.loads(done.stdout.decode("ascii"))


def test_there_is_one_of_every_version():
    recorded = {discover.minor_of(".".join(map(str, truth_of(name)["version"][:3]))) for name in STACKS}
    assert recorded >= set(discover.KNOWN_MINORS)


@pytest.mark.each
@pytest.mark.parametrize("name", [name for name in NAMES if name.endswith("-waits")])
def test_waits_are_what_the_program_said(name):
    done = run_command(image_path(name), "--no-files", "--", "py-why", "--json")
    assert done.returncode == 0, done.stderr.decode(errors="replace")
    found = why_truth.wait_differences(json.loads(done.stdout.decode("ascii")), truth_of(name), live=False)
    assert not found, "\n".join(found)


def exceptions_of(name):
    done = run_command(image_path(name), "--no-files", "--", "py-exc", "--json")
    assert done.returncode == 0, done.stderr.decode(errors="replace")
    return json.loads(done.stdout.decode("ascii"))


@pytest.mark.each
@pytest.mark.parametrize("name", [name for name in NAMES if name.endswith("-exceptions")])
def test_a_chain_of_exceptions_is_as_traceback_had_it(name):
    truth = truth_of(name)
    text = run_command(image_path(name), "--no-files", "--", "py-exc").stdout.decode()
    found = list(exceptions_truth.differences_in_text(text, truth))
    found += exceptions_truth.chain_differences(exceptions_of(name), truth)
    assert not found, "\n".join(found)


@pytest.mark.each
@pytest.mark.parametrize("name", [name for name in NAMES if name.endswith("-in_flight")])
def test_exceptions_in_a_handler_are_what_the_program_said(name):
    found = list(exceptions_truth.group_differences(exceptions_of(name), truth_of(name)))
    assert not found, "\n".join(found)


def tasks_of(name, *options):
    done = run_command(image_path(name), "--no-files", "--", "py-tasks", "--json", *options)
    assert done.returncode == 0, done.stderr.decode(errors="replace")
    return json.loads(done.stdout.decode("ascii"))


@pytest.mark.each
@pytest.mark.parametrize("name", [name for name in NAMES if name.endswith("-suspended")])
def test_generators_that_nothing_runs_are_what_the_program_said(name):
    document = tasks_of(name, "--generators")
    assert sorted(int(one["id"], 16) for one in document["suspended"]) == truth_of(name)["roots"]
    assert document["complete"], document["warnings"]


@pytest.mark.each
@pytest.mark.parametrize("name", [name for name in NAMES if name.endswith("-greenlets")])
def test_greenlets_are_what_the_program_said(name):
    assert not tasks_truth.greenlet_differences(tasks_of(name), truth_of(name))


@pytest.mark.each
@pytest.mark.parametrize("name", [name for name in NAMES if name.endswith("-trio_tasks")])
def test_the_tree_is_that_of_trio(name):
    assert not tasks_truth.trio_differences(tasks_of(name), truth_of(name))


@pytest.mark.each
@pytest.mark.parametrize("library", ["anyio", "curio"])
def test_the_tasks_are_those_of_the_library(library):
    name = "%s-%s_tasks" % (library, library)
    assert not getattr(tasks_truth, library + "_differences")(tasks_of(name), truth_of(name))


@pytest.mark.each
@pytest.mark.parametrize("name", [name for name in NAMES if name.endswith("-tasks")])
def test_tasks_are_what_the_program_said(name):
    found = tasks_truth.differences(tasks_of(name), truth_of(name))
    assert not found, "\n".join(found)


@pytest.mark.each
@pytest.mark.parametrize("name", [name for name in NAMES if name.endswith("-values")])
def test_values_are_what_repr_said(name):
    done = run_command(image_path(name), "--no-files", "--", "py-dump", "-ll", "--json")
    assert done.returncode == 0, done.stderr.decode(errors="replace")
    found = value_truth.differences(json.loads(done.stdout.decode("ascii")), truth_of(name))
    assert not found, "\n".join(found)


@pytest.mark.each
@pytest.mark.parametrize(
    "name, check",
    [("numpy-numpy_values", check) for check in arrays_truth.OF_NUMPY]
    + [("pandas-pandas_values", check) for check in arrays_truth.OF_PANDAS],
)
def test_arrays_and_tables_are_what_their_libraries_said(name, check):
    session = discover.no_debugger()

    def printed(paths):
        commands = ["py-frame 2", *("py-print " + path for path in paths)]
        return arrays_truth.values_printed(debuggers.run(session, debuggers.core(image_path(name)), *commands).stdout)

    check(truth_of(name), printed)


@pytest.mark.each
@pytest.mark.parametrize("name", STACKS)
def test_dump_is_what_the_program_said(name):
    truth = truth_of(name)
    compare.assert_same(dump_of(image_path(name), "--no-files"), truth, pid=truth["pid"])


@pytest.mark.each
@pytest.mark.parametrize("name", STACKS)
def test_files_of_this_machine_change_nothing(name):
    """They may be there, be gone, or be of another build."""
    truth = truth_of(name)
    compare.assert_same(dump_of(image_path(name)), truth, pid=truth["pid"])


@pytest.mark.each
@pytest.mark.parametrize("name", STACKS)
def test_text_shows_every_thread(name):
    done = run_command(image_path(name), "--no-files", "--", "py-dump", "--full")
    assert done.returncode == 0, done.stderr.decode(errors="replace")
    text = done.stdout.decode()
    for thread in truth_of(name)["threads"]:
        assert thread["native_id"] is None or "LWP %d " % thread["native_id"] in text
        names = [frame["name"] for frame in thread["frames"] or []]
        assert all(name in text for name in names if name.isprintable())


@pytest.fixture(scope="session")
def unpacked(tmp_path_factory):
    """Unpacks an image once; debuggers do not read compressed ones."""
    folder = tmp_path_factory.mktemp("images")

    def unpack(name):
        core = folder / name
        if not core.exists():
            core.write_bytes(zstd_unpack(image_path(name)))
        return str(core)

    return unpack


def zstd_unpack(path):
    library = ctypes.util.find_library("zstd")
    if not library:
        pytest.skip("no libzstd")
    zstd = ctypes.CDLL(library)
    zstd.ZSTD_getFrameContentSize.restype = ctypes.c_ulonglong
    zstd.ZSTD_decompress.restype = ctypes.c_size_t
    with open(path, "rb") as file:
        packed = file.read()
    size = zstd.ZSTD_getFrameContentSize(packed, ctypes.c_size_t(len(packed)))
    core = ctypes.create_string_buffer(size)
    done = zstd.ZSTD_decompress(core, ctypes.c_size_t(size), packed, ctypes.c_size_t(len(packed)))
    assert done == size
    return core.raw


@pytest.mark.parametrize("kind", ["gdb", "lldb"])
@pytest.mark.parametrize("name", FOR_DEBUGGERS)
def test_a_debugger_opens_it(kind, name, unpacked):
    debugger = discover.main_debugger(kind)
    if isinstance(debugger, discover.Missing):
        pytest.skip("%s is not here: %s" % (debugger.what, debugger.remedy))
    if not os.path.exists(discover.plugin_path(kind)):
        pytest.skip("no plugin for %s was built" % kind)
    truth = truth_of(name)
    compare.assert_same(debuggers.dump(debugger, debuggers.core(unpacked(name))), truth, pid=truth["pid"])
