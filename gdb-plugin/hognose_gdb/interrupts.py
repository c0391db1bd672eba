"""Stopping a process that only its server can stop: by gdb's `interrupt`.

gdbserver answers that with a SIGINT to the whole process group. gdb sees it
first and keeps it from the process, but it is a signal to others too, and one
that can go astray. So nothing is let run where it would:

    the process does not lead its group    there is no such group: nothing would stop it
    others are in the group                they would get the signal, and most end by it
    the main thread blocks SIGINT,         it would stay, or be taken without gdb's seeing it
    or waits for it with sigwait()

What cannot be told, since the server is no gdbserver, is no obstacle. A SIGINT
that came too late, the process having stopped already, lies in wait for it:
`pending` tells.
"""

import re
import signal

import gdb

from . import target

SIGTIMEDWAIT = {"i386:x86-64": 128, "i386:x86-64:intel": 128}  # sigwait() is that, too
GROUP_ROW = re.compile(r"^(\d+)\s+\S.*?\s(\d+)\s+\S", re.MULTILINE)


class Obstacle(Exception):
    """Why this process must not be interrupted."""


def check():
    pid = gdb.selected_inferior().pid
    leads, others = _group(pid)
    if not leads:
        raise Obstacle("process %d does not lead its process group, and its server interrupts whole groups only" % pid)
    if others:
        raise Obstacle("its server would send SIGINT to process %d too, which is in its process group" % others[0])
    if _has("SigBlk") or _waits_for_signals(pid):
        raise Obstacle("the main thread of process %d blocks SIGINT, by which its server would stop it" % pid)


def pending():
    """Does a SIGINT lie in wait for the process?"""
    return _has("ShdPnd") or _has("SigPnd")


def _group(pid):
    """(whether it leads one, the others in it)."""
    group = re.search(r"^Process group: (\d+)", target.told("info proc stat"), re.MULTILINE)
    if group is None:
        return True, []
    rows = [(int(leader), int(member)) for leader, member in GROUP_ROW.findall(target.told("info os procgroups"))]
    return int(group.group(1)) == pid, [member for leader, member in rows if leader == pid != member]


def _has(mask):
    """Of the main thread's status file: is SIGINT in this set of signals?"""
    found = re.search(r"^%s:\s+([0-9a-f]+)$" % mask, target.told("info proc status"), re.MULTILINE)
    return found is not None and bool(int(found.group(1), 16) >> (signal.SIGINT - 1) & 1)


def _waits_for_signals(pid):
    main = next((thread for thread in gdb.selected_inferior().threads() if target.lwp(thread) == pid), None)
    if main is None:
        return False
    selected = gdb.selected_thread()
    try:
        call = target.registers_of(main)[1]
        name = gdb.newest_frame().architecture().name()
    except RuntimeError:
        return False
    finally:
        if selected is not None and selected.is_valid():
            selected.switch()
    return call is not None and call == SIGTIMEDWAIT.get(name)
