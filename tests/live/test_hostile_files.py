"""Files from anybody: reading them takes memory in proportion to their size, whatever they say of themselves.

Each is read by `hognose` under a limit of its address space: what the program takes by itself, and so many bytes for
each byte of the file. Whoever needs more is told "not enough memory", and that is a failure here.
"""

import gzip
import json
import marshal
import resource
import struct
import subprocess

import pytest
from test_cli import PROGRAM

BASE = 256 << 20  # libraries, stacks of threads, arenas of malloc
EACH = 80  # bytes for a byte: jansson takes 40 for a digit and its comma
SECONDS = 90


def entry(callers):
    return (1, 1, 0.5, 0.5, callers)


def shared_callers(path):
    """One dict of callers that all entries refer to."""
    callers = {("f%d.py" % i, i, "caller"): (1, 1, 0.1, 0.1) for i in range(1500)}
    path.write_bytes(marshal.dumps({("g%d.py" % i, i, "f"): entry(callers) for i in range(1500)}))


def many_entries(path):
    path.write_bytes(marshal.dumps({("g%d.py" % i, i, "f"): entry({}) for i in range(60000)}))


def counts_that_lie(path):
    """A tuple of two thousand million items; a text as long."""
    path.write_bytes(b"{" + b"(" + struct.pack("<i", 0x7FFFFFFF) + b"i\0\0\0\0" * 1000)


def a_text_that_lies(path):
    path.write_bytes(b"{" + b"u" + struct.pack("<i", 0x7FFFFFFF) + b"x" * 1000)


def tuples_in_tuples(path):
    path.write_bytes(b"{" + b"(\1\0\0\0" * 200000)


def lists_in_lists(path):
    path.write_text('{"schema": "hognose.profile/1", "threads": ' + "[" * 200000)


def profile(threads, functions=1):
    return json.dumps(
        {
            "schema": "hognose.profile/1",
            "sampling": {"interval": 0.01, "counts": {"kept": len(threads)}},
            "functions": [{"name": "f%d" % i} for i in range(functions)],
            "threads": threads,
        }
    )


def many_threads(path):
    nodes = {"parent": [-1], "function": [0], "line": [1], "self": [1]}
    path.write_text(
        profile([{"os_thread_id": i, "counts": {"kept": 1}, "nodes": nodes} for i in range(1, 3001)], functions=3000)
    )


def a_deep_stack(path):
    count = 100000
    nodes = {"parent": list(range(-1, count - 1)), "function": [0] * count, "line": [1] * count, "self": [0] * count}
    nodes["self"][-1] = 1
    path.write_text(profile([{"os_thread_id": 1, "counts": {"kept": 1}, "nodes": nodes}]))


def elf(segments, body=b"", machine=62):
    headers = b"".join(struct.pack("<IIQQQQQQ", *segment) for segment in segments)
    numbers = (4, machine, 1, 0, 64, 0, 0, 64, 56, len(segments), 0, 0, 0)
    head = b"\x7fELF\2\1\1" + bytes(9) + struct.pack("<HHIQQQIHHHHHH", *numbers)
    return head + headers + body


def note(kind, body, name=b"CORE\0\0\0\0"):
    return struct.pack("<III", 5, len(body), kind) + name + body + bytes(-len(body) % 4)


def notes(path, body, size=None):
    path.write_bytes(elf([(4, 4, 120, 0, 0, size or len(body), 0, 4)], body))


def many_thread_notes(path):
    notes(path, note(1, bytes(336)) * 3000)


def a_list_of_files_that_lies(path):
    notes(path, note(0x46494C45, struct.pack("<QQ", 1 << 40, 4096) + bytes(2400)))


def many_mapped_files(path):
    count = 20000
    ranges = b"".join(struct.pack("<QQQ", i << 12, (i + 1) << 12, 0) for i in range(1, count + 1))
    notes(path, note(0x46494C45, struct.pack("<QQ", count, 4096) + ranges + b"/x\0" * count))


def notes_of_nothing(path):
    """A note segment over four gigabytes of a sparse file: they cost nothing, and are nothing."""
    notes(path, note(1, bytes(336)), 4 << 30)
    with open(path, "r+b") as file:
        file.truncate(120 + (4 << 30))


def many_segments(path):
    path.write_bytes(elf([(1, 6, 0, i << 13, 0, 4096, 1 << 40, 4096) for i in range(60000)]))


def a_core_of_zeros(path):
    """Some hundred kilobytes that unpack to a hundred megabytes."""
    with gzip.open(path, "wb", 1) as file:
        file.write(elf([(4, 4, 120, 0, 0, 1 << 20, 0, 4)]))
        for _ in range(100):
            file.write(bytes(1 << 20))


PROFILES = [
    shared_callers,
    many_entries,
    counts_that_lie,
    a_text_that_lies,
    tuples_in_tuples,
    lists_in_lists,
    many_threads,
    a_deep_stack,
]
CORES = [
    many_thread_notes,
    a_list_of_files_that_lies,
    many_mapped_files,
    notes_of_nothing,
    many_segments,
    a_core_of_zeros,
]


def read_under_a_limit(words, path):
    most = BASE + EACH * path.stat().st_blocks * 512
    try:
        done = subprocess.run(
            [PROGRAM, *words],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=SECONDS,
            check=False,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (most, most)),
        )
    except subprocess.TimeoutExpired as late:
        raise AssertionError("%s: no end within %d s" % (words, SECONDS)) from late
    said = done.stdout.decode(errors="replace")
    assert done.returncode in (0, 1), (done.returncode, said[-400:])
    assert "not enough memory" not in said and "too large" not in said, said[-400:]
    return said


@pytest.mark.parametrize("make", PROFILES, ids=lambda make: make.__name__)
def test_a_profile(make, tmp_path):
    path = tmp_path / "it"
    make(path)
    read_under_a_limit(["stats", "top", str(path)], path)
    read_under_a_limit(["stats", "diff", str(path), str(path)], path)


@pytest.mark.parametrize("make", CORES, ids=lambda make: make.__name__)
def test_a_core(make, tmp_path):
    path = tmp_path / ("it.gz" if make is a_core_of_zeros else "it")
    make(path)
    read_under_a_limit(["dump", str(path)], path)
