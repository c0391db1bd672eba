"""A thread whose function's name lies on pages that nobody provides (userfaultfd). argv: TRUTH.

Whoever reads them by process_vm_readv waits for ever. The name is a large str: its pages are its
own, and the program itself does not touch them again. The truth's "error" says that this machine
has no userfaultfd for us.
"""

# requires: 3.8
import ctypes
import mmap
import os
import platform
import struct
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import truth

SYSTEM_CALL = {"x86_64": 323, "aarch64": 282}
UFFDIO_API, UFFDIO_REGISTER, MODE_MISSING, MADV_DONTNEED = 0xC018AA3F, 0xC020AA00, 1, 4
libc = ctypes.CDLL(None, use_errno=True)


def stay():
    while True:
        time.sleep(1000)


def check(result):
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result


def pages_of(text):
    """Those that are its own alone, the one with the object's head too."""
    page = mmap.PAGESIZE
    start = id(text) // page * page
    return start, (id(text) + sys.getsizeof(text)) // page * page - start


def take_away(start, length):
    provider = check(libc.syscall(SYSTEM_CALL[platform.machine()], os.O_CLOEXEC))
    check(libc.ioctl(provider, ctypes.c_ulong(UFFDIO_API), struct.pack("QQQ", 0xAA, 0, 0)))
    wanted = struct.pack("QQQQ", start, length, MODE_MISSING, 0)
    check(libc.ioctl(provider, ctypes.c_ulong(UFFDIO_REGISTER), wanted))
    check(libc.madvise(ctypes.c_void_p(start), ctypes.c_size_t(length), MADV_DONTNEED))
    return provider


def main():
    report = truth.Report(sys.argv[1])
    name = "n" * (4 << 20)
    stay.__code__ = stay.__code__.replace(co_name=name)
    threading.Thread(target=stay, daemon=True).start()
    pages = pages_of(name)
    del name  # to forget it later would touch its head
    facts = {
        "pid": os.getpid(),
        "version": list(sys.version_info),
        "hexversion": sys.hexversion,
        "executable": sys.executable,
    }
    try:
        facts["provider"] = take_away(*pages)
    except OSError as problem:
        facts["error"] = str(problem)
    report.at_once(facts)
    while True:
        time.sleep(1000)


main()
