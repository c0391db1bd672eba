#!/usr/bin/env python3
"""Makes the inputs that the fuzzers start from: tests/fuzz/corpus/NAME/seed-*.

Run once, and again when the format of an input changes; what fuzzing finds beside them is kept
small by `scripts/check --fuzz SECONDS --keep`. Cores are recorded images cut down to their notes
and a few pages; line tables come from the unit tests' vectors; profiles from
build/tests/write_sample_profile and from this Python's own cProfile; ELF files from the compiler.
"""

import cProfile
import glob
import io
import json
import os
import random
import re
import struct
import subprocess
import sys
import tempfile
import zipfile

TESTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(TESTS, "images"))
sys.path.insert(0, os.path.join(TESTS, "support"))
import test_images  # noqa: E402

KINDS = {"lnotab": 0, "ranges": 1, "locations": 2}
CORES = {"pyenv-3.7.16-threads": 12, "system-threads": 16, "musl313-threads": 20, "sid-3.14-threads": 30}
LARGEST_TABLE = 400


def write(name, label, data):
    folder = os.path.join(TESTS, "fuzz", "corpus", name)
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, "seed-" + label), "wb") as file:
        file.write(data)


def line_tables():
    for path in glob.glob(os.path.join(TESTS, "unit", "vectors", "lines-*.txt")):
        with open(path) as file:
            text = file.read()
        kind = KINDS[re.search(r"^kind (\w+)", text, re.MULTILINE).group(1)]
        tables = [
            match
            for match in re.findall(r"^code (\d+) ([0-9a-f]*)$", text, re.MULTILINE)
            if len(match[1]) <= 2 * LARGEST_TABLE
        ]
        for number, (first_line, table) in enumerate(sorted(tables, key=lambda match: len(match[1]))[::4]):
            write(
                "line_table",
                "%s-%d" % (os.path.basename(path)[6:-4], number),
                struct.pack("<BiH", kind, int(first_line), len(table) // 4) + bytes.fromhex(table),
            )


def archives():
    """For fuzz_archive: stored and deflated, with something before it, with a comment, empty."""
    for label, method, before, comment in (
        ("stored", zipfile.ZIP_STORED, b"", b""),
        ("deflated", zipfile.ZIP_DEFLATED, b"", b""),
        ("program", zipfile.ZIP_DEFLATED, b"#!/usr/bin/python3\n", b""),
        ("comment", zipfile.ZIP_STORED, b"", b"PK\5\6 is no end"),
    ):
        made = io.BytesIO()
        with zipfile.ZipFile(made, "w", method) as file:
            file.writestr(zipfile.ZipInfo("package/__init__.py"), "")
            file.writestr(zipfile.ZipInfo("package/mod.py"), "def f():\n    return 1\n", method)
            file.comment = comment
        write("archive", label, before + made.getvalue())
    write("archive", "empty", b"PK\5\6" + bytes(18))


def damages():
    """For fuzz_decode and fuzz_image: nothing wrong, one word, a handful."""
    dice = random.Random(1)
    for subject in range(10):
        for count in (1, 6):
            words = b"".join(
                struct.pack("<HBB", dice.randrange(6000), dice.randrange(8), dice.randrange(256)) for _ in range(count)
            )
            for name in ("decode", "image"):
                write(name, "%d-%d" % (subject, count), bytes([subject]) + words)


def tasks():
    """For fuzz_tasks: each image in each way to show it, sound and with a handful of damage."""
    dice = random.Random(3)
    for image in range(8):
        for how in range(8):
            words = b"".join(
                struct.pack("<HBB", dice.randrange(65536), dice.randrange(8), dice.randrange(256))
                for _ in range(how * 4)
            )
            write("tasks", "%d-%d" % (image, how), bytes([image, how]) + words)


def values():
    """For fuzz_value: each image with each way to show it, sound and with a handful of damage."""
    dice = random.Random(2)
    for image in range(3):
        for how in range(16):
            words = b"".join(
                struct.pack("<HBB", dice.randrange(65536), dice.randrange(8), dice.randrange(256))
                for _ in range(how * 4)
            )
            write("value", "%d-%d" % (image, how), bytes([image, how]) + words)


def cores():
    for name, pages in CORES.items():
        write("core", name, cut_core(test_images.zstd_unpack(test_images.image_path(name)), pages))
    write("core", "packed", open(test_images.image_path("musl313-threads"), "rb").read()[:4000])


def cut_core(core, pages):
    """Headers, notes, and the segments that have bytes, as long as there are pages left."""
    header, (offset, count) = (
        bytearray(core[:64]),
        (struct.unpack_from("<Q", core, 32)[0], struct.unpack_from("<H", core, 56)[0]),
    )
    segments = [struct.unpack_from("<IIQQQQQQ", core, offset + 56 * i) for i in range(count)]
    kept, bodies = [], []
    for kind, flags, at, address, physical, size, memory, align in segments:
        if kind == 1 and size:
            taken = min(size, pages * 4096)
            pages -= taken // 4096
            if not taken:
                continue
        elif kind == 1 and not flags & 1:
            continue
        else:
            taken = size
        kept.append([kind, flags, at, address, physical, taken, memory, align])
        bodies.append(core[at : at + taken])
    at = 64 + 56 * len(kept)
    for segment, body in zip(kept, bodies):
        segment[2] = at
        at += len(body)
    struct.pack_into("<H", header, 56, len(kept))
    return bytes(header) + b"".join(struct.pack("<IIQQQQQQ", *s) for s in kept) + b"".join(bodies)


def profiles():
    writer = os.path.join(
        os.environ.get("HOGNOSE_BUILD", os.path.join(os.path.dirname(TESTS), "build")), "tests", "write_sample_profile"
    )
    with tempfile.TemporaryDirectory() as folder:
        for kind in ("worker", "hostile", "empty", "one"):
            subprocess.run([writer, kind, folder], check=True, stdout=subprocess.DEVNULL)
            for ending in (".json", ".prof"):
                with open(os.path.join(folder, kind + ending), "rb") as file:
                    write("profile", kind + ending, file.read())
        path = os.path.join(folder, "own.prof")
        profile = cProfile.Profile()
        profile.runcall(re.compile, "a|b*")
        profile.dump_stats(path)
        with open(path, "rb") as file:
            write("profile", "cprofile.prof", file.read())


PYTHON_IN_C = """
int Py_Version = 0x030c01f0;
__attribute__((section(".PyRuntime"))) int _PyRuntime[4] = {1};
static int interp_head;
int *used(void) { return &interp_head; }
"""


def elf_files():
    """Libraries with what CPython is known by, and next to nothing else."""
    tight = ["-Wl,-z,noseparate-code", "-Wl,-z,max-page-size=64", "-Wl,--build-id", "-fno-asynchronous-unwind-tables"]
    kinds = {
        "gnu": ["-shared", "-Wl,--hash-style=gnu"],
        "sysv": ["-shared", "-Wl,--hash-style=sysv"],
        "static": ["-static", "-Wl,-e,used"],
    }
    with tempfile.TemporaryDirectory() as folder:
        for kind, flags in kinds.items():
            path = os.path.join(folder, kind)
            subprocess.run(
                ["cc", "-nostdlib", "-O1", *tight, *flags, "-x", "c", "-", "-o", path],
                input=PYTHON_IN_C.encode(),
                check=True,
            )
            with open(path, "rb") as file:
                write("elf", kind, file.read())


def commands():
    lines = [
        "py-dump",
        "py-dump --json --thread 3",
        "py-dump --full -t 'a b' --max-depth=7",
        "py-info --verbose",
        "py-threads --python-only --json",
        "py-dump --assume-version 3.12.1",
        "py-dump --help",
        "max-depth unlimited",
        "color off",
        'py-dump --js\\ on "',
        "py-nothing",
        "py-sample -d 1.5 -r 100 --idle --thread 2 -o a.prof -o b.svg",
        "py-top --gil",
        "py-sample --under f",
        "py-stats top a.prof --sort total -n 5",
        "py-stats diff a.json b.json",
        "py-stats merge a b -o c",
    ]
    for number, line in enumerate(lines):
        write("command", str(number), line.encode())


def dumps():
    """Of a process that was dumped twice, of several, and damaged."""
    frame = {"name": "step", "qualname": "Job.step", "filename": "/srv/job.py", "module": "job", "line": 12}
    thread = {"os_thread_id": 7, "thread_name": "Main\u00e9\n", "state": "waiting_for_gil", "system_call": "futex"}
    thread["frames"] = [frame, {**frame, "line": None}]
    dump = {"target": {"host": "a", "pid": 7, "rank": 3, "command_line": "job.py"}, "threads": [thread, thread]}
    moved = {**dump, "threads": [{**thread, "frames": [frame]}]}
    lost = {"target": "9", "error": "there is no process 9"}
    seeds = {
        "one": json.dumps(dump),
        "two-rounds": json.dumps(dump) + "\n" + json.dumps(moved),
        "several": json.dumps({"processes": [dump, lost, {"processes": [moved]}]}, indent=1),
        "cut": json.dumps(dump)[:150],
        "deep": "[" * 300,
        "numbers": json.dumps(dump).replace("12", "99999999999999999999").replace("7", "-1e30"),
        "kinds": json.dumps({"target": [1], "threads": [{"frames": [3, None, {}]}, "x", {}]}),
    }
    for label, text in seeds.items():
        write("group", label, text.encode())


def main():
    for make in (archives, line_tables, damages, values, tasks, cores, profiles, elf_files, commands, dumps):
        make()


main()
