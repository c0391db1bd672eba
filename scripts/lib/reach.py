"""Which tests run which lines of core/, by gcc's count, in a build of its own: found out once for a tree, and kept.

    tree ─▶ build with --coverage ─▶ each test, counting into a folder of its own ─▶ gcov ─▶ {test: {file: lines}}

The tests are those that scripts/mutate has the time for: the unit tests but for the sweeps, the recorded images, the
readers of profiles, and of the live tests what does without a debugger. One that fails can notice nothing, and is left
out.
"""

import collections
import concurrent.futures
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time

BUILD = "build-reach"
SECONDS = 60  # of a unit test; while it is counted, three times that
PYTEST = ["/usr/bin/python3", "-m", "pytest", "-q", "-p", "no:cacheprovider", "-m", "not slow"]

#: Files of tests/live. The others take a debugger, build something, or see nothing that these do not.
LIVE = (
    "arrays cli commands dump_matrix dump_waits errors exceptions fields gevent hostile_files lent_states look_around "
    "memory_sources minidump odd_processes redact running_threads safety sample_async sample_live sample_time signals "
    "source task_libraries tasks values versions why why_gil why_libraries why_rings why_tree"
).split()
#: The readers that start at once; a browser and a server see little of what these do not.
READERS = "agree callgrind collapsed gecko pprof pstats".split()
PLACES = ["tests/images", *("tests/readers/test_%s.py" % name for name in READERS)]
PLACES += ["tests/live/test_%s.py" % name for name in LIVE]
LEFT_OUT = ["--deselect", "tests/readers/test_agree.py::test_speed", "-k", "not big"]

#: seconds: how long it took. reached: {file: bits, one for each line}. arguments: of a unit test's program.
Test = collections.namedtuple("Test", "name seconds reached arguments")


def has_xdist():
    return subprocess.run(["/usr/bin/python3", "-c", "import xdist"], stderr=subprocess.DEVNULL).returncode == 0


def in_parallel():
    return ["-n", "2"] if has_xdist() else []


def environment_of(build, **more):
    return dict(os.environ, HOGNOSE_BUILD=build, HOGNOSE_QUICK="3", HOGNOSE_NO_DEBUGGER="1", **more)


def configure(tree, build, flags, environment):
    linker = ["-DCMAKE_EXE_LINKER_FLAGS=-fuse-ld=mold"] if shutil.which("mold") else []  # a hundred programs
    command = ["cmake", "-S", tree, "-B", build, "-G", "Ninja", "-DHOGNOSE_GDB=OFF", "-DHOGNOSE_LLDB=OFF"]
    run_or_end([*command, "-DHOGNOSE_TESTS=ON", "-DHOGNOSE_WERROR=OFF", *flags, *linker], environment)
    run_or_end(["ninja", "-C", build, "-j", "2"], environment)


def run_or_end(command, environment):
    done = subprocess.run(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, universal_newlines=True
    )
    if done.returncode:
        sys.exit("%s:\n%s" % (" ".join(command), done.stdout[-2000:]))


def of_tree(tree, names, cache):
    """(every Test of the tree, {file: bits of its lines that are code}).

    The tree is a copy of the files that are named; for the same files the cache may have the answer.
    """
    digest = hashlib.sha256()
    for name in sorted(name for name in names if not name.startswith(("docs/", "scripts/m"))):
        with open(os.path.join(tree, name), "rb") as file:
            digest.update(b"%s\0%s\0" % (name.encode(), hashlib.sha256(file.read()).digest()))
    path = os.path.join(cache, "reach-%s.json" % digest.hexdigest()[:16])
    if not os.path.exists(path):
        os.makedirs(cache, exist_ok=True)
        tests, lines = find_out(tree)
        with open(path + ".new", "w") as file:
            json.dump([[test._replace(reached=as_words(test.reached)) for test in tests], as_words(lines)], file)
        os.replace(path + ".new", path)
    with open(path) as file:
        tests, lines = json.load(file)
    tests = [Test(*one) for one in tests]
    return [test._replace(reached=as_bits(test.reached)) for test in tests], as_bits(lines)


def as_words(bits):
    return {name: hex(number) for name, number in bits.items()}


def as_bits(words):
    return {name: int(word, 16) for name, word in words.items()}


def find_out(tree):
    build, counts = os.path.join(tree, BUILD), os.path.join(tree, "reached")
    flags = ["-DCMAKE_BUILD_TYPE=Debug", "-DCMAKE_C_FLAGS_DEBUG=-O0 --coverage -fprofile-update=atomic"]
    configure(tree, build, flags, os.environ)
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        ran = list(pool.map(lambda test: run_unit_test(tree, build, counts, *test), unit_tests(build)))
        ran = [test for test in ran if test] + list(run_python_tests(tree, build, counts))
        counted = list(pool.map(lambda test: lines_of(tree, build, os.path.join(counts, test[3])), ran))
    lines = collections.Counter()
    for _, known in counted:
        lines.update({name: known[name] & ~lines[name] for name in known})
    # some hundred thousand files: nobody waits for their end
    subprocess.Popen(["rm", "-rf", counts, build], stdin=subprocess.DEVNULL, start_new_session=True)
    tests = [Test(name, seconds, reached, more) for (name, seconds, more, _), (reached, _) in zip(ran, counted)]
    return tests, dict(lines)


def unit_tests(build):
    """(name, arguments) of each that is no sweep."""
    listed = json.loads(subprocess.check_output(["ctest", "--test-dir", build, "--show-only=json-v1"]))
    for test in listed["tests"]:
        labels = [one["value"] for one in test["properties"] if one["name"] == "LABELS"]
        if ["sweep"] not in labels:
            yield test["name"], test["command"][1:]


def run_unit_test(tree, build, counts, name, arguments):
    """(name, seconds, arguments, folder of its counts); None: it fails."""
    arguments = [
        os.path.relpath(one, os.path.join(tree, "tests")) if one.startswith(tree) else one for one in arguments
    ]
    begin = time.monotonic()
    status = unit_test(tree, build, name, arguments, 3 * SECONDS, GCOV_PREFIX=os.path.join(counts, name))
    if status:
        return print("%s fails as it is, and is left out" % name, flush=True)
    return name, time.monotonic() - begin, arguments, name


def unit_test(tree, build, name, arguments, seconds=SECONDS, **more):
    """Its exit status; "timeout"."""
    try:
        command = [os.path.join(build, "tests", name), *arguments]
        return subprocess.run(
            command, cwd=os.path.join(tree, "tests"), env=dict(os.environ, **more), stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=seconds,
        ).returncode  # fmt: skip
    except subprocess.TimeoutExpired:
        return "timeout"


def run_python_tests(tree, build, counts):
    here = os.path.dirname(os.path.abspath(__file__))
    environment = environment_of(build, HOGNOSE_REACHED=counts, PYTHONPATH=here)
    command = [*PYTEST, "-p", "reached_by_test", *in_parallel(), *LEFT_OUT, *PLACES]
    subprocess.run(command, cwd=tree, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    for folder in sorted(os.listdir(counts)):
        path = os.path.join(counts, folder, "test.json")
        if os.path.exists(path):
            with open(path) as file:
                test = json.load(file)
            if test["outcome"] == "passed":
                yield "tests/" + test["name"], test["seconds"], [], folder
            elif test["outcome"] == "failed":
                print("tests/%s fails as it is, and is left out" % test["name"], flush=True)


def lines_of(tree, build, counts):
    """({file: bits of the lines that ran}, {file: bits of all that are code}), as counted in that folder.

    gcov wants what the compiler noted beside the counts.
    """
    counted = []
    for folder, _, files in os.walk(counts + os.path.join(build, "core")):
        for name in files:
            if name.endswith(".gcda"):
                path = os.path.join(folder, name)
                note = path[:-4] + "gcno"
                if not os.path.lexists(note):
                    os.symlink(note[len(counts) :], note)
                counted.append(path)
    ran, lines = {}, {}
    for start in range(0, len(counted), 64):
        told = subprocess.run(
            ["gcov", "--json-format", "--stdout", *counted[start : start + 64]],
            cwd=tree, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        ).stdout.decode()  # fmt: skip
        for document in filter(None, told.splitlines()):
            document = json.loads(document)
            for file in document["files"]:
                path = os.path.join(document["current_working_directory"], file["file"])
                name = os.path.relpath(os.path.realpath(path), os.path.realpath(tree))
                for line in file["lines"] if name.startswith("core/") else ():
                    bit = 1 << line["line_number"]
                    lines[name] = lines.get(name, 0) | bit
                    if line["count"]:
                        ran[name] = ran.get(name, 0) | bit
    return ran, lines
