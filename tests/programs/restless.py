"""A program that a run of py-sample might harm, and which keeps account of what happens to it.

argv: TRUTH KIND [urgent]. The account is the file TRUTH.account, mapped, 64-bit words:

    0 rounds of work   1 order, set from outside: do it   2 alarms handled   3 children ended well
    4 children that ended otherwise   5 + N: times that signal N was handled

It works all the time. KIND: `work` is all that it does; `alarm` has a timer of 1 kHz; `threads` and
`fork` make new ones all the time; `sigwait` has a thread that waits for signals, which all others
block. Once ordered, `exit` exits with status 3, `exec` becomes another program, `crash` reads
address 0, `breakpoint` calls getppid(). Every signal that can be handled is, so that none goes
unseen; SIGURG only with `urgent`.
"""

import ctypes
import json
import mmap
import os
import signal
import struct
import sys
import threading

ROUNDS, ORDER, ALARMS, GOOD_CHILDREN, BAD_CHILDREN, SIGNALS = range(6)
WORDS = SIGNALS + 65
FAULTS = (signal.SIGSEGV, signal.SIGBUS, signal.SIGILL, signal.SIGFPE, signal.SIGTRAP, signal.SIGABRT, signal.SIGSYS)
ROUNDS_MAX = 10**7


class Account:
    def __init__(self, path):
        with open(path, "wb+") as file:
            file.truncate(8 * WORDS)
            self.words = mmap.mmap(file.fileno(), 8 * WORDS)

    def __getitem__(self, index):
        return struct.unpack_from("Q", self.words, 8 * index)[0]

    def add(self, index):
        struct.pack_into("Q", self.words, 8 * index, self[index] + 1)


def work():
    total = 0
    for number in range(500):
        total += number
    return total


def keep_account_of_signals(account, urgent):
    for number in range(1, signal.NSIG):
        if number in FAULTS or number in (signal.SIGCHLD, signal.SIGPIPE) or number == signal.SIGURG and not urgent:
            continue
        try:
            signal.signal(number, lambda number, frame: account.add(SIGNALS + number))
        except (OSError, ValueError):
            pass  # SIGKILL, SIGSTOP, and those that the C library keeps for itself


def start_alarms(account):
    signal.signal(signal.SIGALRM, lambda number, frame: account.add(ALARMS))
    signal.setitimer(signal.ITIMER_REAL, 0.001, 0.001)


def fork_one(account):
    child = os.fork()
    if child == 0:
        work()
        os._exit(7)
    status = os.waitpid(child, 0)[1]
    account.add(GOOD_CHILDREN if status == 7 << 8 else BAD_CHILDREN)


def thread_one(account):
    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def wait_for_signals(account):
    every = set(range(1, signal.NSIG)) - {signal.SIGKILL, signal.SIGSTOP, 32, 33} - set(FAULTS)
    signal.pthread_sigmask(signal.SIG_BLOCK, every)

    def wait():
        while True:
            account.add(SIGNALS + signal.sigwait(every))

    threading.Thread(target=wait, daemon=True).start()


def obey(kind):
    if kind == "exit":
        os._exit(3)
    elif kind == "exec":
        os.execv("/bin/sleep", ["sleep", "60"])
    elif kind == "crash":
        ctypes.string_at(0)
    elif kind == "breakpoint":
        os.getppid()


def main():
    truth, kind = sys.argv[1:3]
    account = Account(truth + ".account")
    keep_account_of_signals(account, "urgent" in sys.argv[3:])
    prepare = {"alarm": start_alarms, "sigwait": wait_for_signals}.get(kind)
    each = {"fork": fork_one, "threads": thread_one}.get(kind, lambda account: work())
    if prepare:
        prepare(account)
    with open(truth + ".new", "w") as file:
        json.dump({"pid": os.getpid()}, file)
    os.rename(truth + ".new", truth)
    while account[ROUNDS] < ROUNDS_MAX:
        each(account)
        account.add(ROUNDS)
        if account[ORDER]:
            obey(kind)


main()
