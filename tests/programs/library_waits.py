"""One thread for each wait inside of a library that is more than a lock: library_waits.py TRUTH [SHAPE].

The truth is that of expected.py. Some shapes are programs of their own: "imports", whose threads keep others from
importing; "names", which looks names up at a server that never answers (as root alone: the server and the list of
servers are its own); "kernel", whose waits the kernel alone knows of; "sections", "stops" and "stops-main", of
free-threaded builds. "imports-main" is as "imports", but that the main thread holds the import lock.
"""

import ctypes
import fcntl
import gc
import json
import multiprocessing
import os
import socket
import sqlite3
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from expected import STARTED, TRUTH, expect, start

A_MONTH = 30 * 86400
A_DAY = 86400
CLONE_NEWNS, MS_BIND, MS_PRIVATE_REC = 0x20000, 4096, 0x44000


def child(work, *arguments):
    """A process that does `work` and stays; returns its pid once that is done."""
    read_end, write_end = os.pipe()
    pid = os.fork()
    if pid == 0:
        work(*arguments)
        os.write(write_end, b"x")
        time.sleep(A_DAY)
        os._exit(0)
    STARTED.append(pid)
    assert os.read(read_end, 1) == b"x"
    return pid


def lock_database(path, statement):
    connection = sqlite3.connect(path, isolation_level=None)
    STARTED.append(connection)
    connection.execute(statement)
    if "INSERT" not in statement:
        connection.execute("INSERT INTO letters VALUES (1)")


def want_database(connection):
    connection.execute("BEGIN IMMEDIATE")


def want_by_cursor(cursor):
    cursor.execute("INSERT INTO letters VALUES (2)")


def databases(folder):
    for mode, want in (("delete", want_database), ("wal", want_by_cursor)):
        path = os.path.join(folder, "letters-%s.db" % mode)
        connection = sqlite3.connect(path, isolation_level=None)
        connection.execute("PRAGMA journal_mode=" + mode)
        connection.execute("CREATE TABLE letters (number INTEGER)")
        connection.close()
        holder = child(lock_database, path, "BEGIN EXCLUSIVE")
        mine = sqlite3.connect(path, timeout=A_DAY, isolation_level=None, check_same_thread=False)
        STARTED.append(mine)
        start("sqlite-" + mode, want, mine if want is want_database else mine.cursor())
        expect("sqlite-" + mode, "database", mine, None, "held", path, pid=holder)


def want(lock):
    with lock:
        pass


def between_processes():
    context = multiprocessing.get_context("fork")
    for name, lock in (("lock", context.Lock()), ("rlock", context.RLock())):
        held = threading.Event()

        def hold(held=held, lock=lock):
            with lock:
                held.set()
                time.sleep(A_MONTH)

        start("holds-mp-" + name, hold)
        held.wait()
        start("mp-" + name, want, lock)
        expect("mp-" + name, "semlock", lock._semlock, "holds-mp-" + name, "held", "lock")
    bare = context.Lock()
    bare.acquire()
    start("mp-bare", bare.acquire)
    expect("mp-bare", "semlock", bare._semlock, "MainThread", "likely")
    bounded = context.BoundedSemaphore(1)
    bounded.acquire()
    start("mp-bounded", bounded.acquire)
    expect("mp-bounded", "semlock", bounded._semlock, "MainThread", "likely")
    elsewhere = context.Lock()
    child(elsewhere.acquire)
    start("mp-elsewhere", want, elsewhere)
    expect("mp-elsewhere", "semlock", elsewhere._semlock, None, "not_recorded")
    semaphore = context.Semaphore(0)
    start("mp-semaphore", semaphore.acquire)
    expect("mp-semaphore", "semaphore", semaphore._semlock)
    for name, thing, method, arguments, kind in (
        ("mp-event", context.Event(), "wait", (), "event"),
        ("mp-queue-get", context.Queue(), "get", (), "queue"),
        ("mp-simple-get", context.SimpleQueue(), "get", (), "queue"),
        ("mp-joinable", context.JoinableQueue(), "join", (), "queue"),
        ("mp-queue-put", context.Queue(1), "put", (1,), "queue"),
        ("mp-barrier", context.Barrier(2), "wait", (), "barrier"),
    ):
        STARTED.append(thing)
        if name == "mp-queue-put":
            thing.put(0)
        if name == "mp-joinable":
            thing.put(0)
        start(name, getattr(thing, method), *arguments)
        expect(name, kind, thing)


def imports(folder):
    """Each of two threads imports what the other is in the midst of; a third holds the import lock itself."""
    sys.path.insert(0, folder)
    import _imp

    inside = [threading.Event(), threading.Event()]
    sys.meet = {"left": inside[0], "right": inside[1], "month": A_MONTH}
    for name, text in (
        ("slow_left", "import sys, time; sys.meet['left'].set(); time.sleep(sys.meet['month'])"),
        ("slow_right", "import sys; sys.meet['right'].set(); import slow_left"),
    ):
        with open(os.path.join(folder, name + ".py"), "w") as file:
            file.write(text)
    start("imports-left", __import__, "slow_left")
    inside[0].wait()
    start("imports-right", __import__, "slow_right")
    inside[1].wait()
    expect("imports-right", "module_lock", None, "imports-left", "held", "slow_left")
    start("imports-both", __import__, "slow_right")
    expect("imports-both", "module_lock", None, "imports-right", "held", "slow_right")
    held = threading.Event()

    def hold():
        _imp.acquire_lock()
        held.set()
        time.sleep(A_MONTH)

    deadline = time.monotonic() + 5  # until the three are where they wait: they need that lock on the way
    while time.monotonic() < deadline and sum(waits_in_import(thread) for thread in STARTED) < 3:
        time.sleep(0.05)
    start("holds-import-lock", hold)
    held.wait()
    want_import_lock("holds-import-lock")


def imports_main():
    """The main thread has the lock, whose id is in other places too."""
    import _imp

    _imp.acquire_lock()
    want_import_lock("MainThread")


def want_import_lock(holder):
    import _imp

    for name, take in (("import-lock", _imp.acquire_lock), ("fork", os.fork)):
        start(name, take)
        expect(name, "import", None, holder, "held")
    libc = ctypes.CDLL(None)
    semaphore = ctypes.create_string_buffer(64)
    libc.sem_init(semaphore, 0, 0)
    # the function is there to be called, but it is another lock that is waited for
    start("not-yet", lambda: _imp.acquire_lock(*[libc.sem_wait(semaphore)]))
    expect("not-yet", "futex", semaphore, None, "not_recorded")
    TRUTH[-1]["address"] = ctypes.addressof(semaphore)


def waits_in_import(thread):
    """Stands in the module that is slow, or in the lock of one."""
    frame = sys._current_frames().get(thread.ident)
    return frame is not None and frame.f_code.co_name in ("acquire", "<module>")


class Stays:
    """A key function that stays in C and does not let go of its thread state."""

    def __init__(self):
        self.inside = threading.Event()

    def __call__(self, key):
        self.inside.set()
        return ctypes.PyDLL(None).sleep(A_DAY)


def sections():
    """Free-threaded: a list that is being sorted is locked."""
    letters = [2, 1]
    key = Stays()
    start("sorts", lambda: letters.sort(key=key))
    key.inside.wait()
    other = [1]
    start("appends", lambda: (other.append(1), letters.append(3)))
    expect("appends", "critical_section", letters, "sorts", "held", "of type list")


def stops():
    """Free-threaded: a collection stops all threads, but for one that stays in C with its thread state."""
    key = Stays()
    start("stays", key, 0)
    key.inside.wait()
    expect("collects", "stop_request", None, "stays", "held")
    expect("MainThread", "stop_the_world", None, "collects", "held")
    return gc.collect  # once the truth is told: nothing of Python runs after


def stops_main():
    """The same, but that the main thread asks for it, which is the first of all in every list."""
    key = Stays()
    start("stays", key, 0)
    key.inside.wait()
    expect("MainThread", "stop_request", None, "stays", "held")
    return gc.collect


def names():
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind(("127.53.%d.%d" % divmod(os.getpid() % 65536, 256), 53))
    STARTED.append(server)
    with open(sys.argv[1] + ".resolv", "w") as file:
        file.write("nameserver %s\noptions timeout:30 attempts:5\n" % server.getsockname()[0])
    libc = ctypes.CDLL(None, use_errno=True)
    done = (
        libc.unshare(CLONE_NEWNS) == 0
        and libc.mount(None, b"/", None, MS_PRIVATE_REC, None) == 0
        and libc.mount((sys.argv[1] + ".resolv").encode(), b"/etc/resolv.conf", None, MS_BIND, None) == 0
    )
    assert done, os.strerror(ctypes.get_errno())
    for name, look_up in (
        ("getaddrinfo", lambda: socket.getaddrinfo("db.example.com", 5432)),
        ("create_connection", lambda: socket.create_connection(("queue.example.com", 80))),
        ("gethostbyname", lambda: socket.gethostbyname("old.example.com")),
    ):
        start(name, look_up)
    expect("getaddrinfo", "host_name", called="db.example.com")
    expect("create_connection", "host_name", called="queue.example.com")
    expect("gethostbyname", "host_name", called="old.example.com")


def hold_file(path, lock):
    file = open(path, "w")
    STARTED.append(file)
    lock(file, fcntl.LOCK_EX)


def of_the_kernel(folder):
    for name, lock in (("flock", fcntl.flock), ("lockf", fcntl.lockf)):
        path = os.path.join(folder, name)
        holder = child(hold_file, path, lock)
        file = open(path, "r+")
        STARTED.append(file)
        start(name, lock, file, fcntl.LOCK_EX)
        expect(name, "file_lock", None, None, "held", path, pid=holder)
    pipe = os.path.join(folder, "pipe")
    os.mkfifo(pipe)
    start("opens", os.open, pipe, os.O_RDONLY)
    expect("opens", "system_call", called="openat")
    stays = child(time.time)
    start("any-child", os.wait)
    expect("any-child", "process", called="any child")
    start("one-child", os.waitpid, stays, 0)
    expect("one-child", "process", None, None, "held", pid=stays)
    start("sleeps", time.sleep, A_MONTH)
    expect("sleeps", "sleep")


def main():
    folder = os.path.dirname(sys.argv[1])
    shape = sys.argv[2] if len(sys.argv) > 2 else ""
    if shape == "imports":
        imports(folder)
    elif shape == "imports-main":
        imports_main()
    elif shape == "names":
        names()
    elif shape == "kernel":
        of_the_kernel(folder)
    elif shape == "sections":
        sections()
    elif shape == "stops":
        collect = stops()
    elif shape == "stops-main":
        collect = stops_main()
    else:
        databases(folder)
        between_processes()
    with open(sys.argv[1] + ".part", "w") as file:
        json.dump({"pid": os.getpid(), "threads": [], "waits": TRUTH}, file)
    os.rename(sys.argv[1] + ".part", sys.argv[1])
    if shape == "stops":
        start("collects", collect)
        while True:
            pass
    if shape == "stops-main":
        collect()
    time.sleep(A_MONTH)


main()
