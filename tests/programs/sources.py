# requires: 3.6
"""Threads in source of every kind: files, a zip, memory alone, changed, gone: tests/live/test_source.py."""

import _thread
import linecache
import os
import sys
import threading
import zipfile

import truth

try:
    import zlib
except ImportError:  # a build without it
    zlib = None

FOLDER = os.path.dirname(os.path.abspath(sys.argv[1]))
STAY = """
def stand(lock):
    before = "before"
    print("a"), lock.acquire(True)
    return before
"""
lock = _thread.allocate_lock()
lock.acquire()
names = {}
codes = {}


def write(name, text, encoding="utf-8", mode="w"):
    path = os.path.join(FOLDER, name)
    with open(path, mode, encoding=encoding) as file:
        file.write(text)
    return path


def start(kind, filename, text=STAY):
    """A thread in code of that file name."""
    namespace = {"__name__": kind}
    code = compile(text, filename, "exec")
    exec(code, namespace)
    codes[kind] = code
    ready = threading.Event()

    def body():
        truth.note_thread()
        names[_thread.get_ident()] = kind
        ready.set()
        namespace["stand"](lock)

    threading.Thread(target=body, name=kind, daemon=True).start()
    ready.wait()


def start_in_zip():
    archive = os.path.join(FOLDER, "bundle.zip")
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED if zlib else zipfile.ZIP_STORED) as file:
        file.writestr("package/zipped.py", STAY)
        file.writestr("package/__init__.py", "")
        if sys.version_info >= (3, 8):  # before, zipimport understood none
            file.comment = b"a comment"
    with open(archive, "rb") as file:
        whole = file.read()
    with open(archive, "wb") as file:
        file.write(b"#!/usr/bin/python3\n" + whole)
    sys.path.insert(0, archive)
    sys.path.insert(0, os.path.join(FOLDER, "on_path"))
    import package.zipped

    threading.Thread(target=package.zipped.stand, args=(lock,), name="zip", daemon=True).start()
    names[None] = "zip"


os.mkdir(os.path.join(FOLDER, "on_path"))
SAYS = {}
start_in_zip()
start("memory", "<generated>")
linecache.cache["<generated>"] = (len(STAY), None, STAY.splitlines(True), "<generated>")
start("nowhere", "<nothing knows it>")
start("newer", write("newer.py", STAY))
start(
    "latin",
    write("latin.py", "# coding: latin-1\ndef stand(lock): '\xe4\xf6', lock.acquire(True)\n", "latin-1"),
    "# coding: latin-1\ndef stand(lock): '\xe4\xf6', lock.acquire(True)\n",
)
os.utime(os.path.join(FOLDER, "latin.py"), (1, 1))
gone = write("gone.py", STAY)
start("gone", gone)
linecache.getlines(gone)
os.unlink(gone)
changed = write("changed.py", STAY)
os.utime(changed, (1, 1))
start("changed", changed)
linecache.getlines(changed)
SAYS["changed"] = 'print("a"), lock.acquire(True)'
write("changed.py", "# now it is another\n" * 20)
os.utime(write("on_path/relative.py", STAY), (1, 1))
start("relative", "relative.py")
start(
    "tabs",
    write("tabs.py", "def stand(lock):\n\t'\u4e2d', (lock.acquire(True))\n"),
    "def stand(lock):\n\t'\u4e2d', (lock.acquire(True))\n",
)
os.utime(os.path.join(FOLDER, "tabs.py"), (1, 1))
if hasattr(linecache, "_register_code"):
    start("typed", "<stdin>")
    linecache._register_code(codes["typed"], STAY, "<stdin>")
    SAYS["typed"] = 'print("a"), lock.acquire(True)'


def add_lines(told):
    """What the process itself would print of each thread, in a traceback."""
    lines = {}
    for ident, frame in sys._current_frames().items():
        name = threading._active[ident].name if ident in threading._active else None
        if frame.f_code.co_name != "stand":
            continue
        line = linecache.getline(frame.f_code.co_filename, frame.f_lineno, frame.f_globals).strip()
        place = [frame.f_lineno, None, None, None]
        if hasattr(frame.f_code, "co_positions"):
            place = list(frame.f_code.co_positions())[frame.f_lasti // 2]
        lines[name] = {"line": SAYS.get(name, line), "place": place}
    told["sources"] = lines
    linecache.cache.pop(os.path.join(FOLDER, "tabs.py"), None)


report = truth.Report(sys.argv[1])
report.when_still(threads=len(threading.enumerate()), finish=add_lines)
lock.acquire()
