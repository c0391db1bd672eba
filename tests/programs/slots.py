"""Threads whose objects keep their names elsewhere than in a dict: a slot of a class that has nothing else, and of a
subclass of Thread; one whose name is worked out; and one that has taken itself out of threading's list."""

import _thread
import json
import os
import sys
import threading


class Object:
    """What some libraries put into threading._active."""

    __slots__ = ("_name", "_ident")
    daemon = True

    def is_alive(self):
        return True


class Slotted(threading.Thread):
    __slots__ = ("_name",)


class WorkedOut(threading.Thread):
    @property
    def name(self):
        return "worked out"

    @name.setter
    def name(self, value):
        self._name = value


def stand(ready):
    one = Object()
    one._name = "in a slot"
    threading._active[threading.get_ident()] = one
    ready.set()
    threading.Event().wait()


def leave_list(left):
    del threading._active[threading.get_ident()]
    left.set()
    threading.Event().wait()


def main():
    ready = threading.Event()
    left = threading.Event()
    threading.Thread(target=leave_list, args=(left,), name="taken out", daemon=True).start()
    left.wait()
    _thread.start_new_thread(stand, (ready,))
    ready.wait()
    Slotted(target=threading.Event().wait, name="in a slot of a subclass", daemon=True).start()
    WorkedOut(target=threading.Event().wait, name="under the property", daemon=True).start()
    with open(sys.argv[1] + ".new", "w") as file:
        json.dump({"pid": os.getpid()}, file)
    os.rename(sys.argv[1] + ".new", sys.argv[1])
    threading.Event().wait()


main()
