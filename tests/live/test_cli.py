"""hognose, the command: the same answers as in the debuggers, without one, and nothing stopped that need not be."""

import json
import os
import random
import re
import signal
import subprocess
import sys
import tempfile

import pytest
from test_dump_matrix import FEW_PYTHONS

import compare
import debugger as debuggers
import discover
from debuggee import Debuggee, Gdbserver, system_calls, wait_for

PYTHONS = discover.pythons_and_gaps()
PROGRAM = os.path.join(discover.build_folder(), "hognose")


def few_pythons():
    return [python for python in PYTHONS if python.name in FEW_PYTHONS]


def run(*words, **options):
    if not os.path.exists(PROGRAM):
        pytest.skip("hognose is not built")
    return subprocess.run(
        [PROGRAM, *map(str, words)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        universal_newlines=True,
        timeout=120,
        check=False,
        **options,
    )


def told(*words):
    done = run(*words)
    assert done.returncode == 0, done.stderr
    return done.stdout


def dump(target, *options):
    return json.loads(told("dump", target, "--json", *options))


def fields_of_stat(pid):
    with open("/proc/%d/stat" % pid) as file:
        return file.read().rpartition(")")[2].split()


def at_rest(pid):
    """Every thread sleeps: it has come to where its truth says it is."""
    folder = "/proc/%d/task" % pid
    return wait_for(
        lambda: all(
            "R" not in open("%s/%s/stat" % (folder, lwp)).read().rpartition(")")[2].split()[0]
            for lwp in os.listdir(folder)
        ),
        30,
    )


@pytest.mark.parametrize("python", PYTHONS)
def test_hung_process(python):
    with Debuggee(python, "threads") as debuggee:
        document = dump(debuggee.pid)
        compare.assert_same(document, debuggee.truth, pid=debuggee.pid)
        assert document["target"]["kind"] == "live"


def test_nothing_is_stopped(any_python):
    with Debuggee(any_python, "threads") as debuggee:
        assert at_rest(debuggee.pid)
        documents = [dump(debuggee.pid) for _ in range(5)]
        assert any(document["target"]["stopped"] is False for document in documents)
        assert "not stopped" in told("dump", debuggee.pid) or "held for" in told("dump", debuggee.pid)
        forced = json.loads(told("dump", debuggee.pid, "--stop", "--json"))
        assert forced["target"]["stopped"] is True and forced["target"]["held_seconds"] > 0
        compare.assert_same(forced, debuggee.truth, pid=debuggee.pid)


@pytest.mark.parametrize("python", few_pythons())
@pytest.mark.parametrize("options", [(), ("--stop",)], ids=["held", "stop"])
def test_busy_process(python, options):
    """What runs is read right all the same: every pair of caller and callee is one that can be.

    A stop can fall between two instructions that belong together, such as those that unlink a generator's frame;
    then the dump says that it is not whole.
    """
    with Debuggee(python, "busy") as debuggee:
        documents = [json.loads(told("dump", debuggee.pid, "--json", *options)) for _ in range(25)]
        whole = [document for document in documents if document["complete"]]
        assert len(whole) >= 22, [document["warnings"] for document in documents]
        for document in whole:
            assert not compare.busy_differences(document, debuggee.truth)
        assert fields_of_stat(debuggee.pid)[0] in "RS"


WITHOUT_GIL = """
import ctypes, sys, threading
def computes():
    ctypes.CDLL("libcrypt.so.1").crypt(b"", b"$6$rounds=999999999$salt")
threading.Thread(target=computes, daemon=True).start()
open(sys.argv[1], "w").close()
ctypes.PyDLL(None).sleep(600)
"""


@pytest.mark.parametrize("python", [one for one in few_pythons() if "free-threaded" not in one.flavour])
def test_who_runs_without_the_gil_need_not_stop(python, tmp_path):
    """One thread computes in C all the time; the other sleeps and has the GIL, so that the first cannot come back."""
    ready = tmp_path / "ready"
    process = subprocess.Popen([*python.command, "-c", WITHOUT_GIL, str(ready)])
    try:
        assert wait_for(ready.exists, 30) and wait_for(lambda: system_calls(process.pid)[process.pid] == "230", 30)
        document = dump(process.pid)
        assert document["target"]["stopped"] is False
        assert document["complete"], document["warnings"]
        stacks = {tuple(frame["name"] for frame in thread["frames"]) for thread in document["threads"]}
        assert stacks == {("<module>",), ("computes", "run", "_bootstrap_inner", "_bootstrap")}
    finally:
        process.kill()
        process.wait()


def test_core(any_python):
    with Debuggee(any_python, "threads") as debuggee:
        path = debuggee.gcore()
        compare.assert_same(dump(path), debuggee.truth, pid=debuggee.pid)
        assert "held for" not in told("dump", path)


def test_same_text_as_in_gdb(any_python, gdb):
    with Debuggee(any_python, "threads") as debuggee:
        ours = told("dump", debuggee.pid, "--stop").splitlines()
        theirs = debuggers.run(gdb, debuggers.live(debuggee.pid), "py-dump").stdout.splitlines()
        frames = [line[2:] for line in ours if line[:3] in ("  #", "* #")]
        assert frames and frames == [line[2:] for line in theirs if line[:3] in ("  #", "* #")]


def test_several_targets_are_grouped(any_python):
    with Debuggee(any_python, "workers") as debuggee:
        pids = [debuggee.pid, *debuggee.truth["children"]]
        assert all(map(at_rest, pids))
        text = told("dump", "--children", debuggee.pid)
        assert "4 threads in 4 processes" in text
        assert "2 threads in 2 processes (1,3)" in text and text.count("wait_for_work") == 1
        assert text.index("stuck_elsewhere") < text.index("wait_for_work")
        document = json.loads(told("dump", *pids, "--json"))
        assert [process["target"]["pid"] for process in document["processes"]] == pids
        assert told("dump", "--name", debuggee.truth_path).count("  process ") == 4


def test_the_output_of_several_targets(any_python, tmp_path):
    """One document, or a file for each; nothing else on standard output than that it was written."""
    with Debuggee(any_python, "workers") as debuggee:
        pids = [debuggee.pid, *debuggee.truth["children"]]
        assert all(map(at_rest, pids))
        assert told("dump", *pids, "-o", tmp_path / "all.txt") == "Wrote %s\n" % (tmp_path / "all.txt")
        assert (tmp_path / "all.txt").read_text().startswith("4 threads in 4 processes\n")
        for number, words in enumerate((["-jo", "%s"], ["--json", "--output=%s"], ["-j", "-o%s"])):
            path = tmp_path / ("%d.json" % number)
            assert told("dump", "--children", pids[0], *[word.replace("%s", str(path)) for word in words])
            document = json.loads(path.read_text())
            assert [process["target"]["pid"] for process in document["processes"]] == pids
        told("threads", *pids, "-o", tmp_path / "threads")
        told("threads", *pids, "--output", tmp_path / "a.b.gz")
        for pid in pids:
            assert " %d " % pid in (tmp_path / ("threads.%d" % pid)).read_text()
            assert " %d " % pid in (tmp_path / ("a.%d.b.gz" % pid)).read_text()
        assert told("dump", *pids, "-o", "-") == told("dump", *pids)
        failed = run("dump", *pids, "-o", tmp_path / "nowhere" / "all.json")
        assert failed.returncode == 1 and "there is no folder" in failed.stderr and not failed.stdout
        without = run("dump", *pids, "-o")
        assert without.returncode == 1 and "--output needs a value" in without.stdout
        assert sorted(os.listdir(tmp_path)) == sorted(
            ["all.txt", "0.json", "1.json", "2.json"]
            + [name % pid for pid in pids for name in ("threads.%d", "a.%d.b.gz")]
        )


def test_several_are_sampled_side_by_side(any_python, tmp_path):
    """In the same seconds, by the wall's clock; each profile is of its own process, and has a file."""
    with Debuggee(any_python, "busy") as one, Debuggee(any_python, "busy") as other:
        shown = told("sample", "-d", "2", one.pid, other.pid, "-o", tmp_path / "busy.json")
        assert shown.index("Process %d " % one.pid) < shown.index("Process %d " % other.pid)
        profiles = [json.loads((tmp_path / ("busy.%d.json" % each.pid)).read_text()) for each in (one, other)]
    assert [profile["target"]["pid"] for profile in profiles] == [one.pid, other.pid]
    begins, ends = zip(
        *(
            (sampling["start_time"], sampling["start_time"] + sampling["duration"])
            for sampling in (profile["sampling"] for profile in profiles)
        )
    )
    assert max(begins) < min(ends)
    for profile in profiles:
        assert {"spin", "add_up", "square"} <= {function["name"] for function in profile["functions"]}


def test_ctrl_c_ends_all_that_are_sampled(any_python, tmp_path):
    with Debuggee(any_python, "busy") as one, Debuggee(any_python, "busy") as other:
        words = [PROGRAM, "sample", "-d", "600", str(one.pid), str(other.pid), "-o", str(tmp_path / "busy.json")]
        running = subprocess.Popen(words, stdout=subprocess.PIPE, universal_newlines=True)
        samplers = "/proc/%d/task/%d/children" % (running.pid, running.pid)

        def all_sample():
            with open(samplers) as file:
                children = file.read().split()
            return len(children) == 2 and all(len(os.listdir("/proc/%s/task" % child)) > 1 for child in children)

        assert wait_for(all_sample, 30)
        running.send_signal(signal.SIGINT)
        shown = running.communicate(timeout=60)[0]
    assert shown.count("  ended: Ctrl-C\n") == 2
    assert sorted(os.listdir(tmp_path)) == sorted("busy.%d.json" % each.pid for each in (one, other))


def test_one_that_cannot_be_dumped_is_named(any_python):
    with Debuggee(any_python, "threads") as debuggee:
        done = run("dump", debuggee.pid, 2**22 - 1)
        assert done.returncode == 1 and "not dumped: there is no process" in done.stdout
        document = json.loads(run("dump", debuggee.pid, 2**22 - 1, "--json").stdout)
        assert document["processes"][0]["threads"] and "no process" in document["processes"][1]["error"]


def test_two_rounds(any_python, tmp_path):
    with Debuggee(any_python, "workers") as debuggee:
        assert all(map(at_rest, [debuggee.pid, *debuggee.truth["children"]]))
        for name in ("first", "second"):
            (tmp_path / name).write_text(told("dump", "--children", debuggee.pid, "--json"))
        text = told("group", tmp_path / "first", tmp_path / "second")
        assert "No thread moved between the two rounds in 4 of 4 processes: 0,1,2,3" in text
        document = json.loads(told("group", tmp_path / "first", tmp_path / "second", "--json"))
        assert [process["threads_that_stood_still"] for process in document["processes"]] == [1, 1, 1, 1]


def test_ranks(any_python, tmp_path):
    """Processes of a launcher stand by their ranks, and of many those are named that stand elsewhere."""
    with Debuggee(any_python, "workers", environment={"OMPI_COMM_WORLD_RANK": "7"}) as debuggee:
        one = json.loads(told("dump", debuggee.pid, "--json"))
    assert one["target"]["rank"] == 7
    documents = []
    for rank in random.Random(1).sample(range(100, 140), 40):
        one["target"].update(rank=rank, pid=1000 + rank)
        one["threads"][0]["frames"][0]["name"] = one["threads"][0]["frames"][0]["qualname"] = (
            "load_batch" if rank == 117 else "all_reduce"
        )
        documents.append(json.dumps(one))
    (tmp_path / "all").write_text("\n".join(documents))
    text = told("group", tmp_path / "all")
    assert re.search(r"^ 117  process 1117  ", text, re.MULTILINE) and text.count("  process ") == 1
    assert text.index("load_batch") < text.index("39 processes (100-116,118-139)") < text.index("all_reduce")
    grouped = json.loads(told("group", tmp_path / "all", "--json"))["processes"]
    assert [process["rank"] for process in grouped] == list(range(100, 140))


@pytest.fixture(scope="module")
def dump_of_threads(any_python):
    with Debuggee(any_python, "threads") as debuggee:
        return told("dump", debuggee.pid, "--json").encode()


@pytest.mark.parametrize(
    "damage, says",
    [
        (lambda dump: dump[: len(dump) // 2], "it ends too early"),
        (lambda _: b"[" * 3_000_000, "it ends too early"),
        (lambda _: b"[" * 3_000_000 + b"]" * 3_000_000, 'it has no "target" and "threads"'),
        (lambda _: b'{"threads":' * 1_000_000, "it ends too early"),
        (lambda dump: dump.replace(b"MainThread", b"Main\xff\xfeThread"), "invalid UTF-8"),
        (lambda dump: dump.replace(b"MainThread", b"Main\\ud800Thread"), "surrogate"),
        (lambda dump: dump.replace(b'"line": ', b'"line": 1e99999'), "infinity"),
        (lambda dump: dump + b"more", "unexpected character"),
        (lambda _: bytes(100_000), "unexpected character"),
        (lambda _: b"17", 'it has no "target" and "threads"'),
    ],
)
def test_damaged_documents_are_refused_in_one_line(dump_of_threads, tmp_path, damage, says):
    (tmp_path / "file").write_bytes(damage(dump_of_threads))
    done = run("group", tmp_path / "file")
    assert done.returncode == 1 and not done.stdout
    assert re.fullmatch(r"hognose: .*file is not a dump: .*%s.*; py-dump .* writes one\n" % says, done.stderr)


@pytest.mark.parametrize(
    "change",
    [
        lambda dump: dump + b"\n \t" + dump,
        lambda dump: dump * 300,  # more than is read at once
        lambda dump: dump.replace(b'"line": ', b'"line": 99999999999999999999, "other": ', 1),
        lambda dump: dump.replace(b'"threads":', b'"other": "%s", "threads":' % (b"x" * 9_000_000), 1),
        lambda dump: json.dumps({"processes": [json.loads(dump)] * 3}, indent=4).encode(),
    ],
)
def test_documents_of_any_shape_are_grouped(dump_of_threads, tmp_path, change):
    (tmp_path / "one").write_bytes(dump_of_threads)
    (tmp_path / "file").write_bytes(change(dump_of_threads))
    threads = len(json.loads(dump_of_threads)["threads"])
    first = "%d threads in 1 process" % threads
    assert told("group", tmp_path / "one").splitlines()[0] == first
    assert told("group", tmp_path / "file").splitlines()[0] == first


def test_native_frames_come_from_a_debugger(any_python, gdb):
    with Debuggee(any_python, "threads") as debuggee:
        text = told("dump", debuggee.pid, "--native", "--debugger", gdb.path)
        assert text.startswith("Process %d" % debuggee.pid) and " #0   C " in text
        document = json.loads(told("dump", debuggee.pid, "--native", "--json", "--debugger", gdb.path))
        assert document["debugger"]["name"] == "gdb"
    done = run("dump", os.getpid(), "--native", "--debugger", "gdb-of-nobody")
    assert done.returncode == 1 and "gdb-of-nobody is not here" in done.stderr


def test_remote_target(any_python, gdb):
    with Debuggee(any_python, "threads") as debuggee, Gdbserver(debuggee.pid) as server:
        assert "MainThread" in told("dump", "localhost:%d" % server.port, "--debugger", gdb.path)


def test_a_program_is_sampled_from_its_start(tmp_path):
    script = tmp_path / "job.py"
    script.write_text(
        "import time\ndef burn():\n    end = time.time() + 2\n    while time.time() < end:\n        pass\nburn()\n"
    )
    output = tmp_path / "job.collapsed"
    done = run("sample", "-d", "unlimited", "-o", output, "--", sys.executable, script)
    assert done.returncode == 0, done.stderr
    assert "burn" in output.read_text() and "burn" in done.stdout
    assert (
        run(
            "sample", "-d", "1", "--", sys.executable, "-c", "import time; time.sleep(1.5); raise SystemExit(7)"
        ).returncode
        == 7
    )
    assert run("sample", "--", "/nowhere/python").returncode == 127


def test_stopping_sampler(any_python):
    with Debuggee(any_python, "busy") as debuggee:
        assert "samples kept" in told("sample", debuggee.pid, "-d", "0.5", "--stop")
        assert wait_for(lambda: fields_of_stat(debuggee.pid)[0] in "RS", 10)


@pytest.mark.parametrize(
    "words, status, says",
    [
        (("nonsense",), 2, 'there is no command "nonsense"'),
        (("dump",), 2, "dump of what?"),
        (("dump", "notathing"), 2, "is not a process number, a file or HOST:PORT"),
        (("dump", "1", "--nonsense"), 1, "unknown option --nonsense"),
        (("dump", "--name"), 2, "--name needs a value"),
        (("dump", "--name", "surely-nobody-is-called-so"), 1, "no Python process is named"),
        (("dump", "/dev/null/core"), 1, "/dev/null/core"),
        (("group",), 1, "no FILE to group"),
        (("watch", "--after", "soon", "--", "true"), 2, "--after wants a number of seconds"),
    ],
)
def test_bad_input(words, status, says):
    done = run(*words)
    assert done.returncode == status and says in done.stderr and not done.stdout
    assert len(done.stderr.strip().splitlines()) == 1 or words[0] == "watch"


def test_help():
    text = told("--help")
    assert all("\n  %s " % name in text for name in ("dump", "sample", "group", "watch"))
    assert told("dump", "--help").startswith("Usage: hognose dump") and "py-" not in told("dump", "--help")
    assert told("--version").startswith("hognose ")


def test_watch_shows_what_hangs(tmp_path):
    script = tmp_path / "test_hangs.py"
    script.write_text("import threading\ndef hang():\n    threading.Event().wait(60)\nhang()\n")
    done = run("watch", "--after", "2", "--kill", "--", sys.executable, script)
    assert done.returncode == 124 and not done.stdout
    assert "is not done after 2 seconds" in done.stderr and "hang" in done.stderr


def test_watch_passes_status_and_output():
    done = run("watch", "--after", "60", "--", "sh", "-c", "echo out; exit 7")
    assert (done.returncode, done.stdout, done.stderr) == (7, "out\n", "")
    assert run("watch", "--", "/nowhere/command").returncode == 127


def test_watch_passes_signals(tmp_path):
    ready = tmp_path / "ready"
    program = "trap 'exit 9' TERM; echo > %s; while :; do sleep 0.05; done" % ready
    process = subprocess.Popen([PROGRAM, "watch", "--after", "60", "--", "sh", "-c", program])
    try:
        assert wait_for(ready.exists, 20)
        process.terminate()
        assert process.wait(20) == 9
    finally:
        if process.poll() is None:
            process.kill()


def loads_in(debugger, path):
    words = {
        "gdb": ["-batch", "-nx", "-core", path, "-ex", "info threads"],
        "lldb": ["--batch", "--no-lldbinit", "--core", path, "-o", "thread list"],
    }[debugger.kind]
    done = subprocess.run(
        [debugger.path, *debugger.args, *words], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
    )
    return done.stdout.decode(errors="replace")


@pytest.mark.parametrize("python", few_pythons())
def test_small_core(python, tmp_path, debugger):
    path, again = str(tmp_path / "small.core"), str(tmp_path / "again.core")
    with Debuggee(python, "threads") as debuggee:
        assert at_rest(debuggee.pid)
        assert "Wrote %s (" % path in told("core", debuggee.pid, "-o", path)
        compare.assert_same(dump(path), debuggee.truth, pid=debuggee.pid)
        assert os.path.getsize(path) < 16 << 20
        assert fields_of_stat(debuggee.pid)[0] == "S"
        of_process = [t["frames"] for t in json.loads(told("dump", debuggee.pid, "--locals", "--json"))["threads"]]
    of_core = [thread["frames"] for thread in json.loads(told("dump", path, "--locals", "--json"))["threads"]]
    assert of_core == of_process
    assert told("core", path, "-o", again) and os.path.getsize(again) <= os.path.getsize(path) + (64 << 10)
    compare.assert_same(dump(again), debuggee.truth, pid=debuggee.pid)
    assert loads_in(debugger, path).count(str(debuggee.pid)) >= 1
    compare.assert_same(debuggers.dump(debugger, debuggers.core(path)), debuggee.truth, pid=debuggee.pid)


def test_small_core_needs_a_name():
    done = run("core", os.getpid())
    assert done.returncode == 1 and "no FILE for the core" in done.stderr


def test_via_a_launcher(any_python):
    with Debuggee(any_python, "workers") as debuggee:
        here = ["--via", "env NOTHING=1", "--children", debuggee.pid]
        assert "4 threads in 4 processes" in told("dump", *here)
        document = json.loads(told("dump", "--json", *here))
        assert document["processes"][0]["target"]["pid"] == debuggee.pid
        with tempfile.NamedTemporaryFile("r", suffix=".json") as file:  # here, and not where it ran
            told("dump", "--json", "-o", file.name, *here)
            with open(file.name) as written:
                assert len(json.load(written)["processes"]) == 4
        labelled = 'sh -c \'"$@" | sed "s/^/3: /"\' label'
        assert "4 threads in 4 processes" in told("dump", "--via", labelled, "--children", debuggee.pid)
        slow = run("dump", "--via", "sh -c 'sleep 30' slow", "--timeout", "1", debuggee.pid)
        assert (
            slow.returncode == 1 and "not done after 1 seconds" in slow.stderr and "no machine answered" in slow.stderr
        )
        half = "sh -c '\"$@\" | head -n 3' half"
        cut = run("dump", "--via", half, "--children", debuggee.pid)
        assert cut.returncode == 1 and "2 of 4 processes did not answer" in cut.stderr


def test_install_and_uninstall(tmp_path):
    gdbinit, lldbinit = tmp_path / ".gdbinit", tmp_path / ".lldbinit"
    environment = dict(os.environ, HOME=str(tmp_path))
    for before in (None, b"", b"set confirm off\n", b"no end of line"):
        if before is not None:
            gdbinit.write_bytes(before)
        for _ in range(2):
            assert run("install", env=environment).returncode == 0
        assert gdbinit.read_bytes().startswith(before or b"") and gdbinit.read_text().count("source ") == 1
        assert lldbinit.read_text().count("plugin load") == 1
        assert run("uninstall", env=environment).returncode == 0
        assert gdbinit.read_bytes() == before if before is not None else not gdbinit.exists()
        assert not lldbinit.exists()


def test_installed_plugin_loads(tmp_path, gdb):
    environment = dict(os.environ, HOME=str(tmp_path))
    assert run("install", "--gdb", env=environment).returncode == 0
    done = subprocess.run(
        [gdb.path, *gdb.args, "-batch", "-ex", "py-info --help"], env=environment, stdout=subprocess.PIPE, check=False
    )
    assert b"Usage: py-info" in done.stdout


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion(shell):
    text = told("completion", shell)
    assert "dump" in text and "json" in text and "watch" in text
    if shell == "bash":
        ask = "%s\nCOMP_WORDS=(hognose dump --js); COMP_CWORD=2; _hognose; echo ${COMPREPLY[@]}" % text
        assert subprocess.run(["bash", "-c", ask], stdout=subprocess.PIPE, check=True).stdout == b"--json\n"


def test_manual():
    text = told("manual")
    assert text.startswith(".TH HOGNOSE 1") and "\\-\\-json" in text
