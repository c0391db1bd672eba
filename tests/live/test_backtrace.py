"""Python in gdb's own backtrace: bt, bt full, bt -5, and what stays as it was.

The program says which frames of Python there are, on which lines, and which function of C called some of them
(tests/programs/mixed.py); gdb without hognose says which C frames there are.
"""

import re

import pytest

import debugger as debuggers
import discover
from debuggee import Debuggee, Gdbserver, started

#: By counting and by marks, with symbols and without, one function of C for each frame and for many.
PYTHONS = (
    "pyenv-3.6.15",
    "pyenv-3.7.16",
    "pyenv-3.8.18",
    "pyenv-3.9.18",
    "pyenv-3.10.13",
    "system",
    "pyenv-3.12.1",
    "trixie-3.13",
    "313t",
    "sid-3.14",
    "pbs-3.14",
    "sid-3.15",
)
PYTHON_CALLS = [("take_gate", "__init__"), ("make", "compare_in_c"), ("sub", "by_sub"), ("main", "<module>")]

ON = "set hognose backtrace on"
EVALUATOR = "_PyEval_EvalFrameDefault"


def chosen(names):
    return [python for python in discover.pythons_and_gaps() if python.name in names]


def gdbs():
    return [one for one in discover.debuggers_and_gaps() if one.name.startswith("gdb")]


def told(gdb, target, *commands, options=()):
    outcome = debuggers.run(gdb, target, *commands, *debuggers.last_words(gdb, target), options=options)
    return outcome.stdout + outcome.stderr


def backtraces(gdb, target, *before):
    """{LWP: lines of its backtrace}."""
    words = told(gdb, target, *before, "set width 0", "echo BEGIN\\n", "thread apply all bt", "echo END\\n")
    words = words[words.index("BEGIN") : words.index("END")]
    found = {}
    for thread in re.split(r"^Thread ", words, flags=re.MULTILINE)[1:]:
        lwp = re.match(r"\d+ \((?:.*LWP (\d+)|Thread \d+\.(\d+))", thread)
        found[int(lwp.group(1) or lwp.group(2))] = thread.splitlines()[1:]
    return found


FRAME = re.compile(r"(?:#\d+)? +(\S+) \(.*\) at (/.*\.py|<.*>):(\d+)$")


def frame_lines(lines):
    return [line for line in lines if FRAME.match(line) or re.match(r"#\d+ ", line)]


def python_frames(lines):
    """(name, line) of each, innermost first; None stands for C frames."""
    found = map(FRAME.match, frame_lines(lines))
    return [frame and (frame.group(1), int(frame.group(3))) for frame in found]


def name_of(frame):
    return frame.get("qualname") or frame["name"]


def check(found, truth):
    """Each thread of the program is there once; which one it is the program knows from 3.8 on."""
    wanted = {
        thread.get("native_id") or -number: [(name_of(frame), frame["line"]) for frame in thread["frames"]]
        for number, thread in enumerate(truth["threads"], 1)
    }
    shown = {lwp: [frame for frame in python_frames(lines) if frame] for lwp, lines in found.items()}
    assert sorted(shown.values()) == sorted(wanted.values())
    assert all(shown[lwp] == frames for lwp, frames in wanted.items() if lwp > 0)
    for lines in found.values():
        frames = python_frames(lines)
        assert not any(EVALUATOR in line for line in lines), lines
        bare = [None if frame is None else frame[0].rpartition(".")[2] for frame in frames]
        for callee, caller in PYTHON_CALLS:
            assert all(bare[i + 1] == caller for i, name in enumerate(bare[:-1]) if name == callee and caller in bare)


def check_places(found, truth):
    """Between a frame and its caller stands the function of C that the program names."""
    for name, function in truth["called_from_c"].items():
        if truth["ctypes_missing"] and function == "qsort":
            continue
        for lines in found.values():
            names = [frame and frame[0].rpartition(".")[2] for frame in python_frames(lines)]
            at = next((i for i, other in enumerate(names) if other == name), None)
            if at is None:
                continue
            shown = frame_lines(lines)
            between = []
            while at + 1 < len(names) and names[at + 1] is None:
                at += 1
                between.append(shown[at])
            assert any(function in line or "??" in line for line in between), (name, between, lines)


@pytest.mark.parametrize("python", chosen(PYTHONS))
def test_live(python, gdb):
    with Debuggee(python, "mixed") as process:
        found = backtraces(gdb, debuggers.live(process.pid), ON)
    check(found, process.truth)
    check_places(found, process.truth)


@pytest.mark.parametrize("one_gdb", gdbs())
@pytest.mark.parametrize("python", chosen(("system", "pyenv-3.12.1")))
def test_every_gdb(python, one_gdb):
    with Debuggee(python, "mixed") as process:
        found = backtraces(one_gdb, debuggers.live(process.pid), ON)
    check(found, process.truth)


@pytest.mark.parametrize("python", chosen(("system", "pyenv-3.8.18", "pyenv-3.13.0")))
def test_core(python, gdb):
    with Debuggee(python, "mixed") as process:
        target = debuggers.core(process.gcore(), python.command[-1])
        found = backtraces(gdb, target, ON)
        check(found, process.truth)
        check_places(found, process.truth)


def test_remote(gdb, any_python):
    with Debuggee(any_python, "mixed") as process, Gdbserver(process.pid) as server:
        found = backtraces(gdb, debuggers.remote(server.port, any_python.command[-1]), ON)
    check(found, process.truth)


@pytest.fixture(scope="module")
def looked_at(any_python):
    with Debuggee(any_python, "look") as process:
        yield process


def without_addresses(words):
    return re.sub("0x[0-9a-f]+", "0x", words)


def test_arguments_and_locals(looked_at, gdb):
    words = without_addresses(told(gdb, debuggers.live(looked_at.pid), "set width 0", ON, "bt full"))
    assert re.search(
        r"^ *(#\d+ +)?deliver \(job=<__main__.Job object at 0x>, password='hunter2'\) at /.*/look.py:53$",
        words,
        re.MULTILINE,
    ), words
    assert "        table = {'hosts': ['a', 'b', 'c'], 1: 'one', 'with space': 2, 'token': 't0p'}\n" in words
    assert "        boxed = [1]\n" in words
    assert re.search(r"^ *(#\d+ +)?deliver\.<locals>\.inner \(\) at ", words, re.MULTILINE), words


def test_settings_are_followed(looked_at, gdb):
    words = told(
        gdb,
        debuggers.live(looked_at.pid),
        "set width 0",
        ON,
        "bt",
        "set hognose redact *pass*",
        "bt",
        "set print frame-arguments none",
        "bt",
    )
    lines = [line for line in words.splitlines() if "deliver (" in line]
    assert "password='hunter2'" in lines[0] and "password=<redacted>" in lines[1] and "password=..." in lines[2]


def numbers(words):
    return re.findall(r"^(#\d+|   +\S+ \()", words, re.MULTILINE)


def sections(words):
    return re.split(r"^--\d*\n", words, flags=re.MULTILINE)[1:]


def test_parts_of_it(looked_at, gdb):
    words = told(
        gdb,
        debuggers.live(looked_at.pid),
        "set width 0",
        ON,
        *(step for command in ("bt", "bt 3", "bt -2", "bt -full -1") for step in ("echo --\\n", command)),
    )
    whole, first, last, full = [part.splitlines() for part in sections(words)]
    assert [line for line in first if not line.startswith("(More")] == whole[:3]
    assert re.search(r"<module> \(\) at .*look.py:\d+$", last[1]) and re.match(r"#\d+ +deliver \(", last[0])
    assert "<module> ()" in full[0] and any(line.startswith("        report = ") for line in full[1:]), full


@pytest.mark.parametrize("one_gdb", gdbs())
def test_frame_function(looked_at, one_gdb):
    words = told(
        one_gdb,
        debuggers.live(looked_at.pid),
        "set width 0",
        ON,
        *(
            step
            for name in ("deliver", "Condition.wait", "wait", EVALUATOR, "no_such")
            for step in ("echo --\\n", "frame function " + name)
        ),
        "echo --\\n",
        "set hognose backtrace off",
        "frame function deliver",
        "echo --\\n",
        "frame function " + EVALUATOR,
    )
    deliver, qualified, bare, native, *_ = sections(words)
    assert re.match(r"#\d+  deliver  look.py:53\n", deliver) and "'s frame" in deliver
    assert "Condition.wait" in qualified and bare == qualified
    assert re.match(r"#\d+ .*%s \(" % EVALUATOR, native), native
    assert 'Function "no_such" not defined.' in words and 'Function "deliver" not defined.' in words
    assert EVALUATOR in sections(words)[-1]


def test_off_is_off(looked_at, gdb):
    target = debuggers.live(looked_at.pid)
    steps = ("bt", ON, "bt -no-filters", "set hognose backtrace off", "bt")
    words = told(gdb, target, "set width 0", *(step for one in steps for step in ("echo --\\n", one)))
    first, _, without, _, again = sections(words)
    again = again[: again.index("[Inferior")] if "[Inferior" in again else again
    assert EVALUATOR in first and first == without == again


def test_frames_of_c_keep_their_numbers(looked_at, gdb):
    words = told(gdb, debuggers.live(looked_at.pid), "set width 0", ON, "bt", "echo --\\n", "bt -no-filters")
    shown, bare = words.split("--\n")
    addresses = dict(re.findall(r"^(#\d+) +(0x\w+) in", bare, re.MULTILINE))
    for number, address in re.findall(r"^(#\d+) +(0x\w+) in", shown, re.MULTILINE):
        assert addresses[number] == address


def test_a_program_without_python_is_left_alone(gdb):
    with started("sleep", "1000") as process:
        words = told(gdb, debuggers.live(process.pid), "echo --\\n", "bt", "echo --\\n", ON, "bt")
    before, after = sections(words)
    assert "nanosleep" in before and after.startswith(before), words
    assert "hognose" not in words


def test_a_program_that_is_not_there(gdb):
    assert "No stack." in told(gdb, debuggers.NOTHING, ON, "bt")


def test_after_the_process_has_run(looked_at, gdb):
    """What was read belongs to one stop."""
    words = told(gdb, debuggers.live(looked_at.pid), ON, "bt 40", "detach", "echo --\\n", "bt")
    assert "deliver (" in words.split("--")[0] and "No stack." in words.split("--")[1]


@pytest.mark.parametrize("one_gdb", gdbs())
def test_front_ends_that_speak_mi_are_left_alone(one_gdb, looked_at):
    words = told(
        one_gdb,
        debuggers.live(looked_at.pid),
        ON,
        "interpreter-exec mi -enable-frame-filters",
        'interpreter-exec mi "-stack-list-frames"',
        options=["--interpreter=mi2"],
    )
    assert "backtrace stays off: front ends that speak GDB/MI" in words
    assert "deliver" not in words.partition("-stack")[2] and EVALUATOR in words


FOREIGN = """python
class PythonFrames:
    name = "libpython"
    enabled = True
    priority = 5
    def filter(self, frames):
        return frames
gdb.frame_filters["libpython"] = PythonFrames()
end
"""


def test_a_filter_that_is_there_is_not_doubled(looked_at, gdb, tmp_path):
    script = tmp_path / "foreign.gdb"
    script.write_text(FOREIGN)
    words = told(gdb, debuggers.live(looked_at.pid), "source %s" % script, ON, "bt")
    assert 'the frame filter "libpython" shows Python already' in words
    assert "deliver (" not in words and EVALUATOR in words


def test_a_damaged_stack_says_so(gdb, any_python, tmp_path):
    """Where gdb's unwinder ends before the frames do, those that are further out are left out, in words."""
    with Debuggee(any_python, "mixed") as process:
        words = told(gdb, debuggers.live(process.pid), "set backtrace limit 12", ON, "bt")
    assert re.search(r"hognose: \d+ of \d+ Python frames are left out, as they could not be placed for sure", words)
    assert "<module> ()" not in words
