"""What programs say of the waits of their own threads: TRUTH, a list.

The thread's name, what it waits for (kind, id() where there is an object), who holds that by the program's own account
(a thread's name, or the pid of a process), and how sure a reader of memory can be of it: "held" (recorded, or proven by
a `with`), "likely" (a bare acquire() leaves no trace), "not_recorded", "not_applicable".
"""

import threading

TRUTH = []
STARTED = []  # what must not be collected


def start(name, target, *arguments):
    thread = threading.Thread(target=target, args=arguments, name=name, daemon=True)
    STARTED.append(thread)
    thread.start()
    return thread


def expect(name, kind, thing=None, owner=None, grade="not_applicable", called=None, pid=None):
    TRUTH.append(
        {
            "thread": name,
            "kind": kind,
            "address": id(thing) if thing is not None else None,
            "owner": owner,
            "grade": grade,
            "name": called,
            "pid": pid,
        }
    )
